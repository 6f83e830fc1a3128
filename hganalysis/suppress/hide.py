"""Hide the rows that must be hidden, in reports and in rates, and stop where it was not done."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import indicators, places, study

if TYPE_CHECKING:
    from contextlib import ExitStack


FEWER_THAN = 5
"""Usual in official statistics for counts of people."""


def threshold() -> int:
    """
    Give the count below which counts are hidden: 5, or that of `use` or of the environment.

    Raises
    ------
    ValueError
        If the environment holds anything but a whole number from 0.
    """
    in_use = study.current().fewer_than
    if in_use is not None:
        return in_use
    text = os.environ.get(study.SUPPRESS, str(FEWER_THAN))
    if not (text.isascii() and text.isdecimal()):
        msg = f"{study.SUPPRESS} is {text!r}; expected a whole number such as {FEWER_THAN}."
        raise ValueError(msg)
    return int(text)


def use(*, fewer_than: int | None) -> ExitStack:
    """
    Change the threshold for everything that follows.

    Parameters
    ----------
    fewer_than
        Counts below it are hidden; 0 hides nothing, for use inside the office only. None goes
        back to that of the environment.

    Returns
    -------
    previous
        May be ignored; as a context manager it restores the threshold that was in use.

    Raises
    ------
    ValueError
        If it is no whole number from 0.

    Examples
    --------
    >>> with use(fewer_than=0):
    ...     threshold()
    0
    """
    return study.use(fewer_than=None if fewer_than is None else valid(fewer_than))


def valid(fewer_than: int) -> int:
    """Give a threshold back, and refuse what is none."""
    if isinstance(fewer_than, bool) or not isinstance(fewer_than, int) or fewer_than < 0:
        msg = f"fewer_than is {fewer_than!r}; expected a whole number such as {FEWER_THAN}."
        raise ValueError(msg)
    return fewer_than


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
    residents = places.districts()["population"].to_dict() | communes["population"].to_dict()
    residents[str(whole["code"])] = whole["population"]
    if strange := sorted(set(rows["code"]) - set(residents)):
        msg = f"{len(strange)} codes are of no place of the list: {', '.join(strange)}."
        raise LookupError(msg)
    above = rows["code"].map(places.homes(communes.index.to_series()))
    # A district, or the province, is the whole of itself.
    district = above.fillna(rows["code"]).astype("object")
    return rows.assign(district=district, residents=rows["code"].map(residents))


def rows_to_hide(rows: pd.DataFrame, *, indicator: str, limit: int) -> pd.Series:
    """
    Choose the rows of one measure and year (of `place`) that are hidden: by row, their pool.

    Rows with a small side come first, and those that are hidden `also`. In every district further
    ones follow, until `safe` says that the sum of the hidden, which subtraction gives, is harmless:
    those with fewest residents first, an order that everybody knows, for one made from the counts
    would say something of them. A district that has no further one is opened: its own sum is
    hidden, and what it hides is known only together with what other opened districts hide.
    """
    share = indicators.kind(indicator) == "share"
    known = share and public(indicator)
    cells = _cells(rows, share=share)
    hidden = pd.Series((cells[_SIDES] < limit).any(axis=1) | rows.loc[cells.index, "also"])
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

    The sum must not be small, nor what it leaves over. And whoever knows the sum, and even which
    of the hidden are small and which are hidden for their sake, must find each small one anywhere
    from 0 to the last number that is small. That fewer were not enough is left out of account:
    see `hganalysis.suppress` for how much it tells.

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


SUPPRESSED = "suppressed"
"""The state of a row that is hidden."""

_GROUP = ["year", "indicator"]
_TOLD = ["share", "share_low", "share_high"]
"""Columns that give a count away beside it."""


def small(
    table: pd.DataFrame,
    *,
    fewer_than: int | None = None,
    also: pd.Series | None = None,
    anew: bool = False,
) -> pd.DataFrame:
    """
    Hide small counts, and what would give them away.

    Parameters
    ----------
    table
        Reports of places of any one level: `code`, `year`, `indicator`, `count`, `out_of`, and
        perhaps the `share`, which is emptied where it is hidden. Give all rows of a measure and
        year at once, for what must be hidden depends on the others: the sum of the rows of each
        district, and of all, is taken to be known.
    fewer_than
        Counts below it are hidden; if not given, below `threshold()`. 0 hides nothing.
    also
        True in each row that is hidden whatever its count, since it would give another away.
    anew
        Whether each year is counted anew, as from a log, and all its measures from the same files:
        then these bound each other, and all of a year are pooled alike. Else users of a platform
        are taken to grow in number, and what one year hides of them is hidden in every year.

    Returns
    -------
    table
        A copy, with the same rows. Where nothing is hidden, nothing is changed. Else a column
        `pool` is added: "" where nothing is hidden, else the code of the place whose hidden
        communes are known together (a district or the province), or "none" where no sum is known.
        There `count` follows the common rate of the pool: it adds up to what is known, and says no
        more; so does `out_of`, unless it is the residents, which are public.

    Raises
    ------
    LookupError
        If a code is no commune, district or province, or a measure is not in the catalogue.
    ValueError
        If reports were hidden before with a lower threshold, or a place has two rows of a measure
        and year, such as women and men: each would be hidden by itself, and their sum shown.

    Examples
    --------
    >>> reports = pd.DataFrame(
    ...     {
    ...         "code": ["31318", "31321", "31324"],
    ...         "year": 2022,
    ...         "indicator": "ecommerce_guided",
    ...         "count": [3, 90, 40],
    ...         "out_of": [7_268, 5_643, 9_934],
    ...     }
    ... )
    >>> small(reports)["pool"].tolist()
    ['930', '930', '']
    """
    limit = threshold() if fewer_than is None else valid(fewer_than)
    if limit == 0:
        return table.copy()
    if "pool" in table:
        return _require_hidden(table, limit).copy()
    _require_one_row_each(table)
    plain = table.reset_index(drop=True)
    besides = pd.Series(False if also is None else also.to_numpy(), index=plain.index)
    pool = _pools(plain, besides, limit)
    while not anew and (more := _in_other_years(plain, pool != "")).any():
        pool = _pools(plain, (pool != "") | more, limit)
    if anew:
        pool = _alike(plain, pool)
    if (pool == "").all():
        return table.copy()
    return _pooled(plain, pool).set_axis(table.index)


def _require_one_row_each(table: pd.DataFrame) -> None:
    """Refuse a place with two rows of one measure and year."""
    from ..frames.requirements import refuse

    columns = ["code", *_GROUP]
    fault = "stands more than once; add its counts up first, such as those of women and men"
    refuse(table[columns], {fault: table.duplicated(columns, keep=False)})


def _pools(plain: pd.DataFrame, also: pd.Series, limit: int) -> pd.Series:
    """Give each row its pool, or none: each measure and year by itself."""
    pool = pd.Series("", index=plain.index, dtype="object")
    for (_, name), rows in place(plain).assign(also=also).groupby(_GROUP, sort=False):
        pool.update(rows_to_hide(rows, indicator=str(name), limit=limit))
    return pool


def _alike(plain: pd.DataFrame, pool: pd.Series) -> pd.Series:
    """
    Pool the communes of a district in all measures of a year as wide as in the widest of them.

    People are no more than the files: from sums of other communes in one measure than in the other
    it would follow that in some they are as many, and from that what each is.
    """
    rows = place(plain)
    pooled = (pool != "") & (pool != ALONE)
    wide = pool.where(pooled & (pool != rows["district"]))
    widest = wide.groupby([rows["district"], rows["year"]]).transform("first")
    return pool.mask(pooled & widest.notna(), widest)


def _in_other_years(plain: pd.DataFrame, hidden: pd.Series) -> pd.Series:
    """
    Say which rows tell of a hidden one of another year: users of a platform grow in number.

    Who used it by the end of one year did so by the end of the next. So the count that one place
    shows in 2023 is a most for 2022, and what it hides with another then has a least.
    """
    users = plain["indicator"].isin([*filter(indicators.counts_users, indicators.names())])
    anywhere = hidden.groupby([plain["code"], plain["indicator"]]).transform("any")
    return anywhere & ~hidden & users & plain[["count", "out_of"]].notna().all(axis=1)


def is_hidden(table: pd.DataFrame) -> pd.Series:
    """Say of each row of reports or rates whether it is hidden."""
    pooled = table.get("pool", pd.Series("", index=table.index)) != ""
    return pooled | (table.get("state", pooled) == SUPPRESSED)


def without_pools(table: pd.DataFrame) -> pd.DataFrame:
    """Empty the counts of rows that are hidden: they are those of a pool, and no place's own."""
    columns = table.columns.intersection(["count", "out_of", *_TOLD])
    return table.assign(**table[columns].mask(is_hidden(table)))


