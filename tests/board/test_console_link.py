"""Shift and board talk over a socket: answers find their questions, rubbish ends the connection,
and either end may die."""

import asyncio
import stat
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path

import msgspec
import pytest

from ontakt.board.console_link import ConsoleLink, NoConsole
from ontakt.board.console_server import CONSOLE, ConsoleFile, ConsoleServer
from ontakt.board.console_wire import LONGEST_ASK, RECALLED
from ontakt.contract import Live, PortStatus, Reply, Request
from ontakt.contract.request import Acknowledge, Hold, Jog, Wish


class FakePort:
    """Obeys at once, but for holds, which it never answers."""

    status = PortStatus(tick=7, visiting=True)

    def __init__(self) -> None:
        self.heard: list[Request] = []

    def ask(self, request: Request) -> Future[Reply]:
        self.heard.append(request)
        reply: Future[Reply] = Future()
        if not isinstance(request.wish, Hold):
            reply.set_result(Reply(obeyed=True, why=str(len(self.heard))))
        return reply


class FakeEyes:
    def live(self) -> Live | None:
        return Live(shift="s", tick=7, hz=30, state=None, sides={})

    def pictures(self) -> tuple[int | None, Mapping[str, bytes]]:
        return 6, {"head": b"jpeg"}

    def before_call(
        self, call: int, after: int, most: int
    ) -> tuple[tuple[int, Mapping[str, bytes]], ...] | None:
        """Three pictures; a page that holds `most` bytes holds two of them."""
        if call != 4:
            return None
        half = {"head": bytes(most // 2)}
        return tuple((tick, half) for tick in (10, 14, 18) if tick > after)[:2]


def wish(what: Wish, who: str = "ann") -> Request:
    return Request(who=who, where="127.0.0.1", wish=what)


def test_requests_come_in_order_and_answers_find_their_question(tmp_path: Path) -> None:
    port = FakePort()

    async def talk() -> list[Reply]:
        link = ConsoleLink(tmp_path)
        assert link.there
        jogs = [wish(Jog(side="left", velocity=(0.0, 0.0, k / 100))) for k in range(20)]
        replies = await asyncio.gather(*(link.ask(jog) for jog in jogs))
        seen = await link.look()
        assert (seen.status, seen.pictures) == (FakePort.status, {})
        pictured = await link.look(pictures=True)
        assert (pictured.pictured_tick, pictured.pictures) == (6, {"head": b"jpeg"})
        await link.close()
        assert port.heard == jogs
        return list(replies)

    with ConsoleServer(tmp_path, "s", port, FakeEyes()):
        replies = asyncio.run(talk())
    assert [reply.why for reply in replies] == [str(k) for k in range(1, 21)]
    assert not (tmp_path / CONSOLE).exists()


def test_nobody_else_may_open_it(tmp_path: Path) -> None:
    with ConsoleServer(tmp_path, "s", FakePort(), FakeEyes()):
        told = msgspec.json.decode((tmp_path / CONSOLE).read_bytes(), type=ConsoleFile)
        modes = [stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / CONSOLE, Path(told.socket))]
        assert modes == [0o600, 0o600]
        assert stat.S_IMODE(Path(told.socket).parent.stat().st_mode) == 0o700
    assert not Path(told.socket).parent.exists()


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xff\xff\xff",
        (LONGEST_ASK + 1).to_bytes(4, "big") + b"x" * 100,
        b"\0\0\0\x03abc",
        b"\0\0\0\x00",
        b"\0\0\0\x10",
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_rubbish_ends_the_connection_and_nothing_else(tmp_path: Path, data: bytes) -> None:
    port = FakePort()

    async def talk() -> None:
        told = msgspec.json.decode((tmp_path / CONSOLE).read_bytes(), type=ConsoleFile)
        reader, writer = await asyncio.open_unix_connection(told.socket)
        writer.write(data)
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        link = ConsoleLink(tmp_path)
        assert (await link.ask(wish(Acknowledge()))).obeyed
        await link.close()

    with ConsoleServer(tmp_path, "s", port, FakeEyes()):
        asyncio.run(talk())
    assert len(port.heard) == 1


def test_what_was_seen_before_a_call_comes_page_by_page(tmp_path: Path) -> None:
    async def talk() -> None:
        link = ConsoleLink(tmp_path)
        clip, seen = await asyncio.gather(link.recall(4), link.look())
        assert clip is not None
        assert [(one.tick, len(one.pictures["head"])) for one in clip] == [
            (tick, RECALLED // 2) for tick in (10, 14, 18)
        ]
        assert seen.status.tick == 7
        assert await link.recall(3) is None
        await link.close()

    with ConsoleServer(tmp_path, "s", FakePort(), FakeEyes()):
        asyncio.run(talk())


def test_a_line_that_does_not_answer_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ontakt.board.console_server.ANSWER_S", 0.05)

    async def talk() -> Reply:
        link = ConsoleLink(tmp_path)
        reply = await link.ask(wish(Hold()))
        await link.close()
        return reply

    with ConsoleServer(tmp_path, "s", FakePort(), FakeEyes()):
        reply = asyncio.run(talk())
    assert not reply.obeyed
    assert "not answered" in reply.why


def test_a_shift_that_is_gone_is_told_and_found_again(tmp_path: Path) -> None:
    async def talk() -> None:
        link = ConsoleLink(tmp_path)
        with pytest.raises(NoConsole, match="hears no requests"):
            await link.look()
        with ConsoleServer(tmp_path, "s", FakePort(), FakeEyes()):
            assert (await link.look()).status.tick == 7
        with pytest.raises(NoConsole):
            await link.look()
        with ConsoleServer(tmp_path, "s", FakePort(), FakeEyes()):
            assert (await link.look()).status.tick == 7
        await link.close()

    asyncio.run(talk())
