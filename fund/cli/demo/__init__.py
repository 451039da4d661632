"""The demonstration: a past taken from published files, and living calls with files in every state.

Everything is made as people make it, by taking the steps: the demonstration can hold nothing that the program does
not allow, and its journal verifies. It is loaded once; a second start finds it there.
"""

from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

import config
from config.settings import DEFAULT_LOCALE, Settings
from fund.cli.award_files import import_awards
from fund.cli.demo.advice import ask_experts
from fund.cli.demo.aftermaths import leave_details_unverified
from fund.cli.demo.alliances import tell_alliances
from fund.cli.demo.cast import ACCOUNTS, PASSWORD, make_cast
from fund.cli.demo.deposits import take_to_committee
from fund.cli.demo.reviewers import describe_reviewers
from fund.cli.demo.sittings import hold_sittings
from fund.cli.language import speaking
from fund.cli.subsidy_files import import_subsidies
from fund.db import make_engine, make_session_factory, unit_of_work
from fund.models import OutboxRow, OutboxState, Person
from fund.services.documents import Desk
from fund.storage.blobs import BlobStore

CONFIG = Path(config.__file__).parent
SAMPLE = CONFIG / "demo" / "subventions-exemple.csv"
# What other funders granted to the associations of the demonstration.
RECEIVED = CONFIG / "demo" / "subventions-recues.csv"
# A file as really published stands beside the project in some places; where it does, its history is shown too.
REAL = CONFIG.parents[1] / "shared" / "data" / "subventions-haute-garonne-reelles.csv"
DEMO_LOCK = 17_000_019
"""Two programs that start together must not load the demonstration together; arbitrary but fixed."""


@dataclass(frozen=True, slots=True)
class Account:
    """With which anybody can sign in to the demonstration."""

    role: str
    email: str
    password: str


def load_demo(settings: Settings) -> list[Account]:
    """Load the demonstration where it is not loaded yet; one account for each role.

    Raises click.ClickException in production: everybody knows the password.
    """
    if settings.is_production:
        raise click.ClickException("The demonstration is not for production: everybody knows its password.")
    engine = make_engine(str(settings.database_url))
    try:
        if not _is_loaded(engine):
            desk = Desk(BlobStore(settings.storage_url), scans=settings.clamd_url is not None)
            _load(engine, desk)
    finally:
        engine.dispose()
    return [Account(role.value, email, PASSWORD) for role, email in ACCOUNTS]


def _is_loaded(engine: Engine) -> bool:
    with make_session_factory(engine)() as session:
        return _has_account(session)


def _has_account(session: Session) -> bool:
    return session.scalar(select(Person.id).where(Person.email == ACCOUNTS[0][1])) is not None


def _load(engine: Engine, desk: Desk) -> None:
    with speaking(DEFAULT_LOCALE):
        for path in (SAMPLE, REAL):
            if path.exists():
                import_awards(engine, path, on_refusal=_be_silent, on_rows=_be_silent)
        import_subsidies(
            engine, RECEIVED, dry_run=False, on_taken=_be_silent, on_refusal=_be_silent, on_rows=_be_silent
        )
    # The living part last and as a whole: when its accounts are there, so is everything else.
    with unit_of_work(make_session_factory(engine)) as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": DEMO_LOCK})
        if _has_account(session):
            return
        cast = make_cast(session, desk)
        describe_reviewers(cast)
        files = take_to_committee(cast)
        ask_experts(cast, files)
        hold_sittings(cast, files)
        leave_details_unverified(cast, files)
        tell_alliances(cast)
        _park_a_message(session)


def _be_silent(*_: object) -> None:
    """Nobody watches the demonstration's imports."""


def _park_a_message(session: Session) -> None:
    """One message that could not be delivered, as the officers find it: only many hours make a real one."""
    row = session.scalars(
        select(OutboxRow).where(OutboxRow.recipient_id.is_not(None)).order_by(OutboxRow.id).limit(1)
    ).one()
    row.state, row.attempts = OutboxState.PARKED, 6
    row.last_error = "550 5.1.1 Adresse inconnue (démonstration)"
