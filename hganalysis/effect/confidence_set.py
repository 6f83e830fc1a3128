"""Turn p-values into the set of values that are not rejected, whatever its shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .fit import Vector
from .interval import Pieces

# Further than this many standard errors the set is called unbounded.
FAR = 64.0


def from_events(
    starts: Vector,
    ends: Vector,
    always: int,
    share: Callable[[int], float],
    alpha: float,
    noise: float,
) -> Pieces:
    """
    Put the set together from where each draw begins and ceases to reach the observed t.

    Parameters
    ----------
    starts, ends
        In standard errors from the estimate; a draw reaches between them, ends included.
    always
        How many draws reach everywhere.
    share
        From a number of draws to p.
    alpha
        Values with a larger p are in the set.
    noise
        One Monte Carlo error of p at alpha. A gap in which p stays that near to alpha says nothing
        but that the draws are random, and is closed; for counted draws it is 0.

    Returns
    -------
    pieces
        Lower and upper ends, in standard errors, in order; with -inf or inf where unbounded.
    """
    places = np.concatenate([starts, ends])
    order = np.argsort(places, kind="stable")
    counts = always + np.cumsum(np.repeat([1, -1], [len(starts), len(ends)])[order])
    edges = np.concatenate([[-np.inf], places[order], [np.inf]])
    p = np.array([share(int(count)) for count in (always, *counts)])  # between the edges
    inside = p > alpha
    if not inside.any():
        return ()
    runs = np.flatnonzero(np.diff(inside.astype(int), prepend=0, append=0)).reshape(-1, 2)
    kept = [runs[0]]
    for run in runs[1:]:
        if p[kept[-1][1] : run[0]].min() > alpha - noise:
            kept[-1] = np.array([kept[-1][0], run[1]])
        else:
            kept.append(run)
    ends_of = [(float(edges[first]), float(edges[last])) for first, last in kept]
    return tuple(
        (-np.inf if low < -1e6 else low, np.inf if high > 1e6 else high) for low, high in ends_of
    )


def from_scan(
    p: Callable[[float], float], centre: float, scale: float, alpha: float, noise: float
) -> Pieces:
    """
    Find the set by a scan in half standard errors up to 8, then doubling, and bisection.

    Parameters
    ----------
    p
        From a value of the coefficient to its p.
    centre, scale
        The estimate and its standard error.
    alpha, noise
        As in `from_events`.

    Returns
    -------
    pieces
        As in `from_events`, on the scale of the coefficient; ends to 1e-5 standard errors. Still
        not rejected 64 standard errors away: unbounded.
    """
    steps = np.concatenate([np.arange(0.5, 8.5, 0.5), [12, 16, 32, FAR]])
    grid = np.concatenate([-steps[::-1], [0.0], steps])
    found = np.array([p(centre + scale * u) for u in grid])
    inside = found > alpha
    among = np.maximum.accumulate(inside) & np.maximum.accumulate(inside[::-1])[::-1]
    inside |= among & (found > alpha - noise)
    pieces: list[tuple[float, float]] = []
    low = -np.inf
    for left, right, was, now in zip(grid, grid[1:], inside, inside[1:], strict=False):
        if was == now:
            continue
        crossing = _crossing(lambda u: p(centre + scale * u) > alpha, left, right)
        if now:
            low = crossing
        else:
            pieces.append((centre + scale * low, centre + scale * crossing))
    if inside[-1]:
        pieces.append((centre + scale * low, np.inf))
    return tuple(pieces)


def _crossing(holds: Callable[[float], bool], left: float, right: float) -> float:
    at_left = holds(left)
    while right - left > 1e-5:
        middle = (left + right) / 2
        left, right = (middle, right) if holds(middle) == at_left else (left, middle)
    return float((left + right) / 2)
