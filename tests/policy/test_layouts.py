"""State and action layouts: against slow references made of rotation matrices, and the laws that
the two directions of an action layout obey."""

import math
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from tests.policy.desk import arm, same_targets, targets

from ontakt.contract.errors import BadValue
from ontakt.contract.spaces import SIDES, Array, Side
from ontakt.policy.processor import poses
from ontakt.policy.processor.action_layout import ActionLayout
from ontakt.policy.processor.embodiment import embodiments
from ontakt.policy.processor.gripper import Gripper
from ontakt.policy.processor.measured import MeasuredArm, measured_arms
from ontakt.policy.processor.state_layout import Quantity, StateLayout, StatePart

SHIPPED = {name: file.embodiment for name, file in embodiments().items()}
SEEDS = st.integers(0, 2**32 - 1)


def _measured(rng: np.random.Generator, sides: tuple[Side, ...] = ("left",)) -> tuple[Any, ...]:
    return measured_arms({side: arm(rng, joint_count=6) for side in SIDES}, sides)


def _matrix(q: Array) -> Array:
    rotation: Array = Rotation.from_quat(np.asarray(q)[[1, 2, 3, 0]]).as_matrix()
    return rotation


# State


def _libero(a: MeasuredArm) -> list[float]:
    # robosuite's quat2axisangle: 2 acos(w) times the axis, whatever the sign of w
    angle = 2 * math.acos(float(a.quaternion[0]))
    axis = a.quaternion[1:] / np.linalg.norm(a.quaternion[1:])
    return [*a.position, *(angle * axis), a.opening / 2, -a.opening / 2]


def _calvin(a: MeasuredArm) -> list[float]:
    euler = Rotation.from_matrix(_matrix(a.quaternion)).as_euler("xyz")
    return [*a.position, *euler, a.opening]


def _bridge(a: MeasuredArm) -> list[float]:
    down = np.array([[0, 0, 1.0], [0, 1.0, 0], [-1.0, 0, 0]])
    euler = Rotation.from_matrix(_matrix(a.quaternion) @ down.T).as_euler("xyz")
    return [*a.position, *euler, 0.0, a.opening / 0.074]


def _fractal(a: MeasuredArm) -> list[float]:
    w, x, y, z = a.quaternion * (1 if a.quaternion[0] >= 0 else -1)
    return [*a.position, x, y, z, w, 1 - a.opening / 0.1]


@pytest.mark.parametrize("name", ["libero", "calvin", "bridge", "fractal"])
@given(seed=SEEDS)
def test_the_benchmarks_states(name: str, seed: int) -> None:
    (a,) = _measured(np.random.default_rng(seed))
    expected = {"libero": _libero, "calvin": _calvin, "bridge": _bridge, "fractal": _fractal}
    values = expected[name](a)
    state = SHIPPED[name].state.pack([a], ["left"], 32)
    np.testing.assert_allclose(state[: len(values)], values, atol=1e-7)
    assert not state[len(values) :].any()


def test_the_bimanual_state_is_grippers_and_joints() -> None:
    left, right = _measured(np.random.default_rng(0), SIDES)
    state = SHIPPED["bimanual"].state.pack([left, right], SIDES, 32)
    expected = np.zeros(32)
    expected[6], expected[7:13] = left.opening, left.joints
    expected[20], expected[21:27] = right.opening, right.joints
    np.testing.assert_array_equal(state, expected)


def test_the_stations_state_is_poses_and_openings() -> None:
    left, right = _measured(np.random.default_rng(0), SIDES)
    state = SHIPPED["ontakt"].state.pack([left, right], SIDES, 32)
    for start, a in ((0, left), (14, right)):
        turn = _matrix(a.quaternion)
        np.testing.assert_allclose(state[start : start + 3], a.position)
        np.testing.assert_allclose(state[start + 3 : start + 9], [*turn[:, 0], *turn[:, 1]])
        np.testing.assert_allclose(
            state[start + 9 : start + 11], [a.opening / 0.04, a.target_opening / 0.04]
        )
    assert not state[[11, 12, 13, *range(25, 32)]].any()


