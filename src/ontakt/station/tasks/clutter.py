"""Loose things that have no business in the cell: real bodies, pushed about by what meets them.

Every body carries the shapes of all kinds; the kind drawn for it shows and touches, the others are
switched off, so that clutter changes from cycle to cycle without compiling anything. All kinds
weigh the same, as if they were filled: their mass is not what they are about.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mujoco
import numpy as np

from ontakt.contract import Array
from ontakt.station.contacts import CLUTTER, HARD, PIN, TOUCHABLE
from ontakt.station.tasks.loose import LooseBody

COUNT = 8
MASS = 0.02
"""[kg]"""
RADIUS = 0.012
"""Of the ball whose inertia every kind has [m]."""

CROWD, STOREY = 0.06, 0.025
"""Things whose middles are this close may overlap, and start so much higher [m]."""

GEOM = mujoco.mjtGeom
BRASS, SWARF, CLOTH, RUBBER, STEEL = (
    [0.72, 0.62, 0.35, 1], [0.55, 0.57, 0.6, 1], [0.75, 0.3, 0.25, 1], [0.1, 0.1, 0.12, 1],
    [0.75, 0.72, 0.62, 1],
)  # fmt: skip

SHAPES: dict[str, tuple[dict[str, Any], ...]] = {
    "bolt": (
        {"type": GEOM.mjGEOM_CYLINDER, "size": [0.008, 0.003, 0], "pos": [-0.010, 0, 0],
         "quat": [math.sqrt(0.5), 0, math.sqrt(0.5), 0], "rgba": BRASS},
        {"type": GEOM.mjGEOM_CAPSULE, "size": [0.004, 0.011, 0], "pos": [0.004, 0, 0],
         "quat": [math.sqrt(0.5), 0, math.sqrt(0.5), 0], "rgba": BRASS},
    ),
    "swarf": (
        {"type": GEOM.mjGEOM_CAPSULE, "size": [0.0015, 0.010, 0], "pos": [0, 0.006, 0],
         "quat": [0.6, 0, 0.8, 0], "rgba": SWARF},
        {"type": GEOM.mjGEOM_CAPSULE, "size": [0.0015, 0.009, 0], "pos": [0.004, -0.004, 0],
         "quat": [0.6, 0.6, 0.529, 0], "rgba": SWARF},
    ),
    "rag": (
        {"type": GEOM.mjGEOM_BOX, "size": [0.028, 0.020, 0.003], "rgba": CLOTH},
    ),
    "cable end": (
        {"type": GEOM.mjGEOM_CAPSULE, "size": [0.004, 0.030, 0],
         "quat": [math.sqrt(0.5), 0, math.sqrt(0.5), 0], "rgba": RUBBER},
        {"type": GEOM.mjGEOM_BOX, "size": [0.009, 0.006, 0.005], "pos": [0.034, 0, 0],
         "rgba": RUBBER},
    ),
    "loose nut": (
        {"type": GEOM.mjGEOM_CYLINDER, "size": [0.009, 0.005, 0], "rgba": STEEL},
    ),
}  # fmt: skip
"""By kind, in the order in which `clutter.N.kind` counts them."""

ROUGH: dict[str, Any] = {**HARD, "condim": 6, "friction": [0.35, 0.005, 0.001]}
"""As metal, but nothing of it rolls for long."""

KINDS = tuple(SHAPES)
MEETS = TOUCHABLE | PIN


def add_clutter(world: Any, place: Any) -> None:
    """Bodies `clutter_0` ... at `place(n)`, with geoms `clutter_0_KIND_0` ... of every kind: a body
    keeps the contact types that it was compiled with, so that `Clutter` may only take."""
    inertia = 0.4 * MASS * RADIUS**2
    for n in range(COUNT):
        body = world.add_body(
            name=f"clutter_{n}", pos=place(n), mass=MASS, inertia=[inertia] * 3, ipos=[0, 0, 0],
            iquat=[1, 0, 0, 0], explicitinertial=True, sleep=mujoco.mjtSleepPolicy.mjSLEEP_INIT,
        )  # fmt: skip
        body.add_freejoint(name=f"clutter_{n}")
        for number, shapes in enumerate(SHAPES.values()):
            for k, shape in enumerate(shapes):
                body.add_geom(
                    name=f"{clutter_name(n, number)}_{k}", group=1,
                    contype=CLUTTER, conaffinity=MEETS, **shape, **ROUGH,
                )  # fmt: skip


def clutter_name(n: int, kind: int) -> str:
    """How the names of body `n`'s geoms of the kind numbered `kind` begin."""
    return f"clutter_{n}_{KINDS[kind].replace(' ', '_')}"


class Clutter:
    """The clutter of one physics model; `place(n)` [m] is where body n is kept out of the way."""

    def __init__(
        self, model: mujoco.MjModel, data: mujoco.MjData, place: Callable[[int], Sequence[float]]
    ) -> None:
        self._model, self._place = model, place
        self._bodies = [LooseBody(model, data, f"clutter_{n}") for n in range(COUNT)]
        self._kinds: dict[int, int] = {}

    def strew(
        self, drawn: Mapping[str, float], height: float, taken: Sequence[Sequence[float]]
    ) -> None:
        """Let this cycle's clutter go over where it is to lie, `height` [m] and more above the
        floor: higher, the more lies there or is among the places `taken`. Data are freshly reset:
        the rest is kept out of the way."""
        self._kinds = {}
        crowd = [tuple(place[:2]) for place in taken]
        for n, body in enumerate(self._bodies):
            place = [drawn.get(f"clutter.{n}.{part}") for part in ("x", "y", "yaw", "kind")]
            x, y, yaw, kind = place
            if x is None or y is None or yaw is None or kind is None:
                self._switch(n, None)
                continue
            under = sum(math.dist((x, y), other) < CROWD for other in crowd)
            where = np.array([x, y, height + STOREY * min(under, 3)])
            body.put(where, np.array([math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2)]))
            crowd.append((x, y))
            self._kinds[n] = int(kind)
            self._switch(n, int(kind))

    def clear(self, places: Sequence[Array], distance: float) -> None:
        """Take away what lies nearer than `distance` to one of `places` [m]."""
        for n, body in enumerate(self._bodies):
            if body.near(places, distance):
                body.put(np.array(self._place(n)))

    def shown(self) -> dict[str, bool]:
        """By the beginning of their geoms' names: which kinds are to be seen."""
        return {
            clutter_name(n, kind): self._kinds.get(n) == kind
            for n in range(COUNT)
            for kind in range(len(KINDS))
        }

    def _switch(self, n: int, kind: int | None) -> None:
        """Let body `n` be touched in the shape of the kind numbered `kind`; None: not at all."""
        for number, shapes in enumerate(SHAPES.values()):
            for k in range(len(shapes)):
                geom = self._model.geom(f"{clutter_name(n, number)}_{k}").id
                self._model.geom_contype[geom] = CLUTTER if number == kind else 0
                self._model.geom_conaffinity[geom] = MEETS if number == kind else 0
