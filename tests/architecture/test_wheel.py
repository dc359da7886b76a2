"""The wheel is whole: it runs away from this tree, with nothing but itself and its dependencies."""

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def _run(*command: str | Path, cwd: Path) -> str:
    """Run a command, without this test's Python path, and return what it printed."""
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree; hatchling comes from the `dev` extra, so no network is needed."""
    out = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", out, ROOT, cwd=out)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of a fresh environment that holds the wheel and sees our dependencies.

    A plain path in a .pth file adds the packages of the environment we run in, but not that
    environment's own .pth files: its editable Ontakt stays unseen.
    """
    home = tmp_path_factory.mktemp("fresh")
    _run(sys.executable, "-m", "venv", "--without-pip", home / "venv", cwd=home)
    python = home / "venv" / "bin" / "python"
    _run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", wheel, cwd=home)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(_run(python, "-c", ask, cwd=home).strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python.parent


def test_every_file_of_the_source_is_in_the_wheel(wheel: Path) -> None:
    tracked = _run("git", "ls-files", "-co", "--exclude-standard", "src", cwd=ROOT).splitlines()
    source = {path.removeprefix("src/") for path in tracked if (ROOT / path).exists()}
    assert source - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_it_is_the_installed_one_that_runs(installed: Path, tmp_path: Path) -> None:
    where = _run(installed / "python", "-c", "import ontakt; print(ontakt.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)


@pytest.mark.parametrize(
    ("arguments", "cycles"),
    [
        ("shift toy --cycles 2 --json", 2),
        ("shift nut-loading --policy expert --cycles 1 --seed 7 --json", 1),
    ],
)
def test_a_shift_runs_from_an_empty_folder(
    installed: Path, tmp_path: Path, arguments: str, cycles: int
) -> None:
    printed = _run(installed / "ontakt", *arguments.split(), cwd=tmp_path)
    summary = json.loads(printed.splitlines()[-1])
    assert summary["cycles"] == cycles
