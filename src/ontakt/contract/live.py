"""What a console shows of a running station: the present, and no part of the record."""

from collections.abc import Mapping

from msgspec import Struct

from ontakt.contract.signals import Drive, GuardTrip
from ontakt.contract.spaces import Side
from ontakt.contract.state import State

CLIP_S = 10.0
"""So much of the past [s, of the shift's clock] is kept in pictures."""


class PortStatus(Struct, frozen=True, kw_only=True):
    """What a console can ask for now."""

    tick: int
    visiting: bool = False
    """The robot stands and waits for a person."""
    inside: bool = False
    """A person may be in the cell: no arm moves."""
    stopped: bool = False
    """After a stop: Resume, then Start."""
    waits_for_start: bool = False
    driver: str | None = None
    """Who has taken over."""


class SideLive(Struct, frozen=True, kw_only=True):
    """One arm."""

    drive: Drive
    phase: str | None = None
    """What the policy says that it does; None where it says nothing."""
    gave_up: str | None = None
    confidence: float | None = None
    """Its own, 0 to 1; None where it says nothing."""
    sigma_mm: float | None = None
    """Standard deviation [mm] that the estimate of its pin's place states for itself; None where
    there is none."""
    position: tuple[float, float, float]
    """Of the tool [m], station frame."""
    opening: float
    """Of the gripper [m]."""
    grip_force: float
    """[N]"""
    wrist_force: tuple[float, float, float]
    """[N]"""


class Live(Struct, frozen=True, kw_only=True):
    """One moment of a station."""

    shift: str
    tick: int
    hz: int
    state: State | None
    sides: Mapping[Side, SideLive]
    guard: tuple[tuple[int, GuardTrip], ...] = ()
    """The last interventions, with their ticks, newest last."""
    starved: bool = False
    """The policy owed a target on this tick and none was there."""
    chunk_tick: int | None = None
    """The observation that the newest chunk rests on; None before the first."""
    late: int = 0
    """Ticks that began too late so far."""
