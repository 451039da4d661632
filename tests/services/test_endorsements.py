"""The word of a territorial catalyst: whom an alliance can ask, what she sees, what she answers."""

import hashlib

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.errors import Conflict, InvalidInput, NotFound
from fund.models import Application, AuditEvent, EndorsementState, OutboxRow, Right
from fund.services import call_versions, journal, reviews
from fund.services.access import find
from fund.services.endorsements import (
    ask_endorsement,
    decline_endorsement,
    endorse,
    endorsement_of,
    list_catalysts,
    list_own,
)
from fund.services.people import set_territories
from fund.services.perform import NotEditable, NotPermitted
from fund.services.sharing import give_right
from fund.services.steps import take_step
from tests.scenario import World
from workflows.engine import StepRefused
from workflows.permissions import Role
from workflows.topics import Topic

WORDS = "Une alliance que je connais, et dont le territoire a besoin."


@pytest.fixture
def application(session: Session, world: World) -> Application:
    """A draft at Roques (Haute-Garonne), where the catalyst is at home."""
    set_territories(world.person(session, "catalyst"), ["dep:31"])
    session.flush()
    return world.draft(session)


def asked(session: Session, world: World, application: Application) -> None:
    ask_endorsement(session, world["applicant"], application, world["catalyst"].reference)


def names(session: Session, application: Application) -> list[str]:
    return [person.name for person in list_catalysts(session, application)]


@pytest.mark.parametrize(
    ("territories", "is_listed"),
    [(["com:31458"], True), (["dep:31"], True), (["reg:76"], True), (["dep:29", "com:31555"], False), ([], False)],
)
def test_catalysts_of_the_territory_are_listed(
    session: Session, world: World, application: Application, territories: list[str], is_listed: bool
) -> None:
    set_territories(world.person(session, "catalyst"), territories)
    assert names(session, application) == (["Catalyst"] if is_listed else [])


def test_a_project_without_commune_has_no_catalyst(
    session: Session, world: World, application: Application
) -> None:
    application.commune_code = None
    assert names(session, application) == []


def test_who_has_a_part_in_the_file_is_not_listed(
    session: Session, world: World, application: Application
) -> None:
    catalyst = world.person(session, "catalyst")
    give_right(session, world["applicant"], application, catalyst, Right.READ)
    assert names(session, application) == []
    application.collaborators.pop()
    catalyst.organisation_id = world.town_id
    session.flush()
    session.expire(catalyst)
    assert names(session, application) == []


def test_asking_tells_the_one_who_is_asked(session: Session, world: World, application: Application) -> None:
    asked(session, world, application)
    rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.ENDORSEMENT_ASKED.value)).all()
    assert [row.recipient_id for row in rows] == [world.people["catalyst"]]
    assert rows[0].payload["reference"] == application.reference
    assert names(session, application) == []


def test_what_asking_refuses(session: Session, world: World, application: Application) -> None:
    asked(session, world, application)
    with pytest.raises(Conflict, match="endorsement_asked"):
        asked(session, world, application)
    for name in ("stranger", "reviewer"):
        with pytest.raises(InvalidInput, match="catalyst"):
            ask_endorsement(session, world["applicant"], application, world[name].reference)
    with pytest.raises(NotPermitted):
        ask_endorsement(session, world["stranger"], world.draft(session), world["catalyst"].reference)
    trial = call_versions.begin_trial(session, world["officer"], application.call, application.lead)
    with pytest.raises(Conflict, match="trial_is_own"):
        ask_endorsement(session, world["officer"], trial, world["catalyst"].reference)
    deposited = world.submitted(session)
    with pytest.raises(NotEditable):
        asked(session, world, deposited)


def test_a_catalyst_sees_the_file_that_she_is_asked_about_and_no_other(
    session: Session, world: World, application: Application
) -> None:
    other = world.draft(session)
    for file in (application, other):
        with pytest.raises(NotFound):
            find(session, world["catalyst"], Application, file.reference)
    asked(session, world, application)
    assert find(session, world["catalyst"], Application, application.reference) is application
    with pytest.raises(NotFound):
        find(session, world["catalyst"], Application, other.reference)
    with pytest.raises(NotFound):
        endorsement_of(other, world["catalyst"])
    assert [one.application for one in list_own(session, world["catalyst"])] == [application]


