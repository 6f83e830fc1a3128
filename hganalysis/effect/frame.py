"""Take the columns of a frame, or refuse with bad values listed; and lay out such a frame."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import escaping, frames, indicators, places, study, suppress, words
from ..figure import join_some

if TYPE_CHECKING:
    from ..indicators import Indicator


@dataclass(frozen=True)
class Names:
    """What each column is called, and whose words speak of it."""

    count: str
    exposure: str
    offset: str
    cluster: str
    controls: tuple[str, ...] = ()
    kind: str = "share"
    """"share" if the count is part of the denominator, "ratio" if it may be more."""
    exposure_per: str | None = None
    """The column that the exposure is counted per, "" if it is per nothing; None: nobody said."""
    has_study_places: bool = False
    """Whether `read` found all among places of the study in use, which has words for them."""
    measure: tuple[str, int] | None = None
    """The measure of the catalogue, and its year, if it is one."""

    @property
    def indicator(self) -> Indicator | None:
        """What the catalogue says of the measure, in the language in use."""
        return indicators.get(self.measure[0], year=self.measure[1]) if self.measure else None

    @property
    def has_study_exposure(self) -> bool:
        """Whether the exposure is that of the study in use."""
        return self.has_study_places and self.exposure == study.current().density


# What the study in use has words for, where all places are its own; where the exposure is, too.
PLACES = ("units", "unit", "district", "cluster", "homes", "clusters")
DENSE = ("exposure", "mistaken", "both", "one", "short_one", "others", "limit")


def nouns(names: Names) -> dict[str, str]:
    """Give the words for what is asked about, in the language in use."""
    own = {key: escaping.plain(getattr(names, key)) for key in ("count", "exposure", "cluster")}
    own |= {"out_of": escaping.plain(names.offset)}
    for known, keys in ((names.has_study_places, PLACES), (names.has_study_exposure, DENSE)):
        whose = "study" if known else "own"
        own |= {key: words.term(f"effect_nouns.{whose}_{key}", **own) for key in keys}
    own["sd"] = words.term("effect_nouns.sd", **own)
    if measure := names.indicator:
        of_residents = measure.denominator == "residents"
        own["out_of"] = words.term("effect_nouns.residents") if of_residents else measure.out_of
        return own | {"outcome": words.term("effect_nouns.study_outcome")}
    return own | {"outcome": words.term("effect_nouns.own_outcome", **own)}


def display_name(names: Names, label: str) -> str:
    """Name a unit or a cluster as readers do: a place by its name, and not by its code."""
    return places.label(label) if names.has_study_places else escaping.plain(label)


def control_name(names: Names, control: str) -> str:
    """Name a control as the study does, else as its column is called."""
    labels = {"urban": words.term("effect_nouns.urban"), **study.current().controls}
    if names.has_study_places and control in labels:
        return labels[control]
    return escaping.plain(control)


def say(key: str, names: Names | None = None, /, **facts: object) -> str:
    """Fill in a text of `texts.toml`: whole numbers are written, functions asked if it has them."""
    text = words.strings()[key][words.language()]
    told: dict[str, object] = {**nouns(names)} if names else {}
    for name, one in facts.items():
        if f"{{{name}}}" in text:
            fact = one() if callable(one) else one
            told[name] = words.number(int(fact)) if isinstance(fact, (int, np.integer)) else fact
    return words.term(key, **told)


class Refused(places.NotGivenError):
    """
    An estimate that the data cannot carry.

    Parameters
    ----------
    names
        Whose words it is said in.
    reason
        In few English words, for programs.
    **facts
        What stands in its text; a function is asked when it is read, in the language in use then.
    """

    def __init__(self, names: Names | None = None, /, *, reason: str, **facts: object) -> None:
        super().__init__(reason)
        self.reason, self.names, self.facts = reason, names, facts

    def __str__(self) -> str:
        """Say why, and what to do instead, in the language in use."""
        return say(f"effect_refusals.{self.reason}", self.names, **self.facts)


@dataclass(frozen=True)
class Data:
    """The columns of one frame, checked: what every question here is asked of."""

    frame: pd.DataFrame = field(repr=False)
    """As it was given."""
    names: Names
    units: pd.DataFrame = field(repr=False)
    """`count`, `exposure`, `out_of` (the denominator itself) and `cluster` (text) of each unit."""
    controls: pd.DataFrame = field(repr=False)
    """Numbers; a control of texts has a column of 0 and 1 for each text but the first."""
    text_controls: list[str]
    """Which controls are of texts."""

    @property
    def terms(self) -> pd.DataFrame:
        """Exposure and controls by name, centred: that moves the constant only."""
        exposure = self.units[["exposure"]].set_axis([self.names.exposure], axis="columns")
        terms = exposure.join(self.controls)
        return terms - terms.mean()

    @property
    def log_rate(self) -> pd.Series:
        """Log of count over denominator."""
        share: pd.Series = self.units["count"] / self.units["out_of"]
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

    def by_cluster(self) -> Data:
        """Add up to clusters; exposure and controls are averaged with the denominator as weight."""
        people, cluster = self.units["out_of"], self.units["cluster"]
        total = people.groupby(cluster).sum()

        def average(columns: pd.DataFrame) -> pd.DataFrame:
            return columns.mul(people, axis=0).groupby(cluster).sum().div(total, axis=0)

        units = pd.DataFrame({"count": self.units["count"].groupby(cluster).sum(), "out_of": total})
        units = units.join(average(self.units[["exposure"]])).assign(cluster=total.index)
        return replace(self, units=units, controls=average(self.controls))


def read_data(frame: pd.DataFrame, names: Names) -> Data:
    """
    Check the columns that are asked for.

    Raises
    ------
    LookupError
        If a column is not in the frame.
    Refused
        If a value is missing, not finite, negative (counts) or not above 0 (denominators); if a
        unit stands twice; if a count of a share is more than its denominator.
    """
    _require_columns(frame, names)
    named = {"count": names.count, "exposure": names.exposure, "out_of": names.offset}
    units = pd.DataFrame({key: numbers(frame[column]) for key, column in named.items()})
    units["count"] = units["count"].where(units["count"] >= 0)
    units["out_of"] = units["out_of"].where(units["out_of"] > 0)
    units["cluster"] = frame[names.cluster].astype(object).map(_label, na_action="ignore")
    controls, texts = dummies(frame, names.controls)
    _require_values(frame, units, controls, names)
    listed = set(units.index) <= set(places.communes().index)
    listed &= set(units["cluster"]) <= set(places.districts().index)
    names = replace(names, has_study_places=listed)
    if names.kind == "share":
        _require_parts(units, names)
    return Data(frame, names, units, controls, texts)


def _label(cluster: object) -> str:
    """Write a name without what nobody sees: blanks around it, and how its letters are coded."""
    return " ".join(unicodedata.normalize("NFC", str(cluster)).split())


def numbers(column: pd.Series) -> pd.Series:
    """Read a column as numbers, with NaN for what is none (a date, infinity)."""
    found = pd.to_numeric(column.astype(object), errors="coerce")
    found = pd.Series(found.to_numpy(dtype=float, na_value=np.nan), column.index)
    return found.where(np.isfinite(found))


def dummies(frame: pd.DataFrame, names: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """
    Read controls: numbers as they are, texts as columns of 0 and 1 for each but the first.

    Digits that are a code are a text; one text that all share compares nothing, and is refused.

    Examples
    --------
    >>> frame = pd.DataFrame({"zone": ["north", "coast", "north"], "people": [3, 2, 1]})
    >>> columns, texts = dummies(frame, ["zone", "people"])
    >>> list(columns), columns["zone: north"].tolist(), texts
    (['zone: north', 'people'], [1.0, 0.0, 1.0], ['zone'])
    """
    parts, texts = [pd.DataFrame(index=frame.index)], []
    for name in names:
        column = frame[name]
        texts_of = column.map(lambda one: isinstance(one, str))
        text = isinstance(column.dtype, pd.CategoricalDtype) or texts_of.any()
        if text and len({*column.dropna()}) > 1:
            made = pd.get_dummies(column, name, ": ", drop_first=True, dtype=float)
            parts.append(made.mask(column.isna(), axis="index"))
            texts.append(name)
        else:
            parts.append(numbers(column.mask(texts_of)).to_frame(name))
    return pd.concat(parts, axis="columns"), texts


def _require_columns(frame: pd.DataFrame, names: Names) -> None:
    """Refuse a column that is not there, or is to be two things at once, and a unit twice."""
    asked = [names.count, names.exposure, names.offset, names.cluster, *names.controls]
    denominators = [names.exposure_per] if names.exposure_per else []
    absent = [name for name in [*asked, *denominators] if name not in frame.columns]
    if absent:
        msg = f"No such column: {absent}. The frame has {list(frame.columns)}."
        raise LookupError(msg)
    double = [one for one in asked if asked.count(one) > 1 or (frame.columns == one).sum() > 1]
    if double:
        msg = f"each column has one name and one part to play; {sorted(set(double))} has two."
        raise ValueError(msg)
    # A unit that stands twice would have its shocks, and its people, count as two.
    for units in (frame.index, *[pd.Index(frame[one]) for one in ["code"] if one in frame]):
        if units.has_duplicates:
            raise Refused(reason="a unit twice", twice=list(units[units.duplicated()].unique()[:5]))


def _require_values(
    frame: pd.DataFrame, units: pd.DataFrame, controls: pd.DataFrame, names: Names
) -> None:
    """Refuse what cannot be used: five such values, and how many more."""
    if units.empty:
        raise Refused(reason="no rows")
    columns = [names.count, names.exposure, names.offset, names.cluster]
    bad = units.set_axis(columns, axis="columns").join(controls).isna()
    cells = [(at, name) for name in bad for at in np.flatnonzero(bad[name]).tolist()]
    if cells:
        given, named = frame.astype(object), frame.index.tolist()
        lines = [
            f"  {named[at]!r}: {name}" + (f" = {given[name].iloc[at]!r}" if name in given else "")
            for at, name in cells[:5]
        ]
        lines += [f"  (+{len(cells) - 5})"] * (len(cells) > 5)
        told = {"bad": len(cells), "rows": len(units), "lines": "\n".join(lines)}
        raise Refused(reason="missing or impossible values", **told)


def _require_parts(units: pd.DataFrame, names: Names) -> None:
    """Refuse counts that are more than their denominator, and name five of the units."""
    too_large = units.index[units["count"] > units["out_of"]]
    if too_large.empty:
        return

    def named() -> str:
        return join_some([display_name(names, str(unit)) for unit in too_large])

    facts = {"n_units": len(too_large), "rows": len(units), "units_named": named}
    raise Refused(names, reason="more than its denominator", **facts)


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
        or 1), the controls that the study names, `kind` of the measure ("share" or "ratio"),
        `origin` (the less firm of report and teams).
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
    pairs = table[["origin", "of_teams"]]
    table["origin"] = [frames.worst_origin(pair.dropna()) for _, pair in pairs.iterrows()]
    table["kind"] = indicator.kind
    table["state"] = table["hidden"].map({True: suppress.SUPPRESSED, False: "known"})
    columns = ["district_code", "count", "out_of", "population", "members", "teams", exposure]
    return table[
        [*columns, "urban", *controls, "kind", "origin"] + ["state"] * bool(table["hidden"].any())
    ]
