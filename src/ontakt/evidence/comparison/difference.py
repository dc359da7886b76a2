"""How far two arms lie apart in one figure, and whether chance does that."""

from typing import Literal

from msgspec import Struct

from ontakt.evidence.statistics.intervals import Interval
from ontakt.evidence.statistics.p_value import PValue

How = Literal["paired", "unpaired", "by cell", "by shift"]
"""Part by part, all cycles together, inside each variation and then taken together, or with shifts
as what is counted, because those of one arm differ among themselves."""


class Cells(Struct, frozen=True, kw_only=True):
    """What became of the parts that both arms worked."""

    both: int
    """Good in both arms."""
    first: int
    """Good in the first arm only."""
    second: int
    """Good in the second arm only."""
    neither: int

    @property
    def n(self) -> int:
        """All pairs."""
        return self.both + self.first + self.second + self.neither


class Difference(Struct, frozen=True, kw_only=True):
    """First arm minus second; None means unknown."""

    how: How
    value: float | None = None
    interval: Interval | None = None
    p: PValue | None = None
    least_p: float = 1.0
    """The least p that any outcome of so many trials could give; 1 where nothing could be shown."""
    cells: Cells | None = None
    warning: str | None = None
    """What a reader has to know before he uses it."""
