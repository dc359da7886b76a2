"""The board's description, and whether the board does what it says: schemathesis asks every
operation, in the ways that the description allows and in those that it forbids."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import requests
import schemathesis
from fastapi.routing import APIRoute
from schemathesis.checks import ignored_auth
from schemathesis.python import asgi
from tests.board.process import BoardProcess
from tests.board.scenes import ORIGIN
from tests.board.test_access import TOKENS, shifts_at, write_tokens
from tests.board.test_console_page import Eyes, Port

from ontakt.board.access import FORM, SESSION
from ontakt.board.app import Board, BoardConfig, make_app
from ontakt.board.console_server import ConsoleServer
from ontakt.board.pages import andon, console, events, files, health, login, report, shift
from ontakt.board.roles import Role, Tokens
from ontakt.board.sessions import Session, Sessions
from ontakt.board.shield import HEADERS, LARGEST_BODY, LARGEST_HEADERS, LONGEST_PATH

pytest_plugins = ("schemathesis.pytest.plugin",)
"""Loaded here alone: pyproject.toml keeps it away from all other tests."""

BASE = "http://localhost:8080"
PEOPLE: tuple[Role | None, ...] = (None, *Role)
NOW, PAST = ORIGIN.shift, "2026-03-02-a"
THERE: Mapping[str, tuple[str, ...]] = {
    "shift": (NOW, PAST), "number": ("3",), "camera": ("head",), "path": ("cycles/00003.mp4",),
    "range": ("bytes=4-11",), "tick": ("295",), "on": ("andon",),
}  # fmt: skip
"""What there is on the board of these tests."""
SAID = ("2xx", "3xx", "401", "403", "404", "414", "429")
"""What may become of a request that the description allows."""
ALSO: Mapping[str, tuple[str, ...]] = {
    "/files/{shift}/{path}": ("400", "416"),
    "/report/{shift}/": ("400", "416"),
    "/report/{shift}/report.events.jsonl": ("400", "416"),
    "/events": ("400",),
    "/console/{shift}/ask": ("400", "503"),
    "/console/{shift}/take-away": ("503",),
}
"""More of it, where OpenAPI cannot say the rule: of ranges, of parameters that want each other, of
printable text, and of a shift that hears nobody."""


Case: TypeAlias = "schemathesis.Case[Any]"


def direct(app: Any) -> requests.Session:
    """A client of the application itself."""
    return asgi.get_client(app)


def description() -> dict[str, Any]:
    return make_app(BoardConfig([])).openapi()


def asked(examples: int) -> Any:
    """The description, with examples that there are. The same requests are made of it always."""
    told = copy.deepcopy(description())
    for path, item in told["paths"].items():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                known = THERE.get(parameter["name"], ())
                if path.startswith("/report"):
                    known = tuple(one for one in known if one != NOW)  # it would be made
                parameter["examples"] = {str(k): {"value": v} for k, v in enumerate(known)}
    refused = ["4xx"]
    settings = {
        "seed": 20261123,
        "max-stream-events": 1,
        "generation": {
            "deterministic": True, "max-examples": examples, "with-security-parameters": False,
        },
        "phases": {"stateful": {"enabled": False}, "coverage": {"unexpected-methods": []}},
        "checks": {
            "positive_data_acceptance": {"expected-statuses": SAID},
            "negative_data_rejection": {"expected-statuses": refused},
        },
        "operations": [
            {
                "include-path": path,
                "checks": {
                    "positive_data_acceptance": {"expected-statuses": [*SAID, *more]},
                    "negative_data_rejection": {"expected-statuses": refused},
                    "not_a_server_error": {
                        "expected-statuses": ["2xx", "3xx", "4xx"] + ["503"] * ("503" in more)
                    },
                },
            }
            for path, more in ALSO.items()
        ],
    }  # fmt: skip
    return schemathesis.openapi.from_dict(told, config=schemathesis.Config.from_dict(settings))


@pytest.fixture(scope="module")
def few() -> Any:
    return asked(2)


@pytest.fixture(scope="module")
def many() -> Any:
    return asked(12)


FEW = schemathesis.pytest.from_fixture("few")
MANY = schemathesis.pytest.from_fixture("many")


@pytest.fixture(autouse=True)
def renamed(request: pytest.FixtureRequest) -> None:
    """schemathesis 4.32 writes an operation's name where pytest 9.2 has no place for it."""
    request.node._nodeid = request.node.nodeid


