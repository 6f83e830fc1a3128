"""Fit one specification with statsmodels."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from statsmodels.genmod import families
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.regression.linear_model import OLS, WLS

from .frame import Data, Refused

Results: TypeAlias = Any  # statsmodels' GLMResults or OLSResults, which come without types
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


@dataclass(eq=False, repr=False)
class Fit:
    """
    The results of statsmodels, and their data in units of the working standard deviation.

    The hat matrix is QQ', and that of the absorbed effects of clusters.
    """

    results: Results
    absorbed: Vector | None = None
    """As of `DesignMatrix`."""

    def __post_init__(self) -> None:
        """Read what errors need, from results of least squares and of a GLM alike."""
        results, model = self.results, self.results.model
        slope = variance = np.ones(len(model.endog))
        if isinstance(model, GLM):
            slope = 1 / model.family.link.deriv(results.mu)
            variance = model.family.variance(results.mu) / model.var_weights
            residuals = results.resid_response
        else:
            residuals = results.resid
        root = 1 / np.sqrt(variance)
        # working variance of each row, on the scale of the response: the mean for counts
        self.variance = variance
        # what multiplies a row of the design
        self.scale = slope * root
        # those of Pearson
        self.residuals = root * np.asarray(residuals)
        self.Q, self.R = np.linalg.qr(model.exog * self.scale[:, None])
        # the row's part in the absorbed effect of its cluster, of length 1 by cluster
        self.cluster_part = np.zeros(len(root))
        if self.absorbed is not None:
            squares = np.bincount(self.absorbed, self.scale**2)
            self.cluster_part = self.scale / np.sqrt(squares)[self.absorbed]

    def coefficient(self, term: str) -> float:
        """Give the coefficient of a term; NaN if nothing was left of the term."""
        return float(self.results.params.get(term, np.nan))

    def log_rate_scale(self) -> float:
        """Compute the log rate ratio for one of the coefficient: below 1 for a logit."""
        model = self.results.model
        is_logit = isinstance(model, GLM) and isinstance(model.family, families.Binomial)
        if not is_logit:
            return 1.0
        out_of, share = model.var_weights, self.results.mu
        return float(out_of @ (share * (1 - share)) / (out_of @ share))

    def influence(self, term: str) -> Vector:
        """Find the weights whose sum over standardised data is the coefficient."""
        is_term = self.results.params.index == term
        solution = np.linalg.solve(self.R.T, is_term.astype(float))
        return np.asarray(self.Q @ solution)

    def remove_fitted(self, values: Vector) -> Vector:
        """Take all that was fitted out of each row of values."""
        if self.absorbed is not None:
            columns = pd.DataFrame((values / self.scale).T)
            deviations = demean(columns, self.absorbed, self.scale**2)
            values = self.scale * deviations.to_numpy().T
        fitted = (values @ self.Q) @ self.Q.T
        return np.asarray(values - fitted)


def record_or_refusal(question: Callable[..., Record], *args: object) -> Record:
    """Find out about an estimate, or why the data cannot carry it."""
    try:
        return question(*args)
    except Refused as refusal:
        return {"refusal": refusal}


def design_matrix(data: Data, *, has_fixed_effects: bool) -> DesignMatrix:
    """
    Lay out the columns: a constant or one for each cluster, exposure, controls.

    If there are many clusters, their effects are absorbed.
    """
    terms = data.terms
    cluster = data.units["cluster"]
    if not has_fixed_effects:
        terms.insert(0, "constant", 1.0)
        return DesignMatrix(terms, None)
    if cluster.nunique() > MANY_CLUSTERS:
        codes, _ = pd.factorize(cluster, sort=True)
        return DesignMatrix(terms, np.asarray(codes))
    cluster_columns = pd.get_dummies(cluster, prefix="in ", dtype=float)
    return DesignMatrix(cluster_columns.join(terms), None)


def fit_counts(data: Data, *, has_fixed_effects: bool) -> Fit:
    """
    Fit Poisson with the log of the denominator as offset; shares near 1 by binomial.

    The rule was fixed in advance: binomial if counts are part of their denominator, and still the
    Poisson fit expects more than all of it in some unit. A log link cannot know that a share ends
    at 1: its interval covered 84 % there.
    """
    count = data.units["count"]
    out_of = data.units["out_of"]
    X, absorbed = design_matrix(data, has_fixed_effects=has_fixed_effects)
    fit = fit_glm(count, X, absorbed, family=families.Poisson(), offset=np.log(out_of))
    is_above_ceiling = (fit.results.mu > out_of).any()
    if data.names.kind == "ratio" or not is_above_ceiling:
        return fit
    binomial = families.Binomial()
    return fit_glm(count / out_of, X, absorbed, family=binomial, var_weights=out_of)


def fit_glm(y: Column, X: pd.DataFrame, absorbed: Vector | None = None, **options: Column) -> Fit:
    """Fit a generalised linear model, beside an effect of each of many clusters if asked to."""
    defaults = {"offset": np.zeros(len(X)), "var_weights": np.ones(len(X))}
    options = defaults | options
    if absorbed is None:
        return Fit(_fit_until_settled(GLM(y, X, **options)))
    return _fit_beside_effects(np.asarray(y, dtype=float), X, absorbed, options)


def _fit_beside_effects(
    y: Vector, X: pd.DataFrame, absorbed: Vector, options: dict[str, Column]
) -> Fit:
    """Find the effects by iterated least squares of what is left of y and X within clusters."""
    family = options["family"]
    link = family.link
    offset = np.asarray(options["offset"])
    var_weights = np.asarray(options["var_weights"])
    predictor = link(family.starting_mu(y))
    with np.errstate(all="ignore"):
        for _ in range(MAX_STEPS):
            mean = link.inverse(predictor)
            slope = link.deriv(mean)
            weights = var_weights / (slope**2 * family.variance(mean))
            response = predictor - offset + (y - mean) * slope
            within_X = demean(X, absorbed, weights)
            within_response = demean(pd.Series(response, X.index), absorbed, weights)
            if not np.isfinite(within_X.assign(_=within_response)).all(axis=None):
                raise Refused(reason="no convergence")
            step = WLS(within_response, within_X, weights).fit(method="qr")
            previous = predictor
            predictor = offset + response - step.resid.to_numpy()
            largest_step = np.max(np.abs(predictor - previous))
            if largest_step < SETTLED * np.max(np.abs(predictor)):
                break
    effects = predictor - step.fittedvalues
    model = GLM(y, within_X, **options | {"offset": effects})
    # the degrees of freedom of the effects, which statsmodels does not see
    model.df_resid -= absorbed.max() + 1
    return Fit(_fit_until_settled(model, start_params=step.params), absorbed)


def fit_least_squares(y: Column, X: pd.DataFrame, absorbed: Vector | None = None) -> Fit:
    """Fit by least squares, beside an effect of each of many clusters if asked to."""
    if absorbed is None:
        return Fit(OLS(y, X).fit(method="qr"))
    equal_weights = np.ones(len(X))
    y = pd.Series(np.asarray(y, dtype=float), X.index)
    within_y = demean(y, absorbed, equal_weights)
    within_X = demean(X, absorbed, equal_weights)
    model = OLS(within_y, within_X)
    # as for a GLM
    model.df_resid -= absorbed.max() + 1
    return Fit(model.fit(method="qr"), absorbed)


def demean(values: Column, clusters: Vector, weights: Vector) -> Column:
    """Subtract from each value of a series or frame the weighted mean of its cluster."""
    sums = values.mul(weights, axis=0).groupby(clusters).sum()
    means = sums.div(np.bincount(clusters, weights), axis=0)
    return values - means.to_numpy()[clusters]


def fit_log_rates(data: Data, *, has_fixed_effects: bool) -> Fit:
    """Fit the log rate by least squares."""
    require_counts(data)
    X, absorbed = design_matrix(data, has_fixed_effects=has_fixed_effects)
    return fit_least_squares(data.log_rate, X, absorbed)


def require_counts(data: Data) -> None:
    """Refuse units with a count of zero, whose rate has no log."""
    is_zero = data.units["count"] == 0
    zero = list(data.units.index[is_zero])
    if zero:
        raise Refused(data.names, reason="units without counts", zero=zero[:5], many=len(zero))


def fit_changes(data: Data, *, is_conditional: bool = False) -> Fit:
    """Fit the change of the log rate; with a count of zero, the later count given both periods'."""
    units = data.units
    X = design_matrix(data, has_fixed_effects=False).columns
    has_counts = (units[["count", "count_before"]] > 0).all(axis=None)
    if has_counts and not is_conditional:
        log_rate_before = np.log(units["count_before"] / units["out_of_before"])
        return fit_least_squares(data.log_rate - log_rate_before, X)
    total = units["count"] + units["count_before"]
    later_share = units["count"] / total
    offset = np.log(units["out_of"] / units["out_of_before"])
    return fit_glm(later_share, X, family=families.Binomial(), offset=offset, var_weights=total)


