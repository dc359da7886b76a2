"""Reliability growth against the handbooks' data and tables, its laws and its coverage."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from ontakt.contract import BadValue
from ontakt.evidence.statistics import growth
from ontakt.evidence.statistics.growth import (
    Growth,
    cramer_von_mises,
    crow_amsaa,
    grouped_growth,
    laplace,
    mil_hdbk_189,
)

ORACLES = json.loads((Path(__file__).parents[2] / "data" / "oracles.json").read_text())
HANDBOOK, NIST = ORACLES["crow_amsaa"]
HANDBOOK_TIMES = [
    2.6, 16.5, 16.5, 17, 21.4, 29.1, 33.3, 56.5, 63.1, 70.6, 73, 77.7, 93.9, 95.5, 98.1, 101.1,
    132, 142.2, 147.7, 149, 167.2, 190.7, 193, 198.7, 251.9, 282.5, 286.1,
]  # fmt: skip
NIST_TIMES = [5.0, 40, 43, 175, 389, 712, 747, 795, 1299, 1478]
# Two prototypes, stopped with the 22nd failure (weibull.com, parameter estimation for Crow-AMSAA).
PROTOTYPES = [
    2.7, 10.3, 12.5, 30.6, 57, 61.3, 80, 109.5, 125, 128.6, 143.8, 167.9, 229.2, 296.7, 320.6,
    328.2, 366.2, 396.7, 421.1, 438.2, 501.2, 620,
]  # fmt: skip

events = st.lists(st.floats(0.01, 0.99), min_size=3, max_size=40)
counts = st.lists(st.integers(0, 12), min_size=3, max_size=8)


def _fit(times: list[float], until: float | None = None, confidence: float = 0.95) -> Growth:
    fit = crow_amsaa(times, until, confidence)
    assert fit is not None
    return fit


def _grouped(
    count: list[int], exposures: list[float] | None = None, confidence: float = 0.95
) -> Growth:
    fit = grouped_growth(count, exposures or [1.0] * len(count), confidence)
    assert fit is not None
    return fit


def test_handbook_oracle() -> None:
    """MIL-HDBK-189, 27 failures in 300 h; its 90 % interval for the MTBF is 9.9 to 26.1 h."""
    fit = _fit(HANDBOOK_TIMES, HANDBOOK["T"], 0.9)
    assert (fit.shape, fit.scale) == pytest.approx((HANDBOOK["beta"], HANDBOOK["lambda"]), abs=5e-7)
    assert fit.mtbf == pytest.approx(HANDBOOK["mtbf"], abs=5e-7)
    assert (fit.mtbf_interval.low, fit.mtbf_interval.high) == pytest.approx((9.9, 26.1), abs=0.05)
    distance = cramer_von_mises(HANDBOOK_TIMES, HANDBOOK["T"])
    assert distance is not None
    assert distance.statistic == pytest.approx(HANDBOOK["cvm"], abs=5e-7)
    assert distance.p > 0.2


def test_nist_oracle() -> None:
    """NIST 8.4.5.2: b = 1 - shape, a the scale that belongs to the unbiased shape."""
    fit = _fit(NIST_TIMES, NIST["T"])
    assert fit.shape_unbiased == pytest.approx(NIST["b_mod"], abs=5e-7)
    assert fit.events / NIST["T"] ** NIST["b_mod"] == pytest.approx(NIST["a"], abs=5e-6)
    assert fit.mtbf_unbiased == pytest.approx(NIST["mtbf"], abs=5e-4)
    assert fit.shape == pytest.approx(0.537229, abs=5e-7)


def test_prototypes_oracle() -> None:
    fit = _fit(PROTOTYPES)
    assert (fit.shape, fit.scale) == pytest.approx((0.614210, 0.423942), abs=5e-7)
    assert (1 / fit.mtbf, fit.mtbf) == pytest.approx((0.0217946, 45.883), rel=3e-6)
    assert fit.shape_unbiased == pytest.approx(0.614210 * 20 / 22, abs=5e-7)


def test_trend_oracles() -> None:
    chi_square = mil_hdbk_189(HANDBOOK_TIMES, 300)
    assert chi_square is not None
    assert chi_square.statistic == pytest.approx(75.383, abs=5e-4)
    assert chi_square.p_growth == pytest.approx(0.029, abs=5e-4)
    assert chi_square.p_growth + chi_square.p_decay == pytest.approx(1)
    z = laplace(HANDBOOK_TIMES, 300)
    assert z is not None
    assert z.statistic == pytest.approx(-2.318, abs=5e-4)
    assert (z.p_growth, z.p_decay) == pytest.approx((0.0102, 0.9898), abs=5e-5)


def test_grouped_handbook_example() -> None:
    """MIL-HDBK-189, 49 failures in five times 20 h: shape 0.753, MTBF 2.7 h at the end."""
    fit = _grouped([13, 16, 5, 8, 7], [20.0] * 5)
    assert (fit.shape, fit.mtbf) == pytest.approx((0.753, 2.71), abs=5e-3)
    assert fit.scale == pytest.approx(49 / 100**fit.shape)


# Multiples of the estimated MTBF (MIL-HDBK-189, tables of confidence bounds), two-sided.
TIMED = {(2, 0.8): (0.261, 18.66), (2, 0.9): (0.200, 38.66), (3, 0.9): (0.263, 9.736)}
STOPPED = {(2, 0.8): (0.8065, 33.76), (3, 0.9): (0.5137, 14.24), (3, 0.98): (0.3119, 37.60)}


@pytest.mark.parametrize(
    ("n", "confidence", "ends", "until"),
    [(*key, ends, 10.0) for key, ends in TIMED.items()]
    + [(*key, ends, None) for key, ends in STOPPED.items()],
)
def test_bounds_of_the_mtbf_are_those_of_the_tables(
    n: int, confidence: float, ends: tuple[float, float], until: float | None
) -> None:
    fit = _fit([float(k) for k in range(1, n + 1)], until, confidence)
    found = fit.mtbf_interval.low / fit.mtbf, fit.mtbf_interval.high / fit.mtbf
    assert found == pytest.approx(ends, rel=2.5e-3)


@pytest.mark.parametrize(
    ("m", "level", "value"),
    [(3, 0.9, 0.154), (10, 0.9, 0.167), (10, 0.95, 0.212), (60, 0.8, 0.128)],
)
def test_distances_are_those_of_the_table(m: int, level: float, value: float) -> None:
    """MIL-HDBK-189, critical values of Cramer and von Mises' statistic."""
    assert np.quantile(growth._null(m), level) == pytest.approx(value, abs=0.006)


