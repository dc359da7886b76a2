"""Who asks, and whether he may: the dependency that every page but login and health has."""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Annotated

from fastapi import HTTPException, Request, Security
from fastapi.security import APIKeyCookie
from starlette.requests import HTTPConnection
from starlette.responses import Response

from ontakt.board.roles import Holder, Role
from ontakt.board.sessions import Session, Sessions

SESSION, FORM = "ontakt_session", "ontakt_form"
"""Cookies."""
ANYONE = Holder("anyone", Role.VIEWER)
"""Who asks a board on loopback that has no tokens."""
COOKIE = APIKeyCookie(
    name=SESSION,
    scheme_name="session",
    description="Given by /login for a token.",
    auto_error=False,
)
"""Says in the description of the board what a route wants; `needs` and `checked_form` look."""


class NotLoggedIn(Exception):
    """Nobody known asks; a page sends him to the login, anything else is refused."""


def needs(role: Role) -> Callable[..., Awaitable[Holder]]:
    """A dependency that lets those pass who may do what `role` may, and says who it is."""

    async def check(
        request: Request, _: Annotated[str | None, Security(COOKIE, scopes=[role.value])]
    ) -> Holder:
        sessions: Sessions | None = request.app.state.sessions
        if sessions is None:
            holder = ANYONE
        else:
            session = session_of(request)
            if session is None:
                raise NotLoggedIn
            holder = session.holder
        if not holder.role.covers(role):
            raise HTTPException(403, f"This takes the role {role}; you are {holder.role}.")
        request.state.holder = holder
        return holder

    check.role = role  # type: ignore[attr-defined]  # a test reads it off every route
    return check


def session_of(request: HTTPConnection) -> Session | None:
    """The session of the browser that asks."""
    sessions: Sessions | None = request.app.state.sessions
    return sessions.find(request.cookies.get(SESSION)) if sessions else None


class FormSeals:
    """Marks of forms for those who have no session yet: the field repeats what the cookie says,
    sealed with a key of this process, so no other site can have made it."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def new(self) -> tuple[str, str]:
        """A cookie's value and the field that goes with it."""
        value = secrets.token_urlsafe(24)
        return value, self._seal(value)

    def good(self, cookie: str | None, field: str) -> bool:
        """True when the two belong together."""
        if cookie is None:
            return False
        return hmac.compare_digest(self._seal(cookie).encode(), field.encode())

    def _seal(self, value: str) -> str:
        return hmac.new(self._key, value.encode(), sha256).hexdigest()


def set_cookie(response: Response, request: Request, name: str, value: str, lasts_s: float) -> None:
    """A cookie that no script reads and no other site's request carries."""
    response.set_cookie(
        name,
        value,
        max_age=int(lasts_s),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )
