"""The guard: whatever is wanted, what is commanded stays within the limits."""

import inspect
import math
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pytest

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
from ontakt.contract.limits import ArmOverride
from ontakt.runtime import Guard, Wanted
from ontakt.runtime.arm_guard import OVERLOAD
from ontakt.runtime.fake import FakeStation

STATION = FakeStation()
SPACE, HZ = STATION.spec.action_space, 30
LIMITS = msgspec.structs.replace(STATION.limits, jerk=80.0)
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
    want = left(HOME[:3] + np.array([0.002, 0.0, -0.001]), opening=0.058)
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
    right[0] += 0.002
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
    moved = left(HOME[:3] + np.array([0.002, 0, 0]))
    assert check(guard(), moved, tick=ticks)[1] == ()
    command, trips = check(guard(), moved, tick=ticks + 1)
    assert rules(trips) == [("age", "hold")]
    assert trips[0].value == pytest.approx((ticks + 1) / HZ)
    np.testing.assert_array_equal(command.target, HOME)


@pytest.mark.parametrize("silent_s", [0.3, math.inf, math.nan])
def test_a_silent_link_stops_both_sides(silent_s: float) -> None:
    command, trips = check(guard(), left(HOME[:3] + np.array([0.002, 0, 0])), silent_s=silent_s)
    assert [(t.rule, t.action, t.side) for t in trips] == [("heartbeat", "stop", None)]
    assert command.hold
    np.testing.assert_array_equal(command.target, HOME)


def test_each_clip_says_what_was_asked_and_what_is_allowed() -> None:
    _, trips = check(guard(), left((2.0, 0.25, 1.0), (0, 0, 1, 0), opening=0.5))
    found = {trip.rule: (trip.value, trip.limit) for trip in trips}
    assert found["workspace"] == (2.0, 0.6)
    assert found["speed"] == pytest.approx((0.4 * HZ, LIMITS.speed))
    assert found["acceleration"] == pytest.approx((LIMITS.speed * HZ, LIMITS.acceleration))
    assert found["jerk"] == pytest.approx((LIMITS.acceleration * HZ, LIMITS.jerk))
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
    made, x, v, a = guard(), float(HOME[0]), 0.0, 0.0
    top, most = 0.99 * LIMITS.speed, 0.99 * LIMITS.acceleration
    for tick in range(24):
        a = min(most, a + 0.99 * LIMITS.jerk / HZ)
        v = min(top, v + a / HZ) if tick < 14 else max(0.0, v - 2 * a / HZ)
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


def test_nothing_of_takt_or_lateness_enters() -> None:
    """A limit can only come from `Limits`: there is no other door."""
    assert list(inspect.signature(Guard).parameters) == ["space", "limits"]
    assert list(inspect.signature(Guard.check).parameters) == [
        "self", "tick", "wanted", "arms", "silent_s",
    ]  # fmt: skip


def test_it_starts_where_the_arms_are_with_an_opening_that_exists() -> None:
    wide = msgspec.structs.replace(ARMS["left"], opening=0.0604, quaternion=-2 * HOME[3:7])
    made = Guard(SPACE, LIMITS)
    made.start({**ARMS, "left": wide})
    np.testing.assert_array_equal(made.last("left"), [*HOME[:3], *-HOME[3:7], 0.06])


def test_it_does_not_start_from_an_unknown_pose() -> None:
    lost = msgspec.structs.replace(ARMS["left"], position=frozen_array((0.2, math.nan, 1.0)))
    with pytest.raises(BadValue, match="left arm"):
        Guard(SPACE, LIMITS).start({**ARMS, "left": lost})


# -- two tools, both pointing down, that come towards each other over the middle of the cell

DOWN = (0.5**0.5, 0.0, 0.5**0.5, 0.0)
SHARED = msgspec.structs.replace(
    LIMITS,
    workspace={
        "left": ((0.1, -0.3, 0.7), (0.6, 0.45, 1.2)),
        "right": ((0.1, -0.45, 0.7), (0.6, 0.3, 1.2)),
    },
)
NEED = SHARED.clearance + 2 * SHARED.tool.radius


def facing(y: float) -> Guard:
    """A guard of two arms `2 * y` [m] apart."""
    made = Guard(SPACE, SHARED)
    made.start(
        {
            side: msgspec.structs.replace(
                ARMS[side], position=frozen_array((0.3, y * sign, 1.0)), quaternion=np.array(DOWN)
            )
            for side, sign in SIGN.items()
        }
    )
    return made


