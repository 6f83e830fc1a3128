"""Read who started when, and find which other starts could have been: `rollout` begins here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from .. import frames, periods, places, refusals, study, words
from ..draw import in_one_study
from ..effect.frame import say
from ..periods import PeriodKey
from ..study import Study
from .answer import PERS, Per, Rollout
from .estimate import NEVER, Integers
from .lots import Lot
from .panel import PanelData, StartsRefused, name_places, read_panel
from .sealing import Sealed, read_sealed, verify_lot

# Of fewer starts that could have been, none is rare enough: one of 40 is 2.5 %.
FEWEST_DRAWS = 40

# What a description calls the start of places that do not start within the periods.
NEVER_STARTS = "never"

# With how many other draws the real one is compared.
N_DRAWS = 4_000

# So much of a seal is said.
SEAL_DIGITS = 8

Slots = Mapping[str, Mapping[PeriodKey | None, int]]
"""For each stratum how many places start when; None for those that do not within the periods."""


@in_one_study
def rollout(
    what: str | pd.DataFrame,
    starts: pd.DataFrame | str | Path | Sealed | None = None,
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
        By default what the table `[starts]` of the study says, with its lot. Else the file of a
        plan that was sealed and drawn, or what `Plan.draw` gives. Or one row for each place:

        - `code`;
        - `start`: the first period in which it had started, missing if it did not start;
        - `stratum`: places that share their movements, and within which a lot was drawn;
        - `group`: places that started together by one decision. By default these are districts, if
          all places of each started together.
    lot
        If somebody drew the starts: for each stratum how many places start when, as the protocol
        has it; None is the start of those that do not start within the periods.
    protocol
        Where that is written; needed for a lot. A sealed plan says itself where it was published;
        a lot that is only tried answers of invented counts alone.
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

    Examples
    --------
    >>> import hganalysis as hg
    >>> with hg.Study.open("santa_clara").use(language="en"):
    ...     answer = hg.rollout("fields_filled")
    ...     print(str(answer).split(' times')[0])
    Where it started, the roll-out lowered the fields filled to 0.90
    """
    if per not in PERS or skip < 0:
        raise ValueError(words.term("starts_errors.per", per=per, skip=skip))
    if starts is None:
        starts, lot, protocol = _read_starts_of_study(study.current())
    event = None
    # starts of a table, or of a plan that was sealed, drawn and kept as promised
    if isinstance(starts, pd.DataFrame):
        panel = read_panel(what, source, kind)
        table = _read_starts(starts, panel)
        if lot is None:
            table = _complete(table, panel)
        else:
            _require_slots(table, lot, protocol, panel.periods)
        dealt = _make_lot(table)
        real = np.array(dealt.slots)
        units = table["unit"]
        drawn_by = None if lot is None else protocol
    else:
        plan = read_sealed(starts)
        faults = verify_lot(plan)
        if faults:
            raise StartsRefused(reason="not as sealed", faults=" ".join(faults))
        panel = read_panel(what, source, kind, keys=plan.periods, codes=plan.units)
        measure = panel.measure or plan.measure
        if (measure, per, skip) != (plan.measure, plan.per, 0):
            raise StartsRefused(reason="not as planned", measure=plan.measure)
        drawn_by = _write_evidence(plan) if plan.published else ""
        if not drawn_by and panel.origin != "simulated":
            raise StartsRefused(reason="no seal")
        dealt, event = plan.lot, plan.event
        real = plan.draw(plan.number)
        units = pd.Series(plan.units)

    # places that were drawn and have no complete reports
    missing = units[~units.index.isin(panel.codes)]
    lost = real[dealt.find(missing)]
    if drawn_by is not None:
        panel = replace(panel, incomplete=list(missing.index))
    panel = panel.select(panel.codes.intersection(units.index))
    # when each place of the panel starts, and with whom it is compared
    unit = dealt.find(units.loc[panel.codes])
    first = real[unit]
    _require_comparison(panel, first, skip, needs_two=drawn_by is None)
    if dealt.n_ways < FEWEST_DRAWS:
        blanks = {"ways": dealt.n_ways, "fewest": FEWEST_DRAWS, "units": len(real)}
        raise StartsRefused(reason="few draws", **blanks)
    # the real starts, and other draws of the same lot beside them
    draws = dealt.draw_beside(real, N_DRAWS)[:, unit]
    movement = dealt.movement[unit]
    asked = (drawn_by, per, skip, event, source)
    answer = Rollout(panel, draws, movement, *asked, dealt.is_uneven, lost)
    if answer.n_carrying == 0:
        raise StartsRefused(reason="nobody left")
    return answer


