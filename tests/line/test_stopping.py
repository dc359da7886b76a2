"""A shift can be stopped at any moment, by a wish or by Ctrl-C, and its record is whole."""

import pytest
from tests.line.floor import of, plan, ticks, told, work

from ontakt.contract import Signals, State
from ontakt.contract.event import (
    CallArrived,
    CallResolved,
    CycleEnded,
    CycleStarted,
    PartInspected,
    ShiftEnded,
    SideJudged,
    StateChanged,
)
from ontakt.line.fake import Deed, FakeClock, MemorySink, Script, ScriptedCell
from ontakt.line.progress import Progress
from ontakt.line.shift import Shift

EVENTFUL: Script = {
    (0, "left"): [Deed("drop"), Deed("drop")],  # Held
    (1, "left"): [Deed("guard_stop")],  # Aborted, Clearing, Stopped, Resetting, Idle, Starting
}
"""With one nut a side for each attempt of the first two cycles, the third is Suspended."""


def eventful() -> ScriptedCell:
    return ScriptedCell(EVENTFUL, magazine=3)


def states(sink: MemorySink) -> list[str]:
    return [e.state.name for e in of(sink, StateChanged) if isinstance(e, StateChanged)]


def whole(sink: MemorySink) -> None:
    """Every cycle that began has ended once, and nothing comes after the end of the shift."""
    assert len(of(sink, CycleStarted)) == len(of(sink, CycleEnded))
    assert len(of(sink, ShiftEnded)) == 1
    assert isinstance(sink.events[-1], ShiftEnded)


def test_the_eventful_shift_has_every_state_but_stopping() -> None:
    cell = eventful()
    _, sink = work(cell=cell, shift_plan=plan(cycles=4))
    assert set(states(sink)) == {s.name for s in State} - {"STOPPING"}


@pytest.mark.parametrize("state", [s for s in State if s is not State.STOPPING])
@pytest.mark.parametrize("how", ["wish", "ctrl-c"])
def test_stop_in_every_state(state: State, how: str) -> None:
    done = False

    def watch(shift: Shift, progress: Progress) -> None:
        nonlocal done
        if progress.state is state and progress.cause != "cycle" and not done:
            done = True
            if how == "ctrl-c":
                raise KeyboardInterrupt
            shift.stop()

    cell = eventful()
    _, sink = work(cell=cell, shift_plan=plan(cycles=4), watch=watch)
    assert done
    whole(sink)
    ended = sink.events[-1]
    assert isinstance(ended, ShiftEnded)
    if how == "wish" and state in (State.COMPLETING, State.COMPLETE):
        assert ended.reason == "planned"  # too late to be stopped
        return
    assert ended.reason == "stopped"
    no_way_out_but_clear = state in (State.ABORTING, State.ABORTED)
    assert states(sink)[-1] == ("ABORTED" if no_way_out_but_clear else "STOPPED")


def test_stop_in_the_middle_of_the_work() -> None:
    """Signalled between two ticks: home, inspected, aborted."""

    class Interrupted(ScriptedCell):
        def step(self) -> Signals:
            if self.clock.tick == 150:
                self.clock.advance()
                raise KeyboardInterrupt
            return super().step()

    _, sink = work(cell=Interrupted())
    lines = [line for line in told(sink.records) if line[0] > 104]
    assert lines == [
        (151, "StateChanged STOPPING operator operator"),
        (211, "PartInspected 0 left False"),
        (211, "PartInspected 0 right False"),
        (211, "SideJudged 0 left operator False"),
        (211, "SideJudged 0 right operator False"),
        (211, "CycleEnded 0 aborted"),
        (211, "StateChanged STOPPED operator operator"),
        (211, "ShiftEnded stopped"),
    ]


def test_stop_while_a_person_is_in_the_cell() -> None:
    """No arm moves then, not even home; on a clock that does not skip it takes a second."""
    running: list[Shift] = []

    class Clocked(ScriptedCell):
        def rest(self, ticks: int) -> None:
            assert ticks <= 30
            super().rest(ticks)
            if self.clock.tick > 1500:
                running[0].stop()

    cell = Clocked(EVENTFUL, clock=FakeClock(skips=False))
    _, sink = work(cell=cell, watch=lambda shift, _: running.append(shift))
    arrived = ticks(sink, CallArrived)
    assert arrived == [1235]
    assert not of(sink, CallResolved)
    assert [tick for tick in cell.moved if tick >= 1235] == []
    assert 1500 < sink.records[-1].tick <= 1530
    assert states(sink)[-2:] == ["STOPPING", "STOPPED"]
    whole(sink)


def test_stop_while_idle_ends_no_cycle() -> None:
    def watch(shift: Shift, progress: Progress) -> None:
        if progress.cause == "cycle":
            shift.stop()

    _, sink = work(watch=watch, shift_plan=plan(cycles=5))
    assert len(of(sink, CycleEnded)) == 1
    whole(sink)


def test_stop_while_starved_leaves_the_cycle_starved() -> None:
    def watch(shift: Shift, progress: Progress) -> None:
        if progress.state is State.SUSPENDED:
            shift.stop()

    _, sink = work(cell=ScriptedCell(magazine=1), watch=watch)
    endings = [e.ending for e in of(sink, CycleEnded) if isinstance(e, CycleEnded)]
    assert endings == ["done", "starved"]
    assert len(of(sink, SideJudged)) == len(of(sink, PartInspected)) == 2
    whole(sink)
