"""The tensors that a configuration implies are those of the model."""

import pytest
import torch
from tests.policy.golden import DATA

from ontakt.policy.xr0.config import CONFIGS, read_config
from ontakt.policy.xr0.layout import HEAD, tensor_shapes
from ontakt.policy.xr0.model import Xr0Model


@pytest.mark.parametrize("name", ["xr0", "xr0-compact", "golden"])
def test_the_closed_form_layout_is_the_models_own(name: str) -> None:
    config = read_config(DATA) if name == "golden" else CONFIGS[name]
    with torch.device("meta"):
        state = Xr0Model(config).state_dict()
    own = {key: tuple(value.shape) for key, value in state.items() if key != HEAD}
    assert tensor_shapes(config) == own


def test_the_released_size_has_the_published_counts() -> None:
    shapes = tensor_shapes(CONFIGS["xr0"])
    assert len(shapes) == 932
    assert sum(torch.Size(shape).numel() for shape in shapes.values()) == 4_716_274_176
