"""Quaternions against rotation matrices of another library, and the laws that they obey."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from ontakt.contract.spaces import Array
from ontakt.policy.processor import poses

ATOL = 1e-9
"""A few roundings of float64, grown near pi where a quaternion's w is small."""


def _unit(values: Array) -> bool:
    return bool(np.linalg.norm(values) > 1e-3)


def _quaternions() -> st.SearchStrategy[Array]:
    numbers = st.floats(-1, 1, allow_subnormal=False)
    return arrays(np.float64, 4, elements=numbers).filter(_unit).map(poses.normalised)


def _scipy(q: Array) -> Rotation:
    return Rotation.from_quat(np.asarray(q)[..., [1, 2, 3, 0]])


def _same(a: Array, b: Array) -> None:
    np.testing.assert_allclose(np.abs((a * b).sum(axis=-1)), 1.0, atol=ATOL)


@given(_quaternions(), _quaternions(), _quaternions())
def test_the_product_turns_like_matrices(a: Array, b: Array, c: Array) -> None:
    product = poses.multiply(a, np.stack([b, c]))
    expected = [(_scipy(a) * _scipy(q)).as_matrix() for q in (b, c)]
    np.testing.assert_allclose(poses.matrix(product), expected, atol=ATOL)
    rowwise = poses.multiply(np.stack([a, b]), np.stack([b, c]))
    np.testing.assert_allclose(rowwise[0], product[0], atol=ATOL)
    np.testing.assert_allclose(rowwise[1], poses.multiply(b, c), atol=ATOL)


@given(_quaternions())
def test_conjugate_undoes(q: Array) -> None:
    np.testing.assert_allclose(poses.multiply(q, poses.conjugate(q)), [1, 0, 0, 0], atol=ATOL)


@given(_quaternions())
def test_matrix_and_back(q: Array) -> None:
    np.testing.assert_allclose(poses.matrix(q), _scipy(q).as_matrix(), atol=ATOL)
    _same(poses.from_matrix(poses.matrix(q)), q)


@given(_quaternions())
def test_exponential_undoes_logarithm(q: Array) -> None:
    rotation = poses.logarithm(q)
    assert np.linalg.norm(rotation) <= math.pi + ATOL
    _same(poses.exponential(rotation), q)
    if abs(q[0]) > 1e-6:  # at pi both directions are right
        np.testing.assert_allclose(poses.logarithm(-q), rotation, atol=ATOL)


@given(arrays(np.float64, 3, elements=st.floats(-1, 1)), st.floats(0.0, math.pi - 1e-6))
def test_logarithm_undoes_exponential(axis: Array, angle: float) -> None:
    length = float(np.linalg.norm(axis))
    rotation = np.zeros(3) if length < 1e-6 else axis / length * angle
    q = poses.exponential(rotation)
    np.testing.assert_allclose(np.linalg.norm(q), 1.0, atol=ATOL)
    np.testing.assert_allclose(poses.logarithm(q), rotation, atol=1e-7)
    np.testing.assert_allclose(
        poses.matrix(q), Rotation.from_rotvec(rotation).as_matrix(), atol=ATOL
    )


@pytest.mark.parametrize("angle", [0.0, 1e-300, 1e-12, 1e-8, math.pi - 1e-9, math.pi])
def test_the_smallest_and_the_greatest_angles(angle: float) -> None:
    rotation = np.array([0.6, 0.0, 0.8]) * angle
    back = poses.logarithm(poses.exponential(rotation))
    np.testing.assert_allclose(np.linalg.norm(back), angle, atol=ATOL)
    assert min(np.abs(back - rotation).max(), np.abs(back + rotation).max()) < 1e-8


@given(_quaternions())
def test_roll_pitch_yaw_turn_about_fixed_axes(q: Array) -> None:
    angles = poses.to_rpy(q)
    assert abs(angles[1]) <= math.pi / 2 + ATOL
    _same(poses.from_rpy(angles), q)
    expected = Rotation.from_euler("xyz", angles).as_matrix()
    np.testing.assert_allclose(poses.matrix(poses.from_rpy(angles)), expected, atol=ATOL)


@pytest.mark.parametrize("pitch", [math.pi / 2, -math.pi / 2])
def test_a_locked_pitch_still_gives_the_rotation(pitch: float) -> None:
    q = poses.from_rpy(np.array([0.3, pitch, -0.8]))
    angles = poses.to_rpy(q)
    assert angles[2] == 0.0
    _same(poses.from_rpy(angles), q)


def test_axis_angle_follows_the_sign_of_the_quaternion() -> None:
    q = poses.exponential(np.array([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(poses.axis_angle(q), [0, 0, 1])
    np.testing.assert_allclose(poses.axis_angle(-q), [0, 0, -(2 * math.pi - 1)])
    np.testing.assert_array_equal(poses.axis_angle(np.array([1.0, 0, 0, 0])), np.zeros(3))


def test_continuous_leaves_no_jump_and_turns_nothing() -> None:
    rng = np.random.default_rng(0)
    first = poses.normalised(rng.normal(size=4))
    path = poses.multiply(first, poses.exponential(np.linspace(0, 3, 40)[:, None] * np.ones(3)))
    signs = rng.choice([-1.0, 1.0], size=(40, 1))
    smooth = poses.continuous(path * signs, first)
    assert ((smooth[1:] * smooth[:-1]).sum(axis=1) > 0).all()
    assert smooth[0] @ first > 0
    _same(smooth, path)
