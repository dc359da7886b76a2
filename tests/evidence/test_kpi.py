"""Every KPI of two shifts that were counted by hand; see script.py for their events."""

from pathlib import Path

import pytest
from tests.evidence.script import (
    MORNING,
    MORNING_HZ,
    begin,
    end,
    inspected,
    morning,
    night,
    script,
    start,
)

from ontakt.contract import Kpi
from ontakt.contract.event import Event
from ontakt.evidence.fold import fold
from ontakt.evidence.kpi import DEFINITIONS, FailureCount, failure_pareto, kpis
from ontakt.evidence.kpi.page import kpi_page
from ontakt.evidence.shift_record import ShiftRecord

MORNING_FIGURES = {
    "cycles": 6.0,
    "outcomes.on_takt": 1.0,
    "outcomes.late": 1.0,
    "outcomes.nok_detected": 1.0,
    "outcomes.nok_escaped": 1.0,
    "outcomes.assisted": 1.0,
    "outcomes.aborted": 0.0,
    "outcomes.starved": 1.0,
    "outcomes.blocked": 0.0,
    "both_sides_ok": 2 / 5,  # cycles 0, 1 of 0, 1, 2, 3, 5; the starved 4 does not count
    "left_ok": 4 / 5,  # all but 5; in 3 the robot's left side was good before the person came
    "right_ok": 3 / 5,  # 0, 1, 5
    "unknown": 0.0,
    "first_pass_yield": 1 / 5,  # 0; cycle 1 had a retry
    "takt_compliance": 3 / 5,  # 0, 2, 5; 1 was late, 3 needed a person
    "cycle_time.p50": 8.0,  # of 7, 8, 8, 11 s: cycles 5, 0, 2, 1
    "cycle_time.p95": 10.55,  # position 0.95 * 3 = 2.85: 8 + 0.85 * (11 - 8)
    "cycle_time.max": 11.0,
    "starvation": 4 / 445,  # cycles last 80 + 110 + 80 + 80 + 25 + 70 = 445 ticks
    "step_ins": 3600 / 57.5,  # one in 57.5 s
    "mtba": 57.5 / 3600,
    "failures": 4.0,  # drop, jam, not_seated detected, not_seated escaped
    "failures.recovered": 1 / 4,  # the drop
    "recoveries": 1.0,
    "mttr": 5.0,  # one stop, 360..410
    # PBT 575 = AUST 20 (0..20) + ADET 75 (360..410, 430..455) + ADOT 20 (555..575) + APT 460
    "uptime": 525 / 575,  # down 360..410
    "iso22400.oee": 10.0 * 2 / 57.5,  # PRU x GQ / PBT
    "iso22400.availability": 460 / 575,
    "iso22400.effectiveness": 10.0 * 5 / 46.0,  # parts came out of 0, 1, 2, 3, 5
    "iso22400.quality": 2 / 5,
    "tpm.availability": (575 - 20 - 20 - 50) / 575,  # 5 s is a breakdown, 2.5 s a minor stop
    "inherent.availability": 480 / 530,
    "starved": 25 / 575,
    "blocked": 0.0,
}

NIGHT_FIGURES = {
    "cycles": 4.0,  # 1, 2, 3, 5; 4 and 6 were cut
    "outcomes.on_takt": 2.0,
    "outcomes.late": 0.0,
    "outcomes.nok_detected": 0.0,
    "outcomes.nok_escaped": 0.0,
    "outcomes.assisted": 0.0,
    "outcomes.aborted": 1.0,
    "outcomes.starved": 0.0,
    "outcomes.blocked": 1.0,
    "both_sides_ok": 1 / 2,  # 1 good, 3 needed a person, 5 unknown, 2 blocked
    "left_ok": 1.0,  # only 1 was inspected among 1, 3, 5
    "right_ok": None,  # no right side in the job
    "unknown": 1.0,  # 5
    "first_pass_yield": 1 / 2,
    "takt_compliance": 2 / 3,  # 1 and 5 (exactly takt) of 1, 3, 5
    "cycle_time.p50": 4.75,  # of 4.5, 5.0 s
    "cycle_time.p95": 4.975,
    "cycle_time.max": 5.0,
    "starvation": 0.0,
    "step_ins": 3600 / 26.0,
    "mtba": 26.0 / 3600,
    "failures": 0.0,
    "failures.recovered": None,
    "recoveries": 0.0,
    "mttr": 4.0,  # 260..340
    # PBT 520 = AUST 10 (340..350) + ADET 140 (180..240, 260..340) + APT 370
    "uptime": 440 / 520,
    "iso22400.oee": 5.0 * 2 / 26.0,  # 1 and the blocked 2 are good, 5 was not inspected
    "iso22400.availability": 370 / 520,
    "iso22400.effectiveness": 5.0 * 3 / 18.5,  # parts came out of 1, 2, 5
    "iso22400.quality": 2 / 3,
    "tpm.availability": (520 - 10 - 80) / 520,  # 3 s is still a minor stop
    "inherent.availability": 380 / 460,
    "starved": 0.0,
    "blocked": 60 / 520,
}


