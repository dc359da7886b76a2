"""JSON from anywhere is an object of a bearable size, or refused in one line."""

from pathlib import Path

import pytest

from ontakt.contract import SetupError
from ontakt.policy.json_object import MOST_BYTES, read_object


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "cannot be read as JSON"),
        (b"\xff", "cannot be read as JSON"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b'{"a": ' + b"1" * 5000 + b"}", "cannot be read as JSON"),
        (b"[]", "is not a JSON object"),
    ],
)
def test_what_is_no_object_is_refused_in_one_line(
    content: bytes, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(SetupError, match=said) as refused:
        read_object(path)
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_or_far_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        read_object(tmp_path / "none.json")
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(SetupError, match="bytes; at most"):
        read_object(tmp_path / "huge.json")


def test_an_object_is_read(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": [1, null]}')
    assert read_object(tmp_path / "x.json") == {"a": [1, None]}
