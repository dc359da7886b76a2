"""Following stores that another process writes, from outside."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.board.scenes import NS, ORIGIN, envelopes, scene, started
from tests.evidence.script import night

from ontakt.board import tail
from ontakt.board.follow import Follower, Look, Target
from ontakt.board.live_shift import RING
from ontakt.contract.event import Origin, PictureTaken
from ontakt.evidence.store import EventStore, open_store

NOW_TARGET = Target("now")


def store_of(folder: Path, name: str = "running", origin: Origin = ORIGIN) -> EventStore:
    folder.mkdir(parents=True, exist_ok=True)
    store = open_store(folder / "events.db", write=True)
    store.extend(scene(name, time.time_ns(), origin))
    return store


def named(shift: str, station: str = "nut-loading") -> Origin:
    return Origin(shift=shift, station=station, robot="sim:g1", policy_hash="p0", config_hash="c0")


class Eyes:
    """A follower whose scans do not wait."""

    def __init__(self, *places: Path) -> None:
        self.now = 0.0
        self.follower = Follower(places, monotonic=lambda: self.now)

    def look(self, *targets: Target) -> Look:
        self.now += 10.0
        return self.follower.look(targets or (NOW_TARGET,))


def test_each_event_is_seen_once_and_none_is_missed(tmp_path: Path) -> None:
    records = scene("call", time.time_ns())
    eyes, seen = Eyes(tmp_path), []
    with open_store(tmp_path / "events.db", write=True) as store:
        assert eyes.look().walls[NOW_TARGET] == ()
        store.extend(records[:-60])
        seen += [brief.seq for brief in eyes.look().briefs[ORIGIN.shift]]
        for record in records[-60:]:
            store.append(record)
            look = eyes.look()
            seen += [brief.seq for brief in look.briefs.get(ORIGIN.shift, ())]
            assert look.walls[NOW_TARGET][0].seq == record.seq
    assert seen == list(range(len(records)))


def test_a_follower_that_comes_late_sees_the_same(tmp_path: Path) -> None:
    with store_of(tmp_path):
        view = Eyes(tmp_path).look().walls[NOW_TARGET][0]
    assert (view.link, view.word, view.whole.made) == ("live", "running", 21)


def test_it_leaves_the_writer_free_to_close_into_one_plain_file(tmp_path: Path) -> None:
    store = store_of(tmp_path)
    eyes = Eyes(tmp_path)
    eyes.look()
    store.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["events.db"]
    assert eyes.look().walls[NOW_TARGET][0].link == "gone"  # it never said that it ended


def test_a_killed_writer_is_told(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from tests.board.test_follow import store_of\n"
        "store_of(Path(sys.argv[1])); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"up\n"
        eyes = Eyes(tmp_path)
        assert eyes.look().walls[NOW_TARGET][0].link == "live"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    look = eyes.look()
    assert (look.walls[NOW_TARGET][0].link, look.changed) == ("gone", True)


def test_a_writer_that_cannot_be_seen_counts_as_alive_once_it_is_heard(tmp_path: Path) -> None:
    """As from another container, whose locks /proc does not show."""
    records = scene("running", time.time_ns())
    eyes = Eyes(tmp_path)
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(records[:-1])
        lock, away = tmp_path / "events.db.lock", tmp_path / "away"
        lock.rename(away)
        lock.touch()  # another inode than the one that is locked
        for _ in range(25):
            assert eyes.look().walls[NOW_TARGET][0].link == "gone"
        store.append(records[-1])
        assert eyes.look().walls[NOW_TARGET][0].link == "live"
        away.rename(lock)


def test_the_wall_goes_on_with_the_next_shift_of_the_station(tmp_path: Path) -> None:
    first = store_of(tmp_path / "a", origin=named("one"))
    eyes = Eyes(tmp_path)
    assert eyes.look().walls[NOW_TARGET][0].shift == "one"
    first.close()
    with store_of(tmp_path / "b", origin=named("two")):
        assert eyes.look().walls[NOW_TARGET][0].shift == "two"
        at = Target("station", "nut-loading")
        assert eyes.look(at).walls[at][0].shift == "two"
        old = Target("shift", "one")
        assert eyes.look(old).walls[old][0].shift == "one"


def test_lines_are_the_latest_of_each_station_and_all_that_work(tmp_path: Path) -> None:
    lines = Target("lines")
    for number in range(3):
        store_of(tmp_path / f"old{number}", origin=named(f"old{number}")).close()
        os.utime(tmp_path / f"old{number}" / "events.db", (1e9 + number, 1e9 + number))
    store_of(tmp_path / "door", origin=named("door1", "door-fitting")).close()
    eyes = Eyes(tmp_path)
    assert [v.shift for v in eyes.look(lines).walls[lines]] == ["door1", "old2"]
    one, two = named("new1"), named("new2")
    with store_of(tmp_path / "n1", origin=one), store_of(tmp_path / "n2", origin=two):
        shown = {v.shift for v in eyes.look(lines).walls[lines]}
    assert shown == {"door1", "new1", "new2"}


def test_several_shifts_in_one_store(tmp_path: Path) -> None:
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(scene("ended", time.time_ns(), named("first")))
        store.extend(scene("ready", time.time_ns(), named("second")))
    eyes = Eyes(tmp_path / "events.db")
    assert eyes.look().walls[NOW_TARGET][0].shift == "second"
    assert [o.shift for o, _ in eyes.follower.all_shifts()] == ["first", "second"]


def test_what_is_no_store_is_named_and_hides_nothing(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "events.db").write_text("not a database")
    with store_of(tmp_path / "good"):
        eyes = Eyes(tmp_path)
        assert eyes.look().walls[NOW_TARGET][0].word == "running"
    (problem,) = eyes.follower.problems.values()
    assert "SQLite" in problem


def test_a_record_that_contradicts_itself_is_told(tmp_path: Path) -> None:
    said = envelopes([(0.0, started()), (1.0, started())], time.time_ns() - 10 * NS)
    broken = [said[0], type(said[1])(
        origin=ORIGIN, seq=1, tick=-5, utc_ns=said[1].utc_ns, event=said[1].event
    )]  # fmt: skip
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(broken)
        view = Eyes(tmp_path).look().walls[NOW_TARGET][0]
    assert view.link == "broken"
    assert "tick" in view.problem


def test_a_resumed_shift_goes_on(tmp_path: Path) -> None:
    records = night()
    resumed = next(k for k, r in enumerate(records) if type(r.event).__name__ == "ShiftResumed")
    eyes = Eyes(tmp_path)
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(records[:resumed])
    assert eyes.look().walls[NOW_TARGET][0].tone == "lost"
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(records[resumed:])
        assert eyes.look().walls[NOW_TARGET][0].tone == "running"


def test_a_long_shift_costs_no_more_memory_than_its_ring(tmp_path: Path) -> None:
    picture = PictureTaken(cycle=0, what="x", path="pictures/x.png")
    said = [(0.0, started()), *((1.0, picture) for _ in range(3 * RING))]
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(envelopes(said, time.time_ns()))  # type: ignore[arg-type]
        briefs = Eyes(tmp_path).look().briefs[ORIGIN.shift]
    assert len(briefs) == RING
    assert briefs[-1].seq == 3 * RING


@pytest.mark.parametrize("name", ["missing", "none/events.db"])
def test_a_place_that_is_not_there_yet_is_waited_for(tmp_path: Path, name: str) -> None:
    eyes = Eyes(tmp_path / name)
    assert eyes.look().walls[NOW_TARGET] == ()
    folder = (tmp_path / name).parent if name.endswith(".db") else tmp_path / name
    with store_of(folder):
        assert eyes.look().walls[NOW_TARGET][0].word == "running"


def test_what_could_not_be_read_once_is_read_at_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk or a lock that was away for a moment, and no event after it that would show it."""
    monkeypatch.setattr(tail, "_REREAD", ())
    records = scene("call", time.time_ns())
    eyes = Eyes(tmp_path)
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(records[:-1])
        eyes.look()
        store.append(records[-1])

        def away(*_: object, **__: object) -> sqlite3.Connection:
            raise sqlite3.OperationalError("disk I/O error")

        with monkeypatch.context() as broken:
            broken.setattr(sqlite3, "connect", away)
            assert eyes.look().walls[NOW_TARGET][0].link == "broken"
        view = eyes.look().walls[NOW_TARGET][0]
    assert (view.link, view.seq) == ("live", records[-1].seq)
