import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.policy.bench.timing import HostLaps, in_turn, percentiles


def test_percentiles_are_in_milliseconds_on_a_straight_line_between_two_times() -> None:
    found = percentiles([k / 1000 for k in range(101)])
    assert (found.p50, found.p95, found.p99) == pytest.approx((50, 95, 99))
    assert found.per(5).p95 == pytest.approx(19)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=30))
def test_percentiles_are_in_order_and_within_the_times(seconds: list[float]) -> None:
    found = percentiles(seconds)
    rising = [1e3 * min(seconds), found.p50, found.p95, found.p99, 1e3 * max(seconds)]
    assert (np.diff(rising) >= -1e-9).all()


def test_laps_are_the_times_between_marks_and_are_read_once() -> None:
    clock = iter([1.0, 1.5, 3.5, 10.0, 11.0])
    laps = HostLaps(lambda: next(clock))
    for _ in range(3):
        laps.mark()
    assert laps.read() == [0.5, 2.0]
    assert laps.read() == []
    laps.mark()
    laps.mark()
    assert laps.read() == [1.0]


def test_contenders_run_in_turn() -> None:
    seen: list[str] = []
    told: list[int] = []

    def contender(name: str) -> list[float]:
        seen.append(name)
        return [float(len(seen))]

    runs = {name: lambda name=name: contender(name) for name in ("engine", "eager")}
    kept = in_turn(runs, 3, told.append)
    assert seen == ["engine", "eager"] * 3
    assert kept == {"engine": [[1.0], [3.0], [5.0]], "eager": [[2.0], [4.0], [6.0]]}
    assert told == [1, 2, 3]
