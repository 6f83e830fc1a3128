"""Take the columns of a frame, or refuse with bad values listed; and lay out such a frame."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import escaping, frames, places, study, suppress, words
from ..countries.letters import bare
from .texts import Names, Refused

if TYPE_CHECKING:
    from ..indicators import Indicator


@dataclass(frozen=True)
class Data:
    """The columns of one frame, checked: what every question here is asked of."""

    frame: pd.DataFrame = field(repr=False)
    """As it was given."""
    names: Names
    units: pd.DataFrame = field(repr=False)
    """`count`, `exposure`, `people` (the denominator itself) and `cluster` (text) of each unit."""
    controls: pd.DataFrame = field(repr=False)
    """Numbers; a control of texts has a column of 0 and 1 for each text but the first."""
    texts: dict[str, list[str]]
    """Of each control of texts, which there are: others are compared with the first."""

    @property
    def terms(self) -> pd.DataFrame:
        """Exposure and controls by name, centred: that moves the constant only."""
        terms = self.controls.copy()
        terms.insert(0, self.names.exposure, self.units["exposure"])
        return terms - terms.mean()

    @property
    def rate(self) -> pd.Series:
        """Log of count over denominator."""
        share: pd.Series = self.units["count"] / self.units["people"]
        return share.map(np.log)

    @property
    def sd(self) -> float:
        """Of the exposure, between units."""
        return float(self.units["exposure"].std())

    @property
    def within_share(self) -> float:
        """Share of the variance of the exposure that lies within clusters, 0 to 1."""
        x = self.units["exposure"]
        inside = x - x.groupby(self.units["cluster"]).transform("mean")
        whole = float(((x - x.mean()) ** 2).sum())
        return float((inside**2).sum()) / whole if whole > 0 else 0.0

    def only(self, keep: pd.Series) -> Data:
        """Keep some units."""
        return replace(self, units=self.units[keep], controls=self.controls[keep])

    def by_cluster(self) -> Data:
        """Add up to clusters; exposure and controls are averaged with the denominator as weight."""
        people, cluster = self.units["people"], self.units["cluster"]
        total = people.groupby(cluster).sum()

        def average(columns: pd.DataFrame) -> pd.DataFrame:
            return columns.mul(people, axis=0).groupby(cluster).sum().div(total, axis=0)

        units = pd.DataFrame({"count": self.units["count"].groupby(cluster).sum(), "people": total})
        units = units.join(average(self.units[["exposure"]])).assign(cluster=total.index)
        return replace(self, units=units, controls=average(self.controls))


def read(frame: pd.DataFrame, names: Names, texts: dict[str, list[str]] | None = None) -> Data:
    """
    Check the columns that are asked for; `texts` are those that controls have in another frame.

    Raises
    ------
    LookupError
        If a column is not in the frame.
    Refused
        If a value is missing, not finite, negative (counts) or not above 0 (denominators); if a
        unit stands twice; if two clusters differ in blanks only.
    """
    asked = [names.count, names.exposure, names.offset, names.cluster, *names.controls]
    _require_columns(frame, asked)
    _require_once(frame)
    cluster = frame[names.cluster]
    units = pd.DataFrame(
        {
            "count": numbers(frame[names.count]),
            "exposure": numbers(frame[names.exposure]),
            "people": numbers(frame[names.offset]),
            "cluster": cluster.astype(str).mask(cluster.isna()),
        }
    )
    controls, texts = dummies(frame, names.controls, texts)
    _require_values(frame, units, controls, names)
    _require_apart(units["cluster"], names.cluster)
    return Data(frame, names, units, controls, texts)


def numbers(column: pd.Series) -> pd.Series:
    """Read a column as numbers, with NaN for what is none (a date is none)."""
    if column.dtype.kind in "mM":
        return pd.Series(np.nan, column.index)
    if column.dtype == object:
        dates = column.map(lambda one: isinstance(one, (date, timedelta, np.datetime64)))
        column = column.mask(dates.astype(bool))
    found = pd.to_numeric(column, errors="coerce")
    return pd.Series(found.to_numpy(dtype=float, na_value=np.nan), column.index)


def dummies(
    frame: pd.DataFrame, names: Sequence[str], known: dict[str, list[str]] | None = None
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """
    Read controls: numbers as they are, texts as columns of 0 and 1 for each but the first.

    Texts are sorted as a reader sorts them, unless they are known already; one that is missing is
    missing in each column.

    Examples
    --------
    >>> frame = pd.DataFrame({"zone": ["north", "coast", "north"], "people": [3, 2, 1]})
    >>> columns, texts = dummies(frame, ["zone", "people"])
    >>> list(columns), columns["zone: north"].tolist(), texts
    (['zone: north', 'people'], [1.0, 0.0, 1.0], {'zone': ['coast', 'north']})
    """
    columns, texts = {}, {}
    for name in names:
        if not (name in known if known else _holds_texts(frame[name])):
            columns[name] = numbers(frame[name])
            continue
        held = frame[name].astype(object).map(escaping.plain, na_action="ignore")
        found = sorted(set(held.dropna()), key=lambda one: (bare(one.lower()), one))
        texts[name] = known[name] if known else found
        if strange := sorted(set(found) - set(texts[name])):
            raise Refused(reason="texts of one year only", control=repr(name), strange=strange)
        # Of a text that all share, its own column stays where one is missing: that is refused.
        for text in texts[name][1:] or texts[name] * int(held.isna().any()):
            columns[f"{name}: {text}"] = (held == text).astype(float).mask(held.isna())
    taken = sorted({one for one in columns if one in frame.columns and one not in names})
    if taken:
        msg = f"texts of controls become columns {taken}, and the frame has these: rename them."
        raise ValueError(msg)
    return pd.DataFrame(columns, index=frame.index, dtype=float), texts


def _holds_texts(column: pd.Series) -> bool:
    """Say whether a column is of categories, or holds a text: digits that are a code are one."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return True
    return bool(column.map(lambda one: isinstance(one, str)).any())


