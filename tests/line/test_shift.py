"""Whole shifts on scripted cells, compared event by event with what a hand worked out.

Takt 40 s at 30 Hz is 1200 ticks. A good attempt of 9 s is 270 ticks: the gripper closes at 1/4
(tick 68), the nut is lifted by 15 mm at tick 103, is 35 mm above the seat at tick 185, is let go
at tick 230 and left by 25 mm at tick 257; the way home takes 60 ticks. A dropped nut is lost at
half-way, tick 135, and known to be two ticks later. The operator takes 10 s (300 ticks) to
acknowledge, 20 s (600) to walk over and 30 s (900) to help.
"""

import pytest
from tests.line.floor import line, of, plan, sinks, ticks, told, work

from ontakt.contract import SIDES, BadValue, HaltError, State
from ontakt.contract.event import (
    BlackBoxKept,
    CallAcknowledged,
    CallArrived,
    CallRaised,
    CallResolved,
    CycleEnded,
    CycleStarted,
    FailureDetected,
    GuardActed,
    NutFed,
    PartInspected,
    PhaseEntered,
    PictureTaken,
    PitchLost,
    RecoveryEnded,
    RecoveryStarted,
    ShiftEnded,
    ShiftResumed,
    ShiftStarted,
    SideJudged,
    StateChanged,
)
from ontakt.line.fake import Deed, FakeClock, Script, ScriptedCell

START = [
    (0, "ShiftStarted"),
    (0, "StateChanged RESETTING start none"),
    (1, "StateChanged IDLE start none"),
    (1, "StateChanged STARTING start none"),
    (1, "StateChanged EXECUTE start none"),
]


def end(tick: int) -> list[tuple[int, str]]:
    return [
        (tick, "StateChanged COMPLETING done none"),
        (tick, "StateChanged COMPLETE done none"),
        (tick, "ShiftEnded planned"),
    ]


def quick(cycles: int) -> Script:
    """Attempts of 2 s, for tests that are about something else."""
    return {(k, side): [Deed("ok", 2.0)] for k in range(cycles) for side in SIDES}


def test_a_good_cycle() -> None:
    _, sink = work(shift_plan=plan(cycles=1))
    both = ("left", "right")
    assert told(sink.records) == [
        *START,
        (1, "CycleStarted 0"),
        *((1, f"NutFed 0 {side}") for side in both),
        *((2, f"PhaseEntered 0 {side} reach") for side in both),
        *((69, f"PhaseEntered 0 {side} grasp") for side in both),
        *((104, f"PhaseEntered 0 {side} carry") for side in both),
        *((186, f"PhaseEntered 0 {side} insert") for side in both),
        *((231, f"PhaseEntered 0 {side} release") for side in both),
        *(
            row
            for side in both
            for row in (
                (258, f"PhaseEntered 0 {side} home"),
                (258, f"SideJudged 0 {side} released at the pin, at seat height True"),
            )
        ),
        *((318, f"PartInspected 0 {side} True") for side in both),
        (318, "CycleEnded 0 done"),
        *end(1201),
    ]
    (ended,) = of(sink, CycleEnded)
    assert isinstance(ended, CycleEnded)
    assert ended.robot_done_tick == 318
    assert ended.retries == {"left": 0, "right": 0}
    assert ended.stats is not None
    (started,) = of(sink, CycleStarted)
    assert isinstance(started, CycleStarted)
    assert (started.due_tick, started.job, started.variation) == (1, both, {"misalignment": 0.0})


def test_a_recovered_drop() -> None:
    """The left side goes home alone, gets another nut and another try; the right one goes on."""
    _, sink = work({(0, "left"): [Deed("drop")]}, shift_plan=plan(cycles=1))
    assert [row for row in told(sink.records) if " right" not in row[1]] == [
        *START,
        (1, "CycleStarted 0"),
        (1, "NutFed 0 left"),
        (2, "PhaseEntered 0 left reach"),
        (69, "PhaseEntered 0 left grasp"),
        (104, "PhaseEntered 0 left carry"),
        (138, "FailureDetected 0 left drop"),
        (138, "BlackBoxKept 0 drop"),
        (138, "PictureTaken 0"),
        (138, "RecoveryStarted 0 left drop"),
        (138, "PhaseEntered 0 left home"),
        (198, "NutFed 0 left"),
        (199, "PhaseEntered 0 left reach"),
        (266, "PhaseEntered 0 left grasp"),
        (301, "PhaseEntered 0 left carry"),
        (383, "PhaseEntered 0 left insert"),
        (428, "PhaseEntered 0 left release"),
        (455, "PhaseEntered 0 left home"),
        (455, "RecoveryEnded 0 left True"),
        (455, "SideJudged 0 left released at the pin, at seat height True"),
        (515, "PartInspected 0 left True"),
        (515, "CycleEnded 0 done"),
        *end(1201),
    ]
    assert (258, "PhaseEntered 0 right home") in told(sink.records)
    (ended,) = of(sink, CycleEnded)
    assert isinstance(ended, CycleEnded)
    assert ended.robot_done_tick == 515
    assert ended.retries == {"left": 1, "right": 0}


