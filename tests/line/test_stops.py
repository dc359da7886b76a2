"""A stop from every state, by every category: what the unit does, and that nothing moves."""

import pytest
from tests.line.floor import HZ, LINE, line, of, plan, ticks, work

from ontakt.contract import SIDES, State, StopCategory
from ontakt.contract.event import Event, StateChanged
from ontakt.line.andon import Andon
from ontakt.line.attendant import ModelAttendant
from ontakt.line.cycle_log import CycleLog
from ontakt.line.fake import Deed, PunctualOperator, ScriptedCell
from ontakt.line.faults import Faults
from ontakt.line.guard_log import GuardLog
from ontakt.line.pace import Pace
from ontakt.line.progress import Progress
from ontakt.line.shift import Shift
from ontakt.line.state_machine import TRANSITIONS, StateMachine, UnitCommand
from ontakt.line.stoppage import Stoppage
from ontakt.line.stops import ANSWER, RESTARTS, WAY_BACK
from ontakt.line.unit import Unit
from ontakt.line.visiting import Visiting

IMMEDIATE, CONTROLLED, STANDING = StopCategory

WRITTEN_OUT = """
              0        1        2       ends 0/1  ends 2
CLEARING      abort    abort    -       ABORTED   STOPPED
STOPPED       abort    abort    -       ABORTED   STOPPED
STARTING      abort    abort    stop    ABORTED   STOPPED
IDLE          abort    abort    stop    ABORTED   STOPPED
SUSPENDED     abort    abort    stop    ABORTED   STOPPED
EXECUTE       abort    abort    hold    ABORTED   HELD
STOPPING      abort    abort    -       ABORTED   STOPPED
ABORTING      -        -        -       ABORTED   ABORTED
ABORTED       -        -        -       ABORTED   ABORTED
HOLDING       abort    abort    -       ABORTED   HELD
HELD          abort    abort    -       ABORTED   HELD
UNHOLDING     abort    abort    stop    ABORTED   STOPPED
SUSPENDING    abort    abort    stop    ABORTED   STOPPED
UNSUSPENDING  abort    abort    stop    ABORTED   STOPPED
RESETTING     abort    abort    stop    ABORTED   STOPPED
COMPLETING    abort    abort    stop    ABORTED   STOPPED
COMPLETE      abort    abort    stop    ABORTED   STOPPED
"""
ROWS = {State[row.split()[0]]: row.split()[1:] for row in WRITTEN_OUT.strip().split("\n")[1:]}
PAIRS = [(state, category) for state in State for category in StopCategory]


def test_the_table_covers_every_pair_with_a_legal_command() -> None:
    assert set(ROWS) == set(State)
    assert set(ANSWER) == set(PAIRS)
    for pair, command in ANSWER.items():
        assert (command or "-") == ROWS[pair[0]][pair[1]]
        assert command is None or (pair[0], command) in TRANSITIONS


@pytest.mark.parametrize("state", WAY_BACK)
def test_every_way_back_is_legal_and_restarts_once(state: State) -> None:
    machine = StateMachine(state)
    for command in WAY_BACK[state]:
        machine.command(command)
        machine.complete()
    assert machine.state is State.EXECUTE
    assert len(RESTARTS & set(WAY_BACK[state])) == 1


class Bench:
    """A scripted cell at work and a unit in `state`, with what stops and starts them."""

    def __init__(self, state: State) -> None:
        self.cell = ScriptedCell(brake_ticks=3)
        self.events: list[Event] = []
        self.unit = Unit(self.events.append)
        self.unit._machine = StateMachine(state)
        people = ModelAttendant(PunctualOperator(), self.cell.clock)
        andon = Andon(self.events.append, people, self.cell.clock)
        guard_log = GuardLog(self.events.append, HZ)
        pace = Pace(self.cell, andon, guard_log, LINE.homing_limit)
        faults = Faults(self.cell, self.events.append)
        log = CycleLog(self.cell, self.events.append, faults, guard_log, 0)
        visit = Visiting(self.cell, andon, pace, self.unit, log, self.events.append)
        self.stoppage = Stoppage(
            self.cell, self.unit, andon, faults, pace, lambda: None, CONTROLLED, people, visit
        )
        self.cell.work(SIDES)
        self.run(60)
        assert self.cell.moved[-1] == 59  # in full motion

    def run(self, count: int) -> None:
        for _ in range(count):
            self.cell.step()


