"""Golden data of our own making, in the layout of the project's, with other cases, numbers of
steps, prefixes, times and names: what a reader of that layout must not have wired in."""

import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from tests.policy.golden import DATA, POST, fresh_model, golden_model
from torch import Tensor

from ontakt.policy.xr0.flow import draw_noise, euler, sample, with_prefix
from ontakt.policy.xr0.loss import post_training_loss
from ontakt.policy.xr0.model import Prompt, Xr0Model
from ontakt.policy.xr0.optimizer import freeze
from ontakt.policy.xr0.post_training import Draws, PostTraining
from ontakt.policy.xr0.tokens import hidden_prefix, hideable, own_positions

HORIZON, WIDTH, ROWS, SEED = 7, 32, 3, 11
GRADIENT = "t_projector.layers.0.bias"


def left_padded(rows: tuple[tuple[int, int], ...] = ((9, 4), (3, 6), (5, 8))) -> Prompt:
    """A prompt of one image per row: (words before the image, patches wide); 4 patches high."""
    generator = torch.Generator().manual_seed(SEED)
    grids = [(1, 4, wide) for _, wide in rows]
    lines = []
    for words, wide in rows:
        before = torch.randint(1, 400, (words,), generator=generator).tolist()
        lines.append([*before, 502, *([500] * wide), 503, 7, 8])
    length = max(len(line) for line in lines)
    ids = torch.tensor([[0] * (length - len(line)) + line for line in lines])
    mask = torch.tensor([[0] * (length - len(line)) + [1] * len(line) for line in lines])
    patches = sum(4 * wide for _, wide in rows)
    return Prompt(
        input_ids=ids,
        attention_mask=mask,
        pixel_values=torch.rand((patches, 1536), generator=generator) * 2 - 1,
        image_grid_thw=torch.tensor(grids),
    )