def test_a_broken_law_is_noticed() -> None:
    """Nothing, then everything at once, then nothing: no power law."""
    fit = cramer_von_mises([50 + 0.1 * k for k in range(30)], 100)
    assert fit is not None
    assert fit.p < 0.001


@settings(deadline=None, max_examples=40)
@given(events, st.sampled_from([1e-3, 60.0, 1e6]), st.booleans())
def test_order_and_unit_do_not_matter(shares: list[float], unit: float, timed: bool) -> None:
    assume(len(set(shares)) > 1)
    here = _fit(shares, 1.0 if timed else None)
    there = _fit([unit * share for share in shares[::-1]], unit if timed else None)
    assert there.shape == pytest.approx(here.shape, rel=1e-9)
    assert there.mtbf == pytest.approx(here.mtbf * unit, rel=1e-9)
    assert there.mtbf_interval.low == pytest.approx(here.mtbf_interval.low * unit, rel=1e-9)
    assert there.shape_interval.high == pytest.approx(here.shape_interval.high, rel=1e-9)
    assert here.shape_interval.low < here.shape < here.shape_interval.high
    assert here.mtbf_interval.low < here.mtbf < here.mtbf_interval.high


@settings(deadline=None, max_examples=20)
@given(events, counts)
def test_more_confidence_widens(shares: list[float], count: list[int]) -> None:
    assume(sum(count) not in (0, count[0], count[-1]))
    for narrow, wide in (
        (_fit(shares, 1.0, 0.8), _fit(shares, 1.0, 0.99)),
        (_grouped(count, None, 0.8), _grouped(count, None, 0.99)),
    ):
        assert wide.shape_interval.low < narrow.shape_interval.low
        assert narrow.shape_interval.high < wide.shape_interval.high
        assert wide.mtbf_interval.low < narrow.mtbf_interval.low
        assert narrow.mtbf_interval.high < wide.mtbf_interval.high


