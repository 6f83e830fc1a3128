"""What benchmarks of invented worlds share: judge each world many times, and write the table."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from rich.progress import track

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def judge_worlds(
    worlds: Sequence[Any],
    seeds: Sequence[list[int]],
    replicate: Callable[[np.random.Generator, Any], dict[str, float]],
    *,
    replications: int,
) -> pd.DataFrame:
    """Judge each world so many times, with random numbers of its own."""
    rows = []
    for world, seed in zip(track(worlds, description="worlds"), seeds, strict=True):
        rng = np.random.default_rng(seed)
        each = pd.DataFrame([replicate(rng, world) for _ in range(replications)])
        rows.append({"world": world.name, "replications": replications, **each.mean().round(4)})
    return pd.DataFrame(rows)


def finish(table: pd.DataFrame, missed: list[str], *, seed: int, csv: Path | None) -> None:
    """Print a table, write it if it is asked for, and end with the worlds that miss a bar."""
    print(table.to_string(index=False))
    if csv:
        today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
        table.assign(seed=seed, date=today).to_csv(csv, index=False, lineterminator="\n")
    raise SystemExit("\n".join(missed) or 0)
