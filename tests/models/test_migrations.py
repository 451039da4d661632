"""The migrations make the tables that the models describe, and can be walked back and forth."""

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text

from config.embedded import EngineUrls, create_database
from fund.models import Base
from migrations.runner import current_revision, downgrade, head_revision, upgrade

LEFTOVERS = text(
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v')"
    " AND relname <> 'alembic_version'"
    " UNION ALL SELECT p.proname FROM pg_proc p WHERE pronamespace = 'public'::regnamespace"
    " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
)
# What Alembic's comparison does not look at: the text of CHECK constraints, and the conditions of indexes.
RULES = text(
    "SELECT conrelid::regclass || ' ' || conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u', 'f', 'p')"
    " AND conrelid::regclass::text <> 'alembic_version'"
    " UNION ALL SELECT indexname, indexdef FROM pg_indexes"
    " WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
)


@pytest.fixture
def empty_database(engine_urls: EngineUrls, worker_id: str) -> str:
    return create_database(engine_urls.database_url, f"migrations_{worker_id}")


@pytest.fixture
def described(engine_urls: EngineUrls, worker_id: str) -> Iterator[Engine]:
    """A database made from the models alone."""
    engine = create_engine(create_database(engine_urls.database_url, f"described_{worker_id}"))
    with engine.begin() as connection:
        connection.execute(text("CREATE EXTENSION pg_trgm"))
        Base.metadata.create_all(connection)
    yield engine
    engine.dispose()


def rules(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(RULES)}


def test_the_migrations_go_up_down_and_up_again(empty_database: str) -> None:
    upgrade(empty_database)
    downgrade(empty_database, "base")
    engine = create_engine(empty_database)
    with engine.begin() as connection:
        assert list(connection.scalars(LEFTOVERS)) == []
        assert current_revision(connection) is None
    upgrade(empty_database)
    with engine.begin() as connection:
        assert current_revision(connection) == head_revision()
    engine.dispose()


def test_migrations_and_models_agree(engine: Engine, described: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert rules(engine) == rules(described)
