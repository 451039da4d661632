"""What a bank answers: statements (camt.053) written from the orders of a payment file."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any
from xml.sax.saxutils import escape

from sqlalchemy.orm import Session

from fund.models import BankLine, LineCause, LineStanding, PaymentFile, PaymentOrder
from fund.services import bank_statements
from tests.scenario import FUND_IBAN, World
from tests.services.makers import today

NUMBERS = count(1)
"""No two files that a test writes are the same bytes, unless it sends one twice."""


def entry(
    amount: Decimal,
    *,
    is_credit: bool = False,
    booked_on: date | None = None,
    end_to_end_id: str = "",
    message_id: str = "",
    bank_reference: str = "",
    name: str = "",
    iban: str = "",
    remittance: str = "",
    return_code: str | None = None,
    batch_count: int | None = None,
    status: str = "BOOK",
) -> str:
    """One movement, with one transaction; with ``batch_count``, a batch of which nothing is told."""
    direction = "CRDT" if is_credit else "DBIT"
    party = "Dbtr" if is_credit and return_code is None else "Cdtr"
    references = f"<MsgId>{message_id}</MsgId>" if message_id else ""
    references += f"<EndToEndId>{end_to_end_id or 'NOTPROVIDED'}</EndToEndId>"
    back = f"<RtrInf><Rsn><Cd>{return_code}</Cd></Rsn></RtrInf>" if return_code else ""
    account = f"<{party}Acct><Id><IBAN>{iban}</IBAN></Id></{party}Acct>" if iban else ""
    told = (
        f"<TxDtls><Refs>{references}</Refs><RltdPties><{party}><Nm>{escape(name)}</Nm></{party}>{account}"
        f"</RltdPties><RmtInf><Ustrd>{escape(remittance)}</Ustrd></RmtInf>{back}</TxDtls>"
    )
    if batch_count is not None:
        told = f"<Btch><MsgId>{message_id}</MsgId><NbOfTxs>{batch_count}</NbOfTxs></Btch>"
    reversal = "<RvslInd>true</RvslInd>" if return_code == "" else ""
    reference = f"<AcctSvcrRef>{bank_reference}</AcctSvcrRef>" if bank_reference else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd>{reversal}<Sts>{status}</Sts>'
        f"<BookgDt><Dt>{booked_on or today()}</Dt></BookgDt>{reference}<NtryDtls>{told}</NtryDtls></Ntry>"
    )


def debit(order: PaymentOrder, **changes: Any) -> str:
    """The bank carried out a transfer."""
    told: dict[str, Any] = {
        "end_to_end_id": order.end_to_end_id,
        "name": order.creditor_name,
        "iban": order.creditor_iban,
        "remittance": order.remittance,
        "bank_reference": f"BQ-{order.end_to_end_id}",
        **changes,
    }
    return entry(told.pop("amount", order.amount), **told)


def back(order: PaymentOrder, code: str = "AC06", **changes: Any) -> str:
    """A transfer came back."""
    reference = f"BQ-{order.end_to_end_id}-R"
    return debit(order, **{"is_credit": True, "return_code": code, "bank_reference": reference, **changes})


def whole(file: PaymentFile, **changes: Any) -> str:
    """The bank carried out a file in one movement."""
    told: dict[str, Any] = {"message_id": file.message_id, "batch_count": file.count, **changes}
    return entry(told.pop("amount", file.total), **told)


def statement(*entries: str, iban: str = FUND_IBAN, identification: str = "") -> bytes:
    """A file with one statement of the fund's account."""
    return document(part(*entries, iban=iban, identification=identification))


def part(*entries: str, iban: str = FUND_IBAN, identification: str = "") -> str:
    identification = identification or f"REL-{next(NUMBERS)}"
    return f"<Stmt><Id>{identification}</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{''.join(entries)}</Stmt>"


def document(*statements: str) -> bytes:
    namespace = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
    header = f"<GrpHdr><MsgId>M-{next(NUMBERS)}</MsgId></GrpHdr>"
    text = f'<Document xmlns="{namespace}"><BkToCstmrStmt>{header}{"".join(statements)}</BkToCstmrStmt></Document>'
    return text.encode()


# --- reading them -----------------------------------------------------------------------------------------------


Standings = list[tuple[LineStanding, LineCause | None]]
MATCHED: Standings = [(LineStanding.MATCHED, None)]
OPEN: Standings = [(LineStanding.OPEN, None)]


def proposed(cause: LineCause) -> Standings:
    return [(LineStanding.PROPOSED, cause)]


def take(world: World, session: Session, data: bytes) -> list[BankLine]:
    """The new movements of a file, in its order."""
    taken = bank_statements.take_in(session, world["finance"], data, "releve.xml")
    return [line for one in taken.statements for line in one.lines]


def standings(lines: list[BankLine]) -> Standings:
    return [(line.standing, line.cause) for line in lines]
