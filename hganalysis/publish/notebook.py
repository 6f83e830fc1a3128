"""Read, write and name notebooks, and leave out the cells that the data in use cannot fill."""

from __future__ import annotations

import json
import os
import re
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

from .. import frames, indicators, places, sources, study, suppress, words
from ..draw.picture import OUT
from .folders import BuildError

if TYPE_CHECKING:
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
    missing = {
        PREFIX + need: words.term(f"needs.{need.replace('-', '_')}") if missed else ""
        for need, (there, missed) in needs(frames.reports(), frames.teams()).items()
        if not there
    }
    return missing if sources.has("demo/truth.csv") else {DEMO: "", **missing}


def needs(reports: pd.DataFrame, teams: pd.DataFrame) -> dict[str, tuple[bool, bool]]:
    """
    Say for all that a cell may need, by the end of its tag, whether it is there.

    Returns
    -------
    needs
        Whether it is there; and whether somebody misses it where it is not, since the study or its
        measures speak of it.
    """
    found, headline = study.current(), indicators.role("headline")
    exposed, files = "exposure" in found.described, indicators.role("files") is not None
    groups = reports.groupby("indicator")["year"]
    years: dict[object, set[int]] = {name: {*rows} for name, rows in groups}
    # of a log, what is shown in place of a headline that nobody reported
    shown = (indicators.role(one) for one in ("headline", "files", "people"))
    headlined = next((years[one] for one in shown if one in years), set())
    filed = years.get(indicators.role("files"), set())
    both = sorted(headlined & {*teams["year"]})
    # in the year that teams are related to
    related = reports[reports["year"].isin(both[max(-2, -len(both)) :][:1])]
    again = headline is not None and len(indicators.years(headline)) > 1
    several = any(len(indicators.years(one)) > 1 for one in indicators.names())
    urban = set(related["code"].map(places.communes()["urban"]))
    settled = "urban" in found.described.get("levels.commune", {})
    platforms = len(indicators.user_measures()) > 2
    told = {*related["indicator"]} & {*indicators.user_measures()}
    return {
        "two-levels": (len(places.levels()) > 1, True),
        "published": (not frames.published().empty, bool(found.country.code)),
        "residents": (bool(places.districts()["population"].notna().all()), True),
        "two-years": (len(headlined) > 1, again),
        "files": (len(filed) > 0, files),
        "two-years-of-files": (len(filed) > 1, files),
        "centres": (places.placed(), True),
        "exposure": (exposed, False),
        "years": (several, False),
        "teams": (len(both) > 0, exposed),
        "urban-and-rural": (urban >= {0, 1}, settled),
        "two-years-of-teams": (len(both) > 1, exposed and again),
        "platforms-and-teams": (len(told) > 2, exposed and platforms),
    }


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
        elif reason := reasons[tag]:  # else nothing is missing
            heads = re.findall(r"^## .*", cell.source if cell.cell_type == "markdown" else "", re.M)
            note = [] if reason == said and not heads else [f"*{note_of(reason)}*"]
            said = reason
            if text := "\n\n".join([*heads[:1], *note]):
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
        cells, known = found["cells"], found["nbformat"] == 4
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        msg = f"{file.name} is no Jupyter notebook of format 4, which JupyterLab writes."
        raise BuildError(msg)
    import nbformat  # takes a second: no bad file waits for it

    # Left to itself the library would invent new ids at every build.
    for number, cell in enumerate(cells):
        cell.setdefault("id", f"cell-{number:02d}")
    found["nbformat_minor"] = max(5, found.get("nbformat_minor", 0))
    return nbformat.reads(json.dumps(found), as_version=4)  # type: ignore[no-untyped-call,no-any-return]


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
    found = re.search(r"^# (.+)$", _text(notebook), re.MULTILINE)
    return found[1].strip() if found else otherwise


def question(notebook: NotebookNode) -> str:
    """
    Find what a notebook asks: what follows the word for it in bold, in a cell of text.

    Returns
    -------
    question
        "" where it asks nothing.
    """
    word = re.escape(words.term("build.question"))
    found = re.search(rf"^\*\*{word}\*\* +(.+)$", _text(notebook), re.MULTILINE)
    return found[1].strip() if found else ""


def _text(notebook: NotebookNode) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def environment(out: Path, language: str) -> dict[str, str]:
    """Give what a kernel finds around it: nothing of the user's own may change a result."""
    import matplotlib

    room = out.parent
    fixed = {
        OUT: str(out),
        # what a kernel leaves goes when the build is done
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(room)),
        **study.environment(),
        study.LANGUAGE: language,
        study.SUPPRESS: str(suppress.threshold()),
        sources.READ_SIMULATED: str(room / "read-simulated"),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "TZ": "UTC",
        # sums of many parts in another order differ in the last digit
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        # no start-up files, no history
        "IPYTHONDIR": str(room / "ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MATPLOTLIBRC": f"{matplotlib.get_data_path()}/matplotlibrc",
    }
    users = {name: value for name, value in os.environ.items() if name != "PYTHONWARNINGS"}
    return {**users, **fixed}
