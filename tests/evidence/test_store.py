"""The event store: what goes in comes out, and bad input is refused in one line, untouched."""

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from tests.evidence.script import MORNING, ORIGIN, begin, morning, night, start
from tests.evidence.ticking import Hand

from ontakt.contract import HaltError, MissingExtra, RecordError, SetupError, UnknownName
from ontakt.contract.event import Record, ShiftResumed
from ontakt.evidence import schema
from ontakt.evidence.fold import fold
from ontakt.evidence.store import EventStore, Recorder, ResumePoint, open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture
def filled(path: Path) -> Path:
    """A store that holds the morning, closed."""
    with open_store(path, write=True) as store:
        store.extend(morning())
    return path


@pytest.fixture
def locked() -> Iterator[Path]:
    """A folder outside pytest's own, which `_lock` makes read-only for the rest of the test."""
    folder = Path(tempfile.mkdtemp(prefix="ontakt-test-"))
    user = os.geteuid()
    yield folder
    os.seteuid(user)
    folder.chmod(0o755)
    shutil.rmtree(folder)


def _lock(folder: Path) -> None:
    for file in folder.iterdir():
        file.chmod(0o444)
    folder.chmod(0o555)
    if os.geteuid() == 0:  # root may write everywhere, so be nobody
        os.seteuid(65534)


def _files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


# What goes in comes out.


def test_records_come_back_as_they_were(path: Path) -> None:
    with open_store(path, write=True) as store:
        for record in morning():
            store.append(record)
    with open_store(path) as store:
        assert list(store.records("hand-1")) == morning()
        assert list(store.records("hand-1", after=57)) == morning()[58:]
        assert fold(store.records("hand-1")) == fold(morning())


def test_a_reader_sees_each_event_at_once_while_the_writer_works(path: Path) -> None:
    with open_store(path, write=True) as writer:
        for k, record in enumerate(morning()[:6]):
            writer.append(record)
            with open_store(path) as reader:
                assert len(list(reader.records("hand-1"))) == k + 1


def test_shifts_stand_in_the_order_they_were_begun(path: Path) -> None:
    names = ("late-2", "early-1", "early-10")
    with open_store(path, write=True) as store:
        for hour, name in enumerate(names):
            origin = replace(ORIGIN, shift=name)
            utc_ns = 1_790_000_000_000_000_000 + hour * 3_600_000_000_000
            first = Record(origin=origin, seq=0, tick=0, utc_ns=utc_ns, event=begin(10, 10.0))
            store.append(first)
        assert tuple(origin.shift for origin in store.shifts()) == names
        assert store.find().shift == "early-10"
        assert store.find("late").shift == "late-2"
        assert store.find("early-1").shift == "early-1"  # its own name before another's beginning
        with pytest.raises(UnknownName, match="Available: early-1, early-10, late-2"):
            store.find("early")
        with pytest.raises(UnknownName, match="Did you mean 'late-2'"):
            store.find("lat-2")


@pytest.mark.parametrize("where", ["{}", "sqlite:///{}"])
def test_a_store_is_a_path_or_a_url(filled: Path, where: str) -> None:
    assert open_store(where.format(filled)).find().shift == "hand-1"


def test_a_path_may_hold_what_urls_mind(tmp_path: Path) -> None:
    odd = tmp_path / "50% of #1? ü"
    odd.mkdir()
    with open_store(odd / "events.db", write=True) as store:
        store.extend(morning())
    assert len(list(open_store(odd / "events.db").records("hand-1"))) == len(MORNING)


def test_other_kinds_of_store() -> None:
    with pytest.raises(MissingExtra, match=r"pip install 'ontakt\[postgres\]'"):
        open_store("postgresql://plant/ontakt")
    with pytest.raises(UnknownName, match="Unknown kind of store 'mysql'"):
        open_store("mysql://plant/ontakt")


