"""An arm that is told as in a mirror: what is seen, measured and told of the right hand of a
station is what would be of the left hand of the mirrored station."""

from typing import Any

import msgspec
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from tests.policy.desk import ByteTokenizer, observation, same_targets, targets

from ontakt.contract import SIDES, Array, Observation, Side
from ontakt.policy.processor import Processor, Statistics, VisionGeometry, embodiments
from ontakt.policy.processor.measured import MIRROR

BODY = embodiments()["ontakt-compact"].embodiment
OTHER: dict[Side, Side] = {"left": "right", "right": "left"}
VIEW = {"head": "head", "left_wrist": "right_wrist", "right_wrist": "left_wrist"}
SWAP = [*range(14, 28), *range(14), *range(28, 32)]


def _processor() -> Processor:
    std = np.zeros((10, 32))
    std[:, [*range(7), *range(14, 21)]] = 1.0
    statistics = Statistics.of("ontakt-compact", np.zeros((10, 32)), std)
    return Processor(BODY, statistics, ByteTokenizer(), VisionGeometry(temporal=1))


def _in_the_mirror(seen: Observation) -> Observation:
    def flipped(value: Array) -> Array:
        return value * np.array([1.0, -1.0, 1.0])

    arms = {}
    for side in SIDES:
        arm = seen.arms[OTHER[side]]
        arms[side] = msgspec.structs.replace(
            arm,
            position=flipped(arm.position),
            target=flipped(arm.target),
            quaternion=arm.quaternion * np.array([1.0, -1.0, 1.0, -1.0]),
        )
    images = {name: seen.images[VIEW[name]][:, ::-1] for name in seen.images}
    return msgspec.structs.replace(seen, arms=arms, images=images)


@given(st.integers(0, 2**32 - 1))
def test_a_mirrored_station_gives_the_same_inputs_with_the_arms_exchanged(seed: int) -> None:
    processor = _processor()
    seen = observation(np.random.default_rng(seed), processor.cameras)
    inputs, mirrored = processor.inputs(seen), processor.inputs(_in_the_mirror(seen))
    np.testing.assert_allclose(mirrored.state[0, 0], inputs.state[0, 0][SWAP], atol=1e-5)
    head, left, right = np.split(inputs.pixel_values, [12, 48])
    _, mirrored_left, mirrored_right = np.split(mirrored.pixel_values, [12, 48])
    np.testing.assert_array_equal(mirrored_left, right)
    np.testing.assert_array_equal(mirrored_right, left)
    assert len(head) == 12


@given(st.integers(0, 2**32 - 1))
def test_a_mirrored_motion_is_the_same_numbers_with_the_arms_exchanged(seed: int) -> None:
    processor, rng = _processor(), np.random.default_rng(seed)
    seen, wanted = observation(rng), targets(rng, 10, 2)
    both: Any = wanted.reshape(10, 2, 8)[:, ::-1] * MIRROR
    told = processor.motions(wanted, seen)
    mirrored = processor.motions(both.reshape(10, 16), _in_the_mirror(seen))
    np.testing.assert_allclose(mirrored, told[:, SWAP], atol=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_what_is_told_squashed_and_mirrored_comes_back(seed: int) -> None:
    processor, rng = _processor(), np.random.default_rng(seed)
    seen, wanted = observation(rng), targets(rng, 10, 2)
    encoded = processor.encode_chunk(wanted, seen)
    assert same_targets(processor.decode(encoded, seen), wanted, atol=1e-4)


@given(st.integers(0, 2**32 - 1))
def test_the_mirror_of_a_turn_is_the_turn_between_mirrored_things(seed: int) -> None:
    rng = np.random.default_rng(seed)
    quaternion, point = rng.normal(size=4), rng.normal(size=3)
    quaternion /= np.linalg.norm(quaternion)
    flip = MIRROR[:3]

    def turn(q: Array, p: Array) -> Array:
        turned: Array = Rotation.from_quat(q[[1, 2, 3, 0]]).apply(p)
        return turned

    np.testing.assert_allclose(
        turn(quaternion * MIRROR[3:7], point * flip), turn(quaternion, point) * flip, atol=1e-12
    )


def test_motions_are_squashed_by_asinh() -> None:
    processor = _processor()
    seen = observation(np.random.default_rng(0))
    arm = seen.arms["left"]
    row = np.concatenate([[*seen.arms[s].position, *seen.arms[s].quaternion, 0.02] for s in SIDES])
    ahead = Rotation.from_quat(arm.quaternion[[1, 2, 3, 0]]).apply([0.004, 0.0, 0.0])
    row[:3] += ahead
    told = processor.motions(row[None], seen)[0]
    np.testing.assert_allclose(told[:6], [np.arcsinh(2.0), 0, 0, 0, 0, 0], atol=1e-7)
    np.testing.assert_allclose(told[6], np.arcsinh((0.02 - arm.opening) / 0.002), atol=1e-9)


def test_lag_and_origin_in_the_state() -> None:
    processor = _processor()
    seen = observation(np.random.default_rng(0), processor.cameras)
    state, arm = processor.state(seen), seen.arms["left"]
    np.testing.assert_allclose(state[:3], 20 * (arm.position - [0.29, 0.2, 0.87]), rtol=1e-5)
    np.testing.assert_allclose(state[9], 100 * (arm.opening - 0.015), rtol=1e-5)
    np.testing.assert_allclose(state[11:14], 200 * (arm.target - arm.position), rtol=1e-5)
