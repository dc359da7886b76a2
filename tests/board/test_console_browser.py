"""The console in a real headless Chromium, on a shift that really jams: called, answered, driven by
keyboard, told why, resumed; and a page that freezes with a key held."""

import os
import signal
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser
from tests.board.at_console import Operator, hold_and_take_over, working

from ontakt.cli.exporting.recorded import RecordedShift
from ontakt.cli.main import run
from ontakt.contract import Array, Observation, frozen_array
from ontakt.contract.event import CallResolved, RequestAnswered, TakeoverEnded
from ontakt.evidence.fold import fold
from ontakt.evidence.store import open_store
from ontakt.policy.dataset import read_dataset
from ontakt.runtime.guard import Guard
from ontakt.runtime.tape import Moment, read_tape
from ontakt.runtime.wanted import Wanted
from ontakt.station.registry import find_station
from ontakt.station.toy import ToyStation
from ontakt.station.variation import parse_variation

pytestmark = pytest.mark.slow

SCRIPT = "<img src=x onerror=alert(1)>"
JAMS = "misalignment=5mm"
"""The toy's expert cannot seat a nut then: it tries, stands still, and calls."""


def test_a_jammed_cycle_is_answered_driven_and_resumed(chromium: Browser, tmp_path: Path) -> None:
    _works_a_call(chromium, tmp_path / "shift", "toy", "--speed", "2", "--variation", JAMS)
    _replays(tmp_path / "shift", tmp_path / "data")


def test_the_same_where_physics_jams_it(chromium: Browser, tmp_path: Path) -> None:
    """At nut-loading, from the pin's real resistance to what the robot sees while he drives."""
    station, variation = "nut-loading", "misalignment=9mm"
    _works_a_call(
        chromium, tmp_path / "shift", station, "--speed", "1", "--variation", variation, cameras=3
    )
    _is_taught(tmp_path / "shift", tmp_path / "data")


def _works_a_call(
    chromium: Browser, folder: Path, station: str, *more: str, cameras: int = 1
) -> None:
    """Somebody answers the first call of a shift, drives, says why, finishes by hand, and resumes;
    the record says all of it."""
    with working(folder, *more, station=station) as shift:
        ann = Operator(chromium, shift)
        page = ann.page
        page.wait_for_selector(".call:visible", timeout=240_000)
        ann.shot("called")
        ann.press("acknowledge", "call")
        page.wait_for_selector("[data-take-over]:enabled")
        page.click("[data-take-over]")
        ann.answer("drive", "nobody is in the cell")  # not ticked
        ann.take_over()
        assert not page.is_checked("[data-hands] [data-out]")
        page.keyboard.down("e")
        page.wait_for_timeout(2500)
        rate = page.get_attribute("[data-cameras]", "data-rate")
        assert rate is not None
        assert float(rate) >= 4.0  # of five in a second and more, on a machine that is busy
        ann.shot("driving")
        page.keyboard.up("e")
        page.wait_for_timeout(600)
        page.keyboard.press("Escape")
        ann.answer("drive", "no longer")
        page.fill("#reason", SCRIPT)
        ann.press("reason", "why")
        assert page.locator("[data-clip]").is_visible()
        assert len(page.locator("[data-clip-cameras] img").all()) == cameras
        ann.press("arrive", "call")
        ann.press("finish", "hands")
        page.click("[data-press=resume]:enabled")
        ann.answer("robot", "nobody is in the cell")
        page.check("[data-asks=robot] [data-out]")
        ann.press("resume", "robot")
        page.goto(page.url.replace("/console/", "/shift/"))
        page.wait_for_selector(f"text={SCRIPT}")  # a reason is text
        shift.end()
        ann.close(shift)
    with open_store(folder / "events.db") as store:
        records = list(store.records(store.find().shift))
    events = [record.event for record in records]
    answered = [(e.wish, e.detail) for e in events if isinstance(e, RequestAnswered) and e.obeyed]
    assert answered == [
        ("acknowledge", ""), ("take_over", ""), ("let_go", ""), ("reason", SCRIPT), ("arrive", ""),
        ("help", "finish"), ("resume", ""),
    ]  # fmt: skip
    assert {e.who for e in events if isinstance(e, RequestAnswered)} == {"operator"}
    folded = fold(records)
    assert (folded.cycles[0].outcome, folded.step_ins) == ("assisted", 1)
    assert [e.action for e in events if isinstance(e, CallResolved)] == ["finish"]


