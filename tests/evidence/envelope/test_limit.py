"""Up to where it holds and from where it fails: known answers, then how often a claim is wrong."""

from collections.abc import Sequence

import numpy as np
import pytest
from tests.evidence.envelope.made import Made, counted, run

from ontakt.evidence.envelope.limit import Limit, find_limit
from ontakt.evidence.envelope.rung import Median, Rung, measure
from ontakt.evidence.statistics.intervals import clopper_pearson

R, C = 0.9, 0.95


def rung(value: float, good: int, n: int, mode: str = "jam", halted: bool = False) -> Rung:
    """A rung without its events; the bounds as `measure` takes them."""
    low, high = (clopper_pearson(good, n, C, side) for side in ("lower", "upper"))
    return Rung(
        value=value, folder=f"r{value:g}", planned=n, n=n, good=good, unknown=0, halted=halted,
        low=None, high=None,
        at_least=low.low if low and not halted else None, at_most=high.high if high else None,
        cycle_s=Median(value=None, low=None, high=None, n=0),
        failures={mode: n - good} if good < n else {}, detected=n - good, escaped=0,
        recoveries=0, retries=0, step_ins=0,
    )  # fmt: skip


def limit(goods: Sequence[int], n: int = 50) -> Limit:
    rungs = [rung(float(k), good, n) for k, good in enumerate(goods)]
    return find_limit("misalignment", "mm", rungs, R, C)


def test_holds_up_to_the_last_rung_before_the_first_miss() -> None:
    found = limit([50, 50, 49, 44, 20, 3])
    assert (found.holds_up_to, found.fails_beyond, found.whole) == (2, 4, False)
    assert (found.low, found.high) == (2, 4)
    # 49/50 at 2, 44/50 at 3: .98 to .88 crosses .90 at four fifths of the step
    assert found.estimate == pytest.approx(2.8)
    assert (found.failure, found.failures, found.bad) == ("jam", 30 + 47, 30 + 47)


def test_a_rung_behind_the_first_miss_proves_nothing() -> None:
    found = limit([50, 46, 50, 50])  # 46 of 50: at least 82 %
    assert found.holds_up_to == 0
    assert found.fails_beyond is None


def test_it_may_hold_everywhere_nowhere_and_fail_from_the_start() -> None:
    everywhere = limit([50, 50, 50])
    assert (everywhere.holds_up_to, everywhere.whole, everywhere.estimate) == (2, True, None)
    nowhere = limit([45, 45, 45])
    assert (nowhere.holds_up_to, nowhere.fails_beyond, nowhere.high) == (None, None, None)
    never = limit([10, 5, 0])
    assert (never.holds_up_to, never.fails_beyond) == (None, 0)


def test_the_failure_is_that_of_the_failing_rungs() -> None:
    rungs = [rung(0, 50, 50), rung(1, 45, 50, "drop"), rung(2, 9, 50, "jam"), rung(3, 5, 50, "jam")]
    found = find_limit("wear", "", rungs, R, C)
    assert (found.failure, found.failures, found.bad) == ("jam", 86, 86)


def test_success_that_rises_is_told_and_has_no_crossing() -> None:
    found = limit([50, 20, 48, 2])
    assert found.rises == (1.0, 2.0)
    assert found.estimate is None
    assert limit([50, 47, 49, 2]).rises is None, "chance makes ups and downs"


def test_a_halted_rung_is_never_shown_to_hold() -> None:
    rungs = [rung(0, 50, 50, halted=True), rung(1, 50, 50), rung(2, 50, 50)]
    assert find_limit("wear", "", rungs, R, C).holds_up_to is None


def test_bounds_lean_against_what_is_to_be_shown() -> None:
    """A cycle that nobody inspected is bad for the lower bound and good for the upper one, and so
    is one that a halted station never came to."""
    made = Made(kinds=["good"] * 20 + ["blind"] * 5 + ["noticed"] * 5)
    seen = measure(run({"wear": 0.5}, made), "wear", C)
    assert (seen.n, seen.good, seen.unknown, seen.share) == (30, 20, 5, 20 / 30)
    lower, upper = clopper_pearson(20, 30, C, "lower"), clopper_pearson(25, 30, C, "upper")
    assert lower is not None
    assert upper is not None
    assert (seen.at_least, seen.at_most, seen.low) == (lower.low, upper.high, None)
    halted = run({"wear": 0.5}, Made(kinds=["noticed"] * 10, ending="halted"), cycles=15)
    stopped = measure(halted, "wear", C)
    upper = clopper_pearson(5, 15, C, "upper")
    assert upper is not None
    assert (stopped.n, stopped.halted, stopped.at_least) == (10, True, None)
    assert stopped.at_most == upper.high


