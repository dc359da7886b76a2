"""The display of a running evaluation: a bar on a terminal, a line now and then elsewhere."""

import sys
from collections.abc import Sequence
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

from ontakt.cli.evaluation.result import EpisodeResult

_LINES = 10
"""How many lines an evaluation gets where there is no terminal to draw on."""


class EvaluationProgress:
    """Draws on stderr."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bar = Progress(
            TextColumn("episodes"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("[green]{task.fields[good]} good"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task("episodes", total=None, good=0)
        self.done = self._good = self._episodes = 0

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

    def begins(self, there: Sequence[EpisodeResult], episodes: int) -> None:
        """`there` of `episodes` are already known."""
        self._episodes, self.done = episodes, len(there)
        self._good = sum(result.good for result in there)
        if there:
            self._say(f"{len(there)} of {episodes} episodes are already there and not worked again")
        self._draw()

    def ended(self, result: EpisodeResult) -> None:
        """An episode has ended."""
        self.done += 1
        self._good += result.good
        self._draw()
        few = max(1, self._episodes // _LINES)
        if not self._console.is_terminal and self.done % few == 0:
            self._say(f"episode {self.done}/{self._episodes}: {self._good} good")

    def _draw(self) -> None:
        self._bar.update(self._task, total=self._episodes, completed=self.done, good=self._good)

    def _say(self, line: str) -> None:
        if self._console.is_terminal:
            self._console.print(line, style="dim")
        else:
            print(line, file=sys.stderr, flush=True)
