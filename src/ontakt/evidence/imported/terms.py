"""What somebody says of a log that it does not say itself."""

from collections.abc import Mapping

from msgspec import Struct

from ontakt.contract import SetupError

UNKNOWN = "unknown"


class Terms(Struct, frozen=True, kw_only=True):
    """How a log is to be understood."""

    station: str | None = None
    robot: str | None = None
    policy: str | None = None
    """Whatever tells one version of it from another."""
    takt_s: float | None = None
    """[s]; None where it is unknown, and then so is whatever is held against it."""
    timezone: str | None = None
    """Of local times, as `Europe/Berlin`."""
    shift_gap_s: float | None = 7200.0
    """A longer time [s] that neither a cycle nor a stop explains ends a shift; None: none does."""
    minor_stop_s: float = 300.0
    """Stops up to this long are minor stops, longer ones breakdowns: a plant's choice."""
    columns: Mapping[str, str] = {}
    """Our names of columns to the log's, with a unit behind a colon where it is not ours."""
    encoding: str | None = None
    """Of a CSV file that is not UTF-8."""

    def beat(self, told: float | None) -> float | None:
        """The takt [s] that was said here, or else by the log. Raises SetupError for both."""
        if self.takt_s is not None and told is not None:
            raise SetupError(f"The log says that takt is {told:g} s; leave --takt out.")
        return told if self.takt_s is None else self.takt_s

    def known(self, told: Mapping[str, str], columns: frozenset[str]) -> dict[str, str]:
        """Station, robot and policy of all rows, where no column tells them: what was said here, or
        else what the log says, or else `unknown`. Raises SetupError for what both tell."""
        found = {}
        for name in ("station", "robot", "policy"):
            said: str | None = getattr(self, name)
            if name in columns and said is not None:
                raise SetupError(f"The log has a column {name!r}; leave --{name} out.")
            if name not in columns:
                found[name] = said or told.get(name, UNKNOWN)
        return found
