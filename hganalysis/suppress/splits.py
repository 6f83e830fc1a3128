"""
Hide small counts of groups that add up to the whole of their place.

Women and men of a commune add up to its count, and the women of all communes to those of the
district: each number is in two sums. So a block is hidden: some parts of a district, in some of its
groups. It has every part with a small number, and every group with one there. All that is known of
a block are its margins: the sum of each part, and the sum of each group.

Parts and groups with fewest people are added until the block is safe:

- no sum of a group is small, nor its complement;
- where other groups are shown, what they leave of each part leaves each small number all its
  values;
- the margins leave each small number all values that the sum of its own part leaves it, even for a
  reader who knows which of the numbers are small.

If a district has too few parts for a safe block, the sums of its groups are hidden, too, and those
of other districts with them. Then a reader may also know which sums of districts are small: all of
it together must leave each part, and each district, what it leaves them without the sums that are
shown: `margins` finds what that is. The sum of a part is known and is all that two splits share, so
women and ages together tell no more than each alone.

References
----------
Hundepool, A. et al. (2012). Statistical Disclosure Control. Wiley. Chapter 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from .. import indicators, places, words
from ..places import ALONE
from .margins import Bounds, Level, are_as_wide, be_exactly, bound_counts, narrow, totals_hide

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBERS = ["count", "complement", "out_of"]


class _Cells(NamedTuple):
    """Numbers of one period: one row for each part, one column for each group."""

    counts: pd.DataFrame
    complements: pd.DataFrame
    """What the count leaves over; infinite for a ratio."""
    out_of: pd.DataFrame

    def select(self, parts: list[str], groups: list[str]) -> _Cells:
        """Take some parts and groups."""
        selected = [pd.DataFrame(numbers.loc[parts][groups]) for numbers in self]
        return _Cells(*selected)

    def add_up(self, parent: pd.Series) -> _Cells:
        """Add parts up to their places."""
        sums = [numbers.groupby(parent).sum() for numbers in self]
        return _Cells(*sums)


class _Block(NamedTuple):
    parts: list[str]
    groups: list[str]


def find_faults(reports: pd.DataFrame) -> dict[str, pd.Series]:
    """
    Find rows of groups that are not all there, or that do not add up to the whole of their place.

    Parameters
    ----------
    reports
        `code`, `period`, `indicator`, `count` and `out_of`; perhaps the `pool` of hidden rows, of
        which no place adds up.

    Returns
    -------
    faults
        By the text of a fault, whether each row has it; see `refusals.refuse`.
    """
    faults = {}
    keys = [reports["code"], reports["period"]]
    no_pool = pd.Series("", index=reports.index)
    is_pooled = reports.get("pool", no_pool).fillna("") != ""
    is_known = reports[["count", "out_of"]].notna().all(axis=1)
    for split in indicators.splits():
        is_whole = reports["indicator"] == split.whole
        is_group = reports["indicator"].isin(split.groups)
        names = ", ".join(split.groups)
        is_member = is_whole | is_group
        is_known_member = is_known & is_member
        n_known = is_known_member.groupby(keys).transform("sum")
        has_count = is_group & reports["count"].notna()
        has_groups = has_count.groupby(keys).transform("any")
        is_complete = n_known == 1 + len(split.groups)
        lacks = is_member & has_groups & ~is_complete
        faults[words.term("suppress_errors.lacks", groups=names)] = lacks
        is_pooled_member = is_pooled & is_member
        is_hidden = is_pooled_member.groupby(keys).transform("any")
        may_be_compared = is_whole & is_complete & ~is_hidden
        for number in ("count", "out_of"):
            numbers = pd.to_numeric(reports[number], errors="coerce")
            of_groups = numbers.where(is_group).astype(float)
            sum_of_groups = of_groups.groupby(keys).transform("sum")
            differs = may_be_compared & (numbers != sum_of_groups)
            not_sum = words.term(
                "suppress_errors.not_sum",
                column=number,
                groups=names,
            )
            faults[not_sum] = differs
    return faults


def choose_group_pools(
    rows: pd.DataFrame, *, limit: int, is_stock: bool, open_districts: Sequence[str]
) -> pd.Series:
    """
    Choose the rows of one split that are hidden, and give each its pool.

    Parameters
    ----------
    rows
        `code`, `period`, `indicator` (that of the group), `count`, `complement` (infinite for a
        ratio), `out_of`, `district`, `residents`, and whether a row is hidden `also`, whatever its
        count.
    is_stock
        Whether counts only grow: what one period hides, every period does.
    open_districts
        Those whose own whole is hidden: the sums of their groups would tell it.

    Returns
    -------
    pool
        "" where nothing is hidden; else the district in whose sums the row is known, the province
        where that of the district is hidden, too, or "none" where no sum is known.
    """
    rows = rows.assign(hidden=rows["also"])
    while True:
        by_period = [
            _choose_blocks(rows_of_period, limit, open_districts)
            for _, rows_of_period in rows.groupby("period")
        ]
        pool: pd.Series = pd.concat(by_period).reindex(rows.index)
        hidden = pool != ""
        if is_stock:
            by_cell = hidden.groupby([rows["code"], rows["indicator"]])
            hidden = by_cell.transform("any")
        if (hidden == (pool != "")).all():
            return pool
        rows = rows.assign(hidden=hidden)


def _choose_blocks(rows: pd.DataFrame, limit: int, open_districts: Sequence[str]) -> pd.Series:
    """Choose the pools of one period: see `choose_group_pools`."""
    rows = rows.astype(dict.fromkeys(_NUMBERS, float))
    cells = _Cells(
        *(rows.pivot(index="code", columns="indicator", values=name) for name in _NUMBERS)
    )
    also = rows.pivot(index="code", columns="indicator", values="hidden")
    by_part = rows.groupby("code")
    district = by_part["district"].first()
    residents = by_part["residents"].first()
    asked = also | _is_secret(cells, limit)
    pool = pd.DataFrame("", cells.counts.index, cells.counts.columns)

    # a block in each district, or the district is opened
    opened = list(open_districts)
    for name, asked_inside in asked.groupby(district):
        if name in opened or not asked_inside.any(axis=None):
            continue
        block = _smallest_block(asked_inside, cells, residents, limit)
        if block is None:
            opened.append(str(name))
        else:
            pool.loc[block.parts, block.groups] = str(name)

    # further districts are opened until the sums of all that are open are safe
    people = residents.groupby(district).sum()
    smallest_first = people.sort_values(kind="stable").index
    waiting = [str(name) for name in smallest_first if name not in opened]
    groups = list(cells.counts.columns)
    while opened:
        is_open = district.isin(opened)
        parts = list(district.index[is_open])
        if _are_open_safe(cells.select(parts, groups), district[parts], limit):
            pool.loc[parts] = places.province()["code"]
            break
        if not waiting:
            pool.loc[:] = ALONE
            break
        opened.append(waiting.pop(0))
    codes = pd.Index(rows["code"])
    part = pool.index.get_indexer(codes)
    measures = pd.Index(rows["indicator"])
    group = pool.columns.get_indexer(measures)
    return pd.Series(pool.to_numpy()[part, group], rows.index)


def _is_secret(cells: _Cells, limit: int) -> pd.DataFrame:
    """Say which counts are small, or leave few over; out of nobody, none is."""
    is_small = (cells.counts < limit) | (cells.complements < limit)
    return is_small & (cells.out_of > 0)


def _smallest_block(
    asked: pd.DataFrame, cells: _Cells, residents: pd.Series, limit: int
) -> _Block | None:
    """
    Find the safe block of fewest cells, or none.

    It has what is `asked` for, then parts and groups with fewest people: everybody knows this
    order.
    """
    of_district = cells.select(list(asked.index), list(asked.columns))
    is_part_asked, is_group_asked = asked.any(axis=1), asked.any()
    parts = _asked_first(is_part_asked, residents[asked.index])
    groups = _asked_first(is_group_asked, of_district.out_of.sum())
    n_parts_asked = max(int(is_part_asked.sum()), 2)
    n_groups_asked = max(int(is_group_asked.sum()), 2)
    sizes = [
        (n_parts * n_groups, n_groups, n_parts)
        for n_parts in range(n_parts_asked, len(parts) + 1)
        for n_groups in range(n_groups_asked, len(groups) + 1)
    ]
    for _, n_groups, n_parts in sorted(sizes):
        block = _Block(parts[:n_parts], groups[:n_groups])
        cells_of_block = of_district.select(*block)
        shows_others = n_groups < len(groups)
        if _is_safe(cells_of_block, limit, shows_others=shows_others):
            return block
    return None


def _asked_first(is_asked: pd.Series, people: pd.Series) -> list[str]:
    """Order names: those that are asked for, then those with fewest people."""
    order = pd.DataFrame({"is_other": ~is_asked, "people": people})
    order = order.sort_values(["is_other", "people"], kind="stable")
    return list(order.index)


def _is_safe(cells: _Cells, limit: int, *, shows_others: bool) -> bool:
    """Say whether the margins of a block tell no small sum, and of no small number anything."""
    whole = pd.Series("", cells.counts.index)
    is_sum_secret = _is_secret(cells.add_up(whole), limit)
    if len(whole) < 2 or is_sum_secret.any(axis=None):
        return False
    is_secret = _is_secret(cells, limit).to_numpy()
    by_rule = _bound_by_rule(cells, limit)
    by_part = _narrow_by_whole(cells, by_rule)
    if shows_others and not are_as_wide(by_part, by_rule, is_secret):
        return False
    # the sums of the block are shown, and no secret
    shape = is_sum_secret.shape
    lowest = np.full(shape, -np.inf)
    highest = np.full(shape, np.inf)
    unbounded = Bounds(lowest, highest)
    home = np.zeros(len(whole), dtype=int)
    return totals_hide(
        cells.counts.to_numpy(),
        Level(by_part, is_secret),
        Level(unbounded, is_sum_secret.to_numpy()),
        home,
    )


def _are_open_safe(cells: _Cells, district: pd.Series, limit: int) -> bool:
    """
    Say whether sums over open districts tell nothing of a part, nor of a district.

    A reader may also know which sums of districts are small.
    """
    sums = cells.add_up(district)
    whole = pd.Series("", sums.counts.index)
    is_total_secret = _is_secret(sums.add_up(whole), limit)
    if len(whole) < 2 or is_total_secret.any(axis=None):
        return False
    parts = _bound_level(cells, limit)
    districts = _bound_level(sums, limit)
    home = sums.counts.index.get_indexer(pd.Index(district))
    return totals_hide(cells.counts.to_numpy(), parts, districts, home)


def _bound_level(cells: _Cells, limit: int) -> Level:
    """Say what the rule and the whole of each place tell of its groups."""
    bounds = _narrow_by_whole(cells, _bound_by_rule(cells, limit))
    return Level(bounds, _is_secret(cells, limit).to_numpy())


def _bound_by_rule(cells: _Cells, limit: int) -> Bounds:
    counts = cells.counts.to_numpy()
    complements = cells.complements.to_numpy()
    return bound_counts(counts, complements, limit=limit)


def _narrow_by_whole(cells: _Cells, bounds: Bounds) -> Bounds:
    """Bound each number by the whole of its place, which is known."""
    whole = cells.counts.to_numpy().sum(axis=1, keepdims=True)
    return narrow(bounds, be_exactly(whole), axis=1)
