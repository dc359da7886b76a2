"""What happens at the nut-loading station besides the robot: parts come, nuts are presented,
pins pull, people help, and a gauge measures. It knows true poses, which no robot gets to see.
"""

import math
from collections.abc import Mapping

import mujoco
import numpy as np
from msgspec import Struct

from ontakt.contract import SIDES, Array, Assistance, Inspection, Side
from ontakt.contract.units import Metres, Radians
from ontakt.station.tasks.clutter import Clutter
from ontakt.station.tasks.gauge import InspectionConfig, measure
from ontakt.station.tasks.layout import Layout
from ontakt.station.tasks.loose import LooseBody
from ontakt.station.tasks.magnet import Magnet
from ontakt.station.tasks.nut_scene import QUEUE, parking
from ontakt.station.tasks.pins import PinThickness
from ontakt.station.variation import stream

LIFT = 0.0015
"""Height above the nest from which the escapement lets a nut go [m]."""
LIFT_MORE, LIFTS = 0.005, 8
"""Where something lies in the nest, the nut is let go higher by so much, so many times [m]."""
TOOL_ROOM = 0.04
"""With the TCP nearer than this to a nest or a pin, nothing can be put there [m]."""
IN_THE_WAY = 0.045
"""Clutter nearer than this to a nest or a pin is cleared away by a person [m]."""
OVERLAP = 0.0005
"""Contacts deeper than this are no contacts [m]."""
IN_HAND = 0.016
"""A nut nearer than this to a TCP is in the gripper [m]."""


class FeederConfig(Struct, frozen=True):
    """How nuts come."""

    magazine: int
    jitter: Metres
    jitter_tilt: Radians


