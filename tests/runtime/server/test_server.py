"""The server as a whole: stock clients, many clients, long thoughts, slow clients, the end."""

import socket
import threading
import time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from tests.runtime.server.echo import HORIZON, SPACE, Client, EchoBrain, question, serving
from tests.runtime.server.raw import address, page, queued, wait_for
from websockets.exceptions import ConnectionClosed, ConnectionClosedOK, InvalidStatus

from ontakt.runtime.server import ServerLimits

# The stock client opens its connection in a way that the library has deprecated since.
STOCK = pytest.mark.filterwarnings(r"ignore:connect\(\) must be used:DeprecationWarning")


def stock() -> Any:
    """The stock client's class."""
    return pytest.importorskip("openpi_client.websocket_client_policy").WebsocketClientPolicy


@STOCK
def test_a_stock_client_connects_unchanged_and_infers() -> None:
    make = stock()
    with serving(EchoBrain()) as running:
        host, port = running.url.removeprefix("ws://").split(":")
        for client in (make(host, int(port)), make(running.url), make(host, int(port), "a" * 20)):
            told = client.get_server_metadata()
            assert told["action_horizon"] == HORIZON
            assert told["action_dim"] == SPACE.width
            for tick in range(3):
                answer = client.infer(question(tick))
                assert answer["actions"].shape == (HORIZON, SPACE.width)
                assert answer["actions"].dtype == np.float64
                assert answer["actions"][0, 0] == tick
                assert answer["server_timing"]["infer_ms"] >= 0.0
                assert ("prev_total_ms" in answer["server_timing"]) == (tick > 0)
            client.reset()
            client._ws.close()


@STOCK
def test_the_stock_client_raises_an_error_of_one_line_and_goes_on() -> None:
    make = stock()
    with serving(EchoBrain()) as running:
        client = make(running.url)
        with pytest.raises(RuntimeError, match=r"state is missing; numbers of shape \(16\)"):
            client.infer({"prompt": "no state"})
        assert client.infer(question(5))["actions"][0, 0] == 5
        client._ws.close()


@STOCK
def test_the_stock_broker_plays_chunks_row_by_row() -> None:
    broker_of = pytest.importorskip("openpi_client.action_chunk_broker").ActionChunkBroker
    brain = EchoBrain()
    with serving(brain) as running:
        client = stock()(running.url)
        broker = broker_of(client, action_horizon=HORIZON)
        first = [broker.infer(question(10 * k))["actions"][0] for k in range(2 * HORIZON)]
        client._ws.close()
    assert first == [0, 1, 2, 3, 40, 41, 42, 43]
    assert len(brain.batches) == 2


def test_replies_come_in_order_on_each_connection_and_to_their_own() -> None:
    brain = EchoBrain()
    with serving(brain) as running, running.client() as one, running.client() as two:
        for tick in range(5):  # more than one at a time: not the protocol, and yet in order
            one.send(question(tick))
            two.send(question(100 + tick))
        assert [one.receive()["actions"][0, 0] for _ in range(5)] == [0, 1, 2, 3, 4]
        assert [two.receive()["actions"][0, 0] for _ in range(5)] == [100, 101, 102, 103, 104]


def test_thinking_happens_in_one_other_thread() -> None:
    brain = EchoBrain()
    with serving(brain) as running:
        for _ in range(3):
            with running.client() as client:
                client.ask(question())
    assert len(brain.threads) == 1
    assert threading.get_ident() not in brain.threads


def test_several_robots_are_thought_for_together_and_never_one_twice() -> None:
    gate = threading.Event()
    brain = EchoBrain(batch=3, pause=lambda: gate.wait(10.0))
    with serving(brain) as running:
        clients = [running.client() for _ in range(6)]
        clients[0].send(question(0))
        wait_for(lambda: len(brain.batches) == 1)
        for tick, client in enumerate(clients[1:], 1):
            client.send(question(tick))
            client.send(question(tick + 100))
        wait_for(lambda: queued(running.url) == 5)
        gate.set()
        for tick, client in enumerate(clients[1:], 1):
            assert client.receive()["actions"][0, 0] == tick
            assert client.receive()["actions"][0, 0] == tick + 100
        for client in clients:
            client.close()
    assert brain.batches[0] == (1,)
    assert [len(batch) for batch in brain.batches[1:3]] == [3, 2]
    assert all(len(set(batch)) == len(batch) for batch in brain.batches)


