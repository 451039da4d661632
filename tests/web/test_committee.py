"""The committee's sessions as officers, the chair, members and others meet them."""

from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.models import Application, Award, Call, CommitteeSession, Person, PersonRole
from fund.services import committee, reviews
from fund.services.steps import take_step
from tests.scenario import World
from tests.web.conftest import Browser
from workflows.application import ApplicationState
from workflows.committee import CommitteeState
from workflows.permissions import Role

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


def sitting_of(session: Session, reference: str) -> CommitteeSession:
    return session.scalars(select(CommitteeSession).where(CommitteeSession.reference == reference)).one()


def file_of(session: Session, reference: str) -> Application:
    return session.scalars(select(Application).where(Application.reference == reference)).one()


def person_of(session: Session, world: World, name: str) -> str:
    return session.get_one(Person, world.people[name]).reference


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


# --- preparing -----------------------------------------------------------------------------------------------


def test_an_officer_plans_a_session(sign_in: SignIn, world: World, read: Session) -> None:
    call = read.get_one(Call, world.call_id)
    form = {
        "call": call.reference,
        "title": "Comité de printemps",
        "held_at": "2031-03-01T14:00",
        "place": "Salle des fêtes",
        "quorum": "2",
        "chair": person_of(read, world, "chair"),
        "members": [person_of(read, world, "member")],
    }
    officer = sign_in("officer")
    answer = officer.post("/comite/nouvelle", form, on="/comite/nouvelle")
    assert answer.status_code == 303
    page = officer.get(answer.location).text
    assert "Comité de printemps" in page
    assert "1er\u00a0mars\u00a02031 à 14\u00a0h\u00a000" in page
    assert "Salle des fêtes" in page
    made = read.scalars(select(CommitteeSession)).one()
    assert {member.person_id for member in made.members} == {world.people["chair"], world.people["member"]}


def test_a_bad_plan_keeps_what_was_typed(sign_in: SignIn, world: World, read: Session) -> None:
    form = {"title": "Comité de printemps", "held_at": "bientôt", "quorum": "0", "members": ["PE-INCONNU"]}
    answer = sign_in("officer").post("/comite/nouvelle", form, on="/comite/nouvelle")
    assert answer.status_code == 422
    assert "Comité de printemps" in answer.text
    assert 'href="#held_at"' in answer.text
    assert 'href="#chair"' in answer.text
    assert 'href="#quorum"' in answer.text
    assert read.scalars(select(CommitteeSession)).all() == []


def test_a_chair_who_does_not_exist_is_refused(sign_in: SignIn, world: World, read: Session) -> None:
    call = read.get_one(Call, world.call_id)
    form = {
        "call": call.reference,
        "title": "X",
        "held_at": "2031-03-01T14:00",
        "quorum": "2",
        "chair": "PE-AUCUN",
    }
    answer = sign_in("officer").post("/comite/nouvelle", form, on="/comite/nouvelle")
    assert answer.status_code == 422
    assert 'href="#chair"' in answer.text


def test_the_date_can_be_changed_and_a_change_meanwhile_is_told(
    sign_in: SignIn, planned: str, factory: SessionFactory, read: Session
) -> None:
    officer, path = sign_in("officer"), f"/comite/{planned}/modifier"
    version = sitting_of(read, planned).version
    form = {"title": "Nouveau titre", "held_at": "2031-03-01T14:00", "place": "", "quorum": "3"}
    assert officer.post(path, {**form, "version": str(version)}, on=path).status_code == 303
    stale = officer.post(path, {**form, "title": "Trop tard", "version": str(version)}, on=path)
    assert stale.status_code == 409
    assert "Trop tard" in stale.text
    assert "entre-temps" in stale.text
    with factory() as session:
        assert sitting_of(session, planned).title == "Nouveau titre"


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


# --- sitting -------------------------------------------------------------------------------------------------


def test_from_convening_to_signed_minutes(
    sign_in: SignIn, planned: str, reviewed: str, world: World, factory: SessionFactory, read: Session
) -> None:
    officer, chair, here = sign_in("officer"), sign_in("chair"), f"/comite/{planned}"
    officer.post(f"{here}/ordre-du-jour", {"application": [reviewed]}, on=here)

    def step(browser: Browser, name: str) -> int:
        with factory() as session:
            version = sitting_of(session, planned).version
        return browser.post(f"/etapes/committee/{planned}/{name}", {"version": str(version)}, on=here).status_code

    assert step(officer, "convene") == 303
    assert step(chair, "open") == 409  # no quorum yet
    present = [person_of(read, world, name) for name in ("chair", "member")]
    assert chair.post(f"{here}/presence", {"present": present}, on=here).status_code == 303
    assert "2 personnes présentes" in chair.get(here).text
    assert step(chair, "open") == 303
    item = f"{here}/dossiers/{reviewed}"
    version = str(file_of(read, reviewed).version)
    decision = {"decision": "fund", "amount": "15 000,00", "motivation": "Un projet solide.", "version": version}
    assert chair.post(item, decision, on=item).status_code == 303
    assert step(chair, "close") == 303
    assert "Projet de procès-verbal" in chair.get(f"{here}/proces-verbal").text
    assert step(chair, "sign") == 303
    minutes = sign_in("member").get(f"{here}/proces-verbal").text
    for text in ("Jardins du bassin", "Un projet solide.", "15\u202f000,00", "Signé par Chair", "Chair, Member"):
        assert text in minutes
    with factory() as session:
        assert sitting_of(session, planned).state is CommitteeState.SIGNED
        assert session.scalars(select(Award)).one().amount == Decimal(15_000)


