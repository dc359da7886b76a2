"""Whatever is written is reproduced, by anyone, anywhere, and the same bytes are written again."""

import json
import os
import random
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evidence.shifts import Plan
from tests.evidence.verification.pages import FAILING, change_events, events, written

from ontakt.contract import SetupError
from ontakt.evidence.verification import verify


def made_in(folder: Path, **environment: str) -> tuple[bytes, bytes]:
    """The bytes of the report that a process of its own writes."""
    program = (
        "from pathlib import Path; from tests.evidence.verification.pages import *; "
        "written(Path('.'), FAILING, pictures=True)"
    )
    folder.mkdir()
    root = Path(__file__).parents[3]
    subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{root}:{root / 'src'}"} | environment,
        check=True,
        timeout=300,
    )
    return (folder / "report.html").read_bytes(), (folder / "report.events.jsonl").read_bytes()


def test_records_pictures_and_versions_decide_every_byte(tmp_path: Path) -> None:
    """Not the process, its hash seed, the place on earth, the language, or matplotlib's rc."""
    here = tmp_path / "here"
    here.mkdir()
    written(here, FAILING, pictures=True)
    (tmp_path / "rc").write_text("font.size: 30\nlines.linewidth: 9\n")
    there = made_in(
        tmp_path / "there",
        PYTHONHASHSEED="1",
        TZ="Asia/Tokyo",
        LC_ALL="C",
        MATPLOTLIBRC=str(tmp_path / "rc"),
    )
    assert there == ((here / "report.html").read_bytes(), events(here / "report.html").read_bytes())


BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[2].split():
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocker())
from ontakt.cli.main import run
sys.exit(run(["verify", sys.argv[1], "--json"]))
"""


def test_a_desk_without_extras_can_verify(tmp_path: Path) -> None:
    page = written(tmp_path, FAILING, pictures=True)
    extras = (
        "mujoco torch pyarrow mink daqp qpsolvers mcap av websockets fastapi uvicorn transformers "
        "tokenizers safetensors huggingface_hub accelerate ray psycopg hypothesis"
    )
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, page, extras], capture_output=True, text=True, timeout=300
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert json.loads(done.stdout)["reproduced"] is True


PLANS = st.builds(
    Plan,
    seed=st.integers(0, 1000),
    cycles=st.integers(0, 3),
    planned=st.one_of(st.none(), st.integers(0, 9)),
    failure=st.sampled_from([0.0, 0.5, 1.0]),
    hopeless=st.sampled_from([0.0, 0.6, 1.0]),
    escape=st.sampled_from([0.0, 0.5]),
    starved=st.sampled_from([0.0, 0.3]),
    pace_s=st.sampled_from([5.0, 61.0, 400.0]),
    takt_s=st.sampled_from([0.1, 30.0, 76.0]),
    vary=st.booleans(),
    notes=st.lists(st.text(max_size=20), max_size=2).map(tuple),
)


def follows(plans: list[Plan], cut: bool, folder: Path) -> None:
    """What `write_report` writes of these shifts is reproduced."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    named = [replace(plan, name=f"{k}") for k, plan in enumerate(plans)]
    named[-1] = replace(named[-1], cut=cut and named[-1].cycles > 0)
    found = verify(written(folder, *named))
    assert found.first_difference is None
    assert found.reproduced
    assert found.warnings == ()


@settings(max_examples=2)
@given(plan=PLANS, cut=st.booleans())
def test_whatever_is_written_is_reproduced(
    plan: Plan, cut: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    follows([plan], cut, tmp_path_factory.getbasetemp() / "law")


@pytest.mark.slow
@settings(max_examples=25)
@given(plans=st.lists(PLANS, min_size=1, max_size=3), cut=st.booleans())
def test_whatever_is_written_of_several_shifts_is_reproduced(
    plans: list[Plan], cut: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    follows(plans, cut, tmp_path_factory.getbasetemp() / "laws")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_any_other_digit_in_the_events_is_judged_or_refused(seed: int, tmp_path: Path) -> None:
    """Under a digest that was changed with it: what no figure rests on may be another."""
    page = written(tmp_path, FAILING)
    lines = events(page).read_bytes().split(b"\n")
    chance = random.Random(seed)
    line = chance.choice([line for line in lines if line])
    at = chance.choice([k for k, byte in enumerate(line) if chr(byte).isdigit()])
    other = line[:at] + str((int(chr(line[at])) + 1) % 10).encode() + line[at + 1 :]
    with suppress(SetupError):
        found = verify(change_events(page, line, other))
        assert found.reproduced == (found.first_difference is None)
