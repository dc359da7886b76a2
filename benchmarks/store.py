"""Events per second that are on the disk when `append` returns, against bare sqlite3.

Run: python -m benchmarks.store [EVENTS]
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ontakt.contract.event import Event, Origin, PhaseEntered, ShiftStarted
from ontakt.evidence.store import Recorder, open_store

ORIGIN = Origin(shift="bench", station="toy", robot="toy", policy_hash="p", config_hash="c")
START = ShiftStarted(
    seed=0,
    takt_s=76.0,
    control_hz=30,
    policy="none",
    sides=("left", "right"),
    planned_cycles=None,
    planned_s=None,
    variation={},
    latency="none",
    strategy="none",
    minor_stop_s=300.0,
    software={},
    command=(),
)
EVENT = PhaseEntered(cycle=1, side="left", phase="insert")


class Still:
    """A clock that stands, so that only the store is timed."""

    tick = 0

    def utc_ns(self) -> int:
        return 1_790_000_000_000_000_000


def rate(work: Callable[[], object], events: int) -> float:
    """Events per second of `work`."""
    begin = time.perf_counter()
    work()
    return events / (time.perf_counter() - begin)


def ours(path: Path, events: int) -> float:
    with open_store(path, write=True) as store:
        recorder = Recorder(store, ORIGIN, Still())
        recorder.append(START)

        def work() -> None:
            event: Event = EVENT
            for _ in range(events):
                recorder.append(event)

        return rate(work, events)


def bare(path: Path, events: int) -> float:
    """The floor: the same row into the same kind of table, nothing else done."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE events (shift TEXT, seq BIGINT, v INTEGER, tick BIGINT, utc_ns BIGINT, "
        "type TEXT, cycle BIGINT, body TEXT, PRIMARY KEY (shift, seq))"
    )
    body = '{"type":"PhaseEntered","cycle":1,"side":"left","phase":"insert"}'

    def work() -> None:
        for seq in range(events):
            connection.execute(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                ("bench", seq, 1, 0, 1_790_000_000_000_000_000, "PhaseEntered", 1, body),
            )

    found = rate(work, events)
    connection.close()
    return found


def main(events: int) -> None:
    with tempfile.TemporaryDirectory(dir=".", prefix=".bench-") as folder:
        place = Path(folder)
        found = [  # in turns, so that a busy minute hits both
            (ours(place / f"ours-{turn}.db", events), bare(place / f"bare-{turn}.db", events))
            for turn in range(3)
        ]
        store, floor = (sorted(column)[1] for column in zip(*found, strict=True))
        with open_store(Path(folder) / "ours-0.db") as reader:
            begin = time.perf_counter()
            read = sum(1 for _ in reader.records("bench"))
            reading = read / (time.perf_counter() - begin)
    print(f"store, durable (WAL, FULL)  {store:10,.0f} events/s   median of 3 x {events}")
    print(f"bare sqlite3, same pragmas  {floor:10,.0f} events/s   ratio {store / floor:.2f}")
    print(f"reading, decoded            {reading:10,.0f} events/s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
