"""The station as people see it: materials, light and a plant around it, over unchanged physics.

`decorate` is for the people's model only. What it adds touches nothing and weighs nothing, so the
people's model has the same state and moves exactly as the one that policies look at.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import mujoco
import numpy as np

from ontakt.contract.errors import UnknownName
from ontakt.contract.spaces import Side
from ontakt.station.scenery import furniture, hall, part, tooling
from ontakt.station.scenery.coarse import lighten
from ontakt.station.scenery.floor import FLOOR_X, FLOOR_Y
from ontakt.station.scenery.furniture import Panel
from ontakt.station.scenery.lighting import add_lights, set_quality
from ontakt.station.scenery.materials import MATERIALS, STACK, add_material, named, stack_material
from ontakt.station.scenery.part import NutSize
from ontakt.station.scenery.shapes import Piece, Shape, union
from ontakt.station.views import aim

GEOM = mujoco.mjtGeom
SEEN, HIDDEN = 2, 5
"""Geom groups: renderers draw the first and leave out the second unless told otherwise."""

ROBOT_GRAIN = 0.013
"""Detail that is left of a link's surface, as a share of its length: a pixel of a wide picture."""

Point = tuple[float, float, float]


class Layout(Protocol):
    """Where the physics has things and how large they are [m]; see `tasks.nut_scene.Layout`."""

    @property
    def seat(self) -> float: ...
    @property
    def pins(self) -> Mapping[Side, Point]: ...
    @property
    def nests(self) -> Mapping[Side, Point]: ...
    @property
    def nut_radius(self) -> float: ...
    @property
    def bore_radius(self) -> float: ...
    @property
    def nut_height(self) -> float: ...
    @property
    def pin_radius(self) -> float: ...
    @property
    def pin_height(self) -> float: ...


CAMERAS: dict[str, tuple[Point, Point, float]] = {
    "overview": ((1.52, -1.36, 1.58), (0.10, 0.0, 1.00), 40.0),
    "front": ((2.75, 0.0, 1.72), (0.2, 0.0, 1.10), 43.0),
    "left_close": ((0.62, 0.35, 1.03), (0.30, 0.19, 0.855), 34.0),
    "right_close": ((0.62, -0.35, 1.03), (0.30, -0.19, 0.855), 34.0),
    "top": ((0.40, 0.0, 2.05), (0.40, 0.0, 0.8), 38.0),
}
"""People's cameras: where they stand, where they look [m], vertical field of view [degrees]."""

DRESS: tuple[tuple[str, str | None], ...] = (
    (r"floor|stand|shelf|casting_.*", None),
    (r"\w+_(boss|bowl|deck|column|pin|pin_chamfer_\d|queue_\d|nut_\d+_bore_\d+)", None),
    (r"\w+_(nest|nest_\w+|track_\w+)", "machined aluminium"),
    (r"\w+_track", "dark steel"),
    (r"\w+_palm|\w+_finger_[ab]", None),
    (r"\w+_pad_[ab]", "pad"),
)
"""What becomes of the geoms of the physics, by name: a material, or None where a shape covers."""

ROBOT_PAINT = {"metal": "robot white", "black": "robot dark"}
"""Materials that robots bring and what they look like here."""


def decorate(spec: mujoco.MjSpec, layout: Layout) -> None:
    """Turn `spec`, robot and station built on `layout`, into the people's model."""
    for name, material in MATERIALS.items():
        add_material(spec, name, material)
    size = NutSize(layout.bore_radius, layout.nut_radius, layout.nut_height, layout.seat)
    _dress(spec)
    lighten(spec, SEEN, ROBOT_GRAIN)
    _cover_part(spec, layout, size)
    _cover_gripper(spec)
    pieces, panels = _surroundings(layout, size)
    _place(spec, spec.worldbody, "scenery", pieces)
    for n, panel in enumerate(panels):
        _hang(spec.worldbody, f"panel_{n}", panel)
    _add_ground(spec.worldbody)
    for n, colour in enumerate(STACK):
        _place(spec, spec.worldbody, "stack", [(f"stack {colour}", furniture.stack_segment(n))])
    add_lights(spec)
    set_quality(spec)
    for camera in list(spec.cameras):
        if camera.name in CAMERAS:
            spec.delete(camera)
    for name, (at, target, fovy) in CAMERAS.items():
        direction = np.subtract(target, at)
        up = (0.0, 0.0, 1.0) if np.hypot(*direction[:2]) > 1e-6 else (1.0, 0.0, 0.0)
        spec.worldbody.add_camera(name=name, pos=at, quat=aim(direction.tolist(), up), fovy=fovy)


def set_stack_light(model: mujoco.MjModel, colour: str | None) -> None:
    """Light one segment of the stack light (blue, green, yellow, red), or none.

    Raises UnknownName for a colour that it does not have.
    """
    if colour is not None and colour not in STACK:
        raise UnknownName("stack light colour", colour, STACK)
    for name in STACK:
        look = stack_material(name, lit=name == colour)
        index = model.material(named(f"stack {name}")).id
        model.mat_emission[index] = look.emission
        model.mat_rgba[index, :3] = look.colour