def test_attendance_is_the_chairs(sign_in: SignIn, opened: tuple[str, str]) -> None:
    for name in ("officer", "member"):
        assert sign_in(name).post(f"/comite/{opened[0]}/presence", {}, on="/compte").status_code == 403


def test_there_are_no_minutes_before_the_session(sign_in: SignIn, planned: str) -> None:
    assert sign_in("chair").get(f"/comite/{planned}/proces-verbal").status_code == 404


def test_members_read_the_file_but_do_not_decide(sign_in: SignIn, opened: tuple[str, str]) -> None:
    member, path = sign_in("member"), f"/comite/{opened[0]}/dossiers/{opened[1]}"
    page = member.get(path)
    assert page.status_code == 200
    assert "Une recyclerie, une école et une entreprise." in page.text
    assert "80 / 100" in page.text
    assert "Enregistrer la décision" not in page.text
    answer = member.post(path, {"decision": "decline", "motivation": "Non."}, on="/compte")
    assert answer.status_code == 403


def test_a_file_of_another_session_is_not_read_here(
    sign_in: SignIn, opened: tuple[str, str], planned: str
) -> None:
    assert sign_in("chair").get(f"/comite/{planned}/dossiers/{opened[1]}").status_code == 404


def decide(browser: Browser, opened: tuple[str, str], **form: str) -> tuple[int, str]:
    path = f"/comite/{opened[0]}/dossiers/{opened[1]}"
    answer = browser.post(path, form, on=path)
    return answer.status_code, answer.text


def test_each_decision_is_recorded(
    sign_in: SignIn, opened: tuple[str, str], factory: SessionFactory, read: Session
) -> None:
    chair, version = sign_in("chair"), str(file_of(read, opened[1]).version)
    status, _ = decide(chair, opened, decision="waitlist", motivation="Après les autres.", version=version)
    assert status == 303
    with factory() as session:
        application = file_of(session, opened[1])
        assert application.state is ApplicationState.WAITLISTED
        version = str(application.version)
    # Off the waiting list, after the session: by the same page.
    status, _ = decide(chair, opened, decision="defer", motivation="À revoir en mai.", version=version)
    assert status == 303
    with factory() as session:
        assert file_of(session, opened[1]).state is ApplicationState.REVIEWED


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({}, 422, "Choisissez une des décisions."),
        ({"decision": "fund", "amount": "beaucoup", "motivation": "Oui."}, 422, 'href="#amount"'),
        ({"decision": "decline", "motivation": ""}, 422, 'href="#motivation"'),
        ({"decision": "fund", "amount": "20000.01", "motivation": "Trop."}, 409, 'href="#amount"'),
        ({"decision": "defer", "motivation": ""}, 409, "error-summary"),
        ({"decision": "withdraw", "motivation": "Rien."}, 422, "Choisissez une des décisions."),
    ],
)
def test_a_bad_decision_says_why_and_keeps_what_was_typed(
    sign_in: SignIn,
    opened: tuple[str, str],
    read: Session,
    form: dict[str, str],
    status: int,
    told: str,
) -> None:
    version = str(file_of(read, opened[1]).version)
    found, page = decide(sign_in("chair"), opened, **form, version=version)
    assert found == status
    assert told in page
    for name in ("amount", "motivation"):
        assert form.get(name, "") in page
    read.expire_all()
    assert file_of(read, opened[1]).state is ApplicationState.COMMITTEE


def test_a_stale_decision_is_told_and_keeps_the_motivation(
    sign_in: SignIn, opened: tuple[str, str], read: Session
) -> None:
    version = file_of(read, opened[1]).version
    status, page = decide(
        sign_in("chair"), opened, decision="decline", motivation="Pas cette fois.", version=str(version - 1)
    )
    assert status == 409
    assert "entre-temps" in page
    assert "Pas cette fois." in page
    assert f'name="version" value="{version}"' in page


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
