"""`ontakt train --recipe nut-loading`: refused plainly; from nothing to the end, in small."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from tests.policy.training.tiny import config

from ontakt.cli.main import run
from ontakt.cli.recipe.make import begin, order_of
from ontakt.cli.recipe.pieces import Examine, Train, pieces_of
from ontakt.cli.recipe.place import Place
from ontakt.cli.recipe.run import RecipeRun, command_of, ship
from ontakt.cli.recipe.table import RECIPES
from ontakt.cli.training_request import TrainingRequest
from ontakt.contract import SetupError
from ontakt.policy.training.card import read_card
from ontakt.policy.xr0.config import write_config

WORDS = ("train", "--recipe", "nut-loading")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--data demos", "--data: recipe 'nut-loading' says that itself"),
        ("--steps 5", "--steps: recipe 'nut-loading' says that itself"),
        ("--no-mirror", "--no-mirror: recipe"),
        ("--scale 2", "--scale is 2.0"),
        ("--jobs 0", "--jobs is 0"),
        ("--seed -1", "--seed is -1"),
        ("--save-every often", "--save-every"),
        ("--recipe small --scale 0.1", "--jobs and --scale go with --recipe nut-loading alone"),
        ("--recipe nut-lading", "Unknown recipe 'nut-lading'. Did you mean 'nut-loading'?"),
        ("--recipe small", "There is nothing to learn from: name a dataset (--data DIR)."),
    ],
)
def test_what_cannot_be_worked_is_refused_before_anything_is_written(
    words: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = words.split()
    before = WORDS[:1] if "--recipe" in arguments else WORDS
    assert run([*before, *arguments, "--out", str(tmp_path / "run")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not (tmp_path / "run").exists()


def test_another_order_for_the_same_folder_is_refused(tmp_path: Path) -> None:
    asked = TrainingRequest(out=tmp_path, recipe="nut-loading")
    order = order_of(asked, 0.5)
    begin(tmp_path, order)
    begin(tmp_path, order)
    with pytest.raises(SetupError, match="was begun with seed 0, and not 7"):
        begin(tmp_path, msgspec.structs.replace(order, seed=7))
    with pytest.raises(SetupError, match="was begun with recipe"):
        begin(tmp_path, order_of(asked, 0.25))
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("Dear")
    with pytest.raises(SetupError, match="is not empty and holds no recipe"):
        begin(other, order)


def test_a_training_is_asked_for_with_all_data_so_far_and_goes_on_in_the_schedule() -> None:
    order = order_of(TrainingRequest(out=Path("run"), recipe="nut-loading", config="tiny"), 1.0)
    work = RecipeRun(order, Place(Path("run")), jobs=1, save_every="5min", tables=None)
    first, *_, last = (p for p in pieces_of(order.recipe) if isinstance(p, Train))
    asked = work.request(first)
    assert (asked.config, asked.init, asked.first_step) == ("tiny", None, 0)
    asked = work.request(last)
    assert asked.data == tuple(Path(f"run/stage-{k}/data") for k in (1, 2, 3, 4, 5))
    assert asked.init == Path("run/stage-4/training/checkpoint")
    assert (asked.config, asked.first_step, asked.steps) == (None, 6200, 3300)
    words = " ".join(command_of(asked))
    assert "--first-step 6200 --schedule-steps 9500" in words
    assert words.endswith("--shares 1 0.5 1 2 4")


def test_what_ships_is_without_the_localiser_and_stays(tmp_path: Path) -> None:
    weights = tmp_path / "weights"
    weights.mkdir()
    for name in ("model.safetensors", "localiser.safetensors", "training.json"):
        (weights / name).write_text("{}")
    ship(weights, tmp_path / "checkpoint")
    (tmp_path / "checkpoint" / "evaluations.json").write_text("[]")
    ship(weights, tmp_path / "checkpoint")
    found = {path.name for path in (tmp_path / "checkpoint").iterdir()}
    assert found == {"model.safetensors", "training.json", "evaluations.json"}


@pytest.mark.slow
def test_from_nothing_to_a_checkpoint_in_small_also_after_a_kill(tmp_path: Path) -> None:
    tiny = tmp_path / "tiny"
    tiny.mkdir()
    write_config(msgspec.structs.replace(config(), action_length=16), tiny)
    out = tmp_path / "run"
    words = [
        *WORDS, "--scale", "0.001", "--config", str(tiny), "--jobs", "1", "--out", str(out)
    ]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "ontakt.cli", *words], stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"}, start_new_session=True,
    )  # fmt: skip
    place = Place(out)
    while not (place.training(1) / "run.json").is_file():
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = (place.weights(0) / "model.safetensors").stat().st_mtime_ns

    assert run(words) == 0
    assert (place.weights(0) / "model.safetensors").stat().st_mtime_ns == before
    card = read_card(place.checkpoint)
    assert card is not None
    small = RECIPES["nut-loading"].scaled(0.001)
    assert card.step == card.training.schedule.steps == small.steps
    assert [source.share for source in card.data] == list(small.stages[-1].shares)
    assert not (place.checkpoint / "localiser.safetensors").exists()
    told = json.loads((place.checkpoint / "evaluations.json").read_bytes())
    assert [one["variation"] for one in told] == [["nominal"], ["plant"]]
    order = order_of(TrainingRequest(out=out, recipe="nut-loading", config=str(tiny)), 0.001)
    work = RecipeRun(order, place, jobs=1, save_every="5min", tables=None)
    assert all(work.done(piece) for piece in pieces_of(order.recipe))
    assert any(isinstance(piece, Examine) for piece in pieces_of(order.recipe))
    assert run(words) == 0, "there is nothing left to do"
