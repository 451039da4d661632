"""The check that states, ledger and journal tell the same: nightly, and whenever somebody asks.

One statement reads everything, so that all of it is of one moment while people go on working. What each fault
means to people, ``fund.edge.ledger_words`` says; what the check cannot see, ``docs/ledger.md``.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import Session

from fund.models import LedgerCheck, LedgerEntry, Person, PersonRole
from fund.models.base import utc_now
from fund.services import outbox
from fund.services.ledger_entry_faults import entry_faults
from fund.services.ledger_faults import FaultCode, LedgerFault, standing
from fund.services.ledger_sum_faults import sum_faults
from workflows.engine import PARIS
from workflows.permissions import Role
from workflows.topics import Deadline, Topic

KEPT = 200
"""How many faults a run keeps in words; beyond them only their number."""
ORDER = ("subject_type", "reference", "code", "account", "entry")
TOLD = (Role.FINANCE, Role.ADMIN)
NIGHTLY = time(2, 30)
"""When the program checks by itself, in Paris: once on the nights on which a clock changes, too."""


@dataclass(frozen=True, slots=True)
class Findings:
    """How many entries were read and how many faults found; the first ``KEPT`` of these."""

    entries: int
    count: int
    faults: tuple[LedgerFault, ...]


def check(session: Session) -> Findings:
    """Compare everything, in two statements whatever the size: the faults, and how many entries there are."""
    rows = session.execute(_all_faults().limit(KEPT)).all()
    faults = tuple(LedgerFault(FaultCode(row.code), *row[1:7]) for row in rows)
    entries = session.scalar(select(func.count()).select_from(LedgerEntry)) or 0
    return Findings(entries, rows[0].total if rows else 0, faults)


def run_check(session: Session) -> LedgerCheck:
    """Check, keep what was found, and tell the treasury and the administrators where something does not agree."""
    findings = check(session)
    done = LedgerCheck(
        entries=findings.entries,
        fault_count=findings.count,
        faults=[asdict(fault) for fault in findings.faults],
    )
    session.add(done)
    session.flush()
    if findings.count:
        # No reference: whoever keeps off a file is told all the same that the ledger is wrong.
        facts = {"count": findings.count}
        for person in _people_to_tell(session):
            outbox.write_account_message(session, person, Topic.LEDGER_FAULTY, facts=facts, at=utc_now())
    return done


def next_check(now: datetime) -> datetime:
    """The next instant of the nightly check after ``now``, in UTC."""
    today = now.astimezone(PARIS).date()
    tonight, after = (
        datetime.combine(day, NIGHTLY, PARIS).astimezone(UTC) for day in (today, today + timedelta(days=1))
    )
    return tonight if tonight > now else after


def schedule_next_check(session: Session) -> None:
    """Have the program check in the coming night; asking again is asking once."""
    outbox.schedule_own(session, Deadline.LEDGER_CHECK, next_check(utc_now()))


def faults_of(done: LedgerCheck) -> list[LedgerFault]:
    """What a run kept."""
    return [LedgerFault(**{**kept, "code": FaultCode(kept["code"])}) for kept in done.faults]


def latest_checks(session: Session, limit: int = 30) -> list[LedgerCheck]:
    """The last runs, the latest first."""
    return list(session.scalars(select(LedgerCheck).order_by(LedgerCheck.id.desc()).limit(limit)))


def _people_to_tell(session: Session) -> list[Person]:
    holders = select(PersonRole.person_id).where(PersonRole.role.in_(TOLD))
    return list(session.scalars(select(Person).where(Person.active, Person.id.in_(holders)).order_by(Person.id)))


@cache
def _all_faults() -> Select[Any]:
    """Built once: it takes longer to write down than to ask."""
    stands = standing()
    faults = union_all(*entry_faults(stands), *sum_faults(stands)).subquery("faults")
    ordered = select(faults, func.count().over().label("total"))
    return ordered.order_by(*(faults.c[name] for name in ORDER))
