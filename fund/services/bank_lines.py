"""What becomes of a movement on the fund's account: its step is taken, or a person says what it is.

A transfer that the bank carried out is paid, one that came back has failed, each by its own step and so under its
own guards. Whatever is not certain is left to a person, with the reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any, assert_never

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.bank.return_reasons import closes_account, return_reason
from fund.bank.statements import StatementLine
from fund.errors import Conflict, InvalidInput
from fund.models import BankLine, LineCause, LineStanding, PaymentFile, PaymentOrder, Repayment, Subject
from fund.models.base import utc_now
from fund.services import bank_accounts, disbursements, repayments
from fund.services.bank_matching import (
    Book,
    Candidate,
    is_told_of,
    is_whole_of,
    likely_orders,
    likely_repayments,
    lock_orders,
    unanswered,
)
from fund.services.perform import lock, require_permission
from workflows.disbursement import DisbursementStep
from workflows.engine import Context, Refused
from workflows.payment_file import PaymentFileState
from workflows.permissions import SYSTEM, Actor, Permission
from workflows.reasons import Reason, ReasonCode
from workflows.repayment import RepaymentStep


@dataclass(frozen=True, slots=True)
class Fact:
    """What a step takes from a movement, apart from its row: steps expire what was read."""

    line_id: int
    statement: str
    booked_on: date
    amount: Decimal
    is_credit: bool
    bank_reference: str
    return_code: str | None

    @classmethod
    def of(cls, line: BankLine) -> "Fact":
        names = ("booked_on", "amount", "is_credit", "bank_reference", "return_code")
        facts = {name: getattr(line, name) for name in names}
        return cls(line_id=line.id, statement=line.statement.identification, **facts)

    @property
    def details(self) -> dict[str, Any]:
        """What the journal says of where the step comes from."""
        return {"statement": self.statement, "bank_line": self.line_id}


@dataclass(frozen=True, slots=True)
class Movement:
    """A new movement: its row, what the bank told, and on which account."""

    line: BankLine
    fact: Fact
    told: StatementLine
    iban: str


def return_code_of(told: StatementLine) -> str | None:
    """The bank's reason where money came back; empty where it gives none."""
    is_return = told.is_credit and (bool(told.return_code) or told.is_reversal)
    return told.return_code[:10] if is_return else None


def settle(session: Session, actor: Actor, movement: Movement, book: Book) -> None:
    """Find what a new movement answers, and take the step that says so; leave to a person what is not certain."""
    line, told, iban = movement.line, movement.told, movement.iban
    order = book.order_of(told, iban)
    file = None if told.is_credit or order else book.file_of(told, iban)
    if order is not None:
        _name(line, order, _answer_order(session, actor, movement.fact, order, book))
    elif file is not None and (told.batch_count or is_whole_of(file, told.amount)):
        _name(line, file, _answer_file(session, actor, movement.fact, file, book))
    elif told.is_credit and (quoted := book.repayments_of(told)):
        _propose_repayment(line, told, quoted)
    elif told.amount in book.amounts:
        is_new_money = told.is_credit and movement.fact.return_code is None
        _propose(line, likely_repayments(session, told) if is_new_money else likely_orders(session, told, iban))


def _name(line: BankLine, candidate: Candidate, cause: LineCause | None) -> None:
    """Say what the movement is; with a cause, that a person must see to it."""
    line.order_id = candidate.id if isinstance(candidate, PaymentOrder) else None
    line.file_id = candidate.id if isinstance(candidate, PaymentFile) else None
    line.repayment_id = candidate.id if isinstance(candidate, Repayment) else None
    line.cause = cause
    line.standing = LineStanding.PROPOSED if cause else LineStanding.MATCHED
    line.settled_at = None if cause else utc_now()


def _propose(line: BankLine, found: Sequence[Candidate]) -> None:
    if len(found) == 1:
        _name(line, found[0], LineCause.NO_REFERENCE)
    elif found:
        line.standing, line.cause = LineStanding.PROPOSED, LineCause.SEVERAL_FIT


