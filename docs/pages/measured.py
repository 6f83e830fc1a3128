"""Lay out what was measured: tables of `data/benchmarks`, and the bar of each, met or missed."""

from __future__ import annotations

import csv
import importlib.util
import io
import sys
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from types import ModuleType

BARS = ("coverage", "worlds", "ranks", "shrunken", "screen")


def benchmark(root: Path, name: str) -> ModuleType:
    """Load the script of a benchmark by its path: its name may be a package's, too."""
    file = root / "tests" / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table of reStructuredText."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([heads, *rows])
    lines = [".. csv-table::", "   :header-rows: 1", "   :class: numbers", ""]
    return "\n".join([*lines, *(f"   {line}" for line in text.getvalue().splitlines())]) + "\n"


def percent(share: float) -> str:
    """Write a share; nothing where there is none."""
    return "" if pd.isna(share) else f"{100 * share:.1f} %"


def by_method(read: pd.DataFrame) -> str:
    """Lay out how often each method held: on average, and where it was worst."""
    rows = []
    intervals = read[read["method"] != "Moran's I"]  # which is a test
    for method, some in intervals.groupby("method", sort=False):
        worst = some.loc[some["coverage"].idxmin()]
        held = [percent(some["coverage"].mean()), percent(worst["coverage"])]
        rows.append([method, *held, worst["scenario"], len(some)])
    return table(["Method", "Mean", "Worst", "which is", "of"], rows)


def by_world(read: pd.DataFrame) -> str:
    """Lay out what the headline does in each world: the worse of no effect and some effect."""
    rows = []
    for world, some in read[read["method"] == "headline"].groupby("world", sort=False):
        most = [percent(some[name].max()) for name in ("refused", "withheld", "flagged")]
        rows.append([world, percent(some["coverage"].min()), *most])
    return table(["World", "Holds the truth", "Refused", "Withheld", "Neighbours flagged"], rows)


def drawn(read: pd.DataFrame) -> str:
    """Lay out how near drawn shares come in each world, and how often their intervals hold."""
    near, alone = (one.set_index("scenario") for _, one in read.groupby("towards", sort=False))
    rows = [
        [
            scenario,
            f"{row['mse_ratio']:.2f}",
            *(percent(row[name]) for name in ("coverage", "coverage_of_rate", "weight")),
            f"{alone['mse_ratio'][scenario]:.2f}",
            percent(alone["coverage"][scenario]),
        ]
        for scenario, row in near.iterrows()
    ]
    heads = ["World", "Error", "Holds the level", "Holds the rate", "Own weight"]
    return table([*heads, "Error, district alone", "Holds, district alone"], rows)


def predicted(read: pd.DataFrame) -> str:
    """Lay out how often places that were left out lie where the others predict them."""
    some = read[read["mse_ratio"].isna()]
    columns = ["scenario", "replications", "coverage"]
    rows = [[name, places, percent(held)] for name, places, held in some[columns].to_numpy()]
    return table(["Measure", "Places", "Inside"], rows)


def by_pattern(read: pd.DataFrame) -> str:
    """Lay out how often each pattern was found: over all, and where least and most often."""
    rows = []
    for planted, some in read.groupby("planted", sort=False):
        number, worst = some["replications"].sum(), some.loc[some["found"].idxmin()]
        mean = (some["found"] * some["replications"]).sum() / number
        ends = percent(worst["found"]), percent(some["found"].max())
        rows.append([planted, number, percent(mean), *ends])
    return table(["Planted", "Provinces", "Found", "Least often", "Most often"], rows)


def attacks(read: pd.DataFrame) -> str:
    """Lay out what came back of hidden counts."""
    columns = ["release", "attacker", "studies", "attacked", "exact", "near"]
    heads = ["Release", "Attacker", "Studies", "Attacked", "Known exactly", "Within 2"]
    return table(heads, read[columns].itertuples(index=False))


def bars(root: Path, reads: dict[str, pd.DataFrame]) -> tuple[str, str]:
    """Hold each table against its bar: all demands as a table, and those that are missed."""
    rows, missed = [], []
    for name in BARS:
        for row in benchmark(root, name).bar(reads[name]).to_dict("records"):
            ends = row.get("at_least", 0.0), row.get("at_most", 1.0)
            asked = _between(*ends) if "at_most" in row else _one(row)
            rows.append([name, row["demand"], f"{row['found']:.3f}", asked, "yes" * row["met"]])
            if not row["met"]:
                rows[-1][-1] = "**no**"
                missed.append(f"{row['demand']}: {row['found']:.3f}, asked {asked}")
    missed += benchmark(root, "attack").bar(reads["attack"])
    said = "\n".join(f"* {one}" for one in missed) or "None is missed."
    return table(["Table", "Demand", "Found", "Asked", "Met"], rows), said + "\n"


def _between(least: float, most: float) -> str:
    return f"at most {most:.3f}" if not least else f"{least:.3f} to {most:.3f}"


def _one(row: dict[str, float]) -> str:
    """Say on which side of its bound a number has to be, which only its being met tells."""
    most = (row["found"] <= row["bound"]) == row["met"]
    return f"{'at most' if most else 'at least'} {row['bound']:.3f}"


def write(folder: Path, root: Path) -> None:
    """Write each table to a file that a page includes."""
    names = [*BARS, "attack"]
    data = root / "data" / "benchmarks"
    reads = {name: pd.read_csv(data / f"{name}.csv") for name in names}
    demands, missed = bars(root, reads)
    dates = ", ".join(f"``{name}.csv`` {read['date'].max()}" for name, read in reads.items())
    texts = {
        "coverage": by_method(reads["coverage"]),
        "ranks": by_method(reads["ranks"]),
        "worlds": by_world(reads["worlds"]),
        "shrunken": drawn(reads["shrunken"][reads["shrunken"]["mse_ratio"].notna()]),
        "left_out": predicted(reads["shrunken"]),
        "screen": by_pattern(reads["screen"]),
        "attack": attacks(reads["attack"]),
        "bars": demands,
        "missed": missed,
        "dates": f"Run on: {dates}.\n",
    }
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
