"""Fixed plans against printed tables, sums written out, and what they promise."""

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import binom, chi2, nbinom

from ontakt.contract import BadValue
from ontakt.evidence.statistics.acceptance import (
    FURTHEST,
    ExposurePlan,
    Plan,
    cycles_needed,
    exposure_needed,
    further_cycles,
    further_exposure,
)
from ontakt.evidence.statistics.intervals import clopper_pearson, poisson_rate

ORACLES = json.loads((Path(__file__).parents[2] / "data" / "oracles.json").read_text())

reliabilities = st.floats(0.02, 0.9995)
confidences = st.floats(0.05, 0.999)


def _plan(failures: int, reliability: float = 0.99, confidence: float = 0.95) -> Plan:
    cycles = cycles_needed(reliability, confidence, failures)
    return Plan(cycles, failures, reliability, confidence)


def _exposure_plan(events: int, mtba: float = 8.0, confidence: float = 0.95) -> ExposurePlan:
    return ExposurePlan(exposure_needed(mtba, confidence, events), events, mtba, confidence)


@pytest.mark.parametrize(("reliability", "confidence", "n"), ORACLES["success_run_n"])
def test_success_run_oracles(reliability: float, confidence: float, n: int) -> None:
    assert cycles_needed(reliability, confidence) == n


@pytest.mark.parametrize(
    ("plan", "sizes"),
    [*ORACLES["demo_n_by_failures"].items(), ("0.999/0.95", [2995, 4742, 6294, 7752, 9151, 10511])],
)
def test_demonstration_oracles(plan: str, sizes: list[int]) -> None:
    reliability, confidence = map(float, plan.split("/"))
    assert [cycles_needed(reliability, confidence, f) for f in range(6)] == sizes


@pytest.mark.parametrize(
    ("failures", "cycles", "passes"),
    [(0, 299, 0.55), (1, 473, 0.76), (2, 628, 0.87), (3, 773, 0.93)],
)
def test_a_good_robot_often_fails_a_plan_that_allows_nothing(
    failures: int, cycles: int, passes: float
) -> None:
    plan = Plan(cycles, failures, 0.99, 0.95)
    assert plan.acceptance(0.998) == pytest.approx(passes, abs=0.005)
    assert plan.producers_risk(0.998) == pytest.approx(1 - passes, abs=0.005)


@given(reliability=reliabilities, confidence=confidences)
def test_the_success_run_has_a_closed_form(reliability: float, confidence: float) -> None:
    exact = math.log(1 - confidence) / math.log(reliability)
    assume(abs(exact - round(exact)) > 1e-9)
    assert cycles_needed(reliability, confidence) == math.ceil(exact)


@given(
    reliability=st.fractions("1/20", "19/20", max_denominator=20),
    confidence=st.fractions("1/20", "19/20", max_denominator=20),
    failures=st.integers(0, 4),
)
def test_it_is_the_first_number_that_shows_it(
    reliability: Fraction, confidence: Fraction, failures: int
) -> None:
    """Counting upward in fractions: ties such as 0.1 with confidence 0.9 come out as on paper."""
    n, bad = failures, 1 - reliability
    while True:
        n += 1
        chance = sum(math.comb(n, x) * bad**x * reliability ** (n - x) for x in range(failures + 1))
        if chance <= 1 - confidence:
            break
    assert cycles_needed(float(reliability), float(confidence), failures) == n


@pytest.mark.parametrize("reliability", [0.001, 0.5, 0.99, 0.9999, 1 - 1e-6])
@pytest.mark.parametrize("failures", [0, 1, 20, 1000])
def test_it_is_the_quantile_of_the_cycle_of_one_failure_more(
    reliability: float, failures: int
) -> None:
    """Few failures in n cycles and a late next one are the same event."""
    good = nbinom.ppf(0.95, failures + 1, 1 - reliability)
    assert cycles_needed(reliability, 0.95, failures) == failures + 1 + int(good)


def test_small_and_great_plans() -> None:
    assert cycles_needed(1e-9, 0.5) == 1
    assert cycles_needed(0.1, 0.9) == 1
    assert cycles_needed(0.9999, 0.95, 20) == 290_616
    # Ever rarer failures: the Poisson limit, chi2 / 2 = 2.9957 and 29.062
    assert cycles_needed(1 - 1e-9, 0.95) == pytest.approx(chi2.ppf(0.95, 2) / 2e-9, rel=1e-7)
    assert cycles_needed(1 - 1e-9, 0.95, 20) == pytest.approx(chi2.ppf(0.95, 42) / 2e-9, rel=1e-7)
    with pytest.raises(BadValue, match="must be able to show it"):
        cycles_needed(math.nextafter(1, 0), 0.95)


