"""The present of a shift for all consoles of this board: one look for everybody, the last ten
seconds of what they saw, and the ten before a call.

Nothing runs by itself: a look is had when a page asks and the last one is old. The seconds before a
call the shift keeps itself: whatever it had drawn anyway, for its policy or for a console. Nothing
is drawn for a past that nobody may ask for.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from ontakt.board.console_link import NoConsole
from ontakt.board.console_wire import Seen, Taken
from ontakt.contract.live import CLIP_S

LOOK_S = 0.06
"""A look is shared by those who ask within so long [s]."""
_MOST = 256
"""Pictures of the past, however fast the shift's clock runs."""


class Eyes(Protocol):
    """Where looks come from; `console_link.ConsoleLink` is one."""

    async def look(self, *, pictures: bool = False) -> Seen:
        """Raises NoConsole."""
        ...

    async def recall(self, call: int) -> tuple[Taken, ...] | None:
        """What was seen before `call`; None where it is not open there. Raises NoConsole."""
        ...


class Watch:
    """Looks at shift `shift` through `eyes`. All calls belong to one event loop."""

    def __init__(
        self, shift: str, eyes: Eyes, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._shift, self._eyes, self._monotonic = shift, eyes, monotonic
        self._looking = asyncio.Lock()
        self._seen: Seen | None = None
        self._seen_at = float("-inf")
        self._frames: deque[Taken] = deque(maxlen=_MOST)
        self._open = False
        self._call: int | None = None
        """Whose clip it is."""
        self._clip: tuple[Taken, ...] = ()

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

    async def called(self, call: int | None) -> None:
        """`call` is open now, or none is: the seconds before it are asked for once, and kept until
        the next one. Raises NoConsole."""
        self._open = call is not None
        if call is None or call == self._call:
            return
        async with self._looking:
            if call == self._call:
                return
            self._call, self._clip = None, ()
            clip = await self._eyes.recall(call)
            if clip is not None:  # else the record is ahead of the shift, or it began anew
                self._call, self._clip = call, clip

    @property
    def newest(self) -> Taken | None:
        """The latest pictures."""
        return self._frames[-1] if self._frames else None

    @property
    def clip(self) -> tuple[Taken, ...]:
        """The seconds before the open call; without a call the last ones."""
        return self._clip if self._open else tuple(self._frames)

    @property
    def clip_cameras(self) -> tuple[str, ...]:
        """Those that saw the whole clip; a policy may have looked through fewer than a console."""
        clip = self.clip
        first = clip[0].pictures if clip else ()
        return tuple(name for name in first if all(name in one.pictures for one in clip))

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
        self._frames.append(Taken(tick=tick, pictures=seen.pictures))
        while self._frames[0].tick < tick - CLIP_S * live.hz:
            self._frames.popleft()
