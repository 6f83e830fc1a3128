"""Read, write and name notebooks, and leave out the cells that the data in use cannot fill."""

from __future__ import annotations

import json
import os
import re
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from .. import frames, indicators, places, sources, study, suppress, words
from ..draw.picture import OUT
from .folders import BuildError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from nbformat import NotebookNode

DEMO = "demo"
"""The tag of what makes sense for the simulated province only."""
PREFIX = "needs-"


def unmet() -> dict[str, str]:
    """
    List the tags of cells that the data in use cannot fill.

    Returns
    -------
    reasons
        Why, in the language in use, by tag; empty where nothing is missed: then nothing is said.
    """
    reports, teams = frames.reports(), frames.teams()
    not_of = _not_of()
    missing = {
        PREFIX + need: "" if need in not_of else words.term(f"needs.{need.replace('-', '_')}")
        for need, there in NEEDS.items()
        if not there(reports, teams)
    }
    demo = sources.has("demo/truth.csv")
    return missing if demo else {DEMO: "", **missing}


def _not_of() -> set[str]:
    """Name what is missed by no reader, since the study and its measures do not speak of it."""
    found, headline = study.current(), indicators.role("headline")
    elsewhere = not found.country.code
    unexposed = "exposure" not in found.described
    one_year = headline is None or len(indicators.years(headline)) < 2
    unfiled = indicators.role("files") is None
    said = {
        "published": elsewhere,  # what its papers printed
        "exposure": unexposed,
        "teams": unexposed,
        "two-years-of-teams": unexposed or one_year,
        "platforms-and-teams": unexposed or len(indicators.user_measures()) < 3,
        "urban-and-rural": "urban" not in found.described.get("levels.commune", {}),
        "years": all(len(indicators.years(one)) < 2 for one in indicators.names()),
        "two-years": one_year,
        "files": unfiled,
        "two-years-of-files": unfiled,
        # one point for all of a district is no place of theirs
        "centres": places.shares_points(),
    }
    return {need for need, is_so in said.items() if is_so}


