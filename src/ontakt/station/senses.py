"""What one hand of the expert knows: where it last saw things, and what its grip and wrist tell."""

from collections.abc import Mapping

import numpy as np

from ontakt.contract.observation import ArmState, Sight
from ontakt.contract.spaces import Array, Side
from ontakt.station.expert_config import ExpertConfig


class Senses:
    """Estimates of one side's places, and judgements about its arm.

    `nest` is the nominal place of the presented nut's centre [m], shape (3,).
    """

    def __init__(self, side: Side, nest: Array, config: ExpertConfig) -> None:
        self._side: Side = side
        self._nest, self._config = nest, config
        self._weight = 0.0
        self.sights: Mapping[str, Sight] = {}
        """What is seen now."""
        self.nut = self.pin = np.zeros(3)
        """Centres of the nut to be gripped and of a seated nut [m], as last seen or felt."""

    def look_at_both(self) -> bool:
        """Take over both estimates; False, and nothing changed, where one is not seen.

        The nest holds its nut near the nominal place, so that is weighed against what is seen.
        """
        nut = self.sights.get(f"{self._side}_nut")
        if nut is None or not self.look_at_pin():
            return False
        trust = self._config.nest**2 / (self._config.nest**2 + nut.sigma**2)
        self.nut = self._nest + trust * (nut.position - self._nest)
        return True

    def look_at_pin(self) -> bool:
        """Take over the pin's estimate; False, and nothing changed, where it is not seen."""
        pin = self.sights.get(f"{self._side}_pin")
        if pin is not None:
            self.pin = pin.position
        return pin is not None

    @property
    def pin_is_taken(self) -> bool:
        """A nut is seen to stand on the pin."""
        return f"{self._side}_on_pin" in self.sights

    def weigh(self, arm: ArmState) -> None:
        """Learn what the wrist feels in free air."""
        self._weight = float(arm.wrist_force[2])

    def grips(self, arm: ArmState) -> bool:
        """A nut is between the pads, and they press on it."""
        c = self._config
        between = c.held[0] <= arm.opening <= c.held[1]
        return between and arm.target_opening < c.held[0] and arm.grip_force >= c.held_force

    def lost(self, arm: ArmState) -> bool:
        """The pads have closed beyond a nut's width."""
        return arm.opening < self._config.held[0]

    def touches(self, arm: ArmState) -> bool:
        """Something is under the hand. Lag alone would not tell: a worn joint lags in free air;
        nor would force: a hand that sets off feels its own inertia."""
        c = self._config
        lag = arm.position[2] - arm.target[2]
        force = arm.wrist_force[2] - self._weight
        return bool(lag > c.touch_lag and force > c.touch_force)

    @property
    def travel_height(self) -> float:
        """Height of the TCP [m] at which nothing is in the way."""
        c = self._config
        return float(max(self.nut[2], self.pin[2])) + c.grasp_height + c.clear_height