@given(reliabilities, confidences, st.integers(0, 30), st.floats(0.001, 0.5))
def test_more_to_show_takes_more_cycles(
    reliability: float, confidence: float, failures: int, share: float
) -> None:
    n = cycles_needed(reliability, confidence, failures)
    assert cycles_needed(reliability, confidence, failures + 1) > n
    assert cycles_needed(reliability + share * (1 - reliability), confidence, failures) >= n
    assert cycles_needed(reliability, confidence + share * (1 - confidence), failures) >= n


@pytest.mark.parametrize("reliability", [0.9, 0.95, 0.99, 0.999])
@pytest.mark.parametrize("failures", [0, 1, 3, 10])
def test_a_fixed_plan_errs_at_most_as_often_as_it_says(reliability: float, failures: int) -> None:
    """No simulation: the chances of all counts that pass, summed, for every robot that is not good
    enough; and one cycle fewer would not do."""
    plan = _plan(failures, reliability)
    n, counts = plan.cycles, np.arange(failures + 1)
    poor = np.append(np.linspace(0, reliability, 400), reliability)
    passes = np.sum(binom.pmf(counts, n, 1 - poor[:, None]), axis=1)
    assert passes.max() <= 0.05
    assert passes[-1] == pytest.approx(plan.consumers_risk)
    assert np.sum(binom.pmf(counts, n - 1, 1 - reliability)) > 0.05


@given(st.integers(0, 6), st.floats(0.3, 0.98), st.lists(st.floats(0, 1), min_size=2, max_size=5))
def test_laws_of_the_operating_characteristic(
    failures: int, reliability: float, trues: list[float]
) -> None:
    plan, better = _plan(failures, reliability), sorted(trues)
    curve = plan.curve(np.array([better, better]))
    assert curve.shape == (2, len(better))
    assert list(curve[0]) == list(curve[1]) == [plan.acceptance(true) for true in better]
    assert all(np.diff(curve[0]) >= 0), "who is better passes more often"
    n = plan.cycles
    for true, chance in zip(better, curve[0], strict=True):
        terms = [math.comb(n, x) * (1 - true) ** x * true ** (n - x) for x in range(failures + 1)]
        assert chance == pytest.approx(math.fsum(terms), rel=1e-6, abs=1e-12)
        assert plan.producers_risk(true) == pytest.approx(1 - chance, abs=1e-12)
    assert plan.consumers_risk <= 0.05 + 1e-12
    assert (plan.acceptance(0), plan.acceptance(1), plan.producers_risk(1)) == (0, 1, 0)


@pytest.mark.parametrize("reliability", [0.5, 0.9, 0.97])
def test_nothing_is_missing_just_where_clopper_and_pearson_show_it(reliability: float) -> None:
    for n in range(1, 130, 8):
        for good in range(n + 1):
            bound = clopper_pearson(good, n, 0.9, "lower")
            assert bound is not None
            assert (further_cycles(good, n, reliability, 0.9) == 0) == (bound.low >= reliability)


@given(st.integers(0, 300), st.integers(0, 5), reliabilities)
def test_what_is_missing_completes_a_plan(good: int, failures: int, reliability: float) -> None:
    n = good + failures
    further = further_cycles(good, n, reliability, 0.95)
    assert further is not None
    assert further_cycles(good + further, n + further, reliability, 0.95) == 0
    if further:
        short = further - 1
        assert further_cycles(good + short, n + short, reliability, 0.95) == 1
        assert n + further == cycles_needed(reliability, 0.95, failures)


def test_what_is_missing_from_a_run() -> None:
    assert further_cycles(0, 0, 0.99, 0.95) == 299, "nothing was seen yet"
    assert further_cycles(298, 299, 0.99, 0.95) == 473 - 299
    assert further_cycles(500, 500, 0.99, 0.95) == 0
    assert further_cycles(0, 0, 0.9999, 0.95, furthest=29_956) == 29_956
    assert further_cycles(0, 0, 0.9999, 0.95, furthest=29_955) is None
    assert further_cycles(0, 20_000, 0.99, 0.95) is None, f"more than {FURTHEST}"
    assert further_cycles(5, 5, math.nextafter(1, 0), 0.95) is None


def test_exposures_that_are_printed() -> None:
    found = [exposure_needed(8, 0.95, events) for events in range(4)]
    assert found == pytest.approx([23.97, 37.95, 50.37, 62.03], abs=0.005)
    assert exposure_needed(8, 0.9) == pytest.approx(18.42, abs=0.005)
    assert exposure_needed(10_000, 0.9) == pytest.approx(23_026, abs=0.5)
    # Acceptance of equipment at 80 % (MIL-STD-781), in multiples of the mean
    found = [exposure_needed(1, 0.8, events) for events in range(4)]
    assert found == pytest.approx([1.609, 2.994, 4.279, 5.515], abs=5e-4)
    assert exposure_needed(3.338, 0.95) == pytest.approx(10, abs=2e-3)
    assert exposure_needed(1.2897, 0.95, 3) == pytest.approx(10, abs=5e-4)


