"""Distance of two tools, each a capsule around its axis; plain floats, for the guard's tick.

The forearms behind the tools are not modelled: two elbows may meet although their tools do not.
"""

import math
from collections.abc import Sequence

from ontakt.runtime.slew import Vector, dot

Segment = tuple[Vector, Vector]
"""From one end to the other: start [m] and displacement [m]."""


def tool_axis(pose: Sequence[float], length: float) -> Segment:
    """From the TCP of `pose` (position [m], unit quaternion wxyz) backwards along the tool's x axis
    for `length` [m], station frame."""
    x, y, z, w, i, j, k = pose[:7]
    # the first column of the rotation matrix is where the tool's x axis points
    back = (
        length * (2.0 * (j * j + k * k) - 1.0),
        -length * 2.0 * (i * j + w * k),
        -length * 2.0 * (i * k - w * j),
    )
    return (x, y, z), back


def segment_distance(first: Segment, second: Segment) -> float:
    """Least distance [m] of two segments.

    Closed form: the nearest points of the two lines, cut to the segments one after the other (C.
    Ericson, Real-Time Collision Detection, 2005, section 5.1.9). A segment may be a point.
    """
    (p, u), (q, v) = first, second
    r = (p[0] - q[0], p[1] - q[1], p[2] - q[2])
    uu, vv, uv = dot(u, u), dot(v, v), dot(u, v)
    ur, vr = dot(u, r), dot(v, r)
    across = uu * vv - uv * uv
    # nearly parallel: any point of the first is as good, so its start
    s = _cut((uv * vr - ur * vv) / across) if across > 1e-12 * uu * vv else 0.0
    t = (uv * s + vr) / vv if vv > 0.0 else 0.0
    if not 0.0 <= t <= 1.0 or vv == 0.0:
        t = _cut(t)
        s = _cut((uv * t - ur) / uu) if uu > 0.0 else 0.0
    x, y, z = (a + s * b - t * c for a, b, c in zip(r, u, v, strict=True))
    return math.sqrt(x * x + y * y + z * z)


def middles_apart(first: Segment, second: Segment) -> float:
    """Distance [m] of the two segments' middles: quick, and at most half of both lengths more than
    that of the segments."""
    (p, u), (q, v) = first, second
    x, y, z = (
        p[0] - q[0] + 0.5 * (u[0] - v[0]),
        p[1] - q[1] + 0.5 * (u[1] - v[1]),
        p[2] - q[2] + 0.5 * (u[2] - v[2]),
    )
    return math.sqrt(x * x + y * y + z * z)


def _cut(part: float) -> float:
    return min(max(part, 0.0), 1.0)
