"""Lay a frame out for reading: names for codes, units for numbers, headers in the language."""

from __future__ import annotations

import pandas as pd

from .. import indicators, places, sources, suppress, words
from .teams import flag, method, reason

# The unit that each column is written in; what is not here is shown as it is.
_UNITS = {
    "share": "share",
    "share_before": "share",
    "share_after": "share",
    "province_share": "share",
    "share_before_below": "share",
    "target": "share",
    "urban_share": "share",
    "change_pp": "points",
    "change_pp_above": "points",
    "distance_pp": "points",
    "within_pp": "points",
    "between_pp": "points",
    "members_per_1000": "decimal",
    "teams_per_1000_households": "decimal",
    "members_per_team": "decimal",
    "people_per_household": "decimal",
    "rate_ratio": "decimal",
    "rate_ratio_per_sd": "decimal",
    "shift_in_se": "decimal",
    "elasticity": "decimal",
    "df": "decimal",
    "phi": "count",
    "doubt": "share",
    "made_by_doubt": "decimal",
    **dict.fromkeys(
        ["count", "out_of", "users_low", "users_high", "teams", "members", "population"], "count"
    ),
    **dict.fromkeys(["households", "missing", "rank_before", "rank_after", "places_up"], "count"),
    **dict.fromkeys(["communes", "parts", "clusters", "units"], "count"),
}
# Two columns that become one interval: its name, the unit, the ends.
_INTERVALS = {
    "rank_interval": ("count", "rank_low", "rank_high"),
    "share_interval": ("share", "share_low", "share_high"),
    "change_interval": ("points", "change_low_pp", "change_high_pp"),
    "rate_ratio_interval": ("decimal", "low", "high"),
    "rate_ratio_per_sd_interval": ("decimal", "low_per_sd", "high_per_sd"),
}
_PLACES = ("code", "left_out", places.CODE_2025)
_TEXTS = {"state": "states", "origin": "origins", "reading": "readings", "qualifier": "qualifiers"}


def table(frame: pd.DataFrame, *, columns: list[str] | None = None) -> pd.DataFrame:
    """
    Lay a frame out for reading, in the language in use.

    Parameters
    ----------
    frame
        Any frame of this package. A place is read from `code` (`code_2025`: a commune since
        1 July 2025), or from an index of codes.
    columns
        Which columns to show, in this order; if none are named, all that have a header, but for
        a year or a measure that is the same in every row. Ends of
        an interval are shown together, as `share_interval`, `change_interval`,
        `rate_ratio_interval` or `rate_ratio_per_sd_interval`.

    Returns
    -------
    table
        Texts, with translated headers; its index is the name of the place, if there is one.

    Raises
    ------
    LookupError
        If a named column is not there.
    ValueError
        If it holds small counts that nobody hid.
    """
    suppress.refuse_small(frame)
    shown = frame.reset_index() if frame.index.name in _PLACES else frame
    shares = _share_units(shown)
    found = {}
    for name, (unit, low, high) in _INTERVALS.items():
        if low in shown and high in shown:
            units = shares if unit == "share" else [unit] * len(shown)
            ends = zip(shown[low], shown[high], units, strict=True)
            found[name] = [_interval(*row) for row in ends]
    if {"rung", "method"} <= set(shown.columns):
        shown = shown.assign(method=[method(rung) for rung in shown["rung"]])
    for name in shown.columns:
        if f"columns.{name}" in words.strings():
            found[name] = _texts(shown[name], shares if name == "share" else None)
    # What is the same in every row stands in the text around the table.
    same = {
        name
        for name in ("since", "year", "indicator")
        if name in shown and (shown[name] == shown[name].iloc[0]).all()
    }
    names = columns or _ordered(found, [name for name in shown.columns if name not in same])
    missing = [name for name in names if name not in found]
    if missing:
        msg = f"columns that the frame has not, or that have no header: {', '.join(missing)}."
        raise LookupError(msg)
    made = pd.DataFrame({_head(name): found[name] for name in names})
    place = next((name for name in _PLACES if name in shown), None)
    if place is None:
        return made.set_index(made.columns[0])
    if place == places.CODE_2025:
        codes = shown[place].map(places.communes_2025()[words.column("name")])
    else:
        codes = shown[place].map(places.name)
    return made.set_index(pd.Index(codes, name=words.term("columns.place")))


def _head(name: str) -> str:
    """Head a column; residents are of the census only where the shipped list counts them."""
    own = sources.is_own(sources.LIST) or sources.has(sources.RESIDENTS)
    if own and f"columns.{name}_own" in words.strings():
        name = f"{name}_own"
    return words.term(f"columns.{name}")


def _interval(low: float, high: float, unit: str) -> str:
    if pd.isna(low):
        return "–"
    if unit == "points":  # the header names the unit
        ends = [words.number(end, decimals=1, signed=True) for end in (low, high)]
        return words.term("words.interval", low=ends[0], high=ends[1])
    return words.interval(low, high, unit)


def _share_units(shown: pd.DataFrame) -> list[str]:
    """Name the unit of the share of each row: a ratio is written for 1,000 of what it is out of."""
    if "indicator" not in shown:
        return ["share"] * len(shown)
    kinds = {name: indicators.kind(name) for name in shown["indicator"].dropna().unique()}
    return ["per_1000" if kinds.get(one) == "ratio" else "share" for one in shown["indicator"]]


def _texts(values: pd.Series, units: list[str] | None) -> list[str]:
    name = str(values.name)
    if name == "flags":
        return ["; ".join(map(_flag, value.split("; "))) for value in values]
    if name in _TEXTS:
        return [words.term(f"{_TEXTS[name]}.{value}") for value in values]
    if name == "approximate":
        return [words.term("maps.approximate") if value else "" for value in values]
    if name == "indicator":
        return [indicators.label(value) for value in values]
    if name in _UNITS:
        numbers = [float("nan") if pd.isna(one) else float(one) for one in values]
        if _UNITS[name] == "points":
            return [words.number(one, decimals=1, signed=True) for one in numbers]
        each = units or [_UNITS[name]] * len(numbers)
        return [words.value(one, unit) for one, unit in zip(numbers, each, strict=True)]
    return ["" if pd.isna(value) else str(value) for value in values]


def _flag(key: str) -> str:
    refused = key.removeprefix("refused: ")
    if refused == key:
        return flag(key)
    return words.term("findings.estimate_refused", reason=reason(refused))


def _ordered(found: dict[str, list[str]], columns: list[str]) -> list[str]:
    """Put each interval behind the number it belongs to."""
    names = []
    for column in columns:
        if column in found and column not in {"left_out"}:
            names.append(column)
            name = {"change_pp": "change"}.get(column, column) + "_interval"
            if name in found:
                names.append(name)
    return names
