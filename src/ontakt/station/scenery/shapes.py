"""Shapes made of triangles: what the people's model is built of where a primitive will not do.

All lengths in metres. Every face owns its vertices unless it belongs to a round surface, so that
MuJoCo's generated normals leave edges sharp and turned surfaces smooth.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Point = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Shape:
    """A surface: `vertices` (n, 3) [m] and `faces` (m, 3), counter-clockwise from outside."""

    vertices: Floats
    faces: NDArray[np.int32]

    def __add__(self, other: "Shape") -> "Shape":
        faces = np.concatenate([self.faces, other.faces + len(self.vertices)])
        return Shape(np.concatenate([self.vertices, other.vertices]), faces.astype(np.int32))

    def moved(self, by: Point) -> "Shape":
        """The same shape, shifted."""
        return Shape(self.vertices + np.array(by), self.faces)

    def mirrored(self) -> "Shape":
        """The same shape with left and right exchanged (y to -y)."""
        return Shape(self.vertices * [1, -1, 1], self.faces[:, ::-1])

    def turned(self, degrees: float) -> "Shape":
        """The same shape, turned about z."""
        c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        return Shape(self.vertices @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]), self.faces)


Piece = tuple[str, Shape]
"""A material's name and a shape made of it."""


def union(shapes: Sequence[Shape]) -> Shape:
    """All shapes as one (surfaces are collected, not cut)."""
    return reduce(Shape.__add__, shapes)


