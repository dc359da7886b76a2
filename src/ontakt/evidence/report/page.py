"""The report: one HTML file that needs nothing but itself, and the raw events beside it."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from msgspec import Struct

from ontakt.contract.errors import RecordError
from ontakt.contract.event import Record, decode, encode
from ontakt.contract.verdict import Verdict
from ontakt.evidence import numbers
from ontakt.evidence.fold import fold
from ontakt.evidence.gate.qualification import Qualification, qualified
from ontakt.evidence.jsonl import write_events
from ontakt.evidence.report.answers import answers
from ontakt.evidence.report.assists import Assists, assists, drift
from ontakt.evidence.report.axes import AxisResponse, responses
from ontakt.evidence.report.basis import Basis, Versions, versions
from ontakt.evidence.report.chapter import Chapter, chapter
from ontakt.evidence.report.figures import ink
from ontakt.evidence.report.figures.cycle_ranges import cycle_ranges
from ontakt.evidence.report.figures.cycle_times import MANY, cycle_times
from ontakt.evidence.report.figures.pareto import pareto
from ontakt.evidence.report.figures.response import response
from ontakt.evidence.report.figures.shares import shares
from ontakt.evidence.report.figures.time_to_assist import time_to_assist
from ontakt.evidence.report.figures.timeline import timeline
from ontakt.evidence.report.gallery import Exhibit, exhibits
from ontakt.evidence.report.headline import headline
from ontakt.evidence.report.next_steps import next_steps
from ontakt.evidence.report.pictures import Album
from ontakt.evidence.report.placement import OUTER, placements
from ontakt.evidence.report.pool import Pool
from ontakt.evidence.report.published import BARS, XIAOMI
from ontakt.evidence.report.run_at_rate import run_at_rate
from ontakt.evidence.report.tiles import tiles
from ontakt.evidence.shift_record import ShiftRecord
from ontakt.evidence.statistics.capability import ENOUGH

FILTERS = (
    drift,
    numbers.amount,
    numbers.clock,
    numbers.count,
    numbers.duration,
    numbers.figure,
    numbers.hours,
    numbers.interval,
    numbers.number,
    numbers.percent,
    numbers.plural,
    numbers.seconds,
    numbers.sentence,
    numbers.setting,
    numbers.shell,
    numbers.surplus,
)


class RawFile(Struct, frozen=True):
    """The raw file that a page was counted from, and that lies beside it."""

    name: str
    rows: int
    """Events, or cycles of an imported log."""
    sha256: str
    """Of its bytes; of events: JSON lines, shifts in the report's order, events by seq."""
    kind: str = "events"
    """What the file holds, `events` or `cycles`, as a page's basis names it."""


def write_report(
    records: Iterable[Record],
    out: Path,
    folder: Path | Mapping[str, Path] | None = None,
    verdict: Verdict | None = None,
    qualification: Qualification | None = None,
) -> Path:
    """Write the report of the shifts in `records` to `out` and their events beside it, as
    `<stem>.events.jsonl`; returns `out`.

    `folder` is where pictures are kept: the shift's own folder, or one by shift for several.
    `qualification` is the registered plan that the shifts were worked for, in their order: the page
    shows it and judges by it. Without one a `verdict` is printed as it was given.
    The same records, pictures and versions give the same bytes. Raises RecordError when `records`
    hold no shift or cannot be folded, and when a file cannot be written.
    """
    shifts: dict[str, list[Record]] = {}
    for record in records:
        # As the events file will say it: the page depends on nothing that the file cannot tell.
        shifts.setdefault(record.origin.shift, []).append(decode(encode(record)))
    if not shifts:
        raise RecordError("There is no shift to report on: the record is empty.")
    ordered = [r for heap in shifts.values() for r in sorted(heap, key=lambda r: r.seq)]
    digest = hashlib.sha256()
    for record in ordered:
        digest.update(encode(record) + b"\n")
    beside = out.with_name(f"{out.stem}.events.jsonl")
    folded = [fold(heap) for heap in shifts.values()]
    write_events(beside, ordered)
    raw = RawFile(beside.name, len(ordered), digest.hexdigest())
    return write_page(folded, raw, out, folder, verdict, qualification)


def write_page(
    shifts: Sequence[ShiftRecord],
    raw: RawFile,
    out: Path,
    folder: Path | Mapping[str, Path] | None = None,
    verdict: Verdict | None = None,
    qualification: Qualification | None = None,
) -> Path:
    """Write the report of `shifts`, at least one, to `out`; returns `out`. `raw`, from which they
    were made, lies beside it; the rest is as in `write_report`. Raises RecordError when the page
    cannot be written."""
    names = [shift.origin.shift for shift in shifts]
    folders = folder if isinstance(folder, Mapping) else dict.fromkeys(names, folder)
    page = render(
        [chapter(shift) for shift in shifts],
        raw,
        {name: place for name, place in folders.items() if place is not None},
        verdict,
        qualification=qualification,
    )
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise RecordError(f"{out}: cannot be written ({error.strerror}).") from error
    return out


