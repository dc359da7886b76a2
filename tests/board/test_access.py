"""Who may see what, and what a stranger gets: every route by every role, forms, names, sizes."""

import io
import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from tests.board.scenes import ORIGIN, scene
from tests.evidence.shifts import Plan, save_pictures
from tests.evidence.shifts import shift as made_up

from ontakt.board.access import SESSION
from ontakt.board.app import BoardConfig, make_app
from ontakt.board.pages import andon, events, files, health, login, report, shift
from ontakt.board.roles import Role, Tokens
from ontakt.board.sessions import Sessions
from ontakt.contract import SetupError
from ontakt.evidence.store import open_store

TOKENS = {role: f"{role}-token-of-the-test-0123456789" for role in Role}
HTML = {"accept": "text/html"}
BASE = "http://localhost:8080"
ID = ORIGIN.shift


def shifts_at(root: Path) -> Path:
    """In `root` a shift under way, and one that is over with pictures, a film and a report."""
    for name, records in (
        ("now", scene("call", time.time_ns())),
        ("past", made_up(Plan(cycles=20, failure=0.5))),
    ):
        folder = root / name
        folder.mkdir()
        with open_store(folder / "events.db", write=True) as store:
            store.extend(records)
        save_pictures(records, folder)
        (folder / "secret.txt").write_text("the plant's own")
        (folder / "cycles").mkdir()
        (folder / "cycles" / "00003.mp4").write_bytes(b"\x00\x00\x00\x18ftypisom" + bytes(4000))
        (folder / "report.html").write_text("<style>p{}</style><p>report</p>")
        (folder / "report.events.jsonl").write_text("{}\n")
    return root


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shifts_at(tmp_path_factory.mktemp("shifts"))


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    return write_tokens(tmp_path / "tokens.toml")


def write_tokens(path: Path, mode: int = 0o600) -> Path:
    path.write_text(
        "\n".join(
            f'[[tokens]]\nname = "{role}-1"\nrole = "{role}"\ntoken = "{token}"'
            for role, token in TOKENS.items()
        )
    )
    path.chmod(mode)
    return path


@contextmanager
def browser(places: Path, tokens: Path | None = None, base: str = BASE) -> Iterator[TestClient]:
    app = make_app(BoardConfig([places], tokens=tokens))
    with TestClient(app, base_url=base, follow_redirects=False) as client:
        yield client


def log_in(client: TestClient, token: str, follow: str = "/andon") -> int:
    page = client.get("/login", headers=HTML)
    field = re.search(r'name="form" value="([0-9a-f]{64})"', page.text)
    assert field is not None
    form = {"token": token, "form": field[1], "next": follow}
    return client.post("/login", data=form).status_code


PAGES = {
    "/andon": 200,
    f"/andon?shift={ID}": 200,
    "/andon?station=nut-loading": 200,
    "/lines": 200,
    f"/shift/{ID}": 200,
    f"/cycle/{ID}/3": 200,
    "/files/2026-03-02-a/cycles/00003.mp4": 200,
    "/report/2026-03-02-a": 307,
    "/report/2026-03-02-a/": 200,
    "/report/2026-03-02-a/report.events.jsonl": 200,
    "/events?on=nothing": 400,
    "/": 307,
}
"""What everyone who may look gets."""
PUBLIC = {"/healthz": 200, "/static/board.css": 200, "/static/board.js": 200}


@pytest.mark.parametrize("role", [None, *Role])
def test_every_page_by_every_role(places: Path, token_file: Path, role: Role | None) -> None:
    with browser(places, token_file) as client:
        if role is not None:
            assert log_in(client, TOKENS[role]) == 303
        for page, status in PAGES.items():
            answer = client.get(page, headers=HTML)
            if role is None:
                assert (answer.status_code, page) == (303, page)
                assert answer.headers["location"].startswith("/login?next=")
                assert client.get(page).status_code == 401, page
            else:
                assert (answer.status_code, page) == (status, page)
        for page, status in PUBLIC.items():
            assert client.get(page).status_code == status
        wanted = 401 if role is None else 200 if role is Role.ENGINEER else 403
        assert client.get("/status").status_code == wanted


def test_every_route_says_who_may_have_it() -> None:
    """A page that somebody adds without a role is open to everyone: only these are meant to be."""
    free = set()
    for page in (andon, events, files, health, login, report, shift):
        for route in page.router.routes:
            assert isinstance(route, APIRoute)
            needed = [getattr(d.call, "role", None) for d in route.dependant.dependencies]
            if not any(needed):
                free.add(route.path)
    assert free == {"/healthz", "/login", "/logout"}


def test_on_loopback_without_tokens_everyone_looks_and_no_more(places: Path) -> None:
    with browser(places) as client:
        for page, status in PAGES.items():
            assert (client.get(page, headers=HTML).status_code, page) == (status, page)
        assert client.get("/status").status_code == 403
        assert client.get("/login").headers["location"] == "/andon"
        assert client.post("/login", data={"token": "x"}).status_code == 404


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.7.4", "::", "plant-pc"])
def test_it_lets_nobody_else_in_without_tokens(places: Path, host: str, token_file: Path) -> None:
    with pytest.raises(SetupError, match=r"--tokens FILE") as error:
        make_app(BoardConfig([places], host=host))
    assert "\n" not in str(error.value)
    make_app(BoardConfig([places], host=host, tokens=token_file))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o700 | 0o001])
def test_a_token_file_that_others_may_open_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SetupError, match="chmod 600"):
        Tokens(write_tokens(tmp_path / "t.toml", mode))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "tokens"),
        ("[[tokens]]\nname='a'\nrole='boss'\ntoken='0123456789abcdef'", "role"),
        ("[[tokens]]\nname='a'\nrole='viewer'\ntoken='secret-hush'", "shorter than 16"),
        ("[[tokens]]\nname='a'\nrole='viewer'", "token"),
        ("[[tokens]]\nname='a'\nrole='viewer'\ntoken='0123456789abcdef'\nadmin=true", "admin"),
        ("tokens = []", "no token"),
        ("not toml [", "neither TOML nor JSON"),
        (
            "\n".join(f"[[tokens]]\nname='{n}'\nrole='viewer'\ntoken='0123456789abcdef'"
                      for n in "ab"),
            "same token",
        ),
    ],
)  # fmt: skip
def test_a_bad_token_file_is_told_without_its_secrets(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "t.toml"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(SetupError, match=said) as error:
        Tokens(path)
    assert "secret-hush" not in str(error.value)
    assert "0123456789abcdef" not in str(error.value)


def test_tokens_may_be_json(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text('{"tokens": [{"name": "a", "role": "operator", "token": "0123456789abcdef"}]}')
    path.chmod(0o600)
    holder = Tokens(path).holder("0123456789abcdef")
    assert holder is not None
    assert (holder.name, holder.role) == ("a", Role.OPERATOR)
    assert Tokens(path).holder("0123456789abcdeg") is None


def test_a_fixed_session_is_worth_nothing(places: Path, token_file: Path) -> None:
    with browser(places, token_file) as client:
        client.cookies.set(SESSION, "chosen-by-somebody-else")
        assert client.get("/andon", headers=HTML).status_code == 303
        client.cookies.set(SESSION, "chosen-by-somebody-else")
        assert log_in(client, TOKENS[Role.VIEWER]) == 303
        held = {cookie.value for cookie in client.cookies.jar if cookie.name == SESSION}
        (mine,) = held - {"chosen-by-somebody-else"}  # the jar keeps what was put in by hand
        client.cookies.clear()
        client.cookies.set(SESSION, "chosen-by-somebody-else")
        assert client.get("/andon", headers=HTML).status_code == 303
        client.cookies.clear()
        client.cookies.set(SESSION, str(mine))
        assert client.get("/andon", headers=HTML).status_code == 200
        assert log_in(client, TOKENS[Role.OPERATOR]) == 303  # rises: another id, the old one ends
        client.cookies.clear()
        client.cookies.set(SESSION, str(mine))
        assert client.get("/andon", headers=HTML).status_code == 303


def test_a_session_cookie_is_out_of_reach(places: Path, token_file: Path) -> None:
    with browser(places, token_file) as client:
        page = client.get("/login", headers=HTML)
        field = re.search(r'name="form" value="(\w+)"', page.text)
        assert field is not None
        form = {"token": TOKENS[Role.VIEWER], "form": field[1]}
        answer = client.post("/login", data=form)
        for line in (*page.headers.get_list("set-cookie"), *answer.headers.get_list("set-cookie")):
            if "Max-Age=0" not in line:
                assert "HttpOnly" in line
                assert "SameSite=strict" in line
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}],
)
def test_a_form_from_elsewhere_is_refused(
    places: Path, token_file: Path, headers: dict[str, str]
) -> None:
    with browser(places, token_file) as client:
        page = client.get("/login", headers=HTML)
        field = re.search(r'name="form" value="(\w+)"', page.text)
        assert field is not None
        form = {"token": TOKENS[Role.VIEWER], "form": field[1]}
        assert client.post("/login", data=form, headers=headers).status_code == 403
        form = {"token": TOKENS[Role.VIEWER], "form": "0" * 64}
        assert client.post("/login", data=form).status_code == 403
        client.cookies.clear()
        assert client.post("/login", data=form).status_code == 403


