"""Cycles as columns, so that a million of them are counted in a moment."""

from collections.abc import Callable, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.contract import CycleRecord, Outcome
from ontakt.evidence.kpi.sides import (
    ABSENT,
    BAD,
    GOOD,
    UNKNOWN,
    Flags,
    Small,
    distinct,
    sides_of,
    whole,
)
from ontakt.evidence.shift_record import CUT, OPERATOR

__all__ = ["ABSENT", "BAD", "GOOD", "OUTCOMES", "UNKNOWN", "CycleTable", "Flags", "Small"]

OUTCOMES = tuple(Outcome)
_INDEX = {outcome: k for k, outcome in enumerate(OUTCOMES)}


class CycleTable(Struct, frozen=True, kw_only=True, eq=False, dict=True):
    """One row a cycle; every column has shape (cycles,) and is read-only."""

    outcome: Small
    """Index into OUTCOMES; UNKNOWN where a foreign log leaves it open."""
    cut: Flags
    """The cycle never ended."""
    both: Small
    """All sides good by inspection and no person: GOOD, BAD or UNKNOWN."""
    left: Small
    right: Small
    cycle_s: NDArray[np.float64]
    """nan where nobody took it."""
    over_takt: Flags
    """Not shown to be within takt: over it, or one of the two is unknown."""
    timed: Flags
    """Both cycle time and takt are known."""
    ticks: NDArray[np.int64]
    """From the part's presentation to the cycle's end."""
    starved_ticks: NDArray[np.int64]
    retries: NDArray[np.int64]
    recoveries: NDArray[np.int64]
    stopped: Flags
    """A person ended the shift in the middle of it."""
    passed: Small
    """Sides that the station believed good and somebody inspected; in no aborted cycle. A part
    whose sides nobody told apart counts as one."""
    escapes: Small
    """Those of them that the inspector found bad."""
    given_up: Small
    """Sides that the station believed bad and somebody inspected; in no aborted cycle."""
    false_alarms: Small
    """Those of them that the inspector found good."""

    @classmethod
    def from_records(cls, records: Sequence[CycleRecord]) -> "CycleTable":
        """The columns of `records`, in their order."""
        outcome = _once(records, "outcome", lambda word: UNKNOWN if word is None else _INDEX[word])
        sides, part = sides_of(records)
        ends = [*sides, part]
        helped = (_column(records, "step_ins") > 0) | (outcome == _INDEX[Outcome.ASSISTED])
        counted = outcome != _INDEX[Outcome.ABORTED]
        cycle_s, takt_s, hz = (
            _column(records, name, np.float64) for name in ("cycle_s", "takt_s", "control_hz")
        )
        return cls(
            outcome=_frozen(outcome, np.int8),
            cut=_frozen(_once(records, "failure", lambda mode: mode == CUT), np.bool_),
            both=_frozen(np.where(helped, BAD, whole(sides, part)), np.int8),
            left=_frozen(sides[0].verdict, np.int8),
            right=_frozen(sides[1].verdict, np.int8),
            cycle_s=_frozen(cycle_s, np.float64),
            over_takt=_frozen(
                ~(np.rint(cycle_s * hz) <= np.ceil(takt_s * hz - _ROUND_OFF)), np.bool_
            ),
            timed=_frozen(np.isfinite(cycle_s + takt_s), np.bool_),
            ticks=_frozen(_column(records, "ended_tick") - _column(records, "started_tick")),
            starved_ticks=_frozen(_column(records, "starved_ticks")),
            retries=_frozen(sum(end.retries for end in ends)),
            recoveries=_frozen(_column(records, "recoveries")),
            stopped=_frozen(_once(records, "failure", lambda mode: mode == OPERATOR), np.bool_),
            passed=_frozen(sum(end.those(GOOD) & counted for end in ends), np.int8),
            escapes=_frozen(sum(end.those(GOOD, BAD) & counted for end in ends), np.int8),
            given_up=_frozen(sum(end.those(BAD) & counted for end in ends), np.int8),
            false_alarms=_frozen(sum(end.those(BAD, GOOD) & counted for end in ends), np.int8),
        )

    def __len__(self) -> int:
        return len(self.outcome)

    def having(self, *outcomes: Outcome) -> Flags:
        """Finished cycles that ended in one of `outcomes`."""
        found = np.zeros(len(self), np.bool_)
        for outcome in outcomes:  # some comparisons of a byte each are far less than `np.isin`
            found |= self.outcome == _INDEX[outcome]
        return found & ~self.cut

    @cached_property
    def worked(self) -> Flags:
        """Finished cycles that were the robot's to work: neither starved nor blocked, nor ended
        by a person who wanted the shift to stop."""
        left = ~self.cut & ~self.stopped & ~self.having(Outcome.STARVED, Outcome.BLOCKED)
        return _frozen(left, np.bool_)

    @cached_property
    def alone(self) -> Flags:
        """Finished cycles that the robot brought to an end by itself."""
        left = self.worked & ~self.having(Outcome.ASSISTED, Outcome.ABORTED)
        return _frozen(left, np.bool_)

    @cached_property
    def produced(self) -> Flags:
        """Finished cycles whose part the station brought out by itself: no starved, aborted or
        assisted one, and of the blocked ones those whose part was inspected, not those that could
        not begin."""
        blocked = self.having(Outcome.BLOCKED) & (self.both != UNKNOWN)
        return _frozen(self.alone | blocked, np.bool_)


_ROUND_OFF = 1e-9
"""As `contract.ticks_of` forgives it."""


def _once(records: Sequence[CycleRecord], name: str, tell: Callable[[Any], int]) -> NDArray[Any]:
    """`tell` of the field `name` of every record."""
    each, place = distinct(records, name)
    return np.array([tell(value) for value in each], np.int64)[place]


def _column(records: Sequence[CycleRecord], name: str, kind: type[Any] = np.int64) -> NDArray[Any]:
    return np.fromiter(map(attrgetter(name), records), kind, len(records))


def _frozen(values: Any, kind: type[Any] = np.int64) -> NDArray[Any]:
    column = np.array(values, dtype=kind)
    column.setflags(write=False)
    return column
