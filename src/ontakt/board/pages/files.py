"""`/files/ID/PATH`: pictures and films that a shift's record names, and nothing else."""

from pathlib import Path

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import FileResponse, Response

from ontakt.board.access import needs
from ontakt.board.api import FILE, RANGE, FilePath, ShiftId, answer, described
from ontakt.board.follow import Follower, Target
from ontakt.board.hub import Hub
from ontakt.board.pages.shift import film_of
from ontakt.board.roles import Role

router = APIRouter(dependencies=[Depends(needs(Role.VIEWER))])

_KINDS = {(0, b"\x89PNG"): "image/png", (0, b"\xff\xd8\xff"): "image/jpeg",
          (0, b"RIFF"): "image/webp", (4, b"ftyp"): "video/mp4"}  # fmt: skip
"""Where in a file which bytes stand, and what it is then: a name proves nothing."""
_DAY = "private, max-age=86400"


@router.api_route(
    "/files/{shift}/{path:path}",
    methods=["GET", "HEAD"],
    **described(
        {
            200: answer("The file.", image_png={}, image_jpeg={}, image_webp={}, video_mp4={}),
            **FILE,
        },
        parameters=(RANGE,),
    ),
)
async def file(request: Request, shift: ShiftId, path: FilePath) -> Response:
    """One of them; a film can be asked for by ranges."""
    hub: Hub = request.app.state.hub
    found = await hub.ask(lambda follower: _find(follower, shift, path))
    kind = _kind(found) if found else None
    if found is None or kind is None:
        raise HTTPException(404, "There is no such picture or film.")
    # A film under way still grows.
    cache = "no-store" if kind == "video/mp4" else _DAY
    return FileResponse(found, media_type=kind, headers={"Cache-Control": cache})


def _find(follower: Follower, shift: str, path: str) -> Path | None:
    """The file, if the record of `shift` names it and it lies in its folder."""
    follower.look([Target("shift", shift)])
    live = follower.find(shift)
    if live is None or not (path in live.pictures or path in map(film_of, live.begun)):
        return None
    try:
        file = (live.folder / path).resolve()
        inside = file.is_relative_to(live.folder.resolve()) and file.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return None
    return file if inside else None


def _kind(file: Path) -> str | None:
    try:
        with file.open("rb") as opened:
            head = opened.read(12)
    except OSError:
        return None
    return next((k for (at, magic), k in _KINDS.items() if head[at:].startswith(magic)), None)
