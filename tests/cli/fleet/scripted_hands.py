"""Hands that do as a test says, without a process."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.cli.fleet.orders import write_shift

from ontakt.cli.fleet.ended import Ended
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.contract.event import ShiftEnded

Act = Callable[[ShiftOrder, Path], Ended]
"""What a process does, and how it ends."""


def works(order: ShiftOrder, place: Path) -> Ended:
    write_shift(place, order)
    return Ended(0, "cycle 2: 2 good, 0 step-ins")


def halts(order: ShiftOrder, place: Path) -> Ended:
    write_shift(place, order, ShiftEnded(reason="halted", detail="glass"))
    return Ended(3, "ontakt: halted: glass")


def is_stopped(order: ShiftOrder, place: Path) -> Ended:
    write_shift(place, order, ShiftEnded(reason="stopped"))
    return Ended(0, "cycle 1: 1 good, 0 step-ins")


def is_killed(order: ShiftOrder, place: Path) -> Ended:
    write_shift(place, order, end=None)
    return Ended(-9, "")


def crashes(order: ShiftOrder, place: Path) -> Ended:
    return Ended(1, "ZeroDivisionError: division by zero")


def loses_its_record(order: ShiftOrder, place: Path) -> Ended:
    write_shift(place, order, end=None)
    return Ended(3, "ontakt: halted: The record is lost: x: cannot be written (disk is full).")


def is_refused(order: ShiftOrder, place: Path) -> Ended:
    return Ended(2, "ontakt: Unknown policy 'x'.")


class ScriptedHands:
    """Ends what was begun first (or last) at each call; an order's attempts do as `script` says,
    in turn, and work where it says nothing."""

    def __init__(self, script: Mapping[str, Sequence[Act]] | None = None, last: bool = False):
        self._script = {name: deque(acts) for name, acts in (script or {}).items()}
        self._last = last
        self._running: list[tuple[ShiftOrder, Path]] = []
        self.begun: list[str] = []
        self.beside: list[tuple[str, ...]] = []
        """What was under way, itself included, whenever a shift was begun."""
        self.closed = False

    def begin(self, order: ShiftOrder, place: Path) -> None:
        assert not place.exists()
        self._running.append((order, place))
        self.begun.append(order.name)
        self.beside.append(tuple(one.name for one, _ in self._running))

    def ended(self) -> Sequence[tuple[str, Ended]]:
        order, place = self._running.pop(-1 if self._last else 0)
        acts = self._script.get(order.name)
        act = acts.popleft() if acts else works
        return [(order.name, act(order, place))]

    def close(self) -> None:
        self.closed = True


class Heard:
    """A `Watch` that writes down what it hears."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def begins(self, order: ShiftOrder) -> None:
        self.lines.append(f"begins {order.name}")

    def reached(self, order: ShiftOrder, cycles: int) -> None:
        self.lines.append(f"{order.name} reached {cycles}")

    def again(self, order: ShiftOrder, why: str) -> None:
        self.lines.append(f"again {order.name} {why}")

    def stops(self, why: str) -> None:
        self.lines.append(f"stops {why}")
