"""The one gate: all of a step or nothing of it, under a lock."""

from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from fund.db import SessionFactory, unit_of_work
from fund.errors import NotFound, StaleVersion
from fund.models import Application, AuditEvent, OutboxRow
from fund.services import applications
from fund.services.perform import NotPermitted, judge_steps, lock
from fund.services.steps import take_step
from tests.scenario import World
from tests.services.makers import BECAUSE, scored
from workflows.application import ApplicationState, ApplicationStep
from workflows.engine import StepRefused
from workflows.reasons import ReasonCode
from workflows.review import ReviewState


class PowerCut(Exception):
    pass


def test_what_fails_after_a_step_takes_the_step_with_it(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        file_id = world.assigned(session).id
    counts = select(select(func.count(AuditEvent.id)).scalar_subquery(), func.count(OutboxRow.id))
    with factory() as session:
        before = session.execute(counts).one()

    def start_and_fail() -> None:
        with unit_of_work(factory) as session:
            application = session.get_one(Application, file_id)
            take_step(session, world["officer"], application, "start_review")
            assert session.execute(counts).one() != before
            raise PowerCut

    with pytest.raises(PowerCut):
        start_and_fail()
    with factory() as session:
        assert session.get_one(Application, file_id).state is ApplicationState.SUBMITTED
        assert session.execute(counts).one() == before


def test_a_step_reads_what_others_committed_since_the_page_was_made(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        file_id = world.submitted(session).id
    with factory() as old, unit_of_work(factory) as new:
        seen = old.get_one(Application, file_id)
        assert seen.state is ApplicationState.SUBMITTED
        changed = new.get_one(Application, file_id)
        take_step(new, world["officer"], changed, "declare_ineligible", inputs=BECAUSE)
        new.commit()
        take_step(old, world["officer"], seen, "reinstate", inputs=BECAUSE)
        assert seen.state is ApplicationState.SUBMITTED
        assert seen.journal_length == changed.journal_length + 1


def test_guards_ask_what_others_did_to_the_rest_of_the_file(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        file_id = scored(world, session).id
    with factory() as old, unit_of_work(factory) as new:
        seen = old.get_one(Application, file_id)
        assert {verdict.step.name: verdict.allowed for verdict in judge_steps(world["officer"], seen)}[
            ApplicationStep.CONCLUDE_REVIEW
        ]
        on_the_page = list(seen.reviews)  # held, as a page holds what it shows
        take_step(new, world["reviewer"], new.get_one(Application, file_id).reviews[0], "reopen")
        new.commit()
        with pytest.raises(StepRefused) as refused:
            take_step(old, world["officer"], seen, "conclude_review")
        assert [reason.code for reason in refused.value.reasons] == [ReasonCode.REVIEWS_PENDING]
        assert on_the_page[0].state is ReviewState.ACCEPTED


def is_locked(factory: SessionFactory, file_id: int) -> bool:
    with factory() as other:
        try:
            other.execute(text("SELECT FROM applications WHERE id = :id FOR UPDATE NOWAIT"), {"id": file_id})
        except OperationalError:
            return True
    return False


def test_a_lock_taken_in_a_savepoint_is_taken_again_after_its_rollback(
    factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        file_id = world.submitted(session).id
    with factory() as session:
        application = session.get_one(Application, file_id)
        savepoint = session.begin_nested()
        lock(session, application)
        assert is_locked(factory, file_id)
        savepoint.rollback()
        assert not is_locked(factory, file_id)
        lock(session, application)
        assert is_locked(factory, file_id)


def test_a_lock_is_kept_when_a_savepoint_is_released_and_ends_with_the_transaction(
    factory: SessionFactory, world: World
) -> None:
    with unit_of_work(factory) as session:
        file_id = world.submitted(session).id
    with factory() as session:
        application = session.get_one(Application, file_id)
        with session.begin_nested():
            lock(session, application)
        assert is_locked(factory, file_id)
        session.commit()
        assert not is_locked(factory, file_id)
        lock(session, application)
        assert is_locked(factory, file_id)


def test_a_subject_deleted_meanwhile_is_not_found(factory: SessionFactory, world: World) -> None:
    with unit_of_work(factory) as session:
        file_id = world.draft(session).id
    with factory() as session:
        application = session.get_one(Application, file_id)
        with unit_of_work(factory) as other:
            other.execute(text("DELETE FROM applications WHERE id = :id"), {"id": file_id})
        with pytest.raises(NotFound):
            take_step(session, world["applicant"], application, "submit")


def test_an_edit_is_refused_on_a_stale_version_and_to_whom_it_is_not_permitted(
    session: Session, world: World
) -> None:
    application = world.draft(session)
    session.flush()
    version = application.version
    applicant = world["applicant"]
    applications.edit_application(session, applicant, application, expected_version=version, title="Un")
    with pytest.raises(StaleVersion) as stale:
        applications.edit_application(session, applicant, application, expected_version=version, title="Deux")
    assert (stale.value.expected, stale.value.actual) == (version, application.version)
    with pytest.raises(NotPermitted) as forbidden:
        applications.edit_application(session, world["officer"], application, requested_amount=Decimal(1))
    assert forbidden.value.reason.params == {"roles": "applicant"}
    assert application.title == "Un"
