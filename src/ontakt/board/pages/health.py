"""`/healthz` for whoever keeps the board alive, `/status` for whoever wants to know how it does."""

import resource
import sys

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from ontakt import __version__
from ontakt.board.access import needs
from ontakt.board.hub import Hub
from ontakt.board.roles import Role

router = APIRouter()


@router.api_route("/healthz", methods=["GET", "HEAD"])
async def health() -> Response:
    """It answers, so it lives."""
    return JSONResponse({"status": "ok", "version": __version__})


@router.get("/status", dependencies=[Depends(needs(Role.ENGINEER))])
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
