"""`python -m benchmarks.ablation`: what each variant changes, how they are compared and kept."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import tyro
from benchmarks.ablation.orders import DONE, Done, Orders
from benchmarks.ablation.table import Learnt, Paired, Row, markdown, paired
from benchmarks.ablation.variants import FULL, VARIANTS, Variant, find_variants
from benchmarks.ablation.work import Crew, alone
from tests.policy.training.tiny import config

from ontakt.cli.evaluation.evaluation import Evaluation, Failed, Share
from ontakt.cli.main import run
from ontakt.cli.train import TrainCommand
from ontakt.cli.training_options import recipe_of
from ontakt.contract import HaltError, SetupError, UnknownName
from ontakt.evidence.statistics.intervals import Interval
from ontakt.policy.training.recipe import SMALL
from ontakt.policy.xr0.config import write_config

ROOT = Path(__file__).parents[2]
CHANGED = {
    "full": {},
    "other-seed": {"training.seed": 1},
    "no-window": {"window": None},
    "no-offset": {"offset": 0},
    "weighted": {"training.post_training.reweight": True},
    "repeat-4": {"training.post_training.repeat": 4},
    "no-frequency": {"training.post_training.frequency_weight": 0.0},
    "no-mirror": {"training.augmentation.mirror": False},
    "no-light": {"training.augmentation.light": False},
    "no-localisation": {"training.localisation": 0.0},
    "no-presence": {"training.presence": 0.0},
    "no-average": {"training.average": 0.0},
    "adamw": {"training.rule": "adamw"},
    "truth": {"training.post_training.committed": False},
    "no-prefix": {
        "training.post_training.committed": False,
        "training.post_training.prefix_probability": 0.0,
    },
    "no-corrections": {},
}


def orders(out: Path, **changes: Any) -> Orders:
    whole: dict[str, Any] = {
        "data": {Path("demos"): "aa", Path("dagger"): "bb"},
        "robot_type": "sim:g1",
        "config": "xr0-compact",
        "init": None,
        "batch": None,
        "steps": 10,
        "episodes": 5,
        "variation": ("plant",),
        "out": out,
    }
    return Orders(**{**whole, **changes})


def test_all_may_begin_with_a_checkpoint() -> None:
    for variant in VARIANTS:
        words = orders(Path("out"), init=Path("base")).order(variant).train
        asked = tyro.cli(TrainCommand, args=words[1:])
        assert (asked.init, asked.config) == (Path("base"), None)


def flat(value: Any, name: str = "") -> dict[str, Any]:
    if not isinstance(value, dict):
        return {name[1:]: value}
    return {k: v for key in value for k, v in flat(value[key], f"{name}.{key}").items()}


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_variant_changes_what_it_says_and_nothing_else(variant: Variant) -> None:
    words = orders(Path("out")).order(variant).train
    assert words[0] == "train"
    made = flat(msgspec.to_builtins(recipe_of(tyro.cli(TrainCommand, args=words[1:]))))
    before = flat(msgspec.to_builtins(SMALL))
    assert {k: v for k, v in made.items() if v != before[k]} == CHANGED[variant.name]


def test_the_first_dataset_alone_is_without_corrections() -> None:
    named = {v.name: orders(Path("out")).order(v) for v in VARIANTS}
    assert (named["full"].data, named["no-corrections"].data) == (("aa", "bb"), ("aa",))
    assert "dagger" not in named["no-corrections"].train
    asked = {n: o.evaluate[o.evaluate.index("--strategy") + 1] for n, o in named.items()}
    assert {n for n, strategy in asked.items() if strategy != "prefix"} == {"no-prefix"}
    assert asked["no-prefix"] == "async"


def test_variants_are_named_and_refused() -> None:
    assert find_variants((), 2) == VARIANTS
    assert "no-corrections" not in {variant.name for variant in find_variants((), 1)}
    assert [v.name for v in find_variants(("adamw", "full"), 1)] == ["full", "adamw"]
    with pytest.raises(SetupError, match="no-corrections: is the full recipe on 1 dataset"):
        find_variants(("no-corrections",), 1)
    with pytest.raises(UnknownName, match="Did you mean 'no-window'"):
        find_variants(("no-windows",), 2)


def told(episodes: int, failed: set[int]) -> Evaluation:
    share = Share.of(k not in failed for k in range(episodes))
    return Evaluation(
        policy="p", policy_hash="h", station="s", station_hash="h", variation=("plant",),
        strategy="prefix", latency="fixed:80ms", instruction="Load both nuts.", cameras="none",
        seed=0, limit_s=30.0, episodes=episodes, obeyed=share, both=share, left=share, right=share,
        jobs=None, failures={"drop": 2 * len(failed)} if failed else {}, side_failures={},
        failed=tuple(Failed(k, side, "drop", "") for k in failed for side in ("left", "right")),
        time_s={"p50": 6.0, "p95": 9.0}, seam_jump_mm=None, jerk_rms=None, wall_s=1.0,
    )  # fmt: skip


def test_parts_are_compared_one_by_one_and_a_part_fails_once() -> None:
    found = paired(told(10, {0, 1}), told(10, {1, 2, 3}))
    assert found is not None
    assert (found.gains, found.losses, found.n, found.difference) == (1, 2, 10, -0.1)
    assert found.interval.low < -0.1 < 0 < found.interval.high
    assert found.interval.method == "exact unconditional, paired"


def test_what_is_unknown_is_not_told_as_nothing() -> None:
    learnt = Learnt(loss=1.0, squared=0.5, millimetres={"nut": None, "pin": None}, minutes=2.0)
    share, order = Share.of([True] * 9 + [False]), orders(Path("out")).order(FULL)
    full = Row(
        name="full", changes="", order=order, sources=("x",), both=share, left=share, right=share,
        paired=None, failures={"drop": 1}, median_s=None, learnt=learnt,
    )  # fmt: skip
    between = Interval(-0.5, 0.25, 0.95, "exact")
    other = msgspec.structs.replace(full, name="no-light", paired=Paired(1, 2, 10, -0.1, between))
    lonely = msgspec.structs.replace(full, name="adamw", failures={})
    head, _, *lines = markdown([full, other, lonely]).splitlines()
    assert len({len(line) for line in (head, *lines)}) == 1
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0][:6] == ["full", *["9 of 10 (55.5-99.7 %)"] * 3, "", "1 drop"]
    assert cells[0][6:10] == ["unknown", "0.5000", "unknown", "unknown"]
    assert cells[1][4] == "-10.0 (-50.0 to +25.0); 1 gained, 2 lost"
    assert cells[2][4:6] == ["unknown", "none"]


def test_what_was_ordered_otherwise_is_not_done(tmp_path: Path) -> None:
    asked = orders(tmp_path)
    assert asked.done(FULL) is None
    asked.folder(FULL).mkdir()
    kept = Done(asked.order(FULL), told(5, {1}))
    (asked.folder(FULL) / DONE).write_bytes(msgspec.json.encode(kept))
    assert asked.done(FULL) == kept
    assert orders(tmp_path, steps=11).done(FULL) is None
    assert orders(tmp_path, episodes=6).done(FULL) is None
    assert orders(tmp_path, data={Path("demos"): "aa", Path("dagger"): "cc"}).done(FULL) is None


def test_one_ablation_at_a_time(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(SetupError, match="another ablation"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


def test_a_process_answers_or_says_why_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with alone(tmp_path) as lock:
        crew = Crew(lock)
        assert "nut-loading" in crew.run("full", ("list", "stations"))
        with pytest.raises(HaltError, match="no shift there"):
            crew.run("adamw", ("report", str(tmp_path / "nowhere")))
        crew.stop()
        with pytest.raises(HaltError, match="stopped"):
            crew.run("truth", ("list", "stations"))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "full: ontakt list stations"
    assert lines[-2].startswith(f"adamw: ontakt: {tmp_path / 'nowhere'}: no shift there")


@pytest.mark.slow
def test_from_data_to_the_table_and_not_twice(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    write_config(msgspec.structs.replace(config(), action_length=16), tmp_path / "tiny")
    demos, out = tmp_path / "demos", tmp_path / "out"
    assert run(["demos", "nut-loading", "--episodes", "1", "--jobs", "1", "--out", str(demos)]) == 0
    command = [
        sys.executable, "-m", "benchmarks.ablation", "--data", str(demos), "--out", str(out),
        "--config", str(tmp_path / "tiny"), "--steps", "2", "--episodes", "1", "--jobs", "2",
        "--only", "no-localisation", "full",
    ]  # fmt: skip
    first = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    full, other = json.loads((out / "ablation.json").read_bytes())
    assert (full["name"], other["name"]) == ("full", "no-localisation")
    assert full["paired"] is None
    assert other["paired"]["n"] == 1
    assert full["learnt"]["millimetres"].keys() == {"nut", "pin"}
    assert set(other["learnt"]["millimetres"].values()) == {None}
    assert (out / "ablation.md").read_text() == first.stdout
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert second.stdout == first.stdout
    assert second.stderr.splitlines() == ["full: is there", "no-localisation: is there"]
