"""What the station did over a very long shift: how each stretch of it was divided."""

from collections import defaultdict
from collections.abc import Sequence

from markupsafe import Markup
from matplotlib.patches import Patch

from ontakt.evidence.report.figures.ink import LIGHT, inline, quiet, sheet
from ontakt.evidence.report.figures.timeline import ROWS, Span

LONGEST = 40 * ROWS[-1]
"""Seconds up to which a timeline shows every moment."""
_STRETCHES = (3600, 14_400, 28_800, 86_400, 7 * 86_400, 28 * 86_400, 364 * 86_400)
_MOST = 40
"""Rows of the figure."""


def shares(spans: Sequence[Span], name: str, narrow: bool) -> Markup:
    """A bar for each stretch of time, divided as its time was; for at least one span."""
    end = max(span.end for span in spans)
    row_s = next((row for row in _STRETCHES if end <= row * _MOST), end / _MOST)
    rows = max(1, int(-(-end // row_s)))
    totals: dict[tuple[str, str], float] = defaultdict(float)
    parts: dict[tuple[int, str, str], float] = defaultdict(float)
    for span in spans:
        totals[span.label, span.ink] += span.end - span.start
        for row in range(int(span.start // row_s), rows):
            stop = min(span.end, (row + 1) * row_s)
            parts[row, span.label, span.ink] += max(0.0, stop - max(span.start, row * row_s))
            if span.end <= (row + 1) * row_s:
                break
    order = sorted(totals, key=lambda key: -totals[key])
    width = 3.6 if narrow else 8.4
    with sheet(width, 0.75 + 0.16 * rows + (0.16 * (len(totals) - 1) if narrow else 0)) as figure:
        axes = figure.subplots()
        for row in range(rows):
            left, whole = 0.0, min(row_s, end - row * row_s)
            for label, ink in order:
                part = parts.get((row, label, ink), 0.0) / whole * 100
                if part:
                    axes.barh(row, part, 0.78, left=left, color=LIGHT[ink], linewidth=0)
                left += part
        quiet(axes)
        axes.spines["left"].set_visible(False)
        axes.set_ylim(rows - 0.5, -0.5)
        axes.set_xlim(0, 100)
        marks = range(0, rows, max(1, rows // 12))
        axes.set_yticks(marks, [f"{row * row_s / 3600:.0f} h" for row in marks])
        axes.set_xlabel(f"% of each {row_s / 3600:g} h (the row's start stands at the left)")
        figure.legend(
            handles=[
                Patch(color=LIGHT[ink], label=f"{label} {100 * totals[label, ink] / end:.1f} %")
                for label, ink in order
            ],
            loc="outside upper left", ncols=1 if narrow else 4, borderaxespad=0.2,
        )  # fmt: skip
        said = ", ".join(f"{label} {100 * totals[label, ink] / end:.1f} %" for label, ink in order)
        return inline(figure, name, f"How {end / 3600:.0f} h were divided: {said}.")
