"""The file of transfers that the bank carries out: SEPA credit transfers, ISO 20022 pain.001.001.09.

The same batch gives the same bytes, for ever: nothing in the file is drawn by lot or read from a clock.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Final

from sepaxml import SepaTransfer

from fund.bank.accounts import read_bic, read_iban
from fund.bank.charset import is_reference, sepa_text
from fund.bank.faults import BankFault, FaultCode
from workflows.engine import PARIS

SCHEMA: Final = "pain.001.001.09"
NAME_LENGTH: Final = 70
REMITTANCE_LENGTH: Final = 140
GREATEST_AMOUNT: Final = Decimal("999999999.99")
"""The most that one SEPA credit transfer can move (rulebook of the European Payments Council)."""


@dataclass(frozen=True, slots=True)
class Debtor:
    """Whose account pays."""

    name: str
    iban: str
    bic: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment, in euros. ``end_to_end_id`` comes back in every answer of the bank; ``remittance`` is what the
    beneficiary reads. ``bic`` is not needed (None): the bank knows it from the IBAN."""

    end_to_end_id: str
    amount: Decimal
    name: str
    iban: str
    bic: str | None
    remittance: str


@dataclass(frozen=True, slots=True)
class TransferBatch:
    """What one file asks of the bank. ``created_at`` is an aware instant."""

    message_id: str
    created_at: datetime
    execution_day: date
    debtor: Debtor
    transfers: tuple[Transfer, ...]


@dataclass(frozen=True, slots=True)
class TransferFile:
    """The file, its digest, and what it says of itself: how many transfers, how many euros."""

    content: bytes
    sha256: str
    count: int
    total: Decimal


def write_transfer_file(batch: TransferBatch) -> TransferFile:
    """The file of a batch, valid under the schema of the message.

    Names and remittances are spelt with the characters that every bank takes, and cut at 70 and 140. References
    are never changed: one that banks would not hand on is refused. A remittance that does not name its end-to-end
    reference gets it in front. Addresses, which may only be structured from November 2026 on, are left out. The
    batch's one payment information (PmtInfId) has the identification of the message, and asks the bank to book
    each transfer by itself.

    Raises BankFault: ``no_transfers``, ``reference_malformed``, ``reference_twice``, ``name_missing``,
    ``amount_not_in_cents``, ``amount_out_of_range`` (at most 999,999,999.99 €), and those of IBAN and BIC;
    ``about`` is the end-to-end reference.
    """
    _judge(batch)
    message = _Message(batch)
    for transfer in batch.transfers:
        message.add_payment(_payment(transfer, batch.execution_day))
    content: bytes = message.export(validate=True)
    return TransferFile(
        content=content,
        sha256=sha256(content).hexdigest(),
        count=len(batch.transfers),
        total=sum((transfer.amount for transfer in batch.transfers), Decimal(0)).quantize(Decimal("0.01")),
    )


class _Message(SepaTransfer):  # type: ignore[misc]  # sepaxml has no types
    """sepaxml's message with the identifications and the instant of the batch: its own are drawn by lot."""

    def __init__(self, batch: TransferBatch) -> None:
        self._batch = batch
        debtor = batch.debtor
        config = {
            "name": sepa_text(debtor.name, NAME_LENGTH),
            "IBAN": debtor.iban,
            "BIC": debtor.bic,
            "batch": True,
            "currency": "EUR",
        }
        super().__init__(config, schema=SCHEMA, clean=False)

    def _create_header(self) -> None:
        self.msg_id = self._batch.message_id
        super()._create_header()
        # Banks read an instant without a time zone, which is how their guides write it, as one of Paris.
        created_at = self._batch.created_at.astimezone(PARIS).replace(tzinfo=None)
        self._xml.find(".//CreDtTm").text = created_at.isoformat(timespec="seconds")

    def _finalize_batch(self) -> None:
        super()._finalize_batch()
        # One batch has one day, and so one payment information.
        self._xml.find(".//PmtInfId").text = self._batch.message_id
        # Each transfer is a line of its own on the statement, where its reference is read again.
        self._xml.find(".//BtchBookg").text = "false"


def _payment(transfer: Transfer, day: date) -> dict[str, object]:
    payment: dict[str, object] = {
        "name": sepa_text(transfer.name, NAME_LENGTH),
        "IBAN": transfer.iban,
        "amount": int(transfer.amount * 100),
        "execution_date": day,
        "description": _remittance(transfer),
        "endtoend_id": transfer.end_to_end_id,
    }
    return payment if transfer.bic is None else payment | {"BIC": transfer.bic}


def _remittance(transfer: Transfer) -> str:
    text = sepa_text(transfer.remittance, REMITTANCE_LENGTH)
    if transfer.end_to_end_id in text:
        return text
    return sepa_text(f"{transfer.end_to_end_id} {transfer.remittance}", REMITTANCE_LENGTH)


def _judge(batch: TransferBatch) -> None:
    if not batch.transfers:
        raise BankFault(FaultCode.NO_TRANSFERS)
    if not is_reference(batch.message_id):
        raise BankFault(FaultCode.REFERENCE_MALFORMED, batch.message_id)
    _judge_party(batch.debtor.name, batch.debtor.iban, batch.debtor.bic, about="")
    for transfer in batch.transfers:
        if not is_reference(transfer.end_to_end_id):
            raise BankFault(FaultCode.REFERENCE_MALFORMED, transfer.end_to_end_id)
        _judge_party(transfer.name, transfer.iban, transfer.bic, about=transfer.end_to_end_id)
        _judge_amount(transfer)
    reference, count = Counter(transfer.end_to_end_id for transfer in batch.transfers).most_common(1)[0]
    if count > 1:
        raise BankFault(FaultCode.REFERENCE_TWICE, reference)


def _judge_party(name: str, iban: str, bic: str | None, *, about: str) -> None:
    """Account numbers stand in the file as they are: only those written as ``read_iban`` gives them will do."""
    if not any(char.isalnum() for char in sepa_text(name, NAME_LENGTH)):
        raise BankFault(FaultCode.NAME_MISSING, about)
    try:
        known_iban = read_iban(iban)
        known_bic = None if bic is None else read_bic(bic, known_iban)
    except BankFault as fault:
        raise BankFault(fault.code, about) from fault
    if known_iban != iban:
        raise BankFault(FaultCode.IBAN_MALFORMED, about)
    if known_bic != bic:
        raise BankFault(FaultCode.BIC_MALFORMED, about)


def _judge_amount(transfer: Transfer) -> None:
    if not transfer.amount.is_finite() or not 0 < transfer.amount <= GREATEST_AMOUNT:
        raise BankFault(FaultCode.AMOUNT_OUT_OF_RANGE, transfer.end_to_end_id)
    if transfer.amount != transfer.amount.quantize(Decimal("0.01")):
        raise BankFault(FaultCode.AMOUNT_NOT_IN_CENTS, transfer.end_to_end_id)
