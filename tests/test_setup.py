"""Hold the set-up together: project file, locks, conda names, make, order of rooms, quick start."""

import ast
import csv
import importlib
import os
import re
import shutil
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
from shell import require_built
from test_docs import blocks

import hganalysis

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "hganalysis"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]
LOCKS = {file.stem: file.read_text(encoding="utf-8") for file in ROOT.glob("requirements*.lock")}
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))

# A room imports only from its left.
ORDER = [
    "wording",
    "countries",
    "periods",
    "study",
    "words",
    "escaping",
    "limits",
    "refusals",
    "origins",
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
    "gaps",
    "effect",
    "starts",
    "sheets",
    "publish",
    "portal",
    "cli",
]
ANSWERING = ["figure", "ranking", "change", "gaps", "effect", "starts", "sheets"]
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
    options = {
        "cwd": ROOT,
        "capture_output": True,
        "encoding": "utf-8",
        "check": False,
    } | options
    return subprocess.run(command, **options)


def ranges(*lines):
    """Give the range of each requirement by its name."""
    requirements = map(Requirement, lines)
    return {
        canonicalize_name(requirement.name): requirement.specifier for requirement in requirements
    }


def group(*names):
    """Give the ranges of these groups of dependencies; `log` is included by `test`."""
    return ranges(
        *(
            requirement
            for name in names
            for requirement in GROUPS[name]
            if isinstance(requirement, str)
        )
    )


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
LOCKED |= {f"requirements-{name}": group(name) for name in ("lint", "docs", "lab", "release")}


@pytest.mark.parametrize("stem", LOCKED)
def test_a_lock_has_every_dependency_within_its_range(stem):
    have = locked(stem)
    assert sorted(set(LOCKED[stem]) - set(have)) == [], "run make lock"
    outside = {
        name: have[name]
        for name, range_of_lock in LOCKED[stem].items()
        if have[name][0] not in range_of_lock
    }
    assert outside == {}


def test_locks_are_for_all_platforms_with_hashes_and_agree():
    for stem, text in LOCKS.items():
        packages = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
        assert packages
        assert all("--hash=sha256:" in package for package in packages), stem
        shared = set(locked(stem)) & set(locked("requirements"))
        assert [
            package
            for package in shared
            if locked(stem)[package] != locked("requirements")[package]
        ] == []
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
    address = {CONDA_NAMES.get(name, name): SpecifierSet(range_) for name, range_ in split}
    assert address | ranges(*pip["pip"]) == NEEDED | group("build", "log", "lab", "test")


def test_the_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {PROJECT["project"]["version"], hganalysis.__version__} == {str(citation["version"])}
    heading = f"## [{citation['version']}] - {citation['date-released']}\n"
    assert heading in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_floor_of_typer_is_one_that_runs_the_commands():
    assert "0.18.0" not in NEEDED["typer"]
    assert "0.19.0" in NEEDED["typer"]


@pytest.mark.parametrize("has_other", [True, False])
def test_the_nightly_job_goes_on_where_no_other_python_is(tmp_path, has_other):
    other_python = tmp_path / "python"
    if has_other:
        other_python.write_text(
            '#!/bin/sh\ncase "$2" in *print*) echo 3.99;; esac\n', encoding="utf-8"
        )
        other_python.chmod(0o755)
    names = f"{tmp_path}/nowhere {sys.executable} {other_python}"
    steps = f'set -euo pipefail; . .ci/steps; other=$(other_python {names}); echo "[$other]"'
    done = run("bash", "-c", steps, env=os.environ | {"PYTHON": sys.executable})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"[{other_python if has_other else ''}]\n"
    job = (ROOT / ".ci" / "nightly").read_text(encoding="utf-8")
    assert 'if [ -n "$other" ]; then' in job


