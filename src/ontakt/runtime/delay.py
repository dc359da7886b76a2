"""How late the next answer will be, from the last ones."""

from collections import deque

import numpy as np


class ConditionedDelay:
    """The delay that a strategy reckons with: the 95th percentile of the last `window` delays, in
    whole control ticks.

    The first answer of a policy is its warm-up and is forgotten as soon as there is another; in a
    bounded window every other spike is forgotten too, so one slow answer does not make the robot
    cautious for the rest of the shift.
    """

    def __init__(self, window: int = 20, share: float = 0.95) -> None:
        self._seen: deque[int] = deque(maxlen=window)
        self._share = share
        self._warm = False

    def saw(self, ticks: int) -> None:
        """An answer took `ticks`."""
        if not self._warm and self._seen:
            self._seen.clear()
            self._warm = True
        self._seen.append(ticks)

    @property
    def ticks(self) -> int:
        """At least 1: an answer that comes on the tick of its question can be played on it, but
        none is promised to."""
        if not self._seen:
            return 1
        return max(1, int(np.quantile(list(self._seen), self._share, method="inverted_cdf")))
