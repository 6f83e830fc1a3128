"""Keep a register of what was released, so that two releases together tell no more than one."""

from __future__ import annotations

import contextlib
import csv
import io
import sys
from datetime import date
from functools import partial
from itertools import product
from typing import IO, TYPE_CHECKING
from urllib.parse import quote, unquote

import numpy as np
import pandas as pd

from .. import places, words
from ..periods import read_period
from .hide import holds_part, is_hidden, threshold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGISTER = ".hganalysis-releases"
"""Beside what was released: what was hidden, and two bytes of each count that was not."""

GRAIN = "reports"
GRAINS = (GRAIN, "table_year", "table_quarter", "table_month")
# As of 2022-07-01: before 2027 a table named its periods by their first day.
_DAY_LENGTH = 10

# Columns that name a cell, and those that name a column of cells.
_COLUMN = ["period", "measure"]
_CELL = [*_COLUMN, "place"]
_STATES = ["shown", "hidden", "silent"]
_COLUMNS = ["file", "source", "grain", "fewer_than", *_COLUMN, *_STATES]
# Two measures with this share of equal counts are one, corrected, whatever its name is now.
_SAME_MEASURE = 0.5
# A byte beyond all that is written: it can be locked, and nobody needs to read it.
_LOCKED_BYTE = 2**30


def cells_of_reports(reports: pd.DataFrame) -> pd.DataFrame:
    """
    List the cells of reports for the register, and each sum of a district and of the whole.

    A place that sent no report has a cell without a value, whose `pool` is its larger place: sums
    that leave it out may be subtracted from sums that hold it.
    """
    names = {"code": "place", "period": "period", "indicator": "measure"}
    cells = reports[[*names]].copy()
    cells["hidden"] = is_hidden(reports)
    cells["pool"] = reports.get("pool", "")
    cells["value"] = reports["count"]
    # a count came, shown or hidden
    is_reported = cells["value"].notna() | cells["hidden"]
    cells = cells[is_reported]

    parent = places.parents(reports["code"])
    sums_of_parents = _sums(reports, cells, of=parent)
    whole = pd.Series(places.province()["code"], reports.index)
    sums_of_whole = _sums(reports, cells, of=whole)

    # every place in every column: of one that sent a report the first cell stays
    columns = cells[["period", "indicator"]].drop_duplicates()
    communes = places.units().index.to_frame(index=False)
    silent = communes.merge(columns, how="cross").assign(hidden=False)
    silent["pool"] = places.parents(silent["code"])

    # where there are no districts, the whole is what they are a part of
    tables = [cells, sums_of_parents, sums_of_whole, silent]
    cells = pd.concat(tables, ignore_index=True)
    cells = cells.drop_duplicates([*names])
    return cells.rename(columns=names).astype({"period": "str"})


def _sums(reports: pd.DataFrame, cells: pd.DataFrame, *, of: pd.Series) -> pd.DataFrame:
    """Add cells up to those of larger places; a sum that holds a part of a pool is hidden."""
    by_place = cells.groupby([of.rename("code"), "period", "indicator"])
    sums = by_place[["value"]].sum()
    hidden = holds_part(reports, of=of)
    sums["hidden"] = hidden.reindex(sums.index)
    sums["pool"] = ""
    return sums.reset_index()


def hidden_before(cells: pd.DataFrame, *, folder: Path, grain: str) -> pd.Series:
    """
    Say what an earlier release of the same grain into a folder hid: it has to be hidden again.

    Parameters
    ----------
    cells, folder, grain
        As for `release`.

    Returns
    -------
    hidden
        True or False for each cell, with its index.
    """
    current = _with_states(cells)
    earlier = _from_lines(_read(folder / REGISTER))
    earlier = _add_new_names(earlier[earlier["grain"] == grain], current)
    hidden = earlier[earlier["state"] == "hidden"]
    is_hidden_again = _is_among(current, hidden)
    return pd.Series(is_hidden_again, index=cells.index)