@given(SEEDS)
def test_the_stations_state_does_not_jump_near_half_a_turn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    axis = rng.normal(size=3)
    axis /= np.linalg.norm(axis)
    layout = SHIPPED["ontakt"].state
    states = []
    for angle in (math.pi - 1e-4, math.pi + 1e-4):
        (a,) = _measured(np.random.default_rng(0))
        quaternion = poses.exponential(axis * angle)
        turned = MeasuredArm(
            a.position, quaternion, a.opening, a.target, a.target_opening, a.joints
        )
        states.append(layout.pack([turned, turned], SIDES, 32))
    assert np.abs(states[0] - states[1]).max() < 3e-4


@pytest.mark.parametrize("joints", [None, 7])
def test_joints_that_are_needed_must_be_there(joints: int | None) -> None:
    rng = np.random.default_rng(0)
    arms = measured_arms({"left": arm(rng, 6), "right": arm(rng, joints)}, SIDES)
    with pytest.raises(BadValue, match=f"right arm: joints is {joints}; the state needs 6"):
        SHIPPED["bimanual"].state.pack(arms, SIDES, 32)


def test_parts_say_their_width() -> None:
    (a,) = _measured(np.random.default_rng(0))
    for quantity in get_args(Quantity):
        layout = StateLayout(parts=(StatePart(quantity=quantity, at=2, count=6),))
        state = layout.pack([a], ["left"], 12)
        assert np.flatnonzero(state).tolist() == list(range(2, layout.width))


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"position": np.array([0, np.nan, 0])}, "left arm: position is .* must be finite"),
        ({"position": np.zeros(2)}, r"left arm: position: shape is \(2,\)"),
        ({"quaternion": np.zeros(4)}, "left arm: length of the quaternion is 0.0"),
        ({"quaternion": np.array([2.0, 0, 0, 0])}, "left arm: length of the quaternion is 2.0"),
        ({"quaternion": np.array([np.inf, 0, 0, 0])}, "left arm: quaternion is"),
        ({"opening": math.nan}, "left arm: opening is nan"),
        ({"target_opening": math.inf}, "left arm: target_opening is inf"),
        ({"joints": np.array([0.0, np.nan])}, "left arm: joints is"),
    ],
)
def test_a_measurement_that_cannot_be_is_refused(changed: dict[str, Any], text: str) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(BadValue, match=text):
        measured_arms({"left": arm(rng, **changed)}, ("left",))


def test_an_arm_must_be_there() -> None:
    with pytest.raises(BadValue, match="'right' is missing"):
        measured_arms({"left": arm(np.random.default_rng(0))}, SIDES)


def test_a_rounded_quaternion_is_brought_to_unit_length() -> None:
    q = np.array([0.6, 0.0, 0.8, 0.0]) * 1.0005
    (a,) = measured_arms({"left": arm(np.random.default_rng(0), quaternion=q)}, ("left",))
    np.testing.assert_allclose(a.quaternion, [0.6, 0.0, 0.8, 0.0], atol=1e-12)


# Action


def _slow_decode(name: str, actions: Array, a: MeasuredArm) -> Array:
    """One arm, one row after the other, with matrices: what controllers and clients publish."""
    p, turn = a.position, _matrix(a.quaternion)
    euler = Rotation.from_matrix(turn).as_euler("xyz")
    rows = []
    for row in actions:
        d, r, g = row[:3], row[3:6], row[6]
        if name in ("ontakt", "bimanual"):  # the whole chunk from the observation
            there = a.position + turn @ d
            turned, opening = turn @ Rotation.from_rotvec(r).as_matrix(), a.opening + g
            rows.append([*there, *Rotation.from_matrix(turned).as_quat()[[3, 0, 1, 2]], opening])
            continue
        if name == "libero":
            p = p + 0.05 * np.clip(d, -1, 1)
            turn = Rotation.from_rotvec(0.5 * np.clip(r, -1, 1)).as_matrix() @ turn
            opening = 0.08 if g < 0 else 0.0
        elif name == "calvin":
            p, euler = p + 0.02 * d, euler + 0.05 * r
            turn = Rotation.from_euler("xyz", euler).as_matrix()
            opening = 0.08 if g > 0 else 0.0
        else:  # bridge, fractal
            p = p + d
            turn = Rotation.from_euler("xyz", r).as_matrix() @ turn
            opening = 0.074 * (g > 0.5) if name == "bridge" else 0.1 * min(max(g, 0.0), 1.0)
        rows.append([*p, *Rotation.from_matrix(turn).as_quat()[[3, 0, 1, 2]], opening])
    return np.array(rows)


