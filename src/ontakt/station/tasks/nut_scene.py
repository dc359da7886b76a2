"""The nut-loading station as geometry: part, pins, feeders, nuts, clutter, lights.

The part stands on a stand before the robot; its two locating pins are on its near edge, a feeder
stands beside each. All names begin with a side where there is one of each.
"""

import math
from typing import Any

import mujoco
import numpy as np

from ontakt.contract.spaces import SIDES, Side
from ontakt.station.contacts import (
    BORE,
    HARD,
    NUT,
    TOUCHABLE,
    fixed,
    unseen,
)
from ontakt.station.tasks.clutter import add_clutter
from ontakt.station.tasks.layout import Layout
from ontakt.station.tasks.pins import add_pins
from ontakt.station.views import aim

GEOM = mujoco.mjtGeom
BORE_BOXES = 12
QUEUE = 6
"""Nuts to be seen in a feeder's track; only the one in the nest can be touched."""
ALUMINIUM = [0.62, 0.64, 0.66, 1]
BLUE = [0.2, 0.35, 0.6, 1]
STEEL = [0.75, 0.72, 0.62, 1]
DARK = [0.3, 0.3, 0.32, 1]


def add_station(spec: mujoco.MjSpec, layout: Layout) -> None:
    """Everything but the robot."""
    world = spec.worldbody
    world.add_geom(
        name="floor", type=GEOM.mjGEOM_BOX, size=[3, 3, 0.05], pos=[0, 0, -0.05],
        rgba=[0.55, 0.56, 0.58, 1], **fixed(),
    )  # fmt: skip
    _add_part(world, layout)
    add_pins(spec, layout)
    for side in SIDES:
        _add_feeder(world, layout, side)
        for k in range(layout.pool):
            _add_nut(world, layout, side, k)
    _add_parking(world)
    add_clutter(world, lambda n: parking(2, n))
    _add_lights(spec)
    _add_views(world)


def parking(kind: int, k: int) -> tuple[float, float, float]:
    """Where body `k` of a kind (0 left nuts, 1 right nuts, 2 clutter) lies when it is not in the
    cell: on a shelf below the floor, asleep, out of everything's sight and reach."""
    return (-0.5 + 0.12 * k, 0.12 * kind, -0.4945 if kind < 2 else -0.485)


def _add_part(world: Any, layout: Layout) -> None:
    """The near end of a die-cast rear floor on its stand. Its plate lies 4 mm below the seats."""
    part = world.add_body(name="casting", pos=[0.52, 0, layout.seat])
    metal = fixed(rgba=ALUMINIUM)
    plate = -0.004
    part.add_geom(
        name="casting_plate", type=GEOM.mjGEOM_BOX, size=[0.26, 0.22, 0.012],
        pos=[0.03, 0, plate - 0.012], **metal,
    )  # fmt: skip
    for k, y in enumerate((-0.20, -0.06, 0.06, 0.20)):
        part.add_geom(
            name=f"casting_rib_along_{k}", type=GEOM.mjGEOM_BOX, size=[0.16, 0.006, 0.02],
            pos=[0.12, y, plate + 0.02], **metal,
        )  # fmt: skip
    for k, x in enumerate((0.0, 0.14, 0.25)):
        part.add_geom(
            name=f"casting_rib_across_{k}", type=GEOM.mjGEOM_BOX, size=[0.006, 0.20, 0.016],
            pos=[x, 0, plate + 0.016], **metal,
        )  # fmt: skip
    world.add_geom(
        name="stand", type=GEOM.mjGEOM_BOX, size=[0.18, 0.20, 0.38],
        pos=[0.60, 0, layout.seat - 0.44], rgba=[0.25, 0.3, 0.4, 1], **fixed(),
    )  # fmt: skip


