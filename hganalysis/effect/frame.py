"""Check the columns of a frame, or refuse it with its bad values; arrange a measure as a frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from string import Formatter

import numpy as np
import pandas as pd

from .. import escaping, frames, indicators, places, refusals, study, suppress, words
from ..countries.letters import spaced
from ..indicators import Indicator
from ..periods import PeriodKey
from ..study import Study

# A refusal lists so many bad values, or units, and counts the rest.
MAX_LISTED = 5


@dataclass(frozen=True)
class Names:
    """What each column is called, and whether the study has words for it."""

    count: str
    exposure: str
    offset: str
    cluster: str
    controls: tuple[str, ...] = ()
    kind: str = "share"
    """"share" if the count is part of the denominator, "ratio" if it may be more."""
    exposure_per: str | None = None
    """The column that the exposure is counted per; "" if there is none, None if nobody said."""
    study: Study | None = None
    """The study that it was asked of."""
    has_study_places: bool = False
    """Whether all units and clusters are those of the study, which has words for them."""
    measure: tuple[str, PeriodKey] | None = None
    """The measure of the catalogue, and its period, if it is one."""

    @property
    def columns(self) -> list[str]:
        """All columns but the controls."""
        return [self.count, self.exposure, self.offset, self.cluster]

    @property
    def indicator(self) -> Indicator | None:
        """What the catalogue says of the measure, in the language in use."""
        if self.measure is None:
            return None
        name, period = self.measure
        return indicators.get(name, period=period)

    @property
    def has_study_exposure(self) -> bool:
        """Whether the exposure is that of the study."""
        if self.study is None or not self.has_study_places:
            return False
        return self.exposure == self.study.density


# The study in use has words for these where all places are its own, or the exposure is.
PLACE_NOUNS = ("units", "unit", "district", "cluster", "homes", "clusters")
EXPOSURE_NOUNS = ("exposure", "mistaken", "both", "one", "short_one", "others", "limit")


def nouns(names: Names) -> dict[str, str]:
    """Give the words for what is asked about, in the language in use."""
    columns = map(escaping.plain, names.columns)
    texts = dict(zip(("count", "exposure", "out_of", "cluster"), columns, strict=True))
    place_owner = "study" if names.has_study_places else "own"
    exposure_owner = "study" if names.has_study_exposure else "own"
    for keys, owner in ((PLACE_NOUNS, place_owner), (EXPOSURE_NOUNS, exposure_owner)):
        texts |= {key: words.term(f"effect_nouns.{owner}_{key}", **texts) for key in keys}
    texts["sd"] = words.term("effect_nouns.sd", **texts)
    measure = names.indicator
    if measure is None:
        texts["outcome"] = words.term("effect_nouns.own_outcome", **texts)
        return texts
    texts["out_of"] = measure.out_of
    if measure.denominator == "residents":
        texts["out_of"] = words.term("effect_nouns.residents")
    texts["outcome"] = words.term("effect_nouns.study_outcome")
    return texts


def display_name(names: Names, label: str) -> str:
    """Name a unit or a cluster as readers do: a place by its name, and not by its code."""
    is_place = label in places.units().index or label in places.compared().index
    return places.label(label) if names.has_study_places and is_place else escaping.plain(label)


def display_names(names: Names, labels: Iterable[object]) -> str:
    """Name some units or clusters, and say how many more there are."""
    return words.join_some([display_name(names, str(label)) for label in labels])


def control_name(names: Names, control: str) -> str:
    """Name a control as the study does, or else by its column."""
    if not names.study or not names.has_study_places:
        return escaping.plain(control)
    label = names.study.says(study.CONTROLS, control)
    if label is not None:
        return study.in_language(label, words.language())
    return words.term("effect_nouns.urban") if control == "urban" else escaping.plain(control)


def say(key: str, names: Names | None = None, /, **facts: object) -> str:
    """Fill in a text of `texts.toml`; call the facts that are functions only if it has them."""
    text = words.strings()[key][words.language()]
    names_in_text = {name for _, name, _, _ in Formatter().parse(text)}
    blanks: dict[str, object] = {**nouns(names)} if names else {}
    for blank, fact in facts.items():
        if blank not in names_in_text:
            continue
        value = fact() if callable(fact) else fact
        if isinstance(value, (int, np.integer)):
            value = words.number(int(value))
        blanks[blank] = value
    return words.term(key, **blanks)


class Refused(places.NotGivenError):
    """
    An estimate that the data cannot carry.

    Parameters
    ----------
    names
        The columns: they decide by which words its text speaks of them.
    reason
        A few English words, for programs.
    **facts
        What its text names; a function is called when the text is read, in the language of then.
    """

    texts = "effect_refusals"
    """The section of the texts of its reasons."""

    def __init__(self, names: Names | None = None, /, *, reason: str, **facts: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.names = names
        self.facts = facts

    def __str__(self) -> str:
        """Say why, and what to do instead, in the language in use."""
        return say(f"{self.texts}.{self.reason}", self.names, **self.facts)


@dataclass(frozen=True)
class Data:
    """The checked columns of one frame, which answer every question."""

    frame: pd.DataFrame = field(repr=False)
    """The frame of the user, without hidden rows."""
    names: Names
    units: pd.DataFrame = field(repr=False)
    """`count`, `exposure`, `out_of` (the denominator itself) and `cluster` (text) of each unit."""
    controls: pd.DataFrame = field(repr=False)
    """Numbers; a control of texts has a column of 0 and 1 for each text but the first."""
    text_controls: list[str]
    """Which controls are of texts."""

    @property
    def terms(self) -> pd.DataFrame:
        """Exposure and controls by name, centred, which changes the constant only."""
        exposure = self.units["exposure"].rename(self.names.exposure)
        terms = exposure.to_frame().join(self.controls)
        return terms - terms.mean()

    @property
    def log_rate(self) -> pd.Series:
        """Log of count over denominator."""
        rate: pd.Series = self.units["count"] / self.units["out_of"]
        return rate.map(np.log)

    @property
    def sd(self) -> float:
        """Standard deviation of the exposure between units."""
        return float(self.units["exposure"].std())

    @property
    def within_share(self) -> float:
        """Share of the variance of the exposure that lies within clusters, 0 to 1."""
        exposure = self.units["exposure"]
        within = exposure - exposure.groupby(self.units["cluster"]).transform("mean")
        total_var = exposure.var(ddof=0)
        if total_var <= 0:
            return 0.0
        return float(within.var(ddof=0) / total_var)

    def by_cluster(self) -> Data:
        """Add up units to clusters; average exposure and controls, weighted by the denominator."""
        out_of, cluster = self.units["out_of"], self.units["cluster"]
        sums = self.units[["count", "out_of"]].groupby(cluster).sum()

        def average(columns: pd.DataFrame) -> pd.DataFrame:
            weighted = columns.mul(out_of, axis=0)
            totals = weighted.groupby(cluster).sum()
            return totals.div(sums["out_of"], axis=0)

        exposure = average(self.units[["exposure"]])
        units = sums.join(exposure).assign(cluster=sums.index)
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
        unit is there twice; if a count of a share is more than its denominator.
    """
    _require_columns(frame, names)
    count = numbers(frame[names.count])
    out_of = numbers(frame[names.offset])
    cluster = frame[names.cluster].astype(object)
    units = pd.DataFrame(
        {
            "count": count.where(count >= 0),
            "exposure": numbers(frame[names.exposure]),
            "out_of": out_of.where(out_of > 0),
            "cluster": cluster.map(str, na_action="ignore").map(spaced, na_action="ignore"),
        }
    )
    controls, text_controls = dummies(frame, names.controls)
    _require_values(frame, units, controls, names)
    are_of_study = names.study is not None and _are_of_study(names.study, units)
    names = replace(names, has_study_places=are_of_study)
    if names.kind == "share":
        _require_parts(units, names)
    return Data(frame, names, units, controls, text_controls)


