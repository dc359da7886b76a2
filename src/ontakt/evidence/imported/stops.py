"""A shift's time in PackML states, from the stops that its log names."""

import numpy as np
from numpy.typing import NDArray

from ontakt.contract import State
from ontakt.evidence.imported.boundaries import COARSE_MS
from ontakt.evidence.imported.log import Log
from ontakt.evidence.imported.schema import STOP_BY
from ontakt.evidence.shift_record import Segment

Ticks = NDArray[np.int64]

_STATES = {
    "robot": State.HELD,
    "upstream": State.SUSPENDED,
    "downstream": State.SUSPENDED,
    "part": State.SUSPENDED,
    "operator": State.SUSPENDED,
    "safety": State.ABORTED,
}
"""Who answers for a stop to the state that the station was in, as PackML means them."""
IDLE = "idle"
"""The cause of time that neither a cycle nor a stop explains."""


def told(log: Log) -> bool:
    """True when every row says how long the station stood, and who answers for it."""
    seconds, nobody = log.number("stop_s"), log.word("stop_by").among("")
    return bool(np.all(np.isfinite(seconds) & ~((seconds > 0) & nobody)))


def segments_of(log: Log, started: Ticks, ended: Ticks, takt: int | None) -> tuple[Segment, ...]:
    """The states from the first start to the last end. A row's stop comes after its cycle, as far
    as there is time until the next start, or else within it. What is left until the next start is
    the wait for the beat up to `takt` [ticks] after the start, and idle beyond it, if that is more
    than the second to which a log may round."""
    stop = np.rint(log.number("stop_s") * 1000).astype(np.int64)
    last = max(int(ended.max()), int(started[-1] + stop[-1]))
    until = np.append(started[1:], last)
    stop = np.minimum(stop, until - started)
    begin = np.minimum(ended, until - stop)
    beat = np.maximum(begin + stop, started + (takt or 0))
    who = log.word("stop_by")
    found: list[tuple[int, int, State, str, str]] = []
    for k in np.flatnonzero(stop > 0).tolist():
        word = who.texts[who.codes[k]]
        by = STOP_BY[word]
        found.append((int(begin[k]), int(begin[k] + stop[k]), _STATES[by], word, by))
    idle = np.flatnonzero(until - beat > COARSE_MS).tolist()
    found += [(int(beat[k]), int(until[k]), State.STOPPED, IDLE, "none") for k in idle]
    found.sort()
    return tuple(_with_work(found, int(started[0]), last))


def _with_work(
    found: list[tuple[int, int, State, str, str]], first: int, last: int
) -> list[Segment]:
    """The stretches that were `found`, and Execute between them."""
    segments = []
    at = first
    for start, end, state, cause, who in [*found, (last, last, State.STOPPED, "", "none")]:
        if start > at:
            segments.append(
                Segment(start=at, end=start, state=State.EXECUTE, cause="start", attribution="none")
            )
        if end > start:
            segments.append(
                Segment(start=start, end=end, state=state, cause=cause, attribution=who)
            )
        at = max(at, end)
    return segments
