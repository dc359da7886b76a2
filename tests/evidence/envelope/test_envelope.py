"""A whole envelope of made-up cells: its sentences, its numbers, its pages."""

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from tests.evidence.envelope.made import (
    CLUTTER,
    MISALIGNMENT,
    TOLERANCE,
    Made,
    cell,
    envelope,
    records,
    run,
    worked,
)
from tests.evidence.test_report import Page

from ontakt.contract import RecordError
from ontakt.evidence.envelope import (
    CellRun,
    Design,
    Envelope,
    conclude,
    misaligned_sentence,
    sentences,
    told,
    write_envelope,
)
from ontakt.evidence.envelope.band import bands
from ontakt.evidence.envelope.page import render

SPANS = (MISALIGNMENT, TOLERANCE)


def cliff(at: Mapping[str, float]) -> float:
    """Good up to 5 mm and down to 0.1 mm of clearance."""
    return float(at.get("misalignment", 0.0) <= 5.0 and at.get("tolerance", 0.7) >= 0.1)


@pytest.fixture(scope="module")
def design() -> Design:
    return Design.new(SPANS, reliability=0.95, confidence=0.95, rungs=6, seed=1, budget=800)


@pytest.fixture(scope="module")
def made(design: Design) -> Envelope:
    return envelope(design, cliff)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_the_envelope_in_words(made: Envelope) -> None:
    first, second, box = (plain(text) for text in sentences(made))
    assert first == (
        "Misalignment: holds 95 % with 95 % confidence up to 4 mm; fails by jam from 6 mm on (177 "
        "of 177 bad cycles); unknown between 4 mm and 6 mm, where success falls below 95 % at "
        "about 4.1 mm."
    )
    assert second.startswith(
        "Tolerance: holds 95 % with 95 % confidence down to 0.176 mm; fails by jam from 0.02 mm "
        "down (59 of 59 bad cycles); unknown between 0.176 mm and 0.02 mm"
    )
    assert box.startswith("Over the whole box (8 points), ")


def test_too_few_cycles_say_so_and_what_they_can() -> None:
    few = Design.new((CLUTTER,), reliability=0.99, confidence=0.95, rungs=3, seed=1, budget=60)
    axis, short = (plain(text) for text in sentences(envelope(few, lambda _: 1.0)))
    assert axis == "Clutter: holds 86 % with 95 % confidence up to 8, the end of the ladder."
    assert short == (
        "Not enough data for 99 %: 20 cycles a rung show at most 86.0 %, so rungs are held "
        "against 86 %; 99 % takes 299 good cycles a rung."
    )


def test_what_is_neither_shown_nor_refuted_is_unknown() -> None:
    few = Design.new((MISALIGNMENT,), reliability=0.9, confidence=0.95, rungs=3, seed=3, budget=180)
    said = plain(sentences(envelope(few, lambda _: 0.88, seed=4))[0])
    assert said.startswith(
        "Misalignment: not shown to hold 90 % with 95 % confidence, not even at 0 mm; not shown to "
        "fail anywhere"
    )
    assert "unknown between 0 mm and 10 mm" in said


def test_the_numbers_are_whole(made: Envelope) -> None:
    numbers = told(made)
    assert list(numbers)[:3] == ["sentences", "limits", "ladders"]
    limit = numbers["limits"]["tolerance"]
    assert (limit["holds_up_to"], limit["fails_beyond"], limit["unit"]) == (0.176, 0.02, "mm")
    assert numbers["design"]["claimed"] == 0.95
    assert not numbers["interactions"]
    assert numbers["space"]["why_not"] == "8 points are too few for 2 axes, 20 are needed"
    assert numbers["cycles"] == numbers["design"]["cycles"]
    assert json.loads(msgspec.json.encode(numbers))["ladders"][0]["rungs"][0]["good"] == 59
    assert made.ladders[0].trend is not None
    assert made.ladders[0].trend.p < 0.001


@pytest.fixture(scope="module")
def small() -> Design:
    return Design.new((MISALIGNMENT,), reliability=0.9, confidence=0.95, rungs=3, seed=1, budget=90)


