"""Hold the set-up together: project file, lock, conda names, order of modules, a quick start."""

import ast
import importlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
import rattler
import yaml
from numpydoc.validate import validate
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import hganalysis

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "hganalysis"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
NUMPYDOC = PROJECT["tool"]["numpydoc_validation"]["checks"]
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))

# A module imports only from its left.
ORDER = [
    "countries",
    "study",
    "words",
    "escaping",
    "limits",
    "sources",
    "places",
    "indicators",
    "suppress",
    "demo",
    "frames",
    "workbook",
    "caselog",
    "figure",
    "draw",
    "uptake",
    "change",
    "effect",
    "publish",
    "build",
]

# Where conda has another name; every other package has the same one in both.
CONDA_NAMES = {
    "ibis-framework": "ibis-duckdb",
    "matplotlib": "matplotlib-base",  # without the desktop windows, which notebooks do not open
    "playwright": "playwright-python",  # "playwright" is its driver there
}
ONLY_PIP = {"axe-core-python", "django-js-lib-leaflet", "jupyterlab-language-pack-vi-vn"}
ONLY_CONDA = {"python", "pip"}

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")

HEAVY = ["scipy", "statsmodels", "geopandas", "folium", "matplotlib.pyplot"]


def required():
    """Give every direct dependency, of the package and of its tests, by name."""
    lines = PROJECT["project"]["dependencies"] + PROJECT["dependency-groups"]["dev"]
    return {canonicalize_name(found.name): found for found in map(Requirement, lines)}


def locked():
    """Give the versions of every package in the lock: two where Pythons differ."""
    versions = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", LOCK, flags=re.MULTILINE):
        versions.setdefault(canonicalize_name(name), []).append(version)
    return versions


def conda():
    """Give every line of environment.yml by the name that pyproject.toml has for it."""
    ours = {theirs: name for name, theirs in CONDA_NAMES.items()}
    lines = [line for line in ENVIRONMENT["dependencies"] if isinstance(line, str)]
    specs = {line.split()[0]: line for line in lines}
    return {ours.get(name, name): line for name, line in specs.items()}


def pip_in_conda():
    """Give the lines under `pip:` by name."""
    [section] = [line for line in ENVIRONMENT["dependencies"] if isinstance(line, dict)]
    return {canonicalize_name(found.name): found for found in map(Requirement, section["pip"])}


def record(line, version):
    """Describe a package of that version as a conda channel would."""
    return rattler.PackageRecord(
        name=line.split()[0],
        version=version,
        build=rattler.BuildString("0"),
        build_number=0,
        subdir="noarch",
        arch=None,
        platform=None,
    )


def modules():
    """Name every module and subpackage of the package that lies there."""
    files = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    return sorted(files | {path.parent.name for path in PACKAGE.glob("*/__init__.py")})


def files_of(module):
    """List the files of a module, or of the package that it has grown into."""
    return sorted((PACKAGE / module).rglob("*.py")) or [PACKAGE / f"{module}.py"]


def imported(path):
    """Name the modules of this package that a file imports, however it writes it."""
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


# --- what is installed ---


def test_python_is_3_11_or_newer():
    assert PROJECT["project"]["requires-python"] == ">=3.11"
    assert conda()["python"] == "python >=3.11"


@pytest.mark.parametrize("name", sorted(required()))
def test_lock_has_every_dependency_within_its_range(name):
    assert locked().get(name), f"{name} is not in requirements.lock: run make lock"
    outside = [version for version in locked()[name] if version not in required()[name].specifier]
    assert not outside, (
        f"{name}: the lock has {outside}, pyproject.toml asks for {required()[name]}"
    )


def test_lock_is_for_all_platforms_with_hashes():
    packages = re.split(r"^(?=[\w.-]+==)", LOCK, flags=re.MULTILINE)[1:]
    assert len(packages) > 100
    assert all("--hash=sha256:" in package for package in packages)
    assert {"appnope", "colorama"} <= set(locked())  # macOS and Windows have these


