"""The board in a real headless Chromium: what people see, on the screens they see it on."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Page
from tests.board.process import BoardProcess, ShiftProcess, until
from tests.board.scenes import ORIGIN, SCENES, WORDS, scene
from tests.evidence.shifts import Plan, save_pictures
from tests.evidence.shifts import shift as made_up

from ontakt.board.language import languages
from ontakt.contract.event import CallAcknowledged, CallRaised, Record
from ontakt.evidence.store import open_store

pytestmark = pytest.mark.slow

SIZES = {"phone": (360, 800), "wall": (1920, 1080), "large": (3840, 2160)}
SHOTS = os.environ.get("ONTAKT_SHOTS")
"""A folder for the pictures of every scene, for people to look at."""
FIT = """() => [...document.querySelectorAll('.card, .said, .who, .call, .stale')]
    .filter((e) => e.offsetParent && (e.scrollWidth > e.clientWidth + 1
        || e.scrollHeight > e.clientHeight + 1))
    .map((e) => e.className)"""
"""Parts of the wall whose content does not fit in them."""


class Watched:
    """A page, and whatever it should not have done."""

    def __init__(self, browser: Browser, size: tuple[int, int] = SIZES["wall"], **more: str):
        self.page: Page = browser.new_page(viewport={"width": size[0], "height": size[1]}, **more)  # type: ignore[arg-type]
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def close(self, board: BoardProcess, quiet: bool = True) -> None:
        """The page asked nobody else, and complained of nothing."""
        self.page.close()
        assert [url for url in self.asked if not url.startswith(board.url)] == []
        if quiet:
            assert self.said == []


class Hall:
    """One board, and a shift for every scene, each with a living writer."""

    def __init__(self, root: Path, board: BoardProcess, writers: ExitStack) -> None:
        self.root, self.board, self._writers = root, board, writers

    def address(self, name: str) -> str:
        """The wall of a scene that is played up to now."""
        folder = self.root / f"{name}-{time.monotonic_ns()}"
        folder.mkdir()
        origin = msgspec.structs.replace(ORIGIN, shift=folder.name)
        store = self._writers.enter_context(open_store(folder / "events.db", write=True))
        store.extend(scene(name, time.time_ns(), origin))
        if name == "silent":
            for file in folder.iterdir():
                os.utime(file, (time.time() - 120, time.time() - 120))
        return f"{self.board.url}/andon?shift={folder.name}"


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    root = tmp_path_factory.mktemp("hall")
    with BoardProcess(root) as board, ExitStack() as writers:
        yield Hall(root, board, writers)


@pytest.mark.parametrize("name", SCENES)
def test_every_state_on_every_screen(chromium: Browser, hall: Hall, name: str) -> None:
    tone, word = WORDS[name]
    address = hall.address(name)
    for kind, size in SIZES.items():
        watched = Watched(chromium, size)
        page = watched.page
        page.goto(f"{address}&theme={'dark' if kind == 'large' else 'light'}")
        page.wait_for_selector(f'[data-tone="{tone}"]')
        page.wait_for_function(
            "word => document.querySelector('.word').textContent === word",
            arg=languages()["en"](f"word.{word}"),
        )
        assert page.locator(f".state .of-{tone}").is_visible()
        wide, high = page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        assert wide <= size[0]
        assert kind == "phone" or high <= size[1]
        assert page.evaluate(FIT) == []
        assert page.locator(".call").is_visible() == (name in CALLS)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{kind}.png")
        watched.close(hall.board)


CALLS = ("call", "coming", "person", "standing")


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_it_holds_in_chinese_and_in_the_dark(
    chromium: Browser, hall: Hall, size: tuple[int, int]
) -> None:
    watched = Watched(chromium, size, color_scheme="dark", locale="zh-CN")
    watched.page.goto(hall.address("standing"))
    watched.page.wait_for_function(
        "word => document.querySelector('.word').textContent === word",
        arg=languages()["zh"]("word.standing"),
    )
    assert watched.page.evaluate(FIT) == []
    paper = "getComputedStyle(document.querySelector('.card')).backgroundColor"
    assert watched.page.evaluate(paper) == "rgb(17, 23, 31)"
    if SHOTS:
        watched.page.screenshot(path=Path(SHOTS) / f"zh-{size[0]}.png")
    watched.close(hall.board)


def _append(*events: object) -> list[Record]:
    """Records that follow what is there, as of now."""
    base = scene("running", time.time_ns())
    last = base[-1]
    return [
        Record(origin=ORIGIN, seq=last.seq + 1 + k, tick=last.tick + 60, utc_ns=time.time_ns(),
               event=event)  # type: ignore[arg-type]
        for k, event in enumerate(events)
    ]  # fmt: skip


def test_an_event_changes_the_pixels_and_time_goes_on_by_itself(
    chromium: Browser, tmp_path: Path
) -> None:
    with open_store(tmp_path / "events.db", write=True) as store, BoardProcess(tmp_path) as board:
        store.extend(scene("running", time.time_ns()))
        watched = Watched(chromium)
        page = watched.page
        page.goto(f"{board.url}/andon")
        page.wait_for_selector('[data-tone="running"]')
        first = int(page.inner_text(".left"))
        until(lambda: int(page.inner_text(".left")) <= first - 2, 6)
        called, answered = _append(
            CallRaised(call=9, cycle=22, reason="jam"), CallAcknowledged(call=9)
        )
        store.append(called)
        begun = time.monotonic()
        page.wait_for_selector('[data-tone="call"]')
        assert time.monotonic() - begun < 2
        assert page.locator(".call").is_visible()
        store.append(answered)
        page.wait_for_selector("text=somebody is coming")
        watched.close(board)


def test_old_data_are_loud_after_the_shift_is_killed(chromium: Browser, tmp_path: Path) -> None:
    with ShiftProcess(tmp_path, "running") as shift, BoardProcess(tmp_path) as board:
        watched = Watched(chromium)
        watched.page.goto(f"{board.url}/andon")
        watched.page.wait_for_selector('[data-tone="running"]')
        shift.kill()
        watched.page.wait_for_selector('[data-tone="lost"]', timeout=8000)
        assert watched.page.inner_text(".word") == "DATA STALE"
        assert "process is gone" in watched.page.inner_text(".stale")
        watched.close(board)


def test_a_page_recovers_by_itself_when_the_board_does(chromium: Browser, tmp_path: Path) -> None:
    with open_store(tmp_path / "events.db", write=True) as store, BoardProcess(tmp_path) as board:
        store.extend(scene("running", time.time_ns()))
        watched, detail = Watched(chromium), Watched(chromium)
        watched.page.goto(f"{board.url}/andon")
        detail.page.goto(f"{board.url}/shift/{ORIGIN.shift}")
        watched.page.wait_for_selector('[data-tone="running"]')
        known = int(str(detail.page.get_attribute("#events li", "data-seq")))
        board.stop(9)
        watched.page.wait_for_selector("body[data-unlinked]", timeout=10_000)
        assert "No connection" in watched.page.inner_text(".lost-link")
        more = _append(*(CallRaised(call=k, cycle=22, reason="jam") for k in range(9, 14)))
        for record in more:
            store.append(record)
        board.start()
        watched.page.wait_for_selector("body:not([data-unlinked])", timeout=10_000)
        watched.page.wait_for_selector('[data-tone="call"]')
        until(lambda: str(known + 5) == detail.page.get_attribute("#events li", "data-seq"))
        listed = detail.page.evaluate(
            "[...document.querySelectorAll('#events li')].map((e) => Number(e.dataset.seq))"
        )
        assert listed == sorted(set(listed), reverse=True)
        assert listed[:6] == list(range(known + 5, known - 1, -1))
        watched.close(board, quiet=False)  # a browser complains of a connection that broke
        detail.close(board, quiet=False)


def test_the_pages_at_a_desk(chromium: Browser, tmp_path: Path) -> None:
    records = made_up(Plan(cycles=30, failure=0.4))
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(records)
    save_pictures(records, tmp_path)
    _film(tmp_path / "cycles" / "00003.mp4")
    (tmp_path / "report.html").write_text(
        "<style>p { color: rgb(1, 2, 3) }</style><p>report</p><script>document.title='ran'</script>"
    )
    with BoardProcess(tmp_path) as board:
        for size in (SIZES["phone"], (1280, 900)):
            for address in ("/lines", "/shift/2026-03-02-a", "/cycle/2026-03-02-a/3"):
                watched = Watched(chromium, size)
                watched.page.goto(board.url + address)
                watched.page.wait_for_load_state("load")
                assert watched.page.evaluate("document.documentElement.scrollWidth") <= size[0]
                if SHOTS:
                    name = address.split("/")[1]
                    watched.page.screenshot(path=Path(SHOTS) / f"{name}-{size[0]}.png")
                if "cycle" in address:
                    watched.page.wait_for_function("document.querySelector('video').duration > 5")
                    button = watched.page.locator("[data-seek]", has_text="6.").first
                    button.click()
                    watched.page.wait_for_function(
                        "document.querySelector('video').currentTime >= 5.9"
                    )
                    watched.page.wait_for_selector(".playhead[transform]", state="attached")
                watched.close(board)
        watched = Watched(chromium)
        watched.page.goto(f"{board.url}/report/2026-03-02-a/")
        colour = watched.page.locator("p").evaluate("e => getComputedStyle(e).color")
        assert colour == "rgb(1, 2, 3)"
        assert watched.page.title() != "ran"
        watched.close(board, quiet=False)  # it says that it ran no script


def _film(path: Path) -> None:
    """Ten seconds of grey in a browser's format."""
    import av
    import numpy as np

    path.parent.mkdir()
    with av.open(str(path), "w", options={"movflags": "frag_keyframe+empty_moov"}) as film:
        stream = film.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for k in range(100):
            picture = np.full((96, 160, 3), 2 * k, np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                film.mux(packet)
        for packet in stream.encode():
            film.mux(packet)


def test_a_keyboard_reaches_everything_and_motion_can_be_had_without(
    chromium: Browser, hall: Hall
) -> None:
    watched = Watched(chromium, reduced_motion="reduce")
    page = watched.page
    page.goto(hall.address("call"))
    page.wait_for_selector('[data-tone="call"]')
    links = page.locator("a[href]").count()
    reached = set()
    for _ in range(links + 2):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.outerHTML"))
        focused = page.evaluate("document.activeElement.matches(':focus-visible')")
        assert focused or page.evaluate("document.activeElement === document.body")
    assert len([one for one in reached if one.startswith("<a")]) == links
    moving = "document.getAnimations().filter((a) => a.playState === 'running').length"
    assert page.evaluate(moving) == 0
    watched.close(hall.board)
