"""Where a model runs."""

import os

import pytest
import torch

from ontakt.contract import BadValue
from ontakt.policy.device import choose_threads, find_device


@pytest.mark.parametrize("name", ["tpu", "", "meta", "cuda:99"])
def test_a_device_that_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(BadValue, match="device"):
        find_device(name)


def test_auto_is_what_there_is() -> None:
    assert find_device("cpu") == torch.device("cpu")
    assert find_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="needs Linux")
@pytest.mark.parametrize(
    ("cores", "small", "large"), [(1, 1, 1), (2, 1, 2), (3, 2, 3), (64, 2, 64)]
)
def test_a_small_model_leaves_a_core_and_takes_two_at_most(
    cores: int, small: int, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
    assert choose_threads(5_000_000) == small
    assert choose_threads(4_716_274_176) == large