def require_release(cells: pd.DataFrame, *, folder: Path, file: str, grain: str) -> None:
    """
    Stop where an earlier release into the folder and this one would tell what each of them hides.

    Parameters
    ----------
    cells, folder, file, grain
        As for `release`.

    Raises
    ------
    ValueError
        As for `release`.
    """
    if threshold():
        register = folder / REGISTER
        _require(_with_states(cells), _read(register), grain, file=file, register=register)


def release(cells: pd.DataFrame, *, folder: Path, file: str, source: str, grain: str) -> None:
    """
    Enter a release in the register of its folder, or refuse it.

    Two releases are compared here; within one release, `small` hides what is needed.

    - Of the same places, periods and measures the second has to hide all that the first hid, and
      nothing that the first showed: this would give away what is hidden together with it.
    - A place whose report came late may not be hidden together with places whose sum is known from
      the first.
    - A sum over parts, of which one sent no report, is compared with a sum that its place sent: the
      difference is what came late.
    - A measure may have another name: one that is new is compared with one that is gone, unless
      both hide the same places in the same periods.
    - If one release is of another grain, such as months beside years, neither may hide anything
      in a place and on a day that both have: the parts and the whole can be subtracted. So it is
      with a measure that was reported by quarter and is reported by year.

    Parameters
    ----------
    cells
        One row for each number that is released, sums of larger places among them: `place`,
        `period` (its key, as text), `measure`, its `value`, whether it is `hidden`,
        and its `pool`, what is hidden with it ("" where no sum of it is known). A place that sent
        no report is not hidden, its value is missing, and its `pool` is the larger place that it
        is a part of.
    folder
        Where it is released to: the register lies there, in `.hganalysis-releases`.
    file
        The name of what is released.
    source
        Digits that say of which data it is; none that hang on a hidden count.
    grain
        One of `GRAINS`, what is counted together: releases of one grain have the same cells.

    Raises
    ------
    ValueError
        With how many cells, the first of them, what was released before, and what to do. Nothing
        is entered. Nor is anything where no count is hidden (`threshold()` is 0): that is not for
        release.
    """
    limit = threshold()
    if limit == 0:
        return
    current = _with_states(cells)
    new_lines = _to_lines(current).assign(file=file, source=source, grain=grain)
    new_lines["fewer_than"] = str(limit)
    register = folder / REGISTER
    folder.mkdir(parents=True, exist_ok=True)
    with register.open("ab+") as stream, _locked(stream):
        lines = _parse(stream, register)
        _require(current, lines, grain, file=file, register=register)
        all_lines = pd.concat([lines, new_lines[_COLUMNS]], ignore_index=True)
        new_lines = all_lines.drop_duplicates().iloc[len(lines) :]
        if len(new_lines):
            _append(new_lines, stream)


def _append(lines: pd.DataFrame, stream: IO[bytes]) -> None:
    """Write lines at the end of a register: all of them, or none if the disk is full."""
    end = stream.seek(0, io.SEEK_END)
    is_empty = end == 0
    text = lines.to_csv(index=False, header=is_empty, quoting=csv.QUOTE_ALL, lineterminator="\n")
    try:
        stream.write(text.encode())
        stream.flush()
    except OSError:
        stream.truncate(end)
        raise


def _require(
    current: pd.DataFrame, lines: pd.DataFrame, grain: str, *, file: str, register: Path
) -> None:
    """Refuse a release that, together with an earlier one, tells what one of them hides."""
    cells = _from_lines(lines)
    is_same_grain = cells["grain"] == grain
    blanks = {"file": file, "register": str(register)}

    for (name, earlier_grain), earlier in cells.groupby(["file", "grain"], sort=False):
        blanks["earlier"] = str(name)
        grain_text = words.term(f"releases.{earlier_grain}")
        overlaps = _counted_otherwise(current, earlier, by_measure=earlier_grain == grain)
        _refuse("grain", overlaps, then=grain_text, **blanks)

    cells = _add_new_names(cells[is_same_grain], current)
    releases = cells.groupby(["file", "old_name"], sort=False)
    for (name, old_name), earlier in releases:
        blanks |= {"earlier": str(name), "old_name": str(old_name)}
        faults = {
            "lost": _with_both_states(current, "shown", earlier, "hidden"),
            "told": _with_both_states(current, "hidden", earlier, "shown"),
            "pool": _pooled_otherwise(current, earlier),
            "late": _without_report(current, earlier),
        }
        for key, faulty_cells in faults.items():
            _refuse(key, _names_of(faulty_cells), **blanks)