def _fit_until_settled(model: GLM, **start: Column) -> Results:
    """Fit a GLM until its coefficients settle, or refuse."""
    n_rows, n_columns = model.exog.shape
    if model.df_resid <= 0:
        raise Refused(reason="too few units", rows=n_rows, columns=n_columns)
    with warnings.catch_warnings():
        # a perfect fit is no fault; the others are refused below
        warnings.simplefilter("ignore")
        try:
            results = model.fit(**FIT_OPTIONS, **start)
        except (ValueError, np.linalg.LinAlgError):
            results = None
    if results is None or not (results.converged and np.isfinite(results.params).all()):
        raise Refused(reason="no convergence")
    return results


def refit(fit: Fit, rows: Vector, fixed_term: str = "", fixed_value: float = 0.0) -> Fit:
    """
    Fit the model to some rows, or with one coefficient fixed.

    Offset, weights and family stay. A column that has nothing left in these rows (the effect of a
    cluster that left, a control) is dropped.
    """
    model, absorbed = fit.results.model, fit.absorbed
    y = model.endog[rows]
    X = pd.DataFrame(model.exog, columns=model.exog_names)[rows]
    offset = np.zeros(len(X))
    if fixed_term:
        offset = fixed_value * X.pop(fixed_term).to_numpy()
    columns = X
    if absorbed is not None:
        _, absorbed = np.unique(absorbed[rows], return_inverse=True)
        columns = demean(X, absorbed, np.ones(len(X)))
    X = X[X.columns[_independent(columns.to_numpy())]]
    if not isinstance(model, GLM):
        return fit_least_squares(y - offset, X, absorbed)
    offset = offset + model.offset[rows]
    var_weights = model.var_weights[rows]
    return fit_glm(y, X, absorbed, family=model.family, offset=offset, var_weights=var_weights)


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
