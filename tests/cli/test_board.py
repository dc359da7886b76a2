"""`ontakt board` and `ontakt shift --board` from the outside."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from ontakt.cli import board_beside
from ontakt.cli.board_beside import BoardBeside
from ontakt.cli.main import run
from ontakt.contract import SetupError


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["board"], "Which records?"),
        (["board", "nowhere"], "no shift there"),
        (["board", ".", "--host", "0.0.0.0"], "--tokens FILE"),
        (["board", ".", "--port", "70000"], "between 0 and 65535"),
        (["board", ".", "--tokens", "none.toml"], "cannot be read"),
        (["board", ".", "--host", "203.0.113.7", "--tokens", "tokens.toml"], "cannot listen"),
        (["shift", "toy", "--cycles", "1", "--board", "x"], "HOST:PORT"),
        (["shift", "toy", "--cycles", "1", "--board", "1", "2"], "one HOST:PORT"),
        (["shift", "toy", "--cycles", "1", "--board", "0.0.0.0:0"], "lets other machines in"),
        (["shift", "toy", "--reasons", "reasons.toml"], "add --board"),
        (["shift", "toy", "--board", "0", "--reasons", "none.toml"], "none.toml: cannot be read"),
        (["shift", "toy", "--board", "0", "--reasons", "tokens.toml"], 'reasons = ["...", ...]'),
    ],
)
def test_what_cannot_be_served_is_refused_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    tokens = tmp_path / "tokens.toml"
    tokens.write_text("[[tokens]]\nname='a'\nrole='viewer'\ntoken='0123456789abcdef'\n")
    tokens.chmod(0o600)
    assert run(arguments) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["tokens.toml"]  # nothing was begun


def test_a_port_that_is_taken_is_told_before_anything_moves() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupError, match="cannot listen"):
            BoardBeside.at([str(port)])


def test_addresses() -> None:
    assert BoardBeside.at(["0"]) == BoardBeside("127.0.0.1", 0)
    assert BoardBeside.at(["localhost:0"]) == BoardBeside("localhost", 0)


def test_what_a_board_beside_a_shift_is_told_comes_to_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    reasons = Path("reasons.toml")
    reasons.write_text('reasons = ["nut askew"]')
    echo = "import json, sys; print('Board: ' + json.dumps(sys.argv[1:]), file=sys.stderr)"
    monkeypatch.setattr(board_beside, "_PROGRAM", (sys.executable, "-c", echo))
    served: list[dict[str, object]] = []
    monkeypatch.setattr(board_beside, "serve", lambda *_, **told: served.append(told))
    for tokens, board in (
        (tmp_path / "tokens.toml", BoardBeside.at(["0"], reasons)),
        (None, BoardBeside.at(["0"])),
    ):
        board.start(tmp_path / "a", tokens)
        told = json.loads(capsys.readouterr().err.removeprefix("Board: "))
        monkeypatch.setattr(sys, "argv", ["", *told])
        board_beside.main()
    assert served == [
        {
            "tokens": tmp_path / "tokens.toml",
            "reasons": tmp_path / "reasons.toml",
            "beside": os.getpid(),
        },
        {"tokens": None, "reasons": None, "beside": os.getpid()},
    ]


def _get(port: int, address: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", address)
        answer = connection.getresponse()
        return answer.status, answer.read()


def _board_of(folder: Path) -> int:
    """The process of the board beside the shift in `folder`."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = entry.read_bytes().split(b"\0")
            if str(folder).encode() in words and b"board_beside" in b" ".join(words):
                return int(entry.parent.name)
    raise AssertionError(f"no board beside {folder}")


def _begin(folder: Path, *more: str) -> tuple[subprocess.Popen[bytes], int]:
    command = [sys.executable, "-m", "ontakt.cli", "shift", "toy", "--out", str(folder), *more]
    shift = subprocess.Popen([*command, "--board", "0"], stderr=subprocess.PIPE, stdout=-3)
    assert shift.stderr is not None
    for line in shift.stderr:  # what the shift itself has to say comes before it
        if found := re.fullmatch(rb"Board: http://127\.0\.0\.1:(\d+)/andon\n", line):
            return shift, int(found[1])
    raise AssertionError("no board")


@pytest.mark.slow
def test_the_board_tells_the_end_of_its_shift_and_the_shift_misses_no_board(
    tmp_path: Path,
) -> None:
    shift, port = _begin(tmp_path / "a", "--cycles", "2")
    shift.communicate()  # the board keeps no pipe of ours open
    assert shift.returncode == 0
    board = _board_of(tmp_path / "a")
    try:
        assert b"SHIFT OVER" in _get(port, "/andon")[1]
        status, body = _get(port, "/healthz")
        assert (status, json.loads(body)["status"]) == (200, "ok")
    finally:
        os.kill(board, signal.SIGTERM)


@pytest.mark.slow
def test_the_board_may_die_and_the_shift_goes_on(tmp_path: Path) -> None:
    shift, _ = _begin(tmp_path / "a", "--cycles", "40")
    os.kill(_board_of(tmp_path / "a"), signal.SIGKILL)
    _, said = shift.communicate()
    assert shift.returncode == 0, said


@pytest.mark.slow
def test_the_shift_may_die_and_the_board_says_so(tmp_path: Path) -> None:
    shift, port = _begin(tmp_path / "a", "--cycles", "1", "--clock", "wall")
    board = _board_of(tmp_path / "a")
    try:
        end = time.monotonic() + 30
        while b'data-tone="running"' not in _get(port, "/andon")[1]:
            assert time.monotonic() < end
            time.sleep(0.2)
        shift.kill()
        shift.communicate()
        while b"DATA STALE" not in _get(port, "/andon")[1]:
            assert time.monotonic() < end
            time.sleep(0.2)
    finally:
        os.kill(board, signal.SIGTERM)
