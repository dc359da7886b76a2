"""What the station did at every moment of the shift, a row for each stretch of time."""

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup
from matplotlib.patches import Patch
from msgspec import Struct

from ontakt.evidence.report.figures.ink import LIGHT, inline, quiet, sheet

ROWS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)
"""Lengths of a row [s] to choose from."""


class Span(Struct, frozen=True):
    """A stretch of the shift [s from its start] under one heading; `ink` names its colour."""

    start: float
    end: float
    label: str
    ink: str
    full: bool = True
    """False draws it thin: nothing was asked of the station."""


def timeline(spans: Sequence[Span], name: str, narrow: bool) -> Markup:
    """`spans` in order, cut into rows of equal length, for at least one span of some length."""
    end = max(span.end for span in spans)
    most = 12 if narrow else 8
    row_s = next((row for row in ROWS if end <= row * most), ROWS[-1])
    rows = max(1, -(-int(end) // row_s))
    width = 3.6 if narrow else 8.4
    unit, called = (1, "seconds") if row_s < 300 else (60, "minutes")
    bars: dict[tuple[int, str, bool], list[tuple[float, float]]] = defaultdict(list)
    totals: dict[tuple[str, str], float] = {}
    for span in spans:
        key = (span.label, span.ink)
        totals[key] = totals.get(key, 0.0) + span.end - span.start
        for row in range(int(span.start // row_s), rows):
            start = max(span.start, row * row_s)
            stop = min(span.end, (row + 1) * row_s)
            if stop > start:
                pieces = bars[row, span.ink, span.full]
                pieces.append(((start - row * row_s) / unit, (stop - start) / unit))
            if span.end <= (row + 1) * row_s:
                break
    with sheet(width, 0.75 + 0.24 * rows + (0.16 * (len(totals) - 1) if narrow else 0)) as figure:
        axes = figure.subplots()
        for (row, ink, full), pieces in bars.items():
            height = 0.72 if full else 0.24
            axes.broken_barh(pieces, (row - height / 2, height), facecolors=LIGHT[ink], linewidth=0)
        quiet(axes)
        axes.spines["left"].set_visible(False)
        axes.set_ylim(rows - 0.5, -0.5)
        axes.set_xlim(0, (row_s if rows > 1 else end) / unit)
        axes.set_yticks(range(rows), [_clock(row * row_s) for row in range(rows)])
        axes.set_xlabel(f"{called} in the row (its start stands at the left)")
        order = sorted(totals, key=lambda key: -totals[key])
        figure.legend(
            handles=[
                Patch(color=LIGHT[ink], label=f"{label} {_share(totals[label, ink] / end)}")
                for label, ink in order
            ],
            loc="outside upper left",
            ncols=1 if narrow else 5,
            borderaxespad=0.2,
        )
        said = ", ".join(f"{label} {_share(totals[label, ink] / end)}" for label, ink in order)
        return inline(figure, name, f"Timeline of {_clock(end)} h: {said}.")


def _clock(seconds: float) -> str:
    minutes = int(seconds) // 60
    return f"{minutes // 60}:{minutes % 60:02d}"


def _share(ratio: float) -> str:
    return f"{100 * ratio:.1f} %" if ratio >= 0.0005 else "< 0.1 %"
