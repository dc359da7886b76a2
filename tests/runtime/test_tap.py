"""What a console sees of a running cell: the present, drawn only while somebody looks."""

import io

import msgspec
import pytest
from PIL import Image as Picture
from tests.runtime.test_executor import cell

from ontakt.contract import SIDES, Clock, State
from ontakt.contract.event import (
    CallRaised,
    CallResolved,
    RequestAnswered,
    StateChanged,
    TakeoverEnded,
)
from ontakt.contract.live import CLIP_S
from ontakt.contract.request import Jog
from ontakt.runtime import Executor
from ontakt.runtime.fake import FakeStation
from ontakt.runtime.tap import DRIVEN_HZ, WATCHED_S, Tap

TAKEN = RequestAnswered(cycle=None, who="ann", where="here", wish="take_over")


class Wall:
    """The wall's clock: `speed` shift's seconds pass in one of its own, or none where it is 0."""

    clock: Clock | None = None
    speed = 1.0
    now = 0.0

    def __call__(self) -> float:
        if self.clock is None or not self.speed:
            return self.now
        return self.now + self.clock.tick / self.clock.hz / self.speed


def build(**policy: object) -> tuple[Executor, FakeStation, Tap, Wall]:
    wall = Wall()
    taps: list[Tap] = []
    executor, station, _ = cell(
        looks=lambda tick: taps[0].looks(tick), observers=(_Later(taps),), policy=policy
    )
    wall.clock = executor.clock
    taps.append(Tap("s", executor.clock, wall))
    return executor, station, taps[0], wall


class _Later:
    def __init__(self, taps: list[Tap]) -> None:
        self._taps = taps

    def on_tick(self, *seen: object) -> None:
        self._taps[0].on_tick(*seen)  # type: ignore[arg-type]


def test_the_present_is_the_last_tick() -> None:
    executor, _, tap, _ = build()
    assert tap.live() is None
    executor.work(SIDES)
    for _ in range(20):
        executor.step()
    tap.on_event(StateChanged(state=State.EXECUTE, cause="start"))
    live = tap.live()
    assert live is not None
    assert (live.shift, live.tick, live.state) == ("s", 20, State.EXECUTE)
    assert {side: one.drive for side, one in live.sides.items()} == dict.fromkeys(SIDES, "policy")
    assert live.chunk_tick is not None


def test_pictures_are_drawn_while_somebody_looks_and_no_longer() -> None:
    executor, station, tap, wall = build()
    assert station.spec.cameras
    assert tap.pictures() == (None, {})
    drawn = set()
    for _ in range(60):
        executor.step()
        tick, pictures = tap.pictures()
        drawn.add(tick)
    assert len(drawn) == 15  # every fourth tick
    first = next(iter(pictures.values()))
    assert Picture.open(io.BytesIO(first)).format == "JPEG"
    wall.now += WATCHED_S
    before = len(station.rendered)
    for _ in range(60):
        executor.step()
    assert tap.looks(0) is False
    assert len(station.rendered) == before


@pytest.mark.parametrize("speed", [0.5, 1.0, 10.0])
def test_pictures_go_on_while_a_paced_robot_rests(speed: float) -> None:
    executor, station, tap, wall = build()
    wall.speed = speed
    ticks = round(4 * executor.clock.hz * speed)
    begun = executor.clock.tick
    executor.rest(ticks)
    assert station.commands == []  # nobody looks: time is skipped
    drawn = set()
    while executor.clock.tick < begun + 2 * ticks:
        drawn.add(tap.pictures()[0])
        executor.rest(2)
    assert executor.clock.tick == begun + 2 * ticks
    assert 5 <= (len(drawn) - 1) / 4 <= 8
    assert len(station.commands) == len(station.rendered) <= len(drawn)
    assert all((one.target == station.commands[0].target).all() for one in station.commands)


def test_what_a_person_drives_is_seen_ten_times_a_second() -> None:
    executor, _, tap, _ = build()
    tap.on_event(TAKEN)
    ticks = []
    for k in range(60):
        if k % 30 < 5:  # he thinks for longer than he holds the key
            executor.jog(Jog(side="left", velocity=(0.0, 0.0, 0.02)))
        if tap.looks(executor.clock.tick):
            ticks.append(executor.clock.tick)
        executor.step()
    assert len(ticks) == 2 * DRIVEN_HZ
    ended = TakeoverEnded(cycle=None, who="ann", began_tick=0, jogs=10, moved_ticks=10)
    tap.on_event(ended)
    assert not any(tap.looks(tick) for tick in range(60, 90))


def test_a_late_tick_costs_a_driver_no_picture() -> None:
    executor, _, tap, _ = build()
    tap.on_event(TAKEN)
    ticks = []
    for k in range(40):
        executor.jog(Jog(side="left", velocity=(0.0, 0.0, 0.02)))
        if tap.looks(executor.clock.tick):
            ticks.append(executor.clock.tick)
        executor.step()
        executor.clock.advance(k % 3 == 0)
    every = executor.clock.hz // DRIVEN_HZ
    beats = [tick // every for tick in ticks]
    assert beats == list(range(beats[0], beats[0] + len(beats)))
    assert any(tick % every for tick in ticks)


def test_what_a_policy_saw_before_a_call_is_kept_until_it_is_resolved() -> None:
    executor, station, tap, wall = build(cameras=("head",))
    wall.speed = 0.0  # nobody looks
    executor.work(SIDES)
    for _ in range(500):
        executor.step()
    asked = [tick for tick, _ in station.rendered]
    assert len(asked) > 20
    tap.on_event(CallRaised(call=3, cycle=0, reason="jam"))
    for _ in range(500):
        executor.step()
    assert tap.before_call(2, -1, 10**9) is None
    clip = tap.before_call(3, -1, 10**9)
    assert clip is not None
    assert [tick for tick, _ in clip] == [t for t in asked if t >= 500 - CLIP_S * 30]
    assert Picture.open(io.BytesIO(clip[0][1]["head"])).size == (8, 6)
    pages: list[int] = []
    while page := tap.before_call(3, pages[-1] if pages else -1, 1):
        assert len(page) == 1
        pages.append(page[0][0])
    assert pages == [tick for tick, _ in clip]
    tap.on_event(CallResolved(call=3, action="none"))
    assert tap.before_call(3, -1, 10**9) is None


def test_a_policy_that_sees_nothing_leaves_no_clip_and_nothing_is_drawn_for_it() -> None:
    executor, station, tap, _ = build()
    executor.work(SIDES)
    for _ in range(300):
        executor.step()
    tap.on_event(CallRaised(call=0, cycle=0, reason="jam"))
    assert tap.before_call(0, -1, 10**9) == ()
    assert station.rendered == []


def test_a_policy_that_uses_fewer_cameras_hides_none_from_people() -> None:
    executor, station, tap, _ = build(cameras=("head",))
    tap.pictures()
    seen = executor.step()  # all cameras, as somebody looks
    _, all_of_them = tap.pictures()
    empty = station.observe(seen.tick, 0)
    image = station.observe(seen.tick, 0, ("head",)).images["head"]
    two = msgspec.structs.replace(empty, images={"head": image, "wrist": image})
    (told,) = station.commands
    tap.on_tick(1, two, {}, told, seen)
    tap.on_tick(2, msgspec.structs.replace(empty, images={"head": image}), {}, told, seen)
    tick, pictures = tap.pictures()
    assert list(all_of_them) == ["head"]
    assert (tick, list(pictures)) == (1, ["head", "wrist"])
