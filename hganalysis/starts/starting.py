"""Read who started when, and find which other starts could have been: `rollout` begins here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import frames, periods, places, refusals
from ..figure import join_some
from ..periods import PeriodKey
from .answer import Per, Rollout
from .estimate import NEVER, Comparison
from .lots import Lot
from .panel import StartsRefused, name_places, read_panel

if TYPE_CHECKING:
    from .estimate import Integers
    from .panel import Panel

# Of fewer starts that could have been, none is rare enough: one of 40 is 2.5 %.
FEWEST_DRAWS = 40

# With how many other draws the real one is compared.
N_DRAWS = 4_000

# Strata move on their own if so much of what had started is compared within its stratum.
ENOUGH_COMPARED = 0.8

Slots = Mapping[str, Mapping[PeriodKey | None, int]]
"""For each stratum how many places start when; None for those that do not within the periods."""


def rollout(
    what: str | pd.DataFrame,
    starts: pd.DataFrame,
    *,
    lot: Slots | None = None,
    protocol: str = "",
    per: Per = "place",
    skip: int = 0,
    source: str = "",
    kind: str | None = None,
) -> Rollout:
    """
    Estimate how much a measure changed with starts.

    Parameters
    ----------
    what
        A measure of the catalogue; or a frame of one measure: `code`, `period`, `count`, `out_of`,
        `origin`, one row for each place and period.
    starts
        One row for each place:

        - `code`;
        - `start`: the first period in which it had started, missing if it did not start;
        - `stratum`: places that share their movements, and within which a lot was drawn;
        - `group`: places that started together by one decision. By default these are districts, if
          all places of each started together.
    lot
        If somebody drew the starts: for each stratum how many places start when, as the protocol
        has it; None is the start of those that do not start within the periods.
    protocol
        Where that is written; needed for a lot.
    per
        Whether every `"place"` counts alike, or every `"person"` that the count is out of.
    skip
        In so many periods before its start a place is compared with nothing, because word went
        round, or because it was chosen by the report of that period.
    source, kind
        For a frame: see `hg.compare`.

    Raises
    ------
    Refused
        If counts or starts cannot carry an estimate: the message says why, and what would help.
    """
    if per not in ("place", "person"):
        msg = f"per is {per!r}; expected 'place' (every place alike) or 'person' (every person)."
        raise ValueError(msg)
    panel = read_panel(what, source, kind)
    table = _read_starts(starts, panel)
    if lot is None:
        table = _complete(table, panel)
    else:
        _require_slots(table, lot, protocol, panel.periods)
    panel = panel.select(panel.codes.intersection(table.index))
    rows = table.loc[panel.codes]
    first = rows["start"].to_numpy()
    _require_comparison(panel, first, skip, needs_two=lot is None)
    draws = _draw_others(table)[:, table.index.get_indexer(panel.codes)]
    strata = pd.factorize(rows["stratum"])[0]
    movement = share_movement(first, strata, len(panel.periods), skip)
    drawn_by = None if lot is None else protocol
    answer = Rollout(panel, draws, movement, drawn_by, per=per, skip=skip, source=source)
    if answer.n_carrying == 0:
        raise StartsRefused(reason="nobody left")
    return answer


def _read_starts(starts: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Give each place the number of the period of its start, its stratum and its unit."""
    frames.require_columns(starts, ["code", "start"])
    table = starts.assign(code=frames.read_codes(starts["code"]))
    refusals.require_unique(table, ["code"])
    places.parents(table["code"])  # refuses a code of no place
    if "stratum" not in table:
        table["stratum"] = ""
    table["stratum"] = table["stratum"].astype(str)
    numbers = table["start"].map(partial(_number_of, keys=panel.periods))
    is_strange = numbers.isna()
    if is_strange.any():
        raise StartsRefused(reason="strange start", names=name_places(table["code"][is_strange]))
    table["unit"] = table.get("group", table["code"])
    return table.assign(start=numbers.astype(int)).set_index("code")


def _number_of(start: object, keys: list[PeriodKey]) -> int | None:
    """Give the number of a period among those with counts; None if it lies before or between."""
    if pd.isna(start):  # type: ignore[call-overload]
        return NEVER
    key = periods.read_period(start).key
    if key in keys:
        return keys.index(key)
    return NEVER if periods.earlier_than(keys[-1:], key) else None


def _complete(table: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    """Add the places that did not start, and find those that started by one decision."""
    table = table.reindex(panel.codes)
    table = table.fillna({"start": NEVER, "stratum": ""}).astype({"start": int})
    table["unit"] = table["unit"].fillna(table.index.to_series())
    district = places.parents(table.index.to_series(), "district")
    n_starts = table.groupby(district)["start"].nunique()
    if n_starts.max() == 1 and len(n_starts) < len(table):
        table["unit"] = district
    return table


def _require_slots(table: pd.DataFrame, lot: Slots, protocol: str, keys: list[PeriodKey]) -> None:
    """Refuse a lot without a protocol, or with other slots than those of the places."""
    if not protocol:
        raise StartsRefused(reason="no protocol")
    counted = table.groupby(["stratum", "start"]).size().to_dict()
    stated = {}
    for stratum, slots in lot.items():
        for start, n_places in slots.items():
            stated[stratum, _number_of(start, keys)] = n_places
    if counted != stated:
        raise StartsRefused(reason="other slots", stated=str(stated), counted=str(counted))


def _require_comparison(panel: Panel, first: Integers, skip: int, *, needs_two: bool) -> None:
    """Refuse starts that leave nothing to compare with, before them or beside them."""
    if (first == NEVER).all():
        raise StartsRefused(reason="none started")
    earliest = int(first.min())
    if (first == earliest).all():
        raise StartsRefused(reason="all at once", when=panel.periods[earliest])
    if earliest - skip < 1:
        is_early = first - skip < 1
        raise StartsRefused(reason="none before", names=name_places(panel.codes[is_early]))
    if needs_two and earliest - skip < 2:
        raise StartsRefused(reason="one before")


def share_movement(first: Integers, strata: Integers, n_periods: int, skip: int = 0) -> Integers:
    """Let strata move on their own, if enough of what had started is compared within them."""
    comparison = Comparison(np.ones((len(first), n_periods)), strata, skip)
    has_started = comparison.has_started(first)
    is_compared = comparison.weights(first[None])[0] > 0
    n_compared = (is_compared & has_started).sum()
    if n_compared >= ENOUGH_COMPARED * has_started.sum():
        return strata
    return np.zeros_like(strata)


def _draw_others(table: pd.DataFrame) -> Integers:
    """Draw other starts of the same units within strata; the real ones are first."""
    units = table.drop_duplicates(["unit", "start", "stratum"]).sort_values(["stratum", "unit"])
    is_split = units["unit"].duplicated(keep=False)
    if is_split.any():
        raise StartsRefused(
            reason="split group", names=join_some(list(units["unit"][is_split].unique()))
        )
    real = units["start"].to_numpy()
    no_covariates = np.empty((len(units), 0))
    lot = Lot(list(units["unit"]), list(units["stratum"]), real.tolist(), no_covariates)
    if lot.n_ways < FEWEST_DRAWS:
        blanks = {"ways": lot.n_ways, "fewest": FEWEST_DRAWS, "units": len(units)}
        raise StartsRefused(reason="few draws", **blanks)
    number = {unit: number for number, unit in enumerate(lot.units)}
    return lot.draw_others(real, N_DRAWS)[:, table["unit"].map(number).to_numpy(dtype=int)]
