"""A server in a process of its own starts, says why when it cannot, and never outlives us."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ontakt.contract import SetupError
from ontakt.runtime.policy_process import PolicyProcess

QUIET = "import sys; print('ready', flush=True); sys.stdin.read()"
"""Listens on nothing; leaves when its standard input ends, as servers must."""


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def _gone(pid: int, patience: float = 20.0) -> bool:
    """Whether the process ends, a zombie that nobody waits for included."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_it_waits_for_the_line_and_leaves_nothing_behind() -> None:
    with PolicyProcess(lambda _: _python(QUIET)) as process:
        assert process.greeting == "ready"
        assert process.last_words() is None
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == 10
        assert os.getsid(process.pid) != os.getsid(0)  # a Ctrl-C here is not one there
        folder = Path(str(process.address.unix)).parent
        assert folder.stat().st_mode & 0o777 == 0o700
    assert _gone(process.pid)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise ValueError('no\\x1b weights')", r"exit code 1: ValueError: no weights"),
        ("import os; os.kill(os.getpid(), 9)", "signal SIGKILL: it said nothing"),
        ("import time; time.sleep(60)", r"was not ready within 0\.5 s"),
    ],
)
def test_one_that_does_not_get_ready_is_ended_and_its_last_words_told(
    code: str, message: str
) -> None:
    with pytest.raises(SetupError, match=message) as refused:
        PolicyProcess(lambda _: _python(code), patience=0.5 if "sleep" in code else 20.0)
    assert str(refused.value).isprintable()


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(SetupError, match="cannot be started"):
        PolicyProcess(lambda _: ["/nowhere/at/all"])


def test_a_folder_too_deep_for_a_socket_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("deep" * 25)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with pytest.raises(SetupError, match="TMPDIR"):
        PolicyProcess(lambda _: _python(QUIET))
    assert list(deep.iterdir()) == []


def test_a_stubborn_one_is_killed() -> None:
    code = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {QUIET}"
    process = PolicyProcess(lambda _: _python(f"{code}; import time; time.sleep(60)"))
    process.close(patience=0.3)
    assert _gone(process.pid)


def test_a_talkative_one_never_stands_still_before_a_full_pipe() -> None:
    talk = "print('x' * 1_000_000, flush=True); print('y', file=sys.stderr, flush=True); exit(3)"
    with PolicyProcess(lambda _: _python(f"{QUIET.split(';')[0]}; print('ready'); {talk}")) as one:
        until = time.monotonic() + 20
        while one.last_words() is None and time.monotonic() < until:
            time.sleep(0.02)
        assert one.last_words() == "exit code 3: y"
        first = one.pid
        one.revive()
        assert one.pid != first


def test_it_does_not_outlive_whoever_started_it() -> None:
    code = (
        "import sys, time; from ontakt.runtime.policy_process import PolicyProcess; "
        f"one = PolicyProcess(lambda _: [sys.executable, '-c', {QUIET!r}]); "
        "print(one.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(_python(code), stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        starter.send_signal(signal.SIGKILL)
    assert _gone(pid)
