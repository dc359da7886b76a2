"""Shifts seen together."""

import pytest
from tests.evidence.shifts import Plan, shift

from ontakt.evidence.fold import fold
from ontakt.evidence.kpi import kpis, ledger
from ontakt.evidence.report.chapter import Chapter, chapter
from ontakt.evidence.report.pool import Pool, merged
from ontakt.evidence.statistics.intervals import clopper_pearson


def told(**plan: object) -> Chapter:
    return chapter(fold(shift(Plan(**plan))))  # type: ignore[arg-type]


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
    assert not pool.alike
    assert pool.pooling.differ
    assert pool.bound("both_sides_ok", "lower") is None
    assert "both_sides_ok" not in pool.kpis
    assert "uptime" in pool.kpis


def test_shifts_that_differ_give_bounds_by_their_spread_where_there_are_enough() -> None:
    parts = [told(cycles=40, failure=0.0, vary=False, seed=k, name=f"g{k}") for k in range(3)]
    bad = told(cycles=40, failure=0.5, hopeless=0.9, vary=False, name="bad")
    pool = Pool(chapters=(*parts, bad))
    assert not pool.alike
    good, n = pool.both_sides
    kpi, bound = pool.kpis["both_sides_ok"], pool.bound("both_sides_ok", "lower")
    together = clopper_pearson(good, n, side="lower")
    assert bound is not None
    assert together is not None
    assert bound.low < together.low
    assert kpi.value == pytest.approx(good / n)
    assert kpi.low is not None
    assert kpi.low < bound.low  # two-sided reaches lower
    assert (kpi.interval or "") != "clopper-pearson"


def test_shifts_of_one_plan_are_counted_together_whatever_their_hashes() -> None:
    parts = (told(cycles=15), told(cycles=15, seed=8, name="b", config_hash="other"))
    assert Pool(chapters=parts, planned=True).kpis["cycles"].value == 30


def test_other_hashes_are_other_experiments() -> None:
    pool = Pool(chapters=(told(cycles=5), told(cycles=5, name="b", config_hash="other")))
    assert not pool.frozen
    assert pool.kpis == {}
