"""
How long do the notebooks take, beside what no notebook can do without? In turns, in one run.

Run: python tests/benchmarks/notebooks.py --csv data/benchmarks/notebooks.csv

A notebook is executed as JupyterLab and nbval do it, and once more as a build does, which draws
each picture for the projector and as SVG too, and writes pages and tables. Beside it stand a kernel
that does nothing, and one that imports what the notebook has loaded at its end: the modules of
others in the order in which they were loaded, none of our own. Bytecode is warm for all four.
"""

from __future__ import annotations

import datetime
import json
import os
import platform
import sys
import tempfile
import time
from itertools import count, pairwise
from pathlib import Path
from typing import Annotated

import nbformat
import pandas as pd
import psutil
import typer
from hganalysis.render import results
from rich.console import Console
from rich.table import Table

from hganalysis.build import execution, notebook

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks" / "vi").glob("*.ipynb"))
ROUNDS = 5
SHOWN = 12
"""So many cells, the slowest, are printed."""

SEE = """
import json, sys
print(json.dumps([name for name, module in sys.modules.items() if getattr(module, "__spec__", 0)]))
"""
IMPORT = """
import importlib
for name in {names}:
    importlib.import_module(name)
"""


def of_cells(*sources: str) -> nbformat.NotebookNode:
    """Make a notebook of so many cells of code."""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in sources])


def execute(
    file: Path, cells: nbformat.NotebookNode, *, kept: bool = False
) -> tuple[float, list[float]]:
    """Execute cells beside a notebook, results kept or not: seconds in all, and of each cell."""
    marks: list[float] = []
    with tempfile.TemporaryDirectory() as out:
        around = notebook.environment(Path(out), "vi")
        around.pop("PYTHONDONTWRITEBYTECODE", None)
        if not kept:
            around.pop(results.OUT)
        start = time.perf_counter()
        execution.execute(
            cells, file=file, environment=around, done=lambda _: marks.append(time.perf_counter())
        )
        end = time.perf_counter()
    return end - start, [after - before for before, after in pairwise([*marks, end])]


def libraries(file: Path) -> list[str]:
    """List the modules of others that a notebook has loaded at its end, in their order."""
    cells = notebook.read(file)
    cells.cells.append(nbformat.v4.new_code_cell(SEE))
    execute(file, cells)
    ours = {*sys.stdlib_module_names, "hganalysis", "__main__"}
    loaded = json.loads(cells.cells[-1].outputs[0].text)
    return [name for name in loaded if name.split(".")[0] not in ours]


def measure(rounds: int, files: list[Path]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Time every notebook, its libraries and its kernel in turns: the medians, and the cells."""
    needed = {file: libraries(file) for file in files}
    for file in files:
        execute(file, of_cells(IMPORT.format(names=needed[file])))  # bytecode and disk are warm
    rows, cells = [], []
    for number in range(rounds):
        for file in files:
            read = notebook.read(file)
            seconds, each = execute(file, read)
            built, _ = execute(file, notebook.read(file), kept=True)
            bare, _ = execute(file, of_cells(IMPORT.format(names=needed[file])))
            kernel, _ = execute(file, of_cells("pass"))
            rows.append((file.stem, number, seconds, built, bare, kernel))
            heads = [cell.source.strip().splitlines()[0][:70] for cell in read.cells]
            cells += [(file.stem, *row) for row in zip(count(1), heads, each, strict=False)]
    found = pd.DataFrame(rows, columns=["notebook", "round", "seconds", "built", "bare", "kernel"])
    medians = found.drop(columns="round").groupby("notebook").median()
    medians["modules"] = [len(needed[file]) for file in files]
    parts = pd.DataFrame(cells, columns=["notebook", "cell", "starts", "seconds"])
    parts = parts.groupby(["notebook", "cell", "starts"], as_index=False)["seconds"].median()
    return medians, parts.sort_values("seconds", ascending=False)


def show(table: pd.DataFrame, title: str) -> None:
    """Print a frame."""
    printed = Table(*map(str, table.columns), title=title)
    for _, row in table.iterrows():
        printed.add_row(*(f"{one:.2f}" if isinstance(one, float) else str(one) for one in row))
    Console(width=120).print(printed)


def main(
    rounds: Annotated[int, typer.Option(help="How often each is timed.")] = ROUNDS,
    csv: Annotated[Path | None, typer.Option(help="Write the table here.")] = None,
) -> None:
    """Time the notebooks, and print where the seconds go."""
    medians, cells = measure(rounds, NOTEBOOKS)
    table = medians.assign(
        imports=medians["bare"] - medians["kernel"], work=medians["seconds"] - medians["bare"]
    )
    table.loc["all"] = table.sum()
    table["ratio"] = table["seconds"] / table["bare"]
    show(table.reset_index(), f"Seconds of each notebook, medians of {rounds}")
    show(cells.head(SHOWN), "Where they go: the slowest cells")
    if csv is not None:
        medians[["seconds", "built", "bare", "kernel"]].round(2).assign(
            rounds=rounds,
            cores=os.cpu_count(),
            memory_gb=round(psutil.virtual_memory().total / 2**30),
            python=platform.python_version(),
            date=datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        ).to_csv(csv, lineterminator="\n")


if __name__ == "__main__":
    typer.run(main)
