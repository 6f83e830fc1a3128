"""Run a notebook in a kernel of its own; what the data cannot carry is said in its place."""

from __future__ import annotations

import contextlib
import os
import signal
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from traitlets.config import Config

from .. import words
from . import notebook, terminal
from .folders import BuildError
from .notebook import KERNEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode

REFUSALS = ("Refused", "NotGivenError")
"""What a cell may answer in place of a figure, where the data in use are one's own."""

CELL_SECONDS = 600
"""A cell that takes longer hangs: the whole build takes less."""


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
        As `notebook.read` gives it.
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
    client = _client(notebook, file, environment, done, refusals=refusals)
    try:
        client.execute(env=environment)
    except CellExecutionError as error:
        msg = f"{client.where()}{error.ename}: {error.evalue}"
        raise BuildError(msg) from error
    except CellTimeoutError as error:
        msg = f"{client.where()}It ran for more than {CELL_SECONDS} seconds."
        raise BuildError(msg) from error
    except DeadKernelError as error:
        msg = f"{client.where()}The kernel died: is there memory enough?"
        raise BuildError(msg) from error
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
    process = getattr(getattr(client.km, "provisioner", None), "process", None)
    if process is None:
        return
    with contextlib.suppress(OSError):  # it ended by itself
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        process.kill()
    process.wait()


class _Client(NotebookClient):
    """
    Run cells one by one; a refusal is an answer, where answers may be `refusals`.

    `at` is the cell that runs, `lost` the names that a refusal left without a value, `left_out` the
    cells that needed one of them, `reasons` those that were given.
    """

    file: Path
    refusals: bool
    lost: set[str]
    left_out: set[int]
    reasons: set[str]
    at = 0

    def where(self) -> str:
        """Say which cell runs, with its first lines."""
        cells = self.nb.cells
        shown = cells[self.at].source.strip().splitlines()[:8] if cells else []
        text = "\n".join(f"  | {line}" for line in shown)
        return f"{self.file.name} stops at cell {self.at + 1} of {len(cells)}:\n{text}\n"

    async def async_start_new_kernel(self, **options: Any) -> None:  # noqa: ANN401
        # The library has just set handlers by which a signal looks like a kernel that died.
        terminal.again()
        await super().async_start_new_kernel(**options)

    async def async_execute_cell(
        self,
        cell: NotebookNode,
        cell_index: int,
        *place: Any,  # noqa: ANN401
        **more: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        source = cell.source if cell.cell_type == "code" else ""
        taken, made = notebook.names(source) if self.refusals else (set(), set())
        if self.lost & taken:
            head, line = notebook.until(source, self.lost)
            if head.strip():  # what comes before stands
                ran = await self.head_of(cell, cell_index, head, *place, **more)
                self.lost.update(notebook.names(source, since=line)[1])
                return ran
            self.lost.update(made)
            return self.leave_out(cell, cell_index)
        try:
            ran = await super().async_execute_cell(cell, cell_index, *place, **more)
        except CellExecutionError as error:
            if not self.refusals or error.ename not in REFUSALS:
                raise
            said, *_, line = cell.outputs[-1].traceback
            self.lost.update(notebook.names(source, since=int(line))[1])
            cell.outputs[-1] = refused(said, self.reasons)
            return cell
        self.lost.difference_update(made)
        say_once(cell, self.reasons)
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
            cell.outputs.append(_left_out())

    def leave_out(self, cell: NotebookNode, cell_index: int) -> NotebookNode:
        """Say that a cell is left out; once for a run of them."""
        again = cell_index - 1 in self.left_out
        self.left_out.add(cell_index)
        cell.execution_count, cell.outputs = None, [] if again else [_left_out()]
        return cell


def _client(
    notebook: NotebookNode,
    file: Path,
    environment: dict[str, str],
    done: Callable[[int], None],
    *,
    refusals: bool,
) -> _Client:
    """Prepare the kernel of a notebook, and what is done around each of its cells."""

    def starts(cell_index: int, **_: Any) -> None:  # noqa: ANN401
        client.at = cell_index
        done(cell_index)

    def was_executed(cell: NotebookNode, execute_reply: Any, **_: Any) -> None:  # noqa: ANN401
        written = [found.text for found in cell.outputs if found.get("name") == "stderr"]
        if written and execute_reply["content"]["status"] == "ok":
            msg = (
                f"{client.where()}It wrote to stderr, which differs from machine to machine:\n"
                f"  {''.join(written).strip()}\nMend what it warns of, or do not print there."
            )
            raise BuildError(msg)

    # nothing lies in the temporary folder that a killed run would leave
    connection = str(Path(environment["TMPDIR"]) / "kernel.json")
    manager = {"transport_encryption": "auto", "connection_file": connection}
    client = _Client(
        notebook,
        kernel_name=KERNEL["name"],
        timeout=CELL_SECONDS,
        record_timing=False,
        coalesce_streams=True,  # how often a kernel flushes is chance
        resources={"metadata": {"path": str(file.parent)}},
        on_cell_start=starts,
        on_cell_executed=was_executed,
        config=Config({"KernelManager": manager}),
    )
    client.file, client.refusals = file, refusals
    client.lost, client.left_out, client.reasons = set(), set(), set()
    return client


def _left_out() -> NotebookNode:
    return _said(notebook.note_of(words.term("needs.refused_above")))


def refused(reason: str, before: set[str]) -> NotebookNode:
    """Say why a cell shows nothing: in full once, and then that it is as before."""
    again = reason in before
    before.add(reason)
    return _said(notebook.note_of(words.term("needs.as_above")) if again else reason)


def say_once(cell: NotebookNode, before: set[str]) -> None:
    """Say in full once on a page why a part of an answer could not be drawn."""
    for at, shown in enumerate(cell.get("outputs", ())):
        reason = shown.get("data", {}).get("text/plain")
        if reason and shown == _said(reason):
            cell.outputs[at] = refused(reason, before)


def _said(sentence: str) -> NotebookNode:
    """Show a sentence in place of what a cell would have shown."""
    texts = {"text/plain": sentence, "text/html": f"<p><em>{escape(sentence)}</em></p>"}
    return nbformat.v4.new_output("display_data", texts)  # type: ignore[no-untyped-call,no-any-return]
