"""Hold the set-up together: project file, locks, conda names, make, order of rooms, quick start."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import hganalysis

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "hganalysis"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]
LOCKS = {file.stem: file.read_text(encoding="utf-8") for file in ROOT.glob("requirements*.lock")}
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))

# A room imports only from its left.
ORDER = [
    "countries",
    "study",
    "words",
    "escaping",
    "limits",
    "grid",
    "places",
    "indicators",
    "suppress",
    "frames",
    "workbook",
    "screening",
    "caselog",
    "figure",
    "draw",
    "ranking",
    "change",
    "effect",
    "publish",
    "cli",
]
ANSWERING = ["figure", "ranking", "change", "effect"]
"""Rooms that are loaded when something is asked of them, with what computes and draws."""
HEAVY = ["scipy", "statsmodels", "geopandas", "folium", "matplotlib.pyplot", "ibis"]

# Where conda has another name; every other package has the same one in both.
CONDA_NAMES = {
    "ibis-duckdb": "ibis-framework",
    "matplotlib-base": "matplotlib",  # without the desktop windows, which notebooks do not open
    "playwright-python": "playwright",  # "playwright" is its driver there
}


def run(*command, **options):
    """Run a command and give what it said."""
    options = {"cwd": ROOT, "capture_output": True, "encoding": "utf-8", "check": False} | options
    return subprocess.run(command, **options)


def ranges(*lines):
    """Give the range of each requirement by its name."""
    found = map(Requirement, lines)
    return {canonicalize_name(one.name): one.specifier for one in found}


def group(*names):
    """Give the ranges of these groups of dependencies; `log` is included by `test`."""
    return ranges(*(one for name in names for one in GROUPS[name] if isinstance(one, str)))


NEEDED = ranges(*PROJECT["project"]["dependencies"])


def locked(stem):
    """Give the versions of every package in a lock: two where Pythons differ."""
    versions = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", LOCKS[stem], flags=re.MULTILINE):
        versions.setdefault(canonicalize_name(name), []).append(version)
    return versions


# --- what is installed ---


def test_the_floor_of_python_is_the_same_everywhere():
    assert PROJECT["project"]["requires-python"] == ">=3.11"
    assert "python >=3.11" in ENVIRONMENT["dependencies"]


LOCKED = {"requirements": NEEDED | group("build"), "requirements-test": group("log", "test")}
LOCKED |= {f"requirements-{name}": group(name) for name in ("lint", "docs", "lab")}


@pytest.mark.parametrize("stem", LOCKED)
def test_a_lock_has_every_dependency_within_its_range(stem):
    have = locked(stem)
    assert sorted(set(LOCKED[stem]) - set(have)) == [], "run make lock"
    outside = {name: have[name] for name, one in LOCKED[stem].items() if have[name][0] not in one}
    assert outside == {}


def test_locks_are_for_all_platforms_with_hashes_and_agree():
    for stem, text in LOCKS.items():
        packages = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
        assert packages
        assert all("--hash=sha256:" in package for package in packages), stem
        both = set(locked(stem)) & set(locked("requirements"))
        assert [one for one in both if locked(stem)[one] != locked("requirements")[one]] == []
    assert {"appnope", "colorama"} <= set(locked("requirements"))  # macOS and Windows have these
    assert set(GROUPS["log"]) == set(PROJECT["project"]["optional-dependencies"]["log"])


@pytest.mark.parametrize(
    "name",
    ["contourpy", "matplotlib", "numpy", "pandas", "pyproj", "scipy", "shapely", "statsmodels"],
)
def test_what_computes_and_draws_is_the_same_on_every_python(name):
    assert len(locked("requirements")[name]) == 1


def test_conda_gets_the_same_packages_in_the_same_ranges():
    *plain, pip = [line for line in ENVIRONMENT["dependencies"] if line != "pip"]
    split = [line.split() for line in plain if not line.startswith("python ")]
    named = {CONDA_NAMES.get(name, name): SpecifierSet(range_) for name, range_ in split}
    assert named | ranges(*pip["pip"]) == NEEDED | group("build", "log", "lab", "test")


def test_the_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {PROJECT["project"]["version"], hganalysis.__version__} == {str(citation["version"])}
    assert f"## {hganalysis.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_floor_of_typer_is_one_that_runs_the_commands():
    assert "0.18.0" not in NEEDED["typer"]
    assert "0.19.0" in NEEDED["typer"]


@pytest.mark.parametrize("has_other", [True, False])
def test_the_nightly_job_goes_on_where_no_other_python_is(tmp_path, has_other):
    other = tmp_path / "python"
    if has_other:
        other.write_text('#!/bin/sh\ncase "$2" in *print*) echo 3.99;; esac\n', encoding="utf-8")
        other.chmod(0o755)
    names = f"{tmp_path}/nowhere {sys.executable} {other}"
    steps = f'set -euo pipefail; . .ci/steps; other=$(other_python {names}); echo "[$other]"'
    done = run("bash", "-c", steps, env=os.environ | {"PYTHON": sys.executable})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"[{other if has_other else ''}]\n"
    job = (ROOT / ".ci" / "nightly").read_text(encoding="utf-8")
    assert 'if [ -n "$other" ]; then' in job


def test_no_file_names_a_registry_or_a_machine():
    # written in pieces, so that this file passes its own test
    hosts = ["pypi" + ".org", "python" + "hosted", "ana" + "conda.org", "npmjs" + "."]
    paths = ["/" + folder + "/" for folder in ("work", "root", "home", "opt", "Users")]
    options = ["--index" + "-url h", "--find" + "-links", "--extra-index" + "-url"]
    listed = run("git", "ls-files", "-z")
    files = [ROOT / name for name in filter(None, listed.stdout.split("\0"))]
    assert files, listed.stderr
    texts = {file: file.read_bytes() for file in files if file.is_file()}
    words = [word.encode() for word in hosts + paths + options]
    assert [(f.name, word) for f, text in texts.items() for word in words if word in text] == []


def test_the_installed_wheel_has_all_it_needs_in_an_empty_folder(tmp_path):
    """An installed wheel is its files on the path, and nothing of the checkout."""
    done = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    assert done.returncode == 0, done.stderr
    [wheel] = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for part in ("data", "notebooks"):
        tracked = run("git", "ls-files", "-co", "--exclude-standard", part).stdout.split()
        inside = {name for name in names if name.startswith(f"hganalysis/{part}/")}
        assert inside == {f"hganalysis/{name}" for name in tracked}
    assert "hganalysis/py.typed" in names
    licences = {Path(name).name for name in names if "/licenses/" in name}
    assert licences == {"LICENSE", "LICENSE-data.md"}
    assert not any(name.startswith(("tests/", "outputs/")) for name in names)

    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    zipfile.ZipFile(wheel).extractall(site)
    inside = {"cwd": empty, "env": os.environ | {"PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}}
    done = run(sys.executable, "-m", "hganalysis", "--version", **inside)
    assert (done.returncode, done.stdout) == (0, f"hganalysis {hganalysis.__version__}\n")
    code = "import hganalysis as h; print(h.__file__, len(h.frames.reports()))"
    done = run(sys.executable, "-c", code, **inside)
    where, count = done.stdout.split()
    assert Path(where).is_relative_to(site)
    assert int(count) == len(hganalysis.frames.reports())
    [entry] = site.rglob("entry_points.txt")
    named = entry.read_text(encoding="utf-8").split("hganalysis = ")[1].strip()
    assert named == PROJECT["project"]["scripts"]["hganalysis"]
    module, function = named.split(":")
    done = run(sys.executable, "-c", f"from {module} import {function}", **inside)
    assert done.returncode == 0, done.stderr
    assert list(empty.iterdir()) == []


# --- make ---


def make(folder, *arguments, fails_on):
    """Run make with a python that refuses every statement with that word in it, and no uv."""
    python = folder / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *{fails_on}*) exit 1;; esac\n', encoding="utf-8")
    python.chmod(0o755)
    return run("make", "UV=", f"VENV={folder}/venv", f"PYTHON={python}", *arguments)


def test_make_lists_its_targets_and_says_what_is_missing(tmp_path):
    said = run("make", "help").stdout
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {"build", "test", "lock"} <= set(targets)
    assert re.findall(r"^  make ([a-z-]+)", said, re.MULTILINE) == targets
    old = make(tmp_path, "build", fails_on="version_info")
    assert old.returncode
    assert "needs Python 3.11 or newer" in old.stderr
    bare = make(tmp_path, "build", fails_on="ensurepip")
    assert bare.returncode
    assert "apt-get install python3-venv" in bare.stderr


# --- how the rooms stand to each other ---


def imported(path):
    """Name the rooms of this package that a file imports, however it writes it."""
    here = ("hganalysis", *path.relative_to(PACKAGE).parts[:-1])
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            above = here[: len(here) - node.level + 1] if node.level else ()
            source = ".".join([*above, *([node.module] if node.module else [])])
            found |= {f"{source}.{alias.name}" for alias in node.names}
    return {name.split(".")[1] for name in found if name.startswith("hganalysis.")} & set(ORDER)


def test_a_room_imports_only_from_its_left():
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in files()}
    assert rooms - {"__init__", "__main__"} == set(ORDER)
    wrong = []
    for path in files():
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room in ORDER:
            right = imported(path) - set(ORDER[: ORDER.index(room) + 1])
            wrong += [f"{path.name} imports {one} from its right" for one in sorted(right)]
    assert wrong == []
    assert "words" in imported(PACKAGE / "figure" / "__init__.py")


def files():
    """List the files of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def test_importing_loads_nothing_heavy():
    # one interpreter, from the left to the right: the first that breaks the rule is the one named
    light = [name for name in ORDER if name not in ANSWERING]
    lines = [
        "import importlib, sys",
        "import hganalysis",
        "print([one for one in ('numpy', 'pandas') if one in sys.modules])",
        f"for name in {light}:",
        "    importlib.import_module('hganalysis.' + name)",
        f"    print(name, [heavy for heavy in {HEAVY} if heavy in sys.modules])",
    ]
    loaded = run(sys.executable, "-c", "\n".join(lines)).stdout.splitlines()
    assert len(loaded) == len(light) + 1
    assert not [line for line in loaded if not line.endswith("[]")]


def test_what_a_newcomer_needs_is_there_and_a_wrong_name_is_refused():
    assert {"map", "compare", "uptake", "Design", "Study", "frames"} <= set(dir(hganalysis))
    assert all(getattr(hganalysis, name) for name in dir(hganalysis))
    howtos = "".join(page.read_text("utf-8") for page in (ROOT / "docs").glob("howto/*.rst"))
    assert set(re.findall(r"\bhg\.(\w+)", howtos)) <= set(dir(hganalysis))
    with pytest.raises(AttributeError, match="has no 'utils'; it has Change, "):
        _ = hganalysis.utils
