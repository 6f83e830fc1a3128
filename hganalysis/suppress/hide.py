"""Hide the rows that must be hidden, in reports and in rates, and stop where it was not done."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import indicators, places, study, words
from ..periods import read_column
from ..places import ALONE
from ..refusals import refuse, require_unique
from . import relations as _relations
from .margins import Bounds, are_as_wide, be_exactly, bound_counts, narrow
from .published import equals_published, is_published
from .splits import choose_group_pools, find_faults

if TYPE_CHECKING:
    from contextlib import ExitStack

    from ..study import Study
    from .sums import Cell


FEWER_THAN = 5
"""Usual in official statistics for counts of people."""

SUPPRESSED = "suppressed"
"""The state of a row that is hidden."""

# The two sides of a cell: what was counted, and what the count leaves over.
_SIDES = ["count", "complement"]
_YEAR_AND_MEASURE = ["period", "indicator"]
# Columns that give a count away, if they are shown beside what it is out of.
_SHARES = ["share", "share_low", "share_high"]
# The parts of a sum are whole multiples of this: a power of two, so that adding them up is exact in
# any order, and gives the whole number that is known, not 4.999999999999999. Sums of hundreds of
# millions still are exact with it, and a part is a fraction to a millionth.
_SMALLEST_PART = 2.0**-20


def threshold(of: Study | None = None) -> int:
    """
    Give the count below which counts are hidden: 5, or that of `use` or of the environment.

    Parameters
    ----------
    of
        The study; by default the one in use.

    Raises
    ------
    ValueError
        If the environment holds anything but a whole number from 0.

    Examples
    --------
    >>> threshold()
    5
    """
    fewer_than = (of or study.current()).fewer_than
    if fewer_than is not None:
        return fewer_than
    text = os.environ.get(study.SUPPRESS, str(FEWER_THAN))
    if not (text.isascii() and text.isdecimal()):
        msg = words.term(
            "suppress_errors.threshold",
            name=study.SUPPRESS,
            text=text,
            example=FEWER_THAN,
        )
        raise ValueError(msg)
    return int(text)


def use(*, fewer_than: int | None) -> ExitStack:
    """
    Change the threshold for everything that follows.

    It holds in all threads. An answer keeps the threshold that it was asked with; where more is
    hidden by now, it refuses to show itself. Frames that were taken out of it before, and fields
    such as `Uptake.parts`, are no more than frames: nobody looks at them again.

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
    is_whole = isinstance(fewer_than, int) and not isinstance(fewer_than, bool)
    if fewer_than is not None and (not is_whole or fewer_than < 0):
        msg = words.term(
            "suppress_errors.threshold",
            name="fewer_than",
            text=fewer_than,
            example=FEWER_THAN,
        )
        raise ValueError(msg)
    return study.use(fewer_than=fewer_than)


def has_public_out_of(indicator: str) -> bool:
    """Say whether everybody knows what a measure is out of: residents are public."""
    period = indicators.periods(indicator)[0]
    return indicators.get(indicator, period=period).denominator == "residents"


def add_district(rows: pd.DataFrame) -> pd.DataFrame:
    """
    Add to each row its `district` and its `residents`.

    A row of a district, or of the whole, is in the district of its own code.

    Raises
    ------
    LookupError
        If a code is no commune, district or province: nobody knows what it adds to.
    """
    communes = places.units()
    whole = places.province()
    residents = places.compared()["population"].to_dict()
    residents |= communes["population"].to_dict()
    residents[str(whole["code"])] = whole["population"]
    unknown = sorted(set(rows["code"]) - set(residents))
    if unknown:
        msg = words.term(
            "suppress_errors.no_place",
            number=len(unknown),
            codes=", ".join(unknown),
        )
        raise LookupError(msg)
    code = rows["code"]
    parent = code.map(places.parents(communes.index.to_series()))
    district = parent.fillna(code).astype("object")
    return rows.assign(district=district, residents=code.map(residents))


