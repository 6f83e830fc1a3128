"""Fit one way to compare with statsmodels."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray

from .frame import Data, Refused

Results: TypeAlias = Any  # statsmodels' GLMResults or OLSResults, which come without types
Vector: TypeAlias = NDArray[Any]
Record: TypeAlias = dict[str, Any]  # what a question finds out about one estimate
Column: TypeAlias = Any  # a series, or an array


def record_or_refusal(ask: Callable[..., Record], *about: object) -> Record:
    """Find out about an estimate; where the data cannot carry it, find why."""
    try:
        return ask(*about)
    except Refused as why:
        return {"refusal": why}


# statsmodels stops when the deviance moves by less than 1e-8, at which a coefficient that runs away
# (a control whose units have no counts) counts as settled. Coefficients never settle there. Its
# pseudo-inverse drops columns beside one in large units (incomes in dong): QR does not mind units.
SETTLED, STEPS = 1e-10, 60
HOW = {"tol_criterion": "params", "tol": SETTLED, "rtol": SETTLED, "maxiter": STEPS}
HOW |= {"wls_method": "qr"}

# Above so many clusters a column for each is slow: their effects are taken out by weighted means.
MANY_CLUSTERS = 200


def design_matrix(data: Data, *, fixed_effects: bool) -> tuple[pd.DataFrame, Vector | None]:
    """
    Lay out the columns: a constant or one for each cluster, exposure, controls.

    Where clusters are many, each row has the number of its own instead.
    """
    terms, cluster = data.terms, data.units["cluster"]
    if not fixed_effects:
        return terms.assign(constant=1.0)[["constant", *terms]], None
    if cluster.nunique() <= MANY_CLUSTERS:
        return pd.get_dummies(cluster, prefix="in ", dtype=float).join(terms), None
    return terms, np.asarray(pd.factorize(cluster, sort=True)[0])


def fit_counts(data: Data, *, fixed_effects: bool) -> Results:
    """
    Fit Poisson with the log of the denominator as offset; people near their ceiling by binomial.

    The rule, fixed in advance: counts are part of their denominator, and yet the Poisson fit
    expects more than all of it in some unit. A log link cannot know that a share ends at 1: its
    interval covered 84 % there.
    """
    count, people = data.units["count"], data.units["out_of"]
    X, codes = design_matrix(data, fixed_effects=fixed_effects)
    fit = fit_glm(count, X, codes, family=sm.families.Poisson(), offset=np.log(people))
    if data.names.kind == "ratio" or not (fit.mu > people).any():
        return fit
    return fit_glm(count / people, X, codes, family=sm.families.Binomial(), var_weights=people)


def fit_glm(y: Column, X: pd.DataFrame, codes: Vector | None = None, **about: Column) -> Results:
    """Fit a generalised linear model, beside an effect of each of many clusters if asked to."""
    if codes is None:
        return fit_until_settled(sm.GLM(y, X, **about))
    family, link = about["family"], about["family"].link
    offset, weights = np.asarray(about.get("offset", 0.0)), np.asarray(about.get("var_weights", 1))
    y, values = np.asarray(y, dtype=float), X.to_numpy()
    line = link(family.starting_mu(y))
    with np.errstate(all="ignore"):
        for _ in range(STEPS):
            mu = link.inverse(line)
            working = weights / (link.deriv(mu) ** 2 * family.variance(mu))
            target = line - offset + (y - mu) * link.deriv(mu)
            inside, rest = demean(values, codes, working), demean(target, codes, working)
            if not np.isfinite(inside).all() or not np.isfinite(rest).all():
                raise Refused(reason="no convergence")
            root = np.sqrt(working)
            b = np.linalg.lstsq(root[:, None] * inside, root * rest, rcond=None)[0]
            before, line = line, offset + target - rest + inside @ b
            if np.max(np.abs(line - before)) < SETTLED * np.max(np.abs(line)):
                break
    columns, effects = pd.DataFrame(inside, X.index, X.columns), line - inside @ b
    model = sm.GLM(y, columns, **about | {"offset": effects})
    model.absorbed, model.df_resid = codes, model.df_resid - len(np.unique(codes))
    return fit_until_settled(model, start_params=b)


def fit_least_squares(
    y: Column, X: pd.DataFrame, codes: Vector | None = None, weights: Column = 1.0
) -> Results:
    """Fit by least squares, beside an effect of each of many clusters if asked to."""
    w = np.ones(len(X)) * weights
    if codes is None:
        return sm.WLS(y, X, w).fit(method="qr")
    y, inside = (demean(np.asarray(one, dtype=float), codes, w) for one in (y, X))
    model = sm.WLS(y, pd.DataFrame(inside, X.index, X.columns), w)
    model.absorbed, model.df_resid = codes, model.df_resid - len(np.unique(codes))
    return model.fit(method="qr")


def demean(values: Vector, codes: Vector, weights: Vector) -> Vector:
    """Take the weighted mean of its cluster off each value."""
    columns = values.reshape(len(values), -1)
    sums = [np.bincount(codes, weights * one) for one in columns.T]
    means = np.stack(sums, axis=1) / np.bincount(codes, weights)[:, None]
    return (columns - means[codes]).reshape(values.shape)


def fit_log_rates(data: Data, *, fixed_effects: bool) -> Results:
    """Fit the log rate by least squares."""
    require_counts(data)
    return fit_least_squares(data.log_rate, *design_matrix(data, fixed_effects=fixed_effects))


def require_counts(data: Data) -> None:
    """Refuse units with a count of zero, where the log of the rate is asked for."""
    zero = list(data.units.index[data.units["count"] == 0])
    if zero:
        raise Refused(data.names, reason="units without counts", zero=zero[:5], many=len(zero))


def fit_changes(data: Data, *, conditional: bool = False) -> Results:
    """Fit the change of the log rate; with a count of zero, the later count given both years'."""
    units = data.units
    X, _ = design_matrix(data, fixed_effects=False)
    if not conditional and (units[["count", "count_before"]] > 0).all(axis=None):
        return fit_least_squares(
            data.log_rate - np.log(units["count_before"] / units["out_of_before"]), X
        )
    both = units["count"] + units["count_before"]
    about = {"family": sm.families.Binomial(), "var_weights": both}
    offset = np.log(units["out_of"] / units["out_of_before"])
    return fit_until_settled(sm.GLM(units["count"] / both, X, offset=offset, **about))


