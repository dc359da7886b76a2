"""Seeds of an experiment: golden, distinct, spread."""

import json

import numpy as np
import pytest

from ontakt.contract import BadValue
from ontakt.evidence.experiment import SEED_BITS, seed_of


@pytest.mark.parametrize(
    ("plan", "cell", "repeat", "seed"),
    [
        (0, "nominal", 0, 251623483831085),
        (0, "nominal", 1, 87943723540143),
        ("5e4c2ab3", "plant misalignment=0..3mm", 11, 159395136371651),
        ("ü", 'a"b', 999, 256399599717929),
    ],
)
def test_a_seed_never_changes(plan: str | int, cell: str, repeat: int, seed: int) -> None:
    assert seed_of(plan, cell, repeat) == seed


def test_everything_that_names_a_shift_counts() -> None:
    named: list[tuple[str | int, str, int]] = [
        (7, "a", 0), ("7", "a", 0), (7, "b", 0), (7, "a", 1), (7, "a,0", 0), (7, 'a",0,"', 0),
    ]  # fmt: skip
    assert len({seed_of(*name) for name in named}) == len(named)


def test_no_two_are_equal_in_a_large_experiment() -> None:
    seeds = {
        seed_of(plan, f"cell {n}", k) for plan in range(4) for n in range(50) for k in range(200)
    }
    assert len(seeds) == 4 * 50 * 200


def test_they_are_spread_and_survive_json() -> None:
    seeds = np.array([seed_of(1, "nominal", n) for n in range(4000)])
    assert 0 <= seeds.min() < seeds.max() < 2**SEED_BITS <= 2**53
    assert all(int(float(seed)) == seed == json.loads(json.dumps(int(seed))) for seed in seeds)
    # 16 bins of 250 expected: chi-squared with 15 degrees of freedom is below 38 in 99.9 %
    counts = np.histogram(seeds, 16, (0, 2**SEED_BITS))[0]
    assert ((counts - 250) ** 2 / 250).sum() < 38


def test_repeats_are_counted_from_zero() -> None:
    with pytest.raises(BadValue, match="repeat is -1; repeats are counted from 0"):
        seed_of(0, "nominal", -1)
