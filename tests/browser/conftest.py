"""Open pages in Chromium: Debian's own, none is downloaded."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
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
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Take the outputs that HGANALYSIS_BUILT names, or build them anew in another folder."""
    if named := os.environ.get("HGANALYSIS_BUILT"):
        out = (ROOT / named).resolve()
        assert (out / "index.html").is_file(), f"nothing was built in {out}"
        return out
    out = tmp_path_factory.mktemp("built") / "outputs"
    command = "from hganalysis.build import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", command, "build", "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="session")
def atlas_file(tmp_path_factory):
    """Write the atlas of the simulated province."""
    from hganalysis import atlas, intake

    file = tmp_path_factory.mktemp("stick") / "atlas.html"
    return atlas.write(file, intake.reports(), teams=intake.teams())