SIGN: dict[Side, int] = {"left": 1, "right": -1}


def to(left_y: float | None = None, right_y: float | None = None) -> dict[Side, Wanted]:
    """Wishes to be at these places across [m]."""
    wishes: dict[Side, Wanted] = {}
    if left_y is not None:
        wishes["left"] = Wanted(np.array([0.3, left_y, 1.0, *DOWN, 0.06]), 0)
    if right_y is not None:
        wishes["right"] = Wanted(np.array([0.3, right_y, 1.0, *DOWN, 0.06]), 0)
    return wishes


def across(made: Guard) -> float:
    return made.last("left")[1] - made.last("right")[1]


def test_tools_that_meet_are_held_at_their_clearance() -> None:
    made = facing(0.2)
    for _ in range(200):
        command, trips = made.check(0, to(-0.2, 0.2), ARMS, 0.0)
        assert across(made) >= NEED
    assert {(t.rule, t.action, t.side) for t in trips if t.action == "hold"} == {
        ("clearance", "hold", "left"),
        ("clearance", "hold", "right"),
    }
    assert command.hold
    found = next(t for t in trips if t.rule == "clearance")
    assert found.limit == SHARED.clearance
    assert found.value is not None
    assert found.value < SHARED.clearance
    # no nearer than the clearance, and no farther than the two smallest steps
    assert across(made) < NEED + 2 * SHARED.jerk / HZ**3


def test_who_retreats_goes_although_the_other_follows() -> None:
    made = facing(NEED / 2)
    began = made.last("left")[1]
    for _ in range(60):
        _, trips = made.check(0, to(0.3, 0.3), ARMS, 0.0)
        assert across(made) >= NEED - 1e-9
        assert not any(t.rule == "clearance" and t.side == "left" for t in trips)
    assert made.last("left")[1] == pytest.approx(0.3)
    assert made.last("right")[1] > began  # and he did follow, as there was room


def test_arms_that_start_too_near_come_apart_and_no_nearer() -> None:
    made = facing(NEED / 4)
    began = across(made)
    _, trips = made.check(0, to(-0.1, 0.1), ARMS, 0.0)
    assert [t.rule for t in trips].count("clearance") == 2
    assert across(made) == began
    for _ in range(60):
        before = across(made)
        _, trips = made.check(0, to(0.2, -0.2), ARMS, 0.0)
        assert not any(t.rule == "clearance" for t in trips)
        assert across(made) >= before
    assert across(made) == pytest.approx(0.4)


def test_one_arm_alone_may_pass_where_both_may_not() -> None:
    made = facing(NEED / 2 + 0.001)  # 2 mm more than they need
    command, trips = made.check(0, to(0.0, 0.0), ARMS, 0.0)
    moved = [bool(made.stride(side) != (0.0, 0.0, 0.0)) for side in SIDES]
    assert sorted(moved) in ([False, False], [False, True])
    assert across(made) >= NEED
    assert command.hold
    assert any(t.rule == "clearance" for t in trips)


def test_a_gripper_works_while_its_arm_is_too_near() -> None:
    made = facing(NEED / 4)
    want = {s: Wanted(np.array([*made.last(s)[:7], 0.0]), 0) for s in SIDES}
    command, trips = made.check(0, want, ARMS, 0.0)
    assert not any(t.rule == "clearance" for t in trips)
    assert SPACE.opening(command.target, "left") < 0.06


# -- modes


def run_up(made: Guard, ticks: int = 12) -> None:
    """The left arm at full speed along x, its target far ahead."""
    for _ in range(ticks):
        check(made, left((0.6, *HOME[1:3])))


def test_a_slower_mode_brakes_on_the_next_tick() -> None:
    made = guard()
    run_up(made)
    assert made.stride("left")[0] == pytest.approx(LIMITS.speed / HZ)
    made.set_mode("reduced")
    _, trips = check(made, left((0.6, *HOME[1:3])))
    assert made.stride("left") == pytest.approx((0.25 / HZ, 0, 0))
    assert ("speed", "clip") in rules(trips)
    assert next(t.limit for t in trips if t.rule == "speed") == 0.25
    made.set_mode("automatic")
    check(made, left((0.6, *HOME[1:3])))  # and back: no faster than acceleration and jerk allow
    assert made.stride("left")[0] == pytest.approx(0.25 / HZ + LIMITS.jerk / HZ**3)


