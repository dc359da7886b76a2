"""The checkpoint that ships: that it is whole, that it has a name, and that it works."""

import json
from pathlib import Path

import pytest

from ontakt.cli.main import run
from ontakt.cli.policies import build_policy, find_policy, shipped_checkpoint, usual_strategy
from ontakt.contract import SetupError
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
    assert find_station("nut-loading").section.policy == "expert"
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


@pytest.mark.slow
def test_it_loads_nuts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["evaluate", "xr0-compact", "nut-loading", "--episodes", "6", "--seed", "1", "--json"]
    assert run([*words, "--out", str(tmp_path / "a")]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    # how well it does is measured elsewhere; that it does it is seen here
    assert told["both"]["good"] >= 4
