"""What the neighbours on the line do: gaps upstream, blocks downstream."""

import zlib

import numpy as np

from ontakt.contract import ticks_of


class Disturbance:
    """Interruptions as an alternating renewal process from tick 0: exponential times between
    them at `per_h` an hour, exponential lengths of mean `mean_s`. `purpose` keeps two of them
    apart under the same seed. Nothing ever happens at a rate of 0."""

    def __init__(self, per_h: float, mean_s: float, seed: int, purpose: str, hz: int) -> None:
        self._between_s = 3600 / per_h if per_h > 0 else None
        self._mean_s, self._hz = mean_s, hz
        self._rng = np.random.default_rng(
            np.random.SeedSequence([seed, zlib.crc32(purpose.encode())])
        )
        self._begin, self._end = 0, 0
        self._draw()

    def until(self, tick: int) -> int | None:
        """The tick on which the interruption that covers `tick` is over; None when there is
        none. Ticks must be asked for in order."""
        if self._between_s is None:
            return None
        while self._end <= tick:
            self._draw()
        return self._end if self._begin <= tick else None

    def _draw(self) -> None:
        if self._between_s is None:
            return
        self._begin = self._end + ticks_of(self._rng.exponential(self._between_s), self._hz)
        self._end = self._begin + max(1, ticks_of(self._rng.exponential(self._mean_s), self._hz))
