"""What stands in and around the station, for people: frame, fence, cabinet, boxes.

Station frame, metres. Functions return pieces (a material's name and a shape) and panels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ontakt.station.scenery.shapes import (
    Piece,
    Point,
    Shape,
    bar,
    block,
    mesh_panel,
    profile40,
    tube,
    turning,
    union,
)


@dataclass(frozen=True)
class Panel:
    """A picture on something upright: its middle, width and height; `facing` is the angle of its
    normal about z [degrees], 0 towards +x and 90 towards +y."""

    material: str
    centre: Point
    size: tuple[float, float]
    facing: float = 0.0


def frame(height: float = 1.98) -> tuple[list[Piece], list[Panel]]:
    """The station's portal of aluminium profiles, with sign, lamps and a cable tray."""
    back, front, half, size = -0.62, 0.80, 1.02, 0.08
    posts = [profile40(height, size).moved((back, v, 0)) for v in (-half, half)]
    lying = [
        bar((back, -half, height - 0.04), (back, half, height - 0.04), size, size),
        bar((back, -half, height - 0.21), (back, half, height - 0.21), 0.04, 0.04),
        bar((front, -half, height + 0.24), (front, half, height + 0.24), size, size),
    ]
    for v in (-half, half):
        lying.append(bar((back, v, height + 0.02), (front + 0.04, v, height + 0.24), size, size))
        lying.append(bar((back, v, height - 0.45), (back + 0.45, v, height + 0.06), 0.04, 0.04))
    feet = [
        block((back - 0.09, back + 0.09), (v - 0.09, v + 0.09), (0, 0.014)) for v in (-half, half)
    ]
    lamps, housings = [], []
    for u, z in ((0.0, height + 0.10), (0.55, height + 0.18)):
        lamps.append(block((u - 0.045, u + 0.045), (-0.72, 0.72), (z - 0.052, z - 0.045)))
        housings.append(block((u - 0.055, u + 0.055), (-0.75, 0.75), (z - 0.045, z), bevel=0.01))
        housings += [bar((u, v, z), (u, v, z + 0.06), 0.02, 0.02) for v in (-0.6, 0.6)]
        lying.append(bar((u, -half, z + 0.06), (u, half, z + 0.06), 0.04, 0.04))
    hoses = [
        tube((back + 0.05, v, height - 0.1), (back + 0.05, v, 0.05), 0.012)
        for v in (-half + 0.02, half - 0.02)
    ]
    sign_z = height - 0.40
    plate = block((back + 0.035, back + 0.05), (-0.665, 0.665), (sign_z - 0.115, sign_z + 0.115))
    pieces = [
        ("profile", union(posts + lying)),
        ("anthracite", union(feet + housings) + plate),
        ("lamp", union(lamps)),
        ("black", union(hoses)),
        *cable_tray(back - 0.09, 1.95, height),
    ]
    return pieces, [Panel("sign", (back + 0.053, 0, sign_z), (1.30, 0.208))]


def cable_tray(x: float, reach: float, z: float) -> list[Piece]:
    """A tray with cables in it, level along y from -`reach` to `reach`."""

    def along(u: float, v: float, width: float, height: float) -> Shape:
        return bar((x + u, -reach, z + v), (x + u, reach, z + v), width, height)

    tray = [along(0, -0.02, 0.16, 0.012), *(along(u, 0, 0.006, 0.05) for u in (-0.08, 0.08))]
    black, orange = (
        ((-0.055, 0.013), (-0.02, 0.009), (0.035, 0.011)),
        ((0.005, 0.01), (0.058, 0.008)),
    )
    return [
        ("dark steel", union(tray)),
        ("black", union([along(u, r - 0.014, 2 * r, 2 * r) for u, r in black])),
        ("cable orange", union([along(u, r - 0.014, 2 * r, 2 * r) for u, r in orange])),
    ]