@settings(deadline=None, max_examples=25)
@given(counts)
def test_no_other_power_law_is_likelier(count: list[int]) -> None:
    n = sum(count)
    assume(n not in (0, count[0], count[-1]))
    exposures = [1.0 + k % 3 for k in range(len(count))]
    fit = _grouped(count, exposures)
    edges = np.concatenate([[0.0], np.cumsum(exposures)])

    def likelihood(shape: float, scale: float) -> float:
        mean = scale * np.diff(edges**shape)
        return float((np.array(count) * np.log(mean) - mean).sum())

    best = likelihood(fit.shape, fit.scale)
    for shape in (0.98, 1.02):
        for scale in (0.98, 1.0, 1.02):
            law = fit.shape * shape
            assert likelihood(law, n * scale / edges[-1] ** law) < best
    end = fit.shape_interval.high  # where twice the likelihood falls by chi-square's quantile
    fall = 2 * (best - likelihood(end, n / edges[-1] ** end))
    assert fall == pytest.approx(3.841459, abs=1e-5)
    mtbf = fit.mtbf_interval.low
    laws = fit.shape * np.exp(np.linspace(-3, 3, 20_001))
    scales = 1 / (mtbf * laws * edges[-1] ** (laws - 1))
    means = scales[:, None] * np.diff(edges ** laws[:, None])
    every = (np.array(count) * np.log(means) - means).sum(axis=1)
    assert 2 * (best - every.max()) == pytest.approx(3.841459, abs=1e-3)


def test_fine_groups_are_times() -> None:
    """One version an hour: the grouped fit comes to that of the times."""
    count = np.histogram(HANDBOOK_TIMES, bins=np.arange(0, 300.05, 0.1))[0]
    fine = _grouped(list(map(int, count)), [0.1] * len(count))
    exact = _fit(HANDBOOK_TIMES, 300.0)
    assert (fine.shape, fine.mtbf) == pytest.approx((exact.shape, exact.mtbf), rel=2e-3)
    assert fine.mtbf_interval.low == pytest.approx(exact.mtbf_interval.low, rel=0.05)


def test_frozen_and_split_is_the_same_as_frozen() -> None:
    """Equal counts in equal exposures: no growth, and 1 in the middle of the interval."""
    fit = _grouped([6] * 5, [8.0] * 5)
    assert fit.shape == pytest.approx(1, abs=1e-9)
    assert fit.mtbf == pytest.approx(8 / 6)
    assert fit.shape_interval.low < 1 < fit.shape_interval.high


def test_without_a_maximum_there_is_no_fit() -> None:
    for found in (crow_amsaa, cramer_von_mises, mil_hdbk_189, laplace):
        assert found([], 10) is found([]) is found([10.0], 10) is found([10.0]) is None
    assert crow_amsaa([4.0, 4.0]) is None
    for count in ([], [0, 0], [5], [5, 0, 0], [0, 0, 5]):
        assert grouped_growth(count, [1.0] * len(count)) is None


def test_few_events_say_little() -> None:
    one = _fit([4.0], 10)
    assert one.shape_unbiased is one.mtbf_unbiased is None
    assert one.mtbf_interval.high == math.inf
    assert cramer_von_mises([4.0], 10) is None
    two = _fit([4.0, 10.0])
    assert (two.shape_unbiased, two.mtbf_interval.high > 100 * two.mtbf) == (None, True)


@pytest.mark.parametrize("time", [0.0, -1.0, math.nan, math.inf, 10.1])
def test_impossible_times_are_refused(time: float) -> None:
    with pytest.raises(BadValue, match="each lies after 0 and not after 10"):
        crow_amsaa([1.0, time], 10)


def test_other_impossible_input_is_refused() -> None:
    with pytest.raises(BadValue, match="finite and positive"):
        laplace([], 0.0)
    for count, exposures in (([1], []), ([-1, 2], [1.0, 1.0])):
        with pytest.raises(BadValue, match="not negative"):
            grouped_growth(count, exposures)
    for exposure in (0.0, math.nan, math.inf):
        with pytest.raises(BadValue, match="finite and positive"):
            grouped_growth([1, 1, 1], [1.0, exposure, 1.0])
    with pytest.raises(BadValue, match="between 0 and 1"):
        crow_amsaa([1.0], 2, confidence=95)


def _process(
    chance: np.random.Generator, shape: float, mean: float, stop: int | None
) -> list[float]:
    """Accumulated times up to 1 of a power law with `mean` events, or up to event number `stop`."""
    if stop is None:
        return list(chance.uniform(size=chance.poisson(mean)) ** (1 / shape))
    return list((np.cumsum(chance.exponential(size=stop)) / mean) ** (1 / shape))


