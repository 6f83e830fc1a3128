"""One way to compare: its model, fitted when asked, and what the data cannot carry."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import cached_property, partial
from itertools import combinations, permutations
from typing import NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from .. import escaping, words
from ..figure import join_some
from . import models
from .errors import Error, cr2, rows_of, standardised
from .frame import Data, Refused, display_name, read, say
from .models import Record, Vector


class Estimate(NamedTuple):
    """A log rate ratio and its error."""

    b: float
    error: Error


class Rung:
    """A model of the ladder and what is known of it; nothing is computed before it is asked for."""

    def __init__(
        self, data: Data, number: int, moved: float = np.inf, balance: float = 1.0
    ) -> None:
        self.asked, self.number, self.name = data, number, data.names.exposure
        self.moved, self.balance = moved, balance

    @cached_property
    def data(self) -> Data:
        """The rows of the model: a cluster without counts has no finite fixed effect."""
        if self.number == 5:
            return self.asked.by_cluster()
        if self.number == 2:
            units = self.asked.units
            keep = units["count"].groupby(units["cluster"]).transform("sum") > 0
            return replace(self.asked, units=units[keep], controls=self.asked.controls[keep])
        return self.asked

    @cached_property
    def results(self) -> models.Results:
        """What statsmodels made of it."""
        if self.number in (1, 2):
            return models.counts(self.data, fixed_effects=self.number == 2)
        if self.number == 5:
            return models.log_rates(self.data, fixed_effects=False)
        return models.changes(self.data)

    @cached_property
    def twin(self) -> models.Results:
        """Least squares of the log rate, in which places weigh alike."""
        return models.log_rates(self.data, fixed_effects=self.number == 2)

    @cached_property
    def far_twin(self) -> Estimate | None:
        """The twin, where its log ratio is another one: of the other sign, or a third away."""
        if self.number != 2 or not (self.data.units["count"] > 0).all():
            return None
        b = float(self.twin.params[self.name])
        if b * self.b > 0 and abs(b - self.b) <= abs(self.b) / 3:
            return None
        return Estimate(b, cr2(self.twin, self.data.units["cluster"], self.name))

    @cached_property
    def scale(self) -> float:
        """Log rate ratios for one of the coefficient; two years' is one already."""
        return 1.0 if self.number == 4 else models.to_log_rate(self.results)

    @cached_property
    def b(self) -> float:
        """Log rate ratio for one more unit of the exposure."""
        return self.scale * float(self.results.params[self.name])

    def error_of(self, name: str) -> Error:
        """Estimate the error of one term, as a log rate ratio."""
        return cr2(self.results, self.data.units["cluster"], name).times(self.scale)

    @cached_property
    def error(self) -> Error:
        """CR2 of the exposure."""
        return self.error_of(self.name)

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
        X = X[[*X.columns[1:], self.name]]
        scaled: pd.DataFrame = X / np.sqrt((X**2).mean()).replace(0.0, 1.0)
        return scaled

    @cached_property
    def repeated(self) -> list[str]:
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
        grams = np.stack([X[i].T @ X[i] for i in rows_of(self.data.units["cluster"])])
        whole = grams.sum(axis=0)
        alone = [one for one, lost in zip(labels, _lost(whole - grams, whole), strict=True) if lost]
        most = np.argsort(-grams[:, -1, -1])[:30]  # who could carry it has much of the exposure
        one, two = np.array(list(combinations(most, 2))).T
        return alone, bool(_lost(whole - grams[one] - grams[two], whole).any())

    @cached_property
    def heaviest(self) -> tuple[str, float]:
        """The row with most of the exposure's variation that is left, and its share of it."""
        own = standardised(self.results).influence(self.name) ** 2
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

Rule: TypeAlias = tuple[str, tuple[int, ...], Callable[[Rung], object]]
ALL = (1, 2, 4, 5)


def _df_left(rung: Rung) -> int:
    """Count rows less coefficients, of the comparison of clusters."""
    return rung.clusters - 2 - len(rung.asked.controls.columns)


