import math

import pytest
import torch
from hypothesis import given as law
from hypothesis import strategies as st
from tests.policy.golden import ATOL, CASES, gap, golden_model, tensors

from ontakt.policy.xr0.time_embedding import TimeEmbedder, TimeProjector


@pytest.mark.parametrize("case", CASES)
def test_time_is_embedded_as_by_the_reference(case: str) -> None:
    model, golden = golden_model(), tensors("outputs")
    rows = golden[f"{case}.t_embed_0.4"].shape[0]
    with torch.no_grad():
        vector = model.t_embedder(torch.full((rows,), 0.4))
        assert gap(vector, golden[f"{case}.t_embed_0.4"]) <= ATOL
        assert gap(model.t_projector(vector), golden[f"{case}.t_proj_0.4"]) <= ATOL


@law(st.floats(0, 1, width=32))
def test_the_waves_are_cosines_then_sines_of_geometric_frequencies(t: float) -> None:
    seen: list[torch.Tensor] = []
    embedder = TimeEmbedder(8)
    embedder.mlp.register_forward_hook(lambda _module, given, _out: seen.append(given[0]))
    with torch.no_grad():
        embedder(torch.tensor([t]))
    for k in range(128):
        angle = 1000 * t * math.exp(-math.log(10_000) * k / 128)
        # float32 resolves angles of up to 1000 to some 6e-5.
        assert float(seen[0][0, k]) == pytest.approx(math.cos(angle), abs=5e-4)
        assert float(seen[0][0, 128 + k]) == pytest.approx(math.sin(angle), abs=5e-4)


def test_rows_are_a_linear_function_of_the_vector() -> None:
    """No activation stands before the projector: shifts of the vector shift the rows."""
    projector = TimeProjector(8)
    a, b = torch.randn((2, 3, 1, 8), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        rows = projector(a) + projector(b) - projector(torch.zeros_like(a))
        assert rows.shape == (3, 6, 8)
        torch.testing.assert_close(rows, projector(a + b), atol=1e-6, rtol=0)


def test_a_bfloat16_model_embeds_the_exact_time() -> None:
    """The waves are computed in float32 and rounded after, so 0.201 and 0.2 stay apart."""
    embedder = TimeEmbedder(64).to(torch.bfloat16)
    with torch.no_grad():
        near, far = embedder(torch.tensor([0.2, 0.201])).unbind(0)
    assert near.dtype == torch.bfloat16
    assert not torch.equal(near, far)
