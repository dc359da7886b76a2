"""Shifts on a Ray cluster. What needs ray is slow, and skipped where it is not installed:

pip install 'ontakt[fleet]'; pytest -m slow tests/cli/fleet/test_ray_fleet.py
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from tests.cli.fleet.children import all_gone, children
from tests.cli.fleet.small_experiment import small_experiment
from tests.cli.fleet.told import told_by

from ontakt.cli.fleet.fleet import find_fleet
from ontakt.cli.fleet.ray_shift import read_files, write_files
from ontakt.contract import MissingExtra

ROOT = Path(__file__).parents[3]
WAIT_S = 900
"""Before a test gives up: two nodes share a machine with whatever else it does."""


needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed")


def test_who_has_no_ray_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    with pytest.raises(MissingExtra, match=r"pip install 'ontakt\[fleet\]'"):
        find_fleet("ray:10.0.0.1:6379")


def test_a_shifts_files_travel(tmp_path: Path) -> None:
    (tmp_path / "a" / "pictures").mkdir(parents=True)
    (tmp_path / "a" / "events.db").write_bytes(b"\0\xff")
    (tmp_path / "a" / "pictures" / "1.jpg").write_bytes(b"jpg")
    (tmp_path / "a" / "secret").symlink_to("/etc/passwd")
    files = read_files(tmp_path / "a")
    assert files == {"events.db": b"\0\xff", "pictures/1.jpg": b"jpg"}
    write_files(tmp_path / "b" / "c", files)
    assert read_files(tmp_path / "b" / "c") == files
    assert read_files(tmp_path / "nothing") == {}


@pytest.mark.parametrize("name", ["../x", "/tmp/x", "a/../../x"])
def test_no_node_writes_elsewhere(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="leads out of the shift's folder"):
        write_files(tmp_path / "a", {name: b"mine"})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@dataclass(frozen=True)
class RunningCluster:
    process: subprocess.Popen[str]
    address: str

    def shifts(self) -> list[int]:
        """The processes of shifts under way on any of its nodes."""
        found = []
        for pid in children(self.process.pid):
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if b"ontakt.cli.fleet.child" in command:
                found.append(pid)
        return found

    def wait_for_shifts(self, count: int) -> list[int]:
        end = time.monotonic() + WAIT_S
        while len(found := self.shifts()) < count:
            assert time.monotonic() < end
            time.sleep(0.05)
        return found


@pytest.fixture
def cluster() -> Iterator[RunningCluster]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.fleet.ray_cluster"],
        cwd=ROOT,
        env={**os.environ, "RAY_worker_niceness": "0"},  # a busy machine starves them at Ray's 15
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        assert address
        yield RunningCluster(process, address)
    finally:
        process.stdin.close()
        process.wait(WAIT_S)
        process.stdout.close()


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, worked by this machine."""
    folder = tmp_path_factory.mktemp("local") / "done"
    assert small_experiment(folder, 3, 2, 2) == 0
    return folder


def begin(folder: Path, address: str) -> subprocess.Popen[str]:
    words = [str(folder), "3", "2", "2", f"ray:{address}"]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cli.fleet.small_experiment", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
@needs_ray
def test_two_nodes_give_the_same_shifts(
    cluster: RunningCluster, done: Path, tmp_path: Path
) -> None:
    engine = begin(tmp_path / "x", cluster.address)
    first = cluster.wait_for_shifts(2)
    os.kill(first[0], signal.SIGKILL)
    _, said = engine.communicate(timeout=WAIT_S)
    assert engine.returncode == 0, said
    assert said.count("was killed by SIGKILL; it is worked once more") == 1
    assert told_by(tmp_path / "x") == told_by(done)


@pytest.mark.slow
@needs_ray
def test_a_node_that_is_lost_costs_its_shift_an_attempt(
    cluster: RunningCluster, done: Path, tmp_path: Path
) -> None:
    engine = begin(tmp_path / "x", cluster.address)
    cluster.wait_for_shifts(2)
    assert cluster.process.stdin is not None
    cluster.process.stdin.write("remove\n")
    cluster.process.stdin.flush()
    _, said = engine.communicate(timeout=WAIT_S)
    assert engine.returncode == 0, said
    assert said.count("was lost with its node") == 1
    assert told_by(tmp_path / "x") == told_by(done)


@pytest.mark.slow
@needs_ray
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_engine_leaves_nothing_on_the_nodes(
    number: signal.Signals, cluster: RunningCluster, done: Path, tmp_path: Path
) -> None:
    engine = begin(tmp_path / "x", cluster.address)
    under_way = cluster.wait_for_shifts(2)
    engine.send_signal(number)
    engine.communicate(timeout=WAIT_S)
    assert engine.returncode == (-number if number == signal.SIGKILL else 130)
    assert all_gone(under_way, 60)
    engine = begin(tmp_path / "x", cluster.address)
    _, said = engine.communicate(timeout=WAIT_S)
    assert engine.returncode == 0, said
    assert told_by(tmp_path / "x") == told_by(done)
    assert sorted(p.name for p in (tmp_path / "x" / "shifts").iterdir()) == ["0", "1", "2"]


@pytest.mark.slow
@needs_ray
def test_where_no_cluster_is_one_line_says_so(tmp_path: Path) -> None:
    for address in ("127.0.0.1:1", "nonsense"):
        engine = begin(tmp_path / "x", address)
        _, said = engine.communicate(timeout=WAIT_S)
        assert engine.returncode == 2
        assert said.startswith(f"ontakt: --fleet ray:{address}: no cluster (")
        assert said.count("\n") == 1
    assert not (tmp_path / "x").exists()


@pytest.mark.slow
@needs_ray
def test_a_measured_latency_is_not_for_a_cluster(cluster: RunningCluster, tmp_path: Path) -> None:
    words = "latency-study toy --cycles 1 --strategy sync --latency measured --fleet"
    engine = subprocess.run(
        [sys.executable, "-m", "ontakt.cli", *words.split(), f"ray:{cluster.address}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert engine.returncode == 2
    assert "latency 'measured' is of one machine that does nothing else" in engine.stderr
