"""What was worked of a registered plan, as a gate sees it."""

import math
from typing import Literal

from msgspec import Struct, structs

from ontakt.evidence.gate.tally import Tally
from ontakt.evidence.shift_record import Untold

Method = Literal["fixed", "anytime"]
"""`fixed`: exact one-sided bounds, read once, when the whole plan is worked. `anytime`: e-values,
which may be read after every shift."""


class Trial(Struct, frozen=True, kw_only=True):
    """The shifts so far, in the order of the plan."""

    tallies: tuple[Tally, ...]
    cells: tuple[str, ...]
    """The variations that the plan names, worked yet or not; each is planned as often."""
    planned_cycles: int
    """Of the whole plan, all cells together."""
    planned_hours: float
    takt_s: float
    """[s]; nan where it is unknown."""
    method: Method
    finished: bool
    """Every planned shift was worked."""

    @property
    def cycles_left(self) -> int:
        """Cycles of the plan that are still to be worked."""
        return 0 if self.finished else max(0, self.planned_cycles - total(self.tallies, "cycles"))

    @property
    def hours_left(self) -> float:
        """Hours of the plan that are still to be worked."""
        if self.finished:
            return 0.0
        return max(0.0, self.planned_hours - sum(one.hours for one in self.tallies))

    def untold(self, what: Untold) -> bool:
        """True when one of its shifts leaves open `what`, or the time of one of its cycles."""
        if what == "times" and not all(tally.timed for tally in self.tallies):
            return True
        return any(what in tally.untold for tally in self.tallies)

    def of_cell(self, cell: str) -> "Trial":
        """The part of it that was worked at `cell`."""
        return structs.replace(
            self,
            tallies=tuple(tally for tally in self.tallies if tally.cell == cell),
            cells=(cell,),
            planned_cycles=self.planned_cycles // len(self.cells),
            planned_hours=self.planned_hours / len(self.cells),
        )

    def at_takt(self, cycles: int) -> float | None:
        """Hours that `cycles` take; None where takt is unknown."""
        return cycles * self.takt_s / 3600 if math.isfinite(self.takt_s) else None

    def in_hours(self, hours: float) -> int | None:
        """Cycles that `hours` take; None where takt is unknown."""
        known = math.isfinite(self.takt_s)
        return math.ceil(hours * 3600 / self.takt_s - 1e-6) if known else None


def total(tallies: tuple[Tally, ...], count: str) -> int:
    """The sum of one count over shifts."""
    return sum(getattr(tally, count) for tally in tallies)
