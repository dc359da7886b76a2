"""The supervisor: follows every side that the policy drives, by signals alone."""

from collections.abc import Mapping

from ontakt.contract import Belief, Side, Signals, StopCategory, frozen_array
from ontakt.line.side_monitor import Glance, SideMonitor, describe
from ontakt.line.supervisor_config import SupervisorConfig


class Supervisor:
    """Sees what a real cell can see. `places` are the station's nominal places [m] by name."""

    def __init__(
        self, config: SupervisorConfig, places: Mapping[str, tuple[float, float, float]], hz: int
    ) -> None:
        self._config, self._hz = config, hz
        self._places = {name: frozen_array(place) for name, place in places.items()}
        self._watched: dict[Side, SideMonitor] = {}
        self._said: dict[Side, Belief] = {}

    def watch(self, side: Side) -> None:
        """A new attempt begins on `side`."""
        self._watched[side] = SideMonitor(
            self._config,
            self._places[f"{side}_nut"],
            self._places[f"{side}_pin"],
            self._hz,
            stale=self._said.get(side),
        )

    def leave(self, side: Side) -> None:
        """The policy no longer drives `side`."""
        self._watched.pop(side, None)

    def see(self, signals: Signals) -> dict[Side, Glance]:
        """What this tick showed of every watched side that the policy drives."""
        glances: dict[Side, Glance] = {}
        for side, monitor in self._watched.items():
            if signals.drives.get(side) != "policy":
                continue
            belief = signals.beliefs.get(side)
            trips = tuple(t for t in signals.trips if t.side in (side, None))
            glances[side] = monitor.see(signals.arms[side], belief, trips)
            if belief is not None:
                self._said[side] = belief
        return glances


class SafetyStop(Exception):
    """The guard stopped the robot: the cycle is lost, and a person must start it anew."""

    category: StopCategory | None = None
    """How it is to stop; None: as the line's own protective stop."""

    def __init__(self, why: str, side: Side | None = None) -> None:
        super().__init__(why)
        self.side = side


class PersonStop(SafetyStop):
    """A person stopped the robot; the same follows."""

    def __init__(self, who: str, category: StopCategory) -> None:
        super().__init__(f"stopped by {who}")
        self.category = category


def heed_guard(signals: Signals) -> None:
    """Raises SafetyStop when the guard stopped the robot in this tick."""
    for trip in signals.trips:
        if trip.action == "stop":
            raise SafetyStop(describe(trip), trip.side)
