"""Keys: who is let in, on which proof, how often, and until when."""

from pathlib import Path

import pytest
from tests.runtime.server.echo import EchoBrain, question, serving, utc_ms
from tests.runtime.server.raw import page
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ontakt.contract import SetupError
from ontakt.runtime.api_key import PROOF_WINDOW_MS, key_header, proof
from ontakt.runtime.server import ApiKeys
from ontakt.runtime.server import api_keys as module

ONE, TWO = "first-key-0123456789", "second-key-0123456789"
NONCES = [f"{n:032x}" for n in range(1000)]
NOW = 1_700_000_000_000


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "keys", f"# the line's robots\n{ONE}  # cell 3\n\n{TWO}\n")


def test_each_key_of_the_file_is_let_in_and_told_apart(file: Path) -> None:
    keys = ApiKeys(file)
    one, two = (keys.admit([key_header(key)], "/", NOW) for key in (ONE, TWO))
    assert one is not None
    assert two is not None
    assert one != two
    assert ONE not in one.fingerprint


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [""],
        ["Api-Key"],
        ["Api-Key "],
        [f"Api-Key {ONE}x"],
        [f"Api-Key {ONE[:-1]}"],
        [f"Bearer {ONE}"],
        [f"api-key-proof {ONE}"],
        [ONE],
        [key_header(ONE), key_header(ONE)],
        [key_header(ONE), "Basic x"],
        ["Api-Key # the line's robots"],
        ["Api-Key \udcff\udcff"],
        ["Api-Key-Proof nonsense"],
        [proof("another-key-0123456789", NOW, NONCES[0])],
        [proof(ONE, NOW, NONCES[0], "/elsewhere")],
        [proof(ONE, NOW - PROOF_WINDOW_MS - 1, NONCES[0])],
        [proof(ONE, NOW + PROOF_WINDOW_MS + 1, NONCES[0])],
    ],
)
def test_anything_else_is_not(file: Path, headers: list[str]) -> None:
    assert ApiKeys(file).admit(headers, "/", NOW) is None


@pytest.mark.parametrize("off", [-PROOF_WINDOW_MS, 0, PROOF_WINDOW_MS])
def test_a_proof_is_taken_once_within_the_window(file: Path, off: int) -> None:
    keys = ApiKeys(file)
    shown = [proof(ONE, NOW + off, NONCES[0])]
    assert keys.admit(shown, "/", NOW) is not None
    for later in range(0, 4 * PROOF_WINDOW_MS, 999):
        assert keys.admit(shown, "/", NOW + later) is None
    assert keys.admit([proof(ONE, NOW, NONCES[1])], "/", NOW) is not None