def fit_until_settled(model: Results, **start: Column) -> Results:
    """Fit a GLM until its coefficients settle, or refuse."""
    rows, columns = model.exog.shape
    if model.df_resid <= 0:
        raise Refused(reason="too few units", rows=rows, columns=columns)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a perfect fit is no fault; the others are refused below
        try:
            fit = model.fit(**HOW, **start)
        except (ValueError, np.linalg.LinAlgError):
            fit = None
    if fit is None or not (fit.converged and np.isfinite(fit.params).all()):
        raise Refused(reason="no convergence")
    return fit


def refit(results: Results, keep: Vector, drop: str = "", held: float = 0.0) -> Results:
    """
    Fit again to some rows, or with one coefficient held: offset, weights and family stay.

    What has nothing left in these rows (the effect of a cluster that left, a control) is dropped.
    """
    model, codes = results.model, getattr(results.model, "absorbed", None)
    X = pd.DataFrame(model.exog, columns=model.exog_names)[keep]
    offset = np.zeros(len(X)) + (held * X.pop(drop).to_numpy() if drop else 0.0)
    if getattr(model, "offset", None) is not None:
        offset = offset + model.offset[keep]
    y, seen = model.endog[keep], X.to_numpy()
    if codes is not None:
        codes = np.unique(codes[keep], return_inverse=True)[1]
        seen = demean(seen, codes, np.ones(len(seen)))
    X = X[X.columns[_independent(seen)]]
    if not isinstance(model, sm.GLM):
        return fit_least_squares(y - offset, X, codes, model.weights[keep])
    about = {"family": model.family, "offset": offset, "var_weights": model.var_weights[keep]}
    return fit_glm(y, X, codes, **about)


def log_rate_scale(results: Results) -> float:
    """Turn a coefficient into a log rate ratio: below 1 for a logit, at the shares as they are."""
    model = results.model
    if not isinstance(model, sm.GLM) or not isinstance(model.family, sm.families.Binomial):
        return 1.0
    people, share = model.var_weights, results.mu
    return float(people @ (share * (1 - share)) / (people @ share))


def _independent(X: Vector) -> Vector:
    """Find the columns that are no combination of those before them."""
    length = np.linalg.norm(X, axis=0)
    keep = np.flatnonzero(length > 0)
    while keep.size:
        own = np.abs(np.diag(np.linalg.qr(X[:, keep] / length[keep], mode="r")))
        small = np.flatnonzero(own < 1e-8)
        if not small.size:
            break
        keep = np.delete(keep, small[0])
    return keep