def wall(x: float, y: tuple[float, float], height: float = 1.9) -> list[Piece]:
    """The station's back along y: sheet below, clear wire above, so that the robot stands out."""
    sheet_top = 1.08
    count = round((y[1] - y[0]) / 1.3)
    run = (y[1] - y[0]) / count
    middles = [y[0] + run * (k + 0.5) for k in range(count)]
    sheets = [
        block((x - 0.008, x + 0.008), (v - run / 2 + 0.04, v + run / 2 - 0.04), (0.12, sheet_top))
        for v in middles
    ]
    wires = [
        mesh_panel(run - 0.09, height - sheet_top - 0.06, (0.042, 0.21), 0.0042).moved(
            (x, v, sheet_top + 0.03)
        )
        for v in middles
    ]
    posts = [
        block((x - 0.03, x + 0.03), (v - 0.03, v + 0.03), (0, height))
        for v in (y[0] + run * k for k in range(count + 1))
    ]
    return [("sheet grey", union(sheets)), ("black", union(wires)), ("safety yellow", union(posts))]


def pedestal() -> list[Piece]:
    """The stand that holds the robot's pelvis: its base is fixed, and one should see that."""
    column = block((-0.34, -0.22), (-0.06, 0.06), (0.02, 0.86), cut=0.012)
    arm = bar((-0.30, 0, 0.80), (-0.075, 0, 0.80), 0.075, 0.075)
    plate = block((-0.085, -0.070), (-0.07, 0.07), (0.745, 0.855))
    base = block((-0.46, -0.14), (-0.19, 0.19), (0, 0.02), cut=0.03)
    web = [bar((-0.28, v, 0.55), (-0.12, v, 0.77), 0.012, 0.05) for v in (-0.03, 0.03)]
    bolts = [turning([(0.016, 0), (0.016, 0.014), (0, 0.014)], 6).moved((x, y, 0.02))
             for x in (-0.43, -0.17) for y in (-0.15, 0.15)]  # fmt: skip
    return [
        ("graphite", column + base),
        ("dark steel", arm + plate + union(web)),
        ("steel", union(bolts)),
    ]


def fence(path: Sequence[tuple[float, float]], height: float = 1.9) -> list[Piece]:
    """A guard fence along `path`, in panels of about 1.1 m between posts."""
    wires, posts = [], []
    for (x0, y0), (x1, y1) in pairwise(path):
        run = math.hypot(x1 - x0, y1 - y0)
        count = max(1, round(run / 1.1))
        turn = math.degrees(math.atan2(y1 - y0, x1 - x0)) - 90
        for k in range(count):
            t = (k + 0.5) / count
            at = (x0 + (x1 - x0) * t, y0 + (y1 - y0) * t, 0.16)
            wires.append(
                mesh_panel(run / count - 0.09, height - 0.22, (0.042, 0.21), 0.0042)
                .turned(turn)
                .moved(at)
            )
        for k in range(count + 1):
            u, v = x0 + (x1 - x0) * k / count, y0 + (y1 - y0) * k / count
            posts.append(block((u - 0.03, u + 0.03), (v - 0.03, v + 0.03), (0, height)))
            posts.append(block((u - 0.07, u + 0.07), (v - 0.07, v + 0.07), (0, 0.012)))
    return [("black", union(wires)), ("safety yellow", union(posts))]


def cabinet(x: float, y: float) -> tuple[list[Piece], list[Panel]]:
    """A control cabinet facing +x with an operator panel."""
    w, d, h = 0.80, 0.42, 1.85
    body = block((x - d, x), (y - w / 2, y + w / 2), (0.10, h), cut=0.008, bevel=0.006)
    door = block((x, x + 0.014), (y - w / 2 + 0.015, y + w / 2 - 0.015), (0.12, h - 0.02))
    plinth = block((x - d + 0.01, x - 0.01), (y - w / 2 + 0.01, y + w / 2 - 0.01), (0, 0.10))
    bezel = block((x + 0.014, x + 0.032), (y - 0.24, y + 0.20), (1.03, 1.35), cut=0.0)
    handle = block((x + 0.014, x + 0.036), (y + 0.32, y + 0.345), (0.85, 1.03))
    vent = [
        block((x + 0.014, x + 0.019), (y - 0.2, y + 0.2), (0.30 + 0.03 * k, 0.312 + 0.03 * k))
        for k in range(8)
    ]
    switch = tube((x + 0.014, y + 0.27, 1.62), (x + 0.05, y + 0.27, 1.62), 0.035)
    stop = tube((x + 0.014, y - 0.3, 0.92), (x + 0.045, y - 0.3, 0.92), 0.028)
    lights = [
        tube((x + 0.014, y + v, 0.92), (x + 0.026, y + v, 0.92), 0.014) for v in (-0.2, -0.12)
    ]
    pieces = [
        ("light grey", body + door),
        ("anthracite", plinth + union(vent)),
        ("black", bezel + handle),
        ("signal red", switch + stop),
        ("strip green", union(lights)),
    ]
    panels = [
        Panel("screen", (x + 0.0335, y - 0.02, 1.19), (0.40, 0.25)),
        Panel("danger", (x + 0.0165, y + 0.02, 0.72), (0.13, 0.13)),
    ]
    return pieces, panels


