"""Whether the arms stand: measured, not commanded."""

import math
from collections.abc import Mapping

from ontakt.contract import ArmState, Side

SPEED = 0.005
"""[m/s] A TCP that is slower stands: what is left are noise and a servo that settles."""
FOR_S = 0.1
"""It stands when it has been slower for so long [s]; one tick may be the turning point of a
swing."""


class Standstill:
    """The arms' places over the last ticks, at `hz` a second."""

    def __init__(self, hz: int) -> None:
        self._step = SPEED / hz
        self._needed = max(1, math.ceil(FOR_S * hz))
        self._before: dict[Side, list[float]] = {}
        self._ticks = 0

    def see(self, arms: Mapping[Side, ArmState]) -> bool:
        """Take in one tick's measurements; True when every arm stands. A place that is no number
        is no standstill."""
        here: dict[Side, list[float]] = {side: arm.position.tolist() for side, arm in arms.items()}
        slow = here.keys() == self._before.keys() and all(
            math.dist(place, self._before[side]) <= self._step for side, place in here.items()
        )
        self._before, self._ticks = here, self._ticks + 1 if slow else 0
        return self._ticks >= self._needed
