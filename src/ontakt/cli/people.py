"""Who answers the calls of a shift: `--operator`, resolved in this one place."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct

from ontakt.contract import BadValue, Clock, SetupError, UnknownName
from ontakt.contract.event import Event
from ontakt.contract.units import quantity
from ontakt.line.attendant import Attendant, ModelAttendant
from ontakt.line.operator_port import OperatorPort
from ontakt.runtime.tap import Tap

OPERATORS = ("model", "board", "board,model:60s")
"""As `--operator` takes them."""


class People(Struct, frozen=True):
    """Who comes."""

    board: bool = False
    """People at a console; else a model of them."""
    stand_in_s: float | None = None
    """When the model stands in for people who have not answered [s]; None: never."""


def find_people(text: str) -> People:
    """`model`, `board` or `board,model:TIME`. Raises UnknownName, BadValue."""
    first, comma, second = text.partition(",")
    if text == "model":
        return People()
    kind, colon, wait = second.partition(":")
    if first != "board" or (comma and kind != "model"):
        raise UnknownName("operator", text, OPERATORS)
    if not comma:
        return People(board=True)
    if not colon:
        raise BadValue("--operator", text, "say after how long the model stands in: model:60s")
    seconds = quantity(wait, "time", "--operator")
    if not seconds > 0:
        raise BadValue("--operator", text, "the model stands in after a time longer than 0 s")
    return People(board=True, stand_in_s=seconds)


def notes_of(people: People) -> tuple[str, ...]:
    """What a report must say of who answered."""
    modelled = "operator times are a model's, set in the station file"
    if not people.board:
        return (modelled,)
    told = "people at a console answered the calls"
    if people.stand_in_s is None:
        return (told,)
    return (f"{told}; after {people.stand_in_s:g} s without them {modelled}",)


def check_people(
    people: People, clock: str, speed: float | None, reasons: Path | None = None
) -> None:
    """Raises SetupError where people could not keep up, and where nobody is there to choose from
    `reasons`."""
    if reasons is not None and not people.board:
        raise SetupError(
            f"--reasons {reasons} is for people at a console, and here a model of them answers; "
            "add --operator board."
        )
    if people.board and clock == "virtual" and speed is None:
        raise SetupError(
            "--operator board waits for people, and a virtual clock waits for nobody; add "
            "--clock wall, or --speed 1 to simulate at the wall's pace."
        )


def open_people(
    people: People,
    model: ModelAttendant,
    clock: Clock,
    post: Callable[[Event], None],
    tap: Tap | None,
    folder: Path,
    shift: str,
    opened: ExitStack,
) -> Attendant:
    """Whoever answers, his console open until `opened` is. Raises HaltError where it cannot be."""
    if not people.board:
        return model
    assert tap is not None
    from ontakt.board.console_server import ConsoleServer

    stand_in = None if people.stand_in_s is None else model
    port = OperatorPort(clock, post, time.monotonic, stand_in, people.stand_in_s or 0.0)
    opened.enter_context(ConsoleServer(folder, shift, port, tap))
    return port
