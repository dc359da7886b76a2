"""Hands on the robot in a real headless Chromium: a gamepad; pads by mouse, finger and keyboard.

What an arm did is read from the recording of the shift.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from tests.board.at_console import Operator, hold, hold_and_take_over, working

from ontakt.cli.exporting.recorded import RecordedShift
from ontakt.contract import Array, Side
from ontakt.runtime.tape import Moment, read_tape

pytestmark = pytest.mark.slow

STOPS_MS = 200.0
"""Within this an arm stands that is driven no longer."""
HELD_MS = 700
"""How long something is held: 42 mm at 60 mm/s."""
REST_MS = 350
"""Longer than any jog lasts."""
FAR, STILL = 0.015, 2e-4
"""More than this [m] is a motion that somebody asked for; less is none."""
GAMEPAD = """(() => {
  const pads = [null, null, null, null];
  navigator.getGamepads = () => pads;
  const tell = (kind, gamepad) => dispatchEvent(Object.assign(new Event(kind), { gamepad }));
  window.scripted = {
    plug(axes) {
      const released = () => ({ pressed: false, touched: false, value: 0 });
      const buttons = Array.from({ length: 17 }, released);
      pads[0] = { id: "scripted", index: 0, connected: true, mapping: "standard", axes, buttons };
      tell("gamepadconnected", pads[0]);
    },
    unplug() {
      const gone = Object.assign(pads[0], { connected: false });
      pads[0] = null;
      letGo ??= Date.now();
      tell("gamepaddisconnected", gone);
    },
    sticks(axes) { pads[0].axes = axes; letGo ??= Date.now(); },
    button(k, value) {
      pads[0].buttons[k] = { pressed: value > 0.1, touched: value > 0, value };
      letGo ??= Date.now();
    },
  };
})()"""
"""A browser's own seam: what a page is told of gamepads."""
LET_GO = """(() => {
  window.letGo = null;
  const note = () => { letGo ??= Date.now(); };
  const pointer = ["pointerup", "pointercancel", "pointerleave"];
  const other = ["keydown", "keyup", "change", "blur"];
  for (const kind of [...pointer, ...other]) addEventListener(kind, note, true);
})()"""
"""When the page heard the first word of a release: a test's own way to the browser takes time."""
LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_TRIGGER, RIGHT_TRIGGER = 4, 5, 6, 7
REST = (0.0, 0.0, 0.0, 0.0)


class Gamepad:
    """One of the standard mapping, plugged into a page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.evaluate(GAMEPAD)

    def plug(self, *axes: float) -> None:
        self._page.evaluate("axes => scripted.plug(axes)", list(axes or REST))

    def unplug(self) -> None:
        self._page.evaluate("scripted.unplug()")

    def sticks(self, *axes: float) -> None:
        """Left sideways, left along, right sideways, right along; right and down are positive."""
        self._page.evaluate("axes => scripted.sticks(axes)", list(axes or REST))

    def button(self, number: int, value: float) -> None:
        self._page.evaluate("([k, value]) => scripted.button(k, value)", [number, value])

    def tap(self, number: int) -> None:
        self.button(number, 1.0)
        self._page.wait_for_timeout(150)
        self.button(number, 0.0)


class Span(NamedTuple):
    """When something was done, UTC [ns]."""

    begun: int
    ended: int


class Notes:
    """What was done when."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.evaluate(LET_GO)
        self.spans: dict[str, Span] = {}
        self.released: dict[str, int] = {}
        """When an arm lost what moved it, UTC [ns]."""

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """The span of what is done inside, until long after."""
        begun = time.time_ns()
        yield
        self._page.wait_for_timeout(REST_MS)
        self.spans[name] = Span(begun, time.time_ns())

    def hold(self, name: str, press: Callable[[], object], release: Callable[[], object]) -> None:
        """Press, hold, release, rest."""
        with self.of(name):
            press()
            self._page.wait_for_timeout(HELD_MS)
            self._page.evaluate("letGo = null")
            release()
            self.released[name] = int(self._page.evaluate("letGo")) * 1_000_000

    def wait(self, name: str) -> None:
        """Nothing is to move for a while."""
        with self.of(name):
            self._page.wait_for_timeout(HELD_MS)


