"""Answers that stand in books, or that can be counted on paper."""

import itertools

import numpy as np
import pytest
from tests.evidence.comparison.arms import arm, one, shift, turned

from ontakt.evidence.comparison import compare
from ontakt.evidence.comparison.cochran_q import cochran_q
from ontakt.evidence.comparison.dispersion import dispersion
from ontakt.evidence.comparison.holm import holm
from ontakt.evidence.comparison.joined import joined
from ontakt.evidence.comparison.over_shifts import over_shifts
from ontakt.evidence.shift_record import ShiftRecord
from ontakt.evidence.statistics.intervals import wilson
from ontakt.evidence.statistics.mcnemar import mcnemar
from ontakt.evidence.statistics.two_proportions import newcombe


def test_eleven_against_two() -> None:
    found = compare(turned(11, 2, 40, 4))
    assert found.paired
    assert found.pairs == 57
    assert found.p == pytest.approx(0.022461, abs=5e-7)
    assert found.test == "mcnemar, exact"
    assert found.difference == pytest.approx(9 / 57)
    assert found.cells is not None
    assert (found.cells.both, found.cells.first, found.cells.second) == (40, 11, 2)
    assert found.cells.neither == 4
    assert found.word == "better"
    assert [one.good_in for one in found.changed] == ["new"] * 11 + ["old"] * 2
    assert found.changed[0].failure == "jam"
    assert found.changed[0].sides == ("left",)
    assert found.changed[12].bad_in == "new"


def test_seventeen_of_twenty_against_fourteen() -> None:
    found = compare([one("a", "g" * 17 + "b" * 3), one("b", "g" * 14 + "b" * 6, seed=2)])
    assert not found.paired
    assert found.pairs is None
    assert found.p == pytest.approx(0.287145, abs=1e-4)
    assert found.test == "boschloo"
    assert found.difference == pytest.approx(0.15)
    assert found.low == pytest.approx(-0.111062, abs=1e-6)
    assert found.high == pytest.approx(0.389752, abs=1e-6)
    assert found.word == "no difference shown"


def test_lines_of_the_text_book_differ() -> None:
    """128, 131, 120 and 135 of 142: chi-square 9.9046 with 3 degrees of freedom."""
    lines = [
        one(f"line-{k}", "g" * good + "b" * (142 - good), seed=k, station=f"line-{k}", policy="x")
        for k, good in enumerate((128, 131, 120, 135))
    ]
    found = compare(lines)
    assert found.by == "line"
    assert found.p == pytest.approx(0.0194, abs=5e-5)
    assert found.test == "chi-square"
    assert found.word == "differ"
    assert found.together is None
    assert found.difference is None
    (worst,) = [pair for pair in found.pairwise if pair.word in ("better", "worse")]
    assert (worst.first, worst.second, worst.word) == ("line-2", "line-3", "worse")
    assert worst.adjusted_p == pytest.approx(6 * (worst.p or 0.0)), "the least of six by Holm"


def test_the_same_cells_are_compared_cell_by_cell() -> None:
    """Three strata with a chi-square of 2.4976 and Mantel and Haenszel's odds ratio 1.7595."""
    strata = ((17, 20, 14, 20), (33, 40, 34, 40), (45, 50, 38, 50))
    levels = ("nominal", "plant", "harsh")
    first = arm("a", *(_of(k, n, 1 + s, levels[s], "a") for s, (k, n, _, _) in enumerate(strata)))
    second = arm("b", *(_of(k, n, 9 + s, levels[s], "b") for s, (_, _, k, n) in enumerate(strata)))
    found = compare([first, second])
    assert found.test == "cochran-mantel-haenszel, exact, over 3 variations"
    assert found.p == pytest.approx(0.114, abs=0.05), "near that of chi-square"
    by_hand = (20 / 2 * 0.15 - 40 / 2 * 0.025 + 50 / 2 * 0.14) / 55
    assert found.difference == pytest.approx(by_hand)
    assert found.low is not None
    assert found.low < by_hand


def _of(good: int, n: int, seed: int, level: str, policy: str) -> ShiftRecord:
    return shift("g" * good + "b" * (n - good), seed, level=level, policy=policy)


