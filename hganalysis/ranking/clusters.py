"""Add places up by `[cluster]` of the study, such as the province of before a reform."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import places, words
from ..countries.letters import bare
from ..origins import worst_origin
from .levels import are_too_few

if TYPE_CHECKING:
    from ..study import Study
    from .answer import Uptake
    from .measure import Measure

# More clusters than these are told by their two ends.
_MAX_LISTED = 6


_COLUMNS = ["name", "places", "count", "out_of", "share", "origin"]


def add_up(of: Study, counted: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """
    Add the places that report up by cluster, highest share first.

    Parameters
    ----------
    of
        The study, which may name a cluster.
    counted
        One row for each place that reports, of one period, as `counts.select_periods` gives them.

    Returns
    -------
    clusters
        `name`, `places`, `count`, `out_of`, `share`, `origin`; no row where the study names no
        cluster. A cluster with a place without numbers has none either: its sum would be of fewer
        places, or tell a number that is hidden.
    """
    units = places.list_units(of)
    if not of.cluster or not counted["code"].isin(units.index).all():
        return pd.DataFrame(columns=_COLUMNS)
    clusters = units[of.cluster]
    rows = counted.set_index("code")
    numbers = rows[["count", "out_of"]].astype(float).mask(rows["hidden"])
    numbers = numbers.reindex(clusters.index)
    groups = numbers.groupby(clusters)
    n_places = groups.size()
    has_all = groups.count().eq(n_places, axis="index")
    table = groups.sum().where(has_all).assign(places=n_places)
    share = table["count"] / table["out_of"]
    table["share"] = share.mask(are_too_few(table, measure))
    cluster_of_row = clusters.reindex(rows.index)
    table["origin"] = rows["origin"].groupby(cluster_of_row).agg(worst_origin)
    table = table.sort_values("share", ascending=False, kind="stable")
    return table.rename_axis("name").reset_index()[_COLUMNS]


def sentence(answer: Uptake) -> str:
    """Say the level of each cluster, or the highest and the lowest of many; "" without any."""
    table = answer.by_cluster.dropna(subset="share")
    if len(table) < 2:
        return ""
    texts = answer.measure.write_rows(table[["share"]])["share"]
    names = table["name"]
    if words.language() != "vi" and answer.study.country.tones:
        names = names.map(bare)
    named = [f"{name} {text}" for name, text in zip(names, texts, strict=True)]
    if len(named) <= _MAX_LISTED:
        listed = ", ".join(named)
        return words.term("uptake.clusters", listed=listed)
    blanks = {"first": named[0], "last": named[-1], "number": len(named)}
    return words.term("uptake.cluster_ends", **blanks)
