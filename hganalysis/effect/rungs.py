"""
A specification is one way to compare: its model, and what the data cannot carry.

The ladder that users see has one rung for each, with its number.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import combinations, compress, permutations
from typing import NamedTuple

import numpy as np
import pandas as pd

from .. import escaping, words
from . import models
from .errors import Estimate, StandardError, cr2, estimate, rows_by_cluster
from .frame import Data, Refused, display_name, display_names, read_data, say
from .models import Record, Vector

# Rungs compare: all units; units within their cluster; each unit with itself a period earlier;
# clusters.
POOLED, WITHIN, DIFFERENCES, BETWEEN = 1, 2, 4, 5
EVERY_RUNG = (POOLED, WITHIN, DIFFERENCES, BETWEEN)

# If less of the variance of the exposure is within clusters, clusters are compared.
MIN_WITHIN_SHARE = 0.05

# With more clusters, there are too many orders for all to be counted.
MAX_PERMUTED = 8

# A column whose remainder is smaller, relative to the column, is a combination of the others.
ROUNDING = 1e-9


class Carriers(NamedTuple):
    """Clusters without which nothing of the exposure is left to compare."""

    clusters: list[str]
    has_pair: bool
    """Whether there are two clusters that are carriers together."""


@dataclass(eq=False, repr=False)
class Specification:
    """One way to compare; nothing is computed before it is asked for."""

    full_data: Data
    """All units, also those that the model leaves out."""
    rung: int
    """Its number in the ladder."""
    change_ratio: float = np.inf
    """Of two periods: the spread of the changes over that of the exposure."""
    balance: float = 1.0
    """Of two periods: the share of units that are in both."""

    @property
    def exposure(self) -> str:
        """The name of the exposure."""
        return self.full_data.names.exposure

    @cached_property
    def data(self) -> Data:
        """The rows of the model: a cluster without counts has no finite fixed effect."""
        if self.rung == BETWEEN:
            return self.full_data.by_cluster()
        if self.rung != WITHIN:
            return self.full_data
        units = self.full_data.units
        cluster_count = units["count"].groupby(units["cluster"]).transform("sum")
        has_counts = cluster_count > 0
        controls = self.full_data.controls[has_counts]
        return replace(self.full_data, units=units[has_counts], controls=controls)

    @property
    def cluster(self) -> pd.Series:
        """The cluster of each row of the model."""
        return self.data.units["cluster"]

    @property
    def results(self) -> models.Results:
        """The results of statsmodels."""
        return self.fit.results

    @cached_property
    def fit(self) -> models.Fit:
        """The fit of its model."""
        if self.rung in (POOLED, WITHIN):
            return models.fit_counts(self.data, has_fixed_effects=self.rung == WITHIN)
        if self.rung == BETWEEN:
            return models.fit_log_rates(self.data, has_fixed_effects=False)
        return models.fit_changes(self.data)

    @cached_property
    def twin(self) -> models.Fit:
        """Least squares of the log rate, in which places weigh alike."""
        return models.fit_log_rates(self.data, has_fixed_effects=self.rung == WITHIN)

    @property
    def twin_estimate(self) -> Estimate:
        """What the twin gives."""
        return estimate(self.twin, self.cluster, self.exposure)

    @property
    def may_have_twin(self) -> bool:
        """Whether units are compared and each has counts, whose rate has a log."""
        return self.rung == WITHIN and bool((self.data.units["count"] > 0).all())

    @cached_property
    def far_twin(self) -> Estimate | None:
        """The twin, if its log ratio has the opposite sign, or is a third away."""
        if not self.may_have_twin:
            return None
        coefficient = self.twin.coefficient(self.exposure)
        has_same_sign = coefficient * self.log_rate_ratio > 0
        distance = abs(coefficient - self.log_rate_ratio)
        if has_same_sign and distance <= abs(self.log_rate_ratio) / 3:
            return None
        return self.twin_estimate

    @cached_property
    def scale(self) -> float:
        """The log rate ratio for one of the coefficient; that of two periods is one already."""
        return 1.0 if self.rung == DIFFERENCES else self.fit.log_rate_scale()

    @cached_property
    def log_rate_ratio(self) -> float:
        """For one more unit of the exposure."""
        return self.scale * self.fit.coefficient(self.exposure)

    def error_of(self, term: str) -> StandardError:
        """Estimate the error of one term, as a log rate ratio."""
        return cr2(self.fit, self.cluster, term).times(self.scale)

    @cached_property
    def error(self) -> StandardError:
        """CR2 of the exposure."""
        return self.error_of(self.exposure)

    @property
    def estimate(self) -> Estimate:
        """The log rate ratio of the exposure and its error."""
        return Estimate(self.log_rate_ratio, self.error)

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the interval of the log rate ratio."""
        return self.estimate.interval

    # Facts, for the table of rules.
    @property
    def n_clusters(self) -> int:
        """The number of clusters."""
        return int(self.cluster.nunique())

    @property
    def cluster_df(self) -> int:
        """Rows less coefficients, of the comparison of clusters."""
        return self.n_clusters - 2 - len(self.full_data.controls.columns)

    @cached_property
    def scaled_terms(self) -> pd.DataFrame:
        """Controls and exposure, less what the constant or fixed effects take, of length 1."""
        terms = self.data.terms
        X = terms
        if self.rung == WITHIN:
            X = terms - terms.groupby(self.cluster).transform("mean")
        is_rounding = X.abs().max() <= ROUNDING * terms.abs().max()
        X.loc[:, is_rounding] = 0.0
        X = X[[*X.columns[1:], self.exposure]]
        length = np.sqrt((X**2).mean())
        scaled: pd.DataFrame = X / length.replace(0.0, 1.0)
        return scaled

    @cached_property
    def collinear_terms(self) -> list[str]:
        """Terms that can be computed from the others."""
        # a column of zeros, so that something is left if the only term is dropped
        X = self.scaled_terms.assign(_=0.0)
        rank = partial(np.linalg.matrix_rank, rtol=1e-8)
        full_rank = rank(X)
        return [str(term) for term in self.scaled_terms if rank(X.drop(columns=term)) == full_rank]

    @cached_property
    def carriers(self) -> Carriers:
        """Clusters that carry the exposure alone, and whether a pair does."""
        constant = np.full(len(self.cluster), float(self.rung != WITHIN))
        X = np.column_stack([constant, self.scaled_terms])
        groups = rows_by_cluster(self.cluster)
        products = np.stack([X[rows].T @ X[rows] for rows in groups])
        total = products.sum(axis=0)
        is_carrier = _lacks_exposure(total - products, total)
        clusters = compress(sorted(self.cluster.unique()), is_carrier)

        # a pair of carriers has much of the exposure
        heaviest = np.argsort(-products[:, -1, -1])[:30]
        first, second = np.array(list(combinations(heaviest, 2))).T
        without_pair = total - products[first] - products[second]
        is_pair = _lacks_exposure(without_pair, total)
        return Carriers(list(clusters), bool(is_pair.any()))

    @cached_property
    def variation_shares(self) -> pd.Series:
        """The share of each row in the variation of the exposure that is left."""
        variation = self.fit.influence(self.exposure) ** 2
        return pd.Series(variation / variation.sum(), self.data.units.index)

    @cached_property
    def permutation_p(self) -> float:
        """The share of all orders of few clusters whose t is at least as large."""
        if self.n_clusters > MAX_PERMUTED:
            return np.nan
        X, y = self.results.model.exog, self.results.model.endog
        x = X[:, 1]
        # take constant and controls out of exposure and outcome
        other_columns = np.delete(X, 1, axis=1)
        Q, _ = np.linalg.qr(other_columns)
        x = x - Q @ (Q.T @ x)
        residuals = y - Q @ (Q.T @ y)
        permuted = np.array(list(permutations(residuals)))
        variance = np.sum(permuted**2, axis=1)
        variance -= np.sum((permuted @ Q) ** 2, axis=1)
        squared = (permuted @ x) ** 2 / variance
        return float(np.mean(squared >= squared[0] * (1 - 1e-9)))


