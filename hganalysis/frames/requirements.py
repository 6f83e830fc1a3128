"""Say what a frame of reports or teams must be, and which origin of several is the least firm."""

from __future__ import annotations

import pandas as pd

from .. import indicators, places, suppress, words

ORIGINS = ("published", "census", "reported", "simulated")
"""Where a number may come from, from the firmest to what is not real at all."""

REPORT_COLUMNS = ["code", "year", "indicator", "count", "out_of", "origin"]
"""The columns of reports; where small counts are hidden, `pool` follows."""

TEAM_COLUMNS = ["code", "year", "teams", "members", "origin"]

KINDS = ("share", "ratio")
"""Whether counts are part of what they are out of, or acts, which may be more."""


def worst_origin(origins: pd.Series) -> str:
    """
    Name the least firm of several origins: one simulated row makes the sum simulated.

    Raises
    ------
    ValueError
        If a row does not say its origin, with every such row.

    Examples
    --------
    >>> worst_origin(pd.Series(["census", "simulated", "reported"]))
    'simulated'
    """
    try:
        return str(max(origins, key=ORIGINS.index))
    except ValueError:  # looked at only where it went wrong: this is done for every place
        require_origins(origins)
        raise


def require_origins(origins: pd.Series) -> None:
    """Stop unless every origin is one of the known ones; each other text is listed once."""
    strange = origins[~origins.isin(ORIGINS)].astype(str)
    if len(strange):
        texts = [f"{text!r} ({rows} rows)" for text, rows in strange.value_counts().items()]
        more = f" and {len(texts) - 5} more" * (len(texts) > 5)
        msg = f"{len(strange)} of {len(origins)} rows do not say where they come from: "
        msg += f"{', '.join(texts[:5])}{more}. `origin` is one of {', '.join(ORIGINS)}."
        raise ValueError(msg)


def require_provenance(
    rows: pd.DataFrame, what: str, *, origin: str | None, source: str | None
) -> pd.DataFrame:
    """
    Stop unless somebody says where the numbers of `what` come from, and who counted them.

    Returns
    -------
    rows
        With the column `origin`.

    Raises
    ------
    ValueError
        If either is not said, or the origin is none of `ORIGINS`.
    """
    if origin is None and "origin" not in rows:
        msg = f"nobody knows where {what!r} comes from, and whether it is real."
        msg += f" Say origin=..., one of {', '.join(ORIGINS)}."
        raise ValueError(msg)
    if not source or rows.empty:
        msg = f"nobody can check {len(rows)} rows without source='who counted {what}'."
        raise ValueError(msg)
    told = rows if origin is None else rows.assign(origin=origin)
    require_origins(told.loc[told[what].notna(), "origin"])
    return told


def require_reports(table: pd.DataFrame) -> pd.DataFrame:
    """
    Stop unless every row is a report: known commune, measure and year, counts that can be.

    What was hidden (`pool` of `suppress.small`) has the rate of several communes: no whole number.

    Raises
    ------
    ValueError
        With the rows that are wrong, and what was expected of them.
    """
    require_columns(table, REPORT_COLUMNS)
    catalogue = {(name, year) for name in indicators.names() for year in indicators.years(name)}
    shares = [name for name in indicators.names() if indicators.kind(name) == "share"]
    taken = pd.MultiIndex.from_frame(table[["indicator", "year"]]).isin(catalogue)
    count, out_of = _numbers(table["count"]), _numbers(table["out_of"])
    pool = table.get("pool", pd.Series("", index=table.index)).fillna("")
    hidden = pool != ""
    pools = {suppress.ALONE, str(places.province()["code"]), *places.districts().index}
    whole, whole_out_of = (_whole(table[name]) | hidden for name in ("count", "out_of"))
    faults = _common(table, ["code", "year", "indicator"]) | {
        "is no measure and year of the catalogue": pd.Series(~taken),
        "has a count that is negative or no whole number": (count < 0) | ~whole,
        "has an out_of that is not a whole number above 0": (out_of <= 0) | ~whole_out_of,
        "is hidden with places that are not known": hidden & ~pool.isin(pools),
        "counts more than it is out of": table["indicator"].isin(shares) & (count > out_of),
    }
    refuse(table, faults)
    return table[REPORT_COLUMNS].assign(pool=pool) if "pool" in table else table[REPORT_COLUMNS]


