"""What every cycle's sides came to, as columns."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.contract import SIDES, CycleRecord, SideResult

GOOD, BAD, UNKNOWN, ABSENT = 1, 0, -1, -2
"""Verdicts on a part or side; ABSENT is a side that was not in the job."""

Flags = NDArray[np.bool_]
Small = NDArray[np.int8]

_NOBODY = SideResult()
"""Stands where a cycle has no such side."""
_CODES = {True: GOOD, False: BAD, None: UNKNOWN}


class End(Struct, frozen=True, eq=False):
    """One side of every cycle, or the part as a whole; columns of shape (cycles,)."""

    verdict: Small
    """ABSENT where there is no such side."""
    believed: Small
    retries: NDArray[np.int64]

    @classmethod
    def of(cls, results: Sequence[SideResult]) -> "End":
        """The columns of `results`."""
        n = len(results)
        verdict, believed = (
            np.fromiter(map(_CODES.__getitem__, map(attrgetter(name), results)), np.int8, n)
            for name in ("inspected_ok", "believed_ok")
        )
        verdict[np.fromiter((result is _NOBODY for result in results), np.bool_, n)] = ABSENT
        return cls(verdict, believed, np.fromiter(map(attrgetter("retries"), results), np.int64, n))

    def those(self, believed: int, found: int | None = None) -> Flags:
        """Inspected ones of which the station believed `believed`, and that were `found` so."""
        known: Flags = (self.believed == believed) & (self.verdict > UNKNOWN)
        return known if found is None else np.logical_and(known, self.verdict == found)


def sides_of(records: Sequence[CycleRecord]) -> tuple[list[End], End]:
    """Left and right, and the part as a whole."""
    each, place = distinct(records, "sides")
    found = []
    for side in SIDES:
        end = End.of([sides.get(side, _NOBODY) for sides in each])
        found.append(End(end.verdict[place], end.believed[place], end.retries[place]))
    parts, place = distinct(records, "part")
    end = End.of([_NOBODY if part is None else part for part in parts])
    return found, End(end.verdict[place], end.believed[place], end.retries[place])


def whole(sides: Sequence[End], part: End) -> Small:
    """The verdict on all sides that there are; on the part where there is none."""
    verdicts = np.array([end.verdict for end in sides])
    good = np.all((verdicts == GOOD) | (verdicts == ABSENT), axis=0)
    found = np.where(np.any(verdicts == BAD, axis=0), BAD, np.where(good, GOOD, UNKNOWN))
    alone = np.all(verdicts == ABSENT, axis=0)
    return np.where(alone, np.maximum(part.verdict, UNKNOWN), found).astype(np.int8)


def distinct(records: Sequence[CycleRecord], name: str) -> tuple[list[Any], NDArray[np.int64]]:
    """The objects that stand in the field `name`, each once, and where each record's is among
    them: the records of a long log share equal ones."""
    values = list(map(attrgetter(name), records))
    ids = np.fromiter(map(id, values), np.uint64, len(values))
    _, first, place = np.unique(ids, return_index=True, return_inverse=True)
    return [values[k] for k in first.tolist()], place
