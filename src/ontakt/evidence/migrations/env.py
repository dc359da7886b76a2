"""What alembic runs: the caller hands over its open connection, so one transaction holds all."""

from alembic import context

from ontakt.evidence.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
