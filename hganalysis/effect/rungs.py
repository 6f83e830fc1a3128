"""One way to compare: its model, fitted when asked, and what the data cannot carry."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import cached_property, partial
from itertools import combinations, permutations
from typing import TypeAlias

import numpy as np
import pandas as pd

from .. import escaping, words
from ..figure import join_some
from . import models
from .errors import Estimate, StandardError, cr2, rows_by_cluster, standardise
from .frame import Data, Refused, display_name, read_data, say
from .models import Record, Vector


class Specification:
    """A model of the ladder and what is known of it; nothing is computed before it is asked for."""

    def __init__(
        self, data: Data, number: int, moved: float = np.inf, balance: float = 1.0
    ) -> None:
        self.full_data, self.number, self.exposure = data, number, data.names.exposure
        self.change_ratio, self.balance = moved, balance

    @cached_property
    def data(self) -> Data:
        """The rows of the model: a cluster without counts has no finite fixed effect."""
        if self.number == 5:
            return self.full_data.by_cluster()
        if self.number == 2:
            units = self.full_data.units
            keep = units["count"].groupby(units["cluster"]).transform("sum") > 0
            return replace(
                self.full_data, units=units[keep], controls=self.full_data.controls[keep]
            )
        return self.full_data

    @cached_property
    def results(self) -> models.Results:
        """What statsmodels made of it."""
        if self.number in (1, 2):
            return models.fit_counts(self.data, fixed_effects=self.number == 2)
        if self.number == 5:
            return models.fit_log_rates(self.data, fixed_effects=False)
        return models.fit_changes(self.data)

    @cached_property
    def twin(self) -> models.Results:
        """Least squares of the log rate, in which places weigh alike."""
        return models.fit_log_rates(self.data, fixed_effects=self.number == 2)

    @cached_property
    def far_twin(self) -> Estimate | None:
        """The twin, where its log ratio is another one: of the other sign, or a third away."""
        if self.number != 2 or not (self.data.units["count"] > 0).all():
            return None
        b = float(self.twin.params[self.exposure])
        if (
            b * self.log_rate_ratio > 0
            and abs(b - self.log_rate_ratio) <= abs(self.log_rate_ratio) / 3
        ):
            return None
        return Estimate(b, cr2(self.twin, self.data.units["cluster"], self.exposure))

    @cached_property
    def scale(self) -> float:
        """Log rate ratios for one of the coefficient; two years' is one already."""
        return 1.0 if self.number == 4 else models.log_rate_scale(self.results)

    @cached_property
    def log_rate_ratio(self) -> float:
        """Log rate ratio for one more unit of the exposure."""
        return self.scale * float(self.results.params[self.exposure])

    def error_of(self, name: str) -> StandardError:
        """Estimate the error of one term, as a log rate ratio."""
        return cr2(self.results, self.data.units["cluster"], name).times(self.scale)

    @cached_property
    def error(self) -> StandardError:
        """CR2 of the exposure."""
        return self.error_of(self.exposure)

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the interval of the log rate ratio."""
        return self.error.interval(self.log_rate_ratio)

    # Facts, for the table of rules.
    @property
    def clusters(self) -> int:
        """How many there are."""
        return int(self.data.units["cluster"].nunique())

    @cached_property
    def moving(self) -> pd.DataFrame:
        """Controls and exposure, less what the constant or the fixed effects take, of length 1."""
        terms, by = self.data.terms, self.data.units["cluster"]
        X = terms - terms.groupby(by).transform("mean") if self.number == 2 else terms
        X = X * (X.abs().max() > 1e-9 * terms.abs().max())  # what is left of rounding is nothing
        X = X[[*X.columns[1:], self.exposure]]
        scaled: pd.DataFrame = X / np.sqrt((X**2).mean()).replace(0.0, 1.0)
        return scaled

    @cached_property
    def collinear_terms(self) -> list[str]:
        """Terms that can be computed from the others."""
        X = self.moving.assign(_=0.0)
        rank = partial(np.linalg.matrix_rank, rtol=1e-8)
        return [str(c) for c in self.moving if rank(X.drop(columns=c)) == rank(X)]

    @cached_property
    def carriers(self) -> tuple[list[str], bool]:
        """Clusters without which nothing of the exposure is left; whether two together are such."""
        constant = np.full(len(self.moving), float(self.number != 2))
        X = np.column_stack([constant, self.moving])
        labels = sorted(self.data.units["cluster"].unique())
        grams = np.stack([X[i].T @ X[i] for i in rows_by_cluster(self.data.units["cluster"])])
        whole = grams.sum(axis=0)
        alone = [one for one, lost in zip(labels, _lost(whole - grams, whole), strict=True) if lost]
        most = np.argsort(-grams[:, -1, -1])[:30]  # who could carry it has much of the exposure
        one, two = np.array(list(combinations(most, 2))).T
        return alone, bool(_lost(whole - grams[one] - grams[two], whole).any())

    @cached_property
    def heaviest(self) -> tuple[str, float]:
        """The row with most of the exposure's variation that is left, and its share of it."""
        own = standardise(self.results).influence(self.exposure) ** 2
        return str(self.data.units.index[int(own.argmax())]), float(own.max() / own.sum())

    @cached_property
    def permutation_p(self) -> float:
        """Of clusters only: share of all orders (8 at most) whose t is at least as large."""
        if self.clusters > 8:
            return np.nan
        X, y = np.asarray(self.results.model.exog), np.asarray(self.results.model.endog)
        x, others = X[:, 1], np.delete(X, 1, axis=1)
        Q, _ = np.linalg.qr(others)
        x, rest = x - Q @ (Q.T @ x), y - Q @ (Q.T @ y)
        dealt = rest[np.array(list(permutations(range(len(y)))))]
        squared = (dealt @ x) ** 2 / (np.sum(dealt**2, axis=1) - np.sum((dealt @ Q) ** 2, axis=1))
        return float(np.mean(squared >= squared[0] * (1 - 1e-9)))


