"""The codec: byte for byte openpi's, the other two dialects, and what it refuses."""

from typing import Any

import numpy as np
import openpi_client.msgpack_numpy as stock
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tests.runtime.hostile_frames import DIALECTS, Pairs, Raw, write

from ontakt.runtime.wire import Dialect, WireError, WireLimits, decode, encode

DTYPES = [
    np.dtype(code)
    for code in ("?", "i1", "<i2", ">i4", "<i8", "u1", ">u2", "<u4", "<u8", "<f2", ">f4", "<f8")
]
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(
        dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
    )
)
SCALARS = ARRAYS.filter(lambda array: array.size > 0).map(lambda array: array.ravel()[0])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | ARRAYS
    | SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("ab/_é", max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)


def same(got: Any, sent: Any) -> bool:
    """`got` is what `sent` says: equal bits, apart from byte order, and NaN equal to NaN. A numpy
    scalar may come back as Python's number of the same value, as MessagePack has it."""
    if isinstance(sent, dict):
        return (
            isinstance(got, dict)
            and got.keys() == sent.keys()
            and all(same(got[key], sent[key]) for key in sent)
        )
    if isinstance(sent, list):
        return isinstance(got, list) and len(got) == len(sent) and all(map(same, got, sent))
    if isinstance(sent, np.ndarray):
        native = sent.astype(sent.dtype.newbyteorder("="))
        return (
            isinstance(got, np.ndarray)
            and got.dtype.newbyteorder("=") == native.dtype
            and got.shape == sent.shape
            and got.astype(native.dtype).tobytes() == native.tobytes()
        )
    if isinstance(sent, np.generic):
        if isinstance(got, np.generic) and got.dtype.newbyteorder("=") != sent.dtype.newbyteorder(
            "="
        ):
            return False
        return bool(got == sent) or (got != got and sent != sent)
    return type(got) is type(sent) and (got == sent or (got != got and sent != sent))


@given(VALUES)
def test_what_the_stock_codec_writes_is_read(value: Any) -> None:
    assert same(decode(stock.packb(value))[0], value)


@given(VALUES)
def test_what_is_written_the_stock_codec_reads(value: Any) -> None:
    assert same(stock.unpackb(encode(value)), value)


@given(VALUES, st.sampled_from(DIALECTS))
def test_what_is_written_is_read_back(value: Any, dialect: Dialect) -> None:
    got, told = decode(encode(value, dialect))
    assert same(got, value)
    assert told in (dialect, None)


def test_a_request_is_the_stock_clients_byte_for_byte() -> None:
    request = {
        "images/head": np.arange(24, dtype=np.uint8).reshape(2, 4, 3),
        "state": np.linspace(0.0, 1.0, 8, dtype=np.float32),
        "every_other": np.arange(12.0).reshape(3, 4)[:, ::2],
        "mirrored": np.arange(6)[::-1],
        "transposed": np.arange(6, dtype=np.int16).reshape(2, 3).T,
        "prompt": "Load both nuts.",
        "tick": np.int64(3),
        "nothing": np.zeros((0, 16)),
        "point": np.array(2.0),
    }
    assert encode(request) == stock.packb(request)


# As version 0.4.8 of the package msgpack-numpy writes {"a": array, "b": scalar}.
PACKAGE = (
    b"\x82\xa1a\x85\xc4\x02nd\xc3\xc4\x04type\xa3<f4\xc4\x04kind\xc4\x00\xc4\x05shape\x92\x01\x02"
    b"\xc4\x04data\xc4\x08\x00\x00\x80?\x00\x00\x00@"
    b"\xa1b\x83\xc4\x02nd\xc2\xc4\x04type\xa3<i2\xc4\x04data\xc4\x02\xfd\xff"
)
# The same from a server that puts the type's letter where the package leaves it empty.
TYPED = (
    b"\x82\xa1a\x85\xc4\x02nd\xc3\xc4\x04type\xa3<f4\xc4\x04kind\xa1f\xc4\x05shape\x92\x01\x02"
    b"\xc4\x04data\xc4\x08\x00\x00\x80?\x00\x00\x00@"
    b"\xa1b\x84\xc4\x02nd\xc2\xc4\x04type\xa3<i2\xc4\x04kind\xa1i\xc4\x04data\xc4\x02\xfd\xff"
)


