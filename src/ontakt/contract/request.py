"""What a person asks of a running station, from a console or any other place; no more than asks.

The station answers every request: it is obeyed, or refused with the reason. Whatever moves an arm
goes through the guard, at reduced speed.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from ontakt.contract.spaces import Side
from ontakt.contract.stop import StopCategory

Assistance = Literal["finish", "remove", "clear", "refill"]
"""What a person's hands do in the cell: finish the part, take it away, clear loose nuts away,
refill the feeders."""

JOG_S = 0.13
"""A jog moves an arm for so long [s] unless the next one comes: with one tick to begin and one to
stand, an arm rests 200 ms after its console fell silent."""

Component = Annotated[float, Meta(ge=-10.0, le=10.0)]
Triple = tuple[Component, Component, Component]


class _Wish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="wish"):
    """Base that fixes the tag field."""


class Acknowledge(_Wish, frozen=True, tag="acknowledge"):
    """I have seen the call and am on my way."""


class Arrive(_Wish, frozen=True, tag="arrive"):
    """I am at the station and may reach into the cell: no arm moves until I say that I am out."""


class Help(_Wish, frozen=True, kw_only=True, tag="help"):
    """My hands have done it: finished the part, taken it away (skip), cleared loose nuts away,
    filled the feeders."""

    action: Assistance


class TakeOver(_Wish, frozen=True, kw_only=True, tag="take_over"):
    """I drive the robot now, from outside of the cell; what I do is kept as a correction."""

    out_of_cell: Literal[True]
    """Said by a person, never by default."""


class Jog(_Wish, frozen=True, kw_only=True, tag="jog"):
    """While I have taken over: move one tool, for `JOG_S` at most. The guard bounds it."""

    side: Side
    velocity: Triple = (0.0, 0.0, 0.0)
    """Of the tool [m/s], station frame."""
    turning: Triple = (0.0, 0.0, 0.0)
    """Of the tool [rad/s], about the station's axes."""
    opening: Component = 0.0
    """Of the gripper [m/s]; negative closes."""


class LetGo(_Wish, frozen=True, tag="let_go"):
    """I drive no longer; the arms stand."""


class Rehome(_Wish, frozen=True, kw_only=True, tag="rehome"):
    """All arms go home."""

    out_of_cell: Literal[True]


class Retry(_Wish, frozen=True, kw_only=True, tag="retry"):
    """The robot shall try this part again, at the sides that are not good."""

    out_of_cell: Literal[True]


class Resume(_Wish, frozen=True, kw_only=True, tag="resume"):
    """I am done; the station goes on. After a stop this only readies it: see `Start`."""

    out_of_cell: Literal[True]


class Start(_Wish, frozen=True, kw_only=True, tag="start"):
    """The command of its own that follows every stop: the robot may move again."""

    out_of_cell: Literal[True]


class Hold(_Wish, frozen=True, tag="hold"):
    """Stand still, with power, until I say how to go on."""


class Stop(_Wish, frozen=True, kw_only=True, tag="stop"):
    """Stop now, by a category of IEC 60204-1. It is no emergency stop and replaces none."""

    category: StopCategory = StopCategory.CONTROLLED


class Reason(_Wish, frozen=True, kw_only=True, tag="reason"):
    """Why, as the plant's list has it: told to the open call."""

    code: Annotated[str, Meta(min_length=1, max_length=80)]


Wish = (
    Acknowledge
    | Arrive
    | Help
    | TakeOver
    | Jog
    | LetGo
    | Rehome
    | Retry
    | Resume
    | Start
    | Hold
    | Stop
    | Reason
)


class Request(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wish with who has it."""

    who: Annotated[str, Meta(min_length=1, max_length=80)]
    """Name or role of the person, as the console knows him."""
    where: Annotated[str, Meta(max_length=80)]
    """The console's address."""
    wish: Wish


class Reply(Struct, frozen=True, kw_only=True):
    """What became of a request."""

    obeyed: bool
    why: str = ""
    """Why not, in a sentence."""


def name_of(wish: Wish) -> str:
    """As records and pages call it, like `take_over`."""
    return str(wish.__struct_config__.tag)
