"""Every KPI of two shifts that were counted by hand; see script.py for their events."""

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.script import (
    BOTH,
    MORNING,
    MORNING_HZ,
    begin,
    end,
    inspected,
    judged,
    morning,
    night,
    script,
    start,
    state,
)

from ontakt.contract import Kpi, State
from ontakt.contract.event import (
    CallAcknowledged,
    CallArrived,
    CallRaised,
    CallResolved,
    Event,
    ShiftEnded,
)
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
    "escapes": 1 / 8,  # passed: both of 0, 1, 2, left of 3, right of 5; bad: right of 2
    "false_alarms": 0 / 2,  # right of 3 and left of 5 were given up, and bad
    "takt_compliance": 3 / 5,  # 0, 2, 5; 1 was late, 3 needed a person
    "cycle_time.p50": 8.0,  # of 7, 8, 8, 11 s: cycles 5, 0, 2, 1
    "cycle_time.p95": 10.55,  # position 0.95 * 3 = 2.85: 8 + 0.85 * (11 - 8)
    "cycle_time.max": 11.0,
    "starvation": 4 / 445,  # cycles last 80 + 110 + 80 + 80 + 25 + 70 = 445 ticks
    "step_ins": 3600 / 57.5,  # one in 57.5 s
    "mtba": 57.5 / 3600,
    "refills": 0.0,
    "failures": 4.0,  # drop, jam, not_seated detected, not_seated escaped
    "failures.recovered": 1 / 4,  # the drop
    "recoveries": 1.0,
    "mttr": 5.0,  # one stop, 360..410
    # PBT 575 = AUST 20 (0..20) + ADET 75 (360..410, 430..455) + ADOT 20 (555..575) + APT 460
    "uptime": 525 / 575,  # down 360..410
    "iso22400.oee": 10.0 * 2 / 57.5,  # PRU x GQ / PBT
    "iso22400.availability": 460 / 575,
    "iso22400.effectiveness": 10.0 * 4 / 46.0,  # 0, 1, 2, 5 came out; 3 a person finished
    "iso22400.quality": 2 / 4,
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
    "escapes": 0 / 2,  # 1 and 2
    "false_alarms": None,
    "takt_compliance": 2 / 3,  # 1 and 5 (exactly takt) of 1, 3, 5
    "cycle_time.p50": 4.75,  # of 4.5, 5.0 s
    "cycle_time.p95": 4.975,
    "cycle_time.max": 5.0,
    "starvation": 0.0,
    "step_ins": 3600 / 26.0,
    "mtba": 26.0 / 3600,
    "refills": 0.0,
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


def test_a_false_alarm_is_counted_though_the_part_is_good() -> None:
    """The robot gave up both sides; the inspector finds that the left one was good."""
    told: list[tuple[int, Event]] = [
        (0, begin(10, 10.0)),
        (0, start(0, due=0)),
        (70, judged(0, "left", ok=False)),
        (70, judged(0, "right", ok=False)),
        (80, inspected(0, "left")),
        (80, inspected(0, "right", ok=False)),
        (80, end(0, 80)),
        # an aborted cycle judges whatever was not done; that is no belief
        (100, start(1, due=100)),
        (110, judged(1, "left", ok=False)),
        (110, inspected(1, "left")),
        (120, end(1, None, "aborted")),
    ]
    figures = kpis(fold(script(told, 10)))
    alarms, escapes = figures["false_alarms"], figures["escapes"]
    assert (alarms.value, alarms.n, alarms.interval) == (0.5, 2, "clopper-pearson")
    assert (escapes.value, escapes.n) == (None, 0)


def _visit(reason: str, action: Literal["finish", "refill"] | None) -> ShiftRecord:
    """One cycle with a call; without an `action` the person is still there at the end."""
    told: list[tuple[int, Event]] = [
        (0, begin(10, 10.0)),
        (0, start(0, due=0)),
        (10, CallRaised(call=0, cycle=0, reason=reason)),
        (20, CallAcknowledged(call=0)),
        (30, CallArrived(call=0)),
    ]
    if action is not None:
        told.append((40, CallResolved(call=0, action=action)))
    return fold(script([*told, (50, end(0, None, "aborted"))], 10))