def _quads(rings: Floats, closed: bool = True) -> Shape:
    """Flat quads between consecutive `rings` (k, n, 3); `closed` joins last point to first."""
    low, high = rings[:-1], rings[1:]
    if closed:
        low_next, high_next = np.roll(low, -1, axis=1), np.roll(high, -1, axis=1)
    else:
        low, low_next, high, high_next = low[:, :-1], low[:, 1:], high[:, :-1], high[:, 1:]
    vertices = np.stack([low, low_next, high_next, high], axis=2).reshape(-1, 3)
    corner = 4 * np.arange(len(vertices) // 4)[:, None]
    faces = np.concatenate([corner + np.array(half) for half in ((0, 1, 2), (0, 2, 3))])
    return Shape(vertices, faces.astype(np.int32))


def _cap(ring: Floats, up: bool) -> Shape:
    """A fan over `ring` (n, 3) from its mean: right for outlines that are star-shaped from it."""
    n = len(ring)
    first = np.arange(n)
    second = (first + 1) % n
    order = (first, second) if up else (second, first)
    faces = np.stack([*order, np.full(n, n)], axis=1)
    return Shape(np.vstack([ring, ring.mean(axis=0)]), faces.astype(np.int32))


def loft(outlines: Sequence[tuple[Floats, float]], bottom: bool = True) -> Shape:
    """A solid through `outlines`: (corners (n, 2), height) from bottom to top."""
    rings = np.stack([np.column_stack([xy, np.full(len(xy), z)]) for xy, z in outlines])
    solid = _quads(rings) + _cap(rings[-1], up=True)
    return solid + _cap(rings[0], up=False) if bottom else solid


def prism(outline: Sequence[tuple[float, float]], z0: float, z1: float) -> Shape:
    """`outline` extruded from `z0` to `z1`."""
    corners = np.array(outline, dtype=float)
    return loft([(corners, z0), (corners, z1)])


def rectangle(x: tuple[float, float], y: tuple[float, float], cut: float = 0.0) -> Floats:
    """Corners of a rectangle, its own corners cut by `cut`. Shape (4 or 8, 2)."""
    (x0, x1), (y0, y1) = x, y
    if not cut:
        return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
    return np.array(
        [
            [x0 + cut, y0],
            [x1 - cut, y0],
            [x1, y0 + cut],
            [x1, y1 - cut],
            [x1 - cut, y1],
            [x0 + cut, y1],
            [x0, y1 - cut],
            [x0, y0 + cut],
        ]
    )


def block(
    x: tuple[float, float],
    y: tuple[float, float],
    z: tuple[float, float],
    cut: float = 0.0,
    bevel: float = 0.0,
) -> Shape:
    """A box whose upright edges are cut by `cut` and whose top edge is bevelled by `bevel`."""
    base = rectangle(x, y, cut)
    if not bevel:
        return loft([(base, z[0]), (base, z[1])])
    top = rectangle((x[0] + bevel, x[1] - bevel), (y[0] + bevel, y[1] - bevel), cut)
    return loft([(base, z[0]), (base, z[1] - bevel), (top, z[1])])


def bar(start: Point, end: Point, width: float, height: float) -> Shape:
    """A straight bar of `width` (across, level) and `height` between the middles of its ends."""
    a, b = np.array(start, float), np.array(end, float)
    along = (b - a) / np.linalg.norm(b - a)
    guide = np.array([0.0, 0.0, 1.0]) if abs(along[2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    side = np.cross(guide, along)
    side /= np.linalg.norm(side)
    up = np.cross(along, side)
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) / 2
    section = signs[:, :1] * side * width + signs[:, 1:] * up * height
    rings = np.stack([a + section, b + section])
    return _quads(rings) + _cap(rings[1], up=True) + _cap(rings[0], up=False)


def rail(path: Sequence[Point], width: float, height: float) -> Shape:
    """Bars along `path`, overlapping at its corners."""
    return union([bar(a, b, width, height) for a, b in pairwise(path)])


def rib(
    start: tuple[float, float],
    end: tuple[float, float],
    z: tuple[float, float],
    thick: float,
    draft: float = 0.06,
) -> Shape:
    """A cast wall between two points: as wide as `thick` on top, `draft` (ratio) wider below."""
    a, b = np.array(start, float), np.array(end, float)
    along = (b - a) / np.linalg.norm(b - a)
    side = np.array([-along[1], along[0]])
    foot = 2 * draft * (z[1] - z[0])
    bevel = 0.3 * thick

    def outline(width: float) -> Floats:
        half = side * width / 2
        return np.array([a - half, b - half, b + half, a + half])

    return loft(
        [
            (outline(thick + foot), z[0]),
            (outline(thick), z[1] - bevel),
            (outline(thick - 2 * bevel), z[1]),
        ],
        bottom=False,
    )


def turning(profile: Sequence[tuple[float, float]], sides: int = 32) -> Shape:
    """A body of revolution about z from `profile` (radius, z); outside is to its right going up.

    Smooth around the axis, sharp along the profile.
    """
    angle = np.linspace(0, 2 * math.pi, sides, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    parts = []
    for (r0, z0), (r1, z1) in pairwise(profile):
        low = np.column_stack([r0 * circle, np.full(sides, z0)])
        high = np.column_stack([r1 * circle, np.full(sides, z1)])
        i = np.arange(sides)
        j = (i + 1) % sides
        faces = np.concatenate(
            [np.stack([i, j, sides + j], 1), np.stack([i, sides + j, sides + i], 1)]
        )
        apex = np.isclose([r0, r1], 0.0)
        keep = faces[sides:] if apex[0] else faces[:sides] if apex[1] else faces
        parts.append(Shape(np.concatenate([low, high]), keep.astype(np.int32)))
    return union(parts)


def profile40(length: float, size: float = 0.04) -> Shape:
    """An upright aluminium profile with its four T-slots, `length` along z from the floor up."""
    half, slot, deep = size / 2, size * 0.1, size * 0.16
    side = [
        (-half, -half),
        (-slot, -half),
        (-slot, -half + deep),
        (slot, -half + deep),
        (slot, -half),
    ]
    corners = []
    for turn in range(4):
        c, s = [(1, 0), (0, 1), (-1, 0), (0, -1)][turn]
        corners += [(c * x - s * y, s * x + c * y) for x, y in side]
    return prism(corners, 0, length)


def mesh_panel(width: float, height: float, pitch: tuple[float, float], wire: float) -> Shape:
    """A welded wire panel in the y-z plane, from its lower middle, with a square tube around."""
    tube = 0.02
    across = np.arange(-width / 2 + pitch[0], width / 2 - 1e-9, pitch[0])
    up = np.arange(pitch[1], height - 1e-9, pitch[1])
    wires = [bar((0, y, 0), (0, y, height), wire, wire) for y in across]
    wires += [bar((wire, -width / 2, z), (wire, width / 2, z), wire, wire) for z in up]
    frame = [bar((0, y, 0), (0, y, height), tube, tube) for y in (-width / 2, width / 2)]
    frame += [bar((0, -width / 2, z), (0, width / 2, z), tube, tube) for z in (0, height)]
    return union(wires + frame)


def tube(
    start: Point, end: Point, radius: float, tip: float | None = None, sides: int = 20
) -> Shape:
    """A round bar between two points; `tip` is its radius at `end` where it tapers."""
    a, b = np.array(start, float), np.array(end, float)
    length = float(np.linalg.norm(b - a))
    axis = (b - a) / length
    last = radius if tip is None else tip
    upright = turning([(0, 0), (radius, 0), (last, length), (0, length)], sides)
    guide = np.array([1.0, 0, 0]) if abs(axis[0]) < 0.9 else np.array([0, 1.0, 0])
    side = np.cross(axis, guide)
    side /= np.linalg.norm(side)
    frame = np.stack([np.cross(side, axis), side, axis])
    return Shape(upright.vertices @ frame + a, upright.faces)


def both_sides(pieces: Sequence[Piece]) -> list[Piece]:
    """`pieces` and their mirror images."""
    return [(material, shape + shape.mirrored()) for material, shape in pieces]
