"""Keep a register of what was released, so that two releases together tell no more than one."""

from __future__ import annotations

import contextlib
import csv
import io
import sys
from functools import partial
from typing import IO, TYPE_CHECKING
from urllib.parse import quote, unquote

import numpy as np
import pandas as pd

from .. import places, words
from .hide import holds_part, is_hidden, is_reported, threshold

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REGISTER = ".hganalysis-releases"
"""Lies beside what was released: what was hidden, and two bytes made of each count that was not."""

GRAIN = "reports"
GRAINS = (GRAIN, "table_year", "table_quarter", "table_month")

_CELL, _STATES = ["period", "measure", "place"], ["shown", "hidden", "silent"]
_COLUMNS = ["file", "source", "grain", "fewer_than", "period", "measure", *_STATES]
# A column with this share of its counts is the same one, corrected, whatever its name is now.
_SAME = 0.5


def of_reports(reports: pd.DataFrame) -> pd.DataFrame:
    """
    List the cells of reports for the register, and each sum of a district and of the whole.

    A place that sent no report has a cell without a value, whose `pool` is its larger place: sums
    that leave it out may be subtracted from sums that hold it.
    """
    names = {"code": "place", "year": "period", "indicator": "measure"}
    cells = reports[[*names]].copy()
    cells["hidden"] = is_hidden(reports)
    cells["pool"] = reports.get("pool", "")
    cells["value"] = reports["count"]
    cells = cells[is_reported(reports)]

    whole = pd.Series(places.province()["code"], reports.index)
    sums = [_sums(reports, cells, of=of) for of in (places.homes(reports["code"]), whole)]

    # every place in every column: of one that sent a report the first cell stays
    columns = cells[["year", "indicator"]].drop_duplicates()
    silent = pd.DataFrame({"code": places.communes().index}).merge(columns, how="cross")
    silent["hidden"] = False
    silent["pool"] = places.homes(silent["code"])

    # where there are no districts, the whole is what they are a part of
    cells = pd.concat([cells, *sums, silent], ignore_index=True).drop_duplicates([*names])
    return cells.rename(columns=names).astype({"period": "str"})


def _sums(reports: pd.DataFrame, cells: pd.DataFrame, *, of: pd.Series) -> pd.DataFrame:
    """Add cells up to those of larger places; a sum that holds a part of a pool is hidden."""
    sums = cells.groupby([of.rename("code"), "year", "indicator"])[["value"]].sum()
    sums["hidden"] = holds_part(reports, of=of).reindex(sums.index)
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
    ours, earlier = _noted(cells), _spread(_read(folder / REGISTER))
    earlier = _renamed(earlier[earlier["grain"] == grain], ours)
    hidden = _at(earlier[earlier["state"] == "hidden"])
    return pd.Series(_at(ours).isin(hidden), index=cells.index)


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
        _require(_noted(cells), _read(register), grain, file=file, register=register)


