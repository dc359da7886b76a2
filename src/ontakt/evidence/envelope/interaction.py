"""What the space-filling design says: which axes matter, and which pairs do more than add up."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from msgspec import Struct

from ontakt.evidence.comparison.holm import holm
from ontakt.evidence.envelope.cell_run import CellRun
from ontakt.evidence.envelope.span import Span
from ontakt.evidence.statistics.firth import Floats, firth, ratio_test
from ontakt.evidence.statistics.intervals import clopper_pearson

POINTS = 5
"""Points a coefficient below which nothing is tested: with 8 points over two axes, one of which is
a cliff, an interaction was made up in 13 % of simulated cases; with 32 in 5 %."""
EVENTS = 5
"""Cycles of the rarer kind a slope below which nothing is tested (Vittinghoff and McCulloch 2007).
"""
LEVEL = 0.05
"""Of the tests, adjusted by Holm within main effects and within interactions."""


class Effect(Struct, frozen=True, kw_only=True):
    """One axis over its whole stretch, the others as they fell."""

    axis: str
    odds: float
    """Odds of a good cycle at the harsh end over those at the calm end, by the model."""
    p: float
    """Adjusted for the other axes."""
    shown: bool


class Corner(Struct, frozen=True, kw_only=True):
    """Points with each of two axes in one half of its stretch."""

    first: str
    """`calm` or `harsh`."""
    second: str
    good: int
    n: int
    low: float | None
    high: float | None


class Interaction(Struct, frozen=True, kw_only=True):
    """Two axes whose effect together is not what each alone would make expect."""

    first: str
    second: str
    worse: bool
    """Together they cost more than each alone adds up to, on the scale of log odds."""
    odds: float
    """Factor on the odds of a good cycle with both axes at their harsh end, over what their effects
    alone give."""
    p: float
    shown: bool
    corners: tuple[Corner, ...]


class SpaceReading(Struct, frozen=True, kw_only=True):
    """Everything that the space-filling design says."""

    points: int
    n: int
    good: int
    low: float | None
    high: float | None
    """Interval of the success over the box, exact for cycles; points differ, so it is that of this
    box and no other mix of values."""
    effects: tuple[Effect, ...]
    """In the order of the axes; empty where no model could be fitted."""
    interactions: tuple[Interaction, ...]
    """All pairs, the clearest first; empty where none could be tested."""
    dispersion: float | None
    why_not: str | None
    """Why nothing could be tested; None where it was."""


def read_space(runs: Sequence[CellRun], spans: Sequence[Span]) -> SpaceReading | None:
    """Fit success by all axes and, one at a time, each pair's product; axes run from -1 at the calm
    end to 1 at the harsh end. A cycle that nobody inspected counts as bad. None without points."""
    if not runs or len(spans) < 2:
        return None
    worked = [run for run in runs if run.rows]
    good, n = [run.good for run in worked], [len(run.rows) for run in worked]
    between = clopper_pearson(sum(good), sum(n))
    shares = np.array([[2 * s.share(r.cell.at[s.axis]) - 1 for s in spans] for r in worked])
    effects: tuple[Effect, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    dispersion = None
    why = _why_not(good, n, len(spans))
    if why is None:
        main = np.column_stack([np.ones(len(worked)), shares])
        effects, dispersion = _effects(main, good, n, spans)
        interactions = _interactions(main, good, n, spans)
    return SpaceReading(
        points=len(worked),
        n=sum(n),
        good=sum(good),
        low=between.low if between else None,
        high=between.high if between else None,
        effects=effects,
        interactions=interactions,
        dispersion=dispersion,
        why_not=why,
    )


def _why_not(good: Sequence[int], n: Sequence[int], axes: int) -> str | None:
    points = POINTS * (axes + 2)
    if len(n) < points:
        return f"{len(n)} points are too few for {axes} axes, {points} are needed"
    if sum(good) == sum(n):
        return f"all {sum(n)} cycles were good"
    if not sum(good):
        return f"none of {sum(n)} cycles was good"
    rarer, word = min((sum(good), "good"), (sum(n) - sum(good), "bad"))
    if rarer < EVENTS * (axes + 1):
        return (
            f"{rarer} {word} cycles are too few for {axes} axes, {EVENTS * (axes + 1)} are needed"
        )
    return None


def _effects(
    main: Floats, good: Sequence[int], n: Sequence[int], spans: Sequence[Span]
) -> tuple[tuple[Effect, ...], float | None]:
    whole = firth(main, good, n)
    ps = []
    for k in range(len(spans)):
        free = [column != k + 1 for column in range(main.shape[1])]
        ps.append(ratio_test(whole, firth(main, good, n, free)).p)
    adjusted = holm(ps)
    found = tuple(
        Effect(
            axis=span.axis,
            odds=float(np.exp(2 * whole.coefficients[k + 1])),
            p=adjusted[k],
            shown=adjusted[k] < LEVEL,
        )
        for k, span in enumerate(spans)
    )
    return found, whole.dispersion if np.isfinite(whole.dispersion) else None


def _interactions(
    main: Floats, good: Sequence[int], n: Sequence[int], spans: Sequence[Span]
) -> tuple[Interaction, ...]:
    pairs = list(combinations(range(len(spans)), 2))
    fits = []
    for i, j in pairs:
        columns = np.column_stack([main, main[:, i + 1] * main[:, j + 1]])
        whole = firth(columns, good, n)
        free = [*[True] * main.shape[1], False]
        p = ratio_test(whole, firth(columns, good, n, free)).p
        fits.append((float(whole.coefficients[-1]), p))
    adjusted = holm([p for _, p in fits])
    found = [
        Interaction(
            first=spans[i].axis,
            second=spans[j].axis,
            worse=slope < 0,
            odds=float(np.exp(slope)),
            p=p,
            shown=p < LEVEL,
            corners=_corners(main[:, i + 1], main[:, j + 1], good, n),
        )
        for (i, j), (slope, _), p in zip(pairs, fits, adjusted, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (one.p, one.first, one.second)))


def _corners(
    first: Floats, second: Floats, good: Sequence[int], n: Sequence[int]
) -> tuple[Corner, ...]:
    found = []
    for one in ("calm", "harsh"):
        for other in ("calm", "harsh"):
            inside = ((first > 0) == (one == "harsh")) & ((second > 0) == (other == "harsh"))
            k, trials = int(np.array(good)[inside].sum()), int(np.array(n)[inside].sum())
            between = clopper_pearson(k, trials)
            found.append(
                Corner(
                    first=one,
                    second=other,
                    good=k,
                    n=trials,
                    low=between.low if between else None,
                    high=between.high if between else None,
                )
            )
    return tuple(found)