def _lost(grams: Vector, whole: Vector) -> Vector:
    """Say for each cross-product whether its last column is a combination of the others."""
    inverse, cross = np.linalg.pinv(grams[:, :-1, :-1], 1e-9, hermitian=True), grams[:, :-1, -1:]
    left = grams[:, -1, -1] - (cross.transpose(0, 2, 1) @ inverse @ cross)[:, 0, 0]
    return np.asarray(left < 1e-9 * whole[-1, -1])


# What data cannot carry, and what they carry weakly.

Rule: TypeAlias = tuple[str, tuple[int, ...], Callable[[Specification], object]]
ALL = (1, 2, 4, 5)


def _df_left(specification: Specification) -> int:
    """Count rows less coefficients, of the comparison of clusters."""
    return specification.clusters - 2 - len(specification.full_data.controls.columns)


# Each: reason, rungs, condition. A fact is computed when a rule asks for it, so rules that need no
# fit stand first.
REFUSALS: tuple[Rule, ...] = (
    ("no counts", ALL, lambda r: r.full_data.units["count"].sum() == 0),
    (
        "constant exposure",
        ALL,
        lambda r: r.full_data.sd <= 1e-12 * r.full_data.units.exposure.abs().max(),
    ),
    ("within share below 5 %", (2,), lambda r: r.full_data.within_share < WITHIN),
    ("too many regressors", (5,), lambda r: r.full_data.controls.shape[1] > 1),
    ("too few clusters", (5,), lambda r: _df_left(r) < 5),
    ("a cluster without counts", (5,), lambda r: (r.data.units["count"] == 0).any()),
    ("fewer than 4 clusters", ALL, lambda r: r.clusters < 4),
    ("unbalanced years", (4,), lambda r: r.balance < 0.9),
    ("hardly any change", (4,), lambda r: r.change_ratio < 0.1),
    ("collinear controls", ALL, lambda r: r.collinear_terms),
    ("one cluster carries it", ALL, lambda r: r.carriers[0]),
    ("nothing left over", ALL, lambda r: np.mean(np.square(r.results.resid_pearson)) < 1e-9),
    ("df below 2", ALL, lambda r: r.error.df < 2),
)
FLAGS: tuple[Rule, ...] = (
    ("low information", ALL, lambda r: r.clusters < 6),
    ("little within variance", (2,), lambda r: r.full_data.within_share < 0.2),
    ("zero clusters dropped", (2,), lambda r: len(r.data.units) < len(r.full_data.units)),
    ("two clusters carry it", ALL, lambda r: r.carriers[1]),
    ("df below 3", ALL, lambda r: r.error.df < 3),
    ("near the ceiling", (1, 2), lambda r: r.scale < 1),
    ("acts, not people", (1, 2, 5), lambda r: r.full_data.names.kind == "ratio"),
    ("little change", (4,), lambda r: r.change_ratio < 0.3),
    ("permutation approximate", (5,), lambda r: r.clusters <= 8 and r.full_data.controls.shape[1]),
)
WITHIN = 0.05  # below this share of its variance within clusters, clusters are compared

# These leave nothing to compare at all; of the others, single clusters and denominators may tell.
NOTHING_TO_COMPARE = (
    *("no counts", "constant exposure", "a cluster without counts", "fewer than 4 clusters"),
    "collinear controls",
)


