"""How late control ticks begin, counted in a bounded table while they do."""

import math

from msgspec import Struct

_PARTS = 32
"""Steps of the table from one power of two to the next: a quantile is at most 1/32 too high."""
_FINEST_NS = 32
"""The first step; in the first microsecond all steps are this wide."""
_OCTAVES = 26
"""Powers of two above that: the table ends at 68 s, and what is later counts there."""


class LatenessFigures(Struct, frozen=True, kw_only=True):
    """What a `Lateness` has seen. Seconds; nan where nothing was seen."""

    ticks: int
    p50: float
    p95: float
    p99: float
    max: float
    limit: float
    over: int
    """Ticks later than `limit`."""


class Lateness:
    """A histogram of lateness with logarithmic steps: 864 counts however long a shift is, and a
    microsecond a tick.

    Quantiles are the upper ends of their steps, never above the greatest value seen: what is told
    is never less than what was.
    """

    def __init__(self, limit: float = 0.003) -> None:
        """Count what is later than `limit` [s] apart."""
        self._counts = [0] * (_PARTS * (_OCTAVES + 1))
        self._limit = limit
        self._ticks = self._over = 0
        self._max = 0.0

    def add(self, seconds: float) -> None:
        """A tick began `seconds`, 0 or more, after its deadline."""
        self._ticks += 1
        if seconds > self._max:
            self._max = seconds
        if seconds > self._limit:
            self._over += 1
        self._counts[_step(seconds)] += 1

    def quantile(self, share: float) -> float:
        """The lateness [s] that `share` (0..1) of all ticks did not exceed; nan without ticks."""
        if not self._ticks:
            return math.nan
        wanted = max(1, math.ceil(share * self._ticks - 1e-9))
        seen = 0
        for step, count in enumerate(self._counts):
            seen += count
            if seen >= wanted:
                return min(self._max, _upper(step))
        return self._max

    def read(self) -> LatenessFigures:
        """All of it so far."""
        return LatenessFigures(
            ticks=self._ticks,
            p50=self.quantile(0.5),
            p95=self.quantile(0.95),
            p99=self.quantile(0.99),
            max=self._max if self._ticks else math.nan,
            limit=self._limit,
            over=self._over,
        )


def _step(seconds: float) -> int:
    """The step of the table for `seconds`: linear in the first microsecond, then each power of two
    in `_PARTS` parts."""
    units = int(seconds * 1e9) // _FINEST_NS
    octave = max(0, units.bit_length() - _PARTS.bit_length())
    return min(_PARTS * octave + (units >> octave), _PARTS * (_OCTAVES + 1) - 1)


def _upper(step: int) -> float:
    """The least number of seconds that is beyond `step`."""
    octave = max(0, step // _PARTS - 1)
    return ((step - _PARTS * octave + 1) << octave) * _FINEST_NS / 1e9
