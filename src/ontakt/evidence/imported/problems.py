"""Everything that is wrong with a log, in one list."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from ontakt.contract import RecordError

MOST = 20
"""Lines of the list; whatever is more is counted."""

Rows = NDArray[np.int64]


class BadLog(RecordError):
    """A log that cannot be imported; `lines` say what is wrong, in the order of its rows."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__(" ".join(self.lines))


class Problems:
    """What is wrong with the log called `file`, by row: as an editor counts them, the header being
    row 1. Of each kind of problem the first ones are worded, the others counted."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._worded: dict[str, list[tuple[int, str]]] = {}
        self._count = 0

    def add(self, kind: str, row: int, text: str) -> None:
        """One problem; those of one `kind` come in the order of their rows."""
        self._count += 1
        worded = self._worded.setdefault(kind, [])
        if len(worded) < MOST:
            worded.append((row, text))

    def where(
        self, kind: str, wrong: NDArray[np.bool_], rows: Rows, tell: Callable[[int], str]
    ) -> None:
        """A problem in each of `rows` that is `wrong`, worded by `tell` from its index."""
        places = np.flatnonzero(wrong)
        for k in places[:MOST].tolist():
            self.add(kind, int(rows[k]), tell(k))
        self._count += max(0, len(places) - MOST)

    def __bool__(self) -> bool:
        """True when there is any."""
        return self._count > 0

    def check(self) -> None:
        """Raises BadLog when there is any."""
        if not self:
            return
        worded = sorted((line for lines in self._worded.values() for line in lines), key=_row)
        lines = [f"{self._file} cannot be imported:"]
        lines += [f"row {row}: {text}" for row, text in worded[:MOST]]
        if self._count > MOST:
            lines.append(f"and {self._count - MOST} more")
        raise BadLog(lines)


def _row(line: tuple[int, str]) -> int:
    return line[0]
