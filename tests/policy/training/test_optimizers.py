"""Which rule moves what."""

import pytest
import torch
from tests.policy.training.tiny import WRISTS, config, training

from ontakt.policy.training.localisation import Localiser
from ontakt.policy.training.optimizers import build_optimizers, is_block_matrix, moving
from ontakt.policy.xr0.initialisation import new_model
from ontakt.policy.xr0.optimizer import decays, freeze

MODEL = new_model(config())
NAMED = moving(MODEL, Localiser(config(), WRISTS))


def names(optimizer: torch.optim.Optimizer) -> list[set[str]]:
    """By group."""
    of = {parameter: name for name, parameter in NAMED.items()}
    return [{of[p] for p in group["params"]} for group in optimizer.param_groups]


@pytest.mark.parametrize(
    ("name", "muon"),
    [
        ("dit.layers.0.attn.qkv_proj.weight", True),
        ("dit.layers.1.mlp.down_proj.weight", True),
        ("vlm.model.visual.blocks.0.attn.qkv.weight", True),
        ("vlm.model.visual.merger.linear_fc1.weight", True),
        ("vlm.model.language_model.layers.1.self_attn.k_proj.weight", True),
        ("vlm.model.language_model.embed_tokens.weight", False),
        ("dit.layers.0.adaln_table", False),
        ("dit.layers.0.attn.qkv_proj.bias", False),
        ("state_projector.layers.0.weight", False),
        ("action_output_layer.layers.2.weight", False),
        ("localiser.seen.0.weight", False),
        ("sink.weight", False),
    ],
)
def test_muon_moves_matrices_inside_the_towers(name: str, muon: bool) -> None:
    assert is_block_matrix(name, NAMED[name]) is muon


def test_every_parameter_has_one_rule() -> None:
    adamw, muon = build_optimizers(NAMED, training(rule="muon"))
    groups = [*names(adamw), *names(muon)]
    assert sum(map(len, groups)) == len(NAMED)
    assert set().union(*groups) == set(NAMED)
    assert all(NAMED[name].ndim == 2 for name in groups[2])
    assert all(decays(name) for name in groups[0])
    assert not any(decays(name) for name in groups[1])
    assert [g["weight_decay"] for g in adamw.param_groups] == [0.01, 0.0]
    assert len(build_optimizers(NAMED, training(rule="adamw"))) == 1


def test_what_is_frozen_has_none() -> None:
    model = new_model(config())
    freeze(model)
    assert "vlm.model.language_model.embed_tokens.weight" not in moving(model, None)
    assert len(moving(model, None)) == len(list(model.parameters())) - 1
