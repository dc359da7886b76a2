"""One shift as it is followed: its fold, and what came since somebody last looked."""

from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path

from ontakt.board.brief import Brief, brief
from ontakt.board.tail import Tail
from ontakt.board.wall import Moment, WallFold
from ontakt.board.wall_view import WallView
from ontakt.contract import RecordError
from ontakt.contract.event import CycleStarted, Origin, PictureTaken, Record

RING = 2048
"""Events that are kept at hand for pages that fell behind; older ones are read from the store."""


class LiveShift:
    """A shift of a store that may still be written."""

    def __init__(self, origin: Origin, tail: Tail, zone: tzinfo | None = None) -> None:
        self.origin = origin
        self.tail = tail
        self._zone = zone
        self.wall = WallFold(zone)
        self._starts: dict[int, int] = {}
        """Cycle to the seq of its first event."""
        self._broken = ""
        self.behind = True
        """True while its store may hold more than was read."""
        self.pictures: set[str] = set()
        """Paths of the pictures that its events name."""

    @property
    def folder(self) -> Path:
        """Where its pictures and recordings lie."""
        return self.tail.path.parent

    def catch_up(self) -> tuple[Brief, ...]:
        """Fold what is new; returns the last `RING` of it, each in a line. A record that cannot be
        read or folded is told by the view from then on."""
        self.behind = False
        if self._broken:
            return ()
        known, new = self.wall.seq, list[Record]()
        try:
            for record in self.tail.records(self.origin, known):
                if not self._fold(record):
                    break
                new.append(record)
                if len(new) > 2 * RING:
                    del new[:RING]
            self.tail.problem = ""
        except RecordError as error:
            self.tail.problem = str(error)
            self.behind = True  # what cannot be read now may be read at the next look
        if new and known >= 0:  # more than what lay there when we came
            self.tail.heard()
        return tuple(brief(record, self._zone) for record in new[-RING:])

    def _fold(self, record: Record) -> bool:
        """Take one record; False for one that contradicts those before it."""
        try:
            self.wall.feed(record)
        except RecordError as error:
            self._broken = str(error)
            return False
        if isinstance(record.event, CycleStarted):
            self._starts[record.event.cycle] = record.seq
        elif isinstance(record.event, PictureTaken):
            self.pictures.add(record.event.path)
        return True

    def view(self, now_ns: int) -> WallView | None:
        """What the wall shows now; None before the first event."""
        return self.wall.view(
            Moment(
                now_ns=now_ns,
                written_ns=self.tail.written_ns,
                alive=self.tail.alive,
                problem=self._broken or self.tail.problem,
            )
        )

    def briefs(self, after: int, most: int) -> tuple[Brief, ...]:
        """The first `most` events after seq `after`, from the store. Raises RecordError."""
        found = []
        for record in self.tail.records(self.origin, after):
            found.append(brief(record, self._zone))
            if len(found) >= most:
                break
        return tuple(found)

    @property
    def begun(self) -> tuple[int, ...]:
        """The numbers of the cycles that were begun, in their order."""
        return tuple(self._starts)

    def cycle(self, number: int) -> Sequence[Record] | None:
        """The events from the start of cycle `number` to the start of the next; None when it was
        never begun. Raises RecordError."""
        first = self._starts.get(number)
        if first is None:
            return None
        following = min((seq for seq in self._starts.values() if seq > first), default=None)
        found = []
        for record in self.tail.records(self.origin, first - 1):
            if following is not None and record.seq >= following:
                break
            found.append(record)
        return found
