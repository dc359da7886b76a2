"""Gaps and blocks: how often, how long, and the same for the same seed."""

import pytest

from ontakt.line.disturbance import Disturbance

HZ = 30


def interruptions(disturbance: Disturbance, hours: float) -> list[tuple[int, int]]:
    """(tick at which it was seen, tick at which it is over), looking every second."""
    found: list[tuple[int, int]] = []
    for tick in range(0, round(hours * 3600 * HZ), HZ):
        until = disturbance.until(tick)
        if until is not None and (not found or found[-1][1] != until):
            found.append((tick, until))
    return found


def test_never_at_a_rate_of_zero() -> None:
    assert interruptions(Disturbance(0.0, 60.0, 1, "upstream", HZ), 3.0) == []


def test_rate_and_length() -> None:
    """At 6 per hour of running and 60 s each, a cycle of the process is 660 s: 200 h have 1091
    of them, with a standard error of about 30; gaps shorter than the second between two looks
    are missed (1.7 %)."""
    found = interruptions(Disturbance(6.0, 60.0, 5, "upstream", HZ), 200.0)
    assert len(found) == pytest.approx(1091 * 0.99, abs=100)
    mean = sum(end - seen for seen, end in found) / len(found) / HZ
    assert mean == pytest.approx(60.0, abs=6.0)
    assert all(end > seen for seen, end in found)


def test_seed_and_purpose_decide() -> None:
    def first(seed: int, purpose: str) -> list[tuple[int, int]]:
        return interruptions(Disturbance(6.0, 60.0, seed, purpose, HZ), 5.0)

    assert first(1, "upstream") == first(1, "upstream")
    assert first(1, "upstream") != first(2, "upstream")
    assert first(1, "upstream") != first(1, "downstream")


def test_looking_more_often_changes_nothing() -> None:
    often, seldom = (Disturbance(20.0, 90.0, 3, "upstream", HZ) for _ in range(2))
    every = {tick: often.until(tick) for tick in range(0, 200_000, 7)}
    assert [seldom.until(tick) for tick in range(0, 200_000, 700)] == [
        every[tick] for tick in range(0, 200_000, 700)
    ]