@pytest.mark.parametrize(("frame", "dialect"), [(PACKAGE, "msgpack-numpy"), (TYPED, "typed")])
def test_the_other_two_dialects(frame: bytes, dialect: Dialect) -> None:
    value = {"a": np.array([[1.0, 2.0]], np.float32), "b": np.int16(-3)}
    assert encode(value, dialect) == frame
    got, told = decode(frame)
    assert same(got, value)
    assert told == dialect


def test_keys_of_arrays_may_be_texts_and_an_old_package_leaves_out_kind() -> None:
    data = np.array([1.5, -2.0]).tobytes()
    for fields in (
        {"__ndarray__": True, "data": data, "dtype": "<f8", "shape": [2]},
        {b"__ndarray__": True, "data": data, b"dtype": b"<f8", "shape": [2]},
        {b"nd": True, b"type": b"<f8", b"shape": [2], b"data": data},
        {"nd": True, "type": "float64", "kind": "f", "shape": [2], "data": data},
    ):
        got, _ = decode(write({"state": fields}))
        assert same(got, {"state": np.array([1.5, -2.0])})


def test_a_plain_map_may_have_a_key_nd() -> None:
    assert decode(encode({"nd": 3, "type": "error"})) == ({"nd": 3, "type": "error"}, None)


def test_arrays_are_read_only_views_in_this_machines_order() -> None:
    value, _ = decode(
        stock.packb({"u": np.arange(6, dtype=np.uint8), "big": np.arange(3, dtype=">f4")})
    )
    assert isinstance(value, dict)
    u, big = value["u"], value["big"]
    assert not u.flags.writeable
    assert not u.flags.owndata
    assert big.dtype == np.dtype("<f4")
    assert big.tolist() == [0.0, 1.0, 2.0]
    assert not big.flags.writeable


def test_nan_and_infinity_pass() -> None:
    value, _ = decode(encode({"a": np.array([np.nan, -np.inf]), "b": float("inf")}))
    assert same(value, {"a": np.array([np.nan, -np.inf]), "b": float("inf")})


def openpi(**fields: object) -> bytes:
    """A message with one array of four float32 in openpi's dialect, some of its fields replaced."""
    whole = {"__ndarray__": True, "data": bytes(16), "dtype": "<f4", "shape": [4], **fields}
    return write({"state": Pairs(tuple((key.encode(), value) for key, value in whole.items()))})


def scalar(data: object, dtype: str) -> bytes:
    return write({"s": {b"__npgeneric__": True, b"data": data, b"dtype": dtype}})


def test_the_array_that_the_refusals_are_made_from_is_fine() -> None:
    assert same(decode(openpi())[0], {"state": np.zeros(4, np.float32)})
    assert same(decode(scalar(3, "<f4"))[0], {"s": np.float32(3.0)})


