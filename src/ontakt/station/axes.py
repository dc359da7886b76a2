"""The axes along which cycles differ: their units, bounds and components.

An axis has one value per cycle; its components (a direction, a place, a colour) follow from the
value and from chance. Numbers and reasons: `docs/variation.md`.
"""

import math
from collections.abc import Callable

import numpy as np
from msgspec import Struct

from ontakt.contract.errors import BadValue
from ontakt.contract.units import UNITS, quantity

Draw = Callable[[float, np.random.Generator], dict[str, float]]
"""Components of an axis from its value: suffix (as "left.x") to SI float."""


class Setting(Struct, frozen=True):
    """The range [SI] from which an axis's value is drawn each cycle; fixed when both are equal."""

    low: float
    high: float


class Axis(Struct, frozen=True, kw_only=True):
    """One way in which cycles differ."""

    name: str
    dimension: str
    """A key of `contract.units.UNITS`, or "count" for a whole number of things."""
    unit: str
    """Unit in which people write and read it."""
    low: float
    """Least value that it may have [SI]."""
    high: float
    """Greatest value that it may have [SI]."""
    default: Setting
    """What holds where a level says nothing."""
    description: str
    components: Draw
    small_is_hard: bool = False
    """The calm end is the high one."""

    def text(self, value: float) -> str:
        """`value` [SI] in the axis's own unit, as "2 mm"."""
        factor = UNITS[self.dimension][self.unit] if self.dimension in UNITS else 1.0
        return f"{value / factor:.6g} {self.unit}".rstrip()

    def setting(self, low: float, high: float) -> Setting:
        """A range of this axis from SI numbers. Raises BadValue outside the bounds, for a range
        that ends before it begins, and for a part of a thing."""
        for value in (low, high):
            if not self.low <= value <= self.high:
                raise BadValue(
                    self.name,
                    self.text(value),
                    f"it lies between {self.text(self.low)} and {self.text(self.high)}",
                )
            if self.dimension == "count" and value != int(value):
                raise BadValue(self.name, self.text(value), "it counts things: a whole number")
        if low > high:
            raise BadValue(
                self.name, f"{self.text(low)}..{self.text(high)}", "a range is LOW..HIGH"
            )
        return Setting(low, high)

    def parse(self, text: str) -> Setting:
        """`VALUE` or `LOW..HIGH`, as "2mm" or "1..2 mm"; a unit may be left out of LOW only, and
        of an axis that has none. Raises BadValue."""
        low, dots, high = text.partition("..")
        last = self._si(high if dots else low)
        if not dots:
            return self.setting(last, last)
        bare = low.strip()[-1:].isdigit() or low.strip()[-1:] == "."
        return self.setting(self._si(f"{low}{self.unit_of(high)}" if bare else low), last)

    def unit_of(self, text: str) -> str:
        """The unit that ends `text`; "" when there is none."""
        return text.strip().lstrip("+-0123456789.eE ").strip()

    def _si(self, text: str) -> float:
        if self.dimension == "count":
            try:
                return float(text)
            except ValueError:
                raise BadValue(self.name, text, "it counts things: a whole number") from None
        return quantity(text, self.dimension, self.name)


CLUTTER_PLACES = ((0.33, 0.14), (0.27, 0.27), (0.33, -0.14), (0.27, -0.27))
"""Nominal pins and pick-ups, x and y [m], about which clutter gathers: it comes off the part and
the feeders."""

CLUTTER_KINDS = ("bolt", "swarf", "rag", "cable end", "loose nut")
"""What a `clutter.N.kind` of 0, 1, ... is."""

CLUTTER_MOST = 8
"""Distractors that a station must hold ready."""


def _misalignment(value: float, rng: np.random.Generator) -> dict[str, float]:
    """The part sits wrong as a whole (weight 0.7), its sides differ (0.3): an offset of `value`
    a side, and a tilt as if the part had ridden up by up to `value` at a locator 0.1 m away."""

    def direction(weight: float) -> complex:
        return weight * complex(np.exp(2j * math.pi * rng.random()))

    common, common_tilt = direction(0.7), direction(0.7)
    rise = math.sqrt(rng.random()) * value / 0.1
    parts: dict[str, float] = {}
    for side in ("left", "right"):
        offset, tilt = common + direction(0.3), common_tilt + direction(0.3)
        offset, tilt = value * offset / abs(offset), rise * tilt / abs(tilt)
        parts |= {f"{side}.x": offset.real, f"{side}.y": offset.imag}
        parts |= {f"{side}.tilt_x": tilt.real, f"{side}.tilt_y": tilt.imag}
    return parts


