"""A latency study: figures as counted, the rule, the words, and the page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.shifts import Plan, shift
from tests.evidence.test_report import Page

from ontakt.contract import CellStats, RecordError
from ontakt.contract.event import (
    CycleEnded,
    CycleStarted,
    Event,
    PartInspected,
    Record,
    ShiftEnded,
    ShiftStarted,
)
from ontakt.evidence.latency_study import (
    CellRun,
    Refused,
    Study,
    conclude,
    finding,
    write_study,
)
from ontakt.evidence.latency_study.cell import measure
from ontakt.evidence.latency_study.comparison import compare
from ontakt.evidence.latency_study.page import render
from ontakt.evidence.latency_study.plot import spread

STATS = CellStats(
    inferences=40,
    latency_ms=(80.0, 82.0, 90.0),
    starved_ticks=30,
    discarded_chunks=1,
    trips={},
    limiter_active=12,
    driven_ticks=300,
    seams=10,
    seam_jump_mm=(1.0, 2.0, 3.0),
    seam_step_mm=(2.0, 4.0, 6.0),
    jerk=(4.0, 9.0),
)
COMMAND = ("ontakt", "latency-study", "nut-loading", "--cycles", "20")


@dataclass(frozen=True)
class Made:
    """A cell to make up."""

    strategy: str = "sync"
    ms: int = 0
    cycles: int = 20
    bad: Sequence[int] = ()
    stats: CellStats | None = STATS
    seed: int = 7
    pace_s: float = 61.0
    ending: str = "planned"
    moved: Sequence[int] = ()
    """Cycles whose part had another variation than in the other cells."""

    def records(self) -> list[Record]:
        """Events of a sound shift, with what this cell says differently."""
        plan = Plan(
            seed=self.seed, cycles=self.cycles, failure=-9.0, starved=0.0, pace_s=self.pace_s,
            name=f"{self.strategy}-{self.ms}",
        )  # fmt: skip
        return [msgspec.structs.replace(r, event=self._said(r.event)) for r in shift(plan)]

    def _said(self, event: Event) -> Event:
        match event:
            case ShiftStarted():
                told = {"strategy": self.strategy, "latency": f"fixed:{self.ms}"}
                return msgspec.structs.replace(event, **told)
            case CycleStarted(cycle=cycle) if cycle in self.moved:
                return msgspec.structs.replace(event, variation={"misalignment": 1.0})
            case PartInspected(cycle=cycle, side="left") if cycle in self.bad:
                return msgspec.structs.replace(event, ok=False)
            case CycleEnded():
                return msgspec.structs.replace(event, stats=self.stats)
            case ShiftEnded():
                return msgspec.structs.replace(event, reason=self.ending)
        return event

    def run(self) -> CellRun:
        folder = f"cells/{self.strategy}-{self.ms}ms"
        return CellRun.from_records(folder, self.records(), float(self.ms))


def study(*cells: Made, margin: float = 0.15, refused: Sequence[Refused] = ()) -> Study:
    return conclude([cell.run() for cell in cells], refused, COMMAND, margin)


def words(made: Study) -> dict[str, str]:
    """Folder to verdict."""
    return {r.cell.folder.removeprefix("cells/"): r.verdict.word for r in made.cells}


def test_figures_are_what_the_cycles_add_up_to() -> None:
    """Two kinds of cycles, pooled by hand: by seams, by driven ticks, by robot time."""
    other = msgspec.structs.replace(
        STATS, seams=30, seam_jump_mm=(3.0, 4.0, 9.0), seam_step_mm=(3.0, 4.0, 9.0),
        driven_ticks=900, starved_ticks=0,
        jerk=(2.0, 5.0), discarded_chunks=0,
    )  # fmt: skip
    records = [
        msgspec.structs.replace(r, event=msgspec.structs.replace(r.event, stats=other))
        if isinstance(r.event, CycleEnded) and r.event.cycle % 2
        else r
        for r in Made(bad=(3, 4)).records()
    ]
    run = CellRun.from_records("cells/a", records, 80.0)
    cell = measure(run, 7)
    assert (cell.good, cell.cycles, cell.success.n, cell.success.value) == (18, 20, 20, 0.9)
    assert cell.success.low == pytest.approx(0.6830, abs=1e-4)  # Clopper-Pearson tables, 18 of 20
    assert cell.success.high == pytest.approx(0.9877, abs=1e-4)
    times = [cycle.cycle_s for cycle in run.shift.cycles]
    assert cell.cycle_mean_s.value == pytest.approx(sum(times) / 20)
    assert cell.cycle_p50_s.value == pytest.approx(sum(sorted(times)[9:11]) / 2)
    assert cell.cycle_p50_s.low == sorted(times)[5]
    assert cell.cycle_p95_s.high is None, "20 cycles hold no upper end"
    assert cell.throughput_per_h.value == pytest.approx(3600 * 18 / sum(times))
    assert cell.starvation.value == pytest.approx(10 * 30 / (10 * 300 + 10 * 900))
    assert cell.limited.value == pytest.approx(20 * 12 / (30 * sum(times)), rel=1e-3)
    assert cell.seams == 10 * 10 + 10 * 30
    assert cell.seam_jump_mean_mm.value == pytest.approx((10 * 1 + 30 * 3) / 40)
    assert cell.seam_jump_p95_mm.value == pytest.approx((10 * 2 + 30 * 4) / 40)
    assert cell.seam_jump_max_mm == 9.0
    assert cell.seam_step_mean_mm.value == pytest.approx((10 * 2 + 30 * 3) / 40)
    assert cell.seam_step_p95_mm.value == pytest.approx(4.0)
    assert cell.jerk_rms.value == pytest.approx(math.sqrt((300 * 16 + 900 * 4) / 1200))
    assert cell.jerk_p99.value == pytest.approx((300 * 9 + 900 * 5) / 1200)
    assert (cell.inferences, cell.discarded_chunks) == (20 * 40, 10)
    assert cell.failures == {"not_seated": 2}
    for one in (cell.cycle_mean_s, cell.throughput_per_h, cell.starvation, cell.jerk_rms):
        assert one.low is not None
        assert one.high is not None
        assert one.value is not None
        assert one.low <= one.value <= one.high


def test_what_nobody_counted_is_unknown_and_never_0() -> None:
    cell = measure(Made(stats=None).run(), 7)
    unknown = (
        cell.starvation, cell.limited, cell.seam_jump_mean_mm, cell.seam_jump_p95_mm,
        cell.jerk_rms, cell.jerk_p99,
    )  # fmt: skip
    assert {one.value for one in unknown} == {None}
    assert [cell.seams, cell.inferences, cell.discarded_chunks, cell.seam_jump_max_mm] == [None] * 4
    never = measure(Made(cycles=0).run(), 7)
    assert never.success.value is never.cycle_p95_s.value is never.throughput_per_h.value is None


def test_a_measured_latency_is_what_the_inferences_took() -> None:
    assert CellRun.from_records("a", Made().records()).latency_ms == pytest.approx(80.0)
    assert CellRun.from_records("a", Made(stats=None).records()).latency_ms is None


def test_parts_are_compared_one_by_one_and_only_with_themselves() -> None:
    here, there = Made(ms=80, bad=(1, 2, 3), moved=(9, 10)), Made(bad=(3, 4))
    found = compare(here.run(), there.run(), 7)
    assert (found.pairs, found.losses, found.gains) == (18, 2, 1)
    assert found.success.value == pytest.approx(-1 / 18)
    assert found.cycle_s.value == pytest.approx(0.0)
    slower = compare(Made(pace_s=64.0).run(), Made().run(), 7)
    assert slower.cycle_s.value == pytest.approx(61 * 3 / 61, rel=0.03)


@pytest.mark.parametrize(
    ("cell", "word", "why"),
    [
        (Made(ms=80), "borne", "within takt"),
        (Made(ms=80, bad=(1,)), "too few cycles", "a drop of 21.6 points cannot be ruled out"),
        (Made(ms=80, bad=range(8)), "not borne", "8 of 20 parts were lost"),
        (Made(ms=80, pace_s=80.0), "not borne", "takt is 76 s"),
        (Made(ms=80, ending="halted"), "not borne", "the shift halted"),
        (Made(ms=80, moved=range(20)), "too few cycles", "any drop cannot be ruled out"),
    ],
)
def test_the_rule_on_one_cell(cell: Made, word: str, why: str) -> None:
    verdict = study(Made(), cell).cells[1].verdict
    assert (verdict.word, why in verdict.why) == (word, True), verdict


def test_a_wider_margin_bears_more_and_a_narrow_one_takes_more_cycles() -> None:
    one_lost = Made(ms=80, bad=(1,))
    assert study(Made(), one_lost, margin=0.25).cells[1].verdict.word == "borne"
    tight = study(Made(), Made(ms=80), margin=0.10)
    assert tight.cells[1].verdict.word == "too few cycles"
    assert "the margin of 10 points takes at least 29 cycles" in plain(finding(tight)[-1])
    enough = study(Made(cycles=29), Made(ms=80, cycles=29), margin=0.10)
    assert enough.cells[1].verdict.word == "borne"


def test_where_nothing_was_good_nothing_is_borne() -> None:
    """No part good at 0 ms and none at 80 ms is no latency that is borne."""
    made = study(Made(bad=range(20)), Made(ms=80, bad=range(20)))
    assert made.cells[0].verdict.word == "not borne"
    assert made.bearings[0].borne is None
    said = plain(finding(made)[0])
    assert said == "nut-loading bears none of the latencies that were tried, with any strategy."
    assert "At 0 ms with sync it does not: 0 of 20 parts good" in plain(finding(made)[1])


def test_a_strategy_that_fails_without_latency_bears_none() -> None:
    worse = [Made("ensemble", ms, bad=range(9)) for ms in (0, 80)]
    made = study(Made(), Made(ms=80, bad=range(10)), *worse)
    assert words(made)["ensemble-0ms"] == words(made)["ensemble-80ms"] == "not borne"
    assert "the strategy alone costs success" in made.cells[2].verdict.why
    assert [one.strategy for one in made.bearings] == ["sync", "ensemble"]


def test_a_strategy_bears_up_to_its_first_failure_only() -> None:
    made = study(
        Made("async"), Made("async", 80), Made("async", 160, bad=range(9)), Made("async", 240)
    )
    assert list(words(made).values()) == ["borne", "borne", "not borne", "borne"]
    (one,) = made.bearings
    assert (one.borne, one.beyond) == ("cells/async-80ms", "cells/async-160ms")


def test_the_finding_names_the_strategy_that_bears_most_and_where_it_ends() -> None:
    made = study(
        Made("sync"), Made("sync", 80, pace_s=66.0), Made("sync", 160, pace_s=78.0),
        Made("lerp"), Made("lerp", 80), Made("lerp", 160), Made("lerp", 240, bad=range(12)),
    )  # fmt: skip
    first, beyond, fastest, small = map(plain, finding(made))
    assert first.startswith(
        "nut-loading bears up to 160 ms with lerp: 20 of 20 parts good (95 % interval 83 to 100 %)"
        ", as many as at 0 ms; a cycle takes "
    )
    assert beyond.startswith("At 240 ms it does not: 8 of 20 parts good")
    assert "12 of 20 parts were lost" in beyond
    assert "lerp at 160 ms" in fastest
    assert "240" not in fastest
    assert small == "With 20 cycles a cell, a drop of less than 13.9 points cannot be seen."


def test_among_equals_the_smoother_strategy_stands_first() -> None:
    rough = msgspec.structs.replace(STATS, jerk=(9.0, 20.0))
    same = [Made("async", ms, stats=rough) for ms in (0, 80)] + [Made("lerp", ms) for ms in (0, 80)]
    assert [one.strategy for one in study(*same).bearings] == ["lerp", "async"]
    slower = [Made("sync", ms, pace_s=70.0) for ms in (0, 80)] + same[:2]
    assert [one.strategy for one in study(*slower).bearings] == ["async", "sync"]


def test_too_few_cycles_are_said_and_how_many_it_takes() -> None:
    made = study(Made(cycles=3), Made(ms=80, cycles=3))
    first, beyond, small = map(plain, finding(made))
    assert first.startswith("nut-loading bears 0 ms with sync and no more is shown: 3 of 3 parts")
    assert "At 80 ms the cycles are too few to say" in beyond
    assert "a drop of less than 63.2 points cannot be seen" in small
    assert "takes at least 19 cycles" in small


def test_a_study_is_the_same_whatever_order_its_latencies_were_worked_in() -> None:
    cells = [Made("sync", 80), Made("sync"), Made("lerp"), Made("lerp", 80, bad=(1, 2))]
    shuffled = [cells[1], cells[3], cells[0], cells[2]]
    assert study(*cells) == study(*shuffled)
    assert [r.cell.latency_ms for r in study(*cells).cells] == [0.0, 80.0, 0.0, 80.0]


def test_cells_of_different_studies_are_not_compared() -> None:
    with pytest.raises(RecordError, match="different studies"):
        study(Made(), Made(ms=80, seed=8))
    with pytest.raises(RecordError, match="at least one cell"):
        conclude([], (), COMMAND, 0.15)


def test_a_cell_that_ended_early_and_other_software_are_said() -> None:
    records = Made(ms=80).records()
    first = records[0].event
    assert isinstance(first, ShiftStarted)
    changed = msgspec.structs.replace(first, software={"ontakt": "9"})
    records[0] = msgspec.structs.replace(records[0], event=changed)
    odd = CellRun.from_records("cells/odd", records, 80.0)
    early = replace(Made(ms=160), ending="stopped", cycles=20).run()
    made = conclude([Made().run(), odd, early], (), COMMAND, 0.15)
    assert made.warnings == (
        "The cells were worked with different versions of the software.",
        "Cell cells/sync-160ms ended early (stopped) after 20 cycles.",
    )


def plain(text: str) -> str:
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")


PAGES = {
    "whole": [Made(), Made(ms=80), Made("lerp"), Made("lerp", 80, bad=range(9))],
    "unknown": [Made(stats=None), Made(ms=80, stats=None)],
    "one": [Made(cycles=1)],
    "nothing": [Made(cycles=0), Made(ms=80, cycles=0)],
    "seven": [Made(f"s{k}", ms) for k in range(8) for ms in (0, 80)],
}


@pytest.mark.parametrize("kind", PAGES)
def test_the_page_is_whole_and_needs_nothing_but_itself(kind: str) -> None:
    refused = (Refused("prefix", "the policy <cannot> go on from a prefix"),)
    made = study(*PAGES[kind], refused=refused)
    text = render(made)
    page = Page(text)
    assert text.startswith("<!doctype html>")
    assert not page.tags.keys() & {"script", "link", "iframe", "object", "base", "img"}
    assert "http" not in text
    assert "None" not in page.text
    assert " nan" not in page.text
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(set(ids)) == len(ids)
    assert plain(finding(made)[0]) in page.text
    assert "the policy <cannot> go on" in page.text
    assert page.text.count("0 ms") >= len(made.strategies)
    for row in made.cells:
        assert f"{row.cell.good} of {row.cell.success.n}" in page.text
    assert render(made) == text


def test_the_files_are_the_same_twice_and_hold_every_number(tmp_path: Path) -> None:
    made = study(*PAGES["whole"], refused=(Refused("prefix", "why"),))
    contents = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        assert write_study(made, tmp_path / name) == tmp_path / name / "study.html"
        contents.append({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()})
    assert contents[0] == contents[1]
    assert contents[0].keys() == {"study.json", "study.html", "study.png"}
    assert contents[0]["study.png"].startswith(b"\x89PNG")
    told = msgspec.json.decode(contents[0]["study.json"])
    assert told["finding"] == " ".join(finding(made))
    assert len(told["cells"]) == 4
    assert msgspec.convert(told, Study, strict=False) == made


def test_a_folder_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be written"):
        write_study(study(Made()), tmp_path / "none")


def test_every_key_of_the_numbers_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "latency.md").read_text()
    made = msgspec.to_builtins(study(Made(), Made(ms=80)))
    row = made["cells"][1]
    parts = (made, row, row["cell"], row["own"], row["verdict"], made["bearings"][0])
    keys = {key for part in parts for key in part} | set(row["cell"]["success"])
    assert {key for key in keys if f"`{key}`" not in text} == set()


@given(st.lists(st.floats(0, 1), max_size=8), st.floats(0.02, 0.12))
def test_names_at_the_ends_of_lines_do_not_overlap(heights: list[float], gap: float) -> None:
    placed = spread(heights, gap)
    order = sorted(range(len(heights)), key=lambda k: heights[k])
    for a, b in pairwise(order):
        assert placed[b] - placed[a] >= gap - 1e-9
    assert all(height <= 1.0 for height in placed)
    far = all(b - a >= gap for a, b in pairwise(sorted(heights)))
    if far and max(heights, default=0.0) <= 1 - gap / 3:
        assert placed == pytest.approx(heights)
