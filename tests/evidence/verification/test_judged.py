"""A page judged by a registered plan is judged again, and no digit of that can be another."""

import random
import re
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace
from tests.evidence.qualifications import PLAN, SMALL, folded, read, registration, worked
from tests.evidence.verification.pages import (
    compared,
    edited,
    heading,
    visible_digits,
    with_another_digit,
    word,
)

from ontakt.contract.event import Record
from ontakt.evidence.gate.qualification import Qualification
from ontakt.evidence.gate.registration import Registration
from ontakt.evidence.gate.requirement import BothSides
from ontakt.evidence.report import write_report
from ontakt.evidence.report.basis import Basis
from ontakt.evidence.verification import verify
from ontakt.evidence.verification.reading import Page, read_page

SAMPLES = 25
SEALED = registration(SMALL)
RECORDS = worked(SEALED)
GATE = "The gate and its plan: small"


def page_of(
    folder: Path,
    sealed: Registration = SEALED,
    records: list[list[Record]] = RECORDS,
    stopped: bool = False,
) -> Path:
    """The report of `records` as those that were read for `sealed`."""
    return write_report(
        [record for heap in records for record in heap],
        folder / "report.html",
        qualification=replace(read(sealed, folded(records)), stopped=stopped),
    )


def rebased(page: Path, **changes: object) -> Path:
    """`page` with other things in its basis, as somebody who knows Ontakt could write them."""
    text = page.read_text(encoding="utf-8")
    found = re.search(r'id="basis">(.*?)</script>', text)
    assert found is not None
    basis = msgspec.json.decode(found[1], type=Basis)
    assert basis.qualification is not None
    other = replace(basis, qualification=replace(basis.qualification, **changes))
    page.write_text(text.replace(found[1], str(other.markup)), encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    return page_of(tmp_path_factory.mktemp("judged")).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def again(text: str) -> Page:
    return read_page(text)


@pytest.fixture(scope="module")
def digits(text: str) -> list[int]:
    """Every digit of the first page and of the gate's section."""
    return [at for at in visible_digits(text) if heading(text, at) in ("nut-loading", GATE)]


def test_a_judged_page_follows_from_its_events(tmp_path: Path) -> None:
    page = page_of(tmp_path)
    found = verify(page)
    assert found.reproduced, found.first_difference
    assert found.warnings == (
        "Judged again by the registered plan that the page carries, seal "
        f"{SEALED.seal[:16]}…: that it was sealed before the first cycle shows to whoever was "
        "given that seal then.",
    )
    assert SEALED.seal in page.read_text(encoding="utf-8")


def test_so_does_one_of_several_shifts_and_variations(tmp_path: Path) -> None:
    sealed = registration(PLAN)
    page = page_of(tmp_path, sealed, worked(sealed, 3), stopped=True)
    found = verify(page)
    assert found.reproduced, found.first_difference
    text = page.read_text(encoding="utf-8")
    assert "stopped by a person with 1\N{NO-BREAK SPACE}shift unread" in text
    assert "12 &lt; 13 &amp; what the cell before us tolerates" in text
    assert 'class="status open"' in text


@pytest.mark.parametrize("seed", range(SAMPLES))
def test_a_changed_digit_is_found_where_it_stands(
    seed: int, text: str, again: Page, digits: list[int]
) -> None:
    check(text, again, random.Random(seed).choice(digits))


@pytest.mark.slow
def test_every_changed_digit_is_found_where_it_stands(
    text: str, again: Page, digits: list[int]
) -> None:
    assert len(digits) > 200
    for at in digits:
        check(text, again, at)


def check(text: str, again: Page, at: int) -> None:
    other = with_another_digit(text, at)
    found = compared(other, again)
    assert found is not None
    assert found.section == heading(other, at)
    assert word(other, at)[:90] in found.page
    assert word(text, at)[:90] in found.events


WORDS = [
    ('class="word">READY', 'class="word">NOT READY', "nut-loading", "Verdict"),
    ('class="status met">met', 'class="status met">failed', "nut-loading", "Both sides good"),
    ("3 of 3 cycles (100", "2 of 3 cycles (67", GATE, "both sides good · Seen"),
    (SEALED.seal, "0" * 64, GATE, "Seal"),
    ("2026-03-01T16:00:00Z", "2026-02-01T16:00:00Z", GATE, "Registered"),
    ("57a7104</code>", "57a7105</code>", GATE, "Station hash"),
]


@pytest.mark.parametrize(("old", "new", "section", "place"), WORDS)
def test_an_edited_verdict_figure_or_seal_is_named(
    old: str, new: str, section: str, place: str, text: str, again: Page
) -> None:
    body = text.index("<body>")
    assert old in text[body:]
    found = compared(text[:body] + text[body:].replace(old, new), again)
    assert found is not None
    assert found.section == section
    assert place in found.place


def test_a_basis_with_another_seal_is_named(tmp_path: Path) -> None:
    """On the page and in its basis alike: the plan does not give that seal."""
    page = edited(page_of(tmp_path), (SEALED.seal, "ab" * 32))
    found = verify(page).first_difference
    assert found is not None
    assert (found.place, found.page, found.events) == ("Verdict", "READY", "NOT ENOUGH DATA")


def test_an_easier_plan_in_the_basis_is_named(tmp_path: Path) -> None:
    """Even one that is sealed anew: what the page asks for is not what it asks for."""
    easier = replace(
        SEALED.registered, plan=replace(SMALL, require=(BothSides(at_least=0.2), SMALL.require[1]))
    )
    sealed = Registration.of(easier, SEALED.registered_utc, SEALED.command)
    found = verify(rebased(page_of(tmp_path), registration=sealed)).first_difference
    assert found is not None
    assert (found.section, found.place) == ("nut-loading", "Verdict")
    assert "at least 30.0" in found.page
    assert "at least 20.0" in found.events


def test_a_shift_that_was_taken_out_is_missed(tmp_path: Path) -> None:
    """Of the events, of their digest and of what was read: the plan begins with that shift."""
    sealed = registration(PLAN)
    records = worked(sealed, 2)
    cells = read(sealed, folded(records)).read
    page = write_report(
        records[1],
        tmp_path / "report.html",
        qualification=Qualification(registration=sealed, read=cells[1:]),
    )
    assert verify(page).reproduced, "the page says so itself"
    text = page.read_text(encoding="utf-8")
    assert "These shifts are not the registered ones." in text
    assert "has another variation, seed, configuration than its place" in text
    assert 'class="word">NOT ENOUGH DATA' in text