@pytest.mark.parametrize(
    "dtype",
    [
        "|O",
        "O",
        "object",
        "|V4",
        "|S4",
        "<U1",
        "<M8[s]",
        "<c8",
        "<f16",
        "<f4,<f4",
        "=f4",
        "|f4",
        "",
    ],
)
def test_no_type_of_a_strangers_reaches_numpy(dtype: str) -> None:
    for frame in (openpi(dtype=dtype), scalar(0, dtype)):
        with pytest.raises(
            WireError, match=r"'(state|s)': an array of type .*; booleans, integers"
        ):
            decode(frame)


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (openpi(dtype=[["a", "<f4"]]), "an array of type a list"),
        (openpi(shape=[-4]), "no list of sizes"),
        (openpi(shape=[True] * 4), "no list of sizes"),
        (openpi(shape=[4.0]), "no list of sizes"),
        (openpi(shape=None), "no list of sizes"),
        (openpi(shape=[5]), "16 bytes of data do not make shape"),
        (openpi(shape=[2**32, 2**32]), "do not make shape"),
        (openpi(shape=[2**62, 4]), "do not make shape"),
        (openpi(shape=[4] + [1] * 8), "9 dimensions; at most 8"),
        (openpi(shape=[0, 2**40], data=b""), "an empty array of shape"),
        (openpi(data=b""), "0 bytes of data do not make shape"),
        (openpi(data="0" * 16), "it must be bytes"),
        (openpi(data=[0] * 16), "it must be bytes"),
        (openpi(dtype="|b1", data=b"\0\1\2\0"), "neither 0 nor 1"),
        (openpi(__ndarray__=1), "__ndarray__ is 1; it must be true"),
        (openpi(extra=1), "a key 'extra' too many"),
        (openpi(nd=True), "a key 'nd' too many"),
        (
            write({"a": {b"nd": True, b"type": "<f4", b"kind": b"O", b"shape": [0], b"data": b""}}),
            "kind 'O'",
        ),
        (
            write({"a": {b"nd": True, b"type": "<f4", b"kind": "i", b"shape": [0], b"data": b""}}),
            "kind 'i'",
        ),
        (write({"a": {b"nd": False, b"type": "<f4", b"data": bytes(8)}}), "8 bytes of data do not"),
        (write({"a": {b"complex": True, b"data": "1j"}}), "a map key 'complex' in bytes"),
        (write({"a": {b"data": bytes(4), "data": bytes(4), b"nd": True}}), "as text and as bytes"),
        (scalar(256, "|u1"), "256 is no uint8"),
        (scalar(-1, "<u4"), "-1 is no uint32"),
        (scalar(True, "<i4"), "True is no int32"),
        (scalar(1, "|b1"), "1 is no bool"),
        (scalar(1e300, "<f4"), "1e.300 is no float32"),
        (scalar("1", "<f4"), "'1' is no float32"),
        (scalar(bytes(4), "<f4"), "is no float32"),
        (b"", "cut short after 0 bytes"),
        (b"\xa5Load", "cut short"),
        (b"\x92\x01", "cut short"),
        (b"\xcb\0\0", "cut short"),
        (b"\xc4", "cut short"),
        (b"\xc6\xff\xff\xff\xff", "cut short"),
        (b"\x93\x01\x02", "cut short"),
        (b"\xde\x10\x00" + b"\xa0\x01" * 4, "cut short"),
        (b"\x01\x02\x03", "2 bytes follow"),
        (b"\xdd\xff\xff\xff\xff", "More than 8192 items"),
        (b"\xdf\x00\x00\x20\x01", "More than 8192 items"),
        (b"\x91" * 17 + b"\x01", "deeper than 16"),
        (b"\xd6\xff\0\0\0\0", "extension or unknown type .0xd6"),
        (b"\xc7\x00\x05", "extension or unknown type .0xc7"),
        (b"\xc1", "extension or unknown type .0xc1"),
        (b"\x81\x01\x02", "A map key is a number"),
        (b"\x81\x90\x02", "A map key is a list"),
        (b"\x81\xc4\x01a\x02", "a map key 'a' in bytes"),
        (b"\x82\xa1a\x01\xa1a\x02", "the same key twice"),
        (b"\xa2\xff\xff", "Not a message"),
        ("hello", "A text frame"),
        (
            write({"a": np.int8(1).item(), "b": Raw(openpi()), "c": Raw(PACKAGE)}),
            "beside one in openpi",
        ),
    ],
)
def test_refusals_say_why(frame: bytes | str, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        decode(frame)


@pytest.mark.parametrize(
    ("limits", "frame"),
    [
        (WireLimits(message_bytes=15), encode("x" * 15)),
        (WireLimits(depth=2), encode([[[1]]])),
        (WireLimits(items=5), encode([[1, 2], {"a": 1}, 0])),
        (WireLimits(text_bytes=9), encode({"abcde": "fghij"})),
        (WireLimits(dimensions=1), encode(np.zeros((1, 1)))),
        (WireLimits(empty_extent=15), encode(np.zeros((0, 16)))),
    ],
)
def test_every_limit_has_two_sides(limits: WireLimits, frame: bytes) -> None:
    with pytest.raises(WireError):
        decode(frame, limits)
    one_more = {name: getattr(limits, name) + 1 for name in limits.__struct_fields__}
    decode(frame, WireLimits(**one_more))


def test_what_a_stranger_wrote_is_quoted_briefly_and_in_printable_letters() -> None:
    with pytest.raises(WireError) as caught:
        decode(openpi(dtype="\x1b[31m\n" + "é" * 9_000))
    line = str(caught.value)
    assert line.isascii()
    assert line.isprintable()
    assert len(line) < 150


@pytest.mark.parametrize(
    "value",
    [
        np.array([None]),
        np.array(["a"]),
        np.zeros(2, np.complex128),
        np.zeros(2, np.longdouble),
        np.zeros(2, [("a", "<f4")]),
        np.datetime64("2026-01-01"),
        object(),
        2**64,
        "\ud800",
    ],
)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_could_not_be_read_back_is_not_sent(value: object, dialect: Dialect) -> None:
    with pytest.raises(WireError, match="annot be sent"):
        encode({"a": value}, dialect)


def test_a_value_inside_itself_is_not_sent() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(WireError, match="annot be sent"):
        encode(endless)
