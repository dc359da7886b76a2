"""A person at a station that stands still: what he may do there, with his hands and the robot."""

from collections.abc import Mapping
from typing import Protocol

from ontakt.contract import Assistance, Inspection, Side, State
from ontakt.contract.event import Event
from ontakt.contract.request import Jog


class Visit(Protocol):
    """The means of whoever attends. An arm moves only while nobody is inside."""

    @property
    def cycle(self) -> int | None:
        """The cycle that is under way; None between two."""
        ...

    @property
    def state(self) -> State:
        """What the unit is in."""
        ...

    @property
    def inside(self) -> bool:
        """True while a person may reach into the cell."""
        ...

    def arrive(self) -> None:
        """He steps up to the robot, which stands still."""
        ...

    def leave(self) -> None:
        """He is out of the cell; the call stays open."""
        ...

    def wait_until(self, tick: int) -> None:
        """Time passes, no arm moves. Raises StopAsked."""
        ...

    def hands(self, action: Assistance) -> None:
        """What his hands do in the cell, in no time."""
        ...

    def home(self) -> None:
        """All arms go home. Raises CycleError, SafetyStop."""
        ...

    def jog(self, jog: Jog) -> None:
        """Have an arm pursue `jog` until it has run out."""
        ...

    def step(self) -> bool:
        """One tick in which arms may move; True when a jog moved one. Raises CycleError,
        SafetyStop."""
        ...

    def stand(self) -> None:
        """All arms stand still from here on."""
        ...

    def inspect(self) -> Mapping[Side, Inspection]:
        """Measure the part as it is now; not recorded as the robot's work."""
        ...

    def post(self, event: Event) -> None:
        """For the record."""
        ...
