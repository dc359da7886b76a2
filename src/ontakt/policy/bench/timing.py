"""Times: laps of one run, runs of several contenders in turn, percentiles."""

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
import torch
from msgspec import Struct


class Percentiles(Struct, frozen=True, kw_only=True):
    """Of some times, in milliseconds; between two of them a straight line is drawn."""

    p50: float
    p95: float
    p99: float

    def per(self, count: int) -> "Percentiles":
        """Of one of `count` equal parts."""
        return Percentiles(p50=self.p50 / count, p95=self.p95 / count, p99=self.p99 / count)


def percentiles(seconds: Sequence[float]) -> Percentiles:
    """Of `seconds`, one at least."""
    p50, p95, p99 = (1e3 * float(q) for q in np.quantile(seconds, (0.5, 0.95, 0.99)))
    return Percentiles(p50=p50, p95=p95, p99=p99)


class Laps(Protocol):
    """A stopwatch of one device."""

    def mark(self) -> None:
        """What follows belongs to the next lap."""

    def read(self) -> list[float]:
        """Seconds from each mark to the next; then it is as new. Waits for the device."""


class HostLaps:
    """For a device that has done its work when a call returns. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._marks: list[float] = []

    def mark(self) -> None:
        """What follows belongs to the next lap."""
        self._marks.append(self._clock())

    def read(self) -> list[float]:
        """Seconds from each mark to the next."""
        marks, self._marks = self._marks, []
        return [end - start for start, end in pairwise(marks)]


class CudaLaps:
    """For a GPU that works behind the host: marks are events in its own stream, so that no lap
    makes the host wait. With nothing before them in the stream they also measure the host."""

    def __init__(self) -> None:
        self._events: list[torch.cuda.Event] = []

    def mark(self) -> None:
        """What follows belongs to the next lap."""
        if not self._events:
            torch.cuda.synchronize()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        self._events.append(event)

    def read(self) -> list[float]:
        """Seconds from each mark to the next, once the GPU has reached the last."""
        torch.cuda.synchronize()
        events, self._events = self._events, []
        return [1e-3 * a.elapsed_time(b) for a, b in pairwise(events)]


def laps_of(device: torch.device) -> Laps:
    """The stopwatch for `device`."""
    return CudaLaps() if device.type == "cuda" else HostLaps()


def in_turn(
    contenders: Mapping[str, Callable[[], list[float]]],
    rounds: int,
    told: Callable[[int], None] = lambda _: None,
) -> dict[str, list[list[float]]]:
    """`rounds` runs of each contender, one of each in every round, so that whatever disturbs the
    machine disturbs all alike. What a run returns is kept, in order, by name."""
    kept: dict[str, list[list[float]]] = {name: [] for name in contenders}
    for k in range(rounds):
        for name, run in contenders.items():
            kept[name].append(run())
        told(k + 1)
    return kept
