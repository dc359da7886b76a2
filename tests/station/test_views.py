"""Cameras look where they are told to."""

import mujoco
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ontakt.station.views import aim


@given(direction=st.tuples(*[st.floats(-1, 1)] * 3))
def test_a_camera_looks_along_its_direction_with_up_in_the_upper_half(
    direction: tuple[float, float, float],
) -> None:
    assume(np.hypot(direction[0], direction[1]) > 1e-3)
    turn = np.empty(9)
    mujoco.mju_quat2Mat(turn, aim(direction))
    right, up, back = turn.reshape(3, 3).T
    assert -back * np.linalg.norm(direction) == pytest.approx(np.array(direction), abs=1e-9)
    assert right[2] == pytest.approx(0.0, abs=1e-9)
    assert up[2] > 0


def test_up_along_the_view_is_refused() -> None:
    with pytest.raises(ValueError, match="parallel"):
        aim([0, 0, -1])