def rack(x: float, y: float, turn: float = 0.0) -> list[Piece]:
    """A flow rack with boxes of parts; its open side faces +x before `turn` [degrees]."""
    w, d = 1.0, 0.55
    posts = [
        profile40(1.35, 0.04).moved((u, v, 0)) for u in (-d / 2, d / 2) for v in (-w / 2, w / 2)
    ]
    shelves: list[Shape] = []
    boxes: dict[str, list[Shape]] = {"box blue": [], "box grey": []}
    goods: list[Shape] = []
    for level, z in enumerate((0.32, 0.70, 1.08)):
        shelves += [
            bar((-d / 2, v, z + 0.06), (d / 2, v, z), 0.03, 0.03) for v in (-w / 2, 0, w / 2)
        ]
        for k, v in enumerate((-0.33, 0.0, 0.33)):
            colour = "box grey" if (k + level) % 3 == 0 else "box blue"
            boxes[colour].append(box((0.36, 0.29, 0.19)).moved((0.06, v, z + 0.035)))
            if level < 2:
                goods.append(
                    block((-0.1, 0.22), (v - 0.13, v + 0.13), (z + 0.10, z + 0.165), bevel=0.03)
                )
    parts = [
        ("profile", union(posts + shelves)),
        *((colour, union(those)) for colour, those in boxes.items()),
        ("zinc", union(goods)),
    ]
    return [(material, shape.turned(turn).moved((x, y, 0))) for material, shape in parts]


def box(size: Point) -> Shape:
    """A small load carrier, open on top, its bottom's middle at the origin."""
    w, d, h = size[0] / 2, size[1] / 2, size[2]
    t = 0.008
    walls = [
        block((-w, w), (-d, -d + t), (0, h)), block((-w, w), (d - t, d), (0, h)),
        block((-w, -w + t), (-d, d), (0, h)), block((w - t, w), (-d, d), (0, h)),
        block((-w, w), (-d, d), (0, t)),
        block((-w - 0.01, w + 0.01), (-d - 0.01, -d + t), (h - 0.025, h)),
        block((-w - 0.01, w + 0.01), (d - t, d + 0.01), (h - 0.025, h)),
    ]  # fmt: skip
    return union(walls)


STACK_AT: Point = (-0.53, 1.02, 1.36)
"""Foot of the stack light."""


def stack_segment(index: int) -> Shape:
    """One coloured segment of the stack light."""
    z = 0.13 + 0.066 * index
    return turning(
        [
            (0.0, z),
            (0.034, z),
            (0.036, z + 0.004),
            (0.036, z + 0.052),
            (0.033, z + 0.056),
            (0, z + 0.056),
        ],
        28,
    ).moved(STACK_AT)


def stack_post() -> list[Piece]:
    """The stack light's pole, joints and cap."""
    rings = [
        turning([(0.037, 0), (0.037, 0.01), (0, 0.01)], 28).moved((0, 0, 0.12 + 0.066 * k))
        for k in range(5)
    ]
    pole = turning([(0.045, -0.04), (0.045, -0.03), (0.013, -0.025), (0.013, 0.12)], 20)
    cap = turning([(0.037, 0.394), (0.032, 0.408), (0, 0.412)], 28)
    return [
        (
            "black",
            union([*rings, pole, cap, bar((-0.07, 0, -0.03), (0.03, 0, -0.03), 0.05, 0.012)]).moved(
                STACK_AT
            ),
        )
    ]
