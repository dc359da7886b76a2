"""What the runtime counts between two parts."""

from collections import Counter
from collections.abc import Iterable

import numpy as np

from ontakt.contract import CellStats, GuardTrip
from ontakt.runtime.smoothness import Smoothness


class Tally:
    """Counts since `clear`."""

    def __init__(self, smoothness: Smoothness) -> None:
        self._smoothness = smoothness
        self.clear(late=0)

    def clear(self, late: int) -> None:
        """A new part: everything from zero. The clock has counted `late` ticks before it."""
        self._latencies: list[float] = []
        self._trips: Counter[str] = Counter()
        self._late = late
        self._limited = 0
        self._smoothness.clear()
        self.inferences = 0
        self.starved_ticks = 0
        self.driven_ticks = 0
        self.discarded_chunks = 0

    def answered(self, delay_s: float) -> None:
        """An inference was answered after `delay_s` [s]."""
        self._latencies.append(1000.0 * delay_s)

    def tripped(self, trips: tuple[GuardTrip, ...]) -> None:
        """The guard's interventions of one tick; a rule counts once a tick."""
        self._trips.update({trip.rule for trip in trips})
        self._limited += bool(trips)

    def stats(self, late: int) -> CellStats:
        """The counts, as the record keeps them; the clock has counted `late` ticks by now."""
        seams, jerks = self._smoothness.jumps_m, self._smoothness.jerks
        jerk = (np.sqrt(np.mean(jerks**2)), np.quantile(jerks, 0.99)) if len(jerks) else None
        latency = np.percentile(self._latencies, (50, 95, 100)) if self._latencies else None
        return CellStats(
            inferences=self.inferences,
            latency_ms=None if latency is None else _three(latency),
            starved_ticks=self.starved_ticks,
            discarded_chunks=self.discarded_chunks,
            trips=dict(sorted(self._trips.items())),
            limiter_active=self._limited,
            late_ticks=late - self._late,
            driven_ticks=self.driven_ticks,
            seams=len(seams),
            seam_jump_mm=_spread_mm(seams),
            seam_step_mm=_spread_mm(self._smoothness.steps_m),
            jerk=None if jerk is None else (round(float(jerk[0]), 4), round(float(jerk[1]), 4)),
        )


def _spread_mm(metres: list[float]) -> tuple[float, float, float] | None:
    """Mean, p95 and max of `metres`, in millimetres."""
    if not metres:
        return None
    mm = 1000.0 * np.array(metres)
    return _three((mm.mean(), np.quantile(mm, 0.95), mm.max()))


def _three(values: Iterable[float]) -> tuple[float, float, float]:
    a, b, c = (round(float(v), 4) for v in values)
    return a, b, c
