"""Films of one camera: H.264 without loss in YUV 4:4:4, a key frame every second picture.

What is lost is RGB to YUV and back, at most 2 of 255 whatever the picture. On 96 x 96 pictures of
the nut-loading station at all variation levels the mean error is 0.41 of 255 at 2.6 kB a picture;
crf 12 would take 1.6 kB for a mean of 0.86 and single errors of 50, on the very edges of a pin.

Importing this module raises MissingExtra without av.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from ontakt.contract import Image, MissingExtra, SetupError

try:
    import av
    from av.video.reformatter import VideoReformatter
except ImportError as error:
    raise MissingExtra("a dataset", "record") from error

ERROR = 2
"""The most by which a channel of a pixel can differ after coding."""
CODING: dict[str, Any] = {
    "video.codec": "h264",
    "video.pix_fmt": "yuv444p",
    "video.channels": 3,
    "video.g": 2,
    "video.crf": 0,
    "video.preset": "veryfast",
    "is_depth_map": False,
    "has_audio": False,
}
"""As LeRobot tells it in meta/info.json."""


class Film(Struct, frozen=True):
    """What a file holds: `frames` pictures of `height` x `width` [px], `fps` a second."""

    frames: int
    height: int
    width: int
    fps: Fraction | None


def encode(images: Sequence[Image], path: Path, fps: int) -> None:
    """Write `images`, at least one and all of one size, as the film at `path`."""
    with av.open(str(path), "w", format="mp4") as film:
        stream = film.add_stream(
            "libx264", rate=fps, options={"crf": "0", "preset": CODING["video.preset"]}
        )
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = CODING["video.pix_fmt"]
        stream.gop_size = CODING["video.g"]
        stream.max_b_frames = 0  # so that packets are in the order of time, and can be joined
        stream.thread_count = 1  # the bytes depend on the number of threads
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            film.mux(stream.encode(frame))
        film.mux(stream.encode())


def join(pieces: Iterable[Path], path: Path, fps: int) -> None:
    """One film of the films in `pieces`, one after the other, without coding anew."""
    beat, count = Fraction(1, fps), 0
    with av.open(str(path), "w", format="mp4") as film:
        stream: Any = None
        for piece in pieces:
            with _opened(piece) as source:
                if stream is None:
                    stream = film.add_stream_from_template(source.streams.video[0])
                for packet in source.demux(video=0):
                    if packet.size == 0:
                        continue
                    packet.stream, packet.time_base = stream, beat
                    packet.pts = packet.dts = count
                    packet.duration = 1
                    film.mux(packet)
                    count += 1


def header(path: Path) -> bytes:
    """The decoder's parameters in the film at `path`: only films with equal ones can be joined."""
    with _opened(path) as film:
        return film.streams.video[0].codec_context.extradata or b""


def probe(path: Path) -> Film:
    """Counts the whole pictures at `path` without decoding them.

    Raises SetupError for a file that is missing, truncated or not a film.
    """
    with _opened(path) as film:
        stream = film.streams.video[0]
        frames = sum(1 for p in film.demux(stream) if p.size and not p.is_corrupt)
        return Film(frames, stream.height, stream.width, stream.average_rate)


def decode(path: Path, first: int, count: int, fps: int) -> tuple[Image, ...]:
    """Pictures `first` to `first + count - 1` at `path`, read-only.

    Raises SetupError for a file that cannot be decoded and one that ends before.
    """
    converter = VideoReformatter()  # one for all pictures: making it takes longer than using it
    found: list[Image] = []
    with _opened(path) as film:
        stream = film.streams.video[0]
        assert stream.time_base is not None
        beat = stream.time_base * fps
        film.seek(int(first / beat), stream=stream, backward=True)
        for frame in film.decode(stream):
            if frame.pts is None or frame.pts * beat < first:
                continue
            image: Image = converter.reformat(frame, format="rgb24").to_ndarray().astype(np.uint8)
            image.setflags(write=False)
            found.append(image)
            if len(found) == count:
                return tuple(found)
    raise SetupError(f"{path}: picture {first + len(found)} is missing; the file ends before.")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    if not path.is_file():
        raise SetupError(f"{path}: no such file.")
    try:
        with av.open(str(path)) as film:
            if not film.streams.video:
                raise SetupError(f"{path}: holds no film.")
            yield film
    except (av.FFmpegError, ValueError) as error:
        raise SetupError(f"{path}: damaged or not an MP4 ({error}).") from error