def test_an_assisted_cycle() -> None:
    """The budget of one recovery is used up: the andon is raised while the right side still
    works, the person comes when the robot stands, and the line has stood for 935 ticks."""
    cell, sink = work({(0, "left"): [Deed("drop"), Deed("drop")]})
    lines = [row for row in told(sink.records) if "PhaseEntered" not in row[1]]
    assert lines[: lines.index((2136, "CycleStarted 1"))] == [
        *START,
        (1, "CycleStarted 0"),
        (1, "NutFed 0 left"),
        (1, "NutFed 0 right"),
        (138, "FailureDetected 0 left drop"),
        (138, "BlackBoxKept 0 drop"),
        (138, "PictureTaken 0"),
        (138, "RecoveryStarted 0 left drop"),
        (198, "NutFed 0 left"),
        (258, "SideJudged 0 right released at the pin, at seat height True"),
        (335, "FailureDetected 0 left drop"),
        (335, "BlackBoxKept 0 drop"),
        (335, "RecoveryEnded 0 left False"),
        (335, "SideJudged 0 left drop False"),
        (335, "CallRaised 0 drop"),
        (395, "PartInspected 0 left False"),
        (395, "PartInspected 0 right True"),
        (395, "StateChanged HOLDING drop robot"),
        (395, "StateChanged HELD drop robot"),
        (635, "CallAcknowledged"),
        (1235, "CallArrived"),
        (2135, "CallResolved finish"),
        (2135, "StateChanged UNHOLDING drop robot"),
        (2136, "StateChanged EXECUTE operator none"),
        (2136, "CycleEnded 0 done"),
        (2136, "PitchLost 0 935"),
    ]
    started = of(sink, CycleStarted)
    assert [e.due_tick for e in started if isinstance(e, CycleStarted)] == [1, 2136]
    assert ticks(sink, ShiftEnded) == [2136 + 1200]
    assert cell.assisted == [(2135, "finish"), (2135, "clear")]


def test_no_nuts() -> None:
    """Suspended until the magazines are full; the starved cycle ends there and its part is
    presented again, so that what the robot does with it is judged as a cycle of its own."""
    cell = ScriptedCell(magazine=1)
    _, sink = work(cell=cell, shift_plan=plan(cycles=3))
    lines = [row for row in told(sink.records) if "PhaseEntered" not in row[1]]
    first = lines.index((1201, "CycleStarted 1"))
    assert lines[first : lines.index((3001 + 317, "CycleEnded 2 done"))] == [
        (1201, "CycleStarted 1"),
        (1201, "StateChanged SUSPENDING starved upstream"),
        (1201, "StateChanged SUSPENDED starved upstream"),
        (1201, "CallRaised 1 starved"),
        (1501, "CallAcknowledged"),
        (2101, "CallArrived"),
        (3001, "CallResolved refill"),
        (3001, "StateChanged UNSUSPENDING starved upstream"),
        (3001, "StateChanged EXECUTE start none"),
        (3001, "CycleEnded 1 starved"),
        (3001, "PitchLost 1 1800"),
        (3001, "CycleStarted 2"),
        (3001, "NutFed 2 left"),
        (3001, "NutFed 2 right"),
        *((3001 + 257, f"SideJudged 2 {s} released at the pin, at seat height True")
          for s in ("left", "right")),
        *((3001 + 317, f"PartInspected 2 {s} True") for s in ("left", "right")),
    ]  # fmt: skip
    assert cell.assisted == [(3001, "refill")]


def test_no_nut_for_another_attempt() -> None:
    """Without a nut there is no recovery: the failure stands, and the next cycle is starved."""
    cell = ScriptedCell({(0, "left"): [Deed("not_seated")]}, magazine=1)
    _, sink = work(cell=cell, shift_plan=plan(cycles=1))
    assert [type(e).__name__ for e in of(sink, RecoveryStarted, RecoveryEnded, SideJudged)] == [
        "SideJudged",  # right
        "RecoveryStarted",
        "RecoveryEnded",
        "SideJudged",
    ]
    assert not of(sink, CallRaised)  # not_seated is marked, not called


