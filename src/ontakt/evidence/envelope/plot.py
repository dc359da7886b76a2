"""The plots of an envelope: success and time over every axis, what holds and what fails."""

import math
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ontakt.evidence.envelope.band import Band
from ontakt.evidence.envelope.envelope import Envelope, LadderReading
from ontakt.evidence.envelope.span import Span
from ontakt.evidence.numbers import setting
from ontakt.evidence.report.figures.ink import LIGHT, inline, quiet, sheet

COLUMNS = 3
_PANEL = (2.95, 2.65)
"""Of one axis [inch]."""
FAST = 0.5
"""Where every cycle takes less than this share of takt, takt is named and not drawn."""

KINDS = (
    ("good at the first attempt", "on-takt", ""),
    ("good after a retry", "recovered", "//"),
    ("a person helped", "assisted", "\\\\"),
    ("bad, noticed", "nok-detected", ".."),
    ("bad, passed as good", "nok-escaped", "xx"),
    ("not inspected", "waiting", ""),
)
"""What became of a misaligned part, with ink and hatch."""


def wide_rem(ladders: int) -> float:
    """How wide the panels may stand on a page [rem], so that letters are as large as the text."""
    return 24.0 * min(COLUMNS, ladders)


def plot(envelope: Envelope, name: str, narrow: bool) -> Markup:
    """A panel an axis, as inline SVG."""
    columns = 1 if narrow else min(COLUMNS, len(envelope.ladders))
    with sheet(*_size(len(envelope.ladders), columns)) as figure:
        _draw(figure, envelope, columns)
        return inline(figure, name, _alt(envelope))


def picture(envelope: Envelope, out: Path) -> None:
    """The same as a PNG for a wiki or a slide. Raises OSError."""
    columns = min(COLUMNS, len(envelope.ladders))
    with sheet(*_size(len(envelope.ladders), columns)) as figure:
        _draw(figure, envelope, columns)
        figure.savefig(out, dpi=150, facecolor=LIGHT["paper"], metadata={"Software": None})


def _size(panels: int, columns: int) -> tuple[float, float]:
    width = _PANEL[0] * columns if columns > 1 else 4.2
    return width, _PANEL[1] * math.ceil(panels / columns)


def _draw(figure: Figure, envelope: Envelope, columns: int) -> None:
    rows = math.ceil(len(envelope.ladders) / columns)
    figure.get_layout_engine().set(h_pad=0.06, w_pad=0.06)  # type: ignore[union-attr,call-arg]
    grid = figure.add_gridspec(2 * rows, columns, height_ratios=[3, 1.5] * rows)
    for k, ladder in enumerate(envelope.ladders):
        row, column = divmod(k, columns)
        upper = figure.add_subplot(grid[2 * row, column])
        lower = figure.add_subplot(grid[2 * row + 1, column], sharex=upper)
        _success(upper, ladder, first=k == 0)
        _time(lower, ladder, envelope.takt_s)
        if column:
            continue
        upper.set_ylabel("good parts, %")
        lower.set_ylabel("median, s")


def _success(axes: Axes, ladder: LadderReading, first: bool) -> None:
    limit, span = ladder.limit, ladder.span
    edge = 0.055 * (span.harsh - span.calm)
    if limit.holds_up_to is not None:
        _zone(axes, span.calm - edge, limit.holds_up_to, "assisted")
        middle = (span.calm - edge + limit.holds_up_to) / 2
        _word(axes, middle, "holds", "assisted", limit.holds_up_to != span.calm)
    if limit.fails_beyond is not None:
        _zone(axes, limit.fails_beyond, span.harsh + edge, "nok-detected")
        middle = (limit.fails_beyond + span.harsh + edge) / 2
        _word(axes, middle, "fails", "nok-detected", limit.fails_beyond != span.harsh)
    axes.axhline(
        100 * limit.reliability, color=LIGHT["ink"], linewidth=0.8, linestyle=(0, (4, 2)), zorder=2
    )
    if first:
        axes.annotate(
            f"{setting(100 * limit.reliability)} %", (1.0, 100 * limit.reliability),
            xycoords=axes.get_yaxis_transform(), xytext=(-2, -3), textcoords="offset points",
            ha="right", va="top", fontsize=6.5, color=LIGHT["soft"],
        )  # fmt: skip
    known = [rung for rung in ladder.rungs if rung.share is not None]
    places = [rung.value for rung in known]
    heights = [100 * (rung.share or 0.0) for rung in known]
    axes.plot(places, heights, color=LIGHT["working"], linewidth=1.0, zorder=3)
    for rung, height in zip(known, heights, strict=True):
        if rung.low is not None and rung.high is not None:
            axes.plot(
                (rung.value, rung.value), (100 * rung.low, 100 * rung.high),
                color=LIGHT["on-takt"], linewidth=2.2, alpha=0.45, zorder=4,
            )  # fmt: skip
        axes.plot(rung.value, height, "o", markersize=4.4, color=LIGHT["on-takt"], zorder=5)
    if limit.estimate is not None:
        axes.plot(
            limit.estimate, 100 * limit.reliability, marker="D", markersize=5,
            markerfacecolor=LIGHT["paper"], markeredgecolor=LIGHT["ink"], zorder=6,
        )  # fmt: skip
    quiet(axes, "y")
    axes.set_title(span.axis)
    axes.set_xlim(span.calm - edge, span.harsh + edge)  # calm is left, whatever is hard
    axes.set_ylim(-4, 104)
    axes.set_yticks([0, 50, 100])
    axes.tick_params(labelbottom=False)


