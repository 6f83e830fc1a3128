"""Ask whether the log rate follows the exposure in a straight line, and who decides the slope."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from . import check
from .climb import chosen, estimate, used_by
from .columns import Columns
from .errors import cr2, rows_of, standardised
from .estimate import Refused, p_value
from .fit import Vector

KNOTS = (0.1, 0.5, 0.9)


def functional_form(
    data: Columns,
    *,
    rung: Literal[1, 2] = 2,
) -> pd.DataFrame:
    """
    Test a square, and the bend of a spline, beside the straight line.

    The spline is cubic and straight outside its knots, at the 10th, 50th and 90th percentile; with
    three knots it has one term more than the line, so each test is a t test of one coefficient.

    Parameters
    ----------
    data
        As in `ladder`.
    rung
        1 or 2.

    Returns
    -------
    tests
        Rows `square` and `spline` (index `term`): `coefficient`, `standard_error`, `df`,
        `p_value`. CR2 by cluster. The p-value is missing with df below 2.

    Raises
    ------
    Refused
        Where the rung is refused; if the exposure has too few values for a bend.

    References
    ----------
    Harrell, F. E. (2015). Regression Modeling Strategies, 2nd ed., section 2.4.5. Springer.
    """
    estimate(data, rung=rung)
    used = used_by(data, rung)
    rows = {}
    for term, column in (("square", _square(used.exposure)), ("spline", _bend(used.exposure))):
        asked = _with(used, term, column)
        fit = chosen(asked, rung)
        error, b = cr2(fit, term), fit.coefficient(term)
        p = p_value(b / error.standard_error, error.df) if error.df >= 2 else np.nan
        rows[term] = [b, error.standard_error, error.df, p]
    columns = ["coefficient", "standard_error", "df", "p_value"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("term")


def leverage(
    data: Columns,
    *,
    rung: Literal[1, 2] = 2,
) -> pd.DataFrame:
    """
    Show how much each cluster has to say.

    Parameters
    ----------
    data, rung
        As in `functional_form`.

    Returns
    -------
    clusters
        One row per cluster (index `cluster`, its label as text): `units`; `leverage`, the sum of
        the hat values of its units (together: the number of coefficients); `exposure_share`, its
        share of the variance of the exposure that is left to compare, 0 to 1; `unit` (of the
        index of the frame) with most of it in the cluster, and its `unit_share` of the whole. One
        cluster, or one unit, with most of it decides the slope. A rung whose error is refused is
        answered, too.

    Raises
    ------
    Refused
        If the model itself cannot be fitted.
    """
    used = used_by(data, rung)
    check.require_independent(used, fixed_effects=rung == 2)
    fit = chosen(used, rung)
    parts, share = standardised(fit), check.shares(fit)
    hat = np.sum(parts.Q**2, axis=1) + (0 if parts.own is None else parts.own**2)
    most = [rows[np.argmax(share[rows])] for rows in rows_of(used.codes)]
    return pd.DataFrame(
        {
            "units": np.bincount(used.codes),
            "leverage": np.bincount(used.codes, hat),
            "exposure_share": np.bincount(used.codes, share),
            "unit": used.rows[most],
            "unit_share": share[most],
        },
        index=pd.Index(used.labels, name="cluster"),
    )


def _with(data: Columns, term: str, column: Vector) -> Columns:
    """Put a term in the place of the exposure, and the exposure among the controls."""
    names = data.names
    return replace(
        data,
        names=replace(names, exposure=term, controls=(names.exposure, *names.controls)),
        exposure=column,
        controls=np.column_stack([data.exposure, data.controls]),
    )


def _square(x: Vector) -> Vector:
    centred: Vector = x - x.mean()
    return centred**2


def _bend(x: Vector) -> Vector:
    """Make the one term by which a cubic spline with three knots differs from a line."""
    low, middle, high = np.quantile(x, KNOTS)
    if not low < middle < high or len(np.unique(x)) < 4:
        msg = (
            f"The exposure has {len(np.unique(x))} values, with {low:g}, {middle:g} and {high:g} "
            "at its 10th, 50th and 90th percentile: no bend can be seen. Show the rates by value."
        )
        raise Refused(msg, reason="too few values")

    def above(knot: float) -> Vector:
        cut: Vector = np.maximum(x - knot, 0)
        return cut**3

    one = above(low) - above(middle) * (high - low) / (high - middle)
    bend: Vector = (one + above(high) * (middle - low) / (high - middle)) / (high - low) ** 2
    return bend
