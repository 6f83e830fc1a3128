"""Check the frame of a chart, and take it apart for drawing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .. import intake, suppress

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import pandas as pd

    from ..effect import Estimate

MEANINGS = f"one of {', '.join(intake.ORIGINS)}"


def require(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """
    Stop unless the frame has these columns, and says of every row where it comes from.

    Raises
    ------
    ValueError
        With what is missing and what to add; with every origin that is none; with every place
        that has a small count which nobody hid.
    """
    suppress.refuse_small(frame)
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        msg = (
            f"the frame has no column {', '.join(map(repr, missing))}. This chart needs "
            f"{', '.join(columns)}; the frame has {', '.join(map(str, frame.columns))}."
        )
        raise ValueError(msg)
    if "origin" not in frame.columns:
        msg = (
            "the frame has no column 'origin', so nobody could tell simulated numbers from real "
            f"ones.\nAdd it, row by row, {MEANINGS}: frame.assign(origin='reported')."
        )
        raise ValueError(msg)
    require_origins(frame["origin"])


def require_origins(origins: pd.Series) -> None:
    """Stop unless every origin is one of the known ones; each that is not is listed."""
    strange = origins[~origins.isin(intake.ORIGINS)]
    if len(strange):
        rows = "\n".join(f"  row {row!r}: {origin!r}" for row, origin in strange.items())
        msg = (
            f"{len(strange)} of {len(origins)} rows do not say where they come from:\n{rows}\n"
            f"`origin` is {MEANINGS}."
        )
        raise ValueError(msg)


def origin(estimate: Estimate) -> str:
    """Tell where the data of an estimate come from; stop where it does not know."""
    if estimate.origin is None:
        msg = (
            f"the estimate of rung {estimate.rung} does not know where its data come from, so "
            "nobody could tell simulated numbers from real ones.\nGive the frame it was made from "
            f"a column 'origin' ({MEANINGS}) and estimate again."
        )
        raise ValueError(msg)
    return estimate.origin


def refuse(wrong: pd.DataFrame, what: str) -> None:
    """Stop if there are such rows; each is shown."""
    if len(wrong):
        msg = f"{len(wrong)} rows {what}:\n{wrong.to_string()}"
        raise ValueError(msg)


def rows(frame: pd.DataFrame) -> list[Any]:
    """List the rows as named tuples, with `Index` for the index."""
    return list(frame.itertuples())


def numbers(frame: pd.DataFrame, columns: Sequence[Hashable]) -> list[float]:
    """List all numbers of some columns that are there."""
    cells = frame[list(columns)].to_numpy(dtype=float).ravel()
    return [float(cell) for cell in cells if not math.isnan(cell)]
