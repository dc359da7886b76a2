"""The browser that the board is looked at with."""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def chromium() -> "Iterator[Browser]":
    """A real headless Chromium."""
    from playwright.sync_api import sync_playwright  # the default tests do without

    named = os.environ.get("CHROMIUM", "chromium")
    path = shutil.which(named)
    assert path is not None, f"{named} is not installed; scripts/chromium.sh finds or installs one"
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()