def test_nobody_is_logged_out_by_another_site(places: Path, token_file: Path) -> None:
    with browser(places, token_file) as client:
        assert client.post("/logout", data={"csrf": "x"}).status_code == 401
        log_in(client, TOKENS[Role.VIEWER])
        assert client.post("/logout", data={"csrf": "x"}).status_code == 403
        assert client.post("/logout", data={}).status_code in (403, 415)
        found = re.search(r'name="csrf" value="([^"]+)"', client.get("/lines", headers=HTML).text)
        assert found is not None
        evil = {"origin": "http://evil.example"}
        assert client.post("/logout", data={"csrf": found[1]}, headers=evil).status_code == 403
        assert client.get("/lines").status_code == 200
        assert client.post("/logout", data={"csrf": found[1]}).status_code == 303
        assert client.get("/lines").status_code == 401


def test_guessing_is_slowed_down(places: Path, token_file: Path) -> None:
    with browser(places, token_file) as client:
        told = [log_in(client, f"guess number {k} of many") for k in range(12)]
        assert told == [403] * 10 + [429] * 2
        assert log_in(client, TOKENS[Role.VIEWER]) == 429


@pytest.mark.parametrize(
    ("wanted", "got"),
    [("/lines?lang=zh", "/lines?lang=zh"), ("//evil.example", "/andon"),
     ("https://evil.example", "/andon"), ("/\\evil.example", "/andon"), ("", "/andon"),
     ("/a\r\nSet-Cookie: x=y", "/andon")],
)  # fmt: skip
def test_the_login_leads_to_a_page_of_ours(
    places: Path, token_file: Path, wanted: str, got: str
) -> None:
    with browser(places, token_file) as client:
        field = re.search(r'name="form" value="(\w+)"', client.get("/login", headers=HTML).text)
        assert field is not None
        form = {"token": TOKENS[Role.VIEWER], "form": field[1], "next": wanted}
        assert client.post("/login", data=form).headers["location"] == got


def test_sessions_outlive_a_restart_and_end_with_their_token(tmp_path: Path) -> None:
    path = write_tokens(tmp_path / "tokens.toml")
    clock = [1000.0]
    tokens = Tokens(path)
    holder = tokens.holder(TOKENS[Role.OPERATOR])
    assert holder is not None
    name, session = Sessions(tokens, lambda: clock[0]).open(holder)
    kept = path.with_name("tokens.toml.sessions")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert name not in kept.read_text()
    assert Sessions(tokens, lambda: clock[0]).find(name) == session
    clock[0] += 13 * 3600
    assert Sessions(tokens, lambda: clock[0]).find(name) is None
    clock[0] = 1000.0
    path.write_text("[[tokens]]\nname='a'\nrole='viewer'\ntoken='another-0123456789'")
    assert Sessions(Tokens(path), lambda: clock[0]).find(name) is None