@dataclass
class Scene:
    """A board with tokens, a shift that hears its console, and one that is over."""

    folder: Path
    app: Board
    port: Port
    opened: Mapping[Role, list[tuple[str, Session]]]
    """Sessions; the last one is in use."""
    url: str = ""
    """Of a real server; the application itself is asked where there is none."""
    seal: tuple[str, str] | None = None

    def sealed(self) -> tuple[str, str]:
        """The cookie of the login's form, and the field that goes with it."""
        if self.seal is None:
            with requests.Session() if self.url else direct(self.app) as client:
                page = client.get(f"{self.url or BASE}/login")
            found = re.search(r'name="form" value="([0-9a-f]{64})"', page.text)
            assert found is not None
            self.seal = str(page.cookies[FORM]), str(found[1])
        return self.seal

    def to(self) -> dict[str, Any]:
        """Whom a case is sent to."""
        where = {"base_url": self.url} if self.url else {"base_url": BASE, "app": self.app}
        return {**where, "allow_redirects": False, "timeout": 30}


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    root = shifts_at(tmp_path_factory.mktemp("board"))
    tokens = Tokens(write_tokens(root / "tokens.toml"))
    known = Sessions(tokens)  # the board finds them in the file beside the tokens
    opened = {}
    for role in Role:
        holder = tokens.holder(TOKENS[role])
        assert holder is not None
        opened[role] = [known.open(holder) for _ in range(60)]
    port = Port()
    with ConsoleServer(root / "now", NOW, port, Eyes()):
        yield Scene(root, make_app(BoardConfig([root], tokens=tokens.path)), port, opened)


def keeps_to_itself(
    _: schemathesis.CheckContext, response: schemathesis.Response, case: Case
) -> None:
    """No token in any answer, and in every answer the headers that guard it."""
    said = response.content.decode("latin-1") + str(response.headers)
    assert not any(token in said for token in TOKENS.values())
    for name, value in HEADERS.items():
        assert response.headers[name.lower()] == [value]


def may(case: Case, role: Role | None) -> bool:
    """True where the description lets him."""
    wanted = case.operation.definition.raw.get("security", ())
    if role is None:
        return not wanted
    return all(role.covers(Role(scope)) for one in wanted for scope in one["session"])


def asks(board: Scene, case: Case, role: Role | None, mark: bool, accept: str = "*/*") -> None:
    """Send `case` as somebody, in a form of his where `mark` is true, and look at the answer."""
    cookies, body = {SESSION: "made-up"}, case.body
    if role is not None:
        name, session = board.opened[role][-1]
        cookies[SESSION] = name
        if mark and isinstance(body, dict) and body.get("csrf") and isinstance(body["csrf"], str):
            case.body = {**body, "csrf": session.csrf}
    if mark and isinstance(body, dict) and re.fullmatch("[0-9a-f]{64}", str(body.get("form"))):
        cookies[FORM], seal = board.sealed()
        case.body = {**body, "form": seal}
    before = len(board.port.heard)
    response = case.call_and_validate(
        **board.to(),
        cookies=cookies,
        headers={"Accept": accept},
        additional_checks=[keeps_to_itself],
        excluded_checks=[ignored_auth],  # it takes our cookies for made-up ones; see below
    )
    case.body = body
    status, there = response.status_code, response.headers.get("location", [""])[0]
    if role is None and not may(case, role) and case.method == "GET" and accept == "text/html":
        assert (status, there.partition("?")[0]) == (303, "/login")
    elif not may(case, role):
        assert status >= 400, (role, status)
    assert len(board.port.heard) == before or (mark and may(case, role)), role
    if role is not None and case.operation.label == "POST /logout" and status == 303:
        board.opened[role].pop()


@FEW.exclude(method="HEAD").parametrize()
def test_it_does_what_it_says(case: Case, board: Scene) -> None:
    """To whoever may just do it, with his mark in the form and without."""
    least = next(role for role in PEOPLE if may(case, role))
    asks(board, case, least, mark=True)
    if case.method == "POST":
        asks(board, case, least, mark=False)


@pytest.mark.slow
@MANY.parametrize()
def test_it_does_what_it_says_to_everybody(case: Case, board: Scene) -> None:
    for role in PEOPLE:
        asks(board, case, role, mark=True)
        if case.method == "POST":
            asks(board, case, role, mark=False)


@pytest.fixture(scope="module")
def served(board: Scene) -> Iterator[Scene]:
    tokens = board.folder / "tokens.toml"
    with BoardProcess(board.folder, "--tokens", tokens) as process:
        yield Scene(board.folder, board.app, board.port, board.opened, process.url)


@pytest.mark.slow
@MANY.parametrize()
def test_a_served_board_does_what_it_says(case: Case, served: Scene) -> None:
    asks(served, case, Role.ENGINEER, mark=True)


DESCRIPTION = description()
OPERATIONS = [
    (method.upper(), path) for path, item in DESCRIPTION["paths"].items() for method in item
]


def address(path: str) -> str:
    """With what there is."""
    for name, value in (("shift", PAST), ("number", "3"), ("camera", "head"), ("path", "x.png")):
        path = path.replace(f"{{{name}}}", value)
    return BASE + path


@pytest.fixture
def client(board: Scene) -> Iterator[requests.Session]:
    """An engineer's."""
    with direct(board.app) as client:
        client.cookies.set(SESSION, board.opened[Role.ENGINEER][-1][0])
        yield client


