"""Where a server listens: never where others can reach it unguarded."""

import socket
import stat
from pathlib import Path

import pytest

from ontakt.contract import BadValue, SetupError
from ontakt.runtime.server import UnixListener, listen_tcp, url_of


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_loopback_is_open_to_all_and_port_0_takes_a_free_one(host: str) -> None:
    listening = listen_tcp(host, 0, guarded=False)
    ports = {each.getsockname()[1] for each in listening}
    assert len(ports) == 1
    assert ports != {0}
    address, port = listening[0].getsockname()
    assert url_of(listening[0]) == f"ws://{address}:{port}"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, port))
    listening[0].listen()
    with socket.create_connection((address, port)):
        pass
    for each in listening:
        each.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "0", "::ffff:0.0.0.0"])
def test_an_address_that_others_reach_is_refused_without_keys(host: str) -> None:
    with pytest.raises(SetupError) as refused:
        listen_tcp(host, 0, guarded=False)
    assert "add --api-key-file FILE, or listen on 127.0.0.1." in str(refused.value)


def test_a_name_is_judged_by_its_address() -> None:
    name = socket.gethostname()
    addresses = {each[4][0] for each in socket.getaddrinfo(name, 0)}
    if all(str(address).startswith("127.") or address == "::1" for address in addresses):
        pytest.skip("this machine's own name is a loopback address")
    with pytest.raises(SetupError, match="can be reached from other machines"):
        listen_tcp(name, 0, guarded=False)


def test_with_keys_it_listens_everywhere() -> None:
    for listening in listen_tcp("0.0.0.0", 0, guarded=True):
        listening.listen()
        with socket.create_connection(("127.0.0.1", listening.getsockname()[1])):
            listening.close()


def test_a_port_in_use_a_host_that_is_not_and_a_port_that_is_none_are_refused() -> None:
    taken = listen_tcp("127.0.0.1", 0, guarded=False)[0]
    taken.listen()
    with pytest.raises(SetupError, match="is in use; choose another --port"):
        listen_tcp("127.0.0.1", taken.getsockname()[1], guarded=False)
    taken.close()
    with pytest.raises(BadValue, match=r"no such host; 127\.0\.0\.1 is this machine"):
        listen_tcp("no-such-host.invalid", 0, guarded=False)
    with pytest.raises(BadValue, match="--port is 70000"):
        listen_tcp("127.0.0.1", 70_000, guarded=False)
    with pytest.raises(SetupError, match=r"192\.0\.2\.7:0: "):
        listen_tcp("192.0.2.7", 0, guarded=True)


def test_a_unix_socket_is_this_users_alone_and_goes_with_the_server(tmp_path: Path) -> None:
    path = tmp_path / "policy"
    listener = UnixListener(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
    with pytest.raises(SetupError, match="another server listens there"):
        UnixListener(path)
    listener.close()
    assert not path.exists()


def test_a_socket_that_nobody_serves_any_more_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "policy"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    listener = UnixListener(path)
    listener.close()


def test_a_file_that_is_no_socket_stays(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("mine")
    with pytest.raises(SetupError, match="a file that is no socket stands there"):
        UnixListener(path)
    assert path.read_text() == "mine"
    with pytest.raises(SetupError, match="--socket"):
        UnixListener(tmp_path / ("x" * 200))
    with pytest.raises(SetupError, match="--socket"):
        UnixListener(tmp_path / "nowhere" / "policy")


def test_a_socket_that_another_server_has_put_there_since_stays(tmp_path: Path) -> None:
    path = tmp_path / "policy"
    first = UnixListener(path)
    path.unlink()
    second = UnixListener(path)
    first.close()
    assert path.exists()
    second.close()
