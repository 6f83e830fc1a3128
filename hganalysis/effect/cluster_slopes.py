"""Rung 6: one slope per cluster, and nothing assumed about how they hang together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .columns import Columns
from .errors import Error
from .estimate import Refused
from .fit import Vector, dependent, poisson
from .permutation import FLIPPED_UP_TO, sign_flip_p


@dataclass(frozen=True)
class Slopes:
    """One coefficient per cluster that has one."""

    each: Vector
    labels: tuple[str, ...]
    error: Error
    """Of their plain mean, with one df less than slopes."""
    flipped_p: float | None
    """Over all choices of signs; None for more than 20 clusters."""
    pearson: float
    """Chi-square of Pearson over its df, all clusters together."""


def slopes_of(data: Columns) -> Slopes:
    """
    Fit each cluster by itself, and treat the slopes as so many independent draws.

    References
    ----------
    Ibragimov, R., Müller, U. K. (2010). "t-Statistic Based Correlation and Heterogeneity Robust
    Inference." Journal of Business & Economic Statistics 28 (4), 453-468.
    https://doi.org/10.1198/jbes.2009.08046
    """
    values, labels, chi_square, df = [], [], 0.0, 0
    for cluster, label in enumerate(data.labels):
        own = data.only(data.codes == cluster)
        X = np.column_stack([own.exposure, own.controls])
        X = np.column_stack([np.ones(len(X)), X - X.mean(axis=0)])
        # The exposure goes before the controls: a control that repeats it here is what goes.
        stay = [j for j in range(X.shape[1]) if j not in dependent(X)]
        if 1 not in stay or len(X) <= len(stay):
            continue
        names = tuple(str(j) for j in stay)
        try:
            fit = poisson(
                own.count,
                X[:, stay],
                names=names,
                clusters=own.codes,
                offset=np.log(own.population),
            )
        except Refused:  # no counts, or none where it would matter: this cluster has no slope
            continue
        values.append(fit.coefficient("1"))
        labels.append(label)
        chi_square, df = chi_square + fit.pearson * fit.df, df + fit.df
    if len(values) < 4:
        msg = (
            f"{len(values)} clusters have a slope of their own (at least 4): the others have too "
            "few units, no counts, or one exposure only. Compare units with fixed effects instead."
        )
        raise Refused(msg, reason="too few slopes")
    slopes = np.array(values)
    error = float(slopes.std(ddof=1) / np.sqrt(len(slopes)))
    flipped = sign_flip_p(slopes) if len(slopes) <= FLIPPED_UP_TO else None
    return Slopes(slopes, tuple(labels), Error(error, len(slopes) - 1), flipped, chi_square / df)
