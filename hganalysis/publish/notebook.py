"""Read, write and name notebooks, and leave out the cells that the data in use cannot fill."""

from __future__ import annotations

import json
import os
import re
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

from .. import frames, indicators, places, study, suppress, words
from ..draw.picture import ON_PHONE, OUT
from .folders import BuildError

if TYPE_CHECKING:
    import pandas as pd
    from nbformat import NotebookNode

    from ..periods import PeriodKey
    from ..study import Study

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
    in_use = study.current()
    reasons = {} if "demo/truth.csv" in in_use.cards else {DEMO: ""}
    is_missed = _missed_by_study(in_use)
    for name, is_met in needs(frames.reports(), frames.teams()).items():
        if not is_met:
            key = "needs." + name.replace("-", "_")
            reasons[PREFIX + name] = words.term(key) if is_missed.get(name, True) else ""
    return reasons


def _missed_by_study(of: Study) -> dict[str, bool]:
    """Say by need whether somebody misses it: the study or its measures speak of it."""
    has_exposure = "exposure" in of.described
    has_files = indicators.role("files") is not None
    has_periods = indicators.role("headline") in _counted_twice()
    return {
        "two-levels": False,
        "published": bool(of.country.code),
        "two-periods": has_periods,
        "plan": False,
        "starts": False,
        "groups": False,
        "two-splits": False,
        "plan-or-starts": False,
        "files": has_files,
        "two-periods-of-files": has_files,
        "exposure": False,
        "clusters": has_exposure,
        "periods": False,
        "teams": has_exposure,
        "urban-and-rural": "urban" in of.described.get("levels.commune", {}),
        "two-periods-of-teams": has_exposure and has_periods,
        "platforms-and-teams": has_exposure and len(indicators.user_measures()) > 2,
    }


def _counted_twice() -> list[str]:
    return [name for name in indicators.names() if len(indicators.periods(name)) > 1]


def _may_plan() -> bool:
    """Say whether a lot can be planned on the reports: of few places it cannot."""
    from .. import starts  # takes a second
    from ..ranking.measure import reported

    measure, *_ = reported()
    try:
        starts.plan(measure)
    except places.NotGivenError:
        return False
    return True


def needs(reports: pd.DataFrame, teams: pd.DataFrame) -> dict[str, bool]:
    """Say for all that a cell may need, by the end of its tag, whether the data have it."""
    periods = reports.groupby("indicator")["period"].agg(set).to_dict()
    # of a log, what is shown in place of a headline that nobody reported
    shown = map(indicators.role, ("headline", "files", "people"))
    headline_periods: set[PeriodKey] = next(
        (periods[name] for name in shown if name in periods), set()
    )
    file_periods = periods.get(indicators.role("files"), set())
    team_periods = sorted(headline_periods & set(teams["period"]))
    # teams are related to the last period but one, or to the only one
    related = reports[reports["period"].isin(team_periods[-2:][:1])]
    in_use = study.current()
    units = places.list_units(in_use)
    clusters = units[places.name_cluster_column(in_use)]
    has_starts = "starts" in in_use.described
    is_demo = "demo/truth.csv" in in_use.cards
    splits = [split for split in indicators.splits() if {split.whole, *split.groups} <= {*periods}]
    # what a lot could find is shown of the simulated province: nobody else asked for a plan
    has_plan = is_demo and len(headline_periods) > 1 and _may_plan()
    platforms = set(related["indicator"]) & set(indicators.user_measures())
    return {
        "two-levels": len(places.levels()) > 1,
        "clusters": bool(clusters.duplicated().any()),
        "published": not frames.published().empty,
        "residents": bool(places.compared()["population"].notna().all()),
        "two-periods": len(headline_periods) > 1,
        "plan": has_plan,
        "starts": has_starts,
        # beside the simulated province lies a study with two ways to split people
        "groups": len(splits) > 0 or is_demo,
        "two-splits": len(splits) > 1 or is_demo,
        "plan-or-starts": has_plan or has_starts,
        "files": len(file_periods) > 0,
        "two-periods-of-files": len(file_periods) > 1,
        "centres": places.is_located(),
        "exposure": "exposure" in in_use.described,
        "periods": len(_counted_twice()) > 0,
        "teams": len(team_periods) > 0,
        "urban-and-rural": set(related["code"].map(units["urban"])) >= {0, 1},
        "two-periods-of-teams": len(team_periods) > 1,
        "platforms-and-teams": len(platforms) > 2,
    }


def belongs(notebook: NotebookNode, reasons: dict[str, str]) -> bool:
    """
    Say whether a notebook makes sense for the data in use.

    It makes none if the first cell needs something that nobody misses: `unmet` gives no reason.
    """
    tags = notebook.cells[0].metadata.get("tags", []) if notebook.cells else []
    return all(reasons.get(tag, tag) for tag in tags)


