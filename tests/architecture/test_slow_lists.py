"""The Makefile's two lists of slow tests leave no folder of tests out."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_folder_is_in_one_of_the_lists() -> None:
    text = (ROOT / "Makefile").read_text()
    listed = [
        name
        for words in re.findall(r"^(?:COMPUTED|TIMED) := (.*)$", text, re.MULTILINE)
        for name in words.split()
    ]
    tests = ROOT / "tests"
    folders = {path.relative_to(tests).parts[0] for path in tests.glob("*/**/test_*.py")}
    assert sorted(listed) == sorted(folders)
