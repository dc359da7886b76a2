"""What each strategy takes of a control tick, without physics, weights or a network."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from msgspec import Struct

from ontakt.contract import SIDES, ActionChunk, Array, Guidance, Observation
from ontakt.contract.event import CycleStarted
from ontakt.runtime.bench.serving import HORIZON
from ontakt.runtime.bench.timed_strategy import TimedStrategy
from ontakt.runtime.clock import VirtualClock
from ontakt.runtime.executor import Executor
from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.runtime.guard import Guard
from ontakt.runtime.observers import Observer
from ontakt.runtime.strategies import STRATEGIES, parse_strategy
from ontakt.runtime.wanted import Wanted

RUNS = 5
"""The fastest of so many runs counts: what disturbs a run makes it slower, never faster. Times are
the processor's, so that waiting for it does not count."""


class Cost(Struct, frozen=True, kw_only=True):
    """What one way of running the loop takes, in microseconds of the processor."""

    name: str
    tick: float
    """Of a control tick, everything but the policy's own time; the mean over all ticks."""
    ratio: float
    """As a multiple of the bare loop, which observes and applies and does nothing else."""
    question: float | None = None
    """The strategy's part when an inference starts; median. None without a strategy."""
    landing: float | None = None
    """The strategy's part when a chunk lands; median."""


class _TimedPolicy(FakePolicy):
    """A fake that can be asked in every way, and knows how long it took."""

    seconds = 0.0

    def __init__(self, station: FakeStation) -> None:
        super().__init__(
            station, horizon=HORIZON, longest_prefix=HORIZON, jacobians=("exact", "identity")
        )

    def infer(
        self,
        observation: Observation,
        prefix: Array | None = None,
        guidance: Guidance | None = None,
    ) -> ActionChunk:
        """As `FakePolicy`."""
        begun = time.thread_time()
        try:
            return super().infer(observation, prefix, guidance)
        finally:
            self.seconds += time.thread_time() - begun


def costs(ticks: int, tell: Callable[[str, int, int], object] = lambda *_: None) -> Sequence[Cost]:
    """The bare loop, every strategy over it, the synchronous one with every tick recorded where the
    extra `record` is installed, and the guard alone; `RUNS` runs of `ticks` control ticks each, in
    turn."""
    names = list(STRATEGIES)
    try:
        import mcap  # type: ignore[import-untyped,unused-ignore]  # noqa: F401

        recorded = ["sync, recorded"]
    except ModuleNotFoundError:
        recorded = []
    empty: list[float] = []
    guarded: list[float] = []
    found: dict[str, list[tuple[float, TimedStrategy]]] = {}
    for run in range(RUNS):
        tell("bare loop", run, RUNS)
        empty.append(bare_us(ticks))
        guarded.append(guard_us(ticks))
        for name in (*names, *recorded):
            tell(name, run, RUNS)
            found.setdefault(name, []).append(strategy_us(name, ticks))
    bare = min(empty)
    rows = [Cost(name="bare loop", tick=bare, ratio=1.0)]
    for name, runs in found.items():
        tick, strategy = min(runs, key=lambda each: each[0])
        rows.append(
            Cost(
                name=name,
                tick=tick,
                ratio=tick / bare,
                question=_median_us(strategy.questions),
                landing=_median_us(strategy.landings),
            )
        )
    guard = min(guarded)
    return [*rows, Cost(name="guard alone, every clip", tick=guard, ratio=guard / bare)]


def bare_us(ticks: int) -> float:
    """Microseconds a tick of observe and apply."""
    station, clock = FakeStation(), VirtualClock(30, 0)
    seen = station.observe(0, 0)
    guard = Guard(station.spec.action_space, station.limits)
    guard.start(seen.arms)
    command, _ = guard.check(0, {}, seen.arms, 0.0)
    begun = time.thread_time()
    for _ in range(ticks):
        station.observe(clock.tick, clock.utc_ns())
        station.apply(command)
        clock.advance()
    return 1e6 * (time.thread_time() - begun) / ticks


def guard_us(ticks: int) -> float:
    """Microseconds a tick of the guard alone, with every clip at work on both sides."""
    station = FakeStation()
    guard = Guard(station.spec.action_space, station.limits)
    arms = station.observe(0, 0).arms
    rows = station.spec.home.reshape(2, 8).copy()
    rows[:, :4] += 5.0
    wanted = {side: Wanted(row, 0) for side, row in zip(SIDES, rows, strict=True)}
    begun = time.thread_time()
    for _ in range(ticks):
        guard.start(arms)
        guard.check(0, wanted, arms, 0.0)
    return 1e6 * (time.thread_time() - begun) / ticks


def strategy_us(name: str, ticks: int) -> tuple[float, TimedStrategy]:
    """Microseconds a tick of the executor with the policy on both sides, answers after 80 ms; and
    what the strategy took of them. `sync, recorded` writes every tick to a file."""
    station, clock = FakeStation(), VirtualClock(30, 0)
    policy = _TimedPolicy(station)
    strategy = TimedStrategy(parse_strategy(name.partition(",")[0])(policy.spec))
    with ExitStack() as stack:
        recorded = "recorded" in name
        observers = (stack.enter_context(_recording(station, clock)),) if recorded else ()
        executor = Executor(station, policy, clock, seed=0, strategy=strategy, observers=observers)
        executor.work(SIDES)
        begun = time.thread_time()
        for _ in range(ticks):
            executor.step()
        took = time.thread_time() - begun - policy.seconds
        stack.callback(executor.close)
    return 1e6 * took / ticks, strategy


@contextmanager
def _recording(station: FakeStation, clock: VirtualClock) -> Iterator[Observer]:
    from ontakt.runtime.recorder import Recorder

    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder), station.spec.action_space, clock)
        recorder.on_event(CycleStarted(cycle=0, due_tick=0, job=SIDES, variation={}))
        try:
            yield recorder
        finally:
            recorder.close()


def _median_us(seconds: Sequence[float]) -> float | None:
    return 1e6 * median(seconds) if seconds else None
