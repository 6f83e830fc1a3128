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
of other districts with them. Numbers between two margins and bounds are a transport problem. Its
extremes are whole numbers, so linear programming finds exactly what a reader can find. The sum of
a part is known and is all that two splits share, so women and ages together tell no more than each
alone.

References
----------
Hundepool, A. et al. (2012). Statistical Disclosure Control. Wiley. Chapter 4.
Schrijver, A. (1986). Theory of Linear and Integer Programming. Wiley. Chapter 19 (total
unimodularity).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from .. import indicators, places
from ..places import ALONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Of an end that linear programming finds: counts are whole numbers.
_ROUNDING = 1e-6
_NUMBERS = ["count", "complement", "out_of"]


class Bounds(NamedTuple):
    """Between what each number lies."""

    lowest: Floats
    highest: Floats


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


def bound_counts(count: Floats, complement: Floats, *, limit: int) -> Bounds:
    """Bound each count by the rule alone, where what it is out of is known."""
    out_of = count + complement
    is_small = count < limit
    has_small_complement = complement < limit
    lowest = np.where(is_small, 0, limit)
    lowest_by_complement = np.where(has_small_complement, out_of - limit + 1, 0)
    highest = np.where(is_small, limit - 1, np.inf)
    highest_by_complement = np.where(has_small_complement, out_of, out_of - limit)
    lowest = np.maximum(lowest, lowest_by_complement)
    highest = np.minimum(highest, highest_by_complement)
    return Bounds(lowest, highest)


def narrow(bounds: Bounds, total: Floats | float, *, axis: int = 0) -> Bounds:
    """Bound each number by the sum along an axis, too: the others have most, or least."""
    lowest, highest = bounds
    least = total - _sum_of_others(highest, axis)
    most = total - _sum_of_others(lowest, axis)
    return Bounds(np.maximum(lowest, least), np.minimum(highest, most))


def _sum_of_others(numbers: Floats, axis: int) -> Floats:
    """Add up all numbers along an axis but one, for each; some may be infinite."""
    is_infinite = np.isinf(numbers)
    finite = np.where(is_infinite, 0, numbers)
    total = finite.sum(axis, keepdims=True)
    n_infinite = is_infinite.sum(axis, keepdims=True)
    has_infinite_other = n_infinite > is_infinite
    return np.where(has_infinite_other, np.inf, total - finite)


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
        faults[f"lacks the whole or one of its groups {names}"] = lacks
        is_pooled_member = is_pooled & is_member
        is_hidden = is_pooled_member.groupby(keys).transform("any")
        may_be_compared = is_whole & is_complete & ~is_hidden
        for number in ("count", "out_of"):
            numbers = pd.to_numeric(reports[number], errors="coerce")
            of_groups = numbers.where(is_group).astype(float)
            sum_of_groups = of_groups.groupby(keys).transform("sum")
            differs = may_be_compared & (numbers != sum_of_groups)
            faults[f"has a {number} that its groups {names} do not add up to"] = differs
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
    sums = cells.add_up(district)
    people = residents.groupby(district).sum()
    smallest_first = people.sort_values(kind="stable").index
    waiting = [str(name) for name in smallest_first if name not in opened]
    groups = list(cells.counts.columns)
    while opened:
        is_open = district.isin(opened)
        parts = list(district.index[is_open])
        # of a district whose whole is hidden no part may have sent a report
        present = [name for name in opened if name in sums.counts.index]
        of_parts = _is_safe(cells.select(parts, groups), limit, shows_others=False)
        of_sums = _is_safe(sums.select(present, groups), limit, shows_others=False)
        if of_parts and of_sums:
            pool.loc[parts] = places.province()["code"]
            break
        if not waiting:
            pool.loc[:] = ALONE
            break
        opened.append(waiting.pop(0))
    codes, measures = pd.Index(rows["code"]), pd.Index(rows["indicator"])
    part = pool.index.get_indexer(codes)
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
    count, complement = cells.counts.to_numpy(), cells.complements.to_numpy()
    is_secret = _is_secret(cells, limit).to_numpy()
    by_rule = bound_counts(count, complement, limit=limit)
    sum_of_parts = count.sum(axis=1, keepdims=True)
    by_part = narrow(by_rule, sum_of_parts, axis=1)
    if shows_others and not are_as_wide(by_part, by_rule, is_secret):
        return False
    # for two groups this is exact; for more, both margins together may say more
    sum_of_groups = count.sum(axis=0, keepdims=True)
    by_group = narrow(by_part, sum_of_groups, axis=0)
    if not are_as_wide(by_group, by_part, is_secret):
        return False
    return count.shape[1] == 2 or _margins_hide(count, by_part, is_secret)


def are_as_wide(bounds: Bounds, wider: Bounds, is_secret: NDArray[np.bool_]) -> bool:
    """Say whether secret numbers may be all that wider bounds leave them."""
    is_as_wide = (bounds.lowest <= wider.lowest) & (bounds.highest >= wider.highest)
    return bool(is_as_wide[is_secret].all())


def _margins_hide(count: Floats, bounds: Bounds, is_secret: NDArray[np.bool_]) -> bool:
    """Say whether both margins together leave each secret number all values within its bounds."""
    from scipy.optimize import linprog
    from scipy.sparse import eye_array, kron, vstack

    n_parts, n_groups = count.shape
    of_parts = kron(eye_array(n_parts), np.ones((1, n_groups)))
    of_groups = kron(np.ones((1, n_parts)), eye_array(n_groups))
    margins = vstack([of_parts, of_groups], format="csr")
    sum_of_parts, sum_of_groups = count.sum(axis=1), count.sum(axis=0)
    sums = np.concatenate([sum_of_parts, sum_of_groups])
    lowest, highest = bounds.lowest.ravel(), bounds.highest.ravel()
    ends = np.column_stack([lowest, highest])
    for cell in np.flatnonzero(is_secret):
        sides = ((1, lowest[cell]), (-1, highest[cell]))
        for sign, end in sides:
            aim = np.zeros(count.size)
            aim[cell] = sign
            found = linprog(aim, A_eq=margins, b_eq=sums, bounds=ends)
            if abs(found.fun - sign * end) > _ROUNDING:
                return False
    return True
