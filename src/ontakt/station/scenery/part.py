"""What the robot works on, for people: the die-cast rear floor, nuts, pins and nut feeders.

Physics knows a plate, cylinders and boxes; these shapes lie over them. Station frame, but z is 0
at the seats; metres.
"""

import math
from dataclasses import dataclass

import numpy as np

from ontakt.station.scenery.shapes import Piece, Shape, bar, block, prism, rib, tube, turning, union

PLATE = -0.0042
"""Upper side of the casting's floor; physics has its plate 0.2 mm above."""

NOSE, REAR, HALF = 0.288, 1.12, 0.50
"""Extent of the casting: its near edge with the pins, its far edge, half its width."""


@dataclass(frozen=True)
class NutSize:
    """Radii of bore and outside, height, and how high over the floor nuts are seated."""

    bore: float
    outer: float
    height: float
    seat: float


def boss(x: float, y: float, z: float, radius: float = 0.011, height: float = 0.026) -> Shape:
    """A screw boss with its blind hole."""
    hole = 0.45 * radius
    return turning(
        [
            (1.25 * radius, 0),
            (radius, height - 0.002),
            (radius - 0.002, height),
            (hole, height),
            (hole, height - 0.012),
            (0, height - 0.012),
        ],
        20,
    ).moved((x, y, z))


def tower(x: float, y: float) -> Shape:
    """A spring tower: the cast dome that takes the rear damper."""
    dome = turning(
        [(0.125, 0), (0.104, 0.05), (0.093, 0.100), (0.082, 0.112), (0.040, 0.112), (0.036, 0.106),
         (0.036, 0.085), (0, 0.085)], 40
    ).moved((x, y, PLATE))  # fmt: skip
    bosses = [boss(x + 0.061 * c, y + 0.061 * s, 0.106, 0.009, 0.008) for c, s in _round(3, 30)]
    fins = [
        rib((x + 0.085 * c, y + 0.085 * s), (x + 0.15 * c, y + 0.15 * s), (PLATE, 0.05), 0.005)
        for c, s in _round(8, 22.5)
        if abs(y + 0.15 * s) < HALF
    ]
    return union([dome, *bosses, *fins])


def _round(count: int, first: float) -> list[tuple[float, float]]:
    """Cosine and sine of `count` directions from `first` [degrees]."""
    return [
        (
            math.cos(math.radians(first + 360 * k / count)),
            math.sin(math.radians(first + 360 * k / count)),
        )
        for k in range(count)
    ]


def _ribs() -> list[Shape]:
    """Walls between the members: a lattice, as casting simulation likes it. Those near the robot
    stand where physics has its ribs."""
    low, high = (PLATE, 0.022), (PLATE, 0.036)
    walls = [rib((0.48, y), (0.80, y), high, 0.006) for y in (0.06, 0.20)]
    walls += [rib((x, 0.0), (x, 0.26), (PLATE, 0.028), 0.006) for x in (0.52, 0.66)]
    for x0, x1 in ((0.52, 0.66), (0.66, 0.79)):
        walls.append(rib((x0, 0.06), (x1, 0.20), low, 0.004))
        walls.append(rib((x0, 0.20), (x1, 0.06), low, 0.004))
        walls.append(rib((x0, 0.0), (x1, 0.06), low, 0.004))
    walls += [rib((0.40, y), (0.52, y + 0.05), low, 0.004) for y in (0.06, 0.16)]
    for x in (0.44, 0.53, 0.62):  # outside the rails
        walls.append(rib((x, 0.35), (x + 0.08, 0.49), low, 0.004))
        walls.append(rib((x + 0.08, 0.35), (x, 0.49), low, 0.004))
    walls += [rib((x, 0.35), (x, 0.49), low, 0.005) for x in (0.525, 0.615)]
    walls += [rib((0.98, y), (REAR, y), high, 0.005) for y in (0.05, 0.15, 0.25)]
    walls.append(rib((1.05, 0.0), (1.05, 0.26), low, 0.005))
    return walls


