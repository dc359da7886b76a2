"""The display of a running experiment: a bar on a terminal, a line a shift elsewhere."""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ontakt.cli.fleet.kept import KeptShift
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.fleet.result import ShiftDone, ShiftResult
from ontakt.cli.fleet.time_left import TimeLeft

Tell = Callable[[ShiftOrder, KeptShift], str]


def plainly(order: ShiftOrder, kept: KeptShift) -> str:
    """A shift that has ended, in a few words. How good it was is not said: whoever counts on the
    way looks early, and that is the gate's to allow."""
    halted = ", halted" if kept.ended == "halted" else ""
    return f"{order.name}, {kept.cycles} cycles{halted}"


class ExperimentProgress:
    """Draws on stderr; a `Watch`. `orders` are those to work, `there` the shifts that lie there
    already, `unit` is what a shift is called, `tell` what is said of one that has ended."""

    def __init__(
        self,
        orders: Sequence[ShiftOrder],
        there: Sequence[KeptShift],
        jobs: int,
        unit: str = "shift",
        tell: Tell = plainly,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bar = Progress(
            TextColumn(f"{unit}s"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[cycles]} cycles"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            TextColumn("{task.fields[at]}"),
            console=self._console,
            transient=True,
        )
        self._jobs, self._unit, self._tell, self._now = jobs, unit, tell, now
        self._total, self._done = len(orders) + len(there), len(there)
        self._waiting = {order.name: order.size for order in orders}
        self._begun: dict[str, tuple[float, float]] = {}
        """Size and time of beginning of what is under way."""
        self._reached: dict[str, int] = {}
        self._cycles = sum(kept.cycles for kept in there)
        self._time_left = TimeLeft()
        self._task = self._bar.add_task(unit, total=self._total, cycles="", left="", at="")
        if there:
            self._say(
                f"{len(there)} of {self._total} {unit}s are already there and not worked again"
            )
        self._draw()

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

    def begins(self, order: ShiftOrder) -> None:
        """As `Watch.begins`."""
        self._waiting.pop(order.name, None)
        self._begun[order.name] = (order.size, self._now())
        self._reached[order.name] = 0
        self._draw()

    def reached(self, order: ShiftOrder, cycles: int) -> None:
        """As `Watch.reached`."""
        self._reached[order.name] = cycles
        self._draw()

    def again(self, order: ShiftOrder, why: str) -> None:
        """As `Watch.again`."""
        self._forget(order)
        self._waiting[order.name] = order.size
        self._say(f"{self._unit} {order.name} {why}; it is worked once more")

    def stops(self, why: str) -> None:
        """As `Watch.stops`."""
        wait = " What is under way is let to end (Ctrl-C ends it)." if self._begun else ""
        self._say(f"stopping: {why}{wait}")

    def ended(self, result: ShiftResult) -> None:
        """An order is done with."""
        size, begun = self._forget(result.order)
        if not isinstance(result, ShiftDone):
            self._say(f"{self._unit} {result.order.name} failed: {result.reason}")
            return
        self._time_left.learn(size, self._now() - begun)
        self._done += 1
        self._cycles += result.kept.cycles
        self._draw()
        told = self._tell(result.order, result.kept)
        self._say(f"{self._unit} {self._done}/{self._total}: {told}")

    def _forget(self, order: ShiftOrder) -> tuple[float, float]:
        self._reached.pop(order.name, None)
        return self._begun.pop(order.name)

    def _draw(self) -> None:
        now = self._now()
        left = self._time_left.seconds(
            sum(self._waiting.values()),
            [(size, now - begun) for size, begun in self._begun.values()],
            self._jobs,
        )
        self._bar.update(
            self._task,
            completed=self._done,
            cycles=self._cycles + sum(self._reached.values()),
            left="" if left is None else f"about {timedelta(seconds=round(left))} left",
            at=", ".join(self._begun),
        )

    def _say(self, line: str) -> None:
        if self._console.is_terminal:
            self._console.print(line, style="dim", markup=False)
        else:
            print(line, file=sys.stderr, flush=True)
