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


def require_places(codes: pd.Series) -> None:
    """Stop at codes that are no commune, district or province: nobody knows what they add to."""
    communes = places.communes()
    known = {*communes.index, *communes["district_code"], places.province()["code"]}
    strange = sorted(set(codes) - known)
    if strange:
        msg = f"{len(strange)} codes are no commune, district or province: {', '.join(strange)}."
        raise LookupError(msg)


def rows_to_hide(rows: pd.DataFrame, *, indicator: str, limit: int) -> pd.Series:
    """
    Choose the rows of one measure and year that are hidden: by row, the pool of each.

    Rows with a small side come first. In every district further ones follow, the smallest first,
    until `safe` says that the sum of the hidden, which subtraction gives, is harmless. A district
    that has no further one is opened: its own sum is hidden, and what it hides is known only
    together with what other opened districts hide.
    """
    cells = _cells(rows, indicator)
    hidden = (cells[_SIDES] < limit).any(axis=1)
    if not hidden.any():
        return pd.Series(dtype="object")
    opened = []
    for district in cells.loc[hidden, "district"].unique():
        inside = cells["district"] == district
        while not safe(cells[hidden & inside], limit=limit):
            if not (inside & ~hidden).any():
                opened.append(district)
                break
            hidden[_smallest(cells[inside & ~hidden])] = True
    above = places.province()["code"]
    if opened and not _open(cells, hidden, opened, limit=limit):
        above = ALONE
    return cells["district"].mask(cells["district"].isin(opened), above)[hidden]


def safe(cells: pd.DataFrame, *, limit: int) -> bool:
    """
    Say whether hidden numbers keep their secret when their sum is known.

    There must be two at least; the sum must not be small, nor what it leaves over; and what the
    others can hold (their `ceiling`) must leave each a range of `limit` at least, or its own
    ceiling where that is less.
    """
    if len(cells) < 2 or (cells[_SIDES].sum() < limit).any():
        return False
    total, ceiling = cells["count"].sum(), cells["ceiling"].to_numpy()
    if np.isinf(ceiling).all():
        return True
    low = np.maximum(total - (ceiling.sum() - ceiling), 0)
    high = np.minimum(total, ceiling)
    return bool((high - low >= np.minimum(limit, ceiling)).all())


def _cells(rows: pd.DataFrame, indicator: str) -> pd.DataFrame:
    """Give each report its count, what it leaves over, what it cannot exceed, and its district."""
    share = indicators.kind(indicator) == "share"
    count, out_of = rows["count"].astype(float), rows["out_of"].astype(float)
    above = rows["code"].map(places.communes()["district_code"])
    return pd.DataFrame(
        {
            "code": rows["code"],
            # A district, or the province, is the whole of itself.
            "district": above.fillna(rows["code"]).astype("object"),
            "count": count,
            # There may be more acts than people: then nothing is left over.
            "rest": out_of - count if share else np.inf,
            "ceiling": out_of if share and public(indicator) else np.inf,
        }
    ).dropna()


def _open(cells: pd.DataFrame, hidden: pd.Series, opened: list[str], *, limit: int) -> bool:
    """Hide more until the sums of opened districts keep their secret; say whether they can."""
    while True:
        inside = cells["district"].isin(opened)
        found = cells[hidden & inside]
        wholes = found.groupby("district")[[*_SIDES, "ceiling"]].sum()
        if safe(found, limit=limit) and safe(wholes, limit=limit):
            return True
        if len(opened) > 1 and (inside & ~hidden).any():
            hidden[_smallest(cells[inside & ~hidden])] = True
            continue
        others = cells[~inside]
        if others.empty:
            return False
        # A district that hides something already costs least.
        bare = ~hidden[~inside].groupby(others["district"]).any()
        size = others.groupby("district")[_SIDES].sum().min(axis=1)
        order = pd.DataFrame({"bare": bare, "size": size}).sort_values(["bare", "size"])
        opened.append(str(order.index[0]))
        if order["bare"].iloc[0]:
            hidden[_smallest(others[others["district"] == opened[-1]])] = True


def _smallest(cells: pd.DataFrame) -> int:
    """Choose the row that says least: the one that comes closest to being small itself."""
    size = cells[_SIDES].min(axis=1)
    return int(cells.assign(size=size).sort_values(["size", "code"]).index[0])
