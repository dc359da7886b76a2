"""Shifts seen together."""

import numpy as np
import pytest
from tests.evidence.shifts import Plan, shift

from ontakt.evidence.fold import fold
from ontakt.evidence.kpi import kpis, ledger
from ontakt.evidence.report.chapter import Chapter, chapter
from ontakt.evidence.report.pool import Pool, homogeneity, merged


def told(**plan: object) -> Chapter:
    return chapter(fold(shift(Plan(**plan))))  # type: ignore[arg-type]


def test_homogeneity_is_pearson_s_chi_square() -> None:
    p = homogeneity([(128, 142), (131, 142), (120, 142), (135, 142)])
    assert p == pytest.approx(0.0194, abs=5e-5)  # chi-square 9.9046, df 3


@pytest.mark.parametrize(
    "groups", [[], [(5, 9)], [(9, 9), (4, 4)], [(0, 9), (0, 4)], [(3, 9), (0, 0)]]
)
def test_no_two_groups_that_could_differ_have_no_p(groups: list[tuple[int, int]]) -> None:
    assert homogeneity(groups) is None


def test_homogeneity_calls_equal_shifts_different_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    draws = rng.binomial(142, 0.9, size=(2000, 4))
    wrong = [homogeneity([(int(k), 142) for k in row]) for row in draws]
    share = np.mean([p is not None and p < 0.05 for p in wrong])
    assert 0.035 < share < 0.065  # 3 standard errors of 0.05 over 2000


def test_one_shift_merged_with_nothing_is_itself() -> None:
    part = told(cycles=25)
    assert kpis(merged([ledger(part.shift)])) == part.kpis
    assert Pool(chapters=(part,)).kpis == part.kpis


def test_counts_and_exposures_add_up() -> None:
    parts = (told(cycles=25), told(cycles=35, seed=8, name="b"))
    pool = Pool(chapters=parts)
    for name in ("cycles", "failures", "recoveries", "outcomes.assisted"):
        values = [part.kpis[name].value for part in parts]
        assert pool.kpis[name].value == sum(value or 0.0 for value in values)
    steps = pool.kpis["step_ins"]
    assert steps.exposure == pytest.approx(sum(part.shift.hours for part in parts))
    assert steps.n == sum(part.shift.step_ins for part in parts)
    shares = [part.kpis["uptime"].value or 0.0 for part in parts]
    assert min(shares) <= (pool.kpis["uptime"].value or 0.0) <= max(shares)


def test_proportions_of_shifts_that_differ_are_left_out() -> None:
    pool = Pool(
        chapters=(
            told(cycles=60, failure=0.0, vary=False),
            told(cycles=60, failure=0.5, hopeless=0.9, vary=False, name="b"),
        )
    )
    assert pool.shifts_differ
    assert "both_sides_ok" not in pool.kpis
    assert "uptime" in pool.kpis


def test_other_hashes_are_other_experiments() -> None:
    pool = Pool(chapters=(told(cycles=5), told(cycles=5, name="b", config_hash="other")))
    assert not pool.frozen
    assert pool.kpis == {}