def is_reported(table: pd.DataFrame) -> pd.Series:
    """Say of each row of reports or rates whether a count came, shown or hidden."""
    return table["count"].notna() | is_hidden(table)


def holds_part(reports: pd.DataFrame, *, of: pd.Series) -> pd.Series:
    """
    Say which sums hold a part of what is hidden together: they are as unknown as the part.

    Parameters
    ----------
    reports
        As `small` gives them.
    of
        The larger place that each row is added to.

    Returns
    -------
    hidden
        One value for each larger place, year and indicator, by which it is indexed.
    """
    table = reports[_GROUP].assign(place=of, part=is_part(reports, of=of))
    found: pd.Series = table.groupby(["place", *_GROUP])["part"].any()
    return found


def is_part(reports: pd.DataFrame, *, of: pd.Series) -> pd.Series:
    """
    Say of each row whether it is hidden together with one of another place: see `holds_part`.

    Without a `pool` nobody knows with which: then every row that is hidden may be.
    """
    if "pool" not in reports:
        return is_hidden(reports)
    pooled = reports.assign(place=of).groupby([*_GROUP, "pool"])["place"]
    wide = (pooled.transform("nunique") > 1) & (reports["pool"] != "")
    return wide | (reports["pool"] == ALONE)


def refuse_small(table: pd.DataFrame) -> pd.DataFrame:
    """
    Stop where a table that is about to be shown holds small counts that nobody hid.

    Parameters
    ----------
    table
        Any frame; only one with `count`, or with `share` and `out_of`, which give it, can hold
        such counts. Published and census figures are public, and pass.

    Returns
    -------
    table
        The same.

    Raises
    ------
    ValueError
        With the places, and without their counts: messages are kept too.
    """
    limit = threshold()
    if limit == 0 or not ("count" in table or {"share", "out_of"} <= set(table.columns)):
        return table
    share, out_of, count = (
        pd.to_numeric(table.get(name, pd.Series(np.nan, table.index)), errors="coerce")
        for name in ("share", "out_of", "count")
    )
    count = count.fillna((share * out_of).round())
    nothing = pd.Series(index=table.index, dtype="object")  # as of a place on a map that sent none
    ratio = table.get("indicator", nothing).map(indicators.kind, na_action="ignore") == "ratio"
    rest = (out_of - count).mask((out_of < count) | ratio)  # what is no part leaves nothing over
    found = ((count < limit) | (rest < limit)) & ~is_hidden(table)
    found &= ~table.get("origin", nothing).isin(["published", "census"])
    if found.any():
        codes = table["code"] if "code" in table else table.index.to_series()
        msg = (
            f"{int(found.sum())} of {len(table)} rows have a count below {limit}, or leave over "
            f"fewer than {limit}:\n  {', '.join(map(str, codes[found.to_numpy()]))}\n"
            "Such counts may point at people. Take reports from frames.reports(), or hide them\n"
            "with suppress.small()."
        )
        raise ValueError(msg)
    return table


