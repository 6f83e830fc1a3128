"""Lay counts out as log rates: a row for each place, a column for each period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from .. import frames, periods, places, suppress, words
from ..effect.frame import Refused
from ..periods import PeriodKey
from ..ranking.measure import load_reports

# So large a share of places could have the ratio of a plan: a share ends at 1.
WITH_ROOM = 0.9


class StartsRefused(Refused):
    """A plan or an estimate that starts cannot carry: why, and what would help."""

    texts = "starts_refusals"


@dataclass(frozen=True, eq=False)
class PanelData:
    """Log rates of places that have a count in every period, and who counted."""

    log_rates: pd.DataFrame
    out_of: pd.DataFrame
    incomplete: list[str]
    """Codes of places that lack a count, or whose small count is hidden."""
    origin: str
    measure: str = ""
    """Its name in the catalogue; empty for a frame."""
    is_share: bool = True
    """Whether the count is a part of what it is out of."""

    @property
    def codes(self) -> pd.Index:
        """The codes of its places."""
        return self.log_rates.index

    @property
    def periods(self) -> list[PeriodKey]:
        """The keys of its periods, in order."""
        return list(self.log_rates.columns)

    @property
    def largest_ratio(self) -> float:
        """The largest ratio, in two decimals, that nearly all places have room for."""
        if not self.is_share:
            return np.inf
        highest = self.log_rates.iloc[:, -1].quantile(WITH_ROOM)
        ratio = np.exp(-highest)
        return float(np.floor(100 * ratio) / 100)

    def select(self, codes: pd.Index) -> PanelData:
        """Take some places only."""
        return replace(self, log_rates=self.log_rates.loc[codes], out_of=self.out_of.loc[codes])


def read_panel(
    what: str | pd.DataFrame,
    source: str,
    kind: str | None,
    *,
    keys: Sequence[PeriodKey] | None = None,
    codes: Iterable[str] | None = None,
) -> PanelData:
    """
    Read the counts of a measure or a frame.

    Parameters
    ----------
    keys
        The periods that are needed; by default all that there are.
    codes
        The places that are needed; by default all that there are.

    Raises
    ------
    StartsRefused
        If a period is missing or left out, a count is 0, or no place has them all.
    """
    rows = suppress.without_pools(load_reports(what, source, kind))
    # the periods that are asked for, evenly spaced
    counted = periods.order_periods(rows["period"])
    keys = counted if keys is None else list(keys)
    if not set(keys) <= set(counted):
        raise StartsRefused(reason="other periods", counted=_join(counted), expected=_join(keys))
    if len(set(periods.count_steps(keys))) > 1:
        raise StartsRefused(reason="uneven periods", counted=_join(keys))
    rows = rows[rows["period"].isin(keys)]
    # a rate of 0 has no logarithm
    is_zero = (rows["count"] <= 0) | (rows["out_of"] <= 0)
    if is_zero.any():
        raise StartsRefused(reason="no count", names=name_places(rows["code"][is_zero].unique()))
    rows = rows.assign(log_rate=np.log((rows["count"] / rows["out_of"]).astype(float)))
    # a row for each place, a column for each period; only complete rows are used
    log_rates = rows.pivot(index="code", columns="period", values="log_rate")[keys]
    if codes is not None:
        log_rates = log_rates.reindex(pd.Index(codes, name="code"))
    is_complete = log_rates.notna().all(axis=1)
    if not is_complete.any():
        raise StartsRefused(reason="no complete place", periods=_join(keys))
    complete = log_rates[is_complete]
    out_of = rows.pivot(index="code", columns="period", values="out_of")
    return PanelData(
        complete,
        out_of.loc[complete.index, keys].astype(float),
        list(log_rates.index[~is_complete]),
        frames.worst_origin(rows["origin"]),
        what if isinstance(what, str) else "",
        is_share=frames.kind_of(rows) == "share",
    )


def name_places(codes: Iterable[Any]) -> str:
    """Name some places, and say how many more there are."""
    return words.join_some(places.labels(map(str, codes)))


def _join(keys: Iterable[PeriodKey]) -> str:
    return ", ".join(map(words.short_period, keys))