def choose_pools(
    rows: pd.DataFrame, *, indicator: str, limit: int, is_out_of_known: bool = False
) -> pd.Series:
    """
    Choose the rows of one measure and period that are hidden, and give each its pool.

    Rows with a small side come first, and those that are hidden `also`. Further rows of their
    district follow, until `is_safe` says that the sum of the hidden rows is harmless, for this sum
    is what subtraction gives. Those with fewest residents come first. Everybody knows this order;
    an order by counts would say something about them. A district without further rows is opened:
    its own sum is hidden, and known only together with what other open districts hide.

    Parameters
    ----------
    rows
        As `add_district` gives them, with `also`.

    Returns
    -------
    pool
        One value for each hidden row, with its index.
    """
    is_share = indicators.kind(indicator) == "share"
    is_public = is_share and (has_public_out_of(indicator) or is_out_of_known)
    cells = _two_sides(rows, is_share=is_share)
    has_small_side = (cells[_SIDES] < limit).any(axis=1)
    hidden = has_small_side | cells["also"]
    if not hidden.any():
        return pd.Series(dtype="object")

    # hide more parts of a district, those with fewest residents first, until its sum is safe
    open_districts = []
    affected = cells.loc[hidden, "district"]
    has_hidden = cells["district"].isin(affected)
    fewest_first = cells[has_hidden].sort_values(["residents", "code"])
    for district, parts in fewest_first.groupby("district", sort=False):
        is_hidden_part = hidden[parts.index].to_numpy(copy=True)
        while not is_safe(parts[is_hidden_part], limit=limit, is_public=is_public):
            shown = np.flatnonzero(~is_hidden_part)
            if not len(shown):
                open_districts.append(str(district))
                break
            is_hidden_part[shown[0]] = True
        hidden[parts.index] = is_hidden_part
    if not open_districts:
        return cells.loc[hidden, "district"]

    # districts that cannot be made safe by their parts share a pool across the whole
    wide_pool = ALONE
    if _protect_open(cells, hidden, open_districts, limit=limit, is_public=is_public):
        wide_pool = places.province()["code"]
    is_open = cells["district"].isin(open_districts)
    return cells["district"].mask(is_open, wide_pool)[hidden]


def is_safe(cells: pd.DataFrame, *, limit: int, is_public: bool) -> bool:
    """
    Say whether hidden numbers stay secret when their sum is known.

    The sum must not be small, nor its complement. A reader may know the sum, and which of the
    hidden numbers are small. Then each small number must still have all values from 0 to the
    largest small number. What follows from the rule itself is not considered: fewer hidden rows
    were not enough. See `hganalysis.suppress` for how much that tells.

    Parameters
    ----------
    cells
        What is hidden together: `count` and `complement` (infinite for a ratio).
    limit
        Numbers below it are small.
    is_public
        Whether everybody knows what each is out of: then a count gives its complement.
    """
    count, complement = (cells[side].to_numpy(dtype=float) for side in _SIDES)
    is_small_sum = count.sum() < limit or complement.sum() < limit
    if len(cells) < 2 or is_small_sum:
        return False
    if is_public:
        is_secret = (count < limit) | (complement < limit)
        return _sum_hides(count, bound_counts(count, complement, limit=limit), is_secret)
    for side in (count, complement):
        is_small = side < limit
        lowest = np.where(is_small, 0, limit)
        highest = np.where(is_small, limit - 1, np.inf)
        by_rule = Bounds(lowest, highest)
        if np.isfinite(side).all() and not _sum_hides(side, by_rule, is_small):
            return False
    return True


def _sum_hides(values: np.ndarray, by_rule: Bounds, is_secret: np.ndarray) -> bool:
    """Say whether each secret value may be anything between its bounds, though the sum is known."""
    by_sum = narrow(by_rule, be_exactly(values.sum()))
    return are_as_wide(by_sum, by_rule, is_secret)


def _two_sides(rows: pd.DataFrame, *, is_share: bool) -> pd.DataFrame:
    """Give each row with numbers its count and its complement."""
    cells = rows.astype({"count": float})
    # there may be more acts than people: then nothing is left over
    cells["complement"] = np.inf
    if is_share:
        cells["complement"] = rows["out_of"].astype(float) - cells["count"]
    return cells.dropna(subset=_SIDES)


