"""A push keeps what is committed, has the size that it is said to have, and is seldom."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import SIDES, ActionSpace, Array
from ontakt.station.teaching.disturbance import Disturbance, bend

SPACE = ActionSpace()
ALWAYS = Disturbance(share=1.0)


def flat(rows: int = 30) -> Array:
    targets = np.zeros((rows, SPACE.width))
    for side in SIDES:
        SPACE.opening(targets, side)[:] = 0.005
    return targets


@given(st.integers(0, 30), st.integers(0, 10_000))
def test_committed_rows_stay_and_the_push_grows_to_its_size(kept: int, seed: int) -> None:
    before = flat()
    bent = bend(before, kept, SPACE, ALWAYS, np.random.default_rng(seed))
    assert np.array_equal(before, flat()), "what was given stays as it was"
    assert np.array_equal(bent[:kept], before[:kept])
    for side in SIDES:
        sizes = np.linalg.norm(SPACE.position(bent, side), axis=1)
        assert (np.diff(sizes) >= 0.0).all()
        if kept + ALWAYS.ramp <= len(bent):
            assert ALWAYS.least <= sizes[-1] * (1 + 1e-9)
            assert sizes[-1] <= ALWAYS.most * (1 + 1e-9)
        assert np.array_equal(SPACE.quaternion(bent, side), SPACE.quaternion(before, side))
        openings = SPACE.opening(bent, side)
        assert openings.min() >= 0.0
        assert np.abs(openings - 0.005).max() <= ALWAYS.opening + 1e-12


def test_sides_are_pushed_each_for_itself_as_often_as_is_said() -> None:
    rng, config = np.random.default_rng(0), Disturbance(share=0.3)
    pushed = np.array(
        [
            [SPACE.position(bent, side).any() for side in SIDES]
            for bent in (bend(flat(2), 0, SPACE, config, rng) for _ in range(2000))
        ]
    )
    assert pushed.mean(axis=0) == pytest.approx([0.3, 0.3], abs=0.03)
    assert pushed.all(axis=1).mean() == pytest.approx(0.09, abs=0.02)


def test_small_pushes_are_as_common_as_large_ones() -> None:
    rng = np.random.default_rng(1)
    sizes = [
        float(np.linalg.norm(SPACE.position(bend(flat(), 0, SPACE, ALWAYS, rng), "left")[-1]))
        for _ in range(2000)
    ]
    middle = np.sqrt(ALWAYS.least * ALWAYS.most)
    assert np.mean(np.array(sizes) < middle) == pytest.approx(0.5, abs=0.04)
