"""The sections of the shipped station files, and what they refuse."""

from importlib.resources import files
from pathlib import Path

import pytest
from msgspec import structs
from tests.line.floor import LINE, SUPERVISOR

from ontakt.contract import SetupError, StopCategory
from ontakt.contract.config import ConfigFile
from ontakt.line.line_config import LineConfig
from ontakt.line.operator import OperatorConfig
from ontakt.line.supervisor_config import SupervisorConfig

TASKS = Path(str(files("ontakt.station"))) / "tasks"


@pytest.mark.parametrize("name", ["nut-loading", "toy"])
def test_shipped_files(name: str) -> None:
    file = ConfigFile(TASKS / f"{name}.toml")
    line = file.section("line", LineConfig)
    supervisor = file.section("supervisor", SupervisorConfig)
    operator = file.section("operator", OperatorConfig)
    assert line.upstream_gap_per_h == line.downstream_block_per_h == 0.0
    assert line.least_time + line.homing_limit < line.takt + supervisor.side_budget
    assert supervisor.stall_for < supervisor.jam_for < supervisor.side_budget < line.takt
    assert operator.action["starved"] == "refill"
    assert line.protective_stop is StopCategory.CONTROLLED


def test_nut_loading_is_at_76_s() -> None:
    assert ConfigFile(TASKS / "nut-loading.toml").section("line", LineConfig).takt == 76.0


def test_a_mistake_in_a_file_names_file_and_value(tmp_path: Path) -> None:
    text = (TASKS / "toy.toml").read_text().replace('jam = "call"', 'jma = "call"')
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(SetupError, match=r"mine\.toml.*unknown failure mode 'jma'; known: drop, "):
        ConfigFile(path).section("line", LineConfig)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"recoverable": ("slip",)}, "unknown failure mode 'slip'"),
        ({"takt": 0.0}, "takt must be longer than 0 s"),
        ({"recoveries": -1}, "recoveries must not be negative"),
        ({"upstream_gap_per_h": -0.5}, "upstream_gap_per_h must not be negative"),
        ({"marks_before_call": 0}, "marks_before_call must be at least 1"),
    ],
)
def test_lines_that_cannot_be(change: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        structs.replace(LINE, **change)


def test_bounds_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="empty_opening must be less than grip_command"):
        structs.replace(SUPERVISOR, empty_opening=0.02)
    with pytest.raises(ValueError, match="empty_grasps must be at least 1"):
        structs.replace(SUPERVISOR, empty_grasps=0)
    with pytest.raises(ValueError, match="held_opening must go from less to more"):
        structs.replace(SUPERVISOR, held_opening=(0.02, 0.016))


def test_a_stop_category_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    text = (TASKS / "toy.toml").read_text().replace("protective_stop = 1", "protective_stop = 3")
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(SetupError, match=r"mine\.toml:\d+: in \[line\], Invalid enum value 3"):
        ConfigFile(path).section("line", LineConfig)
