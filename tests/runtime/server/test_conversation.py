"""What a client hears: errors in one line, in which cases the connection stays, and in what
dialect."""

import logging

import numpy as np
import pytest
from tests.runtime.server.echo import Client, EchoBrain, question, serving
from websockets.exceptions import ConnectionClosed

from ontakt.runtime.server import ServerLimits
from ontakt.runtime.wire import Dialect, decode, encode


def closed_with(client: Client) -> int:
    """The code with which the server closes."""
    with pytest.raises(ConnectionClosed) as closed:
        client.receive()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("hello", "A text frame; messages are binary."),
        (b"", "A message cut short after 0 bytes."),
        (b"\x93\x01", "A message cut short after 2 bytes."),
        (b"\xdd\xff\xff\xff\xff", "items in maps and lists."),
        (encode([1, 2]), "The request is a list; a map is wanted."),
        (encode({}), "state is missing; numbers of shape (16) are wanted."),
        (encode({"endpoint": "kill"}), "endpoint is 'kill'; infer or reset is wanted."),
        (encode({"endpoint": "reset", "sides": ["up"]}), "sides is 'up'"),
        (encode({"endpoint": "reset", "seed": -1}), "seed is -1"),
        (encode(question(session_id="s" * 200)), "session_id is "),
        (encode(question(prompt=3)), "prompt is 3"),
    ],
)
def test_a_malformed_message_is_answered_in_one_line_and_the_connection_stays(
    message: str | bytes, told: str
) -> None:
    with serving(EchoBrain()) as running, running.client() as client:
        client.connection.send(message)
        answer = client.receive()
        assert isinstance(answer, str)
        assert told in answer
        assert "\n" not in answer
        assert client.ask(question(3))["actions"][0, 0] == 3


def test_a_fragmented_message_is_one_message() -> None:
    with serving(EchoBrain()) as running, running.client() as client:
        whole = encode(question(9))
        client.connection.send([whole[:3], whole[3:50], whole[50:]])
        assert client.receive()["actions"][0, 0] == 9


@pytest.mark.parametrize("dialect", ["openpi", "msgpack-numpy", "typed"])
def test_the_reply_speaks_the_dialect_of_the_request(dialect: Dialect) -> None:
    with serving(EchoBrain()) as running, running.client() as client:
        client.connection.send(encode(question(4), dialect))
        said = client.connection.recv(30.0)
        assert isinstance(said, bytes)
        value, spoken = decode(said)
        assert spoken == dialect
        assert isinstance(value, dict)
        assert value["actions"][0, 0] == 4


def test_an_observation_that_the_policy_refuses_is_told_and_the_connection_stays() -> None:
    with serving(EchoBrain()) as running, running.client() as client:
        assert client.ask(question(prompt="refuse")) == "This observation cannot be used."
        assert client.ask(question(1))["actions"][0, 0] == 1


@pytest.mark.parametrize("words", ["crash", "nonsense"])
def test_a_failure_of_the_server_tells_nothing_of_its_inside_and_ends_the_connection(
    words: str, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(EchoBrain()) as running, running.client() as neighbour:
        with running.client() as client, caplog.at_level(logging.ERROR):
            client.ask(question())
            assert client.ask(question(prompt=words)) == "internal error, request 2"
            assert closed_with(client) == 1011
        assert neighbour.ask(question(1))["actions"][0, 0] == 1
    logged = [record for record in caplog.records if record.name.startswith("ontakt")]
    assert [record.getMessage() for record in logged] == ["internal error, request 2"]
    assert logged[0].exc_info is not None


def test_a_client_that_talks_nonsense_without_end_is_sent_away() -> None:
    limits = ServerLimits(errors_in_a_row=5)
    with serving(EchoBrain(), limits) as running, running.client() as client:
        for _ in range(4):
            client.connection.send(b"\xc1")
            assert isinstance(client.receive(), str)
        assert client.ask(question(1))["actions"][0, 0] == 1
        for _ in range(5):
            client.connection.send(b"\xc1")
            assert isinstance(client.receive(), str)
        assert closed_with(client) == 1008


def test_one_session_is_joined_from_one_connection_to_the_next_and_left_again() -> None:
    with (
        serving(EchoBrain(), ServerLimits(sessions=2)) as running,
        running.client() as one,
        running.client() as two,
        running.client() as three,
    ):
        assert one.ask(question(session_id="a"))["actions"][0, -1] == 1
        assert two.ask(question(session_id="b"))["actions"][0, -1] == 2
        assert three.ask(question(session_id="c")) == "busy: 2 sessions are in use; try again"
        assert three.ask(question(session_id="a"))["actions"][0, -1] == 1
        two.ask(question())  # its own: "b" is free to be forgotten
        assert two.ask(question(session_id="c"))["actions"][0, -1] == 4


def test_images_arrive_as_they_were_sent() -> None:
    brain = EchoBrain(cameras=("head",))
    with serving(brain) as running, running.client() as client:
        assert client.metadata["image_keys"] == ["images/head"]
        image = np.zeros((5, 7, 3), np.uint8)
        assert client.ask(question(2, **{"images/head": image}))["actions"][0, 0] == 2
        assert "images/head is missing" in client.ask(question(2))