def _protect_open(
    cells: pd.DataFrame,
    hidden: pd.Series,
    open_districts: list[str],
    *,
    limit: int,
    is_public: bool,
) -> bool:
    """
    Hide more until the sums of open districts stay secret, and say whether they can.

    More is written into `hidden` and `open_districts`.
    """
    sums = cells.groupby("district")[_SIDES].transform("sum")
    in_small_district = (sums < limit).any(axis=1)
    while True:
        in_open = cells["district"].isin(open_districts)
        secrets = cells[hidden & in_open]
        # a district that is small as a whole is one secret more
        is_in_small_district = in_small_district[secrets.index]
        names = secrets["code"].mask(is_in_small_district, secrets["district"])
        merged = secrets.groupby(names)[_SIDES].sum()
        tables = (secrets, merged)
        if all(is_safe(table, limit=limit, is_public=is_public) for table in tables):
            return True

        shown = cells[in_open & ~hidden]
        closed = cells[~in_open]
        if len(shown):
            hidden[_with_fewest_residents(shown)] = True
        elif len(closed):
            # a district that hides something already costs least
            hides_nothing = ~hidden[closed.index].groupby(closed["district"]).any()
            residents = closed.groupby("district")["residents"].sum()
            costs = pd.DataFrame({"hides_nothing": hides_nothing, "residents": residents})
            cheapest = costs.sort_values(["hides_nothing", "residents"]).index[0]
            open_districts.append(str(cheapest))
        else:
            return False


def _with_fewest_residents(cells: pd.DataFrame) -> int:
    return int(cells.sort_values(["residents", "code"]).index[0])


def hide_counts(
    table: pd.DataFrame,
    *,
    also: pd.Series | None = None,
    anew: bool = False,
) -> pd.DataFrame:
    """
    Hide small counts, those below `threshold()`, and what would give them away.

    Parameters
    ----------
    table
        Reports of places of any one level: `code`, `period`, `indicator`, `count`, `out_of`, and
        perhaps the `share`, which is emptied where it is hidden. Give all rows of a measure and
        period at once, and of its groups, for what must be hidden depends on the others: the sum
        of the rows of each district, and of all, is taken to be known.
    also
        True in each row that is hidden whatever its count, since it would give another away.
    anew
        Whether each period is counted anew, as from a log, and all its measures from the same
        files: then these bound each other, and all of a period are pooled alike. Else a stock,
        such as users of a platform, is taken to grow in number, and what one period hides of it
        is hidden in every period.

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
        If reports were hidden before with a lower threshold; if a place has two rows of a measure
        and period; if groups of a measure do not add up to the whole: see `splits.find_faults`.

    Examples
    --------
    >>> reports = pd.DataFrame(
    ...     {
    ...         "code": ["31318", "31321", "31324"],
    ...         "period": 2022,
    ...         "indicator": "ecommerce_guided",
    ...         "count": [3, 90, 40],
    ...         "out_of": [7_268, 5_643, 9_934],
    ...     }
    ... )
    >>> hide_counts(reports)["pool"].tolist()
    ['930', '930', '']
    """
    limit = threshold()
    table = read_column(table)
    if limit == 0:
        return table.copy()
    if "pool" in table:
        return _require_hidden(table, limit).copy()
    require_unique(table, ["code", *_YEAR_AND_MEASURE], words.term("suppress_errors.add_up"))

    refuse(table[["code", *_YEAR_AND_MEASURE]], find_faults(table))

    reports = table.reset_index(drop=True)
    is_also_hidden = False if also is None else also.to_numpy()
    also = pd.Series(is_also_hidden, index=reports.index)
    reports["is_public"] = is_published(reports)
    published_measures = set(reports.loc[reports["is_public"], "indicator"])
    all_splits = indicators.splits()
    splits = [split for split in all_splits if published_measures.isdisjoint(split.groups)]
    group_measures = [name for split in splits for name in split.groups]
    is_group = reports["indicator"].isin(group_measures)
    wholes = reports[~is_group]
    related = [] if anew else _relations.find_relations(wholes)
    known = _relations.list_public_out_of(related)
    pool = _pools(wholes, also[wholes.index], limit, known)
    if anew:
        pool = _pool_alike(wholes, pool)
    else:
        tells = _tells(wholes, pool != "", related)
        while tells.any():
            # a measure and period of which nothing more is hidden keeps its pools
            cells = [wholes[name] for name in _YEAR_AND_MEASURE]
            is_asked = tells.groupby(cells).transform("any")
            is_hidden_now = (pool != "") | tells
            new_pools = _pools(wholes[is_asked], is_hidden_now[is_asked], limit, known)
            pool.update(new_pools)
            tells = _tells(wholes, pool != "", related)
        pool = _pool_related_alike(wholes, pool, related)

    # a whole that is hidden is a secret of its groups: they are chosen after it
    pool = pool.reindex(reports.index, fill_value="")
    for split in splits:
        with_pools = reports.assign(also=also, pool=pool)
        pool.update(_pools_of_groups(with_pools, split, limit))
    if (pool == "").all():
        return table.copy()
    return _share_rates(_as_reported(table, pool), pool).set_axis(table.index)


