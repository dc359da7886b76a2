"""Which sides are watched, and with which words of the policy."""

import pytest
from tests.line.floor import HZ, SUPERVISOR
from tests.line.test_side_monitor import NUT, arm

from ontakt.contract import Belief, Drive, GuardTrip, Side, Signals
from ontakt.line.fake import PLACES
from ontakt.line.supervisor import SafetyStop, Supervisor, heed_guard

UP = arm(NUT, 0.05)


def signals(
    drive: Drive = "policy",
    beliefs: dict[Side, Belief] | None = None,
    trips: tuple[GuardTrip, ...] = (),
) -> Signals:
    return Signals(
        tick=0,
        arms={"left": UP, "right": UP},
        drives={"left": drive, "right": "policy"},
        homed={"left": False, "right": False},
        beliefs=beliefs or {},
        trips=trips,
    )


def test_only_sides_that_are_watched_and_driven_by_the_policy() -> None:
    supervisor = Supervisor(SUPERVISOR, PLACES, HZ)
    assert supervisor.see(signals()) == {}
    supervisor.watch("left")
    assert list(supervisor.see(signals())) == ["left"]
    assert supervisor.see(signals("home")) == {}
    supervisor.leave("left")
    supervisor.leave("left")
    assert supervisor.see(signals()) == {}


def test_a_new_attempt_does_not_hear_the_one_before() -> None:
    supervisor = Supervisor(SUPERVISOR, PLACES, HZ)
    gave_up: dict[Side, Belief] = {"left": Belief("insert", gave_up="jam")}
    supervisor.watch("left")
    assert supervisor.see(signals(beliefs=gave_up))["left"].failure is not None
    supervisor.watch("left")
    assert supervisor.see(signals(beliefs=gave_up))["left"].failure is None
    assert supervisor.see(signals())["left"].failure is None
    assert supervisor.see(signals(beliefs=gave_up))["left"].failure is not None


def test_a_trip_of_the_other_side_is_not_ours() -> None:
    supervisor = Supervisor(SUPERVISOR, PLACES, HZ)
    supervisor.watch("left")
    supervisor.watch("right")
    for _ in range(2 * HZ - 1):
        glances = supervisor.see(signals(trips=(GuardTrip("age", "hold", "right", 1.5, 1.0),)))
        assert not any(glance.failure for glance in glances.values())
    glances = supervisor.see(signals(trips=(GuardTrip("age", "hold", "right", 1.5, 1.0),)))
    assert glances["left"].failure is None
    assert glances["right"].failure is not None
    assert glances["right"].failure.mode == "guard"


def test_only_a_stop_stops() -> None:
    heed_guard(signals(trips=(GuardTrip("speed", "clip", "left", 0.6, 0.5),)))
    heed_guard(signals(trips=(GuardTrip("finite", "hold", "left", None, None),)))
    with pytest.raises(SafetyStop, match=r"heartbeat 0.5 over 0.2 \(stop\)") as caught:
        heed_guard(signals(trips=(GuardTrip("heartbeat", "stop", None, 0.5, 0.2),)))
    assert caught.value.side is None
