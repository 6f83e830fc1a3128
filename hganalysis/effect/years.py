"""Two years of the same units, where whatever stays the same cannot matter (rung 4)."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from .frame import Data, read
from .rungs import Rung
from .texts import Refused


def two_years(data: Data, before: pd.DataFrame) -> Rung:
    """
    Match two years unit by unit, and take the changes of exposure and controls.

    The model is least squares of the change of the log rate, or where a count is zero the later
    count given the sum of both, which is Poisson with a fixed effect for each unit.
    """
    if isinstance(data.frame.index, pd.RangeIndex):
        raise Refused(reason="units without names")
    for column in ("indicator", "measure"):
        kinds = [set(f[column]) if column in f else None for f in (before, data.frame)]
        if kinds[0] != kinds[1]:
            raise Refused(reason="not the same indicator", before=kinds[0], now=kinds[1])
    earlier = read(before, data.names, data.texts)
    both = data.units.index.intersection(earlier.units.index)
    now, then = data.units.loc[both], earlier.units.loc[both]
    moved = list(both[now["cluster"] != then["cluster"]])
    if moved:
        raise Refused(data.names, reason="units in other clusters", moved=moved[:5])
    change = now["exposure"] - then["exposure"]
    controls = (data.controls - earlier.controls).loc[both]
    units = now.assign(exposure=change, count_then=then["count"], people_then=then["people"])
    used = units[(units["count"] > 0) | (units["count_then"] > 0)]
    controls = controls.loc[used.index, controls.abs().max() > 0]
    return Rung(
        replace(data, units=used, controls=controls),
        4,
        moved=float(change.std() / data.sd),
        balance=len(both) / max(len(data.units), len(earlier.units)),
    )
