"""Any cycles, written as a log in any dialect, mapping and time format, come back as they were."""

import csv
import io
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct
from tests.evidence.imported.logs import shift_of

from ontakt.contract import CycleRecord, Outcome, Side, SideResult

TAKT_S = 76.0
BEGAN = datetime(2026, 3, 2, 7, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


class Dialect(Struct, frozen=True):
    """How somebody writes a log."""

    separator: str = ","
    comma: bool = False
    newline: str = "\n"
    encoding: str = "utf-8"
    prefix: str = ""
    """Before our names of columns: then the log needs a mapping."""
    millis: bool = False
    """Cycle times in milliseconds, offsets in millimetres."""
    time: str = "iso"


TIMES: dict[str, Callable[[datetime], str]] = {
    "iso": lambda moment: moment.isoformat(),
    "offset": lambda moment: moment.astimezone(BERLIN).isoformat(timespec="milliseconds"),
    "local": lambda moment: moment.astimezone(BERLIN).replace(tzinfo=None).isoformat(" "),
    "dotted": lambda moment: f"{moment.astimezone(BERLIN):%d.%m.%Y %H:%M:%S.%f}",
    "seconds": lambda moment: f"{moment.timestamp():.3f}",
    "nanoseconds": lambda moment: f"{round(moment.timestamp() * 1000)}000000",
}

dialects = st.builds(
    Dialect,
    separator=st.sampled_from(",;\t|"),
    comma=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    prefix=st.sampled_from(["", "Feld "]),
    millis=st.booleans(),
    time=st.sampled_from(sorted(TIMES)),
).filter(lambda how: not (how.comma and how.separator == ","))

answers = st.sampled_from([True, False, None])
words = st.sampled_from(["jam", "drop", "no grasp", 'a "word", quoted', "Größe"])
results = st.builds(
    SideResult,
    inspected_ok=answers,
    believed_ok=answers,
    offset=st.none() | st.integers(0, 9999).map(lambda n: n / 1000 / 1000),
    retries=st.integers(0, 3),
)
settings_ = st.fixed_dictionaries({"tolerance": st.integers(1, 9).map(lambda n: n / 10_000)})


@st.composite
def cycles(draw: st.DrawFn) -> list[CycleRecord]:
    """Cycles of one shift, in order, with a millisecond's resolution."""
    sides: Sequence[Side] = draw(st.sampled_from([("left", "right"), ("left",)]))
    whole = draw(st.booleans())
    tick, found = 0, []
    for number in range(draw(st.integers(1, 6))):
        lasted = draw(st.integers(1_000, 120_000))
        later = draw(st.integers(0, 5_000))
        told = {side: draw(results) for side in sides}
        helped = draw(st.integers(0, 2))
        found.append(
            CycleRecord(
                shift="log",
                cycle=2 * number,
                outcome=Outcome.ABORTED,  # consistent with whatever the sides say
                started_tick=tick,
                ended_tick=tick + lasted + later,
                control_hz=1000,
                takt_s=TAKT_S,
                cycle_s=lasted / 1000,
                sides={} if whole else told,
                part=told[sides[0]] if whole else None,
                variation=draw(settings_),
                failure=draw(st.none() | words),
                detected_by=draw(st.none() | words),
                recoveries=draw(st.integers(0, 2)),
                step_ins=helped,
            )
        )
        tick += lasted + later + draw(st.integers(0, 60_000))
    return found


def written(told: list[CycleRecord], how: Dialect) -> tuple[bytes, dict[str, str]]:
    """The log of `told`, and the mapping that it needs."""
    when = TIMES[how.time]

    def number(value: float | None) -> str:
        if value is None:
            return ""
        text = repr(value)
        return text.replace(".", ",") if how.comma else text

    rows: list[dict[str, str]] = []
    for cycle in told:
        row = {
            "cycle": str(cycle.cycle),
            "start": when(BEGAN + timedelta(milliseconds=cycle.started_tick)),
            "outcome": str(cycle.outcome),
            "failure": cycle.failure or "",
            "detected_by": cycle.detected_by or "",
            "recoveries": str(cycle.recoveries),
            "step_ins": str(cycle.step_ins),
            "variation.tolerance": number(cycle.variation["tolerance"]),
        }
        seconds = cycle.cycle_s
        row["cycle_ms" if how.millis else "cycle_s"] = (
            str(round(seconds * 1000)) if how.millis else number(seconds)
        )
        row["end"] = when(BEGAN + timedelta(milliseconds=cycle.ended_tick))
        ends = {f"{side}_": result for side, result in cycle.sides.items()}
        if cycle.part is not None:
            ends[""] = cycle.part
        for prefix, result in ends.items():
            row[f"{prefix}ok"] = {True: "ok", False: "NOK", None: ""}[result.inspected_ok]
            row[f"{prefix}believed_ok"] = {True: "1", False: "0", None: "unknown"}[
                result.believed_ok
            ]
            row[f"{prefix}retries"] = str(result.retries)
            offset = result.offset
            name = f"{prefix}offset_mm" if how.millis else f"{prefix}offset_m"
            row[name] = number(
                None if offset is None else round(offset * 1000, 3) if how.millis else offset
            )
        rows.append(row)
    out = io.StringIO()
    names = [how.prefix + name for name in rows[0]]
    writer = csv.writer(out, delimiter=how.separator, lineterminator=how.newline)
    writer.writerow(names)
    writer.writerows(list(row.values()) for row in rows)
    mapping = {name: how.prefix + name for name in rows[0]} if how.prefix else {}
    return out.getvalue().encode(how.encoding), mapping


@settings(deadline=None, max_examples=60)
@given(cycles(), dialects)
def test_cycles_come_back_as_they_were(told: list[CycleRecord], how: Dialect) -> None:
    text, mapping = written(told, how)
    with TemporaryDirectory() as place:
        shift = shift_of(
            Path(place),
            text,
            takt_s=TAKT_S,
            columns=mapping,
            shift_gap_s=None,
            timezone="Europe/Berlin" if how.time in ("local", "dotted") else None,
        )
    assert shift.first_utc_ns == round(BEGAN.timestamp()) * 1_000_000_000
    for came, went in zip(shift.cycles, told, strict=True):
        assert came == went
        assert math.isclose(came.cycle_s, went.cycle_s, rel_tol=0, abs_tol=0)
