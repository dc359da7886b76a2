"""Good parts against takt, by the hour and by the shift."""

import pytest
from msgspec.structs import replace
from tests.evidence.script import morning, night
from tests.evidence.shifts import Plan, shift

from ontakt.evidence.fold import fold
from ontakt.evidence.kpi import ledger
from ontakt.evidence.kpi.time import unit
from ontakt.evidence.report.chapter import Chapter, chapter
from ontakt.evidence.report.pool import Pool
from ontakt.evidence.report.run_at_rate import RunAtRate, run_at_rate


def told(**plan: object) -> Chapter:
    return chapter(fold(shift(Plan(**plan))))  # type: ignore[arg-type]


def run(*chapters: Chapter) -> RunAtRate:
    return run_at_rate(Pool(chapters=chapters))


def test_the_morning_by_hand() -> None:
    """Takt 10 s, 6 planned; cycles 0 and 1 are good, 2 escaped, 3 assisted, 4 starved, 5 bad."""
    found = run(chapter(fold(morning())))
    assert found.by == "quarter of an hour"
    (row,) = found.rows
    assert (row.planned, row.finished, row.good) == (6, 6, 2)
    assert (row.difference, row.cumulated) == (-4, -4)
    assert row.stood_s == pytest.approx(1.0)
    assert found.rate == pytest.approx(2 / 6)


def test_a_shift_that_keeps_takt_makes_what_is_planned_in_every_hour() -> None:
    found = run(told(cycles=142, failure=0.0, starved=0.0, vary=False))
    assert found.by == "hour"
    assert [row.label for row in found.rows] == ["0:00–1:00", "1:00–2:00", "2:00–3:00"]
    # beats at 0, 76, … s: 48 begin before 3600 s, 95 before 7200 s
    assert [row.planned for row in found.rows] == [48, 47, 47]
    assert [row.good for row in found.rows] == [48, 47, 47]
    assert [row.cumulated for row in found.rows] == [0, 0, 0]
    assert found.rate == 1.0


@pytest.mark.parametrize("seed", range(4))
def test_good_parts_are_those_of_oee(seed: int) -> None:
    part = told(cycles=60, seed=seed, failure=0.3, hopeless=0.6, escape=0.3, starved=0.1)
    total = run(part).total
    assert total.good == unit(ledger(part.shift)).gq
    assert total.finished == part.kpis["cycles"].value
    assert total.stood_s == pytest.approx(part.pitch_lost_s)


def test_what_a_cut_shift_still_owed_is_planned_all_the_same() -> None:
    found = run(told(cycles=12, planned=142, cut=True, failure=0.0, starved=0.0))
    assert found.total.planned == 142
    assert found.total.finished == 11
    assert found.rows[-1].finished == 0
    assert found.rows[-1].cumulated == 11 - 142


def test_slow_cycles_fall_behind_hour_by_hour() -> None:
    found = run(told(cycles=94, pace_s=90.0, failure=0.0, starved=0.0, vary=False))
    made = [row.cumulated or 0 for row in found.rows]
    assert made[0] < 0
    assert made[1] < made[0]
    assert made[-1] == 0, "the parts were made, in time that nobody had planned"
    assert found.rows[-1].planned == 0


def test_several_shifts_have_a_row_each() -> None:
    parts = (told(cycles=20), told(cycles=15, planned=30, seed=8, name="b"))
    found = run(*parts)
    assert [row.label for row in found.rows] == ["2026-03-02-a", "b"]
    assert [row.planned for row in found.rows] == [20, 30]
    assert found.rows[1].cumulated == sum(row.difference or 0 for row in found.rows)
    assert found.total.cumulated == found.rows[1].cumulated


def test_no_cycle_no_rows() -> None:
    assert run(told(cycles=0)).rows == ()


def test_without_a_plan_it_is_the_time_that_counts() -> None:
    records = morning()
    first = replace(records[0], event=replace(records[0].event, planned_cycles=None))
    (row,) = run(chapter(fold([first, *records[1:]]))).rows
    assert row.planned == 5  # 57.5 s of 10 s each


def test_a_part_that_nobody_inspected_is_not_shown_to_be_good() -> None:
    """Of the night's cycles 1 and 2 were found good, and 5 was never looked at."""
    assert run(chapter(fold(night()))).total.good == 2
