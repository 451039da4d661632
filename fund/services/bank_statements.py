"""Bank statements: a file of the bank is read once, each movement in it is kept once, and finds what it answers.

What is read is read in one transaction: all of it, or nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from fund.bank.faults import BankFault
from fund.bank.statements import Statement, StatementLine, read_statements
from fund.errors import Conflict, InvalidInput
from fund.forms.fields import Problem
from fund.models import BankAccount, BankLine, BankStatement, Call, LineStanding
from fund.services.bank_lines import Fact, Movement, return_code_of, settle
from fund.services.bank_matching import open_book
from fund.services.journal import canonical, plain
from fund.services.perform import require_permission
from workflows.bank_account import BankAccountState
from workflows.permissions import Actor, Permission

NAME_LENGTH = 200
OWN_STATES = (BankAccountState.VERIFIED, BankAccountState.CLOSED)
"""A closed account is still told of: what was paid from it may come back."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file of the bank brought: its statements, and the accounts (IBAN) in it that are not the fund's."""

    statements: tuple[BankStatement, ...]
    foreign: tuple[str, ...]


def take_in(session: Session, actor: Actor, data: bytes, file_name: str) -> Taken:
    """Read a camt.053 file. Debits first: a transfer that came back on the same day went before.

    Movements that came with another statement are left out. Raises NotPermitted; Conflict (``statement_known``,
    ``statement_account_unknown``); InvalidInput (``file``) for what is no statement, with the place.
    """
    require_permission(actor, Permission.PAYMENT_FILE_MANAGE)
    digest = sha256(data).hexdigest()
    if session.scalar(select(BankStatement.id).where(BankStatement.sha256 == digest).limit(1)) is not None:
        raise Conflict("statement_known")
    try:
        statements = read_statements(data)
    except BankFault as fault:
        raise InvalidInput({"file": [Problem(f"statement_{fault.code}", about=fault.about)]}) from fault
    own = _own_ibans(session)
    taken = [(number, one) for number, one in enumerate(statements, start=1) if one.account_iban in own]
    if not taken:
        raise Conflict("statement_account_unknown")
    book = open_book(session, [line for _, one in taken for line in one.lines])
    rows, movements = _write_rows(session, actor, taken, digest=digest, file_name=file_name)
    for movement in sorted(movements, key=lambda movement: movement.told.is_credit):
        settle(session, actor, movement, book)
    session.flush()
    return Taken(
        statements=tuple(rows),
        foreign=tuple(sorted({one.account_iban for one in statements} - own)),
    )


def _own_ibans(session: Session) -> set[str]:
    query = select(BankAccount.iban).where(
        BankAccount.state.in_(OWN_STATES), BankAccount.organisation_id.in_(select(Call.funder_id))
    )
    return set(session.scalars(query))


def _write_rows(
    session: Session,
    actor: Actor,
    statements: Sequence[tuple[int, Statement]],
    *,
    digest: str,
    file_name: str,
) -> tuple[list[BankStatement], list[Movement]]:
    """Keep the statements, and of their movements those that are new."""
    known = _known(session, [one for _, one in statements])
    seen: Counter[tuple[str, bytes]] = Counter()
    rows, movements = [], []
    for number, statement in statements:
        lines = []
        for told in statement.lines:
            facts = (statement.account_iban, _identity(told))
            seen[facts] += 1
            fingerprint = _fingerprint(facts[1], seen[facts])
            if (statement.account_iban, fingerprint) not in known:
                lines.append((told, _line_of(statement.account_iban, told, fingerprint)))
        row = BankStatement(
            sha256=digest,
            number=number,
            file_name=file_name[:NAME_LENGTH],
            identification=statement.identification[:70],
            account_iban=statement.account_iban,
            from_on=statement.from_day,
            to_on=statement.to_day,
            pending=statement.unbooked_count,
            known=len(statement.lines) - len(lines),
            imported_by_id=actor.person_id,
            lines=[line for _, line in lines],
        )
        session.add(row)
        session.flush()
        rows.append(row)
        movements += [Movement(line, Fact.of(line), told, statement.account_iban) for told, line in lines]
    return rows, movements


def _known(session: Session, statements: Iterable[Statement]) -> set[tuple[str, str]]:
    """The movements that are kept already, of the days told of."""
    found: set[tuple[str, str]] = set()
    for statement in statements:
        if not statement.lines:
            continue
        days = [line.booked_on for line in statement.lines]
        query = select(BankLine.account_iban, BankLine.fingerprint).where(
            BankLine.account_iban == statement.account_iban,
            BankLine.booked_on.between(min(days), max(days)),
        )
        found.update((iban, fingerprint) for iban, fingerprint in session.execute(query))
    return found


def _identity(line: StatementLine) -> bytes:
    """What tells a movement from others: the bank's own number of it, else all that is told.

    Of a batch, the bank may give the whole one number: amount and reference tell its parts apart.
    """
    if line.bank_reference:
        told: Any = (line.bank_reference, line.booked_on, line.amount, line.is_credit, line.end_to_end_id)
    else:
        told = asdict(line)
    return canonical(plain(told))


def _fingerprint(identity: bytes, place: int) -> str:
    """With its place among those that are told alike: statements that overlap tell them again, as many of them."""
    return sha256(b"%d %b" % (place, identity)).hexdigest()


def _line_of(iban: str, told: StatementLine, fingerprint: str) -> BankLine:
    return BankLine(
        account_iban=iban,
        fingerprint=fingerprint,
        booked_on=told.booked_on,
        amount=told.amount,
        is_credit=told.is_credit,
        end_to_end_id=told.end_to_end_id,
        message_id=told.message_id,
        counterpart_name=told.counterpart_name,
        counterpart_iban=told.counterpart_iban,
        remittance=told.remittance,
        bank_reference=told.bank_reference,
        return_code=return_code_of(told),
        standing=LineStanding.OPEN,
    )
