"""Who reads what: the facts, giving many at once, replacing who declined."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from fund.analysis.assignment import Why
from fund.errors import InvalidInput
from fund.models import Application, Call, Interest, Organisation, Review, ReviewerProfile
from fund.models.base import utc_now
from fund.services import assignment, reviewers
from fund.services.assignment import Obstacle, Rules
from fund.services.perform import NotPermitted
from fund.services.steps import take_step
from fund.services.themes import Themes, themes_of
from tests.filling import DECLARED, complete_draft, open_call
from tests.scenario import World
from tests.services.assigning import asked, known, more_reviewers, references
from workflows.engine import PARIS

BECAUSE = {"reason": "Pas le temps."}


def facts(session: Session, world: World, rules: Rules | None = None) -> assignment.Facts:
    call = session.get_one(Call, world.call_id)
    due = assignment.reading_due(call, utc_now())
    return assignment.read_call(session, world["officer"], call, rules or Rules(needed=2), due)


def count_statements(session: Session, act: Callable[[], object]) -> int:
    session.flush()
    session.expire_all()
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    act()
    event.remove(session.get_bind(), "before_cursor_execute", note)
    return len(sent)


# --- the facts ----------------------------------------------------------------------------------------------


def test_the_facts_hold_files_readers_and_what_is_forbidden(session: Session, world: World) -> None:
    world.draft(session)
    first, second = world.submitted(session), world.in_review(session)
    known(session, world, "reviewer3", sdgs=["11"], levers=["2"], territories=["dep:31"], capacity=3)
    found = facts(session, world)
    people = references(session, world)
    assert {file.key: file.already for file in found.files} == {
        first.reference: frozenset(),
        second.reference: {people["reviewer"], people["reviewer2"]},
    }
    readers = {reader.key: reader for reader in found.readers}
    expert = readers[people["reviewer3"]]
    assert (set(expert.sdgs), set(expert.levers), expert.territories) == ({11}, {"2"}, ("dep:31",))
    assert (expert.capacity, expert.load) == (3, 0)
    assert (readers[people["reviewer"]].capacity, readers[people["reviewer"]].load) == (9, 1)
    assert found.forbidden == frozenset()


def test_goals_and_levers_are_read_from_the_answers(session: Session, world: World) -> None:
    call = open_call(session, world)
    application = complete_draft(session, world, call)
    take_step(session, world["applicant"], application, "submit", inputs=DECLARED)
    due = assignment.reading_due(call, utc_now())
    [file] = assignment.read_call(session, world["officer"], call, Rules(needed=2), due).files
    assert (set(file.sdgs), set(file.levers), file.commune) == ({1}, {"1"}, "31458")


def test_answers_that_are_no_codes_are_left_out(session: Session, world: World) -> None:
    application = complete_draft(session, world, open_call(session, world))
    section = next(one for one in application.sections if "goals" in one.answers)
    section.answers = {**section.answers, "goals": ["11", "douze", "99"], "levers": "2"}
    session.flush()
    assert themes_of(session, [application]) == {application.id: Themes({"11"}, set(), {"1.1"})}


def test_an_interest_and_a_declined_file_are_forbidden(session: Session, world: World) -> None:
    application = world.assigned(session)
    town = session.get_one(Organisation, world.town_id)
    third = world.person(session, "reviewer3")
    reviewers.set_organisation(session, world["officer"], third, name="", siren=town.siren or "")
    take_step(session, world["reviewer"], application.reviews[0], "decline", inputs=BECAUSE)
    people = references(session, world)
    assert facts(session, world).forbidden == {
        (application.reference, people["reviewer"]),
        (application.reference, people["reviewer3"]),
    }


def test_a_file_in_which_the_officer_has_an_interest_is_not_given_out_by_her(
    session: Session, world: World
) -> None:
    world.submitted(session)
    world.person(session, "officer").organisation_id = world.town_id
    assert facts(session, world).files == ()
    call = session.get_one(Call, world.call_id)
    assert assignment.count_places(session, world["officer"], call).files == 0


def test_caps_and_choices_bound_the_readers(session: Session, world: World) -> None:
    world.assigned(session)
    people = references(session, world)
    rules = Rules(needed=2, readers=frozenset([people["reviewer"], people["reviewer3"]]), cap=2)
    assert {reader.key: reader.capacity for reader in facts(session, world, rules).readers} == {
        people["reviewer"]: 2,
        people["reviewer3"]: 2,
    }


@pytest.mark.parametrize(
    ("begin", "end", "there"),
    [
        (None, None, True),
        (date(2027, 3, 1), date(2027, 3, 31), False),
        (date(2027, 3, 1), None, False),
        (date(2027, 3, 6), date(2027, 3, 10), True),
        (date(2027, 3, 6), date(2027, 3, 20), True),
        (date(2027, 3, 5), date(2027, 3, 20), False),
        (date(2027, 2, 1), date(2027, 2, 28), True),
        (date(2027, 4, 1), None, True),
    ],
)
def test_who_is_away_for_more_than_half_of_the_time_is_not_there(
    begin: date | None, end: date | None, there: bool
) -> None:
    profile = ReviewerProfile(person_id=1, away_from=begin, away_until=end)
    assert assignment.is_there(profile, date(2027, 3, 1), date(2027, 3, 10)) is there


def test_the_facts_of_many_files_cost_as_many_statements_as_those_of_few(session: Session, world: World) -> None:
    world.assigned(session)
    few = count_statements(session, lambda: facts(session, world))
    for _ in range(4):
        world.assigned(session)
    more_reviewers(session, 5)
    assert len(facts(session, world).files) == 5
    assert count_statements(session, lambda: facts(session, world)) == few


def test_reviews_are_due_at_the_end_of_a_day(session: Session, world: World) -> None:
    due = assignment.reading_due(session.get_one(Call, world.call_id), utc_now()).astimezone(PARIS)
    assert (due.hour, due.minute) == (23, 59)
    assert due.date() == utc_now().astimezone(PARIS).date() + timedelta(days=21)


# --- giving -------------------------------------------------------------------------------------------------


def test_many_files_go_to_many_reviewers_and_what_is_refused_says_why(session: Session, world: World) -> None:
    ready, read, drafted = world.submitted(session), world.assigned(session), world.draft(session)
    town = session.get_one(Organisation, world.town_id)
    third = world.person(session, "reviewer3")
    third.organisation_id = town.id
    people = references(session, world)
    before = asked(session)
    done = assignment.assign_many(
        session,
        world["officer"],
        files=[ready.reference, read.reference, drafted.reference],
        readers=[people["reviewer"], people["reviewer3"], world["applicant"].reference],
        due_at=None,
    )
    outcome = {(pair.file, pair.reader): pair.obstacle for pair in done}
    reviewer, kept_off, applicant = people["reviewer"], people["reviewer3"], world["applicant"].reference
    assert outcome == {
        (ready.reference, reviewer): None,
        (ready.reference, kept_off): Obstacle.INTEREST,
        (ready.reference, applicant): Obstacle.NOT_A_REVIEWER,
        (read.reference, reviewer): Obstacle.HAS_IT,
        (read.reference, kept_off): Obstacle.INTEREST,
        (read.reference, applicant): Obstacle.NOT_A_REVIEWER,
        **{(drafted.reference, reader): Obstacle.FILE_AWAY for reader in (reviewer, kept_off, applicant)},
    }
    assert asked(session) - before == {(ready.id, world.people["reviewer"])}
    # A refused pair leaves no reading behind, but the interest that was found stays recorded.
    assert session.scalars(select(Review).where(Review.reviewer_id == third.id)).all() == []
    found = select(Interest.application_id).where(Interest.person_id == third.id)
    assert set(session.scalars(found)) == {ready.id, read.id}


def test_a_file_that_is_past_reading_is_given_to_nobody(session: Session, world: World) -> None:
    application, people = world.reviewed(session), references(session, world)
    [pair] = assignment.assign_many(
        session, world["officer"], files=[application.reference], readers=[people["reviewer3"]], due_at=None
    )
    assert pair.obstacle is Obstacle.PHASE_OVER


def test_what_cannot_be_given_at_all_is_refused_as_a_whole(session: Session, world: World) -> None:
    application, people = world.submitted(session), references(session, world)

    def refused(code: str, **changes: object) -> None:
        given = {"files": [application.reference], "readers": [people["reviewer"]], "due_at": None, **changes}
        with pytest.raises(InvalidInput) as refusal:
            assignment.assign_many(session, world["officer"], **given)  # type: ignore[arg-type]  # as given
        assert [[code]] == [[str(problem) for problem in found] for found in refusal.value.errors.values()]

    refused("no_file_chosen", files=[])
    refused("no_reader_chosen", readers=[])
    refused("deadline_behind", due_at=utc_now())
    refused("too_many_pairs", files=[f"DO-{number}" for number in range(201)])
    with pytest.raises(NotPermitted):
        assignment.assign_many(
            session, world["admin"], files=[application.reference], readers=[people["reviewer"]], due_at=None
        )
    assert asked(session) == set()


# --- the overview and replacements --------------------------------------------------------------------------


def test_the_overview_counts_what_is_missing(session: Session, world: World) -> None:
    call = session.get_one(Call, world.call_id)
    empty, half, full = world.submitted(session), world.submitted(session), world.in_review(session)
    people = references(session, world)
    assignment.assign_many(
        session, world["officer"], files=[half.reference], readers=[people["reviewer"]], due_at=None
    )
    assert assignment.count_places(session, world["officer"], call) == assignment.Places(3, 2, 3)

    def listed(*, lacking: bool) -> list[Application]:
        return list(assignment.list_to_read(session, world["officer"], call, lacking=lacking).items)

    assert listed(lacking=False) == [empty, half, full]
    assert listed(lacking=True) == [empty, half]


def test_replacements_are_proposed_when_somebody_declines(session: Session, world: World) -> None:
    application = world.assigned(session)
    near, far = more_reviewers(session, 2)
    reviewers.set_known_territories(session, world["officer"], near, ["dep:31"])
    assert assignment.find_replacements(session, world["officer"], application) == []

    take_step(session, world["reviewer"], application.reviews[0], "decline", inputs=BECAUSE)
    found = assignment.find_replacements(session, world["officer"], application)
    assert found[0][0] is near
    assert found[0][1].why == {Why.DEPARTEMENT}
    names = [person.name for person, _ in found]
    assert sorted(names) == sorted([near.name, far.name, "Reviewer3"]), "not who declined, nor who reads it"
    assert assignment.find_replacements(session, world["auditor"], application) != []