@pytest.mark.parametrize(("state", "category"), PAIRS)
def test_a_stop_from_every_state(state: State, category: StopCategory) -> None:
    bench = Bench(state)
    cell = bench.cell
    bench.stoppage.stop(category, "guard")
    stood = cell.clock.tick
    assert stood <= 60 + 3
    assert bench.unit.state is State[ROWS[state][4 if category is STANDING else 3]]
    assert cell.stop_phase == ("standing" if category is STANDING else "unpowered")
    assert cell.powered is (category is STANDING)
    cell.work(SIDES)
    bench.run(30)
    cell.home(SIDES)
    bench.run(30)
    assert [tick for tick in cell.moved if tick >= stood] == []
    bench.stoppage._bring_back("guard")
    assert bench.unit.state is State.EXECUTE
    assert (cell.stop_phase, cell.powered) == ("running", True)
    assert cell.restarts == [stood + 60]
    assert min(tick for tick in cell.moved if tick >= stood) >= stood + 60
    assert all(cell.step().homed.values())


def test_a_harder_stop_while_held_aborts() -> None:
    bench = Bench(State.EXECUTE)
    bench.stoppage.stop(STANDING, "guard")
    bench.stoppage.stop(CONTROLLED, "guard")
    assert bench.unit.state is State.ABORTED
    assert not bench.cell.powered
    bench.stoppage.stop(STANDING, "guard")  # a softer one afterwards changes nothing
    assert bench.unit.state is State.ABORTED
    assert not bench.cell.powered


@pytest.mark.parametrize("category", StopCategory)
def test_a_shift_goes_on_after_a_protective_stop(category: StopCategory) -> None:
    cell = ScriptedCell({(0, "left"): [Deed("guard_stop")]}, brake_ticks=5)
    _, sink = work(cell=cell, line=line(protective_stop=category))
    assert {c for _, c in cell.stops} == {category}
    asked, [restarted] = cell.stops[0][0], cell.restarts
    assert [t for t in cell.moved if asked + 5 <= t < restarted] == []
    assert restarted - asked > 50 * HZ  # a person had to come
    states = [e.state.name for e in of(sink, StateChanged) if isinstance(e, StateChanged)]
    if category is STANDING:
        way = ["HOLDING", "HELD", "UNHOLDING", "EXECUTE"]
    else:
        way = ["ABORTING", "ABORTED", "CLEARING", "STOPPED", "RESETTING", "IDLE", "STARTING"]
    begin = states.index(way[0])
    assert states[begin : begin + len(way)] == way
    assert "COMPLETE" in states
    reset = "UNHOLDING" if category is STANDING else "RESETTING"
    at = [
        tick
        for tick, e in zip(ticks(sink, StateChanged), of(sink, StateChanged), strict=True)
        if isinstance(e, StateChanged) and e.state.name == reset
    ]
    assert restarted in at


@pytest.mark.parametrize("category", StopCategory)
def test_a_shift_that_is_ended_while_stopped_moves_nothing(category: StopCategory) -> None:
    """The wish to end the shift is no restart, though Stopping would else send the robot home."""

    def watch(shift: Shift, progress: Progress) -> None:
        if progress.state in (State.HELD, State.ABORTED):
            shift.stop()

    cell = ScriptedCell({(0, "left"): [Deed("guard_stop")]})
    _, sink = work(
        cell=cell, line=line(protective_stop=category), watch=watch, shift_plan=plan(cycles=3)
    )
    assert [t for t in cell.moved if t >= cell.stops[0][0]] == []
    assert cell.restarts == []
    assert sink.records[-1].tick < cell.stops[0][0] + 5 * HZ


def test_the_commands_of_the_table_are_the_units_own() -> None:
    assert {c for c in ANSWER.values() if c} == {
        UnitCommand.ABORT, UnitCommand.STOP, UnitCommand.HOLD,
    }  # fmt: skip