def _with_states(cells: pd.DataFrame) -> pd.DataFrame:
    """Give each cell its `state`, and as its `note` two bytes of what it shows, or its pool."""
    values = cells["value"].astype(float)
    state = np.where(values.isna(), "silent", "shown")
    state = np.where(cells["hidden"], "hidden", state)
    hashes = pd.util.hash_pandas_object(values, index=False)
    two_bytes = hashes % 2**16
    digits = two_bytes.map("{:04x}".format)
    note = cells["pool"].mask(state == "shown", digits)
    cells = cells[_CELL].assign(note=note, state=state)
    return cells.astype("str")


def _to_lines(cells: pd.DataFrame) -> pd.DataFrame:
    """Write cells as lines of the register, one for each period and measure."""
    write = partial(quote, safe="@")
    place = cells["place"].map(write)
    note = cells["note"].map(write)
    texts = place + "/" + note
    keys = [cells[name] for name in (*_COLUMN, "state")]
    joined = texts.groupby(keys).agg(_join_sorted)
    lines = joined.unstack(fill_value="")
    lines = lines.reindex(columns=_STATES, fill_value="")
    return lines.reset_index()


def _join_sorted(texts: pd.Series) -> str:
    return " ".join(sorted(texts))


def _from_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """Read lines of the register: one row for each cell, as `_with_states` gives them."""
    names = list(lines.columns.drop(_STATES))
    cells = lines.melt(names, _STATES, var_name="state", value_name="cell")
    cells["cell"] = cells["cell"].str.split()
    cells = cells.explode("cell", ignore_index=True)
    cells = cells.dropna(subset="cell")
    texts = cells["cell"].astype("str")
    parts = texts.str.extract("(.*)/(.*)")
    parts = parts.map(unquote)
    cells[["place", "note"]] = parts.to_numpy()
    return cells.drop(columns="cell")


def _is_among(cells: pd.DataFrame, listed: pd.DataFrame, keys: list[str] = _CELL) -> np.ndarray:
    """Say of each cell whether a list of cells has one with the same keys."""
    cell_keys = pd.MultiIndex.from_frame(cells[keys])
    listed_keys = pd.MultiIndex.from_frame(listed[keys])
    return cell_keys.isin(listed_keys)


def _add_new_names(earlier: pd.DataFrame, current: pd.DataFrame) -> pd.DataFrame:
    """
    Add the cells of an earlier measure under the name that it may have now.

    `old_name` is the earlier name of these cells, and empty for all others. Two names are of one
    measure if most of their counts are equal. A name that is new may be that of a measure that is
    gone, however many counts were corrected. Where both hide the same cells, this gives nothing
    away, and no other pair of these two is considered.
    """
    pairs = _pairs_of_names(current, earlier)
    is_unchanged = pairs["name"] == pairs["old_name"]
    is_unchanged &= ~(pairs["equal"] < _SAME_MEASURE)
    unchanged = pairs.loc[is_unchanged, "name"]
    pairs = pairs[~pairs["name"].isin(unchanged)]
    pairs = pairs[~pairs["old_name"].isin(unchanged)]

    is_new = ~pairs["name"].isin(earlier["measure"])
    is_gone = ~pairs["old_name"].isin(current["measure"])
    may_be_same = is_new & is_gone
    has_equal_counts = pairs["equal"] >= _SAME_MEASURE
    hides_the_same = may_be_same & pairs["hide_the_same"]
    is_same = has_equal_counts | hides_the_same
    same = pairs[is_same]
    is_taken = pairs["name"].isin(same["name"])
    is_taken |= pairs["old_name"].isin(same["old_name"])
    pairs = pairs[is_same | (may_be_same & ~is_taken)]

    cells = earlier.assign(old_name="")
    renamed = earlier.merge(pairs, left_on="measure", right_on="old_name")
    renamed["measure"] = renamed["name"]
    return pd.concat([cells, renamed[cells.columns]])