def test_three_hours_at_76_s_are_142_cycles() -> None:
    _, sink = work(quick(150), shift_plan=plan(76.0, cycles=None, seconds=3 * 3600.0))
    assert ticks(sink, CycleStarted) == [1 + 2280 * k for k in range(142)]
    assert len(of(sink, CycleEnded)) == 142
    assert sink.records[-1].tick == 1 + 324_000
    assert sink.events[-1] == ShiftEnded(reason="planned")


def test_a_shift_of_whole_takts_is_full() -> None:
    """7.77 s is no whole number of ticks; ten of them are 77.7 s all the same."""
    _, sink = work(quick(12), shift_plan=plan(7.77, cycles=None, seconds=77.7))
    assert len(of(sink, CycleEnded)) == 10
    assert sink.records[-1].tick == 1 + 2331


def test_the_end_of_the_shift_cuts_a_late_cycle() -> None:
    """Two takts long; the second cycle is at its second attempt when time is up on tick 2401."""
    _, sink = work(
        {(1, "left"): [Deed("wander"), Deed("ok", 20.0)]},
        shift_plan=plan(cycles=None, seconds=80.0),
        line=line(recoverable=("timeout",), least_time=0.0),
    )
    lines = [row for row in told(sink.records) if "Phase" not in row[1] and row[0] > 1600]
    assert lines == [
        (2101, "FailureDetected 1 left timeout"),
        (2101, "BlackBoxKept 1 timeout"),
        (2101, "PictureTaken 1"),
        (2101, "RecoveryStarted 1 left timeout"),
        (2401, "RecoveryEnded 1 left False"),
        (2401, "SideJudged 1 left shift_end False"),
        (2461, "PartInspected 1 left False"),
        (2461, "PartInspected 1 right True"),
        (2461, "CycleEnded 1 aborted"),
        (2461, "PitchLost 1 60"),
        *end(2461),
    ]


def test_a_call_is_open_when_the_shift_ends() -> None:
    """Nobody leaves a person in a cell: the call is brought to its end first."""
    script: Script = {(0, "left"): [Deed("wander")], (0, "right"): [Deed("drop"), Deed("wander")]}
    _, sink = work(script, shift_plan=plan(35.0, cycles=None, seconds=35.0))
    lines = [row for row in told(sink.records) if "Phase" not in row[1] and row[0] > 900]
    assert lines == [
        (901, "FailureDetected 0 left timeout"),
        (901, "BlackBoxKept 0 timeout"),
        (901, "PictureTaken 0"),
        (901, "SideJudged 0 left timeout False"),
        (901, "CallRaised 0 timeout"),
        (1051, "RecoveryEnded 0 right False"),
        (1051, "SideJudged 0 right shift_end False"),
        (1111, "PartInspected 0 left False"),
        (1111, "PartInspected 0 right False"),
        (1111, "StateChanged HOLDING timeout robot"),
        (1111, "StateChanged HELD timeout robot"),
        (1201, "CallAcknowledged"),
        (1801, "CallArrived"),
        (2701, "CallResolved finish"),
        (2701, "StateChanged UNHOLDING timeout robot"),
        (2702, "StateChanged EXECUTE operator none"),
        (2702, "CycleEnded 0 aborted"),
        (2702, "PitchLost 0 1651"),
        *end(2702),
    ]


def test_one_person_sees_to_both_sides() -> None:
    script: Script = {(0, s): [Deed("drop"), Deed("drop")] for s in SIDES}
    _, sink = work(script, shift_plan=plan(cycles=1))
    assert len(of(sink, CallRaised)) == 1
    judged = [e for e in of(sink, SideJudged) if isinstance(e, SideJudged)]
    assert [(e.side, e.ok) for e in judged] == [("left", False), ("right", False)]


def test_marked_parts_go_by_until_they_are_too_many_in_a_row() -> None:
    """not_seated marks; the third marked part in a row calls, a good one begins the row anew."""
    bad = [Deed("not_seated"), Deed("not_seated")]
    script: Script = {(k, "left"): bad for k in (0, 1, 3, 4, 5, 6)}
    _, sink = work(script, shift_plan=plan(cycles=7))
    raised = [e for e in of(sink, CallRaised) if isinstance(e, CallRaised)]
    assert [(e.cycle, e.reason) for e in raised] == [(5, "marks")]
    judged = [e for e in of(sink, SideJudged) if isinstance(e, SideJudged)]
    assert [e.cycle for e in judged if not e.ok] == [0, 1, 3, 4, 5, 6]


