"""The operator model: its distributions, its seeds, and what it refuses."""

import numpy as np
import pytest
from msgspec import structs

from ontakt.contract import UnknownName
from ontakt.line.downtime import REASONS
from ontakt.line.operator import ModelOperator, OperatorConfig

CONFIG = OperatorConfig(
    acknowledge=(8.0, 30.0), travel=(20.0, 60.0), finish=(35.0, 80.0), remove=(30.0, 70.0),
    clear=(25.0, 60.0), refill=(40.0, 90.0),
    action={**dict.fromkeys(REASONS, "finish"), "guard": "remove", "starved": "refill"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("part", "reason", "median", "p95"),
    [
        ("acknowledge_s", "drop", 8.0, 30.0),
        ("travel_s", "drop", 20.0, 60.0),
        ("handling_s", "drop", 35.0, 80.0),
        ("handling_s", "guard", 30.0, 70.0),
        ("handling_s", "starved", 40.0, 90.0),
    ],
)
def test_median_and_p95_are_what_the_file_says(
    part: str, reason: str, median: float, p95: float
) -> None:
    """4000 calls. The share below a quantile q is binomial with error sqrt(q(1-q)/n): 0.008 at
    the median, 0.0034 at the 95th percentile; four of them are allowed."""
    operator = ModelOperator(CONFIG, seed=11)
    times = np.array([getattr(operator.respond(call, reason), part) for call in range(4000)])
    assert np.mean(times <= median) == pytest.approx(0.5, abs=0.032)
    assert np.mean(times <= p95) == pytest.approx(0.95, abs=0.0138)
    assert times.min() > 0


def test_the_three_times_of_a_call_are_independent() -> None:
    operator = ModelOperator(CONFIG, seed=11)
    answers = [operator.respond(call, "drop") for call in range(2000)]
    logs = np.log([[a.acknowledge_s, a.travel_s, a.handling_s] for a in answers])
    correlation = np.corrcoef(logs.T)[np.triu_indices(3, 1)]
    assert np.abs(correlation).max() < 4 / np.sqrt(2000)


def test_a_call_depends_on_seed_and_number_alone() -> None:
    one, two = ModelOperator(CONFIG, 11), ModelOperator(CONFIG, 11)
    two.respond(0, "jam")
    two.respond(1, "jam")
    assert one.respond(5, "drop") == two.respond(5, "drop")
    assert one.respond(5, "drop") != one.respond(6, "drop")
    assert one.respond(5, "drop") != ModelOperator(CONFIG, 12).respond(5, "drop")


def test_reason_to_action() -> None:
    operator = ModelOperator(CONFIG, 1)
    assert operator.respond(0, "drop").action == "finish"
    assert operator.respond(0, "guard").action == "remove"
    assert operator.respond(0, "starved").action == "refill"
    with pytest.raises(UnknownName, match=r"Unknown reason of a call 'drip'. Did you mean 'drop'"):
        operator.respond(0, "drip")


def test_no_spread_is_no_chance() -> None:
    steady = structs.replace(CONFIG, acknowledge=(9.0, 9.0))
    assert {ModelOperator(steady, s).respond(0, "drop").acknowledge_s for s in range(9)} == {9.0}


def test_times_and_actions_that_cannot_be() -> None:
    for times in ((0.0, 3.0), (-1.0, 3.0), (5.0, 4.0)):
        with pytest.raises(ValueError, match="travel needs 0 s < median <= 95th percentile"):
            structs.replace(CONFIG, travel=times)
    with pytest.raises(ValueError, match="action says nothing for drop"):
        structs.replace(CONFIG, action={r: a for r, a in CONFIG.action.items() if r != "drop"})
