"""Alembic's entry: runs on the connection that ``migrations.runner`` hands over."""

from alembic import context

from fund.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Base.metadata, compare_type=True, transaction_per_migration=False
)
with context.begin_transaction():
    context.run_migrations()
