"""The auxiliary task in closed forms."""

import math

import msgspec
import numpy as np
import pytest
import torch
from tests.policy.training.tiny import WRISTS, config, processor, table

from ontakt.contract import BadValue
from ontakt.policy.processor import Processor
from ontakt.policy.training.localisation import (
    SOFT,
    Localiser,
    Places,
    localisation_error,
    millimetres,
    presence_error,
    squashed,
    wrists_of,
)


def truth(places: list[list[float]], known: list[bool]) -> Places:
    """One lesson, one side, with a nut that is not on the pin."""
    there = torch.tensor([[[True, False]]])
    return Places(torch.tensor([[places]]), torch.tensor([[known]]), there)


def test_millimetres_are_horizontal_and_of_near_places_only() -> None:
    real = truth([[0.003, 0.004, 0.01], [0.2, 0.0, 0.0]], [True, True])
    said = squashed(torch.tensor([[[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]]]))
    nut, pin = millimetres(said, real).tolist()
    assert nut == pytest.approx(5.0)
    assert math.isnan(pin), "20 cm away"
    assert math.isnan(millimetres(said, truth([[0.0] * 3] * 2, [False, True]))[0])


def test_what_is_said_right_has_no_error() -> None:
    real = truth([[0.003, -0.004, 0.01], [0.02, 0.0, -0.3]], [True, True])
    said = squashed(real.places)
    assert float(localisation_error(said, real)) == 0
    assert float(millimetres(said, real)[0]) == pytest.approx(0, abs=1e-4)


def test_the_error_is_a_mean_over_what_is_known() -> None:
    real = truth([[SOFT, 0.0, 0.0], [1.0, 1.0, 1.0]], [True, False])
    away = math.asinh(1) / 2
    wanted = (away - 0.05) / 3  # smooth L1 with beta 0.1, on one of three numbers
    assert float(localisation_error(torch.zeros(1, 1, 2, 3), real)) == pytest.approx(wanted)
    nothing = truth([[0.0] * 3] * 2, [False, False])
    assert float(localisation_error(torch.ones(1, 1, 2, 3), nothing)) == 0


def test_the_heads_fit_the_wrists() -> None:
    wrists = wrists_of(table(), processor())
    assert wrists == WRISTS
    localiser = Localiser(config(), wrists)
    said = localiser(torch.zeros(3, 21, 32), torch.zeros(3, 2, 32), torch.zeros(3, 2, 14))
    assert [part.shape for part in said.places] == [(3, 2, 2, 3)] * 2
    assert [part.shape for part in said.there] == [(3, 2, 2)] * 2
    blind = Localiser(config(), msgspec.structs.replace(wrists, shared=0))
    said = blind(torch.zeros(3, 18, 32), torch.zeros(3, 2, 32), torch.zeros(3, 2, 14))
    assert [part.shape for part in said.there] == [(3, 2, 2)]


def test_presence_is_told_in_nats() -> None:
    real = truth([[0.0] * 3] * 2, [True, True])
    assert float(presence_error(torch.zeros(1, 1, 2), real)) == pytest.approx(math.log(2))
    sure = torch.tensor([[[20.0, -20.0]]])
    assert float(presence_error(sure, real)) == pytest.approx(0, abs=1e-6)
    assert float(presence_error(-sure, real)) == pytest.approx(20)


def test_sides_that_differ_are_refused() -> None:
    ours = processor()
    state = msgspec.structs.replace(ours.embodiment.state, starts=(14, 0))
    body = msgspec.structs.replace(ours.embodiment, state=state)
    other = Processor(body, ours.statistics, ours.tokenizer, ours.geometry, ours.state_width)
    with pytest.raises(BadValue, match="give it weight 0"):
        wrists_of(table(), other)
    small = msgspec.structs.replace(
        table(), views=(*table().views[:2], np.zeros((24, 64, 64, 3), np.uint8))
    )
    with pytest.raises(BadValue, match="one size"):
        wrists_of(small, ours)
