"""Say unit by unit what a rung does not explain, for a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from .climb import climb, fitted, read, without_zero_clusters
from .errors import standardised


def pearson_residuals(
    frame: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    offset: str,
    cluster: str,
    controls: Sequence[str] = (),
    rung: Literal[1, 2] = 2,
) -> pd.DataFrame:
    """
    Compute the Pearson residuals of rung 1 or 2: above 0, more counts than expected.

    Divided by the root of phi, so that their squares sum to the residual degrees of freedom
    whatever the over-dispersion; `moran` tests the same residuals for likeness of neighbours.

    Parameters
    ----------
    frame, count, exposure, offset, cluster, controls
        As in `ladder`; the index of the frame names the units.
    rung
        1 or 2.

    Returns
    -------
    residuals
        One row per unit that was used: `code` (the index of the frame), `residual`, `origin`
        (of the data as a whole, missing if the frame has none).

    Raises
    ------
    Refused
        Where the rung is refused.
    """
    data = read(frame, count, exposure, offset, cluster, controls)
    climb(data, rung, 0.95)
    used = without_zero_clusters(data) if rung == 2 else data
    fit = fitted(used, rung)
    scaled = standardised(fit).residuals / fit.pearson**0.5
    return pd.DataFrame({"code": used.rows, "residual": scaled, "origin": data.origin})
