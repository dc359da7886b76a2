"""What one observation tells of a hand."""

from collections.abc import Mapping

import numpy as np
import pytest

from ontakt.contract import ArmState, Sight, frozen_array
from ontakt.station.chunk_expert_config import ChunkExpertConfig
from ontakt.station.expert_config import ExpertConfig
from ontakt.station.hand import Scene, across, look
from ontakt.station.registry import find_station

C = find_station("nut-loading").config.section("expert", ExpertConfig)
MORE = ChunkExpertConfig()
NEST, PIN = (0.27, 0.27, 0.825), (0.33, 0.14, 0.825)


def scene(sights: Mapping[str, Sight] | None = None, **changes: object) -> Scene:
    numbers: dict[str, object] = {
        "position": frozen_array([0.3, 0.2, 0.9]),
        "quaternion": frozen_array([1.0, 0.0, 0.0, 0.0]),
        "opening": C.open,
        "grip_force": 0.0,
        "wrist_force": frozen_array(np.zeros(3)),
        "target": frozen_array([0.3, 0.2, 0.9]),
        "target_opening": C.open,
        **changes,
    }
    return look(ArmState(**numbers), sights or {}, "left", NEST, PIN, C, MORE)  # type: ignore[arg-type]


def test_what_is_not_seen_is_where_it_should_be_or_not_there() -> None:
    blind = scene()
    assert (blind.pin, blind.nut, blind.on_pin, blind.sees_pin) == (PIN, None, False, False)
    away = (0.333, 0.139, 0.825)
    seen = scene(
        {"left_pin": Sight(frozen_array(away), 0.001), "left_on_pin": Sight(frozen_array(PIN), 0.0)}
    )
    assert (seen.pin, seen.on_pin, seen.sees_pin) == (away, True, True)
    assert scene({"right_pin": Sight(frozen_array(away), 0.001)}).pin == PIN
    assert blind.travel == pytest.approx(0.825 + C.grasp_height + C.clear_height)


@pytest.mark.parametrize(("sigma", "trust"), [(0.0, 1.0), (C.nest, 0.5), (1.0, 0.0)])
def test_a_seen_nut_is_weighed_against_its_nest(sigma: float, trust: float) -> None:
    nut = scene({"left_nut": Sight(frozen_array([0.272, 0.27, 0.825]), sigma)}).nut
    assert nut == pytest.approx((0.27 + trust * 0.002, 0.27, 0.825), abs=1e-6)


@pytest.mark.parametrize(
    ("opening", "told", "force", "grips"),
    [
        (0.0175, 0.0, 15.0, True),
        (0.0175, 0.0147, 15.0, True),  # on its way, with the pads on the nut already
        (0.0175, 0.0, 0.1, False),
        (0.0120, 0.0, 15.0, False),  # too narrow for a nut
        (0.0230, 0.0, 15.0, False),  # too wide for one
        (0.0175, 0.0200, 15.0, False),  # told to let go
        (0.0145, C.tamp_opening, 15.0, False),  # fingertips on a nut's top
        (0.0165, MORE.tamped_opening, 15.0, False),
    ],
)
def test_a_grip_is_a_width_a_force_and_an_order(
    opening: float, told: float, force: float, grips: bool
) -> None:
    assert scene(opening=opening, target_opening=told, grip_force=force).grips is grips


@pytest.mark.parametrize(
    ("lag", "push", "touches"),
    [(0.003, 8.0, True), (0.003, -2.0, False), (0.0005, 8.0, False), (-0.003, 8.0, False)],
)
def test_a_touch_is_a_lag_and_a_force(lag: float, push: float, touches: bool) -> None:
    low = frozen_array([0.3, 0.2, 0.9 - lag])
    assert scene(target=low, wrist_force=frozen_array([0.0, 0.0, push])).touches is touches


def test_across_leaves_the_height_out() -> None:
    assert across((0.0, 0.0, 0.0), (0.003, 0.004, 7.0)) == pytest.approx(0.005)
