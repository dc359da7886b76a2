"""Dots and intervals: one panel a figure, one row an arm."""

from collections.abc import Sequence

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Sheet

from ontakt.evidence.comparison.comparison import Comparison
from ontakt.evidence.comparison.figure import Estimate, Figure
from ontakt.evidence.comparison.wording import bounds, value
from ontakt.evidence.report.figures.ink import LIGHT, inline, quiet, sheet

STYLES = (
    ("on-takt", "o"), ("late", "s"), ("assisted", "D"), ("nok-detected", "^"),
    ("nok-escaped", "X"), ("starved", "P"), ("blocked", "v"),
)  # fmt: skip
"""Ink and marker of the arms, in their order; every row bears its name besides."""
NAME = 24
"""Letters of a name that fit beside a panel."""
_TITLES = {"1": ", %", "1/h": " per hour", "1/100 cycles": ", in 100 cycles", "s": ", s"}


def plot(comparison: Comparison, name: str, narrow: bool) -> Markup:
    """The figures that are known of any arm, as inline SVG."""
    shown = [one for one in comparison.figures if any(e.value is not None for e in one.arms)]
    names = [short(arm.name) for arm in comparison.arms]
    columns = 1 if narrow else 3
    rows = max(1, -(-len(shown) // columns))
    height = rows * (0.62 + 0.25 * len(names))
    with sheet(3.6 if narrow else 8.4, height) as page:
        _draw(page, shown, names, rows, columns)
        return inline(page, name, _alt(comparison, shown))


def short(name: str) -> str:
    """`name` without its middle where it is long."""
    if len(name) <= NAME:
        return name
    head = NAME // 2
    return f"{name[:head]}…{name[head + 1 - NAME :]}"


def _draw(page: Sheet, shown: Sequence[Figure], names: list[str], rows: int, columns: int) -> None:
    page.get_layout_engine().set(h_pad=0.07, w_pad=0.1)  # type: ignore[union-attr,call-arg]
    grid = page.subplots(rows, columns, squeeze=False)
    for k, axes in enumerate(grid.ravel()):
        if k >= len(shown):
            axes.set_axis_off()
            continue
        _panel(axes, shown[k], names if k % columns == 0 else [""] * len(names))


def _panel(axes: Axes, figure: Figure, names: list[str]) -> None:
    scale = 100.0 if figure.unit == "1" else 1.0
    low, high = _range(figure, scale)
    quiet(axes, "x")
    axes.spines["left"].set_visible(False)
    axes.set_xlim(low, high)
    axes.set_ylim(len(names) - 0.5, -0.55)
    axes.set_yticks(range(len(names)), names)
    for label in axes.get_yticklabels():
        label.set_color(LIGHT["ink"])
    axes.locator_params(axis="x", nbins=5)
    title = f"{figure.label[:1].upper()}{figure.label[1:]}{_TITLES[figure.unit]}"
    axes.set_title(title, fontweight="bold" if figure.role == "main" else "normal")
    for row, one in enumerate(figure.arms):
        ink, marker = STYLES[row % len(STYLES)]
        if one.value is None:
            axes.annotate(
                "unknown", (0.0, row), xycoords=axes.get_yaxis_transform(), va="center",
                fontsize=7, color=LIGHT["soft"], style="italic",
            )  # fmt: skip
            continue
        ends = _ends(one, scale, low, high)
        if ends is not None:
            axes.plot(ends, (row, row), color=LIGHT[ink], linewidth=2.2, alpha=0.55, zorder=2)
        axes.plot(
            scale * one.value, row, marker=marker, markersize=5.2, color=LIGHT[ink],
            markeredgecolor=LIGHT["paper"], markeredgewidth=0.5, zorder=3, clip_on=False,
        )  # fmt: skip


def _ends(one: Estimate, scale: float, low: float, high: float) -> tuple[float, float] | None:
    """The interval; an end that is open reaches to the panel's edge."""
    if one.low is None and one.high is None:
        return None
    return (
        low if one.low is None else scale * one.low,
        high if one.high is None else scale * one.high,
    )


def _range(figure: Figure, scale: float) -> tuple[float, float]:
    """Of the axis: all that is known with some room, a share no further than 0 and 100 %."""
    known = [
        scale * end
        for one in figure.arms
        for end in (one.value, one.low, one.high)
        if end is not None
    ]
    low, high = min(known), max(known)
    room = 0.06 * (high - low) or 0.5
    if figure.unit == "1":
        return max(-1.0, low - room), min(101.0, high + room)
    return (low - room if figure.unit == "s" else min(0.0, low) - 0.01 * high), high + room


def _alt(comparison: Comparison, shown: Sequence[Figure]) -> str:
    told = []
    for figure in shown:
        arms = ", ".join(
            f"{arm.name} {value(figure, one)} {bounds(figure, one)}".strip()
            for arm, one in zip(comparison.arms, figure.arms, strict=True)
        )
        told.append(f"{figure.label}: {arms}")
    return f"Figures of each arm with intervals. {'; '.join(told)}."
