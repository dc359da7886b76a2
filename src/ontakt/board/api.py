"""The board's HTTP interface as OpenAPI tells it.

A route says beside itself what it takes and answers (`described`, the path's types); what guards
every route is said here once. Nothing here checks a request: the handlers read their queries and
forms themselves, and tests hold this description to what they do. It is not served (`make_app`):
whoever may read the code may have it from `Board.openapi()`.
"""

import re
import warnings
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec
from fastapi import FastAPI, Path, Response
from fastapi.openapi.utils import get_openapi
from msgspec import Struct

from ontakt import __version__
from ontakt.board.shield import LARGEST_BODY, LARGEST_HEADERS, LONGEST_PATH

Schema = dict[str, Any]

_ABOUT = """\
Pages for people, a stream of events behind them, and what an operator presses. A session's cookie
says who asks; the role that an operation needs stands in its security requirement, and each role
may do all that those before it may: viewer, operator, engineer. A board on loopback that has no
tokens asks viewers for no session. Beside what is described here there are `/static` and one web
socket, `/console/{shift}/drive`.
"""
TEXT: Schema = {"type": "string"}
_SEGMENT: Schema = {"minLength": 1, "pattern": "^[^/\\x00]+$"}
_METHODS = ("get", "head", "post")

ShiftId = Annotated[str, Path(description="A shift's name.", json_schema_extra=_SEGMENT)]
Camera = Annotated[str, Path(description="A camera's name.", json_schema_extra=_SEGMENT)]
CycleNumber = Annotated[
    str, Path(description="0, 1, 2, ...", json_schema_extra={"pattern": "^[0-9]{1,9}$"})
]
FilePath = Annotated[
    str,
    Path(
        description="As the shift's record names it, below its folder.",
        json_schema_extra={"minLength": 1, "pattern": "^[^\\x00]+$"},
    ),
]


def query(name: str, text: str, **schema: object) -> Schema:
    """A parameter that stands in the address and may be left out."""
    return {"name": name, "in": "query", "description": text, "schema": {**TEXT, **schema}}


def header(name: str, text: str) -> Schema:
    """One that stands in a header."""
    return {"name": name, "in": "header", "description": text, "schema": TEXT}


LANG = query("lang", "The page's language, `en` or `zh`; kept in a cookie. Others are ignored.")
THEME = query("theme", "`auto`, `light` or `dark`; kept in a cookie. Others are ignored.")
LOOKS = (LANG, THEME)
"""What every page takes."""


def answer(text: str, **kinds: Schema) -> Schema:
    """What comes back with a status: one body, of one of `kinds` (media types, `_` for `/` and
    `__` for `-`)."""
    content = {
        kind.replace("__", "-").replace("_", "/"): {"schema": s} for kind, s in kinds.items()
    }
    return {"description": text, **({"content": content} if content else {})}


def stream(text: str, *events: str) -> Schema:
    """Server-sent events of these names, each with its data and, at times, an id."""
    item = {
        "type": "object",
        "properties": {"event": {"enum": list(events)}, "data": TEXT, "id": TEXT},
        "required": ["event", "data"],
    }
    return {"description": text, "content": {"text/event-stream": {"itemSchema": item}}}


def leads(text: str) -> Schema:
    """A redirection."""
    return {
        "description": text,
        "headers": {"Location": {"required": True, "schema": {**TEXT, "pattern": "^/"}}},
    }


def shape(kind: type[Struct]) -> Schema:
    """The JSON of a struct that holds no other struct."""
    (found,) = msgspec.json.schema_components((kind,))[1].values()
    return {key: value for key, value in found.items() if key != "title"}


ERROR: Schema = {
    "type": "object",
    "properties": {"error": TEXT},
    "required": ["error"],
    "additionalProperties": False,
}
PAGE = answer("The page.", text_html=TEXT)


def told(text: str) -> Schema:
    """A refusal: a page for a browser, one line of JSON for everybody else."""
    return answer(text, application_json=ERROR, text_html=TEXT)


FILE: Mapping[int, Schema] = {
    206: {"description": "The parts that `Range` asked for."},
    416: {"description": "`Range` lies outside the file."},
}
"""Further answers of whatever is sent from a file."""
RANGE = header("range", "Parts of the file, as RFC 9110 has them.")