def release(cells: pd.DataFrame, *, folder: Path, file: str, source: str, grain: str) -> None:
    """
    Enter a release in the register of its folder, or refuse it.

    What one call hides, it hides for all that it releases. Two releases are held to each other
    here. Of the same places, periods and measures the second has to hide all that the first hid,
    and nothing that the first showed: known, it would give away what is hidden with it. Nor may
    another place, of a report that came late, be hidden with those whose sum is known from the
    first. A sum over parts of which one sent no report is held to a sum that its place sent: the
    difference is what came late. A measure may have another name: one that is new is held to one
    that is gone, unless both hide the same places in the same years. And where one release is of
    another grain, months beside years, neither may hide anything in a place and year that they have
    in common: the parts and the whole can be subtracted.

    Parameters
    ----------
    cells
        One row for each number that is released, sums of larger places among them: `place`,
        `period` (text that begins with the year), `measure`, its `value`, whether it is `hidden`,
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
    if threshold() == 0:
        return
    about = {"file": file, "source": source, "grain": grain, "fewer_than": str(threshold())}
    noted, register = _noted(cells), folder / REGISTER
    folder.mkdir(parents=True, exist_ok=True)
    with register.open("ab+") as opened, _alone(opened):
        earlier = _parsed(opened, register)
        _require(noted, earlier, grain, file=file, register=register)
        entered = pd.concat([earlier, _lines(noted).assign(**about)[_COLUMNS]], ignore_index=True)
        new = entered.drop_duplicates().iloc[len(earlier) :]
        end = opened.seek(0, io.SEEK_END)
        text = new.to_csv(index=False, header=not end, quoting=csv.QUOTE_ALL, lineterminator="\n")
        try:
            if len(new):
                opened.write(text.encode())
                opened.flush()
        except OSError:  # whole or not at all, where the disk is full
            opened.truncate(end)
            raise


def _require(
    ours: pd.DataFrame, earlier: pd.DataFrame, grain: str, *, file: str, register: Path
) -> None:
    cells = _spread(earlier)
    other_grains = cells[cells["grain"] != grain]
    for (name, other), theirs in other_grains.groupby(["file", "grain"], sort=False):
        about = {"file": file, "register": str(register), "earlier": str(name)}
        _refuse("grain", _clash(ours, theirs), then=words.term(f"releases.{other}"), **about)

    same_grain = _renamed(cells[cells["grain"] == grain], ours)
    for (name, old_name), theirs in same_grain.groupby(["file", "old_name"], sort=False):
        about = {"file": file, "register": str(register), "earlier": str(name)}
        about["old_name"] = str(old_name)
        _refuse("lost", _named(_where(ours, "shown", theirs, "hidden")), **about)
        _refuse("told", _named(_where(ours, "hidden", theirs, "shown")), **about)
        _refuse("pool", _named(_moved(ours, theirs)), **about)
        _refuse("late", _named(_without_report(ours, theirs)), **about)


def _noted(cells: pd.DataFrame) -> pd.DataFrame:
    """Give each cell its state; as a note two bytes of what it shows, or else its pool."""
    state = np.where(cells["value"].isna(), "silent", "shown")
    state = np.where(cells["hidden"], "hidden", state)
    digits = pd.util.hash_pandas_object(cells["value"].astype(float), index=False) % 2**16
    note = cells["pool"].mask(state == "shown", digits.map("{:04x}".format))
    return cells[_CELL].assign(note=note, state=state).astype("str")


def _lines(noted: pd.DataFrame) -> pd.DataFrame:
    """Write cells as lines of the register, one for each period and measure."""
    place, note = (noted[part].map(partial(quote, safe="@")) for part in ("place", "note"))
    written = (place + "/" + note).groupby([noted["period"], noted["measure"], noted["state"]])
    lines = written.agg(lambda cells: " ".join(sorted(cells))).unstack(fill_value="")
    return lines.reindex(columns=_STATES, fill_value="").reset_index()


def _spread(lines: pd.DataFrame) -> pd.DataFrame:
    """Give a row to each cell of lines: its state and its note, as `_noted` does."""
    names = [name for name in _COLUMNS if name not in _STATES]
    cells = lines.melt(names, _STATES, var_name="state", value_name="cell")
    cells["cell"] = cells["cell"].str.split()
    cells = cells.explode("cell", ignore_index=True).dropna(subset="cell")
    parts = cells["cell"].astype("str").str.extract("(.*)/(.*)")
    cells[["place", "note"]] = parts.map(unquote).to_numpy()
    return cells.drop(columns="cell")


def _at(cells: pd.DataFrame, columns: list[str] = _CELL) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(cells[columns])


def _renamed(theirs: pd.DataFrame, ours: pd.DataFrame) -> pd.DataFrame:
    """
    Add the cells of an earlier measure under the name that it may have now.

    `old_name` is the earlier name of these cells, and empty for all others. Two names are of one
    measure if most of their counts are equal. A name that is new may be that of a measure that is
    gone, however many counts were corrected. Where both hide the same cells, this gives nothing
    away, and no other pair of these two is considered.
    """
    pairs = _pairs_of_names(ours, theirs)
    is_known = (pairs["name"] == pairs["old_name"]) & ~(pairs["equal"] < _SAME)
    known = pairs.loc[is_known, "name"]
    pairs = pairs[~pairs["name"].isin(known) & ~pairs["old_name"].isin(known)]

    is_new = ~pairs["name"].isin(theirs["measure"])
    is_gone = ~pairs["old_name"].isin(ours["measure"])
    may_be_same = is_new & is_gone
    is_same = (pairs["equal"] >= _SAME) | (may_be_same & pairs["hide_the_same"])
    same = pairs[is_same]
    is_taken = pairs["name"].isin(same["name"]) | pairs["old_name"].isin(same["old_name"])
    pairs = pairs[is_same | (may_be_same & ~is_taken)]

    own = theirs.assign(old_name="")
    renamed = theirs.merge(pairs, left_on="measure", right_on="old_name")
    renamed["measure"] = renamed["name"]
    return pd.concat([own, renamed[own.columns]])


def _pairs_of_names(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """
    Compare each measure of a release with each of an earlier one, in the cells of both.

    `equal` is the share of equal counts, of those that both show. `hide_the_same` says whether both
    hide the same places in the same years, and any.
    """
    cells = ours.merge(theirs, on=["period", "place"], suffixes=("", "_then"))
    cells = cells.rename(columns={"measure": "name", "measure_then": "old_name"})
    is_shown = (cells["state"] == "shown") & (cells["state_then"] == "shown")
    is_equal = (cells["note"] == cells["note_then"]).astype(float)
    cells["equal"] = is_equal.where(is_shown)
    cells["hidden"] = cells["state"] == "hidden"
    cells["hidden_alike"] = cells["hidden"] == (cells["state_then"] == "hidden")

    pairs = cells.groupby(["name", "old_name"])
    table = pairs[["equal"]].mean()
    table["hide_the_same"] = pairs["hidden"].any() & pairs["hidden_alike"].all()
    return table.reset_index()


def _where(ours: pd.DataFrame, state: str, theirs: pd.DataFrame, other_state: str) -> pd.DataFrame:
    """Find our cells of one state which have another state in an earlier release."""
    earlier = _at(theirs[theirs["state"] == other_state])
    return ours[(ours["state"] == state) & _at(ours).isin(earlier)]


def _without_report(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """
    Find places that sent no report in one of two releases, and have no cell in the other.

    There a larger place reported for them. Where both show a sum, the difference is their count;
    not so if none of its parts sent a report, for what it reported itself is known.
    """
    silent = pd.concat([_left_out(ours, theirs), _left_out(theirs, ours)])
    shown_by_both = _where(ours, "shown", theirs, "shown")
    column = ["period", "measure"]
    return silent[_at(silent, column).isin(_at(shown_by_both, column))]


def _left_out(cells: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Find places that sent no report, while their larger place has a sum without them."""
    silent, silent_there = (rows[rows["state"] == "silent"] for rows in (cells, others))
    summed = _at(silent.assign(place=silent["note"])).isin(_at(cells))
    listed = pd.concat([others, silent_there.assign(place=silent_there["note"])])
    return silent[summed & ~_at(silent).isin(_at(listed))]


