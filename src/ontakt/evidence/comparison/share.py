"""What is counted as a share: which cycles (or sides) succeeded, and of which."""

from collections.abc import Callable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.evidence.comparison.arm import Arm
from ontakt.evidence.kpi import DEFINITIONS, CycleTable, Definition
from ontakt.evidence.kpi.table import GOOD, UNKNOWN
from ontakt.evidence.statistics.clustering import Counts

Column = NDArray[np.bool_] | NDArray[np.int8]
"""How many a cycle has: 0 or 1, or sides."""


class Share(Struct, frozen=True, kw_only=True):
    """A KPI that is a share, cycle by cycle."""

    name: str
    """Of the KPI that it is."""
    label: str
    of: Callable[[CycleTable], tuple[Column, Column]]
    """Hits, and what they are counted among."""
    higher_is_better: bool = True
    whole_cycles: bool = True
    """A cycle is a hit, is none, or does not count: only then can parts be paired."""

    def counts(self, arm: Arm) -> Counts:
        """Hits and all of each shift of `arm`."""
        return [_total(*self.of(one.cycles)) for one in arm.ledgers]

    def known(self, arm: Arm) -> bool:
        """False where a log of `arm` leaves open what the KPI needs."""
        return arm.untold.isdisjoint(definition(self.name).needs)


def definition(name: str) -> Definition:
    """The KPI called `name`."""
    return next(one for one in DEFINITIONS if one.name == name)


def _total(hits: Column, among: Column) -> tuple[int, int]:
    return int(hits[among > 0].sum()), int(among.sum())


def _both(table: CycleTable) -> tuple[Column, Column]:
    return table.both == GOOD, table.worked & (table.both > UNKNOWN)


def _left(table: CycleTable) -> tuple[Column, Column]:
    return table.left == GOOD, table.worked & (table.left > UNKNOWN)


def _right(table: CycleTable) -> tuple[Column, Column]:
    return table.right == GOOD, table.worked & (table.right > UNKNOWN)


def _within_takt(table: CycleTable) -> tuple[Column, Column]:
    return table.alone & ~table.over_takt, table.worked & table.timed


def _escapes(table: CycleTable) -> tuple[Column, Column]:
    return table.escapes, table.passed


MAIN = Share(name="both_sides_ok", label="both sides good", of=_both)
"""What decides."""
LEFT = Share(name="left_ok", label="left side good", of=_left)
RIGHT = Share(name="right_ok", label="right side good", of=_right)
WITHIN_TAKT = Share(name="takt_compliance", label="alone within takt", of=_within_takt)
ESCAPES = Share(
    name="escapes",
    label="passed sides that are bad",
    of=_escapes,
    higher_is_better=False,
    whole_cycles=False,
)
SHARES = (MAIN, LEFT, RIGHT, WITHIN_TAKT, ESCAPES)