def test_a_starved_cycle_is_not_the_robots() -> None:
    seen = measure(run({"wear": 0.0}, Made(kinds=["good"] * 9 + ["starved"])), "wear", C)
    assert (seen.n, seen.planned, seen.good, seen.at_least is None) == (9, 10, 9, False)
    nothing = measure(run({"wear": 0.0}, Made(kinds=["starved"] * 3)), "wear", C)
    assert (nothing.n, nothing.share, nothing.at_least, nothing.at_most) == (0, None, None, None)


def test_the_figures_of_a_rung() -> None:
    kinds = ["good"] * 6 + ["retried", "noticed", "escaped", "assisted"]
    seen = measure(run({"misalignment": 2.0}, Made(kinds=kinds)), "misalignment", C)
    assert (seen.good, seen.n, seen.detected, seen.escaped) == (7, 10, 2, 1)
    assert seen.failures == {"jam": 2, "not_seated": 1}
    assert (seen.recoveries, seen.retries, seen.step_ins) == (1, 1, 1)
    assert (seen.cycle_s.value, seen.cycle_s.n) == (12.0, 9), "without the one a person ended"
    assert counted({"wear": 0.5}, 3, 5).good == 3


CURVES = {
    "a cliff": [0.99, 0.99, 0.985, 0.4, 0.1, 0.0],
    "a slope": [0.98, 0.95, 0.92, 0.88, 0.8, 0.6],
    "just below from the start": [0.899, 0.899, 0.899, 0.89, 0.88, 0.2],
    "just at it all along": [0.9] * 6,
    "a dip and back": [0.97, 0.85, 0.97, 0.97, 0.5, 0.95],
}


@pytest.mark.slow
@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_a_claim_is_wrong_no_more_often_than_it_says(curve: list[float]) -> None:
    """2000 envelopes of 60 cycles a rung. "Holds up to x" is wrong when any rung up to x lies below
    the reliability, "fails from y" when any from y on reaches it; no shape of the curve is needed.
    """
    chance, draws, wrong = np.random.default_rng(5), 2000, [0, 0]
    for goods in chance.binomial(60, curve, size=(draws, len(curve))):
        rungs = [rung(float(k), int(good), 60) for k, good in enumerate(goods)]
        held = find_limit("x", "", rungs, R, C)
        upto, start = held.holds_up_to, held.fails_beyond
        wrong[0] += upto is not None and any(p < R for p in curve[: int(upto) + 1])
        wrong[1] += start is not None and any(p >= R for p in curve[int(start) :])
    allowed = (1 - C) + 3 * (0.05 * 0.95 / draws) ** 0.5
    assert wrong[0] / draws <= allowed
    assert wrong[1] / draws <= allowed


@pytest.mark.slow
def test_the_interval_of_the_crossing_covers_it() -> None:
    """Smooth curves whose crossing is drawn anywhere on the ladder and which may be steep or flat:
    the crossing lies beyond `holds up to` and before `fails from`, each end with its confidence."""
    chance, draws = np.random.default_rng(6), 2000
    below, above, inside = 0, 0, 0
    places = np.arange(7.0)
    for _ in range(draws):
        where, steep = chance.uniform(0.5, 5.5), chance.uniform(0.5, 6.0)
        start = np.log(R / (1 - R))
        p = 1 / (1 + np.exp(-(start - steep * (places - where))))
        goods = chance.binomial(60, p)
        found = find_limit(
            "x", "", [rung(k, int(g), 60) for k, g in zip(places, goods, strict=True)], R, C
        )
        below += found.low is not None and where < found.low
        above += found.high is not None and where > found.high
        inside += found.estimate is not None and abs(found.estimate - where) < 1.0
    allowed = (1 - C) + 3 * (0.05 * 0.95 / draws) ** 0.5
    assert below / draws <= allowed
    assert above / draws <= allowed
    assert inside / draws > 0.9, "the best guess is within a rung of the truth"
