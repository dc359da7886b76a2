"""What a hand makes of sights, grip and wrist."""

from collections.abc import Mapping

import numpy as np
import pytest

from ontakt.contract import ArmState, Sight, frozen_array
from ontakt.station.expert import ExpertConfig
from ontakt.station.registry import find_station
from ontakt.station.senses import Senses

CONFIG = find_station("nut-loading").config.section("expert", ExpertConfig)
NEST = np.array([0.27, 0.27, 0.825])


def arm(
    lag: float = 0.0, push: float = 0.0, opening: float = 0.0175, force: float = 10.0
) -> ArmState:
    return ArmState(
        position=frozen_array([0.3, 0.2, 0.9 + lag]),
        quaternion=frozen_array([0.7, 0.0, 0.7, 0.0]),
        opening=opening,
        grip_force=force,
        wrist_force=frozen_array([0.0, 0.0, push - 2.0]),
        target=frozen_array([0.3, 0.2, 0.9]),
        target_opening=0.0,
    )


def sensing(**sights: Sight) -> Senses:
    senses = Senses("left", NEST, CONFIG)
    senses.sights = sights
    senses.weigh(arm())
    return senses


def seen(x: float, y: float, sigma: float = 0.0005) -> Sight:
    return Sight(frozen_array([x, y, 0.825]), sigma)


@pytest.mark.parametrize("ratio", [0.0, 1.0, 3.0])
def test_what_is_seen_of_a_nut_is_weighed_against_its_nest(ratio: float) -> None:
    sigma = ratio * CONFIG.nest
    senses = sensing(left_nut=seen(0.272, 0.268, sigma), left_pin=seen(0.33, 0.14))
    assert senses.look_at_both()
    share = 1.0 / (1.0 + ratio**2)
    assert senses.nut == pytest.approx([0.27 + 0.002 * share, 0.27 - 0.002 * share, 0.825])


def test_a_pin_is_where_it_is_seen() -> None:
    senses = sensing(left_pin=seen(0.333, 0.137))
    assert senses.look_at_pin()
    assert senses.pin == pytest.approx([0.333, 0.137, 0.825])


@pytest.mark.parametrize(
    "sights", [{}, {"left_nut": seen(0.27, 0.27)}, {"left_pin": seen(0.33, 0.14)}]
)
def test_it_says_when_something_is_missing(sights: Mapping[str, Sight]) -> None:
    assert not sensing(**sights).look_at_both()


@pytest.mark.parametrize(
    ("lag", "push", "touches"),
    [
        (0.003, 6.0, True),
        (0.003, 0.2, False),  # a worn joint lags in free air
        (0.0005, 6.0, False),  # a hand that sets off feels its inertia
        (-0.003, 6.0, False),
    ],
)
def test_a_touch_is_lag_and_force(lag: float, push: float, touches: bool) -> None:
    assert sensing().touches(arm(lag=lag, push=push)) is touches


@pytest.mark.parametrize(
    ("opening", "force", "grips", "lost"),
    [
        (0.0175, 10.0, True, False),
        (0.0175, 0.1, False, False),  # between the pads, and nothing presses on it
        (0.0260, 10.0, False, False),  # something wider than a nut
        (0.0020, 10.0, False, True),
    ],
)
def test_a_grip_is_width_and_force(opening: float, force: float, grips: bool, lost: bool) -> None:
    state = arm(opening=opening, force=force)
    assert (sensing().grips(state), sensing().lost(state)) == (grips, lost)
