"""The hall around the station, for people: painted floor, walls, columns, the next line.

Station frame, metres.
"""

import math
from collections.abc import Sequence

import numpy as np

from ontakt.station.scenery.floor import COLUMNS, FLOOR_X, FLOOR_Y, LINE_X
from ontakt.station.scenery.furniture import Panel
from ontakt.station.scenery.shapes import (
    Piece,
    Point,
    Shape,
    bar,
    block,
    loft,
    prism,
    rail,
    rectangle,
    tube,
    turning,
    union,
)


def car_body(x: float, y: float) -> list[Piece]:
    """A body in white on its skid, nose towards -y, its middle at (`x`, `y`)."""
    sill, belt, roof, half = 0.62, 1.20, 1.72, 0.86

    def side(points: Sequence[tuple[float, float]], w: float) -> list[Point]:
        return [(w, u, z) for u, z in points]

    frame: list[Shape] = []
    a_foot, b = -0.95, 0.25
    for s in (-1, 1):
        w = s * half
        frame.append(rail(side([(-1.02, sill), (1.25, sill)], w), 0.12, 0.17))  # rocker
        frame.append(
            rail([(w, a_foot, sill), (w, a_foot, belt), (s * 0.66, -0.25, roof)], 0.09, 0.10)
        )
        frame.append(
            rail(
                [
                    (s * 0.66, -0.25, roof),
                    (s * 0.64, 0.6, roof + 0.03),
                    (s * 0.68, 1.5, roof - 0.10),
                ],
                0.08,
                0.08,
            )
        )
        frame.append(rail([(w, b, sill), (w, b, belt), (s * 0.67, b + 0.12, roof)], 0.08, 0.13))
        frame.append(
            rail([(s * 0.68, 1.5, roof - 0.10), (w, 2.05, belt + 0.02), (w, 2.2, 0.85)], 0.10, 0.16)
        )
        arch = [
            (w, 1.62 + 0.40 * math.cos(t), sill + 0.05 + 0.40 * math.sin(t))
            for t in np.radians(range(0, 181, 20))
        ]
        frame.append(rail(arch, 0.06, 0.10))
        arch = [
            (w, -1.55 + 0.40 * math.cos(t), sill + 0.05 + 0.40 * math.sin(t))
            for t in np.radians(range(0, 181, 20))
        ]
        frame.append(rail(arch, 0.06, 0.10))
        quarter = [
            (1.22, sill),
            (1.22, belt - 0.08),
            (1.55, belt),
            (2.05, belt),
            (2.05, 1.05),
            (1.62, 1.09),
        ]
        frame.append(_upright(quarter, w - 0.02, w + 0.02))
        fender = [
            (-0.98, belt),
            (-0.98, 0.75),
            (-1.16, 1.0),
            (-1.55, 1.09),
            (-2.0, 0.93),
            (-2.05, 1.0),
        ]
        frame.append(_upright(fender, w - 0.02, w + 0.02))
        frame.append(rail([(s * 0.55, -0.95, 0.72), (s * 0.50, -2.15, 0.78)], 0.10, 0.13))
    frame.append(
        loft(
            [
                (rectangle((-0.66, 0.66), (-0.26, 1.48), 0.1), roof),
                (rectangle((-0.58, 0.58), (-0.12, 1.3), 0.1), roof + 0.05),
            ]
        )
    )
    frame.append(block((-half, half), (-1.0, 1.5), (sill - 0.10, sill - 0.06)))
    frame.append(block((-0.75, 0.75), (1.4, 2.2), (sill + 0.05, sill + 0.10)))
    for u, z in ((-0.97, belt), (-2.1, 0.85), (2.15, 0.9), (-0.95, 0.9)):
        frame.append(bar((-half, u, z), (half, u, z), 0.10, 0.12))
    skid = [bar((s, -2.2, 0.40), (s, 2.2, 0.40), 0.10, 0.12) for s in (-0.45, 0.45)]
    skid += [bar((-0.6, u, 0.46), (0.6, u, 0.46), 0.08, 0.08) for u in (-1.2, 1.2)]
    skid += [
        block((s - 0.04, s + 0.04), (u - 0.04, u + 0.04), (0.48, 0.56))
        for s in (-0.5, 0.5)
        for u in (-1.2, 1.2)
    ]
    at = (x, y, 0.0)
    return [("body steel", union(frame).moved(at)), ("safety yellow", union(skid).moved(at))]


def _upright(outline: Sequence[tuple[float, float]], w0: float, w1: float) -> Shape:
    """A plate with the outline (y, z) from x = `w0` to `w1`."""
    flat = prism(outline, w0, w1)
    return Shape(flat.vertices[:, [2, 0, 1]], flat.faces)


