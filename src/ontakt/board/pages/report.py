"""`/report/ID/`: the shift's report, as it lies beside the record or made when it is asked for."""

from pathlib import Path

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from ontakt.board.access import needs
from ontakt.board.api import FILE, PAGE, RANGE, ShiftId, answer, described, leads, told
from ontakt.board.follow import Target
from ontakt.board.hub import Hub
from ontakt.board.page import segment
from ontakt.board.report_maker import ReportMaker
from ontakt.board.roles import Role
from ontakt.board.shield import REPORT_CSP
from ontakt.contract import RecordError

router = APIRouter(dependencies=[Depends(needs(Role.VIEWER))])

RAW = "report.events.jsonl"
"""What the page calls the raw events beside it."""


_UNMADE = {503: told("The report could not be made.")}


@router.api_route(
    "/report/{shift}", methods=["GET", "HEAD"], **described({307: leads("To its folder.")})
)
async def folder(request: Request, shift: ShiftId) -> Response:  # noqa: ARG001
    """The page names the file beside it, so it has to lie in a folder."""
    return RedirectResponse(f"/report/{segment(shift)}/", 307)


@router.api_route(
    "/report/{shift}/",
    methods=["GET", "HEAD"],
    **described({200: PAGE, **FILE, **_UNMADE}, parameters=(RANGE,)),
)
async def report(request: Request, shift: ShiftId) -> Response:
    """The page. It may use its own styles and pictures and nothing else."""
    found = await _find(request, shift)
    headers = {"Content-Security-Policy": REPORT_CSP}
    return FileResponse(found, media_type="text/html", headers=headers)


@router.api_route(
    f"/report/{{shift}}/{RAW}",
    methods=["GET", "HEAD"],
    **described(
        {200: answer("One event a line.", application_jsonl={}), **FILE, **_UNMADE},
        parameters=(RANGE,),
    ),
)
async def raw(request: Request, shift: ShiftId) -> Response:
    """The raw events that it was counted from."""
    found = (await _find(request, shift)).with_name(RAW)
    if not found.is_file():
        raise HTTPException(404, "The raw events do not lie beside the report.")
    return FileResponse(found, media_type="application/jsonl", filename=RAW)


async def _find(request: Request, shift: str) -> Path:
    hub: Hub = request.app.state.hub
    maker: ReportMaker = request.app.state.maker
    views = await hub.walls(Target("shift", shift))
    live = await hub.ask(lambda follower: follower.find(shift))
    if not views or live is None:
        raise HTTPException(404, f"There is no shift {shift!r}.")
    try:
        return await maker.report(
            live.tail.path, shift, views[0].seq, ended=views[0].link == "ended"
        )
    except (RecordError, TimeoutError) as error:
        raise HTTPException(503, f"The report could not be made: {error}") from error
