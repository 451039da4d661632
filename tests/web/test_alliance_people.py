"""The people around an alliance: catalysts who support it, co-authors who write it."""

from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.forms.definition import Confirmations
from fund.models import Application, LinkPurpose, Right
from fund.services import sharing
from fund.services.people import set_territories
from tests.alliances import last_link, mails_to, represented
from tests.filling import example, open_call
from tests.scenario import World
from tests.web.conftest import Browser

SignIn = Callable[[str], Browser]


@pytest.fixture
def file(factory: SessionFactory, world: World) -> str:
    """A draft with two members who can be asked, in a call where all must confirm."""
    with unit_of_work(factory) as session:
        content = example()
        rule = replace(content.alliance, confirmations=Confirmations.ALL)
        call = open_call(session, world, replace(content, alliance=rule))
        return represented(session, world, call_id=call.id).reference


def page_of(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return unescape(answer.text).replace("\u00a0", " ")


def at(file: str, *parts: object) -> str:
    return "/".join([f"/mes-dossiers/{file}/alliance", *map(str, parts)])


def change(factory: SessionFactory, file: str, act: Callable[[Session, Application], object]) -> None:
    with unit_of_work(factory) as session:
        act(session, session.scalars(select(Application).where(Application.reference == file)).one())


# --- catalysts ------------------------------------------------------------------------------------------------


def test_without_a_catalyst_the_page_says_so(
    sign_in: SignIn, factory: SessionFactory, world: World, file: str
) -> None:
    applicant = sign_in("applicant")
    assert "Aucun catalyseur n’a encore déclaré ce territoire" in page_of(applicant, at(file))
    with unit_of_work(factory) as session:
        set_territories(world.person(session, "catalyst"), ["dep:31"])
    page = page_of(applicant, at(file))
    assert f'value="{world["catalyst"].reference}"' in page
    sent = {"catalyst": world["catalyst"].reference}
    assert applicant.post(at(file, "catalyseurs"), sent, on=at(file)).status_code == 303
    page = page_of(applicant, at(file))
    assert "Avis attendu" in page
    applicant.post(at(file, "catalyseurs"), sent, on=at(file))
    assert "déjà été sollicité" in page_of(applicant, at(file))
    applicant.post(at(file, "catalyseurs"), {"catalyst": world["stranger"].reference}, on=at(file))
    assert "ne peut pas être sollicitée" in page_of(applicant, at(file))


def test_a_catalyst_reads_the_file_and_supports_it(
    sign_in: SignIn, factory: SessionFactory, world: World, file: str
) -> None:
    catalyst = sign_in("catalyst")
    here = f"/accompagnements/{file}"
    assert catalyst.get(here).status_code == 404
    assert "Aucun dossier pour le moment" in page_of(catalyst, "/accompagnements")
    with unit_of_work(factory) as session:
        set_territories(world.person(session, "catalyst"), ["dep:31"])
    applicant = sign_in("applicant")
    applicant.post(at(file, "catalyseurs"), {"catalyst": world["catalyst"].reference}, on=at(file))
    page = page_of(catalyst, here)
    assert "Un atelier partagé" in page
    assert "contact@essai.example" not in page  # the person to contact is the fund's to know
    assert catalyst.post(here, {"words": "", "signed_name": "Catalyst"}, on=here).status_code == 422
    words = "Je connais <b>cette</b> alliance."
    sent = {"words": words, "signed_name": "Catalyst Essai, animatrice"}
    assert catalyst.post(here, sent, on=here).status_code == 303
    assert "Je connais &lt;b&gt;cette&lt;/b&gt; alliance." in applicant.get(at(file)).text
    assert "Signer et soutenir" not in page_of(catalyst, here)
    assert catalyst.post(f"{here}/decliner", on="/compte").status_code == 303
    assert "Soutient le dossier" in page_of(catalyst, "/accompagnements")
    # Links of old mails lead to the catalyst's own page, and no further.
    assert catalyst.get(f"/dossiers/{file}").location == here
    assert catalyst.get(f"/mes-dossiers/{file}").status_code == 404


@pytest.mark.parametrize("name", ["applicant", "reviewer", "officer"])
def test_the_desk_is_the_catalysts_own(sign_in: SignIn, file: str, name: str) -> None:
    browser = sign_in(name)
    assert browser.get("/accompagnements").status_code == 403
    assert browser.get(f"/accompagnements/{file}").status_code == 403
    assert browser.post("/compte/territoires", {"territory": "31"}, on="/compte").status_code == 403


def test_a_catalyst_says_where_she_is_at_home(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    catalyst = sign_in("catalyst")

    def send(**typed: str) -> int:
        return catalyst.post("/compte/territoires", typed, on="/compte").status_code

    def recorded() -> list[str]:
        with factory() as session:
            return world.person(session, "catalyst").territories

    assert send(territory="Haute-Garonne") == 303
    assert send(territory="Roques") == 422
    assert send(territory="") == 422
    assert send(**{"territory": "Roques", "territory-asked": "Roques", "territory-choice": "com:31458"}) == 303
    assert recorded() == ["dep:31", "com:31458"]
    assert "Haute-Garonne (31)" in page_of(catalyst, "/compte")
    assert send(remove="dep:31") == 303
    assert recorded() == ["com:31458"]


# --- who writes -----------------------------------------------------------------------------------------------


def test_a_co_author_is_invited_and_the_invitation_taken_back(
    sign_in: SignIn, factory: SessionFactory, file: str
) -> None:
    applicant, here = sign_in("applicant"), f"/mes-dossiers/{file}/equipe"
    sent = {"name": "Sacha Essai", "email": "stranger@essai.example", "right": "write"}
    assert applicant.post(here, sent, on=here).status_code == 303
    assert "stranger@essai.example" in page_of(applicant, here)
    with factory() as session:
        link = last_link(session, LinkPurpose.CO_AUTHOR)
        assert mails_to(session, "stranger@essai.example") == ["alliance.co_author_invited"]
    back = f"{here}/invitations/{link.id}/reprendre"
    assert applicant.post(back, on=here).status_code == 303
    assert "Sacha Essai" not in page_of(applicant, here)
    assert applicant.post(back, on=here).status_code == 404
    assert applicant.post(f"{here}/invitations/{10**30}/reprendre", on=here).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"email": "applicant@essai.example"}, "participe déjà"),
        ({"email": "pas une adresse"}, "adresse"),
        ({"right": "own"}, "Choisissez"),
        ({"name": " "}, "Remplissez"),
    ],
)
def test_an_invitation_that_cannot_be_is_said(
    sign_in: SignIn, factory: SessionFactory, file: str, wrong: dict[str, str], sentence: str
) -> None:
    applicant, here = sign_in("applicant"), f"/mes-dossiers/{file}/equipe"
    sent = {"name": "Sacha Essai", "email": "stranger@essai.example", "right": "write", **wrong}
    answer = applicant.post(here, sent, on=here)
    assert answer.status_code == 422
    assert sentence in unescape(answer.text)


