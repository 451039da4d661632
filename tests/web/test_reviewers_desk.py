"""The list of reviewers, invitations and profiles as their users meet them."""

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine, event, select

from fund.db import SessionFactory, unit_of_work
from fund.models import LinkPurpose, Person, PersonalLink
from fund.services import reviewers
from fund.services.links import text_of
from tests.scenario import World, siret
from tests.services.assigning import more_reviewers
from tests.web.conftest import Browser
from workflows.permissions import Role

SignIn = Callable[[str], Browser]
ADDRESS = "lectrice@essai.example"
WORDS = "quatre mots bien choisis"
SIREN = siret(50)[:9]


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL that the application sends."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield sent
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture
def own(factory: SessionFactory, world: World) -> str:
    """The address of the reviewer's profile."""
    with factory() as session:
        return f"/evaluateurs/{world.person(session, 'reviewer').reference}"


def invitation_text(app: Flask, factory: SessionFactory) -> str:
    with factory() as session:
        query = select(PersonalLink).where(PersonalLink.purpose == LinkPurpose.INVITATION)
        link = session.scalars(query.order_by(PersonalLink.id.desc())).first()
        assert link is not None
        return text_of(link, app.config["SECRET_KEY"])


def person_of(factory: SessionFactory, email: str) -> Person:
    with factory() as session:
        return session.scalars(select(Person).where(Person.email == email)).one()


# --- inviting -----------------------------------------------------------------------------------------------


def test_an_invitation_opens_an_account_once(
    sign_in: SignIn, browser: Browser, app: Flask, factory: SessionFactory
) -> None:
    officer = sign_in("officer")
    sent = officer.post(
        "/evaluateurs/inviter",
        {"name": "Camille Lectrice", "email": ADDRESS, "reviewer": "y"},
        on="/evaluateurs/inviter",
    )
    assert sent.status_code == 303
    page = officer.get(sent.location).text
    assert ADDRESS in page
    assert "invitation" in page.casefold()
    listed = officer.get("/evaluateurs").text
    assert "Camille Lectrice" in listed

    text = invitation_text(app, factory)
    path = f"/rejoindre/{text}"
    first = browser.get(path)
    assert first.status_code == 200
    assert 'value="Camille Lectrice"' in first.text
    assert first.headers["Referrer-Policy"] == "no-referrer"
    short = browser.post(path, {"name": "Camille", "password": "court", "again": "court"}, on=path)
    assert short.status_code == 422
    unlike = browser.post(path, {"name": "Camille", "password": WORDS, "again": "autre"}, on=path)
    assert unlike.status_code == 422
    opened = browser.post(path, {"name": "Camille L.", "password": WORDS, "again": WORDS}, on=path)
    person = person_of(factory, ADDRESS)
    assert (opened.status_code, opened.location) == (303, f"/evaluateurs/{person.reference}")
    profile = browser.get(opened.location)
    assert profile.status_code == 200
    assert 'name="sdgs"' in profile.text
    assert browser.get(path).status_code == 410
    assert "Camille L." in officer.get("/evaluateurs").text


def test_an_expired_invitation_is_sent_again(
    sign_in: SignIn, app: Flask, factory: SessionFactory, browser: Browser
) -> None:
    officer = sign_in("officer")
    given = {"name": "Camille", "email": ADDRESS, "committee": "y"}
    officer.post("/evaluateurs/inviter", given, on="/evaluateurs/inviter")
    first = invitation_text(app, factory)
    person = person_of(factory, ADDRESS)
    assert person.roles == {Role.COMMITTEE}
    assert person.name in officer.get("/evaluateurs", role="committee").text
    assert person.name not in officer.get("/evaluateurs").text
    page = f"/evaluateurs/{person.reference}"
    again = officer.post(f"{page}/relancer", on=page)
    assert again.status_code == 303
    second = invitation_text(app, factory)
    assert first != second
    assert browser.get(f"/rejoindre/{first}").status_code == 410
    assert browser.get(f"/rejoindre/{second}").status_code == 200
    assert browser.get(f"/rejoindre/{second}x").status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"name": "", "email": ADDRESS, "reviewer": "y"},
        {"name": "Camille", "email": "sans arobase", "reviewer": "y"},
        {"name": "Camille", "email": ADDRESS},
    ],
)
def test_what_cannot_be_invited_is_said_and_kept(sign_in: SignIn, given: dict[str, str]) -> None:
    answer = sign_in("officer").post("/evaluateurs/inviter", given, on="/evaluateurs/inviter")
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert f'value="{given["email"]}"' in answer.text


