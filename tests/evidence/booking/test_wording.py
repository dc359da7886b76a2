"""Numbers as a person says them: nothing is rounded into something that it is not."""

import pytest

from ontakt.evidence.booking.wording import at_most, chance, cycles, share, success


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("value", "text"), [(0.99, "99 %"), (0.9995, "99.95 %"), (0.99999, "99.999 %"), (0.5, "50 %")]
)
def test_a_share_keeps_every_digit(value: float, text: str) -> None:
    assert plain(share(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0714, "in 7 of 100 tries"),
        (0.0043, "in 4 of 1,000 tries"),
        (0.9972, "in 997 of 1,000 tries"),
        (0.0, "in fewer than 1 of 1,000 tries"),
        (1.0, "in more than 999 of 1,000 tries"),
        (0.99, "in 99 of 100 tries"),
    ],
)
def test_a_chance_is_so_many_tries(value: float, text: str) -> None:
    assert chance(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.99, "good 99 times in 100"),
        (0.998, "good 998 times in 1,000"),
        (0.99995, "good 99,995 times in 100,000"),
        (1, "always good"),
        (0, "never good"),
    ],
)
def test_a_success_is_a_count(value: float, text: str) -> None:
    assert success(value) == text


def test_one_is_not_many() -> None:
    assert plain(cycles(1)) == "1 cycle"
    assert plain(cycles(1048.7)) == "1,049 cycles"
    assert at_most(0, "failure") == "without a failure"
    assert at_most(0, "assist") == "without an assist"
    assert plain(at_most(1, "failure")) == "with at most 1 failure"
    assert plain(at_most(3, "failure")) == "with at most 3 failures"
