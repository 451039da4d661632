"""What a movement on the fund's account may be: a transfer of ours, a whole file of them, one that came back, or
money that an alliance pays back.

By the end-to-end reference first, which is ours and comes back in every answer; where the bank does not tell it,
by the amount, and by whom it names: that is then a proposal.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from fund.bank.accounts import NameMatch, compare_names
from fund.bank.return_reasons import closes_account
from fund.bank.statements import StatementLine
from fund.models import (
    Award,
    BankAccount,
    BankLine,
    Disbursement,
    LineStanding,
    Organisation,
    PaymentFile,
    PaymentOrder,
    Repayment,
)
from fund.services.access import visible_to
from fund.services.perform import lock
from workflows.disbursement import DisbursementState
from workflows.permissions import Actor
from workflows.repayment import RepaymentState

_REPAYMENT: Final = re.compile(r"\bRV[ -]?([2-9A-Z]{4})[ -]?([2-9A-Z]{4})\b")
"""A reference of a demand, also where the payer left its hyphens out."""

Candidate = PaymentOrder | PaymentFile | Repayment


def orders_on_accounts() -> Select[PaymentOrder]:
    """Transfers with their tranche, their file and the account that it debits."""
    return (
        select(PaymentOrder)
        .join(PaymentOrder.disbursement)
        .join(PaymentOrder.file)
        .join(PaymentFile.debtor)
        .options(
            contains_eager(PaymentOrder.disbursement).joinedload(Disbursement.award),
            contains_eager(PaymentOrder.file).contains_eager(PaymentFile.debtor),
        )
        .order_by(PaymentOrder.id)
    )


IS_UNANSWERED: Final = and_(
    PaymentOrder.answered_on.is_(None),
    PaymentOrder.cancelled_at.is_(None),
    Disbursement.state == DisbursementState.SENT,
)
IS_CARRIED_OUT: Final = and_(
    PaymentOrder.answered_on.is_not(None),
    PaymentOrder.return_code.is_(None),
    Disbursement.state == DisbursementState.PAID,
)


@dataclass(slots=True)
class Book:
    """What the movements of a bank's file name, as it stands under its locks.

    ``matched`` are the transfers, and the files, of which a debit (or a return: True) was found before.
    ``amounts`` are those of transfers and of demands that a movement without reference may be.
    """

    orders: dict[str, PaymentOrder]
    files: dict[str, PaymentFile]
    repayments: dict[str, Repayment]
    amounts: set[Decimal]
    matched: set[tuple[type[Candidate], int, bool]] = field(default_factory=set)

    def order_of(self, line: StatementLine, iban: str) -> PaymentOrder | None:
        """The transfer whose reference the movement has."""
        order = self.orders.get(line.end_to_end_id)
        return order if order is not None and order.file.debtor.iban == iban else None

    def file_of(self, line: StatementLine, iban: str) -> PaymentFile | None:
        """The file that a debit stands for as a whole."""
        file = self.files.get(line.message_id) or self.files.get(line.payment_information_id)
        if file is None and line.batch_count:
            whole = (line.batch_count, line.amount)
            alike = [one for one in self.files.values() if (one.count, one.total) == whole and unanswered(one)]
            file = alike[0] if len(alike) == 1 else None
        return file if file is not None and file.debtor.iban == iban else None

    def repayments_of(self, line: StatementLine) -> list[Repayment]:
        """The demands whose reference the movement quotes."""
        return [self.repayments[one] for one in quoted_repayments(line) if one in self.repayments]


def open_book(session: Session, lines: Sequence[StatementLine]) -> Book:
    """Lock what the movements may change, in the order of files' numbers, and read it."""
    references = {line.end_to_end_id for line in lines if line.end_to_end_id}
    messages = {name for line in lines for name in (line.message_id, line.payment_information_id) if name}
    wholes = {(line.batch_count, line.amount) for line in lines if line.batch_count and not line.is_credit}
    closed = {line.end_to_end_id for line in lines if line.is_credit and closes_account(line.return_code)}
    query = orders_on_accounts().where(
        or_(
            PaymentOrder.end_to_end_id.in_(references),
            PaymentFile.message_id.in_(messages),
            *(and_(PaymentFile.count == count, PaymentFile.total == total) for count, total in wholes),
        )
    )
    lock_orders(session, session.scalars(query).all(), closed)
    found = session.scalars(query).all()
    files = {order.file for order in found}
    whole = {(file.count, file.total) for file in files} & wholes
    return Book(
        orders={order.end_to_end_id: order for order in found},
        files={
            file.message_id: file
            for file in files
            if file.message_id in messages or (file.count, file.total) in whole
        },
        repayments=_repayments(session, {one for line in lines for one in quoted_repayments(line)}),
        amounts=_amounts(session),
        matched=_matched(session, found, files),
    )


