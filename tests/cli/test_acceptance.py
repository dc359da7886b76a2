"""Three hours at the nut-loading station at each level: what the issue of the first shift asks."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from ontakt.cli.main import run
from ontakt.evidence.fold import fold
from ontakt.evidence.shift_record import ShiftRecord
from ontakt.evidence.store import open_store

pytestmark = pytest.mark.slow

LEVELS = ("nominal", "plant", "harsh")


@pytest.fixture(scope="module")
def shifts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, Any], Path]]:
    """A three-hour shift at each level."""
    worked: dict[str, tuple[dict[str, Any], Path]] = {}
    for level in LEVELS:
        folder = tmp_path_factory.mktemp("shifts") / level
        words = "shift nut-loading --policy expert --hours 3 --seed 7 --json --variation"
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            assert run([*words.split(), level, "--out", str(folder)]) == 0
        worked[level] = json.loads(printed.getvalue().splitlines()[-1]), folder
    return worked


def folded(folder: Path) -> ShiftRecord:
    with open_store(folder / "events.db") as store:
        return fold(store.records(store.find().shift))


def share(told: dict[str, Any]) -> float:
    """Good on both sides among the cycles that the robot worked."""
    idle = told["outcomes"]["starved"] + told["outcomes"]["blocked"]
    return float(told["both_sides_ok"] / (told["cycles"] - idle))


def test_nominal_holds_takt_for_three_hours(
    shifts: dict[str, tuple[dict[str, Any], Path]],
) -> None:
    told, folder = shifts["nominal"]
    assert told["cycles"] == 142
    assert share(told) >= 0.99
    assert told["hours"] == pytest.approx(3.0, abs=1e-3)
    shift = folded(folder)
    stopped = sum(s.end - s.start for s in shift.segments if s.attribution != "none")
    assert told["uptime"] == pytest.approx(1.0 - stopped / shift.ticks, abs=1e-3)
    good = told["outcomes"]["on_takt"] + told["outcomes"]["late"]
    assert told["oee"] == pytest.approx(good * 76.0 / (told["hours"] * 3600.0), abs=1e-3)


def test_plant_is_harder_and_harsh_harder_still(
    shifts: dict[str, tuple[dict[str, Any], Path]],
) -> None:
    plant, harsh = shifts["plant"][0], shifts["harsh"][0]
    assert 0.90 <= share(plant) <= 0.99
    assert share(harsh) < share(plant)
    assert len(harsh["failures"]) >= 4
    assert harsh["recoveries"] > 0
    assert harsh["step_ins"] > 0


def test_what_failed_was_seen_to_fail(shifts: dict[str, tuple[dict[str, Any], Path]]) -> None:
    _, folder = shifts["harsh"]
    shift = folded(folder)
    assert not shift.problems
    assert {picture.what for picture in shift.pictures} >= {f.mode for f in shift.failures} - {
        "not_seated"
    }
    paths = [p.path for p in shift.pictures] + [b.path for b in shift.black_boxes]
    for path in paths:
        assert (folder / path).stat().st_size > 0
