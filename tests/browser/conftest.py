"""Open pages in Chromium: Debian's own, none is downloaded."""

import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
HANGS = 180
"""Seconds: what takes longer, however busy the machine, will not come."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    """Mark every test here, and skip it where there is no browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium here: apt install chromium"))


@pytest.fixture(scope="module")
def browser():
    """Start the browser, and stop it with the module: only one may be driven at a time."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, timeout=HANGS * 1000
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def atlas_file(tmp_path_factory):
    """Write the atlas of the simulated province."""
    from hganalysis import atlas, frames

    file = tmp_path_factory.mktemp("stick") / "atlas.html"
    return atlas.write(file, frames.reports(), teams=frames.teams())[0]