def _as_reported(table: pd.DataFrame, pool: pd.Series) -> pd.DataFrame:
    """Call hidden rows reported: what stands in them nobody has published."""
    reports = table.reset_index(drop=True)
    if "origin" in reports:
        has_no_number = (pool != "") & (reports["origin"] == "published")
        reports["origin"] = reports["origin"].mask(has_no_number, "reported")
    return reports


def _tells(
    reports: pd.DataFrame, hidden: pd.Series, related: list[_relations.Relation]
) -> pd.Series:
    tells = _tells_of_other_periods(reports, hidden)
    tells |= _relations.tell_hidden(reports, hidden, related)
    # what is published is no secret, and cannot be hidden
    return tells & ~reports["is_public"]


def _pool_related_alike(
    reports: pd.DataFrame, pool: pd.Series, related: list[_relations.Relation]
) -> pd.Series:
    """Give measures that add up the widest pool that a district has in any: sums add up, too."""
    label = _relations.label_components(related)
    cells = zip(reports["indicator"], reports["period"], strict=True)
    numbers = [label.get(cell, -1) for cell in cells]
    number = pd.Series(numbers, index=reports.index)
    is_hidden = (pool != "") & (number >= 0)
    if not is_hidden.any():
        return pool
    # beside a number of each place that is published, sums of hidden numbers may tell them
    is_in_none = reports["is_public"] | (pool == ALONE)
    has_none = is_in_none.groupby(number).transform("any")
    district = add_district(reports)["district"]
    wide = pool.where(is_hidden & (pool != district))
    widest = wide.groupby([number, district]).transform("first")
    pool = pool.mask(is_hidden & widest.notna(), widest)
    return pool.mask(is_hidden & has_none, ALONE)


def _pools(reports: pd.DataFrame, also: pd.Series, limit: int, known: set[Cell]) -> pd.Series:
    """Give each row its pool, or an empty text: each measure and period by itself."""
    pool = pd.Series("", index=reports.index, dtype="object")
    table = add_district(reports)
    table["also"] = also
    # who knows what is published takes it out of a sum: it protects nothing
    by_measure = table[~table["is_public"]].groupby(_YEAR_AND_MEASURE, sort=False)
    for (period, measure), rows in by_measure:
        pool_of_rows = choose_pools(
            rows,
            indicator=str(measure),
            limit=limit,
            is_out_of_known=(measure, period) in known,
        )
        pool.update(pool_of_rows)
    return pool


def _pools_of_groups(reports: pd.DataFrame, split: indicators.Split, limit: int) -> pd.Series:
    """
    Give the rows of a measure by groups their pools; of a hidden whole, all groups are hidden.

    Parameters
    ----------
    reports
        With the `pool` of the wholes, and whether a row is hidden `also`.
    """
    is_share = indicators.kind(split.whole) == "share"
    is_group = reports["indicator"].isin(split.groups)
    of_groups = add_district(reports[is_group])
    rows = _two_sides(of_groups, is_share=is_share)
    if rows.empty:
        return rows["pool"]
    is_whole = reports["indicator"] == split.whole
    is_hidden_whole = is_whole & (reports["pool"] != "")
    hidden = add_district(reports[is_hidden_whole])
    if (hidden["pool"] == ALONE).any():
        return rows["pool"].mask(rows["count"].notna(), ALONE)
    keys = ["code", "period"]
    hidden_keys = pd.MultiIndex.from_frame(hidden[keys])
    rows["also"] |= pd.MultiIndex.from_frame(rows[keys]).isin(hidden_keys)
    is_wide = hidden["pool"] != hidden["district"]
    open_districts = hidden.loc[is_wide, "district"].unique()
    return choose_group_pools(
        rows,
        limit=limit,
        is_stock=indicators.over_time(split.whole) == "stock",
        open_districts=list(open_districts),
    )


