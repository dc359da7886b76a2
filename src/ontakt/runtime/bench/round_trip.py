"""How long a question to a policy server on this machine is under way, without any thinking."""

import time
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from ontakt.contract import INSTRUCTIONS, SIDES
from ontakt.runtime.bench.serving import VIEWS, client_of, policy_process, station_of
from ontakt.runtime.bench.spread import Spread, spread

SIZES = ((224, 224), (640, 480))
"""Width and height [px] of the three views."""
_WARM = 5
"""Questions that do not count."""


class RoundTrip(Struct, frozen=True, kw_only=True):
    """From an observation to its chunk, through the client and the server and back."""

    views: int
    width: int
    height: int
    pixels_bytes: int
    """Of all views of one question."""
    questions: int
    ms: Spread
    """As the robot waits for it."""
    cpu_ms: Spread
    """Of it, the processor's time in the robot's own process."""


def round_trips(
    questions: int, tell: Callable[[str, int, int], object] = lambda *_: None
) -> Sequence[RoundTrip]:
    """For each of `SIZES`, over a Unix socket. Raises SetupError where nothing can be served."""
    return [_round_trip(*size, questions, tell) for size in SIZES]


def _round_trip(
    width: int, height: int, questions: int, tell: Callable[[str, int, int], object]
) -> RoundTrip:
    station = station_of(width, height)
    wall: list[float] = []
    processor: list[float] = []
    with policy_process(0.0, width, height) as process:
        client = client_of(process, station)
        try:
            for number in range(_WARM + questions):
                tell(f"{len(VIEWS)} views of {width}x{height}", number, _WARM + questions)
                seen = msgspec.structs.replace(
                    station.observe(number, time.time_ns(), VIEWS),
                    job=SIDES,
                    instruction=INSTRUCTIONS[SIDES],
                )
                begun, spent = time.perf_counter(), time.thread_time()
                client.infer(seen)
                processor.append(time.thread_time() - spent)
                wall.append(time.perf_counter() - begun)
        finally:
            client.close()
    return RoundTrip(
        views=len(VIEWS),
        width=width,
        height=height,
        pixels_bytes=3 * width * height * len(VIEWS),
        questions=questions,
        ms=spread(wall[_WARM:], 1e3),
        cpu_ms=spread(processor[_WARM:], 1e3),
    )
