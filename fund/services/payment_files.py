"""Files of transfers for the bank: what may go into one, making it, handing it over, taking it back.

The files of all tranches are locked first, in the order of their numbers, then what hangs on them: two people who
put one tranche into two files at once, or change an account meanwhile, wait for each other.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from fund.bank.business_days import is_business_day
from fund.bank.faults import BankFault
from fund.bank.transfers import Debtor, Transfer, TransferBatch, TransferFile, write_transfer_file
from fund.errors import Conflict, InvalidInput
from fund.forms.fields import Problem
from fund.models import (
    AuditEvent,
    Award,
    BankAccount,
    Call,
    Disbursement,
    Organisation,
    PaymentFile,
    PaymentOrder,
)
from fund.models.base import utc_now
from fund.services.access import visible
from fund.services.holds import refresh_holds
from fund.services.perform import create, lock, perform, require_permission
from fund.services.references import new_reference
from workflows.disbursement import DISBURSEMENT, DisbursementState, DisbursementStep
from workflows.engine import Context, Refused, paris_day
from workflows.payment_file import PaymentFileStep
from workflows.permissions import SYSTEM, Actor, Permission
from workflows.reasons import Reason, ReasonCode

DAYS_AHEAD = 60
"""How far ahead of today a file may ask for its execution."""
MESSAGE_PREFIX = "VIR"


@dataclass(frozen=True, slots=True)
class Payable:
    """An approved tranche, and what speaks against its going into a file; nothing, mostly."""

    tranche: Disbursement
    reasons: tuple[Reason, ...]


def payable(session: Session, actor: Actor) -> list[tuple[Organisation, list[Payable]]]:
    """The approved tranches that the actor may put into a file, by funder: a file debits one account.

    The longest approved first. The number of statements does not depend on that of the tranches.
    """
    query = (
        visible(actor, Disbursement)
        .join(Disbursement.award)
        .where(Disbursement.state == DisbursementState.APPROVED, Disbursement.imported.is_(False))
        .options(
            contains_eager(Disbursement.award).options(
                joinedload(Award.application),
                joinedload(Award.call).joinedload(Call.funder).selectinload(Organisation.bank_accounts),
                joinedload(Award.beneficiary).selectinload(Organisation.bank_accounts),
                selectinload(Award.reports),
            ),
            joinedload(Disbursement.ordered_by),
            joinedload(Disbursement.approved_by),
        )
        .order_by(Disbursement.moved_at, Disbursement.id)
    )
    found: dict[int, tuple[Organisation, list[Payable]]] = {}
    for tranche in session.scalars(query):
        funder = tranche.award.call.funder
        found.setdefault(funder.id, (funder, []))[1].append(Payable(tranche, _speaks_against(tranche)))
    return sorted(found.values(), key=lambda group: (group[0].name, group[0].id))


def _speaks_against(tranche: Disbursement) -> tuple[Reason, ...]:
    send = DISBURSEMENT.steps[DisbursementStep.SEND]
    return DISBURSEMENT.judge(tranche, send, Context(actor=SYSTEM, now=utc_now())).reasons


# --- making -------------------------------------------------------------------------------------------------


def make_file(
    session: Session, actor: Actor, tranches: Sequence[Disbursement], *, execution_on: date
) -> PaymentFile:
    """Put approved tranches of one funder into a file that asks the bank to pay them on that day (TARGET day).

    The file is kept byte for byte; its hash stands in the journal. Raises NotPermitted; InvalidInput
    (``tranches``: none, or one that cannot be written for a bank; ``execution_on``); Conflict
    (``several_funders``, ``funder_without_account``); Refused for a tranche of which the actor keeps off, or that
    may no longer go into a file.
    """
    require_permission(actor, Permission.PAYMENT_FILE_MANAGE)
    if not tranches:
        raise InvalidInput({"tranches": ["no_tranche_chosen"]})
    _require_day(execution_on)
    chosen = _lock_in_order(session, tranches)
    _require_payable(actor, chosen)
    debtor = _debtor_of(session, chosen)
    number = new_reference(f"{MESSAGE_PREFIX}-{execution_on:%Y%m%d}")
    orders, now = [_order_of(tranche) for tranche in chosen], utc_now()
    written = _write(number, debtor, orders, execution_on, now)
    file = PaymentFile(
        debtor_id=debtor.id,
        message_id=number,
        execution_on=execution_on,
        count=written.count,
        total=written.total,
        sha256=written.sha256,
        content=written.content,
        made_by_id=actor.person_id,
        orders=[],
    )
    create(session, actor, file, details={"orders": [order.end_to_end_id for order in orders]}, at=now)
    for tranche, order in zip(chosen, orders, strict=True):
        details = {"payment_file": file.reference, "end_to_end_id": order.end_to_end_id}
        perform(session, SYSTEM, tranche, DisbursementStep.SEND, details=details)
    file.orders.extend(orders)
    session.flush()
    for tranche in chosen:
        session.expire(tranche, ["payment_orders"])
    return file


def execution_days(today: date) -> tuple[date, date]:
    """The first and the last day that a file may ask for."""
    return today, today + timedelta(days=DAYS_AHEAD)


def _require_day(day: date) -> None:
    first, last = execution_days(paris_day(utc_now()))
    if not first <= day <= last:
        raise InvalidInput({"execution_on": [Problem("execution_day_out_of_range", last=last)]})
    if not is_business_day(day):
        raise InvalidInput({"execution_on": ["execution_day_closed"]})


def _lock_in_order(session: Session, tranches: Iterable[Disbursement]) -> list[Disbursement]:
    """Lock the files of the tranches, each once, in the order of their numbers: nobody waits in a circle."""
    ordered = sorted(set(tranches), key=lambda tranche: (tranche.award.application_id, tranche.id))
    for tranche in ordered:
        lock(session, tranche)
    return ordered


def _require_payable(actor: Actor, tranches: Sequence[Disbursement]) -> None:
    if any(tranche.is_interested(actor) for tranche in tranches):
        raise Refused("payment_file.create", (Reason(ReasonCode.CONFLICT_OF_INTEREST),))
    refused = [tranche.reference for tranche in tranches if _speaks_against(tranche)]
    if refused:
        reason = Reason(ReasonCode.TRANCHES_NOT_PAYABLE, {"references": ", ".join(refused)})
        raise Refused("payment_file.create", (reason,))


def _debtor_of(session: Session, tranches: Sequence[Disbursement]) -> BankAccount:
    """The account in force of the one funder."""
    funders = {tranche.award.call.funder for tranche in tranches}
    if len(funders) > 1:
        raise Conflict("several_funders")
    account = funders.pop().bank_account
    if account is None:
        raise Conflict("funder_without_account")
    # Whoever closes it, or has another verified, locks it too.
    lock(session, account)
    if account is not account.organisation.bank_account:
        raise Conflict("funder_without_account")
    return account


def _order_of(tranche: Disbursement) -> PaymentOrder:
    """The transfer of a tranche, with what it is made of; its reference is new each time that it is ordered."""
    # There is one: the guards of the step, asked under the lock, want it verified.
    account = cast(BankAccount, tranche.award.beneficiary.bank_account)
    times = len(tranche.payment_orders) + 1
    reference = tranche.reference if times == 1 else f"{tranche.reference}-{times}"
    return PaymentOrder(
        disbursement_id=tranche.id,
        ordered_by_id=tranche.ordered_by_id,
        approved_by_id=tranche.approved_by_id,
        end_to_end_id=reference,
        amount=tranche.amount,
        creditor_name=account.holder,
        creditor_iban=account.iban,
        creditor_bic=account.bic,
        remittance=f"Fonds ODD 17 {tranche.award.reference} {reference}",
    )


def _write(
    number: str, debtor: BankAccount, orders: Sequence[PaymentOrder], day: date, now: datetime
) -> TransferFile:
    batch = TransferBatch(
        message_id=number,
        created_at=now,
        execution_day=day,
        debtor=Debtor(debtor.holder, debtor.iban, debtor.bic),
        transfers=tuple(
            Transfer(
                end_to_end_id=order.end_to_end_id,
                amount=order.amount,
                name=order.creditor_name,
                iban=order.creditor_iban,
                bic=order.creditor_bic,
                remittance=order.remittance,
            )
            for order in orders
        ),
    )
    try:
        return write_transfer_file(batch)
    except BankFault as fault:
        problem = Problem("transfer_unwritable", reference=fault.about or number, problem=str(fault.code))
        raise InvalidInput({"tranches": [problem]}) from fault


# --- afterwards ---------------------------------------------------------------------------------------------


def transmit(session: Session, actor: Actor, file: PaymentFile, **given: Any) -> AuditEvent:
    """Note that the bank has the file."""
    return perform(session, actor, file, PaymentFileStep.TRANSMIT, stamps="transmitted_at", **given)


def cancel(session: Session, actor: Actor, file: PaymentFile, **given: Any) -> AuditEvent:
    """Take back a file of which the bank has carried out nothing: its tranches may go into another.

    What came to stand against a payment meanwhile (a late report, changed bank details) holds them now.
    """
    tranches = _lock_in_order(session, [order.disbursement for order in file.orders])
    event = perform(session, actor, file, PaymentFileStep.CANCEL, **given)
    now = utc_now()
    for order in file.orders:
        order.cancelled_at = now
    for tranche in tranches:
        perform(session, SYSTEM, tranche, DisbursementStep.UNSEND, details={"payment_file": file.reference})
    for tranche in tranches:
        refresh_holds(session, tranche.award)
    return event


def second_thoughts(orders: Sequence[PaymentOrder]) -> list[tuple[PaymentOrder, tuple[Reason, ...]]]:
    """Of the transfers that the bank has not answered, those that would go into no file today, and why.

    What a file says is settled once it is made, and a change of bank details freezes what is not in one: whoever
    hands the file over must see what changed since.
    """
    context = Context(actor=SYSTEM, now=utc_now())
    judged = [(order, tuple(_changed_since(order, context))) for order in orders if order.is_unanswered]
    return [(order, reasons) for order, reasons in judged if reasons]


def _changed_since(order: PaymentOrder, context: Context) -> Iterator[Reason]:
    tranche = order.disbursement
    for guard in DISBURSEMENT.steps[DisbursementStep.SEND].guards:
        if reason := guard(tranche, context):
            yield reason
    account = tranche.award.beneficiary.bank_account
    if account is not None and account.iban != order.creditor_iban:
        yield Reason(ReasonCode.BANK_DETAILS_REPLACED)


def control_facts(session: Session, file: PaymentFile) -> dict[str, Any]:
    """What the control sheet says of a file (``fund.documents.control_sheet``)."""
    return {
        "reference": file.reference,
        "message_id": file.message_id,
        "made_at": file.created_at.isoformat(),
        "execution_day": file.execution_on.isoformat(),
        "sha256": file.sha256,
        "debtor": {"name": file.debtor.holder, "iban": file.debtor.iban, "bic": file.debtor.bic},
        "count": file.count,
        "total": _plain(file.total),
        "orders": [_order_facts(order) for order in orders_of(session, file)],
    }


def orders_of(session: Session, file: PaymentFile) -> list[PaymentOrder]:
    """The transfers of a file in its order, each with its tranche, its beneficiary and the two people."""
    award = joinedload(PaymentOrder.disbursement).joinedload(Disbursement.award)
    query = (
        select(PaymentOrder)
        .where(PaymentOrder.file_id == file.id)
        .options(
            award.selectinload(Award.reports),
            award.joinedload(Award.beneficiary).selectinload(Organisation.bank_accounts),
            joinedload(PaymentOrder.ordered_by),
            joinedload(PaymentOrder.approved_by),
        )
        .order_by(PaymentOrder.id)
    )
    return list(session.scalars(query))


def _order_facts(order: PaymentOrder) -> dict[str, Any]:
    return {
        "end_to_end_id": order.end_to_end_id,
        "tranche": order.disbursement.reference,
        "beneficiary": order.creditor_name,
        "iban": order.creditor_iban,
        "amount": _plain(order.amount),
        "ordered_by": order.ordered_by.name,
        "approved_by": order.approved_by.name,
    }


def _plain(amount: Decimal) -> str:
    return format(amount, "f")
