"""Intervals against published numbers, their own equations, and their coverage."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, poisson

from ontakt.contract import BadValue
from ontakt.evidence.statistics.intervals import (
    Interval,
    clopper_pearson,
    jeffreys,
    poisson_rate,
    wilson,
)

ORACLES = json.loads((Path(__file__).parents[2] / "data" / "oracles.json").read_text())
PROPORTIONS = {"clopper_pearson": clopper_pearson, "wilson": wilson, "jeffreys": jeffreys}


def _known(interval: Interval | None) -> Interval:
    assert interval is not None
    return interval


def _of(name: str) -> tuple[int, int]:
    k, n = name.split("/")
    return int(k), int(n)


@pytest.mark.parametrize(
    ("method", "name", "ends"),
    [
        (method, name, ends)
        for method in PROPORTIONS
        for name, ends in ORACLES[f"{method}_95"].items()
    ],
)
def test_two_sided_oracles(method: str, name: str, ends: tuple[float, float]) -> None:
    interval = _known(PROPORTIONS[method](*_of(name)))
    assert (interval.low, interval.high) == pytest.approx(tuple(ends), abs=5e-7)


@pytest.mark.parametrize(
    ("name", "exact", "score", "bayes", "lower"),
    [
        ("141/142", (0.961389, 0.999822), (0.961191, 0.998756), (0.967563, 0.999239), 0.967030),
        ("299/299", (0.987738, 1), (0.987315, 1), (0.991641, 1), 0.990031),
        ("59/59", (0.939391, 1), (0.938871, 1), (0.958491, 1), 0.950492),
        ("0/50", (0, 0.071122), (0, 0.071348), (0, 0.048758), 0),
    ],
)
def test_proportions_to_their_printed_digits(
    name: str,
    exact: tuple[float, float],
    score: tuple[float, float],
    bayes: tuple[float, float],
    lower: float,
) -> None:
    k, n = _of(name)
    for method, ends in ((clopper_pearson, exact), (wilson, score), (jeffreys, bayes)):
        interval = _known(method(k, n))
        assert (interval.low, interval.high) == pytest.approx(ends, abs=5e-7)
    assert _known(clopper_pearson(k, n, side="lower")).low == pytest.approx(lower, abs=5e-7)


@pytest.mark.parametrize(("name", "low"), ORACLES["cp_lower_one_sided_95"].items())
def test_one_sided_oracles(name: str, low: float) -> None:
    interval = _known(clopper_pearson(*_of(name), side="lower"))
    assert interval.low == pytest.approx(low, abs=5e-7)
    assert interval.high == 1
    assert interval.method == "clopper-pearson, one-sided lower"


@pytest.mark.parametrize("case", ORACLES["poisson_exact_95"])
def test_poisson_oracles(case: dict[str, float]) -> None:
    interval = _known(poisson_rate(int(case["r"]), case["T"]))
    assert (interval.low, interval.high) == pytest.approx(case["rate"], abs=5e-7)


@pytest.mark.parametrize(("reliability", "confidence", "n"), ORACLES["success_run_n"])
def test_success_runs_follow_from_the_lower_bound(
    reliability: float, confidence: float, n: int
) -> None:
    """n successes in a row are the fewest that show `reliability`."""
    assert _known(clopper_pearson(n, n, confidence, side="lower")).low >= reliability
    assert _known(clopper_pearson(n - 1, n - 1, confidence, side="lower")).low < reliability


@pytest.mark.parametrize(
    ("plan", "failures", "n"),
    [
        (plan, failures, n)
        for plan, sizes in ORACLES["demo_n_by_failures"].items()
        for failures, n in enumerate(sizes)
    ],
)
def test_demonstrations_with_failures_follow_from_the_lower_bound(
    plan: str, failures: int, n: int
) -> None:
    reliability, confidence = map(float, plan.split("/"))
    assert _known(clopper_pearson(n - failures, n, confidence, "lower")).low >= reliability
    assert _known(clopper_pearson(n - 1 - failures, n - 1, confidence, "lower")).low < reliability


def test_rates_to_their_printed_digits() -> None:
    """10 in 200 h, 1 in 8 h, and at most for 3 in 10 h, so at least 1.2897 h between two."""
    for r, hours, ends in ((10, 200, (0.023977, 0.091952)), (1, 8, (0.003165, 0.696455))):
        interval = _known(poisson_rate(r, hours))
        assert (interval.low, interval.high) == pytest.approx(ends, abs=5e-7)
    most = _known(poisson_rate(3, 10, side="upper")).high
    assert most == pytest.approx(0.775366, abs=5e-7)
    assert 1 / most == pytest.approx(1.2897, abs=5e-5)


def test_zero_events_bound_the_rate_at_the_rule_of_three() -> None:
    """0 in 10 h: at most -ln(0.05) / 10 h, so MTBA at least 3.338 h."""
    assert _known(poisson_rate(0, 10, side="upper")).high == pytest.approx(-math.log(0.05) / 10)


def test_nothing_is_known_from_nothing() -> None:
    assert [method(0, 0) for method in PROPORTIONS.values()] == [None, None, None]
    assert poisson_rate(0, 0.0) is None


@pytest.mark.parametrize("n", [1, 2, 5, 20, 47])
def test_clopper_pearson_covers_every_proportion(n: int) -> None:
    """By enumeration: for each p, the k whose interval holds p have probability >= 95 %."""
    intervals = [_known(clopper_pearson(k, n)) for k in range(n + 1)]
    low = np.array([interval.low for interval in intervals])
    high = np.array([interval.high for interval in intervals])
    p = np.linspace(0, 1, 2001)[:, None]
    coverage = (binom.pmf(np.arange(n + 1), n, p) * ((low <= p) & (p <= high))).sum(axis=1)
    assert coverage.min() >= 0.95 - 1e-12


@pytest.mark.parametrize("side", ["lower", "upper"])
def test_one_sided_clopper_pearson_covers_and_is_no_wider_than_needed(
    side: Literal["lower", "upper"],
) -> None:
    n = 30
    ends = [_known(clopper_pearson(k, n, side=side)) for k in range(n + 1)]
    low = np.array([interval.low for interval in ends])
    high = np.array([interval.high for interval in ends])
    inner = (low if side == "lower" else high)[1:-1, None]
    p = np.concatenate([inner - 1e-9, inner + 1e-9])  # coverage is least just beside an end
    coverage = (binom.pmf(np.arange(n + 1), n, p) * ((low <= p) & (p <= high))).sum(axis=1)
    assert coverage.min() == pytest.approx(0.95, abs=1e-6)


@pytest.mark.parametrize("method", [wilson, jeffreys])
def test_approximate_intervals_cover_on_average_but_not_everywhere(
    method: Callable[[int, int], Interval | None],
) -> None:
    """Why gates use Clopper-Pearson: these two are right only on average over p."""
    n = 50
    intervals = [_known(method(k, n)) for k in range(n + 1)]
    low = np.array([interval.low for interval in intervals])
    high = np.array([interval.high for interval in intervals])
    p = np.linspace(0.0005, 0.9995, 2000)[:, None]
    coverage = (binom.pmf(np.arange(n + 1), n, p) * ((low <= p) & (p <= high))).sum(axis=1)
    assert coverage.mean() == pytest.approx(0.95, abs=0.006)
    assert coverage.min() < 0.93


def test_poisson_rate_covers_every_rate() -> None:
    events = np.arange(200)
    intervals = [_known(poisson_rate(int(r), 1.0)) for r in events]
    low = np.array([interval.low for interval in intervals])
    high = np.array([interval.high for interval in intervals])
    rate = np.linspace(0.01, 60, 1500)[:, None]
    coverage = (poisson.pmf(events, rate) * ((low <= rate) & (rate <= high))).sum(axis=1)
    assert coverage.min() >= 0.95 - 1e-9


@given(n=st.integers(1, 400), share=st.floats(0, 1), confidence=st.floats(0.5, 0.999))
def test_laws_of_proportions(n: int, share: float, confidence: float) -> None:
    k = round(share * n)
    for method in PROPORTIONS.values():
        two = _known(method(k, n, confidence))
        assert 0 <= two.low <= k / n <= two.high <= 1
        mirror = _known(method(n - k, n, confidence))
        assert (1 - mirror.high, 1 - mirror.low) == pytest.approx((two.low, two.high), abs=1e-9)
        # Half the error at each end: the one-sided bound at the half error is the same number.
        half = 1 - (1 - confidence) / 2
        assert _known(method(k, n, half, "lower")).low == pytest.approx(two.low, abs=1e-9)
        assert _known(method(k, n, half, "upper")).high == pytest.approx(two.high, abs=1e-9)


@given(events=st.integers(0, 500), exposure=st.floats(0.1, 1e4))
def test_rates_scale_with_exposure(events: int, exposure: float) -> None:
    one, many = _known(poisson_rate(events, 1.0)), _known(poisson_rate(events, exposure))
    assert many.low <= events / exposure <= many.high
    assert many.high * exposure == pytest.approx(one.high)


@pytest.mark.parametrize(("k", "n"), [(-1, 5), (6, 5), (0, -1)])
def test_impossible_counts_are_refused(k: int, n: int) -> None:
    with pytest.raises(BadValue, match="0 <= k <= n"):
        clopper_pearson(k, n)


def test_impossible_exposure_and_confidence_are_refused() -> None:
    with pytest.raises(BadValue, match="negative"):
        poisson_rate(1, -1.0)
    with pytest.raises(BadValue, match="between 0 and 1"):
        wilson(1, 2, confidence=95)
