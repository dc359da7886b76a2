"""`/login` and `/logout`: a token goes in by a form, never by an address."""

from urllib.parse import parse_qs

from fastapi import APIRouter, HTTPException, Request, Security
from starlette.responses import RedirectResponse, Response

from ontakt.board.access import COOKIE, FORM, SESSION, FormSeals, session_of, set_cookie
from ontakt.board.api import (
    CSRF_ALONE,
    FORM_ANSWERS,
    LOOKS,
    PAGE,
    TEXT,
    answer,
    described,
    form,
    leads,
    query,
    told,
)
from ontakt.board.page import show
from ontakt.board.roles import Tokens
from ontakt.board.sessions import LASTS_S, Sessions
from ontakt.board.shield import LARGEST_BODY

router = APIRouter()

_FORM_S = 3_600.0


_NEXT = "Where to go then, an address of this board; the wall for anything else."


@router.api_route(
    "/login",
    methods=["GET", "HEAD"],
    **described(
        {200: PAGE, 303: leads("There are no tokens, so there is no login: to the wall.")},
        parameters=(query("next", _NEXT), *LOOKS),
    ),
)
async def ask(request: Request) -> Response:
    """The form."""
    if request.app.state.sessions is None:
        return RedirectResponse("/andon", 303)
    return _form(request, _local(request.query_params.get("next", "")))


_TOKEN = {**TEXT, "description": "As it stands in the board's file."}
_SEAL = {**TEXT, "pattern": "^[0-9a-f]{64}$", "description": "From the form."}


@router.post(
    "/login",
    **described(
        {
            303: leads("There is a session now, and its cookie."),
            **FORM_ANSWERS,
            403: answer("The token is wrong, or the form another's.", text_html=TEXT),
            404: told("This board has no tokens."),
            429: answer("Too many wrong tokens within a minute.", text_html=TEXT),
        },
        form=form({"token": _TOKEN, "form": _SEAL}, next={**TEXT, "description": _NEXT}),
        parameters=LOOKS,
    ),
)
async def enter(request: Request) -> Response:
    """A right token opens a session with a new id."""
    sessions: Sessions | None = request.app.state.sessions
    tokens: Tokens | None = request.app.state.tokens
    if sessions is None or tokens is None:
        raise HTTPException(404, "This board has no tokens: everyone on this machine may look.")
    form = await read_form(request)
    follow = _local(form.get("next", ""))
    seals: FormSeals = request.app.state.seals
    if not _same_site(request) or not seals.good(request.cookies.get(FORM), form.get("form", "")):
        return _form(request, follow, "again", 403)
    peer = request.client.host if request.client else ""
    if not sessions.may_try(peer):
        return _form(request, follow, "slow", 429)
    holder = tokens.holder(form.get("token", ""))
    if holder is None:
        sessions.failed(peer)
        return _form(request, follow, "wrong", 403)
    name, _ = sessions.open(holder, request.cookies.get(SESSION))
    response = RedirectResponse(follow, 303)
    set_cookie(response, request, SESSION, name, LASTS_S[holder.role])
    response.delete_cookie(FORM, path="/")
    return response


@router.post(
    "/logout",
    dependencies=[Security(COOKIE)],
    **described({303: leads("To the login."), **FORM_ANSWERS}, form=CSRF_ALONE),
)
async def leave(request: Request) -> Response:
    """End the session."""
    await checked_form(request)
    request.app.state.sessions.close(request.cookies[SESSION])
    response = RedirectResponse("/login", 303)
    response.delete_cookie(SESSION, path="/")
    return response


def _form(request: Request, follow: str, problem: str = "", status: int = 200) -> Response:
    seals: FormSeals = request.app.state.seals
    cookie, field = seals.new()
    context = {"follow": follow, "field": field, "problem": problem, "stream": ""}
    response = show(request, "login.html.j2", context, status)
    set_cookie(response, request, FORM, cookie, _FORM_S)
    return response


def _local(address: str) -> str:
    """Where to go after the login: a page of ours, or the wall."""
    ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    plain = address.isprintable() and "\\" not in address
    return address if ours and plain and len(address) < 1_000 else "/andon"


def _same_site(request: Request) -> bool:
    """False where a browser says that another site sent the form."""
    origin = request.headers.get("origin")
    ours = f"{request.url.scheme}://{request.headers.get('host', '')}"
    site = request.headers.get("sec-fetch-site", "same-origin")
    return origin in (None, ours) and site in ("same-origin", "none")


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form, each once. Raises HTTPException for anything else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "A form is wanted.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise HTTPException(413, "That is too much.")
    try:
        fields = parse_qs(body.decode(), strict_parsing=bool(body), max_num_fields=16)
    except ValueError:
        raise HTTPException(400, "That is no form.") from None
    return {name: values[0] for name, values in fields.items()}


async def checked_form(request: Request) -> dict[str, str]:
    """The same of somebody who is logged in, with the mark of his session in it: whatever changes
    something reads its form with this. Raises HTTPException."""
    session = session_of(request)
    form = await read_form(request)
    if session is None:
        raise HTTPException(401, "Log in first.")
    if not _same_site(request) or form.get("csrf") != session.csrf:
        raise HTTPException(403, "This form is not of your session.")
    return form
