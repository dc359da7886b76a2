"""How deep closed fingertips came that press on a nut which stands on its pin."""

from ontakt.contract import ArmState
from ontakt.line.supervisor_config import SupervisorConfig


class Tamp:
    """Fingertips too close for a nut between them stand on it: the nut is no higher than they ever
    came. Where there is no nut they come lower than a seated one is."""

    def __init__(self, config: SupervisorConfig) -> None:
        self._config = config
        self.height: float | None = None
        """Above the seat [m]; None while nobody pressed."""

    def see(self, arm: ArmState, above: float) -> None:
        """Take in an empty hand about the pin, its TCP `above` the centre of a seated nut [m]."""
        c = self._config
        if max(arm.opening, arm.target_opening) < c.tamp_opening:
            height = above - c.tamp_height
            self.height = height if self.height is None else min(height, self.height)
