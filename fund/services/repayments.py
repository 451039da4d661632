"""Money asked back: proposed from the final account, asked, received in one or several sums, or given up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from fund.bank.accounts import grouped_iban
from fund.errors import Conflict, InvalidInput
from fund.forms.account import Use
from fund.forms.fields import Problem
from fund.models import AuditEvent, Award, BankAccount, Repayment, RepaymentReceipt, Report
from fund.models.base import utc_now
from fund.services import awards, outbox
from fund.services.perform import NotPermitted, create, lock, perform
from fund.services.reports import use_of
from fund.services.schedules import open_tranches
from workflows.engine import paris_day
from workflows.permissions import SYSTEM, Actor, Permission, allows
from workflows.repayment import RepaymentState, RepaymentStep
from workflows.report import ReportState
from workflows.topics import Audience, Topic, tell

DAYS_TO_PAY = 30
ASKED = (tell(Audience.AUTHORS, Topic.REPAYMENT_ASKED), tell(Audience.FINANCE, Topic.REPAYMENT_ASKED))
HANDED_IN = (ReportState.SUBMITTED, ReportState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the final account says of the grant, in euros. ``report`` is where it says so.

    ``repay`` was paid beyond what was earned; ``reduce_to`` is what the award can come down to, None where every
    euro of it was ordered or earned.
    """

    report: Report
    use: Use
    repay: Decimal
    reduce_to: Decimal | None


def propose(award: Award) -> Proposal | None:
    """What to ask back and what to free, by the final report that was handed in; None while there is none."""
    report = next((one for one in award.reports if one.final and one.state in HANDED_IN), None)
    use = use_of(report) if report is not None else None
    if report is None or use is None:
        return None
    open_to_change = open_tranches(award)
    committed = award.tranche_total - sum((tranche.amount for tranche in open_to_change), Decimal(0))
    least = max(use.earned, committed)
    reducible = award.is_active and bool(open_to_change) and 0 < least < award.amount
    return Proposal(report, use, use.unspent, least if reducible else None)


def account_to_pay_to(award: Award) -> BankAccount | None:
    """The fund's own account in force, on which money comes back."""
    return award.call.funder.bank_account


def ask(
    session: Session,
    actor: Actor,
    award: Award,
    *,
    amount: Decimal,
    reason: str,
    due_on: date | None = None,
) -> Repayment:
    """Ask an alliance to pay back, in euros; closed accounts are opened again for it.

    Without a day, it is due within 30 days. Raises InvalidInput for an amount beyond what was paid and not yet
    asked back (``amount``), without a reason (``reason``) or for a day that is past (``due_on``); Conflict
    (``kept_off``), NotPermitted.
    """
    lock(session, award)
    if not allows(Permission.REPAYMENT_ASK, actor, award.relations(actor)):
        raise NotPermitted(Permission.REPAYMENT_ASK)
    if award.is_interested(actor):
        raise Conflict("kept_off")
    if not 0 < amount <= award.net_paid:
        raise InvalidInput({"amount": [Problem("repayment_beyond_paid", maximum=award.net_paid)]})
    if not reason.strip():
        raise InvalidInput({"reason": ["required"]})
    now = utc_now()
    today = paris_day(now)
    if due_on is not None and due_on < today:
        raise InvalidInput({"due_on": ["day_past"]})
    if award.is_closed:
        awards.reopen(session, SYSTEM, award, inputs={"reason": reason})
    repayment = Repayment(
        award=award,
        amount=amount,
        reason=reason.strip(),
        due_on=due_on or today + timedelta(days=DAYS_TO_PAY),
        asked_by_id=actor.person_id,
        receipts=[],
    )
    create(session, actor, repayment)
    inputs, facts = {"reason": repayment.reason}, _how_to_pay(award)
    outbox.write_messages(session, actor, repayment, ASKED, inputs=inputs, facts=facts, at=now)
    return repayment


def _how_to_pay(award: Award) -> dict[str, str]:
    account = account_to_pay_to(award)
    if account is None:
        return {}
    return {"holder": account.holder, "iban": grouped_iban(account.iban), "bic": account.bic}


def receive(
    session: Session, actor: Actor, repayment: Repayment, *, inputs: Mapping[str, Any], **given: Any
) -> AuditEvent:
    """Note what came: ``received_on``, ``amount`` (euros; without one, all that is due), ``bank_reference``."""
    lock(session, repayment)
    wanted = inputs.get("amount")
    amount = repayment.outstanding if wanted is None else wanted
    is_whole = repayment.state is not RepaymentState.ASKED or amount == repayment.outstanding
    step = RepaymentStep.RECEIVE if is_whole else RepaymentStep.RECEIVE_PART
    sets = {"received_amount": repayment.received_amount + amount}
    event = perform(session, actor, repayment, step, inputs={**inputs, "amount": amount}, sets=sets, **given)
    repayment.receipts.append(
        RepaymentReceipt(
            amount=amount,
            received_on=inputs["received_on"],
            bank_reference=str(inputs.get("bank_reference") or ""),
            noted_by_id=actor.person_id,
        )
    )
    session.flush()
    awards.close_if_settled(session, repayment.award)
    return event


def waive(session: Session, actor: Actor, repayment: Repayment, **given: Any) -> AuditEvent:
    """Give up what is still due, with a reason; somebody else than who asked."""
    event = perform(session, actor, repayment, RepaymentStep.WAIVE, **given)
    awards.close_if_settled(session, repayment.award)
    return event