def test_a_word_is_signed_and_told(session: Session, world: World, application: Application) -> None:
    asked(session, world, application)
    event = endorse(session, world["catalyst"], application, words=WORDS, signed_name="Catalyst, animatrice")
    [endorsement] = application.endorsements
    assert endorsement.status is EndorsementState.GIVEN
    assert (endorsement.words, endorsement.signed_name) == (WORDS, "Catalyst, animatrice")
    row = session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.ENDORSEMENT_ANSWERED.value)).one()
    assert row.recipient_id == world.people["applicant"]
    assert (row.payload["given"], row.payload["catalyst"]) == ("yes", "Catalyst")
    assert event is not None
    assert event.body["details"] == {
        "endorsement": "given",
        "words_sha256": hashlib.sha256(WORDS.encode()).hexdigest(),
    }
    assert journal.verify(session).broken == []


def test_declining_is_told(session: Session, world: World, application: Application) -> None:
    asked(session, world, application)
    decline_endorsement(session, world["catalyst"], application)
    assert application.endorsements[0].status is EndorsementState.DECLINED
    row = session.scalars(select(OutboxRow).where(OutboxRow.topic == Topic.ENDORSEMENT_ANSWERED.value)).one()
    assert row.payload["given"] == "no"


def test_what_was_answered_stands(session: Session, world: World, application: Application) -> None:
    asked(session, world, application)
    endorse(session, world["catalyst"], application, words=WORDS, signed_name="Catalyst")
    with pytest.raises(Conflict, match="endorsement_answered"):
        decline_endorsement(session, world["catalyst"], application)
    with pytest.raises(Conflict, match="endorsement_answered"):
        endorse(session, world["catalyst"], application, words="Autre", signed_name="Catalyst")
    assert application.endorsements[0].words == WORDS


def test_only_who_was_asked_answers(session: Session, world: World, application: Application) -> None:
    for name in ("catalyst", "applicant", "officer"):
        with pytest.raises(NotPermitted):
            endorse(session, world[name], application, words=WORDS, signed_name=name)


def test_after_the_deposit_no_word_is_taken(session: Session, world: World, application: Application) -> None:
    asked(session, world, application)
    take_step(session, world["applicant"], application, "submit")
    with pytest.raises(NotEditable):
        endorse(session, world["catalyst"], application, words=WORDS, signed_name="Catalyst")


def test_who_accompanies_a_file_cannot_review_it(session: Session, world: World, application: Application) -> None:
    catalyst = world.person(session, "catalyst")
    catalyst.role_rows.append(type(catalyst.role_rows[0])(role=Role.REVIEWER))
    session.flush()
    asked(session, world, application)
    take_step(session, world["applicant"], application, "submit")
    with pytest.raises(StepRefused) as caught:
        reviews.assign(session, world["officer"], application, catalyst)
    assert [reason.code for reason in caught.value.reasons] == ["reviewer_interested"]


def test_who_reviews_a_file_is_not_asked_to_support_it(
    session: Session, world: World, application: Application
) -> None:
    reviewer = world.person(session, "reviewer")
    reviewer.role_rows.append(type(reviewer.role_rows[0])(role=Role.CATALYST))
    set_territories(reviewer, ["dep:31"])
    session.flush()
    assert names(session, application) == ["Catalyst", "Reviewer"]
    take_step(session, world["applicant"], application, "submit")
    reviews.assign(session, world["officer"], application, reviewer)
    session.expire(application)
    assert names(session, application) == ["Catalyst"]


def test_a_territory_that_does_not_exist_is_refused(session: Session, world: World) -> None:
    catalyst = world.person(session, "catalyst")
    with pytest.raises(InvalidInput):
        set_territories(catalyst, ["dep:31", "dep:999"])
    with pytest.raises(InvalidInput):
        set_territories(catalyst, [f"com:31{number:03d}" for number in range(1, 60)])
    set_territories(catalyst, ["dep:31", "dep:31", "reg:76"])
    assert catalyst.territories == ["dep:31", "reg:76"]


def test_nothing_of_an_endorsement_names_a_person_in_the_chain(
    session: Session, world: World, application: Application
) -> None:
    asked(session, world, application)
    endorse(session, world["catalyst"], application, words=WORDS, signed_name="Catalyst Essai")
    bodies = str([event.body for event in session.scalars(select(AuditEvent))])
    assert "Catalyst" not in bodies
    assert WORDS not in bodies
