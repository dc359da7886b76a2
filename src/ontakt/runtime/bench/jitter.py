"""How punctual control ticks are beside a policy that thinks: our loop and a plain one, in turn."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from msgspec import Struct

from ontakt.contract import Policy
from ontakt.runtime.bench.loops import Block, our_loop, plain_loop
from ontakt.runtime.bench.serving import client_of, policy_of, policy_process, station_of
from ontakt.runtime.bench.spread import Spread, spread
from ontakt.runtime.fake import FakeStation

LIMIT_S = 0.003
"""What is later than this is counted: a tenth of a period at 30 Hz."""
_PIXELS = 224

Tell = Callable[[str, int, int], object]
"""Hears what is being done, and how many parts of it are done of how many."""


class Punctuality(Struct, frozen=True, kw_only=True):
    """How punctual one loop was. Times in milliseconds."""

    name: str
    ticks: int
    lateness: Spread
    """From a tick's deadline to its begin. The deadline is the loop's own: a period after the one
    before, or after the begin of the tick before where the loop knows no deadlines."""
    grid: Spread
    """From where the tick would begin if every period since the start of its block had been
    exact."""
    period: Spread
    """How far the time from one tick to the next is from a period, absolute."""
    over: int
    """Ticks with a lateness of more than 3 ms."""
    late: int
    """Ticks whose work took longer than a period, counted by our clock."""
    behind: float
    """By how much it falls behind the exact grid in a minute."""
    answers: float
    """Of the policy, a second."""
    failures: int
    """Inferences that came to nothing."""


class Jitter(Struct, frozen=True, kw_only=True):
    """All loops of one run."""

    hz: int
    think_ms: float
    seconds: float
    """Of each loop."""
    block_seconds: float
    """After so long it is the next loop's turn."""
    loops: Sequence[Punctuality]
    cores: int
    """Processors that this process may use."""
    load: Spread | None
    """The system's load average of one minute, after every block; with nothing else to do it is
    about as many threads as BLAS takes. None where the system has none."""

    @property
    def ratio(self) -> float:
        """The plain loop's p99 of lateness as a multiple of ours."""
        return self.loops[1].lateness.p99 / self.loops[0].lateness.p99


def jitter(
    seconds: float,
    think_s: float,
    tell: Tell = lambda *_: None,
    *,
    hz: int = 30,
    block_s: float = 10.0,
    real_time: bool = False,
) -> Jitter:
    """Run every loop for `seconds`, in blocks of about `block_s`, in turn: whatever disturbs the
    machine disturbs all. With `real_time` ours runs once more, with a real-time priority. Raises
    SetupError where no policy can be served or no such priority is to be had."""
    blocks = max(1, round(seconds / block_s))
    ticks = max(2, round(seconds * hz / blocks))
    here = policy_of(station_of(_PIXELS, _PIXELS, hz), think_s)
    found: dict[str, list[Block]] = {}
    load: list[float] = []
    with policy_process(think_s, _PIXELS, _PIXELS, hz) as process:

        def ours(real_time: bool = False) -> Block:
            station = station_of(_PIXELS, _PIXELS, hz)
            client = client_of(process, station)
            try:
                return our_loop(station, client, ticks, real_time)
            finally:
                client.close()

        def beside(loop: Callable[[FakeStation, Policy, int], Block]) -> Callable[[], Block]:
            return lambda: loop(station_of(_PIXELS, _PIXELS, hz), here, ticks)

        contenders: dict[str, Callable[[], Block]] = {
            "ours": ours,
            "plain": beside(plain_loop),
            "ours, in a thread": beside(our_loop),
        }
        if real_time:
            contenders["ours, real time"] = partial(ours, real_time=True)
        for block in range(blocks):
            for name, run in contenders.items():
                tell(name, block, blocks)
                found.setdefault(name, []).append(run())
                here.seen.clear()
                if hasattr(os, "getloadavg"):
                    load.append(os.getloadavg()[0])
    return Jitter(
        hz=hz,
        think_ms=1e3 * think_s,
        seconds=blocks * ticks / hz,
        block_seconds=ticks / hz,
        loops=[punctuality(name, each, hz) for name, each in found.items()],
        cores=len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1,
        load=spread(load) if load else None,
    )


def punctuality(name: str, blocks: Sequence[Block], hz: int) -> Punctuality:
    """The figures of one loop's blocks, of two ticks or more each."""
    lateness = [late for block in blocks for late in block.lateness]
    starts = [np.array(block.begun) for block in blocks]
    behind = [begun - begun[0] - np.arange(len(begun)) / hz for begun in starts]
    exact = sum(len(begun) - 1 for begun in starts) / hz
    return Punctuality(
        name=name,
        ticks=len(lateness),
        lateness=spread(lateness, 1e3),
        grid=spread(np.concatenate(behind).tolist(), 1e3),
        period=spread(np.concatenate([np.abs(np.diff(b)) for b in behind]).tolist(), 1e3),
        over=sum(late > LIMIT_S for late in lateness),
        late=sum(block.late for block in blocks),
        behind=60e3 * sum(float(b[-1]) for b in behind) / exact,
        answers=sum(block.answers for block in blocks) / (exact + len(blocks) / hz),
        failures=sum(block.failures for block in blocks),
    )