def _require_columns(frame: pd.DataFrame, asked: Sequence[str]) -> None:
    """Refuse a column that is not there, that stands twice, or that is to be two things at once."""
    absent = [name for name in asked if name not in frame.columns]
    if absent:
        msg = f"No such column: {absent}. The frame has {list(frame.columns)}."
        raise LookupError(msg)
    twice = sorted({name for name in asked if asked.count(name) > 1})
    double = [name for name in asked if (frame.columns == name).sum() > 1]
    if twice or double:
        msg = f"each column has one name and one part to play; {twice or double} has two."
        raise ValueError(msg)


def _require_once(frame: pd.DataFrame) -> None:
    """Refuse a unit that stands twice: its shocks would count as two, its people too."""
    coded = [pd.Index(frame["code"])] if (frame.columns == "code").sum() == 1 else []
    for units in (frame.index, *coded):
        if units.has_duplicates:
            twice = list(units[units.duplicated()].unique()[:5])
            raise Refused(reason="a unit twice", twice=twice)


def _require_values(
    frame: pd.DataFrame, units: pd.DataFrame, controls: pd.DataFrame, names: Names
) -> None:
    """Refuse what cannot be used: five such values, and how many more."""
    if units.empty:
        raise Refused(reason="no rows")
    finite = pd.concat([units.drop(columns="cluster"), controls], axis=1)
    bad = finite.isna() | finite.isin([np.inf, -np.inf])
    bad["count"] |= units["count"] < 0
    bad["people"] |= units["people"] <= 0
    bad["cluster"] = units["cluster"].isna()
    called = {"count": names.count, "exposure": names.exposure}
    called |= {"people": names.offset, "cluster": names.cluster}
    cells = [
        (at, called.get(str(name), str(name)))
        for name in bad
        for at in np.flatnonzero(bad[name]).tolist()
    ]
    if cells:
        lines = [f"  {frame.index[at]!r}: {name}{_value(frame, at, name)}" for at, name in cells]
        more = [f"  (+{len(cells) - 5})"] * (len(cells) > 5)
        told = {"bad": partial(words.number, len(cells)), "rows": partial(words.number, len(units))}
        said = "\n".join([*lines[:5], *more])
        raise Refused(reason="missing or impossible values", lines=said, **told)


def _value(frame: pd.DataFrame, at: int, column: str) -> str:
    if column not in frame:
        return ""
    value = frame[column].iloc[at]
    return f" = {value!r}" if isinstance(value, str) else f" = {value}"


def _require_apart(cluster: pd.Series, name: str) -> None:
    """Refuse names of clusters that differ in blanks or in the coding of letters only."""
    labels = pd.Series(cluster.unique())
    plain = labels.map(lambda text: " ".join(unicodedata.normalize("NFC", text).split()))
    alike = labels[plain.duplicated(keep=False)].tolist()
    if alike:
        raise Refused(reason="names of clusters alike", column=repr(name), alike=alike)


def units(reports: pd.DataFrame, teams: pd.DataFrame, *, indicator: Indicator) -> pd.DataFrame:
    """
    Arrange one measure of one year for `Design`.

    Parameters
    ----------
    reports
        Reports of communes: `code`, `year`, `indicator`, `count`, `out_of`, `origin`.
    teams
        Teams of communes: `code`, `year`, `teams`, `members`, `origin`.
    indicator
        The measure and its year; the teams are those of the same year.

    Returns
    -------
    units
        One row per commune that reported both its count and its teams (index `code`, sorted):
        `district_code`, `count`, `out_of` (in the units of the measure), `population` (residents:
        reported, else the list's), `members`, `teams`, `members_per_1000` (residents), `urban` (0
        or 1), the controls that the study names, `origin` (the less firm of report and teams).
        Where a small count is hidden there is `state`, too: a `Design` leaves these out.

    Raises
    ------
    ValueError
        If a commune reported twice, or a code is not a commune's; each is named.
    Refused
        If no commune has that measure and its teams in that year: not reported, or hidden.
    """
    exposure, controls = study.current().density, list(study.current().controls)
    asked = (reports["indicator"] == indicator.name) & (reports["year"] == indicator.year)
    rows = frames.once(reports[asked], ["code"])
    places.parents(rows["code"], "district")  # refuses a code of no place
    rows = rows.assign(hidden=suppress.is_hidden(rows), **frames.residents(rows)[["population"]])
    rows = rows.set_index("code")[["count", "out_of", "population", "hidden", "origin"]]
    dense = frames.density(teams[teams["year"] == indicator.year]).set_index("code")
    dense = dense.rename(columns={"origin": "of_teams"})[["members", "teams", exposure, "of_teams"]]
    land = places.communes()[["district_code", "urban", *controls]]
    table = rows.join(land).join(dense).sort_index().dropna(subset=["count", "out_of", exposure])
    if table.empty:
        raise Refused(reason="nothing beside it", measure=lambda: str(indicator))
    pairs = list(zip(table["origin"], table["of_teams"], strict=True))
    worst = {pair: frames.worst_origin(pd.Series(pair).dropna()) for pair in set(pairs)}
    table["origin"] = [worst[pair] for pair in pairs]
    table["state"] = table["hidden"].map({True: suppress.SUPPRESSED, False: "known"})
    columns = ["district_code", "count", "out_of", "population", "members", "teams", exposure]
    return table[[*columns, "urban", *controls, "origin"] + ["state"] * bool(table["hidden"].any())]