def _propose_repayment(line: BankLine, told: StatementLine, quoted: Sequence[Repayment]) -> None:
    if len(quoted) > 1:
        _propose(line, quoted)
        return
    repayment = quoted[0]
    cause = LineCause.AMOUNT_DIFFERS if told.amount > repayment.outstanding else LineCause.REPAYMENT
    _name(line, repayment, cause if repayment.is_open else LineCause.REFUSED)


def _answer_order(session: Session, actor: Actor, fact: Fact, order: PaymentOrder, book: Book) -> LineCause | None:
    """Note what the bank says of a transfer that it names. None where that is done, else why it is not."""
    if cause := _speaks_against(fact, order, book):
        return cause
    is_noted = order.return_code is not None if fact.is_credit else order.answered_on is not None
    if not is_noted and (cause := _try(session, lambda: _note(session, actor, fact, order))):
        return cause
    book.matched.add((PaymentOrder, order.id, fact.is_credit))
    return None


def _speaks_against(fact: Fact, order: PaymentOrder, book: Book) -> LineCause | None:
    if fact.amount != order.amount:
        return LineCause.AMOUNT_DIFFERS
    if order.cancelled_at is not None:
        return LineCause.ORDER_CANCELLED
    was_debited = not fact.is_credit and (PaymentFile, order.file_id, False) in book.matched
    if was_debited or (PaymentOrder, order.id, fact.is_credit) in book.matched:
        return LineCause.ANSWERED_BEFORE
    return LineCause.RETURN_UNSAID if fact.is_credit and fact.return_code is None else None


def _answer_file(session: Session, actor: Actor, fact: Fact, file: PaymentFile, book: Book) -> LineCause | None:
    """Note that the bank carried out a file as a whole; a transfer that cannot be noted leaves the line open."""
    if file.state is PaymentFileState.CANCELLED:
        return LineCause.ORDER_CANCELLED
    if (PaymentFile, file.id, False) in book.matched:
        return LineCause.ANSWERED_BEFORE
    if not is_whole_of(file, fact.amount):
        return LineCause.AMOUNT_DIFFERS
    causes = [_try(session, partial(_note, session, actor, fact, order)) for order in unanswered(file)]
    if cause := next(filter(None, causes), None):
        return cause
    book.matched.add((PaymentFile, file.id, False))
    return None


def _try(session: Session, act: Callable[[], None]) -> LineCause | None:
    """Take a step whose refusal undoes no more than itself."""
    try:
        with session.begin_nested():
            act()
    except Refused as refusal:
        is_kept_off = any(reason.code is ReasonCode.CONFLICT_OF_INTEREST for reason in refusal.reasons)
        return LineCause.KEPT_OFF if is_kept_off else LineCause.REFUSED
    return None


def _note(session: Session, actor: Actor, fact: Fact, order: PaymentOrder) -> None:
    """Take the step that says what the bank did: the transfer is made, or came back."""
    tranche = order.disbursement
    if not fact.is_credit:
        inputs: dict[str, Any] = {"paid_on": fact.booked_on, "bank_reference": fact.bank_reference}
        disbursements.pay(session, actor, tranche, inputs=inputs, details=fact.details)
        return
    code = fact.return_code or ""
    inputs = {"reason": return_reason(code).fr, "return_code": code}
    disbursements.fail(session, actor, tranche, inputs=inputs, details=fact.details)
    account = tranche.award.beneficiary.bank_account
    # Only the account that was written to: another may be in force since.
    if closes_account(code) and account is not None and account.iban == order.creditor_iban:
        bank_accounts.close(session, SYSTEM, account, inputs=inputs, details=fact.details)


# --- by a person ----------------------------------------------------------------------------------------------


