"""The board as a real process: connections that break, tokens, and its end."""

import http.client
import json
import signal
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import httpx2
import pytest
from tests.board.process import BoardProcess, until
from tests.board.scenes import ORIGIN, scene
from tests.board.test_access import TOKENS, log_in, write_tokens

from ontakt.evidence.store import open_store

pytestmark = pytest.mark.slow


class Page(threading.Thread):
    """What a browser's EventSource does: reads, and comes back with the last id it saw."""

    def __init__(self, board: BoardProcess, after: int) -> None:
        super().__init__(daemon=True)
        self.board, self.last = board, f"{ORIGIN.shift}:{after}"
        self.seqs: list[int] = []
        self.connections = 0
        self.left = threading.Event()

    def run(self) -> None:
        while not self.left.is_set():
            try:
                self._read()
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)

    def _read(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.board.port, timeout=5)
        with closing(connection):
            self._take(connection)

    def _take(self, connection: http.client.HTTPConnection) -> None:
        query = f"/events?on=shift&shift={ORIGIN.shift}"
        connection.request("GET", query, headers={"Last-Event-ID": self.last})
        answer = connection.getresponse()
        self.connections += 1
        kind = ""
        while line := answer.readline():
            name, _, value = line.decode().rstrip("\r\n").partition(": ")
            if name == "id":
                self.last = value
            elif name == "event":
                kind = value
            elif name == "data" and kind == "record":
                self.seqs.append(json.loads(value)["seq"])
            if self.left.is_set():
                return


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_board_that_is_killed_and_started_again_misses_no_event(
    tmp_path: Path, end: signal.Signals
) -> None:
    records = scene("call", time.time_ns())
    with open_store(tmp_path / "events.db", write=True) as store, BoardProcess(tmp_path) as board:
        store.extend(records[:200])
        pages = [Page(board, 150), Page(board, 199)]
        for page in pages:
            page.start()
        until(lambda: pages[0].seqs[-1:] == [199])
        for record in records[200:230]:
            store.append(record)
        board.stop(end)
        for record in records[230:260]:
            store.append(record)
        board.start()
        for record in records[260:]:
            store.append(record)
        until(lambda: all(page.seqs[-1:] == [len(records) - 1] for page in pages))
        for page in pages:
            page.left.set()
            page.join(10)
        assert pages[0].seqs == list(range(151, len(records)))
        assert pages[1].seqs == list(range(200, len(records)))
        assert all(page.connections >= 2 for page in pages)


def test_a_session_outlives_the_board_and_nothing_is_logged(tmp_path: Path) -> None:
    tokens = write_tokens(tmp_path / "tokens.toml")
    with (
        BoardProcess(tmp_path, "--tokens", tokens) as board,
        httpx2.Client(base_url=board.url) as client,
    ):
        assert log_in(client, "a-wrong-token-0123") == 403  # type: ignore[arg-type]
        assert log_in(client, next(iter(TOKENS.values()))) == 303  # type: ignore[arg-type]
        assert client.get("/andon").status_code == 200
        board.stop()
        board.start()
        assert client.get("/andon").status_code == 200
        board.stop()
    assert board.said == b""


def test_many_pages_at_once_and_one_too_many(tmp_path: Path) -> None:
    with open_store(tmp_path / "events.db", write=True) as store, BoardProcess(tmp_path) as board:
        store.extend(scene("running", time.time_ns()))
        open_pages = []
        statuses = []
        for _ in range(258):
            connection = http.client.HTTPConnection("127.0.0.1", board.port, timeout=10)
            connection.request("GET", "/events?on=andon")
            answer = connection.getresponse()
            statuses.append(answer.status)
            answer.readline()  # it is served
            open_pages.append(connection)
        assert statuses[:256] == [200] * 256
        assert 503 in statuses[256:]
        for connection in open_pages:
            connection.close()


def test_oversized_headers_are_refused(tmp_path: Path) -> None:
    with BoardProcess(tmp_path) as board:
        with (
            closing(http.client.HTTPConnection("127.0.0.1", board.port, timeout=10)) as long,
            suppress(ConnectionError, http.client.HTTPException),  # it may hang up on us
        ):
            long.request("GET", "/healthz", headers={"X-Long": "a" * 60_000})
            assert long.getresponse().status in (400, 431)
        with closing(http.client.HTTPConnection("127.0.0.1", board.port, timeout=10)) as fresh:
            fresh.request("GET", "/healthz")
            assert fresh.getresponse().status == 200
