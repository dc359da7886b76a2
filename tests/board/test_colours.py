"""Contrast of every pair of colours that text or a sign is written in: WCAG 2.2, level AA."""

import re
from pathlib import Path

import pytest

import ontakt.board
from ontakt.board.tone import TONES
from ontakt.contract import Outcome

STATIC = Path(ontakt.board.__file__).parent / "static"
CSS = (STATIC / "board.css").read_text()
COLOURS = {
    name: (light, dark or light)
    for name, light, dark in re.findall(
        r"--([a-z-]+): (?:light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)|#[0-9a-f]{6});", CSS
    )
    if light
}
TEXT, SIGN = 4.5, 3.0
"""Least contrast of text, and of what is no text or very large."""


def _luminance(colour: str) -> float:
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


PAIRS = [
    *((name, "paper", TEXT) for name in ("ink", "soft", "link", "behind")),
    *((f"{tone}-ink", tone, TEXT) for tone in TONES),
    *((str(outcome).replace("_", "-"), "paper", TEXT) for outcome in Outcome),
]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_it_can_be_read(ink: str, ground: str, least: float, scheme: int) -> None:
    assert contrast(COLOURS[ink][scheme], COLOURS[ground][scheme]) >= least


def test_no_colour_is_written_anywhere_but_at_the_top() -> None:
    """So that the pairs above are all there are; black in the stripes is no text."""
    below = CSS.split("* { box-sizing", 1)[1]
    assert set(re.findall(r"#[0-9a-fA-F]{3,6}\b", below)) <= {"#000"}


def test_the_script_stays_small_and_nothing_points_outside() -> None:
    script = (STATIC / "board.js").read_text()
    assert script.count("\n") < 300
    for text in (script, CSS):
        assert not re.search(r"https?://|//cdn|@import|innerHTML|eval\(", text)
