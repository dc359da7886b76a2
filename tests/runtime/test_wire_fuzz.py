"""The codec and the layouts against frames that no honest client sends."""

import gc
import tracemalloc
from itertools import islice
from random import Random

import msgpack
import numpy as np
import pytest
from tests.runtime.hostile_frames import hostile_frames

from ontakt.contract import ActionSpace, PolicySpec
from ontakt.runtime.messages import Infer, read_metadata, read_reply, read_request
from ontakt.runtime.wire import WireError, decode, encode

SPACE = ActionSpace()
SPEC = PolicySpec(
    name="fake",
    hash="fake",
    horizon=10,
    cameras=("head",),
    longest_prefix=4,
    jacobians=("exact", "identity"),
)
WORST_LINE = 400
"""Characters of the longest error that a stranger may cause."""
BYTES_PER_BYTE, BYTES_AT_ONCE = 160, 96 * 1024
"""What reading one byte may allocate: the cheapest thing that can be asked for is an empty map,
which costs 64 bytes in one byte, twice, and its place in a list."""


def check_plain(value: object, frame: bytes) -> None:
    """Only what the protocol knows, and arrays no larger than the frame, which nobody can write."""
    if isinstance(value, dict):
        assert all(type(key) is str for key in value)
        for each in value.values():
            check_plain(each, frame)
    elif isinstance(value, list):
        for each in value:
            check_plain(each, frame)
    elif isinstance(value, np.ndarray):
        assert value.dtype.kind in "biuf"
        assert value.nbytes <= len(frame)
        assert not value.flags.writeable
    elif isinstance(value, np.generic):
        assert value.dtype.kind in "biuf"
    else:
        assert value is None or type(value) in (bool, int, float, str, bytes)


def same(a: object, b: object) -> bool:
    """Equal in type, shape and bits, NaN to NaN."""
    if type(a) is not type(b):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray | np.generic) and isinstance(b, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return a == b or (a != a and b != b)


def read_all(value: object) -> int:
    """Read `value` as every kind of message; how many readings it passed."""
    passed = 0
    for read in (
        lambda: read_request(value, SPEC, SPACE),
        lambda: read_reply(value, 7, SPACE.width),
        lambda: read_metadata(value),
    ):
        try:
            message = read()
        except WireError as error:
            check_line(error)
            continue
        passed += 1
        if isinstance(message, Infer):
            arms = message.observation.arms.values()
            assert all(
                np.isfinite([*arm.position, *arm.quaternion, arm.opening]).all() for arm in arms
            )
            if message.prefix is not None:
                assert len(message.prefix) <= SPEC.longest_prefix
            if message.guidance is not None:
                assert message.guidance.previous.shape == (SPEC.horizon, SPACE.width)
    return passed


def check_line(error: WireError) -> None:
    """One printable line, not long, whatever the stranger wrote."""
    line = str(error)
    assert len(line) <= WORST_LINE
    assert line.isascii()
    assert line.isprintable()


def fuzz(count: int, seed: int) -> tuple[int, int, int]:
    """Frames that were read, readings that passed, frames refused."""
    read = passed = refused = 0
    for frame in islice(hostile_frames(Random(seed)), count):
        try:
            value, dialect = decode(frame)
        except WireError as error:
            check_line(error)
            refused += 1
            continue
        assert isinstance(frame, bytes)
        read += 1
        check_plain(value, frame)
        again, _ = decode(encode(value, dialect or "openpi"))
        assert same(again, value)
        if dialect is None:  # the reference has no opinion on arrays, and is not safe with them
            assert same(value, msgpack.unpackb(frame, strict_map_key=True))
        passed += read_all(value)
    return read, passed, refused


def test_a_hostile_frame_is_refused_or_read_as_what_it_says() -> None:
    read, passed, refused = fuzz(2_000, 1)
    assert read > 200
    assert passed > 100
    assert refused > 800


@pytest.mark.slow
def test_a_hundred_thousand_hostile_frames() -> None:
    assert sum(fuzz(100_000, 2)[::2]) == 100_000


def test_a_frame_costs_memory_in_proportion_to_its_length() -> None:
    frames = list(islice(hostile_frames(Random(3)), 400))

    def read(frame: bytes | str) -> None:
        try:
            value, _ = decode(frame)
        except WireError:
            return
        read_all(value)

    for frame in frames:  # whatever is made once, by numpy and msgspec
        read(frame)
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for frame in frames:
            tracemalloc.reset_peak()
            now = tracemalloc.get_traced_memory()[0]
            read(frame)
            cost = tracemalloc.get_traced_memory()[1] - now
            assert cost <= BYTES_AT_ONCE + BYTES_PER_BYTE * len(frame), frame[:80]
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 64 * 1024
