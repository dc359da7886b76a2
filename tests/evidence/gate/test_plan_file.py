"""Plans as a plant writes them down."""

from pathlib import Path

import pytest

from ontakt.contract import SetupError
from ontakt.evidence.gate.plan import read_plan
from ontakt.evidence.gate.requirement import Assists, BothSides

PLAN = """
gate = "our-plant"
why = "What the line can bear."
method = "fixed"
cells = [["plant"], ["plant", "misalignment=0..3mm"]]
shifts = 3
cycles = 260

[[require]]
kind = "both_sides"
at_least = 0.99

[[require]]
kind = "assists"
mean_hours = 4
confidence = 0.8
"""


def test_a_plan_file_says_what_the_structs_say(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    plan = read_plan(path)
    plan.check(76.0)
    assert plan.cell_names == ("plant", "plant misalignment=0..3mm")
    assert plan.all_cycles == 1560
    assert plan.require == (BothSides(at_least=0.99), Assists(mean_hours=4.0, confidence=0.8))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("at_least = 0.99", "at_least = 1.0", "< 1"),
        ("at_least = 0.99", "at_least = nan", "is no plan"),
        ("at_least = 0.99", "atleast = 0.99", "is no plan"),
        ('kind = "both_sides"', 'kind = "both"', "both"),
        ("confidence = 0.8", "confidence = 0.01", ">= 0.5"),
        ("our-plant", "../our plant", "gate"),
        ("our-plant", "", "gate"),
        ("shifts = 3", "shifts = 0", ">= 1"),
        ("shifts = 3", "shift = 3", "shift"),
        ('method = "fixed"', 'method = "peek"', "peek"),
        ("cycles = 260", "", "cycles"),
        ("cells = [", "cells = [[],", "cells"),
        ("gate =", "gate ", "is no plan"),
    ],
)
def test_a_plan_that_is_none_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN.replace(old, new))
    with pytest.raises(SetupError, match=words) as refused:
        read_plan(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_plan_asks_for_a_thing_once(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN + '\n[[require]]\nkind = "both_sides"\nat_least = 0.9\n')
    with pytest.raises(SetupError, match="once"):
        read_plan(path).check(76.0)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"none\.toml: cannot be read"):
        read_plan(tmp_path / "none.toml")