def _add_feeder(world: Any, layout: Layout, side: Side) -> None:
    """Track, escapement nest with a rim 4 mm high, bowl and column; the queue is only seen."""
    x, y, _ = layout.nests[side]
    out = 1.0 if y > 0 else -1.0
    body = world.add_body(name=f"{side}_feeder", pos=[x, y, layout.seat])
    wall, inner = 0.001, layout.nut_radius + 0.0005
    rim, middle_of_rim = 0.0075, -0.0035
    box = GEOM.mjGEOM_BOX

    def add(name: str, size: list[float], pos: list[float], **more: Any) -> None:
        settings: dict[str, Any] = {"rgba": BLUE, **fixed(), **more}
        body.add_geom(name=f"{side}_{name}", type=box, size=size, pos=pos, **settings)

    add("nest", [inner, inner, 0.006], [0, 0, -0.006])
    for name, sign in (("near", -1), ("far", 1)):
        add(
            f"nest_{name}",
            [wall, inner + 2 * wall, rim],
            [sign * (inner + wall), 0, middle_of_rim],
        )
    for name, end in (("stop", -out), ("gate", out)):
        add(f"nest_{name}", [inner, wall, rim], [0, end * (inner + wall), middle_of_rim])
    # beyond the gate: track and bowl, clear of the open fingers
    start, end = inner + 2 * wall, 0.165
    middle, half = out * (start + end) / 2, (end - start) / 2
    add("track", [inner, half, 0.003], [0, middle, -0.007])
    for name, sign in (("near", -1), ("far", 1)):
        add(f"track_{name}", [wall, half, 0.0055], [sign * (inner + wall), middle, -0.0055])
    # a deck just below, where what is dropped stays and clutter lies
    add("deck", [0.075, 0.0875, 0.006], [0, out * 0.0425, -0.012], rgba=DARK)
    add("bowl", [0.07, 0.06, 0.05], [0, out * 0.215, -0.01])
    column = (layout.seat - 0.02) / 2
    add("column", [0.025, 0.025, column], [0, out * 0.10, column - layout.seat], rgba=DARK)
    for k in range(QUEUE):
        place = out * (0.040 + k * 0.0185)
        body.add_geom(
            name=f"{side}_queue_{k}", type=GEOM.mjGEOM_CYLINDER,
            size=[layout.nut_radius, layout.nut_height / 2, 0],
            pos=[0, place, -0.004 + layout.nut_height / 2], **unseen(rgba=STEEL),
        )  # fmt: skip


def _add_nut(world: Any, layout: Layout, side: Side, k: int) -> None:
    """A nut: one smooth cylinder for what it lies on and what holds it, a ring of boxes for the
    pin in its bore."""
    outer, inner, height = layout.nut_radius, layout.bore_radius, layout.nut_height
    mass = layout.nut_mass
    across = mass * (3 * (outer**2 + inner**2) + height**2) / 12
    along = mass * (outer**2 + inner**2) / 2
    body = world.add_body(
        name=f"{side}_nut_{k}", pos=parking(SIDES.index(side), k), mass=mass,
        inertia=[across, across, along], ipos=[0, 0, 0], iquat=[1, 0, 0, 0],
        explicitinertial=True, sleep=mujoco.mjtSleepPolicy.mjSLEEP_INIT,
    )  # fmt: skip
    body.add_freejoint(name=f"{side}_nut_{k}")
    body.add_geom(
        name=f"{side}_nut_{k}", type=GEOM.mjGEOM_CYLINDER, size=[outer, height / 2, 0], group=4,
        contype=NUT, conaffinity=TOUCHABLE, **{**HARD, "friction": [0.25, 0.005, 0.0001]},
    )  # fmt: skip
    middle, half = (inner + outer) / 2, (outer - inner) / 2
    for n in range(BORE_BOXES):
        angle = 2 * math.pi * n / BORE_BOXES
        body.add_geom(
            name=f"{side}_nut_{k}_bore_{n}", type=GEOM.mjGEOM_BOX, rgba=STEEL, group=1,
            size=[half, middle * math.tan(math.pi / BORE_BOXES) * 1.02, height / 2],
            pos=[middle * math.cos(angle), middle * math.sin(angle), 0],
            quat=[math.cos(angle / 2), 0, 0, math.sin(angle / 2)],
            contype=BORE, conaffinity=0,
            **{**HARD, "condim": 3, "friction": [0.25, 0.005, 0.0001]},
        )  # fmt: skip


def _add_parking(world: Any) -> None:
    world.add_geom(
        name="shelf", type=GEOM.mjGEOM_BOX, size=[1.0, 0.5, 0.05], pos=[0, 0.1, -0.55],
        rgba=DARK, **fixed(),
    )  # fmt: skip


def _add_lights(spec: mujoco.MjSpec) -> None:
    """`key`, which the axis `lighting` turns, and `fill`."""
    world = spec.worldbody
    for name, pos, direction, strength in (
        ("key", [0.3, 0.5, 2.6], [0.1, -0.4, -1.0], 0.45),
        ("fill", [0.8, -1.0, 2.2], [-0.3, 0.5, -1.0], 0.15),
    ):
        world.add_light(
            name=name, pos=pos, dir=direction, diffuse=[strength] * 3, specular=[0.1] * 3,
            castshadow=False, type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL,
        )  # fmt: skip
    spec.visual.headlight.ambient = [0.3] * 3
    spec.visual.headlight.diffuse = [0.15] * 3
    spec.visual.headlight.specular = [0.0] * 3


def _add_views(world: Any) -> None:
    """Cameras for people."""
    for name, pos, at in (
        ("overview", (1.35, -1.05, 1.55), (0.30, 0.0, 0.85)),
        ("front", (1.35, 0.0, 1.35), (0.25, 0.0, 0.90)),
        ("left_pin", (0.12, 0.02, 0.98), (0.32, 0.15, 0.83)),
        ("right_pin", (0.12, -0.02, 0.98), (0.32, -0.15, 0.83)),
    ):
        camera = world.add_camera(name=name, pos=list(pos), fovy=42)
        camera.quat = aim(np.subtract(at, pos).tolist())
