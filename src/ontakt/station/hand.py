"""One hand as the scripted chunk policy imagines it: what was observed, and what will be."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from ontakt.contract.observation import ArmState, Sight
from ontakt.contract.spaces import Side
from ontakt.station.chunk_expert_config import ChunkExpertConfig
from ontakt.station.expert_config import ExpertConfig

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Scene:
    """What one observation tells of one side, in plain floats [m]; fixed during a roll-out."""

    tool: Point
    """Measured TCP."""
    told: Point
    """Its target."""
    told_opening: float
    opening: float
    """Between the pads, as measured."""
    grips: bool
    """A nut is between the pads, and they press on it."""
    touches: bool
    """Something is under the hand."""
    pin: Point
    """Centre of a seated nut, as seen; the nominal place when it is not seen."""
    nut: Point | None
    """Centre of the nut that waits in the nest, None when none is seen."""
    on_pin: bool
    """A nut is seen to stand on the pin."""
    travel: float
    """Height of the TCP at which nothing is in the way."""
    sees_pin: bool = True


@dataclass(slots=True)
class Hand:
    """The hand at one virtual tick: the target [m] and how fast it moves [m/s], the opening that
    the gripper was told and the one that it has [m], and where its nut is."""

    place: Point
    velocity: Point
    told: float
    opening: float
    holds: bool
    on_pin: bool
    touches: bool
    """As observed, until the hand has moved up from there."""
    tick: int

    @property
    def pace(self) -> float:
        """Speed of the target [m/s]."""
        return math.hypot(*self.velocity)


def look(
    arm: ArmState,
    sights: Mapping[str, Sight],
    side: Side,
    nest: Point,
    pin: Point,
    c: ExpertConfig,
    more: ChunkExpertConfig,
) -> Scene:
    """The scene of `side`. `nest` and `pin` are the nominal places of a waiting and of a seated
    nut's centre [m]; the nest holds its nut near the nominal place, so that is weighed against
    what is seen."""
    tool, told = _point(arm.position), _point(arm.target)
    seen = sights.get(f"{side}_pin")
    if seen is not None:
        pin = _point(seen.position)
    nut = None
    waiting = sights.get(f"{side}_nut")
    if waiting is not None:
        trust = c.nest**2 / (c.nest**2 + waiting.sigma**2)
        x, y, z = _point(waiting.position)
        nut = tuple(a + trust * (b - a) for a, b in zip(nest, (x, y, z), strict=True))
    opening, told_opening = float(arm.opening), float(arm.target_opening)
    between = c.held[0] <= opening <= c.held[1]
    closes = told_opening < min(opening + 5e-4, c.held[1])
    signs = (c.tamp_opening, more.tamped_opening) if c.tamp_opening > 0.0 else ()
    tamps = any(abs(told_opening - sign) < 5e-4 for sign in signs)
    grips = between and closes and not tamps and arm.grip_force >= c.held_force
    # the tool's own weight, which the wrist feels too, only makes a touch the surer
    touches = tool[2] - told[2] > c.touch_lag and float(arm.wrist_force[2]) > c.touch_force
    return Scene(
        tool=tool,
        told=told,
        told_opening=told_opening,
        opening=opening,
        grips=bool(grips),
        touches=touches,
        pin=pin,
        nut=None if nut is None else (nut[0], nut[1], nut[2]),
        on_pin=f"{side}_on_pin" in sights,
        travel=max(nest[2], pin[2]) + c.grasp_height + c.clear_height,
        sees_pin=seen is not None,
    )


def across(a: Point, b: Point) -> float:
    """Horizontal distance [m]."""
    return math.hypot(a[0] - b[0], a[1] - b[1])


def _point(values: object) -> Point:
    x, y, z = (float(v) for v in values)  # type: ignore[attr-defined]
    return (x, y, z)
