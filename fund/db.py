"""The database: engine, sessions, and the unit of work that commits once, at the edge."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, MetaData, create_engine
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from fund.errors import Conflict, EngineAway

# Constraint names are part of the contract: ``fund.services.constraints`` turns them into sentences.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)

# PostgreSQL error classes in which nothing is wrong but the moment: somebody else was there first.
CONFLICT_SQLSTATES = frozenset({"40001", "40P01", "55P03"})  # serialisation, deadlock, lock not available

SessionFactory = sessionmaker[Session]


def make_engine(database_url: str, *, pool_size: int = 5) -> Engine:
    """An engine whose sessions speak UTC and do not wait for ever: 10 s for a lock, 30 s for a statement."""
    return create_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        pool_timeout=10,
        connect_args={
            "connect_timeout": 5,
            "options": "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=30s",
        },
    )


def make_session_factory(engine: Engine) -> SessionFactory:
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def unit_of_work(factory: SessionFactory) -> Iterator[Session]:
    """One session, one transaction: committed when the block ends, rolled back when it raises.

    Raises Conflict where two units of work stood in each other's way, EngineAway where PostgreSQL is away.
    """
    with factory() as session, translated_errors():
        yield session
        session.commit()


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the driver's errors into the program's own."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict.from_constraint(constraint_of(error)) from error
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) in CONFLICT_SQLSTATES:
            raise Conflict("busy") from error
        raise EngineAway("database") from error


def constraint_of(error: IntegrityError) -> str:
    """The name of the constraint that refused, or an empty text."""
    diagnostics = getattr(error.orig, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""
