"""Two slow signs of trouble: pressing without progress, and standing still."""

import numpy as np

from ontakt.contract import ArmState, Array
from ontakt.line.supervisor_config import SupervisorConfig


class Press:
    """How long a tool has pressed downward without sinking.

    A search lifts and shifts the nut between presses, so a tick without pressing takes one tick
    off the count instead of clearing it.
    """

    def __init__(self, config: SupervisorConfig) -> None:
        self._config = config
        self._tare_sum, self._tare_n = 0.0, 0
        self._ticks = 0
        self._lowest = float("inf")

    def tare(self, arm: ArmState) -> None:
        """Learn the tool's own weight from an arm in free air."""
        self._tare_sum += float(arm.wrist_force[2])
        self._tare_n += 1

    def see(self, arm: ArmState) -> int:
        """Ticks of pressing so far."""
        z = float(arm.position[2])
        if z < self._lowest - self._config.jam_progress:
            self._lowest, self._ticks = z, 0
        pressing = lag(arm) >= self._config.jam_lag or self.force(arm) >= self._config.jam_force
        self._ticks = max(0, self._ticks + (1 if pressing else -1))
        return self._ticks

    def force(self, arm: ArmState) -> float:
        """Axial force beyond the tool's own weight [N], upward."""
        tare = self._tare_sum / self._tare_n if self._tare_n else 0.0
        return float(arm.wrist_force[2]) - tare


class Rest:
    """How long an arm has stayed in one place with its gripper."""

    def __init__(self, config: SupervisorConfig) -> None:
        self._radius = config.still
        self._anchor: Array | None = None
        self._ticks = 0

    def see(self, arm: ArmState) -> int:
        """Ticks of standing still so far."""
        here = np.append(arm.position, arm.opening)
        if self._anchor is None or float(np.linalg.norm(here - self._anchor)) > self._radius:
            self._anchor, self._ticks = here, 0
        else:
            self._ticks += 1
        return self._ticks


def lag(arm: ArmState) -> float:
    """How far the TCP hangs above its target [m]."""
    return float(arm.position[2] - arm.target[2])
