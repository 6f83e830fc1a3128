"""Read and write notebooks so that the same cells give the same bytes, whoever runs them."""

from __future__ import annotations

import json
import os
from copy import deepcopy
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from .. import study, suppress
from ..render.results import OUT
from .fault import BuildError
from .needs import NOUNS

if TYPE_CHECKING:
    from nbformat import NotebookNode

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


def environment(out: Path, language: str) -> dict[str, str]:
    """Give what a kernel finds around it: nothing of the user's own may change a result."""
    room = out.parent
    fixed = {
        OUT: str(out),
        # what a kernel leaves goes when the build is done
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(room)),
        **study.environment(),
        study.LANGUAGE: language,
        study.FEWER_THAN: str(suppress.threshold()),
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
