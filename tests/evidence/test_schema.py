"""The migrations lead to the tables that the code uses, and travel with the package."""

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import ontakt.evidence
from ontakt.evidence import schema, sqlite


def test_migrations_end_at_the_tables_of_the_code(tmp_path: Path) -> None:
    sqlite.create(tmp_path / "events.db")
    with sqlite.reading(tmp_path / "events.db") as connection:
        options = {"version_table": schema.VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, schema.metadata) == []
        assert schema.revision_of(connection) == schema.HEAD


def test_every_revision_is_known_in_its_order() -> None:
    folder = Path(ontakt.evidence.__file__).parent / "migrations"
    revisions = [script.revision for script in ScriptDirectory(str(folder)).walk_revisions()]
    assert tuple(reversed(revisions)) == schema.KNOWN
    assert revisions[0] == schema.HEAD


def test_opening_a_store_that_is_up_to_date_changes_nothing(tmp_path: Path) -> None:
    def dump() -> list[str]:
        with closing(sqlite3.connect(tmp_path / "events.db")) as connection:
            return list(connection.iterdump())

    sqlite.create(tmp_path / "events.db")
    before = dump()
    sqlite.Writer(tmp_path / "events.db").close()
    assert dump() == before
    assert len(before) == 2 + 3 + 4 + 1  # a transaction, tables, triggers, the revision


def test_what_a_kill_left_of_a_store_in_the_making_is_swept_away(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    (tmp_path / "events.db.new").write_bytes(b"half a page")
    (tmp_path / "events.db.new-journal").write_bytes(b"half a journal")
    sqlite.create(path)
    assert [file.name for file in tmp_path.iterdir()] == ["events.db"]
