"""By how much each place and the whole changed, and in how many parts it rose, as counted."""

from __future__ import annotations

import pandas as pd

from .. import places
from ..uptake.levels import SMALL, shares


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
    table = _subtract(shares(found)).join(split(found)).join(_parts(found)).reindex(everywhere)
    table["small"] = (count < SMALL).any(axis=1)
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