def _moved(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Find the cells that one of two releases hides with others, and the other does not."""
    pool = ["period", "measure", "note"]
    ours, theirs = (
        rows[(rows["state"] == "hidden") & (rows["note"] != "")].drop_duplicates([*_CELL, "note"])
        for rows in (ours, theirs)
    )
    cells = pd.concat([ours, theirs]).drop_duplicates([*_CELL, "note"], keep=False)
    in_both = _at(cells, pool).isin(_at(ours, pool)) & _at(cells, pool).isin(_at(theirs, pool))
    return cells[in_both]


def _clash(ours: pd.DataFrame, theirs: pd.DataFrame) -> list[str]:
    """Name the places and years that both have, and of which one hides something."""

    def by_year(rows: pd.DataFrame) -> pd.MultiIndex:
        place = rows["place"].str.split("@").str[0]  # a code of two lists is held for one place
        return pd.MultiIndex.from_arrays([rows["period"].str[:4], place])

    ours = ours[ours["state"] != "silent"]
    theirs = theirs[theirs["state"] != "silent"]
    here, there = by_year(ours), by_year(theirs)
    hidden_there = by_year(theirs[theirs["state"] == "hidden"])
    hides = (ours["state"] == "hidden").to_numpy() | here.isin(hidden_there)
    pairs = sorted(set(here[hides & here.isin(there)]))
    return [f"{place} {year}" for year, place in pairs]


def _named(cells: pd.DataFrame) -> list[str]:
    return [" ".join(cell) for cell in _at(cells.sort_values(["place", "period"])).swaplevel(0, 2)]


def _refuse(key: str, cells: list[str], *, old_name: str = "", **about: object) -> None:
    if not cells:
        return
    number, example = words.number(len(cells)), cells[0]
    reason = words.term(f"releases.{key}", number=number, example=example, **about)
    if old_name:
        reason += "\n" + words.term("releases.renamed", old_name=old_name, **about)
    raise ValueError(reason)


def _read(register: Path) -> pd.DataFrame:
    if not register.exists():
        return pd.DataFrame(columns=_COLUMNS, dtype="str")
    with register.open("rb") as opened, _alone(opened):
        return _parsed(opened, register)


def _parsed(opened: IO[bytes], register: Path) -> pd.DataFrame:
    opened.seek(0)
    text = io.BytesIO(opened.read() or ",".join(_COLUMNS).encode())
    try:
        table = pd.read_csv(text, dtype="str", keep_default_na=False, encoding="utf-8")
    except (ValueError, pd.errors.ParserError):
        table = pd.DataFrame()
    if list(table.columns) != _COLUMNS or not set(table["grain"]) <= {*GRAINS}:
        raise ValueError(words.term("releases.unknown", register=register))
    return table


@contextlib.contextmanager
def _alone(opened: IO[bytes]) -> Iterator[None]:
    """Let other processes wait; a disk of a network that locks nothing lets them not."""
    with contextlib.suppress(OSError):
        if sys.platform == "win32":
            import msvcrt

            opened.seek(2**30)  # beyond all that is written: what is locked there nobody can read
            msvcrt.locking(opened.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(opened, fcntl.LOCK_EX)
    yield  # closing the file frees it
