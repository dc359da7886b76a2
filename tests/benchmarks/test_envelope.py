"""`python -m benchmarks.envelope`: where brute force looks, and when it contradicts."""

from benchmarks.envelope import Told, grid, in_turn, judge, orders_of, table
from tests.evidence.envelope.made import CLUTTER, MISALIGNMENT, TOLERANCE

from ontakt.cli.fleet.order import check_orders

TOLD = Told(span=MISALIGNMENT, reliability=0.95, holds_up_to=4.0, fails_beyond=6.0)
SLIM = Told(span=TOLERANCE, reliability=0.95, holds_up_to=0.176, fails_beyond=None)
PLAN = {
    "design": {"seed": 3},
    "station": "toy",
    "policy": "expert",
    "policy_hash": "p0",
    "takt_s": 30.0,
    "latency": "fixed:80ms",
    "strategy": "sync",
    "base": {"words": ["nominal"]},
}


def test_points_lie_at_the_ends_and_in_between() -> None:
    assert grid(TOLD, 3) == (0, 4, 4.5, 5, 5.5, 6, 10)
    assert grid(SLIM, 1) == (0.8, 0.176, 0.098, 0.02)
    everywhere = Told(span=CLUTTER, reliability=0.95, holds_up_to=8.0, fails_beyond=None)
    assert grid(everywhere, 1) == (0, 4, 8)


def test_every_shift_has_a_seed_of_its_own() -> None:
    orders = orders_of(PLAN, TOLD, grid(TOLD, 3), 250, 100)
    check_orders([order for order, _ in orders.values()])
    assert len(orders) == 7 * 3
    assert sum(cell.cycles for _, cell in orders.values()) == 7 * 250
    first, _ = orders["points/misalignment-4.5/000"]
    assert first.options.variation == ("nominal", "misalignment=4.5 mm")


def test_a_cut_run_has_looked_about_the_limit() -> None:
    """In turn at both ends of the interval, and at the ends of the ladder afterwards."""
    whole = orders_of(PLAN, TOLD, grid(TOLD, 0), 200, 100)
    whole |= orders_of(PLAN, SLIM, grid(SLIM, 0), 200, 100)
    turns = [order.name.removeprefix("points/") for order in in_turn(whole, [TOLD, SLIM])]
    points = ["misalignment-4", "misalignment-6", "tolerance-0.176"]
    ends = ["misalignment-0", "misalignment-10", "tolerance-0.8", "tolerance-0.02"]
    assert turns == [
        f"{name}/{k:03d}" for group in (points, ends) for k in (0, 1) for name in group
    ]


def test_limits_that_hold_are_confirmed() -> None:
    counts = [(0, 2000, 2000), (4, 1999, 2000), (5, 1880, 2000), (6, 900, 2000), (10, 0, 2000)]
    check = judge(TOLD, counts)
    assert [point.word for point in check.points] == ["holds", "holds", "open", "fails", "fails"]
    assert check.against == ()
    assert check.crossing is not None
    assert 4 < check.crossing < 5
    assert "confirmed" in table(check)


def test_limits_that_do_not_hold_are_refuted() -> None:
    early = judge(TOLD, [(0, 2000, 2000), (4, 1700, 2000), (6, 900, 2000), (10, 0, 2000)])
    assert early.against[0] == "it fails at 4 mm, told to hold"
    assert early.against[1].startswith("success crosses at 1.33333 mm, before")
    late = judge(TOLD, [(0, 2000, 2000), (4, 2000, 2000), (6, 1990, 2000), (10, 0, 2000)])
    assert late.against[0] == "it holds at 6 mm, told to fail"
    assert "beyond what was told to fail" in late.against[1]
    assert "refuted" in table(late)
    slim = judge(SLIM, [(0.8, 2000, 2000), (0.176, 1500, 2000), (0.02, 0, 2000)])
    assert slim.against[0] == "it fails at 0.176 mm, told to hold"


def test_what_was_not_worked_says_nothing() -> None:
    check = judge(TOLD, [(0, 0, 0), (4, 0, 0), (10, 0, 0)])
    assert (check.crossing, check.against) == (None, ())
    assert {point.word for point in check.points} == {"open"}
    assert "unknown" in table(check)
