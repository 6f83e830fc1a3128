"""Run notebooks, each in a kernel of its own; what the data cannot carry is said in its place."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import symtable
import sys
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets.config import Config

from .. import words
from . import notebook
from .folders import BuildError

REFUSALS = ("Refused", "NotGivenError")
"""What a cell may answer in place of a figure, where the data in use are one's own."""

CELL_SECONDS = 600
"""A cell that takes longer hangs: the whole build takes less."""

SHOWN_LINES = 8
"""Lines of a cell that a message shows."""


def run_to_end(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that executes notebooks; a signal stops it, and all that it started."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        _run(work)
    else:
        # called from a notebook, whose thread has a loop of its own
        with ThreadPoolExecutor(1) as pool:
            pool.submit(copy_context().run, _run, work).result()


def _run(work: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(work)


class _Loop(asyncio.SelectorEventLoop):
    """A loop whose users set no handlers: of the library's, a signal looks like a dead kernel."""

    def add_signal_handler(self, *_: object) -> None:
        """Refuse, as Windows does."""
        raise NotImplementedError

    def remove_signal_handler(self, sig: int) -> bool:  # noqa: ARG002  (the library names it)
        """Say that there is none."""
        return False


async def execute(
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
        Whether a refused estimate is replaced by its reason instead of stopping the build; so are
        the cells that need it.

    Raises
    ------
    BuildError
        If a cell fails, writes to stderr or takes too long, or if the kernel dies.
    """
    number = 0

    def begin(cell: NotebookNode, cell_index: int) -> None:  # noqa: ARG001  (the library names them)
        nonlocal number
        number = cell_index
        done(completed=number)

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
        on_cell_start=begin,
        resources={"metadata": {"path": str(file.parent)}},
        config=Config({"KernelManager": manager}),
    )
    why = ""
    try:
        await client.async_execute(env=environment)
    except CellExecutionError as error:
        why = f"{error.ename}: {error.evalue}"
    except CellTimeoutError:
        why = words.term("publish_errors.cell_is_slow", seconds=CELL_SECONDS)
    except DeadKernelError:
        why = words.term("publish_errors.kernel")
    finally:
        _kill(client)  # it lives only where the run was stopped
    if not why:
        number, why = next(settle(cells.cells), (0, ""))
    if why:
        source = cells.cells[number].source if cells.cells else ""
        lines = [f"  | {line}" for line in source.strip().splitlines()[:SHOWN_LINES]]
        blanks = {"file": file.name, "number": number + 1, "cells": len(cells.cells)}
        head = words.term("publish_errors.cell", **blanks)
        raise BuildError("\n".join([head, *lines, why]))


class _Client(NotebookClient):
    async def _async_cleanup_kernel(self) -> None:
        # stopped in the middle of its work, the library asks the kernel to end, which complains
        if sys.exception():
            _kill(self)
        await super()._async_cleanup_kernel()


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
    Say why a cell shows nothing that was refused, or needs a refused one; in full only once.

    Yields
    ------
    number, why
        A cell that stops a build: it wrote to stderr, failed by another error, or left an older
        value of a name to stand for what is refused.
    """
    made_names = set[str]()
    refused_names = set[str]()
    reasons = set[str]()
    for number, cell in enumerate(cells):
        names = bound_names(cell.source) if cell.cell_type == "code" else set()
        outputs = cell.get("outputs", [])
        warnings = [output.text for output in outputs if output.get("name") == "stderr"]
        if warnings:
            text = "".join(warnings).strip()
            yield number, words.term("publish_errors.stderr", text=text)
        if not outputs or outputs[-1].output_type != "error":
            made_names |= names
            continue
        error = outputs[-1]
        missing_name = re.match(r"name '(\w+)' is not defined", error.evalue)
        needs_refused = bool(missing_name and missing_name[1] in refused_names)
        if made_names & names or not (needs_refused or error.ename in REFUSALS):
            yield number, f"{error.ename}: {error.evalue}"
            continue
        reason = error.evalue
        if needs_refused:
            reason = notebook.note_of(words.term("needs.refused_above"))
        outputs[-1] = _note(reason, is_repeated=reason in reasons)
        reasons.add(reason)
        refused_names |= names


def _note(reason: str, *, is_repeated: bool) -> NotebookNode:
    """Write the output that stands in place of a refused one."""
    text = notebook.note_of(words.term("needs.as_above")) if is_repeated else reason
    formats = {"text/plain": text, "text/html": f"<p><em>{escape(text)}</em></p>"}
    note: NotebookNode = nbformat.v4.new_output("display_data", formats)  # type: ignore[no-untyped-call]
    return note


def bound_names(source: str) -> set[str]:
    r"""
    List the names that a cell binds; not those that begin with `_`, nor what it imports.

    Examples
    --------
    >>> sorted(bound_names("import os\nfirst, *_ = made()\nlast = first"))
    ['first', 'last']
    """
    try:
        symbols = symtable.symtable(source, "cell", "exec").get_symbols()
    except SyntaxError:  # what only IPython runs
        return set()
    bindings = [symbol for symbol in symbols if symbol.is_assigned() and not symbol.is_imported()]
    names = {symbol.get_name() for symbol in bindings}
    return {name for name in names if not name.startswith("_")}
