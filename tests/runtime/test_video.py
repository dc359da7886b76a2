"""Films of cycles: right in length, size and caption, and playable after a kill."""

from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest
from tests.runtime.test_recorder import kill_while_recording

from ontakt.contract import SIDES, HaltError
from ontakt.contract.event import CallRaised, CycleStarted, PhaseEntered, ShiftEnded, ShiftStarted
from ontakt.runtime import Executor, VirtualClock
from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.runtime.video import Film

WIDTH, HEIGHT, STRIP = 320, 180, 36


def frames(path: Path) -> list[np.ndarray]:
    """All frames that a player shows."""
    shown: list[np.ndarray] = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == 10
        with suppress(av.error.InvalidDataError):  # a torn last fragment
            shown.extend(frame.to_ndarray(format="rgb24") for frame in container.decode(stream))
    return shown


def started(cycle: int, due: int) -> CycleStarted:
    return CycleStarted(cycle=cycle, due_tick=due, job=SIDES, variation={})


SHIFT = ShiftStarted(
    seed=1, takt_s=4.0, control_hz=30, policy="fake", sides=SIDES, planned_cycles=2, planned_s=None,
    variation={}, latency="fixed:80ms", strategy="sync", minor_stop_s=300.0, software={},
    command=(),
)  # fmt: skip


def film(folder: Path) -> None:
    """Two cycles of 60 ticks; between them 1000 ticks that are skipped."""
    station, clock = FakeStation(), VirtualClock(30, 0)
    film = Film(folder, station, clock, "overview", size=(WIDTH, HEIGHT))
    executor = Executor(station, FakePolicy(station), clock, seed=1, observers=(film,))
    film.on_event(SHIFT)
    for cycle in (1, 2):
        film.on_event(started(cycle, clock.tick))
        executor.work(SIDES)
        for tick in range(60):
            executor.step()
            if tick == 20:
                film.on_event(PhaseEntered(cycle=cycle, side="left", phase="insert"))
            if tick == 40:
                film.on_event(CallRaised(call=1, cycle=cycle, reason="jam"))
        executor.hold()
        executor.rest(1000)
    film.on_event(ShiftEnded(reason="planned"))


def test_a_cycle_is_a_film_of_its_active_time(tmp_path: Path) -> None:
    film(tmp_path)
    for name in ("00001.mp4", "00002.mp4"):
        shown = frames(tmp_path / "cycles" / name)
        assert 20 <= len(shown) <= 22  # 60 ticks at 10 pictures a second, and coming to rest
        assert {frame.shape for frame in shown} == {(HEIGHT + STRIP, WIDTH, 3)}


def test_the_caption_follows_the_events(tmp_path: Path) -> None:
    film(tmp_path)
    shown = frames(tmp_path / "cycles" / "00001.mp4")
    strips = [frame[HEIGHT + 5 :].astype(int) for frame in shown]
    assert all(strip.max() > 150 > 40 > strip.min() for strip in strips)  # ink on dark ground
    left = [strip[:, WIDTH // 3 : 2 * WIDTH // 3] for strip in strips]
    assert np.abs(left[5] - left[4]).max() < 40  # nothing new is told
    assert np.abs(left[8] - left[5]).max() > 100  # a phase
    assert np.abs(left[15] - left[8]).max() > 100  # a call
    bars = [float((frame[HEIGHT + 1].mean(axis=1) > 120).mean()) for frame in shown]
    assert bars[19] == pytest.approx(19 * 3 / 30 / 4.0, abs=0.03)  # share of takt that is used


def test_the_same_cycle_gives_the_same_film(tmp_path: Path) -> None:
    for name in ("a", "b"):
        film(tmp_path / name)
    first, second = (tmp_path / name / "cycles" / "00002.mp4" for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_a_kill_leaves_it_playable(tmp_path: Path) -> None:
    last = kill_while_recording(tmp_path, "mp4", 100)
    shown = frames(tmp_path / "cycles" / "00001.mp4")
    assert len(shown) >= last // 3 - 10  # a fragment is one second


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "cycles").write_text("")
    station = FakeStation()
    with pytest.raises(HaltError, match="cannot be written"):
        Film(tmp_path, station, VirtualClock(30, 0), "overview").on_event(started(1, 0))
