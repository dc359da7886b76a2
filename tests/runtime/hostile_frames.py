"""Frames that no honest client sends, for everything that reads the wire.

They are made from what honest clients do send: valid requests in all dialects, cut, flipped,
spliced and followed; arrays whose type, shape, data or marks lie; headers that promise what does
not come; nesting, keys, extensions and texts where they do not belong.
"""

from collections.abc import Callable, Iterator
from random import Random
from struct import pack as packed

import msgspec
import numpy as np
from msgspec import Struct

from ontakt.runtime.wire import LIMITS, Dialect, encode

DIALECTS: tuple[Dialect, ...] = ("openpi", "msgpack-numpy", "typed")


class Raw(Struct, frozen=True):
    """Bytes of MessagePack that are no value: a lying header, half a message."""

    frame: bytes


class Pairs(Struct, frozen=True):
    """A map as its entries, with keys of any kind, and twice if need be."""

    entries: tuple[tuple[object, object], ...]


TYPES: tuple[object, ...] = (
    *("|O", "O", "O8", "|O8", "object", b"|O", "<f16", "<g", "float128", "longdouble", "<c8"),
    *("|V8", "V0", "|S0", "|S4", "<U4", "<M8[s]", "<m8[ns]", "f4,f4", "(2,)<f4", "(1000000000,)f8"),
    *("<f4", ">f8", "=f4", "|f4", "|u1", "u1", "|b1", "?", "<i8", ">u2", "float32", "bool", "<f3"),
    *("", "<", "f", "<f4\0", "<f4 ", "Ω", "x" * 5000, 7, None, True, [["a", "<f4"]], ["<f4"]),
    *([["a", "|O"]], {"names": ["a"], "formats": ["|O"]}, b"<f4", b"\xff\xfe", -1.5),
)
SHAPES: tuple[object, ...] = (
    *([], [0], [1], [2], [4], [2, 2], [0, 16], [16, 0], [1] * 8, [1] * 9, [1] * 64, [0] * 40),
    *([-1], [-1, 4], [2, -2, -1], [2**31], [2**32, 2**32], [2**63, 2], [2**63], [0, 2**62]),
    *([0, 2**16, 2**16], [1.0], [True], [None], ["4"], [[2]], None, 4, "4", b"4", {"a": 1}),
)
DATA: tuple[object, ...] = (
    *(b"", b"\0", bytes(4), bytes(16), bytes(64), b"\2\3", bytes(range(8)), b"\xff" * 8),
    *("", "0000", 0, 1, -1, 2**63, 300, 1.5, 1e300, float("nan"), float("inf"), True, None),
    *([], [0, 0, 0, 0], {}, {"a": b""}),
)
JUNK: tuple[object, ...] = (
    *(
        None,
        True,
        0,
        -1,
        2**63,
        -(2**63),
        1e308,
        float("nan"),
        float("-inf"),
        "",
        "left",
        b"",
        b"x",
    ),
    *([], [None], ["left", "left"], ["up"], [1, "a"], [[1.0], [2.0, 3.0]], [[]], ["a", "b" * 9000]),
    *({}, {"a": 1}, {"left": {"phase": 3}}, "x" * 20_000, "\x1b[31m\n\r", [0.0] * 16, [[0.0] * 16]),
)


def write(value: object) -> bytes:
    """MessagePack of `value`, also of what no encoder writes; all headers in their longest form."""
    match value:
        case Raw(frame):
            return frame
        case Pairs(entries):
            inner = [write(each) for entry in entries for each in entry]
            return packed(">BI", 0xDF, len(entries)) + b"".join(inner)
        case dict():
            return write(Pairs(tuple(value.items())))
        case list():
            return packed(">BI", 0xDD, len(value)) + b"".join(write(each) for each in value)
        case bytes():
            return packed(">BI", 0xC6, len(value)) + value
        case _:
            return msgspec.msgpack.encode(value)


