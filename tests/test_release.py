"""Hold together what a release needs: declarations, tested Pythons, the recipe, no early claim."""

import importlib.metadata
import re
import subprocess
import sys

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from test_setup import ENVIRONMENT, ROOT, imported_modules
from test_setup import PROJECT as SETTINGS

PROJECT = SETTINGS["project"]
CHECK = yaml.safe_load((ROOT / ".github/workflows/check.yml").read_text("utf-8"))
TRACKED = subprocess.run(
    ["git", "ls-files"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
).stdout.split("\n")

# asked once: the search through all that is installed takes a tenth of a second
PROVIDERS = importlib.metadata.packages_distributions()


def undeclared(code, declared, package=()):
    """Give the distributions that code imports and the project does not declare."""
    packages = {module.split(".")[0] for module in imported_modules(code, package)}
    foreign = packages - set(sys.stdlib_module_names) - {"hganalysis"}
    needed = {canonicalize_name(PROVIDERS[package][0]) for package in foreign}
    return sorted(needed - declared)


def test_what_the_package_imports_is_declared():
    extras = [line for lines in PROJECT["optional-dependencies"].values() for line in lines]
    requirements = map(Requirement, PROJECT["dependencies"] + extras)
    # ibis brings pyarrow, in which it gives its counts back
    declared = {canonicalize_name(requirement.name) for requirement in requirements} | {"pyarrow"}
    assert undeclared("import pyogrio\nfrom requests import get\n", declared) == ["requests"]
    missing = {}
    for file in (ROOT / "hganalysis").rglob("*.py"):
        package = file.relative_to(ROOT).parts[:-1]
        missing[file.name] = undeclared(file.read_text("utf-8"), declared, package)
    assert {name: packages for name, packages in missing.items() if packages} == {}


def test_the_pythons_that_are_named_are_those_that_are_tested():
    prefix = "Programming Language :: Python :: 3."
    named = {
        line.removeprefix("Programming Language :: Python :: ")
        for line in PROJECT["classifiers"]
        if line.startswith(prefix)
    }
    assert named == set(CHECK["jobs"]["check"]["strategy"]["matrix"]["python"])
    support = (ROOT / "SECURITY.md").read_text("utf-8")
    assert " and ".join(sorted(named)) in support


def test_the_recipe_for_conda_needs_what_the_package_needs():
    recipe = yaml.safe_load((ROOT / ".ci/conda/recipe.yaml").read_text("utf-8"))
    assert recipe["context"]["version"] == PROJECT["version"]
    *conda, pip = [line for line in ENVIRONMENT["dependencies"] if line != "pip"]
    leaflet = "django-js-lib-leaflet>=1.9.4,<2"
    assert leaflet in pip["pip"]
    count = len(PROJECT["dependencies"])
    needed = conda[: conda.index("python >=3.11") + count]  # the last, leaflet, comes by pip
    expected = {*needed, leaflet.replace(">=", " >=", 1)}
    assert set(recipe["requirements"]["run"]) == expected
    licences = set(recipe["about"]["license_file"])
    assert licences == set(PROJECT["license-files"])


@pytest.mark.parametrize(
    "claim", ["pip install hganalysis", "conda install hganalysis", "doi.org/10.5281"]
)
def test_nothing_says_that_it_is_published_before_it_is(claim):
    pages = [name for name in TRACKED if name.endswith((".md", ".rst", ".cff", ".toml"))]
    assert len(pages) > 40
    assert [name for name in pages if claim in (ROOT / name).read_text("utf-8")] == []


def test_every_source_of_the_paper_is_cited_and_every_citation_has_a_source():
    paper = (ROOT / "paper/paper.md").read_text("utf-8")
    sources = re.findall(
        r"^@\w+\{(\w+),", (ROOT / "paper/paper.bib").read_text("utf-8"), re.MULTILINE
    )
    assert set(re.findall(r"@(\w+)", paper)) == set(sources)
    words = len(paper.split("# Summary")[1].split())
    assert 250 <= words <= 1000  # what the journal asks
