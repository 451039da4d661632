"""Reading the ledger: balances of many calls or awards at once, and its entries as an actor may see them.

Sums are of everything. The entries of a file that the actor keeps off are not returned to her (Law 7).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from fund.models import SUBJECTS, Award, Call, LedgerEntry, LedgerLine, Organisation
from fund.services.access import visible_to
from fund.services.ledger import ZERO, Balances
from fund.services.listing import Order, Page, paginate
from workflows.ledger import LedgerAccount
from workflows.permissions import Actor

LATEST_FIRST = Order((LedgerEntry.day, LedgerEntry.id))
LATEST_CALLS_FIRST = Order((Call.opens_at, Call.id))
LATEST_AWARDS_FIRST = Order((Award.id,))
BATCH = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries; what is None is not asked. Both days are included."""

    call_id: int | None = None
    award_id: int | None = None
    account: LedgerAccount | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Turnover:
    """How many entries there are, and what their lines debit and credit, in euros."""

    entries: int
    debit: Decimal
    credit: Decimal

    @property
    def balance(self) -> Decimal:
        return self.debit - self.credit


@dataclass(frozen=True, slots=True)
class Booked:
    """One line with its entry, for the accountant. ``number`` counts the entries in the order of their booking."""

    number: int
    entry: LedgerEntry
    account: LedgerAccount
    debit: Decimal
    credit: Decimal
    beneficiary: str
    beneficiary_number: str


def find_calls(session: Session, *, on: date | None, cursor: str | None) -> Page[Call]:
    """The calls that the ledger knows on that day, the latest first. Raises InvalidInput for a strange cursor."""
    booked = exists().where(LedgerEntry.call_id == Call.id, *_until(on))
    return paginate(session, select(Call).where(booked), LATEST_CALLS_FIRST, cursor=cursor)


def find_awards(session: Session, actor: Actor, call: Call, *, on: date | None, cursor: str | None) -> Page[Award]:
    """The awards of a call that the ledger knows on that day and the actor may see, the latest first."""
    query = select(Award).where(*_awards_of(call, on), visible_to(actor, Award))
    return paginate(session, query, LATEST_AWARDS_FIRST, cursor=cursor)


def count_hidden_awards(session: Session, actor: Actor, call: Call, *, on: date | None) -> int:
    """How many awards of the call the actor keeps off: the balances of the call count them all the same."""
    query = select(func.count()).select_from(Award).where(*_awards_of(call, on), ~visible_to(actor, Award))
    return session.scalar(query) or 0


def _awards_of(call: Call, on: date | None) -> list[ColumnElement[bool]]:
    """The awards of the call of which something was booked by the end of that day."""
    return [Award.call_id == call.id, exists().where(LedgerEntry.award_id == Award.id, *_until(on))]


def balances_of_calls(session: Session, calls: Iterable[Call], *, on: date | None) -> dict[int, Balances]:
    """What lies in each account of these calls at the end of that day, by the call's id, in one statement."""
    return _balances_by(session, LedgerEntry.call_id, [call.id for call in calls], on)


def balances_of_awards(session: Session, awards: Iterable[Award], *, on: date | None) -> dict[int, Balances]:
    return _balances_by(session, LedgerEntry.award_id, [award.id for award in awards], on)


def _balances_by(
    session: Session, owner: InstrumentedAttribute[Any], ids: list[int], on: date | None
) -> dict[int, Balances]:
    query = (
        select(owner, LedgerLine.account, func.sum(LedgerLine.debit - LedgerLine.credit))
        .join(LedgerEntry.lines)
        .where(owner.in_(ids), *_until(on))
        .group_by(owner, LedgerLine.account)
    )
    found: dict[int, Balances] = {each: dict.fromkeys(LedgerAccount, ZERO) for each in ids}
    for owner_id, account, amount in session.execute(query):
        found[owner_id][account] = amount
    return found


def _until(on: date | None) -> list[ColumnElement[bool]]:
    return [] if on is None else [LedgerEntry.day <= on]


