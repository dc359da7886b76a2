import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from ontakt.policy.bench.case import make_case
from ontakt.policy.bench.contenders import LAPS, eager, engine
from ontakt.policy.bench.counts import STAGES, Shape, count
from ontakt.policy.xr0.config import XR0, XR0_COMPACT, Xr0Config, read_config
from ontakt.policy.xr0.engine.engine import Xr0Engine
from ontakt.policy.xr0.initialisation import new_model
from ontakt.policy.xr0.layout import part_of, tensor_shapes

TINY = read_config(Path(__file__).parents[1] / "data" / "xr0")


class Counted:
    """Laps that read an operation counter in place of a clock."""

    def __init__(self, counter: Any) -> None:
        self._counter = counter
        self._marks: list[int] = []

    def mark(self) -> None:
        self._marks.append(self._counter.get_total_flops())

    def read(self) -> list[float]:
        return [b - a for a, b in zip(self._marks, self._marks[1:], strict=False)]


@pytest.mark.parametrize("config", [TINY, XR0_COMPACT], ids=["tiny", "compact"])
@pytest.mark.parametrize("who", ["eager", "engine"])
def test_operations_are_those_that_torch_counts(config: Xr0Config, who: str) -> None:
    case, steps = make_case(config, prefix_length=2), 3
    model = new_model(config, dtype=torch.bfloat16)  # the counter does not know packed products
    if who == "eager":
        run = eager(model, case, steps, seed=0)
    else:
        run = engine(Xr0Engine(model, steps), case, seed=0)
    run(Counted(FlopCounterMode(display=False)))  # layouts are made
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        laps = Counted(counter)
        run(laps)
    work = count(config, case.shape(steps), 2, eager=who == "eager")
    found = dict(zip(LAPS, laps.read(), strict=True))
    assert found == {"preprocess": 0, "decode": 0, **{name: work[name].flop for name in STAGES}}


@pytest.mark.parametrize(
    ("grids", "prompt", "horizon", "gflop", "gigabytes"),
    [
        (((1, 16, 16),) * 2, 196, 10, (352, 1447, 33), (0.83, 7.32, 2.84)),
        (((1, 16, 16),), 122, 4, (176, 895, 17), (0.83, 7.30, 2.81)),
        (((1, 16, 20),) * 3, 320, 30, (665, 2386, 90), (0.83, 7.36, 2.88)),
    ],
    ids=["LIBERO", "WidowX", "bimanual"],
)
def test_the_eager_model_costs_what_was_worked_out_for_it_by_hand(
    grids: tuple[tuple[int, int, int], ...],
    prompt: int,
    horizon: int,
    gflop: tuple[float, ...],
    gigabytes: tuple[float, ...],
) -> None:
    shape = Shape(grids=grids, prompt=prompt, horizon=horizon, steps=5)
    work = count(XR0, shape, element=2, eager=True)
    assert [work[name].flop / 1e9 for name in STAGES] == pytest.approx(gflop, abs=0.6)
    assert [work[name].bytes / 1e9 for name in STAGES] == pytest.approx(gigabytes, abs=0.006)


def test_the_default_case_of_the_released_size_is_the_bimanual_one() -> None:
    shape = make_case(XR0).shape(5)
    assert shape == Shape(grids=((1, 16, 20),) * 3, prompt=320, horizon=30, steps=5)


def test_the_default_case_of_the_compact_size_is_the_station_s() -> None:
    shape = make_case(XR0_COMPACT).shape(5)
    assert shape == Shape(grids=((1, 2, 6), (1, 6, 6), (1, 6, 6)), prompt=31, horizon=16, steps=5)


def test_the_last_text_layer_spares_all_but_keys_and_values() -> None:
    shape = Shape(grids=((1, 16, 20),), prompt=320, horizon=30, steps=5)
    eager_text, text = (count(XR0, shape, 2, eager=e)["text"] for e in (True, False))
    spared = 2560 * 4096 * 2 + 3 * 2560 * 9728  # q, o, the MLP
    norms = 128 + 2560 + 2560
    cache = (2 * 36 - 16) * 2 * 320 * 8 * 128
    assert eager_text.bytes - text.bytes == 2 * (spared + norms + cache)
    assert eager_text.flop - text.flop == 2 * 320 * spared + 4 * 320**2 * 4096


def test_numbers_of_four_bytes_are_twice_as_many_bytes_and_as_many_operations() -> None:
    shape = make_case(XR0_COMPACT).shape(5)
    for name in STAGES:
        half, whole = (count(XR0_COMPACT, shape, element)[name] for element in (2, 4))
        assert (whole.flop, whole.bytes) == (half.flop, 2 * half.bytes)


def test_no_weight_but_the_embedding_is_forgotten_by_the_eager_count() -> None:
    """With nothing to see or say, one step reads every weight once."""
    shape = Shape(grids=(), prompt=0, horizon=1, steps=1)
    counted = sum(work.bytes for work in count(XR0, shape, 1, eager=True).values())
    sizes = {name: math.prod(size) for name, size in tensor_shapes(XR0).items()}
    unread = sum(size for name, size in sizes.items() if part_of(name) == "embeddings")
    sink = sizes["sink.weight"]
    assert counted == sum(sizes.values()) - unread - sink
