"""What the program does by itself when an instant has come."""

from typing import Any

from sqlalchemy.orm import Session

from fund.forms.definition import LateRule
from fund.jobs.handling import handle
from fund.models import SUBJECTS, Application, Call, CommitteeSession, OutboxRow, Report, Review, Subject
from fund.models.base import utc_now
from fund.services import outbox, report_dates, waitlist
from fund.services.consents import ask_outdated
from fund.services.holds import refresh_holds
from fund.services.perform import judge_steps, lock
from fund.services.release import release
from fund.services.review_dates import remind
from fund.services.steps import take_step
from fund.services.writing import EDITABLE
from workflows.call import CallState, CallStep
from workflows.committee import CommitteeState
from workflows.disbursement import DisbursementStep
from workflows.permissions import SYSTEM
from workflows.topics import Audience, Deadline, Topic, tell


def act(outbox_id: int) -> None:
    """Do what the row's deadline asks for, as far as the subject's state allows it; else nothing."""
    handle(outbox_id, _act)


def _act(session: Session, row: OutboxRow) -> None:
    deadline = Deadline(row.topic)
    model: type[Any] = SUBJECTS[row.subject_type]
    subject: Subject | None = session.get(model, row.subject_id)
    if subject is None:
        return
    if deadline is Deadline.SESSION_RELEASE and isinstance(subject, CommitteeSession):
        _release(session, subject)
        return
    if deadline is Deadline.WAITLIST_MOVES and isinstance(subject, Call):
        _move_waitlist(session, subject)
        return
    # The lock first: what is judged below must still hold when the step is taken.
    lock(session, subject)
    _act_locked(session, deadline, subject)


def _act_locked(session: Session, deadline: Deadline, subject: Subject) -> None:
    if deadline in (Deadline.CALL_OPENS, Deadline.CALL_CLOSES) and isinstance(subject, Call):
        _keep_call(session, subject)
    elif deadline is Deadline.CALL_REMINDER and isinstance(subject, Call):
        _remind_drafters(session, subject)
    elif deadline is Deadline.CONSENTS_OUTDATED and isinstance(subject, Application):
        if subject.state in EDITABLE:
            ask_outdated(session, SYSTEM, subject)
    elif deadline is Deadline.DISBURSEMENT_DUE:
        _take_if_allowed(session, subject, DisbursementStep.RELEASE)
    elif deadline is Deadline.REPORT_DUE and isinstance(subject, Report):
        report_dates.remind(session, subject)
    elif deadline is Deadline.REPORT_LATE and isinstance(subject, Report):
        refresh_holds(session, subject.award)
    elif deadline is Deadline.REVIEW_DUE and isinstance(subject, Review):
        remind(session, subject)


def _release(session: Session, sitting: CommitteeSession) -> None:
    """Release the decisions, unless the instant was moved: then another row will come. Files are locked first."""
    if sitting.state is CommitteeState.SIGNED and sitting.releases_at and sitting.releases_at <= utc_now():
        release(session, sitting)


def _move_waitlist(session: Session, call: Call) -> None:
    """Let the waiting list move, and tell the officers who came up."""
    for event in waitlist.advance(session, call):
        application = session.get_one(Application, event.subject_id)
        moved = tell(Audience.OFFICERS, Topic.WAITLIST_MOVED)
        inputs = {"amount": application.award.amount} if application.award else {}
        outbox.write_messages(session, SYSTEM, application, (moved,), inputs=inputs, at=utc_now())


def _keep_call(session: Session, call: Call) -> None:
    """Bring the call to where the clock says, both dates at once: the opening may itself have come late."""
    _take_if_allowed(session, call, CallStep.OPEN)
    _take_if_allowed(session, call, CallStep.CLOSE)
    # Where a date was moved, its row may be missing or have come too early: asking again is asking once.
    if call.state is CallState.PUBLISHED:
        outbox.schedule(session, call, Deadline.CALL_OPENS, call.opens_at)
    elif call.state is CallState.OPEN:
        outbox.schedule(session, call, Deadline.CALL_CLOSES, call.closes_at)


def _remind_drafters(session: Session, call: Call) -> None:
    """Tell those who are still writing when the call closes, and what its rule says of a draft at that instant."""
    now = utc_now()
    if call.state is not CallState.OPEN or now >= call.closes_at:
        return
    rule = call.content.deadline
    facts = {"minutes": rule.minutes} if rule.rule is LateRule.GRACE else {}
    reminder = tell(Audience.DRAFTERS, Topic.CALL_CLOSING_SOON)
    inputs = {"closes_at": call.closes_at}
    outbox.write_messages(session, SYSTEM, call, (reminder,), inputs=inputs, facts=facts, at=now)


def _take_if_allowed(session: Session, subject: Subject, step: CallStep | DisbursementStep) -> None:
    for verdict in judge_steps(SYSTEM, subject):
        if verdict.step.name is step and verdict.allowed:
            take_step(session, SYSTEM, subject, step)
