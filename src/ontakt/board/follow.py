"""Stores that other processes write, followed: which lines there are, and what each one shows."""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import Literal

from msgspec import Struct

from ontakt.board.brief import Brief
from ontakt.board.live_shift import LiveShift
from ontakt.board.tail import Tail, held_locks
from ontakt.board.wall_view import WallView
from ontakt.contract.event import Origin

STORE = "events.db"
LINES = 24
"""Lines that are shown side by side, at most."""
_KEPT = 32
"""Folded shifts that are kept when nobody looks at them."""
_SCAN_S = 2.0
_LOCKS_S = 2.0
_DEEP = 2
"""Folders below the one that was given in which shifts are looked for."""


class Target(Struct, frozen=True):
    """What a page looks at: the line that is at work, one station's latest shift, one shift, or
    all lines."""

    kind: Literal["now", "station", "shift", "lines"]
    name: str = ""


class Look(Struct, frozen=True):
    """What a look found."""

    walls: Mapping[Target, tuple[WallView, ...]]
    briefs: Mapping[str, tuple[Brief, ...]]
    """New events by shift."""
    changed: bool
    """True when any record grew, or a writer came or went."""


class Follower:
    """Stores, and folders of shifts that come and go. Not for several threads at once.

    `zone` is where clock hours begin and clocks are read, this machine's when None.
    """

    def __init__(
        self,
        places: Sequence[Path],
        zone: tzinfo | None = None,
        now_ns: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.places = tuple(places)
        self.zone = zone
        self._now_ns, self._monotonic = now_ns, monotonic
        self._tails: dict[Path, Tail] = {}
        self._live: dict[str, LiveShift] = {}
        self._scanned = self._locked = float("-inf")
        self._locks: frozenset[int] | None = None

    def look(self, wanted: Iterable[Target]) -> Look:
        """See what is new, for those who want `wanted`."""
        changed = self._stir()
        walls: dict[Target, tuple[WallView, ...]] = {}
        briefs: dict[str, tuple[Brief, ...]] = {}
        now = self._now_ns()
        seen: dict[str, WallView | None] = {}
        for target in wanted:
            views = []
            for live in self.shifts(target):
                name = live.origin.shift
                if name not in seen:
                    if live.behind:
                        briefs[name] = live.catch_up()
                        changed = changed or bool(briefs[name])
                    seen[name] = live.view(now)
                view = seen[name]
                if view is not None:
                    views.append(view)
            walls[target] = tuple(views)
        unseen = [name for name in self._live if name not in seen]
        for name in unseen[: max(0, len(self._live) - _KEPT)]:
            del self._live[name]
        return Look(walls, briefs, changed)

    def _stir(self) -> bool:
        """Look at places, files and locks; True when a writer came or went."""
        now = self._monotonic()
        if now - self._scanned >= _SCAN_S:
            self._scanned = now
            for path in self._stores():
                self._tails.setdefault(path, Tail(path))
        if now - self._locked >= _LOCKS_S:
            self._locked, self._locks = now, held_locks()
        moved = False
        for tail in self._tails.values():
            before = tail.alive
            if tail.stir(self._locks):
                for live in self._live.values():
                    live.behind = live.behind or live.tail is tail
                tail.refresh()
            moved = moved or tail.alive != before
        return moved

    def _stores(self) -> list[Path]:
        found: list[Path] = []
        for place in self.places:
            if place.is_dir():
                found.extend(_below(place, _DEEP))
            elif place.is_file():
                found.append(place)
        return found

    @property
    def stores(self) -> list[Path]:
        """Every store that is followed."""
        return sorted(self._tails)

    @property
    def problems(self) -> dict[str, str]:
        """Stores that cannot be read, and why."""
        return {str(t.path): t.problem for t in self._tails.values() if t.problem}

    def shifts(self, target: Target) -> list[LiveShift]:
        """Those that `target` means; none where there is no such shift."""
        match target.kind:
            case "shift":
                found = self.find(target.name)
                return [found] if found else []
            case "lines":
                return [self._follow(*one) for one in self._lines()[:LINES]]
            case _:
                lines = self._lines(target.name if target.kind == "station" else None)
                at_work = [one for one in lines if one[1].alive]
                newest = sorted(lines, key=lambda one: one[1].written_ns or 0)[-1:]
                return [self._follow(*one) for one in (at_work[:1] or newest)]

    def find(self, shift: str) -> LiveShift | None:
        """The shift of that name; of several stores that hold it, the one written last."""
        found = [
            (tail.written_ns or 0, origin, tail)
            for tail in self._tails.values()
            for origin in tail.origins
            if origin.shift == shift
        ]
        if not found:
            return None
        _, origin, tail = max(found, key=lambda one: one[0])
        return self._follow(origin, tail)

    def all_shifts(self) -> list[tuple[Origin, Tail]]:
        """Every shift there is; of each store in the order of their beginning, the store that was
        written last at the end."""
        tails = sorted(self._tails.values(), key=lambda tail: tail.written_ns or 0)
        return [(origin, tail) for tail in tails for origin in tail.origins]

    def _lines(self, station: str | None = None) -> list[tuple[Origin, Tail]]:
        """The latest shift of every station, by name; all that are at work where several of one
        name are."""
        latest: dict[tuple[Path, str], tuple[Origin, Tail]] = {}
        for origin, tail in self.all_shifts():
            if station in (None, origin.station):
                latest[tail.path, origin.station] = (origin, tail)
        lines: dict[str, list[tuple[Origin, Tail]]] = {}
        for origin, tail in latest.values():
            lines.setdefault(origin.station, []).append((origin, tail))
        chosen = []
        for _, candidates in sorted(lines.items()):
            at_work = [one for one in candidates if one[1].alive]
            chosen.extend(at_work or candidates[-1:])
        return chosen

    def _follow(self, origin: Origin, tail: Tail) -> LiveShift:
        live = self._live.get(origin.shift)
        if live is None or live.tail is not tail:
            live = self._live[origin.shift] = LiveShift(origin, tail, self.zone)
        return live


def _below(folder: Path, depth: int) -> list[Path]:
    """Stores in `folder` and in the folders below it, no link followed."""
    own = folder / STORE
    found = [own] if own.is_file() else []
    if depth:
        try:
            with os.scandir(folder) as entries:
                inner = sorted(e.path for e in entries if e.is_dir(follow_symlinks=False))
        except OSError:
            return found
        for path in inner:
            found.extend(_below(Path(path), depth - 1))
    return found
