import math

import pytest
import torch
from tests.policy.golden import POST, fresh_model, given, prompt_of
from tests.policy.test_loss import golden_draws

from ontakt.contract import HaltError
from ontakt.policy.xr0.loss import post_training_loss
from ontakt.policy.xr0.model import Xr0Model
from ontakt.policy.xr0.optimizer import (
    OptimizerConfig,
    build_optimizer,
    decays,
    freeze,
    parameter_groups,
    update,
)
from ontakt.policy.xr0.post_training import PostTraining

CONFIG = OptimizerConfig()


def _model() -> Xr0Model:
    model = fresh_model(**POST)
    freeze(model)
    return model


def test_norms_biases_and_time_tables_do_not_decay() -> None:
    assert decays("dit.layers.0.attn.qkv_proj.weight")
    assert decays("sink.weight")
    assert decays("vlm.model.visual.patch_embed.proj.weight")
    for name in (
        "dit.layers.0.attn.qkv_proj.bias",
        "dit.layers.0.attn.q_norm.weight",
        "dit.layers.0.input_layernorm.weight",
        "dit.layers.0.adaln_table",
        "vlm.model.visual.merger.norm.weight",
        "vlm.model.language_model.rotary_emb.x",
    ):
        assert not decays(name)


def test_every_parameter_that_moves_is_in_one_group() -> None:
    model = _model()
    decaying, other = parameter_groups(model, CONFIG)
    assert decaying["weight_decay"] == 0.1
    assert other["weight_decay"] == 0.0
    grouped = [id(p) for group in (decaying, other) for p in group["params"]]
    embeddings = model.vlm.get_input_embeddings().weight
    assert sorted(grouped) == sorted(id(p) for p in model.parameters() if p is not embeddings)
    assert model.vlm.lm_head.weight is embeddings


def test_one_update_is_adamw_by_hand() -> None:
    model = _model()
    optimizer = build_optimizer(model, CONFIG)
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    generator = torch.Generator().manual_seed(0)
    for p in model.parameters():
        p.grad = torch.randn(p.shape, generator=generator) if p.requires_grad else None
    gradients = {k: p.grad.clone() for k, p in model.named_parameters() if p.grad is not None}
    norm = math.sqrt(sum(float(g.double().pow(2).sum()) for g in gradients.values()))
    assert update(optimizer, CONFIG, 1e-3) == pytest.approx(norm, rel=1e-5)
    for name, p in model.named_parameters():
        if name not in gradients:
            assert torch.equal(p, before[name])
            continue
        g = gradients[name] / norm  # clipped to the norm 1
        # After one step both moments, freed of their bias, are g and g^2.
        kept = before[name] * (1 - 1e-3 * (0.1 if decays(name) else 0.0))
        torch.testing.assert_close(
            p.detach(), kept - 1e-3 * g / (g.abs() + 1e-8), atol=1e-6, rtol=0
        )
        assert p.grad is None


def test_small_gradients_are_not_scaled() -> None:
    weight = torch.nn.Parameter(torch.zeros(2))
    weight.grad = torch.tensor([0.3, 0.4])
    optimizer = torch.optim.AdamW([weight], lr=0.0)
    assert update(optimizer, CONFIG, 0.0) == pytest.approx(0.5)
    assert optimizer.state[weight]["exp_avg"].tolist() == pytest.approx([0.03, 0.04])


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_gradient_that_is_no_number_halts_and_moves_nothing(bad: float) -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    weight.grad = torch.tensor([bad, 0.0])
    with pytest.raises(HaltError, match="left alone"):
        update(torch.optim.AdamW([weight]), CONFIG, 1.0)
    assert weight.tolist() == [1.0, 1.0]


def test_thirty_updates_on_one_batch_lower_its_loss() -> None:
    model, draws = _model(), golden_draws("b", 4)
    optimizer, losses = build_optimizer(model, CONFIG), []
    for _ in range(30):
        loss = post_training_loss(
            model,
            prompt_of("b"),
            given("b", "state"),
            given("b", "action"),
            given("b", "action_mask"),
            draws,
            PostTraining(),
        )
        loss.total.backward()
        update(optimizer, CONFIG, 2e-3)
        losses.append(float(loss.squared.detach()))
    assert losses[-1] < 0.7 * losses[0]
