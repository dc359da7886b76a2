"""The one stream of server-sent events behind every page.

`wall` carries the places of one shift's wall, `record` one event, `beat` says every two seconds
that the board lives, `fresh` tells a page to fetch itself anew, because it missed more than is
worth sending or because the lines are no longer the lines that it shows. The id of `wall` and
`record` is `SHIFT:SEQ`, the last event that is in it; a page that comes back with it as
Last-Event-ID gets every event after it.
"""

import re
import time
from collections.abc import AsyncIterator, Callable
from urllib.parse import quote, unquote

import msgspec
from sse_starlette import ServerSentEvent

from ontakt import __version__
from ontakt.board.brief import Brief, clock
from ontakt.board.follow import Target
from ontakt.board.hub import Hub
from ontakt.board.language import Words
from ontakt.board.live_shift import RING
from ontakt.board.wall_view import WallView
from ontakt.contract import RecordError

HEARTBEAT_S = 2.0
RETRY_MS = 1000
_CURSOR = re.compile(r"([^:\s]{1,600}):(\d{1,15})")


class Cursor(msgspec.Struct, frozen=True):
    """Up to where a page knows a shift."""

    shift: str
    seq: int

    def __str__(self) -> str:
        """As the id of an event."""
        return f"{quote(self.shift, safe='')}:{self.seq}"


def parse_cursor(text: str | None) -> Cursor | None:
    """The inverse of `str`; None for anything else."""
    found = _CURSOR.fullmatch(text or "")
    return Cursor(unquote(found[1]), int(found[2])) if found else None


class Stream:
    """What one page gets, from `cursor` on; `events` says whether it wants every event."""

    def __init__(
        self,
        hub: Hub,
        target: Target,
        words: Words,
        cursor: Cursor | None,
        events: bool,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._hub, self._target, self._words = hub, target, words
        self._events, self._now_ns = events, now_ns
        self._cursor = cursor
        self._sent: dict[str, bytes] = {}
        """Last wall by shift: what did not change is not sent again."""
        self._shown: tuple[str, ...] | None = None

    async def run(self) -> AsyncIterator[ServerSentEvent]:
        """Messages until the page leaves."""
        async with self._hub.watching(self._target):
            yield self._beat()
            beaten, version = time.monotonic(), 0
            while True:
                if await self._hub.news(version, HEARTBEAT_S - (time.monotonic() - beaten)):
                    version = self._hub.version
                    if self._target in self._hub.look.walls:
                        for message in await self._news(self._hub.look.walls[self._target]):
                            yield message
                if time.monotonic() - beaten >= HEARTBEAT_S - 0.01:
                    beaten = time.monotonic()
                    yield self._beat()

    def _beat(self) -> ServerSentEvent:
        now = self._now_ns()
        data = {
            "now": now // 1_000_000,
            "clock": clock(now, self._hub.follower.zone),
            "version": __version__,
        }
        return ServerSentEvent(msgspec.json.encode(data).decode(), event="beat", retry=RETRY_MS)

    async def _news(self, views: tuple[WallView, ...]) -> list[ServerSentEvent]:
        shown = tuple(view.shift for view in views)
        if self._target.kind == "lines" and self._shown not in (None, shown):
            self._shown = shown
            return [_fresh(None)]
        self._shown = shown
        messages = []
        for view in views:
            if self._events:
                messages.extend(await self._records(view))
            data = self._hub.told(view, self._words)
            if self._sent.get(view.shift) != data:
                self._sent[view.shift] = data
                at = str(Cursor(view.shift, view.seq))
                messages.append(ServerSentEvent(data.decode(), event="wall", id=at))
        return messages

    async def _records(self, view: WallView) -> list[ServerSentEvent]:
        """Every event since the cursor, or the word that there are too many."""
        cursor, shift = self._cursor, view.shift
        self._cursor = Cursor(shift, view.seq)
        if cursor is None or cursor.shift != shift or cursor.seq >= view.seq:
            return []
        briefs: list[Brief] | tuple[Brief, ...] | None = self._hub.briefs(shift, cursor.seq)
        if briefs is None and view.seq - cursor.seq <= RING:
            after = cursor.seq

            def read() -> tuple[Brief, ...]:
                live = self._hub.follower.find(shift)
                return live.briefs(after, RING) if live else ()

            try:
                briefs = await self._hub.ask(lambda _follower: read())
            except RecordError:
                briefs = None
        if briefs is None or len(briefs) > RING:
            return [_fresh(self._cursor)]
        if briefs:
            self._cursor = Cursor(shift, max(briefs[-1].seq, view.seq))
        return [
            ServerSentEvent(
                msgspec.json.encode(brief).decode(),
                event="record",
                id=str(Cursor(shift, brief.seq)),
            )
            for brief in briefs
        ]


def _fresh(cursor: Cursor | None) -> ServerSentEvent:
    return ServerSentEvent("{}", event="fresh", id=None if cursor is None else str(cursor))
