"""Deal residuals out again by cluster, with the hypothesis imposed (wild cluster bootstrap)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import words
from .errors import cr2, rows_of, standardised
from .models import MANY, Results, Vector, again
from .texts import Refused

SEED = 93  # any number would do
TIE = 1e-9  # t values that differ by less, relative to themselves, are ties, and count against us
# Half standard errors up to 8, then doubling: not rejected at 64, the set is called unbounded.
GRID = np.concatenate([np.arange(0.5, 8.5, 0.5), [12.0, 16.0, 32.0, 64.0]])


@dataclass(frozen=True)
class Bootstrap:
    """What a restricted wild cluster bootstrap says about one coefficient."""

    p_value: float
    pieces: tuple[tuple[float, float], ...]
    """Values that are not rejected: usually one interval, but shown as it is where it is not."""
    draws: int


def wild_bootstrap(
    results: Results,
    clusters: pd.Series,
    name: str,
    *,
    draws: int = 9999,
    weights: str = "webb",
    level: float = 0.95,
) -> Bootstrap:
    """
    Test a coefficient by the restricted wild cluster bootstrap, and invert the test.

    For counts it is the score version of Kline and Santos: the model is fitted with the
    coefficient held, and nothing is fitted again per draw. Signs ("rademacher") are all counted,
    and refused below 6 clusters (no p below 2/32) and above 16.

    References
    ----------
    Cameron, A. C., Gelbach, J. B., Miller, D. L. (2008). REStat 90 (3), 414-427.
    Kline, P., Santos, A. (2012). Journal of Econometric Methods 1 (1), 23-41.
    Webb, M. D. (2023). Canadian Journal of Economics 56 (3), 839-858.
    """
    if clusters.nunique() > MANY:
        raise Refused(reason="many clusters need no bootstrap", found=lambda: words.number(MANY))
    V = _weights(weights, clusters.nunique(), draws)
    extra = int(weights == "webb")  # among random draws the observed one counts as one more
    groups = rows_of(clusters)

    def p(value: float) -> float:
        try:
            reached = _reached(results, groups, name, value, V)
        except Refused:
            return 1.0  # so far off that nothing can be fitted: not rejected, rather than guessed
        return (reached + extra) / (len(V) + extra)

    # A gap in which p is one Monte Carlo error from alpha says that draws are random: it is closed.
    noise = extra * float(np.sqrt(level * (1 - level) / len(V)))
    centre, scale = float(results.params[name]), cr2(results, clusters, name).error
    return Bootstrap(p(0.0), _invert(p, centre, scale, 1 - level, noise), len(V))


def _reached(results: Results, groups: list[Vector], name: str, value: float, V: Vector) -> int:
    """Count the draws whose t is at least as far from 0 as that of the data, at one value."""
    held = again(results, np.ones(len(results.model.endog), dtype=bool), drop=name, held=value)
    parts = standardised(held)
    # The column goes back beside a fit that held its coefficient, the other columns taken out.
    x = parts.scale * results.model.exog[:, results.model.exog_names.index(name)]
    x = x - parts.Q @ (parts.Q.T @ x)
    xy = np.array([x[i] @ parts.residuals[i] for i in groups])
    xx = np.array([x[i] @ x[i] for i in groups])
    Zx = np.stack([parts.Q[i].T @ x[i] for i in groups])
    Zy = np.stack([parts.Q[i].T @ parts.residuals[i] for i in groups])
    pulls = np.vstack([np.ones(len(groups)), V])  # the data themselves are the first draw
    scores = pulls * xy - (pulls @ Zy) @ Zx.T - np.outer(pulls @ xy / xx.sum(), xx)
    squared, spread = (pulls @ xy) ** 2, np.sum(scores**2, axis=1)
    noise = pulls[1:] ** 2 @ xy**2  # what `spread` would be without anything fitted
    observed = squared[0] / spread[0]
    return int(
        np.sum(squared[1:] >= observed * spread[1:] - TIE * (squared[1:] + observed * noise))
    )


def _invert(
    p: Callable[[float], float], centre: float, scale: float, alpha: float, noise: float
) -> tuple[tuple[float, float], ...]:
    """Find the set that is not rejected, by a scan and bisection to 1e-6 standard errors."""
    grid = centre + scale * np.concatenate([-GRID[::-1], [0.0], GRID])
    found = np.array([p(value) for value in grid])
    inside = found > alpha
    among = np.maximum.accumulate(inside) & np.maximum.accumulate(inside[::-1])[::-1]
    inside |= among & (found > alpha - noise)
    pieces, low = [], -np.inf
    for left, right, was, now in zip(grid, grid[1:], inside, inside[1:], strict=False):
        if was == now:
            continue
        while right - left > 1e-6 * scale:
            middle = (left + right) / 2
            left, right = (middle, right) if (p(middle) > alpha) == was else (left, middle)
        if now:
            low = (left + right) / 2
        else:
            pieces.append((low, (left + right) / 2))
    return tuple([*pieces, (low, np.inf)] if inside[-1] else pieces)


def _weights(kind: str, clusters: int, draws: int, seed: int = SEED) -> Vector:
    if kind == "webb":
        values = np.sqrt([0.5, 1.0, 1.5])
        drawn = np.random.default_rng(seed).integers(0, 6, (draws, clusters))
        return np.asarray(np.concatenate([-values, values])[drawn])
    if kind != "rademacher":
        msg = f"weights are {kind!r}; expected 'webb' or 'rademacher'."
        raise ValueError(msg)
    if not 6 <= clusters <= 16:
        raise Refused(reason="signs need 6 to 16 clusters", found=lambda: words.number(clusters))
    return np.asarray(1.0 - 2 * (np.arange(2**clusters)[:, None] >> np.arange(clusters) & 1))