def test_proofs_are_refused_rather_than_forgotten_when_there_are_too_many(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_NONCES", 100)
    keys = ApiKeys(file)
    for nonce in NONCES[:100]:
        assert keys.admit([proof(ONE, NOW, nonce)], "/", NOW) is not None
    assert keys.admit([proof(ONE, NOW, NONCES[100])], "/", NOW) is None
    assert keys.admit([proof(ONE, NOW, NONCES[0])], "/", NOW) is None
    later = NOW + PROOF_WINDOW_MS + 1
    assert keys.admit([proof(ONE, later, NONCES[101])], "/", later) is not None


def test_a_key_that_is_taken_out_is_refused_and_one_that_comes_is_let_in(file: Path) -> None:
    keys = ApiKeys(file)
    one = keys.admit([key_header(ONE)], "/", NOW)
    assert one is not None
    assert keys.still(one)
    third = "third-key-0123456789"
    write(file, f"{third}\n")
    assert not keys.still(one)
    assert keys.admit([key_header(ONE)], "/", NOW) is None
    assert keys.admit([proof(ONE, NOW, NONCES[0])], "/", NOW) is None
    assert keys.admit([key_header(third)], "/", NOW) is not None


@pytest.mark.parametrize("harm", ["gone", "empty", "open", "short"])
def test_a_file_that_can_no_longer_be_used_lets_nobody_in(
    file: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    keys = ApiKeys(file)
    one = keys.admit([key_header(ONE)], "/", NOW)
    assert one is not None
    if harm == "gone":
        file.unlink()
    elif harm == "open":
        file.chmod(0o644)
    else:
        write(file, "" if harm == "empty" else f"{ONE}\nshort\n")
    assert not keys.still(one)
    assert keys.admit([key_header(ONE)], "/", NOW) is None
    assert "no key is accepted" in caplog.text
    assert ONE not in caplog.text
    write(file, ONE)
    assert keys.still(one)


@pytest.mark.parametrize(
    ("text", "mode", "message"),
    [
        ("# nothing\n", 0o600, "API keys is 0; 1 to 256, one a line."),
        (f"{ONE}\nshort\n", 0o600, "line 2 is '5 characters'; a key is 16 to 256"),
        (ONE, 0o644, "others may read these API keys; run: chmod 600"),
        (ONE, 0o640, "others may read these API keys; run: chmod 600"),
        ("x" * 200_000, 0o600, "this is no file of API keys"),
        ("\n".join(f"key-{n:030}" for n in range(257)), 0o600, "API keys is 257"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_before_start(
    tmp_path: Path, text: str, mode: int, message: str
) -> None:
    path = write(tmp_path / "keys", text)
    path.chmod(mode)
    with pytest.raises(SetupError) as refused:
        ApiKeys(path)
    assert message in str(refused.value)
    with pytest.raises(SetupError, match="cannot be read"):
        ApiKeys(tmp_path / "nowhere")


def refused_with(running: object, **options: object) -> int:
    with pytest.raises(InvalidStatus) as refused:
        running.client(**options)  # type: ignore[attr-defined]
    assert refused.value.response.body is not None
    assert refused.value.response.body.count(b"\n") == 1
    return refused.value.response.status_code


def test_a_server_with_keys_asks_for_them_everywhere_but_at_its_health(file: Path) -> None:
    with serving(EchoBrain(), keys=ApiKeys(file)) as running:
        assert page(running.url, "/healthz") == (200, "OK\n")
        assert page(running.url, "/metrics")[0] == 401
        assert page(running.url, f"/metrics?api_key={ONE}")[0] == 401
        assert page(running.url, "/metrics", f"Authorization: {key_header(ONE)}\r\n")[0] == 200
        twice = f"Authorization: {key_header(ONE)}\r\n" * 2
        assert page(running.url, "/metrics", twice)[0] == 401
        assert refused_with(running) == 401
        for wrong in (f"Api-Key {ONE}x", "Basic abc", "Api-Key-Proof 1:2:3"):
            assert refused_with(running, additional_headers={"Authorization": wrong}) == 401
        shown = {"Authorization": key_header(ONE)}
        with running.client(additional_headers=shown) as client:
            assert client.ask(question(1))["actions"][0, 0] == 1
        proven = {"Authorization": proof(TWO, utc_ms(), NONCES[7])}
        with running.client(additional_headers=proven) as client:
            assert client.ask(question(2))["actions"][0, 0] == 2
        assert refused_with(running, additional_headers=proven) == 401
        text = page(running.url, "/metrics", f"Authorization: {key_header(ONE)}\r\n")[1]
        assert 'ontakt_refused_connections_total{why="key"} 8.0' in text


def test_a_withdrawn_key_ends_the_connection_that_it_opened(file: Path) -> None:
    with serving(EchoBrain(), keys=ApiKeys(file)) as running:
        one, two = (
            running.client(additional_headers={"Authorization": key_header(key)})
            for key in (ONE, TWO)
        )
        write(file, f"{TWO}\n")
        one.send(question(1))
        with pytest.raises(ConnectionClosed) as closed:
            one.receive()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (
            1008,
            "the API key was withdrawn",
        )
        assert refused_with(running, additional_headers={"Authorization": key_header(ONE)}) == 401
        assert two.ask(question(2))["actions"][0, 0] == 2
        one.close()
        two.close()


def test_a_session_belongs_to_the_key_that_named_it(file: Path) -> None:
    with serving(EchoBrain(), keys=ApiKeys(file)) as running:
        numbers = []
        for key in (ONE, TWO, ONE):
            shown = {"Authorization": key_header(key)}
            with running.client(additional_headers=shown) as client:
                answer = client.ask(question(session_id="cell"))
                numbers.append(int(answer["actions"][0, -1]))
        assert numbers == [1, 2, 1]
