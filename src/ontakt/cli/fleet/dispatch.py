"""Orders given to hands, so many at a time; what comes back is judged, kept, repeated once."""

import os
import shutil
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ontakt.cli.fleet.ended import Ended, Lost, Stuck, judge
from ontakt.cli.fleet.hands import Hands
from ontakt.cli.fleet.kept import KeptShift
from ontakt.cli.fleet.order import ShiftOrder
from ontakt.cli.fleet.result import ShiftDone, ShiftFailed, ShiftResult
from ontakt.cli.fleet.watch import Watch
from ontakt.cli.folder import LEAST_FREE
from ontakt.contract import HaltError, OntaktError

_ATTEMPTS = 2
"""A process that is lost may have had bad luck; one that is lost twice has a reason."""


@dataclass(frozen=True)
class _Attempt:
    order: ShiftOrder
    number: int
    """From 1."""
    place: Path


class Dispatch:
    """The orders of an experiment in `folder`, `jobs` at a time, those that are worked alone after
    the others. A shift is worked beside its place and put there when it is whole."""

    def __init__(
        self, orders: Sequence[ShiftOrder], folder: Path, hands: Hands, jobs: int, watch: Watch
    ) -> None:
        self._folder, self._hands, self._jobs, self._watch = folder, hands, jobs, watch
        self._waiting = deque((order, 1) for order in sorted(orders, key=lambda order: order.alone))
        self._under_way: dict[str, _Attempt] = {}
        self._stop: OntaktError | None = None

    def results(self) -> Generator[ShiftResult, None, None]:
        """Results as they come. Raises, after the shifts under way have ended, SetupError where
        one was refused and HaltError where a record could not be written: the next would fare no
        better. The processes end with the iteration, and their torn folders with them."""
        try:
            while self._under_way or (self._waiting and self._stop is None):
                self._hand_out()
                for name, ended in self._hands.ended() if self._under_way else ():
                    result = self._take_in(self._under_way[name], ended)
                    if result is not None:
                        yield result
        finally:
            self._hands.close()
            for attempt in self._under_way.values():
                shutil.rmtree(attempt.place, ignore_errors=True)
        if self._stop is not None:
            raise self._stop

    def _hand_out(self) -> None:
        """Begin what may begin."""
        while self._waiting and self._stop is None and self._has_hand(self._waiting[0][0]):
            self._look_for_room()
            if self._stop is None:
                order, number = self._waiting.popleft()
                final = self._folder / order.name
                place = final.with_name(f".{final.name}.{os.getpid()}-{number}.partial")
                self._under_way[order.name] = _Attempt(order, number, place)
                self._hands.begin(order, place)
                self._watch.begins(order)

    def _has_hand(self, order: ShiftOrder) -> bool:
        if order.alone or any(attempt.order.alone for attempt in self._under_way.values()):
            return not self._under_way
        return len(self._under_way) < self._jobs

    def _take_in(self, attempt: _Attempt, ended: Ended) -> ShiftResult | None:
        """What has come of an attempt; None where the order is not done with."""
        came_to = judge(attempt.order, attempt.place, ended)
        if isinstance(came_to, KeptShift):
            kept = self._keep(attempt, came_to)
            del self._under_way[attempt.order.name]
            return ShiftDone(attempt.order, kept)
        shutil.rmtree(attempt.place, ignore_errors=True)
        del self._under_way[attempt.order.name]
        self._look_for_room()
        if isinstance(came_to, Stuck):
            self._give_up(came_to.error)
        if self._stop is not None:
            return None  # the same command works it when the trouble is over
        assert isinstance(came_to, Lost)
        if attempt.number == _ATTEMPTS:
            return ShiftFailed(attempt.order, came_to.why)
        self._watch.again(attempt.order, came_to.why)
        self._waiting.appendleft((attempt.order, attempt.number + 1))
        return None

    def _keep(self, attempt: _Attempt, kept: KeptShift) -> KeptShift:
        """The shift at its own place, at once; what was cut there before makes way."""
        final = self._folder / attempt.order.name
        old = attempt.place.with_name(f".{final.name}.{os.getpid()}-0.partial")
        try:
            if final.exists():
                final.rename(old)
            attempt.place.rename(final)
        except OSError as error:
            raise HaltError(f"{final}: cannot be written ({error.strerror}).") from error
        shutil.rmtree(old, ignore_errors=True)
        return KeptShift(final, kept.ended, kept.cycles)

    def _look_for_room(self) -> None:
        free = shutil.disk_usage(self._folder).free
        if free < LEAST_FREE:
            self._give_up(
                HaltError(
                    f"{self._folder}: {free >> 20} MiB are free, and a shift wants "
                    f"{LEAST_FREE >> 20} MiB. What is complete is kept; make room and give the "
                    "same command."
                )
            )

    def _give_up(self, error: OntaktError) -> None:
        if self._stop is None:
            self._stop = error
            if self._under_way:
                self._watch.stops(str(error))
