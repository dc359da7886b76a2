"""Standing still is slow for a while, for every arm."""

import math

import msgspec
import numpy as np
import pytest

from ontakt.contract import ArmState, Side, frozen_array
from ontakt.runtime.fake import FakeStation
from ontakt.runtime.standstill import FOR_S, SPEED, Standstill

HZ = 30
NEEDED = math.ceil(FOR_S * HZ)
ARMS = FakeStation().observe(0, 0).arms


def arms(left: float, right: float = 0.0) -> dict[Side, ArmState]:
    """Both arms, moved along x [m]."""
    away: dict[Side, float] = {"left": left, "right": right}
    return {
        side: msgspec.structs.replace(
            ARMS[side], position=frozen_array(ARMS[side].position + np.array([x, 0.0, 0.0]))
        )
        for side, x in away.items()
    }


def test_it_takes_a_few_slow_ticks() -> None:
    seen = Standstill(HZ)
    assert [seen.see(arms(0.0)) for _ in range(NEEDED + 2)] == [False] * NEEDED + [True] * 2


@pytest.mark.parametrize("side", [0, 1])
def test_one_moving_arm_is_enough_to_be_in_motion(side: int) -> None:
    seen, quick = Standstill(HZ), 1.01 * SPEED / HZ
    for tick in range(20):
        place = [0.0, 0.0]
        place[side] = tick * quick
        assert not seen.see(arms(*place))
    assert [seen.see(arms(*place)) for _ in range(NEEDED)] == [False] * (NEEDED - 1) + [True]


def test_creeping_counts_as_standing() -> None:
    seen = Standstill(HZ)
    assert [seen.see(arms(tick * 0.9 * SPEED / HZ)) for tick in range(10)][-1]


def test_an_unknown_place_is_no_standstill() -> None:
    seen = Standstill(HZ)
    assert not any(seen.see(arms(math.nan)) for _ in range(10))