def kind_of(rows: pd.DataFrame, kind: str | None = None) -> str:
    """
    Say whether the counts of a frame are part of what they are out of: a share unless said.

    Parameters
    ----------
    rows
        If they name their `indicator`, the catalogue decides; else the column `kind`, if any.
    kind
        What the caller says of a frame, `"share"` or `"ratio"`, before its column.

    Returns
    -------
    kind
        `"share"` or `"ratio"`.

    Raises
    ------
    ValueError
        If neither is meant, or both.

    Examples
    --------
    >>> kind_of(pd.DataFrame({"count": [900], "kind": "ratio"}))
    'ratio'
    """
    listed = [name for name in rows.get("indicator", pd.Series()).unique() if _is_listed(name)]
    if listed:
        kinds = {indicators.kind(name) for name in listed}
    elif kind is not None:
        kinds = {kind}
    else:
        kinds = {*rows.get("kind", pd.Series()).dropna()} or {"share"}
    if len(kinds) > 1 or not kinds <= {*KINDS}:
        texts = ", ".join(map(repr, kinds))
        msg = f"the kind of a frame is one of {', '.join(KINDS)}, not {texts}."
        raise ValueError(msg)
    return str(kinds.pop())


def _is_listed(name: object) -> bool:
    return name in indicators.names()


def require_counts(
    rows: pd.DataFrame, kind: str, *, count: str = "count", out_of: str = "out_of"
) -> None:
    """
    Stop where a number can be no count: it is negative, no whole number, or too large.

    Rows that `suppress.small` hid have the rate of their pool, which is no whole number.

    Parameters
    ----------
    rows
        Any frame; `code` and `year` name its rows, if it has them.
    kind
        As `kind_of` gives it. No count of a share is larger than what it is out of.
    count, out_of
        The names of these columns.

    Raises
    ------
    ValueError
        With the rows that are wrong, and what to do. Their counts are not shown.
    """
    counts, totals = _numbers(rows[count]), _numbers(rows[out_of])
    is_shown = ~suppress.is_hidden(rows)
    is_number = counts.notna() | rows[count].isna()
    not_whole = "has a count that is no whole number"
    too_large = "counts more than it is out of"
    faults = {
        "has a negative number": (counts < 0) | (totals < 0),
        "counts something out of nothing": (counts > 0) & (totals == 0),
        not_whole: ~is_number | ((counts % 1 != 0) & counts.notna() & is_shown),
    }
    if kind == "share":
        faults[too_large] = (counts > totals) & is_shown
    advice = {
        not_whole: "A count such as 10.134 may be 10134: pd.read_csv(..., thousands='.') reads it.",
        too_large: "Where acts are counted, which may be more than people, say kind='ratio'.",
    }
    refuse(rows[rows.columns.intersection(["code", "year"])], faults, advice)


def require_teams(table: pd.DataFrame) -> pd.DataFrame:
    """
    Stop unless every row is a commune's teams in a year.

    Raises
    ------
    ValueError
        With the rows that are wrong, and what was expected of them.
    """
    require_columns(table, TEAM_COLUMNS)
    teams, members = _numbers(table["teams"]), _numbers(table["members"])
    faults = _common(table, ["code", "year"]) | {
        "has teams that are negative or no whole number": ~_whole(table["teams"]),
        "has members that are negative or no whole number": ~_whole(table["members"]),
        "has members and no team": (members > 0) & (teams == 0),
        "has more teams than members": teams > members,
    }
    refuse(table, faults)
    return table[TEAM_COLUMNS]


def require_names(rows: pd.DataFrame) -> None:
    """
    Stop where a row has the code of one place and the name of another.

    The units of July 2025 have codes that old communes had, so that a code alone would be drawn on
    other territory.

    Parameters
    ----------
    rows
        With the column `code`. Every column of texts is compared that names places.

    Raises
    ------
    ValueError
        With the code, the name, and the place that has the code.
    """
    codes = rows["code"].astype(str)
    level: places.Level = "commune"
    listed = places.communes()
    if codes.isin(places.districts().index).all():
        level = "district"
        listed = places.districts()
    known_codes = codes.where(codes.isin(listed.index))
    owners = known_codes.map(listed[words.column("name")])
    is_text = [pd.api.types.is_string_dtype(dtype) for dtype in rows.dtypes]
    for column in rows.columns[is_text].drop(["code", "origin"], errors="ignore"):
        differs = places.name_differs(known_codes, rows[column], level)
        shown = codes.to_frame("code")
        shown[column] = rows[column]
        shown["this code is of"] = owners
        refuse(shown, {_TWO_PLACES: differs})