def casting() -> list[Piece]:
    """The rear floor, the faces that its pins stand on at z = 0."""
    under, rim = -0.024, 0.014
    across = [
        # floor plates leave a window open, as light castings do
        block((NOSE, 0.405), (-0.222, 0.222), (-0.028, PLATE)),
        block((0.405, 0.86), (-HALF, HALF), (under, PLATE)),
        block((0.98, REAR), (-HALF, HALF), (under, PLATE)),
        # cross members and the rear flange
        block((0.79, 0.85), (-0.26, 0.26), (PLATE, 0.048), bevel=0.008),
        block((0.98, 1.03), (-0.26, 0.26), (PLATE, 0.048), bevel=0.008),
        rib((REAR - 0.003, -HALF), (REAR - 0.003, HALF), (under, rim), 0.006),
    ]
    half = [
        block((0.86, 0.98), (0.14, HALF), (under, PLATE)),
        # the longitudinal member
        block((0.425, REAR - 0.01), (0.255, 0.345), (PLATE, 0.066), cut=0.006, bevel=0.010),
        tower(0.88, 0.405),
        *_ribs(),
        # the flange around
        rib((0.408, HALF - 0.003), (REAR, HALF - 0.003), (under, rim), 0.006),
        rib((0.408, 0.222), (0.408, HALF), (under, rim), 0.006),
        rib((NOSE + 0.003, 0.219), (0.408, 0.219), (-0.028, 0.0), 0.005),
        rib((0.86, 0.14), (0.98, 0.14), (under, rim), 0.005),
    ]
    half += [boss(x, y, PLATE, height=0.034) for x in (0.52, 0.66) for y in (0.06, 0.20)]
    half += [boss(x, 0.30, 0.065, 0.012, 0.014) for x in (0.50, 0.60, 0.72, 0.97)]
    half += [boss(x, 0.42, PLATE, height=0.022) for x in (0.48, 0.57, 0.66)]
    half += [boss(x, y, PLATE, 0.009, 0.012) for x, y in ((0.395, 0.045), (0.375, 0.195))]
    one = union(half)
    machined = union(
        [
            turning([(0.056, 0), (0.056, 0.0015), (0.043, 0.0015), (0.043, 0)], 32).moved(
                (0.88, 0.405, PLATE + 0.1115)
            ),
            block((0.435, 0.475), (0.27, 0.33), (0.065, 0.0675)),
            block((1.05, 1.09), (0.27, 0.33), (0.065, 0.0675)),
        ]
    )
    return [
        ("cast aluminium", union([*across, one, one.mirrored()])),
        ("machined aluminium", machined + machined.mirrored()),
    ]


