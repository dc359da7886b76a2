"""Rotations as unit quaternions wxyz, many at once: product, exponential, logarithm, Euler angles.

Plain numpy on arrays of shape (..., 4): one call costs microseconds, where an object for each
rotation would cost more than the rest of the processor together.
"""

import math

import numpy as np

from ontakt.contract.spaces import Array

SMALL = 1e-8
"""Below this half angle [rad], or its sine, the first term of the series is exact in float64."""
LOCKED = 1e-9
"""Cosine of the pitch below which roll and yaw turn about the same axis."""


def _hamilton() -> Array:
    """T with (a b)_k = sum_ij a_i b_j T_ijk, Hamilton's product of wxyz quaternions."""
    table = np.zeros((4, 4, 4))
    table[0, :, :] = np.eye(4)
    table[:, 0, :] = np.eye(4)
    for i, j, k in ((1, 2, 3), (2, 3, 1), (3, 1, 2)):
        table[i, j, k], table[j, i, k] = 1.0, -1.0
    table[(1, 2, 3), (1, 2, 3), 0] = -1.0
    return table


_PRODUCT = _hamilton()
_CONJUGATE = np.array([1.0, -1.0, -1.0, -1.0])


def multiply(a: Array, b: Array) -> Array:
    """The rotation that turns by `b` first and by `a` then: a b, shape (..., 4); broadcasts."""
    # a_i T_ijk is a 4x4 matrix for every a, which then acts on the rows of b.
    matrices = np.tensordot(a, _PRODUCT, axes=(-1, 0))
    return np.asarray((b[..., None, :] @ matrices)[..., 0, :])


def conjugate(q: Array) -> Array:
    """The opposite rotation of the unit quaternions `q` (..., 4)."""
    return q * _CONJUGATE


def matrix(q: Array) -> Array:
    """Rotation matrices (..., 3, 3) of the unit quaternions `q` (..., 4)."""
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), (0, 1), (-2, -1))


def exponential(rotation: Array) -> Array:
    """Unit quaternions (..., 4) of rotation vectors [rad], shape (..., 3)."""
    half = 0.5 * np.sqrt((rotation * rotation).sum(axis=-1, keepdims=True))
    ratio = np.where(half < SMALL, 0.5, 0.5 * np.sin(half) / np.maximum(half, SMALL))
    return np.concatenate([np.cos(half), ratio * rotation], axis=-1)


def logarithm(q: Array) -> Array:
    """The shortest rotation vectors [rad], shape (..., 3), of unit quaternions (..., 4).

    Their length is at most pi. At exactly pi both directions are right; either may come.
    """
    w = np.abs(q[..., :1])
    v = np.where(q[..., :1] < 0.0, -q[..., 1:], q[..., 1:])
    sine = np.sqrt((v * v).sum(axis=-1, keepdims=True))
    angle = 2.0 * np.arctan2(sine, w)
    ratio = np.where(sine < SMALL, 2.0, angle / np.maximum(sine, SMALL))
    return ratio * v


def from_rpy(angles: Array) -> Array:
    """Unit quaternions (..., 4) of roll, pitch, yaw [rad], shape (..., 3), about the fixed axes
    x, then y, then z: R = Rz(yaw) Ry(pitch) Rx(roll)."""
    cosine, sine = np.cos(0.5 * angles), np.sin(0.5 * angles)
    (cr, cp, cy), (sr, sp, sy) = np.moveaxis(cosine, -1, 0), np.moveaxis(sine, -1, 0)
    return np.stack(
        [
            cr * cp * cy + sr * sp * sy,
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
        ],
        axis=-1,
    )


def to_rpy(q: Array) -> Array:
    """Roll, pitch, yaw [rad], shape (..., 3), as `from_rpy` takes them; pitch in [-pi/2, pi/2],
    and yaw 0 where the pitch locks the other two together."""
    m = matrix(q)
    level = np.hypot(m[..., 0, 0], m[..., 1, 0])
    free = level > LOCKED
    roll = np.where(
        free,
        np.arctan2(m[..., 2, 1], m[..., 2, 2]),
        np.arctan2(-m[..., 1, 2], m[..., 1, 1]),
    )
    pitch = np.arctan2(-m[..., 2, 0], level)
    yaw = np.where(free, np.arctan2(m[..., 1, 0], m[..., 0, 0]), 0.0)
    return np.stack([roll, pitch, yaw], axis=-1)


def axis_angle(q: Array) -> Array:
    """Axis times angle [rad], shape (3,), of one unit quaternion, its sign taken as it stands.

    Unlike `logarithm` the angle lies in [0, 2 pi] and follows the sign of w, so that it is
    continuous where the measured quaternion is; robosuite and LIBERO compute their state so.
    """
    sine = float(np.sqrt(q[1:] @ q[1:]))
    if sine < SMALL:
        return np.zeros(3)
    return np.asarray(q[1:] * (2.0 * math.atan2(sine, float(q[0])) / sine))


def continuous(q: Array, first: Array) -> Array:
    """The quaternions `q` (T, 4) with signs chosen so that each lies on the side of the one
    before it, the first on the side of `first` (4,). A rotation has two quaternions, and who
    interpolates between rows must not meet the other one."""
    before = np.concatenate([first[None], q[:-1]])
    turned = np.where((q * before).sum(axis=-1) < 0.0, -1.0, 1.0)
    return q * np.cumprod(turned)[:, None]


def normalised(q: Array) -> Array:
    """Quaternions (..., 4) at unit length."""
    return q / np.sqrt((q * q).sum(axis=-1, keepdims=True))


def from_matrix(m: Array) -> Array:
    """The unit quaternion (4,) with w >= 0 of one rotation matrix (3, 3)."""
    # The products q_i q_j, times four, are linear in the matrix; the row with the greatest
    # diagonal is a multiple of q that does not vanish.
    xx, yy, zz = m[0, 0], m[1, 1], m[2, 2]
    xw, yw, zw = m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]
    xy, yz, zx = m[0, 1] + m[1, 0], m[1, 2] + m[2, 1], m[2, 0] + m[0, 2]
    products = np.array(
        [
            [1 + xx + yy + zz, xw, yw, zw],
            [xw, 1 + xx - yy - zz, xy, zx],
            [yw, xy, 1 - xx + yy - zz, yz],
            [zw, zx, yz, 1 - xx - yy + zz],
        ]
    )
    row = products[int(np.argmax(np.diagonal(products)))]
    return normalised(-row if row[0] < 0.0 else row)
