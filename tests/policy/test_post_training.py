import pytest
import torch
from scipy import stats

from ontakt.contract import BadValue
from ontakt.policy.xr0.flow_time import UniformTime
from ontakt.policy.xr0.post_training import Draws, PostTraining, draw


def _draw(seed: int = 0, config: PostTraining | None = None, batch: int = 3) -> Draws:
    generator = torch.Generator().manual_seed(seed)
    return draw(config or PostTraining(), batch, 10, 32, generator)


def test_a_row_has_as_many_draws_as_the_configuration_says() -> None:
    for repeat in (1, 4):
        draws = _draw(config=PostTraining(repeat=repeat))
        assert draws.t.shape == (3 * repeat,)
        assert draws.noise.shape == (3 * repeat, 10, 32)
        assert draws.noise.dtype == draws.t.dtype == torch.float32


def test_chance_comes_from_the_generator_alone() -> None:
    torch.manual_seed(1)
    first = _draw(5)
    torch.manual_seed(2)
    second, other = _draw(5), _draw(6)
    assert torch.equal(first.t, second.t)
    assert torch.equal(first.noise, second.noise)
    assert torch.equal(first.hiding, second.hiding)
    assert first.prefix_length == second.prefix_length
    assert not torch.equal(first.noise, other.noise)


def test_noise_is_standard_normal() -> None:
    noise = _draw(batch=20).noise.flatten().double().numpy()
    assert stats.kstest(noise, stats.norm.cdf).pvalue > 0.01


def test_a_prefix_has_a_number_for_every_token_that_may_be_hidden() -> None:
    lengths = set()
    for seed in range(60):
        draws = _draw(seed, batch=1)
        lengths.add(draws.prefix_length)
        assert draws.hiding.shape == (max(draws.prefix_length - 2, 0),)
    assert lengths == set(range(7))


def test_the_time_follows_the_law_that_is_asked_for() -> None:
    t = _draw(config=PostTraining(time=UniformTime(), repeat=4_000), batch=1).t
    assert stats.kstest(t.numpy(), stats.uniform.cdf).pvalue > 0.01


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(BadValue, match="repeat"):
        PostTraining(repeat=0)
    with pytest.raises(BadValue, match="prefix_probability"):
        PostTraining(prefix_probability=1.1)
    with pytest.raises(BadValue, match="longest_prefix"):
        PostTraining(longest_prefix=-1)
    with pytest.raises(BadValue, match="frequency_weight"):
        PostTraining(frequency_weight=float("nan"))
