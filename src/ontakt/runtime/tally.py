"""What the runtime counts between two parts."""

from collections import Counter

import numpy as np

from ontakt.contract import CellStats, GuardTrip


class Tally:
    """Counts since `clear`."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """A new part: everything from zero."""
        self._latencies: list[float] = []
        self._trips: Counter[str] = Counter()
        self.inferences = 0
        self.starved_ticks = 0
        self.discarded_chunks = 0

    def answered(self, delay_s: float) -> None:
        """An inference was answered after `delay_s` [s]."""
        self._latencies.append(1000.0 * delay_s)

    def tripped(self, trips: tuple[GuardTrip, ...]) -> None:
        """The guard's interventions of one tick; a rule counts once a tick."""
        self._trips.update({trip.rule for trip in trips})

    def stats(self) -> CellStats:
        """The counts, as the record keeps them."""
        latency = None
        if self._latencies:
            p50, p95, most = np.percentile(self._latencies, (50, 95, 100)).round(3).tolist()
            latency = (p50, p95, most)
        return CellStats(
            inferences=self.inferences,
            latency_ms=latency,
            starved_ticks=self.starved_ticks,
            discarded_chunks=self.discarded_chunks,
            trips=dict(sorted(self._trips.items())),
        )
