"""Check the frame of a figure, name its places, and take it apart."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import frames, places, study, suppress, words
from ..findings.common import called
from ..findings.common import origin_of as origin_of
from .states import NothingToShow

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence


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
            f"the frame has no column {', '.join(map(repr, missing))}. This figure needs "
            f"{', '.join(columns)}; the frame has {', '.join(map(str, frame.columns))}."
        )
        raise ValueError(msg)
    frames.require_origin(frame)
    frames.require_origins(frame["origin"])
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


def named(frame: pd.DataFrame) -> pd.DataFrame:
    """Name the places of `code` in the language in use; an unknown code of a list is refused."""
    if study.current().frame is not None:
        own = [called(code, short=True) for code in frame["code"]]
        return frame[["code", "origin"]].assign(label=own, hidden=suppress.is_hidden(frame))
    names = pd.concat([places.districts(), places.communes()])[words.column("label")]
    names = names[~names.index.duplicated()]  # where there is one level, both hold the same
    unknown = sorted(set(frame["code"]) - set(names.index))
    if unknown:
        msg = f"{len(unknown)} codes are of no place of the list: {', '.join(map(repr, unknown))}."
        raise LookupError(msg)
    return frame[["code", "origin"]].assign(
        label=frame["code"].map(names), hidden=suppress.is_hidden(frame)
    )


def simulated(*origins: pd.Series) -> bool:
    """Say whether a single number of a figure is simulated: then it bears the banner."""
    return frames.worst_origin(pd.concat(origins)) == "simulated"


def flat(table: pd.DataFrame) -> pd.DataFrame:
    """Give a table by `code` its code as a column."""
    return table.reset_index() if table.index.name == "code" else table
