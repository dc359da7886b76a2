"""Which cycles to work, decided before the first of them: ladders and a space-filling design."""

import math
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from msgspec import Struct
from scipy.stats import qmc

from ontakt.contract import BadValue
from ontakt.evidence.envelope.span import Span
from ontakt.evidence.experiment import seed_of
from ontakt.evidence.statistics.acceptance import cycles_needed

LEAST_RUNG = 8
"""Cycles on a rung below which its interval says nothing: 8 good ones of 8 show 68 %."""
LEAST_POINT = 4
"""Cycles at a point of the space-filling design, a shift of its own."""
POINT = 8
"""Cycles at a point from which on more points are worth more than more cycles at each."""
POINTS_PER_AXIS = 3
"""At least so many points an axis, and a power of two of them: Sobol's sequence is balanced there
(Owen 1998)."""
MOST_POINTS = 256
LADDER = 0.75
"""Share of the budget that goes to the ladders: limits are read there."""
MOST_CYCLES = 10_000_000
"""Of an envelope, beyond which something was mistyped."""


class Cell(Struct, frozen=True, kw_only=True):
    """One shift: axes held at a value, the others as the base level draws them."""

    name: str
    """Its folder, relative to the study's."""
    at: Mapping[str, float]
    """Axis to the value that it is held at, in the axis's own unit."""
    cycles: int
    seed: int


class Ladder(Struct, frozen=True, kw_only=True):
    """One axis from calm to harsh, with all others at the base level."""

    span: Span
    cells: tuple[Cell, ...]

    @property
    def values(self) -> tuple[float, ...]:
        """Of the rungs, from calm to harsh."""
        return tuple(cell.at[self.span.axis] for cell in self.cells)


