"""What holds and carries, for people: the carrier with its fixture, the grippers' shells.

Metres; the carrier in the station frame, shells in the frame of the body that they cover.
"""

import numpy as np

from ontakt.station.scenery.shapes import Piece, bar, block, both_sides, loft, tube, turning, union


def carrier(seat: float) -> list[Piece]:
    """The driverless carrier that brings the part, with the fixture on it."""
    x, y = (0.47, 1.16), (-0.60, 0.60)
    body = block(x, y, (0.055, 0.30), cut=0.06, bevel=0.012)
    skirt = block((x[0] - 0.008, x[1] + 0.008), (y[0] - 0.008, y[1] + 0.008), (0.03, 0.10), 0.065)
    deck = block((x[0] + 0.04, x[1] - 0.04), (y[0] + 0.04, y[1] - 0.04), (0.30, 0.312), cut=0.03)
    glow = block((x[0] - 0.002, x[1] + 0.002), (y[0] - 0.002, y[1] + 0.002), (0.235, 0.247), 0.06)
    scanner = turning(
        [(0.055, 0), (0.055, 0.03), (0.048, 0.032), (0.048, 0.062), (0.055, 0.064), (0.052, 0.10),
         (0, 0.10)], 28
    )  # fmt: skip
    scanners = [
        scanner.moved((u + 0.012 * s, v + 0.012 * s, 0.115))
        for u, v, s in ((x[0], y[0], 1), (x[1], y[1], -1))
    ]
    z = 0.40
    corners = [(u, v) for u in (0.60, 1.06) for v in (-0.30, 0.30)]
    beams = [bar((u, -0.42, z), (u, 0.42, z), 0.08, 0.08) for u in (0.60, 1.06)]
    beams += [bar((0.42, v, z + 0.08), (1.10, v, z + 0.08), 0.08, 0.08) for v in (-0.30, 0.30)]
    feet = [
        block((u - 0.06, u + 0.06), (1.2 * v - 0.06, 1.2 * v + 0.06), (0.312, z - 0.04))
        for u, v in corners
    ]
    posts = [
        block((u - 0.032, u + 0.032), (v - 0.032, v + 0.032), (z + 0.04, seat - 0.052), bevel=0.004)
        for u, v in corners
    ]
    pad = turning([(0.024, 0), (0.024, 0.02), (0.016, 0.028), (0, 0.028)], 24)
    pads = [pad.moved((u, v, seat - 0.052)) for u, v in corners]
    nose = [bar((0.355, -0.30, 0.52), (0.355, 0.30, 0.52), 0.07, 0.06)]
    nose += [
        block((0.335, 0.375), (v - 0.03, v + 0.03), (0.54, seat - 0.028)) for v in (-0.14, 0.14)
    ]
    nose += [bar((0.355, v, 0.52), (0.60, v, 0.44), 0.05, 0.05) for v in (-0.25, 0.25)]
    return [
        ("machine blue", body),
        ("rubber", skirt),
        ("strip blue", glow),
        ("graphite", deck + union(feet)),
        ("safety yellow", union(scanners)),
        ("anthracite", union(beams)),
        ("dark steel", union(posts + nose)),
        ("machined aluminium", union(pads)),
        *both_sides([*clamp(0.55, seat), *clamp(1.06, seat)]),
    ]


def clamp(x: float, seat: float) -> list[Piece]:
    """A swing clamp that holds the left rail down from outside the part."""
    out, rail_y, top = 0.555, 0.30, seat + 0.085
    column = block(
        (x - 0.026, x + 0.026), (out - 0.02, out + 0.02), (0.44, top - 0.03), bevel=0.004
    )
    head = block(
        (x - 0.032, x + 0.032),
        (out - 0.03, out + 0.03),
        (top - 0.035, top + 0.022),
        cut=0.006,
        bevel=0.004,
    )
    arm = bar((x, out, top), (x, rail_y - 0.01, top), 0.022, 0.024)
    tip = tube((x, rail_y, seat + 0.066), (x, rail_y, top + 0.02), 0.009)
    pad = tube((x, rail_y, seat + 0.064), (x, rail_y, seat + 0.074), 0.013)
    base = bar((x, 0.33, 0.46), (x, out + 0.02, 0.46), 0.05, 0.05)
    return [
        ("dark steel", column + head),
        ("signal red", pad),
        ("steel", arm + tip),
        ("anthracite", base),
    ]


def palm() -> list[Piece]:
    """A gripper's body in the frame of its palm, which the physics has as a box: the adapter from
    the wrist, the housing, the guide of the jaws, the camera."""
    adapter = tube((-0.045, 0, 0), (-0.016, 0, 0), 0.027, sides=28)
    ring = tube((-0.0215, 0, 0), (-0.0175, 0, 0), 0.034, sides=28)
    housing = block((-0.018, 0.014), (-0.034, 0.034), (-0.017, 0.017), cut=0.004, bevel=0.003)
    guide = block((0.012, 0.020), (-0.036, 0.036), (-0.009, 0.009), cut=0.002)
    stalk = block((-0.012, -0.006), (-0.007, 0.007), (0.015, 0.036))
    camera = block((-0.020, -0.002), (-0.013, 0.013), (0.034, 0.054), cut=0.002, bevel=0.002)
    lens = tube((-0.003, 0, 0.0445), (0.001, 0, 0.0425), 0.0065)
    return [
        ("graphite", housing),
        ("machined aluminium", adapter + guide),
        ("strip blue", ring),
        ("anthracite", stalk + camera),
        ("steel", lens),
    ]


def finger(sign: float) -> list[Piece]:
    """One finger in its own frame, tapering to the pad; `sign` is 1 left of the middle."""
    root = block((0.0, 0.022), (0.0004, 0.0125), (-0.0085, 0.0085), cut=0.002)
    outline = np.array(
        [[0.020, 0.001], [0.058, 0.0032], [0.073, 0.0036], [0.073, 0.0068], [0.056, 0.0085],
         [0.020, 0.0115]]
    )  # fmt: skip
    blade = loft([(outline, -0.0062), (outline, 0.0062)])
    shape = root + blade
    return [("machined aluminium", shape if sign > 0 else shape.mirrored())]
