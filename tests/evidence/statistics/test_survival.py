"""Kaplan-Meier against published data, scipy's curve, its own laws and its actual coverage."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from ontakt.contract import BadValue
from ontakt.evidence.statistics.survival import Survival, kaplan_meier, restricted_mean

ORACLES = json.loads((Path(__file__).parents[2] / "data" / "oracles.json").read_text())
# Remission under 6-MP in weeks (Freireich 1963): 9 relapses, 12 patients still in remission.
TIMES = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
OBSERVED = [True] * 9 + [False] * 12

stretches = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40)


def _curve(times: Sequence[float], observed: Sequence[bool], confidence: float = 0.95) -> Survival:
    curve = kaplan_meier(times, observed, confidence)
    assert curve is not None
    return curve


def test_6_mp_oracle() -> None:
    curve = _curve(TIMES, OBSERVED)
    found = {f"{point.time:g}": point.survival for point in curve.points}
    assert found == pytest.approx(ORACLES["km_6mp"], abs=5e-7)
    assert [point.at_risk for point in curve.points] == [21, 17, 15, 12, 11, 7, 6]
    assert [point.events for point in curve.points] == [3, 1, 1, 1, 1, 1, 1]
    errors = [point.standard_error for point in curve.points]
    assert (errors[0], errors[-1]) == pytest.approx((0.076360, 0.134591), abs=5e-7)
    assert curve.median == 23


def test_6_mp_as_lifelines_has_it() -> None:
    """lifelines 0.30.3: the same exponential Greenwood ends, median 13 to infinity, mean to 35."""
    curve = _curve(TIMES, OBSERVED)
    ends = [(point.interval.low, point.interval.high) for point in curve.points]
    assert ends[0] == pytest.approx((0.619718, 0.951552), abs=5e-7)
    assert ends[-1] == pytest.approx((0.188052, 0.680143), abs=5e-7)
    assert curve.median_interval is not None
    assert (curve.median_interval.low, curve.median_interval.high) == (13, math.inf)
    mean = restricted_mean(curve, 35)
    assert mean is not None
    assert (mean.mean, mean.standard_error) == pytest.approx((23.287395, 2.827468), abs=5e-7)


def test_tiny_case_by_hand() -> None:
    """One censored at 1.2 is still at risk for the event at 1.2."""
    curve = _curve([0.5, 1.2, 1.2, 2, 3, 4], [True, True, False, True, False, False])
    found = [point.survival for point in curve.points]
    assert found == pytest.approx([5 / 6, 2 / 3, 4 / 9])
    assert curve.median == 2
    at = curve.at(1.99)
    assert at is not None
    assert at.survival == pytest.approx(2 / 3)
    assert curve.at(0.4) is curve.at(4.1) is None
    mean = restricted_mean(curve, 3)
    assert mean is not None
    assert mean.mean == pytest.approx(0.5 + 0.7 * 5 / 6 + 0.8 * 2 / 3 + 4 / 9)


@settings(deadline=None, max_examples=40)
@given(stretches)
def test_curve_is_that_of_scipy(data: list[tuple[int, bool]]) -> None:
    times, observed = [float(t) for t, _ in data], [seen for _, seen in data]
    ended = [t for t, seen in data if seen]
    sf = ecdf(CensoredData(ended, right=[t for t, seen in data if not seen])).sf
    for point in _curve(times, observed).points:
        assert point.survival == pytest.approx(
            float(sf.evaluate(np.array([point.time]))[0]), abs=1e-12
        )
        assert 0 <= point.interval.low <= point.survival <= point.interval.high <= 1


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 20), min_size=1, max_size=40))
def test_without_censoring_it_is_the_share_that_lasted_longer(data: list[int]) -> None:
    times = np.array(data, dtype=float)
    curve = _curve(list(times), [True] * len(data))
    for point in curve.points:
        share = (times > point.time).mean()
        assert point.survival == pytest.approx(share, abs=1e-12)
        if point.standard_error is not None:  # Greenwood is then the binomial error
            assert point.standard_error == pytest.approx(np.sqrt(share * (1 - share) / len(data)))
    assert curve.median == np.sort(times)[(len(data) - 1) // 2]
    mean = restricted_mean(curve, 30.0)
    assert mean is not None
    assert mean.mean == pytest.approx(times.mean())
    if mean.standard_error is not None:
        assert mean.standard_error == pytest.approx(times.std() / math.sqrt(len(data)))


@settings(deadline=None, max_examples=40)
@given(stretches, st.randoms(use_true_random=False), st.sampled_from([0.25, 60.0, 3600.0]))
def test_order_and_unit_do_not_matter(
    data: list[tuple[int, bool]], chance: Random, unit: float
) -> None:
    mixed = chance.sample(data, len(data))
    curve = _curve([float(t) for t, _ in data], [seen for _, seen in data])
    other = _curve([t * unit for t, _ in mixed], [seen for _, seen in mixed])
    assert [p.survival for p in other.points] == [p.survival for p in curve.points]
    assert [p.interval for p in other.points] == [p.interval for p in curve.points]
    assert [p.time for p in other.points] == [p.time * unit for p in curve.points]
    assert other.median == (None if curve.median is None else curve.median * unit)


@settings(deadline=None, max_examples=40)
@given(stretches, st.integers(1, 29))
def test_more_censoring_widens(data: list[tuple[int, bool]], moment: int) -> None:
    """Half of those that last beyond `moment` are lost at the start: the relative error grows."""
    cut = {k for k, (t, _) in enumerate(data) if t > moment and k % 2}
    more = [(0, False) if k in cut else stretch for k, stretch in enumerate(data)]
    full = _curve([t for t, _ in data], [seen for _, seen in data])
    less = _curve([t for t, _ in more], [seen for _, seen in more])
    before, after = full.at(moment), less.at(moment)
    if before is None or after is None:
        return
    assert after.survival <= before.survival + 1e-12
    if before.standard_error is not None and after.standard_error is not None:
        relative = before.standard_error / before.survival
        assert after.standard_error / after.survival >= relative - 1e-12


@settings(deadline=None, max_examples=40)
@given(stretches)
def test_more_confidence_widens(data: list[tuple[int, bool]]) -> None:
    times, observed = [float(t) for t, _ in data], [seen for _, seen in data]
    narrow, wide = _curve(times, observed, 0.8), _curve(times, observed, 0.99)
    for one, two in zip(narrow.points, wide.points, strict=True):
        assert two.interval.low <= one.interval.low
        assert one.interval.high <= two.interval.high
    if narrow.median_interval is not None and wide.median_interval is not None:
        assert wide.median_interval.low <= narrow.median_interval.low
        assert narrow.median_interval.high <= wide.median_interval.high


def test_a_curve_that_ends_at_zero_keeps_an_honest_end() -> None:
    curve = _curve([1, 2, 3], [True] * 3)
    last, before = curve.points[-1], curve.points[-2]
    assert (last.survival, last.standard_error, last.interval.low) == (0, None, 0)
    assert last.interval.high == before.interval.high
    alone = _curve([1], [True]).points[0]
    assert (alone.interval.low, alone.interval.high) == (0, 1)


def test_what_was_not_seen_is_not_known() -> None:
    assert kaplan_meier([], []) is None
    none_ended = _curve([1, 2, 3], [False] * 3)
    assert none_ended.points == ()
    found = (none_ended.median, none_ended.median_interval, none_ended.at(2))
    assert found == (None, None, None)
    mean = restricted_mean(none_ended, 2)
    assert mean is not None
    assert (mean.mean, mean.standard_error, mean.interval) == (2, None, None)
    assert restricted_mean(none_ended, 3.1) is None
    rare = _curve([1, *[50.0] * 99], [True] + [False] * 99)
    assert rare.median is None
    assert rare.median_interval is not None
    assert (rare.median_interval.low, rare.median_interval.high) == (50, math.inf)


@pytest.mark.parametrize("time", [-1.0, math.nan, math.inf])
def test_impossible_times_are_refused(time: float) -> None:
    with pytest.raises(BadValue, match="finite and not negative"):
        kaplan_meier([1.0, time], [True, True])


def test_other_impossible_input_is_refused() -> None:
    with pytest.raises(BadValue, match="one of each"):
        kaplan_meier([1.0], [])
    with pytest.raises(BadValue, match="between 0 and 1"):
        kaplan_meier([1.0], [True], confidence=95)
    with pytest.raises(BadValue, match="positive"):
        restricted_mean(_curve([1], [True]), 0.0)


LEVELS = (0.9, 0.75, 0.5, 0.25, 0.1)


def _coverage(n: int, samples: int) -> dict[float | str, float]:
    """Exponential stretches of mean 1, censored evenly between 0 and 3: a third of them. Of the
    samples in which there is an interval, the share in which it holds the truth."""
    chance = np.random.default_rng(n)
    hits: dict[float | str, list[bool]] = {level: [] for level in (*LEVELS, "median", "mean")}
    for _ in range(samples):
        time, stop = chance.exponential(size=n), chance.uniform(0, 3, n)
        curve = _curve(list(np.minimum(time, stop)), list(time <= stop))
        for level in LEVELS:
            point = curve.at(-math.log(level))
            if point is not None:
                hits[level].append(point.interval.low <= level <= point.interval.high)
        if (median := curve.median_interval) is not None:
            hits["median"].append(median.low <= math.log(2) <= median.high)
        mean = restricted_mean(curve, 1.0)
        if mean is not None and mean.interval is not None:
            hits["mean"].append(mean.interval.low <= 1 - math.exp(-1) <= mean.interval.high)
    return {level: float(np.mean(held)) for level, held in hits.items()}


def test_coverage_of_twenty_stretches() -> None:
    """Monte Carlo error 0.006 (one sigma)."""
    covered = _coverage(20, 1200)
    for level in (0.9, 0.75, 0.5, 0.25, "median"):
        assert 0.935 <= covered[level] <= 0.99
    assert covered["mean"] == pytest.approx(0.93, abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "least", "mean"), [(10, 0.87, 0.89), (50, 0.93, 0.94)])
def test_coverage_falls_with_few_stretches(n: int, least: float, mean: float) -> None:
    """Approximate is what it says: of 10 stretches 88 % at the ends of the curve, 94 % of 50."""
    covered = _coverage(n, 6000)
    levels = [covered[level] for level in LEVELS]
    assert least <= min(levels) <= least + 0.03
    assert max(levels) <= 0.985
    assert 0.945 <= covered["median"] <= 0.98
    assert covered["mean"] == pytest.approx(mean, abs=0.012)
