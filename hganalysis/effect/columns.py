"""Take the columns of a frame, refuse with every bad value listed, and lay out such a frame."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..frames import ORIGINS, worst_origin
from .estimate import Refused
from .fit import Codes, Matrix, Vector
from .rules import DOUBT, numerator, require_comparable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..indicators import Indicator


@dataclass(frozen=True)
class Names:
    """What each column is called."""

    count: str
    exposure: str
    offset: str
    cluster: str
    controls: tuple[str, ...]


@dataclass(frozen=True)
class Columns:
    """The columns of one frame, checked: what every function here is asked about."""

    frame: pd.DataFrame = field(repr=False, compare=False)
    """As it was given."""
    names: Names
    rows: pd.Index
    count: Vector
    exposure: Vector
    population: Vector
    """The denominator itself; its log is the offset."""
    controls: Matrix
    codes: Codes
    """Cluster of each row, as a position in `labels`."""
    labels: tuple[str, ...]
    sd: float
    """Of the exposure, between all units of the frame."""
    within_share: float
    origin: str | None
    doubt: float
    """What the denominator may be off by: a coefficient of variation."""
    variance: Vector
    """Of the log of each row's denominator, as `doubt` makes it."""
    numerator: str
    """Whose ratio to the denominator the exposure is; "" if it is none. See `rules.numerator`."""
    ratios: tuple[int, ...]
    """Positions of the controls that are ratios over the denominator, too."""

    def only(self, keep: NDArray[np.bool_]) -> Columns:
        """Keep some rows; `sd` and `within_share` stay those of the whole frame."""
        present, codes = np.unique(self.codes[keep], return_inverse=True)
        return replace(
            self,
            rows=self.rows[keep],
            count=self.count[keep],
            exposure=self.exposure[keep],
            population=self.population[keep],
            variance=self.variance[keep],
            controls=self.controls[keep],
            codes=codes,
            labels=tuple(self.labels[code] for code in present),
        )

    def other(self, **names: str | Sequence[str]) -> Columns:
        """Read the same frame with another column in some part: `other(count="births")`."""
        return columns(self.frame, **{**vars(self.names), **names}, doubt=self.doubt)

    def with_exposure(
        self, exposure: str, values: Vector, controls: Sequence[str], columns: Matrix
    ) -> Columns:
        """Put other columns in the place of exposure and controls."""
        names = replace(self.names, exposure=exposure, controls=tuple(controls))
        return replace(self, names=names, exposure=values, controls=columns)

    def by_cluster(self) -> Columns:
        """
        Add up to clusters: counts and populations summed, exposure and controls averaged by
        population (which is the density of the whole cluster, the urban share of its people).
        """
        population = sums(self.codes, self.population)
        averaged = [
            sums(self.codes, x * self.population) / population
            for x in (self.exposure, *self.controls.T)
        ]
        return replace(
            self,
            rows=pd.Index(self.labels),
            count=sums(self.codes, self.count),
            exposure=averaged[0],
            population=population,
            # Errors of single units cancel in the sum of many.
            variance=sums(self.codes, self.population**2 * self.variance) / population**2,
            controls=np.column_stack([*averaged[1:], np.empty((len(population), 0))]),
            codes=np.arange(len(population)),
        )


def columns(
    frame: pd.DataFrame,
    *,
    count: str,
    exposure: str,
    offset: str,
    cluster: str,
    controls: Sequence[str] = (),
    doubt: float = DOUBT,
) -> Columns:
    """
    Say once which column is what, for everything that is asked of a frame.

    Parameters
    ----------
    frame
        One row per unit (say, a commune).
    count
        Column of counts, 0 or more.
    exposure
        Column of the exposure, in any unit; rate ratios are per one of it.
    offset
        Column of the denominator itself, above 0 (say, population). Its log is taken later.
    cluster
        Column that says which units share shocks (say, the district).
    controls
        Columns of numbers to hold equal.
    doubt
        What the denominator may be off by, as a coefficient of variation of errors that are
        independent between units (0.1 is 10 %); 0 takes it for exact. Where the exposure is a ratio
        over the same denominator (a column of the frame over the offset, or whole numbers over
        it), such errors make a relation of their own: the intervals of rungs 1, 2 and 5 hold what
        they could make, and the headline is withheld where they could make all of it.

    Returns
    -------
    columns
        Checked. The frame is not changed, and must not be afterwards.

    Raises
    ------
    LookupError
        If a column is not in the frame.
    Refused
        A `ValueError`, if no estimate is possible: values missing, not finite, negative counts or
        denominators not above 0 (every row is listed), an exposure that does not vary, controls
        that repeat one another.
    """
    require_names(count, controls)
    found = read(frame, Names(count, exposure, offset, cluster, tuple(controls)), doubt)
    require_comparable(found)
    return found


