"""`cycles.csv`: a log in our own columns, always the same bytes for the same rows."""

import re
from collections.abc import Sequence
from typing import TextIO

import numpy as np

from ontakt.evidence.imported.iso import spelled
from ontakt.evidence.imported.log import Log
from ontakt.evidence.imported.schema import COLUMNS, Kind
from ontakt.evidence.imported.table import BLOCK

_FLAGS = {1: "true", 0: "false", -1: ""}
_NUMBER = {"nan": ""}
_COUNT = {"-1": ""}


def write_cycles(file: TextIO, log: Log) -> None:
    """Write `log` to `file`, which translates no line ends. Times are UTC to the millisecond,
    numbers in SI units with all their digits, an empty cell is unknown."""
    names = [name for name in COLUMNS if name in log.names] + log.axes
    file.write(",".join(_quoted(name) for name in names) + "\n")
    words = {name: [_quoted(text) for text in log.words[name].texts] for name in log.words}
    for start in range(0, len(log), BLOCK):
        part = log.at(np.arange(start, min(start + BLOCK, len(log))))
        cells = [_texts(part, name, words.get(name, ())) for name in names]
        file.write("\n".join(map(",".join, zip(*cells, strict=True))) + "\n")


def _texts(log: Log, name: str, words: Sequence[str]) -> Sequence[str]:
    """A column as cells; `words` are those that it may hold."""
    match COLUMNS[name].kind if name in COLUMNS else Kind.NUMBER:
        case Kind.MOMENT:
            return spelled(log.moment(name))
        case Kind.FLAG:
            return [_FLAGS[code] for code in log.flag(name).tolist()]
        case Kind.WORD:
            return [words[code] for code in log.words[name].codes.tolist()]
        case Kind.COUNT:
            counts = list(map(str, log.count(name).tolist()))
            return [_COUNT.get(text, text) for text in counts] if "-1" in counts else counts
        case _:
            numbers = list(map(repr, log.number(name).tolist()))
            return [_NUMBER.get(text, text) for text in numbers] if "nan" in numbers else numbers


def _quoted(text: str) -> str:
    """A cell as RFC 4180 has it."""
    return '"' + text.replace('"', '""') + '"' if re.search('[",\r\n]', text) else text
