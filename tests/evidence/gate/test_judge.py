"""What trials of the ladder's gates come to, and how often a verdict is wrong."""

import numpy as np
import pytest
from msgspec.structs import replace
from scipy.stats import binom, poisson
from tests.evidence.gate.tallies import TAKT_S, shifts, tally

from ontakt.contract import Readiness, SetupError
from ontakt.evidence.gate.finding import Status
from ontakt.evidence.gate.judge import Judgement, decided, judge
from ontakt.evidence.gate.ladder import GATES, find_gate
from ontakt.evidence.gate.plan import GatePlan
from ontakt.evidence.gate.requirement import Assists, BothSides, Cells, Escapes, Shifts, Takt
from ontakt.evidence.gate.tally import Tally

SCHEDULED = find_gate("scheduled")
ANYTIME = replace(SCHEDULED, method="anytime")


def judged(
    tallies: tuple[Tally, ...], plan: GatePlan = SCHEDULED, *, finished: bool = True
) -> Judgement:
    return judge(
        plan, tallies, TAKT_S, finished=finished, policy_hash="policy", config_hash="config"
    )


def verdict(
    tallies: tuple[Tally, ...], plan: GatePlan = SCHEDULED, *, finished: bool = True
) -> str:
    return judged(tallies, plan, finished=finished).verdict.readiness.value


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        ((0, 0, 0, 0, 0, 0), "READY"),
        ((1, 0, 1, 0, 1, 0), "READY"),
        ((1, 1, 1, 0, 1, 0), "NOT READY"),
        ((0, 0, 0, 0, 0, 50), "NOT READY"),
    ],
)
def test_a_fixed_plan_allows_three_failures_of_780(bad: tuple[int, ...], expected: str) -> None:
    assert verdict(shifts(*bad)) == expected


def test_a_fixed_plan_is_not_ready_before_its_end_however_well_it_goes() -> None:
    """Who stops when it looks good errs more often than he says."""
    early = judged(shifts(0, 0, 0, 0, 0), finished=False)
    assert early.verdict.readiness is Readiness.NOT_ENOUGH_DATA
    assert early.verdict.cycles_needed == 130
    assert early.verdict.hours_needed == pytest.approx(130 * 76 / 3600)
    assert not decided(early)


def test_a_fixed_plan_that_cannot_pass_any_more_need_not_go_on() -> None:
    lost = judged(shifts(4), finished=False)
    assert lost.verdict.readiness is Readiness.NOT_READY
    assert "4 not good; 3 of 780 are allowed" in lost.verdict.reason
    assert decided(lost)


def test_before_the_first_cycle_the_whole_plan_is_needed() -> None:
    first = judged((), finished=False).verdict
    assert first.readiness is Readiness.NOT_ENOUGH_DATA
    assert first.cycles_needed == 780
    assert first.hours_needed == pytest.approx(780 * 76 / 3600)


def test_an_anytime_gate_passes_as_soon_as_the_evidence_is_there() -> None:
    plan = GatePlan(
        gate="look",
        method="anytime",
        shifts=10,
        cycles=100,
        require=(BothSides(at_least=0.99),),
    )
    worked = tuple(tally(100, number=k) for k in range(10))
    found = [verdict(worked[: k + 1], plan, finished=False) for k in range(10)]
    # 449 cycles without a failure: in the fifth shift of a hundred
    assert found == ["NOT ENOUGH DATA"] * 4 + ["READY"] * 6
    assert decided(judged(worked[:5], plan, finished=False))


def test_an_anytime_gate_says_what_it_still_takes() -> None:
    plan = GatePlan(
        gate="look", method="anytime", shifts=9, cycles=100, require=(BothSides(at_least=0.99),)
    )
    clean = judged(tuple(tally(100, number=k) for k in range(3)), plan, finished=False).verdict
    assert clean.cycles_needed == 449 - 300
    one = judged((tally(100, 1), tally(100)), plan, finished=False).verdict
    assert one.cycles_needed == 683 - 200


