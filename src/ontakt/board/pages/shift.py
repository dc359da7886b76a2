"""`/shift/ID`: a shift so far; `/cycle/ID/N`: one of its cycles, second by second."""

from collections import Counter

from fastapi import APIRouter, Depends, HTTPException, Request
from msgspec import Struct
from starlette.responses import Response

from ontakt.board.access import needs
from ontakt.board.api import LOOKS, PAGE, CycleNumber, ShiftId, described
from ontakt.board.brief import Brief
from ontakt.board.follow import Follower, Target
from ontakt.board.hub import Hub
from ontakt.board.page import segment, show, stream_address, words_of
from ontakt.board.roles import Role
from ontakt.board.stream import Cursor
from ontakt.board.telling import tell
from ontakt.board.timeline import Timeline, timeline
from ontakt.board.wall_view import WallView
from ontakt.contract import CycleRecord
from ontakt.contract.event import PictureTaken
from ontakt.evidence.shift_record import ShiftRecord

router = APIRouter(dependencies=[Depends(needs(Role.VIEWER))])

ROWS = 200
"""Of each table, the newest."""
PICTURES = 24
EVENTS = 100


class _Shift(Struct, frozen=True, kw_only=True):
    """What the page of a shift shows."""

    view: WallView
    record: ShiftRecord
    events: tuple[Brief, ...]


@router.api_route(
    "/shift/{shift}", methods=["GET", "HEAD"], **described({200: PAGE}, parameters=LOOKS)
)
async def page(request: Request, shift: ShiftId) -> Response:
    """States, cycles, calls, failures, pictures and events."""
    hub: Hub = request.app.state.hub
    found = await hub.ask(lambda follower: _read(follower, shift))
    if found is None:
        raise HTTPException(404, f"There is no shift {shift!r}.")
    words, zone, view = words_of(request), hub.follower.zone, found.view
    record = found.record
    at = str(Cursor(shift, found.events[-1].seq if found.events else view.seq))
    context = {
        "view": view,
        "fields": tell(view, words, zone),
        "record": record,
        "cycles": record.cycles[: -ROWS - 1 : -1],
        "calls": record.calls[: -ROWS - 1 : -1],
        "failures": record.failures[: -ROWS - 1 : -1],
        "pictures": record.pictures[: -PICTURES - 1 : -1],
        "events": found.events[::-1],
        "states": _states(record),
        "rows": ROWS,
        "stream": stream_address(words, on="shift", shift=shift, after=at),
    }
    return show(request, "shift.html.j2", context, zone=zone)


def _read(follower: Follower, shift: str) -> _Shift | None:
    target = Target("shift", shift)
    views = follower.look([target]).walls[target]
    live = follower.find(shift)
    if not views or live is None:
        return None
    record = live.wall.fold.result()
    events = live.briefs(live.wall.seq - EVENTS, EVENTS)
    return _Shift(view=views[0], record=record, events=events)


def _states(record: ShiftRecord) -> list[tuple[str, float, float]]:
    """Where the time went: PackML state, seconds, share of the shift; the longest first."""
    ticks: Counter[str] = Counter()
    for part in record.segments:
        ticks[part.state.name] += part.end - part.start
    whole = sum(ticks.values())
    return [(name, n / record.hz, n / whole) for name, n in ticks.most_common() if whole]


class _Cycle(Struct, frozen=True, kw_only=True):
    """What the page of a cycle shows."""

    drawn: Timeline
    record: CycleRecord
    pictures: tuple[PictureTaken, ...]
    film: str | None
    began_ns: int
    station: str
    before: int | None
    after: int | None


@router.api_route(
    "/cycle/{shift}/{number}",
    methods=["GET", "HEAD"],
    **described({200: PAGE}, parameters=LOOKS),
)
async def cycle(request: Request, shift: ShiftId, number: CycleNumber) -> Response:
    """Its timeline, its film where there is one, its pictures and its events."""
    hub: Hub = request.app.state.hub
    n = int(number) if number.isdecimal() and number.isascii() and len(number) < 10 else -1
    found = await hub.ask(lambda follower: _read_cycle(follower, shift, n))
    if found is None:
        raise HTTPException(404, f"There is no cycle {number!r} in a shift {shift!r}.")
    context = {"shift": shift, "number": n, "cycle": found, "stream": ""}
    return show(request, "cycle.html.j2", context, zone=hub.follower.zone)


def film_of(number: int) -> str:
    """Where the film of a cycle lies in the shift's folder, if there is one."""
    return f"cycles/{number:05d}.mp4"


def _read_cycle(follower: Follower, shift: str, number: int) -> _Cycle | None:
    follower.look([Target("shift", shift)])
    live = follower.find(shift)
    records = live.cycle(number) if live else None
    if live is None or not records or live.wall.fold.started is None:
        return None
    header = live.wall.fold.started
    whole = live.wall.fold.result()
    begun = live.begun
    place = begun.index(number)
    film = film_of(number)
    return _Cycle(
        drawn=timeline(records, header.takt_s, header.control_hz),
        record=next(c for c in reversed(whole.cycles) if c.cycle == number),
        pictures=tuple(p for p in whole.pictures if p.cycle == number),
        film=f"/files/{segment(shift)}/{film}" if (live.folder / film).is_file() else None,
        began_ns=records[0].utc_ns,
        station=live.origin.station,
        before=begun[place - 1] if place else None,
        after=begun[place + 1] if place + 1 < len(begun) else None,
    )
