"""No digit of a page can be another without being found and named with its place."""

import random
from pathlib import Path

import pytest
from tests.evidence.shifts import Plan
from tests.evidence.verification.pages import (
    RICH,
    compared,
    heading,
    visible_digits,
    with_another_digit,
    word,
    written,
)

from ontakt.evidence.verification.reading import Page, read_page

SAMPLES = 60
SECOND = Plan(cycles=5, seed=9, failure=0.4, name="second")


def check(page: str, again: Page, at: int) -> None:
    """The digit at `at` made another is found where it stands."""
    other = with_another_digit(page, at)
    found = compared(other, again)
    assert found is not None
    assert found.section == heading(other, at)
    assert word(other, at)[:90] in found.page
    assert word(page, at)[:90] in found.events


@pytest.mark.parametrize("seed", range(SAMPLES))
def test_a_changed_digit_is_found_where_it_stands(
    seed: int, text: str, again: Page, digits: list[int]
) -> None:
    check(text, again, random.Random(seed).choice(digits))


def test_there_are_digits_in_every_part_of_the_page(text: str, digits: list[int]) -> None:
    headings = {heading(text, at) for at in digits}
    assert len(digits) > 1400
    assert headings >= {
        "nut-loading", "Run at rate", "Work between calls for a person",
        "Ten questions a plant asks", "Cycle times against takt",
        "States over the shift", "Failures", "Answer to variation", "Calls for a person",
        "Where the time went", "Beside what others published",
        "Every figure with its definition", "What was run, and how to run it again",
    }  # fmt: skip


@pytest.mark.slow
def test_every_changed_digit_is_found_where_it_stands(
    text: str, again: Page, digits: list[int]
) -> None:
    for at in digits:
        check(text, again, at)


@pytest.mark.slow
def test_changed_digits_of_several_shifts_are_found(tmp_path: Path) -> None:
    page = written(tmp_path, RICH, SECOND, pictures=True).read_text(encoding="utf-8")
    again = read_page(page)
    for at in random.Random(3).sample(visible_digits(page), 300):
        check(page, again, at)


PLACES = [
    ("<dt>Hours between assists</dt><dd><strong", "nut-loading", "Hours between assists"),
    ('class="answer">', "Ten questions a plant asks", "Step-ins How often must a person step in?"),
    ('data-label="Acknowledged">', "Calls for a person", " · Acknowledged"),
    ("</span></th><td>", "Where the time went", "PBT planned busy time · h:mm:ss"),
    ('95 % interval</th><td>not published</td><td>', "Beside what others published",
     "Both sides good · 95 % interval · This shift"),
    ("<code>takt_compliance</code></th>", "Every figure with its definition",
     "takt_compliance · Value"),
    ("<dt>Seed</dt><dd>", "What was run, and how to run it again", "Seed"),
    ("<strong>jam</strong> ", "Failures", "jam"),
    ('by misalignment, mm: ', "Answer to variation",
     'plot "Cycles with all sides good by misalignment, mm"'),
]  # fmt: skip


@pytest.mark.parametrize(("before", "section", "place"), PLACES)
def test_a_place_is_called_what_stands_around_it(
    before: str, section: str, place: str, text: str, again: Page, digits: list[int]
) -> None:
    before = before.replace("95 %", "95\N{NARROW NO-BREAK SPACE}%")
    after = text.index(before) + len(before)
    at = next(at for at in digits if at >= after)
    found = compared(with_another_digit(text, at), again)
    assert found is not None
    assert found.section == section
    assert place in found.place.replace("\N{NARROW NO-BREAK SPACE}", " ")
