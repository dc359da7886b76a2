"""The display of a training: a bar on a terminal, a line now and then elsewhere."""

import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ontakt.evidence.training import write_page
from ontakt.policy.training.plan import Run
from ontakt.policy.training.progress import ProgressLine

_EVERY = 30.0
"""Seconds between two lines where there is no terminal to draw on."""


class TrainingProgress:
    """Draws on stderr, and writes the page of the training in `folder` whenever that is saved;
    nothing where it is `quiet`."""

    def __init__(self, folder: Path, quiet: bool) -> None:
        self._folder, self._quiet = folder, quiet
        self._console = Console(stderr=True, highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[now]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task("reading", total=None, now="")
        self._said = float("-inf")
        self._begun: tuple[float, int] | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._quiet:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal and not self._quiet:
            self._bar.stop()

    def prepared(self, done: int, total: int) -> None:
        """So many lessons of a dataset are prepared."""
        self._bar.update(self._task, description="lessons", completed=done, total=total)
        self._say(f"lessons {done}/{total} prepared")

    def begin(self, run: Run) -> None:
        """Steps follow."""
        first = run.plan.first_step
        self._bar.update(self._task, description="steps", completed=first, total=run.last)
        self._said = float("-inf")

    def stepped(self, line: ProgressLine) -> None:
        """As `Watcher`."""
        told = _told(line, self._rate(line))
        self._bar.update(self._task, completed=line.report.step, now=told)
        self._say(f"step {line.report.step}: {told}")

    def saved(self, step: int) -> None:  # noqa: ARG002
        """As `Watcher`."""
        if not self._quiet:
            write_page(self._folder)

    def _rate(self, line: ProgressLine) -> float | None:
        """Steps a second since the first line."""
        if self._begun is None:
            self._begun = (line.seconds, line.report.step)
            return None
        seconds, step = self._begun
        return (line.report.step - step) / max(line.seconds - seconds, 1e-9)

    def _say(self, text: str) -> None:
        now = time.monotonic()
        if self._quiet or self._console.is_terminal or now - self._said < _EVERY:
            return
        self._said = now
        print(text, file=sys.stderr, flush=True)


def _told(line: ProgressLine, rate: float | None) -> str:
    report = line.report
    places = [
        f"{place} {value:.1f} mm"
        for place, value in report.millimetres.items()
        if value is not None
    ]
    speed = [] if rate is None else [f"{rate:.2f} steps/s"]
    return ", ".join([f"loss {report.loss:.4f}", *places, *speed])
