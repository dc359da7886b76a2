"""Real shifts in real processes that are really killed: the outcome is that of an undisturbed run.

A shift takes two seconds of a core before its first part, so what can be shown without one is shown
in test_dispatch and test_local.
"""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from tests.cli.fleet.children import all_gone, children
from tests.cli.fleet.small_experiment import small_experiment
from tests.cli.fleet.told import told_by

from ontakt.cli.main import run

ROOT = Path(__file__).parents[3]
SHIFTS, CYCLES = 2, 2


def begin(
    folder: Path, jobs: int, shifts: int = SHIFTS, limit: Callable[[], object] | None = None
) -> subprocess.Popen[str]:
    """The experiment in a process of its own."""
    words = [str(folder), str(shifts), str(CYCLES), str(jobs)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cli.fleet.small_experiment", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit,
    )


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def check_left(folder: Path) -> None:
    """Nothing but whole shifts lies there."""
    assert sorted(p.name for p in (folder / "shifts").iterdir()) == ["0", "1"]
    assert sorted(p.name for p in folder.iterdir()) == ["plan.json", "shifts"]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that nothing disturbed, two at a time."""
    folder = tmp_path_factory.mktemp("fleet") / "done"
    assert small_experiment(folder, SHIFTS, CYCLES, 2) == 0
    check_left(folder)
    return folder


def test_a_shift_of_an_experiment_is_the_shift_by_itself(done: Path, tmp_path: Path) -> None:
    (tmp_path / "shifts").mkdir()
    out = str(tmp_path / "shifts" / "1")
    words = "shift toy --policy expert --cycles 2 --seed 1 --latency fixed:80ms --strategy sync"
    assert run([*words.split(), "--out", out]) == 0
    assert told_by(tmp_path)["1"] == told_by(done)["1"]
    assert (done / "shifts" / "1" / "report.html").is_file()


def test_a_killed_worker_and_a_killed_engine_change_nothing(
    done: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "killed"
    engine = begin(folder, jobs=1)
    wait_for(lambda: list(folder.glob("shifts/.0.*-1.partial/events.db")))
    os.kill(children(engine.pid)[0], signal.SIGKILL)
    wait_for(lambda: list(folder.glob("shifts/.0.*-2.partial/events.db")))
    orphans = children(engine.pid)
    engine.kill()
    _, said = engine.communicate()
    assert said == "shift shifts/0 was killed by SIGKILL; it is worked once more\n"
    assert all_gone(orphans, 60)
    assert list(folder.glob("shifts/.0.*.partial")), "a kill leaves something"
    assert small_experiment(folder, SHIFTS, CYCLES, 2) == 0
    assert "already there" not in capsys.readouterr().err
    assert told_by(folder) == told_by(done)
    check_left(folder)


@pytest.mark.slow
def test_a_disk_without_room_stops_it_and_the_same_command_goes_on(
    done: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A limit of the system on the size of files is a small disk that needs no mount."""
    folder = tmp_path / "full"
    shutil.copytree(done, folder)
    shutil.rmtree(folder / "shifts" / "1")
    size = 100 << 10
    engine = begin(folder, 1, limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
    _, said = engine.communicate()
    assert engine.returncode == 3
    assert said.splitlines()[-1].startswith("ontakt: shifts/1: The record is lost: ")
    assert "cannot be written" in said.splitlines()[-1]
    assert told_by(folder) == {"0": told_by(done)["0"]}
    capsys.readouterr()
    assert small_experiment(folder, SHIFTS, CYCLES, 1) == 0
    assert "1 of 2 shifts are already there" in capsys.readouterr().err
    assert told_by(folder) == told_by(done)
    check_left(folder)


def test_one_engine_at_a_time(done: Path, tmp_path: Path) -> None:
    folder = tmp_path / "two"
    engine = begin(folder, jobs=1)
    wait_for(lambda: children(engine.pid))
    assert small_experiment(folder, SHIFTS, CYCLES, 1) == 2
    engine.send_signal(signal.SIGTERM)
    assert engine.communicate() is not None
    assert engine.returncode == 130
    assert list(folder.glob("shifts/*")) == list(folder.glob("shifts/.*")) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_signal_at_any_moment_changes_nothing(
    number: signal.Signals, seed: int, done: Path, tmp_path: Path
) -> None:
    """To the engine, to all of its group as a terminal does it, or to a worker."""
    chance, folder = random.Random(f"{number} {seed}"), tmp_path / "x"
    for _ in range(3):
        engine = begin(folder, jobs=chance.choice([1, 2]))
        time.sleep(chance.uniform(0.0, 8.0))
        below = children(engine.pid)
        whom = chance.choice(["engine", "all", "worker"])
        for process in below if whom != "engine" else ():
            with suppress(ProcessLookupError):
                os.kill(process, number)
        if whom != "worker" and engine.poll() is None:
            engine.send_signal(number)
        _, said = engine.communicate(timeout=300)
        assert engine.returncode in (0, 130, -number), said
        assert all_gone(below, 60)
    assert small_experiment(folder, SHIFTS, CYCLES, 2) == 0
    assert told_by(folder) == told_by(done)
    check_left(folder)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 3])
def test_however_many_at_a_time_it_is_the_same(jobs: int, done: Path, tmp_path: Path) -> None:
    assert small_experiment(tmp_path / "x", SHIFTS, CYCLES, jobs) == 0
    assert told_by(tmp_path / "x") == told_by(done)


def test_nothing_of_these_tests_is_left_running(done: Path) -> None:
    assert children(os.getpid()) == []
