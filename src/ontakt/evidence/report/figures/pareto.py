"""Failures by mode, most frequent first, split by what became of them."""

from collections.abc import Sequence

from markupsafe import Markup

from ontakt.evidence.report.figures.ink import LIGHT, inline, quiet, sheet


def pareto(counts: Sequence[tuple[str, int, int]], name: str, split: bool = True) -> Markup:
    """Bars of (mode, detected, of these recovered), for at least one mode; not `split` where nobody
    knows which were recovered."""
    with sheet(3.6, 0.75 + 0.3 * len(counts)) as figure:
        axes = figure.subplots()
        rows = range(len(counts))
        recovered = [part for _, _, part in counts]
        lost = [total - part for _, total, part in counts]
        called = "not recovered" if split else "recovered or not"
        axes.barh(rows, lost, 0.62, color=LIGHT["nok-detected"], label=called)
        if split:
            axes.barh(
                rows, recovered, 0.62, left=lost, color=LIGHT["recovered"],
                label="recovered by the robot",
            )  # fmt: skip
        for row, (_, total, part) in enumerate(counts):
            axes.annotate(
                f"{total}  ({part} recovered)" if part else f"{total}", (total, row),
                xytext=(4, 0), textcoords="offset points", va="center",
            )  # fmt: skip
        quiet(axes)
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        axes.set_yticks(rows, [mode for mode, _, _ in counts])
        for label in axes.get_yticklabels():
            label.set_color(LIGHT["ink"])
        axes.set_ylim(len(counts) - 0.5, -0.5)
        axes.set_xlim(0, 1.35 * max(total for _, total, _ in counts))
        figure.legend(loc="outside upper left", ncols=2, borderaxespad=0.2)
        said = "; ".join(
            f"{mode} {total}" + (f", {part} recovered" if split else "")
            for mode, total, part in counts
        )
        return inline(figure, name, f"Failures by mode: {said}.")
