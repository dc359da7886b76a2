"""The watchdog over a policy that does not answer: hold, then ask for a stop."""

from msgspec import Struct

from ontakt.contract import BadValue, GuardTrip, ticks_of
from ontakt.contract.units import Seconds


class WatchdogConfig(Struct, frozen=True, kw_only=True):
    """Bounds on the time [s] that a policy which drives the robot may take for an answer."""

    hold: Seconds = 1.0
    """Then the sides that it drives stand still."""
    stop: Seconds = 3.0
    """Then the robot is stopped, and a person must start it anew."""


class Watchdog:
    """Counts the ticks since the policy was asked. Raises BadValue for bounds in no order."""

    def __init__(self, config: WatchdogConfig, hz: int) -> None:
        if not 0 < config.hold <= config.stop:
            raise BadValue("watchdog", (config.hold, config.stop), "0 < hold <= stop, in seconds")
        self._config, self._hz = config, hz
        self._hold, self._stop = ticks_of(config.hold, hz), ticks_of(config.stop, hz)

    def see(self, waited: int | None) -> GuardTrip | None:
        """What to do after `waited` ticks without an answer; None where nothing is owed or there
        still is time."""
        if waited is None or waited < self._hold:
            return None
        silent_s = waited / self._hz
        if waited < self._stop:
            return GuardTrip("watchdog", "hold", None, silent_s, self._config.hold)
        return GuardTrip("watchdog", "stop", None, silent_s, self._config.stop)
