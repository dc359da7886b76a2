"""A real process is killed while it records: nothing that it acknowledged is lost."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ontakt.contract.event import CycleStarted, ShiftResumed
from ontakt.evidence.fold import fold
from ontakt.evidence.store import open_store

APPENDER = Path(__file__).with_name("appender.py")


def _kill_once(path: Path, after_s: float, from_first_event: bool) -> list[int]:
    """Start the appender, kill it after some time, return the seqs that it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, str(APPENDER), str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout:
        first = process.stdout.readline() if from_first_event else ""
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        # The last line may be torn; one without its end was never acknowledged.
        lines = [first, *process.stdout.readlines()]
    assert process.wait() == -signal.SIGKILL
    return [int(line) for line in lines if line.endswith("\n")]


def _rounds(path: Path, count: int) -> None:
    chance = random.Random(20)
    acknowledged: list[int] = []
    resumed = 0
    for number in range(count):
        # Every fourth kill comes anywhere in the start, when the store is made or recovered.
        early = number % 4 == 0
        delay = chance.uniform(0.0, 0.9 if early else 0.25)
        acknowledged += _kill_once(path, delay, from_first_event=not early)
        if not path.exists():
            assert acknowledged == []
            continue
        with open_store(path) as store:
            records = [
                record for origin in store.shifts() for record in store.records(origin.shift)
            ]
        assert [record.seq for record in records] == list(range(len(records)))
        assert len(records) > max(acknowledged, default=-1)
        if records:
            shift = fold(records)
            cycles = [r.event.cycle for r in records if isinstance(r.event, CycleStarted)]
            resumed = sum(isinstance(record.event, ShiftResumed) for record in records)
            assert cycles == list(range(len(cycles)))
            assert (shift.cut, shift.resumes, shift.gaps) == (True, resumed, ())
    assert acknowledged == sorted(set(acknowledged))
    assert len(acknowledged) > count  # were nothing acknowledged, nothing was shown
    assert resumed >= count // 2
    with open_store(path, write=True):
        pass
    assert {file.name for file in path.parent.iterdir()} == {path.name}


def test_a_few_kills(tmp_path: Path) -> None:
    _rounds(tmp_path / "events.db", 4)


@pytest.mark.slow
def test_twenty_kills(tmp_path: Path) -> None:
    _rounds(tmp_path / "events.db", 20)