def test_what_the_workflows_run_of_others_is_pinned_by_its_hash():
    workflows = [file.read_text("utf-8") for file in (ROOT / ".github/workflows").glob("*.yml")]
    actions = re.findall(r"uses: (\S+)", "".join(workflows))
    assert actions
    assert [name for name in actions if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", name)] == []


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
    for part in ("data", "docs", "notebooks"):
        tracked = run("git", "ls-files", "-co", "--exclude-standard", part).stdout.split()
        inside = {name for name in names if name.startswith(f"hganalysis/{part}/")}
        assert inside == {f"hganalysis/{name}" for name in tracked}
    assert "hganalysis/py.typed" in names
    licences = {Path(name).name for name in names if "/licenses/" in name}
    assert licences == {"LICENSE", "LICENSE-data.md"}
    assert not any(name.startswith(("tests/", "outputs/")) for name in names)

    site = tmp_path / "site"
    empty = tmp_path / "empty"
    empty.mkdir()
    zipfile.ZipFile(wheel).extractall(site)
    inside = {"cwd": empty, "env": os.environ | {"PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}}
    done = run(sys.executable, "-m", "hganalysis", "--version", **inside)
    assert (done.returncode, done.stdout) == (0, f"hganalysis {hganalysis.__version__}\n")
    help_text = run(sys.executable, "-m", "hganalysis", "--help", **inside).stdout
    shown = "".join(help_text.split())  # a long path is broken where the window ends
    for page in ("docs/index.rst", "docs/vi/index.rst"):
        assert (site / "hganalysis" / page).is_file()
        assert str(site / "hganalysis" / page) in shown
    [entry] = site.rglob("entry_points.txt")
    address = entry.read_text(encoding="utf-8").split("hganalysis = ")[1].strip()
    assert address == PROJECT["project"]["scripts"]["hganalysis"]
    module, function = address.split(":")
    code = "import hganalysis as h; print(h.__file__, len(h.frames.reports()))\n"
    done = run(sys.executable, "-c", f"{code}from {module} import {function}", **inside)
    assert done.returncode == 0, done.stderr
    where, count = done.stdout.split()
    assert Path(where).is_relative_to(site)
    assert int(count) == len(hganalysis.frames.reports())
    assert list(empty.iterdir()) == []


# --- make ---


def make(folder, *arguments, fails_on):
    """Run make with a python that refuses every statement with that word in it, and no uv."""
    python = folder / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *{fails_on}*) exit 1;; esac\n', encoding="utf-8")
    python.chmod(0o755)
    return run("make", "UV=", f"VENV={folder}/venv", f"PYTHON={python}", *arguments)


def test_make_lists_its_targets_and_says_what_is_missing(tmp_path):
    help_text = run("make", "help").stdout
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {"build", "test", "lock"} <= set(targets)
    assert re.findall(r"^  make ([a-z-]+)", help_text, re.MULTILINE) == targets
    old = make(tmp_path, "build", fails_on="version_info")
    assert old.returncode
    assert "needs Python 3.11 or newer" in old.stderr
    bare = make(tmp_path, "build", fails_on="ensurepip")
    assert bare.returncode
    assert "apt-get install python3-venv" in bare.stderr


@pytest.mark.parametrize(("system", "folder"), [("Windows_NT", "Scripts"), ("", "bin")])
def test_make_finds_what_is_run_where_the_system_puts_it(system, folder):
    done = run("make", "--dry-run", "build", "test", f"OS={system}", "VENV=here", "UV=")
    assert f"here/{folder}/hganalysis build" in done.stdout
    assert f"here/{folder}/pytest" in done.stdout
    assert {*re.findall(r"here/(Scripts|bin)/", done.stdout)} == {folder}


ONLY_ON_UNIX = {"crypt", "fcntl", "grp", "posix", "pty", "pwd", "resource", "termios", "tty"}


def test_nothing_that_windows_lacks_is_imported_at_the_top():
    for folder in (PACKAGE, ROOT / "tests", ROOT / ".ci", ROOT / "docs"):
        for file in folder.rglob("*.py"):
            for node in ast.parse(file.read_text("utf-8")).body:
                names = {alias.name for alias in getattr(node, "names", ())}
                names.add(getattr(node, "module", None))
                assert names.isdisjoint(ONLY_ON_UNIX), file


def test_outputs_of_another_language_are_not_taken_as_those_of_this_one(tmp_path):
    with pytest.raises(AssertionError, match="nothing was built"):
        require_built(tmp_path)
    (tmp_path / "index.html").write_text('<!doctype html>\n<html lang="en">', encoding="utf-8")
    with pytest.raises(AssertionError, match="not in 'vi': build it anew"):
        require_built(tmp_path)
    assert require_built(tmp_path, "en") == tmp_path


# --- how packed the code is ---

PLAIN = """
def add_{}(first: int, second: int) -> int:
    total = first + second
    return total
"""
PACKED = f"table = {[0] * 300}\n"
LOOPS = "".join(f"{' ' * depth}for row in rows:\n" for depth in range(1, 8))
NESTED = f"def walk(rows):\n{LOOPS}{' ' * 8}pass\n"


@pytest.mark.parametrize(
    ("planted", "names"),
    [
        ("", ""),
        ("told = found = 1\n", "vague names"),
        (PACKED, "tokens per line, tokens per statement"),
        (NESTED * 2, "complex functions"),
    ],
)
def test_code_that_is_too_packed_or_says_nothing_fails_lint(tmp_path, planted, names):
    code = "".join(PLAIN.format(number) for number in range(30)) + planted
    (tmp_path / "room.py").write_text(code, encoding="utf-8")
    done = run(sys.executable, ".ci/density.py", str(tmp_path), "--rooms", "--limit")
    assert done.returncode == (1 if names else 0), done.stdout
    assert names in done.stdout
    assert ("too many" in done.stdout) == bool(planted)


# --- how the rooms stand to each other ---


def imported_modules(code, package=()):
    """Name what a module imports, at the top or inside a function; `package` is where it lies."""
    modules = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            source = ".".join([*above, *([node.module] if node.module else [])])
            modules |= {f"{source}.{alias.name}" for alias in node.names}
    return modules


def imported(path):
    """Name the rooms of this package that a file imports, however it writes it."""
    package = ("hganalysis", *path.relative_to(PACKAGE).parts[:-1])
    modules = imported_modules(path.read_text(encoding="utf-8"), package)
    of_package = {name.split(".")[1] for name in modules if name.startswith("hganalysis.")}
    return of_package & set(ORDER)


def room_of(path):
    """Name the room of a file."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_a_room_imports_only_from_its_left():
    assert {room_of(path) for path in files()} - {"__init__", "__main__"} == set(ORDER)
    wrong = []
    for path in files():
        room = room_of(path)
        if room in ORDER:
            right = imported(path) - set(ORDER[: ORDER.index(room) + 1])
            wrong += [
                f"{path.name} imports {requirement} from its right" for requirement in sorted(right)
            ]
    assert wrong == []
    assert "words" in imported(PACKAGE / "figure" / "__init__.py")


def test_a_name_of_a_class_names_one_class():
    files_of = {}
    for path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                files_of.setdefault(node.name, []).append(path.name)
    assert {name: paths for name, paths in files_of.items() if len(paths) > 1} == {}
    assert files_of["Measure"] == ["measure.py"]


def test_no_rows_are_chosen_by_a_text():
    """In `DataFrame.query` pandas hushes a warning for every thread: another may raise it."""
    by_text = []
    for path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Attribute(attr="query"), args=[ast.Constant(), *_]):
                    by_text.append(f"{path.name}:{node.lineno}")
    assert by_text == []


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
    with pytest.raises(AttributeError, match="has no 'utils'; it has Brief, Change, "):
        _ = hganalysis.utils


# --- what the pages for maintainers say ---

MAINTAIN = ROOT / "docs" / "maintain"


def test_the_page_of_rooms_has_each_room_what_it_imports_and_its_tests():
    lines = (MAINTAIN / "rooms.rst").read_text(encoding="utf-8").splitlines()
    rows = list(csv.reader(line[3:] for line in lines if re.match("   [a-z]", line)))
    assert [room for room, *_ in rows] == ORDER
    for room, purpose, imports, tests in rows:
        imported_rooms = set().union(*(imported(path) for path in files() if room_of(path) == room))
        rooms_to_left = [name for name in ORDER if name in imported_rooms - {room}]
        assert (room, imports) == (room, ", ".join(rooms_to_left))
        assert purpose
        missing = [name for name in tests.split(", ") if not (ROOT / f"tests/{name}.py").is_file()]
        assert missing == []


def change_lines(text, block):
    """Change a text as a page says it: in each part of a block `-` goes and `+` comes."""
    for part in re.split(r"\n\n+", block.strip("\n")):
        lines = part.splitlines()
        before = "".join(f"{line[1:]}\n" for line in lines if line[0] != "+")
        after = "".join(f"{line[1:]}\n" for line in lines if line[0] != "-")
        assert text.count(f"\n{before}") == 1, before
        text = text.replace(f"\n{before}", f"\n{after}")
    return text


@pytest.mark.parametrize("page", ["unit", "format"])
def test_a_page_for_maintainers_changes_four_files_and_its_code_runs(tmp_path, page):
    shutil.copytree(PACKAGE, tmp_path / "hganalysis", ignore=shutil.ignore_patterns("*.pyc"))
    (tmp_path / "data").symlink_to(ROOT / "data")
    touched, example = set(), ""
    for _, kind, code, caption in blocks(MAINTAIN / f"{page}.rst"):
        file = tmp_path / str(caption)
        if kind == "diff":
            code = change_lines(file.read_text(encoding="utf-8"), code)
        if caption:
            assert (ROOT / caption).exists() == (kind == "diff")
            file.write_text(code, encoding="utf-8")
            touched.add(caption)
        else:
            example += code
    assert len(touched) <= 4
    inside = {"cwd": tmp_path, "env": os.environ | {"PYTHONPATH": str(tmp_path)}}
    done = run(sys.executable, "-c", f"{example}\nprint('as the page says')", **inside)
    assert (done.stdout, done.stderr) == ("as the page says\n", "")


@pytest.mark.parametrize(
    "file", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda file: file.stem
)
def test_each_benchmark_still_finds_what_it_measures(file):
    assert importlib.import_module(f"benchmarks.{file.stem}").__doc__