def honest_messages() -> list[dict[str, object]]:
    """A request, a reset, a reply and a server's metadata, for a two-armed policy with a camera."""
    row = np.tile([0.3, 0.1, 1.0, 0.0, 1.0, 0.0, 0.0, 0.05], 2)
    request = {
        "images/head": np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3),
        "state": row,
        "target": row.astype(np.float32),
        "grip_force": np.array([0.0, 3.0]),
        "wrist_force": np.zeros((2, 3)),
        "joints/left": np.zeros(7),
        "sights/left_nut": np.array([0.4, 0.2, 0.9, 0.001]),
        "prompt": "Load both nuts.",
        "job": ["left", "right"],
        "tick": 7,
        "utc_ns": np.int64(1_700_000_000_000_000_000),
        "action_prefix": np.tile(row, (3, 1)),
        "prefix_length": 3,
        "inference_delay": 2,
        "execution_horizon": 5,
        "jacobian": "exact",
        "max_weight": 5.0,
        "session_id": "cell-4",
        "request_id": 11,
    }
    reply = {
        "actions": np.tile(row, (10, 1)),
        "server_timing": {"infer_ms": 12.5},
        "policy_timing": {"infer_ms": np.float32(12.0)},
        "beliefs": {"left": {"phase": "reach", "done": False}},
        "observed_tick": 7,
    }
    metadata = {
        "protocol": "openpi-ws/1",
        "action_horizon": 10,
        "image_keys": ["images/head"],
        "image_sizes": {"images/head": [6, 8]},
        "needs_session_id": False,
    }
    reset = {"endpoint": "reset", "sides": ["left"], "seed": 3}
    return [request, reset, reply, metadata]


def hostile_frames(rng: Random) -> Iterator[bytes | str]:
    """Without end; about one in twenty is honest after all."""
    valid = [encode(each, dialect) for each in honest_messages() for dialect in DIALECTS]
    ways: tuple[Callable[[Random, list[bytes]], bytes | str], ...] = (
        _cut,
        _flipped,
        _spliced,
        _overwritten,
        _lying_array,
        _lying_array,
        _lying_array,
        _junk_value,
        _junk_value,
        _promising,
        _deep,
        _odd_keys,
        _extension,
        _crowded,
        _text,
        _noise,
    )
    while True:
        yield rng.choice(valid) if rng.random() < 0.05 else rng.choice(ways)(rng, valid)


def _cut(rng: Random, valid: list[bytes]) -> bytes:
    frame = rng.choice(valid)
    return frame[: rng.randrange(len(frame))]


def _flipped(rng: Random, valid: list[bytes]) -> bytes:
    frame = bytearray(rng.choice(valid))
    for _ in range(rng.choice((1, 1, 2, 8))):
        frame[rng.randrange(len(frame))] ^= 1 << rng.randrange(8)
    return bytes(frame)


def _spliced(rng: Random, valid: list[bytes]) -> bytes:
    first, second = rng.choice(valid), rng.choice(valid)
    return first[: rng.randrange(len(first) + 1)] + second[rng.randrange(len(second)) :]


def _overwritten(rng: Random, valid: list[bytes]) -> bytes:
    """A header, or a few bytes of noise, in the middle of a valid frame."""
    frame, at = rng.choice(valid), 0
    at = rng.randrange(len(frame))
    patch = rng.choice((b"\xdd\xff\xff\xff\xff", b"\xc1", b"\xd6\xff\0\0\0\0", rng.randbytes(3)))
    return frame[:at] + patch + frame[at + rng.choice((0, len(patch))) :]


