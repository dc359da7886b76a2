"""The board as an ASGI application: pages, their stream, and what guards both.

The operator's console is one more router of `pages`, with `needs(Role.OPERATOR)` in front of it and
`checked_form` behind every button; nothing here reaches into a running cell, the line is asked.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import tzinfo
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ontakt.board import api
from ontakt.board.access import SESSION, FormSeals, NotLoggedIn
from ontakt.board.consoles import Consoles
from ontakt.board.follow import Follower
from ontakt.board.hub import Hub
from ontakt.board.page import show
from ontakt.board.pages import andon, console, drive, events, health, login, report, shift
from ontakt.board.pages import files as shift_files
from ontakt.board.reasons import read_reasons
from ontakt.board.report_maker import ReportMaker
from ontakt.board.roles import Tokens
from ontakt.board.sessions import Sessions
from ontakt.board.shield import Shield, is_loopback
from ontakt.contract import SetupError


@dataclass(frozen=True)
class BoardConfig:
    """What a board is told when it starts."""

    places: Sequence[Path]
    """Stores, shifts' folders, or folders of them."""
    host: str = "127.0.0.1"
    tokens: Path | None = None
    """File of the tokens; without one everyone on this machine may look, and nobody else."""
    names: tuple[str, ...] = ()
    """Other names that this machine goes by."""
    zone: tzinfo | None = None
    """Whose clock is shown; this machine's when None."""
    reasons: Path | None = None
    """File of the reason codes that a console offers; free text alone without one."""

    def check(self) -> Tokens | None:
        """The tokens. Raises SetupError for a board that the whole network could read."""
        if self.tokens is not None:
            return Tokens(self.tokens)
        if not is_loopback(self.host):
            raise SetupError(
                f"--host {self.host} lets other machines in, and there are no tokens; "
                "give --tokens FILE, or leave --host out."
            )
        return None


class Board(Shield):
    """The application, guarded."""

    def __init__(self, app: FastAPI, config: BoardConfig) -> None:
        super().__init__(app, config.host, config.names)
        self._pages = app

    def streams(self) -> int:
        """Pages that are connected."""
        hub: Hub | None = getattr(self._pages.state, "hub", None)
        return hub.streams if hub is not None else 0

    def openapi(self) -> dict[str, Any]:
        """What it takes and answers, as OpenAPI has it."""
        return api.openapi(self._pages)

    def methods(self, scope: Scope) -> Sequence[str]:
        """Those of the address in `scope`; empty where there is none."""
        return [
            method
            for method in super().methods(scope)
            if any(
                route.matches({**scope, "method": method})[0] is Match.FULL
                for route in self._pages.routes
            )
        ]


def make_app(config: BoardConfig) -> Board:
    """The application. Raises SetupError for what cannot be served."""
    tokens = config.check()
    follower = Follower(config.places, config.zone)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        hub, maker = Hub(follower), ReportMaker()
        app.state.hub, app.state.maker = hub, maker
        app.state.consoles = Consoles()
        try:
            yield
        finally:
            await app.state.consoles.close()
            await hub.close()
            maker.close()

    app = FastAPI(
        title="Ontakt andon board",
        lifespan=lifespan,
        docs_url=None,  # they load scripts from elsewhere
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.tokens = tokens
    app.state.sessions = Sessions(tokens) if tokens is not None else None
    app.state.seals = FormSeals()
    app.state.reasons = read_reasons(config.reasons) if config.reasons is not None else ()
    for part in (andon, events, shift, shift_files, report, console, drive, login, health):
        app.include_router(part.router)
    app.mount("/static", StaticFiles(directory=str(files("ontakt.board") / "static")), "static")
    app.add_exception_handler(NotLoggedIn, _to_login)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _failed)
    return Board(app, config)


def _is_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


async def _to_login(request: Request, _error: Exception) -> Response:
    """A page leads to the login and back; what a script asks for is refused."""
    if request.method != "GET" or not _is_page(request):
        return JSONResponse({"error": "Log in first."}, 401)
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    response = RedirectResponse(f"/login?{urlencode({'next': asked})}", 303)
    if SESSION in request.cookies:
        response.delete_cookie(SESSION, path="/")
    return response


async def _refused(request: Request, error: Exception) -> Response:
    """A plain page, or one line for a script."""
    assert isinstance(error, HTTPException)
    response = _told(request, error.status_code, str(error.detail))
    response.headers.update(error.headers or {})
    return response


async def _failed(request: Request, _error: Exception) -> Response:
    """A fault of ours: no detail leaves the process but in its log."""
    return _told(request, 500, "The board failed at this; its log says how.")


def _told(request: Request, status: int, text: str) -> Response:
    if not _is_page(request):
        return JSONResponse({"error": text}, status)
    return show(request, "error.html.j2", {"status": status, "text": text, "stream": ""}, status)
