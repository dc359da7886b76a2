"""The JSON contract of a shift, and the rows of its cycles."""

import math

import msgspec
import pytest
from tests.evidence.script import MORNING, MORNING_HZ, morning, night, script

from ontakt.evidence.fold import fold
from ontakt.evidence.shift_record import ShiftRecord
from ontakt.evidence.summary import cycles_table, summary

KEYS = (
    "shift_id", "station", "robot", "policy", "policy_hash", "config_hash", "seed", "takt_s",
    "cycles", "outcomes", "both_sides_ok", "left_ok", "right_ok", "step_ins", "recoveries", "hours",
    "uptime", "oee", "cycle_s", "failures", "events", "report", "wall_s", "speedup",
)  # fmt: skip


def test_the_morning_in_one_object() -> None:
    result = summary(fold(morning()), report="report.html", wall_s=11.5)
    assert tuple(result) == KEYS
    assert msgspec.json.decode(msgspec.json.encode(result)) == {
        "shift_id": "hand-1",
        "station": "bench",
        "robot": "sim:hand",
        "policy": "by hand",
        "policy_hash": "p0",
        "config_hash": "c0",
        "seed": 1,
        "takt_s": 10.0,
        "cycles": 6,
        "outcomes": {
            "on_takt": 1,
            "late": 1,
            "nok_detected": 1,
            "nok_escaped": 1,
            "assisted": 1,
            "aborted": 0,
            "starved": 1,
            "blocked": 0,
        },
        "both_sides_ok": 2,
        "left_ok": 4,
        "right_ok": 3,
        "step_ins": 1,
        "recoveries": 1,
        "hours": pytest.approx(57.5 / 3600),
        "uptime": pytest.approx(525 / 575),
        "oee": pytest.approx(20 / 57.5),
        "cycle_s": {"p50": 8.0, "p95": pytest.approx(10.55), "max": 11.0},
        "failures": {"not_seated": 2, "drop": 1, "jam": 1},
        "events": len(MORNING),
        "report": "report.html",
        "wall_s": 11.5,
        "speedup": pytest.approx(5.0),
    }


@pytest.mark.parametrize("shift", [fold(morning()), fold(night())], ids=["morning", "night"])
def test_outcomes_add_up_to_cycles(shift: ShiftRecord) -> None:
    result = summary(shift)
    outcomes = result["outcomes"]
    assert isinstance(outcomes, dict)
    assert sum(outcomes.values()) == result["cycles"] == len(shift.finished)


def test_what_is_unknown_is_null() -> None:
    result = summary(fold(script(MORNING[:1], MORNING_HZ)))
    unknown = {key for key, value in result.items() if value is None}
    assert unknown == {"uptime", "oee", "report", "wall_s", "speedup"}
    assert result["cycle_s"] == {"p50": None, "p95": None, "max": None}
    assert result["cycles"] == 0


def test_a_cut_cycle_is_in_the_table_but_not_in_the_counts() -> None:
    shift = fold(night())
    rows = cycles_table(shift)
    assert [(row["cycle"], row["failure"]) for row in rows] == [
        (1, None), (2, "blocked"), (3, "guard"), (4, "cut"), (5, None), (6, "cut"),
    ]  # fmt: skip
    assert summary(shift)["cycles"] == 4


def test_rows_have_the_same_keys_and_plain_values() -> None:
    shift = fold(morning())
    rows = cycles_table(shift)
    assert {tuple(row) for row in rows} == {tuple(rows[0])}
    assert rows == cycles_table(shift.cycles)
    first = rows[0]
    assert (first["outcome"], first["cycle_s"], first["both_ok"]) == ("on_takt", 8.0, True)
    assert (first["left_reach_s"], first["left_insert_s"]) == (5.0, 3.0)
    assert rows[1]["left_reach_s"] is None
    assert rows[1]["left_failures"] == "drop"
    assert rows[3]["variation.misalignment"] == 0.003
    kinds = {type(value) for row in rows for value in row.values()}
    assert kinds <= {str, int, float, bool, type(None)}
    assert all(math.isfinite(v) for row in rows for v in row.values() if isinstance(v, float))


def test_no_cycles_no_rows() -> None:
    assert cycles_table([]) == []
