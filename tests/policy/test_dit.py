import math

import torch
from hypothesis import given as law
from hypothesis import strategies as st
from torch import Tensor

from ontakt.policy.xr0.config import DitConfig
from ontakt.policy.xr0.dit import Attention, DitLayer, Mlp, RmsNorm, rotate

CONFIG = DitConfig(hidden_size=16, num_hidden_layers=1, head_dim=4, num_key_value_heads=2)
"""Four heads of its own on two heads of the cache."""


def _random(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def _angles(rows: int, steps: int, width: int) -> Tensor:
    half = torch.arange(steps)[:, None] * 10.0 ** -torch.arange(width // 2)[None, :]
    return torch.cat((half, half), dim=-1).expand(rows, steps, width)


def _randomise(module: torch.nn.Module) -> None:
    generator = torch.Generator().manual_seed(9)
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(0.3 * torch.randn(p.shape, generator=generator))


@law(st.integers(0, 99), st.floats(0.01, 100))
def test_a_norm_knows_no_scale(seed: int, scale: float) -> None:
    norm, x = RmsNorm(8, 0.0), _random(seed, 2, 8)
    torch.testing.assert_close(norm(x * scale), norm(x), atol=1e-5, rtol=1e-4)
    square = norm(x).detach().pow(2).mean(-1)
    torch.testing.assert_close(square, torch.ones(2), atol=1e-5, rtol=0)


@law(st.integers(0, 99), st.integers(0, 50))
def test_turned_keys_and_queries_know_only_how_far_apart_they_are(seed: int, shift: int) -> None:
    q, k = _random(seed, 2, 1, 1, 1, 8).unbind(0)
    angles = _angles(1, 80, 8)

    def product(at: int, to: int) -> float:
        turned = [
            rotate(x, angles[:, i : i + 1].cos(), angles[:, i : i + 1].sin())
            for x, i in ((q, at), (k, to))
        ]
        return float((turned[0] * turned[1]).sum())

    assert math.isclose(product(5, 2), product(5 + shift, 2 + shift), abs_tol=1e-4)


def slow_attention(
    attention: Attention, h: Tensor, keys: Tensor, values: Tensor, angles: Tensor, mask: Tensor
) -> Tensor:
    """The same, one head of one query after another."""
    batch, own, _ = h.shape
    prompt, heads, width = keys.shape[2], attention.heads, attention.head_dim
    repeat = heads // keys.shape[1]
    qkv = attention.qkv_proj(h)
    out = torch.zeros(batch, own, heads * width)
    half = width // 2

    def turned(x: Tensor, angle: Tensor) -> Tensor:
        result = torch.empty_like(x)
        for i in range(half):
            c, s = math.cos(float(angle[i])), math.sin(float(angle[i]))
            result[i] = x[i] * c - x[i + half] * s
            result[i + half] = x[i + half] * c + x[i] * s
        return result

    for b in range(batch):
        for n in range(heads):

            def part(which: int, j: int, b: int = b, n: int = n) -> Tensor:
                start = which * heads * width + n * width
                return qkv[b, j, start : start + width]

            for i in range(own):
                query = turned(attention.q_norm(part(0, i)), angles[b, i])
                scores, seen = [], []
                for j in range(prompt + own):
                    if not mask[b, 0, i, j]:
                        continue
                    if j < prompt:
                        key, value = keys[b, n // repeat, j], values[b, n // repeat, j]
                    else:
                        key = turned(attention.k_norm(part(1, j - prompt)), angles[b, j - prompt])
                        value = part(2, j - prompt)
                    scores.append((query @ key) / math.sqrt(width))
                    seen.append(value)
                shares = torch.stack(scores).softmax(0)
                out[b, i, n * width : (n + 1) * width] = (shares[:, None] * torch.stack(seen)).sum(
                    0
                )
    return attention.o_proj(out)


def test_attention_is_that_of_the_loops() -> None:
    attention = Attention(CONFIG)
    _randomise(attention)
    h, keys, values = _random(0, 2, 3, 16), _random(1, 2, 2, 5, 4), _random(2, 2, 2, 5, 4)
    angles = _angles(2, 3, 4)
    mask = _random(3, 2, 1, 3, 8) > 0
    mask[..., 5:] |= torch.eye(3, dtype=torch.bool)  # everything sees itself
    with torch.no_grad():
        fast = attention(h, keys, values, angles.cos(), angles.sin(), mask)
        slow = slow_attention(attention, h, keys, values, angles, mask)
    torch.testing.assert_close(fast, slow, atol=1e-5, rtol=0)


def test_a_layer_is_its_formula() -> None:
    layer = DitLayer(CONFIG)
    _randomise(layer)
    h, time = _random(0, 2, 3, 16), _random(1, 2, 6, 16)
    keys, values = _random(2, 2, 2, 5, 4), _random(3, 2, 2, 5, 4)
    angles, mask = _angles(2, 3, 4), torch.ones(2, 1, 3, 8, dtype=torch.bool)
    with torch.no_grad():
        found = layer(h, time, keys, values, angles.cos(), angles.sin(), mask)
        for b in range(2):
            m = layer.adaln_table + time[b]
            a = layer.input_layernorm(h[b]) * (1 + m[1]) + m[0]
            a = layer.attn(
                a[None],
                keys[b : b + 1],
                values[b : b + 1],
                angles[b : b + 1].cos(),
                angles[b : b + 1].sin(),
                mask[b : b + 1],
            )[0]
            middle = layer.middle_layernorm(h[b] + m[2] * a)
            f = layer.mlp(layer.post_layernorm(middle) * (1 + m[4]) + m[3])
            expected = layer.final_layernorm(middle + m[5] * f)
            torch.testing.assert_close(found[b], expected, atol=1e-5, rtol=0)


def test_the_mlp_is_gated_by_silu() -> None:
    mlp, x = Mlp(4), _random(0, 3, 4)
    with torch.no_grad():
        gate = mlp.gate_proj(x)
        expected = mlp.down_proj(gate / (1 + torch.exp(-gate)) * mlp.up_proj(x))
        torch.testing.assert_close(mlp(x), expected, atol=1e-6, rtol=1e-5)
