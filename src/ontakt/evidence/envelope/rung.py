"""What the cycles on one rung of a ladder came to."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from ontakt.evidence.envelope.cell_run import CellRun
from ontakt.evidence.statistics.intervals import clopper_pearson
from ontakt.evidence.statistics.quantile import quantile_interval


class Median(Struct, frozen=True, kw_only=True):
    """A median [s] with its interval of 95 %; None is unknown, and so is an end."""

    value: float | None
    low: float | None
    high: float | None
    n: int


class Rung(Struct, frozen=True, kw_only=True):
    """One value of an axis, the others at the base level."""

    value: float
    """In the axis's own unit."""
    folder: str
    planned: int
    n: int
    """Cycles worked."""
    good: int
    unknown: int
    """Of those worked: nobody inspected them. They count as bad where something is to be shown to
    hold and as good where it is to be shown to fail."""
    halted: bool
    """The station could not go on: never shown to hold."""
    low: float | None
    high: float | None
    """Two-sided interval of the success, exact, 95 %."""
    at_least: float | None
    """One-sided lower bound at the design's confidence; None for a rung that halted or has no
    cycle."""
    at_most: float | None
    """One-sided upper bound; planned cycles that were not worked count as good here."""
    cycle_s: Median
    """Of cycles that the robot ended by itself."""
    failures: Mapping[str, int]
    """Deciding failure of a cycle that was not good, to how often; most frequent first."""
    detected: int
    """Of those cycles: the station saw it, or called a person."""
    escaped: int
    """Of those cycles: only the inspector saw it."""
    recoveries: int
    retries: int
    step_ins: int

    @property
    def share(self) -> float | None:
        """Good of worked; None without a cycle."""
        return self.good / self.n if self.n else None


def measure(run: CellRun, axis: str, confidence: float) -> Rung:
    """The figures of `run`, a rung of the ladder of `axis`."""
    n, good, unknown = len(run.rows), run.good, run.unknown
    both = clopper_pearson(good, n) if not unknown else None
    lower = clopper_pearson(good, n, confidence, "lower")
    favour = good + unknown + (run.short if run.halted else 0)
    upper = clopper_pearson(favour, n + (run.short if run.halted else 0), confidence, "upper")
    bad = [row for row in run.rows if row.good is False]
    modes = Counter(row.record.failure or "unknown" for row in bad)
    escaped = sum(row.record.outcome == "nok_escaped" for row in bad)
    return Rung(
        value=run.cell.at[axis],
        folder=run.cell.name,
        planned=run.cell.cycles,
        n=n,
        good=good,
        unknown=unknown,
        halted=run.halted,
        low=both.low if both else None,
        high=both.high if both else None,
        at_least=lower.low if lower and not run.halted else None,
        at_most=upper.high if upper and n else None,
        cycle_s=median([row.record.cycle_s for row in run.rows if row.alone]),
        failures=dict(sorted(modes.items(), key=lambda item: (-item[1], item[0]))),
        detected=len(bad) - escaped,
        escaped=escaped,
        recoveries=sum(row.record.recoveries for row in run.rows),
        retries=sum(row.retries for row in run.rows),
        step_ins=sum(row.record.step_ins for row in run.rows),
    )


def median(times: Sequence[float]) -> Median:
    """The median of the finite ones of `times` with order statistics about it."""
    known = [time for time in times if math.isfinite(time)]
    between = quantile_interval(known, 0.5)
    return Median(
        value=float(np.median(known)) if known else None,
        low=between.low if between and math.isfinite(between.low) else None,
        high=between.high if between and math.isfinite(between.high) else None,
        n=len(known),
    )
