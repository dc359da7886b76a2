"""Logs in other formats than CSV, told apart by what they hold."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.evidence.imported.logs import GOOD, refused, shift_of, shifts_of

from ontakt.contract import Outcome
from ontakt.evidence.kpi import kpis

LEROBOT = {
    "per_task": [
        {
            "task_group": "libero_10",
            "task_id": k,
            "metrics": {"sum_rewards": [1.0, 0.0], "successes": [True, k == 0], "video_paths": []},
        }
        for k in (0, 1)
    ],
    "per_group": {"libero_10": {"pc_success": 75.0, "n_episodes": 4}},
    "overall": {"pc_success": 75.0, "n_episodes": 4, "eval_s": 61.5, "avg_sum_reward": 0.5},
}
OLDER_LEROBOT = {
    "per_episode": [
        {"episode_ix": k, "sum_reward": 0.0, "max_reward": 0.0, "success": k < 3, "seed": 1000 + k}
        for k in range(4)
    ],
    "aggregated": {"avg_sum_reward": float("nan"), "pc_success": 75.0, "eval_s": 3.0},
}
SCENE = {"scene_id": "s", "status": "success", "error": None}
EVAL_LOG = {
    "version": 1,
    "status": "success",
    "eval": {
        "task": "cubepick-reach",
        "policy": "scripted",
        "embodiment": "cubepick",
        "policy_checkpoint": None,
        "created": "2026-11-23T16:11:59.682046+00:00",
    },
    "results": {"total_scenes": 2, "total_trials": 5, "errored_trials": 1},
    "stats": {"started_at": "2026-11-23T16:11:59+00:00", "duration_s": 3.4, "total_steps": 105},
    "samples": [
        {
            **SCENE,
            "epochs": [{"success_at_end": 1.0, "episode_length": 9.0}, {"success_at_end": 0.0}, {}],
            "operator_judgements": [None, None, None],
        },
        {
            **SCENE,
            "epochs": [
                {"operator": 0.0, "success_at_end": 1.0},
                {"operator": 0.0, "success_at_end": 1.0},
            ],
            "operator_judgements": ["no", None],
        },
    ],
}


def test_lerobot_s_tasks_are_shifts_of_episodes_without_times(tmp_path: Path) -> None:
    shifts = shifts_of(tmp_path, json.dumps(LEROBOT), "eval_info.json", policy="pi05")
    assert [shift.origin.shift for shift in shifts] == ["libero_10_0", "libero_10_1"]
    assert [[c.both_ok for c in s.cycles] for s in shifts] == [[True, True], [True, False]]
    assert shifts[0].source is not None
    assert shifts[0].source.kind == "lerobot-eval"
    found = kpis(shifts[1])
    assert found["both_sides_ok"].value == 0.5
    assert found["takt_compliance"].value is None
    assert found["step_ins"].value is None
    assert shifts[1].origin.policy_hash == "pi05"


def test_so_does_its_older_layout(tmp_path: Path) -> None:
    shift = shift_of(tmp_path, json.dumps(OLDER_LEROBOT))
    assert kpis(shift)["both_sides_ok"].value == 0.75
    assert shift.origin.shift == "log"


def test_inspect_robots_names_who_worked(tmp_path: Path) -> None:
    shift = shift_of(tmp_path, json.dumps(EVAL_LOG), station="cell-3")
    assert (shift.origin.station, shift.origin.robot, shift.origin.policy_hash) == (
        "cell-3", "cubepick", "scripted",
    )  # fmt: skip
    assert [cycle.both_ok for cycle in shift.cycles] == [True, False, None, False, True]
    assert shift.cycles[2].outcome is Outcome.ABORTED
    assert kpis(shift)["both_sides_ok"].value == 0.5
    assert kpis(shift)["unknown"].value == 1.0


@pytest.mark.parametrize("broken", ['{"eval": 1', '{"eval": nope}'])
def test_json_that_is_broken(broken: str, tmp_path: Path) -> None:
    (line,) = refused(tmp_path, broken)
    assert line.startswith("log.csv is no JSON that can be read (")


def test_a_layout_that_lacks_something(tmp_path: Path) -> None:
    lacking: dict[str, Any] = {**LEROBOT, "per_task": [{"task_group": "a", "task_id": 0}]}
    (line,) = refused(tmp_path, json.dumps(lacking))
    assert line == "log.csv looks like lerobot-eval's eval_info.json, but lacks 'metrics'."


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    import datetime as dt

    import pyarrow.parquet as pq

    starts = [dt.datetime(2026, 3, 2, 8, m, tzinfo=dt.UTC) for m in (0, 2)]
    table = pa.table(
        {
            "cycle": [1, 2],
            "start": pa.array(starts, pa.timestamp("us", tz="UTC")),
            "cycle_ms": [60_000.0, 61_500.0],
            "left_ok": [True, None],
            "right_ok": pa.array(["ok", "nok"]).dictionary_encode(),
            "trace": [[1.0], [2.0]],
        }
    )
    path = tmp_path / "log.parquet"
    pq.write_table(table, path)
    data = path.read_bytes()
    path.unlink()
    shift = shift_of(tmp_path, data)
    assert [cycle.cycle_s for cycle in shift.cycles] == [60.0, 61.5]
    assert [cycle.both_ok for cycle in shift.cycles] == [True, False]
    assert shift.cycles[1].started_tick == 120_000
    assert shift.cycles[1].sides["left"].inspected_ok is None


def test_a_windows_log_with_a_mark_is_the_same(tmp_path: Path) -> None:
    for name, text in (("a", GOOD.encode()), ("b", GOOD.replace("\n", "\r\n").encode("utf-8-sig"))):
        (tmp_path / name).mkdir()
        shift_of(tmp_path / name, text)
    one, other = ((tmp_path / name / "cell" / "cycles.csv").read_bytes() for name in "ab")
    assert one == other
