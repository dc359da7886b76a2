"""Shifts and their events, both insert-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TABLES = ("shifts", "events")


def upgrade() -> None:
    op.create_table(
        "shifts",
        sa.Column("shift", sa.Text, primary_key=True),
        sa.Column("station", sa.Text, nullable=False),
        sa.Column("robot", sa.Text, nullable=False),
        sa.Column("policy_hash", sa.Text, nullable=False),
        sa.Column("config_hash", sa.Text, nullable=False),
        sa.Column("opened_utc_ns", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("shift", sa.Text, sa.ForeignKey("shifts.shift"), primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("v", sa.Integer, nullable=False),
        sa.Column("tick", sa.BigInteger, nullable=False),
        sa.Column("utc_ns", sa.BigInteger, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("cycle", sa.BigInteger, nullable=True),
        sa.Column("body", sa.Text, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for change in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END"
                )