def _lacks_exposure(products: Vector, total: Vector) -> Vector:
    """Say of each cross-product whether its last column is a combination of the others."""
    tolerance = ROUNDING * total[-1, -1]
    rank = partial(np.linalg.matrix_rank, tol=tolerance, hermitian=True)
    without_last = products[:, :-1, :-1]
    return np.asarray(rank(products) == rank(without_last))


class Rule(NamedTuple):
    """What data cannot carry, or carry weakly."""

    reason: str
    holds: Callable[[Specification], object]
    rungs: tuple[int, ...] = EVERY_RUNG

    def applies(self, specification: Specification) -> bool:
        """Say whether a specification is of these rungs, and the rule holds."""
        return specification.rung in self.rungs and bool(self.holds(specification))


def _has_constant_exposure(specification: Specification) -> object:
    data = specification.full_data
    return data.sd <= 1e-12 * data.units["exposure"].abs().max()


# A fact is computed when a rule asks for it, so rules that need no fit are first.
REFUSALS = (
    Rule("no counts", lambda s: s.full_data.units["count"].sum() == 0),
    Rule("constant exposure", _has_constant_exposure),
    Rule("nothing lies above", lambda s: s.n_clusters == len(s.full_data.units), (WITHIN,)),
    Rule(
        "within share below 5 %", lambda s: s.full_data.within_share < MIN_WITHIN_SHARE, (WITHIN,)
    ),
    Rule("too many regressors", lambda s: s.full_data.controls.shape[1] > 1, (BETWEEN,)),
    Rule("too few clusters", lambda s: s.cluster_df < 5, (BETWEEN,)),
    Rule("a cluster without counts", lambda s: (s.data.units["count"] == 0).any(), (BETWEEN,)),
    Rule("fewer than 4 clusters", lambda s: s.n_clusters < 4),
    Rule("unbalanced periods", lambda s: s.balance < 0.9),
    Rule("hardly any change", lambda s: s.change_ratio < 0.1),
    Rule("collinear controls", lambda s: s.collinear_terms),
    Rule("one cluster carries it", lambda s: s.carriers.clusters),
    Rule("nothing left over", lambda s: np.mean(np.square(s.results.resid_pearson)) < 1e-9),
    Rule("df below 2", lambda s: s.error.df < 2),
)
FLAGS = (
    Rule("low information", lambda s: s.n_clusters < 6),
    Rule("little within variance", lambda s: s.full_data.within_share < 0.2, (WITHIN,)),
    Rule("zero clusters dropped", lambda s: len(s.data.units) < len(s.full_data.units), (WITHIN,)),
    Rule("two clusters carry it", lambda s: s.carriers.has_pair),
    Rule("df below 3", lambda s: s.error.df < 3),
    Rule("near the ceiling", lambda s: s.scale < 1),
    Rule(
        "acts, not people", lambda s: s.full_data.names.kind == "ratio", (POOLED, WITHIN, BETWEEN)
    ),
    Rule("little change", lambda s: s.change_ratio < 0.3),
    Rule(
        "permutation approximate",
        lambda s: s.n_clusters <= MAX_PERMUTED and s.full_data.controls.shape[1],
        (BETWEEN,),
    ),
)

