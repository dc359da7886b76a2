"""`/healthz` for whoever keeps the board alive, `/status` for whoever wants to know how it does."""

import resource
import sys
from typing import Literal

from fastapi import APIRouter, Depends, Request
from msgspec import Struct
from starlette.responses import JSONResponse, Response

from ontakt import __version__
from ontakt.board.access import needs
from ontakt.board.api import answer, described, shape
from ontakt.board.hub import Hub
from ontakt.board.roles import Role

router = APIRouter()


class _Health(Struct, frozen=True):
    status: Literal["ok"]
    version: str


@router.api_route(
    "/healthz",
    methods=["GET", "HEAD"],
    **described({200: answer("It lives.", application_json=shape(_Health))}),
)
async def health() -> Response:
    """It answers, so it lives."""
    return JSONResponse({"status": "ok", "version": __version__})


class _Status(Struct, frozen=True):
    streams: int
    looks: int
    failed_looks: int
    version: int
    cpu_s: float
    peak_rss_kib: int
    stores: tuple[dict[Literal["path", "problem"], str], ...]


@router.get(
    "/status",
    dependencies=[Depends(needs(Role.ENGINEER))],
    **described({200: answer("How the board does.", application_json=shape(_Status))}),
)
async def status(request: Request) -> Response:
    """Streams, looks, stores, processor time and memory of this process."""
    hub: Hub = request.app.state.hub
    stores = await hub.ask(
        lambda f: [{"path": str(o), "problem": f.problems.get(str(o), "")} for o in f.stores]
    )
    used = resource.getrusage(resource.RUSAGE_SELF)
    kib = 1 if sys.platform != "darwin" else 1024
    return JSONResponse(
        {
            "streams": hub.streams,
            "looks": hub.looks,
            "failed_looks": hub.failures,
            "version": hub.version,
            "cpu_s": used.ru_utime + used.ru_stime,
            "peak_rss_kib": used.ru_maxrss // kib,
            "stores": stores,
        }
    )