def _lying_array(rng: Random, _: list[bytes]) -> bytes:
    """An array as one of the dialects writes it, with one or more of its fields wrong."""
    lead, kind_of_type = rng.choice(
        (("__ndarray__", "dtype"), ("__npgeneric__", "dtype"), ("nd", "type"))
    )
    fields: dict[str, object] = {
        lead: rng.choice((True, True, True, False, 1, None, "true")),
        kind_of_type: rng.choice(("<f4", rng.choice(TYPES))),
        "shape": rng.choice(([4], rng.choice(SHAPES))),
        "data": rng.choice((bytes(16), rng.choice(DATA))),
    }
    if lead == "nd":
        fields["kind"] = rng.choice((b"", "f", b"f", "", "V", b"O", "i", 3, None))
    if lead == "__npgeneric__" or rng.random() < 0.2:
        del fields["shape"]
    if rng.random() < 0.1:
        fields[rng.choice(("complex", "nd", "__ndarray__", "x"))] = True
    if rng.random() < 0.1:
        fields.pop(rng.choice(list(fields)))
    entries = [(key.encode() if rng.random() < 0.7 else key, v) for key, v in fields.items()]
    if rng.random() < 0.1:
        entries.append((rng.choice(("data", b"data")), b""))
    rng.shuffle(entries)
    array = Pairs(tuple(entries))
    key = rng.choice(("state", "images/head", "actions", "action_prefix", "x"))
    return write(
        rng.choice((array, {key: array}, {key: [array, array]}, [array], {key: {"a": array}}))
    )


def _junk_value(rng: Random, valid: list[bytes]) -> bytes:
    """An honest message in which some values are of another kind, length or range."""
    message = dict(rng.choice(honest_messages()))
    for key in rng.sample(list(message), rng.choice((1, 1, 2))):
        message[key] = rng.choice(JUNK)
    if rng.random() < 0.2:
        message[rng.choice(("images/", "sights/\n", "joints/left", "endpoint", "type"))] = (
            rng.choice((*JUNK, np.zeros(3), "error"))
        )
    dialect = rng.choice(DIALECTS)
    entries = tuple((key, Raw(encode(value, dialect))) for key, value in message.items())
    return write(Pairs(entries))


def _promising(rng: Random, _: list[bytes]) -> bytes:
    """Headers that promise up to 4 GiB or 4 billion elements, alone or inside one another."""
    head = rng.choice((0xDD, 0xDF, 0xC6, 0xDB, 0xC9, 0xDC, 0xDE, 0xC5, 0xDA))
    wide = head in (0xDD, 0xDF, 0xC6, 0xDB, 0xC9)
    size = rng.choice((2**32 - 1, 2**31, 2**28)) if wide else 2**16 - 1
    frame = packed(">BI" if wide else ">BH", head, size)
    return frame * rng.choice((1, 1, 5, 300)) + rng.randbytes(rng.choice((0, 3, 100)))


def _deep(rng: Random, _: list[bytes]) -> bytes:
    level = rng.choice((b"\x91", b"\x81\xa1a", b"\xdd\0\0\0\1", b"\x92\xc0", b"\x81\x91"))
    return level * rng.choice((10, 17, 1000, 20_000)) + b"\xc0"


def _odd_keys(rng: Random, _: list[bytes]) -> bytes:
    keys: tuple[object, ...] = (
        0,
        -5,
        None,
        True,
        1.5,
        b"",
        b"state",
        b"\xff",
        "a",
        "a",
        [],
        [1],
        {},
        Raw(b"\xa2\xff\xff"),
    )
    return write(
        Pairs(tuple((rng.choice(keys), rng.choice(JUNK)) for _ in range(rng.randrange(5))))
    )


def _extension(rng: Random, _: list[bytes]) -> bytes:
    ext = rng.choice(
        (
            b"\xd6\xff" + bytes(4),  # a timestamp
            b"\xc7\x0c\xff" + bytes(12),
            b"\xd4\x01\x00",
            b"\xc8\xff\xff\x05",
            b"\xc1",
        )
    )
    return rng.choice(
        (ext, write({"a": Raw(ext)}), write([Raw(ext)]), write(Pairs(((Raw(ext), 1),))))
    )


def _crowded(rng: Random, _: list[bytes]) -> bytes:
    count = rng.choice((100, 1_000, LIMITS.items, LIMITS.items + 1, 40_000))
    each = rng.choice((b"\xc0", b"\x90", b"\x80", b"\xa0"))
    return packed(">BI", 0xDD, count) + each * count


def _text(rng: Random, _: list[bytes]) -> str:
    return rng.choice(("", "{}", "hello\n\x00", '{"endpoint": "reset"}', "é" * 5000))


def _noise(rng: Random, _: list[bytes]) -> bytes:
    return rng.randbytes(rng.choice((0, 1, 2, 8, 64, 700)))
