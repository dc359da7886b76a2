"""The two tables of an event store, and the way from any older version of them to this one."""

from pathlib import Path

import sqlalchemy as sa

metadata = sa.MetaData()

shifts = sa.Table(
    "shifts",
    metadata,
    sa.Column("shift", sa.Text, primary_key=True),
    sa.Column("station", sa.Text, nullable=False),
    sa.Column("robot", sa.Text, nullable=False),
    sa.Column("policy_hash", sa.Text, nullable=False),
    sa.Column("config_hash", sa.Text, nullable=False),
    sa.Column("opened_utc_ns", sa.BigInteger, nullable=False),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("shift", sa.Text, sa.ForeignKey("shifts.shift"), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("v", sa.Integer, nullable=False),
    sa.Column("tick", sa.BigInteger, nullable=False),
    sa.Column("utc_ns", sa.BigInteger, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("cycle", sa.BigInteger, nullable=True),
    sa.Column("body", sa.Text, nullable=False),
)

VERSION_TABLE = "ontakt_schema"
"""Where alembic keeps the revision; an own name, so that no other tool's table is mistaken."""
HEAD = "0001"
"""The revision that this code reads and writes."""
KNOWN = ("0001",)
"""Every released revision, oldest first."""


def revision_of(connection: sa.Connection) -> str | None:
    """The revision of the store behind `connection`; None when it is not an event store."""
    found = set(sa.inspect(connection).get_table_names())
    if not {VERSION_TABLE, shifts.name, events.name} <= found:
        return None
    row = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()
    return None if row is None else str(row)


def upgrade(connection: sa.Connection) -> None:
    """Bring the store behind `connection` to HEAD, inside the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