def test_a_method_that_is_not_described_is_refused(client: requests.Session) -> None:
    """And told which ones there are (RFC 9110, 15.5.6)."""
    described: dict[str, set[str]] = {}
    for method, path in OPERATIONS:
        described.setdefault(path, set()).add(method)
    for path, methods in described.items():
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X"):
            if method not in methods:
                answer = client.request(method, address(path))
                assert answer.status_code == 405, (method, path)
                assert set(answer.headers["allow"].split(", ")) == methods, (method, path)
    assert client.put(f"{BASE}/nothing").headers["allow"] == ""


def test_too_much_is_refused_by_every_operation(client: requests.Session) -> None:
    for method, path in OPERATIONS:
        where = address(path)
        long = "?x=" + "a" * (LONGEST_PATH - len(where) + len(BASE) - 1)
        for status, asked in (
            (413, {"data": b"a" * (LARGEST_BODY + 1)}),
            (414, {"url": where + long}),
            (431, {"headers": {"x-long": "a" * LARGEST_HEADERS}}),
            (421, {"headers": {"host": "evil.example"}}),
            (413, {"headers": {"content-length": "9" * 5_000}}),
            (413, {"headers": {"content-length": "\N{SUPERSCRIPT TWO}"}}),
        ):
            request: Any = {"method": method, "url": where, **asked}
            answer = client.request(**request)
            assert answer.status_code == status, (method, path, list(asked))
            assert str(status) in DESCRIPTION["paths"][path][method.lower()]["responses"]


def test_a_body_whose_length_nobody_said_is_cut_off(client: requests.Session) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(40):
            yield b"csrf=" + b"a" * 200 + b"&"

    kind = {"content-type": "application/x-www-form-urlencoded"}
    for method, path in OPERATIONS:
        if method == "POST":
            answer = client.post(address(path), data=parts(), headers=kind)
            assert answer.status_code == 413, path


def test_a_form_of_other_letters_is_refused_as_any_other(board: Scene) -> None:
    with direct(board.app) as client:
        client.cookies.set(FORM, "x")
        form = {"token": TOKENS[Role.VIEWER], "form": "\N{LATIN SMALL LETTER E WITH ACUTE}" * 64}
        assert client.post(f"{BASE}/login", data=form).status_code == 403


def test_a_right_token_opens_a_session(board: Scene) -> None:
    fresh = Scene(
        board.folder,
        make_app(BoardConfig([board.folder], tokens=board.folder / "tokens.toml")),
        board.port,
        {},
    )
    cookie, seal = fresh.sealed()
    operation = asked(1)["/login"]["POST"]
    case = operation.Case(body={"token": TOKENS[Role.VIEWER], "form": seal, "next": "/lines"})
    response = case.call_and_validate(**fresh.to(), cookies={FORM: cookie})
    assert (response.status_code, response.headers["location"]) == (303, ["/lines"])
    name = response.headers["set-cookie"][0].partition(";")[0].removeprefix(f"{SESSION}=")
    response = asked(1)["/lines"]["GET"].Case().call_and_validate(
        **fresh.to(), cookies={SESSION: name}, headers={"Accept": "text/html"},
        excluded_checks=[ignored_auth],
    )  # fmt: skip
    assert response.status_code == 200


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_everybody_gets_what_is_described_and_no_more(board: Scene, accept: str) -> None:
    """Whoever may not is refused, and a browser led to the login."""
    told = asked(1)
    names = {"shift": PAST, "number": "3", "camera": "head", "path": "x.png"}
    for method, path in OPERATIONS:
        operation = told[path][method]
        for role in PEOPLE:
            case = operation.Case(path_parameters={k: v for k, v in names.items() if k in path})
            if method == "POST":
                case.media_type = "application/x-www-form-urlencoded"
                case.body = {"csrf": "x", "button": "stop"}
            asks(board, case, role, mark=method != "POST", accept=accept)


def test_the_description_is_whole_and_stays_inside(client: requests.Session) -> None:
    """Every route is in it with the roles that guard it, under a name of its own."""
    told = description()
    for part in (andon, console, events, files, health, login, report, shift):
        for route in part.router.routes:
            assert isinstance(route, APIRoute)
            guards = {getattr(d.call, "role", None) for d in route.dependant.dependencies} - {None}
            for method in route.methods or ():
                operation = told["paths"][route.path_format][method.lower()]
                wanted = [
                    scope for one in operation.get("security", ()) for scope in one["session"]
                ]
                assert set(wanted) == guards, (method, route.path)
                assert ("401" in operation["responses"]) == ("security" in operation)
                assert "500" not in operation["responses"]
                assert "422" not in operation["responses"]
    names = [told["paths"][path][method.lower()]["operationId"] for method, path in OPERATIONS]
    assert len(set(names)) == len(names)
    assert told["components"].keys() == {"securitySchemes"}
    for served in ("/openapi.json", "/docs", "/redoc"):
        assert client.get(BASE + served).status_code == 404
