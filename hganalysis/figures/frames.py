"""Check the frame of a chart, and take it apart for drawing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .. import intake, suppress
from ..findings.common import origin_of as origin_of
from ..maps.looks import NothingToShow

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import pandas as pd


def require(frame: pd.DataFrame, columns: Sequence[str], *, some: str | None = None) -> None:
    """
    Stop unless the frame has these columns, and says of every row where it comes from.

    Parameters
    ----------
    frame
        What is to be drawn.
    columns
        What it must have.
    some
        A column of which at least one number must be there: a chart of nothing is no chart.

    Raises
    ------
    NothingToShow
        If there is no number in `some`.
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
    intake.require_origin(frame)
    intake.require_origins(frame["origin"])
    if some and frame[some].isna().all():
        raise NothingToShow(len(frame))


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
