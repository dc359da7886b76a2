"""Schema migrations of the event store, run by alembic when a store is opened for writing."""
