"""Names of fleets."""

import pytest

from ontakt.cli.fleet.cores import cores
from ontakt.cli.fleet.fleet import find_fleet
from ontakt.cli.fleet.local import LocalFleet
from ontakt.contract import BadValue, UnknownName


def test_this_machine() -> None:
    assert find_fleet("local", 3) == LocalFleet(3)
    assert find_fleet("local").jobs == cores() >= 1


@pytest.mark.parametrize("name", ["lokal", "rays", "local:2", ""])
def test_what_is_no_fleet(name: str) -> None:
    with pytest.raises(UnknownName, match="Available: local, ray"):
        find_fleet(name)


def test_nobody_works_nothing() -> None:
    with pytest.raises(BadValue, match="--jobs is 0; at least 1 shift at a time"):
        find_fleet("local", 0)
