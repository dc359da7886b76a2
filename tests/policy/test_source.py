"""A checkpoint is a folder or a repository of the hub; what comes from the hub cannot run."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.policy.checkpoints import write_released
from tests.policy.hub import COMMIT, GATED, REPOSITORY, Hub, serve

from ontakt.contract.errors import SetupError
from ontakt.policy.xr0.source import HubId, find_checkpoint, parse_source

FIND = """
import sys
from ontakt.contract.errors import SetupError
from ontakt.policy.xr0.source import find_checkpoint
try:
    print(find_checkpoint(sys.argv[1]))
except SetupError as error:
    print(f"ontakt: {error}")
"""
INSPECT = """
import sys
from ontakt.cli.policy.inspect import InspectCommand
from ontakt.contract.errors import SetupError
try:
    code = InspectCommand(sys.argv[1]).run([])
except SetupError as error:
    print(f"ontakt: {error}")
    code = 2
assert "torch" not in sys.modules
sys.exit(code)
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    folder = write_released(tmp_path_factory.mktemp("hub"))
    (folder / "modeling_mibot.py").write_text("raise SystemExit('ran')")
    (folder / "pytorch_model.bin").write_bytes(b"\x80")
    (folder / "merges.txt").write_text("#version: 0.2\n")
    (folder / "other").mkdir()
    (folder / "other" / "config.json").write_text("{}")
    with serve(folder) as running:
        yield running


def test_a_folder_is_itself(tmp_path: Path) -> None:
    folder = write_released(tmp_path / "x", shards=1)
    assert find_checkpoint(str(folder)) == folder
    assert parse_source(str(tmp_path)) == tmp_path


def test_a_hub_id_is_an_owner_and_a_name_and_perhaps_a_revision() -> None:
    assert parse_source("owner/name") == HubId("owner/name", None)
    assert parse_source("owner/na-me.2@v1") == HubId("owner/na-me.2", "v1")
    assert str(HubId("owner/name", "v1")) == "owner/name@v1"


@pytest.mark.parametrize(
    "source",
    [
        *("nowhere", "./a/b", "/a/b", "a/b/c", "a/b@", "a/b@c@d", ""),
        *("a" * 5000, "a\0b", "~nobody-here/x"),
    ],
)
def test_what_is_neither_is_refused(source: str) -> None:
    with pytest.raises(SetupError, match="no such folder, and a hub id is written owner/name"):
        parse_source(source)


@pytest.mark.slow
def test_a_repository_is_downloaded_without_what_could_run(hub: Hub, tmp_path: Path) -> None:
    done = hub.run(tmp_path, FIND, f"{REPOSITORY}@v1")
    folder = Path(done.stdout.strip())
    assert folder.name == COMMIT
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*")) == [
        "config.json",
        "merges.txt",
        *(f"model-0000{k}-of-00003.safetensors" for k in (1, 2, 3)),
        "model.safetensors.index.json",
        "preprocessor_config.json",
    ]
    shut = hub.run(tmp_path, FIND, f"{REPOSITORY}@v1", HF_HUB_OFFLINE="1")
    assert shut.stdout == done.stdout  # it is in the cache
    assert hub.run(tmp_path, INSPECT, f"{REPOSITORY}@v1", HF_HUB_OFFLINE="1").returncode == 0


def test_inspect_fetches_headers_and_no_weights(hub: Hub, tmp_path: Path) -> None:
    hub.sent.clear()
    done = hub.run(tmp_path, INSPECT, REPOSITORY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "complete: 140 of 140 tensors" in done.stdout
    assert re.search(r"active +7 of 32: 0-6", done.stdout)
    shards = {name: sent for name, sent in hub.sent.items() if name.endswith(".safetensors")}
    assert len(shards) == 3
    assert max(shards.values()) <= 100_001  # what the client asks for, of 700 kB
    assert not any(name.endswith((".py", ".bin")) for name in hub.sent)


@pytest.mark.slow
@pytest.mark.parametrize("code", [FIND, INSPECT])
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("golden/none", "no such folder here, and no such repository at http"),
        (GATED, "this repository is gated"),
        (f"{REPOSITORY}@v9", "has no such revision"),
    ],
)
def test_what_the_hub_refuses_is_one_line(
    code: str, source: str, said: str, hub: Hub, tmp_path: Path
) -> None:
    done = hub.run(tmp_path, code, source)
    assert done.stderr == ""
    assert done.stdout.startswith(f"ontakt: {source}: ")
    assert said in done.stdout
    assert done.stdout.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("code", [FIND, INSPECT])
def test_a_hub_out_of_reach_is_one_line(code: str, hub: Hub, tmp_path: Path) -> None:
    for environment in ({"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}):
        done = hub.run(tmp_path, code, REPOSITORY, **environment)
        assert "cannot be reached" in done.stdout
        assert done.stdout.count("\n") == 1
        assert done.stderr == ""


@pytest.mark.slow
def test_a_repository_without_safetensors_is_refused(tmp_path: Path) -> None:
    folder = write_released(tmp_path / "x", shards=1)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with serve(folder) as hub:
        found = hub.run(tmp_path / "cache", FIND, REPOSITORY).stdout
        told = hub.run(tmp_path / "cache", INSPECT, REPOSITORY).stdout
    assert "holds no safetensors; nothing else is loaded" in found
    assert "holds pickled weights (pytorch_model.bin)" in told
