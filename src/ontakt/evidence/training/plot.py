"""The plots of a training over its minutes."""

from collections.abc import Callable, Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

from ontakt.evidence.report.figures.ink import LIGHT, inline, quiet, sheet
from ontakt.evidence.training.history import History, Line

POINTS = 200
"""Most points of a line: beyond it, neighbours are drawn as their mean."""
INKS = ("on-takt", "nok-detected", "assisted")


def plot(history: History) -> Markup:
    """Loss, localisation and success, as inline SVG; what is not known has no panel."""
    panels: list[tuple[str, Callable[[Axes], None]]] = []
    if history.lines:
        panels.append(("Loss", lambda axes: _losses(axes, history.lines)))
    places = _places(history.lines)
    if places:
        panels.append(
            ("Localisation error, mm", lambda axes: _localisation(axes, history.lines, places))
        )
    if history.evaluations:
        panels.append(("Both sides good, %", lambda axes: _success(axes, history)))
    if not panels:
        return Markup("")
    with sheet(8.4, 2.3 * len(panels)) as figure:
        grid = figure.subplots(len(panels), 1, squeeze=False, sharex=True)
        for axes, (title, drawn) in zip(grid[:, 0], panels, strict=True):
            drawn(axes)
            quiet(axes, "y")
            axes.set_title(title)
        grid[-1, 0].set_xlabel("minutes of training")
        return inline(figure, "training", _alt(history))


def _losses(axes: Axes, lines: Sequence[Line]) -> None:
    minutes = _minutes(lines)
    for name, ink in zip(("squared", "frequency"), INKS, strict=False):
        values = np.array([getattr(line.report, name) for line in lines])
        _line(axes, minutes, values, name, LIGHT[ink])
    _logarithmic(axes)


def _localisation(axes: Axes, lines: Sequence[Line], places: Sequence[str]) -> None:
    minutes = _minutes(lines)
    for place, ink in zip(places, INKS, strict=False):
        known = [line.report.millimetres.get(place) for line in lines]
        values = np.array([np.nan if value is None else value for value in known], dtype=np.float64)
        _line(axes, minutes, values, place, LIGHT[ink])
    _logarithmic(axes)


def _logarithmic(axes: Axes) -> None:
    """Plain numbers at 1, 2 and 5."""
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())


def _success(axes: Axes, history: History) -> None:
    for one in history.evaluations:
        x, both = one.seconds / 60, one.both
        axes.plot((x, x), (100 * both.low, 100 * both.high), color=LIGHT["on-takt"], linewidth=0.9)
    axes.plot(
        [one.seconds / 60 for one in history.evaluations],
        [100 * one.both.good / one.both.n for one in history.evaluations],
        color=LIGHT["on-takt"],
        marker="o",
        markersize=4,
        linewidth=1.2,
    )
    axes.set_ylim(-4, 104)


def _line(axes: Axes, minutes: np.ndarray, values: np.ndarray, name: str, colour: str) -> None:
    groups = np.array_split(np.arange(len(values)), min(POINTS, len(values)))
    known = [group[np.isfinite(values[group])] for group in groups]
    xs = [minutes[group].mean() for group in known if len(group)]
    ys = [values[group].mean() for group in known if len(group)]
    axes.plot(xs, ys, color=colour, linewidth=1.4, marker="o" if len(xs) == 1 else "", markersize=4)
    if xs:
        axes.annotate(
            name, (xs[-1], ys[-1]), xytext=(4, 0), textcoords="offset points", va="center",
            fontsize=7.5, fontweight="bold", color=colour, annotation_clip=False,
        )  # fmt: skip


def _minutes(lines: Sequence[Line]) -> np.ndarray:
    return np.array([line.seconds / 60 for line in lines])


def _places(lines: Sequence[Line]) -> list[str]:
    found = (p for line in lines for p, v in line.report.millimetres.items() if v is not None)
    return list(dict.fromkeys(found))


def _alt(history: History) -> str:
    told = []
    if history.lines:
        told.append(f"Loss at the end {history.lines[-1].report.loss:.3g}.")
    if history.evaluations:
        last = history.evaluations[-1].both
        told.append(f"Both sides good in {last.good} of {last.n} episodes at the end.")
    return " ".join(told)
