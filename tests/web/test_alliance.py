"""The alliance's pages: the members against the rule of the call, and their confirmations."""

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from html import unescape

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.forms.definition import Confirmations
from fund.models import Application, ConsentAnswer, Endorsement, LinkPurpose, Organisation, OrganisationKind, Right
from fund.services import sharing
from fund.services.alliance import add_member, edit_member
from tests.alliances import MAYOR, ask, last_link, mails_to, member_of, represented, say
from tests.filling import example, open_call
from tests.scenario import World, siret
from tests.web.conftest import Browser
from tests.web.filing import load

SignIn = Callable[[str], Browser]
SEEN = re.compile(r'name="seen" value="([0-9a-f]{64})"')


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


def town_id(factory: SessionFactory, world: World, file: str) -> int:
    return member_of(load(factory, file), world.town_id).id


def typed(**given: str) -> dict[str, str]:
    return {"name": "Association des Trois Rivières", "kind": "association", **given}


# --- the page -------------------------------------------------------------------------------------------------


def test_the_alliance_is_shown_against_the_rule(sign_in: SignIn, file: str) -> None:
    page = page_of(sign_in("applicant"), at(file))
    assert "Il manque encore l’accord de ces membres : Commune d'essai, Entreprise d'essai." in page
    assert page.count("Pas encore sollicité") >= 2
    assert "Demander 2 accords" in page


def test_each_state_of_a_consent_is_told(
    sign_in: SignIn, factory: SessionFactory, world: World, file: str
) -> None:
    def act(session: Session, application: Application) -> None:
        town, company = member_of(application, world.town_id), member_of(application, world.company_id)
        say(session, ask(session, world, application, town))
        share = {"contribution": Decimal(12_000)}
        edit_member(session, world["applicant"], application, town, identity={}, share=share)
        say(
            session, ask(session, world, application, company), ConsentAnswer.CHANGE_ASKED, note="Trop <b>cher</b>"
        )

    change(factory, file, act)
    page = sign_in("applicant").get(at(file)).text
    assert "Part modifiée depuis l’accord" in page
    assert re.search(r"<del>10\W*000,00.*</del>.*<ins>12\W*000,00", page)
    assert "Trop &lt;b&gt;cher&lt;/b&gt;" in page
    assert "valable jusqu’au" in page


def test_the_page_asks_the_database_as_often_for_many_members(
    sign_in: SignIn, factory: SessionFactory, world: World, file: str
) -> None:
    def more(session: Session, application: Application) -> None:
        for number in range(12):
            who = {"name": f"Association {number}", "kind": OrganisationKind.ASSOCIATION}
            share = {"representative_name": "Sacha", "representative_email": f"{number}@essai.example"}
            nobody = {"siret": "", "rna": "", "commune_code": None}
            member = add_member(session, world["applicant"], application, identity={**who, **nobody}, share=share)
            say(session, ask(session, world, application, member))
        for name in ("reviewer", "member", "chair"):
            application.endorsements.append(Endorsement(person_id=world.people[name]))

    def one(_: Session, application: Application) -> None:
        application.endorsements.append(Endorsement(person_id=world.people["catalyst"]))

    change(factory, file, one)
    browser = sign_in("applicant")
    counts = [count_statements(factory, lambda: browser.get(at(file)))]
    change(factory, file, more)
    counts.append(count_statements(factory, lambda: browser.get(at(file))))
    assert counts[0] == counts[1]


