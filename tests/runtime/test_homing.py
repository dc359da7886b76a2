"""The way home: in order, within the limits, from anywhere, resumable."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import GuardTrip, Limits
from ontakt.contract.limits import ArmOverride
from ontakt.runtime import Guard, Homing, Wanted
from ontakt.runtime.fake import FakeStation
from ontakt.runtime.homing import PACE

STATION = FakeStation()
SPACE, LIMITS, HOME = STATION.spec.action_space, STATION.limits, STATION.spec.home[:8]


def way(
    start: np.ndarray,
    ticks: int = 400,
    safe_height: float | None = None,
    limits: Limits = LIMITS,
) -> tuple[np.ndarray, list[GuardTrip]]:
    """Commands (n, 8) of the left arm through the guard until it stands, and the trips."""
    homing, guard = Homing(SPACE, STATION.spec.home, limits, safe_height), Guard(SPACE, limits)
    guard.set_mode("homing")
    arms = dict(STATION.observe(0, 0).arms)
    arms["left"] = msgspec.structs.replace(
        arms["left"], position=start[:3], quaternion=start[3:7], opening=start[7]
    )
    guard.start(arms)
    rows = [np.array(guard.last("left"))]
    trips: list[GuardTrip] = []
    for tick in range(ticks):
        target = homing.next("left", guard.last("left"), guard.stride("left"))
        command, found = guard.check(tick, {"left": Wanted(target, tick)}, arms, 0.0)
        rows.append(command.target[:8])
        trips += found
        if guard.still:
            break
    return np.array(rows), trips


def test_it_opens_then_rises_then_crosses() -> None:
    start = np.array([0.45, 0.3, 0.85, 0, 0.995, 0.0998, 0, 0.0])
    rows, trips = way(start)
    assert trips == []
    opened = int(np.argmax(rows[:, 7] >= HOME[7]))
    np.testing.assert_array_equal(rows[: opened + 1, :3], np.tile(start[:3], (opened + 1, 1)))
    risen = int(np.argmax(rows[:, 2] >= HOME[2] - 1e-4))
    assert risen > opened
    np.testing.assert_array_equal(rows[opened:risen, :2], np.tile(start[:2], (risen - opened, 1)))
    np.testing.assert_allclose(rows[risen:, 2], HOME[2], atol=1e-4)
    np.testing.assert_allclose(rows[-1], HOME, atol=1e-9)


def test_it_keeps_to_the_bounds_of_its_mode_and_to_any_jerk() -> None:
    start = np.array([0.45, 0.3, 0.85, 0, 0.995, 0.0998, 0, 0.0])
    slow = ArmOverride(speed=0.1, jerk=10.0, turn_speed=0.5, opening_speed=0.06)
    rows, trips = way(start, 1500, limits=msgspec.structs.replace(LIMITS, mode={"homing": slow}))
    assert trips == []
    np.testing.assert_allclose(rows[-1], HOME, atol=1e-9)
    steps = np.linalg.norm(np.diff(rows[:, :3], axis=0), axis=1)
    assert steps.max() == pytest.approx(PACE * 0.1 / 30)


def test_it_crosses_at_the_safe_height_and_settles() -> None:
    rows, trips = way(np.array([0.45, 0.3, 0.85, 0, 1, 0, 0, 0.06]), safe_height=1.1)
    crossing = np.hypot(rows[:, 0] - HOME[0], rows[:, 1] - HOME[1])
    moving = (crossing > 1e-3) & (crossing < crossing[0] - 1e-3)
    assert (rows[moving, 2] >= 1.1 - 2e-4).all()
    assert trips == []
    np.testing.assert_allclose(rows[-1], HOME, atol=1e-9)


def test_it_speeds_up_and_brakes_gently() -> None:
    rows, _ = way(np.array([*HOME[:2], 0.75, 0, 1, 0, 0, 0.06]))  # straight below its home
    strides = np.diff(rows[:, 2])
    gain = LIMITS.acceleration / 30**2
    assert strides.max() == pytest.approx(PACE * LIMITS.speed / 30)
    assert (np.abs(np.diff(strides, prepend=0.0)) <= PACE * gain + 1e-9).all()


def test_at_home_it_stays() -> None:
    rows, trips = way(HOME)
    assert (len(rows), trips) == (2, [])


low, high = LIMITS.workspace["left"]


@given(
    st.tuples(*(st.floats(a, b) for a, b in zip(low, high, strict=True))),
    st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: max(map(abs, q)) > 0.01),
    st.floats(0, 0.06),
)
def test_from_anywhere_it_comes_home_without_a_clip(
    position: tuple[float, ...], quaternion: tuple[float, ...], opening: float
) -> None:
    rows, trips = way(np.array([*position, *quaternion, opening]))
    assert trips == []
    np.testing.assert_allclose(rows[-1, :3], HOME[:3], atol=1e-9)
    assert abs(rows[-1, 3:7] @ HOME[3:7]) == pytest.approx(1.0, abs=1e-9)
    assert rows[-1, 7] == HOME[7]


def test_broken_off_and_taken_up_again_it_goes_the_same_way() -> None:
    start = np.array([0.45, 0.3, 0.85, 0, 1, 0, 0, 0.0])
    whole, _ = way(start)
    first, _ = way(start, ticks=40)
    second, trips = way(first[-1])
    assert trips == []
    np.testing.assert_allclose(second[-1], whole[-1], atol=1e-9)
    assert len(first) + len(second) < len(whole) + 15  # only the speeding up again is lost
