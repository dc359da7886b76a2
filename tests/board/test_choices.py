"""A console offers what the line obeys: compared with the line itself, button by button."""

from collections.abc import Callable, Sequence

import pytest
from tests.line.test_operator_port import JAMMED, Floor, called, stands

from ontakt.board.choices import HANDS, OUT_OF_CELL, PLAIN, choices, wish_of
from ontakt.contract import PortStatus
from ontakt.contract.event import CallAcknowledged
from ontakt.contract.request import (
    Arrive,
    Reason,
    Resume,
    Stop,
    TakeOver,
    Wish,
)

BUTTONS = (*PLAIN, *OUT_OF_CELL, "reason")
LENIENT = {"hold", "stop", "acknowledge"}
"""Always offered, or obeyed where it changes nothing."""


def stopped(floor: Floor) -> bool:
    return floor.port.status.stopped


def starting(floor: Floor) -> bool:
    return floor.port.status.waits_for_start


Plan = Sequence[tuple[Callable[[Floor], bool], Wish]]
AFTER_STOP: Plan = [(lambda f: f.clock.tick > 60, Stop())]
SITUATIONS: dict[str, tuple[Plan, Callable[[Floor], bool]]] = {
    "at work": ([], lambda f: f.clock.tick > 60),
    "called": ([], called),
    "stands": ([], stands),
    "inside": ([(stands, Arrive())], lambda f: f.port.status.inside),
    "driven": (
        [(stands, TakeOver(out_of_cell=True))], lambda f: f.port.status.driver is not None,
    ),
    "stopped": (AFTER_STOP, stopped),
    "waits for start": ([*AFTER_STOP, (stopped, Resume(out_of_cell=True))], starting),
}  # fmt: skip


class Enough(Exception):
    pass


@pytest.mark.parametrize("button", BUTTONS)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_what_is_offered_is_obeyed_and_nothing_else_is(situation: str, button: str) -> None:
    plan, there = SITUATIONS[situation]
    floor = Floor(JAMMED, plan)
    offered: list[bool] = []
    advance = floor.advance

    def watched(ticks: int = 1) -> None:
        advance(ticks)
        if not offered and not floor.asks and there(floor):
            raised = called(floor) and not floor.of(CallAcknowledged)
            offered.append(button in choices(floor.port.status, raised=raised))
            floor.say(wish_of(button, out_of_cell=True, text="nut askew"))
        elif offered and floor.replies[-1].done():
            raise Enough

    floor.clock.advance = watched  # type: ignore[method-assign]
    with pytest.raises(Enough):
        floor.run()
    obeyed = floor.replies[-1].result(0).obeyed
    assert offered == [obeyed] or button in LENIENT, floor.replies[-1].result(0)


def test_a_hold_and_a_stop_are_always_there() -> None:
    for flags in range(8):
        visiting, stands_still, waits = (bool(flags & bit) for bit in (1, 2, 4))
        status = PortStatus(tick=0, visiting=visiting, stopped=stands_still, waits_for_start=waits)
        assert {"hold", "stop"} <= choices(status, raised=False)


@pytest.mark.parametrize("button", OUT_OF_CELL)
def test_what_moves_arms_needs_a_persons_word(button: str) -> None:
    with pytest.raises(ValueError, match="nobody is in the cell"):
        wish_of(button, out_of_cell=False)


@pytest.mark.parametrize("text", ["", "   ", "x" * 81, "a\x00b", "\u202eabc"])
def test_a_reason_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="1 to 80"):
        wish_of("reason", out_of_cell=False, text=text)
    with pytest.raises(ValueError, match="no such button"):
        wish_of("open_sesame", out_of_cell=True)


def test_a_reason_is_put_in_one_line() -> None:
    assert wish_of("reason", out_of_cell=False, text=" nut\n askew ") == Reason(code="nut askew")
    assert set(HANDS) <= set(PLAIN)
