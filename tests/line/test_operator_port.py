"""People at consoles: what they ask for is done, refused with the reason, and on record."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.line.floor import HZ, LINE, SUPERVISOR, of, plan

from ontakt.contract import HaltError, Reply, Request, State, StopCategory
from ontakt.contract.event import (
    CallAcknowledged,
    CallArrived,
    CallRaised,
    CallResolved,
    CycleEnded,
    FailureDetected,
    RequestAnswered,
    ShiftEnded,
    StateChanged,
    TakeoverEnded,
)
from ontakt.contract.request import (
    Acknowledge,
    Arrive,
    Help,
    Hold,
    Jog,
    LetGo,
    Reason,
    Rehome,
    Resume,
    Retry,
    Start,
    Stop,
    TakeOver,
    Wish,
)
from ontakt.evidence.fold import fold
from ontakt.line.attendant import ModelAttendant
from ontakt.line.fake import (
    PLACES,
    Deed,
    FakeClock,
    MemorySink,
    PunctualOperator,
    Script,
    ScriptedCell,
)
from ontakt.line.operator_port import MOST, OperatorPort
from ontakt.line.shift import Shift
from ontakt.line.supervisor import Supervisor

JAMMED: Script = {(0, "left"): [Deed("jam"), Deed("jam")]}
Plan = Sequence[tuple[Callable[["Floor"], bool], Wish]]
"""What is asked for in turn, each as soon as its condition holds."""


class Floor:
    """A scripted cell, a shift, and somebody at a console who follows a plan: he looks once a
    tick."""

    def __init__(
        self, script: Script | None = None, asks: Plan = (), *, stand_in: bool = False
    ) -> None:
        self.clock = FakeClock()
        self.cell = ScriptedCell(script, clock=self.clock, brake_ticks=3)
        self.sink = MemorySink(self.clock)
        model = ModelAttendant(PunctualOperator(), self.clock) if stand_in else None
        self.port = OperatorPort(
            self.clock, self.sink.append, lambda: self.clock.tick / HZ, model, patience_s=60.0
        )
        self.asks = list(asks)
        self.replies: list[Future[Reply]] = []
        self._advance = self.clock.advance
        self.clock.advance = self.advance  # type: ignore[method-assign]
        self.shift = Shift(
            self.cell, self.sink, plan(), LINE, Supervisor(SUPERVISOR, PLACES, HZ), self.port
        )

    def advance(self, ticks: int = 1) -> None:
        self._advance(ticks)
        if self.clock.tick > 40_000:
            raise HaltError("the plan of the test came to no end")
        if self.asks and self.asks[0][0](self):
            self.say(self.asks.pop(0)[1])

    def say(self, wish: Wish, who: str = "ann") -> Future[Reply]:
        self.replies.append(self.port.ask(Request(who=who, where="127.0.0.1", wish=wish)))
        return self.replies[-1]

    def run(self) -> "Floor":
        self.shift.run()
        return self

    @property
    def obeyed(self) -> list[bool]:
        return [reply.result(0).obeyed for reply in self.replies]

    def of(self, *kinds: Any) -> list[Any]:
        return of(self.sink, *kinds)

    def state(self) -> State | None:
        states = self.of(StateChanged)
        return states[-1].state if states else None


def called(floor: Floor) -> bool:
    return bool(floor.of(CallRaised))


def stands(floor: Floor) -> bool:
    return floor.port.status.visiting


def now(_: Floor) -> bool:
    return True


def test_a_jam_is_acknowledged_finished_by_hand_and_resumed() -> None:
    asks: Plan = [
        (called, Acknowledge()),
        (stands, Arrive()),
        (now, Help(action="finish")),
        (now, Reason(code="nut stuck")),
        (now, Resume(out_of_cell=True)),
    ]
    floor = Floor(JAMMED, asks).run()
    assert floor.obeyed == [True] * 5
    assert [type(e) for e in floor.of(CallRaised, CallAcknowledged, CallArrived, CallResolved)] == [
        CallRaised, CallAcknowledged, CallArrived, CallResolved,
    ]  # fmt: skip
    assert floor.of(CallResolved)[0].action == "finish"
    assert [e.wish for e in floor.of(RequestAnswered)] == [
        "acknowledge", "arrive", "help", "reason", "resume",
    ]  # fmt: skip
    assert floor.of(RequestAnswered)[3].detail == "nut stuck"
    assert {(e.who, e.where) for e in floor.of(RequestAnswered)} == {("ann", "127.0.0.1")}
    shift = fold(floor.sink.records)
    assert [cycle.outcome for cycle in shift.cycles] == ["assisted", "on_takt"]
    assert shift.step_ins == 1
    assert floor.cell.assisted[0][1] == "finish"


def test_no_arm_moves_between_arrival_and_departure() -> None:
    asks: Plan = [
        (called, Acknowledge()),
        (stands, Arrive()),
        (now, Jog(side="left", velocity=(0.1, 0.0, 0.0))),
        (now, TakeOver(out_of_cell=True)),
        (now, Jog(side="left", velocity=(0.1, 0.0, 0.0))),
        (now, Arrive()),
        (now, Jog(side="left", velocity=(0.1, 0.0, 0.0))),
        (now, Resume(out_of_cell=True)),
    ]
    floor = Floor(JAMMED, asks).run()
    assert floor.obeyed == [True, True, False, True, True, True, False, True]
    arrivals = [r.tick for r in floor.sink.records if isinstance(r.event, CallArrived)]
    assert len(arrivals) == 1
    (drive,) = floor.of(TakeoverEnded)
    assert (drive.who, drive.jogs, drive.let_go) == ("ann", 1, True)


def test_a_jam_is_tried_again_on_a_persons_word() -> None:
    script: Script = {(0, "left"): [Deed("jam"), Deed("jam"), Deed("ok")]}
    floor = Floor(script, [(stands, Retry(out_of_cell=True))]).run()
    assert floor.of(CallResolved)[0].action == "again"
    assert floor.cell.assisted == []
    shift = fold(floor.sink.records)
    assert [cycle.outcome for cycle in shift.cycles] == ["assisted", "on_takt"]
    assert shift.cycles[0].sides["left"].believed_ok
    assert shift.cycles[0].sides["right"].believed_ok


def test_who_takes_over_alone_drives() -> None:
    asks: Plan = [
        (stands, TakeOver(out_of_cell=True)),
        (now, Jog(side="left", velocity=(0.05, 0.0, 0.0))),
        (now, LetGo()),
        (now, Jog(side="left", velocity=(0.05, 0.0, 0.0))),
        (now, Rehome(out_of_cell=True)),
        (now, Resume(out_of_cell=True)),
    ]
    floor = Floor(JAMMED, asks)
    other: list[Future[Reply]] = []
    floor.asks.insert(2, (now, Jog(side="right")))
    say = floor.say
    floor.say = lambda wish, who="ann": (  # type: ignore[method-assign]
        say(wish, "bob" if wish == Jog(side="right") else who)
    )
    floor.run()
    assert floor.obeyed == [True, True, False, True, False, True, True]
    assert floor.of(CallResolved)[0].action == "drive"
    assert not other


def test_a_hold_ends_a_drive_from_whatever_console() -> None:
    asks: Plan = [
        (stands, TakeOver(out_of_cell=True)),
        (now, Hold()),
        (now, Jog(side="left", velocity=(0.05, 0.0, 0.0))),
        (now, Resume(out_of_cell=True)),
    ]
    floor = Floor(JAMMED, asks).run()
    assert floor.obeyed == [True, True, False, True]
    (drive,) = floor.of(TakeoverEnded)
    assert drive.let_go is False


def test_a_hold_stands_within_two_ticks_and_the_part_is_gone_on_with() -> None:
    asks: Plan = [
        (lambda f: f.clock.tick >= 200, Hold()),
        (stands, Hold()),
        (now, Resume(out_of_cell=True)),
    ]
    floor = Floor({}, asks).run()
    assert floor.obeyed == [True, False, True]
    held = [
        (record.tick, record.event.cause, record.event.attribution)
        for record in floor.sink.records
        if isinstance(record.event, StateChanged) and record.event.state is State.HOLDING
    ]
    assert held[0][0] <= 202
    assert held[0][1:] == ("operator", "operator")
    shift = fold(floor.sink.records)
    assert [cycle.outcome for cycle in shift.cycles] == ["assisted", "on_takt"]
    assert all(side.believed_ok for side in shift.cycles[0].sides.values())
    assert floor.of(FailureDetected) == []


def test_a_hold_between_two_parts() -> None:
    asks: Plan = [(lambda f: bool(f.of(CycleEnded)), Hold()), (stands, Resume(out_of_cell=True))]
    floor = Floor({}, asks).run()
    assert floor.obeyed == [True, True]
    assert len(floor.of(CycleEnded)) == 2
    assert floor.of(ShiftEnded)[0].reason == "planned"


@pytest.mark.parametrize("category", StopCategory)
@pytest.mark.parametrize("tick", [1, 200, 900])
def test_after_a_stop_nothing_moves_before_a_start_of_its_own(
    category: StopCategory, tick: int
) -> None:
    asks: Plan = [
        (lambda f: f.clock.tick >= max(tick, 70), Stop(category=category)),
        (stands, TakeOver(out_of_cell=True)),
        (now, Start(out_of_cell=True)),
        (now, Resume(out_of_cell=True)),
        (lambda f: f.port.status.waits_for_start, Resume(out_of_cell=True)),
        (now, Start(out_of_cell=True)),
    ]
    floor = Floor({}, asks).run()
    powerless = floor.state() is not None
    assert powerless
    assert floor.obeyed[0] is True
    assert floor.obeyed[2:] == [False, True, False, True]
    answered = [r for r in floor.sink.records if isinstance(r.event, RequestAnswered)]
    stop, start = answered[0].tick, answered[-1].tick
    assert [t for t in floor.cell.moved if stop + 4 < t < start] == []
    assert floor.cell.restarts[0] >= start
    assert floor.of(ShiftEnded)[0].reason == "planned"
    assert floor.of(FailureDetected) == []


def test_the_model_stands_in_when_nobody_comes_and_leaves_to_people_what_they_asked_for() -> None:
    floor = Floor(JAMMED, stand_in=True).run()
    ticks = [r.tick for r in floor.sink.records if isinstance(r.event, (CallRaised, CallResolved))]
    assert ticks[1] - ticks[0] == (60 + 10 + 20 + 30) * HZ
    assert floor.of(CallResolved)[0].action == "finish"
    held = Floor({}, [(lambda f: f.clock.tick >= 200, Hold())], stand_in=True)
    held.asks.append((lambda f: f.clock.tick >= 8000, Resume(out_of_cell=True)))
    held.run()
    assert held.of(CallResolved)[0].action == "none"


def test_whoever_acknowledges_keeps_the_model_away() -> None:
    asks: Plan = [
        (called, Acknowledge()),
        (lambda f: f.clock.tick >= 9000, Resume(out_of_cell=True)),
    ]
    floor = Floor(JAMMED, asks, stand_in=True).run()
    resolved = [r.tick for r in floor.sink.records if isinstance(r.event, CallResolved)]
    assert resolved[0] >= 9000


def test_a_jog_that_lay_about_moves_nothing() -> None:
    floor = Floor(JAMMED, [(stands, TakeOver(out_of_cell=True))])
    ask = floor.port.ask
    late: list[Future[Reply]] = []

    def stale(request: Request) -> Future[Reply]:
        if isinstance(request.wish, Jog):
            floor._advance(6)  # 0.2 s in which the line did not look
            late.append(ask(request))
            floor._advance(6)
            return late[-1]
        return ask(request)

    floor.port.ask = stale  # type: ignore[method-assign]
    floor.asks += [
        (now, Jog(side="left", velocity=(0.1, 0.0, 0.0))),
        (now, Resume(out_of_cell=True)),
    ]
    floor.run()
    assert late[0].result(0) == Reply(obeyed=False, why="The jog came too late.")


def test_who_asks_too_fast_is_told() -> None:
    floor = Floor()
    replies = [floor.say(Acknowledge()) for _ in range(MOST + 1)]
    assert not replies[-1].result(0).obeyed
    assert not replies[0].done()


OUT: Sequence[Wish] = [kind(out_of_cell=True) for kind in (TakeOver, Rehome, Retry, Resume, Start)]
WISHES: st.SearchStrategy[Wish] = st.sampled_from(
    [
        *OUT, Acknowledge(), Arrive(), Help(action="finish"), Help(action="remove"), Hold(),
        LetGo(), Stop(), Stop(category=StopCategory.STANDING), Reason(code="why"),
        Jog(side="left", velocity=(0.1, 0.0, 0.0)),
    ]
)  # fmt: skip


def after(tick: int) -> Callable[[Floor], bool]:
    return lambda floor: floor.clock.tick >= tick


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 400), WISHES), max_size=25))
def test_whatever_is_asked_the_record_is_whole_and_nobody_is_run_over(
    asked: list[tuple[int, Wish]],
) -> None:
    """Every request is answered, an arm never moves beside a person (the cell asserts it), and the
    shift ends as planned once somebody resumes and starts whatever was stopped."""
    asks: list[tuple[Callable[[Floor], bool], Wish]] = []
    tick = 0
    for wait, wish in asked:
        tick += wait
        asks.append((after(tick), wish))
    floor = Floor(JAMMED, asks)

    def tidy(ticks: int = 1) -> None:
        Floor.advance(floor, ticks)
        if not floor.asks and floor.port.status.visiting and floor.clock.tick % 10 < 2:
            status = floor.port.status
            floor.say(
                Start(out_of_cell=True) if status.waits_for_start else Resume(out_of_cell=True)
            )

    floor.clock.advance = tidy  # type: ignore[method-assign]
    floor.run()
    assert all(reply.done() for reply in floor.replies[: len(asked)]) or floor.asks
    shift = fold(floor.sink.records)
    assert shift.problems == ()
    assert shift.ended is not None
    assert shift.ended.reason == "planned"
