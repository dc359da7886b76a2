"""`/events`: the stream behind every page."""

from fastapi import APIRouter, Depends, HTTPException, Request
from sse_starlette import EventSourceResponse
from starlette.responses import Response

from ontakt.board.access import needs
from ontakt.board.api import LANG, described, header, query, stream, told
from ontakt.board.follow import Target
from ontakt.board.hub import STREAMS, Hub
from ontakt.board.page import words_of
from ontakt.board.roles import Role
from ontakt.board.stream import Stream, parse_cursor

router = APIRouter(dependencies=[Depends(needs(Role.VIEWER))])

_SEND_S = 15.0
"""A connection that takes nothing for so long is closed; its page comes back by itself."""
_NEVER_S = 3_600
"""The stream has a heartbeat of its own that a page can hear."""


@router.get(
    "/events",
    **described(
        {
            200: stream("Until the page leaves.", "beat", "wall", "record", "fresh"),
            400: told("There is no such stream, or the one of a shift that was not named."),
            503: told(f"{STREAMS} pages are connected."),
        },
        parameters=(
            query("on", "andon when it is left out.", enum=["andon", "lines", "shift"]),
            query("shift", "Whose; wanted on shift."),
            query("station", "Whose, on andon."),
            query("after", "SHIFT:SEQ, the last event that is known; others are ignored."),
            header("last-event-id", "The same, of a stream that was cut off; comes first."),
            LANG,
        ),
    ),
)
async def events(request: Request) -> Response:
    """What `on` (andon, lines or shift) shows, as it happens, from Last-Event-ID or `after` on."""
    hub: Hub = request.app.state.hub
    query = request.query_params
    on, shift = query.get("on", "andon"), query.get("shift")
    if on not in ("andon", "lines", "shift") or (on == "shift" and not shift):
        raise HTTPException(400, "on is andon, lines or shift; the last wants shift=ID.")
    if hub.streams >= STREAMS:
        raise HTTPException(503, f"{STREAMS} pages are connected; no more are taken.")
    if on == "lines":
        target = Target("lines")
    elif shift is not None:
        target = Target("shift", shift)
    else:
        station = query.get("station")
        target = Target("now") if station is None else Target("station", station)
    cursor = parse_cursor(request.headers.get("last-event-id")) or parse_cursor(query.get("after"))
    stream = Stream(hub, target, words_of(request), cursor, events=on == "shift")
    return EventSourceResponse(
        stream.run(),
        ping=_NEVER_S,
        send_timeout=_SEND_S,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
