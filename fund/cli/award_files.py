"""Taking a file of published awards in, in bounded memory: what ``fund import awards`` and the demonstration do.

Two passes over the file. The first learns what each funder granted in each year, so that the envelope of its call
is the exact sum; the second carries the rows, in transactions of a few rows each. A row that was taken in before
is passed over, so an import that was cut off is finished by running it again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import click
from flask_babel import gettext
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from fund.cli.published_files import OnRefusal, OnRows, Outcome, Reading, chunks, past_award
from fund.cli.refusals import RefusedRow
from fund.db import SessionFactory, make_session_factory, translated_errors, unit_of_work
from fund.errors import Conflict
from fund.models import Call
from fund.schemas.scdl import AwardRecord
from fund.services import history
from fund.services.history import LARGEST_ENVELOPE
from workflows.engine import StepRefused

BATCH = 50  # rows of a transaction: a crash loses less than two seconds of work
LOOK_UP = 1_000  # fingerprints asked for at once
IMPORT_LOCK = 17_000_018
"""Two imports at once would each reckon the envelopes without the other; the number is arbitrary but fixed."""

GrantorYear = tuple[str, int]


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
    on_refusal: OnRefusal,
    on_rows: OnRows,
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


def _grantor_year(record: AwardRecord) -> GrantorYear:
    return record.grantor_siret, record.agreement_date.year


def _plan(factory: SessionFactory, path: Path) -> _Plan:
    plan, reading = _Plan(), Reading(path)
    for chunk in chunks(reading.records(), LOOK_UP):
        with factory() as session:
            known = history.find_known(session, (record.fingerprint for record in chunk))
        for record in chunk:
            if record.fingerprint not in known:
                key = _grantor_year(record)
                plan.grantors.setdefault(key, record.grantor_name)
                plan.pending[key] = plan.pending.get(key, Decimal(0)) + past_award(record).own_amount
    plan.rows = reading.rows
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
    on_refusal: OnRefusal,
    on_rows: OnRows,
) -> Outcome:
    outcome, reading = Outcome(), Reading(path, on_refusal)
    refused_later = 0
    for batch in chunks(reading.records(), BATCH):
        with unit_of_work(factory) as session:
            for refused in _carry_batch(session, path.name, batch, outcome):
                refused_later += 1
                on_refusal(refused)
        outcome.refused = reading.refused + refused_later
        on_rows(outcome.rows, plan.rows)
    outcome.refused = reading.refused + refused_later
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