def require_names(count: str, controls: Sequence[str]) -> None:
    """Refuse a sum of counts, and a text in place of a list of names."""
    if not isinstance(count, str):
        msg = (
            f"The counts of {', '.join(count)} cannot be added up: one person may be in several, "
            "and a sum would count acts, not people. Take one platform as the outcome, the others "
            "with `platforms`, or bound the distinct users with `distinct_users`."
        )
        raise Refused(msg, reason="sum over platforms")
    if isinstance(controls, str):
        msg = f"controls is a tuple of column names: controls=({controls!r},)."
        raise TypeError(msg)


def read(frame: pd.DataFrame, names: Names, doubt: float) -> Columns:
    """Take the columns out of a frame, or refuse with every bad value listed."""
    _require_columns(frame, names)
    _require_once(frame)
    _require_values(frame, names)
    if not 0 <= doubt < 1:
        msg = (
            f"doubt is what {names.offset!r} may be off by, from 0 to below 1 (0.1 is 10 %), not "
            f"{doubt}."
        )
        raise ValueError(msg)
    count, exposure, offset, cluster, controls = vars(names).values()
    columns = [count, exposure, offset, cluster, *controls]
    x, people = numbers(frame[exposure]), numbers(frame[offset])
    others = {
        str(name): numbers(frame.iloc[:, position])
        for position, name in enumerate(frame.columns)
        if name not in columns and pd.api.types.is_numeric_dtype(frame.dtypes.iloc[position])
    }
    codes, labels = pd.factorize(frame[cluster].astype(str), sort=True)
    _require_apart(labels, cluster)
    return Columns(
        frame=frame,
        names=names,
        rows=frame.index,
        count=numbers(frame[count]),
        exposure=x,
        population=people,
        controls=np.column_stack([*(numbers(frame[c]) for c in controls), np.empty((len(x), 0))]),
        codes=codes.astype(np.intp),
        labels=tuple(labels),
        sd=float(x.std(ddof=1)) if len(x) > 1 else 0.0,
        within_share=_within_share(x, codes),
        origin=_origin(frame),
        doubt=doubt,
        variance=np.full(len(x), np.log1p(doubt**2)),
        numerator=numerator(others, x, people),
        ratios=tuple(
            position
            for position, control in enumerate(controls)
            if numerator(others, numbers(frame[control]), people)
        ),
    )


def _require_columns(frame: pd.DataFrame, names: Names) -> None:
    """Refuse a column that is not there, that stands twice, or that is to be two things at once."""
    columns = [names.count, names.exposure, names.offset, names.cluster, *names.controls]
    absent = [column for column in columns if column not in frame.columns]
    if absent:
        msg = f"No such column: {absent}. The frame has {list(frame.columns)}."
        raise LookupError(msg)
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        msg = f"{twice} cannot stand for two things at once. Name each column once."
        raise ValueError(msg)
    double = [column for column in columns if (frame.columns == column).sum() > 1]
    if double:
        msg = f"The frame has more than one column {double}: which is meant? Rename or drop one."
        raise ValueError(msg)


def _require_values(frame: pd.DataFrame, names: Names) -> None:
    """Refuse what cannot be used, with every such value."""
    unknown = frame.index[frame[names.cluster].isna()]
    bad = [
        *_bad(frame[names.count], above=0),
        *_bad(frame[names.exposure]),
        *_bad(frame[names.offset], above=0, or_equal=False),
        *(line for control in names.controls for line in _bad(frame[control])),
        *(f"  row {row!r}: {names.cluster} is missing" for row in unknown),
    ]
    if bad or frame.empty:
        msg = (
            f"{len(bad)} values cannot be used, in a frame of {len(frame)} rows:\n"
            + "\n".join(bad)
            + "\nCorrect them, or leave out those rows and say so."
        )
        raise Refused(msg, reason="missing or impossible values")


