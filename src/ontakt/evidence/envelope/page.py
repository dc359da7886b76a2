"""The files of an envelope: its numbers, a page, the page of the misaligned part, and the plot."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from ontakt.contract import RecordError
from ontakt.evidence.envelope import wording
from ontakt.evidence.envelope.band import AXIS
from ontakt.evidence.envelope.cell_run import CellRun
from ontakt.evidence.envelope.envelope import Envelope
from ontakt.evidence.envelope.gallery import Shot, shots
from ontakt.evidence.envelope.plot import bands_plot, picture, plot, wide_rem
from ontakt.evidence.numbers import (
    count,
    number,
    percent,
    plural,
    seconds,
    sentence,
    setting,
    shell,
)
from ontakt.evidence.report.figures import ink

NUMBERS, PAGE, MISALIGNED, PICTURE = (
    "envelope.json", "envelope.html", "misaligned.html", "envelope.png",
)  # fmt: skip


def write_envelope(envelope: Envelope, runs: Mapping[str, CellRun], folder: Path) -> Path:
    """Write numbers, pages and plot into `folder`; returns the page. `runs` are the cells by name:
    their folders below `folder` hold the pictures. The same study gives the same bytes. Raises
    RecordError when a file cannot be written."""
    page = folder / PAGE
    numbers = packed(envelope)
    try:
        (folder / NUMBERS).write_bytes(msgspec.json.format(numbers) + b"\n")
        page.write_text(render(envelope), encoding="utf-8")
        if envelope.misaligned:
            ladder = next(one for one in envelope.design.ladders if one.span.axis == AXIS)
            there = [runs[cell.name] for cell in ladder.cells]
            albums = {run.cell.name: folder / run.cell.name for run in there}
            text = render_misaligned(envelope, shots(there, albums))
            (folder / MISALIGNED).write_text(text, encoding="utf-8")
        picture(envelope, folder / PICTURE)
    except OSError as error:
        raise RecordError(f"{folder}: cannot be written ({error.strerror or error}).") from error
    return page


def packed(envelope: Envelope) -> bytes:
    """The envelope as one JSON object on one line, its sentences first; what is derived from its
    design stands beside it."""
    return msgspec.json.encode(told(envelope))


def told(envelope: Envelope) -> dict[str, Any]:
    """What `envelope.json` and `--json` say."""
    numbers: dict[str, Any] = msgspec.to_builtins(envelope)
    design = envelope.design
    numbers["design"] |= {
        "cycles": design.cycles,
        "rung": design.rung,
        "point": design.point,
        "needed": design.needed,
        "claimed": design.claimed,
        "split": wording.split(design),
    }
    ladders, space = numbers.pop("ladders"), numbers["space"]
    return {
        "sentences": wording.sentences(envelope),
        "limits": {one["limit"]["axis"]: one["limit"] for one in ladders},
        "ladders": ladders,
        "interactions": space.pop("interactions") if space else [],
        **numbers,
    }


def render(envelope: Envelope) -> str:
    """The page as text."""
    return _page(
        "envelope.html.j2",
        e=envelope,
        sentences=wording.sentences(envelope),
        axis_sentence=wording.axis_sentence,
        split=wording.split(envelope.design),
        pair=wording.pair,
        shown=[one for one in envelope.space.interactions if one.shown] if envelope.space else [],
        misaligned=MISALIGNED,
        wide=plot(envelope, "envelope-wide", narrow=False),
        width=wide_rem(len(envelope.ladders)),
        narrow=plot(envelope, "envelope-narrow", narrow=True),
    )


def render_misaligned(envelope: Envelope, gallery: Sequence[Shot]) -> str:
    """The page of the misaligned part as text."""
    ladder = next(one for one in envelope.ladders if one.span.axis == AXIS)
    return _page(
        "misaligned.html.j2",
        e=envelope,
        span=ladder.span,
        sentence=wording.axis_sentence(ladder),
        finding=wording.misaligned_sentence(envelope.misaligned, ladder.span),
        bars=bands_plot(envelope.misaligned, ladder.span, "misaligned-bars"),
        gallery=gallery,
        back=PAGE,
    )


def _page(template: str, **values: object) -> str:
    environment = Environment(
        loader=PackageLoader("ontakt.evidence", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (count, number, percent, plural, seconds, sentence, setting, shell)
    said = (wording.share, wording.odds, wording.signed)
    environment.filters |= {f.__name__: f for f in (*filters, *said)}
    page = environment.get_template(template).render(light=ink.LIGHT, dark=ink.DARK, **values)
    return re.sub(r"(?<=\d) %", "\N{NARROW NO-BREAK SPACE}%", page)  # a sign stays with its number
