"""Those who run processes for a fleet."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ontakt.cli.fleet.ended import Ended
from ontakt.cli.fleet.order import ShiftOrder

PATIENCE_S = 1.0
"""How long to wait for an end before looking around."""


class Hands(Protocol):
    """Run shifts; what is done with their results is not theirs to say."""

    def begin(self, order: ShiftOrder, place: Path) -> None:
        """Have `order` worked into `place`, which does not exist yet, by a process of its own.
        Raises HaltError where none can be had."""
        ...

    def ended(self) -> Sequence[tuple[str, Ended]]:
        """The names of the orders whose process has ended since, their files in place; waits for
        about PATIENCE_S. Raises HaltError where the files cannot be written."""
        ...

    def close(self) -> None:
        """End what still runs: nothing goes on behind anybody's back."""
        ...