def _write_evidence(plan: Sealed) -> str:
    """Say what anybody can check of a sealed lot."""
    return say("starts.evidence", **vars(plan) | {"seal": plan.seal[:SEAL_DIGITS]})


def _read_starts_of_study(of: Study) -> tuple[pd.DataFrame, Slots | None, str]:
    """Read who started when, the lot and its protocol, as a study says it."""
    file = of.says("starts", "file")
    if file is None:
        raise ValueError(words.term("starts_errors.no_starts"))
    protocol = study.in_language(of.says("starts", "protocol") or "", of.language)
    lot: dict[str, dict[PeriodKey | None, int]] = {}
    for stratum, start, n_places in of.says("starts", "lot") or ():
        key = None if start == NEVER_STARTS else start
        lot.setdefault(stratum, {})[key] = n_places
    table = pd.read_csv(of.path(file), dtype="str")
    return table, lot or None, protocol


def _read_starts(starts: pd.DataFrame, panel: PanelData) -> pd.DataFrame:
    """Give each place the number of the period of its start, its stratum and its unit."""
    frames.require_columns(starts, ["code", "start"])
    table = starts.assign(code=frames.read_codes(starts["code"]))
    refusals.require_unique(table, ["code"])
    places.parents(table["code"])  # refuses a code of no place
    table["stratum"] = table["stratum"].astype(str) if "stratum" in table else ""
    table["unit"] = table.get("group", table["code"])
    numbers = table["start"].map(partial(_number_of, keys=panel.periods))
    is_strange = numbers.isna()
    if is_strange.any():
        raise StartsRefused(reason="strange start", names=name_places(table["code"][is_strange]))
    return table.assign(start=numbers.astype(int)).set_index("code")


def _number_of(start: object, keys: list[PeriodKey]) -> int | None:
    """Give the number of a period among those with counts; None if it lies before or between."""
    if pd.isna(start):  # type: ignore[call-overload]
        return NEVER
    key = periods.read_period(start).key
    if key in keys:
        return keys.index(key)
    return NEVER if periods.earlier_than(keys[-1:], key) else None


def _complete(table: pd.DataFrame, panel: PanelData) -> pd.DataFrame:
    """Add the places that did not start, and find those that started by one decision."""
    table = table.reindex(panel.codes)
    table = table.fillna({"start": NEVER, "stratum": ""}).astype({"start": int})
    table["unit"] = table["unit"].fillna(table.index.to_series())
    upper = places.units()["compared_code"].reindex(table.index)
    n_starts = table.groupby(upper)["start"].nunique()
    if n_starts.max() == 1 and len(n_starts) < len(table):
        table["unit"] = upper
    return table


def _require_slots(table: pd.DataFrame, lot: Slots, protocol: str, keys: list[PeriodKey]) -> None:
    """Refuse a lot without a protocol, or with other slots than those of the places."""
    if not protocol:
        raise StartsRefused(reason="no protocol")
    names = {NEVER: NEVER_STARTS, **dict(enumerate(map(str, keys)))}
    counted = Counter(table["stratum"] + " " + table["start"].map(names))
    stated: Counter[str] = Counter()
    for stratum, slots in lot.items():
        for start, n_places in slots.items():
            number = _number_of(start, keys)
            name = str(start) if number is None else names[number]
            stated[f"{stratum} {name}"] += n_places
    if counted != stated:
        blanks = {"stated": _write_slots(stated), "counted": _write_slots(counted)}
        raise StartsRefused(reason="other slots", **blanks)


def _write_slots(slots: Counter[str]) -> str:
    return ", ".join(f"{slot}: {n_places}" for slot, n_places in sorted(slots.items()))


def _require_comparison(panel: PanelData, first: Integers, skip: int, *, needs_two: bool) -> None:
    """Refuse starts that leave nothing to compare with, before them or beside them."""
    if (first == NEVER).all():
        raise StartsRefused(reason="none started")
    earliest = int(first.min())
    if (first == earliest).all():
        raise StartsRefused(reason="all at once", when=words.short_period(panel.periods[earliest]))
    if earliest - skip < 1:
        is_early = first - skip < 1
        raise StartsRefused(reason="none before", names=name_places(panel.codes[is_early]))
    if needs_two and earliest - skip < 2:
        raise StartsRefused(reason="one before")


def _make_lot(table: pd.DataFrame) -> Lot:
    """Take the starts as slots that could have been dealt otherwise within strata."""
    units = table.drop_duplicates(["unit", "start", "stratum"]).sort_values(["stratum", "unit"])
    split = list(units["unit"][units["unit"].duplicated()].unique())
    if split:
        raise StartsRefused(reason="split group", names=words.join_some(split))
    slots = units["start"].tolist()
    return Lot(list(units["unit"]), list(units["stratum"]), slots, [[0.0]] * len(slots))