def require_counts(data: Columns) -> None:
    """Refuse units with a count of zero, where the log of the rate is asked for."""
    zero = data.rows[data.count == 0]
    if len(zero):
        rows = "\n".join(f"  row {row!r}" for row in zero)
        msg = (
            f"{len(zero)} units have no {data.names.count}, so the log of their rate is not "
            f"finite:\n{rows}\nUse the models for counts (rungs 1 and 2), which take zeros as "
            "they are."
        )
        raise Refused(msg, reason="units without counts")


def numbers(column: pd.Series) -> Vector:
    """Read a column as numbers, with NaN for what is none (a date is none)."""
    if pd.api.types.is_datetime64_any_dtype(column) or column.dtype.kind == "m":
        return np.full(len(column), np.nan)
    if column.dtype == object:
        dates = column.map(lambda value: isinstance(value, (date, timedelta, np.datetime64)))
        column = column.mask(dates.astype(bool))
    read = pd.to_numeric(column, errors="coerce")
    return np.asarray(read.to_numpy(dtype=float, na_value=np.nan), dtype=float)


def _bad(column: pd.Series, *, above: float = -np.inf, or_equal: bool = True) -> list[str]:
    x = numbers(column)
    too_low = x < above if or_equal else x <= above
    problems = np.select(
        [column.isna(), np.isnan(x), np.isinf(x), too_low],
        ["missing", "not a number", "infinite", "negative" if or_equal else "not above 0"],
        default="",
    )
    return [
        f"  row {row!r}: {column.name} = {value!r} is {problem}"
        for row, value, problem in zip(column.index, column, problems, strict=True)
        if problem
    ]


def _require_once(frame: pd.DataFrame) -> None:
    """Refuse a unit that stands twice: its shocks would count as two, its people too."""
    named = [("the index", frame.index)]
    if (frame.columns == "code").sum() == 1:
        named.append(("column 'code'", pd.Index(frame["code"])))
    for where, units in named:
        if units.has_duplicates:
            twice = [repr(one) for one in units[units.duplicated()].unique()]
            msg = (
                f"{len(twice)} units stand more than once in {where}: {', '.join(twice)}.\n"
                "Each unit is one row. Keep the right one, or one year at a time."
            )
            raise Refused(msg, reason="a unit twice")


def _require_apart(labels: pd.Index, cluster: str) -> None:
    """Refuse names of clusters that differ in blanks or in the coding of letters only."""
    plain = [" ".join(unicodedata.normalize("NFC", label).split()) for label in labels]
    alike: dict[str, list[str]] = {}
    for label, key in zip(labels, plain, strict=True):
        alike.setdefault(key, []).append(label)
    doubtful = [" and ".join(map(repr, several)) for several in alike.values() if len(several) > 1]
    if doubtful:
        msg = (
            f"Names in {cluster!r} that look the same are different texts:\n"
            + "\n".join(f"  {one}" for one in doubtful)
            + "\nWrite each cluster in one way; blanks at the ends count here."
        )
        raise Refused(msg, reason="names of clusters alike")


def sums(codes: Codes, x: Vector) -> Vector:
    """Add up by cluster."""
    return np.asarray(np.bincount(codes, x), dtype=float)


def _within_share(x: Vector, codes: Codes) -> float:
    total = float(np.sum((x - x.mean()) ** 2)) if len(x) else 0.0
    means = sums(codes, x) / np.bincount(codes)
    return float(np.sum((x - means[codes]) ** 2)) / total if total > 0 else 0.0


def _origin(frame: pd.DataFrame) -> str | None:
    if "origin" not in frame.columns:
        return None
    strange = frame["origin"][~frame["origin"].isin(ORIGINS)]
    if len(strange):
        rows = "\n".join(f"  row {row!r}: {origin!r}" for row, origin in strange.items())
        msg = f"{len(strange)} rows have an unknown origin:\n{rows}\nKnown: {', '.join(ORIGINS)}."
        raise Refused(msg, reason="unknown origin")
    return worst_origin(frame["origin"])


