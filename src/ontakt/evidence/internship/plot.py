"""The growth curve."""

from collections.abc import Sequence

from markupsafe import Markup

from ontakt.evidence.internship.growth import Version
from ontakt.evidence.report.figures.ink import LIGHT, inline, quiet, sheet


def plot(versions: Sequence[Version]) -> Markup:
    """Both sides good with its interval, and below it the share of a shift's parts that were taken
    over, by version, as inline SVG; empty without a version that was examined."""
    known = [v for v in versions if v.both is not None and v.both.share is not None]
    if not known:
        return Markup("")
    shifts = [v for v in versions if v.step_ins is not None and v.parts]
    with sheet(8.4, 4.4 if shifts else 2.6) as figure:
        grid = figure.subplots(2 if shifts else 1, 1, squeeze=False, sharex=True)[:, 0]
        for version in known:
            both = version.both
            if both is not None and both.low is not None and both.high is not None:
                ends = (100 * both.low, 100 * both.high)
                grid[0].plot((version.round,) * 2, ends, color=LIGHT["on-takt"], linewidth=0.9)
        shares = [100 * v.both.good / v.both.n for v in known if v.both is not None]
        grid[0].plot(
            [v.round for v in known], shares, color=LIGHT["on-takt"], marker="o", markersize=4
        )
        grid[0].set_title("Both sides good, %")
        grid[0].set_ylim(-4, 104)
        if shifts:
            taken = [100 * (v.step_ins or 0) / (v.parts or 1) for v in shifts]
            # a shift is worked by the version before the one that learns from it
            grid[1].plot(
                [v.round - 1 for v in shifts],
                taken,
                color=LIGHT["assisted"],
                marker="s",
                markersize=4,
            )
            grid[1].set_title("Parts of its shift that were taken over, %")
            grid[1].set_ylim(-4, 104)
        for axes in grid:
            quiet(axes, "y")
        grid[-1].set_xticks([v.round for v in known])
        grid[-1].set_xlabel("version")
        return inline(figure, "growth", _alt(known))


def _alt(known: Sequence[Version]) -> str:
    told = [f"version {v.round} {v.both.good} of {v.both.n}" for v in known if v.both is not None]
    return f"Both sides good: {', '.join(told)}."