def described(
    answers: Mapping[int, Schema],
    *,
    parameters: Iterable[Schema] = (),
    form: Schema | None = None,
) -> dict[str, Any]:
    """What a route's decorator is given beside path and methods; the first of `answers` is the one
    that a request hopes for."""
    extra: dict[str, Any] = {"parameters": list(parameters)}
    if form is not None:
        content = {"application/x-www-form-urlencoded": {"schema": form}}
        extra["requestBody"] = {"required": True, "content": content}
    return {
        "status_code": next(iter(answers)),
        "responses": dict(answers),
        "response_class": Response,
        "openapi_extra": extra,
    }


def form(required: Mapping[str, Schema], **free: Schema) -> Schema:
    """The fields of a form; those that it does not know are ignored."""
    return {
        "type": "object",
        "properties": {**required, **free},
        "required": list(required),
        "maxProperties": 16,
    }


CSRF: Schema = {**TEXT, "minLength": 1, "description": "The mark of the session."}
CSRF_ALONE = form({"csrf": CSRF})
FORM_ANSWERS: Mapping[int, Schema] = {
    400: told("That is no form."),
    403: told("The form is not of this session, or comes from another site."),
    413: told(f"The body is longer than {LARGEST_BODY} bytes."),
    415: told("The body is no form."),
}
"""How a form is refused that somebody sends who is logged in."""

_PLAIN = {"text_plain": TEXT}
_ALWAYS: Mapping[str, Schema] = {
    "400": answer("That is no address of this board.", **_PLAIN),
    "413": answer(f"The body is longer than {LARGEST_BODY} bytes.", **_PLAIN),
    "414": answer(f"Path and query are longer than {LONGEST_PATH} bytes.", **_PLAIN),
    "421": answer("The board does not go by that name.", **_PLAIN),
    "431": answer(f"The headers are longer than {LARGEST_HEADERS} bytes.", **_PLAIN),
}
"""What `Shield` refuses, whatever was asked for."""


def openapi(app: FastAPI) -> dict[str, Any]:
    """The description of `app`, made once (FastAPI: "Extending OpenAPI")."""
    if app.openapi_schema is None:
        with warnings.catch_warnings():
            # A page answers GET and HEAD by one function; `_operation` tells them apart.
            warnings.filterwarnings("ignore", "Duplicate Operation ID")
            made = get_openapi(
                title=app.title, version=__version__, description=_ABOUT, routes=app.routes
            )
        for path, item in made["paths"].items():
            made["paths"][path] = {
                method: _operation(path, method, item[method])
                for method in _METHODS
                if method in item
            }
        made["components"].pop("schemas", None)  # FastAPI's refusals, which the board never gives
        app.openapi_schema = made
    return app.openapi_schema


def _operation(path: str, method: str, found: Schema) -> Schema:
    """One operation, with the answers of what stands before its handler."""
    answers: dict[str, Schema] = dict(found["responses"])
    answers.pop("422", None)  # FastAPI's own: handlers refuse with 400 and 404
    scopes = {scope for one in found.get("security", ()) for scope in one["session"]}
    before = dict(_ALWAYS)
    if "{" in path:
        before["404"] = told("There is no such thing.")
    if "security" in found:
        # A guard before the handler speaks JSON alone; `checked_form` to a browser by a page.
        html = {} if scopes else {"text_html": TEXT}
        before["401"] = answer("Nobody known asks.", application_json=ERROR, **html)
    if scopes and method == "get":
        before["303"] = leads("Nobody known asks, and wants a page: to the login.")
    if scopes - {"viewer"}:
        before["403"] = told("It takes another role.")
    for status, refusal in before.items():
        answers[status] = _either(answers.get(status), refusal)
    if method == "head":
        answers = {k: {n: v for n, v in a.items() if n != "content"} for k, a in answers.items()}
        if scopes:
            answers.pop("303", None)
    name = re.sub(r"\W", "_", f"{method}{path}")
    whole = {**found, "operationId": name, "responses": dict(sorted(answers.items()))}
    del whole["summary"]  # the function's name
    return whole


def _either(one: Schema | None, other: Schema) -> Schema:
    """An answer that has two reasons."""
    if one is None:
        return other
    texts = dict.fromkeys((one["description"], other["description"]))
    merged = {**other, **one, "description": " Or: ".join(texts)}
    if "content" in one and "content" in other:
        merged["content"] = {**other["content"], **one["content"]}
    return merged
