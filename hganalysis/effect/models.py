"""Fit one specification with statsmodels."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray

from .frame import Data, Refused

Results: TypeAlias = Any  # statsmodels' GLMResults or OLSResults, which come without types
Model: TypeAlias = Any  # statsmodels' GLM or WLS
Vector: TypeAlias = NDArray[Any]
Record: TypeAlias = dict[str, Any]  # what a question finds out about one estimate
Column: TypeAlias = Any  # a series, or an array

# statsmodels stops when the deviance moves by less than 1e-8. By then a coefficient that runs away
# (of a control whose units have no counts) counts as settled, so coefficients are compared here.
SETTLED, MAX_STEPS = 1e-10, 60

# The pseudo-inverse of statsmodels drops the columns beside one in large units (incomes in dong).
# QR does not mind units.
FIT_OPTIONS = {
    "tol_criterion": "params",
    "tol": SETTLED,
    "rtol": SETTLED,
    "maxiter": MAX_STEPS,
    "wls_method": "qr",
}

# With more clusters a column for each is slow: weighted means take out their effects.
MANY_CLUSTERS = 200


class DesignMatrix(NamedTuple):
    """The columns of a model, and the clusters whose effects they leave out."""

    columns: pd.DataFrame
    absorbed: Vector | None
    """The number of the cluster of each row; None if no effect has to be taken out."""


class _Absorption(NamedTuple):
    """A fit beside an effect of each of many clusters."""

    columns: Vector
    effects: Vector
    coefficients: Vector


def record_or_refusal(question: Callable[..., Record], *args: object) -> Record:
    """Find out about an estimate, or why the data cannot carry it."""
    try:
        return question(*args)
    except Refused as refusal:
        return {"refusal": refusal}


def design_matrix(data: Data, *, fixed_effects: bool) -> DesignMatrix:
    """
    Lay out the columns: a constant or one for each cluster, exposure, controls.

    If there are many clusters, their effects are absorbed.
    """
    terms = data.terms
    cluster = data.units["cluster"]
    if not fixed_effects:
        columns = terms.assign(constant=1.0)
        return DesignMatrix(columns[["constant", *terms]], None)
    if cluster.nunique() > MANY_CLUSTERS:
        codes, _ = pd.factorize(cluster, sort=True)
        return DesignMatrix(terms, np.asarray(codes))
    cluster_columns = pd.get_dummies(cluster, prefix="in ", dtype=float)
    return DesignMatrix(cluster_columns.join(terms), None)


def fit_counts(data: Data, *, fixed_effects: bool) -> Results:
    """
    Fit Poisson with the log of the denominator as offset; shares near 1 by binomial.

    The rule was fixed in advance: binomial if counts are part of their denominator, and still the
    Poisson fit expects more than all of it in some unit. A log link cannot know that a share ends
    at 1: its interval covered 84 % there.
    """
    count = data.units["count"]
    out_of = data.units["out_of"]
    X, absorbed = design_matrix(data, fixed_effects=fixed_effects)
    fit = fit_glm(count, X, absorbed, family=sm.families.Poisson(), offset=np.log(out_of))
    is_above_ceiling = (fit.mu > out_of).any()
    if data.names.kind == "ratio" or not is_above_ceiling:
        return fit
    binomial = sm.families.Binomial()
    return fit_glm(count / out_of, X, absorbed, family=binomial, var_weights=out_of)


def fit_glm(
    y: Column, X: pd.DataFrame, absorbed: Vector | None = None, **options: Column
) -> Results:
    """Fit a generalised linear model, beside an effect of each of many clusters if asked to."""
    if absorbed is None:
        return _fit_until_settled(sm.GLM(y, X, **options))
    y = np.asarray(y, dtype=float)
    absorption = _absorb_effects(y, X.to_numpy(), absorbed, options)
    columns = pd.DataFrame(absorption.columns, X.index, X.columns)
    model = sm.GLM(y, columns, **options | {"offset": absorption.effects})
    _mark_absorbed(model, absorbed)
    return _fit_until_settled(model, start_params=absorption.coefficients)


def _absorb_effects(y: Vector, X: Vector, absorbed: Vector, options: dict[str, Any]) -> _Absorption:
    """Fit by iterated weighted least squares of what is left of y and X within clusters."""
    family = options["family"]
    link = family.link
    offset = np.asarray(options.get("offset", 0.0))
    var_weights = np.asarray(options.get("var_weights", 1))
    predictor = link(family.starting_mu(y))
    with np.errstate(all="ignore"):
        for _ in range(MAX_STEPS):
            mean = link.inverse(predictor)
            slope = link.deriv(mean)
            weights = var_weights / (slope**2 * family.variance(mean))
            response = predictor - offset + (y - mean) * slope
            within_X = demean(X, absorbed, weights)
            within_response = demean(response, absorbed, weights)
            if not (np.isfinite(within_X).all() and np.isfinite(within_response).all()):
                raise Refused(reason="no convergence")
            root = np.sqrt(weights)
            weighted_X = root[:, None] * within_X
            solution = np.linalg.lstsq(weighted_X, root * within_response, rcond=None)
            fitted = within_X @ solution[0]
            previous = predictor
            predictor = offset + response - within_response + fitted
            largest_step = np.max(np.abs(predictor - previous))
            if largest_step < SETTLED * np.max(np.abs(predictor)):
                break
    return _Absorption(within_X, predictor - fitted, solution[0])


def _mark_absorbed(model: Model, absorbed: Vector) -> None:
    """Remember on a model whose effects were taken out, and subtract them from its df."""
    n_clusters = len(np.unique(absorbed))
    model.absorbed = absorbed
    model.df_resid = model.df_resid - n_clusters


def fit_least_squares(
    y: Column, X: pd.DataFrame, absorbed: Vector | None = None, weights: Column = 1.0
) -> Results:
    """Fit by least squares, beside an effect of each of many clusters if asked to."""
    weights = np.ones(len(X)) * weights
    if absorbed is None:
        return sm.WLS(y, X, weights).fit(method="qr")
    within_y = demean(np.asarray(y, dtype=float), absorbed, weights)
    within_X = demean(np.asarray(X, dtype=float), absorbed, weights)
    columns = pd.DataFrame(within_X, X.index, X.columns)
    model = sm.WLS(within_y, columns, weights)
    _mark_absorbed(model, absorbed)
    return model.fit(method="qr")


def demean(values: Vector, clusters: Vector, weights: Vector) -> Vector:
    """Subtract from each value the weighted mean of its cluster."""
    columns = values.reshape(len(values), -1)
    total_weight = np.bincount(clusters, weights)
    sums = [np.bincount(clusters, weights * column) for column in columns.T]
    means = np.stack(sums, axis=1) / total_weight[:, None]
    deviations = columns - means[clusters]
    return deviations.reshape(values.shape)


def fit_log_rates(data: Data, *, fixed_effects: bool) -> Results:
    """Fit the log rate by least squares."""
    require_counts(data)
    X, absorbed = design_matrix(data, fixed_effects=fixed_effects)
    return fit_least_squares(data.log_rate, X, absorbed)


def require_counts(data: Data) -> None:
    """Refuse units with a count of zero, whose rate has no log."""
    zero = list(data.units.index[data.units["count"] == 0])
    if zero:
        raise Refused(data.names, reason="units without counts", zero=zero[:5], many=len(zero))


def fit_changes(data: Data, *, conditional: bool = False) -> Results:
    """Fit the change of the log rate; with a count of zero, the later count given both years'."""
    units = data.units
    X = design_matrix(data, fixed_effects=False).columns
    has_counts = (units[["count", "count_before"]] > 0).all(axis=None)
    if has_counts and not conditional:
        log_rate_before = np.log(units["count_before"] / units["out_of_before"])
        return fit_least_squares(data.log_rate - log_rate_before, X)
    total = units["count"] + units["count_before"]
    later_share = units["count"] / total
    offset = np.log(units["out_of"] / units["out_of_before"])
    binomial = sm.families.Binomial()
    model = sm.GLM(later_share, X, family=binomial, offset=offset, var_weights=total)
    return _fit_until_settled(model)