def test_a_store_closed_cleanly_is_one_file(filled: Path) -> None:
    assert [file.name for file in filled.parent.iterdir()] == [filled.name]
    list(open_store(filled).records("hand-1"))
    assert [file.name for file in filled.parent.iterdir()] == [filled.name]


# Nothing is changed, nothing is mixed.


@pytest.mark.parametrize("change", ["UPDATE events SET tick = 0", "DELETE FROM events"])
def test_events_cannot_be_changed_even_by_hand(filled: Path, change: str) -> None:
    connection = sqlite3.connect(filled)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(change)
    connection.close()


def test_seq_has_no_gap_and_no_repetition(path: Path) -> None:
    records = morning()
    with open_store(path, write=True) as store:
        store.append(records[0])
        for wrong in (records[0], records[2]):
            with pytest.raises(RecordError, match=f"has 1 events; seq {wrong.seq} cannot follow"):
                store.append(wrong)
        store.append(records[1])
    assert len(list(open_store(path).records("hand-1"))) == 2


def test_many_go_in_together_or_not_at_all(path: Path) -> None:
    records = morning()
    with open_store(path, write=True) as store:
        with pytest.raises(RecordError, match="seq 9 cannot follow"):
            store.extend([*records[:5], records[9]])
        assert store.shifts() == ()
        store.extend(records)
        assert len(list(store.records("hand-1"))) == len(records)


@pytest.mark.parametrize("field", ["station", "robot", "policy_hash", "config_hash"])
def test_a_shift_has_one_origin(filled: Path, field: str) -> None:
    other = replace(ORIGIN, **{field: "other"})
    with open_store(filled, write=True) as store:
        record = replace(morning()[-1], origin=other, seq=len(MORNING))
        with pytest.raises(RecordError, match=f"was begun with {field} .*; it cannot go on with"):
            store.append(record)


def test_a_reader_cannot_write(filled: Path) -> None:
    before = _files(filled.parent)
    with open_store(filled) as store, pytest.raises(RecordError, match="for reading only"):
        store.append(morning()[0])
    assert _files(filled.parent) == before


def test_one_writer_at_a_time(path: Path) -> None:
    with open_store(path, write=True), pytest.raises(RecordError, match="one writer at a time"):
        open_store(path, write=True)
    open_store(path, write=True).close()


# Bad input: one line, nothing changed.


def _foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE events (id INTEGER)")
    connection.close()


def _newer(path: Path) -> None:
    open_store(path, write=True).close()
    connection = sqlite3.connect(path)
    connection.execute(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'")
    connection.commit()
    connection.close()


def _torn(path: Path) -> None:
    with open_store(path, write=True) as store:
        store.extend(morning())
    path.write_bytes(path.read_bytes()[:5000])


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda path: path.touch(), "is empty"),
    "text": (lambda path: path.write_text("shift,seq\n" * 20), "is not an SQLite file"),
    "foreign": (_foreign, "of another program"),
    "newer": (_newer, "schema '9999' of a newer Ontakt"),
    "torn": (_torn, "cannot be read"),
    "folder": (lambda path: path.mkdir(), "cannot be read"),
}


@pytest.mark.parametrize("write", [False, True], ids=["reading", "writing"])
@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_store_is_refused_and_left_alone(path: Path, kind: str, write: bool) -> None:
    make, complaint = BAD[kind]
    make(path)
    before = {} if path.is_dir() else _files(path.parent)
    with pytest.raises(RecordError, match=complaint) as refusal:
        list(open_store(path, write=write).records("hand-1"))
    assert "\n" not in str(refusal.value)
    assert path.is_dir() or _files(path.parent) == before


def test_reading_what_is_not_there(path: Path) -> None:
    with pytest.raises(RecordError, match="no such event store"):
        open_store(path)
    assert not path.exists()


def test_an_empty_store_has_no_shift(path: Path) -> None:
    with open_store(path, write=True) as store, pytest.raises(RecordError, match="no shift yet"):
        store.find()


