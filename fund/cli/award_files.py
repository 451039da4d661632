"""Taking a file of published awards in, in bounded memory: what ``fund import awards`` and the demonstration do.

Two passes over the file. The first learns what each funder granted in each year, so that the envelope of its call
is the exact sum; the second carries the rows, in transactions of a few rows each. A row that was taken in before
is passed over, so an import that was cut off is finished by running it again.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from itertools import islice
from pathlib import Path

import click
from flask_babel import gettext
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from fund.cli.refusals import RefusedRow
from fund.db import SessionFactory, make_session_factory, translated_errors, unit_of_work
from fund.errors import Conflict
from fund.models import Call
from fund.models.base import utc_now
from fund.schemas.scdl import AwardRecord, Reason, Refusal
from fund.schemas.scdl_reader import read_rows
from fund.services import history
from fund.services.history import LARGEST_ENVELOPE, PastAward
from workflows.engine import StepRefused, paris_day

BATCH = 50  # rows of a transaction: a crash loses less than two seconds of work
LOOK_UP = 1_000  # fingerprints asked for at once
IMPORT_LOCK = 17_000_018
"""Two imports at once would each reckon the envelopes without the other; the number is arbitrary but fixed."""

GrantorYear = tuple[str, int]


@dataclass(slots=True)
class Outcome:
    """How many rows were taken in, were known before, and were refused."""

    taken: int = 0
    known: int = 0
    refused: int = 0


@dataclass(slots=True)
class _Plan:
    """What the first pass learned. ``pending`` is what rows not yet taken in add up to, in euros."""

    rows: int = 0
    grantors: dict[GrantorYear, str] = field(default_factory=dict)
    pending: dict[GrantorYear, Decimal] = field(default_factory=dict)


def import_awards(
    engine: Engine,
    path: Path,
    *,
    on_refusal: Callable[[RefusedRow], None],
    on_rows: Callable[[int, int], None],
) -> Outcome:
    """Take in every row that can be read.

    ``on_refusal`` is told each fault as it is met, ``on_rows`` how many rows of how many were dealt with. Raises
    click.ClickException when the awards add up to more than can be kept; EngineAway; OSError.
    """
    factory = make_session_factory(engine)
    with _alone(engine):
        plan = _plan(factory, path)
        with unit_of_work(factory) as session:
            _prepare_calls(session, plan)
        outcome = _carry_rows(factory, path, plan, on_refusal, on_rows)
        with unit_of_work(factory) as session:
            for siret, year in plan.pending:
                call = history.find_call(session, siret, year)
                if call is not None:
                    history.settle_call(session, call)
    return outcome


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """One import at a time; the lock ends with its connection, so also with a killed process."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.detach()  # not back to the pool with a lock and other timeouts
        key = {"key": IMPORT_LOCK}
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key):
            click.echo(gettext("Another import is running. This one begins when it has ended."), err=True)
            connection.execute(text("SET lock_timeout = 0"))
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_lock(:key)"), key)
        yield


def _examined(path: Path) -> Iterator[AwardRecord | Refusal]:
    """The rows of the file, less those that the form allows and no past award can be."""
    today = paris_day(utc_now())
    for row in read_rows(path):
        yield row if isinstance(row, Refusal) else _fault_of(row, today) or row


def _fault_of(record: AwardRecord, today: date) -> Refusal | None:
    if record.agreement_date > today:
        value = record.agreement_date.isoformat()
        return Refusal(line=record.line, column="dateConvention", value=value, reason=Reason.DATE_AHEAD)
    if not past_award(record).own_amount:
        value = f"{record.amount:f}"
        return Refusal(line=record.line, column="montant", value=value, reason=Reason.AMOUNT_NOT_POSITIVE)
    return None


def past_award(record: AwardRecord) -> PastAward:
    return PastAward(**{item.name: getattr(record, item.name) for item in fields(PastAward)})


def _grantor_year(record: AwardRecord) -> GrantorYear:
    return record.grantor_siret, record.agreement_date.year


def _plan(factory: SessionFactory, path: Path) -> _Plan:
    plan = _Plan()
    refused_line = 0

    def readable() -> Iterator[AwardRecord]:
        nonlocal refused_line
        for row in _examined(path):
            plan.rows += row.line != refused_line  # a row with several faults is one row
            if isinstance(row, Refusal):
                refused_line = row.line
            else:
                yield row

    for chunk in _chunks(readable(), LOOK_UP):
        with factory() as session:
            known = history.find_known(session, (record.fingerprint for record in chunk))
        for record in chunk:
            if record.fingerprint not in known:
                key = _grantor_year(record)
                plan.grantors.setdefault(key, record.grantor_name)
                plan.pending[key] = plan.pending.get(key, Decimal(0)) + past_award(record).own_amount
    return plan


def _prepare_calls(session: Session, plan: _Plan) -> None:
    for (siret, year), pending in plan.pending.items():
        call = history.find_call(session, siret, year)
        if pending + (call.envelope if call else 0) > LARGEST_ENVELOPE:
            raise click.ClickException(
                gettext(
                    "The awards of %(grantor)s in %(year)s add up to more than can be kept. Correct the amounts; "
                    "nothing was taken in.",
                    grantor=plan.grantors[siret, year],
                    year=year,
                )
            )
        history.prepare_call(
            session,
            grantor_siret=siret,
            grantor_name=plan.grantors[siret, year],
            year=year,
            awards_to_come=pending,
        )


def _carry_rows(
    factory: SessionFactory,
    path: Path,
    plan: _Plan,
    on_refusal: Callable[[RefusedRow], None],
    on_rows: Callable[[int, int], None],
) -> Outcome:
    outcome = Outcome()
    refused_line = 0

    def readable() -> Iterator[AwardRecord]:
        nonlocal refused_line
        for row in _examined(path):
            if not isinstance(row, Refusal):
                yield row
                continue
            outcome.refused += row.line != refused_line
            refused_line = row.line
            on_refusal(RefusedRow.of_cell(row))

    for batch in _chunks(readable(), BATCH):
        with unit_of_work(factory) as session:
            for refused in _carry_batch(session, path.name, batch, outcome):
                outcome.refused += 1
                on_refusal(refused)
        on_rows(outcome.taken + outcome.known + outcome.refused, plan.rows)
    return outcome


def _carry_batch(
    session: Session, file_name: str, batch: list[AwardRecord], outcome: Outcome
) -> Iterator[RefusedRow]:
    known = history.find_known(session, (record.fingerprint for record in batch))
    calls: dict[GrantorYear, Call | None] = {}
    for record in batch:
        if record.fingerprint in known:
            outcome.known += 1
            continue
        key = _grantor_year(record)
        call = calls[key] if key in calls else calls.setdefault(key, history.find_call(session, *key))
        if call is None:
            raise RuntimeError(f"no call was prepared for {key}")
        try:
            # One row that is refused takes back its own steps only.
            with translated_errors(), session.begin_nested():
                history.carry(
                    session,
                    call,
                    past_award(record),
                    fingerprint=record.fingerprint,
                    file_name=file_name,
                    line=record.line,
                )
        except (StepRefused, Conflict) as error:
            yield RefusedRow.of_step(record.line, error)
        else:
            outcome.taken += 1


def _chunks(records: Iterable[AwardRecord], size: int) -> Iterator[list[AwardRecord]]:
    iterator = iter(records)
    while chunk := list(islice(iterator, size)):
        yield chunk
