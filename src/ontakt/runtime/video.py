"""A film of every cycle for people: H.264 in a fragmented MP4, which a kill leaves playable.

Importing this module raises MissingExtra without av and pillow.
"""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np

from ontakt.contract import (
    Clock,
    Command,
    HaltError,
    Image,
    MissingExtra,
    Observation,
    Side,
    Signals,
    Station,
)
from ontakt.contract.event import (
    CallRaised,
    CallResolved,
    CycleStarted,
    Event,
    PhaseEntered,
    ShiftEnded,
    ShiftStarted,
)
from ontakt.runtime.wanted import Wanted

try:
    import av
    from PIL import Image as Picture
    from PIL import ImageDraw, ImageFont
except ImportError as error:
    raise MissingExtra("a video", "record") from error

_STRIP = 36
"""Height of the caption [px]."""
_GROUND, _INK, _LATE = (22, 26, 30), (236, 239, 241), (255, 138, 101)


class Film:
    """Writes `cycles/00012.mp4` beneath `folder`: `view` of the station, `fps` pictures a second of
    shift time, with a caption of cycle, time, takt and phases. Time that the simulation skips is
    not in it. An observer of the cell and a listener to its events.

    `size` is width and height [px] of the station's picture, both even. Raises HaltError when a
    file cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        station: Station,
        clock: Clock,
        view: str,
        size: tuple[int, int] = (640, 360),
        fps: int = 10,
    ) -> None:
        self._folder = folder / "cycles"
        self._station = station
        self._clock = clock
        self._view, self._size = view, size
        self._every = max(1, clock.hz // fps)
        self._rate = Fraction(clock.hz, self._every)
        self._reel: _Reel | None = None
        self._caption = _Caption(clock.hz)

    def on_tick(
        self,
        tick: int,
        observation: Observation,  # noqa: ARG002
        wanted: Mapping[Side, Wanted],  # noqa: ARG002
        command: Command,  # noqa: ARG002
        signals: Signals,  # noqa: ARG002
    ) -> None:
        """As `Observer.on_tick`."""
        if self._reel is not None and tick % self._every == 0:
            seen = self._station.picture(self._view, *self._size)
            self._reel.add(np.concatenate([seen, self._caption.draw(tick, self._size[0])]))

    def on_event(self, event: Event) -> None:
        """As `Listener.on_event`."""
        self._caption.on_event(event)
        if isinstance(event, CycleStarted):
            self.close()
            width, height = self._size
            path = self._folder / f"{event.cycle:05d}.mp4"
            self._reel = _Reel(path, width, height + _STRIP, self._rate)
        elif isinstance(event, ShiftEnded):
            self.close()

    def close(self) -> None:
        """Finish the film that is open, if one is."""
        if self._reel is not None:
            self._reel.close()
            self._reel = None


class _Reel:
    """One open MP4 with a fragment a second."""

    def __init__(self, path: Path, width: int, height: int, rate: Fraction) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._container = av.open(
                str(path),
                "w",
                options={
                    "movflags": "frag_keyframe+empty_moov+default_base_moof",
                    "flush_packets": "1",
                },
            )
        except OSError as error:
            raise HaltError(f"{path}: the video cannot be written ({error}).") from error
        self._stream = self._container.add_stream("libx264", rate=rate)
        self._stream.width, self._stream.height = width, height
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = {
            "preset": "veryfast",
            "crf": "23",
            "g": str(max(1, round(rate))),
            "tune": "zerolatency",  # no frames waiting in the encoder when a process is killed
        }

    def add(self, image: Image) -> None:
        """One more frame."""
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """The rest, and the file's end."""
        self._container.mux(self._stream.encode(None))
        self._container.close()


class _Caption:
    """The strip below the picture: what the events said last."""

    def __init__(self, hz: int) -> None:
        self._hz = hz
        self._font = ImageFont.load_default(size=16)
        self._takt_s: float | None = None
        self._cycle = self._due = 0
        self._phases: dict[Side, str] = {}
        self._call: str | None = None

    def on_event(self, event: Event) -> None:
        """Keep what the strip shows."""
        match event:
            case ShiftStarted():
                self._takt_s = event.takt_s
            case CycleStarted():
                self._cycle, self._due = event.cycle, event.due_tick
                self._phases = {}
            case PhaseEntered():
                self._phases[event.side] = event.phase
            case CallRaised():
                self._call = event.reason
            case CallResolved():
                self._call = None
            case _:
                pass

    def draw(self, tick: int, width: int) -> Image:
        """The strip at `tick`, shape (36, width, 3)."""
        strip = Picture.new("RGB", (width, _STRIP), _GROUND)
        pen = ImageDraw.Draw(strip)
        place = _STRIP // 2
        shown = f"cycle {self._cycle}   {_clock_face(tick / self._hz)}"
        if self._call is not None:
            shown += f"   CALL: {self._call}"
        else:
            shown += "".join(f"   {side} {phase}" for side, phase in sorted(self._phases.items()))
        pen.text((12, place), shown, _INK, self._font, anchor="lm")
        if self._takt_s is not None:
            left = self._takt_s - (tick - self._due) / self._hz
            told = f"takt {left:.1f} s" if left >= 0 else f"takt over by {-left:.1f} s"
            colour = _INK if left >= 0 else _LATE
            pen.text((width - 12, place), told, colour, self._font, anchor="rm")
            share = min(1.0, max(0.0, 1 - left / self._takt_s))
            pen.rectangle((0, 0, round(share * width), 3), colour)
        return np.asarray(strip, dtype=np.uint8)


def _clock_face(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
