"""The display of episodes being made: a bar on a terminal, a line now and then elsewhere."""

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

from ontakt.contract import Episode

_EVERY = 20
"""Episodes between two lines where there is no terminal to draw on."""


class EpisodesProgress:
    """Draws on stderr: `there` of `episodes` lie there from an earlier run. Counts of lessons and
    good episodes are of this run."""

    def __init__(self, episodes: int, there: int) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bar = Progress(
            TextColumn("episodes"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._episodes, self._there = episodes, there
        self._made = self._lessons = self._good = 0
        self._task = self._bar.add_task("episodes", total=episodes, completed=there, counts="")
        if there:
            self._say(f"{there} of {episodes} episodes are already there and not made again")

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

    def made(self, episode: Episode) -> None:
        """An episode is kept."""
        self._made += 1
        self._lessons += len(episode.lessons)
        self._good += episode.facts["as_ordered"] == "yes"
        counts = f"{self._lessons} lessons, {self._good} of {self._made} as ordered"
        done = self._there + self._made
        self._bar.update(self._task, completed=done, counts=counts)
        if not self._console.is_terminal and (done % _EVERY == 0 or done == self._episodes):
            self._say(f"episode {done}/{self._episodes}: {counts}")

    def _say(self, line: str) -> None:
        if self._console.is_terminal:
            self._console.print(line, style="dim")
        else:
            print(line, file=sys.stderr, flush=True)