def count_statements(factory: SessionFactory, act: Callable[[], object]) -> int:
    said: list[str] = []

    def note(_c: object, _u: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    return len(said)


@pytest.mark.parametrize("name", ["stranger", "catalyst", "reviewer", "officer"])
def test_other_people_s_alliances_do_not_exist(sign_in: SignIn, file: str, name: str) -> None:
    browser = sign_in(name)
    for path in (at(file), at(file, "membres/nouveau"), f"/mes-dossiers/{file}/equipe"):
        assert browser.get(path).status_code == 404
    assert browser.post(at(file, "demander"), on="/compte").status_code == 404


def test_who_may_only_read_changes_nothing(
    sign_in: SignIn, factory: SessionFactory, world: World, file: str
) -> None:
    def act(session: Session, application: Application) -> None:
        sharing.give_right(session, world["applicant"], application, world.person(session, "stranger"), Right.READ)

    change(factory, file, act)
    reader = sign_in("stranger")
    page = page_of(reader, at(file))
    assert "Commune d'essai" in page
    assert "Ajouter un membre" not in page
    assert "Demander" not in page
    assert reader.get(at(file, "membres/nouveau")).status_code == 403
    assert reader.post(at(file, "demander"), on="/compte").status_code == 403
    assert reader.post(f"/mes-dossiers/{file}/equipe", on="/compte").status_code == 403


def test_a_deposited_file_is_only_read(sign_in: SignIn, make: Callable[..., str]) -> None:
    deposited = make("submitted")
    applicant = sign_in("applicant")
    assert "Ajouter un membre" not in page_of(applicant, at(deposited))
    assert applicant.get(at(deposited, "membres/nouveau")).status_code == 409


# --- members --------------------------------------------------------------------------------------------------


def test_a_member_is_added_with_places_by_their_names(sign_in: SignIn, factory: SessionFactory, file: str) -> None:
    applicant, here = sign_in("applicant"), at(file, "membres/nouveau")
    given = typed(
        siret=siret(30),
        commune="Roques (Haute-Garonne)",
        territory="Haute-Garonne",
        part="Anime l’atelier",
        in_kind="1 200,50",
        representative_name="Sacha Essai",
        representative_email="sacha@essai.example",
    )
    answer = applicant.post(here, given, on=here)
    assert answer.status_code == 303, answer.text
    member = load(factory, file).members[-1]
    assert (member.organisation.commune_code, member.territory) == ("31458", "dep:31")
    assert member.in_kind == Decimal("1200.50")
    assert "Association des Trois Rivières fait maintenant partie de l’alliance." in page_of(applicant, at(file))


def test_a_name_that_several_places_have_is_chosen_among_them(
    sign_in: SignIn, factory: SessionFactory, file: str
) -> None:
    applicant, here = sign_in("applicant"), at(file, "membres/nouveau")
    answer = applicant.post(here, typed(commune="Roques", part="Anime"), on=here)
    assert answer.status_code == 422
    assert 'value="com:31458"' in answer.text
    assert 'value="Roques"' in answer.text  # and nothing else that was typed is lost
    assert "Anime" in answer.text
    chosen = {"commune-asked": "Roques", "commune-choice": "com:31458"}
    assert applicant.post(here, typed(commune="Roques", **chosen), on=here).status_code == 303
    assert load(factory, file).members[-1].organisation.commune_code == "31458"


def test_a_choice_of_another_place_than_was_typed_does_not_count(
    sign_in: SignIn, factory: SessionFactory, file: str
) -> None:
    applicant, here = sign_in("applicant"), at(file, "membres/nouveau")
    for chosen in ({"commune-asked": "Roquessels"}, {"commune-asked": "Roques", "commune-choice": "dep:31"}):
        sent = typed(commune="Roques", **{"commune-choice": "com:31458", **chosen})
        assert applicant.post(here, sent, on=here).status_code == 422
    assert len(load(factory, file).members) == 3


def test_places_can_be_looked_up_before_saving(sign_in: SignIn, factory: SessionFactory, file: str) -> None:
    applicant, here = sign_in("applicant"), at(file, "membres/nouveau")
    answer = applicant.post(here, {"action": "search", "commune": "31458", "territory": "Atlantide"}, on=here)
    assert answer.status_code == 200
    assert 'value="Roques (Haute-Garonne)"' in answer.text
    assert "Aucun territoire" in answer.text
    assert len(load(factory, file).members) == 3


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"siret": "12345678901234"}, "n'est pas un SIRET|n’est pas un SIRET"),
        ({"siret": siret(30)[:9]}, "SIREN"),
        ({"siret": siret(2)}, "déjà membre"),
        ({"rna": "W12"}, "RNA"),
        ({"kind": "company"}, "SIRET"),
        ({"name": ""}, "Remplissez"),
        ({"contribution": "beaucoup"}, "euros"),
        ({"representative_email": "nulle part"}, "adresse"),
        ({"representative_email": "a@essai.example"}, "nom de la personne"),
        ({"part": "x" * 501}, "501"),
    ],
)
def test_what_cannot_be_taken_is_said_and_kept(
    sign_in: SignIn, factory: SessionFactory, file: str, wrong: dict[str, str], sentence: str
) -> None:
    applicant, here = sign_in("applicant"), at(file, "membres/nouveau")
    answer = applicant.post(here, {**typed(skills_note="Deux jours par mois"), **wrong}, on=here)
    assert answer.status_code == 422
    page = unescape(answer.text).replace("\u00a0", " ")
    assert re.search(sentence, page)
    assert "Deux jours par mois" in page
    assert len(load(factory, file).members) == 3


def test_a_number_of_another_name_is_told(sign_in: SignIn, factory: SessionFactory, file: str) -> None:
    with unit_of_work(factory) as session:
        kind = OrganisationKind.ASSOCIATION
        session.add(Organisation(name="Nom connu", kind=kind, siret=siret(31), siren=siret(31)[:9]))
    applicant, here = sign_in("applicant"), at(file, "membres/nouveau")
    applicant.post(here, typed(siret=siret(31)), on=here)
    page = page_of(applicant, at(file))
    assert "Nom connu" in page
    assert "sous lequel il est enregistré" in page or "enregistré" in page


