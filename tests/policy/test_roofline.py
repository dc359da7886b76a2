import pytest
import torch

from ontakt.policy.bench import roofline
from ontakt.policy.bench.counts import Work
from ontakt.policy.bench.roofline import Ceiling, measure_bandwidth, measure_rate

H100 = Ceiling(rate=989e12, bandwidth=3.35e12)


@pytest.mark.parametrize(
    ("work", "seconds", "limit"),
    [
        (Work(989_000_000_000, 1), 1e-3, "rate"),
        (Work(1, 3_350_000_000), 1e-3, "bandwidth"),
        (Work(989_000_000_000, 6_700_000_000), 2e-3, "bandwidth"),
    ],
)
def test_a_stage_takes_the_longer_of_both_limits(work: Work, seconds: float, limit: str) -> None:
    assert H100.seconds(work) == pytest.approx(seconds)
    assert H100.limit(work) == limit


def test_a_bandwidth_is_the_better_of_two_measurements(monkeypatch: pytest.MonkeyPatch) -> None:
    # The copy takes 1 s, the product 2 s.
    times = iter([1.0, 2.0])
    monkeypatch.setattr(roofline, "_best_s", lambda *_: next(times))
    found = measure_bandwidth(torch.device("cpu"), torch.float32, 1 << 20)
    assert (found.bytes, found.copy, found.product) == (1 << 20, 1 << 20, 1 << 19)
    assert found.best == 1 << 20


def test_a_rate_is_two_operations_for_every_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(roofline._SIDE, "cpu", 8)
    monkeypatch.setattr(roofline, "_best_s", lambda *_: 0.5)
    assert measure_rate(torch.device("cpu"), torch.bfloat16) == 2 * 8**3 / 0.5


def test_this_machine_has_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(roofline._SIDE, "cpu", 64)
    device = torch.device("cpu")
    assert measure_rate(device, torch.float32) > 0
    assert measure_bandwidth(device, torch.float32, 1 << 16).best > 0
