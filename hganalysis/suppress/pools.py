"""Decide which communes are hidden, and which of them are hidden together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .. import indicators, places

ALONE = "none"
"""The pool of what is hidden together with every sum that holds it."""

_SIDES = ["count", "rest"]


def public(indicator: str) -> bool:
    """Say whether what a measure is out of is known to all: the residents are."""
    year = indicators.years(indicator)[0]
    return indicators.get(indicator, year=year).denominator == "residents"


def place(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Add to rows the `district` that each is a part of, and the `residents` of each.

    Raises
    ------
    LookupError
        If a code is no commune, district or province: nobody knows what it adds to.
    """
    communes, whole = places.communes(), places.province()
    districts = places.districts()["population"]
    residents = pd.concat([communes["population"], districts]).to_dict()
    residents[str(whole["code"])] = whole["population"]
    strange = sorted(set(rows["code"]) - set(residents))
    if strange:
        msg = f"{len(strange)} codes are of no place of the list: {', '.join(strange)}."
        raise LookupError(msg)
    above = rows["code"].map(places.homes(communes.index.to_series()))
    # A district, or the province, is the whole of itself.
    district = above.fillna(rows["code"]).astype("object")
    return rows.assign(district=district, residents=rows["code"].map(residents))


def rows_to_hide(rows: pd.DataFrame, *, indicator: str, limit: int) -> pd.Series:
    """
    Choose the rows of one measure and year (of `place`) that are hidden: by row, their pool.

    Rows with a small side come first, and those that are hidden `also`, if there is such a column.
    In every district further ones follow, until `safe` says
    that the sum of the hidden, which subtraction gives, is harmless: those with fewest residents
    first, an order that everybody knows, for one made from the counts would say something of
    them. A district that has no further one is opened: its own sum is hidden, and what it hides
    is known only together with what other opened districts hide.
    """
    share = indicators.kind(indicator) == "share"
    known = share and public(indicator)
    cells = _cells(rows, share=share)
    hidden = (cells[_SIDES] < limit).any(axis=1)
    if "also" in rows:
        hidden |= rows.loc[cells.index, "also"]
    if not hidden.any():
        return pd.Series(dtype="object")
    opened = []
    touched = cells["district"].isin(cells.loc[hidden, "district"])
    for district, inside in cells[touched].groupby("district", sort=False):
        while not safe(inside[hidden[inside.index]], limit=limit, known=known):
            more = inside[~hidden[inside.index]]
            if more.empty:
                opened.append(str(district))
                break
            hidden[_first(more)] = True
    if not opened:
        return cells.loc[hidden, "district"]
    free = _open(cells, hidden, opened, limit=limit, known=known)
    above = places.province()["code"] if free else ALONE
    return cells["district"].mask(cells["district"].isin(opened), above)[hidden]


def safe(cells: pd.DataFrame, *, limit: int, known: bool) -> bool:
    """
    Say whether hidden numbers keep their secret when their sum is known.

    The sum must not be small, nor what it leaves over. And whoever knows the rule and the sum,
    and even which of the hidden are small and which are hidden for their sake, must find each
    small one anywhere from 0 to the last number that is small.

    Parameters
    ----------
    cells
        What is hidden together: `count` and `rest` (infinite for a ratio).
    limit
        What is below it is small.
    known
        Whether everybody knows what each is out of: then a count gives its rest.
    """
    sums = cells[_SIDES].sum()
    if len(cells) < 2 or (sums < limit).any():
        return False
    count, rest = (cells[side].to_numpy(dtype=float) for side in _SIDES)
    small = count < limit, rest < limit
    if known:
        return _free(count, *_within(count, rest, limit=limit), small[0] | small[1])
    return all(
        _free(side, np.where(few, 0, limit), np.where(few, limit - 1, np.inf), few)
        for side, few in zip((count, rest), small, strict=True)
        if np.isfinite(side).all()
    )


def _within(count: np.ndarray, rest: np.ndarray, *, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """Say between what each count lies by the rule alone, where what it is out of is known."""
    out_of, few, few_over = count + rest, count < limit, rest < limit
    low = np.maximum(np.where(few, 0, limit), np.where(few_over, out_of - limit + 1, 0))
    high = np.minimum(np.where(few, limit - 1, np.inf), np.where(few_over, out_of, out_of - limit))
    return low, high


def _free(value: np.ndarray, low: np.ndarray, high: np.ndarray, secret: np.ndarray) -> bool:
    """Say whether the sum of values leaves each secret one all that the rule leaves it."""
    total, endless = value.sum(), np.isinf(high)
    others_low = low.sum() - low
    finite = np.where(endless, 0, high)
    others_high = np.where(endless.sum() > endless, np.inf, finite.sum() - finite)
    free = (total - others_high <= low) & (total - others_low >= high)
    return bool(free[secret].all())


def _cells(rows: pd.DataFrame, *, share: bool) -> pd.DataFrame:
    """Give each report its count and what it leaves over, and who it is."""
    count, out_of = rows["count"].astype(float), rows["out_of"].astype(float)
    # There may be more acts than people: then nothing is left over.
    rest = out_of - count if share else np.inf
    cells = rows[["code", "district", "residents"]].assign(count=count, rest=rest)
    return cells.dropna(subset=_SIDES)


def _open(
    cells: pd.DataFrame, hidden: pd.Series, opened: list[str], *, limit: int, known: bool
) -> bool:
    """Hide more until the sums of opened districts keep their secret; say whether they can."""
    sums = cells.groupby("district")[_SIDES].transform("sum")
    small = (sums < limit).any(axis=1)
    while True:
        inside = cells["district"].isin(opened)
        found = cells[hidden & inside]
        # A district that is small as a whole is one secret more.
        names = found["code"].mask(small[found.index], found["district"])
        wholes = found.groupby(names)[_SIDES].sum()
        if all(safe(one, limit=limit, known=known) for one in (found, wholes)):
            return True
        more, others = cells[inside & ~hidden], cells[~inside]
        if len(more):
            hidden[_first(more)] = True
        elif len(others):
            # A district that hides something already costs least.
            bare = ~hidden[others.index].groupby(others["district"]).any()
            residents = others.groupby("district")["residents"].sum()
            order = pd.DataFrame({"bare": bare, "residents": residents})
            opened.append(str(order.sort_values(["bare", "residents"]).index[0]))
        else:
            return False


def _first(cells: pd.DataFrame) -> int:
    """Choose the row with fewest residents."""
    return int(cells.sort_values(["residents", "code"]).index[0])
