"""Plain attention against the stock one: the same loss and the same gradients."""

import copy

import torch
from tests.policy.training.tiny import config

from ontakt.policy.training.attention import plain_products, use_plain_attention
from ontakt.policy.xr0.initialisation import new_model
from ontakt.policy.xr0.loss import post_training_loss
from ontakt.policy.xr0.model import Prompt, Xr0Model
from ontakt.policy.xr0.post_training import PostTraining, draw


def _loss(model: Xr0Model, plain: bool) -> torch.Tensor:
    generator, made = torch.Generator().manual_seed(0), model.config
    vision = made.vision
    merge, patch = vision["spatial_merge_size"], vision["patch_size"]
    images = [(merge, merge), (2 * merge, merge), (merge, merge)]
    row: list[int] = []
    special = made.vlm_config
    for tall, wide in images:
        tokens = tall * wide // merge**2
        row += [special["vision_start_token_id"], *[special["image_token_id"]] * tokens]
        row += [special["vision_end_token_id"]]
    ids = torch.tensor([[*row, 5, 6], [*row, 7, 0]])
    mask = torch.ones_like(ids)
    mask[1, -1] = 0  # padding
    width = 3 * vision["temporal_patch_size"] * patch**2
    patches = 2 * sum(tall * wide for tall, wide in images)
    prompt = Prompt(
        input_ids=ids,
        attention_mask=mask,
        pixel_values=torch.randn((patches, width), generator=generator),
        image_grid_thw=torch.tensor([(1, *size) for size in images] * 2),
    )
    action = torch.randn((2, 5, made.action_dim), generator=generator)
    state = torch.randn((2, 1, made.state_dim), generator=generator)
    settings = PostTraining(repeat=2, prefix_probability=1.0, longest_prefix=2)
    draws = draw(settings, 2, 5, made.action_dim, generator)
    if plain:
        with plain_products(torch.device("cpu")):
            loss = post_training_loss(
                model, prompt, state, action, torch.ones_like(action), draws, settings
            )
    else:
        loss = post_training_loss(
            model, prompt, state, action, torch.ones_like(action), draws, settings
        )
    return loss.total


def test_plain_attention_gives_the_stock_gradients() -> None:
    stock = new_model(config()).train()
    plain = copy.deepcopy(stock)
    use_plain_attention(plain)
    for model, kind in ((stock, False), (plain, True)):
        _loss(model, kind).backward()
    pairs = zip(stock.named_parameters(), plain.parameters(), strict=True)
    compared = 0
    for (name, a), b in pairs:
        if a.grad is None:
            assert b.grad is None
            continue
        assert b.grad is not None
        scale = float(a.grad.abs().max())
        assert float((a.grad - b.grad).abs().max()) <= 1e-5 * scale + 1e-8, name
        compared += 1
    assert compared > 20
