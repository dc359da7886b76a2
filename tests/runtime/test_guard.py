"""The guard: whatever is wanted, what is commanded stays within the limits."""

import inspect
import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ontakt.contract import (
    SIDES,
    ArmState,
    BadValue,
    Command,
    GuardTrip,
    Limits,
    Side,
    frozen_array,
)
from ontakt.runtime import Guard, Wanted
from ontakt.runtime.fake import FakeStation
from ontakt.runtime.guard import OVERLOAD
from ontakt.runtime.slew import turn

STATION = FakeStation()
SPACE, LIMITS, HZ = STATION.spec.action_space, STATION.limits, 30
ARMS = STATION.observe(0, 0).arms
HOME = STATION.spec.home


def guard(limits: Limits = LIMITS) -> Guard:
    made = Guard(SPACE, limits)
    made.start(ARMS)
    return made


def arms(force: float) -> Mapping[Side, ArmState]:
    return {side: msgspec.structs.replace(arm, grip_force=force) for side, arm in ARMS.items()}


def left(position: Any = None, quaternion: Any = None, opening: float | None = None) -> Wanted:
    """The left side's home with something changed, observed now (tick 0)."""
    row = HOME[:8].copy()
    if position is not None:
        row[:3] = position
    if quaternion is not None:
        row[3:7] = quaternion
    if opening is not None:
        row[7] = opening
    return Wanted(row, 0)


def check(
    made: Guard, want: Wanted | None, force: float = 0.0, silent_s: float = 0.0, tick: int = 0
) -> tuple[Command, tuple[GuardTrip, ...]]:
    return made.check(tick, {} if want is None else {"left": want}, arms(force), silent_s)


def rules(trips: tuple[GuardTrip, ...]) -> list[tuple[str, str]]:
    return [(trip.rule, trip.action) for trip in trips]


def test_a_small_step_passes_as_it_is() -> None:
    want = left(HOME[:3] + np.array([0.003, 0.0, -0.002]), opening=0.058)
    command, trips = check(guard(), want)
    assert trips == ()
    np.testing.assert_array_equal(command.target[:8], want.target)
    np.testing.assert_array_equal(command.target[8:], HOME[8:])
    assert (command.grip_force, command.hold) == (LIMITS.grip_force, False)
    assert not command.target.flags.writeable


def test_nothing_wanted_stands_still_without_a_trip() -> None:
    command, trips = check(guard(), None)
    assert (trips, command.hold) == ((), False)
    np.testing.assert_array_equal(command.target, HOME)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("index", range(8))
def test_a_number_that_is_none_holds_its_side_alone(bad: float, index: int) -> None:
    row = HOME[:8].copy()
    row[index] = bad
    right = HOME[8:].copy()
    right[0] += 0.003
    command, trips = guard().check(
        0, {"left": Wanted(row, 0), "right": Wanted(right, 0)}, ARMS, 0.0
    )
    assert [(t.rule, t.action, t.side) for t in trips] == [("finite", "hold", "left")]
    assert command.hold
    np.testing.assert_array_equal(command.target[:8], HOME[:8])
    np.testing.assert_array_equal(command.target[8:], right)


def test_no_rotation_and_a_dead_force_sensor_hold() -> None:
    assert rules(check(guard(), left(quaternion=(0, 0, 0, 0)))[1]) == [("finite", "hold")]
    assert rules(check(guard(), left(), force=math.nan)[1]) == [("finite", "hold")]


def test_an_old_target_is_not_played() -> None:
    ticks = round(LIMITS.chunk_age * HZ)
    moved = left(HOME[:3] + np.array([0.003, 0, 0]))
    assert check(guard(), moved, tick=ticks)[1] == ()
    command, trips = check(guard(), moved, tick=ticks + 1)
    assert rules(trips) == [("age", "hold")]
    assert trips[0].value == pytest.approx((ticks + 1) / HZ)
    np.testing.assert_array_equal(command.target, HOME)


@pytest.mark.parametrize("silent_s", [0.3, math.inf, math.nan])
def test_a_silent_link_stops_both_sides(silent_s: float) -> None:
    command, trips = check(guard(), left(HOME[:3] + np.array([0.003, 0, 0])), silent_s=silent_s)
    assert [(t.rule, t.action, t.side) for t in trips] == [("heartbeat", "stop", None)]
    assert command.hold
    np.testing.assert_array_equal(command.target, HOME)


