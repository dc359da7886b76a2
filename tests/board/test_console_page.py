"""The console's pages: who may open them, what a press becomes, and what a web socket may say."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from anyio import ClosedResourceError
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.board.scenes import ORIGIN, scene

from ontakt.board.app import BoardConfig, make_app
from ontakt.board.console_server import ConsoleServer
from ontakt.board.pages import console, drive
from ontakt.board.reasons import read_reasons
from ontakt.board.roles import Role
from ontakt.contract import GuardTrip, Live, PortStatus, Reply, Request, SetupError, SideLive, State
from ontakt.contract.request import Acknowledge, Help, Jog, LetGo, Reason, Resume, Stop, TakeOver
from ontakt.evidence.store import open_store

ID = ORIGIN.shift
BASE = "http://localhost:8080"
HTML = {"accept": "text/html"}
SCRIPT = "<script>alert(1)</script>"
TOKENS = {
    name: (role, f"{name}-token-of-the-test-0123456789")
    for name, role in (
        ("vic", Role.VIEWER), ("ann", Role.OPERATOR), ("bob", Role.OPERATOR),
        ("eve", Role.ENGINEER),
    )
}  # fmt: skip
STANDS = PortStatus(tick=7, visiting=True)


class Port:
    """Obeys everybody at once, and remembers."""

    def __init__(self) -> None:
        self.status = STANDS
        self.heard: list[Request] = []
        self.why = ""

    def ask(self, request: Request) -> Future[Reply]:
        self.heard.append(request)
        reply: Future[Reply] = Future()
        reply.set_result(Reply(obeyed=not self.why, why=self.why))
        return reply


class Eyes:
    def live(self) -> Live | None:
        arm = SideLive(
            drive="policy", phase="carry", confidence=0.93, sigma_mm=0.41,
            position=(0.18, 0.14, 0.92), opening=0.0123, grip_force=4.2,
            wrist_force=(3.0, 4.0, 0.0), gave_up=SCRIPT,
        )  # fmt: skip
        trip = GuardTrip(rule="speed", action="clip", side="left", value=0.31, limit=0.25)
        return Live(
            shift=ID, tick=300, hz=30, state=State.HELD, sides={"left": arm},
            guard=((270, trip),), chunk_tick=294, late=2,
        )  # fmt: skip

    def pictures(self) -> tuple[int | None, Mapping[str, bytes]]:
        return 295, {"head": b"\xff\xd8\xff jpeg", "left_wrist": b"\xff\xd8\xff other"}

    def before_call(
        self, call: int, after: int, most: int
    ) -> tuple[tuple[int, Mapping[str, bytes]], ...] | None:
        """Of the open call alone, long before the present."""
        assert most > 0
        if call != 2:
            return None
        return tuple((tick, {"head": b"\xff\xd8\xff then"}) for tick in (20, 30) if tick > after)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("console") / "now"
    folder.mkdir()
    with open_store(folder / "events.db", write=True) as store:
        store.extend(scene("call", time.time_ns(), reason=SCRIPT))
    return folder


@pytest.fixture(scope="module")
def board(folder: Path) -> Iterator[tuple[TestClient, Port]]:
    """A board, and a shift that hears."""
    tokens, reasons = folder.parent / "tokens.toml", folder.parent / "reasons.toml"
    tokens.write_text(
        "\n".join(
            f'[[tokens]]\nname = "{name}"\nrole = "{role}"\ntoken = "{token}"'
            for name, (role, token) in TOKENS.items()
        )
    )
    tokens.chmod(0o600)
    reasons.write_text(f'reasons = ["nut askew", "{SCRIPT}"]')
    app, port = make_app(BoardConfig([folder], tokens=tokens, reasons=reasons)), Port()
    with (
        ConsoleServer(folder, ID, port, Eyes()),
        TestClient(app, base_url=BASE, follow_redirects=False) as client,
    ):
        yield client, port


@pytest.fixture
def port(board: tuple[TestClient, Port]) -> Port:
    port = board[1]
    port.heard.clear()
    port.status, port.why = STANDS, ""
    return port


def as_(board: tuple[TestClient, Port], name: str | None) -> tuple[TestClient, str]:
    """The client logged in as `name`, and the mark of the session."""
    client = board[0]
    client.cookies.clear()
    if name is None:
        return client, ""
    field = re.search(r'name="form" value="([0-9a-f]{64})"', client.get("/login").text)
    assert field is not None
    form = {"token": TOKENS[name][1], "form": field[1], "next": "/andon"}
    assert client.post("/login", data=form).status_code == 303
    mark = re.search(r'name="csrf" value="([^"]+)"', client.get("/andon", headers=HTML).text)
    assert mark is not None
    return client, mark[1]


PAGES = {
    "/console": 307,
    f"/console/{ID}": 200,
    f"/console/{ID}/now": 200,
    f"/console/{ID}/picture/head": 200,
    "/console/nobody": 404,
    f"/console/{ID}/picture/head?tick=-1": 400,
}


@pytest.mark.parametrize("name", [None, *TOKENS])
def test_every_page_by_every_role(
    board: tuple[TestClient, Port], port: Port, name: str | None
) -> None:
    client, mark = as_(board, name)
    role = TOKENS[name][0] if name else None
    may = role in (Role.OPERATOR, Role.ENGINEER)
    for page, status in PAGES.items():
        if may and "picture" in page:
            client.get(f"/console/{ID}/now")  # pictures come from looks
        got = client.get(page, headers=HTML).status_code
        assert (page, got) == (page, status if may else 303 if role is None else 403)
    for outside in ("/console/..%2f..%2fetc", f"/console/{ID}/picture/..%2f..%2fevents.db"):
        assert client.get(outside).status_code == 400
    form = {"csrf": mark, "button": "stop"}
    answer = client.post(f"/console/{ID}/ask", data=form)
    assert answer.status_code == (200 if may else 401 if role is None else 403)
    answer = client.post(f"/console/{ID}/take-away", data={"csrf": mark})
    assert answer.status_code == (200 if role is Role.ENGINEER else 401 if role is None else 403)
    assert [type(r.wish) for r in port.heard] == [Stop] * may + [LetGo] * (role is Role.ENGINEER)


def test_every_route_says_who_may_have_it() -> None:
    for route in console.router.routes:
        assert isinstance(route, APIRoute)
        needed = [getattr(d.call, "role", None) for d in route.dependant.dependencies]
        assert Role.OPERATOR in needed or Role.ENGINEER in needed
    (route,) = drive.router.routes  # it asks for itself: see the tests of the socket
    assert isinstance(route, WebSocketRoute)


def test_without_tokens_nobody_asks_anything(folder: Path) -> None:
    with TestClient(make_app(BoardConfig([folder])), base_url=BASE) as client:
        assert client.get(f"/console/{ID}", headers=HTML).status_code == 403
        assert client.post(f"/console/{ID}/ask", data={"button": "stop"}).status_code == 403
        with pytest.raises(WebSocketDisconnect), drives(client):
            pass


def test_a_press_becomes_a_request_with_name_and_address(
    board: tuple[TestClient, Port], port: Port
) -> None:
    client, mark = as_(board, "ann")

    def press(button: str, **more: str) -> Any:
        form = {"csrf": mark, "button": button, **more}
        return client.post(f"/console/{ID}/ask", data=form)

    assert press("acknowledge").json() == {"obeyed": True, "why": ""}
    press("remove")
    press("reason", reason=f" {SCRIPT} ")
    press("resume", out_of_cell="yes")
    assert [r.wish for r in port.heard] == [
        Acknowledge(), Help(action="remove"), Reason(code=SCRIPT), Resume(out_of_cell=True),
    ]  # fmt: skip
    assert {(r.who, r.where) for r in port.heard} == {("ann", "testclient")}
    for button, more in (
        ("resume", {}), ("start", {"out_of_cell": "no"}), ("retry", {"out_of_cell": ""}),
        ("take_over", {"out_of_cell": "yes"}), ("reason", {"reason": "x" * 81}), ("", {}),
        ("jog", {}),
    ):  # fmt: skip
        assert press(button, **more).status_code == 400, button
    assert len(port.heard) == 4
    port.why = "The robot is at work."
    assert press("arrive").json() == {"obeyed": False, "why": "The robot is at work."}


def test_a_press_without_scripts_leads_back_to_the_page(
    board: tuple[TestClient, Port], port: Port
) -> None:
    client, mark = as_(board, "ann")
    form = {"csrf": mark, "button": "stop"}
    answer = client.post(f"/console/{ID}/ask", data=form, headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/console/{ID}")
    assert isinstance(port.heard[0].wish, Stop)


@pytest.mark.parametrize(
    ("headers", "mark", "status"),
    [
        ({}, "", 403), ({}, "somebody-else's", 403),
        ({"origin": "http://evil.example"}, None, 403),
        ({"sec-fetch-site": "cross-site"}, None, 403),
        ({"origin": "null"}, None, 403), ({"content-type": "application/json"}, None, 415),
        ({"content-length": "99999"}, None, 413),
    ],
)  # fmt: skip
def test_another_site_presses_no_button(
    board: tuple[TestClient, Port],
    port: Port,
    headers: dict[str, str],
    mark: str | None,
    status: int,
) -> None:
    client, own = as_(board, "ann")
    form = {"csrf": own if mark is None else mark, "button": "stop"}
    assert client.post(f"/console/{ID}/ask", data=form, headers=headers).status_code == status
    assert port.heard == []


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.binary(max_size=300), page=st.sampled_from(["ask", "take-away"]))
def test_rubbish_is_refused(
    board: tuple[TestClient, Port], port: Port, body: bytes, page: str
) -> None:
    client = board[0]
    if not client.cookies:
        as_(board, "eve")
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post(f"/console/{ID}/{page}", content=body, headers=kind)
    assert answer.status_code in (400, 401, 403)
    assert port.heard == []


def test_the_page_shows_the_robot_and_offers_what_the_line_would_obey(
    board: tuple[TestClient, Port], port: Port
) -> None:
    client, _ = as_(board, "ann")
    page = client.get(f"/console/{ID}", headers=HTML).text
    told = client.get(f"/console/{ID}/now").json()
    fields = told["fields"]
    assert fields["left-phase"] == f"carry, gave up: {SCRIPT}"
    assert (fields["left-confidence"], fields["left-sigma"]) == ("93 %", "0.41 mm")
    assert (fields["left-wrist"], fields["left-opening"]) == ("5.0 N", "12.3 mm")
    assert fields["right-drive"] == "\N{EN DASH}"
    assert fields["chunk"] == "200 ms"
    assert fields["trip0"] == "\N{MINUS SIGN}1.0 s: left speed clip 0.31 (0.25)"
    assert told["buttons"] == sorted(
        [
            "acknowledge",
            "arrive",
            "hold",
            "reason",
            "rehome",
            "resume",
            "retry",
            "stop",
            "take_over",
        ]
    )
    assert (told["tick"], told["cameras"], told["of_call"]) == (295, ["head", "left_wrist"], True)
    assert (told["clip"], told["clip_cameras"]) == ([20, 30], ["head"])  # the shift's own
    then = client.get(f"/console/{ID}/picture/head?tick=20")
    assert then.content == b"\xff\xd8\xff then"
    assert re.search(r"<p data-no-clip hidden>", page)
    picture = client.get(f"/console/{ID}/picture/head?tick=295")
    assert (picture.content, picture.headers["content-type"]) == (
        b"\xff\xd8\xff jpeg",
        "image/jpeg",
    )
    assert client.get(f"/console/{ID}/picture/head?tick=294").status_code == 404
    assert SCRIPT not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page  # as a reason, a failure and a cause
    assert not re.search(r"data-out[^>]*checked", page)
    assert re.search(r'value="finish"[^>]*disabled', page)
    assert not re.search(r'value="(hold|stop)"[^>]*disabled', page)
    assert "Take the robot away" not in page
    assert "Take the robot away" in as_(board, "eve")[0].get(f"/console/{ID}", headers=HTML).text
    chinese = client.get(f"/console/{ID}?lang=zh", headers=HTML).text
    assert "我来处理" in chinese


def test_a_shift_that_hears_nobody_says_so_and_is_shown(
    board: tuple[TestClient, Port], folder: Path
) -> None:
    client, mark = as_(board, "ann")
    (folder / "console.json").rename(folder / "away.json")
    app = make_app(BoardConfig([folder], tokens=folder.parent / "tokens.toml"))
    try:
        with TestClient(app, base_url=BASE) as other:
            other.cookies = client.cookies
            page = other.get(f"/console/{ID}", headers=HTML)
            assert page.status_code == 200
            assert "Nobody in this shift hears a console" in page.text
            assert other.get(f"/console/{ID}/now").json()["buttons"] == []
            form = {"csrf": mark, "button": "stop"}
            answer = other.post(f"/console/{ID}/ask", data=form)
            assert answer.status_code == 503
            assert not answer.json()["obeyed"]
    finally:
        (folder / "away.json").rename(folder / "console.json")


# -- the socket

ORIGIN_OK = {"origin": BASE}
JOG = {"say": "jog", "at": 1000.0, "side": "left", "velocity": [0.02, 0, 0]}


@contextmanager
def drives(
    client: TestClient, headers: dict[str, str] | None = None, shift: str = ID
) -> Iterator[Any]:
    """A socket. The client cuts the conversation short when it leaves, and says so."""
    address = f"ws://localhost:8080/console/{shift}/drive"
    with (
        suppress(CancelledError),
        client.websocket_connect(address, headers=headers or ORIGIN_OK) as s,
    ):
        yield s


def wait_for(port: Port, kind: type) -> None:
    """Until the last that was heard is of that kind."""
    end = time.monotonic() + 10
    while not (port.heard and isinstance(port.heard[-1].wish, kind)):
        assert time.monotonic() < end, port.heard
        time.sleep(0.005)


def test_a_page_takes_over_jogs_and_lets_go(board: tuple[TestClient, Port], port: Port) -> None:
    client, mark = as_(board, "ann")
    with drives(client) as socket:
        socket.send_json({"say": "hello", "csrf": mark})
        assert socket.receive_json()["about"] == "ready"
        socket.send_json({"say": "take_over", "out_of_cell": True})
        assert socket.receive_json() == {"about": "take_over", "obeyed": True, "why": ""}
        socket.send_json(JOG)
        wait_for(port, Jog)
        socket.send_json({"say": "let_go"})
        assert socket.receive_json()["about"] == "over"
    assert [r.wish for r in port.heard] == [
        TakeOver(out_of_cell=True), Jog(side="left", velocity=(0.02, 0.0, 0.0)), LetGo(),
    ]  # fmt: skip
    assert {r.who for r in port.heard} == {"ann"}


def test_a_page_that_is_gone_or_silent_lets_go(
    board: tuple[TestClient, Port], port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, mark = as_(board, "ann")

    def taken(socket: Any) -> None:
        socket.send_json({"say": "hello", "csrf": mark})
        socket.receive_json()
        socket.send_json({"say": "take_over", "out_of_cell": True})
        assert socket.receive_json()["obeyed"]

    with drives(client) as socket:
        taken(socket)
    wait_for(port, LetGo)
    monkeypatch.setattr(drive, "LEASE_S", 0.2)
    with drives(client) as socket:
        taken(socket)
        assert "Nothing was heard" in socket.receive_json()["why"]
        assert isinstance(port.heard[-1].wish, LetGo)
        socket.send_json(JOG)
        socket.send_json({"say": "take_over", "out_of_cell": True})
        assert socket.receive_json()["obeyed"]
    wait_for(port, LetGo)
    assert not any(isinstance(r.wish, Jog) for r in port.heard)


def test_a_second_operator_is_told_who_drives(board: tuple[TestClient, Port], port: Port) -> None:
    client, mark = as_(board, "ann")
    with drives(client) as socket:
        socket.send_json({"say": "hello", "csrf": mark})
        socket.receive_json()
        socket.send_json({"say": "take_over", "out_of_cell": True})
        assert socket.receive_json()["obeyed"]
        client, mark = as_(board, "bob")
        with drives(client) as other:
            other.send_json({"say": "hello", "csrf": mark})
            other.receive_json()
            socket.send_json({"say": "here"})
            other.send_json({"say": "take_over", "out_of_cell": True})
            assert other.receive_json()["why"] == "ann holds the robot."
            form = {"csrf": mark, "button": "resume", "out_of_cell": "yes"}
            reply = client.post(f"/console/{ID}/ask", data=form).json()
            assert reply["why"] == "ann holds the robot."
            assert client.post(f"/console/{ID}/ask", data={**form, "button": "stop"}).json()[
                "obeyed"
            ]
    assert [type(r.wish) for r in port.heard][:2] == [TakeOver, Stop]


def test_a_line_that_ends_the_drive_is_told_to_the_page(
    board: tuple[TestClient, Port], port: Port
) -> None:
    client, mark = as_(board, "ann")
    with drives(client) as socket:
        socket.send_json({"say": "hello", "csrf": mark})
        socket.receive_json()
        socket.send_json({"say": "take_over", "out_of_cell": True})
        socket.receive_json()
        port.why = "Take over first."
        socket.send_json(JOG)
        assert socket.receive_json() == {
            "about": "over",
            "obeyed": False,
            "why": "Take over first.",
        }


@pytest.mark.parametrize(
    ("name", "headers", "shift"),
    [
        (None, ORIGIN_OK, ID), ("vic", ORIGIN_OK, ID),
        ("ann", {"origin": "http://evil.example"}, ID),
        ("ann", {"origin": "null"}, ID), ("ann", {"x": "y"}, ID),
        ("ann", {"origin": "https://localhost:8080"}, ID), ("ann", ORIGIN_OK, "nobody"),
        ("ann", {"origin": "http://evil.example", "host": "evil.example"}, ID),
    ],
)  # fmt: skip
def test_a_stranger_gets_no_socket(
    board: tuple[TestClient, Port],
    port: Port,
    name: str | None,
    headers: dict[str, str],
    shift: str,
) -> None:
    client, _ = as_(board, name)
    with pytest.raises(WebSocketDisconnect), drives(client, headers, shift):
        pass
    assert port.heard == []


def closed(client: TestClient, mark: str | None, *messages: str | bytes) -> int:
    """The code with which the board ends the conversation."""
    with drives(client) as socket:
        if mark is not None:
            socket.send_text(json.dumps({"say": "hello", "csrf": mark}))
            socket.receive_json()
        with suppress(ClosedResourceError):  # it has left before we were done
            for message in messages:
                if isinstance(message, bytes):
                    socket.send_bytes(message)
                else:
                    socket.send_text(message)
        try:
            while True:
                socket.receive_json()
        except WebSocketDisconnect as end:
            return end.code


def test_what_is_no_message_ends_the_conversation(
    board: tuple[TestClient, Port], port: Port, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drive, "MOST_A_SECOND", 10)
    monkeypatch.setattr(drive, "_IDLE_S", 5.0)
    client, mark = as_(board, "ann")
    assert closed(client, None, '{"say":"hello","csrf":"no"}') == 1008
    assert closed(client, None, '{"say":"take_over","out_of_cell":true}') == 1008
    assert closed(client, mark, b"\x00") == 1003
    assert closed(client, mark, '{"say":"here"}' + " " * 600) == 1008
    for bad in (
        "", "{}", "[]", "null", '{"say":"boo"}', '{"say":"take_over"}',
        '{"say":"hello","csrf":"x"}',
        '{"say":"take_over","out_of_cell":false}', '{"say":"jog","side":"left"}',
        '{"say":"jog","side":"middle","at":1}', '{"say":"jog","side":"left","at":1,"velocity":[1]}',
        '{"say":"jog","side":"left","at":1,"velocity":[1e3,0,0]}', '{"say":"here","more":1}',
        '{"say":"jog","side":"left","at":1,"velocity":[NaN,0,0]}', "\N{GRINNING FACE}", "{" * 200,
    ):  # fmt: skip
        assert closed(client, mark, bad) == 1007, bad
    assert closed(client, mark, *['{"say":"here"}'] * 100) == 1008
    assert port.heard == []


def test_reasons_are_read_and_bad_ones_refused(tmp_path: Path) -> None:
    file = tmp_path / "reasons.toml"
    file.write_text('reasons = ["nut askew", "feeder empty"]')
    assert read_reasons(file) == ("nut askew", "feeder empty")
    for bad in (
        "", "reasons = []", 'reasons = [""]', "reasons = [1]", f'reasons = ["{"x" * 81}"]',
        'reasons = ["a", "a"]', 'reasons = ["a\\u0000"]', 'more = 1\nreasons = ["a"]', "no",
    ):  # fmt: skip
        file.write_text(bad)
        with pytest.raises(SetupError, match=r"reasons\.toml"):
            read_reasons(file)
    with pytest.raises(SetupError, match="cannot be read"):
        read_reasons(tmp_path / "nothing")
