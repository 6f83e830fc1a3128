"""
What does a build cost, beside the kernels that it cannot do without? In turns, in one run.

Run: python benchmarks/kernels.py

Beside `hganalysis build` stand as many cold kernels as there are notebooks, as many at a time as a
build starts. Each imports what its notebook has loaded at its end, none of our own modules, and
stops. The middle one of the runs is kept. The bar is in seconds of a clock, so the machine has to
be quiet; seconds of processors are printed beside them.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import nbformat
import pandas as pd
import typer

ROOT = Path(__file__).parents[1]
MOST_RATIO = 1.5
RUNS = 5
SEE = """
import json, sys
print(json.dumps([name for name, one in sys.modules.items() if getattr(one, "__spec__", None)]))
"""
IMPORT = """
import contextlib, importlib
for name in {names}:
    with contextlib.suppress(ImportError):  # some parts are there by another name only
        importlib.import_module(name)
"""


async def execute(books: dict[Path, nbformat.NotebookNode]) -> None:
    """Execute notebooks as a build does, as many at a time."""
    from hganalysis.publish import execution, notebook, run

    turns = asyncio.Semaphore(min(os.cpu_count() or 1, run.MAX_AT_ONCE))

    async def execute_one(file: Path, book: nbformat.NotebookNode) -> None:
        async with turns:
            with tempfile.TemporaryDirectory() as room:
                out = Path(room) / "outputs"
                out.mkdir()
                around = notebook.environment(out, "en")
                await execution.execute(
                    book, file=file, environment=around, done=lambda **_: None, refusals=True
                )

    await asyncio.gather(*(execute_one(file, book) for file, book in books.items()))


def list_libraries(files: list[Path]) -> dict[str, list[str]]:
    """List the modules of others that each notebook has loaded at its end, in their order."""
    from hganalysis.publish import notebook

    books = {file: notebook.read(file) for file in files}
    for book in books.values():
        book.cells.append(nbformat.v4.new_code_cell(SEE))
    asyncio.run(execute(books))
    ours = {*sys.stdlib_module_names, "hganalysis", "__main__"}
    loaded = {file: json.loads(book.cells[-1].outputs[0].text) for file, book in books.items()}
    return {
        str(file): [name for name in names if name.split(".")[0] not in ours]
        for file, names in loaded.items()
    }


def import_alone(needed: dict[str, list[str]]) -> None:
    """Start a kernel for each notebook, which imports its libraries and stops."""
    books = {}
    for file, names in needed.items():
        cell = nbformat.v4.new_code_cell(IMPORT.format(names=names))
        books[Path(file)] = nbformat.v4.new_notebook(cells=[cell])
    asyncio.run(execute(books))


def measure(command: list[str]) -> dict[str, float]:
    """Run a command: its seconds of a clock, and of processors."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    seconds, after = time.perf_counter() - began, os.times()
    user = after.children_user - before.children_user
    return {"s": seconds, "processor_s": user + after.children_system - before.children_system}


def main(
    rounds: Annotated[int, typer.Option(help="How often each is run.")] = RUNS,
    libraries: Annotated[Path | None, typer.Option(help="Import these, and stop.")] = None,
) -> None:
    """Time both in turns, print the medians and the ratio, and end with a status."""
    if libraries:
        import_alone(json.loads(libraries.read_text("utf-8")))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        listed = folder / "libraries.json"
        files = sorted((ROOT / "notebooks" / "en").glob("*.ipynb"))
        listed.write_text(json.dumps(list_libraries(files)), encoding="utf-8")
        commands = {"kernels": [sys.executable, __file__, "--libraries", str(listed)]}
        build = [sys.executable, "-m", "hganalysis", "build", "--lang", "en", "--out"]
        rows = []
        for turn in range(rounds):
            commands["build"] = [*build, str(folder / f"outputs-{turn}")]
            order = [*commands] if turn % 2 else [*commands][::-1]  # A B, B A
            rows += [{"what": what, **measure(commands[what])} for what in order]
    medians = pd.DataFrame(rows).groupby("what").median()
    ratio = medians["s"]["build"] / medians["s"]["kernels"]
    print(medians.round(1).to_string(), f"{ratio:.2f} times, at most {MOST_RATIO}", sep="\n")
    raise typer.Exit(int(ratio > MOST_RATIO))


if __name__ == "__main__":
    typer.run(main)
