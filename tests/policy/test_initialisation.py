"""First weights depend on the seed and nothing else, and keep what flows near 1."""

import hashlib

import msgspec
import pytest
import torch
from tests.policy.checkpoints import golden_actions
from tests.policy.golden import DATA, given, prompt_of

from ontakt.policy.xr0.config import XR0_COMPACT, read_config
from ontakt.policy.xr0.initialisation import initialise, new_model
from ontakt.policy.xr0.layout import tensor_shapes
from ontakt.policy.xr0.model import Xr0Model


def _digest(model: Xr0Model) -> str:
    digest = hashlib.sha256()
    for name, parameter in sorted(model.named_parameters()):
        digest.update(name.encode() + parameter.detach().numpy().tobytes())
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_weights_whatever_torch_drew_before() -> None:
    torch.manual_seed(1)
    first = _digest(new_model(XR0_COMPACT, seed=0))
    torch.manual_seed(2)
    torch.randn(3)
    state = torch.get_rng_state()
    model = new_model(XR0_COMPACT, seed=0)
    assert _digest(model) == first
    assert torch.equal(torch.get_rng_state(), state)
    initialise(model, 1)
    assert _digest(model) != first
    initialise(model, 0)
    assert _digest(model) == first


def test_first_weights_stay_what_they_were() -> None:
    """A recorded experiment names its seed, and a seed must keep meaning the same weights."""
    model = new_model(XR0_COMPACT)
    weight = model.sink.weight[0, :3].tolist()
    assert weight == pytest.approx([2.7211297, 1.5610420, 0.4315578], abs=1e-5)


def test_every_tensor_has_its_own_draw() -> None:
    """Two layers of the same shape differ, and no tensor depends on how many there are."""
    state = new_model(XR0_COMPACT).state_dict()
    layer = "dit.layers.0.mlp"
    assert not torch.equal(state[f"{layer}.gate_proj.weight"], state[f"{layer}.up_proj.weight"])
    assert not torch.equal(state["dit.layers.0.adaln_table"], state["dit.layers.1.adaln_table"])
    dit = msgspec.structs.replace(XR0_COMPACT.dit_config, num_hidden_layers=1)
    fewer = new_model(msgspec.structs.replace(XR0_COMPACT, dit_config=dit)).state_dict()
    assert all(torch.equal(value, state[name]) for name, value in fewer.items())


def test_a_new_model_is_whole() -> None:
    model = new_model(XR0_COMPACT, dtype=torch.bfloat16)
    assert not model.training
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    assert len(list(model.parameters())) == len(tensor_shapes(XR0_COMPACT))
    assert model.vlm.lm_head.weight is model.vlm.model.language_model.embed_tokens.weight
    assert {value.dtype for value in model.buffers()} == {torch.float32}
    exact = new_model(XR0_COMPACT)
    for mine, other in zip(model.buffers(), exact.buffers(), strict=True):
        assert torch.equal(mine, other)


def test_what_flows_through_a_new_model_is_of_order_one() -> None:
    model = new_model(read_config(DATA))
    spreads: dict[str, float] = {}

    def watch(name: str, module: torch.nn.Module) -> None:
        def hook(module: torch.nn.Module, args: object, out: object) -> None:
            value = out[0] if isinstance(out, tuple) else out
            if isinstance(value, torch.Tensor):
                spreads[name] = float(value.detach().std())

        module.register_forward_hook(hook)

    core = model.vlm.model
    for name, blocks in (
        ("vision", core.visual.blocks),
        ("text", core.language_model.layers),
        ("dit", model.dit.layers),
    ):
        for k, block in enumerate(blocks):
            watch(f"{name}{k}", block)
    with torch.no_grad():
        context = model.perceive(prompt_of("b"))
        around = model.surround(context, given("b", "state"), 10)
        noise, mask = given("b", "noise"), given("b", "action_mask")
        velocity = model.velocity(noise, torch.tensor([0.4, 0.4]), around, mask)
        later = model.velocity(noise, torch.tensor([0.8, 0.8]), around, mask)
    assert len(spreads) == 3 + 4 + 2
    assert all(0.3 < spread < 3.0 for spread in spreads.values()), spreads
    assert 0.01 < float(velocity.std()) < 0.3  # small, and not nothing
    assert not torch.equal(velocity, later)  # the time is heard
    assert torch.isfinite(golden_actions(model)).all()
