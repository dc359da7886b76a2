"""The present of a shift for all consoles of this board: one look for everybody, and the last ten
seconds of what was seen.

Nothing runs by itself: a look is had when a page asks and the last one is old. So where no console
was open there are no pictures of the past, and the cameras were not drawn for nobody.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct

from ontakt.board.console_link import NoConsole
from ontakt.board.console_wire import Seen
from ontakt.contract import Live

LOOK_S = 0.06
"""A look is shared by those who ask within so long [s]."""
CLIP_S = 10.0
"""So much of the past [s, of the shift's clock] is kept."""
_MOST = 256
"""Pictures of the past, however fast the shift's clock runs."""


class Eyes(Protocol):
    """Where looks come from; `console_link.ConsoleLink` is one."""

    async def look(self, *, pictures: bool = False) -> Seen:
        """Raises NoConsole."""
        ...


class Frame(Struct, frozen=True, kw_only=True):
    """What the cameras saw on one tick, and what the robot said of itself then."""

    tick: int
    pictures: Mapping[str, bytes]
    live: Live


class Watch:
    """Looks at shift `shift` through `eyes`. All calls belong to one event loop."""

    def __init__(
        self, shift: str, eyes: Eyes, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._shift, self._eyes, self._monotonic = shift, eyes, monotonic
        self._looking = asyncio.Lock()
        self._seen: Seen | None = None
        self._seen_at = float("-inf")
        self._frames: deque[Frame] = deque(maxlen=_MOST)
        self._call: int | None = None
        self._clip: tuple[Frame, ...] = ()

    async def now(self) -> Seen:
        """The present. Raises NoConsole."""
        async with self._looking:
            if self._seen is None or self._monotonic() - self._seen_at >= LOOK_S:
                try:
                    seen = await self._eyes.look(pictures=True)
                except NoConsole:
                    self._seen = None
                    raise
                if seen.live is not None and seen.live.shift != self._shift:
                    raise NoConsole("another shift runs in this folder now")
                self._seen, self._seen_at = seen, self._monotonic()
                self._keep(seen)
            return self._seen

    def called(self, call: int | None) -> None:
        """`call` is open now, or none is: the seconds before it are kept until the next one."""
        if call is not None and call != self._call:
            self._clip = tuple(self._frames)
        self._call = call

    @property
    def newest(self) -> Frame | None:
        """The latest pictures."""
        return self._frames[-1] if self._frames else None

    @property
    def clip(self) -> tuple[Frame, ...]:
        """The seconds before the open call; without a call the last ones."""
        return self._clip if self._call is not None else tuple(self._frames)

    def picture(self, camera: str, tick: int | None = None) -> bytes | None:
        """JPEG of `camera` on `tick`, the newest when None; None where it is not kept."""
        if tick is None:
            return self.newest.pictures.get(camera) if self.newest else None
        for frame in (*reversed(self._frames), *self._clip):
            if frame.tick == tick:
                return frame.pictures.get(camera)
        return None

    def _keep(self, seen: Seen) -> None:
        tick, live = seen.pictured_tick, seen.live
        if tick is None or live is None or not seen.pictures:
            return
        if self._frames and self._frames[-1].tick >= tick:
            return
        self._frames.append(Frame(tick=tick, pictures=seen.pictures, live=live))
        while self._frames[0].tick < tick - CLIP_S * live.hz:
            self._frames.popleft()
