import pytest
import torch
from scipy import stats

from ontakt.contract import BadValue
from ontakt.policy.xr0.flow_time import (
    BetaTime,
    FlowTime,
    LogitNormalTime,
    UniformTime,
    draw_time,
)

COUNT = 20_000


def _draw(law: FlowTime, count: int = COUNT, seed: int = 0) -> torch.Tensor:
    return draw_time(law, count, torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("alpha", [1.5, 1.0, 3.0])
def test_beta_time_is_distributed_as_it_says(alpha: float) -> None:
    t = _draw(BetaTime(alpha))
    u = 1 - t.double().numpy() / 0.999
    assert stats.kstest(u, stats.beta(alpha, 1).cdf).pvalue > 0.01


def test_the_other_laws_are_distributed_as_they_say() -> None:
    logit = torch.logit(_draw(LogitNormalTime(0.3, 1.2)).double()).numpy()
    assert stats.kstest(logit, stats.norm(0.3, 1.2).cdf).pvalue > 0.01
    assert stats.kstest(_draw(UniformTime()).numpy(), stats.uniform.cdf).pvalue > 0.01


def test_most_of_the_beta_mass_lies_near_noise() -> None:
    t = _draw(BetaTime())
    assert float(t.min()) >= 0
    assert float(t.max()) <= 0.999
    # The mean of Beta(1.5, 1) is 0.6.
    assert float(t.mean()) == pytest.approx(0.999 * 0.4, abs=0.01)


@pytest.mark.parametrize("law", [BetaTime(), LogitNormalTime(), UniformTime()])
def test_times_come_from_the_generator_alone(law: FlowTime) -> None:
    torch.manual_seed(1)
    first = _draw(law, 8)
    torch.manual_seed(2)
    assert torch.equal(first, _draw(law, 8))
    assert not torch.equal(first, _draw(law, 8, seed=1))
    assert first.dtype == torch.float32


def test_impossible_laws_are_refused() -> None:
    with pytest.raises(BadValue, match="alpha"):
        BetaTime(0.0)
    with pytest.raises(BadValue, match="deviation"):
        LogitNormalTime(deviation=-1.0)
