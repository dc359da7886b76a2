"""Whether a shift and its board stay as they are for eight hours.

    python -m benchmarks.soak [--hours 8] [--speed 20] [--clients 5] [--station nut-loading]

A shift is worked at so many times the wall's pace with its board beside it, both as they ship;
clients read the board's stream all the time, with every event. Every five seconds the memory of
both processes is read. Told of each are its memory after a tenth of the time and at the end, and
the slope between (a line through the later nine tenths, MiB an hour of the wall), and the share of
a core that it took; of the streams the longest silence (they beat every 2 s), heartbeats that came
and that were missed (a silence of more than one and a half of theirs), and events that were
missed; and how much of the pace was kept.
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from benchmarks.board import cpu_s, memory_mib

from ontakt.board.stream import HEARTBEAT_S
from ontakt.contract import RecordError
from ontakt.evidence.fold import fold
from ontakt.evidence.store import open_store

Found = TypeVar("Found")
LOOK_S = 5.0
PATIENCE_S = 120.0
SETTLED = 0.1
"""Share of the time after which memory is expected to stay."""


class Listener(threading.Thread):
    """One page that stays open: when its stream beat, and which events it did not get."""

    def __init__(self, port: int, shift: str) -> None:
        super().__init__(daemon=True)
        self.port, self.shift = port, shift
        self.beats: list[float] = []
        self.events, self.missed = 0, 0
        self.heard = 0.0
        """When the last event came."""
        self._last: int | None = None

    def run(self) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):  # the board's end
            self._listen()

    def _listen(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", f"/events?on=shift&shift={self.shift}&after={self.shift}:0")
        answer = connection.getresponse()
        assert answer.status == 200, answer.status
        kind, seq = "", None
        while line := answer.readline():
            key, _, value = line.decode().rstrip("\r\n").partition(": ")
            if key == "event":
                kind = value
            elif key == "id":
                seq = int(value.rpartition(":")[2])
            elif not key:  # the message is whole
                self._hear(kind, seq)
                kind, seq = "", None

    def _hear(self, kind: str, seq: int | None) -> None:
        if kind == "beat":
            self.beats.append(time.perf_counter())
        elif kind == "fresh":  # it is told to fetch the page anew: here that is a loss
            self.missed += 1
        elif kind == "record" and seq is not None:
            self.events, self.heard = self.events + 1, time.perf_counter()
            if self._last is not None:
                self.missed += max(0, seq - self._last - 1)
            self._last = seq


def line(times: Sequence[float], values: Sequence[float]) -> float:
    """Slope of the line through the points, an hour."""
    return float(np.polyfit(np.asarray(times) / 3600, values, 1)[0]) if len(times) > 1 else 0.0


def soak(hours: float, speed: float, clients: int, station: str, policy: str, folder: Path) -> None:
    """Work, look, tell."""
    command = [
        sys.executable, "-m", "ontakt.cli", "shift", station, "--policy", policy, "--hours",
        str(hours), "--speed", str(speed), "--board", "127.0.0.1:0", "--out", str(folder),
    ]  # fmt: skip
    said = folder.parent / "said.txt"
    with said.open("wb") as words:
        shift = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=words)
    begun = time.perf_counter()
    address = re.compile(rb"Board: http://127\.0\.0\.1:(\d+)/")
    port = _wait(lambda: address.search(said.read_bytes()), shift)[1]
    name = _wait(lambda: _shift_in(folder), shift)
    board = _board_of(shift.pid)
    listeners = [Listener(int(port), name) for _ in range(clients)]
    for listener in listeners:
        listener.start()
    pids = {"shift": shift.pid, "board": board}
    times: list[float] = []
    memory: dict[str, list[float]] = {who: [] for who in pids}
    cpu: dict[str, float] = {}
    while shift.poll() is None:
        for who, pid in pids.items():
            with contextlib.suppress(OSError):
                memory[who].append(memory_mib(pid))
                cpu[who] = cpu_s(pid)
        times.append(time.perf_counter() - begun)
        share = min(1.0, times[-1] * speed / 3600 / hours)
        print(f"\r{100 * share:3.0f} %  {times[-1]:.0f} s", end="", file=sys.stderr, flush=True)
        time.sleep(LOOK_S)
    wall = time.perf_counter() - begun
    print(file=sys.stderr)
    time.sleep(2 * HEARTBEAT_S)
    os.kill(board, signal.SIGTERM)
    assert shift.returncode == 0, said.read_text()
    print(json.dumps(told(hours, wall, begun, times, memory, cpu, listeners, folder), indent=2))


def told(
    hours: float,
    wall: float,
    begun: float,
    times: Sequence[float],
    memory: Mapping[str, Sequence[float]],
    cpu: Mapping[str, float],
    listeners: Sequence[Listener],
    folder: Path,
) -> dict[str, object]:
    """The figures."""
    with open_store(folder / "events.db") as store:
        record = fold(list(store.records(store.find().shift)))
    figures: dict[str, object] = {
        "simulated_h": hours,
        "wall_s": round(wall),
        "pace": round(hours * 3600 / wall, 2),
        "load": round(os.getloadavg()[0], 1),
        "cycles": len(record.cycles),
        "events": record.events,
    }
    ended = max(one.heard for one in listeners)
    last = sum(begun + at <= ended for at in times)  # behind it the report is written
    first = int(SETTLED * last)
    for who, values in memory.items():
        figures[who] = {
            "mib_settled": round(values[first], 1),
            "mib_at_the_end": round(values[last - 1], 1),
            "mib_an_hour": round(line(times[first:last], values[first:last]), 1),
            "of_a_core": round(cpu[who] / wall, 3),
        }
    beats = [[at for at in one.beats if at <= ended] for one in listeners]
    figures["streams"] = {
        "clients": len(listeners),
        "longest_silence_s": round(max(float(np.diff(one).max()) for one in beats), 2),
        "heartbeats": [len(one) for one in beats],
        "heartbeats_missed": sum(int((np.diff(one) > 1.5 * HEARTBEAT_S).sum()) for one in beats),
        "events": [one.events for one in listeners],
        "missed": sum(one.missed for one in listeners),
    }
    return figures


def _wait(look: Callable[[], Found | None], process: subprocess.Popen[bytes]) -> Found:
    end = time.perf_counter() + PATIENCE_S
    while time.perf_counter() < end and process.poll() is None:
        found = look()
        if found is not None:
            return found
        time.sleep(0.2)
    raise SystemExit("The shift or its board did not start.")


def _shift_in(folder: Path) -> str | None:
    with contextlib.suppress(RecordError), open_store(folder / "events.db") as store:
        return store.find().shift
    return None


def _board_of(shift: int) -> int:
    """The board's process: it is told which one it serves."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = entry.read_bytes().split(b"\0")
            if any(b"board_beside" in word for word in words) and str(shift).encode() in words:
                return int(entry.parent.name)
    raise SystemExit("There is no board beside the shift.")


def main() -> None:
    """Ask what to do, and do it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0, help="of the shift's own time")
    parser.add_argument("--speed", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=5)
    parser.add_argument("--station", default="nut-loading")
    parser.add_argument("--policy", default="expert")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "shift"
        soak(asked.hours, asked.speed, asked.clients, asked.station, asked.policy, folder)


if __name__ == "__main__":
    main()
