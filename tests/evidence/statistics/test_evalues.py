"""Bets that may be looked at any time: printed numbers, closed forms, and how often they err."""

import json
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import poisson

from ontakt.contract import BadValue
from ontakt.evidence.statistics.acceptance import cycles_needed
from ontakt.evidence.statistics.evalues import (
    cycles_to_pass,
    exposure_to_pass,
    gate_evalue,
    log_gate_evalue,
    log_mixture,
    mtba_evalue,
    mtba_refutation,
    proportion_sequence,
    rate_sequence,
)
from ontakt.evidence.statistics.intervals import Interval, clopper_pearson

ORACLES = json.loads((Path(__file__).parents[2] / "data" / "oracles.json").read_text())

proportions = st.floats(0.02, 0.98)


def _known(interval: Interval | None) -> Interval:
    assert interval is not None
    return interval


def _ends(interval: Interval | None) -> tuple[float, float]:
    return _known(interval).low, _known(interval).high


def _log(value: Fraction) -> float:
    """Of fractions that no double can hold."""
    return math.log(value.numerator) - math.log(value.denominator)


# Sequences for a proportion


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        *ORACLES["mixture_cs_beta11_95"].items(),
        ("98/100", (0.886935, 0.999679)),
        ("32/40", (0.566616, 0.943668)),
    ],
)
def test_proportion_oracles(name: str, ends: tuple[float, float]) -> None:
    k, n = map(int, name.split("/"))
    assert _ends(proportion_sequence(k, n)) == pytest.approx(tuple(ends), abs=5e-7)


@pytest.mark.parametrize("n", [1, 2, 50, 299, 10**4, 10**6])
def test_successes_alone_have_a_closed_form(n: int) -> None:
    low = (0.05 / (n + 1)) ** (1 / n)
    assert _ends(proportion_sequence(n, n)) == pytest.approx((low, 1), rel=1e-12)
    assert _ends(proportion_sequence(0, n)) == pytest.approx((0, 1 - low), rel=1e-6)


@settings(max_examples=40)
@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.3, 0.999))
def test_laws_of_the_sequence(k: int, failures: int, confidence: float) -> None:
    n = k + failures
    found = proportion_sequence(k, n, confidence)
    if n == 0:
        assert found is None
        return
    low, high = _ends(found)
    assert 0 <= low <= k / n <= high <= 1
    bar = -math.log1p(-confidence)
    for end in (low, high):
        if 0 < end < 1:
            assert log_mixture(end, k, n) == pytest.approx(bar, abs=1e-7)
    mirror = _ends(proportion_sequence(failures, n, confidence))
    assert (1 - mirror[1], 1 - mirror[0]) == pytest.approx((low, high), abs=1e-12)
    wider = _ends(proportion_sequence(k, n, (1 + confidence) / 2))
    assert wider[0] <= low <= high <= wider[1]
    once = _known(clopper_pearson(k, n, confidence))
    assert low <= once.low + 1e-12, "to look at any time has its price"
    assert high >= once.high - 1e-12


@pytest.mark.parametrize("failures", [0, 1, 7, 1000, 500_000])
def test_a_million_cycles_lose_no_digits(failures: int) -> None:
    """1 / ((n + 1) C(n, k) p^k q^(n - k)) with C as a whole number or, in the middle, by Stirling's
    series."""
    n = 10**6
    if 2 * failures == n:
        ways = n * math.log(2) - math.log(math.pi * failures) / 2 - 1 / (8 * failures)
    else:
        ways = math.log(math.comb(n, failures))
    for p in (1e-6, 0.25, 0.999, 1 - 1e-6):
        exact = -math.log(n + 1) - ways
        exact -= (n - failures) * math.log(p) + failures * math.log1p(-p)
        assert log_mixture(p, n - failures, n) == pytest.approx(exact, rel=1e-12, abs=1e-6)