def _is_taught(shift: Path, data: Path) -> tuple[int, int]:
    """What he did is an episode: he led the left arm up. The first tick of its first lesson and
    the last that any of them tells of."""
    assert run(["export", str(shift), "--corrections", "--out", str(data)]) == 0
    dataset = read_dataset(data)
    (episode,) = dataset.episodes
    facts = episode.facts
    assert (facts["driver"], facts["cycle"], facts["call"], facts["job"]) == (
        "operator", "0", "0", "left",
    )  # fmt: skip
    assert episode.length >= 15
    tape = _tape(shift)
    first = int(facts["first_tick"])
    last = first + 3 * (episode.length - 1) + 15
    climbed = (
        tape[last + 1].observation.arms["left"].position
        - tape[first].observation.arms["left"].position
    )
    assert climbed[2] > 0.03
    return first, last


def _tape(shift: Path) -> dict[int, Moment]:
    recorded = RecordedShift.open(shift)
    return {one.observation.tick: one for one in read_tape(recorded.cycles[0].tape, recorded.space)}


def _replays(shift: Path, data: Path) -> None:
    """And what the robot was told in it takes the toy to the place where it took the robot."""
    first, last = _is_taught(shift, data)
    tape = _tape(shift)
    told = [tape[tick].command for tick in range(first, last + 1)]
    ended = tape[last + 1].observation
    seen = _played(told)
    for side, arm in ended.arms.items():
        assert np.abs(seen.arms[side].position - arm.position).max() < 5e-4, side


def _played(told: list[Array]) -> Observation:
    """The toy after it was told that, through the guard, from a standstill at the first target."""
    file = find_station("toy")
    station = ToyStation(file.path, parse_variation((JAMS,), file.levels), 0)
    space, tick = station.spec.action_space, 0
    guard = Guard(space, station.limits)
    guard.start(station.observe(0, 0).arms)
    for row in [told[0]] * 300 + told:
        seen = station.observe(tick, 0)
        wanted = {s: Wanted(frozen_array(row[space.start(s) :][:8]), tick) for s in space.sides}
        command, _ = guard.check(tick, wanted, seen.arms, 0.0)
        station.apply(command)
        tick += 1
    return station.observe(tick, 0)


def _chromiums() -> list[int]:
    """The processes of our own browser."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(after[1])
    found = []
    for pid in parents:
        above = pid
        while above not in (0, os.getpid()):
            above = parents.get(above, 0)
        try:
            name = Path(f"/proc/{pid}/comm").read_text()
        except OSError:
            continue
        if above == os.getpid() and "chrom" in name:
            found.append(pid)
    return found


def test_an_arm_stands_when_its_page_freezes(chromium: Browser, tmp_path: Path) -> None:
    with working(tmp_path / "shift", "--clock", "wall", "--variation", JAMS) as shift:
        ann = Operator(chromium, shift)
        page = ann.page
        hold_and_take_over(ann)
        page.keyboard.down("e")
        page.wait_for_timeout(1500)
        frozen = _chromiums()
        assert frozen
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        stopped_ns = time.time_ns()
        time.sleep(3.0)  # the lease runs out too
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
        page.keyboard.up("e")
        ann.answer("drive", "stands")
        shift.end()
        ann.close(shift)
    recorded = RecordedShift.open(tmp_path / "shift")
    tape = read_tape(recorded.cycles[0].tape, recorded.space)
    heights = [(one.observation.utc_ns, one.command[2]) for one in tape]
    driven = [
        (utc, after)
        for (_, before), (utc, after) in pairwise(heights)
        if after != before and utc > stopped_ns - 1_000_000_000
    ]
    moved = [utc for utc, _ in driven if utc < stopped_ns + 2_000_000_000]
    late_ms = (moved[-1] - stopped_ns) / 1e6
    print(f"the arm was last told to move {late_ms:.0f} ms after its page froze")
    assert len(moved) > 15
    assert late_ms < 200.0
    with open_store(tmp_path / "shift" / "events.db") as store:
        events = [record.event for record in store.records(store.find().shift)]
    (drive,) = (event for event in events if isinstance(event, TakeoverEnded))
    assert drive.let_go


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1920, 1080), (390, 844)], ids=["desk", "phone"])
def test_nothing_is_cut_off_and_the_two_buttons_are_always_there(
    chromium: Browser, tmp_path: Path, size: tuple[int, int], theme: str
) -> None:
    with working(tmp_path / "shift", "--speed", "1") as shift:
        ann = Operator(chromium, shift, size)
        page = ann.page
        page.goto(f"{page.url}?theme={theme}")
        ann.press("hold", "always")
        page.wait_for_selector("[data-take-over]:enabled", timeout=60_000)
        ann.take_over()
        page.wait_for_timeout(1000)
        ann.shot(f"{'x'.join(map(str, size))}-{theme}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size[0]
        for name in ("hold", "stop"):
            box = page.locator(f"[data-press={name}]").bounding_box()
            assert box is not None
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= size[1]
            assert box["height"] >= 60
        ann.close(shift)