def test_rights_are_changed_and_ended_but_the_last_signature_stays(
    sign_in: SignIn, factory: SessionFactory, world: World, file: str
) -> None:
    applicant, here = sign_in("applicant"), f"/mes-dossiers/{file}/equipe"
    me, other = world["applicant"].reference, world["stranger"].reference
    change(
        factory,
        file,
        lambda session, application: sharing.give_right(
            session, world["applicant"], application, world.person(session, "stranger"), Right.READ
        ),
    )
    assert applicant.post(f"{here}/{me}", {"right": "write"}, on=here).status_code == 303
    assert "Quelqu’un doit pouvoir signer" in page_of(applicant, here)
    assert applicant.post(f"{here}/{me}/retirer", on=here).status_code == 303
    assert "Quelqu’un doit pouvoir signer" in page_of(applicant, here)
    assert applicant.post(f"{here}/{other}", {"right": "sign"}, on=here).status_code == 303
    assert applicant.post(f"{here}/{other}", {"right": "nothing"}, on=here).status_code == 303
    assert applicant.post(f"{here}/PE-2222-2222/retirer", on=here).status_code == 404
    left = applicant.post(f"{here}/{me}/retirer", on=here)
    assert left.location == "/mes-dossiers"
    assert applicant.get(here).status_code == 404
    assert "Stranger" in page_of(sign_in("stranger"), here)
