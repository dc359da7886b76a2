"""The engine of an experiment: what lies there is kept, what is missing is worked."""

import shutil
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ontakt.cli.fleet.fleet import Fleet
from ontakt.cli.fleet.kept import KeptShift, read_kept
from ontakt.cli.fleet.order import ShiftOrder, check_orders, torn_places
from ontakt.cli.fleet.progress import ExperimentProgress, Tell, plainly
from ontakt.cli.fleet.result import ShiftDone, ShiftFailed
from ontakt.contract import HaltError


@dataclass(frozen=True)
class Worked:
    """What has become of an experiment's orders."""

    done: Mapping[str, KeptShift]
    """By the order's name, in the sequence of the orders."""
    failed: Sequence[ShiftFailed]
    """In the sequence of the orders."""

    def whole(self) -> Mapping[str, KeptShift]:
        """All shifts. Raises HaltError when one failed."""
        if self.failed:
            told = "; ".join(f"{one.order.name}: {one.reason}" for one in self.failed[:3])
            more = f"; and {len(self.failed) - 3} more" if len(self.failed) > 3 else ""
            raise HaltError(
                f"{len(self.failed)} of {len(self.done) + len(self.failed)} could not be worked "
                f"({told}{more}). The others are kept; the same command tries again."
            )
        return self.done


def work_orders(
    folder: Path,
    orders: Sequence[ShiftOrder],
    fleet: Fleet,
    unit: str = "shift",
    tell: Tell = plainly,
    enough: Callable[[Mapping[str, KeptShift]], bool] = lambda _: False,
) -> Worked:
    """Have `fleet` work those of `orders` that do not lie complete in `folder`, which the caller
    has claimed, until those that are done are `enough`; progress on stderr. A shift that was cut
    is worked anew, because one that is resumed has lost the cycle that was cut and is another
    shift from there on.

    Raises SetupError for what lies there and belongs to another experiment, and for what cannot be
    worked, HaltError when records cannot be written, KeyboardInterrupt for Ctrl-C and SIGTERM.
    What is complete is kept in every case.
    """
    check_orders(orders)
    there = {order.name: read_kept(folder / order.name, order) for order in orders}
    done = {name: kept for name, kept in there.items() if kept is not None}
    missing = [order for order in orders if order.name not in done]
    for torn in torn_places(folder, orders):
        shutil.rmtree(torn, ignore_errors=True)
    failed: dict[str, ShiftFailed] = {}
    if enough(done):
        missing = []
    with (
        _interruptible(),
        ExperimentProgress(missing, list(done.values()), fleet.jobs, unit, tell) as progress,
        closing(fleet.work(missing, folder, progress)) as results,
    ):
        for result in results:
            progress.ended(result)
            if isinstance(result, ShiftDone):
                done[result.order.name] = result.kept
            else:
                failed[result.order.name] = result
            if enough(done):
                break
    names = [order.name for order in orders]
    return Worked(
        {name: done[name] for name in names if name in done},
        [failed[name] for name in names if name in failed],
    )


@contextmanager
def _interruptible() -> Iterator[None]:
    """A service manager's stop is Ctrl-C: the shifts under way end with the experiment."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
