"""A two-dimensional station without MuJoCo: x and z per side, quick enough for tests and examples.

Nothing here is drawn by lot: a nut goes onto its pin when it stands over it to within the
clearance, rests on the pin's top when it does not, falls when the gripper lets go or slips, and is
picked only between the pads. That is enough to miss, jam, drop and mis-seat for real, a thousand
times faster than contact physics, and not enough to say anything about a robot.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from msgspec import Struct

from ontakt.contract import (
    SIDES,
    ActionSpace,
    ArmState,
    Array,
    Assistance,
    BadValue,
    CameraSpec,
    Command,
    Image,
    Inspection,
    Limits,
    Observation,
    Side,
    Sight,
    StationSpec,
    frozen_array,
)
from ontakt.contract.config import ConfigFile
from ontakt.contract.units import Metres, Newtons
from ontakt.station.axes import AXES
from ontakt.station.places import Places, StationSection, file_digest
from ontakt.station.variation import Variation
from ontakt.station.vision import Vision, VisionConfig

DOWN = (0.70710678, 0.0, 0.70710678, 0.0)
"""Gripper pointing down, wxyz: the tool's x axis is the station's -z."""
SHOWN = ("misalignment", "tolerance", "wear")
"""The variation axes that two dimensions can show."""
GAUGE = {"offset": 0.003, "height": 0.0015, "tilt": 0.07}
"""What the inspector calls good, below this [m, m, rad]."""


class ToyConfig(Struct, frozen=True):
    """The toy's geometry. A nut is `nut_height` high; its grip point lies `grasp` above its
    centre; the pin stands `pin_height` above the seat with a chamfer that forgives `chamfer`."""

    magazine: int
    nut_diameter: Metres
    nut_height: Metres
    grasp: Metres
    pin_height: Metres
    chamfer: Metres
    clearance: Metres
    open: Metres
    grip_force: Newtons
    holding_force: Newtons
    """Push on a held nut that a grip of `grip_force` just bears."""
    stiffness: float
    """Push per metre of lag [N/m]."""


class _Arm:
    """One gripper, the nut that matters to it, and the pin."""

    def __init__(self, home: Array) -> None:
        self.tcp, self.opening = home[:3].copy(), float(home[7])
        self.target, self.target_opening = home[:3].copy(), float(home[7])
        self.force = 0.0
        self.nut: Array | None = None
        """Centre of the nut in play, None when there is none."""
        self.held = False
        self.waiting = False
        """True while the nut lies untouched in the feeder."""
        self.tilt = 0.0
        self.pin = np.zeros(3)


class ToyStation:
    """`contract.Station` in two dimensions."""

    def __init__(self, path: Path, variation: Variation, seed: int) -> None:
        file = ConfigFile(path)
        section = file.section("station", StationSection)
        _check_axes(variation)
        self._places = file.section("places", Places).by_name()
        self._config = file.section("task", ToyConfig)
        self._limits = file.section("limits", Limits)
        self._vision = Vision(file.section("vision", VisionConfig), self._places)
        self._variation, self._seed, self._cycle = variation, seed, 0
        self._drawn: dict[str, float] = {}
        space = ActionSpace()
        home = space.pack(
            {
                s: (frozen_array(self._places[f"{s}_home"]), np.array(DOWN), self._config.open)
                for s in SIDES
            }
        )
        self._spec = StationSpec(
            name=section.name,
            robot=section.robot,
            hash=file_digest(path),
            action_space=space,
            cameras=(CameraSpec("front", 96, 96, 0.8),),
            home=home,
            places=self._places,
            views=("front",),
            notes=("two-dimensional toy: it shows how the software works, not how a robot does",),
            gauge=GAUGE,
        )
        self._arms: dict[Side, _Arm] = {
            s: _Arm(home[space.start(s) : space.start(s) + 8]) for s in SIDES
        }
        self._left: dict[Side, int] = dict.fromkeys(SIDES, self._config.magazine)
        self._powered = True

    @property
    def spec(self) -> StationSpec:
        return self._spec

    @property
    def limits(self) -> Limits:
        return self._limits

    def present(self, cycle: int) -> Mapping[str, float]:
        self._cycle = cycle
        drawn = self._variation.draw(self._seed, cycle)
        self._drawn = {k: v for k, v in drawn.items() if k.split(".")[0] in SHOWN}
        self._vision.start_cycle(self._seed, cycle, self._drawn)
        for side, arm in self._arms.items():
            arm.pin = np.array(self._places[f"{side}_pin"])
            # two dimensions: the whole offset lies along x, with the sign of its x component
            offset = self._drawn.get(f"misalignment.{side}.x", 0.0)
            arm.pin[0] += np.copysign(self._drawn.get("misalignment", 0.0), offset)
            if not arm.waiting:
                arm.nut, arm.held, arm.tilt = None, False, 0.0
        return self._drawn

    def feed(self, side: Side) -> int | None:
        arm = self._arms[side]
        if not arm.waiting:
            if self._left[side] == 0:
                return None
            self._left[side] -= 1
            arm.nut, arm.held, arm.waiting, arm.tilt = self._nest(side), False, True, 0.0
        return self._left[side]

    def stock(self, left: Mapping[Side, int]) -> None:
        self._left.update(left)

    def _nest(self, side: Side) -> Array:
        jitter = np.random.default_rng(
            [self._seed, self._cycle, self._left[side], SIDES.index(side)]
        )
        place = np.array(self._places[f"{side}_nut"])
        place[0] += jitter.uniform(-4e-4, 4e-4)
        return place

    def observe(self, tick: int, utc_ns: int, cameras: tuple[str, ...] = ()) -> Observation:
        sights: dict[str, Sight] = {}
        for side, arm in self._arms.items():
            seen = {f"{side}_pin": arm.pin}
            if arm.waiting and arm.nut is not None:
                seen[f"{side}_nut"] = arm.nut
            for name, place in seen.items():
                sight = self._vision.see(name, place, tick)
                if sight is not None:
                    sights[name] = sight
        return Observation(
            tick=tick,
            utc_ns=utc_ns,
            arms={side: _state(arm) for side, arm in self._arms.items()},
            images={name: self.picture(name, 96, 96) for name in cameras},
            sights=sights,
        )

    def tell_truth(self) -> None:
        """As `Vision.tell_truth`."""
        self._vision.tell_truth()

    def apply(self, command: Command) -> None:
        if not self._powered:
            return
        space = self._spec.action_space
        for side, arm in self._arms.items():
            arm.target = np.array(space.position(command.target, side))
            arm.target_opening = float(space.opening(command.target, side))
            self._grip(arm, command.grip_force)
            self._move(arm)

    def power(self, on: bool) -> None:
        """Without power brakes hold the arms, and the grippers' spindles what they hold."""
        self._powered = on
        for arm in self._arms.values():
            arm.target = arm.tcp.copy()

    def _grip(self, arm: _Arm, most: float) -> None:
        """Close or open by at most 120 mm/s; pads stop at a nut that stands between them."""
        c = self._config
        step = 0.12 / self._spec.action_space.control_hz
        wide = arm.opening > c.nut_diameter
        arm.opening += float(np.clip(arm.target_opening - arm.opening, -step, step))
        reach = arm.nut is not None and (
            abs(arm.tcp[0] - arm.nut[0]) < c.nut_diameter / 4
            and abs(arm.tcp[2] - arm.nut[2] - c.grasp) < c.nut_height / 2
        )
        if arm.held and arm.opening > c.nut_diameter:
            arm.held = False
            self._fall(arm)
        elif reach and wide and arm.opening <= c.nut_diameter:
            arm.held, arm.waiting = True, False
        arm.force = 0.0
        if arm.held:
            arm.opening = max(arm.opening, c.nut_diameter - 5e-4)
            arm.force = min(c.grip_force, most) * self._drawn.get("wear.grip", 1.0)

    def _move(self, arm: _Arm) -> None:
        """First-order pursuit of the target; a held nut stops at the pin's top or at the floor."""
        c = self._config
        before = arm.tcp.copy()
        arm.tcp = arm.tcp + 0.8 * (arm.target - arm.tcp)
        if not arm.held or arm.nut is None:
            return
        nut = arm.nut + (arm.tcp - before)
        floor, below = arm.pin[2], arm.pin[2] + c.pin_height
        across = nut[0] - arm.pin[0]
        clearance = self._drawn.get("tolerance", c.clearance)
        if nut[2] < below and abs(across) < c.nut_diameter / 2:
            inside = arm.nut[2] < below - 1e-9
            if inside or abs(across) < clearance + c.chamfer:
                nut[0] = arm.pin[0] + np.clip(across, -clearance, clearance)
            else:
                floor = below
        nut[2] = max(nut[2], floor)
        push = c.stiffness * float(np.linalg.norm(nut - (arm.nut + (arm.target - before))))
        if nut[2] <= floor + 1e-9 or nut[0] != arm.nut[0] + (arm.tcp - before)[0]:
            factor = self._drawn.get("wear.grip", 1.0) * self._drawn.get("wear.friction", 1.0)
            if push > c.holding_force * factor:
                arm.held, arm.nut = False, nut
                self._fall(arm)
                return
        arm.tcp = arm.tcp + (nut - arm.nut - (arm.tcp - before))
        arm.nut = nut

    def _fall(self, arm: _Arm) -> None:
        """A nut that nobody holds: down the pin, askew on its top, or to the floor beside it."""
        assert arm.nut is not None
        c = self._config
        across = abs(arm.nut[0] - arm.pin[0])
        below = arm.pin[2] + c.pin_height
        clearance = self._drawn.get("tolerance", c.clearance)
        if across <= clearance + 1e-12 or (across < clearance + c.chamfer and arm.nut[2] < below):
            arm.nut[2] = arm.pin[2]
        elif across < c.nut_diameter / 2:
            arm.nut[2], arm.tilt = below, 0.3
        else:
            arm.nut[2] = arm.pin[2]

    def inspect(self) -> Mapping[Side, Inspection]:
        found: dict[Side, Inspection] = {}
        for side, arm in self._arms.items():
            if arm.nut is None or arm.waiting or arm.held:
                found[side] = Inspection(ok=False, offset=1.0, height=1.0, tilt=0.0)
                continue
            offset = float(np.linalg.norm(arm.nut[:2] - arm.pin[:2]))
            height = float(arm.nut[2] - arm.pin[2])
            ok = (
                offset < GAUGE["offset"]
                and abs(height) < GAUGE["height"]
                and arm.tilt < GAUGE["tilt"]
            )
            found[side] = Inspection(ok=ok, offset=offset, height=height, tilt=arm.tilt)
        return found

    def assist(self, action: Assistance) -> None:
        for side, arm in self._arms.items():
            if action == "refill":
                self._left[side] = self._config.magazine
            elif action == "finish":
                arm.nut, arm.held, arm.waiting, arm.tilt = arm.pin.copy(), False, False, 0.0
            elif not arm.waiting:
                arm.nut, arm.held, arm.tilt = None, False, 0.0

    def picture(self, view: str, width: int, height: int) -> Image:  # noqa: ARG002
        """Both sides from the front, the only view there is: arms grey, pins blue, nuts gold."""
        image = np.full((height, width, 3), 235, np.uint8)
        scale = width / 0.6

        def box(y: float, z: float, wide: float, high: float, colour: tuple[int, ...]) -> None:
            u, v = width / 2 - y * scale, height * 0.75 - (z - 0.82) * scale
            top, bottom = sorted((int(v - high * scale), int(v + high * scale) + 1))
            first, last = sorted((int(u - wide * scale), int(u + wide * scale) + 1))
            image[max(top, 0) : max(bottom, 0), max(first, 0) : max(last, 0)] = colour

        box(0.0, 0.80, 0.3, 0.02, (150, 155, 160))
        for arm in self._arms.values():
            # the second dimension is x: drawn sideways, at the side's own y
            y = float(arm.pin[1])
            box(y, arm.pin[2] + 0.002, 0.005, 0.007, (40, 70, 140))
            if arm.nut is not None:
                box(y + (arm.nut[0] - arm.pin[0]), arm.nut[2], 0.009, 0.005, (205, 165, 60))
            for finger in (-1, 1):
                shift = arm.tcp[0] - arm.pin[0] + finger * (arm.opening / 2 + 0.004)
                box(y + shift, arm.tcp[2] + 0.03, 0.004, 0.032, (70, 70, 75))
        return image

    def close(self) -> None:
        """Nothing is held open."""


def _check_axes(variation: Variation) -> None:
    """Raises BadValue for an axis that two dimensions cannot show: it would change nothing."""
    for name, setting in variation.settings.items():
        if name not in SHOWN and setting != AXES[name].default:
            value = AXES[name].text(setting.high)
            raise BadValue(f"variation {name} of the toy", value, f"it has {', '.join(SHOWN)} only")


def _state(arm: _Arm) -> ArmState:
    lag = arm.tcp - arm.target
    return ArmState(
        position=frozen_array(arm.tcp),
        quaternion=frozen_array(DOWN),
        opening=arm.opening,
        grip_force=arm.force,
        wrist_force=frozen_array(4000.0 * lag * (np.abs(lag) > 1e-3)),
        target=frozen_array(arm.target),
        target_opening=arm.target_opening,
    )