def test_a_member_is_edited_in_its_place(
    sign_in: SignIn, factory: SessionFactory, world: World, file: str
) -> None:
    number = town_id(factory, world, file)
    applicant, here = sign_in("applicant"), at(file, "membres", number)
    page = applicant.get(here).text
    assert 'value="10000,00"' in page
    assert MAYOR in page
    found = SEEN.search(page)
    assert found
    given = typed(
        name="Commune d'essai", kind="local_authority", siret=siret(2), part="Prête la halle", seen=found[1]
    )
    assert applicant.post(here, given, on=here).status_code == 303
    member = member_of(load(factory, file), world.town_id)
    assert (member.id, member.part) == (number, "Prête la halle")


def test_two_who_edit_one_member_both_keep_their_words(
    sign_in: SignIn, factory: SessionFactory, world: World, file: str
) -> None:
    number = town_id(factory, world, file)
    applicant, here = sign_in("applicant"), at(file, "membres", number)
    found = SEEN.search(applicant.get(here).text)
    assert found
    change(
        factory,
        file,
        lambda session, application: edit_member(
            session,
            world["applicant"],
            application,
            member_of(application, world.town_id),
            identity={},
            share={"part": "Les mots de la collègue"},
        ),
    )
    sent = typed(name="Commune d'essai", kind="local_authority", siret=siret(2), part="Mes mots", seen=found[1])
    answer = applicant.post(here, sent, on=here)
    assert answer.status_code == 409
    page = unescape(answer.text)
    assert "Mes mots" in page
    assert "Les mots de la collègue" in page
    assert member_of(load(factory, file), world.town_id).part == "Les mots de la collègue"
    # The page now bears the present state: sending it again is a decision.
    again = SEEN.search(answer.text)
    assert again
    assert applicant.post(here, {**sent, "seen": again[1]}, on=here).status_code == 303
    assert member_of(load(factory, file), world.town_id).part == "Mes mots"


def test_the_lead_keeps_its_name(sign_in: SignIn, factory: SessionFactory, file: str) -> None:
    lead = load(factory, file).members[0]
    applicant, here = sign_in("applicant"), at(file, "membres", lead.id)
    page = applicant.get(here).text
    assert 'name="siret"' not in page
    found = SEEN.search(page)
    assert found
    sent = {"part": "Coordonne", "name": "Un autre nom", "seen": found[1], "commune": "31458"}
    assert applicant.post(here, sent, on=here).status_code == 303
    assert load(factory, file).members[0].part == "Coordonne"
    assert load(factory, file).members[0].organisation.name == "Association d'essai"
    assert applicant.get(at(file, "membres", lead.id, "retirer")).status_code == 404


def test_a_member_is_taken_out_after_a_confirmation(
    sign_in: SignIn, factory: SessionFactory, world: World, file: str
) -> None:
    number = town_id(factory, world, file)
    applicant, here = sign_in("applicant"), at(file, "membres", number, "retirer")
    assert "Retirer Commune d'essai de l’alliance ?" in page_of(applicant, here)
    assert len(load(factory, file).members) == 3
    assert applicant.post(here, on=here).status_code == 303
    assert len(load(factory, file).members) == 2
    assert applicant.get(here).status_code == 404
    assert applicant.get(at(file, "membres", 10**30)).status_code == 404


# --- confirmations --------------------------------------------------------------------------------------------


def test_all_are_asked_and_one_again(sign_in: SignIn, factory: SessionFactory, world: World, file: str) -> None:
    applicant = sign_in("applicant")
    assert applicant.post(at(file, "demander"), on=at(file)).status_code == 303
    page = page_of(applicant, at(file))
    assert "2 messages partent." in page
    assert "Demander 2 accords" not in page
    number = town_id(factory, world, file)
    assert applicant.post(at(file, "demander"), {"member": number}, on=at(file)).status_code == 303
    with factory() as session:
        assert mails_to(session, MAYOR) == ["alliance.consent_asked"] * 2
    assert applicant.post(at(file, "reprendre"), {"member": number}, on=at(file)).status_code == 303
    with factory() as session:
        assert last_link(session, LinkPurpose.CONSENT, member_id=number).revoked_at is not None
    for member in ("999999", "", "x", "9" * 40):
        assert applicant.post(at(file, "demander"), {"member": member}, on=at(file)).status_code == 404


def test_one_without_an_address_is_refused_in_words(
    sign_in: SignIn, factory: SessionFactory, make: Callable[..., str]
) -> None:
    plain = make("draft")
    applicant = sign_in("applicant")
    member = load(factory, plain).members[1].id
    applicant.post(at(plain, "demander"), {"member": member}, on=at(plain))
    assert "Indiquez l’adresse électronique" in page_of(applicant, at(plain))


def test_mails_are_limited(sign_in: SignIn, file: str) -> None:
    applicant = sign_in("applicant")
    data = {"csrf_token": applicant.token(at(file))}
    statuses = [applicant.client.post(at(file, "demander"), data=data).status_code for _ in range(61)]
    assert statuses[-1] == 429
    assert set(statuses[:60]) == {303}
