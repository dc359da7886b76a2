"""Rules of the house that import-linter cannot express."""

import ast
import configparser
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src" / "ontakt"
MODULES = sorted(SRC.rglob("*.py"))


def _rooms() -> list[str]:
    """The rooms as .importlinter declares them, so that no second list can drift from it."""
    linter = configparser.ConfigParser()
    linter.read(ROOT / ".importlinter")
    return linter["importlinter:contract:rooms"]["layers"].replace("|", " ").split()


ROOMS = _rooms()


def test_only_the_guard_makes_commands() -> None:
    makers = {
        str(path.relative_to(SRC))
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and (getattr(node.func, "id", None) or getattr(node.func, "attr", None)) == "Command"
    }
    assert makers == {"runtime/guard.py"}


def test_the_map_of_imports_holds() -> None:
    """In a process of its own: import-linter configures logging, which silences who logged
    before."""
    program = "import importlinter.cli as c, sys; sys.exit(c.lint_imports(sys.argv[1], no_cache=1))"
    command = [sys.executable, "-c", program]
    done = subprocess.run([*command, str(ROOT / ".importlinter")], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stdout.decode()


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_exists_and_says_what_it_is_for(room: str) -> None:
    assert importlib.import_module(f"ontakt.{room}").__doc__


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_exists_once(room: str) -> None:
    module = importlib.import_module(f"ontakt.{room}")
    names: list[str] = getattr(module, "__all__", [])
    assert sorted(set(names)) == sorted(names)
    assert [name for name in names if not hasattr(module, name)] == []


@pytest.mark.parametrize("word", ["utils", "util", "common", "misc", "helpers", "manager"])
def test_no_file_is_named_for_nothing(word: str) -> None:
    """A file that fits no concept belongs to whoever calls it."""
    assert [path for path in MODULES if path.stem == word] == []


def test_the_command_line_starts_light() -> None:
    """`ontakt --help` answers at once: heavy libraries are imported where they are used."""
    heavy = {"matplotlib", "mujoco", "scipy", "torch", "transformers"}
    code = f"import sys, ontakt.cli.main; print(sorted({heavy!r} & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stdout.strip() == "[]"
