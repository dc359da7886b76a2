"""The pictures of the last seconds, as they were drawn for somebody else: kept, never asked for."""

from collections import deque
from collections.abc import Mapping

from ontakt.contract import Image

MOST = 300
"""Ticks with pictures that are kept: ten seconds of a picture on every tick at 30 Hz."""
MOST_BYTES = 64_000_000
"""Bytes of pictures that are kept, however large they are."""

Drawn = tuple[int, Mapping[str, Image]]
"""The tick on which pictures were taken, and they by camera."""


class Lookback:
    """The pictures of the newest `ticks` ticks, fewer where they would be too many or too large.

    Pictures are frozen, so they are kept as they are and nothing is copied. No lock: whoever shares
    it has one.
    """

    def __init__(self, ticks: int) -> None:
        self._ticks = ticks
        self._kept: deque[Drawn] = deque()
        self._bytes = 0

    def keep(self, tick: int, images: Mapping[str, Image]) -> None:
        """`images` were taken on `tick`, later than all before."""
        self._kept.append((tick, images))
        self._bytes += _bytes(images)
        while (
            self._kept[0][0] < tick - self._ticks
            or len(self._kept) > MOST
            or self._bytes > MOST_BYTES
        ):
            _, oldest = self._kept.popleft()
            self._bytes -= _bytes(oldest)
            if not self._kept:  # one look alone is too large
                return

    def before(self, tick: int) -> tuple[Drawn, ...]:
        """Those of the last ticks before `tick`, oldest first."""
        return tuple(one for one in self._kept if one[0] >= tick - self._ticks)


def _bytes(images: Mapping[str, Image]) -> int:
    return sum(image.nbytes for image in images.values())
