"""What a log does not say is unknown, never 0."""

import math
from pathlib import Path

import pytest
from tests.evidence.imported.logs import FIRST, GOOD, HEAD, log_of, shift_of, shifts_of

from ontakt.contract import Outcome
from ontakt.evidence.kpi import kpis, ledger
from ontakt.evidence.report.pool import merged
from ontakt.evidence.summary import cycles_table, summary


def values(folder: Path, text: str, **terms: object) -> dict[str, float | None]:
    return {name: kpi.value for name, kpi in kpis(shift_of(folder, text, **terms)).items()}


def test_the_least_log_tells_results_and_times_and_nothing_else(tmp_path: Path) -> None:
    found = values(tmp_path, GOOD, takt_s=76.0)
    known = {name for name, value in found.items() if value is not None}
    assert known == {
        "cycles", "both_sides_ok", "left_ok", "right_ok", "unknown", "takt_compliance",
        "cycle_time.p50", "cycle_time.p95", "cycle_time.max", "iso22400.quality",
        "outcomes.on_takt", "outcomes.late", "outcomes.aborted", "outcomes.starved",
        "outcomes.blocked",
    }  # fmt: skip
    assert found["both_sides_ok"] == 0.5
    assert found["left_ok"] == 1.0


def test_without_takt_nothing_is_held_against_it(tmp_path: Path) -> None:
    shift = shift_of(tmp_path, GOOD)
    found = {name: kpi.value for name, kpi in kpis(shift).items()}
    for name in ("takt_compliance", "iso22400.oee", "iso22400.effectiveness", "outcomes.on_takt",
                 "outcomes.late"):  # fmt: skip
        assert found[name] is None, name
    assert math.isnan(shift.cycles[0].takt_s)
    assert shift.cycles[0].outcome is None
    assert found["cycle_time.max"] == 61.5


@pytest.mark.parametrize(
    ("column", "cells", "name", "value"),
    [
        ("step_ins", ("0", "1"), "step_ins", 1 / ((76 + 61.5) / 3600)),
        ("step_ins", ("0", ""), "step_ins", None),  # one cell is empty: the sum is unknown
        ("step_ins", ("0", "1"), "outcomes.assisted", 1.0),
        ("recoveries", ("0", "1"), "recoveries", 1.0),
        ("recoveries", ("", "1"), "recoveries", None),
        ("recoveries", ("0", "0"), "first_pass_yield", 0.5),
        ("left_retries,right_retries", ("0,0", "0,0"), "first_pass_yield", 0.5),
        ("left_retries,right_retries", ("1,0", "0,0"), "first_pass_yield", 0.0),
        ("left_retries", ("0", "0"), "first_pass_yield", None),
        ("failure", ("", "jam"), "failures", 1.0),
        ("failure", ("", "jam"), "failures.recovered", None),
        ("left_failures", ("jam jam", ""), "failures", 2.0),
        ("left_failures", ("jam jam", ""), "failures.recovered", 1.0),
        ("stop_s,stop_by", ("10,robot", "0,"), "mttr", 10.0),
        ("stop_s,stop_by", ("10,robot", "0,"), "uptime", 1 - 10 / 137.5),
        ("stop_s,stop_by", ("10,", "0,"), "uptime", None),  # nobody answers for it
        ("stop_s,stop_by", ("10,robot", ","), "uptime", None),
        ("stop_s", ("0", "0"), "uptime", 1.0),
        ("right_believed_ok", ("true", "true"), "escapes", 0.5),
        ("right_believed_ok", ("true", "true"), "outcomes.nok_escaped", 1.0),
        ("right_believed_ok", ("true", "false"), "outcomes.nok_detected", 1.0),
    ],
)
def test_a_column_more_is_a_figure_more_if_no_cell_of_it_is_empty(
    column: str, cells: tuple[str, str], name: str, value: float | None, tmp_path: Path
) -> None:
    rows = [f"{row},{cell}" for row, cell in zip(GOOD.splitlines()[1:], cells, strict=True)]
    found = values(tmp_path, log_of(*rows, head=f"{HEAD},{column}"), takt_s=76.0)
    assert found[name] == (None if value is None else pytest.approx(value))


