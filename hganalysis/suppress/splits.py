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
shown. Numbers between two margins and bounds are a transport problem. Its
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


def be_exactly(total: Floats | float) -> Bounds:
    """Bound numbers that are known."""
    known = np.asarray(total, dtype=float)
    return Bounds(known, known)


def narrow(bounds: Bounds, total: Bounds, *, axis: int = 0) -> Bounds:
    """Bound each number by the bounds of a sum along an axis: the others have most, or least."""
    least = total.lowest - _sum_of_others(bounds.highest, axis)
    most = total.highest - _sum_of_others(bounds.lowest, axis)
    return _intersect(bounds, Bounds(least, most))


def _intersect(bounds: Bounds, others: Bounds) -> Bounds:
    lowest = np.maximum(bounds.lowest, others.lowest)
    highest = np.minimum(bounds.highest, others.highest)
    return Bounds(lowest, highest)


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
    is_secret = _is_secret(cells, limit).to_numpy()
    by_rule = _bound_by_rule(cells, limit)
    by_part = _narrow_by_whole(cells, by_rule)
    if shows_others and not are_as_wide(by_part, by_rule, is_secret):
        return False
    # the sums of the block are shown, and no secret
    shape = is_sum_secret.shape
    unbounded = Bounds(np.full(shape, -np.inf), np.full(shape, np.inf))
    home = np.zeros(len(whole), dtype=int)
    return _totals_hide(
        cells.counts.to_numpy(),
        _Level(by_part, is_secret),
        _Level(unbounded, is_sum_secret.to_numpy()),
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
    parts, districts = (
        _Level(
            _narrow_by_whole(table, _bound_by_rule(table, limit)),
            _is_secret(table, limit).to_numpy(),
        )
        for table in (cells, sums)
    )
    home = sums.counts.index.get_indexer(pd.Index(district))
    return _totals_hide(cells.counts.to_numpy(), parts, districts, home)


class _Level(NamedTuple):
    """What is known of places of one level, and of which numbers nothing more may be told."""

    bounds: Bounds
    is_secret: NDArray[np.bool_]


def _bound_by_rule(cells: _Cells, limit: int) -> Bounds:
    return bound_counts(cells.counts.to_numpy(), cells.complements.to_numpy(), limit=limit)


def _narrow_by_whole(cells: _Cells, bounds: Bounds) -> Bounds:
    """Bound each number by the whole of its place, which is known."""
    whole = cells.counts.to_numpy().sum(axis=1, keepdims=True)
    return narrow(bounds, be_exactly(whole), axis=1)


def _narrow_inside(parts: Bounds, of_sums: Bounds, home: NDArray[np.intp]) -> Bounds:
    """Bound each part by what the sum of its district lies between."""
    least_left = of_sums.lowest - _add_up(parts.highest, home)
    most_left = of_sums.highest - _add_up(parts.lowest, home)
    least, most = least_left[home] + parts.highest, most_left[home] + parts.lowest
    return _intersect(parts, Bounds(least, most))


def _add_up(numbers: Floats, home: NDArray[np.intp]) -> Floats:
    """Add the numbers of parts up by the district that each is in."""
    sums: Floats = pd.DataFrame(numbers).groupby(home).sum().to_numpy()
    return sums


def are_as_wide(bounds: Bounds, wider: Bounds, is_secret: NDArray[np.bool_]) -> bool:
    """Say whether secret numbers may be all that wider bounds leave them."""
    is_as_wide = (bounds.lowest <= wider.lowest) & (bounds.highest >= wider.highest)
    return bool(is_as_wide[is_secret].all())


def _totals_hide(count: Floats, parts: _Level, districts: _Level, home: NDArray[np.intp]) -> bool:
    """
    Say whether secrets may be all that they were before the totals of groups were shown.

    Parameters
    ----------
    count
        One row for each part, whose whole is known, and one column for each group.
    parts, districts
        What was known before.
    home
        The district that each part is in.
    """
    lowest, highest = (_add_up(ends, home) for ends in parts.bounds)
    of_districts = _intersect(districts.bounds, Bounds(lowest, highest))
    of_parts = _narrow_inside(parts.bounds, of_districts, home)
    districts_after = narrow(of_districts, be_exactly(count.sum(axis=0)))
    parts_after = _narrow_inside(parts.bounds, districts_after, home)
    if not are_as_wide(districts_after, of_districts, districts.is_secret):
        return False
    if not are_as_wide(parts_after, of_parts, parts.is_secret):
        return False
    # for two groups this is exact; for more, all that is known together may say more
    if count.shape[1] == 2:
        return True
    parts = parts._replace(bounds=of_parts)
    districts = districts._replace(bounds=of_districts)
    return _totals_hide_by_programme(count, parts, districts, home)


def _totals_hide_by_programme(
    count: Floats, parts: _Level, districts: _Level, home: NDArray[np.intp]
) -> bool:
    """Say what `_totals_hide` says, by linear programming."""
    from scipy import optimize, sparse

    n_parts, n_groups = count.shape
    each_group = sparse.eye_array(n_groups)
    is_inside = home == np.arange(len(districts.is_secret))[:, np.newaxis]
    adds_up = sparse.kron(is_inside.astype(float), each_group, format="csr")

    # sums over groups, over the parts of districts, and over all parts
    wholes, totals = count.sum(axis=1), count.sum(axis=0)
    over_groups = sparse.kron(sparse.eye_array(n_parts), np.ones((1, n_groups)))
    over_parts = sparse.kron(np.ones((1, n_parts)), each_group)
    between = (ends.ravel() for ends in districts.bounds)
    before = [
        optimize.LinearConstraint(over_groups, wholes, wholes),
        optimize.LinearConstraint(adds_up, *between),
    ]
    after = [*before, optimize.LinearConstraint(over_parts, totals, totals)]

    each_number = sparse.eye_array(count.size, format="csr")
    secret_parts = each_number[parts.is_secret.ravel()]
    secret_sums = adds_up[districts.is_secret.ravel()]
    bounds = optimize.Bounds(*(ends.ravel() for ends in parts.bounds))
    for secret in sparse.vstack([secret_parts, secret_sums], format="csr"):
        aims = secret.toarray(), -secret.toarray()
        for aim in aims:
            end_before, end_after = (
                optimize.milp(aim, bounds=bounds, constraints=constraints).fun
                for constraints in (before, after)
            )
            if abs(end_after - end_before) > _ROUNDING:
                return False
    return True
