"""A policy behind a server answers as it does in process, and a server that does not is told on."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.runtime.servers import STATION, WIDTH, Answer, ScriptedServer, echo, name_of, serving
from websockets.sync.server import ServerConnection

from ontakt.contract import (
    ActionSpace,
    Array,
    CycleError,
    Guidance,
    Observation,
    PolicySpec,
    SetupError,
    frozen_array,
)
from ontakt.runtime.address import Address
from ontakt.runtime.client import PolicyClient
from ontakt.runtime.fake import FakePolicy, FakeStation
from ontakt.runtime.messages import metadata_of
from ontakt.runtime.server_name import ServerName
from ontakt.runtime.wire import encode

SPACE = STATION.spec.action_space
SEEN = msgspec.structs.replace(STATION.observe(7, 0, ("head",)), job=("left", "right"))
OURS = encode(metadata_of(PolicySpec(name="fake", hash="f00", horizon=5), SPACE, "a test"))


def _seen(tick: int) -> Observation:
    return msgspec.structs.replace(SEEN, tick=tick)


def _client(address: Address, **options: Any) -> PolicyClient:
    return PolicyClient(name_of(address, **options), STATION.spec, SEEN)


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedServer]]:
    made: list[ScriptedServer] = []

    def make(answer: Answer, greeting: bytes | str | None = OURS, port: int = 0) -> ScriptedServer:
        made.append(ScriptedServer(answer, greeting, port))
        return made[-1]

    yield make
    for server in made:
        server.close()


def _echo(connection: ServerConnection, _number: int, request: dict[str, Any]) -> None:
    if request.get("endpoint") == "reset":
        connection.send(encode({"status": "reset"}))
        return
    connection.send(echo(request))


def test_a_policy_behind_the_wire_answers_bit_for_bit_what_it_answers_in_process() -> None:
    def make() -> FakePolicy:
        return FakePolicy(STATION, jitter=0.01, cameras=("head",), longest_prefix=4)

    here, there = make(), [make()]
    with serving(lambda: there[0], SPACE) as address:
        client = _client(address)
        assert msgspec.structs.replace(client.spec, name="fake") == here.spec
        assert client.notes == ()
        for policy in (here, client):
            policy.reset(("left", "right"), 5)
        prefix = frozen_array(np.tile(STATION.spec.home, (3, 1)))
        for tick, given in ((10, None), (11, prefix), (12, None)):
            seen = msgspec.structs.replace(STATION.observe(tick, 99, ("head",)), job=("left",))
            near, far = here.infer(seen, given), client.infer(seen, given)
            assert far.observed_tick == near.observed_tick
            assert np.array_equal(far.targets, near.targets)
            assert far.beliefs == near.beliefs
            assert not far.targets.flags.writeable
            sent = there[0].seen[-1]
            assert np.array_equal(sent.images["head"], seen.images["head"])
            assert sent.utc_ns == 99
        client.close()


def test_guidance_reaches_the_policy() -> None:
    there: list[FakePolicy] = []

    def make() -> FakePolicy:
        there.append(FakePolicy(STATION, jacobians=("exact", "identity")))
        return there[-1]

    with serving(make, SPACE) as address:
        client = _client(address)
        previous = frozen_array(np.tile(STATION.spec.home, (10, 1)))
        client.infer(
            _seen(8), None, Guidance(previous=previous, inference_delay=2, execution_horizon=5)
        )
        assert np.array_equal(there[0].guided[0].previous, previous)
        assert there[0].guided[0].inference_delay == 2
        client.close()


def test_the_first_answer_is_had_before_anything_moves_and_is_nobodys_episode() -> None:
    there: list[FakePolicy] = []

    def make() -> FakePolicy:
        there.append(FakePolicy(STATION, cameras=("head",)))
        return there[-1]

    told: list[str] = []
    with serving(make, SPACE) as address:
        client = PolicyClient(name_of(address), STATION.spec, SEEN, tell=told.append)
        assert "gave its first answer after" in told[0]
        assert not there[0].seen[0].images["head"].any()
        assert there[0].resets == []
        client.reset(("left",), 3)
        client.infer(SEEN)
        assert there[0].resets == [(("left", "right"), 0), (("left",), 3)]
        client.close()


def test_an_answer_that_is_late_is_an_error_and_is_never_taken_for_another(
    scripted: Callable[..., ScriptedServer],
) -> None:
    def answer(connection: ServerConnection, number: int, request: dict[str, Any]) -> None:
        if number == 1:
            time.sleep(0.8)
        connection.send(echo({"tick": number}))

    server = scripted(answer, encode({}))  # no tick and no number come back from a stock server
    client = _client(server.address, timeout=0.4)
    with pytest.raises(CycleError, match=r"did not answer within 0\.4 s"):
        client.infer(_seen(1))
    for tick in (2, 3, 4):
        assert client.infer(_seen(tick)).targets[0, 0] == tick
    assert server.connections == 2
    client.close()


def test_an_answer_of_ours_to_another_question_is_refused(
    scripted: Callable[..., ScriptedServer],
) -> None:
    def answer(connection: ServerConnection, number: int, request: dict[str, Any]) -> None:
        if request.get("endpoint") == "reset" or number == 0:
            _echo(connection, number, request)
            return
        wrong = {"observed_tick": 4, "actions": np.zeros((5, WIDTH))}
        connection.send(encode(wrong))

    client = _client(scripted(answer).address)
    with pytest.raises(CycleError, match="answered garbage: The reply is to tick 4"):
        client.infer(_seen(5))
    client.close()


def test_what_nobody_asked_for_is_thrown_away_with_its_connection(
    scripted: Callable[..., ScriptedServer],
) -> None:
    said = threading.Event()

    def answer(connection: ServerConnection, number: int, request: dict[str, Any]) -> None:
        _echo(connection, number, request)
        if number == 2:  # the warm-up, a reset, then this
            connection.send(echo({"tick": 666}))
            said.set()

    server = scripted(answer)
    client = _client(server.address)
    assert client.infer(_seen(1)).targets[0, 0] == 1.0
    assert said.wait(5)
    time.sleep(0.1)
    assert client.infer(_seen(2)).targets[0, 0] == 2.0
    assert server.connections == 2
    client.close()


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (b"\xc1\x00garbage", "answered garbage: "),
        (encode({"actions": np.zeros((5, 3))}), "answered garbage: actions"),
        (encode({"actions": np.zeros((0, WIDTH))}), "actions has no rows"),
        (encode({"actions": np.zeros((6, WIDTH))}), "actions has 6 rows; announced: 5"),
        (encode({"actions": np.full((5, WIDTH), np.nan)}), "not finite"),
        (encode({"actions": np.full((5, WIDTH), np.inf)}), "not finite"),
        (encode({"answer": 1}), "answered garbage: actions"),
        (encode({"request_id": 9, "actions": np.zeros((5, WIDTH))}), "another question"),
        (
            "Traceback:\n  line 1\nValueError: \x1b[31mno such key\n",
            "failed: ValueError: [31mno such",
        ),
        ("", "failed: it does not say why"),
    ],
)
def test_garbage_fails_the_cycle_in_one_line_and_the_next_answer_is_good(
    reply: bytes | str, message: str, scripted: Callable[..., ScriptedServer]
) -> None:
    def answer(connection: ServerConnection, number: int, request: dict[str, Any]) -> None:
        if request.get("tick") == 50:
            connection.send(reply)
        else:
            _echo(connection, number, request)

    server = scripted(answer)
    client = _client(server.address)
    with pytest.raises(CycleError) as failed:
        client.infer(_seen(50))
    text = str(failed.value)
    assert text.startswith(f"Policy server {server.address} ")
    assert message in text
    assert text.isprintable()
    assert client.infer(_seen(51)).targets[0, 0] == 51.0
    assert server.connections == 2
    client.close()


def test_after_a_loss_the_server_is_told_again_which_episodes_are_under_way(
    scripted: Callable[..., ScriptedServer],
) -> None:
    def answer(connection: ServerConnection, number: int, request: dict[str, Any]) -> None:
        if request.get("tick") == 20:
            connection.close(1011, "out of\x07 memory")
            return
        _echo(connection, number, request)

    server = scripted(answer)
    client = _client(server.address)
    client.reset(("left", "right"), 1)
    client.infer(_seen(10))
    client.reset(("left",), 2)
    client.infer(_seen(11))
    before = len(server.requests)
    with pytest.raises(CycleError, match=r"closed the connection \(1011 out of  ?memory\)"):
        client.infer(_seen(20))
    client.reset(("right",), 3)
    client.infer(_seen(21))
    told = [(r["sides"], r["seed"]) for r in server.requests[before:] if "seed" in r]
    assert told == [(["right"], 1), (["left"], 2), (["right"], 3)]
    assert len({r["session_id"] for r in server.requests}) == 1
    client.close()


def test_whatever_interrupts_a_question_takes_its_answer_along(
    scripted: Callable[..., ScriptedServer],
) -> None:
    def answer(connection: ServerConnection, number: int, _request: dict[str, Any]) -> None:
        connection.send(echo({"tick": number}))

    calls = 0

    def now() -> float:
        nonlocal calls
        calls += threading.current_thread() is threading.main_thread()
        if calls == stop_at > 0 and threading.current_thread() is threading.main_thread():
            raise KeyboardInterrupt
        return time.monotonic()

    server = scripted(answer, encode({}))
    for later in range(1, 12):  # wherever in the question the clock is read
        calls, stop_at = 0, 0
        client = PolicyClient(name_of(server.address), STATION.spec, SEEN, now=now)
        calls, stop_at = 0, later
        with suppress(KeyboardInterrupt):
            client.infer(_seen(1))
        calls, stop_at = 0, 0
        time.sleep(0.05)  # the interrupted question may still be on its way to the server
        answered = client.infer(_seen(2)).targets[0, 0]
        assert answered == len(server.requests) - 1
        client.close()


def test_two_clients_are_two_sessions(scripted: Callable[..., ScriptedServer]) -> None:
    server = scripted(_echo)
    for _ in range(2):
        _client(server.address).close()
    assert len({request["session_id"] for request in server.requests}) == 2


def test_a_server_that_comes_back_is_found_and_one_with_another_policy_is_not_asked() -> None:
    def make(horizon: int = 10) -> FakePolicy:
        return FakePolicy(STATION, horizon=horizon)

    with serving(make, SPACE) as address:
        client = _client(address)
        client.infer(SEEN)
    with pytest.raises(CycleError, match="cannot be reached"):
        client.infer(SEEN)
    with serving(make, SPACE, port=address.port):
        assert client.infer(SEEN).horizon == 10
        assert client.silent_s < 1.0

    def other() -> FakePolicy:
        policy = FakePolicy(STATION)
        policy.spec = msgspec.structs.replace(policy.spec, hash="another")
        return policy

    with serving(other, SPACE, port=address.port):
        with pytest.raises(CycleError, match=r"another policy now \(another\)"):
            client.infer(SEEN)
        client.close()


def test_slow_and_silent_are_told_apart(scripted: Callable[..., ScriptedServer]) -> None:
    def answer(connection: ServerConnection, number: int, request: dict[str, Any]) -> None:
        if request.get("tick") == 60:
            server.over.wait(10)  # its pongs come from another thread: it lives, and thinks
            return
        _echo(connection, number, request)

    server = scripted(answer)
    client = _client(server.address, timeout=1.2)
    with pytest.raises(CycleError) as failed:
        client.infer(_seen(60))
    alive = float(str(failed.value).split("last sign of life ")[1].split(" s")[0])
    assert alive < 0.9
    client.close()


def test_a_foreign_server_gets_its_own_keys_and_what_it_does_not_say_is_noted(
    scripted: Callable[..., ScriptedServer],
) -> None:
    def answer(connection: ServerConnection, _number: int, request: dict[str, Any]) -> None:
        connection.send(echo(request, rows=8))

    server = scripted(answer, encode({"robot": "another"}))
    name = {
        "cameras": {"head": "observation/image"},
        "state": "observation/state",
        "prompt": "task",
    }
    client = _client(server.address, **name)
    client.reset(("left",), 1)
    client.infer(SEEN)
    assert [sorted(r) for r in server.requests] == [
        ["observation/image", "observation/state", "task"]
    ] * 2
    assert np.array_equal(server.requests[1]["observation/image"], SEEN.images["head"])
    assert server.requests[1]["observation/state"].shape == (WIDTH,)
    assert client.spec.horizon == 8
    assert len(client.spec.hash) == 16
    assert any("does not say which policy" in note for note in client.notes)
    client.close()
    short = _client(server.address, horizon=3, **name)
    assert short.infer(SEEN).horizon == 3 == short.spec.horizon
    short.close()


def _metadata(**changed: Any) -> bytes:
    spec = PolicySpec(name="fake", hash="f00", horizon=5, cameras=("head",))
    return encode(metadata_of(spec, SPACE, "a test") | changed)


@pytest.mark.parametrize(
    ("greeting", "options", "message"),
    [
        (_metadata(action_dim=8), {}, f"actions of width 8; station 'fake' has {WIDTH}"),
        (_metadata(control_hz=50), {}, r"actions at \[Hz\] 50; station 'fake' has 30"),
        (_metadata(sides=["left"]), {}, "sides left; station 'fake' has left, right"),
        (_metadata(image_keys=["images/belly"]), {}, "image 'images/belly'; station 'fake' has"),
        (_metadata(image_sizes={"images/head": [9, 8]}), {}, "of 8x9 pixels; camera 'head'"),
        (_metadata(), {"cameras": {"head": "images/nose"}}, "wants the images images/head, not"),
        (_metadata(), {"horizon": 4}, "says its horizon itself"),
        (_metadata(action_dim="many"), {}, "answered garbage: The server's metadata"),
        (encode([1]), {}, "answered garbage: The server's metadata"),
        (b"\xc1", {}, "answered garbage"),
        ("hello", {}, "greets with text"),
        (None, {}, "sent no metadata within"),
    ],
)
def test_a_server_that_does_not_fit_is_refused_before_anything_moves(
    greeting: bytes | str | None,
    options: dict[str, Any],
    message: str,
    scripted: Callable[..., ScriptedServer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ontakt.runtime.client.CONNECT_S", 0.5)
    server = scripted(_echo, greeting)
    with pytest.raises(SetupError, match=message):
        _client(server.address, **options)
    assert server.requests == []


def test_nobody_there_and_somebody_else_there_are_refused() -> None:
    with pytest.raises(SetupError, match="cannot be reached"):
        _client(Address("127.0.0.1", 1))
    with serving(lambda: FakePolicy(STATION), SPACE) as address:
        elsewhere = msgspec.structs.replace(address, path="/healthz")
        with pytest.raises(SetupError, match="answers with HTTP status 200"):
            _client(elsewhere)


@pytest.mark.parametrize("auth", ["proof", "key"])
def test_the_key_opens_the_server_and_stands_nowhere_else(
    auth: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, file = "0123456789abcdef", tmp_path / "key"
    file.write_text(f"{key}\n")
    file.chmod(0o600)
    monkeypatch.delenv("ONTAKT_API_KEY", raising=False)
    with serving(lambda: FakePolicy(STATION), SPACE, keys=file) as address:
        name = ServerName(address=address, api_key_file=file, auth=auth)  # type: ignore[arg-type]
        client = PolicyClient(name, STATION.spec, SEEN, api_key=name.api_key())
        assert client.infer(SEEN).horizon == 10
        assert key not in repr((client.spec, client.notes, vars(client)["_name"]))
        client.close()
        with pytest.raises(SetupError, match=r"wants an API key\.$"):
            _client(address)
        with pytest.raises(SetupError, match="refuses the API key: it is another's"):
            PolicyClient(name, STATION.spec, SEEN, api_key=key.upper())
        if auth == "proof":
            with pytest.raises(SetupError, match="clocks are half a minute apart"):
                PolicyClient(name, STATION.spec, SEEN, api_key=key, now_ms=lambda: 1_000_000)


STOCK = """
import sys
import numpy as np
from policy_websocket import BasePolicy, WebsocketPolicyServer

