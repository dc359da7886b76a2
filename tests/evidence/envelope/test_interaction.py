"""Which pairs of axes do more than add up: known answers, then how often one is made up."""

import math
from collections.abc import Mapping

import numpy as np
import pytest
from tests.evidence.envelope.made import MISALIGNMENT, TOLERANCE, WEAR, Truth, counted, worked

from ontakt.evidence.envelope import Design, SpaceReading
from ontakt.evidence.envelope.interaction import read_space

SPANS = (MISALIGNMENT, TOLERANCE, WEAR)


def design(budget: int = 2400, seed: int = 2) -> Design:
    return Design.new(SPANS, reliability=0.9, confidence=0.95, rungs=3, seed=seed, budget=budget)


def shares(at: Mapping[str, float]) -> list[float]:
    return [2 * span.share(at[span.axis]) - 1 for span in SPANS]


def logistic(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def reading(truth: Truth, seed: int = 1) -> SpaceReading:
    """Of the points alone: the ladders are not worked."""
    made = design()
    chance = np.random.default_rng(seed)
    runs = [
        counted(one.at, int(chance.binomial(one.cycles, truth(one.at))), one.cycles)
        for one in made.space
    ]
    found = read_space(runs, SPANS)
    assert found is not None
    return found


def test_a_pair_that_is_worse_together_is_found_and_others_are_not() -> None:
    def truth(at: Mapping[str, float]) -> float:
        crooked, _, worn = shares(at)
        return logistic(1.0 - 1.5 * crooked - 1.0 * worn - 2.5 * crooked * worn)

    found = reading(truth)
    shown = [one for one in found.interactions if one.shown]
    assert [(one.first, one.second, one.worse) for one in shown] == [("misalignment", "wear", True)]
    assert shown[0].odds < 1
    assert [one.shown for one in found.effects] == [True, False, True]
    both = next(c for c in shown[0].corners if (c.first, c.second) == ("harsh", "harsh"))
    calm = next(c for c in shown[0].corners if (c.first, c.second) == ("calm", "calm"))
    assert both.good / both.n < calm.good / calm.n
    assert sum(c.n for c in shown[0].corners) == found.n


def test_without_a_failure_nothing_is_made_up() -> None:
    found = reading(lambda _: 1.0)
    assert found.good == found.n
    assert (found.effects, found.interactions) == ((), ())
    assert found.why_not == f"all {found.n} cycles were good"
    assert reading(lambda _: 0.0).why_not == f"none of {found.n} cycles was good"
    assert read_space([], SPANS) is None


def test_one_axis_has_no_box() -> None:
    alone = Design.new((WEAR,), reliability=0.9, confidence=0.95, rungs=3, seed=1, budget=90)
    runs = worked(alone, lambda _: 1.0)
    assert read_space(list(runs.values()), (WEAR,)) is None


def test_too_few_bad_cycles_are_said_to_be_too_few() -> None:
    found = reading(lambda at: 0.9 if at["wear"] > 0.9 else 1.0)
    assert found.effects == ()
    assert (
        found.why_not == f"{found.n - found.good} bad cycles are too few for 3 axes, 20 are needed"
    )


@pytest.mark.slow
def test_a_cliff_along_one_axis_is_not_taken_for_an_interaction() -> None:
    wrong, draws = 0, 150
    for k in range(draws):
        found = reading(lambda at: 0.99 if at["misalignment"] < 6.5 else 0.08, seed=k)
        wrong += any(one.shown for one in found.interactions)
    assert wrong / draws <= 0.05 + 3 * (0.05 * 0.95 / draws) ** 0.5


@pytest.mark.slow
def test_an_interaction_is_made_up_no_more_often_than_asked() -> None:
    """Effects that add up in log odds and points that differ besides: any of three pairs is told to
    interact at most once in twenty."""
    chance, draws, wrong = np.random.default_rng(8), 200, 0
    for k in range(draws):
        off = dict.fromkeys(range(200), 0.0)

        def truth(at: Mapping[str, float], off: dict[int, float] = off) -> float:
            crooked, tight, worn = shares(at)
            off[0] = float(chance.normal(0, 0.3))
            return logistic(0.5 - 1.2 * crooked - 0.5 * tight - 0.8 * worn + off[0])

        wrong += any(one.shown for one in reading(truth, seed=k).interactions)
    assert wrong / draws <= 0.05 + 3 * (0.05 * 0.95 / draws) ** 0.5