def test_no_token_is_ever_logged_or_put_into_an_address(
    places: Path, token_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = io.StringIO()
    with redirect_stderr(said), browser(places, token_file) as client:
        log_in(client, "a-wrong-token-that-somebody-typed")
        log_in(client, TOKENS[Role.ENGINEER])
        for page in (*PAGES, "/status"):
            answer = client.get(page, headers=HTML)
            assert TOKENS[Role.ENGINEER] not in answer.text + str(answer.headers)
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("httpx")]
    text = said.getvalue() + "\n".join(ours)
    assert "a-wrong-token" not in text
    assert TOKENS[Role.ENGINEER] not in text


HOSTS = [
    ("localhost:8080", 200), ("127.0.0.1:1", 200), ("[::1]:8080", 200), ("LOCALHOST", 200),
    ("evil.example", 421), ("evil.example:8080", 421), ("localhost.evil.example", 421),
    ("127.0.0.1.evil.example", 421), ("localhost@evil.example", 421), ("", 421),
    ("192.168.7.4", 421), ("localhost:8080:9", 421),
]  # fmt: skip


@pytest.mark.parametrize(("host", "status"), HOSTS)
def test_a_name_that_is_not_ours_is_refused(places: Path, host: str, status: int) -> None:
    """A page of a stranger whose name was made to point here (DNS rebinding)."""
    with browser(places) as client:
        answer = client.get("/healthz", headers={"host": host})
        assert answer.status_code == status
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_elsewhere_addresses_and_given_names_are_ours(places: Path, token_file: Path) -> None:
    config = BoardConfig([places], host="0.0.0.0", tokens=token_file, names=("board.plant",))
    with TestClient(make_app(config), base_url=BASE) as client:
        for host, status in (("192.168.7.4:8080", 200), ("board.plant", 200), ("evil.x", 421)):
            assert client.get("/healthz", headers={"host": host}).status_code == status


def test_every_answer_carries_the_headers(places: Path) -> None:
    with browser(places) as client:
        for page in (*PAGES, *PUBLIC, "/nothing", "/status"):
            headers = client.get(page, headers=HTML).headers
            assert headers["x-content-type-options"] == "nosniff", page
            assert headers["x-frame-options"] == "DENY"
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert "server" not in headers
            csp = headers["content-security-policy"]
            assert "unsafe-eval" not in csp
            if page != "/report/2026-03-02-a/":
                assert "unsafe-inline" not in csp
                assert csp.startswith("default-src 'self'")
            else:
                assert "sandbox" in csp
                assert "default-src 'none'" in csp
                assert "script" not in csp
        assert client.get("/andon").headers["cache-control"] == "no-store"


TRAVERSALS = [
    "/files/2026-03-02-a/secret.txt", "/files/2026-03-02-a/events.db",
    "/files/2026-03-02-a/../past/secret.txt", "/files/2026-03-02-a/%2e%2e/past/secret.txt",
    "/files/2026-03-02-a/..%2f..%2fnow%2fsecret.txt", "/files/2026-03-02-a//etc/passwd",
    "/files/2026-03-02-a/%2fetc%2fpasswd", "/files/2026-03-02-a/cycles/00099.mp4",
    "/files/../secret.txt", "/files/%2e%2e/secret.txt", "/files/nothing/x.png",
    "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py",
    "/files/2026-03-02-a/pictures/a%00.png", "/shift/..%2f..%2fetc", "/report/../x/",
    "/files/2026-03-02-a/pictures\\..\\..\\secret.txt",
]  # fmt: skip


@pytest.mark.parametrize("address", TRAVERSALS)
def test_nothing_but_what_the_record_names_is_served(places: Path, address: str) -> None:
    with browser(places) as client:
        answer = client.get(address, headers=HTML)
        assert answer.status_code in (400, 404)
        assert "the plant's own" not in answer.text


