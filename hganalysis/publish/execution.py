"""Run a notebook in a kernel of its own; what the data cannot carry is said in its place."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import symtable
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets.config import Config

from .. import words
from . import notebook, terminal
from .folders import BuildError

REFUSALS = ("Refused", "NotGivenError")
"""What a cell may answer in place of a figure, where the data in use are one's own."""

CELL_SECONDS = 600
"""A cell that takes longer hangs: the whole build takes less."""


def execute(
    cells: NotebookNode,
    *,
    file: Path,
    environment: dict[str, str],
    done: Callable[..., None],
    refusals: bool = False,
) -> None:
    """
    Run every cell of a notebook in a new kernel; the outputs are put into it.

    Parameters
    ----------
    cells
        As `notebook.read` gives them.
    file
        Where they lie: the kernel starts in its folder, messages name it.
    environment
        The variables that the kernel finds.
    done
        Called before every cell with the number of cells that are `completed`.
    refusals
        Whether an estimate that the data cannot carry is said where it would have stood, and the
        cells that need it say so too, instead of stopping the build.

    Raises
    ------
    BuildError
        If a cell fails, writes to stderr or takes too long, or if the kernel dies.
    """
    at = 0

    def begins(cell: NotebookNode, cell_index: int) -> None:  # noqa: ARG001  (the library names them)
        nonlocal at
        at = cell_index
        done(completed=at)

    # nothing lies in the temporary folder that a killed run would leave
    connection = str(Path(environment["TMPDIR"]) / "kernel.json")
    manager = {"transport_encryption": "auto", "connection_file": connection}
    client = _Client(
        cells,
        kernel_name=notebook.KERNEL["name"],
        timeout=CELL_SECONDS,
        record_timing=False,
        coalesce_streams=True,  # how often a kernel flushes is chance
        allow_error_names=[*REFUSALS, "NameError"] if refusals else [],
        on_cell_start=begins,
        resources={"metadata": {"path": str(file.parent)}},
        config=Config({"KernelManager": manager}),
    )
    why = ""
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        why = f"{error.ename}: {error.evalue}"
    except CellTimeoutError:
        why = f"It ran for more than {CELL_SECONDS} seconds."
    except DeadKernelError:
        why = "The kernel died."
    except (SystemExit, KeyboardInterrupt):
        _kill(client)
        raise
    finally:
        terminal.again()
    if not why:
        at, why = next(settle(cells.cells), (0, ""))
    if why:
        shown = cells.cells[at].source.strip().splitlines()[:8] if cells.cells else []
        where = f"{file.name} stops at cell {at + 1} of {len(cells.cells)}:"
        raise BuildError("\n".join([where, *(f"  | {line}" for line in shown), why]))


class _Client(NotebookClient):
    async def async_start_new_kernel(self, **options: Any) -> None:  # noqa: ANN401
        # The library has just set handlers by which a signal looks like a kernel that died.
        terminal.again()
        await super().async_start_new_kernel(**options)


def _kill(client: NotebookClient) -> None:
    """
    End a kernel, and what it started, before it can say or write anything more.

    Its manager is not asked: even "now" it interrupts the cell first, which then complains, and it
    gives way to the run that was stopped, which would end the same kernel once more.
    """
    if process := getattr(getattr(client.km, "provisioner", None), "process", None):
        with contextlib.suppress(OSError):  # it ended by itself
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
        process.wait()


def settle(cells: list[NotebookNode]) -> Iterator[tuple[int, str]]:
    """
    Say in each cell that was refused, or needs what was, why it shows nothing: in full once.

    Yields
    ------
    at, why
        A cell that stops a build: it wrote to stderr, failed by another error, or left an older
        value of a name to stand for what is refused.
    """
    made, lost, reasons = set[str](), set[str](), set[str]()
    for at, cell in enumerate(cells):
        binds = bound(cell.source) if cell.cell_type == "code" else set()
        outputs = cell.get("outputs", [])
        if written := [one.text for one in outputs if one.get("name") == "stderr"]:
            yield (
                at,
                (
                    "It wrote to stderr, which differs from machine to machine:\n"
                    f"  {''.join(written).strip()}\nMend what it warns of, or do not print there."
                ),
            )
        if not outputs or outputs[-1].output_type != "error":
            made |= binds
            continue
        error = outputs[-1]
        lacking = re.match(r"name '(\w+)' is not defined", error.evalue)
        needs = bool(lacking and lacking[1] in lost)
        if made & binds or not (needs or error.ename in REFUSALS):
            yield at, f"{error.ename}: {error.evalue}"
            continue
        above, again = (words.term(f"needs.{one}_above") for one in ("refused", "as"))
        reason = notebook.note_of(above) if needs else error.evalue
        shown = notebook.note_of(again) if reason in reasons else reason
        texts = {"text/plain": shown, "text/html": f"<p><em>{escape(shown)}</em></p>"}
        outputs[-1] = nbformat.v4.new_output("display_data", texts)  # type: ignore[no-untyped-call]
        reasons.add(reason)
        lost |= binds


def bound(source: str) -> set[str]:
    r"""
    List the names that a cell binds; not those that begin with `_`, nor what it imports.

    Examples
    --------
    >>> sorted(bound("import os\nfirst, *_ = made()\nlast = first"))
    ['first', 'last']
    """
    try:
        found = symtable.symtable(source, "cell", "exec").get_symbols()
    except SyntaxError:  # what only IPython runs
        return set()
    names = (one.get_name() for one in found if one.is_assigned() and not one.is_imported())
    return {name for name in names if not name.startswith("_")}