def without(notebook: NotebookNode, reasons: dict[str, str]) -> NotebookNode:
    """
    Leave out the cells that cannot be filled, and say why in their place, once for a run of them.

    The heading of a text that is left out stays, so that a reader finds the reason there.
    """
    import nbformat

    lean = with_nouns(notebook)  # what stays of a text has no blanks to be filled later
    cells = lean.cells
    lean.cells = []
    last_reason = ""
    for cell in cells:
        tag = next((tag for tag in cell.metadata.get("tags", []) if tag in reasons), None)
        if tag is None:
            lean.cells.append(cell)
            last_reason = ""
        elif reasons[tag]:  # else nothing is missing
            text = _text_instead(cell, reasons[tag], last_reason)
            last_reason = reasons[tag]
            if text:
                lean.cells.append(nbformat.v4.new_markdown_cell(text, id=cell.id))  # type: ignore[no-untyped-call]
    return lean


def _text_instead(cell: NotebookNode, reason: str, last_reason: str) -> str:
    """Keep the heading of a cell that is left out, and say why unless the cell before it did."""
    source = cell.source if cell.cell_type == "markdown" else ""
    texts = re.findall(r"^## .*", source, re.MULTILINE)[:1]
    if texts or reason != last_reason:
        texts.append(f"*{note_of(reason)}*")
    return "\n\n".join(texts)


NOUNS = "nouns"
"""Key in the metadata of a cell: its text with [blanks] for the nouns of a study."""
UNCOUNTED = "uncounted"
"""Key of the text that replaces it where a measure is estimated or comes from a sample."""


def with_nouns(notebook: NotebookNode) -> NotebookNode:
    """
    Put the nouns of the study in use into the texts.

    What is seen of a text is written with the nouns of the shipped study. One that somebody wrote
    anew stays as it is.
    """
    copy, in_use = deepcopy(notebook), study.current()
    shipped = study.Study.open().written
    are_complete = all(indicators.counted(name) == "complete" for name in indicators.names())
    for cell in copy.cells:
        text = cell.metadata.get(NOUNS, "")
        for language in study.LANGUAGES:
            if text and cell.source == fill(text, shipped, language=language):
                text = text if are_complete else cell.metadata.get(UNCOUNTED, text)
                cell.source = fill(text, in_use.written, language=language)
                break
    return copy


# What makes more of a noun than text: emphasis, and of an address a link.
_MARKUP = re.compile(r"[`*_\\]|(?<=:)/(?=/)")


def fill(text: str, written: str, *, language: str) -> str:
    """Fill the blanks of a text in a language with the nouns of a study."""
    blanks = study.blanks(written, language)
    nouns = {name: _MARKUP.sub(r"\\\g<0>", noun) for name, noun in blanks.items()}
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
        content = json.loads(file.read_bytes())
        is_format_4 = content["nbformat"] == 4
    except (ValueError, KeyError, TypeError):
        is_format_4 = False
    if not is_format_4:
        raise BuildError(words.term("publish_errors.no_notebook", file=file.name))
    import nbformat  # takes a second: no bad file waits for it

    # Left to itself the library would invent new ids at every build.
    for number, cell in enumerate(content["cells"]):
        cell.setdefault("id", f"cell-{number:02d}")
    content["nbformat_minor"] = max(5, content.get("nbformat_minor", 0))
    return nbformat.reads(json.dumps(content), as_version=4)  # type: ignore[no-untyped-call,no-any-return]


def text(notebook: NotebookNode) -> bytes:
    """Write a notebook as JupyterLab would save it, without what differs from run to run."""
    import nbformat

    lean = deepcopy(notebook)
    language = lean.metadata.get("language_info", {})
    language.pop("version", None)
    lean.metadata = {"kernelspec": KERNEL, "language_info": language}
    for cell in lean.cells:
        for name in cell.metadata.keys() - {"tags", NOUNS, UNCOUNTED}:
            del cell.metadata[name]
        for output in cell.get("outputs", ()):
            output.get("metadata", {}).get("image/png", {}).pop(ON_PHONE, None)
    written: str = nbformat.writes(lean)  # type: ignore[no-untyped-call]
    return (written.rstrip("\n") + "\n").encode()


def title(notebook: NotebookNode, *, otherwise: str) -> str:
    """Find the first heading of a notebook."""
    return _find(r"^# (.+)$", notebook) or otherwise


def question(notebook: NotebookNode) -> str:
    """
    Find what a notebook asks: what follows the word for it in bold, in a cell of text.

    Returns
    -------
    question
        "" where it asks nothing.
    """
    word = re.escape(words.term("build.question"))
    return _find(rf"^\*\*{word}\*\* +(.+)$", notebook)


def _find(pattern: str, notebook: NotebookNode) -> str:
    """Find the first line of a pattern in the cells of text, and give its group."""
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    match = re.search(pattern, "\n".join(texts), re.MULTILINE)
    return match[1].strip() if match else ""


SIGNAL = "read-simulated"
"""The file beside the outputs of a notebook that says that it read simulated numbers."""


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
        study.READ_SIMULATED: str(room / SIGNAL),
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
