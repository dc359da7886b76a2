"""What a gripper has in its pads, told from its opening, its force and its order."""

from typing import Literal

from ontakt.contract import ArmState
from ontakt.line.supervisor_config import SupervisorConfig

Grasp = Literal["open", "closing", "held", "empty"]
"""Told to open; told to close and on its way; something between the pads; pads on each other."""


class Grip:
    """Debounced view of one gripper. An order to open counts at once, because it is an order;
    what the sensors say counts when it lasted for `settle_ticks`."""

    def __init__(self, config: SupervisorConfig, settle_ticks: int) -> None:
        self._config, self._settle = config, settle_ticks
        self._now: Grasp = "open"
        self._next: Grasp = "open"
        self._seen = 0

    def see(self, arm: ArmState) -> Grasp:
        """The state after this tick."""
        sensed = self._sense(arm)
        if sensed == "open":
            self._now, self._next, self._seen = "open", "open", 0
            return self._now
        if self._now == "open":
            self._now = "closing"
        self._seen = self._seen + 1 if sensed == self._next else 1
        self._next = sensed
        if self._seen >= self._settle:
            self._now = sensed
        return self._now

    def _sense(self, arm: ArmState) -> Grasp:
        if arm.target_opening >= self._config.grip_command:
            return "open"
        if arm.opening <= self._config.empty_opening:
            return "empty"
        return "held" if arm.grip_force >= self._config.held_force else "closing"
