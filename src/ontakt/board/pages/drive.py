"""`/console/ID/drive`: a person's hands on the robot, as a web socket.

The page says who it is with the mark of its session, takes over, and then sends jogs while a key is
held. Whatever is no such message ends the connection; so does silence, and the arms stand long
before: a jog lasts `JOG_S`.
"""

import asyncio
import secrets
import time
from contextlib import suppress
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, HTTPException
from msgspec import Meta, Struct
from starlette.websockets import WebSocket, WebSocketDisconnect

from ontakt.board.access import session_of
from ontakt.board.console_link import NoConsole
from ontakt.board.consoles import Console
from ontakt.board.desk import NOT_HIS
from ontakt.board.freshness import Freshness
from ontakt.board.lease import LEASE_S
from ontakt.board.pages.console import Asker, find
from ontakt.board.roles import Role
from ontakt.contract import Reply
from ontakt.contract.request import Component, Jog, TakeOver, Triple
from ontakt.contract.spaces import Side

router = APIRouter()

LONGEST = 512
"""Characters of a message."""
MOST_A_SECOND = 80
"""Messages; a page sends twenty."""
_HELLO_S = 3.0
_IDLE_S = 600.0
"""Without the robot in its hands a page may stay silent for so long [s]."""
_BAD, _REFUSED, _BINARY = 1007, 1008, 1003
_ABREAST = 2
"""Jogs that may be under way to the line at once."""


class _Hello(Struct, frozen=True, forbid_unknown_fields=True, tag_field="say", tag="hello"):
    csrf: Annotated[str, Meta(max_length=200)]


class _TakeOver(Struct, frozen=True, forbid_unknown_fields=True, tag_field="say", tag="take_over"):
    out_of_cell: Literal[True]


class _Jog(Struct, frozen=True, forbid_unknown_fields=True, tag_field="say", tag="jog"):
    at: Annotated[float, Meta(ge=0.0, le=1e12)]
    """By the page's clock [ms]."""
    side: Side
    velocity: Triple = (0.0, 0.0, 0.0)
    turning: Triple = (0.0, 0.0, 0.0)
    opening: Component = 0.0


class _Here(Struct, frozen=True, forbid_unknown_fields=True, tag_field="say", tag="here"):
    """Nothing is pressed, and the page is awake."""


class _LetGo(Struct, frozen=True, forbid_unknown_fields=True, tag_field="say", tag="let_go"):
    pass


_Message = _Hello | _TakeOver | _Jog | _Here | _LetGo
_decoder: msgspec.json.Decoder[_Message] = msgspec.json.Decoder(_Message)


_LEAVING: set[asyncio.Task[Reply]] = set()
"""Held here until they are done: an event loop holds its tasks only weakly."""


def _left(telling: asyncio.Task[Reply]) -> None:
    _LEAVING.discard(telling)
    if not telling.cancelled():
        telling.exception()  # a shift that is gone needs not be told


class _Refused(Exception):
    """The connection ends, with a code of RFC 6455."""

    def __init__(self, code: int) -> None:
        self.code = code


@router.websocket("/console/{shift}/drive")
async def drive(socket: WebSocket, shift: str) -> None:
    """One page, for as long as it stays."""
    session = session_of(socket)
    origin = socket.headers.get("origin", "")
    ours = f"{'https' if socket.url.scheme == 'wss' else 'http'}://{socket.headers.get('host', '')}"
    if session is None or origin != ours or not session.holder.role.covers(Role.OPERATOR):
        await socket.close(_REFUSED)  # before it is accepted: 403
        return
    try:
        _, console = await find(socket, shift)
    except HTTPException:
        await socket.close(_REFUSED)
        return
    await socket.accept()
    person = Asker.of(socket, session.holder, secrets.token_hex(8))
    hands = _Hands(socket, console, person, session.csrf)
    code = 1000
    try:
        await hands.run()
    except _Refused as refused:
        code = refused.code
    except WebSocketDisconnect:
        return
    with suppress(RuntimeError):
        await socket.close(code)


