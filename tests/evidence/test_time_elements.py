"""The table of time, the stops, and the identities of ISO 22400 and SEMI E10."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.evidence.script import Attribution, begin, morning, night, script, state

from ontakt.contract import State
from ontakt.contract.event import Event, ShiftEnded
from ontakt.evidence.fold import fold
from ontakt.evidence.kpi import kpis
from ontakt.evidence.kpi.iso22400 import Unit, ratio
from ontakt.evidence.time_elements import E10, TABLE, Element, Stop, classify, time_elements

DATA = Path(__file__).parents[1] / "data"
ATTRIBUTIONS: tuple[Attribution, ...] = (
    "none", "robot", "upstream", "downstream", "part", "safety", "operator",
)  # fmt: skip


def test_the_table_is_the_golden_one() -> None:
    """A change of this file changes every plant's figures: it wants a reason in the changelog."""
    lines = [
        f"{state.name},{attribution},{element},{e10}"
        for (state, attribution), (element, e10) in sorted(TABLE.items())
    ]
    assert lines == (DATA / "time_elements.csv").read_text().splitlines()[1:]


def test_the_table_knows_every_state_and_attribution() -> None:
    assert set(TABLE) == {(state, who) for state in State for who in ATTRIBUTIONS}


@pytest.mark.parametrize(
    ("state", "attribution", "element", "e10"),
    [
        # OPC 40001-1 Annex C: executing and processing.
        (State.EXECUTE, "none", Element.APT, E10.PRD),
        # Not executing within the cycle time, an order registered: still production time.
        (State.IDLE, "none", Element.APT, E10.SBY),
        # Not executing beyond it, an order registered: delay; able to work: standby.
        (State.SUSPENDED, "upstream", Element.ADET, E10.SBY),
        (State.SUSPENDED, "downstream", Element.ADET, E10.SBY),
        # Out of service inside an order: delay; unscheduled down.
        (State.HELD, "robot", Element.ADET, E10.UDT),
        (State.ABORTED, "safety", Element.ADET, E10.UDT),
        # Waiting for somebody to come does not make the unit able to work.
        (State.HELD, "operator", Element.ADET, E10.UDT),
        # No order: down time, but not down.
        (State.STOPPED, "none", Element.ADOT, E10.SBY),
        # Setup.
        (State.STARTING, "none", Element.AUST, E10.ENG),
    ],
)
def test_rows_that_the_standards_decide(
    state: State, attribution: str, element: Element, e10: E10
) -> None:
    assert classify(state, attribution) == (element, e10)


def test_the_morning_by_hand() -> None:
    time = time_elements(fold(morning()))
    assert (time.aust, time.apt, time.adet, time.adot) == (20, 460, 75, 20)
    assert (time.aupt, time.aubt, time.pbt) == (480, 555, 575)
    assert time.e10 == {
        E10.PRD: 460, E10.SBY: 45, E10.ENG: 20, E10.SDT: 0, E10.UDT: 50, E10.NST: 0,
    }  # fmt: skip
    assert time.stops == (
        Stop(start=360, end=410, attribution="robot", cause="jam", kind="breakdown", down=True),
        Stop(start=430, end=455, attribution="upstream", cause="starved", kind="minor", down=False),
    )
    assert time.lost == {"robot": 50, "upstream": 25}
    assert time.seconds(time.breakdowns) == 5.0


def test_the_night_by_hand() -> None:
    time = time_elements(fold(night()))
    assert (time.aust, time.apt, time.adet, time.adot) == (10, 370, 140, 0)
    assert [(stop.start, stop.end, stop.attribution, stop.kind) for stop in time.stops] == [
        (180, 240, "downstream", "minor"),
        (260, 340, "safety", "breakdown"),
    ]


def test_a_stop_that_names_nobody_belongs_to_whom_packml_says() -> None:
    events: list[tuple[int, Event]] = [
        (0, begin(hz=10, takt_s=10.0)),
        (0, state(State.HELD)),
        (10, state(State.ABORTED)),
        (20, state(State.SUSPENDED)),
        (30, ShiftEnded(reason="stopped")),
    ]
    assert time_elements(fold(script(events, 10))).lost == {
        "robot": 10, "safety": 10, "upstream": 10,
    }  # fmt: skip


STRETCH = st.tuples(st.integers(0, 500), st.sampled_from(State), st.sampled_from(ATTRIBUTIONS))