def _are_of_study(of: Study, units: pd.DataFrame) -> bool:
    """Say whether all units and clusters are those of a study."""
    listed = places.list_units(of)
    clusters = set(listed[places.name_cluster_column(of)].map(str).map(spaced))
    return set(units.index) <= set(listed.index) and set(units["cluster"]) <= clusters


def numbers(column: pd.Series) -> pd.Series:
    """Read a column as numbers; a value that is none (a date, infinity) becomes NaN."""
    parsed = pd.to_numeric(column.astype(object), errors="coerce")
    floats = parsed.astype(float)
    return floats.where(np.isfinite(floats))


def dummies(frame: pd.DataFrame, names: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """
    Read controls: numbers as they are, texts as columns of 0 and 1 for each but the first.

    A text of digits is a code, and no number. If all units have the same text, it compares nothing
    and is refused.

    Examples
    --------
    >>> frame = pd.DataFrame({"zone": ["north", "coast", "north"], "people": [3, 2, 1]})
    >>> columns, texts = dummies(frame, ["zone", "people"])
    >>> list(columns), columns["zone: north"].tolist(), texts
    (['zone: north', 'people'], [1.0, 0.0, 1.0], ['zone'])
    """
    controls = [pd.DataFrame(index=frame.index)]
    text_controls = []
    for name in names:
        column = frame[name]
        is_text = column.map(lambda value: isinstance(value, str))
        has_texts = isinstance(column.dtype, pd.CategoricalDtype) or is_text.any()
        if has_texts and len({*column.dropna()}) > 1:
            level_columns = pd.get_dummies(column, name, ": ", drop_first=True, dtype=float)
            controls.append(level_columns.mask(column.isna(), axis="index"))
            text_controls.append(name)
        else:
            controls.append(numbers(column.mask(is_text)).to_frame(name))
    return pd.concat(controls, axis="columns"), text_controls


def _require_columns(frame: pd.DataFrame, names: Names) -> None:
    """Refuse a column that is missing or has two roles, and a unit that is there twice."""
    columns = [*names.columns, *names.controls]
    denominators = [names.exposure_per] if names.exposure_per else []
    absent = [name for name in [*columns, *denominators] if name not in frame.columns]
    if absent:
        listed = {"missing": ", ".join(absent), "columns": ", ".join(map(str, frame.columns))}
        msg = words.term("effect_errors.no_column", **listed)
        raise LookupError(msg)
    double = {
        name for name in columns if columns.count(name) > 1 or (frame.columns == name).sum() > 1
    }
    if double:
        msg = words.term("effect_errors.two_roles", columns=", ".join(sorted(double)))
        raise ValueError(msg)
    # The shocks and the residents of a unit that is there twice would count as two.
    labels = [frame.index]
    if "code" in frame:
        labels.append(pd.Index(frame["code"]))
    for units in labels:
        if units.has_duplicates:
            repeated = list(units[units.duplicated()].unique()[:MAX_LISTED])
            raise Refused(reason="a unit twice", twice=repeated)


def _require_values(
    frame: pd.DataFrame, units: pd.DataFrame, controls: pd.DataFrame, names: Names
) -> None:
    """Refuse values that cannot be used: list some, and count the rest."""
    if units.empty:
        raise Refused(reason="no rows")
    is_bad = units.set_axis(names.columns, axis="columns").join(controls).isna()
    cells = [(row, column) for column in is_bad for row in np.flatnonzero(is_bad[column]).tolist()]
    if not cells:
        return
    lines = []
    for row, column in cells[:MAX_LISTED]:
        line = f"  {frame.index.tolist()[row]!r}: {column}"
        if column in frame:
            line += f" = {frame[column].astype(object).iloc[row]!r}"
        lines.append(line)
    if len(cells) > MAX_LISTED:
        lines.append(f"  (+{len(cells) - MAX_LISTED})")
    raise Refused(
        reason="missing or impossible values",
        bad=len(cells),
        rows=len(units),
        lines="\n".join(lines),
    )


def _require_parts(units: pd.DataFrame, names: Names) -> None:
    """Refuse counts that are more than their denominator, and name some of the units."""
    too_large = units.index[units["count"] > units["out_of"]]
    if too_large.empty:
        return

    raise Refused(
        names,
        reason="more than its denominator",
        n_units=len(too_large),
        rows=len(units),
        units_named=partial(display_names, names, too_large),
    )


def design_frame(
    reports: pd.DataFrame, teams: pd.DataFrame, *, indicator: Indicator
) -> pd.DataFrame:
    """
    Build the input table of `Design` for one measure and period.

    Parameters
    ----------
    reports
        Reports of communes: `code`, `period`, `indicator`, `count`, `out_of`, `origin`.
    teams
        Teams of communes: `code`, `period`, `teams`, `members`, `origin`.
    indicator
        The measure and its period; the teams are those of the same period.

    Returns
    -------
    units
        One row for each commune that reported both its count and its teams, sorted by `code` (the
        index). A `Design` leaves out rows whose `state` says that a small count is hidden.

        - `compared_code`, and the cluster that the study names;
        - `count`, `out_of` (in the units of the measure);
        - `population`: residents, as reported, or else as the list of places has them;
        - `members`, `teams`, `members_per_1000` (residents);
        - `urban` (0 or 1), and the controls that the study names;
        - `kind` of the measure: "share" or "ratio";
        - `origin`: the less firm one of report and teams;
        - `state`: only where a small count is hidden.

    Raises
    ------
    ValueError
        If a commune reported twice, or a code is not a commune's; each is named.
    Refused
        If no commune has that measure and its teams in that period: not reported, or hidden.

    Examples
    --------
    >>> import hganalysis as hg
    >>> measure = hg.indicators.get("app_users", period=2022)
    >>> communes = design_frame(hg.frames.reports(), hg.frames.teams(), indicator=measure)
    >>> communes.loc["31318", ["count", "population", "members_per_1000"]].round(2).to_dict()
    {'count': 1647.0, 'population': 5628.0, 'members_per_1000': 4.8}
    """
    in_use = study.current()
    exposure = in_use.density
    is_asked = (reports["indicator"] == indicator.name) & (reports["period"] == indicator.period)
    counts = refusals.require_unique(reports[is_asked], ["code"])
    places.parents(counts["code"], "district")  # refuses a code of no place
    population = frames.residents(counts)["population"]
    counts = counts.assign(hidden=suppress.is_hidden(counts), population=population)
    counts = counts.set_index("code")[["count", "out_of", "population", "hidden", "origin"]]

    density = frames.density(teams[teams["period"] == indicator.period]).set_index("code")
    density = density[["members", "teams", exposure, "origin"]]
    density = density.rename(columns={"origin": "origin_of_teams"})
    communes = places.units()[["compared_code", "urban", *in_use.own_columns]]
    table = counts.join(communes).join(density)
    table = table.sort_index().dropna(subset=["count", "out_of", exposure])
    if table.empty:
        raise Refused(reason="nothing beside it", measure=lambda: str(indicator))
    origins = table[["origin", "origin_of_teams"]]
    table["origin"] = origins.agg(frames.worst_origin, axis="columns")
    table["kind"] = indicator.kind
    columns = ["compared_code", "count", "out_of", "population", "members", "teams", exposure]
    columns += ["urban", *in_use.own_columns, "kind", "origin"]
    if table["hidden"].any():
        table["state"] = table["hidden"].map({True: suppress.SUPPRESSED, False: "known"})
        columns.append("state")
    return table[columns]
