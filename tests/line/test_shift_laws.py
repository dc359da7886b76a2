"""Laws that hold whatever a shift brings: random scripts, disturbances and stops."""

from collections import Counter
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.line.floor import HZ, line, of, plan, sinks, ticks, work

from ontakt.contract import SIDES, HaltError, State
from ontakt.contract.event import (
    CallAcknowledged,
    CallArrived,
    CallRaised,
    CallResolved,
    CycleEnded,
    CycleStarted,
    FailureDetected,
    PartInspected,
    PhaseEntered,
    PitchLost,
    RecoveryEnded,
    RecoveryStarted,
    ShiftEnded,
    ShiftStarted,
    SideJudged,
    StateChanged,
)
from ontakt.line.fake import Deed, MemorySink, ScriptedCell
from ontakt.line.progress import Progress
from ontakt.line.shift import Shift
from ontakt.line.state_machine import STATE_COMPLETE, TRANSITIONS

KINDS = (
    "ok", "escape", "drop", "no_grasp", "jam", "stall", "not_seated", "wander", "gave_up",
    "guard_hold", "guard_stop", "error", "halt",
)  # fmt: skip

deeds = st.builds(Deed, kind=st.sampled_from(KINDS), seconds=st.sampled_from([2.0, 6.5, 12.0]))
scripts = st.dictionaries(
    st.tuples(st.integers(0, 4), st.sampled_from(SIDES)),
    st.lists(deeds, min_size=1, max_size=3),
    max_size=5,
)

LEGAL = {(a, b) for (a, _), b in TRANSITIONS.items()} | set(STATE_COMPLETE.items())


def legal_states(sink: MemorySink) -> None:
    states = [e.state for e in of(sink, StateChanged) if isinstance(e, StateChanged)]
    assert set(pairwise([State.STOPPED, *states])) <= LEGAL
    aborts = [k for k, state in enumerate(states) if state is State.ABORTED]
    for k in aborts:
        back = [s for s in states[k:] if s in (State.STARTING, State.EXECUTE)]
        assert back[:1] in ([], [State.STARTING])  # a new start after every safety stop


def whole_cycles(sink: MemorySink) -> None:
    edges = of(sink, CycleStarted, CycleEnded)
    assert len(edges) % 2 == 0
    for number, (start, end) in enumerate(zip(edges[::2], edges[1::2], strict=True)):
        assert isinstance(start, CycleStarted)
        assert isinstance(end, CycleEnded)
        assert start.cycle == end.cycle == number
    open_cycle = None
    for record in sink.records:
        event = record.event
        if isinstance(event, CycleStarted):
            assert event.due_tick == record.tick
            open_cycle = event.cycle
        elif isinstance(event, CycleEnded):
            open_cycle = None
        elif isinstance(event, FailureDetected | PhaseEntered | SideJudged | PartInspected):
            assert event.cycle == open_cycle
    assert isinstance(sink.events[0], ShiftStarted)
    assert isinstance(sink.events[-1], ShiftEnded)
    assert len(of(sink, ShiftStarted, ShiftEnded)) == 2


def sides_judged_once(sink: MemorySink) -> None:
    for kind in (SideJudged, PartInspected):
        seen = Counter((e.cycle, e.side) for e in of(sink, kind) if isinstance(e, kind))
        assert set(seen.values()) <= {1}
    done = {e.cycle for e in of(sink, CycleEnded) if isinstance(e, CycleEnded)
            if e.ending == "done"}  # fmt: skip
    for kind in (SideJudged, PartInspected):
        sides = {(e.cycle, e.side) for e in of(sink, kind) if isinstance(e, kind)}
        assert {(cycle, side) for cycle in done for side in SIDES} <= sides


def recoveries_in_pairs(sink: MemorySink) -> None:
    open_on: set[tuple[int, str]] = set()
    for event in of(sink, RecoveryStarted, RecoveryEnded, CycleEnded):
        if isinstance(event, RecoveryStarted):
            assert (event.cycle, event.side) not in open_on
            open_on.add((event.cycle, event.side))
        elif isinstance(event, RecoveryEnded):
            open_on.remove((event.cycle, event.side))
        else:
            assert open_on == set()


def calls_in_order(sink: MemorySink, *, may_be_open: bool) -> None:
    events = of(sink, CallRaised, CallAcknowledged, CallArrived, CallResolved)
    order = (CallRaised, CallAcknowledged, CallArrived, CallResolved)
    for k, event in enumerate(events):
        assert isinstance(event, order[k % 4])
        assert event.call == k // 4
    assert may_be_open or len(events) % 4 == 0


