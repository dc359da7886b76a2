"""The display of a running latency study: a bar on a terminal, a line a cell elsewhere."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ontakt.cli.latency_plan import PlannedCell
from ontakt.evidence.latency_study import CellRun


class StudyProgress:
    """Draws on stderr."""

    def __init__(self, cells: int, there: int) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bar = Progress(
            TextColumn("cells"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[now]}"),
            console=self._console,
            transient=True,
        )
        self._cells, self._done = cells, there
        self._now: list[str] = []
        self._task = self._bar.add_task("cells", total=cells, completed=there, now="")
        if there:
            self._say(f"{there} of {cells} cells are already there and not worked again")

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

    def begins(self, cell: PlannedCell) -> None:
        """A cell is under way."""
        self._now.append(cell.folder.removeprefix("cells/"))
        self._bar.update(self._task, now=", ".join(self._now))

    def ended(self, cell: PlannedCell, run: CellRun) -> None:
        """A cell is complete."""
        name = cell.folder.removeprefix("cells/")
        self._now.remove(name)
        self._done += 1
        self._bar.update(self._task, completed=self._done, now=", ".join(self._now))
        good = sum(w.record.both_ok is True for w in run.worked)
        self._say(f"cell {self._done}/{self._cells}: {name}, {good} of {len(run.worked)} good")

    def _say(self, line: str) -> None:
        if self._console.is_terminal:
            self._console.print(line, style="dim")
        else:
            print(line, file=sys.stderr, flush=True)
