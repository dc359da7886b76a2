"""The checkpoint that ships: that it is whole, that it has a name, and that it works."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ontakt.cli.main import run
from ontakt.cli.policies import build_policy, find_policy, shipped_checkpoint, usual_strategy
from ontakt.contract import SetupError
from ontakt.contract.event import Event
from ontakt.evidence.store import open_store
from ontakt.station.registry import find_station
from ontakt.station.variation import parse_variation

MOST_BYTES = 40e6
"""Of a wheel's biggest part."""


def test_it_is_small_and_has_no_trace_of_its_making() -> None:
    files = {path.name: path.stat().st_size for path in shipped_checkpoint().iterdir()}
    assert sum(files.values()) < MOST_BYTES
    assert {"config.json", "model.safetensors", "preprocessor_config.json"} <= files.keys()
    assert not [name for name in files if name.endswith((".pt", ".bin", ".pkl"))]


def test_a_station_may_name_its_worker(tmp_path: Path) -> None:
    assert find_station("nut-loading").section.policy == "xr0-compact"
    assert find_station("toy").section.policy == "expert"
    mine = tmp_path / "mine.toml"
    text = find_station("toy").path.read_text()
    mine.write_text(text.replace("[station]", '[station]\npolicy = "chunk-expert"', 1))
    assert find_station(str(mine)).section.policy == "chunk-expert"


def test_what_ships_goes_on_from_what_is_committed() -> None:
    assert usual_strategy("xr0-compact") == usual_strategy("xr0-compact?steps=2") == "prefix"
    assert usual_strategy("expert") == usual_strategy("xr0:xr0-compact") == "sync"


def test_its_name_takes_the_options_of_any_checkpoint() -> None:
    assert find_policy("xr0-compact") == "xr0-compact"
    assert find_policy("xr0-compact?steps=2") == "xr0-compact?steps=2"
    with pytest.raises(SetupError, match="Did you mean 'steps'"):
        find_policy("xr0-compact?stepps=2")


def test_it_fits_the_station() -> None:
    pytest.importorskip("transformers")
    file = find_station("nut-loading")
    station = file.build(parse_variation(("nominal",), file.levels), 0)
    try:
        policy = build_policy("xr0-compact?threads=1", file, station)
    finally:
        station.close()
    assert policy.spec.cameras == ("head", "left_wrist", "right_wrist")
    assert policy.spec.longest_prefix == 8
    assert policy.spec.horizon == 16


def test_without_its_libraries_another_worker_is_named() -> None:
    """The station's own worker needs an extra that `ontakt shift nut-loading` cannot take for
    granted."""
    program = "import sys; sys.modules['transformers'] = None; from ontakt.cli.main import run; "
    words = ["shift", "nut-loading"]
    done = subprocess.run(
        [sys.executable, "-c", f"{program}sys.exit(run({words}))"], capture_output=True, text=True
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "pip install 'ontakt[policy]'" in line
    assert "--policy expert" in line


@pytest.mark.slow
def test_it_loads_nuts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", "xr0-compact", "nut-loading", "--episodes", "6", "--seed", "1", "--json"]
    assert run([*words, "--out", str(tmp_path / "a")]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    # how well it does is measured elsewhere; that it does it is seen here
    assert told["both"]["good"] >= 4


@pytest.mark.slow
def test_it_works_a_shift_without_being_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Twice the same, event by event."""
    told = []
    for name in ("one", "other"):
        words = ["shift", "nut-loading", "--cycles", "6", "--seed", "3", "--json"]
        assert run([*words, "--out", str(tmp_path / name)]) == 0
        told.append(json.loads(capsys.readouterr().out.splitlines()[-1]))
    assert told[0]["policy"] == "xr0-compact"
    assert told[0]["both_sides_ok"] >= 5
    assert told[0]["step_ins"] <= 1
    assert events(tmp_path / "one") == events(tmp_path / "other")


@pytest.mark.slow
@pytest.mark.parametrize(("level", "least"), [("nominal", 0.97), ("plant", 0.93)])
def test_it_holds_takt_for_an_hour(
    level: str, least: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """How good it is takes more hours to say (docs/learning.md); that it is no worse, this one."""
    words = ["shift", "nut-loading", "--hours", "1", "--seed", "7", "--variation", level, "--json"]
    assert run([*words, "--out", str(tmp_path / "a")]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["cycles"] >= 46
    assert told["both_sides_ok"] / told["cycles"] >= least
    assert told["step_ins"] <= 2


def events(folder: Path) -> list[tuple[int, Event]]:
    """Of a shift; when it was worked is no part of them."""
    with open_store(folder / "events.db") as store:
        records = list(store.records(store.find().shift))
    return [(record.tick, record.event) for record in records]