def test_a_session_that_floods_gets_no_more_turns_than_the_others() -> None:
    """One session on four connections against one neighbour: while both ask, they alternate."""
    thought = threading.Semaphore(0)
    brain = EchoBrain(batch=1, pause=lambda: thought.acquire(timeout=20.0))
    over = threading.Event()

    def ask_on(client: Client, session: str) -> None:
        while not over.is_set():
            client.ask(question(session_id=session))

    with serving(brain) as running:
        clients = [running.client() for _ in range(5)]
        threads = [
            threading.Thread(target=ask_on, args=(client, "flood" if index < 4 else "neighbour"))
            for index, client in enumerate(clients)
        ]
        for thread in threads:
            thread.start()
        for begun in range(1, 21):
            wait_for(lambda begun=begun: len(brain.batches) == begun)  # type: ignore[misc]
            wait_for(lambda: queued(running.url) == 4)  # all others are back
            thought.release()
        over.set()
        thought.release(20)
        for thread in threads:
            thread.join()
        for client in clients:
            client.close()
    turns = [batch[0] for batch in brain.batches[:20]]
    # The first turn may go to either; from then on nobody is served twice while the other waits.
    assert all(one != other for one, other in pairwise(turns[1:])), turns


def test_too_many_waiting_are_told_that_it_is_busy_and_stay_connected() -> None:
    gate = threading.Event()
    brain = EchoBrain(batch=1, pause=lambda: gate.wait(10.0))
    with serving(brain, ServerLimits(queue=2)) as running:
        clients = [running.client() for _ in range(4)]
        clients[0].send(question(0))
        wait_for(lambda: len(brain.batches) == 1)
        for tick in (1, 2):
            clients[tick].send(question(tick))
        wait_for(lambda: queued(running.url) == 2)
        assert clients[3].ask(question(3)) == "busy: 2 requests are waiting; try again"
        gate.set()
        for tick in (0, 1, 2):
            assert clients[tick].receive()["actions"][0, 0] == tick
        assert clients[3].ask(question(3))["actions"][0, 0] == 3
        for client in clients:
            client.close()


def test_pings_are_answered_and_sent_during_a_thought_longer_than_their_timeout() -> None:
    brain = EchoBrain(pause=lambda: time.sleep(1.5))
    with (
        serving(brain, ServerLimits(ping_s=0.2)) as running,
        running.client(ping_interval=0.2, ping_timeout=0.4) as client,
    ):
        client.send(question(7))
        assert client.connection.ping().wait(1.0), "no pong while the brain thinks"
        assert client.receive()["actions"][0, 0] == 7


def test_a_question_whose_asker_has_gone_is_not_thought_about() -> None:
    gate = threading.Event()
    brain = EchoBrain(batch=1, pause=lambda: gate.wait(10.0))
    with serving(brain) as running, running.client() as first:
        first.send(question(0))
        wait_for(lambda: len(brain.batches) == 1)
        gone = running.client()
        gone.send(question(1))
        wait_for(lambda: queued(running.url) == 1)
        gone.close()
        wait_for(lambda: queued(running.url) == 0)
        gate.set()
        assert first.receive()["actions"][0, 0] == 0
        assert 'outcome="abandoned"} 1.0' in page(running.url, "/metrics")[1]
    assert brain.batches == [(1,)]


def test_a_named_session_survives_a_reconnect_and_others_do_not() -> None:
    with serving(EchoBrain()) as running:
        with running.client() as client:
            assert client.ask(question())["actions"][0, -1] == 1
            assert client.ask(question(session_id="cell-3"))["actions"][0, -1] == 2
            told = client.ask(
                {"endpoint": "reset", "sides": ["left"], "seed": 11, "session_id": "cell-3"}
            )
            assert told == {"status": "reset successful"}
        with running.client() as client:
            answer = client.ask(question(session_id="cell-3", request_id="r1"))
            assert list(answer["actions"][0, -2:]) == [11, 2]
            assert answer["request_id"] == "r1"
            assert client.ask(question())["actions"][0, -1] == 3