class Told:
    """The recording of the first cycle, by the time of day."""

    def __init__(self, shift: Path, notes: Notes) -> None:
        recorded = RecordedShift.open(shift)
        self._space = recorded.space
        self._tape = read_tape(recorded.cycles[0].tape, recorded.space)
        self._notes = notes

    def _of(self, span: Span) -> list[Moment]:
        return [one for one in self._tape if span.begun <= one.observation.utc_ns <= span.ended]

    def moved(self, name: str, side: Side = "left") -> Array:
        """(4,): how far the tool and the gripper's opening really came in it [m]."""
        moments = self._of(self._notes.spans[name])
        assert len(moments) > 8
        before, after = (moments[k].observation.arms[side] for k in (0, -1))
        return np.append(after.position - before.position, after.opening - before.opening)

    def only(self, name: str, axis: int, side: Side = "left") -> float:
        """How far it came along `axis` alone [m], with its sign."""
        moved = self.moved(name, side)
        assert np.abs(np.delete(moved, axis)).max() < STILL, (name, moved)
        return float(moved[axis])

    def stood(self, name: str) -> None:
        """Neither arm was told to move, nor did."""
        moments = self._of(self._notes.spans[name])
        assert all(np.array_equal(a.command, b.command) for a, b in pairwise(moments)), name
        for side in ("left", "right"):
            assert np.abs(self.moved(name, side)).max() < STILL, name

    def stopped_after_ms(self, name: str, side: Side = "left") -> float:
        """From the release to the last tick of that span on which the arm was told to move."""
        moments, start = self._of(self._notes.spans[name]), self._space.start(side)
        rows = [(one.observation.utc_ns, one.command[start : start + 8]) for one in moments]
        utc = [after[0] for before, after in pairwise(rows) if (before[1] != after[1]).any()]
        return (utc[-1] - self._notes.released[name]) / 1e6


def test_a_gamepad_drives_the_arms(chromium: Browser, tmp_path: Path) -> None:
    with working(tmp_path / "shift", "--clock", "wall") as shift:
        ann = Operator(chromium, shift)
        page, notes = ann.page, Notes(ann.page)
        pad = Gamepad(page)
        pad.plug(0.0, 0.0, 0.0, -1.0)
        hold(ann)
        ann.take_over()
        page.keyboard.press(".")
        assert page.is_checked("[name=speed][value='60']")
        notes.wait("stick held when taken over")
        pad.sticks()
        page.wait_for_timeout(150)

        def push(name: str, *axes: float) -> None:
            notes.hold(name, lambda: pad.sticks(*axes), pad.sticks)

        push("up", 0, 0, 0, -1)
        push("away", 0, -1, 0, 0)
        ann.shot("gamepad")
        push("to the left", -1, 0, 0, 0)
        push("near, at half", 0, 0.5, 0, 0)
        push("to the right", 1, 0, 0, 0)
        push("down", 0, 0, 0, 0.5)
        push("at rest, almost", 0.14, -0.14, 0.14, -0.14)

        def pull(name: str, trigger: int, value: float) -> None:
            notes.hold(name, lambda: pad.button(trigger, value), lambda: pad.button(trigger, 0.0))

        for _ in range(3):  # until it is wide open, whatever it was told before and held
            pull("opened", RIGHT_TRIGGER, 1.0)
        pull("closed, at half", LEFT_TRIGGER, 0.5)
        pull("opened again", RIGHT_TRIGGER, 1.0)
        pull("a trigger at rest, almost", LEFT_TRIGGER, 0.1)
        pad.tap(RIGHT_SHOULDER)
        assert page.is_checked("[name=side][value=right]")
        push("right up", 0, 0, 0, -1)
        notes.hold("changed over", lambda: pad.sticks(0, 0, 0, -1), lambda: pad.tap(LEFT_SHOULDER))
        notes.wait("changed over, still held")
        pad.sticks()
        page.wait_for_timeout(150)
        push("left again", 0, 0, 0, -1)
        page.keyboard.press("Escape")
        ann.answer("drive", "no longer")
        shift.end()
        ann.close(shift)
    told = Told(tmp_path / "shift", notes)
    told.stood("stick held when taken over")
    assert told.only("up", 2) > FAR
    assert told.only("away", 0) > FAR
    assert told.only("to the left", 1) > FAR
    half = told.only("near, at half", 0)
    assert -0.7 * told.only("away", 0) < half < -FAR / 2
    assert told.only("to the right", 1) < -FAR
    assert told.only("down", 2) < -FAR / 2
    told.stood("at rest, almost")
    assert told.only("closed, at half", 3) < -FAR / 3
    assert told.only("opened again", 3) > FAR / 3
    told.stood("a trigger at rest, almost")
    assert told.only("right up", 2, "right") > FAR
    assert np.abs(told.moved("right up", "left")).max() < STILL
    assert told.only("changed over", 2, "right") > FAR
    assert np.abs(told.moved("changed over", "left")).max() < STILL
    assert told.stopped_after_ms("changed over", "right") < STOPS_MS
    told.stood("changed over, still held")
    assert told.only("left again", 2) > FAR
    assert np.abs(told.moved("left again", "right")).max() < STILL


