"""`--policy xr0:...` and `ontakt policy ...`: names, refusals, and a brain at the station."""

import json
from pathlib import Path

import pytest

from ontakt.cli.main import run
from ontakt.cli.policies import XR0_OPTIONS, find_policy
from ontakt.contract import SetupError


@pytest.fixture(scope="module")
def brain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("brains") / "new"
    assert run(["policy", "init", str(folder)]) == 0
    return folder


def test_a_folder_is_made_absolute_so_that_a_shift_goes_on_from_anywhere(
    brain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(brain.parent)
    found = find_policy("xr0:new?robot_type=a&acceleration=compile+graph")
    assert found == f"xr0:{brain}?robot_type=a&acceleration=compile+graph"
    assert find_policy(found) == found
    quoted = find_policy("xr0:new?robot_type=a%26b")
    assert quoted == f"xr0:{brain}?robot_type=a%26b"
    assert find_policy(quoted) == quoted
    assert find_policy("xr0:owner/name@v1?robot_type=a") == "xr0:owner/name@v1?robot_type=a"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("xr1:brains", "Unknown policy 'xr1:brains'"),
        ("xr0:", "a checkpoint is named"),
        ("xr0:new?robot=a", "Unknown option of xr0 'robot'. Did you mean 'robot_type'?"),
        ("xr0:new?robot_type&&", "option=value"),
        ("xr0:new?robot_type=", "xr0's robot_type is ''"),
        ("xr0:new?dtype=int8", "choose from: float32, bfloat16"),
        ("xr0:new?rotary=rounded", "choose from: exact, as_trained"),
        ("xr0:new?acceleration=fast", "choose from: plain"),
        ("xr0:new?robot_type=a&robot_type=b", "twice"),
        ("xr0:new?steps=0", "xr0's steps is '0'"),
        ("xr0:new?steps=five", "xr0's steps is 'five'"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(name: str, message: str) -> None:
    with pytest.raises(SetupError) as refused:
        find_policy(name)
    assert message in str(refused.value)


def test_every_option_is_described() -> None:
    assert all(XR0_OPTIONS.values())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("shift nut-loading --policy xr0:nowhere?robot_type=a", "nowhere: no such folder"),
        ("shift nut-loading --policy xr0:{brain}", "ontakt-compact"),
        ("shift nut-loading --policy xr0:{brain}?robot_type=libero_all", "Unknown robot type"),
        (
            "shift nut-loading --policy xr0:{brain}?robot_type=ontakt-compact&cameras=a,b,c",
            "Unknown camera of station 'nut-loading' 'a'",
        ),
        ("shift toy --policy xr0:{brain}?robot_type=ontakt-compact", "Unknown camera"),
        (
            "shift nut-loading --policy xr0:{brain}?robot_type=ontakt-compact&acceleration=graph",
            "a cpu has no CUDA graphs",
        ),
        ("policy inspect nowhere", "nowhere: no such folder"),
        ("policy parity --data nowhere", "nowhere"),
        ("policy init {brain}/config.json", "config.json"),
        ("policy init new --config xr0-compat", "Did you mean 'xr0-compact'?"),
        ("policy init new --embodiment ontact", "Did you mean 'ontakt'?"),
        ("policy convert nowhere there", "nowhere"),
        ("policy bench --config xr0-compat", "Did you mean 'xr0-compact'?"),
        ("policy bench --views 0", "--views"),
        ("policy bench --horizon 0", "--horizon"),
    ],
)
def test_it_is_refused_in_one_line_before_anything_is_written(
    words: str,
    message: str,
    brain: Path,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert run(words.format(brain=brain).split()) == 2
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert message in told.err
    assert told.out == ""
    assert list(tmp_path.iterdir()) == []


def test_inspect_tells_what_init_wrote(brain: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "inspect", str(brain), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["parameters"] == 5_027_264
    assert run(["policy", "inspect", str(brain)]) == 0
    assert "complete: 136 of 136 tensors" in capsys.readouterr().out


@pytest.mark.slow
def test_an_untrained_brain_works_a_cycle_and_a_person_finishes_it(
    brain: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole loop on pixels: nobody learnt anything yet, so the station calls a person, and the
    record says so."""
    out = tmp_path / "shift"
    name = f"xr0:{brain}?robot_type=ontakt-compact"
    words = ["shift", "nut-loading", "--policy", name, "--cycles", "1", "--json", "--out", str(out)]
    assert run(words) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["cycles"] == 1
    assert (out / "report.html").is_file()
    assert run(["cycles", str(out)]) == 0
    assert "timeout" in capsys.readouterr().out