@given(stretches=st.lists(STRETCH, max_size=30), minor=st.floats(0, 60), cut=st.booleans())
def test_every_tick_is_counted_once(
    stretches: list[tuple[int, State, Attribution]], minor: float, cut: bool
) -> None:
    tick = 0
    header = replace(begin(hz=10, takt_s=10.0), minor_stop_s=minor)
    events: list[tuple[int, Event]] = [(0, header)]
    for ticks, which, who in stretches:
        tick += ticks
        events.append((tick, state(which, "some", who)))
    if not cut:
        events.append((tick + 7, ShiftEnded(reason="planned")))
    shift = fold(script(events, 10))
    time = time_elements(shift)
    assert time.pbt == shift.ticks == sum(time.e10.values())
    assert time.pbt == time.aubt + time.adot
    assert time.aubt == time.aupt + time.adet
    assert time.aupt == time.apt + time.aust
    assert time.adet == sum(stop.ticks for stop in time.stops) == sum(time.lost.values())
    assert time.operations == time.uptime + time.e10[E10.UDT] + time.e10[E10.SDT]
    assert all(stop.kind == "breakdown" for stop in time.stops if stop.ticks > minor * 10)
    assert all(a.end <= b.start for a, b in pairwise(time.stops))
    figures = {name: kpi.value for name, kpi in kpis(shift).items()}
    availability, tpm = figures["iso22400.availability"], figures["tpm.availability"]
    if availability is not None and tpm is not None:
        # TPM forgives the minor stops that ISO 22400 does not.
        assert 0 <= availability <= tpm <= 1


def test_the_worked_example_of_iso_22400() -> None:
    case = json.loads((DATA / "oracles.json").read_text())["iso22400_example"]
    given_, expected = case["in"], case["out"]
    unit = Unit(
        pbt=given_["PBT"],
        adot=given_["ADOT"],
        adet=given_["ADET"],
        aust=given_["AUST"],
        pru=given_["PRU"],
        pq=given_["PQ"],
        gq=given_["GQ"],
    )
    assert unit.apt == expected["APT"]
    found = {
        "A": unit.availability,
        "E": unit.effectiveness,
        "Q": unit.quality,
        "OEE": unit.oee,
        "NEE": unit.nee,
        "tech": unit.technical_efficiency,
    }
    for name, value in found.items():
        assert value == pytest.approx(expected[name], abs=5e-7), name
    factors = unit.availability, unit.effectiveness, unit.quality
    assert None not in factors
    assert unit.oee == pytest.approx(factors[0] * factors[1] * factors[2])  # type: ignore[operator]


def test_a_unit_that_made_nothing_has_no_quality_and_no_net_effectiveness() -> None:
    idle = Unit(pbt=100, adot=0, adet=0, aust=0, pru=10, pq=0, gq=0)
    assert (idle.quality, idle.nee, idle.oee) == (None, None, 0.0)


def test_the_worked_example_of_vorne() -> None:
    """480 min, 60 of breaks, 47 down, 60 parts a minute, 19 271 made, 423 of them bad; without
    setup, TPM's factors are those of ISO 22400."""
    oracle = json.loads((DATA / "oracles.json").read_text())["oee_vorne"]
    unit = Unit(pbt=420, adot=0, adet=47, aust=0, pru=1 / 60, pq=19271, gq=19271 - 423)
    assert unit.availability == pytest.approx(oracle["A"], abs=5e-7)
    assert unit.effectiveness == pytest.approx(oracle["P"], abs=5e-7)
    assert unit.quality == pytest.approx(oracle["Q"], abs=5e-7)
    assert unit.oee == pytest.approx(oracle["OEE"], abs=5e-7)
    assert unit.oee is not None
    assert unit.oee * 420 / 480 == pytest.approx(oracle["TEEP"], abs=5e-7)  # of all 480 min


def test_vorne_availability() -> None:
    """The availability of Vorne's guide is TPM's: 480 min, 60 of breaks, 47 down."""
    oracle = json.loads((DATA / "oracles.json").read_text())["oee_vorne"]
    assert ratio(480 - 60 - 47, 480 - 60) == pytest.approx(oracle["A"], abs=5e-7)
    events: list[tuple[int, Event]] = [
        (0, begin(hz=1, takt_s=10.0)),
        (0, state(State.EXECUTE)),
        (60 * 373, state(State.HELD, "jam", "robot")),
        (60 * 420, ShiftEnded(reason="planned")),
    ]
    tpm = kpis(fold(script(events, 1)))["tpm.availability"].value
    assert tpm == pytest.approx(oracle["A"], abs=5e-7)
