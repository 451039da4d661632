"""The committee's sessions as officers, the chair, members and others meet them."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from icalendar import Calendar
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import (
    Interest,
    InterestKind,
    PersonRole,
    SessionMember,
)
from fund.services import committee, reviews
from fund.services.steps import take_step
from tests.documents.reading import Paper
from tests.scenario import World
from tests.web.committee_room import file_of, sitting_of
from tests.web.conftest import Browser
from tests.web.test_alliance import count_statements
from workflows.application import ApplicationState
from workflows.permissions import Role
from workflows.voting import Outcome

SignIn = Callable[[str], Browser]


@pytest.fixture
def planned(factory: SessionFactory, world: World) -> str:
    """The reference of a session in preparation, with an empty agenda."""
    with unit_of_work(factory) as session:
        return world.sitting(session).reference


@pytest.fixture
def reviewed(factory: SessionFactory, world: World) -> str:
    with unit_of_work(factory) as session:
        return world.reviewed(session, title="Jardins du bassin").reference


@pytest.fixture
def opened(factory: SessionFactory, world: World) -> tuple[str, str]:
    """An open session and the file on its agenda."""
    with unit_of_work(factory) as session:
        application = world.before_committee(session, title="Jardins du bassin")
        return application.items[-1].session.reference, application.reference


@pytest.fixture
def read(factory: SessionFactory) -> Iterator[Session]:
    with factory() as session:
        yield session


# --- who may come in -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["applicant", "partner", "catalyst", "reviewer"])
def test_the_committee_is_not_for_others(sign_in: SignIn, planned: str, name: str) -> None:
    browser = sign_in(name)
    for path in ("/comite", f"/comite/{planned}", f"/comite/{planned}/proces-verbal"):
        assert browser.get(path).status_code == 403


def test_a_member_sees_only_her_own_sessions(
    sign_in: SignIn, factory: SessionFactory, world: World, planned: str
) -> None:
    with unit_of_work(factory) as session:
        other = committee.plan_session(
            session,
            world["officer"],
            sitting_of(session, planned).call,
            members=[],
            chair=world.person(session, "chair"),
            title="Sans elle",
            held_at=sitting_of(session, planned).held_at,
        ).reference
    member = sign_in("member")
    assert "Sans elle" not in member.get("/comite").text
    assert member.get(f"/comite/{other}").status_code == 404
    assert member.get(f"/comite/{planned}").status_code == 200
    assert "Sans elle" in sign_in("officer").get("/comite").text


@pytest.mark.parametrize("name", ["member", "chair", "finance", "auditor", "admin"])
def test_only_officers_plan_and_prepare(sign_in: SignIn, planned: str, reviewed: str, name: str) -> None:
    browser = sign_in(name)
    assert browser.get("/comite/nouvelle").status_code == 403
    assert browser.post("/comite/nouvelle", {}, on="/compte").status_code == 403
    put = browser.post(f"/comite/{planned}/ordre-du-jour", {"application": reviewed}, on="/compte")
    assert put.status_code == 403
    assert browser.get(f"/comite/{planned}/modifier").status_code == 403


def test_a_form_without_its_token_changes_nothing(
    sign_in: SignIn, planned: str, reviewed: str, read: Session
) -> None:
    answer = sign_in("officer").client.post(f"/comite/{planned}/ordre-du-jour", data={"application": reviewed})
    assert answer.status_code == 400
    assert file_of(read, reviewed).state is ApplicationState.REVIEWED


# --- the agenda --------------------------------------------------------------------------------------------


def test_files_go_on_the_agenda_and_off_again(
    sign_in: SignIn, planned: str, reviewed: str, factory: SessionFactory
) -> None:
    officer, here = sign_in("officer"), f"/comite/{planned}"
    assert "Jardins du bassin" in officer.get(here).text
    assert officer.post(f"{here}/ordre-du-jour", {"application": [reviewed]}, on=here).status_code == 303
    with factory() as session:
        assert file_of(session, reviewed).state is ApplicationState.COMMITTEE
    page = officer.get(here).text
    assert f"{here}/dossiers/{reviewed}" in page
    assert "20\u202f000,00" in page  # the amount asked
    assert officer.post(f"{here}/ordre-du-jour/{reviewed}", on=here).status_code == 303
    with factory() as session:
        assert file_of(session, reviewed).state is ApplicationState.REVIEWED
        assert sitting_of(session, planned).items == []


def test_a_file_that_is_elsewhere_is_refused_with_its_reason(
    sign_in: SignIn, planned: str, opened: tuple[str, str], reviewed: str
) -> None:
    officer, here = sign_in("officer"), f"/comite/{planned}"
    answer = officer.post(f"{here}/ordre-du-jour", {"application": [opened[1]]}, on=here)
    assert answer.status_code == 303
    page = officer.get(here).text
    assert f"{opened[1]} n’est pas inscrit" in page


def test_ticking_nothing_says_so(sign_in: SignIn, planned: str, reviewed: str) -> None:
    officer, here = sign_in("officer"), f"/comite/{planned}"
    officer.post(f"{here}/ordre-du-jour", {}, on=here)
    assert "Cochez au moins un dossier" in officer.get(here).text


def test_the_agenda_is_put_in_order(sign_in: SignIn, planned: str, world: World, factory: SessionFactory) -> None:
    with unit_of_work(factory) as session:
        sitting = sitting_of(session, planned)
        files = []
        for mark in (2, 5, 3):
            application = world.in_review(session, title=f"Note {mark}")
            for review in application.reviews:
                world.score(session, review, mark)
            take_step(session, world["officer"], application, "conclude_review")
            committee.put_on_agenda(session, world["officer"], sitting, application)
            files.append(application.reference)
    officer, here = sign_in("officer"), f"/comite/{planned}"

    def order() -> list[str]:
        with factory() as session:
            return [item.application.reference for item in sitting_of(session, planned).items]

    assert officer.post(f"{here}/ordre-du-jour/{files[2]}/place", {"to": "up"}, on=here).status_code == 303
    assert order() == [files[0], files[2], files[1]]
    officer.post(f"{here}/ordre-du-jour/{files[0]}/place", {"to": "down"}, on=here)
    assert order() == [files[2], files[0], files[1]]
    officer.post(f"{here}/ordre-du-jour/{files[2]}/place", {"to": "up"}, on=here)
    assert order() == [files[2], files[0], files[1]]
    assert officer.post(f"{here}/ordre-du-jour/classement", on=here).status_code == 303
    assert order() == [files[1], files[2], files[0]]


def test_officers_propose_and_the_agenda_shows_it(
    sign_in: SignIn, opened: tuple[str, str], factory: SessionFactory
) -> None:
    place, file = opened
    officer, path = sign_in("officer"), f"/comite/{place}/dossiers/{file}"
    send = f"{path}/proposition"
    assert officer.post(send, {"outcome": "funded", "amount": "18 000,00"}, on=path).status_code == 303
    with factory() as session:
        item = file_of(session, file).items[-1]
        assert (item.proposed_outcome, item.proposed_amount) == (Outcome.FUNDED, Decimal(18_000))
    assert "18\u202f000,00" in officer.get(f"/comite/{place}").text
    above = officer.post(send, {"outcome": "funded", "amount": "20000.01"}, on=path)
    assert above.status_code == 422
    assert 'href="#amount"' in above.text
    assert sign_in("chair").post(send, {"outcome": "", "amount": ""}, on="/compte").status_code == 403
    assert officer.post(send, {"outcome": "", "amount": ""}, on=path).status_code == 303
    with factory() as session:
        assert file_of(session, file).items[-1].proposed_outcome is None


def test_members_read_the_file(sign_in: SignIn, opened: tuple[str, str]) -> None:
    page = sign_in("member").get(f"/comite/{opened[0]}/dossiers/{opened[1]}")
    assert page.status_code == 200
    assert "Une recyclerie, une école et une entreprise." in page.text
    assert "80 / 100" in page.text
    assert "/proposition" not in page.text


def test_a_file_of_another_session_is_not_read_here(
    sign_in: SignIn, opened: tuple[str, str], planned: str
) -> None:
    assert sign_in("chair").get(f"/comite/{planned}/dossiers/{opened[1]}").status_code == 404


def test_a_long_agenda_costs_no_more_statements_than_a_short_one(
    sign_in: SignIn, opened: tuple[str, str], world: World, factory: SessionFactory
) -> None:
    with unit_of_work(factory) as session:
        place = world.sitting(session).reference

    def add(count: int) -> None:
        with unit_of_work(factory) as session:
            for _ in range(count):
                sitting = sitting_of(session, place)
                committee.put_on_agenda(session, world["officer"], sitting, world.reviewed(session))

    officer = sign_in("officer")
    add(1)
    counts = [count_statements(factory, lambda: officer.get(f"/comite/{place}"))]
    add(4)
    counts.append(count_statements(factory, lambda: officer.get(f"/comite/{place}")))
    assert counts[0] == counts[1]


# --- papers ---------------------------------------------------------------------------------------------------


def test_the_event_for_a_calendar_is_there_once_the_committee_is_convened(
    sign_in: SignIn, planned: str, opened: tuple[str, str]
) -> None:
    member = sign_in("member")
    assert member.get(f"/comite/{planned}/calendrier.ics").status_code == 404
    answer = member.get(f"/comite/{opened[0]}/calendrier.ics")
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert event["UID"] == f"{opened[0]}@fonds-odd17"
    assert event["STATUS"] == "CONFIRMED"


def test_the_papers_leave_out_what_their_reader_keeps_off(
    sign_in: SignIn, opened: tuple[str, str], world: World, factory: SessionFactory
) -> None:
    place, file = opened
    with unit_of_work(factory) as session:
        application = file_of(session, file)
        kind = InterestKind.DECLARED
        session.add(Interest(application_id=application.id, person_id=world.people["member"], kind=kind))
    whole, without = (
        Paper(sign_in(name).get(f"/comite/{place}/dossier.pdf").data).text for name in ("chair", "member")
    )
    for text in ("Jardins du bassin", "Une recyclerie, une école et une entreprise.", file):
        assert text in whole
        assert text not in without
    assert "vous vous déportez sur ce dossier" in without


# --- interests ------------------------------------------------------------------------------------------------


def test_an_author_who_sits_does_not_read_what_is_said_of_her_file(
    sign_in: SignIn, opened: tuple[str, str], world: World, factory: SessionFactory
) -> None:
    with unit_of_work(factory) as session:
        number = world.people["applicant"]
        session.add(PersonRole(person_id=number, role=Role.COMMITTEE))
        session.add(SessionMember(session_id=sitting_of(session, opened[0]).id, person_id=number))
    author, place = sign_in("applicant"), f"/comite/{opened[0]}"
    assert author.get(f"{place}/dossiers/{opened[1]}").status_code == 404
    assert "Jardins du bassin" not in author.get(place).text
    assert author.get(f"/mes-dossiers/{opened[1]}").status_code == 200


def test_a_recused_member_does_not_see_the_file(sign_in: SignIn, factory: SessionFactory, world: World) -> None:
    """A reviewer who recused herself and also sits in the committee: the agenda names no more than its place."""
    with unit_of_work(factory) as session:
        person = world.person(session, "reviewer2")
        application = world.in_review(session, title="Affaire de famille")
        review = next(r for r in application.reviews if r.reviewer_id == person.id)
        world.score(session, next(r for r in application.reviews if r.reviewer_id != person.id))
        take_step(session, world["reviewer2"], review, "recuse", inputs={"reason": "Un parent."})
        person.role_rows.append(PersonRole(role=Role.COMMITTEE))
        third = reviews.assign(session, world["officer"], application, world.person(session, "reviewer3"))
        world.score(session, third)
        take_step(session, world["officer"], application, "conclude_review")
        sitting = committee.plan_session(
            session,
            world["officer"],
            application.call,
            members=[person],
            chair=world.person(session, "chair"),
            title="Avec elle",
            held_at=world.sitting(session).held_at,
        )
        committee.put_on_agenda(session, world["officer"], sitting, application)
        place, file = sitting.reference, application.reference
    browser = sign_in("reviewer2")
    page = browser.get(f"/comite/{place}").text
    assert "Affaire de famille" not in page
    assert "Un dossier qui ne vous est pas montré" in page
    assert browser.get(f"/comite/{place}/dossiers/{file}").status_code == 404