def test_an_anytime_gate_is_read_as_the_evidence_stands() -> None:
    """What five clean shifts showed is not enough for a robot that broke in the sixth, where
    another requirement had the trial go on."""
    plan = GatePlan(
        gate="look",
        method="anytime",
        shifts=9,
        cycles=100,
        require=(BothSides(at_least=0.99), Assists(mean_hours=4.0)),
    )
    clean = tuple(tally(100, number=k) for k in range(5))
    first, second = judged(clean, plan, finished=False).findings
    assert first.status is Status.MET
    assert second.status is Status.OPEN
    broken = judged((*clean, tally(100, 12, number=5)), plan, finished=False)
    assert broken.findings[0].status is Status.OPEN
    ruined = judged((*clean, tally(100, 100, number=5)), plan, finished=False)
    assert ruined.verdict.readiness is Readiness.NOT_READY


def test_an_anytime_gate_refutes_what_is_plainly_not_so() -> None:
    assert verdict(shifts(30), ANYTIME, finished=False) == "NOT READY"


def test_a_person_who_acts_too_often_is_a_failure_of_the_gate() -> None:
    often = tuple(replace(one, step_ins=1) for one in shifts(0, 0, 0, 0, 0, 0))
    found = judged(often)
    assert found.verdict.readiness is Readiness.NOT_READY
    assert "6\xa0step-ins; 1 in 16.5 h are allowed" in found.verdict.reason


def test_one_step_in_in_the_whole_plan_is_allowed() -> None:
    once = (replace(tally(), step_ins=1), *shifts(0, 0, 0, 0, 0))
    assert verdict(once) == "READY"


def test_step_ins_that_nobody_wrote_down_are_not_none() -> None:
    silent = tuple(replace(one, step_ins=None) for one in shifts(0, 0, 0, 0, 0, 0))
    found = judged(silent).verdict
    assert found.readiness is Readiness.NOT_ENOUGH_DATA
    assert "Nobody wrote down" in found.reason


def test_cycles_that_nobody_inspected_are_not_good() -> None:
    assert verdict((tally(unknown=4), *shifts(0, 0, 0, 0, 0))) == "NOT READY"


def test_late_cycles_and_escapes_have_bounds_of_their_own() -> None:
    assert verdict((tally(late=4), *shifts(0, 0, 0, 0, 0))) == "NOT READY"
    assert verdict((tally(escapes=4), *shifts(0, 0, 0, 0, 0))) == "NOT READY"
    spread = tuple(tally(late=k % 2, escapes=k % 2) for k in range(6))
    assert verdict(spread) == "READY"


def test_a_shift_that_was_halted_is_no_whole_shift() -> None:
    worked = (tally(halted=True), *shifts(0, 0, 0, 0, 0))
    found = judged(worked)
    assert found.verdict.readiness is Readiness.NOT_READY
    assert "1\xa0shift ended before the planned end" in found.verdict.reason


def test_shifts_that_differ_are_not_pooled() -> None:
    """All failures in one of twelve shifts: together they would pass."""
    plan = GatePlan(gate="x", shifts=12, cycles=130, require=(BothSides(at_least=0.99),))
    assert verdict(shifts(*([0] * 11), 8), replace(plan)) != "READY"
    assert verdict(shifts(*([1] * 8), 0, 0, 0, 0), plan) == "READY"


