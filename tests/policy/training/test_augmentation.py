"""The mirror, and light."""

import msgspec
import numpy as np
import pytest
from tests.policy.training.tiny import LONGEST, lesson, processor

from ontakt.contract import ArmState, BadValue, Episode, Lesson, Observation, Side
from ontakt.contract.job import mirrored
from ontakt.policy.processor import Processor
from ontakt.policy.processor.measured import MIRROR, POINT, TURN
from ontakt.policy.training.augmentation import GAIN, TINT, Light, Mirror
from ontakt.policy.training.table import Table, tabulate

OTHER: dict[Side, Side] = {"left": "right", "right": "left"}


def in_the_mirror(one: Lesson) -> Lesson:
    """The lesson of a world that is mirrored at the plane y = 0, done without the fast code."""
    seen = one.observation

    def arm(was: ArmState) -> ArmState:
        return msgspec.structs.replace(
            was,
            position=was.position * POINT,
            quaternion=was.quaternion * TURN,
            target=was.target * POINT,
            wrist_force=was.wrist_force * POINT,
        )

    def targets(rows: np.ndarray) -> np.ndarray:
        left, right = rows[..., :8], rows[..., 8:]
        return np.concatenate([right * MIRROR, left * MIRROR], axis=-1)

    def camera(name: str) -> str:
        return mirrored(name.replace("_", " ")).replace(" ", "_")

    return Lesson(
        observation=Observation(
            tick=seen.tick,
            utc_ns=seen.utc_ns,
            arms={OTHER[side]: arm(was) for side, was in seen.arms.items()},
            images={camera(name): image[:, ::-1] for name, image in seen.images.items()},
            instruction=mirrored(seen.instruction),
        ),
        command=targets(one.command),
        driver=one.driver,
        free=targets(one.free),
        committed=one.committed,
        behind=targets(one.behind),
        places={camera(name): place * POINT for name, place in one.places.items()},
    )


def one_table(one: Lesson) -> Table:
    return tabulate([[Episode(lessons=(one,), hz=10, good={})]], processor())


@pytest.mark.parametrize("seed", range(LONGEST + 1))
def test_the_mirror_makes_what_a_mirrored_world_would_teach(seed: int) -> None:
    one = lesson(seed)
    mirror, before, after = Mirror(processor()), one_table(one), one_table(in_the_mirror(one))
    np.testing.assert_allclose(mirror.state(before.state), after.state, atol=1e-5)
    np.testing.assert_allclose(mirror.actions(before.free), after.free, atol=1e-5)
    np.testing.assert_allclose(mirror.actions(before.behind), after.behind, atol=1e-5)
    np.testing.assert_array_equal(mirror.sides(before.known), after.known)
    np.testing.assert_allclose(mirror.sides(before.places), after.places, atol=1e-6)
    everything = np.array([0])
    views = mirror.views([view[everything] for view in before.views])
    for mine, theirs in zip(views, after.views, strict=True):
        np.testing.assert_array_equal(mine, theirs[everything])
    assert mirrored(before.texts[0]) == after.texts[0]


def test_the_mirror_twice_changes_nothing() -> None:
    rng, mirror = np.random.default_rng(0), Mirror(processor())
    state, actions = rng.random((3, 32)), rng.random((3, 6, 32))
    views = [
        rng.integers(0, 256, (3, *size, 3), dtype=np.uint8) for size in ((8, 6), (4, 4), (4, 4))
    ]
    places = rng.random((3, 2, 2, 3))
    np.testing.assert_array_equal(mirror.state(mirror.state(state)), state)
    np.testing.assert_array_equal(mirror.actions(mirror.actions(actions)), actions)
    np.testing.assert_array_equal(mirror.sides(mirror.sides(places)), places)
    for twice, once in zip(mirror.views(mirror.views(views)), views, strict=True):
        np.testing.assert_array_equal(twice, once)


def test_an_embodiment_that_is_not_told_mirrored_is_refused() -> None:
    ours = processor()
    plain = msgspec.structs.replace(ours.embodiment, mirrored=())
    other = Processor(plain, ours.statistics, ours.tokenizer, ours.geometry, ours.state_width)
    with pytest.raises(BadValue, match="mirrored"):
        Mirror(other)


def test_light_is_a_gain_and_a_tint_and_stays_in_its_bounds() -> None:
    light = Light.drawn(2, 500, np.random.default_rng(0))
    assert np.abs(light.gain - 1).max() <= GAIN
    assert np.abs(light.tint).max() <= TINT
    assert light.gain.std() > GAIN / 4
    patches = np.random.default_rng(1).random((5, 3 * 2 * 4)).astype(np.float32)
    lit = light.on(patches, 1, 7)
    for channel in range(3):
        part = slice(8 * channel, 8 * channel + 8)
        wanted = patches[:, part] * light.gain[1, 7] + light.tint[1, 7, channel]
        np.testing.assert_allclose(lit[:, part], wanted, rtol=1e-6)
