"""A wall view in one language: what stands in which place of the page.

A key `name` is the text of the element marked `data-f="name"`, a key `name@attribute` one of its
attributes, None takes the attribute away. The server writes the first page with them and the stream
sends them again, so that the page never makes a sentence of its own.
"""

from collections.abc import Mapping
from datetime import tzinfo

from ontakt.board.brief import clock
from ontakt.board.language import Words
from ontakt.board.tone import TONES
from ontakt.board.wall import LAST_CYCLES, TOP
from ontakt.board.wall_view import LastCycle, Pace, WallView
from ontakt.contract import State

Fields = Mapping[str, str | None]

MINUS = "\N{MINUS SIGN}"
EN_DASH = "\N{EN DASH}"
_MS = 1_000_000
STALE = ("gone", "silent", "broken")
MARKS = {
    "on_takt": "\N{CHECK MARK}",
    "late": "+",
    "nok_detected": "\N{MULTIPLICATION X}",
    "nok_escaped": "!",
    "assisted": "\N{BLACK UP-POINTING TRIANGLE}",
    "aborted": "\N{BLACK SQUARE}",
    "starved": "\N{EN DASH}",
    "blocked": "\N{EN DASH}",
}
"""An outcome's sign beside its colour."""
CHART = 100.0
"""Height of the bars' drawing; takt lies at two thirds of it."""


def tell(view: WallView, words: Words, zone: tzinfo | None = None) -> Fields:
    """Every place of the wall filled."""
    ticking = view.ticking
    fields: dict[str, str | None] = {
        "wall@data-tone": view.tone,
        "wall@data-shift": view.shift,
        **_word(words(f"word.{view.word}")),
        "station": view.station,
        "shift": view.shift,
        "shift@href": None,
        "state": words(f"state.{State(view.state).name}"),
        "cause": _cause(view, words),
        "since": span(view.since_s),
        "since@data-at": _at(view.since_ns, ticking),
        "takt": f"{view.takt_s:g} s",
        "simulated": words("andon.simulated") if view.clock == "virtual" else "",
        "told": clock(view.told_ns, zone),
        "stale@hidden": None if view.link in STALE else "",
        "stale": _stale(view, words, zone),
        "age": _age(view),
        "age@data-at": _at(view.written_ns, view.link in ("live", *STALE)),
        "link@data-link": view.link,
    }
    fields |= _beat(view)
    fields |= _call(view, words)
    fields |= _pace("hour", view.hour) | _pace("whole", view.whole)
    fields["hour-from"] = f"{clock(view.hour_ns, zone)[:5]} {clock(view.hour_ns, zone)[9:]}"
    fields["planned"] = f"/ {view.planned}" if view.planned is not None else ""
    fields |= _cycles(view, words)
    for k in range(TOP):
        stop = view.stops[k] if k < len(view.stops) else None
        fields[f"stop{k}"] = words.named("cause", stop.cause) if stop else ""
        fields[f"stop{k}-count"] = f"{stop.count} \N{MULTIPLICATION SIGN}" if stop else ""
        fields[f"stop{k}-time"] = span(stop.seconds) if stop else ""
        failure = view.failures[k] if k < len(view.failures) else None
        fields[f"fail{k}"] = words.named("cause", failure.mode) if failure else ""
        fields[f"fail{k}-count"] = str(failure.count) if failure else ""
    if not view.stops:
        fields["stop0"] = words("andon.none")
    if not view.failures:
        fields["fail0"] = words("andon.none")
    fields |= _step_ins(view, words)
    return fields


def _word(text: str) -> dict[str, str | None]:
    """The one word, and how much room it takes."""
    size = None if len(text) <= 8 else "middle" if len(text) <= 12 else "long"
    return {"word": text, "word@data-length": size}


def _cause(view: WallView, words: Words) -> str:
    if view.cause in ("start", "done") or view.link == "ended":
        return ""
    return words.named("cause", view.cause)


def _stale(view: WallView, words: Words, zone: tzinfo | None) -> str:
    if view.link not in STALE:
        return ""
    text = words(f"stale.{view.link}")
    return f"{text} {words('shift.last_event')}: {clock(view.told_ns, zone)}"


def _age(view: WallView) -> str:
    if view.written_ns is None or view.link == "ended":
        return ""
    return span(max(0.0, (view.now_ns - view.written_ns) / 1e9)) if view.ticking else ""