def test_holm_s_adjustment() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_cochran_s_q_by_full_enumeration() -> None:
    hits = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [0, 0, 0]], np.bool_)
    found = cochran_q(hits, 0)
    assert found.statistic == pytest.approx(3.5)  # totals 5, 3, 2: 2 (3*38 - 100) / 8
    telling = [row for row in hits.astype(int) if 0 < row.sum() < 3]
    arrangements = list(itertools.product(*(set(itertools.permutations(row)) for row in telling)))
    totals = [np.array(rows).sum(axis=0) for rows in arrangements]
    seen = np.array(telling).sum(axis=0)
    far = np.mean(
        [((t - t.mean()) ** 2).sum() >= ((seen - seen.mean()) ** 2).sum() for t in totals]
    )
    assert found.p == pytest.approx(float(far), abs=0.02)


def test_cochran_s_q_of_two_arms_is_mcnemar() -> None:
    hits = np.array([[1, 0]] * 11 + [[0, 1]] * 2 + [[1, 1]] * 9, np.bool_)
    assert cochran_q(hits, 0).p == pytest.approx(mcnemar(11, 2).p, abs=0.004)
    assert cochran_q(np.ones((5, 3), np.bool_), 0).p == 1.0


def test_one_stratum_joined_with_wilson_s_intervals_is_newcombe() -> None:
    def bounds(k: int, n: int) -> tuple[float, float]:
        found = wilson(k, n)
        assert found is not None
        return found.low, found.high

    value, interval = joined([(17, 20, 14, 20)], bounds, 0.95, "x")
    right = newcombe(17, 20, 14, 20)
    assert right is not None
    assert value == pytest.approx(0.15)
    assert interval.low == pytest.approx(right.low)
    assert interval.high == pytest.approx(right.high)


def test_shifts_that_differ_make_cycles_count_for_less() -> None:
    """Two arms of three shifts of 100: 99, 90, 81 and 95, 86, 77 good. Chi-square within arms is
    162 / 100 / (.9 .1) + 162 / 100 / (.86 .14) = 18 + 13.455 on 4 degrees of freedom."""
    groups = [[(99, 100), (90, 100), (81, 100)], [(95, 100), (86, 100), (77, 100)]]
    found = dispersion(groups)
    assert found is not None
    assert found.freedom == 4
    assert found.factor == pytest.approx((18 + 13.4551) / 4, abs=1e-4)
    difference = over_shifts([(270, 300, 258, 300)], found)
    assert difference.value == pytest.approx(0.04)
    assert difference.interval is not None
    alone = newcombe(270, 300, 258, 300)
    assert alone is not None
    assert difference.interval.low < alone.low < 0 < alone.high < difference.interval.high


@pytest.mark.parametrize(
    "groups",
    [[], [[(9, 10)], [(5, 10)]], [[(9, 10), (9, 10)], [(5, 10), (6, 10)]], [[(10, 10), (10, 10)]]],
)
def test_alike_shifts_have_no_dispersion(groups: list[list[tuple[int, int]]]) -> None:
    assert dispersion(groups) is None


def test_three_arms_in_the_same_cells_are_alike_where_their_mixes_are_not() -> None:
    """A worked mostly easy parts and C mostly hard ones: all cycles together they differ by 30
    points, in each variation by none."""
    arms = [
        arm(
            name,
            _of(round(0.95 * easy), easy, 1 + k, "nominal", name),
            _of(round(0.45 * hard), hard, 1 + k, "harsh", name),
        )
        for k, (name, easy, hard) in enumerate((("a", 80, 20), ("b", 60, 40), ("c", 20, 80)))
    ]
    found = compare(arms)
    assert found.test == "homogeneity in 2 variations, fisher's sum"
    assert found.p is not None
    assert found.p > 0.9
    assert found.word == "no difference shown"
    pair = compare(arms[::2])
    assert pair.test == "cochran-mantel-haenszel, exact, over 2 variations"
    assert pair.difference == pytest.approx(0.0, abs=0.01)
    assert pair.arms[0].good - pair.arms[1].good == 30


def test_arms_whose_shifts_differ_are_held_against_that() -> None:
    """Three arms of three shifts of 100; between arms chi-square is large for cycles, not for
    shifts."""
    rows = {"a": (99, 90, 81), "b": (95, 86, 77), "c": (92, 82, 73)}
    arms = [
        arm(name, *(_of(k, 100, 10 * n + k, "plant", name) for k in goods))
        for n, (name, goods) in enumerate(rows.items())
    ]
    found = compare(arms)
    assert found.test == "chi-square over the spread of shifts, fisher's f"
    assert found.word == "no difference shown"
    plain = compare(
        [
            one(n, "g" * sum(k) + "b" * (300 - sum(k)), seed=s)
            for s, (n, k) in enumerate(rows.items())
        ]
    )
    assert plain.word == "differ", "as if all cycles were independent"
