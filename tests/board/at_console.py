"""Somebody at a console, in a real browser, and the toy shift that he looks after."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page
from tests.board.process import ENV, until

from ontakt.board.console_server import CONSOLE

SHOTS = os.environ.get("ONTAKT_SHOTS")
"""A folder for pictures of the console, for people to look at."""


class Working:
    """A shift in a process of its own, with a board beside it."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes], url: str) -> None:
        self.folder, self.process, self.url = folder, process, url

    @property
    def token(self) -> str:
        file = self.folder / "board-tokens.toml"
        assert file.stat().st_mode & 0o077 == 0
        found = re.search(r'token = "(.+)"', file.read_text())
        assert found is not None
        return found[1]

    def end(self) -> None:
        """As Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(180)  # its report is drawn on a busy machine


@contextmanager
def working(folder: Path, *more: str, station: str = "toy") -> Iterator[Working]:
    process = subprocess.Popen(
        [
            sys.executable, "-m", "ontakt.cli", "shift", station, "--policy", "expert", "--cycles",
            "50", "--operator", "board", "--board", "127.0.0.1:0", "--out", str(folder), *more,
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=ENV,
    )  # fmt: skip
    assert process.stderr is not None
    said = b""
    try:
        while b"Console: " not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        found = re.search(rb"Board: (http://127\.0\.0\.1:\d+)/andon", said)
        assert found is not None, said
        shift = Working(folder, process, found[1].decode())
        until(lambda: (folder / CONSOLE).exists())
        assert shift.token.encode() not in said
        yield shift
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


class Operator:
    """Somebody at a console, and whatever his page should not have done."""

    def __init__(self, browser: Browser, shift: Working, size: tuple[int, int] = (1920, 1080)):
        self.page: Page = browser.new_page(viewport={"width": size[0], "height": size[1]})
        self.said: list[str] = []
        self.asked: list[str] = []
        self._url = shift.url
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(f"dialog {dialog.message}"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("websocket", lambda socket: self.asked.append(socket.url))
        self.page.goto(f"{shift.url}/console")
        self.page.fill("input[name=token]", shift.token)
        self.page.click("main button")
        self.page.wait_for_url("**/console/**")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.said.append(message.text)

    def answer(self, place: str, says: str) -> None:
        self.page.wait_for_function(
            '([p, t]) => document.querySelector(`[data-answer="${p}"]`).textContent.includes(t)',
            arg=[place, says],
        )

    def press(self, button: str, place: str, says: str = "done") -> None:
        self.page.click(f"[data-press={button}]:enabled")
        self.answer(place, says)

    def take_over(self) -> None:
        self.page.check("[data-hands] [data-out]")
        self.page.click("[data-take-over]:enabled")
        self.answer("drive", "You drive")

    def shot(self, name: str) -> None:
        if SHOTS is not None:
            self.page.screenshot(path=f"{SHOTS}/{name}.png")

    def close(self, shift: Working) -> None:
        """The page asked nobody else, complained of nothing, and named no token."""
        self.page.close()
        ours = (shift.url, shift.url.replace("http", "ws", 1), "data:")
        assert [url for url in self.asked if not url.startswith(ours)] == []
        assert not any(shift.token in url for url in self.asked)
        assert self.said == []


def hold_and_take_over(ann: Operator) -> None:
    """Wait until the robot works, hold it, and take it."""
    hold(ann)
    ann.take_over()


def hold(ann: Operator) -> None:
    """Wait until the robot works, and hold it."""
    ann.page.wait_for_function(
        "() => document.querySelector('[data-f=left-drive]').dataset.drive === 'policy'",
        timeout=60_000,
    )
    ann.press("hold", "always")
    ann.page.wait_for_selector("[data-take-over]:enabled", timeout=60_000)