def test_who_has_the_role_already_is_not_invited(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with factory() as session:
        email = world.person(session, "member").email
    given = {"name": "Camille", "email": email, "committee": "y"}
    answer = sign_in("officer").post("/evaluateurs/inviter", given, on="/evaluateurs/inviter")
    assert answer.status_code == 422
    assert f'value="{email}"' in answer.text


# --- the list -----------------------------------------------------------------------------------------------


def test_the_list_is_for_the_fund(sign_in: SignIn) -> None:
    assert [sign_in(name).get("/evaluateurs").status_code for name in ("officer", "auditor", "admin")] == [200] * 3
    for name in ("applicant", "reviewer", "member", "finance"):
        assert sign_in(name).get("/evaluateurs").status_code == 403
    assert sign_in("auditor").get("/evaluateurs/inviter").status_code == 403
    assert sign_in("officer").get("/evaluateurs", role="officer").status_code == 404


def test_the_list_is_filtered_and_in_pages(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        more_reviewers(session, 30)
    officer = sign_in("officer")
    first = officer.get("/evaluateurs").text
    names = re.findall(r'<th scope="row"><a href="/evaluateurs/[^"]+">([^<]+)</a>', first)
    assert (len(names), names[0]) == (25, "Lecture 000")
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = officer.client.get(following[1].replace("&amp;", "&")).text
    assert "Reviewer2" in second
    assert "Lecture 000" not in second
    assert "Lecture 007" in officer.get("/evaluateurs", texte="lecture7@").text
    assert officer.get("/evaluateurs", texte="personne").status_code == 200


def test_the_list_costs_as_many_statements_for_25_as_for_3(
    sign_in: SignIn, factory: SessionFactory, world: World, statements: list[str]
) -> None:
    officer = sign_in("officer")
    officer.get("/evaluateurs")
    del statements[:]
    officer.get("/evaluateurs")
    few = list(statements)
    with unit_of_work(factory) as session:
        people = more_reviewers(session, 22)
        for person in people:
            reviewers.edit_profile(session, world["officer"], person, sdgs=["11"])
        for _ in range(3):
            world.in_review(session)
    del statements[:]
    officer.get("/evaluateurs")
    assert len(statements) == len(few)


# --- the profile --------------------------------------------------------------------------------------------


def test_a_reviewer_writes_her_own_profile(
    sign_in: SignIn, factory: SessionFactory, world: World, own: str
) -> None:
    reviewer = sign_in("reviewer")
    assert reviewer.get("/evaluations/profil").location == own
    answer = reviewer.client.post(
        own,
        data={
            "csrf_token": reviewer.token(own),
            "sdgs": ["11", "13"],
            "levers": ["2"],
            "capacity": "4",
            "away_from": "2027-07-01",
            "away_until": "2027-07-31",
            "note": "Je lis le soir.",
        },
    )
    assert answer.status_code == 303
    place = reviewer.post(f"{own}/territoires", {"territory": "Haute-Garonne"}, on=own)
    assert place.status_code == 303
    page = reviewer.get(own).text
    assert re.search(r'value="11" checked', page)
    assert "Haute-Garonne" in page
    assert "Je lis le soir." in page
    with factory() as session:
        profile = reviewers.find_profile(session, world.person(session, "reviewer"))
        assert (profile.sdgs, profile.levers, profile.capacity) == (["11", "13"], ["2"], 4)
        assert profile.territories == ["dep:31"]
    reviewer.post(f"{own}/territoires", {"remove": "dep:31"}, on=own)
    with factory() as session:
        assert reviewers.find_profile(session, world.person(session, "reviewer")).territories == []


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("", {"capacity": "beaucoup"}),
        ("", {"capacity": "4", "sdgs": "99"}),
        ("", {"capacity": "4", "away_until": "2027-07-01"}),
        ("", {"capacity": "4", "away_from": "2027-07-02", "away_until": "2027-07-01"}),
        ("/territoires", {"territory": "Nulle part sur terre"}),
        ("/organisation", {"name": "Exemple", "siren": "123456789"}),
        ("/liens", {"name": "", "siren": ""}),
        ("/liens", {"name": "Exemple", "siren": "12"}),
    ],
)
def test_what_cannot_be_kept_is_said(sign_in: SignIn, own: str, path: str, given: dict[str, str]) -> None:
    answer = sign_in("reviewer").post(f"{own}{path}", given, on=own)
    assert answer.status_code == 422
    assert "error-summary" in answer.text


