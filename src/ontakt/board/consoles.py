"""The consoles of a board: a link, a desk and a watch for every shift that is looked after."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ontakt.board.console_link import ConsoleLink
from ontakt.board.desk import Desk
from ontakt.board.watch import Watch

_MOST = 64


@dataclass(frozen=True)
class Console:
    """What this board knows and does about one shift."""

    folder: Path
    link: ConsoleLink
    desk: Desk
    watch: Watch


class Consoles:
    """Made when somebody first asks. All calls belong to one event loop."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._consoles: dict[str, Console] = {}

    def known(self, shift: str) -> Console | None:
        """That of `shift`, if anybody has asked for it."""
        return self._consoles.get(shift)

    async def of(self, shift: str, folder: Path) -> Console:
        """That of `shift`, whose store lies in `folder`."""
        known = self._consoles.get(shift)
        if known is not None and known.folder == folder:
            return known
        link = ConsoleLink(folder)
        made = Console(
            folder, link, Desk(link, self._monotonic), Watch(shift, link, self._monotonic)
        )
        self._consoles[shift] = made
        if known is not None:
            await known.link.close()
        if len(self._consoles) > _MOST:
            oldest = self._consoles.pop(next(iter(self._consoles)))
            await oldest.link.close()
        return made

    async def close(self) -> None:
        """Let go of every connection."""
        for console in self._consoles.values():
            await console.link.close()
        self._consoles.clear()
