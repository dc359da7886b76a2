"""The pull of magnetised pins on nuts: a force per nut and physics step.

Two softened poles, at the pin's tip and at its foot, each pull with

    f(r) = strength * (r / a) / (1 + (r / a)^2)^2,      a = 6 mm,

with a strength by which both together pull with `peak` where they pull most: on the pin's axis,
3.4 mm beyond either pole. Motion near the pin is dragged, as by eddy currents. The softening keeps
the force from pointing about wildly at a pole, which would chatter a seated nut off its pin. Pure
Python on scalars: quicker than numpy for three numbers.
"""

import math
from collections.abc import Sequence

import mujoco

POLES = (0.013, -0.002)
"""Heights over the seat [m]."""
SOFTENING = 0.006
REACH = 0.05
"""Beyond this distance the pull, 1 % of its peak, is left out [m]."""
DRAG = 1.5
"""[N s/m] at a pole, for a peak of 5 N and more; fades over 20 mm."""
STRENGTH = 2.8327
"""Of a pole, as a share of the peak of both."""

Vector = tuple[float, float, float]


class Magnet:
    """Pulls the bodies `nuts` towards pins."""

    def __init__(self, data: mujoco.MjData, nuts: Sequence[int]) -> None:
        self._data, self._nuts = data, tuple(nuts)
        self._pins: list[tuple[Vector, Vector]] = []
        self._peak = 0.0
        self._pulled: list[tuple[int, tuple[Vector, Vector]]] = []

    def set(self, peak: float, pins: Sequence[tuple[Vector, Vector]]) -> None:
        """Pull with `peak` [N] from now on; `pins` are (seat [m], unit axis) of each pin."""
        self._peak = peak
        self._pins = [(_pole(foot, axis, 0), _pole(foot, axis, 1)) for foot, axis in pins]

    def look(self) -> bool:
        """Find the nuts in reach; False when there are none and nothing need be done in the next
        steps. Nuts are too slow to come into reach within a few milliseconds."""
        if self._peak <= 0.0:
            return False
        self._data.xfrc_applied[list(self._nuts)] = 0.0
        self._pulled = []
        for nut in self._nuts:
            place = self._data.xpos[nut].tolist()
            for poles in self._pins:
                if math.dist(place, poles[0]) < REACH:
                    self._pulled.append((nut, poles))
        return bool(self._pulled)

    def pull(self) -> None:
        """Set the forces of the next physics step, for the nuts that `look` found."""
        data = self._data
        strength = self._peak * STRENGTH / SOFTENING
        drag = DRAG * min(1.0, self._peak / 5.0)
        for nut, poles in self._pulled:
            x, y, z = data.xipos[nut].tolist()
            vx, vy, vz = data.cvel[nut, 3:].tolist()
            fx = fy = fz = 0.0
            for px, py, pz in poles:
                dx, dy, dz = px - x, py - y, pz - z
                square = dx * dx + dy * dy + dz * dz
                f = strength / (1.0 + square / SOFTENING**2) ** 2
                slow = drag / 2 * math.exp(-math.sqrt(square) / 0.02)
                fx += f * dx - slow * vx
                fy += f * dy - slow * vy
                fz += f * dz - slow * vz
            data.xfrc_applied[nut, :3] = (fx, fy, fz)


def _pole(foot: Vector, axis: Vector, which: int) -> Vector:
    x, y, z = (f + POLES[which] * a for f, a in zip(foot, axis, strict=True))
    return x, y, z