def lock_orders(session: Session, orders: Iterable[PaymentOrder], closing: Iterable[str] = ()) -> None:
    """Lock the files of these transfers, each application in the order of its number, then the files for the bank.

    ``closing`` are the end-to-end references of those whose return closes the beneficiary's account, which holds
    what else it is to be paid: those files too are locked at their place in the order.
    """
    tranches = {order.disbursement for order in orders}
    closed = set(closing)
    owners = {order.disbursement.award.beneficiary_id for order in orders if order.end_to_end_id in closed}
    awards = select(Award).where(Award.beneficiary_id.in_(owners), Award.imported.is_(False))
    files = sorted({order.file for order in orders}, key=lambda file: file.id)
    subjects = [(tranche.award.application_id, 1, tranche.id, tranche) for tranche in tranches] + [
        (award.application_id, 0, award.id, award) for award in session.scalars(awards)
    ]
    for *_, subject in sorted(subjects, key=lambda one: one[:3]):
        lock(session, subject)
    for file in files:
        lock(session, file)


def _repayments(session: Session, references: set[str]) -> dict[str, Repayment]:
    found = session.scalars(select(Repayment).where(Repayment.reference.in_(references)))
    return {repayment.reference: repayment for repayment in found}


def _amounts(session: Session) -> set[Decimal]:
    is_over = or_(PaymentOrder.cancelled_at.is_not(None), PaymentOrder.return_code.is_not(None))
    due = select(Repayment.amount - Repayment.received_amount).where(Repayment.state == RepaymentState.ASKED)
    return set(session.scalars(select(PaymentOrder.amount).where(~is_over).union(due)))


def _matched(
    session: Session, orders: Iterable[PaymentOrder], files: Iterable[PaymentFile]
) -> set[tuple[type[Candidate], int, bool]]:
    query = select(BankLine.order_id, BankLine.file_id, BankLine.is_credit).where(
        BankLine.standing == LineStanding.MATCHED,
        or_(
            BankLine.order_id.in_([order.id for order in orders]),
            BankLine.file_id.in_([file.id for file in files]),
        ),
    )
    return {
        (PaymentOrder, order_id, is_credit) if order_id is not None else (PaymentFile, file_id or 0, is_credit)
        for order_id, file_id, is_credit in session.execute(query)
    }


def quoted_repayments(line: StatementLine) -> list[str]:
    """The references of demands in what the payer wrote."""
    text = f"{line.end_to_end_id} {line.remittance}".upper()
    return list(dict.fromkeys(f"RV-{first}-{second}" for first, second in _REPAYMENT.findall(text)))


# --- proposals ------------------------------------------------------------------------------------------------


def unanswered(file: PaymentFile) -> list[PaymentOrder]:
    return [order for order in file.orders if order.is_unanswered]


def is_whole_of(file: PaymentFile, amount: Decimal) -> bool:
    """Whether a debit is that of the whole file, or of what the bank has not answered of it (euros)."""
    return amount in (file.total, sum((order.amount for order in unanswered(file)), Decimal(0)))


def likely_orders(session: Session, line: StatementLine, iban: str) -> list[PaymentOrder]:
    """The transfers on this account that the movement may be, where it names none: those of its amount, and among
    them those of whom it names."""
    awaited = IS_CARRIED_OUT if line.is_credit else IS_UNANSWERED
    query = orders_on_accounts().where(awaited, PaymentOrder.amount == line.amount, BankAccount.iban == iban)
    found = list(session.scalars(query))
    return (
        [order for order in found if line.counterpart_iban and order.creditor_iban == line.counterpart_iban]
        or [order for order in found if _is_named(order.creditor_name, line.counterpart_name)]
        or found
    )


