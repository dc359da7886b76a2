"""What a person can ask of the line now and be obeyed, by the name of its button.

The line decides; this says beforehand what it would say, so that a page offers nothing in vain.
"""

from collections.abc import Mapping

from ontakt.contract import PortStatus
from ontakt.contract.request import (
    Acknowledge,
    Arrive,
    Help,
    Hold,
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

HANDS = ("finish", "remove", "clear", "refill")
OUT_OF_CELL = ("take_over", "rehome", "retry", "resume", "start")
"""Arms move on these: a person has to say that nobody is in the cell."""
PLAIN: Mapping[str, Wish] = {
    "acknowledge": Acknowledge(),
    "arrive": Arrive(),
    "finish": Help(action="finish"),
    "remove": Help(action="remove"),
    "clear": Help(action="clear"),
    "refill": Help(action="refill"),
    "let_go": LetGo(),
    "hold": Hold(),
    "stop": Stop(),
}
"""Buttons that carry nothing else."""
LONGEST_REASON = 80


def choices(status: PortStatus, *, raised: bool) -> frozenset[str]:
    """The buttons that are offered. `raised` is true while a call is open that nobody answered."""
    always = {"hold", "stop"}
    if status.waits_for_start:
        return frozenset(always | {"start"})
    found = always | {"reason"} | ({"acknowledge"} if raised else set())
    if not status.visiting:
        return frozenset(found)
    found |= {"arrive", "resume"}
    if status.inside:
        found |= set(HANDS)
    if status.driver is not None:
        found |= {"let_go"}
    if not status.stopped:
        found |= {"take_over", "rehome", "retry"}
    return frozenset(found)


def wish_of(button: str, *, out_of_cell: bool, text: str = "") -> Wish:
    """What a press of `button` says. Raises ValueError, with a sentence for whoever pressed it,
    when it says nothing whole."""
    if button in PLAIN:
        return PLAIN[button]
    if button == "reason":
        code = " ".join(text.split())
        if not code or len(code) > LONGEST_REASON or not code.isprintable():
            raise ValueError(f"A reason has 1 to {LONGEST_REASON} characters.")
        return Reason(code=code)
    if button not in OUT_OF_CELL:
        raise ValueError("There is no such button.")
    if not out_of_cell:
        raise ValueError("Say first that nobody is in the cell.")
    made: Mapping[str, Wish] = {
        "take_over": TakeOver(out_of_cell=True),
        "rehome": Rehome(out_of_cell=True),
        "retry": Retry(out_of_cell=True),
        "resume": Resume(out_of_cell=True),
        "start": Start(out_of_cell=True),
    }
    return made[button]