@pytest.mark.parametrize(
    ("exposure", "events", "ratio", "poor", "good"),
    [(4.3, 2, 3, 0.1974, 0.1746), (18.8, 13, 2, 0.1062, 0.0958)],
)
def test_fixed_length_plans_of_the_handbook(
    exposure: float, events: int, ratio: float, poor: float, good: float
) -> None:
    """MIL-HDBK-781, discrimination ratios 3 and 2: the risks it rounds to 20 % and 10 %."""
    plan = ExposurePlan(exposure, events, 1, 1 - poor - 1e-4)
    assert plan.consumers_risk == pytest.approx(poor, abs=5e-5)
    assert plan.producers_risk(ratio) == pytest.approx(good, abs=5e-5)


@given(st.floats(0.01, 1e4), confidences, st.integers(0, 40), st.floats(0.01, 0.5))
def test_laws_of_exposure(mtba: float, confidence: float, events: int, share: float) -> None:
    needed = exposure_needed(mtba, confidence, events)
    assert needed == pytest.approx(mtba * chi2.ppf(confidence, 2 * events + 2) / 2)
    assert exposure_needed(60 * mtba, confidence, events) == pytest.approx(60 * needed)
    assert exposure_needed(mtba, confidence, events + 1) > needed
    assert exposure_needed(mtba, confidence + share * (1 - confidence), events) > needed
    bound = poisson_rate(events, needed, confidence, "upper")
    assert bound is not None
    assert 1 / bound.high == pytest.approx(mtba)
    plan = ExposurePlan(needed, events, mtba, confidence)
    assert plan.consumers_risk == pytest.approx(1 - confidence)
    trues = mtba * np.array([0.01, 0.5, 1, 2, 100, math.inf])
    curve = plan.curve(trues)
    assert all(np.diff(curve) >= 0)
    assert curve[-1] == 1
    assert [plan.producers_risk(true) for true in trues] == pytest.approx(list(1 - curve))


@pytest.mark.parametrize("events", [0, 1, 3, 12])
def test_a_plan_of_exposure_errs_as_often_as_it_says(events: int) -> None:
    """The chance that the next event comes after the end, as an integral over when it comes."""
    plan = _exposure_plan(events)
    for true in (2.0, 5.0, 8.0, 20.0):
        late, _ = quad(
            lambda x: x**events * math.exp(-x) / math.factorial(events),
            plan.exposure / true, math.inf,
        )  # fmt: skip
        assert plan.acceptance(true) == pytest.approx(late, abs=1e-9)
        assert (late <= 0.05 + 1e-9) == (true <= 8)


def test_what_is_missing_of_an_exposure() -> None:
    assert further_exposure(0, 0, 8, 0.95) == exposure_needed(8, 0.95)
    assert further_exposure(1, 8, 8, 0.95) == pytest.approx(37.95 - 8, abs=0.005)
    assert further_exposure(1, 40, 8, 0.95) == 0
    assert further_exposure(2, exposure_needed(8, 0.95, 2), 8, 0.95) == 0


def test_a_plan_that_does_not_show_what_it_says_cannot_be_made() -> None:
    with pytest.raises(BadValue, match="cycles is 772; what this plan is to show takes 773"):
        Plan(772, 3, 0.99, 0.95)
    with pytest.raises(BadValue, match=r"exposure is 23\.9; .* takes 23\.96"):
        ExposurePlan(23.9, 0, 8, 0.95)
    with pytest.raises(BadValue, match="exposure is nan"):
        ExposurePlan(math.nan, 0, 8, 0.95)


@pytest.mark.parametrize(
    ("reliability", "confidence", "failures", "said"),
    [
        (1.0, 0.95, 0, "reliability is 1.0; it lies between"),
        (0.0, 0.95, 0, "reliability"),
        (math.nan, 0.95, 0, "reliability"),
        (0.99, 95, 0, "confidence is 95; it lies between 0 and 1"),
        (0.99, 0.95, -1, "failures is -1; none or more are allowed"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    reliability: float, confidence: float, failures: int, said: str
) -> None:
    with pytest.raises(BadValue, match=said):
        cycles_needed(reliability, confidence, failures)


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(BadValue, match="0 <= good <= n"):
        further_cycles(6, 5, 0.9, 0.9)
    with pytest.raises(BadValue, match="not negative"):
        further_exposure(0, -1, 8, 0.9)
    with pytest.raises(BadValue, match="mtba is 0; it is positive"):
        exposure_needed(0, 0.9)
    with pytest.raises(BadValue, match="true is 2"):
        _plan(0).acceptance(2)
    with pytest.raises(BadValue, match="true is 0"):
        _exposure_plan(0).producers_risk(0)
