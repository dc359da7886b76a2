"""The locating pins: chamfered, on bosses that misalignment moves, as thick as a cycle wants.

A pin is a convex mesh, a prism of 32 sides with a chamfer. Steps of cylinders would have ledges
on which the edge of a bore comes to rest; a capsule has no edge at all and forgives everything.
"""

import math

import mujoco
import numpy as np

from ontakt.contract.spaces import SIDES
from ontakt.station.contacts import BORE, CLUTTER, FINGER, HARD, PIN, fixed
from ontakt.station.tasks.layout import Layout

SIDES_OF_PRISM = 32


def add_pins(spec: mujoco.MjSpec, layout: Layout) -> None:
    """Boss `SIDE_boss` and pin `SIDE_pin` on the body `SIDE_fixture`, whose origin is where the
    pin meets the seat. The pins fill the bore, as thick as they can get, so that their bounding
    volumes stay right when `PinThickness` makes them thinner."""
    turns = [2 * math.pi * k / SIDES_OF_PRISM for k in range(SIDES_OF_PRISM)]
    corners = [
        (r * math.cos(a), r * math.sin(a), z)
        for r, z in _profile(layout, layout.bore_radius)
        for a in turns
    ]
    spec.add_mesh(name="pin", uservert=[x for corner in corners for x in corner])
    for side in SIDES:
        x, y, _ = layout.pins[side]
        body = spec.worldbody.add_body(name=f"{side}_fixture", pos=[x, y, layout.seat])
        body.add_geom(
            name=f"{side}_boss", type=mujoco.mjtGeom.mjGEOM_CYLINDER, size=[0.016, 0.006, 0],
            pos=[0, 0, -0.006], rgba=[0.3, 0.3, 0.32, 1], **fixed(),
        )  # fmt: skip
        body.add_geom(
            name=f"{side}_pin", type=mujoco.mjtGeom.mjGEOM_MESH, meshname="pin",
            rgba=[0.8, 0.8, 0.85, 1], contype=PIN, conaffinity=BORE | FINGER | CLUTTER,
            **{**HARD, "condim": 3, "friction": [0.2, 0.005, 0.0001]},
        )  # fmt: skip


def _profile(layout: Layout, radius: float) -> tuple[tuple[float, float], ...]:
    """(radius, height) [m] of the pin's three edges, from its foot up."""
    top, chamfer = layout.pin_height, layout.pin_chamfer
    return ((radius, 0.0), (radius, top - chamfer), (radius - chamfer, top))


class PinThickness:
    """The pins' radius in one model, changed in place. All radii change by the same length, so
    the faces keep their normals and the hull its edges."""

    def __init__(self, model: mujoco.MjModel, layout: Layout) -> None:
        mesh = model.mesh("pin")
        first, count = int(mesh.vertadr[0]), int(mesh.vertnum[0])
        turn = np.empty(9)
        mujoco.mju_quat2Mat(turn, model.mesh_quat[mesh.id])
        self._layout, self._turn = layout, turn.reshape(3, 3)
        self._shift = model.mesh_pos[mesh.id].copy()
        self._stored = model.mesh_vert[first : first + count]
        # the compiler has moved the mesh into its frame of inertia
        self._corners = self._stored @ self._turn.T + self._shift
        heights = np.array([z for _, z in _profile(layout, 0.0)])
        self._ring = np.abs(self._corners[:, 2:] - heights).argmin(axis=1)

    def set(self, radius: float) -> None:
        """Make the pins as thick as `radius` [m] says; no thicker than the bore is wide."""
        wanted = np.array([r for r, _ in _profile(self._layout, radius)])[self._ring]
        corners = self._corners.copy()
        corners[:, :2] *= (wanted / np.linalg.norm(corners[:, :2], axis=1))[:, None]
        self._stored[:] = (corners - self._shift) @ self._turn
