import json
import math
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tests.policy.golden import DATA
from tests.policy.golden_folder import GRADIENT, write_golden
from torch import Tensor

from ontakt.cli.policy import parity as command
from ontakt.cli.policy.parity import ParityCommand
from ontakt.contract import BadValue, SetupError
from ontakt.policy.parity.compare import compare
from ontakt.policy.parity.evaluation import NotComparable
from ontakt.policy.parity.flow_length import flow_length
from ontakt.policy.parity.quantity import Value
from ontakt.policy.parity.verdict import Parity, judge
from ontakt.policy.xr0.engine.engine import Xr0Engine
from ontakt.policy.xr0.model import Xr0Model


@pytest.fixture(scope="module")
def project() -> Parity:
    return compare(DATA, 2e-5, {"engine": Xr0Engine})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_golden(tmp_path_factory.mktemp("golden") / "other")


@pytest.fixture
def folder(tmp_path: Path, made: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(made, tmp_path / "spoilt"))


def _edit(path: Path, **changes: Tensor | None) -> None:
    """Put tensors into a file by their name, dots written as in the name; None takes one away."""
    tensors = load_file(path)
    for name, tensor in changes.items():
        if tensor is None:
            del tensors[name]
        else:
            tensors[name] = tensor
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)


def test_every_tensor_of_the_projects_golden_data_is_within_the_tolerance(
    project: Parity,
) -> None:
    named = set(load_file(DATA / "outputs.safetensors"))
    named |= set(load_file(DATA / "post_outputs.safetensors"))
    assert {one.name for one in project.tensors} == named
    assert project.skipped == ()
    assert project.failing == ()
    assert project.passed
    assert max(project.worst.values()) <= 2e-5


def test_the_engine_the_seeds_and_the_lists_are_checked_too(project: Parity) -> None:
    checks = {one.name for one in project.checks}
    actions = {one.name for one in project.tensors if "actions" in one.name}
    assert checks == {f"{name} (engine)" for name in actions} | {
        "a.noise (seed)",
        "b.noise (seed)",
        "params_without_grad.txt",
        "state_dict_keys.txt",
    }
    assert len(actions) == 12


def test_other_cases_steps_prefixes_and_times_are_compared(made: Path) -> None:
    parity = compare(made, 2e-5, {"engine": Xr0Engine})
    named = set(load_file(made / "outputs.safetensors"))
    named |= set(load_file(made / "post_outputs.safetensors"))
    assert {one.name for one in parity.tensors} == named
    assert parity.skipped == ()
    assert parity.failing == ()
    assert "c1.actions_7_bf16rope (engine)" in parity.worst
    assert "c1.eval_p7.actions (engine)" in parity.worst


def test_a_weight_that_is_a_little_off_fails_and_names_what_it_moved(folder: Path) -> None:
    name = "dit.layers.1.mlp.down_proj.weight"
    weight = load_file(folder / "model.safetensors")[name].clone()
    weight[3, 5] += 0.01
    _edit(folder / "model.safetensors", **{name: weight})
    parity = compare(folder)
    assert not parity.passed
    assert {"c1.actions_7", "c1.eval_p2.actions", "c1.train_p3_freq1.loss"} <= set(parity.failing)
    # The DiT does not move what it reads.
    assert not {"c1.kv1.key", "c1.deepstack1", "c1.t_proj_0.35"} & set(parity.failing)


def test_what_cannot_be_computed_again_is_named_with_its_reason(folder: Path) -> None:
    reasons = {
        "c1.surprise": "no such name",
        "c1": "no such name",
        "c1.kv9.key": "layers 0 to 3",
        "c1.deepstack2": "2 deepstack",
        "d.actions_5": "the inputs lack d.",
        "c1.x_after_step5": "is not told of which",
        "c1.train_p4.pred_velocity": "the inputs lack train_p4.prefix_rand_u",
        "c1.train_p0.online_generated": "nothing is generated",
        "c1.train_p0_freq1.grad.no.such.weight": "is called no.such.weight",
    }
    changes: dict[str, Tensor | None] = {name: torch.zeros(1) for name in reasons}
    changes["c1.x_after_step7"] = None  # there are runs of 7 and 2 steps, and none of 5
    _edit(folder / "outputs.safetensors", **changes)
    parity = compare(folder)
    skipped = {skip.name: skip.reason for skip in parity.skipped}
    assert skipped.keys() == {*reasons, "c1.x_after_step3"}
    for name, reason in reasons.items():
        assert reason in skipped[name]
    assert parity.failing == ()
    assert not parity.passed


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1.0])
def test_a_golden_number_that_is_none_fails(folder: Path, bad: float) -> None:
    actions = load_file(folder / "outputs.safetensors")["c1.actions_2"].clone()
    actions[0, 0, 0] = bad
    _edit(folder / "outputs.safetensors", **{"c1.actions_2": actions})
    assert compare(folder).failing == ("c1.actions_2",)


