"""The stream behind every page: nothing is missed, nobody costs memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sse_starlette import ServerSentEvent
from tests.board.scenes import ORIGIN, envelopes, scene, started

from ontakt.board.follow import Follower, Target
from ontakt.board.hub import Hub
from ontakt.board.language import languages
from ontakt.board.live_shift import RING
from ontakt.board.stream import Cursor, Stream, parse_cursor
from ontakt.contract.event import PictureTaken
from ontakt.evidence.store import EventStore, open_store

T = TypeVar("T")
SHIFT = Target("shift", ORIGIN.shift)
EN = languages()["en"]


def run(program: Callable[[Hub], Awaitable[T]], *places: Path) -> T:
    """`program` with a hub of its own."""

    async def whole() -> T:
        hub = Hub(Follower(places))
        try:
            return await asyncio.wait_for(program(hub), 20)
        finally:
            await hub.close()

    return asyncio.run(whole())


def said(message: ServerSentEvent) -> dict[str, object]:
    told: dict[str, object] = msgspec.json.decode(str(message.data))
    return told


async def seqs(stream: AsyncIterator[ServerSentEvent], upto: int) -> list[int]:
    """The seq of every record until the wall shows event `upto`."""
    found: list[int] = []
    async with aclosing(stream) as messages:  # type: ignore[type-var]
        async for message in messages:
            if message.event == "record":
                found.append(int(str(said(message)["seq"])))
            if message.event == "fresh":
                found.append(-1)
            cursor = parse_cursor(message.id)
            if message.event == "wall" and cursor is not None and cursor.seq >= upto:
                break
    return found


def stream(hub: Hub, after: int | None, target: Target = SHIFT) -> AsyncIterator[ServerSentEvent]:
    cursor = None if after is None else Cursor(ORIGIN.shift, after)
    return Stream(hub, target, EN, cursor, events=True).run()


def filled(folder: Path, upto: int | None = None) -> EventStore:
    store = open_store(folder / "events.db", write=True)
    store.extend(scene("running", time.time_ns())[:upto])
    return store


def test_a_page_gets_every_event_after_the_one_it_knows(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        last = store.resume_point(ORIGIN.shift).next_seq - 1
        for after in (0, last - 5, last):
            got = run(lambda hub, after=after: seqs(stream(hub, after), last), tmp_path)  # type: ignore[misc]
            assert got == list(range(after + 1, last + 1))


def test_a_page_that_knows_nothing_gets_the_wall_alone(tmp_path: Path) -> None:
    with filled(tmp_path) as store:
        last = store.resume_point(ORIGIN.shift).next_seq - 1
        assert run(lambda hub: seqs(stream(hub, None), last), tmp_path) == []


def test_events_that_come_meanwhile_follow_without_a_gap(tmp_path: Path) -> None:
    records = scene("call", time.time_ns())
    last = len(records) - 1

    async def program(hub: Hub) -> list[list[int]]:
        with open_store(tmp_path / "events.db", write=True) as store:
            store.extend(records[:-80])
            readers = [
                asyncio.create_task(seqs(stream(hub, after), last)) for after in (10, last - 80, 0)
            ]
            for record in records[-80:]:
                await asyncio.sleep(0.002)
                await asyncio.to_thread(store.append, record)
            return [await reader for reader in readers]

    ten, newest, zero = run(program, tmp_path)
    assert ten == list(range(11, last + 1))
    assert newest == list(range(last - 79, last + 1))
    assert zero == list(range(1, last + 1))


def test_a_connection_that_breaks_and_comes_back_misses_none(tmp_path: Path) -> None:
    records = scene("call", time.time_ns())
    half = len(records) // 2

    async def program(hub: Hub) -> list[int]:
        with open_store(tmp_path / "events.db", write=True) as store:
            store.extend(records[:half])
            got = await seqs(stream(hub, 0), half - 1)
            assert hub.streams == 0  # nobody looks, so nothing is read
            store.extend(records[half:])
            return got + await seqs(stream(hub, got[-1]), len(records) - 1)

    assert run(program, tmp_path) == list(range(1, len(records)))


def test_who_missed_more_than_is_worth_sending_is_told_to_start_afresh(tmp_path: Path) -> None:
    picture = PictureTaken(cycle=0, what="x", path="pictures/x.png")
    many = [(0.0, started()), *((1.0, picture) for _ in range(RING + 10))]
    with open_store(tmp_path / "events.db", write=True) as store:
        store.extend(envelopes(many, time.time_ns()))  # type: ignore[arg-type]
        got = run(lambda hub: seqs(stream(hub, 0), RING + 10), tmp_path)
        assert got == [-1]
        got = run(lambda hub: seqs(stream(hub, 10), RING + 10), tmp_path)
    assert got == list(range(11, RING + 11))


def test_who_does_not_take_what_he_is_sent_finds_the_wall_as_it_stands_then(tmp_path: Path) -> None:
    """A slow page costs its connection's buffer and a cursor; no queue grows behind it."""
    records = scene("call", time.time_ns())
    known = len(records) - 61

    async def program(hub: Hub) -> tuple[int, list[int]]:
        with open_store(tmp_path / "events.db", write=True) as store:
            store.extend(records[:-60])
            slow = stream(hub, known)
            await anext(slow)  # the heartbeat it begins with
            fast = asyncio.create_task(seqs(stream(hub, known), len(records) - 1))
            for record in records[-60:]:
                await asyncio.to_thread(store.append, record)
            await fast
            walls, got = 0, []
            async with aclosing(slow) as messages:  # type: ignore[type-var]
                async for message in messages:
                    walls += message.event == "wall"
                    if message.event == "record":
                        got.append(int(str(said(message)["seq"])))
                    if got and got[-1] == len(records) - 1 and message.event == "wall":
                        break
            return walls, got

    walls, got = run(program, tmp_path)
    assert got == list(range(known + 1, len(records)))
    assert walls <= 2


