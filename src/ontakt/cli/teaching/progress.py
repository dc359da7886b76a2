"""The display of parts being taught: a bar on a terminal, a line now and then elsewhere."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

from ontakt.cli.teaching.teach import Taught

_EVERY = 20
"""Parts between two lines where there is no terminal to draw on."""


class EpisodesProgress:
    """Draws on stderr: `there` of `parts`, or of what else `unit` names, lie there from an earlier
    run. Counts of lessons and of good attempts, those that were cut left out, are of this run."""

    def __init__(self, parts: int, there: int, unit: str = "part") -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bar = Progress(
            TextColumn(f"{unit}s"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._parts, self._there, self._unit = parts, there, unit
        self._made = self._lessons = self._ended = self._good = 0
        self._task = self._bar.add_task(unit, total=parts, completed=there, counts="")
        if there:
            self._say(f"{there} of {parts} {unit}s are already there and not worked again")

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:
            self._bar.stop()

    def made(self, taught: Taught) -> None:
        """The episodes of a part are kept."""
        self._made += 1
        for episode in taught:
            self._lessons += len(episode.lessons)
            if not episode.facts["cut"]:
                self._ended += 1
                self._good += episode.facts["as_ordered"] == "yes"
        counts = f"{self._lessons} lessons, {self._good} of {self._ended} as ordered"
        done = self._there + self._made
        self._bar.update(self._task, completed=done, counts=counts)
        if not self._console.is_terminal and (done % _EVERY == 0 or done == self._parts):
            self._say(f"{self._unit} {done}/{self._parts}: {counts}")

    def _say(self, line: str) -> None:
        if self._console.is_terminal:
            self._console.print(line, style="dim")
        else:
            print(line, file=sys.stderr, flush=True)
