"""Subjects in every state, each reached by the real steps, ready for the next one."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.models import (
    AgendaItem,
    Application,
    Award,
    Call,
    CommitteeSession,
    Outcome,
    Review,
)
from fund.models.base import utc_now
from fund.services import (
    calls,
    committee,
    reviews,
)
from fund.services.perform import create, perform
from fund.services.release import schedule_release
from fund.services.steps import take_step
from tests.scenario import World
from workflows.award import AwardStep
from workflows.committee import CommitteeStep
from workflows.engine import PARIS
from workflows.permissions import SYSTEM
from workflows.report import ReportStep

BECAUSE = {"reason": "Pour essai."}
MARK = {"kind": "wrong", "reason": "Précisez."}
MOTIVATED = {"motivation": "Pour essai."}
GRANT = {"amount": Decimal(15_000), **MOTIVATED}


def today() -> date:
    return datetime.now(PARIS).date()


def in_days(days: float) -> datetime:
    return utc_now() + timedelta(days=days)


# --- calls ------------------------------------------------------------------------------------------------------


def draft_call(world: World, session: Session, **fields: Any) -> Call:
    """A complete call that nobody has published; it opened ten days ago by its dates, and closes in ten."""
    open_call = session.get_one(Call, world.call_id)
    values: dict[str, Any] = {
        "title_fr": "Deuxième appel",
        "title_en": "Second call",
        "summary_fr": "Un appel d'essai.",
        "summary_en": "A test call.",
        "opens_at": in_days(-10),
        "closes_at": in_days(10),
        "envelope": Decimal(50_000),
        "min_grant": Decimal(1_000),
        "max_grant": Decimal(30_000),
        "criteria": [{"label_fr": "Intérêt", "label_en": "Interest", "weight": Decimal(100)}],
        **fields,
    }
    return calls.create_call(session, world["officer"], funder_id=open_call.funder_id, **values)


def published_call(world: World, session: Session, **fields: Any) -> Call:
    call = draft_call(world, session, **fields)
    take_step(session, world["officer"], call, "publish")
    return call


def open_call(world: World, session: Session, **fields: Any) -> Call:
    call = published_call(world, session, **fields)
    take_step(session, world["officer"], call, "open")
    return call


def overdue_call(world: World, session: Session) -> Call:
    """Open, though its closing has passed: the program has not come back to it yet."""
    return open_call(world, session, closes_at=in_days(-1))


def answered_call(world: World, session: Session) -> Call:
    """Open, with a draft that somebody has begun."""
    call = open_call(world, session)
    world.draft(session, call_id=call.id)
    return call


def closed_call(world: World, session: Session) -> Call:
    call = overdue_call(world, session)
    world.draft(session, call_id=call.id)
    take_step(session, world["officer"], call, "close")
    return call


# --- applications -----------------------------------------------------------------------------------------------


def draft(world: World, session: Session) -> Application:
    return world.draft(session)


def submitted(world: World, session: Session) -> Application:
    return world.submitted(session)


def returned(world: World, session: Session, **inputs: Any) -> Application:
    application = world.submitted(session)
    given = {**BECAUSE, "return_due_at": in_days(7), **inputs}
    take_step(session, world["officer"], application, "return", inputs=given)
    return application


def ineligible(world: World, session: Session) -> Application:
    application = world.submitted(session)
    take_step(session, world["officer"], application, "declare_ineligible", inputs=BECAUSE)
    return application


def assigned(world: World, session: Session) -> Application:
    return world.assigned(session)


def scored(world: World, session: Session) -> Application:
    application = world.in_review(session)
    for review in application.reviews:
        world.score(session, review)
    return application


def placed(world: World, session: Session) -> Application:
    """Reviewed and written on an agenda, but not yet sent to the committee."""
    application = world.reviewed(session)
    session.add(AgendaItem(session=world.sitting(session), application=application, position=1))
    session.flush()
    session.expire(application)
    return application


def on_agenda(world: World, session: Session) -> Application:
    """Sent to the committee, on the agenda of a session still in preparation."""
    application = world.reviewed(session)
    committee.put_on_agenda(session, world["officer"], world.sitting(session), application)
    return application


def before_committee(world: World, session: Session) -> Application:
    return world.before_committee(session)


def released_as(outcome: Outcome) -> Callable[[World, Session], Application]:
    """A file whose session is released, which has yet to take the step that was decided."""

    def make(world: World, session: Session) -> Application:
        application = world.before_committee(session)
        sitting = world.decide(session, application, outcome).session
        world.sign_minutes(session, sitting)
        world.check_letters(session, sitting)
        schedule_release(session, world["officer"], sitting, utc_now())
        perform(session, SYSTEM, sitting, CommitteeStep.RELEASE)
        return application

    return make


def waitlisted(world: World, session: Session) -> Application:
    return world.decided(session, Outcome.WAITLISTED)


def award_closed_alone(world: World, session: Session) -> Application:
    award = accounted_award(world, session)
    perform(session, world["officer"], award, AwardStep.CLOSE)
    return award.application


def award_reopened_alone(world: World, session: Session) -> Application:
    application = world.reported(session)
    assert application.award is not None
    perform(session, SYSTEM, application.award, AwardStep.REOPEN, inputs=BECAUSE)
    return application


def award_cancelled_alone(world: World, session: Session) -> Application:
    award = world.award(session)
    perform(session, world["officer"], award, AwardStep.CANCEL, inputs=BECAUSE)
    return award.application


# --- reviews ----------------------------------------------------------------------------------------------------


def draft_review(world: World, session: Session) -> Review:
    application = world.submitted(session)
    review = Review(application=application, reviewer=world.person(session, "reviewer"))
    create(session, world["officer"], review)
    return review


def assigned_review(world: World, session: Session) -> Review:
    """Assigned to ``reviewer``, of a file that is in review."""
    return world.in_review(session).reviews[0]


def complete_review(world: World, session: Session) -> Review:
    review = assigned_review(world, session)
    take_step(session, world["reviewer"], review, "accept")
    marks = {criterion.id: {"value": 3} for criterion in review.application.call.criteria}
    reviews.save_scores(session, world["reviewer"], review, scores=marks)
    return review


def submitted_review(world: World, session: Session) -> Review:
    review = complete_review(world, session)
    take_step(session, world["reviewer"], review, "submit")
    return review


# --- committee sessions -----------------------------------------------------------------------------------------


def sitting_of(session: Session, application: Application) -> CommitteeSession:
    item = application.items[-1]
    return session.scalars(select(CommitteeSession).where(CommitteeSession.id == item.session_id)).one()


def prepared_sitting(world: World, session: Session) -> CommitteeSession:
    return sitting_of(session, on_agenda(world, session))


def convened_sitting(world: World, session: Session) -> CommitteeSession:
    sitting = prepared_sitting(world, session)
    take_step(session, world["officer"], sitting, "convene")
    return sitting


def attended_sitting(world: World, session: Session) -> CommitteeSession:
    sitting = convened_sitting(world, session)
    committee.set_attendance(session, world["chair"], sitting, [world.people["chair"], world.people["member"]])
    return sitting


def decided_sitting(world: World, session: Session) -> CommitteeSession:
    return world.decide(session, world.before_committee(session), Outcome.DECLINED).session


def closed_sitting(world: World, session: Session) -> CommitteeSession:
    sitting = decided_sitting(world, session)
    take_step(session, world["chair"], sitting, "close")
    return sitting


def releasable_sitting(world: World, session: Session) -> CommitteeSession:
    """Signed, its letters checked, and the instant of its release come."""
    sitting = closed_sitting(world, session)
    take_step(session, world["chair"], sitting, "sign")
    world.check_letters(session, sitting)
    schedule_release(session, world["officer"], sitting, utc_now())
    return sitting


# --- awards, tranches, reports ----------------------------------------------------------------------------------


def draft_award(world: World, session: Session) -> Award:
    return world.award(session)


def offered_award(world: World, session: Session) -> Award:
    return world.offered_award(session)


def closed_award(world: World, session: Session) -> Award:
    award = world.reported(session).award
    assert award is not None
    return award


def active_award(world: World, session: Session) -> Award:
    return world.active_award(session)


def suspended_award(world: World, session: Session) -> Award:
    award = world.active_award(session)
    take_step(session, world["officer"], award, "suspend", inputs=BECAUSE)
    return award


def accounted_award(world: World, session: Session) -> Award:
    """Paid out, with its final report accepted; the program has not come to close it."""
    report = world.submitted_report(session)
    perform(session, world["officer"], report, ReportStep.ACCEPT)
    return report.award