def test_another_shape_and_another_mask_fail(folder: Path) -> None:
    outputs = load_file(folder / "outputs.safetensors")
    mask = outputs["c1.dit_attn_mask"].clone()
    mask[0, 0, 0, -1] ^= 1
    _edit(
        folder / "outputs.safetensors",
        **{"c1.dit_attn_mask": mask, "c1.actions_2": outputs["c1.actions_2"][:, :-1]},
    )
    parity = compare(folder, atol=1e3)  # a mask is equal or it is not
    assert parity.failing == ("c1.actions_2", "c1.dit_attn_mask")
    assert parity.worst["c1.actions_2"] == math.inf


def test_noise_and_the_list_of_untrained_parameters_are_checked(folder: Path) -> None:
    _edit(folder / "inputs.safetensors", **{"c1.seed": torch.tensor(12)})
    path = folder / "params_without_grad.txt"
    path.write_text(path.read_text().replace("language_model.norm.weight", "visual.norm"))
    parity = compare(folder)
    assert parity.failing == ("c1.noise (seed)", "params_without_grad.txt")
    assert parity.worst["params_without_grad.txt"] == 2


@pytest.mark.parametrize("seed", [torch.tensor([1, 2]), torch.tensor(math.nan)])
def test_a_seed_that_is_none_is_told(seed: Tensor, folder: Path) -> None:
    _edit(folder / "inputs.safetensors", **{"c1.seed": seed})
    parity = compare(folder)
    assert not parity.passed
    assert [(s.name, s.reason) for s in parity.skipped] == [
        ("noise (seed)", "c1.seed is no whole number")
    ]


def test_a_folder_of_released_data_alone_is_compared(folder: Path) -> None:
    for path in folder.glob("post_*"):
        path.unlink()
    parity = compare(folder)
    assert parity.passed
    assert len(parity.tensors) == 15


def test_training_data_without_its_inputs_is_told(folder: Path) -> None:
    (folder / "post_inputs.safetensors").unlink()
    parity = compare(folder)
    assert not parity.failing
    assert {skip.reason for skip in parity.skipped if "train" in skip.name} == {
        "the inputs lack train_p3.prefix_rand_u",
        "the inputs lack train_p5.prefix_rand_u",
    }
    assert {s.reason for s in parity.skipped if s.name.endswith("p2.actions")} == {
        "the inputs lack c1.action"
    }


def test_inputs_that_do_not_fit_the_model_are_told(folder: Path) -> None:
    _edit(folder / "inputs.safetensors", **{"c1.state": torch.zeros(3, 1, 5)})
    parity = compare(folder, actors={"engine": Xr0Engine})
    skipped = {skip.name: skip.reason for skip in parity.skipped}
    assert "cannot take the inputs" in skipped["c1.actions_7"]
    assert "c1.kv1.key" in {one.name for one in parity.tensors}


def test_an_actor_that_cheats_fails(folder: Path) -> None:
    class Lazy:
        def __init__(self, model: Xr0Model, steps: int) -> None:
            self.steps = steps

        def act(
            self, prompt: object, state: Tensor, mask: Tensor, noise: Tensor, *_: object
        ) -> Tensor:
            return noise

    parity = compare(folder, actors={"lazy": Lazy})
    assert "c1.actions_7 (lazy)" in parity.failing
    assert "c1.actions_7" not in parity.failing


def test_a_name_in_two_files_is_told_with_its_file(folder: Path) -> None:
    kv = load_file(folder / "outputs.safetensors")["c1.kv3.value"]
    _edit(folder / "post_outputs.safetensors", **{"c1.kv3.value": kv + 1})
    assert compare(folder).failing == ("post_outputs.safetensors: c1.kv3.value",)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "inputs.safetensors"])
