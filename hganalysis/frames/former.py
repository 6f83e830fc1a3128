"""Carry the reports of a study of former places to the study in use, and join them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import indicators, limits, places, study, suppress, words
from .loading import reports
from .requirements import require_reports

if TYPE_CHECKING:
    from pathlib import Path

# What two measures of one name must have in common.
_MEANING = ("kind", "counts", "unit", "denominator", "over_time")


def carry_former(former: Path, crosswalk: Path) -> pd.DataFrame:
    """
    Carry what former places reported to the places of the study in use.

    Small counts are hidden over the former places first: who has both lists subtracts nothing.

    Parameters
    ----------
    former
        A folder of data with the reports of former places, as `publish.lay_out` writes it.
    crosswalk
        A CSV file: the `changes` of `places.carry`.

    Returns
    -------
    reports
        As of `places.carry`, of each measure and period that the study in use has, too.

    Raises
    ------
    ValueError
        If the former study has no reports, if no measure and period is in both studies, if a
        measure does not mean the same in both, or as `places.carry`.
    """
    meanings = {name: _meaning(name) for name in indicators.names()}
    wanted = [(name, period) for name in meanings for period in indicators.periods(name)]
    opened = study.Study.open(former)
    with opened.use(language=words.language()):
        if study.REPORTS not in opened.cards:
            msg = words.term("frames_errors.no_reports", study=former.name)
            raise ValueError(msg)
        table = reports()
        is_wanted = pd.MultiIndex.from_frame(table[["indicator", "period"]]).isin(wanted)
        table = table[is_wanted]
        unlike = [name for name in table["indicator"].unique() if _meaning(name) != meanings[name]]
    if table.empty:
        pairs = ", ".join(f"{name} {period}" for name, period in wanted)
        msg = words.term(
            "frames_errors.no_former",
            study=former.name,
            pairs=pairs,
        )
        raise ValueError(msg)
    if unlike:
        msg = words.term(
            "frames_errors.unlike",
            names=", ".join(unlike),
            keys=", ".join(_MEANING),
            study=former.name,
        )
        raise ValueError(msg)
    carried = places.carry(table.assign(pool=table.get("pool", "")), _read_crosswalk(crosswalk))
    require_reports(carried)
    return _hide_small_estimates(carried)


def _meaning(name: str) -> list[object]:
    measure = indicators.get(name, period=indicators.periods(name)[-1])
    return [getattr(measure, key) for key in _MEANING]


def _read_crosswalk(file: Path) -> pd.DataFrame:
    if not file.is_file():
        msg = words.term("frames_errors.no_crosswalk", file=file)
        raise ValueError(msg)
    columns = dict.fromkeys(["code", "code_new", "since"], "str")
    return pd.read_csv(file, dtype=columns, nrows=limits.MOST_REPORTS)


def _hide_small_estimates(carried: pd.DataFrame) -> pd.DataFrame:
    """Hide the small count that a divided place gives to another, alone."""
    limit = suppress.threshold()
    is_share = carried["indicator"].map(indicators.kind) == "share"
    complement = (carried["out_of"] - carried["count"]).where(is_share)
    is_small = carried["shared"] & ((carried["count"] < limit) | (complement < limit))
    numbers = carried[["count", "out_of"]].mask(is_small)
    return carried.assign(**numbers, pool=carried["pool"].mask(is_small, suppress.ALONE))
