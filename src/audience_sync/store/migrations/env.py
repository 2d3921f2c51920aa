"""Alembic's entry: the migrations run in the transaction that `store/migrate.py` has opened."""

from alembic import context

from audience_sync.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite cannot alter a column: Alembic builds the new table, copies the rows and swaps the two.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