# Each: reason, rungs, condition. A fact is computed when a rule asks for it, so rules that need no
# fit stand first.
REFUSALS: tuple[Rule, ...] = (
    ("no counts", ALL, lambda r: r.asked.units["count"].sum() == 0),
    ("constant exposure", ALL, lambda r: r.asked.sd <= 1e-12 * r.asked.units.exposure.abs().max()),
    ("within share below 5 %", (2,), lambda r: r.asked.within_share < WITHIN),
    ("too many regressors", (5,), lambda r: r.asked.controls.shape[1] > 1),
    ("too few clusters", (5,), lambda r: _df_left(r) < 5),
    ("a cluster without counts", (5,), lambda r: (r.data.units["count"] == 0).any()),
    ("fewer than 4 clusters", ALL, lambda r: r.clusters < 4),
    ("unbalanced years", (4,), lambda r: r.balance < 0.9),
    ("hardly any change", (4,), lambda r: r.moved < 0.1),
    ("collinear controls", ALL, lambda r: r.repeated),
    ("one cluster carries it", ALL, lambda r: r.carriers[0]),
    ("nothing left over", ALL, lambda r: np.mean(np.square(r.results.resid_pearson)) < 1e-9),
    ("df below 2", ALL, lambda r: r.error.df < 2),
)
FLAGS: tuple[Rule, ...] = (
    ("low information", ALL, lambda r: r.clusters < 6),
    ("little within variance", (2,), lambda r: r.asked.within_share < 0.2),
    ("zero clusters dropped", (2,), lambda r: len(r.data.units) < len(r.asked.units)),
    ("two clusters carry it", ALL, lambda r: r.carriers[1]),
    ("df below 3", ALL, lambda r: r.error.df < 3),
    ("near the ceiling", (1, 2), lambda r: r.scale < 1),
    ("acts, not people", (1, 2, 5), lambda r: r.asked.names.kind == "ratio"),
    ("little change", (4,), lambda r: r.moved < 0.3),
    ("permutation approximate", (5,), lambda r: r.clusters <= 8 and r.asked.controls.shape[1]),
)
WITHIN = 0.05  # below this share of its variance within clusters, clusters are compared

# These leave nothing to compare at all; of the others, single clusters and denominators may tell.
AT_ALL = (
    *("no counts", "constant exposure", "a cluster without counts", "fewer than 4 clusters"),
    "collinear controls",
)


def _carriers_text(rung: Rung) -> str:
    """Name the clusters without which nothing is left: one, or any of several."""
    labels = [display_name(rung.asked.names, label) for label in rung.carriers[0]]
    return labels[0] if len(labels) == 1 else say("effect.any_of", labels=join_some(labels))


def _advice(rung: Rung) -> str:
    """Say what to do about one heavy unit: with fewer controls, if there are any."""
    has_controls = bool(rung.asked.names.controls)
    return say("effect.fewer_controls" if has_controls else "effect.as_a_case")


# What a text of a refusal may name.
FACTS: dict[str, Callable[[Rung], object]] = {
    "found": lambda r: r.clusters,
    "df_left": _df_left,
    "share": lambda r: words.value(r.asked.within_share, "share"),
    "balance": lambda r: words.percent(r.balance),
    "moved": lambda r: words.number(r.moved, decimals=2),
    "repeated": lambda r: ", ".join(map(repr, r.repeated)),
    "carrier": _carriers_text,
    "advice": _advice,
    "df": lambda r: words.number(r.error.df, decimals=2),
    "row": lambda r: display_name(r.asked.names, r.heaviest[0]),
    "heavy": lambda r: words.percent(r.heaviest[1]),
}


def check(rung: Rung, only: Collection[str] = ()) -> list[str]:
    """Refuse at the first refusal that holds (of some), with what to do instead; give the flags."""
    for reason, rungs, holds in REFUSALS:
        if rung.number in rungs and (not only or reason in only) and holds(rung):
            told = {key: partial(fact, rung) for key, fact in FACTS.items()}
            raise Refused(rung.asked.names, reason=reason, **told)
    flags = FLAGS if not only else ()
    return [reason for reason, rungs, holds in flags if rung.number in rungs and holds(rung)]


def of_rung(rung: Rung, term: str = "") -> Record:
    """Lay out the exposure of a rung, with its flags, or refuse; or a control, if one is named."""
    name, flags = term or rung.name, [] if term else check(rung)
    error = rung.error_of(term) if term else rung.error
    flags += ["df below 3"] * bool(term and error.df < 3)
    row: Record = {"rung": rung.number, "term": name, "flags": "; ".join(flags), "error": error}
    row |= {"b": rung.scale * float(rung.results.params[name]), "clusters": rung.clusters}
    row["units"] = len(rung.data.units)
    row["sd"] = float(rung.asked.terms[name].std())
    return row if term or rung.number != 5 else row | {"permutation_p": rung.permutation_p}


def headline(within_share: float) -> int:
    """Fix the rung to report before anything is seen: clusters only where little is within them."""
    return 5 if within_share < WITHIN else 2


def two_years(data: Data, before: pd.DataFrame) -> Rung:
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
    earlier = read(before, data.names)
    for name in {*data.texts, *earlier.texts}:
        if strange := sorted(map(str, {*data.frame[name]} ^ {*before[name]})):
            raise Refused(reason="texts of one year only", control=repr(name), strange=strange)
    both = data.units.index.intersection(earlier.units.index)
    now, then = data.units.loc[both], earlier.units.loc[both]
    moved = list(both[now["cluster"] != then["cluster"]])
    if moved:
        raise Refused(data.names, reason="units in other clusters", moved=moved[:5])
    change = now["exposure"] - then["exposure"]
    controls = (data.controls - earlier.controls).loc[both]
    units = now.assign(exposure=change, count_then=then["count"], people_then=then["people"])
    used = units[(units["count"] > 0) | (units["count_then"] > 0)]
    controls = controls.loc[used.index, controls.abs().max() > 0]
    changed, balance = change.std() / data.sd, len(both) / max(len(data.units), len(earlier.units))
    return Rung(replace(data, units=used, controls=controls), 4, float(changed), balance)