def nobody_is_near_a_moving_arm(cell: ScriptedCell, sink: MemorySink) -> None:
    inside: list[tuple[int, int]] = []
    arrived = None
    inspected: set[int] = set()
    for record in sink.records:
        if isinstance(record.event, CallArrived):
            arrived = record.tick
        elif isinstance(record.event, CallResolved) and arrived is not None:
            inside.append((arrived, record.tick))
            arrived = None
        elif isinstance(record.event, PartInspected):
            assert arrived is None  # the inspector comes before the person
            inspected.add(record.event.cycle)
    if arrived is not None:
        inside.append((arrived, sink.records[-1].tick))
    for first, last in inside:
        assert not [tick for tick in cell.moved if first <= tick < last]
    for tick, _ in cell.assisted:
        assert any(first <= tick <= last for first, last in inside)


def beats_shift_by_what_was_lost(sink: MemorySink, takt_ticks: int) -> None:
    """Without disturbances every beat is the first one plus whole takts plus the pitches lost."""
    due, lost = ticks(sink, CycleStarted), 0
    endings = [e.ending for e in of(sink, CycleEnded) if isinstance(e, CycleEnded)]
    losses = {e.cycle: e.ticks for e in of(sink, PitchLost) if isinstance(e, PitchLost)}
    pitches = 0
    for cycle, tick in enumerate(due):
        assert tick == due[0] + pitches * takt_ticks + lost
        lost += losses.get(cycle, 0)
        pitches += endings[cycle] != "starved"  # a starved part is presented again


@given(
    script=scripts,
    magazine=st.sampled_from([1, 3, 1000]),
    beliefs=st.booleans(),
    recoveries=st.integers(0, 2),
    stuck=st.sampled_from([0, 0, 2, 9]),
    present_error=st.sampled_from([(), (2,)]),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_laws(
    script: dict[tuple[int, str], list[Deed]],
    magazine: int,
    beliefs: bool,
    recoveries: int,
    stuck: int,
    present_error: tuple[int, ...],
) -> None:
    cell = ScriptedCell(
        script,  # type: ignore[arg-type]
        magazine=magazine,
        beliefs=beliefs,
        stuck=stuck,
        present_errors=present_error,
    )
    halted = False
    try:
        work(cell=cell, shift_plan=plan(cycles=5), line=line(recoveries=recoveries))
    except HaltError:
        halted = True
    sink = sinks[-1]
    at = [record.tick for record in sink.records]
    assert at == sorted(at)
    legal_states(sink)
    whole_cycles(sink)
    sides_judged_once(sink)
    recoveries_in_pairs(sink)
    calls_in_order(sink, may_be_open=halted)
    nobody_is_near_a_moving_arm(cell, sink)
    beats_shift_by_what_was_lost(sink, 40 * HZ)
    assert _reason(sink) == ("halted" if halted else "planned")
    if not halted:
        assert len(of(sink, CycleEnded)) == 5


@given(script=scripts, after=st.integers(1, 30), at_once=st.booleans(), gaps=st.booleans())
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_laws_of_stopped_and_disturbed_shifts(
    script: dict[tuple[int, str], list[Deed]], after: int, at_once: bool, gaps: bool
) -> None:
    told = 0

    def watch(shift: Shift, progress: Progress) -> None:
        nonlocal told
        told += 1
        if told == after:
            if at_once:
                raise KeyboardInterrupt
            shift.stop()

    disturbed = line(upstream_gap_per_h=40.0, downstream_block_per_h=20.0) if gaps else line()
    cell = ScriptedCell(script)  # type: ignore[arg-type]
    try:
        work(cell=cell, shift_plan=plan(cycles=None, seconds=200.0), watch=watch, line=disturbed)
    except HaltError:
        assert _reason(sinks[-1]) == "halted"
    sink = sinks[-1]
    at = [record.tick for record in sink.records]
    assert at == sorted(at)
    legal_states(sink)
    whole_cycles(sink)
    recoveries_in_pairs(sink)
    calls_in_order(sink, may_be_open=True)
    nobody_is_near_a_moving_arm(cell, sink)


def test_sides_are_alike() -> None:
    """What happens on one side happens to the other in the same way."""
    at = []
    for side in SIDES:
        _, sink = work({(0, side): [Deed("drop"), Deed("jam")]})
        at.append([r.tick for r in sink.records if isinstance(r.event, FailureDetected)])
    assert at[0] == at[1]
    assert len(at[0]) == 2


def _reason(sink: MemorySink) -> str:
    ended = sink.events[-1]
    assert isinstance(ended, ShiftEnded)
    return ended.reason