def render(
    chapters: Sequence[Chapter],
    raw: RawFile,
    folders: Mapping[str, Album],
    verdict: Verdict | None = None,
    written_with: Versions | None = None,
    qualification: Qualification | None = None,
) -> str:
    """The page as text; at least one chapter. `written_with` is what a page says of its making
    that is made again elsewhere; else what is installed here."""
    judged = None
    if qualification is not None:
        judged = qualified(_as_carried(qualification), [part.shift for part in chapters])
    planned = judged is not None and not judged.problems
    pool = Pool(chapters=tuple(chapters), planned=planned)
    axes = responses([cycle for part in chapters for cycle in part.shift.finished])
    takts = {part.takt_s for part in chapters}
    shown = exhibits(chapters, folders)
    environment = Environment(
        loader=PackageLoader("ontakt.evidence", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {f.__name__: f for f in FILTERS}
    page = environment.get_template("report.html.j2").render(
        pool=pool,
        first=chapters[0],
        headline=headline(pool, verdict, judged),
        tiles=tiles(pool, judged),
        steps=next_steps(pool, judged),
        judged=judged,
        run=run_at_rate(pool),
        assists=(helped := assists(pool)),
        curve=_curve(helped),
        infinity=math.inf,
        answers=answers(pool, axes, raw.name),
        axes=axes,
        exhibits=shown,
        guard=[_guard(part) for part in pool.detailed],
        drawings=[_drawings(part, k) for k, part in enumerate(pool.detailed)],
        pareto=_pareto(shown, pool),
        strips=_strips(axes, takts.pop() if len(takts) == 1 else None),
        placements=placements(pool),
        outer=OUTER,
        enough=ENOUGH,
        published=XIAOMI,
        bars=BARS,
        raw=raw,
        basis=Basis(
            kind=raw.kind,
            file=raw.name,
            sha256=raw.sha256,
            versions=written_with or versions(),
            verdict=verdict if judged is None else None,
            qualification=judged.qualification if judged is not None else None,
        ),
        light=ink.LIGHT,
        dark=ink.DARK,
    )
    return re.sub(r"(?<=\d) %", "\N{NARROW NO-BREAK SPACE}%", page)  # a sign stays with its number


def _as_carried(qualification: Qualification) -> Qualification:
    """As the page's basis will say it: names in order, so that whoever reads it there and judges
    again writes the same page."""
    return msgspec.json.decode(
        msgspec.json.encode(qualification, order="deterministic"), type=Qualification
    )


def _curve(helped: Assists | None) -> dict[str, Markup]:
    """Time to the next call, for a wide and for a narrow page; empty with too few calls."""
    if helped is None or helped.curve is None or not helped.rate:
        return {}
    broken_off = [one.hours for one in helped.stretches if not one.called]
    return {
        width: time_to_assist(
            helped.curve, helped.rate, broken_off, f"assists-{width}", width == "narrow"
        )
        for width in ("wide", "narrow")
    }


def _drawings(part: Chapter, k: int) -> dict[str, Markup]:
    """Cycle times and timeline of one shift, each for a wide and for a narrow page."""
    drawn = {}
    timed = [cycle for cycle in part.shift.cycles if math.isfinite(cycle.cycle_s)]
    draw_times = cycle_times if len(timed) <= MANY else cycle_ranges
    spans = part.spans
    draw_states = timeline if part.momentary else shares
    for width in ("wide", "narrow"):
        narrow = width == "narrow"
        if timed:
            drawn[f"times_{width}"] = draw_times(timed, part.takt_s, f"times-{k}-{width}", narrow)
        if spans and part.shift.ticks:
            drawn[f"states_{width}"] = draw_states(spans, f"states-{k}-{width}", narrow)
    return drawn


def _guard(part: Chapter) -> list[tuple[str, int]]:
    """What the guard did in a shift, as (rule and action, number of runs of ticks)."""
    acts = Counter(f"{act.rule} {act.action}" for act in part.shift.guard)
    return sorted(acts.items(), key=lambda item: (-item[1], item[0]))


def _pareto(shown: Sequence[Exhibit], pool: Pool) -> Markup | None:
    counts = [(one.title, one.count, one.recovered) for one in shown if not one.escaped]
    split = not any("recovered" in chapter.shift.untold for chapter in pool.chapters)
    return pareto(counts, "pareto", split) if counts else None


def _strips(axes: Sequence[AxisResponse], takt_s: float | None) -> list[Markup]:
    return [
        response(axis.bins, axis.title, takt_s, f"axis-{k}")
        for k, axis in enumerate(axes)
        if axis.varied
    ]