def _beat(view: WallView) -> dict[str, str | None]:
    beat = view.beat
    if beat is None:
        return {
            "left": EN_DASH, "left@data-at": None, "left@data-late": None, "left@data-none": "",
            "bar@data-from": None, "bar@data-to": None, "bar@width": "0", "cycle": "",
        }  # fmt: skip
    share = 100.0 * (1.0 - beat.left_s / view.takt_s)
    return {
        "left": left(beat.left_s),
        "left@data-at": _at(beat.ends_ns, view.ticking),
        "left@data-late": "" if beat.left_s < 0 else None,
        "left@data-none": None,
        "bar@data-from": _at(beat.begins_ns, view.ticking),
        "bar@data-to": _at(beat.ends_ns, view.ticking),
        "bar@width": f"{min(100.0, max(0.0, share)):.1f}",
        "cycle": str(beat.cycle),
    }


def _call(view: WallView, words: Words) -> dict[str, str | None]:
    call = view.call
    if call is None:
        return {
            "call@hidden": "", "call-reason": "", "call-step": "",
            "call-age": "", "call-age@data-at": None,
        }  # fmt: skip
    return {
        "call@hidden": None,
        "call-reason": words.named("cause", call.reason),
        "call-step": words(f"help.{call.step}"),
        "call-age": span(call.age_s),
        "call-age@data-at": _at(call.raised_ns, view.ticking),
    }


def _pace(name: str, pace: Pace) -> dict[str, str | None]:
    difference = pace.difference
    sign = "+" if difference > 0 else MINUS if difference < 0 else "±"
    return {
        f"{name}-made": str(pace.made),
        f"{name}-target": str(pace.target),
        f"{name}-over": str(pace.over),
        f"{name}-difference": f"{sign}{abs(difference)}",
        f"{name}-difference@data-sign": "behind" if difference < 0 else "even",
    }


def _cycles(view: WallView, words: Words) -> dict[str, str | None]:
    """The newest on the right; a place without a cycle stays empty."""
    fields: dict[str, str | None] = {}
    for k in range(LAST_CYCLES):
        place = LAST_CYCLES - 1 - k
        cycle = view.last[k] if k < len(view.last) else None
        height = _height(cycle, view.takt_s)
        fields |= {
            f"c{place}@class": f"bar {cycle.outcome}" if cycle else "bar",
            f"c{place}@height": f"{height:.1f}",
            f"c{place}@y": f"{CHART - height:.1f}",
            f"c{place}-mark": MARKS[cycle.outcome] if cycle else "",
            f"c{place}-mark@class": f"mark {cycle.outcome}" if cycle else "mark",
            f"c{place}-mark@title": words(f"outcome.{cycle.outcome}") if cycle else None,
            f"c{place}-time": f"{cycle.cycle_s:.0f}" if cycle else "",
        }
    return fields


def _height(cycle: LastCycle | None, takt_s: float) -> float:
    return 0.0 if cycle is None else min(CHART, CHART * 2 / 3 * cycle.cycle_s / takt_s)


def _step_ins(view: WallView, words: Words) -> dict[str, str | None]:
    told = view.step_ins
    if told.per_hour is None or told.low is None or told.high is None:
        return {"steps": str(told.count), "steps-rate": words("shift.unknown"), "steps-range": ""}
    return {
        "steps": str(told.count),
        "steps-rate": f"{_rate(told.per_hour)} /h",
        "steps-range": f"{_rate(told.low)}{EN_DASH}{_rate(told.high)} /h (95 %)",
    }


def _rate(value: float) -> str:
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}"


def _at(ns: int | None, ticking: bool) -> str | None:
    """UTC [ms] from or to which a page counts by itself; None where it must not."""
    return str(ns // _MS) if ns is not None and ticking else None


def span(seconds: float) -> str:
    """A length of time as `0:42` or `2:05:10`; the page's script writes it the same way."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, rest = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def left(seconds: float) -> str:
    """What is left to the beat, as `47`, or by how much it is past, as `+12`; from 100 s on in
    minutes. A second that has begun counts as left."""
    late = seconds < 0
    whole = int(-seconds) if late else -int(-seconds // 1)
    text = str(whole) if whole < 100 else f"{whole // 60}:{whole % 60:02d}"
    return f"+{text}" if late else text


def empty(words: Words) -> Fields:
    """Every place of the wall before there is a shift."""
    return {
        "wall@data-tone": TONES[4],
        **_word(words("word.waiting")),
        "state": words("andon.nothing"),
        "stale@hidden": "",
        "call@hidden": "",
        "left": EN_DASH,
        "left@data-none": "",
    }
