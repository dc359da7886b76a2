"""`/console/ID`: the operator's. He sees what the robot sees and does, and asks the line.

Whatever he presses becomes a request with his name and his address; the line answers it on one of
its next ticks. Nothing here is a safety function.
"""

from dataclasses import dataclass
from typing import Any

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Request
from msgspec import Struct
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response

from ontakt.board.access import needs
from ontakt.board.api import (
    CSRF_ALONE,
    LANG,
    LOOKS,
    PAGE,
    Camera,
    ShiftId,
    answer,
    described,
    leads,
    query,
    shape,
    told,
)
from ontakt.board.choices import HANDS, choices, wish_of
from ontakt.board.console_api import PRESS, PRESSED, TAKEN_AWAY
from ontakt.board.console_link import NoConsole
from ontakt.board.console_telling import TRIPS, tell_console, tell_silence
from ontakt.board.consoles import Console, Consoles
from ontakt.board.follow import Target
from ontakt.board.hub import Hub
from ontakt.board.language import Words
from ontakt.board.page import segment, show, stream_address, words_of
from ontakt.board.pages.login import checked_form
from ontakt.board.roles import Holder, Role
from ontakt.board.telling import tell
from ontakt.board.wall_view import WallView
from ontakt.contract import Reply

router = APIRouter(dependencies=[Depends(needs(Role.OPERATOR))])

_DAY = "private, max-age=86400, immutable"


@dataclass(frozen=True)
class Asker:
    """`desk.Person`: who asks, from which address, on which page."""

    who: str
    where: str
    key: str = ""

    @classmethod
    def of(cls, connection: HTTPConnection, holder: Holder, key: str = "") -> "Asker":
        """Names are cut to what a request may carry."""
        address = connection.client.host if connection.client else "unknown"
        return cls(holder.name[:80] or holder.role, address[:80], key)


class _Now(Struct, frozen=True, kw_only=True):
    """What a console is told several times a second."""

    fields: dict[str, str | None]
    buttons: tuple[str, ...]
    driver: str | None
    """Who drives, as the line has it."""
    tick: int | None
    """Of the newest pictures."""
    cameras: tuple[str, ...]
    clip: tuple[int, ...]
    """Ticks of the pictures of the last seconds, or of those before the call."""
    clip_cameras: tuple[str, ...]
    """Which of them there are."""
    of_call: bool
    """True for the latter."""
    hz: int


@router.api_route(
    "/console",
    methods=["GET", "HEAD"],
    **described({200: PAGE, 307: leads("To the only line's.")}, parameters=LOOKS),
)
async def home(request: Request) -> Response:
    """The console of the only line, or a list of them."""
    hub: Hub = request.app.state.hub
    views = await hub.walls(Target("lines"))
    if len(views) == 1:
        return RedirectResponse(f"/console/{segment(views[0].shift)}", 307)
    words = words_of(request)
    context = {"walls": [(view, tell(view, words, hub.follower.zone)) for view in views],
               "stream": stream_address(words, on="lines")}  # fmt: skip
    return show(request, "consoles.html.j2", context, zone=hub.follower.zone)


@router.api_route(
    "/console/{shift}", methods=["GET", "HEAD"], **described({200: PAGE}, parameters=LOOKS)
)
async def page(request: Request, shift: ShiftId) -> Response:
    """The console of one shift."""
    hub: Hub = request.app.state.hub
    words, zone = words_of(request), hub.follower.zone
    view, console = await find(request, shift)
    told = await _now(view, console, words)
    context = {
        "fields": {**tell(view, words, zone), **told.fields},
        "now": told,
        "shift": shift,
        "hands": HANDS,
        "trips": range(TRIPS),
        "reasons": request.app.state.reasons,
        "engineer": request.state.holder.role.covers(Role.ENGINEER),
        "stream": stream_address(words, on="andon", shift=shift),
    }
    return show(request, "console.html.j2", context, zone=zone)


@router.get(
    "/console/{shift}/now",
    **described({200: answer("The present.", application_json=shape(_Now))}, parameters=(LANG,)),
)
async def now(request: Request, shift: ShiftId) -> Response:
    """The present: what the page shows, what it offers, and which pictures there are."""
    view, console = await find(request, shift)
    told = await _now(view, console, words_of(request))
    return Response(msgspec.json.encode(told), media_type="application/json")


