"""
How long do the answers of an estimate take? Prints; asserts no times.

Run: python tests/benchmarks/speed.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from hganalysis import Design

COLUMNS = {"count": "users", "exposure": "density", "offset": "population", "cluster": "district"}
LAYOUTS = {"8 districts, 75 communes": (9, 6, 10, 8, 15, 10, 8, 9)}
LAYOUTS["705 districts, 11,280 communes"] = (16,) * 705


def invented(sizes: tuple[int, ...], seed: int = 1) -> pd.DataFrame:
    """Invent a frame with so many units in each cluster."""
    rng = np.random.default_rng(seed)
    district = np.repeat(np.arange(len(sizes)), sizes)
    x = rng.normal(size=len(district))
    population = np.round(9000 * np.exp(0.35 * rng.normal(size=len(district))))
    shocks = 0.1 * rng.normal(size=len(sizes))[district] + 0.3 * rng.normal(size=len(district))
    users = 1 + rng.poisson(population * np.exp(-2 + 0.1 * x + shocks))
    columns = {"users": users, "density": x, "population": population, "district": district}
    return pd.DataFrame(columns)


def seconds(work: Callable[[], object], *, at_least: float = 0.3) -> float:
    """Time a call: the fastest of as many as fit, after one to warm up."""
    work()
    found, begun = [], time.perf_counter()
    while not found or (time.perf_counter() - begun < at_least and len(found) < 50):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return min(found)


def main() -> None:
    """Time each answer, from the frame to the sentence."""
    printed = Table("answer", *LAYOUTS, title="Seconds")
    took: dict[str, list[str]] = {}
    for sizes in LAYOUTS.values():
        frame = invented(sizes)

        def asked(frame: pd.DataFrame = frame) -> Design:
            return Design(frame, **COLUMNS, origin="simulated", source="this benchmark")

        answers: dict[str, Callable[[], object]] = {
            "headline": lambda: str(asked().headline()),
            "ladder": lambda: str(asked().ladder()),
            "leave one out": lambda: str(asked().leave_one_out()),
            "bootstrap, B = 9,999": lambda: str(asked().bootstrap()),
        }
        for name, work in answers.items():
            took.setdefault(name, []).append(f"{seconds(work):.3f}")
    for name, row in took.items():
        printed.add_row(name, *row)
    Console().print(printed)


if __name__ == "__main__":
    main()
