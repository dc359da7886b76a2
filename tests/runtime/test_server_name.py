"""The name of a policy server: its options, and a key that is never part of it."""

from pathlib import Path

import pytest

from ontakt.contract import SetupError
from ontakt.runtime.address import Address
from ontakt.runtime.server_name import OPTIONS, ServerName, find_server, parse_server

KEY = "0123456789abcdef"


def test_every_option_is_read() -> None:
    name = (
        "openpi://host:1?horizon=30&cameras=head:observation/image,left_wrist:wrist&state=s"
        "&prompt=p&api_key_file=/k&auth=key&timeout=500ms&first_timeout=2min"
    )
    assert parse_server(name) == ServerName(
        address=Address("host", 1),
        horizon=30,
        cameras={"head": "observation/image", "left_wrist": "wrist"},
        state="s",
        prompt="p",
        api_key_file=Path("/k"),
        auth="key",
        timeout=0.5,
        first_timeout=120.0,
    )
    assert {pair.partition("=")[0] for pair in name.partition("?")[2].split("&")} == set(OPTIONS)
    assert parse_server("openpi://host:1") == ServerName(address=Address("host", 1))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("horizons=30", "Unknown option of a policy server 'horizons'. Did you mean 'horizon'?"),
        ("horizon=0", "horizon is '0'"),
        ("horizon=many", "horizon is 'many'"),
        ("horizon=3&horizon=4", "twice"),
        ("horizon=3&&", "option=value"),
        ("timeout=", "timeout is ''"),
        ("timeout=2", "timeout is '2'; a time is a number with one of"),
        ("timeout=0s", "longer than 0 s"),
        ("first_timeout=2h", "at most 3600 s"),
        ("cameras=head", "write camera:request key"),
        ("cameras=head:a,head:b", "each of them once"),
        ("cameras=head:a,wrist:a", "each of them once"),
        ("auth=none", "choose from: proof, key"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused(options: str, message: str) -> None:
    with pytest.raises(SetupError) as refused:
        parse_server(f"openpi://host:1?{options}")
    assert message in str(refused.value)


@pytest.mark.parametrize("option", ["api_key", "key", "token"])
def test_a_key_in_the_name_is_refused_and_not_repeated(option: str) -> None:
    with pytest.raises(SetupError) as refused:
        parse_server(f"openpi://host:1?{option}={KEY}")
    assert KEY not in str(refused.value)
    assert "ONTAKT_API_KEY" in str(refused.value)


def test_the_key_comes_from_its_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "key"
    name = parse_server(f"openpi://host:1?api_key_file={file}")
    with pytest.raises(SetupError, match="cannot be read"):
        name.api_key({})
    file.write_text(f"{KEY}\n")
    file.chmod(0o640)
    with pytest.raises(SetupError, match="chmod 600"):
        name.api_key({})
    file.chmod(0o600)
    assert name.api_key({"ONTAKT_API_KEY": "another key of the shell"}) == KEY
    file.write_text("short")
    with pytest.raises(SetupError) as refused:
        name.api_key({})
    assert "short" not in str(refused.value).replace(str(tmp_path), "")
    bare = parse_server("openpi://host:1")
    assert bare.api_key({}) is None
    assert bare.api_key({"ONTAKT_API_KEY": KEY}) == KEY


def test_the_file_is_made_absolute_so_that_a_shift_goes_on_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = find_server("openpi://host:1?timeout=3s&api_key_file=my%20keys&horizon=4")
    assert parse_server(found).api_key_file == tmp_path / "my keys"
    assert parse_server(found).timeout == 3.0
    assert find_server(found) == found
    assert find_server("openpi://host:1") == "openpi://host:1"