@pytest.mark.parametrize("name", ["libero", "calvin", "bridge", "fractal", "ontakt", "bimanual"])
@given(seed=SEEDS)
def test_decode_against_a_slow_reference(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    embodiment = SHIPPED[name]
    arms = _measured(rng, embodiment.sides)
    actions = rng.uniform(-1.5, 1.5, (6, 32))
    decoded = embodiment.action.decode(actions, arms)
    for k, (start, a) in enumerate(zip(embodiment.action.starts, arms, strict=True)):
        expected = _slow_decode(name, actions[:, start : start + 7], a)
        assert same_targets(decoded[:, 8 * k : 8 * k + 8], expected, atol=1e-8)


@pytest.mark.parametrize("name", sorted(SHIPPED))
@given(seed=SEEDS)
def test_decoded_quaternions_have_unit_length_and_no_jumps(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    embodiment = SHIPPED[name]
    arms = _measured(rng, embodiment.sides)
    decoded = embodiment.action.decode(rng.uniform(-1, 1, (5, 32)), arms)
    for k, a in enumerate(arms):
        q = decoded[:, 8 * k + 3 : 8 * k + 7]
        np.testing.assert_allclose(np.linalg.norm(q, axis=1), 1.0, atol=1e-12)
        path = np.concatenate([a.quaternion[None], q])
        assert ((path[1:] * path[:-1]).sum(axis=1) >= 0).all()


LAYOUTS = {
    f"{anchor}-{frame}-{rotation}": ActionLayout(
        anchor=anchor,
        frame=frame,
        rotation=rotation,
        starts=(0, 14),
        position_scale=0.5,
        rotation_scale=2.0,
    )
    for anchor in ("observation", "step")
    for frame in ("tool", "station")
    for rotation in ("vector", "rpy", "rpy_sum")
}
"""Every combination that the data can ask for, not only those that ship."""


@pytest.mark.parametrize("name", sorted(LAYOUTS))
@given(seed=SEEDS)
def test_decode_undoes_encode(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    arms, layout = _measured(rng, SIDES), LAYOUTS[name]
    wanted = targets(rng, 5, 2)
    encoded = layout.encode(wanted, arms, 32)
    assert not encoded[:, [*range(7, 14), *range(21, 32)]].any()
    # roundings grow where the pitch comes near its lock
    assert same_targets(layout.decode(encoded, arms), wanted, atol=1e-6)


@pytest.mark.parametrize("name", sorted(LAYOUTS))
@given(seed=SEEDS)
def test_encode_undoes_decode(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    arms, layout = _measured(rng, SIDES), LAYOUTS[name]
    size = 0.7 if layout.rotation == "vector" else 0.1
    actions = np.zeros((5, 32))
    for start in layout.starts:
        actions[:, start : start + 7] = rng.uniform(-size, size, (5, 7))
    if layout.rotation == "rpy_sum":
        # beyond a right angle the same rotation has another roll, pitch and yaw
        for start, a in zip(layout.starts, arms, strict=True):
            grown = 2.0 * actions[:, start + 4]
            steps = grown.cumsum() if layout.anchor == "step" else grown
            assume((np.abs(poses.to_rpy(a.quaternion)[1] + steps) < 1.4).all())
    decoded = layout.decode(actions, arms)
    np.testing.assert_allclose(layout.encode(decoded, arms, 32), actions, atol=1e-9)


@given(SEEDS, st.sampled_from([math.pi, math.pi - 1e-9, math.pi - 1e-5, 1e-12, 0.0]))
def test_rotations_near_half_a_turn_come_back(seed: int, angle: float) -> None:
    rng = np.random.default_rng(seed)
    arms, layout = _measured(rng, ("left",)), ActionLayout()
    axis = rng.normal(size=3)
    turn = poses.exponential(axis / np.linalg.norm(axis) * angle)
    wanted = targets(rng, 1, 1)
    wanted[0, 3:7] = poses.multiply(arms[0].quaternion, turn)
    encoded = layout.encode(wanted, arms, 32)
    np.testing.assert_allclose(np.linalg.norm(encoded[0, 3:6]), angle, atol=1e-7)
    assert same_targets(layout.decode(encoded, arms), wanted, atol=1e-9)


@given(SEEDS)
def test_a_chunk_re_anchored_is_the_chunk_seen_from_there(seed: int) -> None:
    """Encoding at observation B what was decoded at A is the change of frame and nothing else:
    with X the pose of the tool, D_B = X_B^-1 X_A D_A."""
    rng = np.random.default_rng(seed)
    layout = ActionLayout()
    (a,), (b,) = _measured(rng), _measured(rng)
    actions = np.zeros((4, 32))
    actions[:, :7] = rng.uniform(-1, 1, (4, 7))
    moved = layout.encode(layout.decode(actions, [a]), [b], 32)
    for before, after in zip(actions, moved, strict=True):
        ra, rb = _matrix(a.quaternion), _matrix(b.quaternion)
        np.testing.assert_allclose(
            after[:3], rb.T @ (a.position + ra @ before[:3] - b.position), atol=1e-9
        )
        turn = rb.T @ ra @ Rotation.from_rotvec(before[3:6]).as_matrix()
        np.testing.assert_allclose(Rotation.from_rotvec(after[3:6]).as_matrix(), turn, atol=1e-9)
        assert math.isclose(after[6], before[6] + a.opening - b.opening, abs_tol=1e-12)


@given(SEEDS)
def test_the_sign_of_a_quaternion_means_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    arms, layout = _measured(rng, SIDES), LAYOUTS["step-tool-vector"]
    wanted = targets(rng, 3, 2)
    other = wanted.copy()
    other[:, 3:7] *= -1
    other[1, 11:15] *= -1
    one, two = (layout.encode(rows, arms, 32) for rows in (wanted, other))
    np.testing.assert_allclose(one, two, atol=1e-12)


def test_joint_motions_are_untold() -> None:
    assert SHIPPED["bimanual"].action.untold == (*range(7, 13), *range(21, 27))
    assert SHIPPED["ontakt"].action.untold == ()


# Gripper


def test_a_gripper_by_its_sign() -> None:
    panda = SHIPPED["libero"].action.gripper
    values = np.array([-1.0, -0.2, 0.2, 1.0])
    np.testing.assert_array_equal(panda.decode(values, 0.03), [0.08, 0.08, 0.0, 0.0])
    np.testing.assert_array_equal(panda.encode(np.array([0.08, 0.05, 0.03, 0.0]), 0.03),
                                  [-1.0, -1.0, 1.0, 1.0])  # fmt: skip


def test_a_gripper_by_its_share() -> None:
    google = SHIPPED["fractal"].action.gripper
    np.testing.assert_allclose(google.decode(np.array([-0.5, 0.25, 2.0]), 0.0), [0, 0.025, 0.1])
    np.testing.assert_allclose(google.encode(np.array([0.025]), 0.0), [0.25])


def test_a_gripper_from_the_measured_opening() -> None:
    np.testing.assert_allclose(Gripper().decode(np.array([0.01, -0.02]), 0.03), [0.04, 0.01])
    np.testing.assert_allclose(Gripper().encode(np.array([0.04, 0.01]), 0.03), [0.01, -0.02])
