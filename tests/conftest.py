"""What tests of several kinds share."""

import gc
import os
import shutil
import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from shell import require_built, start

from hganalysis.study import LANGUAGE

ROOT = Path(__file__).parents[1]

# How long an example takes says how busy the machine is, and nothing else; and a folder that is
# shared by the examples of a test holds what the last of them wrote. A commit is judged by examples
# that are always the same; `make trials` draws others.
same = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
}
settings.register_profile("same examples", **same, derandomize=True)
settings.register_profile("other examples", **same)
settings.load_profile("same examples")

# Tests say which language they mean, whatever the terminal speaks.
os.environ.pop(LANGUAGE, None)

# As the command line has it, which is a sixth faster; notebooks run as a session of one's own does.
pd.set_option("mode.string_storage", "python")

# After so many new objects Python looks for those that nobody needs, and not among those that were
# there before the first test: by default after 700, which took a seventh of the time of all tests.
gc.set_threshold(100_000)


def pytest_collection_finish():
    """Leave what was imported out of each search."""
    gc.freeze()


# A file stays in one process. These take the longest, so they go first, the longest before all:
# else one process is left alone with one of them at the end. The first waits for a build of all;
# the second needs none of it.
LONG = [
    "test_sheets.py",
    "test_workbook.py",
    "test_publish.py",
    "test_study.py",
    "test_docs.py",
    "test_attacks.py",
    "test_effect.py",
    "test_trials.py",
    "test_grid.py",
    "test_caselog.py",
    "test_leak.py",
    "test_asked.py",
    "test_build.py",
    "test_portal.py",
    "test_uptake.py",
    "test_media.py",
    "test_relations.py",
    "test_phu_tho.py",
    "test_own.py",
    "test_counted.py",
    "test_atlas.py",
    "test_draw.py",
    "test_starts.py",
]


def pytest_collection_modifyitems(items):
    """Put the long files first."""
    place_in_order = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: place_in_order.get(item.path.name, len(LONG)))


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Make a folder once a run, however many processes test: each waits for it, and has it."""

    def made(name, make):
        base = tmp_path_factory.getbasetemp()
        base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
        folder = base / name
        half = base / f"{name}.half"
        while not folder.exists():
            try:
                half.mkdir()
            except FileExistsError:  # another process makes it, or tells that it could not
                time.sleep(0.05)
                continue
            try:
                if not folder.exists():
                    make(half)
                    half.rename(folder)
            finally:
                shutil.rmtree(half, ignore_errors=True)
        return folder

    return made


@pytest.fixture(scope="session")
def built(once):
    """Take the outputs that HGANALYSIS_BUILT names, or build them anew in another folder."""
    if named := os.environ.get("HGANALYSIS_BUILT"):
        return require_built((ROOT / named).resolve())

    def build(folder):
        done = start(ROOT, "build", "--out", folder / "outputs")
        assert done.returncode == 0, done.stderr

    return once("built", build) / "outputs"


@pytest.fixture(scope="session")
def drawn_studies(once):
    """Make the studies of `drawn_answers` once a run."""
    from drawn_answers import make_studies

    return once("drawn", make_studies)