def _fit_until_settled(model: Model, **start: Column) -> Results:
    """Fit a GLM until its coefficients settle, or refuse."""
    n_rows, n_columns = model.exog.shape
    if model.df_resid <= 0:
        raise Refused(reason="too few units", rows=n_rows, columns=n_columns)
    with warnings.catch_warnings():
        # a perfect fit is no fault; the others are refused below
        warnings.simplefilter("ignore")
        try:
            fit = model.fit(**FIT_OPTIONS, **start)
        except (ValueError, np.linalg.LinAlgError):
            fit = None
    if fit is None or not (fit.converged and np.isfinite(fit.params).all()):
        raise Refused(reason="no convergence")
    return fit


def refit(
    results: Results, rows: Vector, fixed_term: str = "", fixed_value: float = 0.0
) -> Results:
    """
    Fit the model to some rows, or with one coefficient fixed.

    Offset, weights and family stay. A column that has nothing left in these rows (the effect of a
    cluster that left, a control) is dropped.
    """
    model = results.model
    absorbed = getattr(model, "absorbed", None)
    y = model.endog[rows]
    X = pd.DataFrame(model.exog, columns=model.exog_names)[rows]
    offset = np.zeros(len(X))
    if fixed_term:
        offset = offset + fixed_value * X.pop(fixed_term).to_numpy()
    if getattr(model, "offset", None) is not None:
        offset = offset + model.offset[rows]
    columns = X.to_numpy()
    if absorbed is not None:
        _, absorbed = np.unique(absorbed[rows], return_inverse=True)
        columns = demean(columns, absorbed, np.ones(len(columns)))
    X = X[X.columns[_independent(columns)]]
    if not isinstance(model, sm.GLM):
        return fit_least_squares(y - offset, X, absorbed, model.weights[rows])
    var_weights = model.var_weights[rows]
    return fit_glm(y, X, absorbed, family=model.family, offset=offset, var_weights=var_weights)


def log_rate_scale(results: Results) -> float:
    """Compute the log rate ratio for one of the coefficient: below 1 for a logit."""
    model = results.model
    is_logit = isinstance(model, sm.GLM) and isinstance(model.family, sm.families.Binomial)
    if not is_logit:
        return 1.0
    out_of, share = model.var_weights, results.mu
    return float(out_of @ (share * (1 - share)) / (out_of @ share))


def _independent(X: Vector) -> Vector:
    """Find the columns that are no combination of those before them."""
    length = np.linalg.norm(X, axis=0)
    columns = np.flatnonzero(length > 0)
    while columns.size:
        triangle = np.linalg.qr(X[:, columns] / length[columns], mode="r")
        dependent = np.flatnonzero(np.abs(np.diag(triangle)) < 1e-8)
        if not dependent.size:
            break
        columns = np.delete(columns, dependent[0])
    return columns