def test_a_summary_knows_results_and_no_times(tmp_path: Path) -> None:
    shift = shift_of(tmp_path, "count,ok\n128,true\n14,false\n", takt_s=76.0)
    found = kpis(shift)
    known = {name: kpi.value for name, kpi in found.items() if kpi.value is not None}
    assert known == {
        "cycles": 142.0,
        "both_sides_ok": 128 / 142,
        "unknown": 0.0,
        "iso22400.quality": 128 / 142,
        "outcomes.aborted": 0.0,
        "outcomes.starved": 0.0,
        "outcomes.blocked": 0.0,
    }
    assert found["both_sides_ok"].low == pytest.approx(0.840114, abs=1e-6)
    assert found["both_sides_ok"].high == pytest.approx(0.945043, abs=1e-6)
    assert all(kpi.exposure is None for kpi in found.values())
    told = summary(shift)
    assert (told["hours"], told["left_ok"], told["both_sides_ok"]) == (None, None, 128)
    assert [cycle.cycle for cycle in shift.cycles] == list(range(142))


def test_an_empty_result_is_neither_good_nor_bad(tmp_path: Path) -> None:
    rows = (FIRST, "2,2026-03-02T08:01:16Z,60,true,", "3,2026-03-02T08:02:32Z,60,,false")
    found = values(tmp_path, log_of(*rows), takt_s=76.0)
    assert found["both_sides_ok"] == 0.5
    assert found["unknown"] == 1.0
    assert found["outcomes.on_takt"] is None  # the second may have been


def test_an_empty_time_is_no_time(tmp_path: Path) -> None:
    rows = (FIRST, "2,2026-03-02T08:01:16Z,,true,true")
    found = values(tmp_path, log_of(*rows), takt_s=30.0)
    assert found["takt_compliance"] == 0.0  # of the one that is known
    assert found["cycle_time.max"] == 60.0


def test_an_outcome_says_what_the_results_were(tmp_path: Path) -> None:
    rows = [f"{k},2026-03-02T08:0{k}:00Z,30,{word}" for k, word in enumerate(Outcome)]
    shift = shift_of(tmp_path, log_of(*rows, head="cycle,start,cycle_s,outcome"))
    assert [cycle.both_ok for cycle in shift.cycles] == [
        True, True, False, False, False, None, None, None,
    ]  # fmt: skip
    assert [cycle.outcome for cycle in shift.cycles] == list(Outcome)
    found = {name: kpi.value for name, kpi in kpis(shift).items()}
    assert all(found[f"outcomes.{word}"] == 1.0 for word in Outcome)
    assert found["step_ins"] is None  # one was assisted, by how many actions nobody knows
    assert found["escapes"] == 1.0


def test_a_bad_part_of_which_the_station_s_belief_is_unknown(tmp_path: Path) -> None:
    shift = shift_of(tmp_path, GOOD, takt_s=76.0)
    assert shift.cycles[1].outcome is None
    found = kpis(shift)
    assert found["outcomes.nok_detected"].value is None
    assert found["outcomes.nok_escaped"].value is None
    assert found["outcomes.late"].value == 0.0


def test_the_table_leaves_open_what_the_log_does(tmp_path: Path) -> None:
    row = cycles_table(shift_of(tmp_path, GOOD))[1]
    for name in ("outcome", "takt_s", "step_ins", "recoveries", "inferences", "starved_ticks",
                 "left_retries", "left_failures"):  # fmt: skip
        assert row[name] is None, name
    assert (row["cycle_s"], row["left_ok"], row["right_ok"]) == (61.5, True, False)


def test_one_shift_that_leaves_it_open_leaves_it_open_for_all(tmp_path: Path) -> None:
    told = "step_ins,shift\n"
    rows = (f"{FIRST},1,a", "2,2026-03-02T08:01:16Z,60,1,1,,b")
    shifts = shifts_of(tmp_path, log_of(*rows, head=f"{HEAD},{told.strip()}"))
    together = merged([ledger(shift) for shift in shifts])
    assert together.step_ins is None
    assert kpis(together)["step_ins"].value is None
    assert kpis(shifts[0])["step_ins"].value is not None


def test_a_log_without_a_policy_says_so(tmp_path: Path) -> None:
    shift = shift_of(tmp_path, GOOD)
    origin = shift.origin
    assert {origin.station, origin.robot, origin.policy_hash} == {"unknown"}
    assert "which policy was at work" in shift.open_points
