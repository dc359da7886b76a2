"""`ontakt policy inspect` tells what a checkpoint is, from configuration and headers alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from tests.policy.checkpoints import golden_weights, released_config, statistics, write_released

from ontakt.cli.policy.inspect import InspectCommand
from ontakt.contract.errors import SetupError
from ontakt.policy.inspection import Inspection, inspect
from ontakt.policy.xr0.config import CONFIGS
from ontakt.policy.xr0.layout import EMBEDDING, HEAD, PARTS, part_of, tensor_shapes

NORM = "vlm.model.language_model.norm.weight"


def test_parts_have_the_counts_of_the_released_size() -> None:
    counts = dict.fromkeys(PARTS, 0)
    for name, shape in tensor_shapes(CONFIGS["xr0"]).items():
        counts[part_of(name)] += torch.Size(shape).numel()
    millions = {part: round(count / 1e6, 1) for part, count in counts.items()}
    assert millions == {
        "vision": 415.3,
        "embeddings": 389.0,
        "text": 3633.5,
        "DiT": 268.7,
        "projectors and time": 9.8,
    }


def test_a_released_checkpoint_is_told_whole(tmp_path: Path) -> None:
    found = inspect(str(write_released(tmp_path / "x")))
    weights = golden_weights()
    assert found.complete
    assert (found.tensors, found.needed) == (140, 140)
    assert found.parameters == sum(value.numel() for value in weights.values())
    assert sum(part.parameters for part in found.parts) == found.parameters
    assert sum(file.tensors for file in found.files) == 140
    assert found.bytes == sum(path.stat().st_size for path in tmp_path.rglob("*.safetensors"))
    libero, droid = found.robot_types
    assert (libero.name, libero.horizon, libero.width) == ("libero_all", 10, 32)
    assert libero.active == tuple(range(7))
    assert [view.label for view in libero.views] == ["Base View", "Left-Wrist View"]
    assert libero.prompt is not None
    assert "# Base View\n<|vision_start|><|image_pad|><|vision_end|>\n" in libero.prompt
    assert "Load both nuts. /no_cot<|im_end|>" in libero.prompt
    assert (droid.horizon, len(droid.active), droid.embodiment) == (15, 21, None)
    assert "belongs to no embodiment" in (droid.problem or "")
    assert found.tokenizer is None


def _run(folder: Path, capsys: pytest.CaptureFixture[str], **options: Any) -> tuple[int, str]:
    code = InspectCommand(str(folder), **options).run([])
    return code, capsys.readouterr().out


def test_each_fact_has_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = golden_weights()
    weights["sink.weight"] = weights["sink.weight"].bfloat16()
    weights[HEAD] = weights[EMBEDDING].clone()
    weights["model.dit.rotary_emb.inv_freq"] = torch.ones(8)
    code, out = _run(write_released(tmp_path / "x", weights), capsys)
    assert code == 0
    lines = [" ".join(line.split()) for line in out.splitlines()]
    for line in (
        "text 4 layers of 64, 4 heads of 16, 2 in the cache, vocabulary 512",
        "DiT 2 layers of 64, 4 heads of 16, on the cache of text layers 2 to 3",
        "an action sees all earlier ones (released)",
        "action offset 0 positions (released)",
        "part tensors parameters BF16 bytes F32 bytes",
        "embeddings 1 32,768 131,072",
        "robot type libero_all",
        "horizon 10 actions",
        "active 7 of 32: 0-6",
        "views Base View (agentview), Left-Wrist View (robot0_eye_in_hand)",
        "tied head stored; must equal the embedding, which loading checks",
        "made anew 1 stored buffer",
        "tokenizer none",
        "complete: 140 of 140 tensors",
    ):
        assert line in lines, line


def test_the_json_is_the_inspection(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_released(tmp_path / "x")
    code, out = _run(folder, capsys, json=True)
    assert code == 0
    assert msgspec.json.decode(out, type=Inspection) == inspect(str(folder))


def test_what_is_missing_extra_or_misshapen_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = golden_weights()
    del weights[NORM]
    weights["sink.weight"] = torch.zeros(2, 64)
    weights |= {f"more.{k}.weight": torch.zeros(1) for k in range(12)}
    folder = write_released(tmp_path / "x", weights, shards=1)
    code, out = _run(folder, capsys)
    assert code == 1
    assert "incomplete: 139 of 140 tensors" in out
    assert f"missing: {NORM}" in out
    assert "wrong: sink.weight in model.safetensors has shape (2, 64), not (1, 64)" in out
    assert "extra: 2 more; --json has them all" in out
    assert _run(folder, capsys, json=True)[0] == 1


def test_neither_torch_nor_transformers_is_imported(tmp_path: Path) -> None:
    folder = write_released(tmp_path / "x")
    code = (
        "import sys; from ontakt.policy.inspection import inspect; inspect(sys.argv[1]); "
        "sys.exit(bool({'torch', 'transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(folder)], check=False).returncode == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "preprocessor_config.json is missing"),
        ("{", "cannot be read as JSON"),
        ("[]", "is not a JSON object"),
        ("{}", "'action_config'"),
    ],
)
def test_a_checkpoint_without_statistics_is_told_all_the_same(
    content: str | None, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_released(tmp_path / "x")
    file = folder / "preprocessor_config.json"
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    code, out = _run(folder, capsys)
    assert code == 0
    assert "No robot type: " in out
    assert said in out


def test_statistics_that_cannot_be_used_are_told_beside_those_that_can(tmp_path: Path) -> None:
    folder = write_released(tmp_path / "x")
    file = folder / "preprocessor_config.json"
    raw = json.loads(file.read_text())
    bad = statistics()
    bad["std"][3][4] = float("nan")
    raw["action_config"]["broken"] = bad
    raw["action_config"]["empty"] = {}
    file.write_text(json.dumps(raw))
    told = {kind.name: kind.problem for kind in inspect(str(folder)).robot_types}
    assert told["libero_all"] is None
    assert "std[3][4]" in (told["broken"] or "")
    assert "has no 'mean'" in (told["empty"] or "")


def test_another_architecture_is_refused(tmp_path: Path) -> None:
    folder = write_released(tmp_path / "x", config=released_config(model_type="qwen3_vl"))
    with pytest.raises(SetupError, match="model_type is 'qwen3_vl'; an XR-0 says 'mibot'"):
        inspect(str(folder))


def test_a_size_that_is_missing_is_named(tmp_path: Path) -> None:
    raw = released_config()
    del raw["vlm_config"]["vision_config"]["depth"]
    with pytest.raises(SetupError, match="depth"):
        inspect(str(write_released(tmp_path / "x", config=raw)))


def test_a_strangers_names_do_not_steer_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_released(tmp_path / "x")
    file = folder / "preprocessor_config.json"
    raw = json.loads(file.read_text())
    raw["action_config"]["\x1b[2J\x07[red]mine"] = statistics()
    file.write_text(json.dumps(raw))
    code, out = _run(folder, capsys)
    assert code == 0
    assert "[red]mine" in out
    assert not [c for c in out if not c.isprintable() and c != "\n"]