def choose(session: Session, actor: Actor, line: BankLine, target: Candidate) -> None:
    """Say what a movement is that was not matched by itself; its step is taken, in the name of whoever says so.

    Raises NotPermitted; Refused where the amount differs (``target``), and as the step does; Conflict
    (``line_settled``, ``line_misfit``).
    """
    require_permission(actor, Permission.PAYMENT_FILE_MANAGE)
    match target:
        case PaymentOrder():
            lock_orders(
                session, [target], [target.end_to_end_id] if closes_account(line.return_code or "") else []
            )
        case PaymentFile():
            lock_orders(session, target.orders)
        case Repayment():
            lock(session, target)
        case _:
            assert_never(target)
    _lock_line(session, line)
    fact = Fact.of(line)
    match target:
        case PaymentOrder():
            _choose_order(session, actor, fact, target, line)
        case PaymentFile():
            _choose_file(session, actor, fact, target, line.account_iban)
        case Repayment():
            _choose_repayment(session, actor, fact, target)
    _name(line, target, None)
    line.settled_by_id = actor.person_id
    session.flush()


def _choose_order(session: Session, actor: Actor, fact: Fact, order: PaymentOrder, line: BankLine) -> None:
    is_over = order.cancelled_at is not None or order.return_code is not None
    if is_over or not is_told_of(order, line):
        raise Conflict("line_misfit")
    if fact.amount != order.amount:
        raise _unlike(fact, order.amount)
    _note(session, actor, fact, order)


def _choose_file(session: Session, actor: Actor, fact: Fact, file: PaymentFile, iban: str) -> None:
    awaited = unanswered(file)
    if file.debtor.iban != iban or fact.is_credit or not awaited:
        raise Conflict("line_misfit")
    if not is_whole_of(file, fact.amount):
        raise _unlike(fact, file.total)
    for order in awaited:
        _note(session, actor, fact, order)


def _choose_repayment(session: Session, actor: Actor, fact: Fact, repayment: Repayment) -> None:
    if not fact.is_credit:
        raise Conflict("line_misfit")
    inputs = {"received_on": fact.booked_on, "amount": fact.amount, "bank_reference": fact.bank_reference}
    repayments.receive(session, actor, repayment, inputs=inputs, details=fact.details)


def _unlike(fact: Fact, amount: Decimal) -> Refused:
    params = {"found": fact.amount, "amount": amount}
    return Refused("bank_line.choose", (Reason(ReasonCode.AMOUNT_UNLIKE_TRANCHE, params, field="target"),))


def refusals(actor: Actor, line: BankLine) -> list[Reason]:
    """What refuses, as things stand now, the step that the movement asks for: of what it was found to be."""
    dated = {"paid_on": line.booked_on, "received_on": line.booked_on, "amount": line.amount}
    context = Context(actor=actor, now=utc_now(), inputs=dated)
    found: list[Reason] = []
    for subject, name in _steps_asked(line):
        step = subject.workflow.steps[name]
        checked = (check(subject, context) for check in step.checks)
        found += subject.workflow.judge(subject, step, context).reasons or filter(None, checked)
    return found


def _steps_asked(line: BankLine) -> list[tuple[Subject, StrEnum]]:
    answer = DisbursementStep.FAIL if line.is_credit else DisbursementStep.PAY
    if line.order is not None:
        return [(line.order.disbursement, answer)]
    if line.file is not None:
        return [(order.disbursement, answer) for order in unanswered(line.file)]
    return [] if line.repayment is None else [(line.repayment, RepaymentStep.RECEIVE)]


def ignore(session: Session, actor: Actor, line: BankLine, note: str) -> None:
    """Set a movement aside that is none of the fund's grants, saying what it is.

    Raises NotPermitted, InvalidInput (``note``), Conflict (``line_settled``).
    """
    require_permission(actor, Permission.PAYMENT_FILE_MANAGE)
    if not note.strip():
        raise InvalidInput({"note": ["required"]})
    _lock_line(session, line)
    line.standing, line.cause, line.note = LineStanding.IGNORED, None, note.strip()
    line.order_id = line.file_id = line.repayment_id = None
    line.settled_by_id, line.settled_at = actor.person_id, utc_now()
    session.flush()


def _lock_line(session: Session, line: BankLine) -> None:
    """The movement as it is now; what was set aside can be taken up again."""
    query = select(BankLine).where(BankLine.id == line.id).with_for_update()
    session.execute(query.execution_options(populate_existing=True))
    if line.standing is LineStanding.MATCHED:
        raise Conflict("line_settled")
