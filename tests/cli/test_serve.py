"""`ontakt serve` as a process: its line, its keys, its refusals, its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.runtime.server.echo import Client
from tests.runtime.server.raw import page
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import unix_connect

from ontakt.cli.main import run
from ontakt.cli.serving import Serving
from ontakt.contract import SetupError
from ontakt.runtime.api_key import key_header
from ontakt.runtime.wire import encode

KEY = "a-key-of-20-letters-"
STATE = np.tile(np.array([0.3, 0.2, 1.0, 1.0, 0.0, 0.0, 0.0, 0.05], np.float32), 2)


@contextmanager
def served(*words: str, stdin: int = subprocess.DEVNULL) -> Iterator[Any]:
    """A server process on the toy station, and what it said when it was ready."""
    command = [sys.executable, "-m", "ontakt.cli", "serve", *words, "--station", "toy", "--json"]
    with subprocess.Popen(
        command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            line = process.stdout.readline()
            assert line, process.stderr.read()
            yield process, json.loads(line)
        finally:
            process.kill()


def test_it_says_where_it_is_serves_and_ends_with_a_signal() -> None:
    with served("expert", "--port", "0") as (process, told):
        assert told["policy"] == "expert"
        assert told["pid"] == process.pid
        assert (told["horizon"], told["action_dim"], told["socket"]) == (16, 16, None)
        with Client(told["url"]) as client:
            assert client.metadata["policy_hash"] == told["policy_hash"]
            answer = client.ask({"state": STATE, "prompt": "Load both nuts.", "tick": 4})
            assert answer["observed_tick"] == 4
            assert answer["actions"].shape[1] == 16
            assert page(told["url"], "/healthz") == (200, "OK\n")
            process.send_signal(signal.SIGINT)
            with pytest.raises(ConnectionClosed) as goodbye:
                client.receive()
            assert goodbye.value.rcvd is not None
            assert goodbye.value.rcvd.code == 1001
        assert process.wait(20.0) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_the_chunk_expert_goes_on_from_a_prefix_through_the_server() -> None:
    with served("chunk-expert", "--port", "0") as (_, told), Client(told["url"]) as client:
        first = client.ask({"state": STATE, "tick": 0})["actions"]
        more = client.ask({"state": STATE, "tick": 3, "action_prefix": first[3:5]})
        assert np.array_equal(more["actions"][:2], first[3:5])


def test_a_unix_socket_takes_the_place_of_the_port(tmp_path: Path) -> None:
    path = tmp_path / "policy"
    with served("expert", "--socket", str(path)) as (process, told):
        assert (told["url"], told["socket"]) == (None, str(path))
        with unix_connect(str(path), compression=None) as connection:
            connection.recv()
            connection.send(encode({"state": STATE}))
            assert isinstance(connection.recv(), bytes)
        process.terminate()
        assert process.wait(20.0) == 0
    assert not path.exists()


def test_behind_a_socket_it_leaves_with_whoever_started_it(tmp_path: Path) -> None:
    path = tmp_path / "policy"
    with served("expert", "--socket", str(path), stdin=subprocess.PIPE) as (process, _):
        time.sleep(0.2)
        assert process.poll() is None
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20.0) == 0
    assert not path.exists()


def test_keys_are_asked_for_and_read_again_when_they_change(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"{KEY} # cell 3\n")
    keys.chmod(0o600)
    words = ("expert", "--port", "0", "--api-key-file", str(keys), "--host", "0.0.0.0")
    with served(*words) as (_, told):
        url = told["url"].replace("0.0.0.0", "127.0.0.1")
        assert told["keys"] is True
        with pytest.raises(InvalidStatus) as refused:
            Client(url)
        assert refused.value.response.status_code == 401
        shown = {"Authorization": key_header(KEY)}
        with Client(url, additional_headers=shown) as client:
            assert client.ask({"state": STATE})["observed_tick"] == 0
        keys.write_text("another-key-of-letters\n")
        with pytest.raises(InvalidStatus):
            Client(url, additional_headers=shown)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("serve", "Which policy? For example: ontakt serve expert"),
        ("serve experd --station toy", "Unknown policy 'experd'. Did you mean 'expert'?"),
        ("serve expert --station toys", "Did you mean 'toy'?"),
        ("serve expert --station toy --host 0.0.0.0", "add --api-key-file FILE"),
        ("serve expert --station toy --host ::", "add --api-key-file FILE"),
        ("serve expert --station toy --host no-such.invalid", "no such host"),
        ("serve expert --station toy --port 70000", "--port is 70000"),
        ("serve expert --station toy --batch 0", "--batch is 0"),
        ("serve expert --station toy --queue 0", "--queue is 0"),
        ("serve expert --station toy --api-key-file nowhere", "cannot be read"),
        ("serve expert --station toy --api-key-file open.txt", "run: chmod 600"),
        ("serve expert --station toy --socket s --port 9", "leave --host and --port out"),
        ("serve expert --station toy --socket open.txt", "no socket stands there"),
        ("serve openpi://127.0.0.1:8000 --station toy", "a server already; connect to it"),
        ("serve xr0:nowhere?robot_type=a --station toy --port 0", "no such folder"),
    ],
)
def test_it_is_refused_in_one_line_before_anybody_can_connect(
    words: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("open.txt").write_text(KEY)
    Path("open.txt").chmod(0o644)
    assert run(words.split()) == 2
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert message in told.err
    assert told.out == ""


def test_a_port_in_use_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert run(["serve", "expert", "--station", "toy", "--port", port]) == 2
    assert f"127.0.0.1:{port}: is in use" in capsys.readouterr().err


def test_a_missing_library_is_named_with_its_extra() -> None:
    """In a process of its own, in which it cannot be imported."""
    code = (
        "import sys; sys.modules['prometheus_client'] = None\n"
        "from ontakt.cli.main import run\n"
        "sys.exit(run(['serve', 'expert', '--station', 'toy']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ)
    )
    assert done.returncode == 2
    assert "needs the 'serve' extra: pip install 'ontakt[serve]'" in done.stderr


def test_the_line_for_people() -> None:
    command = [sys.executable, "-m", "ontakt.cli", "serve", "expert", "--station", "toy"]
    with subprocess.Popen([*command, "--port", "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
        assert process.wait(20.0) == 0
    assert line.startswith("serving expert at ws://127.0.0.1:")
    assert line.endswith(" (16 rows of 16 numbers a chunk)\n")


def test_a_port_that_is_taken_while_the_brain_loads_is_told() -> None:
    serving = Serving(
        policy="expert",
        station="toy",
        address=("127.0.0.1", 0),
        unix=None,
        api_key_file=None,
        limits=(1, 1),
    )
    with socket.socket() as faster:
        faster.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        faster.bind(serving.address)
        faster.listen()
        with pytest.raises(SetupError, match=r"Port \d+ was taken while the brain was loading"):
            serving.run(as_json=True)
