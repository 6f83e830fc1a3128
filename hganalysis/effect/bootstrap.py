"""Deal the residuals out again by cluster, with the hypothesis imposed (wild bootstrap)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from .errors import cr2, rows_of, standardised
from .estimate import Pieces, Refused, half_width
from .fit import Fit, Matrix, Vector
from .rules import require_choice

Weights: TypeAlias = Literal["webb", "rademacher"]
SEED = 93  # any number would do
# 2^16 = 65,536 choices of signs are counted in a second.
ENUMERATED_UP_TO = 16
# t values that differ by less, relative to themselves, are ties, and ties count against us.
TIE = 1e-9


@dataclass(frozen=True)
class Bootstrap:
    """What a restricted wild cluster bootstrap says about one coefficient."""

    p_value: float
    """Two-sided, of no difference."""
    pieces: Pieces
    """The values that are not rejected, on the scale of the coefficient: usually one interval, but
    it may be unbounded or fall apart, and is shown as it is."""
    draws: int
    weights: Weights


def wild_bootstrap(
    fit: Fit,
    name: str,
    *,
    level: float = 0.95,
    draws: int = 9999,
    weights: Weights = "webb",
    seed: int = SEED,
) -> Bootstrap:
    """
    Test a coefficient by the restricted wild cluster bootstrap, and invert the test.

    The model is fitted with the coefficient held at the value in question; the residuals of each
    cluster are multiplied by one random weight; and the t value (with the cluster-robust error) of
    the data so made is compared with the observed one. For least squares that is WCR of Cameron,
    Gelbach and Miller. For counts it is the score version of Kline and Santos: the restricted fit
    is written as one step of weighted least squares, and nothing is fitted again per draw.

    All draws are G numbers times a few G-vectors. For least squares t is a ratio of polynomials in
    the value in question, so the interval is exact for the given draws; for counts it is found by
    a scan and bisection.

    Parameters
    ----------
    fit
        Least squares, Poisson or binomial, with at least 4 clusters.
    name
        The coefficient.
    level
        Coverage of the interval, between 0 and 1.
    draws
        How many. With level 0.95, take one less than a multiple of 20.
    weights
        "webb": six values, at random. "rademacher": signs, all 2^G of them.
    seed
        Of the random weights.

    Returns
    -------
    bootstrap
        With random weights the observed t counts as one draw more, so p is never 0.

    Raises
    ------
    Refused
        Signs for fewer than 6 clusters (with 5, no p is below 2/32 > 0.05) or more than 16.

    References
    ----------
    Cameron, A. C., Gelbach, J. B., Miller, D. L. (2008). "Bootstrap-Based Improvements for
    Inference with Clustered Errors." Review of Economics and Statistics 90 (3), 414-427.
    Kline, P., Santos, A. (2012). "A Score Based Approach to Wild Bootstrap Inference." Journal of
    Econometric Methods 1 (1), 23-41. https://doi.org/10.1515/2156-6674.1006
    Webb, M. D. (2023). "Reworking Wild Bootstrap-Based Inference for Clustered Errors." Canadian
    Journal of Economics 56 (3), 839-858. https://doi.org/10.1111/caje.12661
    """
    require_choice("weights", weights, ("webb", "rademacher"))
    if draws < 1:
        msg = f"draws is how many times the residuals are dealt out, 1 or more, not {draws}."
        raise ValueError(msg)
    half_width(1.0, level)  # which refuses a level that is none
    V = _weights(weights, int(fit.clusters.max()) + 1, draws, seed)
    random = weights == "webb"
    noise = float(np.sqrt(level * (1 - level) / len(V))) if random else 0.0
    if fit.link == "identity":
        p_value, pieces = _exactly(
            _pulls(fit, name), V, fit.coefficient(name), _share_of(len(V), random), 1 - level, noise
        )
    else:
        p = _scores(fit, name, V, _share_of(len(V), random))
        scale = cr2(fit, name).standard_error
        p_value, pieces = p(0.0), from_scan(p, fit.coefficient(name), scale, 1 - level, noise)
    return Bootstrap(p_value, pieces, len(V), weights)


@dataclass(frozen=True)
class _Pulls:
    """What each cluster adds to the cross products of a regression with one column of interest."""

    xy: Vector
    xx: Vector
    Zx: Matrix
    """Of the other columns, orthonormal, one row per cluster."""
    Zy: Matrix


def _pulls(fit: Fit, name: str) -> _Pulls:
    """Partial the other columns out of one column and of the standardised residuals."""
    parts, j = standardised(fit), fit.position(name)
    # Absorbed effects are orthogonal to the column within each cluster: they need no Z.
    others, _ = np.linalg.qr(np.delete(parts.Q @ parts.R, j, axis=1))
    x = parts.Q @ parts.R[:, j]
    x = x - others @ (others.T @ x)
    y, groups = parts.residuals, rows_of(fit.clusters)
    return _Pulls(
        np.array([x[i] @ y[i] for i in groups]),
        np.array([x[i] @ x[i] for i in groups]),
        np.stack([others[i].T @ x[i] for i in groups]),
        np.stack([others[i].T @ y[i] for i in groups]),
    )


def _cross(V: Matrix, one: _Pulls, two: _Pulls) -> Vector:
    """
    Multiply, for each draw, the cluster scores of two bootstrap data sets, and add up.

    The scores are V * xy - (V @ Zy) @ Zx' - (V @ xy / sum of xx) * xx; written out, so that
    nothing of size draws x clusters is needed but V.
    """
    total, Zx, xx = one.xx.sum(), one.Zx, one.xx
    step_1, step_2 = V @ one.xy / total, V @ two.xy / total
    line_1, line_2 = V @ one.Zy, V @ two.Zy
    found: Vector = (
        V**2 @ (one.xy * two.xy)
        - np.sum(line_1 * (V @ (two.xy[:, None] * Zx)), axis=1)
        - np.sum(line_2 * (V @ (one.xy[:, None] * Zx)), axis=1)
        - step_1 * (V @ (two.xy * xx))
        - step_2 * (V @ (one.xy * xx))
        + np.sum((line_1 @ (Zx.T @ Zx)) * line_2, axis=1)
        + step_1 * (line_2 @ (Zx.T @ xx))
        + step_2 * (line_1 @ (Zx.T @ xx))
        + step_1 * step_2 * (xx @ xx)
    )
    return found


def _exactly(
    pulls: _Pulls,
    V: Matrix,
    estimate: float,
    count: Callable[[int], float],
    alpha: float,
    noise: float,
) -> tuple[float, Pieces]:
    """
    Find p and the confidence set of a linear model without any search.

    The residuals of the fit are those restricted to the estimate itself. At a distance d from it,
    t is d / se, and the bootstrap's t is a linear function of d over the root of a quadratic. So
    |t*| >= |t| says that a quartic in d is not negative, and the set is put together from the
    roots of all quartics.
    """
    by_d = _Pulls(pulls.xx, pulls.xx, pulls.Zx, pulls.Zx)
    scores = pulls.xy @ pulls.xy
    se = np.sqrt(scores) / pulls.xx.sum()
    # In standard errors, u = d / se; numerators and scores relative to the observed ones.
    p, q = V @ pulls.xy / np.sqrt(scores), se * (V @ pulls.xx) / np.sqrt(scores)
    a = _cross(V, pulls, pulls) / scores
    c = se * _cross(V, pulls, by_d) / scores
    d = np.maximum(se**2 * _cross(V, by_d, by_d) / scores, 0)
    quartic = np.column_stack([-d, 2 * c, q**2 - a, -2 * p * q, p**2])  # highest power first
    sizes = np.column_stack([d, 2 * np.abs(c), q**2 + a, 2 * np.abs(p * q), p**2])
    u = -estimate / se
    powers = u ** np.arange(4, -1, -1)
    holds = quartic @ powers >= -TIE * (sizes @ np.abs(powers))

    always = (np.abs(quartic) <= TIE * sizes.max(axis=1, keepdims=True)).all(axis=1)
    starts, ends = _positive(quartic[~always])
    pieces = from_events(starts, ends, int(always.sum()), count, alpha, noise)
    shifted = tuple(
        (estimate + float(se) * low, estimate + float(se) * high) for low, high in pieces
    )
    return count(int(holds.sum())), shifted


def _positive(quartic: Matrix) -> tuple[Vector, Vector]:
    """Say where quartics that end below zero on both sides are not negative: starts and ends."""
    lead = np.minimum(quartic[:, :1], -1e-20)
    companion = np.zeros((len(quartic), 4, 4))
    companion[:, 0, :] = -quartic[:, 1:] / lead
    companion[:, [1, 2, 3], [0, 1, 2]] = 1.0
    roots = np.linalg.eigvals(companion)
    real = np.abs(roots.imag) <= 1e-7 * np.abs(roots)
    ordered = np.sort(np.where(real, roots.real, np.inf), axis=1)
    starts, ends = ordered[:, 0::2].ravel(), ordered[:, 1::2].ravel()
    return starts[np.isfinite(starts)], ends[np.isfinite(starts)]


def _scores(
    fit: Fit, name: str, V: Matrix, count: Callable[[int], float]
) -> Callable[[float], float]:
    """Make the function that gives p for any value of the coefficient of a count model."""
    j = fit.position(name)
    x, others = fit.X[:, j], np.delete(fit.X, j, axis=1)
    names = tuple(np.delete(np.array(fit.names, dtype=object), j))
    squared = V**2

    def p(value: float) -> float:
        try:
            held = fit.refit(others, names, offset=fit.offset + value * x)
        except (Refused, np.linalg.LinAlgError):
            return 1.0  # so far off that nothing can be fitted: not rejected, rather than guessed
        # The column of interest goes back beside a fit that held its coefficient.
        both = replace(held, names=(name, *names), X=np.column_stack([x, others]))
        pulls = _pulls(both, name)
        step = pulls.xy.sum() / pulls.xx.sum()
        observed = pulls.xy.sum() ** 2 / np.sum((pulls.xy - step * pulls.xx) ** 2)
        drawn = (V @ pulls.xy) ** 2
        spread = _cross(V, pulls, pulls)
        noise = squared @ pulls.xy**2  # what `spread` would be without anything fitted
        reached = drawn >= observed * spread - TIE * (drawn + observed * noise)
        return count(int(reached.sum()))

    return p


def _weights(kind: Weights, clusters: int, draws: int, seed: int) -> Matrix:
    if kind == "webb":
        values = np.sqrt([0.5, 1.0, 1.5])
        drawn = np.random.default_rng(seed).integers(0, 6, (draws, clusters))
        return np.asarray(np.concatenate([-values, values])[drawn], dtype=float)
    if clusters < 6:
        msg = (
            f"With {clusters} clusters there are {2**clusters} choices of signs, and no p-value "
            f"below {2 / 2**clusters:.3f}. Use Webb's weights."
        )
        raise Refused(msg, reason="too few clusters for signs")
    if clusters > ENUMERATED_UP_TO:
        msg = (
            f"{clusters} clusters have 2^{clusters} choices of signs, too many to count (at most "
            f"{ENUMERATED_UP_TO} clusters). Use Webb's weights."
        )
        raise Refused(msg, reason="too many clusters for signs")
    bits = np.arange(2**clusters)[:, None] >> np.arange(clusters) & 1
    return np.asarray(1 - 2 * bits, dtype=float)


def _share_of(draws: int, random: bool) -> Callable[[int], float]:  # noqa: FBT001
    """Turn a number of draws that reach the observed t into a p-value."""
    extra = int(random)  # among random draws the observed one counts as one more
    return lambda reached: (reached + extra) / (draws + extra)


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
