"""
Find what margins tell: between what numbers lie, once sums of them are known.

Numbers between two margins and bounds are a transport problem. Its extremes are whole numbers, so
linear programming finds exactly what a reader can find.

References
----------
Schrijver, A. (1986). Theory of Linear and Integer Programming. Wiley. Chapter 19 (total
unimodularity).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# Of an end that linear programming finds: counts are whole numbers.
_ROUNDING = 1e-6


class Bounds(NamedTuple):
    """Between what each number lies."""

    lowest: Floats
    highest: Floats


class Level(NamedTuple):
    """What is known of places of one level, and of which numbers nothing more may be told."""

    bounds: Bounds
    is_secret: NDArray[np.bool_]


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


def are_as_wide(bounds: Bounds, wider: Bounds, is_secret: NDArray[np.bool_]) -> bool:
    """Say whether secret numbers may be all that wider bounds leave them."""
    is_as_wide = (bounds.lowest <= wider.lowest) & (bounds.highest >= wider.highest)
    return bool(is_as_wide[is_secret].all())


def totals_hide(count: Floats, parts: Level, districts: Level, home: NDArray[np.intp]) -> bool:
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
    count: Floats, parts: Level, districts: Level, home: NDArray[np.intp]
) -> bool:
    """Say what `totals_hide` says, by linear programming."""
    from scipy import optimize, sparse

    n_parts, n_groups = count.shape
    each_group = sparse.eye_array(n_groups)
    is_inside = home == np.arange(len(districts.is_secret))[:, np.newaxis]
    adds_up = sparse.kron(is_inside.astype(float), each_group, format="csr")

    # sums over groups, over the parts of districts, and over all parts
    wholes = count.sum(axis=1)
    totals = count.sum(axis=0)
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


def _narrow_inside(parts: Bounds, of_sums: Bounds, home: NDArray[np.intp]) -> Bounds:
    """Bound each part by what the sum of its district lies between."""
    least_left = of_sums.lowest - _add_up(parts.highest, home)
    most_left = of_sums.highest - _add_up(parts.lowest, home)
    least = least_left[home] + parts.highest
    most = most_left[home] + parts.lowest
    return _intersect(parts, Bounds(least, most))


def _add_up(numbers: Floats, home: NDArray[np.intp]) -> Floats:
    """Add the numbers of parts up by the district that each is in."""
    sums: Floats = pd.DataFrame(numbers).groupby(home).sum().to_numpy()
    return sums