# For these reasons nothing can be compared. For the others, clusters and denominators may tell.
NOTHING_TO_COMPARE = (
    "no counts",
    "constant exposure",
    "a cluster without counts",
    "fewer than 4 clusters",
    "collinear controls",
)


def _list_carriers(specification: Specification) -> str:
    """Name the clusters without which nothing is left: one, or any of several."""
    clusters = specification.carriers.clusters
    labels = display_names(specification.full_data.names, clusters)
    return labels if len(clusters) == 1 else say("effect.any_of", labels=labels)


def _advise(specification: Specification) -> str:
    """Say what to do about one heavy unit: with fewer controls, if there are any."""
    has_controls = bool(specification.full_data.names.controls)
    return say("effect.fewer_controls" if has_controls else "effect.as_a_case")


# What a text of a refusal may name.
FACTS: dict[str, Callable[[Specification], object]] = {
    "found": lambda s: s.n_clusters,
    "df_left": lambda s: s.cluster_df,
    "share": lambda s: words.value(s.full_data.within_share, "share"),
    "balance": lambda s: words.percent(s.balance),
    "moved": lambda s: words.number(s.change_ratio, decimals=2),
    "repeated": lambda s: ", ".join(map(repr, s.collinear_terms)),
    "carrier": _list_carriers,
    "advice": _advise,
    "df": lambda s: words.number(s.error.df, decimals=2),
    "row": lambda s: display_name(s.full_data.names, str(s.variation_shares.idxmax())),
    "heavy": lambda s: words.percent(s.variation_shares.max()),
}


