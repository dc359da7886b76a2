"""`ontakt train` from the command line, on data by chance and a model of a few thousand weights."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from tests.policy.training.tiny import CAMERAS, HORIZON, ROBOT, configuration, written

from ontakt.cli.main import run
from ontakt.policy.fresh_checkpoint import geometry_of
from ontakt.policy.processor import Processor
from ontakt.policy.training.card import read_card
from ontakt.policy.xr0.checkpoint import load_checkpoint
from ontakt.policy.xr0.config import read_config

SMALL = ("--batch", "4", "--longest-prefix", "3", "--threads", "1")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset `data` and a configuration `tiny`."""
    folder = tmp_path_factory.mktemp("train")
    written(folder / "data")
    configuration(folder / "tiny")
    return folder


def words(place: Path, out: Path, *more: str, steps: int = 12) -> list[str]:
    return [
        "train", "--data", str(place / "data"), "--config", str(place / "tiny"), *SMALL,
        "--steps", str(steps), "--out", str(out), *more,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def done(place: Path) -> Path:
    """A training of twelve steps."""
    assert run(words(place, place / "done")) == 0
    return place / "done"


def refusal(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> str:
    """Why `arguments` are refused: one line, before a step was done."""
    assert run(arguments) == 2
    *before, line = capsys.readouterr().err.splitlines()
    assert all("prepared" in other for other in before)
    out = Path(arguments[arguments.index("--out") + 1])
    assert not (out / "checkpoint").exists()
    return line


def weights(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = load_file(folder / "checkpoint" / "model.safetensors")
    return found


def equal(a: Path, b: Path) -> bool:
    one, other = weights(a), weights(b)
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def test_a_training_leaves_a_checkpoint_that_loads_and_says_what_it_is(done: Path) -> None:
    folder = done / "checkpoint"
    config = read_config(folder)
    assert (config.action_window, config.action_rope_offset, config.trained_prefix) == (4, 10, 3)
    load_checkpoint(folder)
    made = Processor.load(folder, ROBOT, geometry_of(config), width=32, state_width=32)
    assert made.horizon == HORIZON
    used = made.statistics.std[:, :7]
    assert (used >= 0.0199).all()
    assert (made.statistics.mask.sum(axis=1) == 14).all()
    card = read_card(folder)
    assert card is not None
    assert (card.step, card.recipe, card.data[0].episodes, card.data[0].lessons) == (
        12,
        "small",
        2,
        12,
    )
    assert len(card.data[0].hash) == 64
    assert card.data[0].facts == {"teacher": "chance"}


def test_its_folder_tells_how_it_went(done: Path) -> None:
    told = json.loads((done / "run.json").read_bytes())
    assert told["steps"] == 12
    assert told["parameters"]["model"] == 166_624
    lines = [json.loads(line) for line in (done / "progress.jsonl").read_bytes().splitlines()]
    assert [line["report"]["step"] for line in lines] == [10, 12]
    assert lines[0]["report"]["millimetres"]["nut"] > 0
    page = (done / "report.html").read_text()
    assert "Step 12 of 12" in page
    assert "<svg" in page
    assert "In closed loop" not in page


def test_closed_loop_success_is_shown_where_it_was_measured(done: Path, tmp_path: Path) -> None:
    from ontakt.evidence.training import write_page

    folder = shutil.copytree(done, tmp_path / "run")
    line = {"step": 12, "seconds": 60.0, "both": {"good": 9, "n": 10, "low": 0.55, "high": 1.0}}
    (folder / "evaluations.jsonl").write_text(json.dumps(line) + "\n")
    page = write_page(folder).read_text()
    assert "9 of 10" in page
    assert "In closed loop" in page


def test_the_same_command_again_has_nothing_to_do(place: Path, done: Path) -> None:
    before = (done / "state.safetensors").stat().st_mtime_ns
    assert run(words(place, done)) == 0
    assert (done / "state.safetensors").stat().st_mtime_ns == before


def test_another_command_for_the_same_folder_is_refused(
    place: Path, done: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(place, done, "--seed", "7")) == 2
    said = capsys.readouterr().err
    assert "training.seed 0, and not 7" in said
    (place / "full").mkdir()
    (place / "full" / "thesis.txt").write_text("mine")
    assert "holds no training" in refusal(capsys, words(place, place / "full"))


@pytest.mark.slow
def test_minutes_become_steps_that_stay(place: Path, tmp_path: Path) -> None:
    arguments = words(place, tmp_path / "run")
    k = arguments.index("--steps")
    arguments[k : k + 2] = ["--minutes", "0.01"]
    assert run(arguments) == 0
    told = json.loads((tmp_path / "run" / "run.json").read_bytes())
    assert 1 <= told["steps"] < 100
    assert told["plan"]["minutes"] == 0.01
    assert run(arguments) == 0
    assert json.loads((tmp_path / "run" / "run.json").read_bytes()) == told


def test_a_checkpoint_is_trained_on_with_its_statistics(
    place: Path, done: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = written(tmp_path / "other", seeds=(5, 6, 7))
    init = ("--init", str(done / "checkpoint"))
    arguments = ["train", "--data", str(other), "--data", str(place / "data"), "--shares", "2", "1"]
    arguments += [*init, *SMALL, "--steps", "3", "--out", str(tmp_path / "on")]
    assert run(arguments) == 0
    first, second = (
        json.loads((folder / "checkpoint" / "preprocessor_config.json").read_bytes())
        for folder in (done, tmp_path / "on")
    )
    assert first == second
    assert not equal(done, tmp_path / "on")
    card = read_card(tmp_path / "on" / "checkpoint")
    assert card is not None
    assert card.init is not None
    assert [source.share for source in card.data] == [2.0, 1.0]
    fresh = ["--embodiment", "ontakt-compact", "--out", str(tmp_path / "fresh")]
    assert run([*arguments[:-2], *fresh]) == 0
    third = json.loads((tmp_path / "fresh/checkpoint/preprocessor_config.json").read_bytes())
    assert third != first
    capsys.readouterr()


def test_options_reach_the_model_and_the_loss(place: Path, tmp_path: Path) -> None:
    more = "--window none --offset 0 --prefix none --weighting off --frequency 0.25 --no-mirror "
    more += "--no-light --precision float32 --localisation 0 --average 0 --rule adamw --repeat 1 "
    more += "--presence 0 --rate 0.0003 --seed 4"
    assert run(words(place, tmp_path / "run", *more.split(), steps=2)) == 0
    config = read_config(tmp_path / "run" / "checkpoint")
    assert (config.action_window, config.action_rope_offset, config.longest_prefix) == (None, 0, 0)
    training = json.loads((tmp_path / "run" / "run.json").read_bytes())["plan"]["training"]
    post = training["post_training"]
    assert (post["repeat"], post["prefix_probability"], post["reweight"]) == (1, 0.0, False)
    assert post["frequency_weight"] == 0.25
    assert training["augmentation"] == {"mirror": False, "light": False}
    assert (training["localisation"], training["presence"]) == (0.0, 0.0)
    assert (training["average"], training["rule"]) == (0.0, "adamw")
    assert training["schedule"]["peak"] == 0.0003


BAD = {
    "--steps 0": "--steps is 0",
    "--save-every soon": "--save-every is 'soon'",
    "--save-every 0min": "--save-every is '0min'",
    "--window wide": "--window is 'wide'",
    "--recipe large": "Unknown recipe 'large'",
    "--threads 0": "--threads is 0",
    "--shares 1 2": "shares is [1.0, 2.0]",
    "--shares 0": "shares is [0.0]",
    "--longest-prefix 5": "no lesson has 4 committed actions",
    "--config large": "Unknown configuration 'large'",
    "--init nowhere": "nowhere",
    "--config xr0": "The tokenizer's <|image_pad|>",
    "--minutes 3": "give --steps or --minutes",
    "--device tpu": "device is 'tpu'",
    "--shard": "--shard: needs --rule adamw and --average 0",
    "--shard --recipe published": "--shard: needs several processes, and this is one",
    "--data nowhere": "nowhere: no such folder",
}


@pytest.mark.parametrize("more", BAD)
def test_a_bad_option_is_one_line(
    more: str, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert BAD[more] in refusal(capsys, words(place, tmp_path / "run", *more.split()))


def test_bad_data_are_refused_before_a_step(
    place: Path, done: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(folder: Path, *more: str) -> str:
        arguments = words(place, tmp_path / "run", *more)
        arguments[2] = str(folder)
        return refusal(capsys, arguments)

    lost = shutil.copytree(place / "data", tmp_path / "lost")
    next(lost.rglob("*.mp4")).unlink()
    assert ".mp4: no such file" in said(lost)
    assert "index of row 0" in said(_changed(place, tmp_path / "shifted", "index", 1))
    assert "teacher.free" in said(_changed(place, tmp_path / "nan", "teacher.free", float("nan")))
    shutil.copytree(place / "data", tmp_path / "empty")
    info = tmp_path / "empty" / "meta" / "info.json"
    info.write_text(json.dumps(json.loads(info.read_text()) | {"total_episodes": 0}))
    assert "total_episodes" in said(tmp_path / "empty")

    init = ("--init", str(done / "checkpoint"))
    other = written(tmp_path / "other", robot_type="other-robot")
    assert "Unknown robot type 'other-robot'." in said(other, *init)
    assert "robot type" in said(other, "--data", str(place / "data"))
    sizes = CAMERAS | {"left_wrist": (48, 48)}
    small = written(tmp_path / "small", cameras=sizes)
    assert "was trained on (96, 96)" in said(small, *init)
    assert "cameras" in said(small, "--data", str(place / "data"))
    blind = written(tmp_path / "blind", cameras={"head": (64, 64)})
    assert "needs 'left_wrist'" in said(blind)


def test_a_checkpoint_of_another_layout_is_refused(
    place: Path, done: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = words(place, tmp_path / "run", "--init", str(done / "checkpoint"))
    arguments[arguments.index("--config") + 1] = "xr0-compact"
    assert "has another layout than the configuration: action_" in refusal(capsys, arguments)


def _changed(place: Path, folder: Path, column: str, add: float) -> Path:
    """The dataset with `add` added to all numbers of one column."""
    shutil.copytree(place / "data", folder)
    (path,) = (folder / "data").rglob("*.parquet")
    groups = pq.ParquetFile(path)
    tables = [groups.read_row_group(k) for k in range(groups.num_row_groups)]
    with pq.ParquetWriter(path, tables[0].schema) as writer:
        for table in tables:
            k = table.schema.get_field_index(column)
            changed = pa.array(_plus(table[column].to_pylist(), add), table.schema.field(k).type)
            writer.write_table(table.set_column(k, table.schema.field(k), changed))
    return folder


def _plus(value: Any, add: float) -> Any:
    return [_plus(part, add) for part in value] if isinstance(value, list) else value + add


PROCESS = (sys.executable, "-m", "ontakt.cli")


def start(arguments: list[str], **variables: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | variables
    return subprocess.Popen([*PROCESS, *arguments], stderr=subprocess.PIPE, env=environment)


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(6000):
        if path.exists():
            return
        assert process.poll() is None, process.stderr and process.stderr.read()
        time.sleep(0.02)
    raise AssertionError(path)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_killed_training_ends_in_the_same_weights(seed: int, place: Path, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert run(words(place, whole, steps=40)) == 0
    arguments = words(place, killed, "--save-every", "3", steps=40)
    process = start(arguments)
    wait_for(killed / "state.safetensors", process)
    time.sleep(3 * random.Random(seed).random())
    process.kill()
    process.communicate()
    assert run(arguments) == 0
    assert equal(whole, killed)
    steps = [
        json.loads(line)["report"]["step"]
        for line in (killed / "progress.jsonl").read_bytes().splitlines()
    ]
    assert steps == sorted(set(steps))


@pytest.mark.slow
def test_two_processes_train_what_one_does(place: Path, tmp_path: Path) -> None:
    alone, together = tmp_path / "alone", tmp_path / "together"
    exact = ("--precision", "float32")
    assert run(words(place, alone, *exact, steps=6)) == 0
    finish(two(words(place, together, *exact, steps=6)))
    assert_alike(alone, together)
    first = json.loads((together / "run.json").read_bytes())
    assert first["plan"]["processes"] == 2


@pytest.mark.slow
def test_two_halves_that_were_killed_train_what_one_whole_does(
    place: Path, done: Path, tmp_path: Path
) -> None:
    alone, halves = tmp_path / "alone", tmp_path / "halves"
    more = ["--init", str(done / "checkpoint"), "--recipe", "published"]
    more += ["--precision", "float32", "--localisation", "0.5", "--presence", "0.5"]
    assert run(words(place, alone, *more, steps=24)) == 0
    arguments = words(place, halves, *more, "--shard", "--save-every", "1", steps=24)
    both = two(arguments)
    wait_for(halves / "state.safetensors", both[0])
    for process in both:
        process.kill()
    for process in both:
        process.communicate()
    with safe_open(halves / "state.safetensors", framework="pt") as state:
        assert int(state.metadata()["step"]) < 20  # the last line of progress is the last steps'
    finish(two(arguments))
    assert_alike(alone, halves)
    told = json.loads((halves / "run.json").read_bytes())
    assert told["plan"]["sharded"]
    parameters = told["parameters"]
    assert parameters["held"] == pytest.approx(parameters["model"] / 2, rel=0.01)
    name = "vlm.model.language_model.embed_tokens.weight"
    assert torch.equal(weights(halves)[name], weights(done)[name])  # frozen
    load_checkpoint(halves / "checkpoint")
    heads = (load_file(run / "checkpoint" / "localiser.safetensors") for run in (alone, halves))
    for one, other in zip(*(values.values() for values in heads), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-4)


def two(arguments: list[str]) -> list[subprocess.Popen[bytes]]:
    """Two processes that share a training."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    common = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    return [start(arguments, **common, RANK=str(k), LOCAL_RANK=str(k)) for k in range(2)]


def finish(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        said = process.communicate(timeout=300)[1]
        assert process.returncode == 0, said


def assert_alike(alone: Path, together: Path) -> None:
    """The figures and weights of two trainings agree to rounding."""
    one, other = (
        json.loads((folder / "progress.jsonl").read_bytes().splitlines()[-1])["report"]
        for folder in (alone, together)
    )
    for figure in ("loss", "squared", "frequency", "localisation", "presence", "norm", "rate"):
        assert one[figure] == pytest.approx(other[figure], rel=1e-3), figure
    mine, theirs = weights(alone), weights(together)
    for name, value in mine.items():
        # No more is asked of the weights: a first step of AdamW is as long for the smallest
        # gradient as for the greatest, and so are its roundings, which the machine decides.
        assert float((theirs[name] - value).abs().max()) < 1e-4, name


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_training_is_saved_at_once(
    number: signal.Signals, place: Path, tmp_path: Path
) -> None:
    arguments = words(place, tmp_path / "run", steps=4000)
    process = start(arguments)
    wait_for(tmp_path / "run" / "progress.jsonl", process)
    time.sleep(1.0)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert (tmp_path / "run" / "state.safetensors").exists()
    load_checkpoint(tmp_path / "run" / "checkpoint")
