"""How strong must something unmeasured be to take the relation away?"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from .. import words
from . import models
from .errors import Error, cr2
from .frame import Refused
from .rungs import Rung

# A confounder is measured by what was measured: as strong as a control, or so many times that.
TIMES = (1, 2, 3)


def strength(rung: Rung) -> list[dict[str, Any]]:
    """
    Compute robustness values of the least-squares twin, and what controls so strong would leave.

    The textbook error stands in these formulas, the clustered one has no place there; the CR2
    interval is shifted by the bias.

    References
    ----------
    Cinelli, C., Hazlett, C. (2020). JRSS B 82 (1), 39-67.
    VanderWeele, T. J., Ding, P. (2017). Annals of Internal Medicine 167 (4), 268-274.
    """
    name = rung.name
    twin = models.log_rates(rung.data, fixed_effects=rung.number == 2)
    b, df = float(twin.params[name]), int(twin.df_resid)
    f = abs(float(twin.tvalues[name])) / math.sqrt(df)
    error = cr2(twin, rung.data.units["cluster"], name)
    low, high = error.interval(b)
    value, significant = robustness(f, df)
    first = {"control": "", "times": np.nan, "b": b, "error": error}
    first |= {"partial_r2": f**2 / (1 + f**2), "robustness_value": value}
    first |= {"robustness_value_significant": significant}
    least, nearer = e_values(rung.b, rung.error, rung.asked.sd)
    rows = [first | {"e_value": least, "e_value_interval": nearer}]
    X = pd.DataFrame(twin.model.exog, columns=twin.model.exog_names)
    x, codes = X.pop(name), getattr(twin.model, "absorbed", None)
    fits = models.least_squares(x, X, codes), twin
    for control in map(str, rung.data.controls):
        of_x, of_y = (_partial_r2(one, control) for one in fits)
        for times in TIMES:
            row: dict[str, Any] = {"control": control, "times": times}
            try:
                r2_x, r2_y = bound(of_x, of_y, times)
            except Refused as why:
                rows.append(row | {"why": why})
                continue
            bias = float(twin.bse[name]) * math.sqrt(df * r2_y * r2_x / (1 - r2_x))
            left, *ends = (end - math.copysign(bias, b) for end in (b, low, high))
            row |= {"r2_exposure": r2_x, "r2_outcome": r2_y, "bias": bias}
            rows.append(row | {"b": left, "ends": ends})
    return rows


def robustness(f: float, df: int) -> tuple[float, float]:
    """Compute RV and RV at significance from Cohen's f (t over the root of df)."""
    critical = float(stats.t.ppf(0.975, df - 1)) / math.sqrt(df - 1)
    value, significant = _shares(f), _shares(max(0.0, f - critical))
    if f > 1 / critical:  # a confounder of the exposure alone would do
        significant = max(significant, (f**2 - critical**2) / (1 + f**2))
    return value, significant


def bound(exposure: float, outcome: float, times: int) -> tuple[float, float]:
    """Bound the partial R2 of a confounder some times as strong as a control with these two."""
    of_exposure = times * exposure / (1 - exposure)
    shared = times * exposure**2 / ((1 - times * exposure) * (1 - exposure))
    if of_exposure >= 1 or times * exposure >= 1 or shared >= 1:
        share = partial(words.percent, exposure, decimals=0)
        raise Refused(reason="impossible benchmark", times=times, share=share)
    lifted = ((math.sqrt(times) + math.sqrt(shared)) / math.sqrt(1 - shared)) ** 2
    return of_exposure, min(1.0, lifted * outcome / (1 - outcome))


def e_values(b: float, error: Error, sd: float) -> tuple[float, float]:
    """Compute E-values of the rate ratio per standard deviation, and of its nearer end."""
    low, high = error.interval(b)
    nearer = 0.0 if low <= 0 <= high else min(abs(low), abs(high))
    first, second = (math.exp(abs(log) * sd) for log in (b, nearer))
    return first + math.sqrt(first * (first - 1)), second + math.sqrt(second * (second - 1))


def detectable(error: Error, power: float = 0.8) -> float:
    """
    Find the smallest log rate ratio that would be detected so often, with this error and df.

    The usual (t(.975) + t(.80)) times the error keeps 72 to 75 % of 80 with few df: here the error
    is put right to its median, and power averaged over what it may be.
    """
    from scipy.optimize import brentq

    spread = np.sqrt(stats.chi2.ppf((np.arange(4000) + 0.5) / 4000, error.df) / error.df)
    true = error.error / math.sqrt(stats.chi2.median(error.df) / error.df)
    reach = float(stats.t.ppf(0.975, error.df)) * spread

    def missed(log: float) -> float:
        return power - float(
            np.mean(stats.norm.cdf(log / true - reach) + stats.norm.cdf(-log / true - reach))
        )

    return float(brentq(missed, 0.0, (reach.max() + 10) * true, xtol=1e-10))


def _shares(f: float) -> float:
    return (math.sqrt(f**4 + 4 * f**2) - f**2) / 2


def _partial_r2(fit: models.Results, name: str) -> float:
    t = float(fit.tvalues[name])
    return t**2 / (t**2 + float(fit.df_resid))