def find_entries(session: Session, actor: Actor, wanted: Wanted, *, cursor: str | None) -> Page[LedgerEntry]:
    """One page of entries with their lines, the latest day first. Raises InvalidInput for a strange cursor."""
    query = select(LedgerEntry).where(*_conditions(actor, wanted)).options(selectinload(LedgerEntry.lines))
    return paginate(session, _of_account(query, wanted), LATEST_FIRST, cursor=cursor)


def turnover_of(session: Session, actor: Actor, wanted: Wanted) -> Turnover:
    """The sums of the entries that ``find_entries`` lists: of the account asked for, else of all lines."""
    query = (
        select(
            func.count(LedgerEntry.id.distinct()),
            func.coalesce(func.sum(LedgerLine.debit), 0),
            func.coalesce(func.sum(LedgerLine.credit), 0),
        )
        .join(LedgerEntry.lines)
        .where(*_conditions(actor, wanted))
    )
    if wanted.account is not None:
        query = query.where(LedgerLine.account == wanted.account)
    return Turnover(*session.execute(query).one())


def count_hidden(session: Session, actor: Actor, wanted: Wanted) -> int:
    """How many of these entries are of files that the actor keeps off: no list returns them to her."""
    hidden = and_(LedgerEntry.award_id.is_not(None), LedgerEntry.award_id.not_in(_seen(actor)))
    query = select(func.count()).select_from(LedgerEntry).where(hidden)
    return session.scalar(_of_account(query.where(*_asked(wanted)), wanted)) or 0


def hidden_references(session: Session, actor: Actor, references: Mapping[str, set[str]]) -> set[str]:
    """Which of these references (by the kind of their subjects) are of files that the actor keeps off."""
    hidden: set[str] = set()
    for kind, asked in references.items():
        model: type[Any] = SUBJECTS[kind]
        query = select(model.reference).where(model.reference.in_(asked), ~visible_to(actor, model))
        hidden.update(session.scalars(query))
    return hidden


def stream_lines(session: Session, actor: Actor, wanted: Wanted) -> Iterator[Booked]:
    """The lines of the entries in the order of their booking, read as they are asked for.

    Numbers are of the whole ledger: an entry has the same one in every export, whatever is left out of it.
    """
    numbered = select(LedgerEntry.id, func.row_number().over(order_by=LedgerEntry.id).label("number")).subquery()
    query = (
        select(
            numbered.c.number,
            LedgerEntry,
            LedgerLine.account,
            LedgerLine.debit,
            LedgerLine.credit,
            func.coalesce(Award.beneficiary_name, ""),
            func.coalesce(Organisation.siret, Organisation.rna, ""),
        )
        .join(LedgerEntry, LedgerEntry.id == numbered.c.id)
        .join(LedgerLine, LedgerLine.entry_id == LedgerEntry.id)
        .outerjoin(Award, Award.id == LedgerEntry.award_id)
        .outerjoin(Organisation, Organisation.id == Award.beneficiary_id)
        .where(*_conditions(actor, wanted))
        .order_by(LedgerEntry.id, LedgerLine.id)
    )
    for row in session.execute(_of_account(query, wanted), execution_options={"yield_per": BATCH}):
        yield Booked(*row)


def _of_account(query: Select[Any], wanted: Wanted) -> Select[Any]:
    """Whole entries, both sides, that touch the account: an export balances."""
    if wanted.account is None:
        return query
    moved = select(LedgerLine.entry_id).where(LedgerLine.account == wanted.account)
    return query.where(LedgerEntry.id.in_(moved))


def _conditions(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    return [or_(LedgerEntry.award_id.is_(None), LedgerEntry.award_id.in_(_seen(actor))), *_asked(wanted)]


def _seen(actor: Actor) -> Select[int]:
    return select(Award.id).where(visible_to(actor, Award))


def _asked(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = _until(wanted.until)
    if wanted.call_id is not None:
        conditions.append(LedgerEntry.call_id == wanted.call_id)
    if wanted.award_id is not None:
        conditions.append(LedgerEntry.award_id == wanted.award_id)
    if wanted.since is not None:
        conditions.append(LedgerEntry.day >= wanted.since)
    return conditions
