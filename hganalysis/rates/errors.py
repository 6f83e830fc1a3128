"""Give every share an interval that respects how much its parts vary."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from .. import indicators, places, suppress
from ..suppress.hide import is_part
from .variance import Array, Labels, Units, positions, variances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..places import Level


def shared(count: Array, out_of: Array, by: Labels, rows: Array) -> tuple[Array, Array]:
    """Give each row the share, and what it is out of, of all rows that have its label."""
    numbers, labels = pd.factorize(by)
    counts, wholes = (
        np.bincount(numbers[rows], column[rows], len(labels)) for column in (count, out_of)
    )
    whole = np.where(wholes > 0, wholes, np.nan)
    return (counts / whole)[numbers], whole[numbers]


def inner(share: Array, out_of: Array, *, ratio: bool) -> Array:
    """
    Move shares of 0 and 1 inwards by half a person or file, to where their log odds are.

    References
    ----------
    Anscombe, F. J. (1956). Biometrika 43 (3/4), 461-464.
    """
    half = 0.5 / np.where(out_of > 0, out_of, np.nan)
    found: Array = np.clip(share, half, np.inf if ratio else 1 - half)
    return found


def steepness(share: Array, *, ratio: bool) -> Array:
    """Say how much a share changes per step of its log odds, a ratio per step of its log."""
    return share if ratio else share * (1 - share)


def to_log(share: Array, *, ratio: bool) -> Array:
    """Bring shares between 0 and 1 to their log odds, ratios to their log."""
    found: Array = np.log(share) if ratio else np.log(share / (1 - share))
    return found


def from_log(value: Array, *, ratio: bool) -> Array:
    """Bring log odds back to shares, logs to ratios."""
    from scipy.special import expit

    found: Array = np.exp(value) if ratio else expit(value)
    return found


def around(share: Array, out_of: Array, reach: Array, *, ratio: bool) -> tuple[Array, Array]:
    """Lay an interval around shares on the scale of their log odds, ratios on their log."""
    middle = to_log(inner(share, out_of, ratio=ratio), ratio=ratio)
    low, high = from_log(middle - reach, ratio=ratio), from_log(middle + reach, ratio=ratio)
    # A share of 0 or 1 is the end of its interval.
    low = np.where((share == 0) & ~np.isnan(low), 0.0, low)
    high = np.where((share == 1) & (not ratio) & ~np.isnan(high), 1.0, high)
    return low, high


GROUP = ["year", "indicator"]
Rows: TypeAlias = npt.NDArray[np.intp]

# With fewer df within districts, communes are compared with the whole instead.
FEWEST_DF = 4
# With so many districts or more, they are what varies in a province; with fewer, communes are.
DISTRICTS = 3


def units(reports: pd.DataFrame, *, level: Level, if_all: float | None = None) -> Units:
    """
    Lay out how far each commune is from the level that it varies around.

    Residuals are on the scale of the log odds of a share, where chance of persons is that of a
    binomial, or of the log of a ratio, where it is that of a count. What is hidden together has
    one rate in common, and tells nothing of how communes vary.

    Parameters
    ----------
    reports
        Reports of communes, of one measure and year.
    level
        Whose shares are asked for: those of `"commune"`, `"district"` or `"province"`. A province
        of three districts or more varies by its districts: communes of one share what moves them.
    if_all
        The share that all places would have, where chance is asked for that.
    """
    return _units(_table(reports, level=level), level=level, if_all=if_all)


def changes(first: pd.DataFrame, second: pd.DataFrame, *, level: Level) -> Units:
    """
    Lay out how far the change of each commune's share is from that of its home, 0 to 1.

    What lasts in a commune drops out, and with it what lasts in its neighbours: communes count as
    independent in what changes.

    Parameters
    ----------
    first, second
        Reports of communes of one measure, in two years. Communes are paired by their code; one
        that is missing or hidden in a year tells nothing.
    level
        As of `units`: `"district"` or `"province"`.
    """
    ratio = _is_ratio(pd.concat([first, second]))  # a year may have no row
    years = [_table(one, level=level) for one in (first, second)]
    codes = years[0].index.union(years[1].index)
    years = [one.reindex(codes) for one in years]
    told = years[0]["told"].eq(other=True) & years[1]["told"].eq(other=True)
    both = years[0].combine_first(years[1])[["district", "place"]].assign(told=told)
    return paired(both, years, homes(both, level=level), ratio=ratio)


def paired(
    both: pd.DataFrame, years: Sequence[pd.DataFrame], home: Labels, *, ratio: bool
) -> Units:
    """
    Lay out how far the change of each unit's share is from that of its home: see `changes`.

    Parameters
    ----------
    both
        Index the units; `place`, whose change each is a part of, and `told`.
    years
        Of the earlier and of the later year, with that index: `count`, `out_of`.
    home
        Around whose change each unit varies.
    ratio
        Whether the shares are ratios to what they are out of, and no parts of it.
    """
    nowhere = np.full((len(both), 2), np.nan)
    before, after = (
        _around(both.join(one[["count", "out_of"]]), home, nowhere, ratio=ratio) for one in years
    )
    weight = (before.weight + after.weight) / 2
    # How far a commune pulls at its place in a year, in points, by what it weighs in both.
    steep = [steepness(one.level, ratio=ratio) for one in (before, after)]
    pulls = [one.weight * one.residual * by for one, by in zip((before, after), steep, strict=True)]
    chance = before.sampling * steep[0] ** 2 + after.sampling * steep[1] ** 2
    return replace(
        after,
        weight=weight,
        residual=(pulls[1] - pulls[0]) / np.where(weight > 0, weight, np.nan),
        sampling=chance,
        chance=chance,
    )


def by_province(district: pd.Series, *, level: Level) -> pd.Series:
    """
    Name the province of each row: what its communes tell of each other is no other province's.

    A share is then the same in a list of the whole country as in one of its own province. Shares
    of provinces need them all: then, and where there is one only, no name is given.
    """
    above = places.districts()["province_code"]
    if level == "province" or len(above.unique()) == 1:
        return pd.Series("", district.index)
    return district.map(above).fillna("")


def rows_by(table: pd.DataFrame, by: list[Any]) -> dict[Any, Rows]:
    """Give the positions of the rows of each group."""
    return {keys: np.asarray(at) for keys, at in table.groupby(by, sort=False).indices.items()}


def _units(table: pd.DataFrame, *, level: Level, if_all: float | None = None) -> Units:
    where, home = positions(*table[["lon", "lat"]].to_numpy().T), homes(table, level=level)
    return _around(table, home, where, ratio=_is_ratio(table), if_all=if_all)


def _around(
    table: pd.DataFrame, home: Labels, where: Array, *, ratio: bool, if_all: float | None = None
) -> Units:
    count, out_of = (table[name].to_numpy(dtype=float) for name in ("count", "out_of"))
    place, told = table["place"].to_numpy(dtype=object), table["told"].to_numpy(dtype=bool)
    middle = inner(*shared(count, out_of, home, told), ratio=ratio)
    steep = steepness(middle, ratio=ratio)
    share, whole = shared(count, out_of, place, np.isfinite(count * out_of))
    share = inner(share if if_all is None else np.full(len(share), if_all), whole, ratio=ratio)
    return Units(
        place=place,
        home=home,
        weight=np.nan_to_num(out_of / whole),
        level=middle,
        residual=np.where(told, (count / out_of - middle) / steep, np.nan),
        sampling=np.nan_to_num(1 / (out_of * steep)),
        chance=np.nan_to_num(1 / (out_of * steepness(share, ratio=ratio))),
        where=where,
    )


def _table(reports: pd.DataFrame, *, level: Level, of: Labels | None = None) -> pd.DataFrame:
    """
    Name what varies in each measure and year, communes or districts: index `code`; `year`,
    `indicator`, `count`, `out_of` (NaN if it is 0), `place`, `district`, `told` (whether its count
    tells how it varies), and `lon`, `lat` in degrees.
    """
    codes = reports["code"]
    district = places.parents(codes, "district")
    place = places.parents(codes, level) if of is None else pd.Series(of)
    lon, lat = places.centres().reindex(codes).to_numpy(dtype=float).T
    table = pd.DataFrame(
        {
            **{name: reports[name].array for name in GROUP},
            "count": reports["count"].to_numpy(dtype=float),
            "out_of": reports["out_of"].to_numpy(dtype=float),
            "district": district.to_numpy(dtype=object),
            "place": place.to_numpy(dtype=object),
            "told": ~suppress.is_hidden(reports).to_numpy(),
            "lon": lon,
            "lat": lat,
        },
        pd.Index(codes.array, name="code"),
    )
    enough = table.groupby(GROUP)["district"].transform("nunique") >= DISTRICTS
    if level == "province" and enough.any():
        told = ~is_part(reports, of=district).to_numpy()
        parts = table.assign(told=told)[enough].groupby([*GROUP, "district"], as_index=False)
        sums = parts[["count", "out_of"]].sum(skipna=False)
        sums = sums.assign(place=parts["place"].first()["place"], told=parts["told"].all()["told"])
        table = pd.concat([table[~enough], sums.set_index("district", drop=False)])
    out_of = table["out_of"].where(table["out_of"] > 0)
    return table.assign(out_of=out_of, told=table["told"] & (table["count"] * out_of).notna())


def _is_ratio(reports: pd.DataFrame) -> bool:
    return indicators.kind(str(reports["indicator"].iloc[0])) == "ratio"


def homes(table: pd.DataFrame, *, level: Level) -> Labels:
    """Say around whose level units vary: their district's, or the whole's if too few tell."""
    district, told = table["district"].to_numpy(dtype=object), table["told"].to_numpy()
    if level != "province" and told.sum() - len(set(district[told])) >= FEWEST_DF:
        return district
    return np.full(len(table), places.province()["code"], dtype=object)


def dispersion(communes: Units) -> float:
    """
    Measure how communes disperse around the level of their homes: phi.

    References
    ----------
    McCullagh, P., Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., 4.5.
    """
    told = ~np.isnan(communes.residual)
    df = int(told.sum() - len(set(communes.home[told])))
    squares = (communes.residual[told] ** 2 / communes.sampling[told]).sum()
    # Less than binomial variation is luck, not knowledge.
    return max(float(squares / df), 1.0) if df > 0 else np.nan


def phis(sums: pd.DataFrame, reports: pd.DataFrame) -> pd.Series:
    """Give each row of sums the dispersion of the communes of its measure and year."""
    table, found = _table(reports, level="commune"), np.full(len(sums), np.nan)
    rows = rows_by(table, GROUP)
    for keys, asked in rows_by(sums, GROUP).items():
        found[asked] = dispersion(_units(table.take(rows[keys]), level="commune"))
    return pd.Series(found, sums.index)


def intervals(
    sums: pd.DataFrame, reports: pd.DataFrame, *, of: Labels, level: Level, confidence: float
) -> pd.DataFrame:
    """
    Lay an interval around each share: `low` and `high`, in the order of `sums`.

    Parameters
    ----------
    sums
        `year`, `indicator`, `place`, `share` and `out_of`.
    reports
        What they were added up from.
    of
        The place of each report.
    level
        As of `units`.
    confidence
        Coverage, between 0 and 1.
    """
    table, place = _table(reports, level=level, of=of), sums["place"].to_numpy(dtype=object)
    variance, df, ratio = np.full((3, len(sums)), np.nan)
    rows = rows_by(sums, GROUP)
    apart = by_province(table["district"], level=level).to_numpy()
    for keys, chosen in rows_by(table, [*GROUP, apart]).items():
        part, asked = table.take(chosen), rows[keys[:2]]
        ratio[asked] = _is_ratio(part)
        found = variances(_units(part, level=level))
        at = found.index.get_indexer(pd.Index(place[asked]))
        asked, at = asked[at >= 0], at[at >= 0]
        variance[asked], df[asked] = (found[name].to_numpy()[at] for name in ("variance", "df"))
    reach = t_quantile(confidence, pd.Series(df)).to_numpy() * np.sqrt(variance)
    share, out_of = (sums[name].to_numpy(dtype=float) for name in ("share", "out_of"))
    ends = np.full((2, len(sums)), np.nan)
    for one in (False, True):
        at = ratio == one
        ends[:, at] = around(share[at], out_of[at], reach[at], ratio=one)
    return pd.DataFrame(dict(zip(("low", "high"), ends, strict=True)), sums.index)


def t_quantile(level: float, df: pd.Series) -> pd.Series:
    """
    Give the number of standard errors that an interval reaches to each side.

    Raises
    ------
    ValueError
        If the level is not between 0 and 1.
    """
    from scipy.special import stdtrit  # scipy.stats asks the same, after a third of a second

    if not 0 < level < 1:
        msg = f"level is the coverage of the interval, between 0 and 1 (say 0.95), not {level}."
        raise ValueError(msg)
    return pd.Series(stdtrit(df, (1 + level) / 2), index=df.index)