def _pool_alike(reports: pd.DataFrame, pool: pd.Series) -> pd.Series:
    """
    Give a district, in all measures of a period, the widest pool that it has in any of them.

    People are no more than the files. Were the sums of one measure over other communes than those
    of the other, it would follow that some communes have as many people as files.
    """
    rows = add_district(reports)
    is_pooled = (pool != "") & (pool != ALONE)
    district = rows["district"]
    is_wide = is_pooled & (pool != district)
    wide_pool = pool.where(is_wide)
    by_district = wide_pool.groupby([district, rows["period"]])
    widest = by_district.transform("first")
    return pool.mask(is_pooled & widest.notna(), widest)


def _tells_of_other_periods(reports: pd.DataFrame, hidden: pd.Series) -> pd.Series:
    """
    Say which rows tell of a hidden row of another period: a stock, as of users, grows in number.

    Who used it by the end of one period did so by the end of the next. So the count of 2023 is the
    most that 2022 may be, and what one place hides with another in 2023 has a least.
    """
    measure = reports["indicator"]
    is_stock = measure.isin(indicators.names(over_time="stock"))
    by_place = hidden.groupby([reports["code"], measure])
    in_any_period = by_place.transform("any")
    numbers = reports[["count", "out_of"]]
    has_numbers = numbers.notna().all(axis=1)
    return in_any_period & ~hidden & is_stock & has_numbers


def is_hidden(table: pd.DataFrame) -> pd.Series:
    """
    Say of each row of reports or rates whether it is hidden.

    Examples
    --------
    >>> is_hidden(pd.DataFrame({"count": [12.0, None], "pool": ["", "none"]})).tolist()
    [False, True]
    """
    no_pool = pd.Series("", index=table.index)
    is_pooled = table.get("pool", no_pool) != ""
    return is_pooled | (table.get("state", is_pooled) == SUPPRESSED)


def without_pools(table: pd.DataFrame) -> pd.DataFrame:
    """Empty the numbers of hidden rows: they belong to a pool, and to no single place."""
    columns = table.columns.intersection(["count", "out_of", *_SHARES])
    emptied = table[columns].mask(is_hidden(table))
    return table.assign(**emptied)


def holds_part(reports: pd.DataFrame, *, of: pd.Series) -> pd.Series:
    """
    Say which sums hold a part of a pool: they are as unknown as the part.

    Parameters
    ----------
    reports
        As `hide_counts` gives them.
    of
        The larger place that each row is added to.

    Returns
    -------
    hidden
        One value for each larger place, period and indicator, by which it is indexed.
    """
    table = reports[_YEAR_AND_MEASURE].assign(place=of)
    table["part"] = is_part(reports, of=of)
    sums = table.groupby(["place", *_YEAR_AND_MEASURE])
    hidden: pd.Series = sums["part"].any()
    return hidden


def is_part(reports: pd.DataFrame, *, of: pd.Series) -> pd.Series:
    """
    Say of each row whether it is hidden together with a row of another place: see `holds_part`.

    Without a `pool` nobody knows with which: then every row that is hidden may be.
    """
    if "pool" not in reports:
        return is_hidden(reports)
    return places.is_pooled_across(reports, of, _YEAR_AND_MEASURE)


