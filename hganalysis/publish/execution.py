"""Run a notebook in a kernel of its own; what the data cannot carry is said in its place."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import symtable
from collections.abc import Callable
from dataclasses import dataclass, field
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
    # nothing lies in the temporary folder that a killed run would leave
    connection = str(Path(environment["TMPDIR"]) / "kernel.json")
    manager = {"transport_encryption": "auto", "connection_file": connection}
    client = _Client(
        cells,
        kernel_name=notebook.KERNEL["name"],
        timeout=CELL_SECONDS,
        record_timing=False,
        coalesce_streams=True,  # how often a kernel flushes is chance
        resources={"metadata": {"path": str(file.parent)}},
        config=Config({"KernelManager": manager}),
    )
    client.file, client.done, client.refusals = file, done, Refusals() if refusals else None
    try:
        client.execute(env=environment)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        slow = isinstance(error, CellTimeoutError)
        why = f"It ran for more than {CELL_SECONDS} seconds." if slow else "The kernel died."
        if isinstance(error, CellExecutionError):
            why = f"{error.ename}: {error.evalue}"
        raise client.stops(why) from error
    except (SystemExit, KeyboardInterrupt):
        _kill(client)
        raise
    finally:
        terminal.again()


def _kill(client: _Client) -> None:
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


@dataclass
class Refusals:
    """What was refused in a notebook: names that cells bound, names without a value, reasons."""

    made: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    reasons: set[str] = field(default_factory=set)

    def ran(self, cell: NotebookNode) -> None:
        """Note what a cell bound."""
        self.made |= bound(cell.source)

    def answer(self, source: str, name: str, said: str) -> NotebookNode | None:
        """
        Give what a cell shows that was refused, or that needs what was: in full once.

        Parameters
        ----------
        source, name, said
            Of the cell, and of the error.

        Returns
        -------
        output
            None where the cell failed: by another error, or where an older value of a name would
            stand for what is refused.
        """
        binds, lacking = bound(source), re.match(r"name '(\w+)' is not defined", said)
        needs = bool(lacking and lacking[1] in self.lost)
        if self.made & binds or not (needs or name in REFUSALS):
            return None
        self.lost |= binds
        reason = notebook.note_of(words.term("needs.refused_above")) if needs else said
        shown = notebook.note_of(words.term("needs.as_above")) if reason in self.reasons else reason
        self.reasons.add(reason)
        texts = {"text/plain": shown, "text/html": f"<p><em>{escape(shown)}</em></p>"}
        return nbformat.v4.new_output("display_data", texts)  # type: ignore[no-untyped-call,no-any-return]


class _Client(NotebookClient):
    """Run cells one by one, `at` is the one that runs; a refusal is an answer, where it may be."""

    file: Path
    done: Callable[..., None]
    refusals: Refusals | None
    at = 0

    def stops(self, why: str) -> BuildError:
        """Say which cell runs, with its first lines, and why it stops."""
        cells = self.nb.cells
        shown = cells[self.at].source.strip().splitlines()[:8] if cells else []
        where = f"{self.file.name} stops at cell {self.at + 1} of {len(cells)}:"
        return BuildError("\n".join([where, *(f"  | {line}" for line in shown), why]))

    async def async_start_new_kernel(self, **options: Any) -> None:  # noqa: ANN401
        # The library has just set handlers by which a signal looks like a kernel that died.
        terminal.again()
        await super().async_start_new_kernel(**options)

    async def async_execute_cell(
        self,
        cell: NotebookNode,
        cell_index: int,
        execution_count: int | None = None,
        store_history: bool = True,  # noqa: FBT001, FBT002  (as the library has it)
    ) -> NotebookNode:
        self.at = cell_index
        self.done(completed=cell_index)
        try:
            await super().async_execute_cell(cell, cell_index, execution_count, store_history)
        except CellExecutionError as error:
            said = self.refusals and self.refusals.answer(cell.source, error.ename, error.evalue)
            if said is None:
                raise
            cell.outputs[-1] = said
            return cell
        if written := [one.text for one in cell.get("outputs", ()) if one.get("name") == "stderr"]:
            why = (
                "It wrote to stderr, which differs from machine to machine:\n"
                f"  {''.join(written).strip()}\nMend what it warns of, or do not print there."
            )
            raise self.stops(why)
        if self.refusals and cell.cell_type == "code":
            self.refusals.ran(cell)
        return cell


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
