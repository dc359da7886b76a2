"""Shifts worked by processes of this machine."""

import selectors
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ontakt.cli.fleet.dispatch import Dispatch
from ontakt.cli.fleet.ended import Ended
from ontakt.cli.fleet.hands import PATIENCE_S
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.fleet.process import PROGRAM, ShiftProcess, words
from ontakt.cli.fleet.result import ShiftResult
from ontakt.cli.fleet.watch import Watch


@dataclass(frozen=True)
class LocalFleet:
    """This machine, `jobs` shifts at a time."""

    jobs: int
    program: Sequence[str] = PROGRAM
    """What is run with the arguments of `ontakt`."""

    def work(
        self, orders: Sequence[ShiftOrder], folder: Path, watch: Watch
    ) -> Generator[ShiftResult, None, None]:
        """As `Fleet.work`."""
        yield from Dispatch(
            orders, folder, LocalHands(self.program, watch), self.jobs, watch
        ).results()


class LocalHands:
    """A process for each shift, with one thread unless it is alone on the machine."""

    def __init__(self, program: Sequence[str], watch: Watch) -> None:
        self._program, self._watch = program, watch
        self._selector = selectors.DefaultSelector()
        self._running: dict[str, ShiftProcess] = {}

    def begin(self, order: ShiftOrder, place: Path) -> None:
        """As `Hands.begin`."""
        process = ShiftProcess(
            self._program,
            words(order, place),
            one_thread=not order.alone,
            reached=partial(self._watch.reached, order),
        )
        self._running[order.name] = process
        self._selector.register(process.stderr, selectors.EVENT_READ, process)

    def ended(self) -> Sequence[tuple[str, Ended]]:
        """As `Hands.ended`."""
        silent = set()
        for key, _ in self._selector.select(PATIENCE_S):
            if not key.data.listen():
                self._selector.unregister(key.fileobj)
                silent.add(key.data)
        found = []
        for name, process in list(self._running.items()):
            ended = process.ended(wait=process in silent)
            if ended is not None:
                if process.stderr in self._selector.get_map():
                    self._selector.unregister(process.stderr)
                process.close()
                del self._running[name]
                found.append((name, ended))
        return found

    def close(self) -> None:
        """As `Hands.close`."""
        for process in self._running.values():
            process.close()
        self._selector.close()