def _lighting(value: float, rng: np.random.Generator) -> dict[str, float]:
    """Level and colours are factors on the station's own light, the angles are added to its
    direction: full severity dims to 0.15 or lifts to 1.6."""
    dim, azimuth, elevation, *colour = rng.uniform(-1.0, 1.0, 6)
    return {
        "level": 1.0 + value * (0.85 * dim if dim < 0 else 0.6 * dim),
        "azimuth": value * math.pi * azimuth,
        "elevation": value * 0.6 * elevation,
        **{
            name: 1.0 + value * 0.3 * shift
            for name, shift in zip(("red", "green", "blue"), colour, strict=True)
        },
    }


def _clutter(value: float, rng: np.random.Generator) -> dict[str, float]:
    """`value` distractors; number N lies 15 to 90 mm from a pin or a pick-up, any way round.
    Components exist only for those that are there."""
    parts: dict[str, float] = {}
    for n in range(CLUTTER_MOST):
        x, y = CLUTTER_PLACES[rng.integers(len(CLUTTER_PLACES))]
        distance, bearing = rng.uniform(0.015, 0.09), rng.uniform(-math.pi, math.pi)
        yaw, kind = rng.uniform(-math.pi, math.pi), rng.integers(len(CLUTTER_KINDS))
        if n < value:
            parts[f"{n}.x"] = x + distance * math.cos(bearing)
            parts[f"{n}.y"] = y + distance * math.sin(bearing)
            parts[f"{n}.yaw"] = yaw
            parts[f"{n}.kind"] = float(kind)
    return parts


def _wear(value: float, rng: np.random.Generator) -> dict[str, float]:
    """What age takes from a robot, each part of it between half and all of what the severity
    allows: factors on grip force and pad friction, dry friction added in the arm's joints [N m],
    play of the wrist [rad], drift of the camera [m]."""
    grip, friction, joint, play, drift = value * rng.uniform(0.5, 1.0, 5)
    bearing = rng.uniform(-math.pi, math.pi)
    return {
        "grip": 1.0 - 0.85 * grip,
        "friction": 1.0 - 0.8 * friction,
        "joint_friction": 3.0 * joint,
        "backlash": 0.01 * play,
        "camera.x": 0.002 * drift * math.cos(bearing),
        "camera.y": 0.002 * drift * math.sin(bearing),
    }


def _nothing(_value: float, _rng: np.random.Generator) -> dict[str, float]:
    """An axis that is its value and no more."""
    return {}


AXES: dict[str, Axis] = {
    axis.name: axis
    for axis in (
        Axis(
            name="misalignment",
            dimension="length",
            unit="mm",
            low=0.0,
            high=0.010,
            default=Setting(0.0, 0.0),
            description="offset of the part in its fixture, with the tilt that goes with it",
            components=_misalignment,
        ),
        Axis(
            name="tolerance",
            dimension="length",
            unit="mm",
            low=0.00002,
            high=0.0015,
            default=Setting(0.0007, 0.0007),
            description="radial clearance of the nut's bore on the pin; small is hard",
            components=_nothing,
            small_is_hard=True,
        ),
        Axis(
            name="lighting",
            dimension="ratio",
            unit="",
            low=0.0,
            high=1.0,
            default=Setting(0.0, 0.0),
            description="how far level, direction and colour of the light stray",
            components=_lighting,
        ),
        Axis(
            name="clutter",
            dimension="count",
            unit="",
            low=0.0,
            high=float(CLUTTER_MOST),
            default=Setting(0.0, 0.0),
            description="loose things about the pins and the pick-ups",
            components=_clutter,
        ),
        Axis(
            name="wear",
            dimension="ratio",
            unit="",
            low=0.0,
            high=1.0,
            default=Setting(0.0, 0.0),
            description="age of grippers, pads, joints and camera mounts",
            components=_wear,
        ),
        Axis(
            name="magnet",
            dimension="force",
            unit="N",
            low=0.0,
            high=10.0,
            default=Setting(0.0, 0.0),
            description="peak pull of the magnetic pin on the nut",
            components=_nothing,
        ),
    )
}