def test_an_arm_stands_when_its_gamepad_is_gone_or_the_page_is_left(
    chromium: Browser, tmp_path: Path
) -> None:
    with working(tmp_path / "shift", "--clock", "wall") as shift:
        ann = Operator(chromium, shift)
        page, notes = ann.page, Notes(ann.page)
        pad = Gamepad(page)
        pad.plug()
        hold_and_take_over(ann)
        page.keyboard.press(".")
        page.wait_for_timeout(150)
        notes.hold("unplugged", lambda: pad.sticks(0, 0, 0, -1), pad.unplug)
        pad.plug(0, 0, 0, -1)
        notes.wait("plugged in with a stick held")
        pad.sticks()
        page.wait_for_timeout(150)
        notes.hold(
            "window left",
            lambda: pad.sticks(0, 0, 0, -1),
            lambda: page.evaluate("dispatchEvent(new FocusEvent('blur'))"),
        )
        notes.wait("window left, still held")
        page.evaluate("document.hasFocus = () => false")
        pad.sticks()
        page.wait_for_timeout(150)
        pad.sticks(0, 0, 0, -1)
        notes.wait("moved while another window is in use")
        page.evaluate("delete document.hasFocus")
        notes.wait("back at the window with a stick held")
        pad.sticks()
        page.wait_for_timeout(150)
        notes.hold("released", lambda: pad.sticks(0, 0, 0, -1), pad.sticks)
        page.keyboard.press("Escape")
        ann.answer("drive", "no longer")
        shift.end()
        ann.close(shift)
    told = Told(tmp_path / "shift", notes)
    for name in ("unplugged", "window left", "released"):
        assert told.only(name, 2) > FAR, name
        late_ms = told.stopped_after_ms(name)
        print(f"{name}: last told to move {late_ms:.0f} ms after")
        assert late_ms < STOPS_MS, name
    told.stood("plugged in with a stick held")
    told.stood("window left, still held")
    told.stood("moved while another window is in use")
    told.stood("back at the window with a stick held")


class Finger:
    """A touch, as a browser is told of one by its machine."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": x, "y": y} for x, y in points]
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    def down(self, x: float, y: float) -> None:
        self._send("touchStart", (x, y))

    def move(self, x: float, y: float) -> None:
        self._send("touchMove", (x, y))

    def up(self) -> None:
        self._send("touchEnd")

    def cancel(self) -> None:
        self._send("touchCancel")


def test_pads_move_while_they_are_held(chromium: Browser, tmp_path: Path) -> None:
    with working(tmp_path / "shift", "--clock", "wall") as shift:
        ann = Operator(chromium, shift)
        page, notes = ann.page, Notes(ann.page)
        hold_and_take_over(ann)
        page.check("[name=speed][value='60']")
        pads = page.locator("[data-move]").all()
        assert len(pads) == 12
        page.locator("[data-move=up]").scroll_into_view_if_needed()
        box = page.locator("[data-move=up]").bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        out = (x, box["y"] - 60.0)
        mouse, finger, keyboard = page.mouse, Finger(page), page.keyboard

        def press() -> None:
            mouse.move(x, y)
            mouse.down()

        notes.hold("mouse", press, mouse.up)
        notes.hold("mouse leaves", press, lambda: mouse.move(*out))
        mouse.move(x, y)
        notes.wait("mouse comes back, never released")
        mouse.up()
        notes.hold("finger", lambda: finger.down(x, y), finger.up)
        notes.hold("finger leaves", lambda: finger.down(x, y), lambda: finger.move(*out))
        finger.up()
        notes.hold("finger is cancelled", lambda: finger.down(x, y), finger.cancel)
        mouse.click(x, y, button="right")
        notes.wait("the other button")
        reached = set()
        page.focus("[data-let-go]")
        for _ in range(len(pads) + 4):
            keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.dataset.move"))
        assert len(reached - {None}) == len(pads)
        page.focus("[data-move=down]")
        for key in ("Space", "Enter"):
            notes.hold(key, partial(keyboard.down, key), partial(keyboard.up, key))
        notes.hold("Tab", lambda: keyboard.down("Space"), lambda: keyboard.press("Tab"))
        keyboard.up("Space")
        notes.hold("modifier", lambda: keyboard.down("s"), lambda: keyboard.down("Control"))
        keyboard.up("Control")
        notes.wait("a key whose release was not told")
        keyboard.up("s")
        notes.hold(
            "arm", lambda: keyboard.down("e"), lambda: page.check("[name=side][value=right]")
        )
        keyboard.up("e")
        page.keyboard.press("Escape")
        ann.answer("drive", "no longer")
        shift.end()
        ann.close(shift)
    told = Told(tmp_path / "shift", notes)
    for name, axis, sign in (
        ("mouse", 2, 1), ("mouse leaves", 2, 1), ("finger", 2, 1), ("finger leaves", 2, 1),
        ("finger is cancelled", 2, 1), ("Space", 2, -1), ("Enter", 2, -1), ("Tab", 2, -1),
        ("modifier", 0, -1), ("arm", 2, 1),
    ):  # fmt: skip
        assert sign * told.only(name, axis) > FAR, name
        late_ms = told.stopped_after_ms(name)
        print(f"{name}: last told to move {late_ms:.0f} ms after")
        assert late_ms < STOPS_MS, name
        assert np.abs(told.moved(name, "right")).max() < STILL, name
    told.stood("mouse comes back, never released")
    told.stood("the other button")
    told.stood("a key whose release was not told")