class _Hands:
    """The conversation with one page."""

    def __init__(self, socket: WebSocket, console: Console, person: Asker, csrf: str) -> None:
        self._socket, self._console, self._person, self._csrf = socket, console, person, csrf
        self._freshness = Freshness()
        self._jog: Jog | None = None
        """The latest that is not on its way yet: an older one is worth nothing beside it."""
        self._waiting = asyncio.Event()
        self._driving = False
        self._window: tuple[float, int] = (0.0, 0)

    async def run(self) -> None:
        """Until the page leaves. Raises _Refused, WebSocketDisconnect."""
        first = await self._receive(_HELLO_S)
        if not isinstance(first, _Hello) or not secrets.compare_digest(
            first.csrf.encode(), self._csrf.encode()
        ):
            raise _Refused(_REFUSED)
        await self._tell("ready", Reply(obeyed=True))
        senders = [asyncio.create_task(self._send_jogs()) for _ in range(_ABREAST)]
        try:
            while True:
                message = await self._receive(LEASE_S if self._driving else _IDLE_S)
                if message is None:
                    if not self._driving:
                        raise _Refused(1001)
                    await self._let_go("Nothing was heard of your page; the robot stands.")
                else:
                    await self._hear(message)
        finally:
            for sender in senders:
                sender.cancel()
            await self._leave()

    async def _leave(self) -> None:
        """The page is gone: the line is told, even where this conversation is cut short."""
        if not self._driving:
            return
        self._driving = False
        telling = asyncio.create_task(self._console.desk.let_go(self._person))
        _LEAVING.add(telling)
        telling.add_done_callback(_left)
        with suppress(NoConsole):
            await asyncio.shield(telling)

    async def _hear(self, message: _Message) -> None:
        desk = self._console.desk
        match message:
            case _Jog() if self._driving:
                desk.renew(self._person)
                if self._freshness.fresh(message.at / 1000.0, time.monotonic()):
                    self._jog = Jog(
                        side=message.side,
                        velocity=message.velocity,
                        turning=message.turning,
                        opening=message.opening,
                    )
                    self._waiting.set()
            case _Jog() | _Here():
                if self._driving and not desk.renew(self._person):
                    await self._over(NOT_HIS)
            case _TakeOver():
                try:
                    reply = await desk.take_over(self._person, TakeOver(out_of_cell=True))
                except NoConsole as error:
                    reply = Reply(obeyed=False, why=f"Not heard: {error}.")
                self._driving = reply.obeyed
                await self._tell("take_over", reply)
            case _LetGo():
                await self._let_go("")
            case _Hello():
                raise _Refused(_BAD)

    async def _send_jogs(self) -> None:
        """Pass the latest jog on, again and again."""
        while True:
            await self._waiting.wait()
            self._waiting.clear()
            jog, self._jog = self._jog, None
            if jog is None or not self._driving:
                continue
            try:
                reply = await self._console.desk.jog(self._person, jog)
            except NoConsole as error:
                reply = Reply(obeyed=False, why=f"Not heard: {error}.")
            if not reply.obeyed and self._driving:
                if "too late" in reply.why:  # one jog lost; the next one is on its way
                    continue
                await self._over(reply.why)

    async def _over(self, why: str) -> None:
        """The line, or somebody else, has ended the drive."""
        self._driving = False
        self._console.desk.lost(self._person)
        await self._tell("over", Reply(obeyed=False, why=why))

    async def _let_go(self, why: str) -> None:
        self._driving, self._jog = False, None
        try:
            reply = await self._console.desk.let_go(self._person)
        except NoConsole as error:
            reply = Reply(obeyed=False, why=f"Not heard: {error}.")
        await self._tell("over", Reply(obeyed=reply.obeyed, why=why or reply.why))

    async def _tell(self, about: str, reply: Reply) -> None:
        with suppress(RuntimeError, WebSocketDisconnect):
            await self._socket.send_json({"about": about, "obeyed": reply.obeyed, "why": reply.why})

    async def _receive(self, patience_s: float) -> _Message | None:
        """The next message; None after so much silence. Raises _Refused, WebSocketDisconnect."""
        try:
            received = await asyncio.wait_for(self._socket.receive(), patience_s)
        except TimeoutError:
            return None
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1000))
        text = received.get("text")
        if text is None:
            raise _Refused(_BINARY)
        if len(text) > LONGEST or self._too_many():
            raise _Refused(_REFUSED)
        if session_of(self._socket) is None:  # logged out meanwhile
            raise _Refused(_REFUSED)
        try:
            return _decoder.decode(text)
        except msgspec.MsgspecError as error:
            raise _Refused(_BAD) from error

    def _too_many(self) -> bool:
        now = time.monotonic()
        since, count = self._window
        self._window = (now, 1) if now - since > 1.0 else (since, count + 1)
        return self._window[1] > MOST_A_SECOND
