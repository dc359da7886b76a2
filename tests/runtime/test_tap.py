"""What a console sees of a running cell: the present, drawn only while somebody looks."""

import io

from PIL import Image as Picture
from tests.runtime.test_executor import cell

from ontakt.contract import SIDES, State
from ontakt.contract.event import StateChanged
from ontakt.contract.request import Jog
from ontakt.runtime import Executor
from ontakt.runtime.fake import FakeStation
from ontakt.runtime.tap import DRIVEN_HZ, PICTURES_HZ, Tap


class Watch:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def build() -> tuple[Executor, FakeStation, Tap, Watch]:
    watch = Watch()
    taps: list[Tap] = []
    executor, station, _ = cell(looks=lambda tick: taps[0].looks(tick), observers=(_Later(taps),))
    taps.append(Tap("s", executor.clock, watch))
    return executor, station, taps[0], watch


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
    executor, station, tap, watch = build()
    assert station.spec.cameras
    assert tap.pictures() == (None, {})
    drawn = set()
    for _ in range(60):
        executor.step()
        tick, pictures = tap.pictures()
        drawn.add(tick)
    assert len(drawn) == 2 * PICTURES_HZ
    first = next(iter(pictures.values()))
    assert Picture.open(io.BytesIO(first)).format == "JPEG"
    watch.now = 10.0
    before = len(drawn)
    for _ in range(60):
        executor.step()
    assert tap.looks(0) is False
    assert before == len(drawn)


def test_what_a_person_drives_is_seen_ten_times_a_second() -> None:
    executor, _, tap, watch = build()
    watch.now = 100.0
    ticks = []
    for _ in range(60):
        executor.jog(Jog(side="left", velocity=(0.0, 0.0, 0.02)))
        tick = executor.step().tick
        if tap.looks(tick):
            ticks.append(tick)
    assert len(ticks) == 2 * DRIVEN_HZ