@pytest.mark.parametrize(
    "name",
    ["contourpy", "matplotlib", "numpy", "pandas", "pyproj", "scipy", "shapely", "statsmodels"],
)
def test_what_computes_and_draws_is_the_same_on_every_python(name):
    assert len(locked()[name]) == 1


def test_environment_names_the_same_packages():
    assert set(conda()) - ONLY_CONDA | set(pip_in_conda()) == set(required())
    assert set(pip_in_conda()) == ONLY_PIP


@pytest.mark.parametrize("name", sorted(set(required()) - ONLY_PIP))
def test_environment_has_the_same_range(name):
    _, ranges = conda()[name].split(maxsplit=1)
    assert set(ranges.split(",")) == {str(part) for part in required()[name].specifier}


@pytest.mark.parametrize("name", sorted(ONLY_PIP))
def test_environment_has_the_same_range_under_pip(name):
    assert pip_in_conda()[name].specifier == required()[name].specifier


@pytest.mark.parametrize("name", sorted(set(required()) - ONLY_PIP))
def test_conda_would_take_the_locked_version(name):
    line = conda()[name]
    for version in locked()[name]:
        assert rattler.MatchSpec(line).matches(record(line, version)), f"{line}: {version}"


def test_conda_would_refuse_a_version_outside():
    line = conda()["folium"]
    assert not rattler.MatchSpec(line).matches(record(line, "0.21.0"))


def test_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {PROJECT["project"]["version"], hganalysis.__version__} == {str(citation["version"])}
    assert f"## {hganalysis.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_no_file_names_a_registry_or_a_machine():
    # written in pieces, so that this file passes its own test
    hosts = ["pypi" + ".org", "python" + "hosted", "ana" + "conda.org", "npmjs" + "."]
    paths = ["/" + folder + "/" for folder in ("work", "root", "home", "opt", "Users")]
    options = ["--index" + "-url h", "--find" + "-links", "--extra-index" + "-url"]
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout: there is no list of what is published")
    found = [
        f"{name}: {word}"
        for name in filter(None, listed.stdout.split("\0"))
        if (ROOT / name).is_file()
        for word in hosts + paths + options
        if word.encode() in (ROOT / name).read_bytes()
    ]
    assert not found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel as `pip install` would."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [file] = folder.glob("*.whl")
    return file


