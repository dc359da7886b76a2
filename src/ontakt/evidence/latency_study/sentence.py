"""What a latency study found, in sentences that a plant can act on."""

import math

from ontakt.evidence.latency_study.bearing import Bearing
from ontakt.evidence.latency_study.cell import Cell
from ontakt.evidence.latency_study.study import Judged, Study
from ontakt.evidence.numbers import UNKNOWN, number, plural, seconds, setting

CONFIDENCE = 0.95
"""Of the one-sided bound that the rule asks for."""


def milliseconds(cell: Cell) -> str:
    """The cell's latency as `80 ms`; a model that is not one number by its name."""
    known = UNKNOWN if cell.latency_ms is None else f"{setting(cell.latency_ms)} ms"
    return known if cell.latency.startswith("fixed:") else f"{cell.latency} (about {known})"


def finding(study: Study) -> tuple[str, ...]:
    """The answer first, then where it ends, which strategy is the fastest on the way, and what so
    few cycles cannot tell."""
    first = study.bearings[0]
    borne, beyond = study.row(first.borne), study.row(first.beyond)
    said = (_borne(study, first, borne), _beyond(borne, beyond), _fastest(study))
    return (*filter(None, said), _resolution(study))


def bearing_line(study: Study, one: Bearing) -> tuple[str, str]:
    """How much one strategy bears, and what ends it."""
    borne, beyond = study.row(one.borne), study.row(one.beyond)
    upto = "nothing that was tried" if borne is None else f"up to {milliseconds(borne.cell)}"
    if beyond is None:
        return upto, "that was the most that was tried"
    word = "too few cycles: " if beyond.verdict.word == "too few cycles" else ""
    return upto, f"at {milliseconds(beyond.cell)}: {word}{beyond.verdict.why}"


def _borne(study: Study, first: Bearing, borne: Judged | None) -> str:
    if borne is None:
        return f"{study.station} bears none of the latencies that were tried, with any strategy."
    cell = borne.cell
    within = (
        f"95 % of cycles at most {seconds(cell.cycle_p95_s.value)}, and takt is "
        f"{seconds(study.takt_s)}"
    )
    if borne.own is None:
        rest = " and no more is shown" if first.beyond is not None else ", the only one tried"
        return (
            f"{study.station} bears {milliseconds(cell)} with {cell.strategy}{rest}: "
            f"{_success(cell)}; a cycle takes {seconds(cell.cycle_mean_s.value)}, {within}."
        )
    least = study.row(first.least)
    assert least is not None  # the study holds the cells that its bearings name
    return (
        f"{study.station} bears up to {milliseconds(cell)} with {cell.strategy}: "
        f"{_success(cell)}, {_change(borne)} at {milliseconds(least.cell)}; a cycle takes "
        f"{_longer(borne)}, {within}."
    )


def _beyond(borne: Judged | None, beyond: Judged | None) -> str:
    if beyond is None:
        return "No more was tried." if borne is not None else "Nothing was tried."
    cell, verdict = beyond.cell, beyond.verdict
    at = f"At {milliseconds(cell)}" + (f" with {cell.strategy}" if borne is None else "")
    if verdict.word == "too few cycles":
        return f"{at} the cycles are too few to say: {_state(cell)}, and {verdict.why}."
    return f"{at} it does not: {_state(cell)} ({verdict.why})."


def _fastest(study: Study) -> str:
    """Which strategy makes the most good parts per hour at each latency, of those that bear it
    with all lesser ones; empty where there is no choice."""
    if len(study.strategies) < 2:
        return ""
    best: dict[str, Cell] = {}
    ended = {one.beyond for one in study.bearings}
    out: set[str] = set()
    for row in study.cells:
        cell, pace = row.cell, row.cell.throughput_per_h.value
        if cell.folder in ended:
            out.add(cell.strategy)
        if cell.strategy in out or pace is None:
            continue
        known = best.get(cell.latency)
        if known is None or pace > (known.throughput_per_h.value or 0.0):
            best[cell.latency] = cell
    ranked = sorted(best.values(), key=lambda cell: cell.latency_ms or 0.0)
    parts = [
        f"{cell.strategy} at {milliseconds(cell)} ({number(cell.throughput_per_h.value)} an hour)"
        for cell in ranked
    ]
    return f"Of what is borne, most good parts come from {', '.join(parts)}." if parts else ""


def _resolution(study: Study) -> str:
    if study.least_drop is None:
        return "No cycle could be compared."
    needed = math.ceil(math.log(1 - CONFIDENCE) / math.log1p(-study.margin))
    drop = f"{100 * study.least_drop:.1f} points"
    cycles = plural(study.pairs, "cycle")
    said = f"With {cycles} a cell, a drop of less than {drop} cannot be seen"
    if study.least_drop < study.margin:
        return f"{said}."
    return (
        f"{said}: the margin of {setting(100 * study.margin)} points takes at least "
        f"{plural(needed, 'cycle')}."
    )


def _success(cell: Cell) -> str:
    success = cell.success
    if success.low is None or success.high is None:
        return f"success {UNKNOWN}"
    return (
        f"{cell.good} of {success.n} parts good (95 % interval {100 * success.low:.0f} to "
        f"{100 * success.high:.0f} %)"
    )


def _state(cell: Cell) -> str:
    good = f"{cell.good} of {cell.success.n} parts good" if cell.success.n else "no known result"
    p95 = cell.cycle_p95_s.value
    return good if p95 is None else f"{good}, 95 % of cycles at most {seconds(p95)}"


def _change(row: Judged) -> str:
    assert row.own is not None  # only the least latency has none
    change = row.own.gains - row.own.losses
    if change == 0:
        return "as many as"
    return f"{abs(change)} {'more' if change > 0 else 'fewer'} than"


def _longer(row: Judged) -> str:
    assert row.own is not None  # only the least latency has none
    change, now = row.own.cycle_s.value, seconds(row.cell.cycle_mean_s.value)
    if change is None:
        return now
    if abs(change) < 0.05:
        return f"{now} as there"
    return f"{now}, {seconds(abs(change))} {'longer' if change > 0 else 'shorter'} than there"