@pytest.mark.parametrize("torn", [True, False])
def test_a_folder_of_another_layout_and_a_torn_file_are_refused(
    folder: Path, name: str, torn: bool
) -> None:
    path = folder / name
    if torn:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:
        path.unlink()
    with pytest.raises(SetupError, match=name):
        compare(folder)


def test_outputs_are_needed_and_must_be_whole(folder: Path, tmp_path: Path) -> None:
    (folder / "outputs.safetensors").write_bytes(b"\x00" * 30)
    with pytest.raises(SetupError, match=r"outputs\.safetensors: cannot be read"):
        compare(folder)
    (folder / "outputs.safetensors").unlink()
    (folder / "post_outputs.safetensors").unlink()
    with pytest.raises(SetupError, match="nothing to compare"):
        compare(folder)
    with pytest.raises(SetupError, match="is not a folder"):
        compare(tmp_path / "nowhere")


def test_weights_of_another_model_are_refused(folder: Path) -> None:
    _edit(folder / "model.safetensors", **{"sink.weight": torch.zeros(1, 32)})
    with pytest.raises(SetupError, match=r"sink\.weight"):
        compare(folder)


@pytest.mark.parametrize("atol", [-1.0, math.nan, math.inf])
def test_a_tolerance_that_is_none_is_refused(atol: float) -> None:
    with pytest.raises(BadValue, match="atol"):
        compare(DATA, atol)


@pytest.mark.parametrize(
    ("named", "done", "steps"),
    [
        ({5}, {1, 2, 3, 4, 5}, 5),
        ({5, 10}, {1, 2, 3, 4, 5}, 5),
        ({5, 10}, set(range(1, 11)), 10),
        ({10}, {1, 2}, 10),
        ({5, 10}, {1, 2}, 5),
        (set(), set(range(1, 9)), 8),
        (set(), {2}, 5),
        (set(), set(), 5),
    ],
)
def test_the_length_of_a_flow_is_told_by_the_names(
    named: set[int], done: set[int], steps: int
) -> None:
    assert flow_length(named, done) == steps


@pytest.mark.parametrize(("named", "done"), [({4}, {5}), ({3, 7}, {1}), ({5, 10}, {6})])
def test_a_flow_of_untold_length_is_not_compared(named: set[int], done: set[int]) -> None:
    with pytest.raises(NotComparable, match="not told of which"):
        flow_length(named, done)


def test_nan_is_within_nothing_and_padding_counts_for_nothing() -> None:
    nan, zero = torch.tensor([math.nan, 0.0]), torch.zeros(2)
    assert not judge("x", "g", Value(nan), nan, 1.0).ok
    assert not judge("x", "g", Value(zero), nan, 1.0).ok
    assert judge("x", "g", Value(nan, torch.tensor([False, True])), zero, 0.0).ok
    assert judge("x", "g", Value(zero[:0]), zero[:0], 0.0).ok


def test_the_command_prints_a_line_per_tensor(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ParityCommand(data=made).run([]) == 0
    out = capsys.readouterr().out
    assert f"  c1.train_p5_freq1.grad.{GRADIENT}\n" in out
    assert out.rstrip().endswith("0 above 2e-05.")
    assert "37 tensors compared, 0 not compared" in out.replace("\n", " ")


def test_the_command_prints_one_json_object(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = load_file(folder / "outputs.safetensors")
    _edit(
        folder / "outputs.safetensors",
        **{"c1.actions_2": outputs["c1.actions_2"] * math.nan, "c1.other": torch.zeros(1)},
    )
    assert ParityCommand(data=folder, json=True).run([]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["compared"] == 37
    assert told["failing"] == ["c1.actions_2", "c1.actions_2 (engine)"]
    assert told["worst"]["c1.actions_2"] is None
    assert told["skipped"] == [{"name": "c1.other", "reason": "the layout has no such name"}]
    assert told["atol"] == 2e-5
    assert told["passed"] is False


def test_without_a_folder_the_checkouts_own_data_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert command.find_data() == DATA
    monkeypatch.setattr(command, "CHECKOUT", Path("no/such/folder"))
    with pytest.raises(SetupError, match="--data"):
        command.find_data()


def test_a_file_of_tensors_that_nobody_knows_is_not_passed_over(folder: Path) -> None:
    save_file({"a.actions_5": torch.zeros(1, 10, 32)}, folder / "outputs2.safetensors")
    found = compare(folder)
    assert [skip.name for skip in found.skipped] == ["outputs2.safetensors"]
    assert not found.passed