def test_a_mode_may_be_one_sides_alone() -> None:
    made = guard()
    made.set_mode("reduced", ("right",))
    far: dict[Side, Wanted] = {s: Wanted(HOME[k : k + 8].copy(), 0) for s, k in START.items()}
    for want in far.values():
        want.target[0] = 0.6
    for _ in range(12):
        made.check(0, far, ARMS, 0.0)
    assert made.stride("left")[0] == pytest.approx(LIMITS.speed / HZ)
    assert made.stride("right")[0] == pytest.approx(0.25 / HZ)


START: dict[Side, int] = {"left": 0, "right": 8}


def test_an_arm_may_have_limits_of_its_own() -> None:
    slow = msgspec.structs.replace(LIMITS, arm={"left": ArmOverride(speed=0.1)})
    made = guard(slow)
    run_up(made)
    assert made.stride("left")[0] == pytest.approx(0.1 / HZ)


# -- pushes against the tool


def pushed(force: tuple[float, float, float]) -> dict[Side, ArmState]:
    """The left tool feels `force` [N]."""
    return {
        **ARMS,
        "left": msgspec.structs.replace(ARMS["left"], wrist_force=frozen_array(force)),
    }


def test_beyond_the_ceiling_an_arm_only_withdraws() -> None:
    made, up = guard(), (0.0, 0.0, 1.01 * LIMITS.wrist_force)
    below: dict[Side, Wanted] = {
        "left": left(HOME[:3] - np.array([0, 0, 0.002]), (0, 0, 1, 0), opening=0.0)
    }
    command, trips = made.check(0, below, pushed(up), 0.0)
    assert ("wrist_force", "hold") in rules(trips)
    assert command.hold
    np.testing.assert_array_equal(command.target, HOME)  # it does not turn or close either
    above: dict[Side, Wanted] = {"left": left(HOME[:3] + np.array([0, 0, 0.002]), (0, 0, 1, 0))}
    command, trips = made.check(0, above, pushed(up), 0.0)
    assert rules(trips) == [("wrist_force", "clip")]
    assert not command.hold
    np.testing.assert_array_equal(command.target[:3], above["left"].target[:3])
    np.testing.assert_array_equal(command.target[3:7], HOME[3:7])
    free: dict[Side, Wanted] = {"left": left(HOME[:3])}
    assert made.check(0, free, pushed((0, 0, 0.99 * LIMITS.wrist_force)), 0.0)[1] == ()


def test_a_held_arm_may_let_go() -> None:
    made = guard()
    for _ in range(5):
        check(made, left(opening=0.0))
    shut = made.last("left")[7]
    up = pushed((0.0, 0.0, 1.01 * LIMITS.wrist_force))
    made.check(0, {"left": left(opening=0.06)}, up, 0.0)
    assert made.last("left")[7] > shut


def test_a_strike_stops_both_arms_once() -> None:
    made, hard = guard(), pushed((0.0, 0.0, 2.1 * LIMITS.wrist_force))
    step = np.array([0.0, 0.0, 0.002])
    want: dict[Side, Wanted] = {
        "left": left(HOME[:3] + step),
        "right": Wanted(HOME[8:] + np.array([0, 0, 0.002, 0, 0, 0, 0, 0]), 0),
    }
    command, trips = made.check(0, want, hard, 0.0)
    assert [(t.rule, t.action, t.side) for t in trips] == [("wrist_force", "stop", "left")]
    np.testing.assert_array_equal(command.target, HOME)
    _, trips = made.check(0, want, hard, 0.0)  # a person asked anew: it may withdraw
    assert rules(trips) == [("wrist_force", "clip")]
    assert made.last("left")[2] > HOME[2]
    made.check(0, want, ARMS, 0.0)
    assert rules(made.check(0, want, hard, 0.0)[1]) == [("wrist_force", "stop")]  # a new one


def test_a_dead_wrist_sensor_holds() -> None:
    want: dict[Side, Wanted] = {"left": left(HOME[:3] + np.array([0.002, 0, 0]))}
    command, trips = guard().check(0, want, pushed((0.0, math.nan, 0.0)), 0.0)
    assert rules(trips) == [("finite", "hold")]
    np.testing.assert_array_equal(command.target, HOME)
