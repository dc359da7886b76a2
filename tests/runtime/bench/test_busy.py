"""A policy that is busy: time, not work, bounds it."""

import time
from itertools import count

import pytest

from ontakt.runtime.bench.busy import Busy


def test_it_works_until_its_time_is_up_and_stops_then() -> None:
    """On a clock that moves by 10 ms whenever somebody looks: the parts end at a third, two thirds
    and all of the time."""
    seen: list[float] = []
    moved = count()

    def now() -> float:
        seen.append(0.01 * next(moved))
        return seen[-1]

    Busy(0.3, now)()
    assert seen[-1] == pytest.approx(0.3)
    assert len(seen) == 31


def test_it_takes_the_processor_not_a_nap() -> None:
    begun, spent = time.perf_counter(), time.process_time()
    Busy(0.1)()
    spent = time.process_time() - spent
    assert time.perf_counter() - begun >= 0.1
    assert spent > 0.005
