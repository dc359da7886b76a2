"""Control loops under observation: ours, and a plain one as most robot code has it."""

import threading
import time
from collections.abc import Mapping
from queue import SimpleQueue

import msgspec
from msgspec import Struct

from ontakt.contract import (
    INSTRUCTIONS,
    SIDES,
    ActionChunk,
    ActionSpace,
    CycleError,
    Observation,
    Policy,
    Side,
)
from ontakt.runtime.bench.serving import VIEWS
from ontakt.runtime.clock import WallClock
from ontakt.runtime.executor import Executor
from ontakt.runtime.fake import FakeStation
from ontakt.runtime.guard import Guard
from ontakt.runtime.latency import Measured
from ontakt.runtime.punctual import punctual
from ontakt.runtime.strategies import Naive
from ontakt.runtime.wanted import Wanted

_SETTLE = 15
"""Ticks before the first that counts: the first answers come in them."""


class Block(Struct, frozen=True):
    """One stretch of ticks without a break, on the monotonic clock [s]."""

    begun: list[float]
    """When each tick began."""
    lateness: list[float]
    """How long after its deadline that was: the deadline is the loop's own, a period after the one
    before, or after the start of the tick before where the loop keeps no other."""
    answers: int
    """Of the policy, while the ticks were counted."""
    failures: int = 0
    """Inferences that came to nothing."""
    late: int = 0
    """Ticks whose work took longer than a period, as the clock counts them."""


def our_loop(station: FakeStation, policy: Policy, ticks: int, real_time: bool = False) -> Block:
    """The executor on the wall clock; wherever the policy thinks, it does so without a pause."""
    lateness: list[float] = []
    clock = WallClock(
        station.spec.action_space.control_hz,
        time.monotonic,
        time.sleep,
        time.time_ns,
        late_by=lateness.append,
    )
    begun: list[float] = []
    failures = before = 0
    executor = Executor(
        station, policy, clock, seed=0, strategy=Naive(execute=1), latency=Measured()
    )
    try:
        with punctual(real_time):
            executor.work(SIDES)
            for tick in range(_SETTLE + ticks):
                if tick == _SETTLE:
                    executor.present(0)
                    begun, failures, before = [], 0, clock.late
                    del lateness[:-1]  # the first one is that of the tick that begins now
                begun.append(time.monotonic())
                try:
                    executor.step()
                except CycleError:
                    failures += 1
                    executor.work(SIDES)
            late = clock.late - before
    finally:
        executor.close()
    return Block(begun, lateness[:-1], executor.stats().inferences, failures, late)


def plain_loop(station: FakeStation, policy: Policy, ticks: int) -> Block:
    """Observe, act, `time.sleep(period - elapsed)`, and the policy in a thread of the same process
    that thinks without a pause."""
    space = station.spec.action_space
    period = 1.0 / space.control_hz
    guard = Guard(space, station.limits)  # only it makes what a station takes
    guard.start(station.observe(0, 0).arms)
    thinker = _Thinker(policy, space)
    begun: list[float] = []
    lateness: list[float] = []
    deadline, before = time.monotonic(), 0
    try:
        for tick in range(_SETTLE + ticks):
            start = time.monotonic()
            if tick == _SETTLE:
                begun, lateness, before = [], [], thinker.answers
            begun.append(start)
            lateness.append(max(0.0, start - deadline))
            cameras = () if thinker.busy else VIEWS
            seen = station.observe(tick, time.time_ns(), cameras)
            if cameras:
                thinker.ask(
                    msgspec.structs.replace(seen, instruction=INSTRUCTIONS[SIDES], job=SIDES)
                )
            command, _ = guard.check(tick, thinker.rows(tick), seen.arms, 0.0)
            station.apply(command)
            deadline = start + period
            time.sleep(max(0.0, period - (time.monotonic() - start)))
        answers = thinker.answers - before
    finally:
        thinker.close()
    return Block(begun, lateness, answers)


class _Thinker:
    """A policy in a thread; its newest chunk is played, row by tick, and then its last row."""

    def __init__(self, policy: Policy, space: ActionSpace) -> None:
        self.answers = 0
        self._policy, self._space = policy, space
        self._questions: SimpleQueue[Observation | None] = SimpleQueue()
        self._chunk: ActionChunk | None = None
        self._asked = 0
        self._thread = threading.Thread(target=self._run, name="policy", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """True while it thinks."""
        return self._asked > self.answers

    def ask(self, question: Observation) -> None:
        """Think about it; not while `busy`."""
        self._asked += 1
        self._questions.put(question)

    def rows(self, tick: int) -> Mapping[Side, Wanted]:
        """What is to be played on `tick`."""
        chunk = self._chunk
        if chunk is None:
            return {}
        row = chunk.targets[min(tick - chunk.observed_tick, chunk.horizon - 1)]
        return {side: Wanted(self._space.side(row, side), tick) for side in self._space.sides}

    def close(self) -> None:
        """Let the thread end."""
        self._questions.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (question := self._questions.get()) is not None:
            self._chunk = self._policy.infer(question)
            self.answers += 1
