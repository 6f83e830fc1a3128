"""Read the targets of each place and period, which a study may give in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, places, study, words
from ..periods import read_column
from ..refusals import refuse, require_columns
from .loading import read_file

if TYPE_CHECKING:
    from ..indicators import Indicator

_COLUMNS = ["code", "period", "indicator", "target"]


def read_targets() -> pd.DataFrame:
    """
    Read the share that each place was to reach; empty if the study has no such file.

    Returns
    -------
    targets
        `code` of a place that is compared, `period`, `indicator`, and `target`: from 0 to 1 for a
        share.

    Raises
    ------
    ValueError
        With the rows that are wrong, and what was expected of them.
    """
    if study.TARGETS not in study.current().cards:
        return pd.DataFrame(columns=_COLUMNS)
    table = read_column(read_file(study.TARGETS))
    require_columns(table, _COLUMNS)
    target = pd.to_numeric(table["target"], errors="coerce")
    is_share = table["indicator"].isin(indicators.names(kind="share"))
    has_place = table["code"].isin(places.compared().index)
    has_measure = table["indicator"].isin(indicators.names())
    is_repeated = table.duplicated(["code", "period", "indicator"], keep=False)
    faults = {
        words.term("frames_errors.target_place"): ~has_place,
        words.term("frames_errors.target_measure"): ~has_measure,
        words.term("frames_errors.target"): ~(target > 0),
        words.term("frames_errors.target_share"): is_share & (target > 1),
        words.term("refusals.twice"): is_repeated,
    }
    refuse(table[_COLUMNS], faults)
    return table[_COLUMNS].assign(target=target)


def targets_of(indicator: Indicator) -> pd.Series:
    """Give the target of each place in a measure and period; none if no place has its own."""
    table = read_targets()
    is_asked = (table["indicator"] == indicator.name) & (table["period"] == indicator.period)
    targets: pd.Series = table[is_asked].set_index("code")["target"]
    if targets.empty or indicator.target is None:
        return targets
    # a place without one of its own has that of the measure
    return targets.reindex(places.compared().index).fillna(indicator.target)