def test_writing_where_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be written"):
        open_store(tmp_path / "missing" / "events.db", write=True)
    assert list(tmp_path.iterdir()) == []


def test_an_event_of_a_newer_version_is_refused(path: Path) -> None:
    with open_store(path, write=True) as store:
        store.append(replace(morning()[0], v=2))
        with pytest.raises(RecordError, match="version 2 of a newer Ontakt"):
            list(store.records("hand-1"))


def test_an_event_that_is_none_is_refused(path: Path) -> None:
    """A row that another program put in."""
    with open_store(path, write=True) as store:
        store.append(morning()[0])
    connection = sqlite3.connect(path)
    connection.execute("INSERT INTO events SELECT shift, 1, v, 0, 0, type, NULL, '{}' FROM events")
    connection.commit()
    connection.close()
    with pytest.raises(RecordError, match="event 1 of shift 'hand-1' cannot be read"):
        list(open_store(path).records("hand-1"))


# Places that cannot be written.


def test_a_read_only_folder_still_reads(locked: Path) -> None:
    path = locked / "events.db"
    with open_store(path, write=True) as store:
        store.extend(morning())
    _lock(locked)
    assert list(open_store(path).records("hand-1")) == morning()
    with pytest.raises(RecordError, match=r"cannot be written \(Permission denied\)"):
        open_store(path, write=True)
    with pytest.raises(RecordError, match=r"cannot be written \(Permission denied\)"):
        open_store(locked / "new.db", write=True)
    assert [file.name for file in locked.iterdir()] == ["events.db"]


@pytest.mark.parametrize("index", [True, False], ids=["with its index", "without its index"])
def test_a_killed_shift_in_a_read_only_folder_loses_nothing(
    locked: Path, tmp_path: Path, index: bool
) -> None:
    """The events are still in the WAL, and no one may write it back."""
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(morning())
        for file in tmp_path.glob("events.db*"):  # as a kill would leave them
            if index or not file.name.endswith("-shm"):
                shutil.copyfile(file, locked / file.name)
    assert (locked / "events.db-wal").stat().st_size > 0
    _lock(locked)
    before = _files(locked)
    assert list(open_store(locked / "events.db").records("hand-1")) == morning()
    assert _files(locked) == before


# The recorder.


def test_the_recorder_stamps_and_numbers(path: Path) -> None:
    clock, heard = Hand(), list[Record]()
    with open_store(path, write=True) as store:
        recorder = Recorder(store, ORIGIN, clock, heard.append)
        for tick, event in MORNING:
            clock.tick = tick
            recorder.append(event)
        assert list(store.records("hand-1")) == morning()
    assert heard == morning()


def test_a_shift_begins_with_its_beginning(path: Path) -> None:
    with open_store(path, write=True) as store:
        with pytest.raises(RecordError, match="must begin with ShiftStarted"):
            Recorder(store, ORIGIN, Hand()).append(start(0, due=0))
        assert store.shifts() == ()


def test_a_shift_that_was_cut_goes_on(path: Path) -> None:
    """Its seq, tick and cycle follow those that were stored."""
    records = night()
    cut = next(k for k, record in enumerate(records) if isinstance(record.event, ShiftResumed))
    with open_store(path, write=True) as store:
        store.extend(records[:cut])
        assert store.resume_point("hand-1") == ResumePoint(
            next_seq=cut, tick=380, utc_ns=records[cut - 1].utc_ns, next_cycle=5, cut=True
        )
        with pytest.raises(RecordError, match="resume it or take another name"):
            Recorder(store, ORIGIN, Hand(380)).append(begin(20, 5.0))
        with pytest.raises(RecordError, match=f"Event {cut} is at tick 100, before tick 380"):
            Recorder(store, ORIGIN, Hand(100)).append(ShiftResumed(cycle=5))
        Recorder(store, ORIGIN, Hand(380)).append(ShiftResumed(cycle=5))
        assert [record.seq for record in store.records("hand-1")] == list(range(cut + 1))
        assert fold(store.records("hand-1")).resumes == 1