def test_a_picture_that_is_a_link_to_elsewhere_is_not_served(tmp_path: Path) -> None:
    records = made_up(Plan(cycles=10, failure=0.9))
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(records)
    save_pictures(records, tmp_path)
    picture = sorted((tmp_path / "pictures").iterdir())[0]
    address = f"/files/2026-03-02-a/pictures/{picture.name}"
    with browser(tmp_path) as client:
        answer = client.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
        outside = tmp_path.parent / f"{tmp_path.name}-outside.png"
        picture.rename(outside)
        picture.symlink_to(outside)
        assert client.get(address).status_code == 404
        picture.unlink()
        picture.write_text("<svg onload=alert(1)>")  # a name proves nothing
        assert client.get(address).status_code == 404


def test_a_film_is_sent_by_ranges(places: Path) -> None:
    with browser(places) as client:
        address = "/files/2026-03-02-a/cycles/00003.mp4"
        answer = client.get(address, headers={"range": "bytes=4-11"})
        assert (answer.status_code, answer.content) == (206, b"ftypisom")
        assert "video" in client.get("/cycle/2026-03-02-a/3").text


@pytest.mark.parametrize(
    ("method", "address", "body", "headers", "status"),
    [
        ("GET", "/andon?x=" + "a" * 3000, b"", {}, 414),
        ("GET", "/" + "a" * 3000, b"", {}, 414),
        ("POST", "/login", b"a" * 5000, {}, 413),
        ("POST", "/login", b"token=x", {"content-length": "-1"}, 413),
        ("POST", "/login", b"token=x", {"content-type": "application/json"}, 415),
        ("POST", "/login", b"\xff\xfe", {"content-type": "application/x-www-form-urlencoded"}, 400),
        ("POST", "/login", b"&".join(b"a%d=1" % k for k in range(40)),
         {"content-type": "application/x-www-form-urlencoded"}, 400),
        ("PUT", "/andon", b"", {}, 405),
        ("DELETE", f"/shift/{ID}", b"", {}, 405),
        ("TRACE", "/andon", b"", {}, 405),
        ("POST", "/andon", b"", {}, 405),
        ("GET", f"/cycle/{ID}/-1", b"", {}, 404),
        ("GET", f"/cycle/{ID}/9999999999999999999999", b"", {}, 404),
        ("GET", f"/cycle/{ID}/%D9%A3", b"", {}, 404),
        ("GET", "/events?on=shift", b"", {}, 400),
    ],
)  # fmt: skip
def test_what_is_too_much_or_no_sense_is_refused(
    places: Path, token_file: Path, method: str, address: str, body: bytes,
    headers: dict[str, str], status: int,
) -> None:  # fmt: skip
    with browser(places, token_file) as client:
        log_in(client, TOKENS[Role.VIEWER])
        answer = client.request(method, address, content=body, headers=headers)
        assert answer.status_code == status
        assert len(answer.content) < 5000


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["andon", "lines", "shift", "cycle", "files", "report", "login"]),
    parts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=3),
    query=st.dictionaries(st.sampled_from(["shift", "station", "lang", "theme", "next", "on"]),
                          st.text(st.characters(exclude_categories=["Cs"]), max_size=20)),
)  # fmt: skip
def test_no_request_makes_it_fail(
    shared: TestClient, kind: str, parts: list[str], query: dict[str, str]
) -> None:
    from urllib.parse import quote, urlencode

    address = "/".join(["", kind, *(quote(part, safe="") for part in parts)])
    answer = shared.get(f"{address}?{urlencode(query)}", headers=HTML)
    assert answer.status_code in (200, 303, 307, 400, 404, 414)


@pytest.fixture(scope="module")
def shared(places: Path) -> Iterator[TestClient]:
    with browser(places) as client:
        yield client


def test_errors_are_plain_pages(shared: TestClient) -> None:
    answer = shared.get("/shift/<script>alert(1)", headers=HTML)
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert shared.get("/nothing").json() == {"error": "Not Found"}