def test_every_variation_holds_by_itself() -> None:
    plan = GatePlan(
        gate="x",
        cells=(("nominal",), ("plant",)),
        shifts=1,
        cycles=400,
        require=(BothSides(at_least=0.98), Cells(at_least=0.98)),
    )
    even = (tally(400, 3, cell="nominal"), tally(400, 3, cell="plant"))
    uneven = (tally(400, 0, cell="nominal"), tally(400, 8, cell="plant"))
    assert verdict(even, plan) == "READY"
    found = judged(uneven, plan)
    assert found.verdict.readiness is Readiness.NOT_READY
    assert "plant: 8 not good; 3 of 400" in found.verdict.reason
    # a cell that was not reached is still to come
    assert verdict(even[:1], plan, finished=False) == "NOT ENOUGH DATA"


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.gate)
def test_every_rung_can_be_shown_and_allows_what_it_says(gate: GatePlan) -> None:
    gate.check(TAKT_S)
    perfect = tuple(
        tally(gate.cycles, cell=cell, number=k)
        for cell in gate.cell_names
        for k in range(gate.shifts)
    )
    assert verdict(perfect, gate) == "READY"
    for one in judged(perfect, gate).findings:
        assert one.status is Status.MET


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.gate)
def test_a_robot_that_just_fails_a_rung_passes_it_rarely(gate: GatePlan) -> None:
    """Exactly: the chance of few enough failures, at the success that the gate asks for."""
    asked = next(one for one in gate.require if isinstance(one, BothSides))
    n = gate.all_cycles
    passing = 0.0
    for k in range(12):
        each = np.bincount(np.arange(k) % gate.all_shifts, minlength=gate.all_shifts)
        worked = tuple(
            tally(gate.cycles, int(bad), cell=gate.cell_names[i // gate.shifts], number=i)
            for i, bad in enumerate(each)
        )
        by_success = judged(worked, replace(gate, require=(asked,)))
        if by_success.verdict.readiness is Readiness.READY:
            passing += float(binom.pmf(k, n, 1 - asked.at_least))
    assert 0 < passing <= 1 - asked.confidence


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.gate)
def test_a_robot_that_is_called_to_just_too_often_passes_rarely(gate: GatePlan) -> None:
    """Exactly, as above, for the hours between assists."""
    asked = next((one for one in gate.require if isinstance(one, Assists)), None)
    if asked is None:
        return
    hours = gate.hours(TAKT_S)
    passing = 0.0
    for k in range(6):
        worked = tuple(
            tally(
                gate.cycles, cell=gate.cell_names[i // gate.shifts], number=i, step_ins=k * (i == 0)
            )
            for i in range(gate.all_shifts)
        )
        if verdict(worked, replace(gate, require=(asked,))) == "READY":
            passing += float(poisson.pmf(k, hours / asked.mean_hours))
    assert 0 < passing <= 1 - asked.confidence


@pytest.mark.parametrize("true", [0.99, 0.985, 0.97])
def test_who_looks_after_every_shift_errs_no_more_with_an_anytime_gate(true: float) -> None:
    plan = GatePlan(
        gate="x", method="anytime", shifts=30, cycles=100, require=(BothSides(at_least=0.99),)
    )
    draw = np.random.default_rng(11)
    trials, passed = 150, 0
    for bad in draw.binomial(100, 1 - true, size=(trials, 30)):
        worked = tuple(tally(100, int(k), number=i) for i, k in enumerate(bad))
        passed += verdict(worked, plan) == "READY"
    assert passed <= binom.ppf(0.999, trials, 0.05)


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.gate)
def test_every_rung_can_be_met_either_way(gate: GatePlan) -> None:
    gate.check(TAKT_S)
    replace(gate, method="anytime").check(TAKT_S)


def test_an_anytime_plan_takes_what_its_evidence_takes() -> None:
    """More than a fixed one of the same promise: 449 cycles and not 299."""
    for cycles, shown in ((448, False), (449, True)):
        plan = GatePlan(gate="a", shifts=1, cycles=cycles, require=(BothSides(at_least=0.99),))
        plan.check(TAKT_S)
        anytime = replace(plan, method="anytime")
        if shown:
            anytime.check(TAKT_S)
            assert verdict((tally(cycles),), anytime) == "READY"
        else:
            with pytest.raises(SetupError, match=r"448 cycles cannot show 99.*; 449 could"):
                anytime.check(TAKT_S)
            assert verdict((tally(cycles),), anytime) == "NOT ENOUGH DATA"


@pytest.mark.parametrize(
    ("require", "words"),
    [
        (Shifts(at_least=2), "whole shifts alone show nothing"),
        (BothSides(at_least=0.9999), "780 cycles cannot show 99.99"),
        (Takt(at_least=0.999), "780 cycles cannot show 99.9"),
        (Escapes(at_most=0.0001), "1560 sides cannot show 99.99"),
        (Assists(mean_hours=100.0), "16.5 h cannot show 100 h"),
        (Shifts(at_least=7, hours=1.0), "7 are asked for"),
    ],
)
def test_a_plan_that_could_show_nothing_is_refused(require: object, words: str) -> None:
    plan = replace(SCHEDULED, require=(require,))
    with pytest.raises(Exception, match=words):
        plan.check(TAKT_S)
