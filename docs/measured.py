"""Lay out what was measured: the tables of `data/benchmarks` that the methods page includes."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DATA = Path(__file__).parents[1] / "data" / "benchmarks"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, style: str = "numbers") -> str:
    """Write a table of reStructuredText; its style is a class of `look.css`."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([heads, *rows])
    lines = [".. csv-table::", "   :header-rows: 1", f"   :class: {style}", ""]
    return "\n".join([*lines, *(f"   {line}" for line in text.getvalue().splitlines())]) + "\n"


def percent(share: float) -> str:
    """Write a share; nothing where there is none."""
    return "" if pd.isna(share) else f"{100 * share:.1f} %"


def coverage(read: pd.DataFrame) -> str:
    """Lay out how often each interval held: on average, and where it was worst."""
    rows = []
    for method, some in read[read["method"] != "Moran's I"].groupby("method", sort=False):
        worst = some.loc[some["coverage"].idxmin()]
        held = [percent(some["coverage"].mean()), percent(worst["coverage"])]
        found = percent(some["power"].mean()) if "power" in read else ""
        rows.append([method, *held, worst["scenario"], len(some), found])
    return table(["Method", "Mean", "Worst", "which is", "of", "Finds a ratio of 1.05"], rows)


def uptake(read: pd.DataFrame) -> str:
    """Lay out how often levels and orders held again, beside the interval from communes."""
    rows = []
    for row in read.itertuples():
        shares = [percent(row.next), f"{row.width_pp:.1f}", percent(row.ranks), percent(row.power)]
        before = [percent(row.next_spread), f"{row.width_spread_pp:.1f}"]
        rows.append([row.world, *shares, *before])
    heads = ["World", "Next level", "Width, points", "Lasting ranks", "Pairs told apart"]
    return table([*heads, "From communes: next level", "Width"], rows)


def attack(read: pd.DataFrame) -> str:
    """Lay out what came back of hidden counts."""
    columns = ["release", "attacker", "studies", "attacked", "exact", "near"]
    heads = ["Release", "Attacker", "Studies", "Attacked", "Known exactly", "Within 2"]
    return table(heads, read[columns].itertuples(index=False))


def rollout(read: pd.DataFrame) -> str:
    """Lay out what a lot finds, beside what starts that offices chose would make one believe."""
    shares = read[["size", "power", "promised", "withheld", "cover"]].map(percent)
    bias = (read["bias"].round(3) + 0.0).map("{:+.3f}".format, na_action="ignore").fillna("")
    rows = pd.concat([read[["layout", "world", "worlds"]], shares, bias], axis=1)
    heads = ["Layout", "World", "Worlds", "Size", "Found", "Promised", "Withheld", "Holds", "Bias"]
    return table(heads, rows.itertuples(index=False))


def gaps(read: pd.DataFrame) -> str:
    """Lay out how often the next gap lay within its interval, and whether its sign turned."""
    worlds = read.dropna(subset="next")
    rows = [
        [row.world, percent(row.next), percent(row.sure), percent(row.turned)]
        for row in worlds.itertuples()
    ]
    hidden = [
        [row.world, int(row.cells), int(row.small), int(row.hidden)]
        for row in read.dropna(subset="cells").itertuples()
    ]
    of_worlds = table(["World", "Next gap", "Called larger", "Studies where one turned"], rows)
    return f"{of_worlds}\n{table(['Split', 'Cells', 'Small', 'Hidden'], hidden)}"


def write(folder: Path) -> None:
    """Write each table to a file that a page includes, with the day of its run."""
    folder.mkdir(exist_ok=True)
    for lay_out in (coverage, uptake, attack, rollout, gaps):
        name = lay_out.__name__
        read = pd.read_csv(DATA / f"{name}.csv")
        text = f"{lay_out(read)}\nRun on {read['date'].max()}: ``data/benchmarks/{name}.csv``.\n"
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