def test_a_shift_that_ended_does_not_go_on(filled: Path) -> None:
    with open_store(filled, write=True) as store:
        assert not store.resume_point("hand-1").cut
        with pytest.raises(RecordError, match="has ended; it cannot go on"):
            Recorder(store, ORIGIN, Hand(575)).append(ShiftResumed(cycle=6))


def test_before_the_first_cycle_there_is_no_next_one(path: Path) -> None:
    with open_store(path, write=True) as store:
        store.append(morning()[0])
        assert store.resume_point("hand-1").next_cycle is None


def _fill_disk(store: EventStore) -> None:
    """From now on the file cannot grow: SQLite reports a full disk."""
    assert store._writer is not None
    connection = store._writer.connection
    with connection.begin():
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")


def test_a_disk_that_fills_up_halts_the_shift_and_keeps_what_was_acknowledged(path: Path) -> None:
    acknowledged: list[Record] = []

    def work(recorder: Recorder) -> None:
        recorder.append(begin(10, 10.0))
        _fill_disk(store)
        for cycle in range(10_000):
            recorder.append(start(cycle, due=0))

    with open_store(path, write=True) as store:
        with pytest.raises(HaltError, match=r"The record is lost: .*full") as halt:
            work(Recorder(store, ORIGIN, Hand(), acknowledged.append))
        assert "\n" not in str(halt.value)
    assert list(open_store(path).records("hand-1")) == acknowledged


def test_a_clock_that_runs_backwards_halts_the_shift(path: Path) -> None:
    clock = Hand(5)
    with open_store(path, write=True) as store:
        recorder = Recorder(store, ORIGIN, clock)
        recorder.append(begin(10, 10.0))
        clock.tick = 4
        with pytest.raises(HaltError, match="Event 1 is at tick 4, before tick 5"):
            recorder.append(start(0, due=0))


def test_a_disk_that_is_full_fails_before_anything_moves(path: Path) -> None:
    with open_store(path, write=True) as store:
        _fill_disk(store)
        long = replace(begin(10, 10.0), notes=("x" * 100_000,))
        with pytest.raises(SetupError, match="full"):
            Recorder(store, ORIGIN, Hand()).append(long)
        assert store.shifts() == ()


def test_what_is_stored_is_what_the_contract_encodes(filled: Path) -> None:
    """The body is the event's own JSON, so any other program can read it."""
    connection = sqlite3.connect(filled)
    body, kind = connection.execute("SELECT body, type FROM events WHERE seq = 5").fetchone()
    connection.close()
    assert kind == "CycleStarted"
    assert msgspec.json.decode(body)["due_tick"] == 20


def test_a_kill_in_the_middle_of_a_change_to_the_file_loses_nothing(
    filled: Path, tmp_path: Path
) -> None:
    with open_store(filled) as store:
        before = [list(store.records(origin.shift)) for origin in store.shifts()]
    # What a writer leaves that is killed while it opens or closes the store: half a change in the
    # file, and the journal from which only a writer can take it back.
    torn = tmp_path / "torn" / filled.name
    torn.parent.mkdir()
    with contextlib.closing(sqlite3.connect(filled, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size=2")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("CREATE TABLE spill (x)")
        connection.executemany("INSERT INTO spill VALUES (?)", [("x" * 2000,)] * 200)
        for name in (filled.name, f"{filled.name}-journal"):
            shutil.copyfile(filled.with_name(name), torn.with_name(name))
        connection.execute("ROLLBACK")
    assert torn.with_name(f"{torn.name}-journal").read_bytes()[:4] == b"\xd9\xd5\x05\xf9"

    left = _files(torn.parent)
    with open_store(torn) as store:
        after = [list(store.records(origin.shift)) for origin in store.shifts()]
    assert after == before
    assert _files(torn.parent) == left, "a reader leaves everything as it is"
