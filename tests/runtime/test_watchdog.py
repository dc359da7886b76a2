"""The watchdog over a policy that does not answer."""

import pytest

from ontakt.contract import BadValue
from ontakt.runtime.watchdog import Watchdog, WatchdogConfig

DOG = Watchdog(WatchdogConfig(hold=1.0, stop=3.0), 30)


@pytest.mark.parametrize(
    ("waited", "action"),
    [(None, None), (0, None), (29, None), (30, "hold"), (89, "hold"), (90, "stop"), (9000, "stop")],
)
def test_it_holds_and_then_stops(waited: int | None, action: str | None) -> None:
    trip = DOG.see(waited)
    assert (None if trip is None else trip.action) == action
    if trip is not None:
        assert waited is not None
        assert (trip.rule, trip.side) == ("watchdog", None)
        assert trip.value == pytest.approx(waited / 30)


@pytest.mark.parametrize(("hold", "stop"), [(0.0, 1.0), (2.0, 1.0), (-1.0, 1.0)])
def test_bounds_have_an_order(hold: float, stop: float) -> None:
    with pytest.raises(BadValue, match="hold <= stop"):
        Watchdog(WatchdogConfig(hold=hold, stop=stop), 30)
