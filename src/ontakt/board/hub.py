"""One look for everybody: pages and streams share what one thread reads, and only while somebody
looks is anything read at all.

A page that falls behind never costs memory: nothing is queued for it. It has a cursor, takes what
lies after it when its connection has room again, and the wall as it stands then.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

import msgspec

from ontakt.board.brief import Brief
from ontakt.board.follow import Follower, Look, Target
from ontakt.board.language import Words
from ontakt.board.live_shift import RING
from ontakt.board.telling import tell
from ontakt.board.wall_view import WallView

T = TypeVar("T")
POLL_S = 0.05
"""How often the stores' files are looked at while somebody looks."""
REVIEW_S = 1.0
"""How often a wall is told anew without an event: targets grow and stops get long by themselves."""
STREAMS = 256
"""Pages that may be connected at once."""


class Hub:
    """What is followed, for any number of streams. Made and used on one event loop."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="board-reader")
        self._wanted: dict[Target, int] = {}
        self._looked_at = asyncio.Event()
        self._changed = asyncio.Event()
        self._rings: dict[str, deque[Brief]] = {}
        self._told: dict[tuple[str, str], tuple[WallView, bytes]] = {}
        self._loop: asyncio.Task[None] | None = None
        self.look = Look({}, {}, False)
        """The latest."""
        self.version = 0
        """Grows with every look that there is something new in."""
        self.looks = 0
        self.failures = 0

    @property
    def streams(self) -> int:
        """Pages that are connected."""
        return sum(self._wanted.values())

    async def ask(self, question: Callable[[Follower], T]) -> T:
        """Ask the follower something in the one thread that may."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._reader, question, self.follower)

    async def walls(self, target: Target) -> tuple[WallView, ...]:
        """The walls of `target` as of now, for a page that is made once."""
        look = await self.ask(lambda follower: follower.look([target, *self._wanted]))
        self._take(look)
        if look.changed and self._wanted:
            self._publish(look)
        return look.walls[target]

    @asynccontextmanager
    async def watching(self, target: Target) -> AsyncIterator[None]:
        """Have `target` followed for as long as the block lasts."""
        self._wanted[target] = self._wanted.get(target, 0) + 1
        if self._loop is None or self._loop.done():
            self._loop = asyncio.create_task(self._run())
        self._looked_at.set()
        try:
            yield
        finally:
            self._wanted[target] -= 1
            if not self._wanted[target]:
                del self._wanted[target]
            if not self._wanted:
                self._looked_at.clear()
                self._rings.clear()  # what comes unseen would leave a gap in them
                self.look = Look({}, {}, False)  # and is not what the next one shall see first

    async def news(self, version: int, timeout: float) -> bool:
        """Wait until there is something newer than `version`; False when `timeout` [s] is over
        before that. Raises what stopped the looking, where something did."""
        if self.version > version:
            return True
        if self._loop is not None and self._loop.done():
            self._loop.result()  # whoever waits for a loop that failed must not wait in peace
        try:
            await asyncio.wait_for(self._changed.wait(), timeout)
        except TimeoutError:
            return False
        return True

    def briefs(self, shift: str, after: int) -> list[Brief] | None:
        """The events of `shift` after seq `after` that are at hand; None where there may be older
        ones that are not."""
        ring = self._rings.get(shift)
        if not ring or ring[0].seq > after + 1:
            return None
        return [brief for brief in ring if brief.seq > after]

    def told(self, view: WallView, words: Words) -> bytes:
        """`view` as JSON in one language; made once for all pages that want it."""
        key = (view.shift, words.code)
        known = self._told.get(key)
        if known is None or known[0] != view:
            if len(self._told) > 128:
                self._told.clear()
            fields = tell(view, words, self.follower.zone)
            data = msgspec.json.encode({"shift": view.shift, "fields": fields})
            known = self._told[key] = (view, data)
        return known[1]

    async def close(self) -> None:
        """Stop looking."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        self._reader.shutdown(wait=False)

    async def _run(self) -> None:
        reviewed = 0.0
        while True:
            await self._looked_at.wait()
            wanted = tuple(self._wanted)
            try:
                look = await self.ask(partial(Follower.look, wanted=wanted))
            except OSError:  # a disk that is away for a moment; the wall tells its age
                self.failures += 1
                await asyncio.sleep(REVIEW_S)
                continue
            self.looks += 1
            now = time.monotonic()
            self._take(look)
            missing = any(target not in self.look.walls for target in wanted)
            if look.changed or missing or now - reviewed >= REVIEW_S:
                reviewed = now
                self._publish(look)
            await asyncio.sleep(POLL_S)

    def _publish(self, look: Look) -> None:
        """Wake every stream."""
        self.look = look
        self.version += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _take(self, look: Look) -> None:
        """Keep what the look found new, if a stream may ask for it."""
        if not self._wanted:
            return
        for shift, briefs in look.briefs.items():
            ring = self._rings.setdefault(shift, deque(maxlen=RING))
            if ring and briefs and briefs[0].seq != ring[-1].seq + 1:
                ring.clear()
            ring.extend(briefs)
