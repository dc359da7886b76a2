"""A shift on a wall clock whose policy's server dies, freezes, stammers: the robot stands within
the bound, nothing moves on stale data, a person is called, the shift goes on."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from mcap.reader import make_reader

from ontakt.contract import OntaktError
from ontakt.contract.event import (
    CallResolved,
    CycleEnded,
    CycleStarted,
    FailureDetected,
    PhaseEntered,
    Record,
    ShiftEnded,
    SideJudged,
)
from ontakt.evidence.store import open_store
from ontakt.station.registry import SHIPPED

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HANG_S = 240.0
"""Far beyond every bound here."""
CHUNK = 16
"""Rows of one answer of the expert's."""
BRAKING = 15
"""Ticks within which the guard brings an arm to a stand, with room to spare."""


def _start(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, *words]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT)


@contextmanager
def _serving(port: int = 0) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`ontakt serve expert` and its port."""
    words = ("serve", "expert", "--station", "toy", "--port", str(port), "--json")
    with _start("-m", "ontakt.cli", *words) as server:
        try:
            assert server.stdout is not None
            yield server, int(json.loads(server.stdout.readline())["url"].rpartition(":")[2])
        finally:
            server.kill()


@contextmanager
def _proxy(port: int) -> Iterator[tuple[Callable[[str], None], int]]:
    """A wire to `port` with faults on command, and its own port."""
    with _start("tests/runtime/delaying_proxy.py", str(port)) as proxy:

        def tell(command: str) -> None:
            assert proxy.stdin is not None
            proxy.stdin.write(f"{command}\n")
            proxy.stdin.flush()

        try:
            assert proxy.stdout is not None
            yield tell, int(proxy.stdout.readline())
        finally:
            proxy.kill()


class _Shift:
    """A shift in a process of its own, on a wall clock, with a quick operator."""

    def __init__(self, folder: Path, policy: str, cycles: int) -> None:
        toy = Path(SHIPPED["toy"]).read_text()
        for job in ("acknowledge", "travel", "finish", "remove", "clear"):
            toy = re.sub(rf"(?m)^{job} = \[.*?\]", f'{job} = ["300 ms", "300 ms"]', toy)
        station = folder / "station.toml"
        station.write_text(toy)
        self.folder = folder / "shift"
        words = ["shift", str(station), "--clock", "wall", "--record", "--json", "--takt", "11"]
        more = ["--cycles", str(cycles), "--policy", policy, "--out", str(self.folder)]
        self._process = _start("-m", "ontakt.cli", *words, *more)

    def records(self) -> Sequence[Record]:
        """What is recorded so far."""
        try:
            with open_store(self.folder / "events.db") as store:
                return list(store.records(store.find().shift))
        except OntaktError:
            return []  # it has not begun

    def wait(self, wanted: Callable[[Record], bool]) -> Record:
        """The first record that is `wanted`, as soon as it is there."""
        until = time.monotonic() + HANG_S
        while time.monotonic() < until:
            for record in self.records():
                if wanted(record):
                    return record
            assert self._process.poll() is None, "the shift ended by itself"
            time.sleep(0.1)
        raise AssertionError("it never happened")

    def at_work(self) -> None:
        """Wait until the policy moves the arms of the first part."""
        self.wait(lambda r: isinstance(r.event, PhaseEntered) and r.event.phase == "insert")

    def failed(self) -> Record:
        """The first failure of the cell."""
        return self.wait(lambda r: isinstance(r.event, FailureDetected) and r.event.mode == "error")

    def end(self) -> None:
        """Wait for the end of the shift, which must be the planned one."""
        told, _ = self._process.communicate(timeout=HANG_S)
        assert self._process.returncode == 0
        assert json.loads(told.splitlines()[-1])["cycles"] > 0
        assert self.records()[-1].event == ShiftEnded(reason="planned")

    def kill(self) -> None:
        """Leave nothing behind."""
        self._process.kill()
        self._process.communicate()

    def child(self) -> int:
        """The process in which the policy thinks."""
        of = Path(f"/proc/{self._process.pid}/task").glob("*/children")
        (child,) = " ".join(task.read_text() for task in of).split()
        return int(child)

    def commands(self, cycle: int) -> tuple[Sequence[int], Sequence[int], np.ndarray]:
        """Ticks of a cycle, their UTC [ns] and what both arms were told, (n, 8)."""
        told: dict[int, list[float]] = {}
        utc: dict[int, int] = {}
        with (self.folder / "cycles" / f"{cycle:05d}.mcap").open("rb") as file:
            topics = ["/left/command", "/right/command"]
            for _, _, message in make_reader(file).iter_messages(topics):
                target = json.loads(message.data)
                told.setdefault(target["tick"], []).extend([*target["position"], target["opening"]])
                utc[target["tick"]] = message.log_time
        ticks = sorted(told)
        return ticks, [utc[tick] for tick in ticks], np.array([told[tick] for tick in ticks])

    def moves(self, cycle: int, first: int, last: int) -> list[int]:
        """Ticks from `first` to `last` of a cycle on which an arm was told to move."""
        ticks, _, told = self.commands(cycle)
        moved = np.abs(np.diff(told, axis=0)).max(axis=1) > 1e-9
        return [t for t, m in zip(ticks[1:], moved, strict=True) if m and first <= t <= last]

    def tick_at(self, cycle: int, utc_ns: int) -> int:
        """The tick of a cycle that was under way at `utc_ns`."""
        ticks, utc, _ = self.commands(cycle)
        return max(tick for tick, at in zip(ticks, utc, strict=True) if at <= utc_ns)

    def good(self) -> dict[int, bool]:
        """By cycle, whether the robot loaded both sides."""
        sides: dict[int, list[bool]] = {}
        cycle = -1
        for record in self.records():
            if isinstance(record.event, CycleStarted):
                cycle = record.event.cycle
                sides[cycle] = []
            elif isinstance(record.event, SideJudged):
                sides[cycle].append(record.event.ok)
        return {number: judged == [True, True] for number, judged in sides.items()}


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[[str, int], _Shift]]:
    made: list[_Shift] = []

    def make(policy: str, cycles: int) -> _Shift:
        made.append(_Shift(tmp_path, policy, cycles))
        return made[-1]

    yield make
    for shift in made:
        shift.kill()


def _stood_still(shift: _Shift, failed: Record, lost_ns: int) -> None:
    """From the loss on the arms play what they had, one answer under way included, and brake; then
    they stand until a person has been there."""
    records = shift.records()
    cycle: int = failed.event.cycle  # type: ignore[union-attr, assignment]
    resolved = next(r.tick for r in records if isinstance(r.event, CallResolved))
    lost = shift.tick_at(cycle, lost_ns)
    assert lost <= failed.tick < resolved
    assert shift.moves(cycle, lost + 2 * CHUNK + BRAKING, resolved - 1) == []
    assert shift.moves(cycle, failed.tick + BRAKING, resolved - 1) == []
    assert shift.moves(cycle, 0, lost)  # it did move before


def _says(record: Record) -> str:
    assert isinstance(record.event, FailureDetected)
    return record.event.signal


def test_the_server_is_killed_mid_chunk_and_started_again(
    begin: Callable[[str, int], _Shift],
) -> None:
    with _serving() as (server, port):
        shift = begin(f"openpi://127.0.0.1:{port}", 3)
        shift.at_work()
        server.kill()
        lost_ns = time.time_ns()
        failed = shift.failed()
    assert re.search("closed the connection|cannot be reached", _says(failed))
    with _serving(port):
        shift.end()
    _stood_still(shift, failed, lost_ns)
    good = shift.good()
    assert not good[0]
    assert good[max(good)]


def test_the_server_freezes_and_thaws(begin: Callable[[str, int], _Shift]) -> None:
    with _serving() as (server, port):
        shift = begin(f"openpi://127.0.0.1:{port}", 3)
        shift.at_work()
        server.send_signal(signal.SIGSTOP)
        lost_ns = time.time_ns()
        failed = shift.failed()
        time.sleep(5.0)
        server.send_signal(signal.SIGCONT)
        shift.end()
    assert re.search("did not answer|no sign of life|opened no connection", _says(failed))
    _stood_still(shift, failed, lost_ns)
    assert shift.good()[2]


def test_a_wire_that_garbles(begin: Callable[[str, int], _Shift]) -> None:
    with _serving() as (_, port), _proxy(port) as (tell, way):
        shift = begin(f"openpi://127.0.0.1:{way}", 2)
        shift.at_work()
        tell("garble")
        lost_ns = time.time_ns()
        failed = shift.failed()
        tell("pass")
        shift.end()
    assert f"Policy server openpi://127.0.0.1:{way}" in _says(failed)
    _stood_still(shift, failed, lost_ns)
    assert shift.good()[1]


def test_a_wire_of_half_a_second_slows_the_robot_down_and_nothing_else(
    begin: Callable[[str, int], _Shift],
) -> None:
    with _serving() as (_, port), _proxy(port) as (tell, way):
        tell("delay 0.25")  # each way
        shift = begin(f"openpi://127.0.0.1:{way}", 1)
        shift.end()
    events = [record.event for record in shift.records()]
    (ended,) = [event for event in events if isinstance(event, CycleEnded)]
    assert ended.stats is not None
    assert ended.stats.latency_ms is not None
    assert "error" not in [e.mode for e in events if isinstance(e, FailureDetected)]
    ticks, _, told = shift.commands(0)
    still = np.abs(np.diff(told, axis=0)).max(axis=1) <= 1e-9
    assert ended.stats.starved_ticks > 5 * ended.stats.inferences  # it waits, and stands meanwhile
    assert still.sum() > 5 * ended.stats.inferences
    assert len(ticks) > 2 * CHUNK


def test_the_process_beside_the_shift_is_killed_and_comes_back(
    begin: Callable[[str, int], _Shift],
) -> None:
    shift = begin("expert", 3)
    shift.at_work()
    first = shift.child()
    os.kill(first, signal.SIGKILL)
    lost_ns = time.time_ns()
    failed = shift.failed()
    assert "Its process ended (signal SIGKILL: " in _says(failed)
    shift.wait(lambda r: isinstance(r.event, CycleStarted) and r.event.cycle == 1)
    assert shift.child() != first
    shift.end()
    _stood_still(shift, failed, lost_ns)
    assert shift.good()[2]