@pytest.mark.parametrize(
    ("reason", "action", "step_ins", "refills"),
    [
        ("jam", "finish", 1, 0),
        ("starved", "refill", 0, 1),
        ("jam", None, 1, 0),  # he came; that the record ends before he left changes nothing
        ("starved", None, 0, 1),
    ],
)
def test_a_refill_is_no_step_in_and_a_visit_counts_from_arrival(
    reason: str, action: Literal["finish", "refill"] | None, step_ins: int, refills: int
) -> None:
    shift = _visit(reason, action)
    figures = kpis(shift)
    assert (figures["step_ins"].n, figures["refills"].n) == (step_ins, refills)
    assert [cycle.step_ins for cycle in shift.cycles] == [step_ins]


def test_two_visits_in_one_cycle_are_two_step_ins_and_one_assisted_cycle() -> None:
    told: list[tuple[int, Event]] = [(0, begin(10, 10.0)), (0, start(0, due=0))]
    for call in (0, 1):
        at = 20 * call
        told += [
            (at + 10, CallRaised(call=call, cycle=0, reason="jam")),
            (at + 20, CallResolved(call=call, action="finish")),
        ]
    shift = fold(script([*told, (50, end(0, 50))], 10))
    assert (shift.step_ins, shift.cycles[0].step_ins) == (2, 2)
    assert kpis(shift)["outcomes.assisted"].value == 1


def test_a_call_that_nobody_answered_is_no_step_in() -> None:
    told: list[tuple[int, Event]] = [
        (0, begin(10, 10.0)),
        (0, start(0, due=0)),
        (10, CallRaised(call=0, cycle=0, reason="jam")),
        (50, end(0, None, "aborted")),
    ]
    assert fold(script(told, 10)).step_ins == 0


@pytest.mark.parametrize(("cause", "worked"), [("operator", 1), ("halt", 2)])
def test_a_cycle_that_a_person_stopped_is_not_held_against_the_robot(
    cause: str, worked: int
) -> None:
    told: list[tuple[int, Event]] = [
        (0, begin(10, 10.0)),
        (0, start(0, due=0)),
        (80, inspected(0, "left")),
        (80, inspected(0, "right")),
        (80, end(0, 80)),
        (100, start(1, due=100)),
        (110, state(State.STOPPING, cause, "operator")),
        (115, inspected(1, "left", ok=False)),
        (115, inspected(1, "right", ok=False)),
        (115, end(1, None, "aborted")),
    ]
    figures = kpis(fold(script(told, 10)))
    assert (figures["both_sides_ok"].n, figures["takt_compliance"].n) == (worked, worked)
    assert figures["outcomes.aborted"].value == 1  # it is still told


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 200), st.booleans())
def test_no_factor_of_oee_exceeds_one(alone: int, assisted: int, held: int, good: bool) -> None:
    """On a takt of 100 ticks: work 30, then the rest of the pitch; helped parts stop the station
    after the work for `held` ticks, and the line goes on when they are done and the pitch over."""
    told: list[tuple[int, Event]] = [(0, begin(10, 10.0)), (0, state(State.EXECUTE))]
    tick = call = 0
    for cycle in range(alone + assisted):
        helped = (cycle % 2 == 0 and call < assisted) or cycle - call >= alone
        told += [(tick, start(cycle, due=tick))]
        done = tick + 30
        for side in BOTH:
            told.append((done, inspected(cycle, side, ok=good and not helped)))
        if helped:
            told += [
                (done, state(State.HELD, "jam", "robot")),
                (done, CallRaised(call=call, cycle=cycle, reason="jam")),
                (done + held, CallResolved(call=call, action="finish")),
                (done + held, state(State.EXECUTE, "operator")),
            ]
            done, call = done + held, call + 1
        told.append((done, end(cycle, done)))
        tick = max(tick + 100, done)
    told.append((tick, ShiftEnded(reason="planned")))
    shift = fold(script(told, 10))
    figures = kpis(shift)
    for name in ("availability", "effectiveness", "quality", "oee"):
        value = figures[f"iso22400.{name}"].value
        assert value is None or value <= 1 + 1e-12, name
    if tick:
        assert figures["iso22400.oee"].value == pytest.approx(alone * good * 100 / tick)


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
