"""Compare the years of a frame of one's own: any places, any count, whatever they are called."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from .. import escaping, frames, rates, study, suppress
from ..effect.columns import numbers
from ..maps.draw import rounded_breaks
from ..rates.errors import paired
from ..rates.shares import sound
from ..rates.variance import variances
from .changed import Change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What a frame may say of where its places lie.
_WHERE = ("geometry", "code", "lon", "lat")
LEVEL = 0.95


def changed(
    table: pd.DataFrame,
    names: Mapping[str, str],
    years: Sequence[int],
    *,
    kind: str,
    source: str,
    as_of: str,
) -> Change:
    """
    Compare each year of a frame with the one before it.

    Parameters
    ----------
    table
        With `origin`.
    names
        Its columns: `place`, `year`, `count`, `out_of`.
    years
        First to last.
    kind
        `"share"` or `"ratio"`.
    source, as_of
        As for `compare`.
    """
    _require(table, names, years)
    at = table.assign(place=table[names["place"]].map(escaping.plain))
    frame = study.Frame(
        count=escaping.plain(names["count"]),
        out_of=escaping.plain(names["out_of"]),
        cluster=escaping.plain(names["place"]),
        measure={"kind": kind},
    )
    counts = pd.DataFrame(
        {
            "code": at["place"],
            "year": numbers(table[names["year"]]),
            "indicator": frame.name,
            "count": numbers(table[names["count"]]),
            "out_of": numbers(table[names["out_of"]]),
            "origin": table["origin"],
        }
    )
    counts = counts[counts["year"].isin(years)].astype({"year": int}).reset_index(drop=True)
    frames.require_origins(counts["origin"])
    with study.use(frame=frame):
        suppress.refuse_small(sound(counts))
    counts["share"] = counts["count"] / counts["out_of"].where(counts["out_of"] > 0)
    steps = [_step(counts, one, other, ratio=kind == "ratio") for one, other in pairwise(years)]
    districts, whole = (pd.concat(parts, ignore_index=True) for parts in zip(*steps, strict=True))
    where = ["place", *(name for name in _WHERE if name in at)]
    return Change(
        frame.name,
        tuple(years),
        districts,
        whole,
        counts,
        source,
        as_of,
        replace(frame, measure=_measure(frame, kind, years, counts["share"], districts)),
        at[where].drop_duplicates("place"),
    )


def _require(table: pd.DataFrame, names: Mapping[str, str], years: Sequence[int]) -> None:
    """Refuse columns and years that there are not, several measures, and texts for counts."""
    absent = [name for name in names.values() if name not in table.columns]
    if absent:
        columns = ", ".join(map(str, table.columns))
        msg = (
            f"no such column: {', '.join(map(repr, absent))}. The frame has {columns}.\n"
            f"Say which is which: {', '.join(f'{part}=...' for part in names)}."
        )
        raise LookupError(msg)
    has = sorted({int(one) for one in numbers(table[names["year"]]) if np.isfinite(one)})
    missing = [one for one in years if one not in has]
    if missing:
        msg = f"there is no row of {', '.join(map(str, missing))}; the frame has {has}."
        raise LookupError(msg)
    if list(years) != sorted(set(years)):
        msg = f"the years are {list(years)}; a change goes from one year to a later one."
        raise ValueError(msg)
    measures = list(table["indicator"].unique()) if "indicator" in table else []
    if len(measures) > 1:
        msg = (
            f"the frame has several measures: {', '.join(map(repr, measures))}. The difference of "
            "two of them is no change over time. Compare one of them: "
            "frame[frame['indicator'] == ...]."
        )
        raise ValueError(msg)
    texts = [
        f"  row {row!r}: {name} = {value!r}"
        for name in (names["count"], names["out_of"])
        for row, value, read in zip(table.index, table[name], numbers(table[name]), strict=True)
        if np.isnan(read) and not pd.isna(value)
    ]
    if texts:
        msg = f"{len(texts)} values are no numbers:\n" + "\n".join(texts)
        raise ValueError(msg)


def _step(
    counts: pd.DataFrame, before: int, after: int, *, ratio: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Subtract one year from a later one: by place, and of all places together."""
    first, second = (counts[counts["year"] == one].set_index("code") for one in (before, after))
    codes = first.index.union(second.index).sort_values()
    pair = [one.reindex(codes) for one in (first, second)]
    told = pair[0]["share"].notna() & pair[1]["share"].notna()
    origins = counts[counts["year"].isin([before, after])].groupby("code")["origin"]
    same = {"since": before, "year": after}
    more = {"parts": 1, "indicator": counts["indicator"].iloc[0]}
    districts = pd.DataFrame(
        {
            **same,
            "code": codes,
            "share_before": pair[0]["share"].to_numpy(),
            "share_after": pair[1]["share"].to_numpy(),
            "change_pp": 100 * (pair[1]["share"] - pair[0]["share"]).to_numpy(),
            "change_low_pp": np.nan,
            "change_high_pp": np.nan,
            **more,
            "origin": origins.agg(frames.worst_origin).reindex(codes).to_numpy(),
            "state": np.where(told, "known", "no data"),
        }
    )
    # A part is not the whole: without the counts of one place there is no change of all.
    shares = [one["count"].sum() / one["out_of"].sum() if told.all() else np.nan for one in pair]
    reach = _reach(pair, told, ratio=ratio)
    rise = 100 * (shares[1] - shares[0])
    whole = pd.DataFrame(
        [
            {
                **same,
                "share_before": shares[0],
                "share_after": shares[1],
                "change_pp": rise,
                "change_low_pp": rise - reach,
                "change_high_pp": rise + reach,
                **more,
                "parts": len(codes),
                "origin": frames.worst_origin(districts["origin"]),
            }
        ]
    )
    return districts, whole


def _reach(pair: Sequence[pd.DataFrame], told: pd.Series, *, ratio: bool) -> float:
    """Say how far chance may carry the change of all places, from how their changes differ."""
    home = np.full(len(told), "", dtype=object)
    both = pd.DataFrame({"place": home, "told": told}, index=told.index)
    found = variances(paired(both, pair, home, ratio=ratio))
    reach = rates.t_quantile(LEVEL, found["df"]) * np.sqrt(found["variance"])
    return 100 * float(reach.iloc[0])


def _measure(
    frame: study.Frame,
    kind: str,
    years: Sequence[int],
    shares: pd.Series,
    districts: pd.DataFrame,
) -> dict[str, object]:
    """Say of the measure of a frame what a catalogue would, its classes by its own numbers."""
    moved = districts["change_pp"].abs()
    steps = [one for one in rounded_breaks(moved[moved > 0], 3) if one > 0] or [1.0]
    both = dict.fromkeys(("vi", "en"))
    return {
        "label": dict.fromkeys(both, frame.name),
        "counts": dict.fromkeys(both, frame.count),
        "out_of": dict.fromkeys(both, frame.out_of),
        "when": {str(one): dict.fromkeys(both, str(one)) for one in years},
        "unit": frame.count,
        "denominator": frame.out_of,
        "kind": kind,
        "users": False,
        "breaks": rounded_breaks(shares.dropna(), 5),
        "change_breaks": (*(-one for one in reversed(steps)), 0.0, *steps),
    }
