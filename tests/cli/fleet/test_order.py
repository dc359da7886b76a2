"""Orders that make sense together."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.cli.fleet.orders import order

from ontakt.cli.fleet.order import check_orders, torn_places
from ontakt.contract import BadValue, SetupError


@pytest.mark.parametrize("name", ["", ".", "/etc", "../a", "a/../b", ".hidden", "a/.b", "a\\b"])
def test_a_name_is_a_place_below_the_experiment(name: str) -> None:
    with pytest.raises(BadValue, match="a folder below the experiment's"):
        replace(order(1), name=name)


def test_two_orders_are_two_shifts_in_two_places() -> None:
    check_orders([order(1), order(2), order(1, "shifts/long", cycles=9)])
    with pytest.raises(BadValue, match="'a'; each stands there once"):
        check_orders([order(1, "a"), order(2, "a")])
    with pytest.raises(BadValue, match="'a/b'; a is a shift itself"):
        check_orders([order(1, "a/b"), order(2, "a")])
    with pytest.raises(SetupError, match=r"a and b are the same shift \(toy .*--seed 1 .*its own"):
        check_orders([order(1, "a"), order(1, "b")])


def test_size_is_what_is_planned() -> None:
    assert order(1, cycles=60).size == 60
    hours = replace(order(1).options, cycles=None, hours=2.5)
    assert replace(order(1), options=hours).size == 2.5


def test_what_kills_have_left_is_found_and_nothing_else(tmp_path: Path) -> None:
    for name in ("shifts/.1.77-1.partial", "shifts/1", "shifts/.keep", "other/.2.9-1.partial"):
        (tmp_path / name).mkdir(parents=True)
    assert torn_places(tmp_path, [order(1), order(2)]) == [tmp_path / "shifts/.1.77-1.partial"]