def test_the_page_needs_nothing_but_itself(made: Envelope) -> None:
    text = render(made)
    page = Page(text)
    assert "http" not in text.replace("http://www.w3.org", "")
    assert "None" not in page.text
    assert page.tags["svg"] == 2
    assert text.count("prefers-color-scheme: dark") == 1
    assert 'href="misaligned.html"' in text
    assert ["0.02", "0 of 59", "0\N{EN DASH}6.1\N{NARROW NO-BREAK SPACE}%"] in [
        row[:3] for row in page.rows
    ]


def test_without_misalignment_there_is_no_page_of_it() -> None:
    alone = Design.new((CLUTTER,), reliability=0.9, confidence=0.95, rungs=3, seed=1, budget=90)
    assert "misaligned.html" not in render(envelope(alone, lambda _: 0.5))


def test_files_are_the_same_bytes_and_carry_pictures(small: Design, tmp_path: Path) -> None:
    runs = worked(small, cliff)
    harsh = small.ladders[0].cells[-1]
    pictured = Made(kinds=["noticed"] * harsh.cycles, picture="pictures/jam.png")
    runs[harsh.name] = CellRun.from_records(harsh, records(harsh, pictured), SPANS)
    found = conclude(small, runs, {"level": "nominal"}, ("ontakt", "envelope", "bench"))
    for name in ("a", "b"):
        place = tmp_path / name / harsh.name / "pictures"
        place.mkdir(parents=True)
        (place / "jam.png").write_bytes(b"\x89PNG\r\n\x1a\nnot much of a picture")
        page = write_envelope(found, runs, tmp_path / name)
        assert page == tmp_path / name / "envelope.html"
    for name in ("envelope.json", "envelope.html", "misaligned.html", "envelope.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    text = (tmp_path / "a" / "misaligned.html").read_text()
    assert "None" not in Page(text).text
    assert text.count("data:image/png;base64") == 1
    assert "Jam</b> at 10 mm" in text


def test_what_the_misaligned_part_cost_in_words() -> None:
    aligned = run({"misalignment": 0.0}, Made(kinds=["good"] * 10))
    crooked = run({"misalignment": 4.0}, Made(kinds=["good"] * 7 + ["retried", "escaped"]))
    said = plain(misaligned_sentence(bands([aligned, crooked], 1), MISALIGNMENT))
    assert said.startswith(
        "The robot brought 1 misaligned part home after a retry of its own; 1 of 9 it did not "
        "load alone, of which the station noticed 0 and passed 1 as good. A part that is off "
        "by 4 mm keeps the station 3.1 s longer on average than one that is off by 0 mm (95 % "
        "interval 0.0 to +"
    )


def test_cells_that_do_not_belong_together_are_refused(design: Design) -> None:
    runs = worked(design, cliff)
    first = design.cells[0]
    other = records(first, Made(kinds=["good"] * first.cycles, policy_hash="another"))
    mixed = {**runs, first.name: CellRun.from_records(first, other, SPANS)}
    with pytest.raises(RecordError, match="are of different studies"):
        conclude(design, mixed, {}, ())
    del runs[first.name]
    with pytest.raises(RecordError, match="was not worked"):
        conclude(design, runs, {}, ())


def test_a_cycle_with_another_value_than_planned_is_refused() -> None:
    events = records(cell({"misalignment": 2.0}, 3), Made(kinds=["good"] * 3))
    with pytest.raises(RecordError, match=r"misalignment at 0\.002, planned was 0\.004"):
        CellRun.from_records(cell({"misalignment": 4.0}, 3), events, SPANS)


def test_short_and_halted_cells_are_told(design: Design) -> None:
    runs = worked(design, cliff)
    first, second = design.cells[:2]
    halted = Made(kinds=["good"] * 9, ending="halted")
    starved = Made(kinds=["good"] * (second.cycles - 1) + ["starved"])
    runs[first.name] = CellRun.from_records(first, records(first, halted), SPANS)
    runs[second.name] = CellRun.from_records(second, records(second, starved), SPANS)
    found = conclude(design, runs, {}, ())
    assert found.warnings == (
        "Cell ladders/misalignment-0 halted early after 9 of 59 cycles: it is never shown to hold.",
        "Cell ladders/misalignment-1: 1 of 59 cycles were not the robot's to work and do not "
        "count.",
    )
    assert found.ladders[0].limit.holds_up_to is None