def test_no_recovery_without_time_for_it() -> None:
    """With 36 s to spare for a recovery and the drop seen after 4.6 s of 40, there is none."""
    _, sink = work(
        {(0, "left"): [Deed("drop")]}, shift_plan=plan(cycles=1), line=line(least_time=36.0)
    )
    assert not of(sink, RecoveryStarted)
    assert of(sink, CallRaised)


def test_a_mode_that_is_not_recoverable_calls_at_once() -> None:
    _, sink = work({(0, "left"): [Deed("guard_hold")]}, shift_plan=plan(cycles=1))
    assert not of(sink, RecoveryStarted)
    assert [e.reason for e in of(sink, CallRaised) if isinstance(e, CallRaised)] == ["guard"]
    acted = [e for e in of(sink, GuardActed) if isinstance(e, GuardActed)]
    assert [(e.rule, e.action, e.side, e.value) for e in acted] == [("age", "hold", "left", 1.5)]


def test_the_guard_stops_the_robot() -> None:
    """Aborted, and nothing moves before a person cleared, reset and started anew."""
    cell, sink = work({(0, "right"): [Deed("guard_stop")]}, shift_plan=plan(cycles=1))
    lines = [row for row in told(sink.records) if "Phase" not in row[1] and row[0] > 1]
    assert lines == [
        (124, "GuardActed 0 stop"),
        (124, "FailureDetected 0 guard"),
        (124, "BlackBoxKept 0 guard"),
        (124, "PictureTaken 0"),
        (124, "SideJudged 0 left guard False"),
        (124, "SideJudged 0 right guard False"),
        (124, "StateChanged ABORTING guard safety"),
        (124, "StateChanged ABORTED guard safety"),
        (124, "PartInspected 0 left False"),
        (124, "PartInspected 0 right False"),
        (124, "CallRaised 0 guard"),
        (424, "CallAcknowledged"),
        (1024, "CallArrived"),
        (1924, "CallResolved remove"),
        (1924, "StateChanged CLEARING guard safety"),
        (1924, "StateChanged STOPPED guard safety"),
        (1924, "StateChanged RESETTING guard safety"),
        (1984, "StateChanged IDLE guard safety"),
        (1984, "StateChanged STARTING guard safety"),
        (1984, "StateChanged EXECUTE operator none"),
        (1984, "CycleEnded 0 aborted"),
        (1984, "PitchLost 0 783"),
        *end(1984),
    ]
    assert not [tick for tick in cell.moved if 124 <= tick < 1924]


def test_a_failed_cell_is_held_and_not_aborted() -> None:
    _, sink = work({(0, "right"): [Deed("error")]}, shift_plan=plan(cycles=1))
    states = [e for e in of(sink, StateChanged) if isinstance(e, StateChanged)]
    assert [(e.state.name, e.cause, e.attribution) for e in states[4:8]] == [
        ("HOLDING", "error", "robot"),
        ("HELD", "error", "robot"),
        ("UNHOLDING", "error", "robot"),
        ("EXECUTE", "operator", "none"),
    ]
    (failed,) = of(sink, FailureDetected)
    assert isinstance(failed, FailureDetected)
    assert (failed.side, failed.mode) == (None, "error")
    assert failed.signal == "The policy failed on the right side."
    (ended,) = of(sink, CycleEnded)
    assert isinstance(ended, CycleEnded)
    assert (ended.ending, ended.robot_done_tick) == ("aborted", None)


def test_a_robot_that_does_not_come_home_needs_more_than_one_visit() -> None:
    """Held, help, still stuck after 20 s: Aborted, help again, and on."""
    cell = ScriptedCell({(0, "left"): [Deed("error")]}, stuck=2)
    _, sink = work(cell=cell, shift_plan=plan(cycles=2))
    states = [e.state.name for e in of(sink, StateChanged) if isinstance(e, StateChanged)]
    assert states[4:] == [
        "HOLDING", "HELD", "UNHOLDING", "ABORTING", "ABORTED", "CLEARING", "STOPPED", "RESETTING",
        "IDLE", "STARTING", "EXECUTE", "COMPLETING", "COMPLETE",
    ]  # fmt: skip
    assert len(of(sink, CallResolved)) == 2
    endings = [e.ending for e in of(sink, CycleEnded) if isinstance(e, CycleEnded)]
    assert endings == ["aborted", "done"]