def industrial_robot(x: float, y: float, turn: float, lean: float = 0.0) -> list[Piece]:
    """A six-axis robot on a plinth, reaching along +x before `turn` [degrees]."""
    shoulder = (0.22, 0.0, 1.05)
    elbow = (0.10 + lean, 0.0, 2.05)
    wrist = (1.05 + lean, 0.0, 1.95 - lean)
    painted = union(
        [
            turning(
                [(0.30, 0.40), (0.30, 0.50), (0.24, 0.62), (0.24, 0.80), (0.20, 0.95), (0, 0.95)],
                24,
            ),
            tube((shoulder[0], -0.20, shoulder[2]), (shoulder[0], 0.20, shoulder[2]), 0.20),
            tube((0.0, 0.0, 0.85), shoulder, 0.20, 0.17),
            tube((shoulder[0], 0.16, shoulder[2]), (elbow[0], 0.16, elbow[2]), 0.14, 0.11),
            tube((elbow[0], -0.16, elbow[2]), (elbow[0], 0.26, elbow[2]), 0.15),
            tube((elbow[0] - 0.25, -0.04, elbow[2] + 0.03), wrist, 0.13, 0.08),
        ]
    )
    tool_end = (wrist[0] + 0.28, 0.0, wrist[2] - 0.34)
    dark = union(
        [
            block((-0.42, 0.42), (-0.42, 0.42), (0, 0.40), bevel=0.02),
            tube(
                (elbow[0] - 0.45, -0.04, elbow[2] + 0.04),
                (elbow[0] - 0.22, -0.04, elbow[2] + 0.03),
                0.09,
            ),
            tube((wrist[0], -0.09, wrist[2]), (wrist[0], 0.09, wrist[2]), 0.085),
            tube(wrist, tool_end, 0.055),
            bar(tool_end, (tool_end[0] + 0.28, 0, tool_end[2] - 0.02), 0.07, 0.05),
            bar(
                (tool_end[0] - 0.02, 0, tool_end[2] - 0.24),
                (tool_end[0] + 0.28, 0, tool_end[2] - 0.26),
                0.07,
                0.05,
            ),
            bar((tool_end[0], 0, tool_end[2]), (tool_end[0], 0, tool_end[2] - 0.26), 0.10, 0.08),
        ]
    )
    (ex, _, ez), (wx, _, wz) = elbow, wrist
    path = [(ex - 0.2, -0.16, ez + 0.16), (ex + 0.3, -0.14, ez + 0.22),
            (wx - 0.1, -0.10, wz + 0.16), (wx + 0.1, -0.06, wz - 0.05)]  # fmt: skip
    hose = rail(path, 0.045, 0.045)
    pieces = [("robot orange", painted), ("anthracite", dark), ("black", hose)]
    return [(material, shape.turned(turn).moved((x, y, 0))) for material, shape in pieces]


def backdrop() -> tuple[list[Piece], list[Panel]]:
    """Everything beyond the station's fence."""
    x0, (y0, y1) = FLOOR_X[0], FLOOR_Y
    pieces: list[Piece] = []
    for y in (-3.6, 1.6, 6.8):
        pieces += car_body(LINE_X, y)
    for y, lean in ((-5.2, 0.1), (-1.9, 0.0), (3.4, 0.12)):
        pieces += industrial_robot(LINE_X + 1.75, y, 180 + 12 * (1 if lean else -1), lean)
        pieces += industrial_robot(LINE_X - 1.75, y + 1.1, 10, 0.1 - lean)
    line = [bar((LINE_X + s, y0, 0.30), (LINE_X + s, y1, 0.30), 0.10, 0.12) for s in (-0.7, 0.7)]
    line += [
        block((LINE_X + s - 0.06, LINE_X + s + 0.06), (y - 0.06, y + 0.06), (0, 0.26))
        for s in (-0.7, 0.7)
        for y in np.arange(y0 + 0.5, y1, 1.5)
    ]
    columns = [
        block((x - 0.16, x + 0.16), (y - 0.16, y + 0.16), (0, 6.2), cut=0.02) for x, y in COLUMNS
    ]
    guards = [
        block((x - 0.20, x + 0.20), (y - 0.20, y + 0.20), (0, 1.0), cut=0.03) for x, y in COLUMNS
    ]
    beams = [bar((x, y0, 5.4), (x, y1, 5.4), 0.24, 0.42) for x in (-3.55, -9.4)]
    beams += [bar((x0, y, 5.75), (FLOOR_X[1], y, 5.75), 0.16, 0.3) for y in (-6.2, -1.9, 2.4, 6.7)]
    lamps = [
        block((x - 0.10, x + 0.10), (y0 + 0.5, y1 - 0.5), (4.72, 4.76)) for x in (-2.4, -5.6, -8.6)
    ]
    trunking = [bar((x, y0, 4.80), (x, y1, 4.80), 0.14, 0.08) for x in (-2.4, -5.6, -8.6)]
    tray = [bar((-3.30, y0, 3.55), (-3.30, y1, 3.55), 0.40, 0.06)]
    duct = [tube((-9.1, y0, 4.3), (-9.1, y1, 4.3), 0.32)]
    pieces += [
        ("graphite", union(line)),
        ("column grey", union(columns)),
        ("safety yellow", union(guards)),
        ("light grey", union(beams + duct)),
        ("lamp", union(lamps)),
        ("dark steel", union(trunking + tray)),
    ]
    panels = [
        Panel("wall", (x0, 0, 3.0), (y1 - y0, 6.0), 0),
        Panel("wall", ((x0 + FLOOR_X[1]) / 2, y1, 3.0), (FLOOR_X[1] - x0, 6.0), 270),
        Panel("wall", ((x0 + FLOOR_X[1]) / 2, y0, 3.0), (FLOOR_X[1] - x0, 6.0), 90),
        Panel("andon", (-3.30, 0.55, 3.05), (2.4, 0.75), 0),
    ]
    return pieces, panels
