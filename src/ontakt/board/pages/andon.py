"""`/andon`: one line on the wall; `/lines`: all of them side by side."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from ontakt.board.access import needs
from ontakt.board.api import LOOKS, PAGE, described, leads, query
from ontakt.board.follow import Target
from ontakt.board.hub import Hub
from ontakt.board.page import show, stream_address, words_of
from ontakt.board.roles import Role
from ontakt.board.telling import empty, tell
from ontakt.board.wall import LAST_CYCLES, TOP

router = APIRouter(dependencies=[Depends(needs(Role.VIEWER))])


@router.api_route("/", methods=["GET", "HEAD"], **described({307: leads("To the wall.")}))
async def home(request: Request) -> Response:  # noqa: ARG001
    """The wall is what most come for."""
    return RedirectResponse("/andon", 307)


@router.api_route(
    "/andon",
    methods=["GET", "HEAD"],
    **described(
        {200: PAGE},
        parameters=(
            query("shift", "Keeps to this shift; the wall is empty where there is none."),
            query("station", "Keeps to this station and goes on with its next shift."),
            *LOOKS,
        ),
    ),
)
async def andon(request: Request) -> Response:
    """The wall of the line at work, of `station`, or of `shift`."""
    hub: Hub = request.app.state.hub
    words, query = words_of(request), request.query_params
    if "shift" in query:
        target, asked = Target("shift", query["shift"]), {"shift": query["shift"]}
    elif "station" in query:
        target, asked = Target("station", query["station"]), {"station": query["station"]}
    else:
        target, asked = Target("now"), {}
    views = await hub.walls(target)
    zone = hub.follower.zone
    context = {
        "fields": tell(views[0], words, zone) if views else empty(words),
        "shift": views[0].shift if views else "",
        "stream": stream_address(words, on="andon", **asked),
        "bars": range(LAST_CYCLES),
        "top": range(TOP),
    }
    return show(request, "andon.html.j2", context, zone=zone)


@router.api_route("/lines", methods=["GET", "HEAD"], **described({200: PAGE}, parameters=LOOKS))
async def lines(request: Request) -> Response:
    """Every line, small."""
    hub: Hub = request.app.state.hub
    words, zone = words_of(request), hub.follower.zone
    views = await hub.walls(Target("lines"))
    past = await hub.ask(lambda f: [origin for origin, _ in f.all_shifts()][-200:])
    context = {
        "walls": [(view, tell(view, words, zone)) for view in views],
        "past": [o for o in reversed(past) if o.shift not in {view.shift for view in views}],
        "stream": stream_address(words, on="lines"),
    }
    return show(request, "lines.html.j2", context, zone=zone)
