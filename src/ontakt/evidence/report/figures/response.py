"""How success and cycle time answer to one axis of variation."""

from collections.abc import Sequence

from markupsafe import Markup
from msgspec import Struct

from ontakt.evidence.report.figures.cycle_times import FAST
from ontakt.evidence.report.figures.ink import LIGHT, inline, quiet, sheet


class Bin(Struct, frozen=True):
    """The cycles whose axis lay in one range."""

    label: str
    good: int
    n: int
    low: float | None
    """Interval of the success [ratio]; None without a cycle."""
    high: float | None
    median_s: float | None
    """Median cycle time [s]; None without a cycle."""
    p95_s: float | None


def response(bins: Sequence[Bin], axis: str, takt_s: float | None, name: str) -> Markup:
    """Two strips over the ranges of `axis` (with its unit): success with interval, and time;
    `takt_s` None where there is not one takt."""
    with sheet(3.6, 2.7) as figure:
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
        rows = [(k, b) for k, b in enumerate(bins) if b.n]
        share = [100 * b.good / b.n for _, b in rows]
        places = [k for k, _ in rows]
        below = [s - 100 * (b.low or 0.0) for s, (_, b) in zip(share, rows, strict=True)]
        above = [
            100 * (1.0 if b.high is None else b.high) - s
            for s, (_, b) in zip(share, rows, strict=True)
        ]
        upper.errorbar(
            places, share, yerr=(below, above), fmt="o", markersize=5, capsize=0,
            color=LIGHT["on-takt"], ecolor=LIGHT["working"], elinewidth=3,
        )  # fmt: skip
        for place, value, (_, b) in zip(places, share, rows, strict=True):
            upper.annotate(
                f"{b.good}/{b.n}", (place, value), xytext=(6, 0),
                textcoords="offset points", va="center", fontsize=7, color=LIGHT["soft"],
            )  # fmt: skip
        floor = min(s - b for s, b in zip(share, below, strict=True))
        upper.set_ylim(max(-4.0, 10 * (floor // 10) - 4), 104)
        upper.set_ylabel("both good, %")
        for place, (_, b) in zip(places, rows, strict=True):
            if b.median_s is not None and b.p95_s is not None:
                lower.plot(
                    [place, place], [b.median_s, b.p95_s], color=LIGHT["working"], linewidth=3,
                    zorder=1,
                )  # fmt: skip
                lower.plot(place, b.median_s, "o", markersize=4.5, color=LIGHT["ink"])
                lower.plot(place, b.p95_s, "_", markersize=8, color=LIGHT["ink"])
        slowest = max(b.p95_s or 0.0 for _, b in rows)
        if takt_s is not None and slowest >= FAST * takt_s:
            lower.axhline(takt_s, color=LIGHT["soft"], linewidth=0.9, linestyle=(0, (4, 2)))
        lower.margins(y=0.25)
        lower.set_ylabel("time, s")
        lower.set_xlabel(axis)
        lower.set_xticks(range(len(bins)), [b.label for b in bins])
        lower.set_xlim(-0.4, len(bins) - 0.35)
        for axes in (upper, lower):
            quiet(axes, "y")
        said = "; ".join(f"{b.label}: {b.good} of {b.n}" for _, b in rows)
        return inline(figure, name, f"Cycles with all sides good by {axis}: {said}.")