def _zone(axes: Axes, left: float, right: float, ink: str) -> None:
    axes.axvspan(left, right, color=LIGHT[ink], alpha=0.13, linewidth=0, zorder=0)


def _word(axes: Axes, place: float, word: str, ink: str, wide: bool) -> None:
    """Upright in a zone that is but the edge of the ladder."""
    axes.annotate(
        word, (place, 0.06 if wide else 0.5), xycoords=axes.get_xaxis_transform(), ha="center",
        va="bottom", rotation=0 if wide else 90, fontsize=7.5 if wide else 6.5, fontweight="bold",
        color=LIGHT[ink], zorder=1,
    )  # fmt: skip


def _time(axes: Axes, ladder: LadderReading, takt_s: float) -> None:
    known = [rung for rung in ladder.rungs if rung.cycle_s.value is not None]
    tops = []
    for rung in known:
        value, low, high = rung.cycle_s.value or 0.0, rung.cycle_s.low, rung.cycle_s.high
        if low is not None and high is not None:
            axes.plot(
                (rung.value, rung.value), (low, high), color=LIGHT["soft"], linewidth=2.0,
                alpha=0.5,
            )  # fmt: skip
        tops.append(max(value, high or 0.0))
    axes.plot(
        [rung.value for rung in known], [rung.cycle_s.value or 0.0 for rung in known],
        "o-", markersize=3, linewidth=0.9, color=LIGHT["ink"],
    )  # fmt: skip
    top = max(tops, default=1.0)
    if top >= FAST * takt_s:
        axes.axhline(takt_s, color=LIGHT["soft"], linewidth=0.8, linestyle=(0, (4, 2)))
        top = max(top, takt_s)
    quiet(axes, "y")
    axes.set_ylim(0, 1.12 * top)
    axes.locator_params(axis="y", nbins=3)
    axes.set_xlabel(ladder.span.unit or " ")
    places = [rung.value for rung in ladder.rungs]
    axes.set_xticks(places, [setting(place) for place in places])
    if len(places) > 7 or max(len(setting(place)) for place in places) > 4:
        axes.tick_params(axis="x", labelsize=6.5)


def bands_plot(bands: Sequence[Band], span: Span, name: str) -> Markup:
    """What became of parts, by band of misalignment, as inline SVG."""
    with sheet(6.2, 0.62 + 0.34 * len(bands)) as figure:
        axes = figure.subplots()
        for row, band in enumerate(bands):
            counts = (
                band.first_try, band.after_retry, band.assisted, band.detected, band.escaped,
                band.unknown,
            )  # fmt: skip
            left = 0.0
            for n, (_, ink, hatch) in zip(counts, KINDS, strict=True):
                wide = 100 * n / band.n if band.n else 0.0
                axes.barh(
                    row, wide, left=left, height=0.68, color=LIGHT[ink], hatch=hatch,
                    edgecolor=LIGHT["paper"], linewidth=0.6,
                )  # fmt: skip
                left += wide
        drawn = [
            any(counts)
            for counts in zip(
                *(
                    (b.first_try, b.after_retry, b.assisted, b.detected, b.escaped, b.unknown)
                    for b in bands
                ),
                strict=True,
            )
        ]
        for used, (word, ink, hatch) in zip(drawn, KINDS, strict=True):
            if used:
                axes.barh(0, 0, color=LIGHT[ink], hatch=hatch, edgecolor=LIGHT["paper"], label=word)
        axes.set_yticks(range(len(bands)), [span.text(band.value) for band in bands])
        axes.invert_yaxis()
        axes.set_xlim(0, 100)
        axes.set_xlabel("parts, %")
        quiet(axes)
        figure.legend(loc="outside upper left", ncols=3)
        told = "; ".join(f"{span.text(b.value)}: {b.good} of {b.n} good" for b in bands)
        return inline(figure, name, f"What became of misaligned parts. {told}.")


def _alt(envelope: Envelope) -> str:
    told = []
    for ladder in envelope.ladders:
        rungs = ", ".join(
            f"{ladder.span.text(rung.value)} {rung.good} of {rung.n}" for rung in ladder.rungs
        )
        told.append(f"{ladder.span.axis}: {rungs}")
    return f"Good parts and cycle time over each axis. {'. '.join(told)}."
