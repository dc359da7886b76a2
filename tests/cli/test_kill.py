"""A shift is killed for real, at any moment: what it acknowledged is there, and it can go on."""

import json
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mcap.reader import make_reader

from ontakt.cli.main import run
from ontakt.contract import Outcome
from ontakt.contract.event import CallResolved, Event, NutFed
from ontakt.evidence.fold import fold
from ontakt.evidence.store import open_store
from ontakt.station.registry import SHIPPED

HERE = Path(__file__).parent
CYCLES = 60


def kill_after(seconds: float, folder: Path, *words: str) -> int:
    """Start (or go on with) a shift in `folder`, kill -9 it `seconds` after its first event;
    returns the last acknowledged event number, -1 for none."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "killed_shift.py"), "shift", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL, "it must not have ended by itself"
    whole = [line for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]
    numbers = [int(line) for line in whole if line.strip().isdigit()]
    return max(numbers, default=-1)


def check(folder: Path, acknowledged: int) -> None:
    """Nothing that was acknowledged is lost, nothing is missing in between, and it is cut."""
    with open_store(folder / "events.db") as store:
        records = list(store.records(store.find().shift))
        point = store.resume_point(store.find().shift)
    assert [r.seq for r in records] == list(range(len(records)))
    assert len(records) - 1 >= acknowledged
    assert point.cut
    assert fold(records).cut


def check_magazine(events: list[Event]) -> None:
    """The left magazine loses a nut at each feed, across kills; only a person fills it."""
    left: int | None = None
    for event in events:
        if isinstance(event, CallResolved) and event.action == "refill":
            left = None
        elif isinstance(event, NutFed) and event.side == "left":
            assert left is None or event.left == left - 1
            left = event.left


def kill_again_and_again(folder: Path, kills: int, seed: int, capsys: pytest.CaptureFixture[str],
                         *words: str) -> None:  # fmt: skip
    moments = random.Random(seed)
    acknowledged = kill_after(moments.uniform(0.0, 0.8), folder, *words, "--out", str(folder))
    check(folder, acknowledged)
    for _ in range(kills - 1):
        more = kill_after(moments.uniform(0.0, 0.8), folder, "--resume", str(folder))
        check(folder, max(more, acknowledged))
        acknowledged = max(more, acknowledged)

    assert run(["report", str(folder)]) == 0
    page = (folder / "report.html").read_text()
    assert "cut" in page
    capsys.readouterr()

    with open_store(folder / "events.db") as store:
        before = fold(store.records(store.find().shift)).hours
    assert run(["shift", "--resume", str(folder), "--json"]) == 0
    captured = capsys.readouterr()
    told = json.loads(captured.out.splitlines()[-1])
    alone = 3600 * (told["hours"] - before) / told["wall_s"]
    assert told["speedup"] == pytest.approx(alone, rel=0.01), "of what this run has simulated"
    with open_store(folder / "events.db") as store:
        records = list(store.records(store.find().shift))
    shift = fold(records)
    assert not shift.cut
    assert shift.resumes == kills
    check_magazine([record.event for record in records])
    numbers = [cycle.cycle for cycle in shift.cycles]
    assert numbers == list(range(len(numbers))), "it goes on with the next cycle, none twice"
    cut = [cycle for cycle in shift.cycles if cycle.failure == "cut"]
    assert len(cut) <= kills
    assert told["cycles"] + len(cut) == len(numbers)
    count, good = map(int, re.findall(r"\d+", captured.err.splitlines()[-1])[:2])
    finished = [cycle for cycle in shift.cycles if cycle not in cut][:count]
    fine = [c for c in finished if c.outcome in (Outcome.ON_TAKT, Outcome.LATE)]
    assert good == len(fine), "the display counts from the beginning of the shift"
    assert run(["shift", "--resume", str(folder)]) == 2
    assert "has ended" in capsys.readouterr().err


def test_three_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("toy", "--cycles", str(CYCLES), "--variation", "harsh")
    kill_again_and_again(tmp_path / "a", 3, 1, capsys, *words)


def test_a_station_file_is_found_again_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "here" / "mine.toml").write_text(SHIPPED["toy"].read_text())
    monkeypatch.chdir(tmp_path / "here")
    kill_after(0.2, tmp_path / "a", "mine.toml", "--cycles", "20", "--out", str(tmp_path / "a"))
    monkeypatch.chdir(tmp_path / "there")
    assert run(["shift", "--resume", str(tmp_path / "a")]) == 0


def test_a_resumed_shift_mends_the_recording_of_the_cycle_that_was_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "a"
    words = ("toy", "--cycles", "20", "--record", "--out", str(folder))
    kill_after(0.5, folder, *words)
    assert run(["shift", "--resume", str(folder), "--json"]) == 0
    capsys.readouterr()
    for tape in sorted((folder / "cycles").glob("*.mcap")):
        with tape.open("rb") as stream:
            assert sum(1 for _ in make_reader(stream).iter_messages()) > 0


@pytest.mark.slow
def test_twenty_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("toy", "--cycles", "400", "--variation", "harsh", "--record")
    kill_again_and_again(tmp_path / "a", 20, 2, capsys, *words)


@pytest.mark.slow
def test_a_kill_at_the_real_station(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("nut-loading", "--cycles", "8", "--variation", "harsh", "--record")
    kill_again_and_again(tmp_path / "a", 2, 3, capsys, *words)
