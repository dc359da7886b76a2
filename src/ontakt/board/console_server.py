"""The shift's end of its console: a socket that only its own user can open.

It lives in the shift's process, in a thread of its own, and does no more than carry requests to the
line and the present to whoever looks. The board at the other end may die at any time.
"""

import asyncio
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec
from msgspec import Struct

from ontakt.board.console_wire import (
    LONGEST_ASK,
    RECALLED,
    Answer,
    Answered,
    Ask,
    Look,
    Recall,
    Recalled,
    Seen,
    Taken,
    frame,
    read_frame,
    read_question,
)
from ontakt.contract import HaltError, Live, PortStatus, Reply, Request

CONSOLE = "console.json"
"""Beside the store of a shift that hears requests."""
ANSWER_S = 2.0
"""A request that the line has not answered by then is told as unanswered [s]."""


class Port(Protocol):
    """Who hears requests; `line.operator_port` is one."""

    @property
    def status(self) -> PortStatus: ...

    def ask(self, request: Request) -> Future[Reply]: ...


class Eyes(Protocol):
    """Who sees the station; safe from any thread."""

    def live(self) -> Live | None:
        """The present; None before the first tick."""
        ...

    def pictures(self) -> tuple[int | None, Mapping[str, bytes]]:
        """When they were taken, and JPEG by camera. Asking keeps them coming."""
        ...

    def before_call(
        self, call: int, after: int, most: int
    ) -> tuple[tuple[int, Mapping[str, bytes]], ...] | None:
        """The next `most` bytes of what was seen before the open call; None for another call."""
        ...


class ConsoleFile(Struct, frozen=True, kw_only=True):
    """Where a shift hears requests."""

    socket: str
    shift: str
    pid: int


class ConsoleServer:
    """Serves `port` and `eyes` of `shift`, whose folder is `folder`, while it is entered. Raises
    HaltError where no socket can be made."""

    def __init__(self, folder: Path, shift: str, port: Port, eyes: Eyes) -> None:
        self._folder, self._shift, self._port, self._eyes = folder, shift, port, eyes
        self._loop = asyncio.new_event_loop()
        self._place = ""
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._place = tempfile.mkdtemp(prefix="ontakt-")  # only we may enter it
        path = Path(self._place) / "console"
        begun: Future[None] = Future()
        self._thread = threading.Thread(target=self._serve, args=(path, begun), daemon=True)
        self._thread.start()
        try:
            begun.result()
            told = ConsoleFile(socket=str(path), shift=self._shift, pid=os.getpid())
            _write_private(self._folder / CONSOLE, msgspec.json.encode(told))
        except OSError as error:
            raise HaltError(f"The console's socket cannot be made ({error}).") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        with suppress(OSError):
            (self._folder / CONSOLE).unlink()
        shutil.rmtree(self._place, ignore_errors=True)

    def _serve(self, path: Path, begun: Future[None]) -> None:
        loop = self._loop
        try:
            server = loop.run_until_complete(asyncio.start_unix_server(self._meet, str(path)))
            path.chmod(0o600)
        except OSError as error:
            begun.set_exception(error)
            loop.close()
            return
        begun.set_result(None)
        loop.run_forever()
        server.close()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ValueError, msgspec.MsgspecError, asyncio.CancelledError):
            while (data := await read_frame(reader, LONGEST_ASK)) is not None:
                match read_question(data):
                    case Look() as question:
                        await _send(writer, self._see(question))
                    case Ask() as question:  # a slow answer keeps nobody waiting
                        self._begin(self._ask(question, writer))
                    case Recall() as question:
                        self._begin(self._recall(question, writer))
        writer.close()

    def _begin(self, answering: Coroutine[object, object, None]) -> None:
        task = self._loop.create_task(answering)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _recall(self, question: Recall, writer: asyncio.StreamWriter) -> None:
        """In a thread: a hundred pictures made into JPEG must not keep a hold waiting."""
        found = await asyncio.to_thread(
            self._eyes.before_call, question.call, question.after, RECALLED
        )
        clip = None if found is None else tuple(Taken(tick=t, pictures=p) for t, p in found)
        with suppress(ConnectionError):
            await _send(writer, Recalled(number=question.number, clip=clip))

    async def _ask(self, question: Ask, writer: asyncio.StreamWriter) -> None:
        asked = self._port.ask(question.request)
        try:
            reply = await asyncio.wait_for(
                asyncio.shield(asyncio.wrap_future(asked)), timeout=ANSWER_S
            )
        except TimeoutError:
            why = f"The line has not answered within {ANSWER_S:g} s; look what it does."
            reply = Reply(obeyed=False, why=why)
        with suppress(ConnectionError):
            await _send(writer, Answered(number=question.number, reply=reply))

    def _see(self, question: Look) -> Seen:
        tick, pictures = self._eyes.pictures() if question.pictures else (None, {})
        return Seen(
            number=question.number,
            status=self._port.status,
            live=self._eyes.live(),
            pictures=pictures,
            pictured_tick=tick,
        )


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    writer.write(frame(answer))
    await writer.drain()


def _write_private(path: Path, data: bytes) -> None:
    """A file that nobody else can read, from its first byte on."""
    with suppress(FileNotFoundError):
        path.unlink()
    opener: Callable[[str, int], int] = lambda name, flags: os.open(name, flags, 0o600)  # noqa: E731
    with open(path, "xb", opener=opener) as file:
        file.write(data)
