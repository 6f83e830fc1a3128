"""Levels as counted, how unlike parts of a place are, and whether level and order would hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import frames, places
from ..suppress.hide import is_hidden, is_part
from . import hold
from .measure import of_catalogue, of_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .measure import Measure, Told

# Events: a share of fewer changes by half from luck alone and is flagged; of still fewer it is not
# shown (NCHS data presentation standards).
SMALL, SHOWN = 20, 10

# Without so many periods and places, nothing is said of whether it would hold.
PERIODS, PLACES = 2, 3

SPREAD = {"lowest": 0.0, "quarter": 0.25, "three_quarters": 0.75, "highest": 1.0}
"""Quantiles of the parts of a place, by column."""


def counts(
    what: str | pd.DataFrame, rows: pd.DataFrame, years: Sequence[int]
) -> tuple[pd.DataFrame, Measure]:
    """
    Take what was counted in some years: with the `place` of each row, a row for each part that sent
    nothing, and what is `hidden`; and describe it.

    Parameters
    ----------
    what, rows, years
        A measure of the catalogue, or a frame; its rows, as of `measure.rows_of`; first to last.

    Raises
    ------
    LookupError
        If a year has no row, or a code is of no place.
    """
    if missing := sorted({*years} - {*rows["year"]}):
        there = sorted({int(year) for year in rows["year"]})
        named = what if isinstance(what, str) else "the frame"
        msg = f"there are no rows of {', '.join(map(str, missing))}; {named} has some of {there}."
        raise LookupError(msg)
    rows = rows[rows["year"].isin(years)]
    if not rows["code"].isin(places.districts().index).all():
        places.parents(rows["code"], "district")  # refuses a code of no place
        rows = frames.every_commune(rows, each=["year"])
        rows = rows.assign(place=places.parents(rows["code"], "district"))
    else:
        rows = rows.assign(place=rows["code"])
    unknown = is_part(rows.assign(indicator=""), of=rows["place"])  # hidden with another place's
    numbers = {name: rows[name].astype(float).mask(unknown) for name in ("count", "out_of")}
    found = rows.assign(**numbers, hidden=is_hidden(rows))
    return found, of_catalogue(what, years) if isinstance(what, str) else of_frame(found)


def levels(found: pd.DataFrame) -> pd.DataFrame:
    """
    Count each place in its last period: facts, highest first; a place with a part missing has none.

    Parameters
    ----------
    found
        As `counts` gives them.
    """
    wide = shares(found)
    last = found[found["year"] == wide.columns[-1]]
    table = last.groupby("place")[["count", "out_of"]].sum(skipna=False)
    table = table.reindex(places.districts().index)
    table["share"] = wide.iloc[:, -1].reindex(table.index)
    table.loc[table["share"].isna(), "count"] = np.nan  # too few to be shown, or not all are there
    table["rank"] = table["share"].rank(ascending=False, method="min")
    table["small"] = table["count"] < SMALL
    parts = (last["count"] / last["out_of"]).mask(last["hidden"]).groupby(last["place"])
    differ = parts.size().reindex(table.index, fill_value=0) > 1
    for name, part in SPREAD.items():
        table[name] = parts.quantile(part).reindex(table.index).where(differ)
    table["before"] = wide.iloc[:, -2].reindex(table.index) if len(wide.columns) > 1 else np.nan
    return table.sort_values("share", ascending=False, kind="stable").rename_axis("code")


def would_hold(
    table: pd.DataFrame, found: pd.DataFrame, about: Measure
) -> tuple[pd.DataFrame, pd.DataFrame, Measure]:
    """
    Ask whether levels and their order would hold in a similar period.

    Returns
    -------
    table, above, about
        The table with `low`, `high`, `rank_low` and `rank_high`, missing where nothing tells;
        whether the row's level stays above the column's; and what that rests on.
    """
    known = table.index[table["share"].notna()]
    share = table.loc[known, "share"].to_numpy()
    above = share[:, None] * (1 - about.doubt) > share * (1 + about.doubt)
    table = table.assign(low=np.nan, high=np.nan, rank_low=np.nan, rank_high=np.nan)
    noise, years = _noise(found, about, known)
    if noise:
        told: Told = "in_step" if noise.in_step else "periods"
        about = replace(about, told=told, known=years)
        if told == "periods":
            above &= hold.surely_above(noise)
            table.loc[known, ["low", "high"]] = hold.again(noise)
    order = np.column_stack([1 + above.sum(axis=0), len(known) - above.sum(axis=1)])
    if about.doubt or about.told == "periods":
        table.loc[known, ["rank_low", "rank_high"]] = order
    return table, pd.DataFrame(above, known, known), about


def shares(found: pd.DataFrame) -> pd.DataFrame:
    """Divide: the share of each place, a column a period."""
    sums = found.groupby(["place", "year"])[["count", "out_of"]].sum(skipna=False)
    share = (sums["count"] / sums["out_of"].mask(sums["out_of"] == 0)).mask(sums["count"] < SHOWN)
    return share.unstack()


def in_step(found: pd.DataFrame, about: Measure) -> bool:
    """Say whether parts moved by so nearly one factor that two periods are no two counts."""
    noise, _ = _noise(found, about, shares(found).dropna().index, least=2)
    return bool(noise and noise.in_step)


def _noise(
    found: pd.DataFrame, about: Measure, known: pd.Index, *, least: int = PLACES
) -> tuple[hold.Noise | None, tuple[int, ...]]:
    """Measure what does not repeat itself, by the periods that all known places have; and these."""
    years = shares(found).reindex(known).dropna(axis="columns").columns
    if len(years) < PERIODS or len(known) < least:
        return None, ()
    rows = found[found["place"].isin(known) & found["year"].isin(years)]
    wide = rows.pivot(index=["place", "code"], columns="year", values=["count", "out_of"])
    number = known.get_indexer(wide.index.get_level_values("place"))
    count, out_of = (wide[name].to_numpy(dtype=float) for name in ("count", "out_of"))
    return hold.noise(count, out_of, number, ratio=about.ratio), tuple(map(int, years))
