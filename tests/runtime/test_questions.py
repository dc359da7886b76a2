"""A server's own words on one line, and answers that are taken for nothing else."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.runtime.servers import STATION, WIDTH, name_of

from ontakt.contract import ActionChunk, OntaktError
from ontakt.runtime.address import Address
from ontakt.runtime.link import LinkLost
from ontakt.runtime.questions import Questions, binary
from ontakt.runtime.served import Served
from ontakt.runtime.wire import encode

SPACE = STATION.spec.action_space
SERVED = Served(
    who="a test",
    ours=True,
    resets=True,
    hash="",
    horizon=5,
    cameras={},
    longest_prefix=3,
    jacobians=(),
    notes=(),
)


def _questions(served: Served = SERVED) -> Questions:
    return Questions(served, name_of(Address("host", 1)), SPACE, "session")


@given(st.text())
def test_whatever_a_server_says_is_one_line_that_steers_no_terminal(said: str) -> None:
    with pytest.raises(LinkLost) as lost:
        binary(said)
    text = str(lost.value)
    assert text.isprintable()
    assert text.startswith("failed: ")
    assert len(text) < 320


@given(st.binary(max_size=200))
def test_no_bytes_but_an_answer_are_an_answer(answer: bytes) -> None:
    with pytest.raises(OntaktError):
        _questions().read(answer, 3, 1, 5)


@given(st.binary(min_size=1, max_size=1), st.integers(0, 10_000))
def test_an_answer_with_a_wrong_byte_is_refused_or_has_the_right_shape(
    byte: bytes, place: int
) -> None:
    whole = encode({"actions": np.zeros((4, WIDTH)), "observed_tick": 3, "request_id": 1})
    place %= len(whole)
    spoilt = whole[:place] + byte + whole[place + 1 :]
    try:
        chunk: ActionChunk | None = _questions().read(spoilt, 3, 1, 5)
    except OntaktError:
        return
    assert chunk is not None
    assert chunk.observed_tick == 3
    assert chunk.targets.shape[1] == WIDTH
    assert 1 <= chunk.horizon <= 5
    assert np.isfinite(chunk.targets).all()


def test_a_foreign_server_gets_its_keys_alone() -> None:
    seen = msgspec.structs.replace(STATION.observe(0, 0, ("head",)), job=("left",))
    foreign = msgspec.structs.replace(SERVED, ours=False, cameras={"head": "eye"})
    assert sorted(_questions(foreign).write(seen, None, None, 1)) == [
        "eye",
        "prompt",
        "session_id",
        "state",
    ]
    deaf = msgspec.structs.replace(foreign, resets=False)
    assert sorted(_questions(deaf).write(seen, None, None, 1)) == ["eye", "prompt", "state"]
    mine = msgspec.structs.replace(SERVED, cameras={"head": "images/nose"})
    asked = _questions(mine).write(seen, None, None, 7)
    assert asked["request_id"] == 7
    assert asked["images/nose"] is seen.images["head"]
    assert "images/head" not in asked