def _pairs_of_names(current: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """
    Compare each measure of a release with each of an earlier one, in the cells of both.

    - `name`, `old_name`: the two measures;
    - `equal`: the share of equal counts, of those that both show;
    - `hide_the_same`: whether both hide the same places in the same periods, and any.
    """
    cells = current.merge(earlier, on=["period", "place"], suffixes=("", "_then"))
    cells = cells.rename(columns={"measure": "name", "measure_then": "old_name"})
    state, state_then = cells["state"], cells["state_then"]
    is_shown = (state == "shown") & (state_then == "shown")
    is_equal = cells["note"] == cells["note_then"]
    cells["equal"] = is_equal.astype(float).where(is_shown)
    cells["hidden"] = state == "hidden"
    cells["hidden_alike"] = cells["hidden"] == (state_then == "hidden")

    pairs = cells.groupby(["name", "old_name"])
    hides_any = pairs["hidden"].any()
    hides_alike = pairs["hidden_alike"].all()
    table = pairs[["equal"]].mean()
    table["hide_the_same"] = hides_any & hides_alike
    return table.reset_index()


def _with_both_states(
    current: pd.DataFrame, state: str, earlier: pd.DataFrame, earlier_state: str
) -> pd.DataFrame:
    """Find the cells with one state now, and another in an earlier release."""
    cells = current[current["state"] == state]
    earlier_cells = earlier[earlier["state"] == earlier_state]
    return cells[_is_among(cells, earlier_cells)]


def _without_report(current: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """
    Find places that sent no report in one of two releases, and have no cell in the other.

    There a larger place reported for them. Where both show a sum, the difference is their count;
    not so if none of its parts sent a report, for what it reported itself is known.
    """
    silent_now = _left_out(current, earlier)
    silent_then = _left_out(earlier, current)
    silent = pd.concat([silent_now, silent_then])
    shown_by_both = _with_both_states(current, "shown", earlier, "shown")
    return silent[_is_among(silent, shown_by_both, _COLUMN)]


def _left_out(cells: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """Find places without a report, and without a cell in the release that is compared."""
    silent = cells[cells["state"] == "silent"]
    silent = silent[_is_among(_parents(silent), cells)]
    compared_silent = compared[compared["state"] == "silent"]
    listed = pd.concat([compared, _parents(compared_silent)])
    return silent[~_is_among(silent, listed)]


def _parents(silent: pd.DataFrame) -> pd.DataFrame:
    """Give the cells of the larger places: these are the notes of silent cells."""
    return silent.assign(place=silent["note"])


def _pooled_otherwise(current: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """Find the cells that one of two releases hides in a pool, and the other does not."""
    pool = [*_COLUMN, "note"]
    in_pool = [*_CELL, "note"]
    pooled = []
    for cells in (current, earlier):
        is_in_a_pool = (cells["state"] == "hidden") & (cells["note"] != "")
        pooled.append(cells[is_in_a_pool].drop_duplicates(in_pool))
    moved_cells = pd.concat(pooled)
    moved_cells = moved_cells.drop_duplicates(in_pool, keep=False)
    for cells in pooled:
        moved_cells = moved_cells[_is_among(moved_cells, cells, pool)]
    return moved_cells


def _counted_otherwise(
    current: pd.DataFrame, earlier: pd.DataFrame, *, by_measure: bool
) -> list[str]:
    """
    Name the places and periods that two releases count otherwise, and of which one hides something.

    Parameters
    ----------
    by_measure
        For two releases of one grain: only a measure is compared that has periods of another
        length in each, such as quarters and their year. Else all numbers of a day are.
    """
    columns = ["place", "period", "is_hidden"]
    overlaps = _overlaps(current, earlier)
    if by_measure:
        columns.append("measure")
        is_other = overlaps["period"] != overlaps["period_then"]
        overlaps = overlaps[is_other]
    now = _numbers_by_place(current)[columns]
    now = now.drop_duplicates().merge(overlaps, on="period")
    then = _numbers_by_place(earlier)[columns]
    then = then.drop_duplicates().add_suffix("_then")
    then = then.rename(columns={"place_then": "place"})
    pairs = now.merge(then, on=["place", "period_then"])
    if by_measure:
        # a measure that is new may be one that is gone, under another name
        is_new = ~pairs["measure"].isin(earlier["measure"])
        is_gone = ~pairs["measure_then"].isin(current["measure"])
        is_same = pairs["measure"] == pairs["measure_then"]
        pairs = pairs[is_same | (is_new & is_gone)]
    hides_any = pairs["is_hidden"] | pairs["is_hidden_then"]
    names = pairs["place"] + " " + pairs["period"]
    return sorted(names[hides_any].unique())


def _overlaps(current: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """List the pairs of a `period` and a `period_then` that have a day in common."""
    periods_now = current["period"].unique()
    periods_then = earlier["period"].unique()
    pairs = [
        (now, then)
        for now, then in product(periods_now, periods_then)
        if read_period(now).overlaps(read_period(then))
    ]
    return pd.DataFrame(pairs, columns=["period", "period_then"], dtype="str")


def _numbers_by_place(cells: pd.DataFrame) -> pd.DataFrame:
    """Say of each number whether it is hidden; a code of two lists is held for one place."""
    numbers = cells[cells["state"] != "silent"]
    is_hidden = numbers["state"] == "hidden"
    codes = numbers["place"].str.split("@")
    return numbers.assign(place=codes.str[0], is_hidden=is_hidden)


def _names_of(cells: pd.DataFrame) -> list[str]:
    cells = cells.sort_values(["place", "period"])
    names = cells[["place", "measure", "period"]]
    return [" ".join(cell) for cell in names.to_numpy()]


def _refuse(key: str, cells: list[str], *, old_name: str = "", **blanks: object) -> None:
    if not cells:
        return
    blanks |= {"number": words.number(len(cells)), "example": cells[0]}
    reason = words.term(f"releases.{key}", **blanks)
    if old_name:
        reason += "\n" + words.term("releases.renamed", old_name=old_name, **blanks)
    raise ValueError(reason)


def _read(register: Path) -> pd.DataFrame:
    if not register.exists():
        return pd.DataFrame(columns=_COLUMNS, dtype="str")
    with register.open("rb") as stream, _locked(stream):
        return _parse(stream, register)


def _parse(stream: IO[bytes], register: Path) -> pd.DataFrame:
    stream.seek(0)
    text = io.BytesIO(stream.read() or ",".join(_COLUMNS).encode())
    try:
        table = pd.read_csv(text, dtype="str", keep_default_na=False, encoding="utf-8")
    except (ValueError, pd.errors.ParserError):
        table = pd.DataFrame()
    is_register = list(table.columns) == _COLUMNS
    if is_register and set(table["grain"]) <= {*GRAINS}:
        with contextlib.suppress(ValueError):
            keys = [
                _read_key(period, grain)
                for period, grain in zip(table["period"], table["grain"], strict=True)
            ]
            return table.assign(period=pd.Series(keys, dtype="str"))
    msg = words.term("releases.unknown", register=register)
    raise ValueError(msg)


def _read_key(period: str, grain: str) -> str:
    """Read the period of a line; in a table of an old register it is the first day of one."""
    if len(period) < _DAY_LENGTH:
        return str(read_period(period).key)
    day = date.fromisoformat(period)
    length = grain.removeprefix("table_")
    return str(read_period(day, length).key)  # type: ignore[arg-type]


@contextlib.contextmanager
def _locked(stream: IO[bytes]) -> Iterator[None]:
    """Let other processes wait; they do not on a network disk that cannot lock."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            import msvcrt

            stream.seek(_LOCKED_BYTE)
            msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX)
    yield  # closing the file frees it
