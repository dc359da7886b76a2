"""What the runtime costs on a control tick, against the same fake station without it.

    python -m benchmarks.runtime [TICKS]

Prints microseconds per tick (best of five runs) and their ratio to the bare loop, which observes
and applies and does nothing else. A tick at 30 Hz has 33 333 microseconds.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ontakt.contract import SIDES, Command, Observation
from ontakt.contract.event import CycleStarted
from ontakt.runtime import Executor, Guard, VirtualClock, Wanted
from ontakt.runtime.fake import FakePolicy, FakeStation


def bare(ticks: int) -> Callable[[], None]:
    """Observe and apply, nothing else."""
    station, clock = FakeStation(), VirtualClock(30, 0)
    guard = Guard(station.spec.action_space, station.limits)
    guard.start(station.observe(0, 0).arms)
    command, _ = guard.check(0, {}, station.observe(0, 0).arms, 0.0)

    def loop() -> None:
        for _ in range(ticks):
            station.observe(clock.tick, clock.utc_ns())
            station.apply(command)
            clock.advance()

    return loop


def worked(ticks: int, folder: Path | None = None) -> Callable[[], None]:
    """The policy drives both sides; with a folder every tick is recorded too."""
    station, clock = FakeStation(), VirtualClock(30, 0)
    observers = ()
    if folder is not None:
        from ontakt.runtime.recorder import Recorder

        recorder = Recorder(folder, station.spec.action_space, clock)
        recorder.on_event(CycleStarted(cycle=0, due_tick=0, job=SIDES, variation={}))
        observers = (recorder,)
    policy = FakePolicy(station, horizon=30)
    executor = Executor(station, policy, clock, seed=0, observers=observers)
    executor.work(SIDES)

    def loop() -> None:
        for _ in range(ticks):
            executor.step()

    return loop


def guarded(ticks: int) -> Callable[[], None]:
    """The guard alone, with every clip at work on both sides."""
    station = FakeStation()
    guard = Guard(station.spec.action_space, station.limits)
    seen: Observation = station.observe(0, 0)
    guard.start(seen.arms)
    rows = station.spec.home.reshape(2, 8).copy()
    rows[:, :4] += 5.0
    wanted = {side: Wanted(row, 0) for side, row in zip(SIDES, rows, strict=True)}

    def loop() -> None:
        made: Command | None = None
        for _ in range(ticks):
            guard.start(seen.arms)
            made, _ = guard.check(0, wanted, seen.arms, 0.0)
        assert made is not None

    return loop


def best_us(make: Callable[[], Callable[[], None]], ticks: int) -> float:
    """Microseconds per tick of the fastest of five runs."""
    times = []
    for _ in range(5):
        loop = make()
        begun = time.perf_counter()
        loop()
        times.append(time.perf_counter() - begun)
    return 1e6 * min(times) / ticks


def main() -> None:
    ticks = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    empty = best_us(lambda: bare(ticks), ticks)
    with tempfile.TemporaryDirectory() as folder:
        rows = {
            "bare loop": empty,
            "executor, sync, 2 sides": best_us(lambda: worked(ticks), ticks),
            "the same, recorded": best_us(lambda: worked(ticks, Path(folder)), ticks),
            "guard alone, all clips": best_us(lambda: guarded(ticks), ticks),
        }
    for name, micros in rows.items():
        print(f"{name:26} {micros:8.1f} us/tick   {micros / empty:5.2f} x bare")


if __name__ == "__main__":
    main()
