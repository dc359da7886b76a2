"""The difference that decides, with its interval, against no difference."""

from markupsafe import Markup

from ontakt.evidence.comparison.figure import Figure
from ontakt.evidence.comparison.plot import STYLES, short
from ontakt.evidence.comparison.wording import difference, difference_bounds
from ontakt.evidence.report.figures.ink import LIGHT, inline, quiet, sheet

_LEAST = 1.0
"""Points that the axis reaches on either side at least."""


def strip(figure: Figure, first: str, second: str, name: str) -> Markup | None:
    """`figure`, a share of two arms, as inline SVG; None where its difference has no interval."""
    if figure.difference is None or figure.low is None or figure.high is None:
        return None
    value, low, high = (100 * end for end in (figure.difference, figure.low, figure.high))
    with sheet(4.6, 1.45) as page:
        axes = page.subplots()
        quiet(axes, "x")
        axes.spines["left"].set_visible(False)
        reach = 1.08 * max(-low, high, _LEAST)
        axes.set_xlim(-reach, reach)
        axes.set_ylim(-1, 1)
        axes.set_yticks([])
        axes.locator_params(axis="x", nbins=7)
        axes.set_xlabel("difference of the share with both sides good, percentage points")
        axes.axvline(0, color=LIGHT["ink"], linewidth=1.0, linestyle=(0, (4, 2)))
        axes.plot((low, high), (0, 0), color=LIGHT["aborted"], linewidth=5, alpha=0.6)
        axes.plot(value, 0, "o", markersize=7, color=LIGHT["ink"])
        for x, side, text, ink in (
            (0.0, "left", f"{short(second)} better", STYLES[1][0]),
            (1.0, "right", f"{short(first)} better", STYLES[0][0]),
        ):
            axes.annotate(
                text, (x, 1.0), xycoords="axes fraction", ha=side, va="bottom",
                color=LIGHT[ink], fontweight="bold",
            )  # fmt: skip
        said = f"{first} minus {second}: {difference(figure)}, {difference_bounds(figure)}."
        return inline(page, name, said)
