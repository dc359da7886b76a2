"""One cycle of the station as a record: derived from events, never written by hand."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from ontakt.contract.spaces import Side


class Outcome(StrEnum):
    """How a cycle ended. Exactly one holds; the first that applies in this order:
    aborted, starved, blocked, assisted, nok_detected, nok_escaped, late, on_takt."""

    ON_TAKT = "on_takt"
    """All sides good by inspection, no person, within takt."""
    LATE = "late"
    """All sides good by inspection, no person, over takt."""
    NOK_DETECTED = "nok_detected"
    """A side is bad and the station knew it when it let the part go."""
    NOK_ESCAPED = "nok_escaped"
    """A side is bad and the station believed that it was good."""
    ASSISTED = "assisted"
    """A person helped."""
    ABORTED = "aborted"
    """A safety stop, the end of the shift, or a lost process cut it."""
    STARVED = "starved"
    """No part or no nut came: not the robot's fault."""
    BLOCKED = "blocked"
    """The finished part could not leave: not the robot's fault."""


class SideResult(Struct, frozen=True, kw_only=True):
    """One side of one cycle, or the whole part where sides are not told apart."""

    inspected_ok: bool | None = None
    """The inspector's verdict on what the robot alone did; None when it was not inspected."""
    believed_ok: bool | None = None
    """What the station believed when it let the part go; None when it never said."""
    offset: float | None = None
    """Horizontal distance nut axis to pin axis [m]."""
    height: float | None = None
    """Nut height above its seat [m]."""
    tilt: float | None = None
    """Nut axis to pin axis [rad]."""
    retries: int = 0
    """Attempts beyond the first, by the policy or ordered by the supervisor."""
    failures: tuple[str, ...] = ()
    """Failure modes that were detected on this side, in order, recovered ones included."""
    phases: Mapping[str, float] = {}
    """Seconds per phase."""


class CycleRecord(Struct, frozen=True, kw_only=True):
    """One cycle, from the moment its part was presented."""

    shift: str
    cycle: int
    outcome: Outcome | None
    """None where a foreign log leaves it open, as for a bad part of which nobody wrote down whether
    the station knew."""
    started_tick: int
    ended_tick: int
    control_hz: int
    takt_s: float
    """[s]; nan where it is unknown."""
    cycle_s: float
    """Part presented to robot done and clear [s]; the time that is compared with takt. nan where
    nobody took it."""
    sides: Mapping[Side, SideResult]
    part: SideResult | None = None
    """What is known of the part and of no side alone: a foreign log may not tell sides apart."""
    variation: Mapping[str, float] = {}
    """Every axis that was set for this cycle, in SI units."""
    failure: str | None = None
    """The mode that decided the outcome; None for a good cycle."""
    detected_by: str | None = None
    """Which signal or inspection showed it."""
    recoveries: int = 0
    """Autonomous recoveries that succeeded within this cycle."""
    step_ins: int = 0
    """Times that a person acted."""
    inferences: int = 0
    starved_ticks: int = 0
    """Control ticks without a target: the robot held."""

    @property
    def both_ok(self) -> bool | None:
        """All sides good by inspection and without a person; None when a side is unknown. Where no
        side is told apart, the whole part's verdict."""
        if self.step_ins or self.outcome is Outcome.ASSISTED:
            return False
        verdicts = [side.inspected_ok for side in self.sides.values()]
        if not verdicts and self.part is not None:
            return self.part.inspected_ok
        if False in verdicts:
            return False
        return None if None in verdicts or not verdicts else True