def test_a_robot_that_never_comes_home_halts_the_shift() -> None:
    cell = ScriptedCell({(0, "left"): [Deed("guard_stop")]}, stuck=99)
    with pytest.raises(HaltError, match=r"did not get home in 3 tries; last cause: error\."):
        work(cell=cell)
    sink = sinks[-1]
    assert len(of(sink, CallResolved)) == 3
    assert [type(e).__name__ for e in sink.events[-2:]] == ["CycleEnded", "ShiftEnded"]
    ended = sink.events[-1]
    assert isinstance(ended, ShiftEnded)
    assert ended.reason == "halted"
    assert ended.detail.startswith("The robot did not get home in 3 tries")


def test_a_part_that_cannot_be_presented_is_a_lost_cycle() -> None:
    _, sink = work(cell=ScriptedCell(present_errors=(1,)), shift_plan=plan(cycles=3))
    endings = [e.ending for e in of(sink, CycleEnded) if isinstance(e, CycleEnded)]
    assert endings == ["done", "aborted", "done"]
    assert [e.cycle for e in of(sink, SideJudged) if isinstance(e, SideJudged)] == [0, 0, 2, 2]
    assert len(of(sink, CallResolved)) == 1


def test_a_halt_ends_the_shift_with_a_whole_record() -> None:
    with pytest.raises(HaltError, match="lost its link"):
        work({(1, "left"): [Deed("halt")]})
    lines = [row for row in told(sinks[-1].records) if row[0] >= 1323]
    assert lines == [
        (1323, "StateChanged ABORTING halt robot"),
        (1323, "StateChanged ABORTED halt robot"),
        (1323, "FailureDetected 1 halt"),
        (1323, "BlackBoxKept 1 halt"),
        (1323, "PictureTaken 1"),
        (1323, "SideJudged 1 left halt False"),
        (1323, "SideJudged 1 right halt False"),
        (1323, "CycleEnded 1 aborted"),
        (1323, "ShiftEnded halted"),
    ]


class StuckAtHome(ScriptedCell):
    """A cell whose robot will not even start."""

    def __init__(self) -> None:
        super().__init__()
        self._stuck_now = 99


def test_no_shift_without_a_robot_at_home() -> None:
    with pytest.raises(HaltError, match="at start-up: Not home after 20 s: left, right"):
        work(cell=StuckAtHome())
    assert not of(sinks[-1], CycleStarted, FailureDetected, CallRaised)
    assert isinstance(sinks[-1].events[-1], ShiftEnded)


def test_an_escape_is_believed_and_seen_by_the_inspector_alone() -> None:
    _, sink = work({(0, "left"): [Deed("escape")]}, shift_plan=plan(cycles=1))
    judged = {e.side: e.ok for e in of(sink, SideJudged) if isinstance(e, SideJudged)}
    inspected = {e.side: e.ok for e in of(sink, PartInspected) if isinstance(e, PartInspected)}
    assert judged == {"left": True, "right": True}
    assert inspected == {"left": False, "right": True}
    assert not of(sink, FailureDetected)
    assert [e.what for e in of(sink, PictureTaken) if isinstance(e, PictureTaken)] == [
        "nok_escaped"
    ]


def test_one_picture_of_each_kind_and_a_black_box_of_every_failure() -> None:
    script: Script = {(k, "left"): [Deed("drop")] for k in range(3)}
    script = {**script, (1, "right"): [Deed("not_seated")]}
    _, sink = work(script, shift_plan=plan(cycles=3))
    pictures = [e for e in of(sink, PictureTaken) if isinstance(e, PictureTaken)]
    assert [(e.cycle, e.what) for e in pictures] == [(0, "drop"), (1, "not_seated")]
    assert len(of(sink, BlackBoxKept)) == len(of(sink, FailureDetected)) == 4


def test_a_policy_that_says_nothing_of_itself() -> None:
    """The same cycles, phases and verdicts without a single belief."""
    script: Script = {(0, "left"): [Deed("drop")], (1, "right"): [Deed("not_seated")]}
    _, silent = work(cell=ScriptedCell(script, beliefs=False))
    _, telling = work(script)
    assert told(silent.records) == told(telling.records)


def test_retries_add_up_over_attempts() -> None:
    """The policy reports one retry and gives up; the line orders another attempt: two."""
    _, sink = work({(0, "left"): [Deed("gave_up")]}, shift_plan=plan(cycles=1))
    (ended,) = of(sink, CycleEnded)
    assert isinstance(ended, CycleEnded)
    assert ended.retries == {"left": 2, "right": 0}