@pytest.mark.parametrize(
    ("shift", "expected"),
    [(fold(morning()), MORNING_FIGURES), (fold(night()), NIGHT_FIGURES)],
    ids=["morning", "night"],
)
def test_every_figure_is_the_one_counted_by_hand(
    shift: ShiftRecord, expected: dict[str, float | None]
) -> None:
    figures = {name: kpi.value for name, kpi in kpis(shift).items()}
    assert figures == {
        name: None if value is None else pytest.approx(value, rel=1e-12)
        for name, value in expected.items()
    }
    assert list(figures) == list(expected)


def test_shares_carry_their_trials_and_exact_interval() -> None:
    left = kpis(fold(morning()))["left_ok"]
    assert (left.n, left.confidence, left.interval) == (5, 0.95, "clopper-pearson")
    # 4 of 5: the low end solves P(X >= 4 | p) = 0.025, the high end P(X <= 4 | p) = 0.025.
    assert left.low is not None
    assert left.high is not None
    p, q = left.low, left.high
    assert 5 * p**4 * (1 - p) + p**5 == pytest.approx(0.025)
    assert 1 - q**5 == pytest.approx(0.025)


def test_rates_carry_their_events_and_exposure() -> None:
    figures = kpis(fold(morning()))
    step_ins, mtba = figures["step_ins"], figures["mtba"]
    assert (step_ins.n, step_ins.exposure, step_ins.interval) == (1, 57.5 / 3600, "exact poisson")
    assert step_ins.low is not None
    assert step_ins.high is not None
    assert (mtba.low, mtba.high) == (1 / step_ins.high, 1 / step_ins.low)


def test_no_step_in_bounds_mtba_from_below_and_does_not_invent_a_value() -> None:
    ten_hours = 10 * 3600 * MORNING_HZ
    calm = [event for event in MORNING if event[0] <= 100] + [(ten_hours, MORNING[-1][1])]
    mtba = kpis(fold(script(calm, MORNING_HZ)))["mtba"]
    assert mtba.value is None
    assert mtba.low == pytest.approx(10 / 2.995732, rel=1e-6)  # 3.338 h, factory reference
    assert mtba.high is None
    assert mtba.interval == "exact poisson, one-sided lower"


def test_a_blocked_cycle_that_could_not_begin_is_no_part() -> None:
    def quality(*extra: tuple[int, Event]) -> float | None:
        told: list[tuple[int, Event]] = [
            (0, begin(10, 10.0, sides=("left",))),
            (0, start(0, due=0, job=("left",))),
            (80, inspected(0, "left")),
            (80, end(0, 80)),
            (100, start(1, due=100, job=("left",))),
            *extra,
            (150, end(1, None, "blocked")),
        ]
        return kpis(fold(script(told, 10)))["iso22400.quality"].value

    assert quality() == 1.0
    assert quality((140, inspected(1, "left", ok=False))) == 0.5


def test_a_shift_without_time_knows_nothing() -> None:
    figures = kpis(fold(script(MORNING[:1], MORNING_HZ)))
    known = {name for name, kpi in figures.items() if kpi.value is not None}
    counts = {name for name, kpi in figures.items() if kpi.unit == "count"}
    assert known == counts
    assert all(kpi.low is None and kpi.high is None for kpi in figures.values())


def test_pareto_counts_escapes_and_recoveries() -> None:
    assert failure_pareto(fold(morning())) == (
        FailureCount(mode="not_seated", count=2, recovered=0),
        FailureCount(mode="drop", count=1, recovered=1),
        FailureCount(mode="jam", count=1, recovered=0),
    )


def test_every_kpi_says_what_it_is() -> None:
    names = [definition.name for definition in DEFINITIONS]
    assert sorted(set(names)) == sorted(names)
    for definition in DEFINITIONS:
        assert definition.unit in {"1", "s", "h", "1/h", "count"}
        assert len(definition.definition) > 15
        assert definition.source


def test_intervals_hold_their_values() -> None:
    def holds(kpi: Kpi) -> bool:
        if kpi.value is None or kpi.low is None or kpi.high is None:
            return True
        return kpi.low <= kpi.value <= kpi.high

    for shift in (fold(morning()), fold(night())):
        assert [name for name, kpi in kpis(shift).items() if not holds(kpi)] == []


def test_the_page_of_definitions_is_that_of_the_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "kpis.md").read_text()
    assert page == kpi_page(), "run: python -m ontakt.evidence.kpi > docs/kpis.md"
