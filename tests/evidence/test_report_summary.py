"""The first page: verdict, seven figures, what to do next."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.evidence.qualifications import PLAN, folded, read, registration, worked
from tests.evidence.script import morning
from tests.evidence.shifts import Plan, shift

from ontakt.evidence.fold import fold
from ontakt.evidence.gate.ladder import find_gate
from ontakt.evidence.gate.qualification import Qualified, qualified
from ontakt.evidence.gate.registration import Registration
from ontakt.evidence.report import write_report
from ontakt.evidence.report.chapter import Chapter, chapter
from ontakt.evidence.report.headline import FIRST, headline
from ontakt.evidence.report.next_steps import next_steps
from ontakt.evidence.report.pool import Pool
from ontakt.evidence.report.tiles import Tile, tiles

SEALED = registration(PLAN)


def told(**plan: object) -> Chapter:
    return chapter(fold(shift(Plan(**plan))))  # type: ignore[arg-type]


def trial(
    sealed: Registration = SEALED, n: int | None = None, stopped: bool = False, **changes: Any
) -> tuple[Pool, Qualified]:
    """The first `n` shifts of a plan, seen together, and what they come to."""
    shifts = folded(worked(sealed, n, **changes))
    judged = qualified(replace(read(sealed, shifts), stopped=stopped), shifts)
    return Pool(chapters=tuple(map(chapter, shifts)), planned=not judged.problems), judged


def plain(text: str) -> str:
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")


def shown(pool: Pool, judged: Qualified | None = None) -> dict[str, Tile]:
    return {tile.label: tile for tile in tiles(pool, judged)}


def lines(tile: Tile) -> list[str]:
    return [plain(text) for text in (tile.value, *tile.details)]


def test_the_morning_by_hand() -> None:
    """Of five cycles that were the robot's two are good; 57.5 s, one step-in, one escape of 8."""
    found = shown(Pool(chapters=(chapter(fold(morning())),)))
    assert list(found) == [
        "Both sides good", "Takt kept by itself", "Hours between assists", "Escapes", "Uptime",
        "OEE", "Worked",
    ]  # fmt: skip
    # one-sided Clopper and Pearson of 2 of 5: 0.0764
    assert lines(found["Both sides good"]) == ["40.0 %", "2 of 5 cycles", "95 %: at least 7.6 %"]
    assert lines(found["Takt kept by itself"])[:2] == ["60.0 %", "3 of 5 cycles"]
    # 57.5 s between 0.0253 and 5.5716 events, Garwood of 1
    assert lines(found["Hours between assists"]) == [
        "0.0160 h", "1 step-in, 62.6 an hour", "95 %: 0.00287–0.631 h",
    ]  # fmt: skip
    assert lines(found["Escapes"])[:2] == ["1", "of 8 sides passed as good"]
    assert lines(found["Worked"]) == [
        "57.5 s", "6 cycles finished of 6 planned", "2 good of 6 that takt planned"
    ]  # fmt: skip


def test_without_an_assist_only_a_bound_is_told() -> None:
    found = shown(Pool(chapters=(told(cycles=20, failure=0.0, starved=0.0, vary=False),)))
    value, exposure, bound = lines(found["Hours between assists"])
    assert value == "no assist"
    assert exposure == "in 0.422 h"
    assert bound == "95 %: at least 0.141 h"  # 0.422 / -ln 0.05


def test_nothing_is_unknown_and_never_zero() -> None:
    found = shown(Pool(chapters=(told(cycles=0),)))
    for label in ("Both sides good", "Takt kept by itself", "Hours between assists", "Escapes",
                  "Uptime", "OEE"):  # fmt: skip
        assert found[label].value == "unknown", label


