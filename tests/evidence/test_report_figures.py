"""Figures: inline, in the page's inks, readable without colour vision."""

import re
from itertools import combinations

import numpy as np
import pytest
from matplotlib.figure import Figure
from tests.evidence.shifts import Plan, shift

from ontakt.contract import Outcome
from ontakt.evidence.fold import fold
from ontakt.evidence.report.axes import responses
from ontakt.evidence.report.chapter import chapter
from ontakt.evidence.report.figures.cycle_times import MARKERS, cycle_times
from ontakt.evidence.report.figures.ink import DARK, LIGHT, inline, sheet
from ontakt.evidence.report.figures.pareto import pareto
from ontakt.evidence.report.figures.response import response
from ontakt.evidence.report.figures.timeline import Span, timeline


def drawings() -> dict[str, str]:
    part = chapter(fold(shift(Plan(cycles=40))))
    axes = responses(part.shift.finished)
    return {
        "times": cycle_times(part.shift.cycles, part.takt_s, "times", False),
        "times-n": cycle_times(part.shift.cycles, part.takt_s, "times-n", True),
        "states": timeline(part.spans, "states", False),
        "pareto": pareto([("jam", 5, 2), ("no_grasp", 1, 0)], "pareto"),
        "axis": response(axes[0].bins, axes[0].title, part.takt_s, "axis"),
    }


def test_figures_carry_no_fixed_colour_no_link_and_only_their_own_ids() -> None:
    for name, svg in drawings().items():
        assert not re.search(r"#[0-9a-fA-F]{3,8}\b", svg), name
        assert "http" not in svg
        assert "<style" not in svg
        ids = re.findall(r'\sid="([^"]+)"', svg)
        assert all(one.startswith(f"{name}-") for one in ids)
        assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= set(ids)
        assert 'role="img"' in svg
        assert 'aria-label=""' not in svg


def test_figures_are_the_same_twice() -> None:
    assert drawings() == drawings()


def test_text_in_a_figure_is_escaped() -> None:
    with sheet(2, 1) as figure:
        figure.subplots().set_title("<b> & $x$")
        svg = inline(figure, "t", 'a "quoted" <alt>')
    assert "&lt;b&gt; &amp; $x$" in svg
    assert "<b>" not in svg
    assert 'aria-label="a &#34;quoted&#34; &lt;alt&gt;"' in svg


def test_cycle_times_name_every_outcome_that_occurred() -> None:
    part = chapter(fold(shift(Plan(cycles=80))))
    svg = cycle_times(part.shift.cycles, part.takt_s, "t", False)
    for outcome, n in part.outcomes.items():
        assert f"{MARKERS[Outcome(outcome)][0]} ({n})" in svg


def test_a_cycle_beyond_the_picture_says_how_long_it_took() -> None:
    part = chapter(fold(shift(Plan(cycles=3, pace_s=500.0))))
    svg = cycle_times(part.shift.cycles, part.takt_s, "t", False)
    for cycle in part.shift.cycles:
        assert f">{cycle.cycle_s:.0f} s<" in svg


def test_takt_far_above_is_said_and_does_not_flatten_the_cycles() -> None:
    part = chapter(fold(shift(Plan(cycles=9, pace_s=10.0, failure=0.0, starved=0.0))))
    svg = cycle_times(part.shift.cycles, part.takt_s, "t", False)
    assert "far above" in svg
    assert ">76<" not in svg
    near = chapter(fold(shift(Plan(cycles=9))))
    assert "far above" not in cycle_times(near.shift.cycles, near.takt_s, "t", False)


@pytest.mark.parametrize("end", [1.0, 59.0, 60.0, 3600.0, 10800.5, 200_000.0])
def test_timeline_of_any_length(end: float) -> None:
    spans = [Span(0.0, end / 2, "working", "working"), Span(end / 2, end, "held", "nok-detected")]
    svg = timeline(spans, "t", False)
    assert "working 50.0 %" in svg
    assert "held 50.0 %" in svg


def test_waiting_for_the_beat_is_told_apart_from_work() -> None:
    part = chapter(fold(shift(Plan(cycles=20, failure=0.0, starved=0.0, vary=False))))
    worked = sum(span.end - span.start for span in part.spans if span.label == "working")
    assert worked == pytest.approx(sum(cycle.cycle_s for cycle in part.shift.cycles), abs=1.0)
    assert sum(s.end - s.start for s in part.spans) == pytest.approx(20 * 76.0)


def test_bins_hold_every_judged_cycle_once() -> None:
    cycles = fold(shift(Plan())).finished
    judged = [c for c in cycles if c.outcome is not Outcome.STARVED]
    found = {axis.name: axis for axis in responses(cycles)}
    assert set(found) == {"misalignment", "tolerance", "lighting", "clutter", "wear", "magnet"}
    for axis in found.values():
        if axis.varied:
            assert sum(b.n for b in axis.bins) == len(judged)
            assert sum(b.good for b in axis.bins) == sum(c.both_ok is True for c in judged)
    assert not found["wear"].varied
    assert [b.label for b in found["clutter"].bins] == ["0", "1", "2", "3"]
    assert found["misalignment"].unit == "mm"
    assert found["misalignment"].high == pytest.approx(2.0, abs=0.1)


def linear(colour: str) -> np.ndarray:
    """Linear RGB of `#rrggbb` (IEC 61966-2-1)."""
    values = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    a, b = sorted((float(weights @ linear(one)), float(weights @ linear(other))))
    return (b + 0.05) / (a + 0.05)


@pytest.mark.parametrize("inks", [LIGHT, DARK], ids=["light", "dark"])
def test_inks_stand_out_from_the_paper(inks: dict[str, str]) -> None:
    for name in ("ink", "soft"):
        assert contrast(inks[name], inks["paper"]) >= 4.5, name
    for outcome in Outcome:
        name = outcome.value.replace("_", "-")
        assert contrast(inks[name], inks["paper"]) >= 3.0, name
    assert LIGHT.keys() == DARK.keys()
    assert len(set(LIGHT.values())) == len(LIGHT)


# Machado, Oliveira and Fernandes 2009, severity 1.0; applied to linear RGB.
PROTAN = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)
DEUTAN = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)


TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Linear RGB in Oklab (Ottosson 2020), where distance is how different colours look."""
    return np.asarray(TO_LAB @ np.cbrt(TO_LMS @ np.clip(rgb, 0, 1)))


@pytest.mark.parametrize("inks", [LIGHT, DARK], ids=["light", "dark"])
def test_outcomes_are_told_apart_without_colour_vision(inks: dict[str, str]) -> None:
    """The five outcomes of the robot's own work by colour, all eight by their markers."""
    own = ("on-takt", "late", "nok-detected", "nok-escaped", "assisted")
    for matrix in (np.eye(3), PROTAN, DEUTAN):
        for one, other in combinations(own, 2):
            apart = oklab(matrix @ linear(inks[one])) - oklab(matrix @ linear(inks[other]))
            assert np.linalg.norm(apart) > 0.1, (one, other)
    assert len({marker for _, marker, _ in MARKERS.values()}) == len(Outcome)


def test_a_label_keeps_its_digits_and_a_coordinate_does_not() -> None:
    """99.995 must not be drawn as 100.00."""
    figure = Figure()
    figure.text(0.123456789, 0.5, "99.995")
    drawn = str(inline(figure, "digits", "a number"))
    assert "99.995" in drawn
    assert not re.search(r'"[^"]*\.\d{3,}[^"]*"', drawn)
