"""Wald's test: printed numbers, its lines, and the exact chances and lengths by counting paths."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import BadValue
from ontakt.evidence.statistics.sequential import BernoulliSprt, PoissonSprt

ORACLES = json.loads((Path(__file__).parents[2] / "data" / "oracles.json").read_text())


def _exactly(test: BernoulliSprt, true: float, longest: int = 6000) -> tuple[float, float, float]:
    """Chances to accept and to reject, and mean cycles, for a robot of `true`: all paths counted,
    by the failures among the first n cycles."""
    going = {0: 1.0}
    accepted = rejected = cycles = 0.0
    for n in range(1, longest):
        cycles += sum(going.values())
        following: dict[int, float] = {}
        for failures, chance in going.items():
            following[failures] = following.get(failures, 0.0) + chance * true
            following[failures + 1] = following.get(failures + 1, 0.0) + chance * (1 - true)
        going = {}
        for failures, chance in following.items():
            decision = test.decision(n - failures, n)
            if decision == "accept":
                accepted += chance
            elif decision == "reject":
                rejected += chance
            elif chance > 1e-15:
                going[failures] = chance
    return accepted, rejected, cycles


@pytest.mark.parametrize("known", ORACLES["sprt_bernoulli"])
def test_proportion_oracles(known: dict[str, float]) -> None:
    test = BernoulliSprt(
        poor=known["p0"],
        good=known["p1"],
        consumers_risk=known["alpha"],
        producers_risk=known["beta"],
    )
    assert test.accept_at == pytest.approx(known["lnA"], abs=5e-7)
    assert test.reject_at == pytest.approx(known["lnB"], abs=5e-7)
    assert test.gain == test.log_ratio(1, 1) == pytest.approx(known["succ"], abs=5e-9)
    assert test.log_ratio(0, 1) == pytest.approx(known["fail"], abs=5e-9)
    assert test.clean_run == known["n_accept_zero_fail"]
    assert test.expected_if_poor == pytest.approx(known["asn_p0"], abs=0.005)
    assert test.expected_if_good == pytest.approx(known["asn_p1"], abs=0.005)


def test_other_printed_proportions() -> None:
    test = BernoulliSprt(0.98, 0.995, consumers_risk=0.05, producers_risk=0.10)
    assert (test.accept_at, test.reject_at) == pytest.approx((2.890372, -2.251292), abs=5e-7)
    assert test.clean_run == 191
    assert BernoulliSprt(0.90, 0.97).clean_run == 40
    # With hardly any producer's risk the bar is 1 / alpha: the simplest e-value.
    assert BernoulliSprt(0.99, 0.999, producers_risk=1e-9).clean_run == 332


def test_printed_rates() -> None:
    test = PoissonSprt(poor=4, good=8, consumers_risk=0.1, producers_risk=0.1)
    lines = test.lines
    assert lines.slope == pytest.approx(0.180337, abs=5e-7)
    assert (lines.accept, lines.reject) == pytest.approx((-3.169925, 3.169925), abs=5e-7)
    assert test.clean_run == pytest.approx(17.578, abs=5e-4)
    assert test.decision(0, 17.57) == "go on"
    assert test.decision(0, 17.58) == "accept"
    assert test.decision(3, 0) == "go on"
    assert test.decision(4, 0) == "reject"


def test_the_log_ratio_is_that_of_the_likelihoods() -> None:
    p = BernoulliSprt(0.9, 0.97)
    assert p.log_ratio(38, 40) == pytest.approx(
        38 * math.log(0.97 / 0.9) + 2 * math.log(0.03 / 0.1)
    )
    r = PoissonSprt(4, 8)
    poor, good = 3 * math.log(10 / 4) - 10 / 4, 3 * math.log(10 / 8) - 10 / 8
    assert r.log_ratio(3, 10) == pytest.approx(good - poor)


tests = st.builds(
    BernoulliSprt,
    st.floats(0.05, 0.6),
    st.floats(0.65, 0.99),
    st.floats(0.01, 0.3),
    st.floats(0.01, 0.3),
)


@given(tests, st.integers(0, 300), st.integers(0, 40))
def test_laws_of_decisions(test: BernoulliSprt, good: int, failures: int) -> None:
    n, order = good + failures, ["reject", "go on", "accept"]
    here = order.index(test.decision(good, n))
    assert here <= order.index(test.decision(good + 1, n + 1)), "a success never speaks against it"
    assert here >= order.index(test.decision(good, n + 1)), "a failure never for it"
    lines = test.lines
    if abs(failures - lines.slope * n - lines.accept) > 1e-9:
        assert (here == 2) == (failures < lines.slope * n + lines.accept)
    if abs(failures - lines.slope * n - lines.reject) > 1e-9:
        assert (here == 0) == (failures > lines.slope * n + lines.reject)
    assert test.decision(test.clean_run, test.clean_run) == "accept"
    assert test.decision(test.clean_run - 1, test.clean_run - 1) == "go on"
    assert test.decision(0, 0) == "go on"


@given(tests, st.floats(0.1, 0.9))
def test_smaller_risks_take_longer(test: BernoulliSprt, less: float) -> None:
    surer = BernoulliSprt(
        test.poor, test.good, test.consumers_risk * less, test.producers_risk * less
    )
    assert surer.clean_run >= test.clean_run
    assert surer.expected_if_poor > test.expected_if_poor > 0
    assert surer.expected_if_good > test.expected_if_good > 0


@pytest.mark.parametrize(
    ("poor", "good", "consumers", "producers"),
    [(0.95, 0.99, 0.05, 0.05), (0.9, 0.97, 0.05, 0.1), (0.5, 0.8, 0.2, 0.1)],
)
def test_risks_are_those_that_wald_proved(
    poor: float, good: float, consumers: float, producers: float
) -> None:
    test = BernoulliSprt(poor, good, consumers, producers)
    bad_passes, bad_fails, if_poor = _exactly(test, poor)
    good_passes, good_fails, if_good = _exactly(test, good)
    assert bad_passes + bad_fails == pytest.approx(1, abs=1e-9)
    assert good_passes + good_fails == pytest.approx(1, abs=1e-9)
    assert bad_passes <= consumers / (1 - producers)
    assert good_fails <= producers / (1 - consumers)
    assert bad_passes + good_fails <= consumers + producers
    # A threshold is overshot, most by a failure, so a little more is worked than Wald's number.
    assert 0.97 <= if_poor / test.expected_if_poor < 1.35
    assert 0.97 <= if_good / test.expected_if_good < 1.35
    # The further from both, the surer and the shorter.
    assert _exactly(test, poor - 0.05)[0] < bad_passes
    assert _exactly(test, good + (1 - good) / 2)[0] > good_passes


@pytest.mark.parametrize("mtba", [4.0, 8.0])
def test_risks_of_rates(mtba: float) -> None:
    """4000 robots, by their events: between two of them only acceptance can come, by waiting."""
    test = PoissonSprt(poor=4, good=8, consumers_risk=0.1, producers_risk=0.1)
    gaps = np.random.default_rng(3).exponential(mtba, (4000, 400))
    worked, lines = gaps.cumsum(axis=1), test.lines
    events = np.arange(400)
    accept = (events - lines.accept) / lines.slope  # exposure at which so many events pass
    passes = worked >= accept  # event number r + 1 comes after that
    fails = events + 1 >= lines.slope * worked + lines.reject
    first_pass = np.where(passes.any(axis=1), passes.argmax(axis=1), 400)
    first_fail = np.where(fails.any(axis=1), fails.argmax(axis=1), 400)
    assert np.minimum(first_pass, first_fail).max() < 400, "each ended"
    accepted = first_pass <= first_fail
    ends = np.where(
        accepted,
        accept[np.minimum(first_pass, 399)],
        np.take_along_axis(worked, np.minimum(first_fail, 399)[:, None], axis=1)[:, 0],
    )
    wrong = accepted.mean() if mtba == 4 else 1 - accepted.mean()
    noise = 4 * math.sqrt(0.1 * 0.9 / 4000)
    assert wrong <= 0.1 / 0.9 + noise
    expected = test.expected_if_poor if mtba == 4 else test.expected_if_good
    assert 0.97 <= ends.mean() / expected < 1.35


@pytest.mark.parametrize(("poor", "good"), [(0.99, 0.9), (0.9, 0.9), (0.9, 1.0), (0.0, 0.5)])
def test_qualities_that_cannot_be_told_apart_are_refused(poor: float, good: float) -> None:
    with pytest.raises(BadValue, match="0 < poor < good < 1"):
        BernoulliSprt(poor, good)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(BadValue, match="their sum below 1"):
        BernoulliSprt(0.9, 0.95, 0.5, 0.5)
    with pytest.raises(BadValue, match="both are positive"):
        PoissonSprt(4, 8, 0, 0.5)
    with pytest.raises(BadValue, match="0 < poor < good < inf"):
        PoissonSprt(4, math.inf)
    with pytest.raises(BadValue, match="0 <= k <= n"):
        BernoulliSprt(0.9, 0.95).decision(3, 2)
    with pytest.raises(BadValue, match="neither may be negative"):
        PoissonSprt(4, 8).decision(0, math.nan)
