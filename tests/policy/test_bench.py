import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch

from ontakt.cli.policy.bench import BenchCommand
from ontakt.contract.errors import BadValue, SetupError
from ontakt.policy.bench import bench as bench_module
from ontakt.policy.bench import roofline
from ontakt.policy.bench.bench import run_bench
from ontakt.policy.bench.case import make_case
from ontakt.policy.bench.contenders import LAPS, eager, engine, whole
from ontakt.policy.bench.figures import Bench
from ontakt.policy.bench.timing import HostLaps
from ontakt.policy.fresh_checkpoint import find_body, write_fresh
from ontakt.policy.xr0.config import XR0_COMPACT, read_config
from ontakt.policy.xr0.engine.engine import Xr0Engine
from ontakt.policy.xr0.initialisation import new_model

TINY_FOLDER = Path(__file__).parents[1] / "data" / "xr0"
TINY = read_config(TINY_FOLDER)


@pytest.fixture(autouse=True)
def small_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    """The device's limits are measured over next to nothing."""
    monkeypatch.setitem(roofline._SIDE, "cpu", 64)
    monkeypatch.setitem(roofline.LARGE, "cpu", 1 << 16)
    monkeypatch.setattr(bench_module, "WARM_UP", 1)
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)  # other tests' own


def measured(**changes: Any) -> Bench:
    case = make_case(TINY, views=1, horizon=4, prefix_length=2, image=(64, 64))
    values: dict[str, Any] = {
        "name": "tiny",
        "config": TINY,
        "make": lambda: new_model(TINY),
        "case": case,
        "device": torch.device("cpu"),
        "dtype": "float32",
        "steps": 2,
        "acceleration": "plain",
        "repeats": 3,
    }
    return run_bench(**{**values, **changes})


def test_both_contenders_give_the_numbers_of_the_engine_s_own_act() -> None:
    case = make_case(TINY, views=2, horizon=6, prefix_length=2, image=(64, 96))
    model = new_model(TINY)
    ready = Xr0Engine(model, 3)
    laps = HostLaps()
    answers = [run(laps) for run in (eager(model, case, 3, 5), engine(ready, case, 5))]
    own = whole(ready, case, 5)
    for answer in answers:
        assert answer.actions.shape == (1, 6, 32)
        torch.testing.assert_close(answer.actions, own, atol=2e-5, rtol=0)
        assert answer.targets.shape == (6, 16)
    assert len(laps.read()) == 2 * len(LAPS) + 1


def test_a_bench_has_every_figure() -> None:
    found = measured()
    assert [stage.name for stage in found.stages] == list(LAPS)
    for stage in (*found.stages, found.model, found.whole):
        assert stage.eager is not None
        assert 0 < stage.engine.p50 <= stage.engine.p95 <= stage.engine.p99
        assert (stage.work is None) == (stage.name in ("preprocess", "decode"))
    assert found.difference is not None
    assert found.difference < 2e-5
    assert found.step.engine.p50 == pytest.approx(found.stages[3].engine.p50 / 2)
    assert found.model.roofline_ms == pytest.approx(
        sum(stage.roofline_ms for stage in found.stages if stage.roofline_ms is not None)
    )
    assert found.memory.weights == 4 * found.counted.parameters
    assert found.whole.eager is not None
    assert found.faster("p50") == found.whole.eager.p50 / found.whole.engine.p50


def test_rate_and_bandwidth_can_be_given() -> None:
    found = measured(rate=1e6, bandwidth=1e30, with_eager=False)
    work = found.model.work
    assert work is not None
    assert found.model.roofline_ms == pytest.approx(1e3 * work.flop / 1e6)
    assert found.stages[1].limit == "rate"
    assert (found.difference, found.whole.eager, found.faster("p50")) == (None, None, None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"repeats": 0}, "--repeats is 0; it is 1 or greater."),
        ({"acceleration": "graph"}, "CUDA graphs need --device cuda"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        measured(**changes)


def test_actions_that_are_not_finite_are_not_timed() -> None:
    def make() -> Any:
        model = new_model(TINY)
        with torch.no_grad():
            model.sink.weight.fill_(math.nan)
        return model

    with pytest.raises(SetupError, match="not finite"):
        measured(make=make)


def test_a_model_that_cannot_run_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("out of everything\nand a long story")

    monkeypatch.setattr(Xr0Engine, "plan", broken)
    with pytest.raises(SetupError, match=r"^engine, acceleration 'plain', .*: out of everything$"):
        measured()


def test_the_command_prints_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    command = BenchCommand(
        config=str(TINY_FOLDER), views=1, image=(64, 64), horizon=3, repeats=2, json=True
    )
    assert command.run([]) == 0
    out = json.loads(capsys.readouterr().out)
    assert set(out["faster"]) == {"p50", "p95", "p99"}
    assert [stage["name"] for stage in out["stages"]] == list(LAPS)
    assert out["counted"]["shape"]["horizon"] == 3
    assert out["model"]["over_roofline"] > 0


def test_the_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    command = BenchCommand(config=str(TINY_FOLDER), views=1, image=(64, 64), repeats=2)
    assert command.run([]) == 0
    out, err = capsys.readouterr()
    for word in (*LAPS, "model", "whole", "one of 5", "times as fast", "Roofline"):
        assert word in out
    assert "measuring" in err


def test_the_command_runs_a_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_fresh(tmp_path, XR0_COMPACT, "mine", find_body("ontakt-compact"))
    command = BenchCommand(
        checkpoint=str(tmp_path), robot_type="mine", repeats=1, eager=False, json=True
    )
    assert command.run([]) == 0
    assert json.loads(capsys.readouterr().out)["config"] == str(tmp_path)


def test_counts_of_the_released_size_come_without_a_model(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = BenchCommand(
        config="xr0", dtype="bfloat16", count_only=True, rate=989, bandwidth=3350, json=True
    )
    assert command.run([]) == 0
    out = json.loads(capsys.readouterr().out)
    assert out["parameters"] == 4_716_274_176
    assert out["roofline_ms"]["DiT"] == pytest.approx(out["work"]["DiT"]["bytes"] / 3.35e9)
    assert BenchCommand(config="xr0", count_only=True).run([]) == 0
    assert "roofline" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (BenchCommand(checkpoint="x", views=2), "--views is 2; it comes with the checkpoint."),
        (BenchCommand(robot_type="x"), "--robot-type is 'x'; it needs a --checkpoint."),
        (BenchCommand(rate=0), "--rate is 0; it is greater than 0."),
        (BenchCommand(threads=-1), "--threads is -1; it is greater than 0."),
        (BenchCommand(count_only=True, rate=1), "give both"),
        (BenchCommand(steps=0), "--steps is 0; it is 1 or greater."),
        (BenchCommand(config="huge"), "Unknown configuration 'huge'."),
    ],
)
def test_the_command_refuses_what_cannot_be(command: BenchCommand, message: str) -> None:
    with pytest.raises(SetupError, match=message):
        command.run([])


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_a_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadValue, match="0 CUDA devices"):
        BenchCommand(device="cuda").run([])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("acceleration", ["plain", "graph"])
def test_a_gpu_gives_the_same_numbers(acceleration: str) -> None:
    found = measured(
        make=lambda: new_model(TINY, device="cuda"),
        device=torch.device("cuda"),
        acceleration=acceleration,
    )
    assert found.difference is not None
    assert found.difference < 1e-3