def test_each_clip_says_what_was_asked_and_what_is_allowed() -> None:
    _, trips = check(guard(), left((2.0, 0.25, 1.0), (0, 0, 1, 0), opening=0.5))
    found = {trip.rule: (trip.value, trip.limit) for trip in trips}
    assert found["workspace"] == (2.0, 0.6)
    assert found["speed"] == pytest.approx((0.4 * HZ, LIMITS.speed))
    assert found["acceleration"] == pytest.approx((LIMITS.speed * HZ, LIMITS.acceleration))
    assert found["turn_speed"] == pytest.approx((math.pi * HZ, LIMITS.turn_speed))
    assert found["opening"] == (0.5, 0.06)
    assert {trip.action for trip in trips} == {"clip"}


def test_the_gripper_closes_at_its_rate_and_stops_under_overload() -> None:
    made = guard()
    command, trips = check(made, left(opening=0.0))
    assert rules(trips) == [("opening_speed", "clip")]
    assert command.target[7] == pytest.approx(0.06 - LIMITS.opening_speed / HZ)
    squeezed = OVERLOAD * LIMITS.grip_force + 0.1
    tighter, trips = check(made, left(opening=0.0), force=squeezed)
    assert rules(trips) == [("grip_force", "clip")]
    assert tighter.target[7] == command.target[7]
    wider, trips = check(made, left(opening=0.06), force=squeezed)  # letting go is always allowed
    assert trips == ()
    assert wider.target[7] > command.target[7]
    assert check(made, left(opening=0.0), force=LIMITS.grip_force)[1] != ()  # goes on closing


def test_a_stop_is_never_delayed() -> None:
    made, x = guard(), HOME[0]
    for _ in range(10):
        x += LIMITS.speed / HZ
        check(made, left((x, *HOME[1:3])))
    before = made.last("left")
    command, trips = check(made, left(before[:3]))
    assert trips == ()
    np.testing.assert_array_equal(command.target[:8], before)


def test_a_motion_within_the_limits_is_not_touched() -> None:
    """Up to speed, along, down again, as a sane policy moves."""
    made, x, v = guard(), float(HOME[0]), 0.0
    gain, top = 0.99 * LIMITS.acceleration / HZ, 0.99 * LIMITS.speed
    for tick in range(24):
        v = min(top, v + gain) if tick < 14 else max(0.0, v - 2 * gain)
        x += v / HZ
        command, trips = check(made, left((x, *HOME[1:3])))
        assert trips == ()
        assert command.target[0] == x


def test_a_far_target_is_reached_on_a_straight_line_without_overshoot() -> None:
    made, goal = guard(), np.array([0.5, 0.1, 0.8])
    start, distance = HOME[:3], float(np.linalg.norm(HOME[:3] - goal))
    for _ in range(60):
        command, _ = check(made, left(goal))
        here = command.target[:3]
        along = float(np.linalg.norm(here - start))
        left_over = float(np.linalg.norm(here - goal))
        assert along + left_over == pytest.approx(np.linalg.norm(goal - start), abs=1e-9)
        assert left_over <= distance
        distance = left_over
    assert distance == 0.0


def test_still_means_that_nothing_moved() -> None:
    made = guard()
    found = [made.still]
    for want in (left(opening=0.05), None):
        check(made, want)
        found.append(made.still)
    assert found == [True, False, True]


def test_an_arm_outside_its_box_only_ever_comes_nearer() -> None:
    outside = msgspec.structs.replace(ARMS["left"], position=frozen_array((0.75, 0.25, 1.3)))
    made = Guard(SPACE, LIMITS)
    made.start({**ARMS, "left": outside})
    low, high = map(np.array, LIMITS.workspace["left"])
    off = math.inf
    for _ in range(80):
        here = check(made, left((0.5, 0.2, 1.0)))[0].target[:3]
        now = float(np.linalg.norm(here - np.clip(here, low, high)))
        assert now <= off + 1e-12
        off = now
    assert off == 0.0


garbage = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(-1, 2),
    st.sampled_from([0.0, 1e308, -1e308, 5e-324, math.nan, math.inf]),
)
near = st.floats(-0.03, 0.03)
forces = st.one_of(st.floats(0, 40), st.just(math.nan))


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Wanted | None, str]:
    """Any eight numbers, a place somewhere near, or nothing."""
    kind = draw(st.sampled_from(["garbage", "near", "none"]))
    if kind == "none":
        return None, kind
    if kind == "garbage":
        row = np.array(draw(st.lists(garbage, min_size=8, max_size=8)))
    else:
        row = HOME[:8] + np.array(draw(st.lists(near, min_size=8, max_size=8)))
    return Wanted(row, draw(st.integers(-100, 0))), kind


