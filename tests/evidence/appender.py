"""A process that works a shift until it is killed: `python appender.py STORE`.

It prints the seq of each event once the recorder has returned from it, and nothing else.
"""

import sys
from pathlib import Path

from ontakt.contract.event import CycleStarted, Origin, Record, ShiftResumed, ShiftStarted
from ontakt.evidence.store import Recorder, open_store

ORIGIN = Origin(shift="killed", station="toy", robot="toy", policy_hash="p", config_hash="c")


class Beat:
    """A tick per event."""

    def __init__(self, tick: int) -> None:
        self.tick = tick

    def utc_ns(self) -> int:
        return 1_790_000_000_000_000_000 + self.tick * 33_333_333


def acknowledge(record: Record) -> None:
    sys.stdout.write(f"{record.seq}\n")
    sys.stdout.flush()


def main(path: Path) -> None:
    with open_store(path, write=True) as store:
        if store.shifts():
            point = store.resume_point(ORIGIN.shift)
            cycle = point.next_cycle or 0
            clock = Beat(point.tick)
            recorder = Recorder(store, ORIGIN, clock, acknowledge)
            recorder.append(ShiftResumed(cycle=cycle))
        else:
            cycle, clock = 0, Beat(0)
            recorder = Recorder(store, ORIGIN, clock, acknowledge)
            recorder.append(
                ShiftStarted(
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
            )
        while True:
            clock.tick += 1
            recorder.append(
                CycleStarted(cycle=cycle, due_tick=clock.tick, job=("left",), variation={})
            )
            cycle += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