def test_the_board_says_that_it_lives_and_repeats_nothing(tmp_path: Path) -> None:
    filled(tmp_path).close()  # its writer is gone, so the wall stands still

    async def program(hub: Hub) -> list[ServerSentEvent]:
        got = []
        async with aclosing(stream(hub, None, Target("now"))) as messages:  # type: ignore[type-var]
            async for message in messages:
                got.append(message)
                if message.event == "beat" and len(got) > 1:
                    return got
        return got

    begun = time.monotonic()
    first, wall, second = run(program, tmp_path)
    assert (first.event, first.retry, wall.event, second.event) == ("beat", 1000, "wall", "beat")
    assert 1.5 < time.monotonic() - begun < 5
    assert abs(int(str(said(first)["now"])) - time.time() * 1000) < 10_000


def test_nothing_is_read_while_nobody_looks(tmp_path: Path) -> None:
    async def program(hub: Hub) -> tuple[int, int]:
        async with hub.watching(SHIFT):
            await asyncio.sleep(0.3)
        before = hub.looks
        await asyncio.sleep(0.3)
        return before, hub.looks

    with filled(tmp_path):
        before, after = run(program, tmp_path)
    assert before > 0
    assert after <= before + 1  # the one under way


@given(st.text(min_size=1, max_size=60), st.integers(0, 10**12))
def test_a_cursor_survives_any_name(shift: str, seq: int) -> None:
    try:
        shift.encode()
    except UnicodeEncodeError:  # no record can name such a shift
        return
    text = str(Cursor(shift, seq))
    assert "\n" not in text
    assert parse_cursor(text) == Cursor(shift, seq)


@pytest.mark.parametrize(
    "text", [None, "", "x", ":1", "a:", "a:b", "a:1:2", "a: 1", "a:1\n", "a b:1"]
)
def test_anything_else_is_no_cursor(text: str | None) -> None:
    assert parse_cursor(text) is None