@settings(max_examples=300)
@given(st.lists(st.tuples(wishes(), wishes(), forces, st.floats(0, 0.3)), max_size=12))
def test_no_input_leads_out_of_the_limits(
    story: list[tuple[tuple[Wanted | None, str], tuple[Wanted | None, str], float, float]],
) -> None:
    made = guard()
    last = HOME
    stride = {side: np.zeros(3) for side in SIDES}
    for tick, ((a, _), (b, _), force, silent_s) in enumerate(story):
        wanted: dict[Side, Wanted] = {}
        if a is not None:
            wanted["left"] = a
        if b is not None:
            wanted["right"] = b
        command, trips = made.check(tick, wanted, arms(force), silent_s)
        now = command.target
        assert np.isfinite(now).all()
        assert 0 < command.grip_force <= LIMITS.grip_force
        for side in SIDES:
            here, there = SPACE.position(last, side), SPACE.position(now, side)
            low, high = map(np.array, LIMITS.workspace[side])
            assert (low <= there).all()
            assert (there <= high).all()
            step = there - here
            assert np.linalg.norm(step) <= LIMITS.speed / HZ + 1e-12
            before = stride[side]
            square = float(before @ before)
            part = min(1.0, max(0.0, float(step @ before) / square)) if square else 0.0
            assert np.linalg.norm(step - part * before) <= LIMITS.acceleration / HZ**2 + 1e-9
            stride[side] = step
            p, q = SPACE.quaternion(last, side), SPACE.quaternion(now, side)
            assert np.linalg.norm(q) == pytest.approx(1.0, abs=1e-12)
            assert p @ q >= 0
            turned = turn((p[0], p[1], p[2], p[3]), (q[0], q[1], q[2], q[3]), 9.0)[1]
            assert turned <= LIMITS.turn_speed / HZ + 1e-7
            opening = float(SPACE.opening(now, side))
            assert LIMITS.opening[0] <= opening <= LIMITS.opening[1]
            rate = opening - float(SPACE.opening(last, side))
            assert abs(rate) <= LIMITS.opening_speed / HZ + 1e-12
            assert not (force > OVERLOAD * LIMITS.grip_force and rate < 0)
            held = side not in wanted or (command.hold and not step.any())
            assert held or tick - wanted[side].observed_tick <= LIMITS.chunk_age * HZ
        assert command.hold == any(trip.action in ("hold", "stop") for trip in trips)
        last = now


@given(st.lists(near, min_size=3, max_size=3), st.lists(near, min_size=3, max_size=3))
def test_every_wish_in_the_box_is_granted_in_time(first: list[float], then: list[float]) -> None:
    made = guard()
    goals = [np.clip(HOME[:3] + offset, *LIMITS.workspace["left"]) for offset in (first, then)]
    check(made, left(goals[0]))
    for _ in range(40):
        command, trips = check(made, left(goals[1]))
    assert trips == ()
    np.testing.assert_array_equal(command.target[:3], goals[1])


def test_nothing_of_takt_or_lateness_enters() -> None:
    """A limit can only come from `Limits`: there is no other door."""
    assert list(inspect.signature(Guard).parameters) == ["space", "limits"]
    assert list(inspect.signature(Guard.check).parameters) == [
        "self", "tick", "wanted", "arms", "silent_s",
    ]  # fmt: skip


@given(st.integers(0, 10**9))
def test_how_late_it_is_changes_no_command(late: int) -> None:
    """The tick is only the age's reference: a guard at the end of a shift is no bolder."""
    calm, rushed = guard(), guard()
    for step in range(5):
        goal = np.array([0.6, 0.25, 0.9])
        want = Wanted(left(goal).target, step)
        hurried = Wanted(left(goal).target, step + late)
        a, _ = calm.check(step, {"left": want}, ARMS, 0.0)
        b, _ = rushed.check(step + late, {"left": hurried}, ARMS, 0.0)
        np.testing.assert_array_equal(a.target, b.target)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"speed": 0.0}, "limit speed is 0.0"),
        ({"acceleration": math.nan}, "limit acceleration is nan"),
        ({"workspace": {"left": LIMITS.workspace["left"]}}, "right"),
        ({"workspace": dict.fromkeys(SIDES, ((0, 0, 0), (0, 1, 1)))}, "workspace of left"),
    ],
)
def test_limits_without_sense_are_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(BadValue, match=told):
        Guard(SPACE, msgspec.structs.replace(LIMITS, **change))


def test_it_starts_where_the_arms_are_with_an_opening_that_exists() -> None:
    wide = msgspec.structs.replace(ARMS["left"], opening=0.0604, quaternion=-2 * HOME[3:7])
    made = Guard(SPACE, LIMITS)
    made.start({**ARMS, "left": wide})
    np.testing.assert_array_equal(made.last("left"), [*HOME[:3], *-HOME[3:7], 0.06])


def test_it_does_not_start_from_an_unknown_pose() -> None:
    lost = msgspec.structs.replace(ARMS["left"], position=frozen_array((0.2, math.nan, 1.0)))
    with pytest.raises(BadValue, match="left arm"):
        Guard(SPACE, LIMITS).start({**ARMS, "left": lost})
