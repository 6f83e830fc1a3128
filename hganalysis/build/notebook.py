"""Execute a notebook so that the same cells give the same bytes, whoever runs them, wherever."""

from __future__ import annotations

import json
import os
from copy import deepcopy
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from .. import study, suppress, words
from . import needs, stop
from .fault import BuildError
from .results import OUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode

REFUSALS = ("Refused", "NothingToShow", "NotGivenError")
"""What a cell may answer in place of a figure, where the data in use are one's own."""

CELL_SECONDS = 600
"""A cell that takes longer hangs: the whole build takes less."""

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
        cell.metadata = {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}
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


def execute(
    notebook: NotebookNode,
    *,
    file: Path,
    environment: dict[str, str],
    done: Callable[[int], None],
    refusals: bool = False,
) -> None:
    """
    Run every cell of a notebook in a new kernel; the outputs are put into it.

    Parameters
    ----------
    notebook
        As `read` gives it.
    file
        Where it lies: the kernel starts in its folder, messages name it.
    environment
        The variables that the kernel finds.
    done
        Called before every cell with the number of cells that are done.
    refusals
        Whether an estimate that the data cannot carry is said where it would have stood, and the
        cells that need it say so too, instead of stopping the build.

    Raises
    ------
    BuildError
        If a cell fails, writes to stderr or takes too long, or if the kernel dies.
    """
    from jupyter_core.utils import run_sync
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from traitlets.config import Config

    at = 0

    def where(index: int) -> str:
        source = notebook.cells[index].source.strip() if notebook.cells else ""
        shown = "\n".join(f"  | {line}" for line in source.splitlines()[:8])
        return f"{file.name} stops at cell {index + 1} of {len(notebook.cells)}:\n{shown}\n"

    def starts(cell_index: int, **_: Any) -> None:  # noqa: ANN401
        nonlocal at
        at = cell_index
        done(at)

    def was_executed(cell: NotebookNode, execute_reply: Any, **_: Any) -> None:  # noqa: ANN401
        written = [found.text for found in cell.outputs if found.get("name") == "stderr"]
        if written and execute_reply["content"]["status"] == "ok":
            msg = (
                f"{where(at)}It wrote to stderr, which differs from machine to machine:\n"
                f"  {''.join(written).strip()}\nMend what it warns of, or do not print there."
            )
            raise BuildError(msg)

    lost: set[str] = set()
    left_out: set[int] = set()

    class Client(NotebookClient):
        """Run a cell; a refusal is an answer, where answers may be refusals."""

        async def async_start_new_kernel(self, **options: Any) -> None:  # noqa: ANN401
            # The library has just set handlers by which a signal looks like a kernel that died.
            stop.again()
            await super().async_start_new_kernel(**options)

        async def async_execute_cell(
            self,
            cell: NotebookNode,
            cell_index: int,
            *place: Any,  # noqa: ANN401
            **more: Any,  # noqa: ANN401
        ) -> Any:  # noqa: ANN401
            source = cell.source if cell.cell_type == "code" else ""
            taken, made = needs.names(source) if refusals else (set(), set())
            if lost & taken:
                head, line = needs.until(source, lost)
                if head.strip():  # what comes before stands
                    ran = await self.head_of(cell, cell_index, head, *place, **more)
                    lost.update(needs.names(source, since=line)[1])
                    return ran
                lost.update(made)
                left_out.add(cell_index)
                again = cell_index - 1 in left_out  # once for a run of cells
                note = needs.note_of(words.term("needs.refused_above"))
                cell.execution_count, cell.outputs = None, [] if again else [_said(note)]
                return cell
            try:
                ran = await super().async_execute_cell(cell, cell_index, *place, **more)
            except CellExecutionError as error:
                if not refusals or error.ename not in REFUSALS:
                    raise
                said, *_, line = cell.outputs[-1].traceback
                lost.update(needs.names(source, since=int(line))[1])
                cell.outputs[-1] = _said(said)
                return cell
            lost.difference_update(made)
            return ran

        async def head_of(
            self,
            cell: NotebookNode,
            cell_index: int,
            head: str,
            *place: Any,  # noqa: ANN401
            **more: Any,  # noqa: ANN401
        ) -> Any:  # noqa: ANN401
            """Run the beginning of a cell, and say that the rest is left out."""
            # what the last of it gives is no end of the cell, and was not meant to be shown
            whole, cell.source = cell.source, f"{head}\nNone"
            try:
                return await self.async_execute_cell(cell, cell_index, *place, **more)
            finally:
                cell.source = whole
                cell.outputs.append(_said(needs.note_of(words.term("needs.refused_above"))))

    client = Client(
        notebook,
        kernel_name=KERNEL["name"],
        timeout=CELL_SECONDS,
        record_timing=False,
        coalesce_streams=True,  # how often a kernel flushes is chance
        resources={"metadata": {"path": str(file.parent)}},
        on_cell_start=starts,
        on_cell_executed=was_executed,
        config=Config(
            {
                "KernelManager": {
                    "transport_encryption": "auto",
                    # nothing lies in the temporary folder that a killed run would leave
                    "connection_file": str(Path(environment[OUT]).parent / "kernel.json"),
                }
            }
        ),
    )
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        msg = f"{where(at)}{error.ename}: {error.evalue}"
        raise BuildError(msg) from error
    except CellTimeoutError as error:
        msg = f"{where(at)}It ran for more than {CELL_SECONDS} seconds."
        raise BuildError(msg) from error
    except DeadKernelError as error:
        msg = f"{where(at)}The kernel died: is there memory enough?"
        raise BuildError(msg) from error
    except (SystemExit, KeyboardInterrupt):
        # At once: asked politely within a cell it complains, and may still write.
        if client.km is not None:
            run_sync(cast("Any", client.km).shutdown_kernel)(now=True)
        raise
    finally:
        stop.again()


def _said(sentence: str) -> NotebookNode:
    """Show a sentence in place of what a cell would have shown."""
    import nbformat

    texts = {"text/plain": sentence, "text/html": f"<p><em>{escape(sentence)}</em></p>"}
    return nbformat.v4.new_output("display_data", texts)  # type: ignore[no-untyped-call,no-any-return]
