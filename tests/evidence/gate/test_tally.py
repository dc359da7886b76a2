"""A shift in counts: one that was worked, and those that logs tell of, which leave things open."""

from pathlib import Path

import pytest
from tests.evidence.gate.tallies import TAKT_S
from tests.evidence.imported.logs import log_of, shift_of
from tests.evidence.script import BOTH, begin, end, script, start
from tests.evidence.script import state as turned

from ontakt.contract import Readiness, State
from ontakt.contract.event import Event, ShiftEnded
from ontakt.evidence.fold import fold
from ontakt.evidence.gate.finding import Finding, Status
from ontakt.evidence.gate.judge import judge
from ontakt.evidence.gate.plan import GatePlan
from ontakt.evidence.gate.requirement import Assists, BothSides, Cells, Escapes, Shifts, Takt
from ontakt.evidence.gate.tally import Tally

HEAD = "cycle,start,cycle_s,ok"
ALL = GatePlan(
    gate="all",
    shifts=1,
    cycles=500,
    require=(
        BothSides(at_least=0.9),
        Takt(at_least=0.9),
        Escapes(at_most=0.1),
        Assists(mean_hours=1.0),
        Shifts(at_least=1, hours=1.0),
        Cells(at_least=0.9),
    ),
)


def rows(count: int, cells: str) -> list[str]:
    """Cycles a takt apart, each with the same `cells`."""
    return [f"{k},{1_772_438_400 + 76 * k},60,true{cells}" for k in range(count)]


def tally_of(folder: Path, text: str, takt_s: float | None = TAKT_S) -> Tally:
    return Tally.of(shift_of(folder, text, takt_s=takt_s), "plant")


def findings(tally: Tally, takt_s: float = TAKT_S) -> dict[str, Finding]:
    """What a finished trial of this one shift says of everything that can be asked."""
    judged = judge(ALL, (tally,), takt_s, finished=True, policy_hash="p", config_hash="c")
    assert judged.verdict.readiness is not Readiness.READY
    return {one.requirement: one for one in judged.findings}


def test_a_log_without_times_is_not_timed_and_nothing_else_is_0(tmp_path: Path) -> None:
    tally = tally_of(tmp_path, "count,ok\n128,true\n14,false\n")
    assert (tally.cycles, tally.worked, tally.good, tally.unknown) == (142, 142, 128, 0)
    assert not tally.timed
    assert tally.step_ins is None
    assert not tally.halted
    assert {"times", "hours", "beliefs", "step_ins"} <= tally.untold
    found = findings(tally)
    assert found["both sides good"].status is Status.FAILED  # its 14 bad ones are told
    for name in ("within takt", "passed sides are good", "time between assists", "whole shifts"):
        assert found[name].status is Status.OPEN, name
    assert found["within takt"].reason == "Nobody wrote down when cycles began and ended."
    assert found["passed sides are good"].reason == (
        "Nobody wrote down what the station believed of its own work."
    )
    assert found["time between assists"].seen == "unknown"
    assert found["whole shifts"].reason.startswith("Nobody wrote down how long it was at work.")


def test_a_log_that_tells_everything_is_counted_as_a_shift_of_ours(tmp_path: Path) -> None:
    told = log_of(*rows(200, ",true,0"), head=f"{HEAD},believed_ok,step_ins")
    tally = tally_of(tmp_path, told)
    assert (tally.timed, tally.step_ins, tally.halted) == (True, 0, False)
    assert (tally.good, tally.on_takt, tally.passed, tally.escapes) == (200, 200, 200, 0)
    assert tally.hours == pytest.approx((199 * 76 + 60) / 3600)
    judged = judge(ALL, (tally,), TAKT_S, finished=True, policy_hash="p", config_hash="c")
    assert judged.verdict.readiness is Readiness.READY


def test_good_cycles_of_which_some_may_have_been_assisted_fail_but_do_not_meet(
    tmp_path: Path,
) -> None:
    found = findings(tally_of(tmp_path, log_of(*rows(200, ""), head=HEAD)))
    for name in ("both sides good", "within takt", "each variation holds"):
        assert found[name].status is Status.OPEN
        assert "nobody wrote down which cycles were assisted" in found[name].reason
    (tmp_path / "bad").mkdir()
    bad = log_of(*rows(200, ""), head=HEAD).replace("true", "false")
    assert findings(tally_of(tmp_path / "bad", bad))["both sides good"].status is Status.FAILED


def test_the_time_of_one_cycle_that_is_missing_leaves_takt_open(tmp_path: Path) -> None:
    lines = rows(200, "")
    tally = tally_of(tmp_path, log_of(*lines[:-1], lines[-1].replace(",60,", ",,"), head=HEAD))
    assert not tally.timed
    assert "times" not in tally.untold
    assert findings(tally)["within takt"].status is Status.OPEN


def test_without_takt_nothing_is_held_against_it_and_no_hours_are_made_up(tmp_path: Path) -> None:
    told = log_of(*rows(5, ",0"), head=f"{HEAD},step_ins")
    found = findings(tally_of(tmp_path, told, takt_s=None), takt_s=float("nan"))
    assert found["within takt"].reason == "Nobody wrote down the takt."
    assert found["both sides good"].cycles_needed == 24
    assert found["both sides good"].hours_needed is None
    assert found["time between assists"].hours_needed is not None
    assert found["time between assists"].cycles_needed is None


def test_results_that_nobody_wrote_down_are_not_bad(tmp_path: Path) -> None:
    found = findings(tally_of(tmp_path, "count,ok,shift_h\n30000,,1250\n"))
    assert found["both sides good"].status is Status.OPEN
    assert found["both sides good"].reason == "Nobody wrote down any result."
    assert found["time between assists"].seen == "unknown in 1250.0 h"
    assert found["whole shifts"].status is Status.MET


def test_a_number_of_cycles_that_is_unknown_comes_first(tmp_path: Path) -> None:
    found = findings(tally_of(tmp_path, "count,ok,shift\n,,a\n"))
    for name in ("both sides good", "within takt", "passed sides are good"):
        assert found[name].seen == "unknown"
        assert found[name].reason == "Nobody wrote down how many cycles there were."


@pytest.mark.parametrize(
    ("ended", "halted"),
    [
        (None, True),
        (ShiftEnded(reason="planned", detail=""), False),
        (ShiftEnded(reason="halted", detail="a fault"), True),
    ],
    ids=["cut", "planned", "halted"],
)
def test_a_shift_that_ended_early_is_halted(ended: ShiftEnded | None, *, halted: bool) -> None:
    events: list[tuple[int, Event]] = [
        (0, begin(10, 76.0)),
        (0, turned(State.EXECUTE)),
        (0, start(0, 0, BOTH)),
        (600, end(0, done=600)),
    ]
    if ended is not None:
        events.append((760, ended))
    tally = Tally.of(fold(script(events, 10)), "plant")
    assert tally.halted is halted
    assert tally.untold == frozenset()
    assert tally.timed