def test_a_link_is_declared_and_taken_away_by_an_officer_alone(
    sign_in: SignIn, factory: SessionFactory, world: World, own: str
) -> None:
    reviewer, officer = sign_in("reviewer"), sign_in("officer")
    given = {
        "name": "Cabinet Exemple",
        "siren": f"{SIREN[:3]} {SIREN[3:]}",
        "until": "2024-12-31",
        "note": "Conseil",
    }
    assert reviewer.post(f"{own}/liens", given, on=own).status_code == 303
    page = reviewer.get(own).text
    assert "Cabinet Exemple" in page
    assert "/retirer" not in page
    with factory() as session:
        [link] = reviewers.list_affiliations(session, world.person(session, "reviewer"))
        assert link.siren == SIREN
    assert reviewer.post(f"{own}/liens/{link.id}/retirer", on=own).status_code == 403
    assert officer.post(f"{own}/liens/{link.id}/retirer", on=own).status_code == 303
    assert "Cabinet Exemple" not in officer.get(own).text


def test_the_organisation_is_saved(sign_in: SignIn, factory: SessionFactory, world: World, own: str) -> None:
    answer = sign_in("officer").post(f"{own}/organisation", {"name": "Cabinet Exemple", "siren": ""}, on=own)
    assert answer.status_code == 303
    with factory() as session:
        organisation = world.person(session, "reviewer").organisation
        assert organisation is not None
        assert organisation.name == "Cabinet Exemple"


def test_a_profile_is_its_owners_and_the_funds(sign_in: SignIn, own: str) -> None:
    assert sign_in("auditor").get(own).status_code == 200
    assert sign_in("reviewer2").get(own).status_code == 404
    assert sign_in("applicant").get(own).status_code == 403
    member = sign_in("member")
    assert "sdgs" not in member.get(member.get("/evaluations/profil").location).text
    assert sign_in("reviewer2").post(own, {"capacity": "0"}, on="/compte").status_code == 404


def test_an_officer_takes_somebody_off_the_reviewers(
    sign_in: SignIn, factory: SessionFactory, world: World, own: str
) -> None:
    with unit_of_work(factory) as session:
        reference = world.in_review(session, title="Jardins du bassin").reference
    officer = sign_in("officer")
    assert "Jardins du bassin" in officer.get(own).text
    assert officer.post(f"{own}/fin", {"reason": ""}, on=own).status_code == 422
    assert officer.post(f"{own}/fin", {"reason": "Départ."}, on=own).status_code == 303
    assert officer.get(own).status_code == 404
    assert "Annul" in officer.get(f"/dossiers/{reference}/evaluations").text