def test_intervals_shrink_as_cycles_come() -> None:
    widths = []
    for n in (10**2, 10**3, 10**4, 10**5, 10**6):
        low, high = _ends(proportion_sequence(n - n // 100, n))
        assert low < 0.99 < high
        widths.append(high - low)
    assert all(np.diff(widths) < 0)
    assert widths[-1] < 1e-3


@settings(max_examples=40)
@given(st.integers(0, 25), st.integers(0, 25), proportions, st.floats(0.2, 5), st.floats(0.2, 5))
def test_the_bet_on_a_proportion_is_fair(
    k: int, failures: int, p: float, a: float, b: float
) -> None:
    """The mean of what it is worth after one more cycle is what it is worth now."""
    n = k + failures
    after = [math.exp(log_mixture(p, good, n + 1, a, b)) for good in (k + 1, k)]
    now = math.exp(log_mixture(p, k, n, a, b))
    assert p * after[0] + (1 - p) * after[1] == pytest.approx(now, rel=1e-9)


# Gates for a proportion


@pytest.mark.parametrize(
    ("failures", "n"), ORACLES["trunc_uniform_evalue_p0_0.99_n_for_20"].items()
)
def test_gate_oracles(failures: str, n: int) -> None:
    assert cycles_to_pass(0.99, 0.05, int(failures)) == n


def test_the_printed_evalue() -> None:
    assert gate_evalue(449, 449, 0.99) == pytest.approx(20.0375, abs=5e-5)
    assert gate_evalue(0, 0, 0.99) == pytest.approx(1)
    assert gate_evalue(10**6, 10**6, 0.01) == math.inf


@given(proportions, st.integers(0, 2000))
def test_successes_alone_open_the_gate_by_a_closed_form(p0: float, n: int) -> None:
    exact = -math.log((n + 1) * (1 - p0)) - n * math.log(p0) + math.log1p(-(p0 ** (n + 1)))
    assert log_gate_evalue(n, n, p0) == pytest.approx(exact, rel=1e-9, abs=1e-9)


@settings(max_examples=40)
@given(st.integers(0, 40), st.integers(0, 40), st.fractions("1/50", "49/50", max_denominator=50))
def test_a_gate_is_the_mean_likelihood_above_it(k: int, failures: int, p0: Fraction) -> None:
    """The integral over (p0, 1) in fractions, by expanding (1 - u) ** failures."""
    n = k + failures
    whole = sum(
        (-1) ** j * math.comb(failures, j) * (1 - p0 ** (k + j + 1)) / (k + j + 1)
        for j in range(failures + 1)
    )
    exact = _log(whole / (1 - p0) / (p0**k * (1 - p0) ** failures))
    assert log_gate_evalue(k, n, float(p0)) == pytest.approx(exact, abs=1e-8)


@pytest.mark.parametrize(
    ("k", "n", "p0"),
    [(900_000, 10**6, 0.99), (0, 5000, 0.5), (485_000, 10**6, 0.5), (3, 40, 1 - 1e-9)],
)
def test_a_hopeless_robot_has_little_evidence_and_not_none(k: int, n: int, p0: float) -> None:
    """Where incomplete beta functions vanish. All bets near p0: E is about the mean of
    exp(-slope (u - p0)) over (p0, 1)."""
    slope = (n - k) / (1 - p0) - k / p0
    found = log_gate_evalue(k, n, p0)
    assert found == pytest.approx(-math.log(slope * (1 - p0)), abs=0.05)
    assert math.isfinite(found)


def test_both_ways_to_reckon_a_gate_meet() -> None:
    """Ever more failures: the curve has no step where the incomplete beta function gives way."""
    logs = [log_gate_evalue(100_000 - f, 100_000, 0.99) for f in range(2000, 3400)]
    first, second = np.diff(logs), np.diff(logs, 2)
    assert (first < 0).all()
    assert np.abs(second).max() < 2e-6


@settings(max_examples=40)
@given(st.integers(0, 30), st.integers(0, 30), proportions, st.floats(0, 1))
def test_the_bet_of_a_gate_is_fair_at_the_gate_and_loses_below(
    k: int, failures: int, p0: float, share: float
) -> None:
    n = k + failures
    now, good, bad = (gate_evalue(*c, p0) for c in ((k, n), (k + 1, n + 1), (k, n + 1)))
    assert bad < now < good, "what cycles_to_pass rests on"
    assert p0 * good + (1 - p0) * bad == pytest.approx(now, rel=1e-9)
    p = share * p0
    assert p * good + (1 - p) * bad <= now * (1 + 1e-9)


@pytest.mark.parametrize("n", [1, 5, 20, 60])
@pytest.mark.parametrize("p0", [0.3, 0.8, 0.95, 0.99])
def test_its_mean_is_at_most_one_while_the_hypothesis_holds(n: int, p0: float) -> None:
    """All counts, each with its chance."""
    for p in (0.0, 0.1 * p0, 0.5 * p0, 0.99 * p0, p0):
        mean = math.fsum(
            math.comb(n, k) * p**k * (1 - p) ** (n - k) * gate_evalue(k, n, p0)
            for k in range(n + 1)
        )
        assert mean <= 1 + 1e-9
        if p == p0:
            assert mean == pytest.approx(1)


@settings(max_examples=40)
@given(proportions, st.floats(0.001, 0.5), st.integers(0, 8))
def test_the_gate_opens_at_the_cycle_that_is_told(p0: float, alpha: float, failures: int) -> None:
    n = cycles_to_pass(p0, alpha, failures)
    assert gate_evalue(n - failures, n, p0) >= 1 / alpha * (1 - 1e-12)
    if n > failures:
        assert gate_evalue(n - 1 - failures, n - 1, p0) < 1 / alpha
    assert cycles_to_pass(p0, alpha, failures + 1) > n
    assert cycles_to_pass(p0, alpha / 2, failures) >= n
    assert cycles_to_pass((1 + p0) / 2, alpha, failures) >= n
    assert cycles_needed(p0, 1 - alpha, failures) <= n, "to look at any time has its price"


# How often gates err when one looks after every cycle

Whens = NDArray[np.int64]


def _whens(when: Callable[[int], int], last: int) -> Whens:
    """For each number of failures the cycle from which it passes, up to `last`."""
    found = [when(0)]
    while found[-1] <= last:
        found.append(when(len(found)))
    return np.array(found[:-1])


def _plan_when(p0: float, last: int) -> Whens:
    """The gate that opens when the one-sided bound of Clopper and Pearson reaches `p0`."""
    return _whens(lambda failures: cycles_needed(p0, 0.95, failures), last)


def _evalue_when(p0: float, last: int) -> Whens:
    return _whens(lambda failures: cycles_to_pass(p0, 0.05, failures), last)


def _ever_passes(when: Whens, true: float, last: int) -> float:
    """Chance, exactly, that a robot of `true` has passed by cycle `last`: the chances of each
    number of failures, carried from cycle to cycle, less those that passed."""
    going, passed = np.eye(1, len(when))[0], 0.0
    for n in range(1, last + 1):
        going = going * true + np.append(0.0, going[:-1]) * (1 - true)
        passed += going[when <= n].sum()
        going[when <= n] = 0.0
    return passed


def _passes(when: Whens, true: float, last: int, robots: int, seed: int) -> float:
    """The share of so many simulated robots that ever pass."""
    chance, passed = np.random.default_rng(seed), 0
    never, cycle = np.append(when, last + 1), np.arange(1, last + 1)
    for start in range(0, robots, 500):
        failed = chance.random((min(500, robots - start), last)) >= true
        failures = np.minimum(failed.cumsum(axis=1), len(when))
        passed += int((cycle >= never[failures]).any(axis=1).sum())
    return passed / robots


@pytest.mark.parametrize("p0", [0.9, 0.95, 0.99])
def test_a_gate_of_evidence_may_be_looked_at_after_every_cycle(p0: float) -> None:
    when, last = _evalue_when(p0, 2000), 2000
    errs = [_ever_passes(when, true, last) for true in (p0, p0 - 0.002, p0 - 0.01, 0.8 * p0)]
    assert 0.02 < errs[0] <= 0.05
    assert sorted(errs, reverse=True) == errs
    assert _ever_passes(when, (1 + p0) / 2, last) > 0.5, "and a good robot does pass"


@pytest.mark.parametrize(("p0", "at_least"), [(0.9, 0.30), (0.95, 0.25), (0.99, 0.16)])
def test_a_plan_must_not_be_looked_at_after_every_cycle(p0: float, at_least: float) -> None:
    """Why there are e-values: the same bound that errs in 5 % when read once, at the end."""
    assert _ever_passes(_plan_when(p0, 2000), p0, 2000) > at_least


def test_simulated_robots_pass_as_often_as_reckoned() -> None:
    last, robots = 2000, 1000
    noise = 4 * math.sqrt(0.05 * 0.95 / robots)
    evidence, plan = _evalue_when(0.99, last), _plan_when(0.99, last)
    assert _passes(evidence, 0.99, last, robots, 1) <= 0.05 + noise
    assert _passes(evidence, 0.985, last, robots, 2) <= 0.05
    found = _passes(plan, 0.99, last, robots, 3)
    assert found == pytest.approx(_ever_passes(plan, 0.99, last), abs=2 * noise)
    assert found > 0.12


@pytest.mark.slow
@pytest.mark.parametrize("p0", [0.9, 0.95, 0.99, 0.995])
def test_many_simulated_robots(p0: float) -> None:
    last, robots = 5000, 8000
    noise = 4 * math.sqrt(0.05 * 0.95 / robots)
    evidence, plan = _evalue_when(p0, last), _plan_when(p0, last)
    for seed, true in enumerate((p0, p0 - 0.001, p0 - 0.005, p0 - 0.05)):
        found = _passes(evidence, true, last, robots, seed)
        assert found <= 0.05 + noise
        assert found == pytest.approx(_ever_passes(evidence, true, last), abs=noise)
    found = _passes(plan, p0, last, robots, 9)
    assert found == pytest.approx(_ever_passes(plan, p0, last), abs=2 * noise)
    assert found > 0.15


@pytest.mark.parametrize("p", [0.05, 0.5, 0.9, 0.99])
def test_a_sequence_of_intervals_holds_the_truth_all_along(p: float) -> None:
    """Exactly: the chance that any of the first 200 intervals misses, by the counts reached."""
    k, bar = np.arange(202), math.log(20)
    going, missed = np.eye(1, 202)[0], 0.0
    for n in range(1, 201):
        going = going * (1 - p) + np.append(0.0, going[:-1]) * p
        out = [log_mixture(p, int(one), n) >= bar if one <= n else False for one in k]
        missed += going[out].sum()
        going[out] = 0.0
    assert 0.005 < missed <= 0.05


# Rates


def test_rate_oracle() -> None:
    assert _ends(rate_sequence(3, 10)) == pytest.approx((0.030269, 1.111183), abs=5e-7)
    assert _ends(rate_sequence(0, 10)) == pytest.approx((0, math.log(20 * 11) / 10))
    assert rate_sequence(0, 0) is None


@settings(max_examples=40)
@given(st.integers(0, 300), st.floats(1e-3, 1e5), st.floats(0.3, 0.999))
def test_laws_of_the_sequence_of_rates(events: int, exposure: float, confidence: float) -> None:
    low, high = _ends(rate_sequence(events, exposure, confidence))
    assert 0 <= low <= events / exposure <= high
    for rate in (low, high):
        if rate:
            log = math.lgamma(events + 1) - (events + 1) * math.log1p(exposure)
            log += rate * exposure - events * math.log(rate)
            assert log == pytest.approx(-math.log1p(-confidence), abs=1e-7)
    minutes = _ends(rate_sequence(events, 60 * exposure, confidence, prior_exposure=60))
    assert minutes == pytest.approx((low / 60, high / 60), rel=1e-7)


@pytest.mark.parametrize(("events", "exposure"), [(10**6, 10), (10**6, 1e7), (1, 1e9)])
def test_many_events_and_long_exposures(events: int, exposure: float) -> None:
    low, high = _ends(rate_sequence(events, exposure))
    assert 0 < low < events / exposure < high
    # At the same prior rate as was seen it is short: 1.96 would be one look's.
    low, high = _ends(rate_sequence(events, exposure, prior_exposure=exposure / events))
    if events > 1:
        assert 1.96 < (high - low) / 2 * exposure / math.sqrt(events) < 5


@pytest.mark.parametrize(("events", "x"), [(0, 0.3), (0, 4.5), (2, 0.01), (3, 9.0), (25, 12.0)])
def test_evalues_of_an_mtba_are_mean_likelihoods(events: int, x: float) -> None:
    """Over rates u in units of 1 / mtba, each against u = 1."""

    def ratio(u: float) -> float:
        return math.exp(events * math.log(u) - x * (u - 1)) if u else float(events == 0)

    fewer, _ = quad(ratio, 0, 1, epsabs=0, epsrel=1e-11)
    more, _ = quad(lambda u: ratio(u) * math.exp(1 - u), 1, math.inf, epsabs=0, epsrel=1e-10)
    assert mtba_evalue(events, 8 * x, 8) == pytest.approx(fewer, rel=1e-9)
    assert mtba_refutation(events, 8 * x, 8) == pytest.approx(more, rel=1e-8)


def test_without_an_event_they_have_closed_forms() -> None:
    for x in (1e-9, 0.1, 3.0, 300.0):
        assert mtba_evalue(0, x, 1) == pytest.approx(math.expm1(x) / x)
        assert mtba_refutation(0, x, 1) == pytest.approx(1 / (1 + x))
    assert mtba_evalue(0, 0, 8) == 1
    assert mtba_refutation(0, 0, 8) == pytest.approx(1)
    assert mtba_evalue(0, 1e5, 8) == math.inf


def test_no_evidence_vanishes() -> None:
    """Where incomplete gamma functions do: 1 / (r + 1) 1F1 and a finite sum, term by term."""
    for events, x in ((1000, 100.0), (300, 1e-3), (100_000, 50_000.0)):
        steps = np.cumprod(x / (events + 2.0 + np.arange(5000)))
        exact = (1 + steps.sum()) / (events + 1)
        assert mtba_evalue(events, x, 1) == pytest.approx(exact, rel=1e-9)
    for events, x in ((3, 1000.0), (5000, 9000.0), (10**6, 1.04e6)):
        steps = np.cumprod((events - np.arange(events)) / (x + 1))
        assert mtba_refutation(events, x, 1) == pytest.approx((1 + steps.sum()) / (x + 1))


@pytest.mark.parametrize("x", [0.2, 2.0, 6.0])
def test_their_mean_is_at_most_one_while_the_hypothesis_holds(x: float) -> None:
    events = np.arange(150)
    for times in (1.0, 1.01, 1.5, 4.0):
        poor = poisson.pmf(events, x * times) @ [mtba_evalue(int(r), x, 1) for r in events]
        good = poisson.pmf(events, x / times) @ [mtba_refutation(int(r), x, 1) for r in events]
        assert max(poor, good) <= 1 + 1e-9
        if times == 1:
            assert (poor, good) == pytest.approx((1, 1), rel=1e-7)


@settings(max_examples=40)
@given(st.integers(0, 30), st.floats(0.1, 1e4), st.floats(0.001, 0.5))
def test_the_gate_of_a_rate_opens_when_it_is_told(events: int, mtba: float, alpha: float) -> None:
    needed = exposure_to_pass(mtba, alpha, events)
    assert mtba_evalue(events, needed, mtba) == pytest.approx(1 / alpha)
    assert mtba_evalue(events, 1.01 * needed, mtba) > 1 / alpha
    assert exposure_to_pass(mtba, alpha, events + 1) > needed
    assert exposure_to_pass(mtba, alpha / 2, events) > needed
    assert exposure_to_pass(60 * mtba, alpha, events) == pytest.approx(60 * needed)


def test_evidence_of_a_rate_may_be_looked_at_any_time() -> None:
    """6000 robots, by their events. Between two of them evidence is greatest at an end: that for
    few events just before the next one, that for many just after one."""
    robots, last = 6000, 150
    times = np.random.default_rng(5).exponential(8.0, (robots, last)).cumsum(axis=1)
    pass_at = np.array([exposure_to_pass(8.0, 0.05, r) for r in range(last)])
    noise = 4 * math.sqrt(0.05 * 0.95 / robots)
    assert 0.02 < (times >= pass_at).any(axis=1).mean() <= 0.05 + noise
    fail_at = np.array([_refuted_until(r) for r in range(1, last + 1)])
    assert 0.02 < (times <= fail_at).any(axis=1).mean() <= 0.05 + noise


def _refuted_until(events: int) -> float:
    """The longest exposure in which so many events refute an mtba of 8, by halving."""
    low, high = 0.0, 8.0 * events
    if mtba_refutation(events, low, 8) < 20:
        return -1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if mtba_refutation(events, middle, 8) >= 20 else (low, middle)
    return low


def test_one_end_of_a_sequence_of_rates_may_have_all_of_its_error() -> None:
    """Why a gate must not take an end of a 90 % sequence for a bound of 95 %: the bets of this one
    are nearly all on lower rates than the true 20 per unit."""
    times = np.random.default_rng(0).exponential(0.05, (4000, 300)).cumsum(axis=1)
    r = np.arange(300)
    lgamma = np.array([math.lgamma(one + 1) for one in r])
    log = lgamma - (r + 1) * np.log1p(times) - r * math.log(20) + 20 * times
    above = (log >= math.log(10)) & (r < 20 * times)  # the high end just before the next event
    assert 0.08 < above.any(axis=1).mean() <= 0.10 + 4 * math.sqrt(0.09 / 4000)


def test_what_cannot_be_is_refused() -> None:
    for call in (log_gate_evalue, gate_evalue):
        with pytest.raises(BadValue, match="0 <= k <= n"):
            call(3, 2, 0.9)
        with pytest.raises(BadValue, match=r"p0 is 1\.0; it lies between 0 and 1"):
            call(1, 2, 1.0)
    with pytest.raises(BadValue, match="confidence is 95"):
        proportion_sequence(1, 2, 95)
    with pytest.raises(BadValue, match="the prior is"):
        proportion_sequence(1, 2, a=0)
    with pytest.raises(BadValue, match="the prior is"):
        rate_sequence(1, 2, prior_exposure=math.inf)
    with pytest.raises(BadValue, match="p is nan"):
        log_mixture(math.nan, 1, 2)
    with pytest.raises(BadValue, match="alpha is 0"):
        cycles_to_pass(0.9, 0)
    with pytest.raises(BadValue, match="none or more are allowed"):
        cycles_to_pass(0.9, failures=-1)
    with pytest.raises(BadValue, match="must be able to show more"):
        cycles_to_pass(1 - 1e-12)
    with pytest.raises(BadValue, match="neither may be negative"):
        mtba_evalue(1, -1, 8)
    with pytest.raises(BadValue, match="neither may be negative"):
        exposure_to_pass(8, events=-1)
    with pytest.raises(BadValue, match="mtba is 0"):
        mtba_refutation(1, 1, 0)
