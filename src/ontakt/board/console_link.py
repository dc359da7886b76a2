"""The board's end of a shift's console: one connection, many questions, made anew when lost."""

import asyncio
import itertools
from contextlib import suppress
from pathlib import Path

import msgspec

from ontakt.board.console_server import CONSOLE, ConsoleFile
from ontakt.board.console_wire import (
    LONGEST_ANSWER,
    Answer,
    Answered,
    Ask,
    Look,
    Question,
    Recall,
    Recalled,
    Seen,
    Taken,
    frame,
    read_answer,
    read_frame,
)
from ontakt.contract import Reply, Request

PATIENCE_S = 3.0
"""Without an answer by then the shift counts as gone [s]."""


class NoConsole(Exception):
    """The shift hears no requests: it was started without people, or it is over."""


class ConsoleLink:
    """Talks to the shift whose store lies in `folder`. All calls belong to one event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()

    @property
    def there(self) -> bool:
        """True while the shift says that it hears requests."""
        return (self._folder / CONSOLE).is_file()

    async def ask(self, request: Request) -> Reply:
        """The line's answer to `request`. Raises NoConsole."""
        answer = await self._put(Ask(number=next(self._numbers), request=request))
        assert isinstance(answer, Answered)
        return answer.reply

    async def look(self, *, pictures: bool = False) -> Seen:
        """The present. Raises NoConsole."""
        answer = await self._put(Look(number=next(self._numbers), pictures=pictures))
        assert isinstance(answer, Seen)
        return answer

    async def recall(self, call: int) -> tuple[Taken, ...] | None:
        """What was seen before `call`, oldest first; None where it is not open. Raises
        NoConsole."""
        found: list[Taken] = []
        while True:
            after = found[-1].tick if found else -1
            answer = await self._put(Recall(number=next(self._numbers), call=call, after=after))
            assert isinstance(answer, Recalled)
            if answer.clip is None:
                return None
            if not answer.clip:
                return tuple(found)
            found += answer.clip

    async def close(self) -> None:
        """Let go of the connection."""
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading
        if self._writer is not None:
            self._writer.close()
        self._writer = None

    async def _put(self, question: Question) -> Answer:
        writer = await self._open()
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[question.number] = answer
        try:
            writer.write(frame(question))
            await writer.drain()
            return await asyncio.wait_for(answer, PATIENCE_S)
        except (OSError, TimeoutError) as error:
            self._drop(writer)
            raise NoConsole(f"the shift does not answer ({type(error).__name__})") from error
        finally:
            self._waiting.pop(question.number, None)

    async def _open(self) -> asyncio.StreamWriter:
        async with self._opening:
            if self._writer is not None and not self._writer.is_closing():
                return self._writer
            try:
                told = msgspec.json.decode((self._folder / CONSOLE).read_bytes(), type=ConsoleFile)
                reader, writer = await asyncio.open_unix_connection(told.socket)
            except (OSError, msgspec.MsgspecError) as error:
                raise NoConsole("the shift hears no requests") from error
            self._writer = writer
            self._reading = asyncio.create_task(self._read(reader, writer))
            return writer

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ValueError, msgspec.MsgspecError):
            while (data := await read_frame(reader, LONGEST_ANSWER)) is not None:
                answer = read_answer(data)
                waiting = self._waiting.get(answer.number)
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        self._drop(writer)

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        writer.close()
        if self._writer is writer:
            self._writer = None
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("the connection to the shift is lost"))
