"""What changed? `compare` answers with a sentence, a table, slopes and a map."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from .. import figure, indicators, places, words
from ..draw import Picture
from ..draw.picture import Shown
from ..uptake import levels, measure
from . import pictures, sentences

At = int | tuple[str, int]
"""A year; or a measure and its year."""


@dataclass(frozen=True, eq=False, repr=False)
class Change(Shown):
    """How a measure changed between two periods, as counted: in each place, and in the whole."""

    changed: pd.DataFrame
    whole: dict[str, float]
    measure: measure.Measure
    origin: str
    source: str = ""
    in_step: bool = False
    """Whether parts moved by so nearly one factor that these are no two counts."""

    @property
    def table(self) -> pd.DataFrame:
        """
        A row a place, the largest rise first: `code`, `name`, `before`, `after` (0 to 1 for a
        share), `change_pp` (hundredths), `within_pp` and `between_pp` (what shares of its parts
        did, and what their weights), `parts` (its parts that both periods have), `parts_up` (those
        that rose), `small`; missing where a period is. `.attrs["whole"]` has the whole.
        """
        found = self.changed.copy()
        found.insert(1, "name", [places.label(code) for code in found["code"]])
        found.attrs["whole"] = dict(self.whole)
        return found

    def __str__(self) -> str:
        return sentences.answer(self)

    def slopes(self) -> Picture:
        """Show each place in both periods."""
        return Picture(pictures.slopes(self))

    def map(self) -> Picture:
        """Show where it rose and fell, beside the ordered list."""
        return Picture(pictures.where(self))

    def picture(self) -> Picture:
        """Show the slopes."""
        return self.slopes()


def compare(what: str | pd.DataFrame, before: At, after: At, *, source: str = "") -> Change:
    """
    Answer what changed between two periods.

    Parameters
    ----------
    what
        A measure of the catalogue; or a frame of one measure: `code`, `year`, `count`, `out_of`,
        `origin`, a row for a place or a part of it.
    before, after
        The years; or each as `(measure, year)`, where its name changed.
    source
        Whom to name below the pictures of a frame.

    Raises
    ------
    LookupError
        If there is no such measure, year or place.
    TypeError
        If a measure is named beside a frame.
    ValueError
        If the two are unlike measures, with what can be compared instead; if years do not rise; if
        no place has both; if a frame lacks a column, a source or the origin of its rows.

    Examples
    --------
    >>> change = compare("app_users", 2022, 2023)
    >>> change.whole["parts_up"], round(change.whole["change_pp"], 1)
    (67, 5.2)
    """
    if isinstance(what, str):
        asked = [one if isinstance(one, tuple) else (what, one) for one in (before, after)]
        pair = [indicators.get(name, year=year) for name, year in asked]
        indicators.require_comparable(*pair)
        what, years = pair[0].name, [one.year for one in pair]
    else:
        if isinstance(before, tuple) or isinstance(after, tuple):
            msg = "of a frame, years are expected: hg.compare(frame, before, after, source=...)."
            raise TypeError(msg)
        years = [before, after]
    if years[0] >= years[1]:
        msg = f"a change goes from one year to a later one, not from {years[0]} to {years[1]}."
        raise ValueError(msg)
    found, about = levels.counts(what, measure.rows_of(what, source), years)
    table, whole = changes(found)
    if table["change_pp"].isna().all():
        ends = {"before": years[0], "after": years[1]}
        raise places.NotGivenError(words.term("change.nowhere", **ends))
    step = levels.in_step(found, about)
    return Change(table, whole, about, figure.worst(found), source, step)


def changes(found: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, float]]:
    """
    Subtract the first of two periods from the second.

    Parameters
    ----------
    found
        As `levels.counts` gives them, of two periods.

    Returns
    -------
    table, whole
        `before`, `after`, `change_pp` (hundredths), `within_pp` and `between_pp` (see `split`),
        `parts`, `parts_up` and `small`; a place that lacks a part in a period has no number of it,
        and then the whole has none, either.
    """
    everywhere = pd.Index(places.districts().index, name="code")
    sums = found.groupby(["place", "year"])[["count", "out_of"]].sum(skipna=False)
    wide = sums.unstack().reindex(everywhere)
    # a place that lacks a period is no fall of the whole
    count, out_of = (pd.DataFrame(wide[name]) for name in ("count", "out_of"))
    whole = count.sum(skipna=False) / out_of.sum(skipna=False)
    table = _subtract(levels.shares(found)).join([split(found), _parts(found)]).reindex(everywhere)
    table["small"] = (count < levels.SMALL).any(axis=1)
    table = table.fillna({"parts": 0, "parts_up": 0}).astype({"parts": int, "parts_up": int})
    table.loc[table["change_pp"].isna(), ["within_pp", "between_pp"]] = float("nan")
    table = table.sort_values("change_pp", ascending=False, kind="stable")
    known = table[table["change_pp"].notna()]
    moved = _subtract(whole.to_frame().T).iloc[0].to_dict()
    of_whole = split(found.assign(place="")) + 0 * moved["change_pp"]  # missing where that is
    moved |= of_whole.iloc[0].to_dict()
    return table.reset_index(), moved | known[["parts", "parts_up"]].sum().to_dict()


def split(found: pd.DataFrame) -> pd.DataFrame:
    """
    Split a change into what parts' own shares did (`within_pp`) and what their weights did
    (`between_pp`: more of the people or files are where the share is higher); they add up to it.

    References
    ----------
    Kitagawa, E. M. (1955). "Components of a Difference Between Two Rates." JASA 50 (272),
    1168-1194. https://doi.org/10.1080/01621459.1955.10501299
    """
    wide = found.pivot(index=["place", "code"], columns="year", values=["count", "out_of"])
    place = wide.index.get_level_values("place")
    share = (wide["count"] / wide["out_of"]).to_numpy()
    weight = (wide["out_of"] / wide["out_of"].groupby(place).transform("sum")).to_numpy()
    own = (share[:, 1] - share[:, 0]) * weight.mean(axis=1)
    moved = (weight[:, 1] - weight[:, 0]) * share.mean(axis=1)
    parts = pd.DataFrame({"within_pp": 100 * own, "between_pp": 100 * moved})
    return parts.groupby(place).sum(skipna=False)


def _subtract(shares: pd.DataFrame) -> pd.DataFrame:
    table = shares.set_axis(["before", "after"], axis="columns")
    return table.assign(change_pp=100 * (table["after"] - table["before"]))


def _parts(found: pd.DataFrame) -> pd.DataFrame:
    """Count the parts of each place that have both periods, and those that rose."""
    share = (found["count"] / found["out_of"]).mask(found["hidden"])
    wide = found.assign(share=share).pivot(index=["place", "code"], columns="year", values="share")
    codes = wide.index.to_frame()
    wide = wide[codes["code"] != codes["place"]].dropna()  # a place is no part of itself
    up = (wide.iloc[:, -1] > wide.iloc[:, 0]).groupby("place")
    return pd.DataFrame({"parts": up.size(), "parts_up": up.sum()})
