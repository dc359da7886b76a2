"""What a cell tells its supervisor at one control tick: only signals that a real cell has."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from ontakt.contract.chunk import Belief
from ontakt.contract.observation import ArmState
from ontakt.contract.spaces import Side

Drive = Literal["policy", "home", "hold", "person"]
"""Who moves an arm: the policy, the homing motion, nobody, or a person by jogs."""


class GuardTrip(Struct, frozen=True):
    """One intervention of the guard on one tick."""

    rule: str
    """heartbeat, watchdog, finite, age, workspace, speed, acceleration, jerk, turn_speed, opening,
    opening_speed, grip_force, wrist_force or clearance."""
    action: Literal["clip", "hold", "stop"]
    side: Side | None
    value: float | None
    """What was asked for, in SI units; None where it has no number."""
    limit: float | None


class Signals(Struct, frozen=True, eq=False):
    """The cell at one tick: the arms as measured on it, and what the tick's command did."""

    tick: int
    arms: Mapping[Side, ArmState]
    drives: Mapping[Side, Drive]
    homed: Mapping[Side, bool]
    """True when the arm stands at its home pose with an open gripper."""
    beliefs: Mapping[Side, Belief]
    trips: tuple[GuardTrip, ...] = ()
    starved: bool = False
    """True when the policy owed a target for this tick and none was there: the robot held."""


class Inspection(Struct, frozen=True):
    """The inspector's measurement of one side of the part, by physics or by a gauge; it knows
    nothing of what the robot believes."""

    ok: bool
    offset: float
    """Horizontal distance nut axis to pin axis [m]."""
    height: float
    """Nut height above its seat [m]."""
    tilt: float
    """Nut axis to pin axis [rad]."""


class CellStats(Struct, frozen=True):
    """What the runtime counted since the cycle's part was presented."""

    inferences: int
    latency_ms: tuple[float, float, float] | None
    """p50, p95, max of the inference latency [ms]; None without an inference."""
    starved_ticks: int
    discarded_chunks: int
    """Answers that came too late to be played."""
    trips: Mapping[str, int]
    """Ticks per guard rule."""
    limiter_active: int = 0
    """Ticks on which the guard changed what was asked for."""
    late_ticks: int = 0
    """Ticks that began after their deadline, on a wall clock."""
    driven_ticks: int = 0
    """Ticks on which the policy drove a side."""
    seams: int = 0
    """Times that a chunk took over from another that had rows left."""
    seam_jump_mm: tuple[float, float, float] | None = None
    """Mean, p95, max of what the target jumps on the tick of takeover [mm]: the played target to
    the one of the old chunk, greatest coordinate; None without a seam."""
    seam_step_mm: tuple[float, float, float] | None = None
    """Mean, p95, max of what a takeover adds on any one of its ticks [mm]: the jump where it is
    hard, the fading where it is not; None without a seam."""
    jerk: tuple[float, float] | None = None
    """RMS and p99 of the told position's third derivative [m/s^3] while the policy drove; None
    where it never did for long enough."""
