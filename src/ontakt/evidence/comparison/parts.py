"""Which cycles of two or more arms worked the same part.

What a simulated station presents in a cycle depends on its file, the variation, the seed and the
cycle's number, and on nothing that a policy did before. (What is left of that: a nut that a gripper
still holds, where the arms stand at the beat, and at the toy station where exactly the next nut
lies in its nest.) So two cycles are of one part when all four are the same, and what the station
says it drew for them is equal. A station that draws nothing, as one of metal, has no parts in
common with another shift; nor has an imported log.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.contract import Outcome
from ontakt.evidence.comparison.arm import Arm
from ontakt.evidence.comparison.station_file import same_station_file
from ontakt.evidence.shift_record import ShiftRecord

LEAST = 0.5
"""Share of the smallest arm's cycles that must be in common with all others: comparing on fewer
leaves out too much of what was seen. What was seen in them has no part in the choice."""

Rows = NDArray[np.int64]
_Part = tuple[object, ...]


class Parts(Struct, frozen=True, kw_only=True, eq=False):
    """The parts that all arms worked, or why there are none."""

    paired: bool
    why: str
    rows: tuple[Rows, ...] = ()
    """For each arm, the rows of its table: at one place stands one part."""
    shift: Rows = np.zeros(0, np.int64)
    """Of each part: which shift of the first arm it stands in."""
    idle: int = 0
    """Parts that a cycle of one arm at least was starved of or blocked with: they are in no row."""
    lost: int = 0
    """Parts whose cycle was cut or stopped by a person in one arm at least; in no row either."""
    single: int = 0
    """Cycles whose part no other arm, or not every one, has worked."""


def match(arms: Sequence[Arm]) -> Parts:
    """The parts that all of `arms` have in common, at least two arms."""
    for arm in arms:
        if any(shift.source is not None for shift in arm.shifts):
            return _unpaired(f"the log of {arm.name} does not say which parts were the same")
    if any(same_station_file(a, b) is False for k, a in enumerate(arms) for b in arms[:k]):
        return _unpaired("their station files differ, and so do the parts")
    places = [_places(arm) for arm in arms]
    for arm, (_, twice) in zip(arms, places, strict=True):
        if twice:
            return _unpaired(f"{arm.name} worked some parts more than once")
    known = [found for found, _ in places]
    common = [part for part in known[0] if all(part in others for others in known[1:])]
    if not common:
        return _unpaired(_no_part(arms))
    fewest = min(len(arm.cycles) for arm in arms)
    if len(common) < LEAST * fewest:
        return _unpaired(f"only {len(common)} of {fewest} cycles worked a part that all share")
    rows = [np.array([found[part] for part in common], np.int64) for found in known]
    return _worked(arms, rows)


def _worked(arms: Sequence[Arm], rows: Sequence[Rows]) -> Parts:
    """The parts that it was every arm's robot's to work."""
    idle = np.zeros(len(rows[0]), np.bool_)
    worked = ~idle
    for arm, mine in zip(arms, rows, strict=True):
        idle |= arm.table.having(Outcome.STARVED, Outcome.BLOCKED)[mine]
        worked &= arm.table.worked[mine]
    kept = tuple(mine[worked] for mine in rows)
    shift = np.repeat(np.arange(len(arms[0].shifts)), [len(one.cycles) for one in arms[0].shifts])
    return Parts(
        paired=True,
        why="same station, variation, seed and cycle number: the same parts",
        rows=kept,
        shift=shift[kept[0]].astype(np.int64),
        idle=int(idle.sum()),
        lost=int((~idle & ~worked).sum()),
        single=sum(len(arm.cycles) - len(mine) for arm, mine in zip(arms, rows, strict=True)),
    )


def _places(arm: Arm) -> tuple[dict[_Part, int], bool]:
    """The row of every part of `arm`, and whether some part stands in two of them."""
    found: dict[_Part, int] = {}
    row = 0
    for shift in arm.shifts:
        begun = _begun(shift)
        for cycle in shift.cycles:
            if cycle.variation:
                found[*begun, cycle.cycle, tuple(sorted(cycle.variation.items()))] = row
            row += 1
    named = Counter((_begun(shift), cycle.cycle) for shift in arm.shifts for cycle in shift.cycles)
    return found, max(named.values(), default=0) > 1


def _begun(shift: ShiftRecord) -> _Part:
    started, origin = shift.started, shift.origin
    variation = tuple(sorted(started.variation.items()))
    return origin.station, origin.robot, started.seed, variation


def _no_part(arms: Sequence[Arm]) -> str:
    """Why no part is in common, by the first thing that is nowhere the same."""
    if not all(cycle.variation for arm in arms for cycle in arm.cycles):
        return "the station did not record what it drew for its parts"
    for what, place in (("stations", 0), ("robots", 1), ("variations", 3), ("seeds", 2)):
        values = [{_begun(shift)[place] for shift in arm.shifts} for arm in arms]
        if not set.intersection(*values):
            return f"their {what} differ, and so do the parts"
    return "no cycle of one worked a part of the other"


def _unpaired(why: str) -> Parts:
    return Parts(paired=False, why=why)
