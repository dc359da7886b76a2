"""The desk of one shift: who drives its robot from this board, and what follows from it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from ontakt.board.console_link import NoConsole
from ontakt.board.lease import Holding, Lease
from ontakt.contract import Reply, Request
from ontakt.contract.request import (
    Arrive,
    Hold,
    Jog,
    LetGo,
    Rehome,
    Resume,
    Retry,
    Start,
    Stop,
    TakeOver,
    Wish,
)

_ENDS_DRIVE = (Arrive, Hold, Rehome, Retry, Resume, Stop)
"""When the line obeys one of these, nobody drives any more."""
_MOVES = (Rehome, Retry, Resume, Start)
"""These set arms moving: nobody's while another one drives."""
NOT_HIS = "You do not hold the robot; take over first."


class Line(Protocol):
    """Where requests go; `console_link.ConsoleLink` is one."""

    async def ask(self, request: Request) -> Reply:
        """Raises NoConsole."""
        ...


class Person(Protocol):
    """Who asks, from where, on which page of his."""

    @property
    def who(self) -> str: ...
    @property
    def where(self) -> str: ...
    @property
    def key(self) -> str: ...


class Desk:
    """Passes on what people ask, and lets one page at a time drive. All calls belong to one event
    loop and raise NoConsole; `monotonic` answers seconds."""

    def __init__(self, line: Line, monotonic: Callable[[], float]) -> None:
        self._line, self._monotonic = line, monotonic
        self._lease = Lease()
        self._changing = asyncio.Lock()
        """One change of hands at a time."""

    @property
    def holder(self) -> Holding | None:
        """Whoever holds the robot now."""
        return self._lease.holder(self._monotonic())

    async def ask(self, person: Person, wish: Wish) -> Reply:
        """Anything but driving. A stop, a hold, and a person who steps up are never in anybody's
        hands; what would move an arm is, while another one drives."""
        held = self.holder
        if held is not None and held.who != person.who and isinstance(wish, _MOVES):
            return Reply(obeyed=False, why=f"{held.who} holds the robot.")
        reply = await self._put(person, wish)
        if reply.obeyed and isinstance(wish, _ENDS_DRIVE):
            self._lease.end()
        return reply

    async def take_over(self, person: Person, wish: TakeOver) -> Reply:
        """Drive from now on, while the page keeps saying that it is there."""
        async with self._changing:
            await self._end_lapsed(person.where)
            held = self._lease.take(person.who, person.key, self._monotonic())
            if held is not None:
                own = " on another page of yours" if held.who == person.who else ""
                return Reply(obeyed=False, why=f"{held.who} holds the robot{own}.")
            try:
                reply = await self._put(person, wish)
            except NoConsole:
                self._lease.end(person.key)
                raise
            if reply.obeyed:
                self._lease.take(person.who, person.key, self._monotonic())
            else:
                self._lease.end(person.key)
            return reply

    async def jog(self, person: Person, jog: Jog) -> Reply:
        """Move an arm, if the page holds the robot."""
        if not self.renew(person):
            return Reply(obeyed=False, why=NOT_HIS)
        return await self._put(person, jog)

    def renew(self, person: Person) -> bool:
        """The page is there; False when it does not hold the robot."""
        return self._lease.renew(person.key, self._monotonic())

    async def let_go(self, person: Person) -> Reply:
        """The page drives no longer: it says so, is gone, or was silent for too long."""
        async with self._changing:
            if self._lease.end(person.key) is None:
                return Reply(obeyed=False, why=NOT_HIS)
            return await self._put(person, LetGo())

    def lost(self, person: Person) -> None:
        """The line says that the page's person drives no longer."""
        self._lease.end(person.key)

    async def take_away(self, person: Person) -> Reply:
        """Take the robot out of whoever's hands; the arms stand, and nobody drives."""
        async with self._changing:
            self._lease.end()
            return await self._put(person, LetGo())

    async def _end_lapsed(self, where: str) -> None:
        lapsed = self._lease.lapsed(self._monotonic())
        if lapsed is not None:
            self._lease.end(lapsed.key)
            with suppress(NoConsole):
                await self._line.ask(Request(who=lapsed.who, where=where, wish=LetGo()))

    async def _put(self, person: Person, wish: Wish) -> Reply:
        return await self._line.ask(Request(who=person.who, where=person.where, wish=wish))