def likely_repayments(session: Session, line: StatementLine) -> list[Repayment]:
    """The demands that the movement may answer, where it quotes none: of its amount, by who was asked."""
    query = (
        select(Repayment)
        .join(Repayment.award)
        .where(
            Repayment.state == RepaymentState.ASKED, Repayment.amount - Repayment.received_amount == line.amount
        )
        .options(
            contains_eager(Repayment.award).joinedload(Award.beneficiary).selectinload(Organisation.bank_accounts)
        )
        .order_by(Repayment.id)
    )
    return [one for one in session.scalars(query) if _is_payer(one.award.beneficiary, line)]


def _is_payer(organisation: Organisation, line: StatementLine) -> bool:
    ibans = {account.iban for account in organisation.bank_accounts}
    return line.counterpart_iban in ibans or _is_named(organisation.name, line.counterpart_name)


def _is_named(name: str, counterpart: str) -> bool:
    return bool(counterpart) and compare_names(name, counterpart) is not NameMatch.DIFFERENT


def choices_for(session: Session, actor: Actor, lines: Sequence[BankLine]) -> dict[int, list[Candidate]]:
    """What each unsettled movement may be said to be, of what the actor sees; the likeliest first.

    The number of statements does not depend on that of the movements.
    """
    orders = _choosable_orders(session, actor, lines)
    files = list({order.file.id: order.file for order in orders if order.is_unanswered}.values())
    repayments = _choosable_repayments(session, actor, lines)
    found: dict[int, list[Candidate]] = {}
    for line in lines:
        own = [order for order in orders if _may_be_order(order, line)]
        whole = [file for file in files if not line.is_credit and _may_be_file(file, line)]
        back = [one for one in repayments if line.is_credit and one.outstanding >= line.amount]
        found[line.id] = sorted([*own, *whole, *back], key=lambda candidate: _distance(line, candidate))
    return found


def _choosable_orders(session: Session, actor: Actor, lines: Sequence[BankLine]) -> list[PaymentOrder]:
    if not lines:
        return []
    amounts, accounts = {line.amount for line in lines}, {line.account_iban for line in lines}
    query = orders_on_accounts().options(
        contains_eager(PaymentOrder.file).selectinload(PaymentFile.orders).joinedload(PaymentOrder.disbursement)
    )
    query = query.where(
        BankAccount.iban.in_(accounts),
        # A debit may also be that of a whole file.
        or_(IS_UNANSWERED, and_(IS_CARRIED_OUT, PaymentOrder.amount.in_(amounts))),
        visible_to(actor, Disbursement),
    )
    return list(session.scalars(query))


def _choosable_repayments(session: Session, actor: Actor, lines: Sequence[BankLine]) -> list[Repayment]:
    if not any(line.is_credit for line in lines):
        return []
    query = (
        select(Repayment)
        .where(Repayment.state == RepaymentState.ASKED, visible_to(actor, Repayment))
        .options(
            joinedload(Repayment.award).joinedload(Award.beneficiary).selectinload(Organisation.bank_accounts)
        )
        .order_by(Repayment.id)
    )
    return list(session.scalars(query))


def _may_be_order(order: PaymentOrder, line: BankLine) -> bool:
    is_awaited = line.is_credit or order.is_unanswered
    return is_awaited and order.amount == line.amount and is_told_of(order, line)


def is_told_of(order: PaymentOrder, line: BankLine) -> bool:
    """Whether a movement can be of that transfer at all: on its account, and money that comes is said to come back
    or names it."""
    is_back = line.return_code is not None or order.end_to_end_id == line.end_to_end_id
    return order.file.debtor.iban == line.account_iban and (is_back or not line.is_credit)


def _may_be_file(file: PaymentFile, line: BankLine) -> bool:
    return file.count > 1 and file.debtor.iban == line.account_iban and is_whole_of(file, line.amount)


def _distance(line: BankLine, candidate: Candidate) -> tuple[int, int]:
    """What was proposed first, then whom the bank names, then the others in their order."""
    match candidate:
        case PaymentOrder():
            proposed, names = line.order_id, {candidate.creditor_iban}
        case PaymentFile():
            proposed, names = line.file_id, set()
        case Repayment():
            proposed = line.repayment_id
            names = {account.iban for account in candidate.award.beneficiary.bank_accounts}
    rank = 0 if proposed == candidate.id else 1 if line.counterpart_iban in names else 2
    return rank, candidate.id