def refuse_small(table: pd.DataFrame) -> pd.DataFrame:
    """
    Stop where a table that is about to be shown holds small counts that nobody hid.

    Parameters
    ----------
    table
        Any frame; only one with `count`, or with `share` and `out_of`, which give it, can hold
        such counts. A row passes if its source has published it: see `equals_published`.

    Returns
    -------
    table
        The same.

    Raises
    ------
    ValueError
        With the places, and without their counts: messages are kept too.

    Examples
    --------
    >>> len(refuse_small(pd.DataFrame({"count": [12, 30], "out_of": [100, 100]})))
    2
    """
    in_use = study.current()
    limit = threshold(in_use)
    has_counts = "count" in table or {"share", "out_of"} <= set(table.columns)
    if limit == 0 or not has_counts:
        return table
    missing = pd.Series(np.nan, table.index)
    share, out_of, count = (
        pd.to_numeric(table.get(name, missing), errors="coerce")
        for name in ("share", "out_of", "count")
    )
    count_of_share = (share * out_of).round()
    count = count.fillna(count_of_share)

    # a place on a map that sent nothing has no measure and no origin
    no_text = pd.Series(index=table.index, dtype="object")
    is_ratio = table.get("indicator", no_text).isin(indicators.names(kind="ratio"))
    # a count that is no part of what it is out of leaves nothing over
    complement = (out_of - count).mask((out_of < count) | is_ratio)
    is_public = equals_published(in_use, table.assign(count=count, out_of=out_of))
    is_small = (count < limit) | (complement < limit)
    is_small &= out_of != 0  # of nobody, nothing is said
    is_bare = is_small & ~is_hidden(table) & ~is_public
    if is_bare.any():
        codes = table["code"] if "code" in table else table.index.to_series()
        listed = ", ".join(map(str, codes[is_bare.to_numpy()]))
        blanks = {"number": int(is_bare.sum()), "rows": len(table), "limit": limit}
        msg = words.term(
            "suppress_errors.small",
            codes=listed,
            **blanks,
        )
        raise ValueError(msg)
    return table


def _require_hidden(reports: pd.DataFrame, limit: int) -> pd.DataFrame:
    try:
        return refuse_small(reports)
    except ValueError as error:
        blanks = {"limit": limit, "error": error}
        msg = words.term("suppress_errors.lower", **blanks)
        raise ValueError(msg) from None


def _share_rates(reports: pd.DataFrame, pool: pd.Series) -> pd.DataFrame:
    """Give reports that are hidden together the rate that they have in common."""
    table = reports.assign(pool=pool)
    table = table.astype({"count": float, "out_of": float})
    shares = table.columns.intersection(_SHARES)
    table.loc[pool != "", shares] = np.nan
    names = reports["indicator"].unique()
    public_names = [name for name in names if has_public_out_of(str(name))]
    is_public = reports["indicator"].isin(public_names)
    is_alone = pool == ALONE
    table.loc[is_alone, "count"] = np.nan
    table.loc[is_alone & ~is_public, "out_of"] = np.nan

    # by code: the parts of a sum are rounded one after another, and rows come in any order
    hidden = table[(pool != "") & ~is_alone].sort_values("code")
    keys = [*_YEAR_AND_MEASURE, "pool"]
    equal_weights = pd.Series(1.0, hidden.index)
    groups = hidden[keys]
    equal_parts = _divide_sums(hidden["out_of"], equal_weights, groups)
    is_public_sum = is_public[hidden.index]
    hidden["out_of"] = hidden["out_of"].where(is_public_sum, equal_parts)
    hidden["count"] = _divide_sums(hidden["count"], hidden["out_of"], groups)
    numbers = ["count", "out_of"]
    table.loc[hidden.index, numbers] = hidden[numbers]
    return table


def _divide_sums(numbers: pd.Series, weights: pd.Series, groups: pd.DataFrame) -> pd.Series:
    """Divide the whole sum of each group in proportion to weights, into parts that add up to it."""
    keys = [groups[name] for name in groups]
    n_parts = numbers.groupby(keys).transform("sum") / _SMALLEST_PART
    of_group = weights.groupby(keys)
    shares_so_far = n_parts * of_group.cumsum() / of_group.transform("sum")
    ends = shares_so_far.round()
    is_last = ~groups.duplicated(keep="last")
    ends = ends.mask(is_last, n_parts)
    parts: pd.Series = ends - ends.groupby(keys).shift(fill_value=0)
    return parts * _SMALLEST_PART
