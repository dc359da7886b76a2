"""The contract's values hold what they promise: frozen, exact, readable for ever."""

import math
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontakt.contract import (
    SIDES,
    ActionChunk,
    ActionSpace,
    BadValue,
    CellStats,
    SetupError,
    UnknownName,
    frozen_array,
    seconds_of,
    ticks_of,
)
from ontakt.contract.config import ConfigFile
from ontakt.contract.event import CycleEnded, Event, Origin, Record, decode, encode
from ontakt.contract.units import UNITS, Metres, Seconds, quantity

ORIGIN = Origin(shift="s", station="st", robot="r", policy_hash="p", config_hash="c")


def test_frozen_array_is_a_copy_that_cannot_be_written() -> None:
    source = np.zeros(3)
    array = frozen_array(source)
    source[0] = 1.0
    assert array[0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 2.0


def test_action_space_packs_and_reads_back_every_side() -> None:
    space = ActionSpace()
    targets = {
        s: (np.array([k, 2.0, 3.0]), np.array([1.0, 0, 0, 0]), 0.01 * (k + 1))
        for k, s in enumerate(SIDES)
    }
    action = space.pack(targets)
    assert action.shape == (space.width,) == (16,)
    for side, (position, quaternion, opening) in targets.items():
        assert np.array_equal(space.position(action, side), position)
        assert np.array_equal(space.quaternion(action, side), quaternion)
        assert space.opening(action, side) == opening
    chunk = ActionChunk(observed_tick=0, targets=np.stack([action] * 4))
    assert chunk.horizon == 4
    assert space.position(chunk.targets, "right").shape == (4, 3)


@given(st.integers(0, 10**7), st.sampled_from([10, 30, 50, 60]))
def test_ticks_cover_the_time_and_no_more(ticks: int, hz: int) -> None:
    assert ticks_of(seconds_of(ticks, hz), hz) == ticks
    seconds = (ticks + 0.5) / hz
    assert ticks_of(seconds, hz) == ticks + 1


def test_ticks_of_known_times() -> None:
    assert ticks_of(76.0, 30) == 2280
    assert ticks_of(0.08, 30) == 3
    assert ticks_of(0.1, 30) == 3
    assert ticks_of(0.0, 30) == 0


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("76 s", "time", 76.0),
        ("80ms", "time", 0.08),
        ("1.5 mm", "length", 0.0015),
        ("-3e-1 deg", "angle", math.radians(-0.3)),
        ("40 %", "ratio", 0.4),
        (".5", "ratio", 0.5),
    ],
)
def test_quantities_in_si(text: str, dimension: str, value: float) -> None:
    assert quantity(text, dimension) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("text", ["", "s", "76", "76 N", "1 2 s", "nan s", "inf s", "1e999 s"])
def test_a_quantity_without_its_unit_is_refused(text: str) -> None:
    with pytest.raises(
        BadValue, match=r"takt is .*; a time is a number with one of: s, ms, min, h"
    ):
        quantity(text, "time", "takt")


@given(st.floats(-1e6, 1e6), st.sampled_from(sorted(UNITS)))
def test_every_unit_scales_by_its_factor(number: float, dimension: str) -> None:
    for unit, factor in UNITS[dimension].items():
        assert quantity(f"{number!r} {unit}", dimension) == pytest.approx(number * factor)


def test_unknown_names_are_answered_with_what_exists() -> None:
    error = UnknownName("station", "nut-laoding", ["toy", "nut-loading"])
    assert str(error) == (
        "Unknown station 'nut-laoding'. Did you mean 'nut-loading'? Available: nut-loading, toy."
    )


def test_records_read_back_and_equal_records_are_equal_bytes() -> None:
    event = CycleEnded(
        cycle=3,
        ending="done",
        robot_done_tick=None,
        retries={"right": 1, "left": 0},
        stats=CellStats(
            inferences=2, latency_ms=(1.0, 2.0, 3.0), starved_ticks=0, discarded_chunks=0, trips={}
        ),
    )
    record = Record(origin=ORIGIN, seq=7, tick=9, utc_ns=11, event=event)
    assert decode(encode(record)) == record
    turned = msgspec.structs.replace(event, retries={"left": 0, "right": 1})
    assert encode(msgspec.structs.replace(record, event=turned)) == encode(record)


def test_a_field_added_later_does_not_break_an_old_reader() -> None:
    event = CycleEnded(cycle=0, ending="aborted", robot_done_tick=1, retries={})
    data = encode(Record(origin=ORIGIN, seq=0, tick=0, utc_ns=0, event=event))
    grown = data.replace(b'"ending":"aborted"', b'"ending":"aborted","invented_in_v9":[1]')
    assert grown != data
    assert decode(grown).event == event


def test_foreign_bytes_are_refused() -> None:
    for data in (b"", b"{}", b'{"type":"CycleEnded"}', b"\x00\xff"):
        with pytest.raises(msgspec.MsgspecError):
            decode(data)


def test_every_event_is_frozen_and_tagged_with_its_own_name() -> None:
    kinds = Event.__args__
    assert len(kinds) == len({kind.__struct_config__.tag for kind in kinds})
    for kind in kinds:
        assert kind.__struct_config__.frozen
        assert kind.__struct_config__.tag == kind.__name__
        assert kind.__doc__


class Line(msgspec.Struct, frozen=True):
    """A section for the tests below."""

    takt: Seconds
    marks: int = 2
    box: dict[str, tuple[Metres, Metres]] = {}


def _file(tmp_path: Path, text: str) -> ConfigFile:
    path = tmp_path / "station.toml"
    path.write_text(text)
    return ConfigFile(path)


def test_a_section_becomes_a_struct_in_si(tmp_path: Path) -> None:
    file = _file(tmp_path, '[line]\ntakt = "76 s"\n[line.box]\nleft = ["1 mm", "2 cm"]\n')
    assert file.section("line", Line) == Line(takt=76.0, box={"left": (0.001, 0.02)})


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[line]\n\ntakt = 76\n", 3, "takt is 76; write a time with its unit in quotes"),
        ('[line]\ntakt = "76 N"\n', 2, "takt is '76 N'; a time is a number with one of"),
        ("[line]\nmarks = 3\n", 1, "[line] lacks the key 'takt'"),
        ('[line]\ntakt = "7 s"\nspeed = 1\n', 3, "unknown key 'speed' in [line]; known: takt"),
        ('[line]\ntakt = "7 s"\nmarks = "x"\n', 3, "Expected `int`, got `str`"),
        ('[line]\ntakt = "7 s"\n[line.box]\nleft = ["1 mm"]\n', 1, "length 2, got 1"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    with pytest.raises(SetupError) as caught:
        _file(tmp_path, text).section("line", Line)
    assert str(caught.value).startswith(f"{tmp_path / 'station.toml'}:{line}: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_station_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="is not TOML"):
        _file(tmp_path, "[line\n")
    with pytest.raises(SetupError, match=r"section \[line\] is missing"):
        _file(tmp_path, "").section("line", Line)
    with pytest.raises(SetupError, match="cannot be read"):
        ConfigFile(tmp_path / "nothing.toml")
