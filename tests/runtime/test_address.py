"""Where a policy server listens, as people write it."""

import pytest

from ontakt.contract import BadValue
from ontakt.runtime.address import Address, parse_address


@pytest.mark.parametrize(
    ("text", "address", "uri"),
    [
        ("openpi://cell-3:8001", Address("cell-3", 8001), "ws://cell-3:8001/"),
        ("openpi://10.0.0.7", Address("10.0.0.7", 8000), "ws://10.0.0.7:8000/"),
        ("openpi://[::1]:9", Address("::1", 9), "ws://[::1]:9/"),
        ("openpi://host:1/v1/robot", Address("host", 1, "/v1/robot"), "ws://host:1/v1/robot"),
        ("openpi+unix:///run/a/b", Address(unix="/run/a/b"), "ws://localhost/"),
    ],
)
def test_it_is_read_and_written_the_same(text: str, address: Address, uri: str) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address
    assert address.uri == uri


@pytest.mark.parametrize(
    "text",
    [
        "openpi://",
        "openpi://:8000",
        "openpi://host:0",
        "openpi://host:port",
        "openpi://host:70000",
        "openpi://host:8000#part",
        "openpi+unix://host/path",
        "openpi+unix://relative",
        "ws://host:8000",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="openpi://HOST:PORT"):
        parse_address(text)


def test_a_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(BadValue) as refused:
        parse_address("openpi://me:secret@host:8000")
    assert "secret" not in str(refused.value)
