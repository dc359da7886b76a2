"""Between a shift and the board beside it: what is asked, what is shown, in frames.

A frame is four bytes, its length (big-endian), and so many bytes of MessagePack. Types are closed:
whatever is not one of these messages ends the connection. Nothing here can carry code.
"""

import asyncio
import struct
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from ontakt.contract import Live, PortStatus, Reply, Request

LONGEST_ASK, LONGEST_ANSWER = 16_384, 4_000_000
"""Bytes of a frame towards the shift, and from it."""
RECALLED = 250_000
"""Bytes of pictures after which a `Recalled` ends; the rest is asked for anew."""
_LENGTH = struct.Struct(">I")


class Ask(Struct, frozen=True, kw_only=True, tag="ask", forbid_unknown_fields=True):
    """A person's request."""

    number: int
    request: Request


class Look(Struct, frozen=True, kw_only=True, tag="look", forbid_unknown_fields=True):
    """Show me the present."""

    number: int
    pictures: bool = False
    """With what the cameras see."""


class Recall(Struct, frozen=True, kw_only=True, tag="recall", forbid_unknown_fields=True):
    """Show me what was seen before the open call."""

    number: int
    call: int
    after: int = -1
    """Only what was seen after this tick."""


class Answered(Struct, frozen=True, kw_only=True, tag="answered"):
    """To `Ask`."""

    number: int
    reply: Reply


class Seen(Struct, frozen=True, kw_only=True, tag="seen"):
    """To `Look`."""

    number: int
    status: PortStatus
    live: Live | None
    """None before the first tick."""
    pictures: Mapping[str, bytes] = {}
    """JPEG by camera."""
    pictured_tick: int | None = None
    """When they were taken."""


class Taken(Struct, frozen=True, kw_only=True):
    """What the cameras saw on one tick."""

    tick: int
    pictures: Mapping[str, bytes]
    """JPEG by camera."""


class Recalled(Struct, frozen=True, kw_only=True, tag="recalled"):
    """To `Recall`."""

    number: int
    clip: tuple[Taken, ...] | None
    """Oldest first, as far as one frame holds them; empty when there are no more. None where that
    call is not open."""


Question = Ask | Look | Recall
Answer = Answered | Seen | Recalled


async def read_frame(reader: asyncio.StreamReader, most: int) -> bytes | None:
    """The next frame; None at the end of the stream. Raises ValueError for one that is longer than
    `most` bytes."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > most:
            raise ValueError(f"a frame of {length} bytes; at most {most}")
        return await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def frame(message: Question | Answer) -> bytes:
    """`message` with its length before it."""
    data = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(data)) + data


def read_question(data: bytes) -> Question:
    """Raises msgspec.MsgspecError for anything else."""
    question: Question = msgspec.msgpack.decode(data, type=Question)
    return question


def read_answer(data: bytes) -> Answer:
    """Raises msgspec.MsgspecError for anything else."""
    answer: Answer = msgspec.msgpack.decode(data, type=Answer)
    return answer
