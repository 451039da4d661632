"""Holding back by the program itself: a late report, or bank details that nobody verified.

What the program holds it lifts again when the cause is gone; what an officer holds, an officer lifts. A tranche
that is only planned is not held: it waits, and says for what.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.models import Award, Disbursement, Organisation
from fund.models.base import utc_now
from fund.services.awards import schedule_releases
from fund.services.perform import lock, perform
from fund.services.schedules import UNHELD
from workflows.award import AwardState
from workflows.disbursement import DisbursementState, DisbursementStep, HoldCause
from workflows.engine import paris_day
from workflows.permissions import SYSTEM

HOLDABLE = (DisbursementState.DUE, DisbursementState.ORDERED, DisbursementState.APPROVED)
UNDONE: Mapping[str, Any] = {"ordered_by_id": None, "approved_by_id": None, "evidence_id": None}
"""What two people did for a payment that is held or sent back, and do again: order, approve, prove."""


def cause_for(award: Award) -> HoldCause | None:
    """Why the award's money is to be held now, if it is."""
    beneficiary = award.beneficiary
    if beneficiary.has_unverified_account or beneficiary.bank_account is None:
        return HoldCause.BANK_DETAILS
    return HoldCause.LATE_REPORT if award.late_report(paris_day(utc_now())) is not None else None


def refresh_holds(session: Session, award: Award) -> None:
    """Hold what must be held, and lift what the program held before for a cause that is gone."""
    lock(session, award)
    if award.imported:
        return
    cause = cause_for(award)
    for tranche in award.live_tranches:
        if cause is not None and tranche.state in HOLDABLE:
            hold_for(session, tranche, cause)
        elif _is_over(tranche, cause):
            perform(
                session,
                SYSTEM,
                tranche,
                DisbursementStep.LIFT,
                inputs={"reason": tranche.hold_cause},
                sets=UNHELD,
            )
    if cause is None:
        schedule_releases(session, award, utc_now())


def hold_for(session: Session, tranche: Disbursement, cause: HoldCause) -> None:
    """Hold one tranche for a cause that the program found; whoever ordered or approved it does so again later."""
    sets = {**UNDONE, "hold_cause": cause, "hold_reason": None}
    perform(session, SYSTEM, tranche, DisbursementStep.HOLD, inputs={"reason": cause.value}, sets=sets)


def _is_over(tranche: Disbursement, cause: HoldCause | None) -> bool:
    held_by_program = tranche.hold_cause in (HoldCause.BANK_DETAILS, HoldCause.LATE_REPORT)
    return tranche.state is DisbursementState.HELD and held_by_program and tranche.hold_cause is not cause


def refresh_holds_of(session: Session, organisation: Organisation) -> None:
    """The same for every award in force of an organisation, in the order of their numbers."""
    query = (
        select(Award)
        .where(
            Award.beneficiary_id == organisation.id,
            Award.state.in_((AwardState.ACTIVE, AwardState.SUSPENDED)),
            Award.imported.is_(False),
        )
        .order_by(Award.application_id)
    )
    for award in session.scalars(query).all():
        refresh_holds(session, award)
