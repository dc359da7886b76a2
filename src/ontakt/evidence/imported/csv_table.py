"""A log as CSV, whoever wrote it: any separator, a byte order mark, Windows line ends."""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path

import numpy as np

from ontakt.contract import BadValue, RecordError
from ontakt.evidence.imported.problems import BadLog, Problems, Rows
from ontakt.evidence.imported.table import BLOCK, About, Block

SEPARATORS = ",;\t|"
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_SAMPLE = 65_536


class CsvTable:
    """A CSV file; what separates its cells is what its header has most of."""

    kind = "csv"
    about = About()

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        """Read the header. Raises BadLog for a file that is empty or no text."""
        self._path = path
        with path.open("rb") as file:
            sample = file.read(_SAMPLE)
        mark = next((mark for mark in _MARKS if sample.startswith(mark)), b"")
        self._encoding = encoding or _MARKS.get(mark, "utf-8")
        try:
            text = sample.decode(self._encoding, errors="ignore")
        except LookupError as error:
            raise BadValue("--encoding", encoding, "an encoding is as utf-8 or cp1252") from error
        if "\0" in text:
            told = f"{path.name} is no text: a log is CSV, Parquet or an eval log in JSON."
            raise BadLog((told,))
        first = re.sub(r'"[^"]*"', "", text.lstrip("\r\n").partition("\n")[0])
        self._separator = max(SEPARATORS, key=first.count)
        problems = Problems(path.name)
        header = next(self._read(problems, 1), None)
        problems.check()
        if header is None:
            raise BadLog((f"{path.name} is empty.",))
        self.header: Sequence[str] = tuple(name.strip() for name in header[0][0])

    @property
    def commas(self) -> bool:
        """Where commas separate cells, one in a number would be anybody's guess."""
        return self._separator != ","

    def blocks(self, problems: Problems) -> Iterator[Block]:
        """The rows below the header, those without a word left out."""
        width = len(self.header)
        for rows, lines in islice(self._read(problems, BLOCK), 1, None):
            odd: list[int] = []
            if set(map(len, rows)) != {width}:
                odd = [k for k, cells in enumerate(rows) if len(cells) != width]
            for k in odd:
                told = f"has {len(rows[k])} cells, the header has {width}"
                problems.add("ragged", int(lines[k]), told)
            kept = [cells for cells in rows if len(cells) == width] if odd else rows
            if kept:
                there = np.delete(lines, odd) if odd else lines
                yield Block(there, list(zip(*kept, strict=True)))

    def _read(self, problems: Problems, most: int) -> Iterator[tuple[list[list[str]], Rows]]:
        """The rows that say anything, each with the number of its first line: the header by itself,
        then `most` at a time."""
        try:
            with self._path.open(encoding=self._encoding, newline="") as file:
                reader = csv.reader(file, delimiter=self._separator, strict=True)
                line, wanted = 0, 1
                while rows := list(islice(reader, wanted)):
                    lines = np.arange(line + 1, line + len(rows) + 1)
                    plain = reader.line_num - line == len(rows) and all(rows)
                    if not (plain and all(map(_FIRST, rows))):
                        rows, lines = _said(rows, line)
                    if rows:
                        yield rows, lines
                        wanted = most
                    line = reader.line_num
        except csv.Error as error:
            problems.add("csv", self._broken(), f"cannot be read as CSV ({error})")
        except UnicodeError:
            told = f'is no text in {self._encoding}; save the log as "CSV UTF-8", or name its '
            problems.add("text", self._undecodable(), f"{told}encoding, as --encoding cp1252")
        except OSError as error:
            raise RecordError(f"{self._path}: cannot be read ({error.strerror}).") from error

    def _broken(self) -> int:
        """The first line of the first row that is no CSV."""
        line = 0
        with self._path.open(encoding=self._encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self._separator, strict=True)
            try:
                for _ in reader:
                    line = reader.line_num
            except csv.Error:
                pass
        return line + 1

    def _undecodable(self) -> int:
        """The first line that the encoding cannot read."""
        with self._path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    line.decode(self._encoding)
                except UnicodeError:
                    return number
        return 1


_FIRST = itemgetter(0)
_BREAK = re.compile("\r\n|\r|\n")


def _said(rows: list[list[str]], line: int) -> tuple[list[list[str]], Rows]:
    """Those of `rows` that have a cell that is not empty, with their first lines; the lines before
    them number `line`. A cell may break lines."""
    kept, lines = [], []
    for cells in rows:
        if any(cells):
            kept.append(cells)
            lines.append(line + 1)
        line += 1 + sum(len(_BREAK.findall(cell)) for cell in cells)
    return kept, np.array(lines, np.int64)
