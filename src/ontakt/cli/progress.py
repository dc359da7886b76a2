"""The live display of a running shift: a bar with the time left, counts, and the last event."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

from ontakt.contract import Outcome
from ontakt.contract.event import (
    CallRaised,
    CallResolved,
    FailureDetected,
    Record,
    RecoveryEnded,
    ShiftEnded,
    ShiftStarted,
    StateChanged,
)
from ontakt.evidence.fold import Fold

_EVERY = 10
"""Cycles between two lines where there is no terminal to draw on."""


class ShiftProgress:
    """Watches the records of a shift as they are stored, and draws on stderr."""

    def __init__(self) -> None:
        self._fold = Fold()
        self._console = Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[cycles]}"),
            TextColumn("[green]{task.fields[good]} good"),
            TextColumn("[yellow]{task.fields[step_ins]} step-ins"),
            TimeRemainingColumn(table_column=Column(no_wrap=True, min_width=len("0:00:00"))),
            TextColumn("{task.fields[now]}", table_column=Column(no_wrap=True, ratio=1)),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task(
            "starting", total=None, cycles="", good=0, step_ins=0, now=""
        )
        self._good = self._step_ins = 0
        self._now = ""

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

    def catch_up(self, record: Record) -> None:
        """Take in a record from before, without drawing."""
        self._count(record)

    def hear(self, record: Record) -> None:
        """A record was stored."""
        finished = self._count(record) and len(self._fold.cycles) % _EVERY == 0
        if finished or isinstance(record.event, ShiftEnded):
            self._say_line()
        self._draw(record.tick)

    def _count(self, record: Record) -> bool:
        """Take `record` in; True when it finished a cycle."""
        cycle = self._fold.feed(record)
        match record.event:
            case StateChanged() as event:
                self._now = event.state.name.lower()
            case FailureDetected() as event:
                self._now = f"{event.mode} on the {event.side or 'cell'}"
            case RecoveryEnded(ok=True):
                self._now = "recovered"
            case CallRaised() as event:
                self._now = f"called a person: {event.reason}"
            case CallResolved() as event:
                self._step_ins += event.action != "refill"
                self._now = f"person: {event.action}"
            case _:
                pass
        if cycle is None:
            return False
        self._good += cycle.outcome in (Outcome.ON_TAKT, Outcome.LATE)
        return True

    def _draw(self, tick: int) -> None:
        started, done = self._fold.started, len(self._fold.cycles)
        if started is None:
            return
        total, reached = _extent(started, done, tick)
        self._bar.update(
            self._task,
            total=total,
            completed=reached,
            description="shift",
            cycles=f"cycle {done}" + (f"/{started.planned_cycles}" * bool(started.planned_cycles)),
            good=self._good,
            step_ins=self._step_ins,
            now=self._now,
        )

    def _say_line(self) -> None:
        """Where there is no terminal: a line now and then, and one at the end."""
        if not self._console.is_terminal:
            print(
                f"cycle {len(self._fold.cycles)}: {self._good} good, {self._step_ins} step-ins",
                file=sys.stderr,
                flush=True,
            )


def _extent(started: ShiftStarted, done: int, tick: int) -> tuple[float, float]:
    """How much there is to do, and how much is done: cycles, or seconds of the shift."""
    if started.planned_cycles is not None:
        return started.planned_cycles, done
    return started.planned_s or 1.0, tick / started.control_hz
