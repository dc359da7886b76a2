"""Those who look on while a fleet works."""

from typing import Protocol

from ontakt.cli.fleet.order import ShiftOrder


class Watch(Protocol):
    """Hears what goes on, and influences nothing."""

    def begins(self, order: ShiftOrder) -> None:
        """A shift is under way."""
        ...

    def reached(self, order: ShiftOrder, cycles: int) -> None:
        """A shift that is under way has worked so many cycles."""
        ...

    def again(self, order: ShiftOrder, why: str) -> None:
        """Its process was lost; it is worked once more."""
        ...

    def stops(self, why: str) -> None:
        """No more shifts are begun; those under way are let to end."""
        ...