@router.get(
    "/console/{shift}/picture/{camera}",
    **described(
        {200: answer("The picture.", image_jpeg={}), 400: told("tick is a number.")},
        parameters=(query("tick", "When it was taken.", pattern="^([0-9]{1,15})?$"),),
    ),
)
async def picture(request: Request, shift: ShiftId, camera: Camera) -> Response:
    """What a camera saw on `tick`, lately; the newest when it is left out."""
    consoles: Consoles = request.app.state.consoles
    console = consoles.known(shift)  # pages that show pictures have looked before
    if console is None:
        _, console = await find(request, shift)
    asked = request.query_params.get("tick", "")
    if asked and not (asked.isdecimal() and asked.isascii() and len(asked) < 16):
        raise HTTPException(400, "tick is a number.")
    data = console.watch.picture(camera, int(asked) if asked else None)
    if data is None:
        raise HTTPException(404, "There is no such picture, or no longer.")
    headers = {"Cache-Control": _DAY if asked else "no-store"}
    return Response(data, media_type="image/jpeg", headers=headers)


@router.post("/console/{shift}/ask", **described(PRESSED, form=PRESS))
async def ask(request: Request, shift: ShiftId) -> Response:
    """A button was pressed. Told as JSON, and to a browser without scripts by its page."""
    form = await checked_form(request)
    _, console = await find(request, shift)
    person = Asker.of(request, request.state.holder)
    button = form.get("button", "")
    if button in ("take_over", "let_go"):
        raise HTTPException(400, "Driving goes over the page's own connection.")
    try:
        wish = wish_of(
            button, out_of_cell=form.get("out_of_cell") == "yes", text=form.get("reason", "")
        )
    except ValueError as error:
        return _answer(request, shift, Reply(obeyed=False, why=str(error)), 400)
    try:
        reply = await console.desk.ask(person, wish)
    except NoConsole as error:
        return _answer(request, shift, Reply(obeyed=False, why=f"Not heard: {error}."), 503)
    return _answer(request, shift, reply)


@router.post(
    "/console/{shift}/take-away",
    dependencies=[Depends(needs(Role.ENGINEER))],
    **described(TAKEN_AWAY, form=CSRF_ALONE),
)
async def take_away(request: Request, shift: ShiftId) -> Response:
    """Take the robot out of whoever's hands."""
    await checked_form(request)
    _, console = await find(request, shift)
    person = Asker.of(request, request.state.holder)
    try:
        reply = await console.desk.take_away(person)
    except NoConsole as error:
        return _answer(request, shift, Reply(obeyed=False, why=f"Not heard: {error}."), 503)
    return _answer(request, shift, reply)


async def find(connection: HTTPConnection, shift: str) -> tuple[WallView, Console]:
    """The shift as its record has it, and its console. Raises HTTPException where there is none."""
    state: Any = connection.app.state
    hub: Hub = state.hub
    consoles: Consoles = state.consoles
    views = await hub.walls(Target("shift", shift))
    folder = await hub.ask(lambda f: live.folder if (live := f.find(shift)) else None)
    if not views or folder is None:
        raise HTTPException(404, f"There is no shift {shift!r}.")
    return views[0], await consoles.of(shift, folder)


async def _now(view: WallView, console: Console, words: Words) -> _Now:
    watch = console.watch
    try:
        seen = await watch.now()
        await watch.called(None if view.call is None else view.call.call)
    except NoConsole as error:
        return _Now(fields=dict(tell_silence(str(error), words)), buttons=(), driver=None,
                    tick=None, cameras=(), clip=(), clip_cameras=(), of_call=False,
                    hz=30)  # fmt: skip
    newest = watch.newest
    raised = view.call is not None and view.call.step == "raised"
    return _Now(
        fields=dict(tell_console(seen, console.desk.holder, words)),
        buttons=tuple(sorted(choices(seen.status, raised=raised))),
        driver=seen.status.driver,
        tick=newest.tick if newest else None,
        cameras=tuple(newest.pictures) if newest else (),
        clip=tuple(taken.tick for taken in watch.clip),
        clip_cameras=watch.clip_cameras,
        of_call=view.call is not None,
        hz=seen.live.hz if seen.live else 30,
    )


def _answer(request: Request, shift: str, reply: Reply, status: int = 200) -> Response:
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(f"/console/{segment(shift)}", 303)
    return JSONResponse({"obeyed": reply.obeyed, "why": reply.why}, status)
