"""What stands on the pages, and how text from records comes there."""

import re
import time
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from starlette.testclient import TestClient
from tests.board.scenes import HZ, ORIGIN, SCENES, TAKT_S, scene
from tests.evidence.shifts import Plan
from tests.evidence.shifts import shift as made_up

from ontakt.board.app import BoardConfig, make_app
from ontakt.board.brief import told
from ontakt.board.language import languages
from ontakt.board.telling import left, span, tell
from ontakt.board.timeline import timeline
from ontakt.board.wall import Moment, WallFold
from ontakt.contract.event import CallRaised, CycleStarted, Origin
from ontakt.evidence.store import open_store

NASTY = "<img src=x onerror=alert(1)>\"'&{{7*7}}"
EN, ZH = languages()["en"], languages()["zh"]
HTML = {"accept": "text/html"}


def fields_of(name: str, words: object = EN) -> dict[str, str | None]:
    now = time.time_ns()
    wall = WallFold()
    for record in scene(name, now):
        wall.feed(record)
    view = wall.view(Moment(now_ns=now, alive=True, written_ns=now))
    assert view is not None
    return dict(tell(view, words))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", SCENES)
def test_every_scene_can_be_told_and_fills_the_same_places(name: str) -> None:
    assert set(fields_of(name)) == set(fields_of("running"))
    assert set(fields_of(name, ZH)) == set(fields_of("running"))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(47.0, "47"), (46.1, "47"), (0.0, "0"), (0.2, "1"), (-0.5, "+0"), (-12.9, "+12"),
     (99.2, "1:40"), (100, "1:40"), (-125, "+2:05")],
)  # fmt: skip
def test_the_countdown_reads(seconds: float, text: str) -> None:
    assert left(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (59.9, "0:59"), (61, "1:01"), (3600, "1:00:00"), (36_125, "10:02:05")],
)
def test_a_span_reads(seconds: float, text: str) -> None:
    assert span(seconds) == text


def test_a_rate_with_its_interval_and_an_unknown_one() -> None:
    fields = fields_of("running")
    assert fields["steps"] == "1"
    assert re.fullmatch(r"\d\.\d /h", str(fields["steps-rate"]))
    assert re.fullmatch(r"\d\.\d–\d+\.\d /h \(95 %\)", str(fields["steps-range"]))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_script_in_names_is_text(tmp_path: Path) -> None:
    origin = Origin(shift="s" + NASTY, station=NASTY, robot=NASTY, policy_hash="p", config_hash="c")
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(scene("call", time.time_ns(), origin, reason=NASTY))
        app = make_app(BoardConfig([tmp_path]))
        with TestClient(app, base_url="http://localhost") as client:
            from urllib.parse import quote

            name = quote(origin.shift, safe="")
            for page in ("/andon", "/lines", f"/shift/{name}", f"/cycle/{name}/15"):
                answer = client.get(page, headers=HTML)
                assert answer.status_code == 200
                reader = _Reader()
                reader.feed(answer.text)
                assert all("onerror" not in attrs for _, attrs in reader.tags), page
                assert all(a.get("src") != "x" for _, a in reader.tags)
                assert "49" not in re.findall(r"&amp;(\d+)", answer.text)
                assert "{{7*7}}" in answer.text
                assert not any(attrs.get("style") for _, attrs in reader.tags)
                assert not any(k.startswith("on") for _, attrs in reader.tags for k in attrs)
                scripts = [attrs for tag, attrs in reader.tags if tag == "script"]
                assert all(str(one.get("src")).startswith("/static/") for one in scripts)


def test_languages_and_colours_are_chosen_and_kept(tmp_path: Path) -> None:
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(scene("call", time.time_ns()))
        app = make_app(BoardConfig([tmp_path]))
        with TestClient(app, base_url="http://localhost") as client:
            assert 'lang="en"' in client.get("/andon").text
            assert "呼叫" in client.get("/andon", headers={"accept-language": "zh-CN"}).text
            assert 'lang="zh"' in client.get("/andon?lang=zh&theme=dark").text
            kept = client.get("/andon").text
            assert 'lang="zh" data-theme="dark"' in kept
            assert "lang=zh" in kept.split('data-stream="')[1].split('"')[0]
            assert 'lang="zh" data-theme="dark"' in client.get("/andon?lang=xx&theme=<b>").text