class Policy(BasePolicy):
    def infer(self, seen):
        if seen["prompt"] == "Wait.":
            raise KeyError("observation/image")
        return {"actions": np.tile(seen["state"], (10, 1)).astype(np.float32)}
    def reset(self):
        pass

WebsocketPolicyServer(Policy(), host="127.0.0.1", port=int(sys.argv[1])).serve_forever()
"""


@pytest.mark.skipif(find_spec("policy_websocket") is None, reason="policy-websocket is absent")
def test_a_stock_server_of_the_protocol_is_understood() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", STOCK, str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            until = time.monotonic() + 20
            while True:
                try:
                    client = _client(Address("127.0.0.1", port))
                    break
                except SetupError:
                    assert time.monotonic() < until
                    time.sleep(0.1)
            chunk = client.infer(_seen(3))
            assert chunk.observed_tick == 3
            assert np.allclose(chunk.targets[9], _state(), atol=1e-6)
            with pytest.raises(CycleError, match="failed: KeyError: 'observation/image'"):
                client.infer(msgspec.structs.replace(SEEN, instruction="Wait."))
            assert client.infer(_seen(4)).horizon == 10
            client.close()
        finally:
            server.kill()


def _state() -> Array:
    arms = SEEN.arms
    return SPACE.pack({s: (arms[s].position, arms[s].quaternion, arms[s].opening) for s in arms})


def test_one_arm_has_one_arms_keys() -> None:
    station = FakeStation(sides=("left",))
    space: ActionSpace = station.spec.action_space
    seen = msgspec.structs.replace(station.observe(0, 0), job=("left",))
    with serving(lambda: FakePolicy(station), space) as address:
        client = PolicyClient(name_of(address), station.spec, seen)
        assert client.infer(seen).targets.shape == (10, 8)
        client.close()
        with pytest.raises(SetupError, match="width 8"):
            _client(address)
