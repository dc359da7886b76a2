"""How far a shift's figures reach: misalignment, variation, lines, validation, confidence."""

from collections.abc import Sequence

from ontakt.evidence.numbers import count, percent, plural, seconds, setting
from ontakt.evidence.report.answer import Answer, unmeasured
from ontakt.evidence.report.axes import AxisResponse
from ontakt.evidence.report.figures.response import Bin
from ontakt.evidence.report.pool import Pool

CORRELATION = 0.02
"""Correlation of cycles within a shift for which the effective number of cycles is told."""


def misaligned_parts(responses: Sequence[AxisResponse]) -> Answer:
    """Success and time from the best-placed parts to the worst-placed."""
    axis = next((r for r in responses if r.name == "misalignment"), None)
    question = "What happens when a part is misaligned?"
    if axis is None or not axis.varied or len(axis.told) < 2:
        told = "No offset of the part was set or recorded."
        if axis is not None and not axis.varied:
            told = f"Every part sat {setting(axis.low)} {axis.unit} off its place."
        return unmeasured("Misaligned parts", question, told)
    first, last = axis.told[0], axis.told[-1]
    return Answer(
        topic="Misaligned parts",
        question=question,
        figure=f"{_share(first)} \N{RIGHTWARDS ARROW} {_share(last)}",
        sentences=(
            f"Both sides good at {first.label} {axis.unit} in {_bin(first)}, "
            f"at {last.label} {axis.unit} in {_bin(last)}.",
            f"Median cycle time {seconds(first.median_s)}, then {seconds(last.median_s)}.",
        ),
    )


def variation(responses: Sequence[AxisResponse]) -> Answer:
    """How results hold along the other axes."""
    varied = [r for r in responses if r.varied and r.name != "misalignment" and len(r.told) > 1]
    held = [r for r in responses if not r.varied]
    fixed = ", ".join(f"{r.name} {setting(r.low)} {r.unit}".strip() for r in held)
    question = "How do results hold under tolerance, light, clutter and wear?"
    rest = (f"Held fixed: {fixed}.",) if fixed else ()
    if not varied:
        return unmeasured("Variation", question, "No other axis varied.", *rest)
    along = "; ".join(
        f"{r.name} {r.told[0].label} {r.unit}".strip()
        + f": {_share(r.told[0])}, "
        + f"{r.told[-1].label} {r.unit}".strip()
        + f": {_share(r.told[-1])}"
        for r in varied
    )
    return Answer(
        topic="Variation by axis",
        question=question,
        figure=plural(len(varied), "axis", "axes"),
        sentences=(
            f"{along}.",
            "Axes varied together, so no difference is proof of one cause.",
            *rest,
        ),
    )


def lines(pool: Pool) -> Answer:
    """On how many stations this was shown."""
    stations = {chapter.shift.origin.station for chapter in pool.chapters}
    if len(stations) == 1:
        return unmeasured(
            "Lines",
            "Does it hold on other lines?",
            f"One station ({next(iter(stations))}) and nothing else: this says nothing of a second "
            "line.",
        )
    return Answer(
        topic="Lines",
        question="Does it hold on other lines?",
        figure=plural(len(stations), "station"),
        sentences=(f"Stations: {', '.join(sorted(stations))}. Each shift stands for itself.",),
    )


def validation(pool: Pool, events_file: str) -> Answer:
    """How somebody else checks this page."""
    events = sum(chapter.shift.events for chapter in pool.chapters)
    sources = {chapter.shift.source.file for chapter in pool.chapters if chapter.shift.source}
    if sources:
        return Answer(
            topic="Independent validation",
            question="How can somebody else check this?",
            figure=plural(sum(len(chapter.shift.cycles) for chapter in pool.chapters), "cycle"),
            sentences=(
                f"Every figure is counted from {events_file}, which belongs to this page; its "
                "digest and that of the log it was imported from stand below.",
                f"Who has {' and '.join(sorted(sources))} can import it again and gets the same "
                "bytes. Whether the log is true is for the cell's owner to show.",
            ),
        )
    return Answer(
        topic="Independent validation",
        question="How can somebody else check this?",
        figure=plural(events, "raw event"),
        sentences=(
            f"Every figure is counted from the raw events in {events_file}, which belongs to this "
            "page; its digest stands below.",
            "The command below repeats the shift; on the virtual clock the same seed and versions "
            "give the same events. No third party has audited this record.",
        ),
    )


def confidence(pool: Pool) -> Answer:
    """Which intervals these are, and what they take for granted."""
    names = pool.chapters[0].kpis.values()
    methods = sorted({kpi.interval.split(",")[0] for kpi in names if kpi.interval})
    _, n = pool.both_sides
    if not methods:
        return unmeasured("Confidence", "How sure is all this?", "There is nothing to bound.")
    told = [
        f"Methods: {', '.join(methods)}.",
        "They take cycles for independent; within a shift they are not quite.",
    ]
    size = n / len(pool.chapters)
    if size > 1:
        design = 1 + (size - 1) * CORRELATION
        told.append(
            f"Were they correlated by {CORRELATION:g}, {count(n)} cycles would weigh like "
            f"{count(n / design)}."
        )
    if pool.several:
        told.append(_pooling(pool))
    return Answer(
        topic="Confidence",
        question="How sure is all this?",
        figure="95 % intervals",
        sentences=tuple(told),
    )


def _share(part: Bin) -> str:
    return percent(part.good / part.n, 0)


def _bin(part: Bin) -> str:
    """A range's cycles with their interval."""
    bounds = f"{percent(part.low, 0)} to {percent(part.high, 0)}"
    return f"{count(part.good)} of {plural(part.n, 'cycle')} (95 %: {bounds})"


def _pooling(pool: Pool) -> str:
    if not pool.frozen:
        return "The shifts are of different policies or configurations and are not pooled."
    if not pool.alike:
        return f"{pool.unlike} and are not pooled; intervals of shares allow for their spread."
    return "The shifts do not differ by more than chance, and are pooled."