def test_state_and_call_are_told_to_those_who_cannot_see(tmp_path: Path) -> None:
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(scene("call", time.time_ns()))
        with TestClient(make_app(BoardConfig([tmp_path])), base_url="http://localhost") as client:
            reader = _Reader()
            reader.feed(client.get("/andon").text)
    places = {attrs.get("data-f"): attrs for _, attrs in reader.tags if "data-f" in attrs}
    assert places["word"]["aria-live"] == "polite"
    assert places["call"]["role"] == "alert"
    assert places["stale"]["role"] == "alert"
    assert "hidden" not in places["call"]
    assert "hidden" in places["stale"]
    assert any(tag == "a" and a.get("class") == "skip" for tag, a in reader.tags)
    assert all("alt" in a for tag, a in reader.tags if tag == "img")
    assert all("aria-hidden" in a or "aria-label" in a for tag, a in reader.tags if tag == "svg")


@pytest.mark.slow
def test_a_report_is_made_where_none_lies_and_the_folder_stays_as_it_was(tmp_path: Path) -> None:
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(made_up(Plan(cycles=3)))
    with TestClient(make_app(BoardConfig([tmp_path])), base_url="http://localhost") as client:
        answer = client.get("/report/2026-03-02-a/", headers=HTML)
        assert answer.status_code == 200
        assert "Shift report" in answer.text
        raw = client.get("/report/2026-03-02-a/report.events.jsonl")
        assert raw.text.count("\n") == len(made_up(Plan(cycles=3)))
        assert client.get("/report/nothing/", headers=HTML).status_code == 404
    assert [p.name for p in tmp_path.iterdir()] == ["events.db"]


def test_a_board_without_a_shift_waits(tmp_path: Path) -> None:
    with TestClient(make_app(BoardConfig([tmp_path])), base_url="http://localhost") as client:
        for page in ("/andon", "/lines"):
            assert EN("andon.nothing") in client.get(page).text
        assert client.get("/healthz").json()["status"] == "ok"


def test_a_cycle_is_drawn_to_scale() -> None:
    records = scene("call", 10**18)
    first = next(k for k, r in enumerate(records)
                 if isinstance(r.event, CycleStarted) and r.event.cycle == 15)  # fmt: skip
    last = next(k for k, r in enumerate(records)
                if isinstance(r.event, CycleStarted) and r.event.cycle == 16)  # fmt: skip
    drawn = timeline(records[first:last], TAKT_S, HZ)
    called = next(mark for mark in drawn.marks if mark.kind == "CallRaised")
    assert called.at_s == pytest.approx(30)
    scale = (drawn.last_x - drawn.first_x) / drawn.seconds
    assert called.x == pytest.approx(drawn.first_x + 30 * scale, abs=0.1)
    assert drawn.takt_x == pytest.approx(drawn.first_x + TAKT_S * scale, abs=0.1)
    stopped = [bar for bar in drawn.bars if bar.lane == "state"]
    assert stopped[0].start_s == pytest.approx(30)
    assert sum(bar.seconds for bar in stopped) == pytest.approx(38)
    assert drawn.grid[0] == (drawn.first_x, "0")


def test_a_cycle_that_has_only_begun_can_be_drawn() -> None:
    records = scene("running", 10**18)
    drawn = timeline(records[-1:], TAKT_S, HZ)
    assert (drawn.bars, len(drawn.marks)) == ((), 1)


def test_an_event_in_one_line() -> None:
    assert told(CallRaised(call=2, cycle=7, reason="jam")) == "call 2, cycle 7, reason jam"
    long = told(CallRaised(call=2, cycle=7, reason="x" * 1000))
    assert len(long) == 240
    for record in scene("safety", 10**18):
        assert "\n" not in told(record.event)
        assert msgspec.json.encode(told(record.event))


def test_an_own_name_of_a_failure_is_shown(tmp_path: Path) -> None:
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(scene("call", time.time_ns(), ORIGIN, reason="weld_spatter"))
        with TestClient(make_app(BoardConfig([tmp_path])), base_url="http://localhost") as client:
            assert "weld spatter" in client.get("/andon").text
