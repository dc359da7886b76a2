"""What is worked is decided beforehand: rungs, points, seeds, and what so many cycles can show."""

import msgspec
import numpy as np
import pytest
from tests.evidence.envelope.made import CLUTTER, MISALIGNMENT, TOLERANCE, WEAR

from ontakt.contract import BadValue
from ontakt.evidence.envelope import Design, Span, split
from ontakt.evidence.envelope.design import showable
from ontakt.evidence.statistics.intervals import clopper_pearson


def design(*spans: Span, **changed: object) -> Design:
    asked = {"reliability": 0.95, "confidence": 0.95, "rungs": 6, "seed": 3, "budget": None}
    return Design.new(spans or (MISALIGNMENT,), **{**asked, **changed})  # type: ignore[arg-type]


def test_a_ladder_goes_from_calm_to_harsh() -> None:
    first, second = design(MISALIGNMENT, TOLERANCE).ladders
    assert list(first.values) == [0, 2, 4, 6, 8, 10]
    assert second.values == (0.8, 0.644, 0.488, 0.332, 0.176, 0.02)
    assert [TOLERANCE.share(v) for v in (0.8, 0.02)] == [0, 1]
    assert TOLERANCE.down
    assert not MISALIGNMENT.down


def test_things_are_counted_and_each_number_stands_once() -> None:
    assert design(CLUTTER, rungs=6).ladders[0].values == (0.0, 2.0, 3.0, 5.0, 6.0, 8.0)
    few = msgspec.structs.replace(CLUTTER, harsh=3.0)
    assert design(few, rungs=6).ladders[0].values == (0.0, 1.0, 2.0, 3.0)


def test_what_so_many_cycles_show() -> None:
    for n in (8, 20, 59, 60, 300):
        bound = clopper_pearson(n, n, 0.95, "lower")
        assert bound is not None
        assert showable(n, 0.95) <= bound.low < showable(n, 0.95) + 0.01


def test_without_a_budget_a_rung_may_have_one_failure() -> None:
    one = design()
    assert (one.rung, one.cycles, one.space) == (93, 6 * 93, ())
    two = design(MISALIGNMENT, TOLERANCE)
    assert two.rung >= 93
    assert len(two.space) == 32
    assert two.claimed == 0.95


def test_a_budget_is_split_and_never_exceeded() -> None:
    for budget in (208, 333, 1000, 5000):
        made = design(MISALIGNMENT, TOLERANCE, WEAR, budget=budget)
        assert made.cycles <= budget
        assert made.cycles >= 0.9 * budget
        assert {len(made.space) & (len(made.space) - 1)} == {0}, "a power of two"
        assert {cell.cycles for cell in made.space} == {made.point}
    rich = design(MISALIGNMENT, TOLERANCE, budget=12 * 59 + 32)
    assert rich.rung == 59, "a rung comes up to what it needs before the points get more"


def test_where_cycles_cannot_show_what_is_asked_the_design_says_what_they_can() -> None:
    made = design(MISALIGNMENT, budget=6 * 20)
    assert (made.rung, made.needed, made.claimed) == (20, 59, 0.86)
    assert "20 cycles each" in split(made).replace("\N{NO-BREAK SPACE}", " ")


def test_the_points_fill_the_box_and_come_from_the_seed() -> None:
    made = design(MISALIGNMENT, TOLERANCE, CLUTTER, WEAR, budget=2000)
    shares = np.array([[s.share(c.at[s.axis]) for s in made.spans] for c in made.space])
    assert shares.min() >= 0
    assert shares.max() <= 1
    halves = (shares > 0.5)[:, [0, 1, 3]]  # clutter is rounded to whole things
    assert (halves.sum(axis=0) == len(shares) // 2).all(), "Sobol's points are balanced"
    same = design(MISALIGNMENT, TOLERANCE, CLUTTER, WEAR, budget=2000)
    assert made == same
    other = design(MISALIGNMENT, TOLERANCE, CLUTTER, WEAR, budget=2000, seed=4)
    assert [c.at for c in other.space] != [c.at for c in made.space]
    seeds = [cell.seed for cell in made.cells]
    assert len(set(seeds)) == len(seeds)


def test_a_design_survives_its_file() -> None:
    made = design(MISALIGNMENT, CLUTTER)
    assert msgspec.json.decode(msgspec.json.encode(made), type=Design) == made


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"budget": 47}, "at least 48 cycles: 8 on each of 6 rungs; fewer"),
        ({"budget": 10**12}, "--budget is 1000000000000; at most 10,000,000 cycles"),
        ({"reliability": 0.999999}, "--budget is [0-9]+; at most 10,000,000 cycles"),
        ({"reliability": 1.0}, "--reliability is 1.0"),
        ({"reliability": 0.2}, "--reliability is 0.2"),
        ({"confidence": 1.0}, "--confidence is 1.0"),
        ({"rungs": 2}, "3 to 20 values an axis"),
    ],
)
def test_what_cannot_be_designed_is_refused(changed: dict[str, object], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        design(**changed)


def test_a_budget_that_is_too_small_says_what_it_takes() -> None:
    with pytest.raises(BadValue, match="128 cycles: 8 on each of 12 rungs, 4 at each of 8"):
        design(MISALIGNMENT, TOLERANCE, budget=100)
    with pytest.raises(BadValue, match="each stands there once"):
        design(MISALIGNMENT, MISALIGNMENT)
    with pytest.raises(BadValue, match="a ladder has two ends"):
        msgspec.structs.replace(WEAR, harsh=0.0)