def _surroundings(layout: Layout, size: NutSize) -> tuple[list[Piece], list[Panel]]:
    """What stands still, in the station frame."""
    pieces, panels = hall.backdrop()
    frame, sign = furniture.frame()
    cabinet, screen = furniture.cabinet(-1.24, -0.52)
    for x, y, _ in layout.nests.values():
        for material, shape in part.feeder(x, abs(y), size):
            stands = shape.moved((0, 0, layout.seat))
            pieces.append((material, stands if y > 0 else stands.mirrored()))
    pieces += [
        *frame,
        *cabinet,
        *tooling.carrier(layout.seat),
        *furniture.pedestal(),
        *furniture.stack_post(),
        *furniture.rack(-0.62, 1.58, -90),
        *furniture.wall(-1.75, (-1.95, 1.95)),
        *furniture.fence([(0.1, -1.95), (-1.75, -1.95)]),
        *furniture.fence([(-1.75, 1.95), (0.1, 1.95)]),
    ]
    return pieces, [*panels, *sign, *screen, Panel("toolboard", (-1.738, 0.27, 0.74), (0.60, 0.40))]


def _dress(spec: mujoco.MjSpec) -> None:
    """Give the geoms of the physics their materials, or hide them."""
    for geom in spec.geoms:
        for pattern, material in DRESS:
            if re.fullmatch(pattern, geom.name):
                if material is None:
                    geom.group = HIDDEN
                else:
                    geom.material, geom.rgba = named(material), [0.5, 0.5, 0.5, 1]
    for material in spec.materials:
        if material.name in ROBOT_PAINT:
            paint = MATERIALS[ROBOT_PAINT[material.name]]
            material.rgba = [*paint.colour, 1]
            material.specular, material.shininess = paint.specular, paint.shininess


def _cover_part(spec: mujoco.MjSpec, layout: Layout, size: NutSize) -> None:
    """Casting, pins and nuts, on the bodies that carry them."""
    nut = [("zinc", part.nut(size))]
    for body in list(spec.bodies):
        if body.name == "casting":
            x, y, z = (float(v) for v in body.pos)
            pieces = [(m, s.moved((-x, -y, layout.seat - z))) for m, s in part.casting()]
            _place(spec, body, "casting", pieces)
        elif body.name.endswith("_fixture"):
            _place(spec, body, body.name, part.pin(layout.pin_radius, layout.pin_height))
        elif re.fullmatch(r"\w+_nut_\d+", body.name):
            _place(spec, body, "nut", nut, name=body.name)
        for geom in list(body.geoms):  # nuts in the track come and go with the physics' own
            if re.fullmatch(r"\w+_queue_\d+", geom.name):
                _place(spec, body, "nut", nut, name=geom.name, pos=geom.pos)


def _cover_gripper(spec: mujoco.MjSpec) -> None:
    """Palms and fingers, shaped like a bought gripper's."""
    for body in list(spec.bodies):
        if body.name.endswith("_palm"):
            _place(spec, body, "palm", tooling.palm(), name=body.name)
        elif match := re.fullmatch(r"\w+_finger_([ab])", body.name):
            sign = 1.0 if match[1] == "a" else -1.0
            _place(spec, body, f"finger_{match[1]}", tooling.finger(sign), name=body.name)


def _place(
    spec: mujoco.MjSpec,
    body: Any,
    mesh: str,
    pieces: Iterable[Piece],
    name: str = "",
    pos: Sequence[float] = (0.0, 0.0, 0.0),
) -> None:
    """Add `pieces` in the frame of `body` at `pos`, one geom a material, named `name` (or `mesh`)
    and the material; meshes that exist are shared."""
    by_material: dict[str, list[Shape]] = {}
    for material, shape in pieces:
        by_material.setdefault(material, []).append(shape)
    for material, shapes in by_material.items():
        mesh_name = named(f"{mesh} {material}")
        if spec.mesh(mesh_name) is None:
            shape = union(shapes)
            spec.add_mesh(
                name=mesh_name,
                uservert=shape.vertices.ravel(),
                userface=shape.faces.ravel(),
                # surfaces are open here and there: only a shell has a middle for certain
                inertia=mujoco.mjtMeshInertia.mjMESH_INERTIA_SHELL,
            )
        geom = f"{name or mesh}_{material.replace(' ', '_')}"
        _show(body, geom, material, GEOM.mjGEOM_MESH, meshname=mesh_name, pos=pos)


def _show(body: Any, name: str, material: str, kind: mujoco.mjtGeom, **more: Any) -> None:
    """Add a geom that only the eye meets."""
    body.add_geom(
        name=name, type=kind, material=named(material), contype=0, conaffinity=0, group=SEEN,
        mass=0, **more,
    )  # fmt: skip


def _hang(body: Any, name: str, panel: Panel) -> None:
    """Add a picture: a thin box whose own z is the way that it faces."""
    facing = np.radians(panel.facing)
    out, right = [np.cos(facing), np.sin(facing), 0.0], [-np.sin(facing), np.cos(facing), 0.0]
    quaternion = np.empty(4)
    mujoco.mju_mat2Quat(quaternion, np.stack([right, [0.0, 0.0, 1.0], out], axis=1).ravel())
    size = [panel.size[0] / 2, panel.size[1] / 2, 0.002]
    _show(
        body,
        named(name),
        panel.material,
        GEOM.mjGEOM_BOX,
        size=size,
        pos=panel.centre,
        quat=quaternion,
    )


def _add_ground(body: Any) -> None:
    (x0, x1), (y0, y1) = FLOOR_X, FLOOR_Y
    size, middle = [(x1 - x0) / 2, (y1 - y0) / 2, 1], [(x0 + x1) / 2, (y0 + y1) / 2, 0]
    _show(body, named("ground"), "floor", GEOM.mjGEOM_PLANE, size=size, pos=middle)
