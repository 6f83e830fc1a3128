"""Ask whether the log rate follows the exposure in a straight line."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from .columns import Columns
from .errors import cr2
from .estimate import Refused, p_value
from .fit import Vector
from .rungs import chosen, estimate, used_by

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