def write_golden(folder: Path) -> Path:
    """Case `c1`: three rows padded on the left, horizon 7, runs of 7 and 2 steps, prefixes 2, 3 and
    7 (all), 2 draws a row."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "model.safetensors", "params_without_grad.txt"):
        shutil.copy(DATA / name, folder / name)
    prompt, generator = left_padded(), torch.Generator().manual_seed(SEED)
    state = torch.randn((ROWS, 1, WIDTH), generator=generator)
    mask = torch.ones((ROWS, HORIZON, WIDTH))
    mask[..., 20:] = 0
    mask[1, 5:] = 0
    noise = draw_noise((ROWS, HORIZON, WIDTH), SEED)
    action = torch.randn(mask.shape, generator=generator) * mask
    train_t = torch.rand(2 * ROWS, generator=generator)
    train_noise = torch.randn((2 * ROWS, HORIZON, WIDTH), generator=generator)
    hiding = torch.tensor([0.2, 0.8, 0.1])

    _save(
        folder / "inputs.safetensors",
        {
            "input_ids": prompt.input_ids,
            "attention_mask": prompt.attention_mask,
            "pixel_values": prompt.pixel_values,
            "image_grid_thw": prompt.image_grid_thw,
            "state": state,
            "action_mask": mask,
            "noise": noise,
            "seed": torch.tensor(SEED),
        },
    )
    _save(
        folder / "post_inputs.safetensors",
        {"action": action, "train_t": train_t, "train_noise": train_noise},
        {"train_p3.prefix_rand_u": hiding[:1], "train_p5.prefix_rand_u": hiding},
    )
    with torch.no_grad():
        _save(folder / "outputs.safetensors", _released(prompt, state, mask, noise))
        outputs = _evaluated(prompt, state, mask, noise, action)
    for length in (3, 5):
        draws = Draws(
            t=train_t,
            noise=train_noise,
            prefix_length=length,
            hiding=hiding[: hideable(length)],
        )
        outputs |= _trained(prompt, state, mask, action, draws)
    _save(folder / "post_outputs.safetensors", outputs)
    return folder


def _save(path: Path, named: dict[str, Tensor], shared: dict[str, Tensor] | None = None) -> None:
    tensors = {f"c1.{name}": tensor for name, tensor in named.items()} | (shared or {})
    save_file({k: v.detach().clone().contiguous() for k, v in tensors.items()}, path)


def _released(prompt: Prompt, state: Tensor, mask: Tensor, noise: Tensor) -> dict[str, Tensor]:
    model = golden_model()
    views = model.see(prompt)
    context = model.read(prompt, views)
    around = model.surround(context, state, HORIZON)
    steps = list(euler(model, around, mask, noise, 7))
    rounded = golden_model(rotary="as_trained")
    time = model.t_embedder(torch.full((ROWS,), 0.35))
    context_rounded = rounded.perceive(prompt)
    pads = prompt.attention_mask[None] == 0
    return {
        # What stands at padding is nobody's affair: other numbers there must not matter.
        "vlm_position_ids": context.position_ids.masked_fill(pads, 77),
        "kv1.key": context.keys[1].masked_fill(pads[0][:, None, :, None], 77.0),
        "kv3.value": context.values[3],
        "deepstack1": views.deepstack[1],
        "dit_attn_mask": around.mask.to(torch.uint8),
        "dit_cos": around.cos,
        "state_embed": around.state,
        "t_embed_0.35": time,
        "t_proj_0.35": model.t_projector(time),
        "velocity_at_noise_t0.15": model.velocity(noise, torch.full((ROWS,), 0.15), around, mask),
        "x_after_step3": steps[3].x,
        "x_after_step7": steps[7].x,
        "actions_7": steps[7].x,
        "actions_2": sample(model, context, state, mask, noise, steps=2),
        "actions_7_bf16rope": sample(rounded, context_rounded, state, mask, noise, steps=7),
    }


def _evaluated(
    prompt: Prompt, state: Tensor, mask: Tensor, noise: Tensor, action: Tensor
) -> dict[str, Tensor]:
    model = golden_model(post=True)
    found: dict[str, Tensor] = {}
    context = model.perceive(prompt)
    for length in (2, 7):
        around = model.surround(context, state, HORIZON, length)
        steps = list(euler(model, around, mask, with_prefix(noise, action[:, :length])))
        named = {
            "actions": steps[-1].x,
            "z_step1": steps[1].x,
            "v_step4": steps[4].v,
            "dit_attn_mask": around.mask.to(torch.uint8),
            "dit_position_ids": own_positions(context.position_ids, 1, HORIZON, length, 10),
        }
        found |= {f"eval_p{length}.{name}": tensor for name, tensor in named.items()}
    return found


def _trained(
    prompt: Prompt, state: Tensor, mask: Tensor, action: Tensor, draws: Draws
) -> dict[str, Tensor]:
    model: Xr0Model = fresh_model(**POST)
    freeze(model)
    config = PostTraining(frequency="unmasked")
    loss = post_training_loss(model, prompt, state, action, mask, draws, config)
    loss.total.backward()
    gradient = model.get_parameter(GRADIENT).grad
    assert loss.generated is not None
    assert gradient is not None
    length = draws.prefix_length
    with torch.no_grad():
        context = model.perceive(prompt).repeated(2)
        hidden = hidden_prefix(length, HORIZON, draws.hiding)
        rows = state.repeat_interleave(2, dim=0)
        around = model.surround(context, rows, HORIZON, length, hidden)
    return {
        f"train_p{length}.pred_velocity": loss.velocity,
        f"train_p{length}.online_generated": loss.generated,
        f"train_p{length}.dit_attn_mask": around.mask.to(torch.uint8),
        f"train_p{length}_freq1.loss": loss.total,
        f"train_p{length}_freq1.loss_freq": loss.frequency,
        f"train_p{length}_freq1.grad.{GRADIENT}": gradient,
    }