def _require_hidden(reports: pd.DataFrame, limit: int) -> pd.DataFrame:
    try:
        with use(fewer_than=limit):
            return refuse_small(reports)
    except ValueError as error:
        msg = f"these reports were hidden with a threshold below {limit}, and what they were is"
        msg += f" gone.\nBegin with the reports as they came in. {error}"
        raise ValueError(msg) from None


# The parts of a sum are whole multiples of this: a power of two, so that adding them up is exact in
# any order, and gives the whole number that is known, not 4.999999999999999. Sums of hundreds of
# millions still are exact with it, and a part is a fraction to a millionth.
_GRAIN = 2.0**-20


def _divided(total: float, weights: pd.Series) -> pd.Series:
    """Divide a whole number in proportion to weights, into parts that add up to it exactly."""
    ends = (total / _GRAIN * weights.cumsum() / weights.sum()).round()
    ends.iloc[-1] = total / _GRAIN
    return ends.diff().fillna(ends) * _GRAIN


def _pooled(reports: pd.DataFrame, pool: pd.Series) -> pd.DataFrame:
    """Give reports that are hidden together the rate that they have in common."""
    made = reports.assign(pool=pool).astype({"count": float, "out_of": float})
    made.loc[pool != "", made.columns.intersection(_TOLD)] = np.nan
    # By code: the parts of a sum are rounded one after another, and rows come in any order.
    for (_, name, where), rows in made[pool != ""].sort_values("code").groupby([*_GROUP, "pool"]):
        at, sums = rows.index, rows[["count", "out_of"]].sum()
        if not public(str(name)):
            made.loc[at, "out_of"] = _divided(sums["out_of"], pd.Series(1.0, index=at))
        made.loc[at, "count"] = _divided(sums["count"], made.loc[at, "out_of"])
        if where == ALONE:
            made.loc[at, ["count"] if public(str(name)) else ["count", "out_of"]] = np.nan
    return made
