"""Published summaries: what they tell counts, what they assume is said, the rest is unknown."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.evidence.imported.logs import refused, shift_of, shifts_of

from ontakt.contract import SetupError
from ontakt.evidence.imported import read_manifest
from ontakt.evidence.kpi import kpis
from ontakt.evidence.summary import summary

PUBLISHED = sorted((Path(__file__).parents[3] / "examples" / "published").glob("*.json"))
LEAST: dict[str, Any] = {
    "summary": "Somebody: parts put somewhere",
    "published": "2026-03-02",
    "sources": ["https://example.org/parts"],
    "shifts": [{"counts": [{"count": 9, "ok": True}, {"count": 1, "ok": False}]}],
}


def text(**more: Any) -> str:
    """A summary with `more` than the least of them says."""
    return json.dumps({**LEAST, **more})


def test_counts_are_cycles_and_sources_are_named(tmp_path: Path) -> None:
    shift = shift_of(tmp_path, text(takt_s=76, robot="R", assumptions=["Ten is a guess."]))
    assert kpis(shift)["both_sides_ok"].value == 0.9
    assert (shift.started.takt_s, shift.origin.robot) == (76.0, "R")
    assert shift.started.notes == (
        "Imported from log.csv, a log that Ontakt did not record",
        "Somebody: parts put somewhere, published 2026-03-02",
        "Published at example.org; the log has the addresses",
    )
    assert shift.problems == ("Assumed, not published: Ten is a guess.",)
    assert read_manifest(tmp_path / "cell").kind == "summary"


def test_the_hours_of_a_shift_are_its_exposure_and_no_cycle_s_time(tmp_path: Path) -> None:
    rows = [{"count": 9, "ok": True, "outcome": "on_takt"}, {"count": 1, "outcome": "assisted"}]
    shift = shift_of(tmp_path, text(shifts=[{"hours": 2.5, "counts": rows}]))
    found = kpis(shift)
    assert (shift.hours, found["cycles"].exposure) == (2.5, 2.5)
    assert {"times", "step_ins"} <= shift.untold
    assert "hours" not in shift.untold
    assert found["outcomes.assisted"].value == 1.0
    assert found["step_ins"].value is None  # one cycle was assisted; how many times is not told
    assert summary(shift)["hours"] == 2.5


def test_a_csv_says_the_same(tmp_path: Path) -> None:
    shift = shift_of(tmp_path, "count,ok,shift_h\n9,true,2.5\n1,false,\n")
    assert (shift.hours, len(shift.cycles)) == (2.5, 10)


def test_several_shifts_are_several(tmp_path: Path) -> None:
    spans = [{"shift": n, "hours": h, "counts": [{"count": 5, "ok": True}]} for n, h in
             (("early", 8), ("late", 4))]  # fmt: skip
    shifts = shifts_of(tmp_path, text(shifts=spans))
    assert [(one.origin.shift, one.hours) for one in shifts] == [("early", 8.0), ("late", 4.0)]


def test_a_number_that_is_unknown_is_not_0(tmp_path: Path) -> None:
    shift = shift_of(tmp_path, text(shares={"ok": "> 98.5 %"}, shifts=[{"counts": [{}]}]))
    assert {"cycles", "hours", "verdicts"} <= shift.untold
    assert all(kpi.value is None and kpi.n is None for kpi in kpis(shift).values())
    told = summary(shift)
    assert (told["cycles"], told["both_sides_ok"], told["hours"]) == (None, None, None)
    assert shift.problems == ("Published: > 98.5 % good, of how many is not told.",)


def test_shares_are_held_against_the_counts(tmp_path: Path) -> None:
    shift = shift_of(tmp_path, text(shares={"ok": "90 %"}))
    assert shift.problems == ()
    (tmp_path / "other").mkdir()
    shift = shift_of(tmp_path / "other", text(shares={"ok": "90.2 %", "left_ok": "91.7 %"}))
    assert shift.problems == (
        "Published: 90.2 % good, where the counts here give 90.00\N{NARROW NO-BREAK SPACE}% (9 of "
        "10); 91.7 % good on the left, which no count here tells. Together 90.2 % and 91.7 % take "
        "at least 132 cycles.",
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"hour": 3}, "Object contains unknown field `hour`"),
        ({"sources": []}, "Expected `array` of length >= 1 - at `$.sources`"),
        ({"takt_s": 0}, "Expected `float` > 0.0 - at `$.takt_s`"),
        ({"shifts": [{"counts": [{"count": 0}]}]}, "Expected `int` >= 1"),
        ({"shares": {"ok": "9 of 10"}}, "share is '9 of 10'; a share is as 90.2 %"),
    ],
)
def test_what_is_no_summary_is_refused(more: dict[str, Any], said: str, tmp_path: Path) -> None:
    (line,) = refused(tmp_path, text(**more))
    assert line.startswith("log.csv is not a published summary as it has to be (")
    assert said in line


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("5,true,3\n,false,3\n", "row 3: count is empty; of a shift that is counted in part "
         "nothing is known as a whole"),
        ("5,true,3\n5,false,4\n", "row 3: shift_s is 14400, and 10800 above"),
        ("5,true,0\n", "row 2: shift_h is '0'; it is over 0"),
    ],
)  # fmt: skip
def test_a_shift_that_contradicts_itself_is_refused(rows: str, said: str, tmp_path: Path) -> None:
    assert refused(tmp_path, f"count,ok,shift_h\n{rows}")[1:] == (said,)


def test_hours_beside_times_are_refused(tmp_path: Path) -> None:
    (line,) = refused(tmp_path, "cycle,start,cycle_s,ok,shift_h\n")
    assert line == (
        "log.csv has 'shift_s' beside times of cycles, which tell how long the shift was; leave "
        "it out."
    )


def test_takt_is_said_once(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="The log says that takt is 76 s; leave --takt out"):
        shift_of(tmp_path, text(takt_s=76), takt_s=60.0)


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_nothing_that_was_not_published_is_known(path: Path, tmp_path: Path) -> None:
    shift = shift_of(tmp_path, path.read_text(encoding="utf-8"))
    assert {"times", "beliefs", "stops", "step_ins", "failures", "policy"} <= shift.untold
    found = kpis(shift)
    for name in ("step_ins", "mtba", "uptime", "iso22400.oee", "escapes", "takt_compliance",
                 "failures", "first_pass_yield", "cycle_time.p50"):  # fmt: skip
        assert (found[name].value, found[name].low, found[name].high) == (None, None, None), name
    assert any(note.startswith("Published at ") for note in shift.started.notes)