def _coverage(shape: float, mean: float, stop: int | None, samples: int) -> tuple[float, float]:
    """Of the shape and of the MTBF at the end, which for a test that an event stops lies there."""
    chance = np.random.default_rng(int(mean * 10))
    held = []
    for _ in range(samples):
        times = _process(chance, shape, mean, stop)
        if not times:
            continue
        fit = _fit(times, 1.0 if stop is None else None)
        mtbf = 1 / (mean * shape * fit.exposure ** (shape - 1))
        held.append(
            (
                fit.shape_interval.low <= shape <= fit.shape_interval.high,
                fit.mtbf_interval.low <= mtbf <= fit.mtbf_interval.high,
            )
        )
    of_shape, of_mtbf = np.mean(held, axis=0)
    return float(of_shape), float(of_mtbf)


@pytest.mark.parametrize(("shape", "mean", "stop"), [(0.6, 8, None), (0.6, 8, 6)])
def test_coverage_is_exact(shape: float, mean: float, stop: int | None) -> None:
    """Monte Carlo error 0.006 (one sigma)."""
    of_shape, of_mtbf = _coverage(shape, mean, stop, 1500)
    assert of_shape == pytest.approx(0.95, abs=0.018)
    assert of_mtbf >= 0.95 - 0.018
    if stop is not None:
        assert of_mtbf == pytest.approx(0.95, abs=0.018)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [0.4, 1.0, 1.6])
@pytest.mark.parametrize(("mean", "stop"), [(2, None), (5, None), (40, None), (5, 2), (30, 40)])
def test_coverage_is_exact_everywhere(shape: float, mean: float, stop: int | None) -> None:
    """Monte Carlo error 0.0028; counts are discrete, so that MTBF of a timed test is above."""
    of_shape, of_mtbf = _coverage(shape, mean, stop, 6000)
    assert of_shape == pytest.approx(0.95, abs=0.01)
    assert 0.94 <= of_mtbf <= (0.96 if stop is not None else 0.995)


@pytest.mark.slow
@pytest.mark.parametrize("versions", [3, 10])
@pytest.mark.parametrize(("shape", "mean"), [(0.5, 10), (0.5, 60), (1.2, 10)])
def test_grouped_coverage(versions: int, shape: float, mean: float) -> None:
    """Approximate: 93 to 97 %, as its docstring says, Monte Carlo error 0.006."""
    chance = np.random.default_rng(versions)
    means = mean * np.diff((np.arange(versions + 1) / versions) ** shape)
    held = []
    for _ in range(1200):
        fit = grouped_growth(list(map(int, chance.poisson(means))), [1.0] * versions)
        if fit is not None:
            mtbf = versions / (mean * shape)
            held.append(
                (
                    fit.shape_interval.low <= shape <= fit.shape_interval.high,
                    fit.mtbf_interval.low <= mtbf <= fit.mtbf_interval.high,
                )
            )
    of_shape, of_mtbf = np.mean(held, axis=0)
    assert 0.918 <= of_shape <= 0.982
    assert 0.918 <= of_mtbf <= 0.982


def test_false_alarms_are_as_rare_as_they_say() -> None:
    """Under a constant rate each p is uniform; the chi-square's exactly, Laplace's nearly. So is
    that of Cramer and von Mises under any power law. Monte Carlo error 0.0035 (one sigma)."""
    chance = np.random.default_rng(3)
    p: dict[str, list[float]] = {"chi-square": [], "laplace": [], "distance": []}
    for _ in range(4000):
        times = list(chance.uniform(size=9))
        chi_square, z = mil_hdbk_189(times, 1.0), laplace(times, 1.0)
        distance = cramer_von_mises([time**3 for time in times], 1.0)
        assert chi_square is not None
        assert z is not None
        assert distance is not None
        p["chi-square"].append(chi_square.p_growth)
        p["laplace"].append(z.p_growth)
        p["distance"].append(distance.p)
    assert min(kstest(values, "uniform").pvalue for values in p.values()) > 0.001
    alarms = [float(np.mean(np.array(values) <= 0.05)) for values in p.values()]
    assert alarms == pytest.approx([0.05] * 3, abs=0.0105)


def test_growth_is_found_by_both_trend_tests() -> None:
    times = [100 * ((k + 0.5) / 20) ** 2 for k in range(20)]  # shape 1/2
    for test in (mil_hdbk_189, laplace):
        trend = test(times, 100.0)
        assert trend is not None
        assert trend.p_growth < 0.01
        decay = test([100 - time for time in times], 100.0)
        assert decay is not None
        assert decay.p_growth > 0.5