def test_a_gate_marks_the_figures_that_it_asked_for() -> None:
    pool, judged = trial()
    asked = {label: tile.finding for label, tile in shown(pool, judged).items() if tile.finding}
    assert {label: one.requirement for label, one in asked.items()} == {
        "Both sides good": "both sides good",
        "Takt kept by itself": "within takt",
        "Hours between assists": "time between assists",
        "Escapes": "passed sides are good",
    }
    assert plain(shown(pool, judged)["Worked"].details[-1]) == "4 of 4 shifts of the plan read"


def test_shifts_of_one_plan_are_pooled_and_others_are_not() -> None:
    pool, judged = trial()
    assert "24 of 24 cycles" in lines(shown(pool, judged)["Both sides good"])
    apart = shown(Pool(chapters=pool.chapters))
    assert lines(apart["Both sides good"]) == ["100 %", "24 of 24 cycles", "by shift; not pooled"]
    assert apart["Hours between assists"].details == ("by shift; not pooled",)


def test_what_to_do_without_a_gate() -> None:
    first, *rest = next_steps(Pool(chapters=(chapter(fold(morning())),)), None)
    assert first.command == "ontakt qualify bench --policy 'by hand' --gate demo"
    words = [plain(step.text) for step in rest]
    assert words[0].startswith("Look first at ")
    assert "Keep checking every part behind it: it passed 1 bad side as good." in words
    assert words[-1] == "Most delay comes from the robot itself: 5 s."


def test_what_to_do_with_one() -> None:
    ready = next_steps(*trial())
    assert "whatever is changed is qualified anew" in ready[0].text
    assert ready[-1].command == "", "a plan of one's own has no next rung"
    failed = next_steps(*trial(n=1, failure=1.0, hopeless=1.0))
    assert failed[0].text.startswith("Do not plan with it yet.")
    cut = next_steps(*trial(n=2, stopped=True))
    assert "12 further cycles, 0.253 h at takt, could decide it" in plain(cut[0].text)
    assert cut[0].command == "ontakt qualify nut-loading"
    forged = next_steps(*trial(takt_s=90.0))
    assert forged[0].text.startswith("Do not rely on this page")


def test_the_next_rung_is_named() -> None:
    sealed = registration(replace(find_gate("demo"), cycles=24))
    steps = next_steps(*trial(sealed))
    assert steps[1].command.endswith("--gate supervised")


@pytest.mark.parametrize(
    ("n", "changes", "word", "sentence"),
    [
        (None, {}, "READY", "Gate 'spring': 6 of 6 requirements are met."),
        (2, {}, "NOT ENOUGH DATA", "Gate 'spring': 0 of 6 requirements are met, 6 open."),
        (1, {"failure": 1.0, "hopeless": 1.0}, "NOT READY", "failed."),
        (None, {"policy_hash": "x"}, "NOT ENOUGH DATA", "another policy than its place."),
    ],
)
def test_a_verdict_has_its_reason_beside_it(
    n: int | None, changes: dict[str, Any], word: str, sentence: str
) -> None:
    pool, judged = trial(n=n, **changes)
    found = headline(pool, None, judged)
    assert found.word == word
    assert sentence in plain(found.sentences[0])
    assert found.meaning == PLAN.why


def test_the_first_page_has_room_for_a_few_warnings_only() -> None:
    parts = tuple(told(cycles=2, cut=True, name=f"s{k}") for k in range(7))
    found = headline(Pool(chapters=parts), None)
    assert len(found.warnings) == FIRST
    assert len(found.warnings) - 1 + len(found.more) == 7
    few = headline(Pool(chapters=parts[:FIRST]), None)
    assert (len(few.warnings), few.more) == (FIRST, ())


def test_warnings_that_found_no_room_stand_overleaf(tmp_path: Path) -> None:
    records = [r for k in range(6) for r in shift(Plan(cycles=1, cut=True, name=f"s{k}"))]
    text = write_report(records, tmp_path / "r.html").read_text(encoding="utf-8")
    assert text.count("was cut: it has no end") == 6
    assert text.index("And 3 more, overleaf.") < text.index("<h2>Shift by shift</h2>")