def check(specification: Specification, only: Collection[str] = ()) -> list[str]:
    """
    Refuse for the first reason that applies, with what to do instead; else give the flags.

    Parameters
    ----------
    only
        Reasons to refuse for; then there are no flags. By default all.
    """
    for rule in REFUSALS:
        if only and rule.reason not in only:
            continue
        if rule.applies(specification):
            facts = {key: partial(fact, specification) for key, fact in FACTS.items()}
            raise Refused(specification.full_data.names, reason=rule.reason, **facts)
    if only:
        return []
    return [rule.reason for rule in FLAGS if rule.applies(specification)]


def coefficient_record(specification: Specification, control: str = "") -> Record:
    """Give the record of the exposure, with its flags, or refuse; or that of a control."""
    if control:
        error = specification.error_of(control)
        flags = ["df below 3"] if error.df < 3 else []
    else:
        flags = check(specification)
        error = specification.error
    term = control or specification.exposure
    record: Record = {
        "rung": specification.rung,
        "term": term,
        "flags": tuple(flags),
        "error": error,
        "log_rate_ratio": specification.scale * specification.fit.coefficient(term),
        "clusters": specification.n_clusters,
        "units": len(specification.data.units),
        "sd": float(specification.full_data.terms[term].std()),
    }
    if specification.rung == BETWEEN and not control:
        record["permutation_p"] = specification.permutation_p
    return record


def choose_headline(within_share: float) -> int:
    """Choose the rung to report by rule: clusters only if the exposure varies little in them."""
    return BETWEEN if within_share < MIN_WITHIN_SHARE else WITHIN


def match_periods(data: Data, before: pd.DataFrame) -> Specification:
    """
    Match two periods unit by unit, and subtract exposure and controls of the first.

    The model is least squares of the change of the log rate. If a count is zero, it is the later
    count given the sum of both, which is Poisson with a fixed effect for each unit.
    """
    if isinstance(data.frame.index, pd.RangeIndex) and data.frame.index.name is None:
        raise Refused(reason="units without names")
    _require_same_measure(data.frame, before)
    earlier = read_data(before, data.names)
    _require_same_texts(data, earlier)

    # units of both periods; each has to be in the same cluster
    matched = data.units.index.intersection(earlier.units.index)
    later_units = data.units.loc[matched]
    earlier_units = earlier.units.loc[matched]
    has_new_cluster = later_units["cluster"] != earlier_units["cluster"]
    if has_new_cluster.any():
        moved_units = list(matched[has_new_cluster][:5])
        raise Refused(data.names, reason="units in other clusters", moved=moved_units)

    # changes of the exposure and of controls, where a unit has a count in either period
    change = later_units["exposure"] - earlier_units["exposure"]
    units = later_units.assign(
        exposure=change,
        count_before=earlier_units["count"],
        out_of_before=earlier_units["out_of"],
    )
    has_counts = (units["count"] > 0) | (units["count_before"] > 0)
    controls = (data.controls - earlier.controls).loc[matched]
    controls = controls.loc[has_counts, controls.abs().max() > 0]
    return Specification(
        replace(data, units=units[has_counts], controls=controls),
        rung=DIFFERENCES,
        change_ratio=float(change.std() / data.sd),
        balance=len(matched) / max(len(data.units), len(earlier.units)),
    )


def _require_same_measure(now: pd.DataFrame, before: pd.DataFrame) -> None:
    """Refuse frames that name different measures."""
    for column in ("indicator", "measure"):
        measures = []
        for frame in (before, now):
            names = {str(name) for name in frame.get(column, ["–"])}
            measures.append(escaping.plain(", ".join(sorted(names))))
        if measures[0] != measures[1]:
            raise Refused(reason="not the same indicator", before=measures[0], now=measures[1])


def _require_same_texts(data: Data, earlier: Data) -> None:
    """Refuse controls with a text that only one of the periods has."""
    for control in {*data.text_controls, *earlier.text_controls}:
        texts = {*data.frame[control]} ^ {*earlier.frame[control]}
        if texts:
            strange = sorted(map(str, texts))
            raise Refused(reason="texts of one period only", control=repr(control), strange=strange)
