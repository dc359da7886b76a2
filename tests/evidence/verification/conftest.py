"""One rich page for every test that changes it."""

import pytest
from tests.evidence.verification.pages import RICH, visible_digits, written

from ontakt.evidence.verification.reading import Page, read_page


@pytest.fixture(scope="session")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    return written(folder, RICH, pictures=True).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def again(text: str) -> Page:
    return read_page(text)


@pytest.fixture(scope="session")
def digits(text: str) -> list[int]:
    return visible_digits(text)