def nut(size: NutSize, sides: int = 36) -> Shape:
    """A self-tapping nut about its centre: a hexagon on a round flange, with a real bore of
    `sides` facets. It stays inside the cylinder that physics sees."""
    bore, outer = size.bore, size.outer
    half, chamfer, foot = size.height / 2, 0.0008, 0.30 * size.height
    flats = outer * 0.985
    turn = math.pi / 6
    corners = [turn + k * math.pi / 3 for k in range(6)]
    hexagon = [(flats * math.cos(a), flats * math.sin(a)) for a in corners]
    flange = turning(
        [(outer - 0.0006, -half), (outer, -half + foot), (outer * 0.9, -half + foot)], sides
    )
    body = _open_prism(hexagon, -half + foot, half - chamfer)
    top = turning(
        [(outer * 0.80, half), (bore + chamfer, half), (bore, half - chamfer), (bore, -half)], sides
    )
    shoulder = _between(hexagon, half - chamfer, outer * 0.80, half, sides // 6)
    sole = turning([(bore, -half), (outer - 0.0006, -half)], sides)
    return union([flange, body, shoulder, top, sole])


def _open_prism(outline: list[tuple[float, float]], z0: float, z1: float) -> Shape:
    """The sides of a prism alone."""
    solid = prism(outline, z0, z1)
    return Shape(solid.vertices[: 4 * len(outline)], solid.faces[: 2 * len(outline)])


def _between(
    outline: list[tuple[float, float]], z0: float, radius: float, z1: float, fine: int
) -> Shape:
    """A collar from a polygon to a circle above it, in `fine` steps a side."""
    low, high = [], []
    for (x0, y0), (x1, y1) in zip(outline, outline[1:] + outline[:1], strict=True):
        for k in range(fine):
            x, y = x0 + (x1 - x0) * k / fine, y0 + (y1 - y0) * k / fine
            angle = math.atan2(y, x)
            low.append((x, y, z0))
            high.append((radius * math.cos(angle), radius * math.sin(angle), z1))
    n = len(low)
    i = np.arange(n)
    j = (i + 1) % n
    faces = np.concatenate([np.stack([i, j, n + j], 1), np.stack([i, n + j, n + i], 1)])
    return Shape(np.array(low + high), faces.astype(np.int32))


def pin(radius: float, height: float) -> list[Piece]:
    """A locating pin standing on its machined boss at z = 0, with a chamfered tip."""
    chamfer = 0.0012
    stud = turning(
        [(radius, -0.002), (radius, height - chamfer), (radius - chamfer, height), (0, height)], 28
    )
    seat = turning([(0.0165, -0.012), (0.0165, -0.0012), (0.0155, 0), (radius, 0)], 40)
    return [("steel", stud), ("machined aluminium", seat)]


def feeder(x: float, y: float, size: NutSize) -> list[Piece]:
    """What stands beside the nest at (`x`, `y`), y > 0: track drive, bowl, their stands; z = 0 is
    the seat, the floor lies `size.seat` below. Nest and track themselves are physics'."""
    far = y + 0.275  # middle of the bowl, whose rim ends where physics has its body
    bowl_z, ground = -0.030, -size.seat
    shell = turning(
        [(0, -0.03), (0.085, -0.03), (0.114, 0.052), (0.117, 0.060), (0.112, 0.060), (0.110, 0.047),
         (0.100, 0.047), (0.099, 0.028), (0.089, 0.028), (0.088, 0.008), (0.075, 0.0), (0, 0.012)],
        48,
    ).moved((x, far, bowl_z))  # fmt: skip
    drive = turning(
        [(0, -0.17), (0.098, -0.17), (0.098, -0.155), (0.086, -0.15), (0.086, -0.045),
         (0.07, -0.03)], 40
    ).moved((x, far, bowl_z))  # fmt: skip
    feet = [
        tube((0, 0, -0.21), (0, 0, -0.17), 0.016).moved((x + 0.07 * c, far + 0.07 * s, bowl_z))
        for c, s in _round(4, 45)
    ]
    table = block(
        (x - 0.13, x + 0.13), (far - 0.13, far + 0.13), (bowl_z - 0.225, bowl_z - 0.21), cut=0.01
    )
    stand = block(
        (x - 0.05, x + 0.05), (far - 0.05, far + 0.05), (ground, bowl_z - 0.225), cut=0.008
    )
    column = block((x - 0.025, x + 0.025), (y + 0.075, y + 0.125), (ground, -0.03), cut=0.004)
    bases = [block((x - 0.09, x + 0.09), (v - 0.09, v + 0.09), (ground, ground + 0.014), cut=0.01)
             for v in (y + 0.10, far)]  # fmt: skip
    deck = block(
        (x - 0.075, x + 0.075), (y - 0.045, y + 0.13), (-0.018, -0.006), cut=0.006, bevel=0.001
    )
    rim = block((x - 0.060, x + 0.060), (y - 0.03, y + 0.115), (-0.032, -0.018))
    shaker = block((x - 0.020, x + 0.020), (y + 0.132, far - 0.105), (-0.045, -0.011), cut=0.003)
    escapement = block(
        (x + 0.018, x + 0.050), (y + 0.012, y + 0.046), (-0.006, 0.008), cut=0.002, bevel=0.002
    )
    rod = tube((x + 0.0115, y + 0.022, 0.001), (x + 0.02, y + 0.022, 0.001), 0.003)
    sensor = bar((x - 0.020, y + 0.075, -0.006), (x - 0.020, y + 0.075, 0.016), 0.012, 0.008)
    rng = np.random.default_rng(np.random.SeedSequence([120, round(1e3 * far)]))
    one = nut(size, 12)
    pile = [_tumbled(one, rng).moved((x, far, bowl_z + 0.016)) for _ in range(44)]
    return [
        ("steel", shell + rod),
        ("machine blue", drive + shaker),
        ("rubber", union(feet)),
        ("machined aluminium", table),
        ("graphite", stand + union(bases)),
        ("dark steel", deck + rim),
        ("profile", column),
        ("anthracite", escapement),
        ("safety yellow", sensor),
        ("zinc", union(pile)),
    ]


def _tumbled(shape: Shape, rng: np.random.Generator) -> Shape:
    """One nut of a pile in a bowl, lying anyhow."""
    axis, angle = rng.standard_normal(3), rng.uniform(0, 1.2)
    axis /= np.linalg.norm(axis)
    k = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    turn = np.eye(3) + math.sin(angle) * k + (1 - math.cos(angle)) * k @ k
    radius, bearing = 0.068 * math.sqrt(rng.random()), rng.uniform(0, 2 * math.pi)
    at = (radius * math.cos(bearing), radius * math.sin(bearing), rng.uniform(0, 0.012))
    return Shape(shape.vertices @ turn.T + at, shape.faces)
