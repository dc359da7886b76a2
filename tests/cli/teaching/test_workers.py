"""Workers: results in order, memory bounded, nobody left behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.teaching.counting import squares, threads, unlucky

from ontakt.cli.teaching.workers import in_order
from ontakt.contract import HaltError

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_the_order_of_the_numbers(jobs: int) -> None:
    numbers = [3, 1, 4, 15, 9, 2, 6, 5, 35, 8, 97]
    found = list(in_order(squares, numbers, jobs))
    assert [square for square, _ in found] == [n * n for n in numbers]
    workers = {process for _, process in found}
    assert os.getpid() not in workers
    assert 1 <= len(workers) <= jobs
    assert not multiprocessing.active_children()


def test_nothing_to_do_starts_nobody() -> None:
    assert list(in_order(squares, [], 4)) == []


def test_a_worker_has_one_thread_and_the_reader_keeps_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    assert list(in_order(threads, [0], 1)) == ["1"]
    assert os.environ["OMP_NUM_THREADS"] == "2"
    assert "MKL_NUM_THREADS" not in os.environ
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_was_found_before_a_failure_is_told() -> None:
    results = in_order(unlucky, [0, 1, 2, 3, 4], 1)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(HaltError, match="Three is too much"):
        next(results)
    assert not multiprocessing.active_children()


def test_a_worker_that_dies_is_noticed() -> None:
    with pytest.raises(HaltError, match="worker at number 13 died with exit code 7"):
        list(in_order(unlucky, [12, 13, 14], 1))


def test_whoever_stops_reading_ends_them() -> None:
    results = in_order(squares, range(1000), 2)
    next(results)
    assert multiprocessing.active_children()
    results.close()  # type: ignore[attr-defined]
    assert not multiprocessing.active_children()


def test_a_reader_that_is_killed_leaves_nobody_behind() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.teaching.counting"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    workers = {int(process.stdout.readline()) for _ in range(3)}
    process.kill()
    _, said = process.communicate()
    deadline = time.monotonic() + 10.0
    while any(_lives(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_lives(pid) for pid in workers)
    assert said == ""


def _lives(pid: int) -> bool:
    """True for a process that has not ended; one that nobody has waited for yet has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
