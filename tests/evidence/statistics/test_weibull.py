"""Weibull lives against published data, scipy's fit, their own laws and the actual coverage."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, weibull_min

from ontakt.contract import BadValue
from ontakt.evidence.statistics.weibull import Weibull, weibull

ORACLES = json.loads((Path(__file__).parents[2] / "data" / "oracles.json").read_text())
# Millions of revolutions that 23 ball bearings lasted (Lieblein and Zelen 1956).
BEARINGS = [
    17.88, 28.92, 33.00, 41.52, 42.12, 45.60, 48.48, 51.84, 51.96, 54.12, 55.56, 67.80,
    68.64, 68.64, 68.88, 84.12, 93.12, 98.64, 105.12, 105.84, 127.92, 128.04, 173.40,
]  # fmt: skip

lives = st.lists(
    st.tuples(st.integers(1, 400), st.booleans()), min_size=2, max_size=25, unique_by=lambda x: x[0]
)


def _fit(ages: Sequence[float], failed: Sequence[bool], confidence: float = 0.95) -> Weibull:
    fit = weibull(ages, failed, confidence)
    assert fit is not None
    return fit


def _unlike(data: list[tuple[int, bool]]) -> bool:
    """True where there are two failures, one of them before the greatest age."""
    failed = [age for age, ended in data if ended]
    return len(failed) > 1 and min(failed) < max(age for age, _ in data)


def test_bearings_oracle() -> None:
    fit = _fit(BEARINGS, [True] * 23)
    known = ORACLES["weibull_lieblein_zelen"]
    assert fit.shape == pytest.approx(known["shape"], abs=5e-6)
    assert fit.scale == pytest.approx(known["scale"], abs=5e-5)  # its last digit is a 3, not a 2
    assert fit.log_likelihood == pytest.approx(-113.69129, abs=5e-6)
    assert (fit.b10, fit.mean) == pytest.approx((28.069, 72.519), abs=6e-4)
    assert fit.shape_interval is not None
    assert fit.shape_interval.low > 1, "bearings wear out"
    assert fit.shape_by_likelihood.low > 1


def test_remission_as_lifelines_has_it() -> None:
    """6-MP data, censored; lifelines 0.30.3 to the digits that its search gives."""
    ages = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    fit = _fit(ages, [True] * 9 + [False] * 12)
    assert (fit.shape, fit.scale) == pytest.approx((1.35373, 33.7652), rel=5e-6)
    assert fit.log_likelihood == pytest.approx(-41.6586785, abs=1e-7)
    assert fit.shape_interval is not None
    assert fit.shape_interval.low < 1 < fit.shape_interval.high, "chance is not ruled out"


@settings(deadline=None, max_examples=40)
@given(lives)
def test_no_other_weibull_is_likelier(data: list[tuple[int, bool]]) -> None:
    assume(_unlike(data))
    fit = _fit([age for age, _ in data], [ended for _, ended in data])
    failed = np.array([age for age, ended in data if ended], dtype=float)
    running = np.array([age for age, ended in data if not ended], dtype=float)

    def likelihood(shape: float, scale: float) -> float:
        dead = weibull_min.logpdf(failed, shape, scale=scale).sum()
        return float(dead + weibull_min.logsf(running, shape, scale=scale).sum())

    best = likelihood(fit.shape, fit.scale)
    assert best == pytest.approx(fit.log_likelihood, rel=1e-9, abs=1e-9)
    for shape in (0.99, 1.01):
        for scale in (0.99, 1.0, 1.01):
            assert likelihood(fit.shape * shape, fit.scale * scale) < best
    end = fit.shape_by_likelihood.low  # where twice the likelihood falls by chi-square's quantile
    spread = float((np.array([age for age, _ in data], dtype=float) ** end).sum())
    scale = (spread / len(failed)) ** (1 / end)
    assert 2 * (best - likelihood(end, scale)) == pytest.approx(3.841459, abs=1e-5)


def test_scipy_finds_the_same_where_it_finds_it() -> None:
    failed = np.array(BEARINGS)
    running = np.array([60.0, 90.0, 150.0])
    shape, _, scale = weibull_min.fit(CensoredData(failed, right=running), floc=0)
    fit = _fit([*failed, *running], [True] * 23 + [False] * 3)
    assert (fit.shape, fit.scale) == pytest.approx((shape, scale), rel=1e-5)


@settings(deadline=None, max_examples=40)
@given(lives, st.sampled_from([1e-6, 0.25, 3600.0, 1e9]))
def test_order_and_unit_do_not_matter(data: list[tuple[int, bool]], unit: float) -> None:
    assume(_unlike(data))
    fit = _fit([age for age, _ in data], [ended for _, ended in data])
    other = _fit([age * unit for age, _ in data[::-1]], [ended for _, ended in data[::-1]])
    assert other.shape == pytest.approx(fit.shape, rel=1e-8)
    assert other.scale == pytest.approx(fit.scale * unit, rel=1e-8)
    assert (other.b10, other.mean) == pytest.approx((fit.b10 * unit, fit.mean * unit), rel=1e-7)
    assert fit.shape_interval is not None
    assert other.shape_interval is not None
    assert other.shape_interval.low == pytest.approx(fit.shape_interval.low, rel=1e-6)
    assert other.shape_by_likelihood.high == pytest.approx(fit.shape_by_likelihood.high, rel=1e-6)


@settings(deadline=None, max_examples=40)
@given(lives)
def test_twice_the_same_lives_narrow_and_more_confidence_widens(
    data: list[tuple[int, bool]],
) -> None:
    assume(_unlike(data))
    ages, failed = [float(age) for age, _ in data], [ended for _, ended in data]
    once, twice, sure = _fit(ages, failed), _fit(ages * 2, failed * 2), _fit(ages, failed, 0.99)
    assert twice.shape == pytest.approx(once.shape, rel=1e-8)
    assert once.shape_interval is not None
    assert twice.shape_interval is not None
    assert sure.shape_interval is not None
    ends = (twice.shape_interval, once.shape_interval, sure.shape_interval)
    widths = [interval.high / interval.low for interval in ends]
    assert widths == sorted(widths)
    for more, less in ((sure, once), (once, twice)):
        assert more.shape_by_likelihood.low < less.shape_by_likelihood.low < once.shape
        assert once.shape < less.shape_by_likelihood.high < more.shape_by_likelihood.high


def test_b10_and_mean_of_chance_are_those_of_the_exponential() -> None:
    """A shape of nearly 1 from many even quantiles."""
    n = 1000
    fit = _fit(list(-np.log(1 - (np.arange(n) + 0.5) / n)), [True] * n)
    assert (fit.shape, fit.scale, fit.mean) == pytest.approx((1, 1, 1), abs=6e-3)
    assert fit.b10 == pytest.approx(-math.log(0.9), rel=2e-2)


def test_without_a_maximum_there_is_no_fit() -> None:
    assert weibull([], []) is None
    assert weibull([3.0, 4.0], [False, False]) is None
    assert weibull([5.0, 5.0], [True, True]) is None
    assert weibull([2.0, 5.0], [False, True]) is None
    one = _fit([2.0, 5.0], [True, False])
    assert one.shape_interval is None, "one failure has no spread"


@pytest.mark.parametrize("age", [0.0, -1.0, math.nan, math.inf])
def test_impossible_ages_are_refused(age: float) -> None:
    with pytest.raises(BadValue, match="finite and positive"):
        weibull([1.0, age], [True, True])


def test_other_impossible_input_is_refused() -> None:
    with pytest.raises(BadValue, match="one of each"):
        weibull([1.0], [])
    with pytest.raises(BadValue, match="between 0 and 1"):
        weibull([1.0], [True], confidence=0.0)


def _misses(n: int, keep: float, stop: str, samples: int) -> dict[str, float]:
    """Of `samples` by chance alone, shape 1, the share that is called wear-out (low end above 1)
    and early failure (high end below 1). `keep` of the lives end before the test stops, at an age
    or with a failure."""
    chance = np.random.default_rng(n)
    said: dict[str, list[bool]] = {"wear": [], "early": [], "lr wear": []}
    for _ in range(samples):
        life = chance.exponential(size=n)
        end = math.inf if keep == 1 else -math.log(1 - keep)
        if stop == "failure":
            end = float(np.sort(life)[int(n * keep) - 1])
        fit = weibull(list(np.minimum(life, end)), list(life <= end))
        if fit is None or fit.shape_interval is None:
            continue
        said["wear"].append(fit.shape_interval.low > 1)
        said["early"].append(fit.shape_interval.high < 1)
        said["lr wear"].append(fit.shape_by_likelihood.low > 1)
    return {name: float(np.mean(held)) for name, held in said.items()}


def test_coverage_of_five_failures() -> None:
    """Exact by condition, Monte Carlo error 0.006 a tail; the likelihood ratio leans to wear-out,
    which is why it does not decide."""
    missed = _misses(5, 1, "failure", 800)
    assert missed["wear"] == pytest.approx(0.025, abs=0.018)
    assert missed["early"] == pytest.approx(0.025, abs=0.018)
    assert missed["lr wear"] == pytest.approx(0.09, abs=0.03)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "keep"), [(2, 1.0), (3, 1.0), (10, 1.0), (40, 1.0), (20, 0.25)])
def test_conditional_interval_is_exact_for_failure_stopped_tests(n: int, keep: float) -> None:
    missed = _misses(n, keep, "failure", 3000)
    assert missed["wear"] == pytest.approx(0.025, abs=0.009)
    assert missed["early"] == pytest.approx(0.025, abs=0.009)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "keep"), [(10, 0.5), (20, 0.3), (60, 0.1)])
def test_a_test_stopped_at_an_age_rarely_cries_wear_out(n: int, keep: float) -> None:
    """What the docstring says: 1 % wear-out, 6 % early failures, likelihood ratio 4 % wear-out."""
    missed = _misses(n, keep, "age", 3000)
    assert missed["wear"] <= 0.015
    assert missed["early"] == pytest.approx(0.06, abs=0.016)
    assert missed["lr wear"] == pytest.approx(0.04, abs=0.015)


def test_coverage_does_not_depend_on_the_shape() -> None:
    """life**(1 / shape) turns one sample into another and its ends too: one shape is enough."""
    chance = np.random.default_rng(7)
    life, end = chance.exponential(size=12), 1.1
    one = _fit(list(np.minimum(life, end)), list(life <= end))
    other = _fit(list(np.minimum(life, end) ** (1 / 2.5)), list(life <= end))
    assert one.shape_interval is not None
    assert other.shape_interval is not None
    assert other.shape_interval.low == pytest.approx(2.5 * one.shape_interval.low, rel=1e-6)
    assert other.shape_by_likelihood.high == pytest.approx(2.5 * one.shape_by_likelihood.high)