_TWO_PLACES = (
    "code and name are of two places; correct one, or, if it is a unit of July 2025, "
    "give the communes that went into it"
)


def add_missing_communes(table: pd.DataFrame, *, each: list[str]) -> pd.DataFrame:
    """
    Add an empty row for each commune that sent nothing where others sent something.

    What did not come is then seen like any other report: as "no data", in every map and table.

    Parameters
    ----------
    table
        Reports or teams, as `require_reports` or `require_teams` gives them.
    each
        The columns within which every commune has to stand: `["year", "indicator"]`, say.

    Returns
    -------
    table
        The same where all is there; else with the empty rows, sorted by `each` and `code`. Their
        `origin` is the least firm of those beside them.
    """
    communes = places.communes().index
    if table.groupby(each).size().eq(len(communes)).all():
        return table
    every = table[each].drop_duplicates().merge(communes.to_frame(index=False), how="cross")
    full = every.merge(table, on=[*each, "code"], how="left")
    beside = full.groupby(each)["origin"].transform(lambda known: worst_origin(known.dropna()))
    full["origin"] = full["origin"].fillna(beside)
    if "pool" in full:
        full["pool"] = full["pool"].fillna("")
    return full[table.columns].sort_values([*each, "code"], ignore_index=True)


def _numbers(cells: pd.Series) -> pd.Series:
    """Read cells as numbers; what is missing or no number becomes NaN, which equals nothing."""
    return pd.to_numeric(cells, errors="coerce").astype("float64")


def _whole(cells: pd.Series) -> pd.Series:
    # A missing count is allowed: it is drawn as "no data", never as zero.
    numbers = _numbers(cells)
    return cells.isna() | ((numbers >= 0) & (numbers % 1 == 0))


def _common(table: pd.DataFrame, keys: list[str]) -> dict[str, pd.Series]:
    return {
        "has a code of no place that reports": ~table["code"].isin(places.communes().index),
        f"has an origin that is none of {', '.join(ORIGINS)}": ~table["origin"].isin(ORIGINS),
        "stands twice": table.duplicated(keys, keep=False),
    }


def require_columns(table: pd.DataFrame, columns: list[str]) -> None:
    """Stop unless a frame has these columns."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        spare = [column for column in table.columns if column not in columns]
        near = "".join(words.did_you_mean(column, spare) for column in missing)
        msg = f"columns are missing: {', '.join(missing)}. Expected: {', '.join(columns)}.{near}"
        raise ValueError(msg)


# Of rows that are wrong, so many are named.
SHOWN = 5


def refuse(
    rows: pd.DataFrame, faults: dict[str, pd.Series], advice: dict[str, str] | None = None
) -> None:
    """
    Stop where rows are wrong, and name them by their columns.

    Parameters
    ----------
    rows
        As they are to be shown.
    faults
        Whether each row has it, by what is wrong.
    advice
        What to do, by what is wrong.
    """
    lines, texts = [], []
    for fault, is_wrong in faults.items():
        positions = is_wrong.to_numpy(dtype=bool).nonzero()[0].tolist()
        lines += [
            f"  row {rows.index[at]}: {fault}{_cells_text(rows.iloc[at])}" for at in positions
        ]
        if positions and advice and fault in advice:
            texts.append(advice[fault])
    if not lines:
        return
    n_more = len(lines) - SHOWN
    more = [f"  and {n_more} more"] if n_more > 0 else []
    msg = "\n".join([f"{len(lines)} faults in {len(rows)} rows:", *lines[:SHOWN], *more, *texts])
    raise ValueError(msg)


def _cells_text(row: pd.Series) -> str:
    """Write the cells of a row: " (code=31318, year=2023)"; nothing if there are none."""
    cells = ", ".join(f"{column}={cell}" for column, cell in row.items())
    return f" ({cells})" if cells else ""


def require_unique(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Stop where a place stands twice in a table: nobody knows which row is right."""
    refuse(table[keys], {"stands more than once": table.duplicated(keys, keep=False)})
    return table
