"""Estimates err as stated, and averaging looks does not cure them."""

import numpy as np
import pytest

from ontakt.contract import Array, Sight
from ontakt.station.vision import Vision, VisionConfig

PLACES = {"left_pin": (0.33, 0.14, 0.825), "left_nut": (0.27, 0.27, 0.825)}
TRUE = np.array([0.3312, 0.1391, 0.8262])
CONFIG = VisionConfig(
    sigma=0.0005,
    shared=0.8,
    window=0.005,
    lighting_gain=1.0,
    clutter_gain=0.5,
    clutter_reach=0.05,
)


def errors(cycles: int, looks: int, drawn: dict[str, float] | None = None) -> Array:
    """Horizontal errors of the pin's estimates [m], shape (cycles, looks, 2)."""
    vision = Vision(CONFIG, PLACES)
    found = np.empty((cycles, looks, 2))
    for cycle in range(cycles):
        vision.start_cycle(7, cycle, drawn or {})
        for look in range(looks):
            found[cycle, look] = sight(vision, look=look).position[:2] - TRUE[:2]
    return found


def sight(vision: Vision, place: Array = TRUE, look: int = 0) -> Sight:
    seen = vision.see("left_pin", place, look)
    assert seen is not None
    return seen


def test_errors_have_the_stated_size() -> None:
    found = errors(1500, 1)[:, 0]
    assert found.std(axis=0) == pytest.approx(CONFIG.sigma, rel=0.06)  # 3 standard errors
    assert np.abs(found.mean(axis=0)).max() < 3 * CONFIG.sigma / np.sqrt(1500)


def test_averaging_looks_does_not_remove_the_shared_error() -> None:
    found = errors(600, 20)
    expected = CONFIG.sigma * np.sqrt(CONFIG.shared + (1 - CONFIG.shared) / 20)
    assert found.mean(axis=1).std() == pytest.approx(expected, rel=0.06)
    within = CONFIG.sigma * np.sqrt(1 - CONFIG.shared)
    assert found.std(axis=1, ddof=1).mean() == pytest.approx(within, rel=0.06)


def test_estimates_depend_on_seed_cycle_object_and_look_alone() -> None:
    one, other = Vision(CONFIG, PLACES), Vision(CONFIG, PLACES)
    one.start_cycle(7, 3, {})
    other.start_cycle(7, 3, {})
    sight(other, look=5)  # a look more changes nothing
    same = sight(one, look=9).position
    assert np.array_equal(same, sight(other, look=9).position)
    other.start_cycle(8, 3, {})
    assert not np.array_equal(same, sight(other, look=9).position)
    other.start_cycle(7, 4, {})
    assert not np.array_equal(same, sight(other, look=9).position)


def test_objects_err_independently() -> None:
    vision = Vision(CONFIG, PLACES)
    pairs = []
    for cycle in range(500):
        vision.start_cycle(1, cycle, {})
        nut = vision.see("left_nut", np.array(PLACES["left_nut"]))
        assert nut is not None
        pairs.append((nut.position[0] - 0.27, sight(vision).position[0] - TRUE[0]))
    assert abs(np.corrcoef(np.array(pairs).T)[0, 1]) < 0.14  # 3 standard errors


def test_the_height_is_the_nominal_one() -> None:
    assert sight(Vision(CONFIG, PLACES)).position[2] == 0.825


def test_nothing_is_seen_outside_the_window() -> None:
    vision = Vision(CONFIG, PLACES)
    assert vision.see("left_pin", np.array([0.3349, 0.1351, 0.825])) is not None
    assert vision.see("left_pin", np.array([0.3351, 0.14, 0.825])) is None
    assert vision.see("left_pin", np.array([0.33, 0.1349, 0.825])) is None


def test_a_worn_camera_mount_biases_and_does_not_know_it() -> None:
    drift = {"wear.camera.x": 0.0012, "wear.camera.y": -0.0007}
    straight, bent = errors(40, 1), errors(40, 1, drift)
    assert np.allclose(bent - straight, [0.0012, -0.0007], atol=1e-12)
    vision = Vision(CONFIG, PLACES)
    vision.start_cycle(7, 0, drift)
    assert sight(vision).sigma == CONFIG.sigma


def test_bad_light_and_near_clutter_widen_the_error_and_the_statement_of_it() -> None:
    near = {"clutter.0.x": TRUE[0] + 0.025, "clutter.0.y": TRUE[1]}
    far = {"clutter.0.x": TRUE[0] + 0.051, "clutter.0.y": TRUE[1]}
    calm = errors(50, 1)
    for drawn, factor in (({"lighting": 0.5}, 1.5), (near, 1.25), (far, 1.0)):
        vision = Vision(CONFIG, PLACES)
        vision.start_cycle(7, 0, drawn)
        assert sight(vision).sigma == pytest.approx(factor * CONFIG.sigma)
        assert np.allclose(errors(50, 1, drawn), factor * calm)