class NutCell:
    """Feeders, part, nuts and clutter of one physics model."""

    moved = ("casting", "left_fixture", "right_fixture")
    """Bodies of the model that the variation moves."""

    def __init__(
        self,
        model: mujoco.MjModel,
        data: mujoco.MjData,
        layout: Layout,
        feeder: FeederConfig,
        gauge: InspectionConfig,
    ) -> None:
        self._model, self._data, self._layout = model, data, layout
        self._probe = mujoco.MjData(model)
        self._feeder, self._gauge = feeder, gauge
        self._nuts: dict[Side, list[LooseBody]] = {
            s: [LooseBody(model, data, f"{s}_nut_{k}") for k in range(layout.pool)] for s in SIDES
        }
        self._clutter = Clutter(model, data, lambda n: parking(2, n))
        self._nominal = {n: np.array(model.body(n).pos) for n in self.moved}
        self._pins = PinThickness(model, layout)
        self._magnet = Magnet(data, [nut.id for nuts in self._nuts.values() for nut in nuts])
        self._left: dict[Side, int] = dict.fromkeys(SIDES, feeder.magazine)
        self._out: dict[Side, list[LooseBody]] = {s: [] for s in SIDES}
        """Nuts that are out of the magazine, in the order in which they came."""
        self._due: dict[Side, list[str]] = {s: [] for s in SIDES}
        """Places, "nest" or "pin", that get a nut as soon as the tool leaves room."""
        self._fed: dict[Side, int] = dict.fromkeys(SIDES, 0)
        self._key = (0, 0)

    def present(
        self, seed: int, cycle: int, drawn: Mapping[str, float], tools: Mapping[Side, Array]
    ) -> None:
        """A new part under this cycle's variation, in a tidied cell.

        What lay about has left with the part. A nut in a gripper (`tools`: true TCPs [m]) stays
        there. One that waited in a nest is set anew by this cycle's chance, so that a cycle
        depends on (seed, cycle) and on nothing that happened before.
        """
        held = {
            side: [
                (nut, nut.pose.copy())
                for nut in self._out[side]
                if nut.near(tools.values(), IN_HAND)
            ]
            for side in SIDES
        }
        waited = [s for s in SIDES if "nest" in self._due[s] or self._in_nest(s) is not None]
        self._misalign(drawn)
        # a reset alone makes physics that lets bodies sleep look again where fixed ones are
        mujoco.mj_resetData(self._model, self._data)
        self._key, self._fed = (seed, cycle), dict.fromkeys(SIDES, 0)
        for side in SIDES:
            self._out[side], self._due[side] = [], []
            for nut, pose in held[side]:
                nut.put(pose[:3], pose[3:])
                self._out[side].append(nut)
        bore = self._layout.bore_radius
        self._pins.set(bore - drawn.get("tolerance", bore - self._layout.pin_radius))
        places = [*self._layout.pins.values(), *self._layout.nests.values()]
        self._clutter.strew(drawn, self._layout.seat + 0.02, places)
        self._magnet.set(
            drawn.get("magnet", 0.0),
            [(tuple(foot), tuple(turn[:, 2])) for foot, turn in map(self._pin, SIDES)],
        )
        for side in waited:
            self._due[side].append("nest")
        self.serve(tools)

    def feed(self, side: Side, tools: Mapping[Side, Array]) -> int | None:
        """As `Station.feed`. The escapement waits while the tool is over its nest."""
        if self._in_nest(side) is None and "nest" not in self._due[side]:
            if self._left[side] == 0:
                return None
            self._left[side] -= 1
            self._due[side].append("nest")
            self.serve(tools)
        return self._left[side]

    def stock(self, left: Mapping[Side, int]) -> None:
        """As `Station.stock`."""
        self._left.update(left)

    def serve(self, tools: Mapping[Side, Array]) -> None:
        """Put nuts where they are due and the tools, by their true TCPs [m], leave room."""
        for side, places in self._due.items():
            for place in list(places):
                goal = self._nest(side) if place == "nest" else self._seated(side)[0]
                if all(math.dist(goal, tool) > TOOL_ROOM for tool in tools.values()):
                    places.remove(place)
                    nut = self._take(side)
                    if place == "nest":
                        self._let_go(side, nut)
                    else:
                        nut.put(*self._seated(side))

    def step(self, steps: int) -> None:
        """Let `steps` physics steps pass."""
        if not self._magnet.look():
            mujoco.mj_step(self._model, self._data, steps)
            return
        for _ in range(steps):
            self._magnet.pull()
            mujoco.mj_step(self._model, self._data)

    def seen(self) -> dict[str, Array]:
        """True places [m] of what a camera finds: the pins, the nuts in the nests, and nuts that
        stand on a pin."""
        places: dict[str, Array] = {}
        for side in SIDES:
            places[f"{side}_pin"] = self._seated(side)[0]
            nut = self._in_nest(side)
            if nut is not None:
                places[f"{side}_nut"] = nut.position.copy()
            for loose in self._out[side]:
                if self._stands_on_pin(loose.position, side):
                    places[f"{side}_on_pin"] = loose.position.copy()
        return places

    def _stands_on_pin(self, nut: Array, side: Side) -> bool:
        """The pin is under the nut or in it."""
        above = nut - self._seated(side)[0]
        reach = self._layout.pin_height + self._layout.nut_height
        return bool(np.hypot(*above[:2]) < self._layout.nut_radius and above[2] < reach)

    def inspect(self) -> dict[Side, Inspection]:
        """Measure the nut nearest to each pin."""
        poses = [nut.pose for nut in self._all_out()]
        height = self._layout.nut_height
        return {s: measure(poses, *self._pin(s), height, self._gauge) for s in SIDES}

    def assist(self, action: Assistance, tools: Mapping[Side, Array]) -> None:
        """A person's hands. "finish" leaves a good nut on every pin (of the person's own pocket),
        "remove" leaves none, "clear" takes loose nuts, those in grippers too, and the clutter
        near pins and nests away, "refill" fills the magazines."""
        if action == "refill":
            self._left = dict.fromkeys(SIDES, self._feeder.magazine)
            return
        found = self.inspect()
        for side in SIDES:
            if action == "finish" and found[side].ok:
                continue
            foot = self._pin(side)[0]
            at_pin = [nut for nut in self._all_out() if nut.near([foot], self._gauge.reach)]
            if action in ("finish", "remove"):
                self._put_away(at_pin)
            if action == "finish" and "pin" not in self._due[side]:
                self._due[side].append("pin")
            if action == "clear":
                wanted = [self._in_nest(side)]
                if found[side].ok:
                    wanted.append(min(at_pin, key=lambda n: math.dist(n.position, foot)))
                self._put_away([n for n in self._out[side] if n not in wanted])
        if action == "clear":
            places = [*map(self._nest, SIDES), *(self._pin(s)[0] for s in SIDES)]
            self._clutter.clear(places, IN_THE_WAY)
        self.serve(tools)

    def shown(self) -> dict[str, bool]:
        """What can be seen now, by the beginning of its geoms' names: nuts in the tracks
        and in the cell, and the kinds of clutter."""
        shown = {f"{side}_queue_{k}": k < self._left[side] for side in SIDES for k in range(QUEUE)}
        for side in SIDES:
            for k, nut in enumerate(self._nuts[side]):
                shown[f"{side}_nut_{k}"] = nut in self._out[side]
        return shown | self._clutter.shown()

    def _misalign(self, drawn: Mapping[str, float]) -> None:
        """Offsets and tilts of the pins; the casting under them moves with their mean."""
        mean = np.zeros(3)
        for side in SIDES:
            x, y, tilt_x, tilt_y = (
                drawn.get(f"misalignment.{side}.{part}", 0.0)
                for part in ("x", "y", "tilt_x", "tilt_y")
            )
            body = self._model.body(f"{side}_fixture")
            body.pos[:] = self._nominal[body.name] + np.array([x, y, 0.0])
            turn = np.array([tilt_x, tilt_y, 0.0])
            angle = float(np.linalg.norm(turn))
            mujoco.mju_axisAngle2Quat(body.quat, turn / (angle or 1.0), angle)
            mean += np.array([x, y, 0.0]) / len(SIDES)
        self._model.body("casting").pos[:] = self._nominal["casting"] + mean

    def _let_go(self, side: Side, nut: LooseBody) -> None:
        """The escapement drops `nut` into its nest, off the middle and askew by chance."""
        seed, cycle = self._key
        rng = stream(seed, cycle, f"nut {side} {self._fed[side]}")
        self._fed[side] += 1
        jitter, most = self._feeder.jitter, self._feeder.jitter_tilt
        dx, dy = rng.uniform(-jitter, jitter, 2)
        yaw, bearing = rng.uniform(-math.pi, math.pi, 2)
        tilt = rng.uniform(0.0, most)
        spin, lean, quaternion = np.empty(4), np.empty(4), np.empty(4)
        mujoco.mju_axisAngle2Quat(spin, np.array([0.0, 0.0, 1.0]), yaw)
        mujoco.mju_axisAngle2Quat(lean, np.array([math.cos(bearing), math.sin(bearing), 0.0]), tilt)
        mujoco.mju_mulQuat(quaternion, lean, spin)
        lift = LIFT + self._layout.nut_radius * math.sin(tilt)
        place = self._nest(side) + np.array([dx, dy, lift])
        for _ in range(LIFTS):
            nut.put(place, quaternion)
            if not self._overlaps(nut):
                break
            place[2] += LIFT_MORE

    def _overlaps(self, nut: LooseBody) -> bool:
        """True when `nut` is inside of something as it stands."""
        probe = self._probe
        mujoco.mj_resetData(self._model, probe)
        probe.qpos[:] = self._data.qpos
        mujoco.mj_fwdPosition(self._model, probe)
        for contact in probe.contact:
            bodies = self._model.geom_bodyid[list(contact.geom)]
            if nut.id in bodies and contact.dist < -OVERLAP:
                return True
        return False

    def _take(self, side: Side) -> LooseBody:
        """A nut body for a new nut: one that is out of the cell, else the one that has lain about
        longest, away from pins and nests."""
        nuts = self._nuts[side]
        free = [nut for nut in nuts if nut not in self._out[side]]
        if free:
            nut = free[0]
        else:
            places = [self._pin(s)[0] for s in SIDES]
            lost = [n for n in self._out[side] if not n.near(places, IN_THE_WAY)]
            nut = (lost or self._out[side])[0]
            self._out[side].remove(nut)
        self._out[side].append(nut)
        return nut

    def _put_away(self, nuts: list[LooseBody]) -> None:
        for side in SIDES:
            for k, nut in enumerate(self._nuts[side]):
                if nut in nuts:
                    nut.put(np.array(parking(SIDES.index(side), k)))
                    self._out[side].remove(nut)

    def _all_out(self) -> list[LooseBody]:
        return [nut for nuts in self._out.values() for nut in nuts]

    def _in_nest(self, side: Side) -> LooseBody | None:
        """The nut that lies in the nest of `side`."""
        x, y, z = self._layout.nests[side]
        for nut in self._all_out():
            u, v, w = nut.position.tolist()
            if math.hypot(u - x, v - y) < 0.012 and abs(w - z) < 0.012:
                return nut
        return None

    def _nest(self, side: Side) -> Array:
        return np.array(self._layout.nests[side])

    def _pin(self, side: Side) -> tuple[Array, Array]:
        """Where the pin of `side` meets its seat [m], and its axes as columns, z along it."""
        body = self._model.body(f"{side}_fixture")
        turn = np.empty(9)
        mujoco.mju_quat2Mat(turn, body.quat)
        return np.array(body.pos), turn.reshape(3, 3)

    def _seated(self, side: Side) -> tuple[Array, Array]:
        """Position [m] and quaternion of a nut that is seated well."""
        foot, turn = self._pin(side)
        quaternion = np.array(self._model.body(f"{side}_fixture").quat)
        return foot + turn[:, 2] * self._layout.nut_height / 2, quaternion
