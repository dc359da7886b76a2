"""The operating characteristic: the chance of passing over the true success, a line a test."""

import math

from markupsafe import Markup
from matplotlib.axes import Axes
from scipy.special import betaincinv

from ontakt.evidence.booking.booking import Booking, failure_rates
from ontakt.evidence.booking.choice import Choice
from ontakt.evidence.booking.wording import chance, odds, share, success
from ontakt.evidence.numbers import percent
from ontakt.evidence.report.figures.ink import LIGHT, inline, quiet, sheet
from ontakt.evidence.statistics.acceptance import Plan

POINTS = 241
SHOWN = (0, 1, 3, 5)
"""Allowed failures that are drawn, unless the test's own lie beside them."""
_LABEL = "true failures per {:,} cycles (log scale{})"
_OTHERS = (
    ("nok-detected", (0, (1, 1.2))), ("late", (0, (5, 1.5))), ("assisted", (0, (3, 1.2, 1, 1.2))),
    ("nok-escaped", (0, (7, 1.5, 1, 1.5))),
)  # fmt: skip
"""Ink and dashes of the tests that are not the one asked for."""


def plot(booking: Booking, name: str, narrow: bool) -> Markup:
    """The curves as inline SVG."""
    with sheet(*((3.6, 3.9) if narrow else (7.4, 3.9))) as figure:
        _draw(figure.subplots(), booking, "" if narrow else "; better robots to the right")
        return inline(figure, name, _alt(booking))


def _draw(axes: Axes, booking: Booking, hint: str) -> None:
    """The curves of the tests that are worth a comparison, and the two robots that are named."""
    rates = failure_rates(booking.reliability, booking.true, POINTS)
    _frame(axes, float(rates[0]), float(rates[-1]), hint)
    shown = compared(booking)
    others = iter(_OTHERS)
    for place, choice in enumerate(shown):
        own = choice.failures == booking.failures
        ink, dashes = ("on-takt", "solid") if own else next(others)
        axes.plot(
            rates, 100 * _plan(booking, choice).curve(1 - rates), color=LIGHT[ink],
            linestyle=dashes, linewidth=2.4 if own else 1.3, zorder=6 if own else 4,
            label=f"{choice.failures} in {choice.cycles:,}",
        )  # fmt: skip
        _number(axes, choice, place / max(1, len(shown) - 1), LIGHT[ink])
    _mark(axes, booking, rates[0])
    handles, labels = axes.get_legend_handles_labels()
    legend = axes.legend(
        handles[::-1], labels[::-1], title="failures allowed", loc="lower right",
        handlelength=2.6, alignment="left", borderaxespad=0.3, frameon=True, framealpha=1.0,
        facecolor=LIGHT["paper"], edgecolor="none",
    )  # fmt: skip
    legend.get_title().set_color(LIGHT["soft"])


def compared(booking: Booking) -> list[Choice]:
    """The tests that are drawn: the one asked for, and those far enough from it."""
    return [
        one
        for one in booking.alternatives
        if one.failures == booking.failures
        or (one.failures in SHOWN and abs(one.failures - booking.failures) > 1)
    ]


def _plan(booking: Booking, choice: Choice) -> Plan:
    return Plan(choice.cycles, choice.failures, booking.reliability, booking.confidence)


def _frame(axes: Axes, low: float, high: float, hint: str) -> None:
    quiet(axes, "y")
    axes.set_xscale("log")
    axes.set_xlim(high, low)  # better robots to the right
    ticks = _ticks(low, high)
    per = 10 ** max(2, math.ceil(-math.log10(ticks[0]) - 1e-9))  # whole failures on every tick
    axes.set_xticks(ticks, [f"{round(rate * per):,}" for rate in ticks])
    axes.set_xlabel(_LABEL.format(per, hint))
    axes.set_xticks([], minor=True)
    axes.set_ylim(-2, 102)
    axes.set_ylabel("chance of passing, %")


def _ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 of every power of ten in between; 1 and 3 where they are many."""
    digits = (1, 2, 5) if high < 200 * low else (1, 3)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    rates = [float(f"{digit}e{power}") for power in powers for digit in digits]
    return [rate for rate in rates if low <= rate <= high]


def _number(axes: Axes, choice: Choice, height: float, colour: str) -> None:
    """The allowed failures on their curve, each higher than those of a stricter test."""
    passing = 0.25 + 0.6 * height
    good = float(betaincinv(choice.cycles - choice.failures, choice.failures + 1.0, passing))
    axes.text(
        1 - good, 100 * passing, str(choice.failures), color=colour, fontweight="bold",
        ha="center", va="center", fontsize=7.5, zorder=8, clip_on=True,
        bbox={"boxstyle": "circle,pad=0.25", "facecolor": LIGHT["paper"], "edgecolor": colour},
    )  # fmt: skip


def _mark(axes: Axes, booking: Booking, lowest: float) -> None:
    """The robot that is just good enough and the one that is thought of, with their chances."""
    marks = [(booking.reliability, booking.consumers_risk, "asked")]
    true, risk = booking.true, booking.producers_risk
    if true is not None and risk is not None and 1 - true >= lowest:
        marks.append((true, 1 - risk, "true"))
    best = max(true for true, _, _ in marks)
    for true, passing, word in marks:
        across = float(
            axes.transAxes.inverted().transform(axes.transData.transform((1 - true, 0)))[0]
        )
        right = true == best and len(marks) > 1 and across < 0.8
        axes.axvline(1 - true, color=LIGHT["soft"], linewidth=0.9, linestyle=(0, (4, 2)), zorder=2)
        axes.plot(1 - true, 100 * passing, "o", markersize=5.5, color=LIGHT["ink"], zorder=9)
        axes.annotate(
            f"{_named(true)} {word}\n{percent(passing, 0)} pass", (1 - true, 1.0),
            xycoords=("data", "axes fraction"), xytext=(3 if right else -3, 3),
            textcoords="offset points", ha="left" if right else "right", fontweight="bold",
            annotation_clip=False,
        )  # fmt: skip


def _named(true: float) -> str:
    """As a share; with more than two decimals, which the drawing does not keep, as a count."""
    if round(true, 4) == true:
        return share(true)
    times, size = odds(true)
    return f"{times:,} of\n{size:,}"


def _alt(booking: Booking) -> str:
    said = [
        f"A robot that is {success(booking.reliability)} passes {chance(booking.consumers_risk)}"
    ]
    if booking.true is not None and booking.producers_risk is not None:
        said.append(f"one that is {success(booking.true)} {chance(1 - booking.producers_risk)}")
    tests = ", ".join(f"{one.failures} in {one.cycles:,}" for one in compared(booking))
    return (
        f"Chance of passing over the true success, by failures allowed: {tests}. {'; '.join(said)}."
    )
