"""The files of a latency study: its numbers, a page that needs nothing but itself, and the plot."""

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from ontakt.contract import RecordError
from ontakt.evidence.latency_study.estimate import Estimate
from ontakt.evidence.latency_study.plot import picture, plot
from ontakt.evidence.latency_study.sentence import bearing_line, finding, milliseconds
from ontakt.evidence.latency_study.study import Study
from ontakt.evidence.numbers import UNKNOWN, number, percent
from ontakt.evidence.report.figures import ink
from ontakt.evidence.report.page import FILTERS

_NARROW = "\N{NARROW NO-BREAK SPACE}"
NUMBERS, PAGE, PICTURE = "study.json", "study.html", "study.png"


def write_study(study: Study, folder: Path) -> Path:
    """Write `study.json`, `study.html` and `study.png` into `folder`; returns the page. The same
    study gives the same bytes. Raises RecordError when a file cannot be written."""
    page = folder / PAGE
    try:
        (folder / NUMBERS).write_bytes(msgspec.json.format(packed(study)) + b"\n")
        page.write_text(render(study), encoding="utf-8")
        picture(study, folder / PICTURE)
    except OSError as error:
        raise RecordError(f"{folder}: cannot be written ({error.strerror}).") from error
    return page


def packed(study: Study) -> bytes:
    """The study as one JSON object on one line, its finding first."""
    numbers = msgspec.to_builtins(study)
    return msgspec.json.encode({"finding": " ".join(finding(study)), **numbers})


def render(study: Study) -> str:
    """The page as text."""
    environment = Environment(
        loader=PackageLoader("ontakt.evidence", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        f.__name__: f for f in (*FILTERS, milliseconds, between, between_shares)
    }
    page = environment.get_template("latency_study.html.j2").render(
        study=study,
        finding=finding(study),
        bearings=[(one.strategy, *bearing_line(study, one)) for one in study.bearings],
        wide=plot(study, "latency-wide", narrow=False),
        narrow=plot(study, "latency-narrow", narrow=True),
        light=ink.LIGHT,
        dark=ink.DARK,
    )
    return re.sub(r"(?<=\d) %", "\N{NARROW NO-BREAK SPACE}%", page)  # a sign stays with its number


def between(one: Estimate, digits: int = 3) -> str:
    """The interval of a figure; empty without one, an open end is named."""
    return _ends(one, lambda value: number(value, digits))


def between_shares(one: Estimate) -> str:
    """The interval of a share, in percent."""
    return _ends(one, lambda value: percent(value, 0))


def _ends(one: Estimate, written: Callable[[float], str]) -> str:
    if one.value is None:
        return ""
    if one.low is None and one.high is None:
        return "no interval"
    if one.high is None:
        return f"at least {UNKNOWN if one.low is None else written(one.low)}"
    if one.low is None:
        return f"at most {written(one.high)}"
    low, high = written(one.low), written(one.high)
    if low == high:
        return low
    return f"{low.partition(_NARROW)[0]}\N{EN DASH}{high}"