class Design(Struct, frozen=True, kw_only=True):
    """Everything that is worked, and what it is to show."""

    reliability: float
    """Success per cycle that a rung is held against."""
    confidence: float
    """Of every one-sided bound."""
    budget: int
    """Cycles that were allowed."""
    seed: int
    ladders: tuple[Ladder, ...]
    space: tuple[Cell, ...]
    """Points over all axes at once; none where there is one axis."""

    @property
    def spans(self) -> tuple[Span, ...]:
        """The axes in the order asked for."""
        return tuple(ladder.span for ladder in self.ladders)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All shifts, ladders first."""
        return (*(cell for ladder in self.ladders for cell in ladder.cells), *self.space)

    @property
    def cycles(self) -> int:
        """All cycles planned; no more than the budget."""
        return sum(cell.cycles for cell in self.cells)

    @property
    def rung(self) -> int:
        """Cycles on a rung."""
        return self.ladders[0].cells[0].cycles

    @property
    def point(self) -> int:
        """Cycles at a point; 0 where there is none."""
        return self.space[0].cycles if self.space else 0

    @property
    def needed(self) -> int:
        """Cycles on a rung, all good, that show the reliability."""
        return cycles_needed(self.reliability, self.confidence)

    @property
    def claimed(self) -> float:
        """The reliability that rungs are held against: the one asked for or, where so few cycles
        cannot show it, the highest whole percent that they can. Fixed with the design, before any
        outcome is known."""
        if self.rung >= self.needed:
            return self.reliability
        return showable(self.rung, self.confidence)

    @classmethod
    def new(
        cls,
        spans: Sequence[Span],
        *,
        reliability: float,
        confidence: float,
        rungs: int,
        seed: int,
        budget: int | None = None,
    ) -> Self:
        """Split `budget` over ladders of `rungs` values and the space-filling design; without one,
        what shows `reliability` on a rung even when one cycle fails. Raises BadValue for a budget
        that is too small, naming what it takes, or beyond MOST_CYCLES."""
        _check(spans, reliability, confidence, rungs)
        values = [_values(span, rungs) for span in spans]
        steps = sum(map(len, values))
        least_points = _power(POINTS_PER_AXIS * len(spans)) if len(spans) > 1 else 0
        least = steps * LEAST_RUNG + least_points * LEAST_POINT
        if budget is None:
            wanted = steps * cycles_needed(reliability, confidence, failures=1)
            budget = max(least, math.ceil(wanted / LADDER) if least_points else wanted)
        if budget < least:
            more = f", {LEAST_POINT} at each of {least_points} points" if least_points else ""
            raise BadValue(
                "--budget",
                budget,
                f"at least {least} cycles: {LEAST_RUNG} on each of {steps} rungs{more}; fewer "
                "--axes or --rungs take fewer",
            )
        if budget > MOST_CYCLES:
            raise BadValue("--budget", budget, f"at most {MOST_CYCLES:,} cycles")
        rung, points, point = _split(
            budget, steps, least_points, cycles_needed(reliability, confidence)
        )
        ladders = tuple(
            Ladder(
                span=span,
                cells=tuple(
                    _cell(f"ladders/{span.axis}-{step}", {span.axis: value}, rung, seed)
                    for step, value in enumerate(column)
                ),
            )
            for span, column in zip(spans, values, strict=True)
        )
        return cls(
            reliability=reliability,
            confidence=confidence,
            budget=budget,
            seed=seed,
            ladders=ladders,
            space=_space(spans, points, point, seed),
        )


def showable(n: int, confidence: float) -> float:
    """The highest reliability, in whole percent, that `n` good cycles of `n` show."""
    return max(1, math.floor(100.0 * math.pow(1 - confidence, 1 / n))) / 100


def _split(budget: int, steps: int, least_points: int, needed: int) -> tuple[int, int, int]:
    """Cycles a rung, points, cycles a point. A rung comes up to what it needs before the points
    get more than their least."""
    if not least_points:
        return budget // steps, 0, 0
    spare = (budget - least_points * LEAST_POINT) // steps
    rung = max(LEAST_RUNG, min(spare, max(int(LADDER * budget) // steps, needed)))
    left = budget - rung * steps
    points = least_points
    while points < MOST_POINTS and left // (2 * points) >= POINT:
        points *= 2
    return rung, points, left // points


def _space(spans: Sequence[Span], points: int, point: int, seed: int) -> tuple[Cell, ...]:
    """Sobol's points over all axes, scrambled by `seed` (Sobol 1967, Owen 1998)."""
    if not points:
        return ()
    chance = np.random.default_rng(np.random.SeedSequence((seed, len(spans))))
    shares = qmc.Sobol(len(spans), scramble=True, rng=chance).random(points)
    return tuple(
        _cell(
            f"space/{place:03d}",
            {span.axis: span.at(float(share)) for span, share in zip(spans, row, strict=True)},
            point,
            seed,
        )
        for place, row in enumerate(shares)
    )


def _cell(name: str, at: Mapping[str, float], cycles: int, seed: int) -> Cell:
    return Cell(name=name, at=at, cycles=cycles, seed=seed_of(seed, name, 0))


def _values(span: Span, rungs: int) -> tuple[float, ...]:
    """Evenly from calm to harsh; of things that are counted each number once."""
    return tuple(dict.fromkeys(span.at(k / (rungs - 1)) for k in range(rungs)))


def _power(least: int) -> int:
    return int(2 ** math.ceil(math.log2(least)))


def _check(spans: Sequence[Span], reliability: float, confidence: float, rungs: int) -> None:
    if not spans:
        raise BadValue("--axes", "none", "at least one axis")
    names = [span.axis for span in spans]
    for name in names:
        if names.count(name) > 1:
            raise BadValue("--axes", name, "each stands there once")
    if not 0.5 <= reliability < 1:
        raise BadValue("--reliability", reliability, "a share from 0.5 to below 1")
    if not 0.5 <= confidence < 1:
        raise BadValue("--confidence", confidence, "a share from 0.5 to below 1")
    if not 3 <= rungs <= 20:
        raise BadValue("--rungs", rungs, "3 to 20 values an axis")
