"""Results and words as logs write them, to small numbers."""

from collections.abc import Callable, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from ontakt.evidence.imported.problems import Problems, Rows
from ontakt.evidence.imported.schema import FLAGS, Column


class Words(Struct, frozen=True, eq=False):
    """A column of words: row k says `texts[codes[k]]`."""

    codes: NDArray[np.int32]
    texts: tuple[str, ...]

    def among(self, *texts: str) -> NDArray[np.bool_]:
        """Rows that say one of `texts`."""
        return np.array([text in texts for text in self.texts], np.bool_)[self.codes]

    def told(self) -> list[str | None]:
        """Every row's word; None for an empty cell."""
        each = [text or None for text in self.texts]
        return [each[code] for code in self.codes.tolist()]

    def at(self, places: NDArray[np.int64]) -> "Words":
        """The rows at `places`."""
        return Words(self.codes[places], self.texts)


class _Codes(dict[str, int]):
    """Cells as they stand in a log to their code, each looked up once."""

    def __init__(self, code: Callable[[str], int]) -> None:
        super().__init__()
        self._code = code

    def __missing__(self, cell: str) -> int:
        self[cell] = self._code(cell.strip())
        return self[cell]


class Flags:
    """One column of results, block by block: 1, 0, or -1 for unknown."""

    def __init__(self, column: Column, problems: Problems) -> None:
        self._name = column.name
        self._problems = problems
        self._codes = _Codes(lambda text: FLAGS.get(text.casefold(), _NONE))
        self._parts: list[NDArray[np.int8]] = []

    def feed(self, texts: Sequence[str], rows: Rows) -> None:
        """Take the next cells."""
        found = np.fromiter(map(self._codes.__getitem__, texts), np.int8, len(texts))
        told = "a result is true or false, 1 or 0, ok or nok, or empty for unknown"
        self._problems.where(
            self._name,
            found == _NONE,
            rows,
            lambda k: f"{self._name} is {texts[k].strip()!r}; {told}",
        )
        self._parts.append(np.maximum(found, -1))

    def done(self) -> NDArray[np.int8]:
        """The whole column."""
        return np.concatenate(self._parts)


_NONE = -2
"""The code of what is no result."""


class WordColumn:
    """One column of words, any or some, block by block."""

    def __init__(self, column: Column, problems: Problems) -> None:
        self._name = column.name
        self._words = column.words
        self._problems = problems
        self._vocabulary = {"": 0}
        self._codes = _Codes(self._code)
        self._parts: list[NDArray[np.int32]] = []

    def _code(self, text: str) -> int:
        if self._words is not None:
            text = text.casefold()
        return self._vocabulary.setdefault(text, len(self._vocabulary))

    def feed(self, texts: Sequence[str], rows: Rows) -> None:
        """Take the next cells."""
        found = np.fromiter(map(self._codes.__getitem__, texts), np.int32, len(texts))
        if self._words is not None:
            known = [code for word, code in self._vocabulary.items() if word in ("", *self._words)]
            listed = ", ".join(self._words)
            self._problems.where(
                self._name,
                ~np.isin(found, known),
                rows,
                lambda k: f"{self._name} is {texts[k].strip()!r}; it is one of {listed}",
            )
        self._parts.append(found)

    def done(self) -> Words:
        """The whole column."""
        return Words(np.concatenate(self._parts), tuple(self._vocabulary))
