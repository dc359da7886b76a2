import pytest
import torch
from hypothesis import given as law
from hypothesis import strategies as st
from torch import Tensor

from ontakt.policy.xr0.tokens import hidden_prefix, hideable, own_mask, own_positions

HORIZONS, PREFIXES, SEEDS = st.integers(1, 9), st.integers(0, 9), st.integers(0, 99)
WINDOWS = st.one_of(st.none(), st.integers(0, 5))


def slow_positions(
    prompt: Tensor, state_length: int, horizon: int, prefix: int, offset: int
) -> Tensor:
    """The same, one token after another."""
    own = 1 + state_length + horizon
    positions = torch.zeros(3, prompt.shape[1], own, dtype=torch.int64)
    for axis in range(3):
        for row in range(prompt.shape[1]):
            last = max(int(p) for p in prompt[axis, row])
            for j in range(own):
                action = j - 1 - state_length
                moved = offset if action >= prefix else 0
                positions[axis, row, j] = last + 1 + j + moved
    return positions


@law(SEEDS, st.integers(1, 2), HORIZONS, PREFIXES, st.sampled_from([0, 10, 3]))
def test_positions_are_those_of_the_loops(
    seed: int, state_length: int, horizon: int, prefix: int, offset: int
) -> None:
    prefix = min(prefix, horizon)
    ids = torch.randint(0, 50, (3, 2, 6), generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(
        own_positions(ids, state_length, horizon, prefix, offset),
        slow_positions(ids, state_length, horizon, prefix, offset),
    )


def sees(
    row: int, column: int, lead: int, window: int | None, hidden: Tensor | None, prefix: int
) -> bool:
    """Whether own token `row` sees own token `column`, in words."""
    if column > row:
        return False  # nobody sees what comes after
    if column < lead:
        return True  # sink and state are seen by all after them
    action, other = row - lead, column - lead
    if hidden is not None and action >= prefix and hidden[other]:
        return False
    return window is None or action - other <= window


@law(SEEDS, st.integers(1, 2), HORIZONS, PREFIXES, WINDOWS, st.booleans())
def test_the_mask_is_that_of_the_loops(
    seed: int, state_length: int, horizon: int, prefix: int, window: int | None, hides: bool
) -> None:
    generator = torch.Generator().manual_seed(seed)
    prefix, lead = min(prefix, horizon), 1 + state_length
    attention = torch.randint(0, 2, (2, 5), generator=generator)
    hidden = None
    if hides:
        hidden = hidden_prefix(prefix, horizon, torch.rand(horizon, generator=generator))
    mask = own_mask(attention, state_length, horizon, window, hidden, prefix)
    own = lead + horizon
    assert mask.shape == (2, 1, own, 5 + own)
    for row in range(own):
        for b in range(2):
            assert torch.equal(mask[b, 0, row, :5], attention[b].bool())
            for column in range(own):
                expected = sees(row, column, lead, window, hidden, prefix)
                assert bool(mask[b, 0, row, 5 + column]) is expected


@law(SEEDS, st.integers(1, 9), PREFIXES)
def test_training_hides_prefix_tokens_but_never_the_last_two(
    seed: int, horizon: int, prefix: int
) -> None:
    prefix = min(prefix, horizon)
    uniform = torch.rand(max(prefix - 2, 0), generator=torch.Generator().manual_seed(seed))
    hidden = hidden_prefix(prefix, horizon, uniform)
    assert hidden.shape == (horizon,)
    assert not hidden[max(prefix - 2, 0) :].any()
    assert hidden[: uniform.numel()].tolist() == [float(u) < 0.5 for u in uniform]
    assert uniform.numel() == hideable(prefix)


@law(SEEDS, HORIZONS, WINDOWS)
def test_everybody_sees_himself_and_a_full_window_is_causal(
    seed: int, horizon: int, window: int | None
) -> None:
    attention = torch.ones(1, 3, dtype=torch.int64)
    uniform = torch.rand(horizon, generator=torch.Generator().manual_seed(seed))
    hidden = hidden_prefix(horizon, horizon, uniform)
    mask = own_mask(attention, 1, horizon, window, hidden, horizon)[0, 0, :, 3:]
    assert bool(mask.diagonal().all())
    assert torch.equal(
        own_mask(attention, 1, horizon, horizon), own_mask(attention, 1, horizon, None)
    )


@pytest.mark.parametrize("window", [None, 4])
def test_state_and_sink_see_no_action(window: int | None) -> None:
    mask = own_mask(torch.ones(1, 3, dtype=torch.int64), 1, 6, window)[0, 0, :, 3:]
    assert mask[:2, :2].tolist() == [[True, False], [True, True]]
    assert not mask[:2, 2:].any()
    assert bool(mask[2:, :2].all())
    assert mask[7, 2:].tolist() == [window is None, True, True, True, True, True]
