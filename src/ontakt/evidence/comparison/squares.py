"""What became of the same parts in two arms: four squares."""

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ontakt.evidence.comparison.difference import Cells
from ontakt.evidence.comparison.plot import STYLES, short
from ontakt.evidence.report.figures.ink import LIGHT, inline, sheet

FIRST, SECOND = STYLES[0][0], STYLES[1][0]
_GAP = 0.03
_LETTERS = 10


def squares(cells: Cells, first: str, second: str, name: str) -> Markup:
    """The four counts as inline SVG, parts that changed in the ink of the arm that was good."""
    with sheet(3.4, 2.5) as page:
        axes = page.subplots()
        axes.set_axis_off()
        axes.set_xlim(-0.65, 2.02)
        axes.set_ylim(-0.02, 2.5)
        _square(axes, 0, 1, cells.both, "good in both", None)
        _square(axes, 1, 1, cells.first, f"good in {_brief(first)} only", FIRST)
        _square(axes, 0, 0, cells.second, f"good in {_brief(second)} only", SECOND)
        _square(axes, 1, 0, cells.neither, "good in neither", None)
        axes.text(1.0, 2.3, short(second), ha="center", fontweight="bold", color=LIGHT[SECOND])
        for x, text in ((0.5, "good"), (1.5, "bad")):
            axes.text(x, 2.06, text, ha="center", va="bottom", color=LIGHT["soft"])
        for y, text in ((1.5, "good"), (0.5, "bad")):
            axes.text(-0.06, y, text, ha="right", va="center", color=LIGHT["soft"])
        axes.text(
            -0.42, 1.0, short(first), ha="right", va="center", fontweight="bold",
            color=LIGHT[FIRST], rotation=90,
        )  # fmt: skip
        said = (
            f"Of {cells.n} parts worked by both: {cells.both} good in both, {cells.first} in "
            f"{first} only, {cells.second} in {second} only, {cells.neither} in neither."
        )
        return inline(page, name, said)


def _square(axes: Axes, x: int, y: int, n: int, what: str, ink: str | None) -> None:
    side = 1 - 2 * _GAP
    axes.add_patch(
        Rectangle(
            (x + _GAP, y + _GAP),
            side,
            side,
            facecolor=LIGHT["waiting"],
            linewidth=1.6,
            edgecolor=LIGHT[ink] if ink else LIGHT["waiting"],
        )
    )
    colour = LIGHT[ink] if ink else LIGHT["ink"]
    axes.text(
        x + 0.5, y + 0.56, str(n), ha="center", va="center", fontsize=17, fontweight="bold",
        color=colour,
    )  # fmt: skip
    axes.text(x + 0.5, y + 0.22, what, ha="center", va="center", fontsize=6.5, color=LIGHT["soft"])


def _brief(name: str) -> str:
    """As much of a name as a square is wide."""
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
