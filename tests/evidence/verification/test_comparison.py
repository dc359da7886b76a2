"""Whatever else is changed on a page: plots, pictures' words, tags, style, programs."""

import re

import pytest
from tests.evidence.verification.pages import compared

from ontakt.evidence.verification.comparison import Comparison
from ontakt.evidence.verification.difference import Difference
from ontakt.evidence.verification.reading import Page, read_page


def changed(text: str, pattern: str, new: str) -> str:
    """The first match of `pattern` replaced."""
    page, n = re.subn(pattern, new, text, count=1, flags=re.DOTALL)
    assert n == 1
    assert page != text
    return page


def moved(text: str, distance: float) -> str:
    """The first line of the first plot drawn elsewhere."""
    return re.sub(
        r'(<svg class="plot".*?<path d="M )([\d.]+)',
        lambda found: f"{found[1]}{float(found[2]) + distance:.2f}",
        text,
        count=1,
        flags=re.DOTALL,
    )


CHANGES = [
    (r'aria-label="Failures by mode: ', 'aria-label="Failures by mode: rust 9; ', "aria-label"),
    (r'alt="jam: ', 'alt="drop: ', "img alt"),
    (r'data-label="Figure"', 'data-label="Fig"', "data-label"),
    (r"<body>", '<body><script>alert("1")</script>', ""),
    (r"</style>", ".tiles{display:none}</style>", "style sheet"),
    (r'<tr class="depth-3">.*?</tr>', "", "AUPT"),
    (r'<dl class="tiles seven">', '<dl class="tiles seven" hidden>', ""),
    (r"</main>", "<p>A better shift was never seen.</p></main>", ""),
    (r'class="verdict open"', 'class="verdict ready"', "class"),
    (r"<footer>", "<!-- a word --><footer>", ""),
    (r' href="https://www.humanoidsdaily', ' href="https://www.elsewhere', "a href"),
    (r'src="data:image/png;base64,i', 'src="data:image/png;base64,j', "not seated"),
    (r"<text[^>]*>drop</text>", "", "plot"),
]


@pytest.mark.parametrize(("pattern", "new", "place"), CHANGES)
def test_whatever_is_changed_is_found(
    pattern: str, new: str, place: str, text: str, again: Page
) -> None:
    found = compared(changed(text, pattern, new), again)
    assert found is not None
    assert place in found.place
    assert found.page != found.events


def test_a_program_is_shown_against_nothing_or_its_place(text: str, again: Page) -> None:
    found = compared(text.replace("<body>", "<body><script>x</script>"), again)
    assert found == Difference(
        section="Top of the page", place="", page="<script>", events="<header>"
    )


def test_a_sentence_too_many_stands_against_nothing(text: str, again: Page) -> None:
    found = compared(text.replace("<p>They ended", "<p>All good.</p><p>They ended"), again)
    assert found is not None
    assert found.page == "All good."
    found = compared(text.replace("</footer>", "More.</footer>"), again)
    assert found == Difference(
        section="Foot of the page", place="", page="More.", events="(nothing)"
    )


def test_a_line_of_a_plot_that_lies_elsewhere_is_found(text: str, again: Page) -> None:
    found = compared(moved(text, 0.5), again)
    assert found is not None
    assert found.section == "Cycle times against takt"
    assert "for a wide page" in found.place
    assert found.place.endswith("path d")


def test_what_two_computers_round_is_no_difference_but_is_counted(text: str, again: Page) -> None:
    comparison = Comparison(drawn_alike=True)
    assert comparison.first(read_page(moved(text, 0.01)).pieces, again.pieces) is None
    assert comparison.faint == 1


def test_drawings_of_other_versions_are_compared_by_their_words(text: str, again: Page) -> None:
    comparison = Comparison(drawn_alike=False)
    assert comparison.first(read_page(moved(text, 30)).pieces, again.pieces) is None
    assert comparison.undrawn == text.count("<svg")
    whole = Comparison(drawn_alike=True)
    assert whole.first(read_page(text).pieces, again.pieces) is None
    assert whole.undrawn == 0
    assert whole.figures == comparison.figures > 600
    word = changed(text, r"(<text[^>]*>)drop(</text>)", r"\1bliss\2")
    found = compared(word, again, drawn_alike=False)
    assert found is not None
    assert (found.page, found.events) == ("bliss", "drop")


@pytest.mark.parametrize(
    "foreign",
    ['<image href="data:image/png;base64,AA"/>', '<g onload="x()"/>', '<use href="http://x/#a"/>'],
)
def test_what_no_drawing_holds_is_found_in_any_version(
    foreign: str, text: str, again: Page
) -> None:
    page = text.replace("</svg>", f"{foreign}</svg>", 1)
    found = compared(page, again, drawn_alike=False)
    assert found is not None
    assert found.events == "(nothing)"
    assert "plot" in found.place


def test_nothing_on_a_page_steers_a_terminal(text: str, again: Page) -> None:
    found = compared(text.replace("They ended", "They \x1b[2J\x9b ended"), again)
    assert found is not None
    assert found.page.isprintable()
    assert len(found.page) < 300