def _with_teams(reports: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """Keep the reports of years with teams."""
    return reports[reports["year"].isin(teams["year"])]


def _related(reports: pd.DataFrame, teams: pd.DataFrame) -> pd.DataFrame:
    """Keep the reports of the year that teams are related to; none where there is no such year."""
    both = _with_teams(reports, teams)
    if not frames.reported_years(both, "headline"):
        return both.iloc[:0]
    return both[both["year"] == frames.earlier(both, "headline").year]


def _platforms(reports: pd.DataFrame, teams: pd.DataFrame) -> bool:
    """Three platforms were reported for the year that teams are related to."""
    related = _related(reports, teams)
    return len(frames.platforms(related)) >= 3


def _urban_and_rural(reports: pd.DataFrame, teams: pd.DataFrame) -> bool:
    """Urban and rural communes are there, for the year that teams are related to."""
    urban = _related(reports, teams)["code"].map(places.communes()["urban"])
    return set(urban) >= {0, 1}


NEEDS: dict[str, Callable[[pd.DataFrame, pd.DataFrame], bool]] = {
    "two-levels": lambda _, __: len(places.levels()) > 1,
    "published": lambda _, __: not frames.published().empty,
    "residents": lambda _, __: bool(places.districts()["population"].notna().all()),
    "two-years": lambda reports, _: len(frames.reported_years(reports, "headline")) > 1,
    "files": lambda reports, _: bool(frames.reported_years(reports, "files")),
    "two-years-of-files": lambda reports, _: len(frames.reported_years(reports, "files")) > 1,
    "centres": lambda _, __: places.placed(),
    # of a whole notebook: of a study that has none, nothing is missing
    "exposure": lambda _, __: "exposure" in study.current().described,
    "years": lambda _, __: any(len(indicators.years(one)) > 1 for one in indicators.names()),
    "teams": lambda reports, teams: bool(
        frames.reported_years(_with_teams(reports, teams), "headline")
    ),
    "urban-and-rural": _urban_and_rural,
    "two-years-of-teams": lambda reports, teams: (
        len(frames.reported_years(_with_teams(reports, teams), "headline")) > 1
    ),
    "platforms-and-teams": _platforms,
}
"""What a cell may need, by the end of its tag."""


def belongs(notebook: NotebookNode, reasons: dict[str, str]) -> bool:
    """
    Say whether a notebook has a place among those of the data in use.

    It has none where the tag of its first cell names what nobody misses: `unmet` gives no reason.
    """
    tags = notebook.cells[0].metadata.get("tags", []) if notebook.cells else []
    return all(reasons.get(tag, tag) for tag in tags)


def without(notebook: NotebookNode, reasons: dict[str, str]) -> NotebookNode:
    """
    Leave out the cells that cannot be filled, and say in their place why; once for a run of them.

    The heading of a text that is left out stays: what is missing is seen where it is looked for.
    """
    import nbformat

    kept = named(notebook)  # what stays of a text has no blanks to be filled later
    cells, kept.cells, said = kept.cells, [], ""
    for cell in cells:
        tag = next((tag for tag in cell.metadata.get("tags", []) if tag in reasons), None)
        if tag is None:
            kept.cells.append(cell)
            said = ""
            continue
        if not reasons[tag]:  # of the simulated province: nothing is missing
            continue
        heading = next((line for line in cell.source.splitlines() if line.startswith("## ")), "")
        heading = heading if cell.cell_type == "markdown" else ""
        note = "" if reasons[tag] == said and not heading else f"*{note_of(reasons[tag])}*"
        said = reasons[tag]
        if text := "\n\n".join(part for part in (heading, note) if part):
            kept.cells.append(nbformat.v4.new_markdown_cell(text, id=cell.id))  # type: ignore[no-untyped-call]
    return kept


NOUNS = "nouns"
"""Where a cell of text keeps itself with [blanks] for the nouns of a study: in its metadata."""


def named(notebook: NotebookNode) -> NotebookNode:
    """
    Put the nouns of the study in use into the texts.

    What is seen of a text is written with the nouns of the shipped study. One that somebody wrote
    anew stays as it is.
    """
    found = deepcopy(notebook)
    shipped = study.Study.open().written
    for cell in found.cells:
        kept = cell.metadata.get(NOUNS, "")
        for language in study.LANGUAGES if kept and cell.cell_type == "markdown" else ():
            if cell.source == filled(kept, shipped, language=language):
                cell.source = filled(kept, study.current().written, language=language)
                break
    return found


# What makes more of a noun than text: emphasis, and of an address a link.
_MARKUP = re.compile(r"[`*_\\]|(?<=:)/(?=/)")


def filled(text: str, written: str, *, language: str) -> str:
    """Fill the blanks of a text in a language with the nouns of a study."""
    said = study.blanks(written, language)
    nouns = {name: _MARKUP.sub(r"\\\g<0>", noun) for name, noun in said.items()}
    return "\n".join(study.fill(line, nouns) for line in text.split("\n"))


def note_of(reason: str) -> str:
    """Say that something is left out, and why."""
    return words.term("needs.left_out", reason=reason)


KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def read(file: Path) -> NotebookNode:
    """
    Read a notebook, every cell with an id.

    Raises
    ------
    BuildError
        If the file is no notebook of format 4.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        cells, version = found["cells"], found["nbformat"]
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{file.name} is no Jupyter notebook: {error!r}."
        raise BuildError(msg) from error
    if version != 4:
        msg = f"{file.name} has notebook format {version}; save it in JupyterLab, which writes 4."
        raise BuildError(msg)
    import nbformat  # takes a second: no bad file waits for it

    # Left to itself the library would invent new ids at every build.
    for number, cell in enumerate(cells):
        cell.setdefault("id", f"cell-{number:02d}")
    found["nbformat_minor"] = max(5, found.get("nbformat_minor", 0))
    return nbformat.reads(json.dumps(found), as_version=version)  # type: ignore[no-untyped-call,no-any-return]


def text(notebook: NotebookNode) -> bytes:
    """Write a notebook as JupyterLab would save it, without what differs from run to run."""
    import nbformat

    lean = deepcopy(notebook)
    language = lean.metadata.get("language_info", {})
    language.pop("version", None)
    lean.metadata = {"kernelspec": KERNEL, "language_info": language}
    for cell in lean.cells:
        kept = (name for name in ("tags", NOUNS) if name in cell.metadata)
        cell.metadata = {name: cell.metadata[name] for name in kept}
    written: str = nbformat.writes(lean)  # type: ignore[no-untyped-call]
    return (written.rstrip("\n") + "\n").encode("utf-8")


def title(notebook: NotebookNode, *, otherwise: str) -> str:
    """Find the first heading of a notebook."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for line in cell.source.splitlines():
                if line.startswith("# "):
                    return str(line.removeprefix("# ").strip())
    return otherwise


def question(notebook: NotebookNode) -> str:
    """
    Find what a notebook asks: what follows the word for it in bold, in its first cell of text.

    Returns
    -------
    question
        "" where it asks nothing.
    """
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    word = re.escape(words.term("build.question"))
    found = texts and re.search(rf"^\*\*{word}\*\* +(.+)$", texts[0], re.MULTILINE)
    return found[1].strip() if found else ""


def environment(out: Path, language: str) -> dict[str, str]:
    """Give what a kernel finds around it: nothing of the user's own may change a result."""
    room = out.parent
    fixed = {
        OUT: str(out),
        # what a kernel leaves goes when the build is done
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(room)),
        **study.environment(),
        study.LANGUAGE: language,
        study.SUPPRESS: str(suppress.threshold()),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "TZ": "UTC",
        # sums of many parts in another order differ in the last digit
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        # no start-up files, no history
        "IPYTHONDIR": str(room / "ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    matplotlib = find_spec("matplotlib")
    if matplotlib is not None and matplotlib.submodule_search_locations:
        fixed["MATPLOTLIBRC"] = f"{matplotlib.submodule_search_locations[0]}/mpl-data/matplotlibrc"
    users = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    return {**users, **fixed}