@pytest.mark.parametrize(
    ("field", "ending", "who"),
    [
        ("upstream_gap", "starved", "upstream"),
        ("downstream_block", "blocked", "downstream"),
    ],
)
def test_gaps_and_blocks(field: str, ending: str, who: str) -> None:
    """A pitch that the robot did not get to work is a cycle of its own; the grid moves by the
    time that the line stood, and nobody is called."""
    _, sink = work(
        quick(60), shift_plan=plan(cycles=60), line=line(**{f"{field}_per_h": 40.0, field: 50.0})
    )
    ended = [e for e in of(sink, CycleEnded) if isinstance(e, CycleEnded)]
    idle = [e.cycle for e in ended if e.ending == ending]
    assert 3 < len(idle) < 40
    assert all(e.ending == "done" for e in ended if e.cycle not in idle)
    assert not of(sink, CallRaised, PitchLost)
    starts, ends = ticks(sink, CycleStarted), ticks(sink, CycleEnded)
    for cycle in idle:
        if cycle + 1 < len(starts):
            assert starts[cycle + 1] == ends[cycle]  # the line moves as soon as it can
    suspended = [
        e for e in of(sink, StateChanged) if isinstance(e, StateChanged) and e.cause == ending
    ]
    assert {(e.state, e.attribution) for e in suspended} == {
        (State.SUSPENDING, who), (State.SUSPENDED, who), (State.UNSUSPENDING, who),
    }  # fmt: skip


def test_a_shift_that_goes_on() -> None:
    clock = FakeClock(tick=5000)
    script: Script = {(7, "left"): [Deed("drop"), Deed("drop")]}
    _, sink = work(
        cell=ScriptedCell(script, clock=clock),
        shift_plan=plan(cycles=9),
        first_cycle=7,
        first_call=3,
        resumed=True,
    )
    assert sink.events[0] == ShiftResumed(cycle=7)
    assert not of(sink, ShiftStarted)
    assert [e.cycle for e in of(sink, CycleStarted) if isinstance(e, CycleStarted)] == [7, 8]
    calls = of(sink, CallRaised, CallAcknowledged, CallArrived, CallResolved)
    assert [getattr(e, "call", None) for e in calls] == [3, 3, 3, 3]


def test_a_timed_shift_that_goes_on_ends_when_it_was_planned_to() -> None:
    clock = FakeClock(tick=5000)
    _, sink = work(
        quick(20),
        cell=ScriptedCell(quick(20), clock=clock),
        shift_plan=plan(cycles=None, seconds=400.0),
        first_cycle=4,
        resumed=True,
    )
    assert ticks(sink, CycleStarted) == [5001 + 1200 * k for k in range(5)]
    assert ticks(sink, ShiftEnded) == [12_000]


def test_the_same_shift_twice() -> None:
    script: Script = {(0, "left"): [Deed("drop")], (1, "right"): [Deed("guard_stop")]}
    records = [work(script, line=line(upstream_gap_per_h=30.0))[1].records for _ in range(2)]
    assert records[0] == records[1]


def test_plan_and_cell_must_agree() -> None:
    with pytest.raises(BadValue, match="control rate of the plan is 30; the cell runs at 50"):
        work(cell=ScriptedCell(clock=FakeClock(hz=50)))
    with pytest.raises(BadValue, match="sides of the plan"):
        work(cell=ScriptedCell(sides=("left",)))


def test_nuts_that_wait_are_not_fed_again() -> None:
    """An attempt that never took its nut leaves it for the next one."""
    _, sink = work({(0, "left"): [Deed("no_grasp")]}, shift_plan=plan(cycles=1))
    fed = [(e.side, e.left) for e in of(sink, NutFed) if isinstance(e, NutFed)]
    assert fed == [("left", 999), ("right", 999)]
    assert of(sink, RecoveryEnded) == [RecoveryEnded(cycle=0, side="left", ok=True)]


def test_progress_is_told_at_every_state_and_cycle() -> None:
    seen = []
    _, sink = work(watch=lambda _, progress: seen.append(progress))
    assert len(seen) == len(of(sink, StateChanged, CycleEnded))
    assert [p.cycle for p in seen if p.cause == "cycle"] == [1, 2]
    assert seen[-1].state is State.COMPLETE
    assert of(sink, PhaseEntered)  # which are not progress