def test_wheel_carries_the_data_the_notebooks_and_the_mark_of_types(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    for part in ("data", "notebooks"):
        inside = {name for name in names if name.startswith(f"hganalysis/{part}/")}
        tracked = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", part],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        assert inside == {f"hganalysis/{name}" for name in tracked.stdout.split()}
    assert {"hganalysis/py.typed", "hganalysis/__main__.py"} <= names
    assert not any(name.startswith(("tests/", "outputs/")) for name in names)


def test_the_installed_package_runs_in_an_empty_folder(wheel, tmp_path):
    """An installed wheel is its files on the path, and nothing of the checkout."""
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    zipfile.ZipFile(wheel).extractall(site)

    def run(*command):
        path = {"PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
        return subprocess.run(
            [sys.executable, *command],
            cwd=empty,
            env={**os.environ, **path},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )

    done = run("-m", "hganalysis", "build", "--help")
    assert done.returncode == 0, done.stderr
    assert "--notebooks" in done.stdout
    entry = next(path for path in site.rglob("entry_points.txt")).read_text(encoding="utf-8")
    assert "hganalysis = hganalysis.build:main" in entry
    code = "import hganalysis as h; from hganalysis.build import run; print(h.__file__)\n"
    code += "print(len(h.frames.reports()), len(list(run._SHIPPED.rglob('*.ipynb'))))"
    done = run("-c", code)
    assert done.returncode == 0, done.stderr
    where, counts = done.stdout.splitlines()
    assert Path(where).is_relative_to(site)
    assert counts.split()[1] == str(len(list((ROOT / "notebooks").rglob("*.ipynb"))))
    assert list(empty.iterdir()) == []


def test_the_package_runs_as_a_module():
    done = subprocess.run(
        [sys.executable, "-m", "hganalysis", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"hganalysis {hganalysis.__version__}\n")


def test_hooks_are_in_the_lock_and_need_no_git_host():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repo["repo"] for repo in hooks["repos"]] == ["local"]
    programs = {hook["entry"].split()[0] for hook in hooks["repos"][0]["hooks"]}
    bin_ = Path(sys.executable).parent
    missing = [name for name in programs if not list(bin_.glob(f"{name}*"))]
    assert not missing


# --- make ---


def quick():
    """List what `make quick` runs, as make itself expands it."""
    done = subprocess.run(
        ["make", "-n", "quick"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return re.findall(r"(?:^| )(hganalysis|tests/\S+\.py)(?= |$)", done.stdout, re.MULTILINE)


@needs_make
def test_what_is_quick_needs_no_browser_and_no_build_and_misses_no_number():
    files = [ROOT / name for name in quick()]
    assert PACKAGE in files
    assert len(set(files)) == len(files) > 10
    text = {file.stem: file.read_text(encoding="utf-8") for file in files if file != PACKAGE}
    for name, code in text.items():
        assert not re.search(r"mark\.browser|playwright|\bbuilt\b", code), name
    # What computes or writes a number has its tests among them.
    rooms = {"words", "places", "indicators", "suppress", "workbook", "uptake", "change", "effect"}
    rooms |= {"escaping", "digits", "sources"}
    assert {room for room in rooms if any(room in name for name in text)} == rooms


@needs_make
def test_help_lists_every_target():
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {"build", "test", "quick"} <= set(targets)
    assert re.findall(r"^  make ([a-z]+)", said.stdout, re.MULTILINE) == targets


def make(*arguments, folder):
    """Run make with an environment folder of its own, as if there were no uv."""
    return subprocess.run(
        ["make", "UV=", f"VENV={folder}/venv", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@needs_make
def test_make_alone_prints_its_help(tmp_path):
    printed = make(folder=tmp_path).stdout
    for target in ("build", "test", "lab", "lock"):
        assert f"make {target}" in printed


@needs_make
def test_make_says_when_python_is_too_old(tmp_path):
    old = stub(tmp_path, fails_on="version_info")
    done = make(f"PYTHON={old}", "build", folder=tmp_path)
    assert done.returncode
    assert "needs Python 3.11 or newer" in done.stderr
    assert "make PYTHON=" in done.stderr


@needs_make
def test_make_says_when_venv_is_missing(tmp_path):
    bare = stub(tmp_path, fails_on="ensurepip")
    done = make(f"PYTHON={bare}", "build", folder=tmp_path)
    assert done.returncode
    assert "apt-get install python3-venv" in done.stderr


def stub(folder, *, fails_on):
    """Write a python that refuses every statement with that word in it."""
    python = folder / "python"
    python.write_text(f'#!/bin/sh\ncase "$*" in *{fails_on}*) exit 1;; esac\n', encoding="utf-8")
    python.chmod(0o755)
    return python


# --- how the modules stand to each other ---


def test_every_module_has_its_place():
    assert set(modules()) == set(ORDER)
    assert set(hganalysis.__all__) <= set(ORDER)


LONGEST = 60
"""Lines of a function without its docstring: more than fit on a screen need a scroll."""


def test_no_function_needs_a_scroll():
    long = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                said = ast.get_docstring(node, clean=False) or ""
                lines = node.end_lineno - node.lineno + 1 - len(said.splitlines())
                long += [f"{path.name}: {node.name} has {lines}"] if lines > LONGEST else []
    assert not long


PUBLIC = [name for name in dir(hganalysis) if name in hganalysis._ROOMS]
"""The rooms that a newcomer needs; beside them stand the answers, and what asks for them."""


@pytest.mark.parametrize("room", PUBLIC)
def test_a_room_lists_its_public_names_only(room):
    found = importlib.import_module(f"hganalysis.{room}")
    assert dir(found) == sorted(found.__all__)
    assert all(hasattr(found, name) for name in found.__all__)


def public():
    """Name all that is public, and give it."""
    for name in set(dir(hganalysis)) - set(PUBLIC):
        yield name, getattr(hganalysis, name)
    for room in PUBLIC:
        found = importlib.import_module(f"hganalysis.{room}")
        yield from ((f"{room}.{name}", getattr(found, name)) for name in found.__all__)


MOST = 110


def test_public_names_are_few_and_each_is_one_thing():
    found = dict(public())
    assert 50 < len(found) <= MOST
    names = [name.rpartition(".")[2] for name in found]
    # a table of numbers, and a list of what was found in a report
    assert {name for name in names if names.count(name) > 1} <= {"use", "table"}


def test_all_that_is_public_says_what_its_docstring_must():
    wrong = []
    for name, one in public():
        if not callable(one):
            continue
        asked = getattr(one, name) if isinstance(one, ModuleType) else one  # a room that answers
        said = validate(f"{asked.__module__}.{asked.__qualname__}")
        wrong += [f"{name}: {fault}" for fault in said["errors"] if fault[0] in NUMPYDOC]
        wrong += [f"{name}: nothing"] * (not said["docstring"])
    assert wrong == []


@pytest.mark.parametrize("module", modules())
def test_imports_only_from_the_left(module):
    left = set(ORDER[: ORDER.index(module)])
    for path in files_of(module):
        wrong = imported(path) - left - {module}
        assert not wrong, f"{path.name} imports {', '.join(sorted(wrong))} from its right"


def test_every_way_to_import_is_seen(tmp_path, monkeypatch):
    monkeypatch.setitem(globals(), "PACKAGE", tmp_path)
    (tmp_path / "effect").mkdir()
    ways = {
        "rates.py": "from . import uptake\nfrom .figure import Map\nimport hganalysis.build",
        "effect/fit.py": "from .. import uptake\nfrom ..figure import Map\nfrom . import fit\n"
        "def f():\n    from hganalysis import build",
    }
    for name, text in ways.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert imported(tmp_path / name) >= {"uptake", "figure", "build"}


# --- how quickly it starts ---


ANSWERING = ["figure", "uptake", "change", "effect", "publish"]
"""Rooms that are loaded when something is asked of them, with what computes and draws."""


def test_importing_loads_nothing_heavy():
    # one interpreter, from the left to the right: the first that breaks the rule is the one named
    light = [name for name in modules() if name not in ANSWERING]
    lines = [
        "import importlib, sys",
        f"for name in ['hganalysis'] + ['hganalysis.' + name for name in {light}]:",
        "    importlib.import_module(name)",
        f"    print(name, [heavy for heavy in {HEAVY} if heavy in sys.modules])",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True
    )
    loaded = done.stdout.splitlines()
    assert len(loaded) == len(light) + 1
    assert not [line for line in loaded if not line.endswith(" []")]


def test_importing_the_package_loads_not_even_pandas():
    check = "import sys, hganalysis; print('pandas' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_modules_are_attributes_and_a_wrong_name_is_refused():
    import hganalysis as hg

    assert hg.words.number(1234) == "1.234"
    assert {"map", "compare", "uptake", "Design", "Study", "frames"} <= set(dir(hg))
    assert len(dir(hg)) < 25  # what a newcomer needs; the documentation has the others
    assert all(getattr(hg, name) for name in dir(hg))
    with pytest.raises(AttributeError, match="has no 'utils'; it has Change, "):
        _ = hg.utils
