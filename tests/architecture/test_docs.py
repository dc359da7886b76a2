"""What a page points at exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def _targets(page: Path) -> set[str]:
    """Relative links and images of `page`, without the part that names a heading."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)
    found = {link.partition("#")[0] for link in LINK.findall(prose)}
    return {link for link in found if link and not re.match(r"[a-z]+:", link)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_and_image_exists(page: Path) -> None:
    assert {link for link in _targets(page) if not (page.parent / link).exists()} == set()


def test_links_are_found_at_all() -> None:
    assert "LOG.md" in _targets(ROOT / "docs" / "architecture.md")
    assert "images/architecture.svg" in _targets(ROOT / "docs" / "architecture.md")