def units(reports: pd.DataFrame, teams: pd.DataFrame, *, indicator: Indicator) -> pd.DataFrame:
    """
    Arrange one measure of one year for `ladder`.

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
        or 1), the controls that the study names, `origin` (the less trustworthy of report and
        teams). Where a small count is hidden there is `state`, too: those communes enter at the
        rate they have in common.

    Raises
    ------
    ValueError
        If a commune reported twice, or a code is not a commune's; each is named.
    Refused
        If no commune has that measure and its teams in that year: not reported, or hidden.
    """
    from .. import frames, places, rates, study, suppress
    from .estimate import Refused

    exposure, controls = study.current().density, list(study.current().controls)

    asked = (reports["indicator"] == indicator.name) & (reports["year"] == indicator.year)
    counted = reports.loc[asked, ["code", "count", "out_of", "origin"]].set_index("code")
    hidden = suppress.is_hidden(reports[asked]).set_axis(counted.index)
    density = rates.density(teams[teams["year"] == indicator.year], level="commune")
    density = density.rename(columns={"origin": "origin_of_teams"}).set_index("code")
    density = density[["members", "teams", exposure, "origin_of_teams"]]
    land = places.communes()[["district_code", "urban", *controls]]
    for name, table in (("reports", counted), ("teams", density)):
        twice = sorted(set(table.index[table.index.duplicated()]))
        strange = sorted(set(table.index) - set(land.index))
        if twice or strange:
            msg = (
                f"The {name} of {indicator.year} need one row for each place.\n"
                f"  more than one row: {twice or 'none'}\n  not on the list: {strange or 'none'}"
            )
            raise ValueError(msg)

    here = pd.DataFrame({"code": counted.index, "year": indicator.year}, index=counted.index)
    counted["population"] = frames.residents(here)["population"]
    table = counted.join(land).join(density).sort_index()
    there = table[["count", "population", exposure]].notna().all(axis=1)
    table, hidden = table[there], hidden.reindex(table.index)[there]
    if table.empty:
        msg = (
            f"No place has both {indicator.name} and its exposure in {indicator.year}: none\n"
            "reported both, or the counts are hidden. Choose a measure and year that has both."
        )
        raise Refused(msg, reason="no counts")
    pairs = list(zip(table["origin"], table["origin_of_teams"], strict=True))
    worst = {pair: frames.worst_origin(pd.Series(pair).dropna()) for pair in set(pairs)}
    table["origin"] = [worst[pair] for pair in pairs]
    columns = ["district_code", "count", "out_of", "population", "members", "teams"]
    columns += [exposure, "urban", *controls, "origin"]
    if hidden.any():
        table["state"] = hidden.map({True: suppress.SUPPRESSED, False: "known"})
        columns.append("state")
    return table[columns]


def beside_district(units: pd.DataFrame, *, slope: float = 0.0) -> pd.DataFrame:
    """
    Set each commune beside its district as a whole.

    Parameters
    ----------
    units
        Of `units`, without gaps: `district_code`, `count`, `out_of`, `population`,
        `members_per_1000`.
    slope
        Log rate ratio per member per 1,000 residents: what goes with the density of the commune is
        not taken for its own.

    Returns
    -------
    beside
        Same index: `density`, members per 1,000 residents above or below the district's (of
        residents taken together); `multiple`, the rate over what the rate of the district would
        be at the district's density, its count spread over its communes as the slope says.

    Examples
    --------
    >>> import pandas as pd
    >>> one = {"district_code": "930", "population": 100, "members_per_1000": [4.0, 6.0]}
    >>> one |= {"count": [20, 40], "out_of": 100}
    >>> beside_district(pd.DataFrame(one)).round(2).to_numpy().tolist()
    [[-1.0, 0.67], [1.0, 1.33]]
    """
    import numpy as np
    import pandas as pd

    from .. import study

    district, density = units["district_code"], units[study.current().density]

    def whole(part: pd.Series) -> pd.Series:
        total: pd.Series = part.groupby(district).transform("sum")
        return total

    people = units["population"]
    density = density - whole(density * people) / whole(people)
    level = whole(units["count"]) / whole(units["out_of"] * np.exp(slope * density))
    rate = units["count"] / units["out_of"]
    return pd.DataFrame({"density": density, "multiple": rate / level})


def varying(frame: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """
    Keep of the names of controls those of columns that take more than one value: others control
    for nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> varying(pd.DataFrame({"urban": [0, 1], "coast": [0, 0]}), ["urban", "coast"])
    ['urban']
    """
    return [name for name in names if len(set(frame[name])) > 1]