def _carriers_text(specification: Specification) -> str:
    """Name the clusters without which nothing is left: one, or any of several."""
    labels = [
        display_name(specification.full_data.names, label) for label in specification.carriers[0]
    ]
    return labels[0] if len(labels) == 1 else say("effect.any_of", labels=join_some(labels))


def _advice(specification: Specification) -> str:
    """Say what to do about one heavy unit: with fewer controls, if there are any."""
    has_controls = bool(specification.full_data.names.controls)
    return say("effect.fewer_controls" if has_controls else "effect.as_a_case")


# What a text of a refusal may name.
FACTS: dict[str, Callable[[Specification], object]] = {
    "found": lambda r: r.clusters,
    "df_left": _df_left,
    "share": lambda r: words.value(r.full_data.within_share, "share"),
    "balance": lambda r: words.percent(r.balance),
    "moved": lambda r: words.number(r.change_ratio, decimals=2),
    "repeated": lambda r: ", ".join(map(repr, r.collinear_terms)),
    "carrier": _carriers_text,
    "advice": _advice,
    "df": lambda r: words.number(r.error.df, decimals=2),
    "row": lambda r: display_name(r.full_data.names, r.heaviest[0]),
    "heavy": lambda r: words.percent(r.heaviest[1]),
}


def check(specification: Specification, only: Collection[str] = ()) -> list[str]:
    """Refuse at the first refusal that holds (of some), with what to do instead; give the flags."""
    for reason, rungs, holds in REFUSALS:
        if specification.number in rungs and (not only or reason in only) and holds(specification):
            told = {key: partial(fact, specification) for key, fact in FACTS.items()}
            raise Refused(specification.full_data.names, reason=reason, **told)
    flags = FLAGS if not only else ()
    return [
        reason
        for reason, rungs, holds in flags
        if specification.number in rungs and holds(specification)
    ]


def coefficient_record(specification: Specification, term: str = "") -> Record:
    """Lay out the exposure of a rung, with its flags, or refuse; or a control, if one is named."""
    name, flags = term or specification.exposure, [] if term else check(specification)
    error = specification.error_of(term) if term else specification.error
    flags += ["df below 3"] * bool(term and error.df < 3)
    row: Record = {
        "rung": specification.number,
        "term": name,
        "flags": tuple(flags),
        "error": error,
    }
    row |= {
        "log_rate_ratio": specification.scale * float(specification.results.params[name]),
        "clusters": specification.clusters,
    }
    row["units"] = len(specification.data.units)
    row["sd"] = float(specification.full_data.terms[name].std())
    return (
        row
        if term or specification.number != 5
        else row | {"permutation_p": specification.permutation_p}
    )


def choose_headline(within_share: float) -> int:
    """Fix the rung to report before anything is seen: clusters only where little is within them."""
    return 5 if within_share < WITHIN else 2


def match_years(data: Data, before: pd.DataFrame) -> Specification:
    """
    Match two years unit by unit, and take the changes of exposure and controls.

    The model is least squares of the change of the log rate, or where a count is zero the later
    count given the sum of both, which is Poisson with a fixed effect for each unit.
    """
    if isinstance(data.frame.index, pd.RangeIndex) and data.frame.index.name is None:
        raise Refused(reason="units without names")
    for column in ("indicator", "measure"):
        said = (set(map(str, f.get(column, ["–"]))) for f in (before, data.frame))
        kinds = [escaping.plain(", ".join(sorted(one))) for one in said]
        if kinds[0] != kinds[1]:
            raise Refused(reason="not the same indicator", before=kinds[0], now=kinds[1])
    earlier = read_data(before, data.names)
    for name in {*data.text_controls, *earlier.text_controls}:
        if strange := sorted(map(str, {*data.frame[name]} ^ {*before[name]})):
            raise Refused(reason="texts of one year only", control=repr(name), strange=strange)
    both = data.units.index.intersection(earlier.units.index)
    now, then = data.units.loc[both], earlier.units.loc[both]
    moved = list(both[now["cluster"] != then["cluster"]])
    if moved:
        raise Refused(data.names, reason="units in other clusters", moved=moved[:5])
    change = now["exposure"] - then["exposure"]
    controls = (data.controls - earlier.controls).loc[both]
    units = now.assign(exposure=change, count_before=then["count"], out_of_before=then["out_of"])
    used = units[(units["count"] > 0) | (units["count_before"] > 0)]
    controls = controls.loc[used.index, controls.abs().max() > 0]
    changed, balance = change.std() / data.sd, len(both) / max(len(data.units), len(earlier.units))
    return Specification(replace(data, units=used, controls=controls), 4, float(changed), balance)
