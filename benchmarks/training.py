"""What a training step of xr0-compact costs on one thread, with stock attention and with plain.

python -m benchmarks.training: batches of 64 by chance, in turns in one run, so that other work on
the machine meets both alike.
"""

import time
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch

from ontakt.policy.training.attention import plain_products, use_plain_attention
from ontakt.policy.xr0.config import XR0_COMPACT
from ontakt.policy.xr0.initialisation import new_model
from ontakt.policy.xr0.loss import post_training_loss
from ontakt.policy.xr0.model import Prompt, Xr0Model
from ontakt.policy.xr0.post_training import PostTraining, draw

BATCH, ROUNDS = 64, 5
IMAGES = ((2, 6), (6, 6), (6, 6))
"""Patches of the head's view and of two wrists'."""


def batch() -> tuple[Prompt, torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    row: list[int] = []
    for tall, wide in IMAGES:
        row += [1, *[3] * (tall * wide // 4), 2]
    ids = torch.tensor([[*row, 10, 11, 12, 13]] * BATCH)
    patches = sum(tall * wide for tall, wide in IMAGES) * BATCH
    prompt = Prompt(
        input_ids=ids,
        attention_mask=torch.ones_like(ids),
        pixel_values=torch.rand((patches, 768), generator=generator) * 2 - 1,
        image_grid_thw=torch.tensor([(1, *size) for size in IMAGES] * BATCH),
    )
    state = torch.randn((BATCH, 1, 32), generator=generator)
    action = torch.randn((BATCH, 16, 32), generator=generator)
    return prompt, state, action, torch.ones_like(action)


def step(model: Xr0Model, config: PostTraining, attention: AbstractContextManager[object]) -> float:
    prompt, state, action, mask = batch()
    draws = draw(config, BATCH, 16, 32, torch.Generator().manual_seed(0))
    begun = time.perf_counter()
    with attention, torch.autocast("cpu", torch.bfloat16):
        loss = post_training_loss(model, prompt, state, action, mask, draws, config).total
        loss.backward()
    model.zero_grad()
    return time.perf_counter() - begun


def main() -> None:
    torch.set_num_threads(1)
    stock, plain = new_model(XR0_COMPACT).train(), new_model(XR0_COMPACT).train()
    use_plain_attention(plain)
    config = PostTraining(repeat=1, prefix_probability=0.0)
    took: dict[str, list[float]] = {"stock": [], "plain": []}
    for _ in range(ROUNDS + 1):
        took["stock"].append(step(stock, config, nullcontext()))
        took["plain"].append(step(plain, config, plain_products(torch.device("cpu"))))
    for name, seconds in took.items():
        print(f"{name}: {np.median(seconds[1:]) * 1e3:.0f} ms forward and backward, batch {BATCH}")
    print(f"stock / plain: {np.median(took['stock'][1:]) / np.median(took['plain'][1:]):.2f}")


if __name__ == "__main__":
    main()
