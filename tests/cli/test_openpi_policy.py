"""`--policy openpi://...`: a shift whose policy thinks in another process is the same shift."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from ontakt.cli.main import run
from ontakt.contract.event import Event, ShiftStarted
from ontakt.evidence.store import open_store


@contextmanager
def _serving(*words: str) -> Iterator[str]:
    """`ontakt serve`, in a process of its own, and the name of its policy."""
    command = [sys.executable, "-m", "ontakt.cli", "serve", *words, "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = json.loads(server.stdout.readline())["url"]
            yield url.replace("ws://", "openpi://")
        finally:
            server.terminate()


def _events(folder: Path) -> list[tuple[int, Event]]:
    """What happened and when, but for where the policy was."""
    with open_store(folder / "events.db") as store:
        records = list(store.records(store.find().shift))
    events = []
    for record in records:
        event = record.event
        if isinstance(event, ShiftStarted):
            event = msgspec.structs.replace(event, policy="", command=(), notes=())
        events.append((record.tick, event))
    return events


@pytest.mark.parametrize("strategy", ["sync", pytest.param("prefix", marks=pytest.mark.slow)])
def test_a_policy_behind_a_server_works_the_same_shift(
    strategy: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = "expert" if strategy == "sync" else "chunk-expert"
    shift = ["shift", "toy", "--cycles", "3", "--variation", "plant", "--strategy", strategy]
    assert run([*shift, "--policy", policy, "--out", str(tmp_path / "here")]) == 0
    with _serving(policy, "--station", "toy") as name:
        assert run([*shift, "--policy", name, "--out", str(tmp_path / "there"), "--json"]) == 0
    told = capsys.readouterr()
    assert "gave its first answer after" in told.err
    assert json.loads(told.out.splitlines()[-1])["policy"] == name
    here, there = _events(tmp_path / "here"), _events(tmp_path / "there")
    assert len(here) > 50
    assert there == here


def test_a_server_for_another_station_is_refused_in_one_line_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with _serving("expert", "--station", "toy") as name:
        assert run(["shift", "toy", "--policy", f"{name}?cameras=front:image"]) == 2
    assert run(["shift", "toy", "--policy", name]) == 2
    told = capsys.readouterr()
    wants, reached = told.err.splitlines()
    assert wants == f"ontakt: Policy server {name} wants the images none, not image."
    assert reached == f"ontakt: Policy server {name} cannot be reached (Connection refused)."
    assert list(tmp_path.iterdir()) == []


def test_the_key_is_in_no_file_of_the_shift(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, file, folder = "a-key-0123456789", tmp_path / "key", tmp_path / "shift"
    file.write_text(f"{key}\n")
    file.chmod(0o600)
    with _serving("expert", "--station", "toy", "--api-key-file", str(file)) as name:
        named = f"{name}?api_key_file={file}"
        words = ["shift", "toy", "--cycles", "1", "--policy", named, "--out", str(folder)]
        assert run(words) == 0
        assert run(["shift", "toy", "--policy", name]) == 2
    told = capsys.readouterr()
    assert "wants an API key." in told.err
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert len(written) >= 2
    for path in written:
        assert key.encode() not in path.read_bytes()
    assert key not in told.out + told.err