def test_health_and_metrics_are_served_on_the_same_port() -> None:
    with serving(EchoBrain()) as running, running.client() as client:
        assert page(running.url, "/healthz") == (200, "OK\n")
        client.ask(question())
        client.ask(question())
        client.ask({"nothing": 1})
        wait_for(lambda: "ontakt_inference_seconds_count 2.0" in page(running.url, "/metrics")[1])
        status, text = page(running.url, "/metrics")
        assert status == 200
        for line in (
            'ontakt_requests_total{outcome="answered"} 2.0',
            'ontakt_requests_total{outcome="malformed"} 1.0',
            "ontakt_queue_wait_seconds_count 2.0",
            'ontakt_batch_size_bucket{le="1.0"} 2.0',
            "ontakt_queue_length 0.0",
            "ontakt_connections 1.0",
            "ontakt_sessions 0.0",
            'ontakt_build_info{policy="echo",policy_hash="0",version=',
            "ontakt_uptime_seconds ",
            "ontakt_received_bytes_total ",
            "ontakt_sent_bytes_total ",
        ):
            assert line in text, line
        assert page(running.url, "/")[0] == 426


def test_what_is_under_way_is_finished_before_the_server_goes() -> None:
    gate = threading.Event()
    brain = EchoBrain(pause=lambda: gate.wait(10.0))
    with serving(brain) as running, running.client() as busy, running.client() as idle:
        busy.send(question(3))
        wait_for(lambda: len(brain.batches) == 1)
        running.stop()
        with pytest.raises(ConnectionClosedOK) as goodbye:
            idle.receive()
        assert goodbye.value.rcvd is not None
        assert goodbye.value.rcvd.code == 1001
        with pytest.raises((OSError, InvalidStatus)):
            running.client()
        gate.set()
        assert busy.receive()["actions"][0, 0] == 3
        with pytest.raises(ConnectionClosedOK):
            busy.receive()


def test_a_thought_without_end_does_not_keep_the_server() -> None:
    gate = threading.Event()
    brain = EchoBrain(pause=lambda: gate.wait(20.0))
    begun = time.monotonic()
    limits = ServerLimits(finish_s=0.3, goodbye_s=0.3)
    with serving(brain, limits) as running, running.client() as client:
        client.send(question())
        wait_for(lambda: len(brain.batches) == 1)
        running.stop()
        with pytest.raises(ConnectionClosed):
            client.receive()
    assert time.monotonic() - begun < 15.0
    gate.set()


def test_a_silent_connection_does_not_delay_the_end() -> None:
    begun = time.monotonic()
    with serving(EchoBrain()) as running, socket.create_connection(address(running.url)):
        time.sleep(0.1)
        running.stop()
        time.sleep(0.1)
    assert time.monotonic() - begun < 8.0


def many_clients(seconds: float, clients: int = 16) -> int:
    """Answers that `clients` got, each checked, with a brain that thinks for 5 ms."""
    brain = EchoBrain(batch=4, pause=lambda: time.sleep(0.005))
    answers: list[int] = []
    failed: list[BaseException] = []

    def work(running_url: str, index: int) -> None:
        try:
            with Client(running_url) as client:
                ends, tick = time.monotonic() + seconds, index * 1_000_000
                while time.monotonic() < ends:
                    answer = client.ask(question(tick, request_id=tick))
                    assert answer["request_id"] == tick
                    assert list(answer["actions"][:, 0]) == [tick, tick + 1, tick + 2, tick + 3]
                    tick += 1
                answers.append(tick - index * 1_000_000)
        except BaseException as error:  # noqa: BLE001 - raised in the test's own thread
            failed.append(error)

    with serving(brain) as running:
        threads = [
            threading.Thread(target=work, args=(running.url, index)) for index in range(clients)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(seconds + 30.0)
    if failed:
        raise failed[0]
    assert len(answers) == clients
    assert min(answers) * 2 >= max(answers), "turns were not fair"
    assert all(len(set(batch)) == len(batch) <= 4 for batch in brain.batches)
    assert sum(map(len, brain.batches)) == sum(answers)
    return sum(answers)


def test_sixteen_clients_are_all_answered_and_fairly() -> None:
    assert many_clients(2.0) > 16


@pytest.mark.slow
def test_sixteen_clients_are_all_answered_and_fairly_for_a_minute() -> None:
    assert many_clients(60.0) > 16
