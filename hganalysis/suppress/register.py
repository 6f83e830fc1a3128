"""Keep a register of what was released, so that two releases together tell no more than one."""

from __future__ import annotations

import contextlib
import csv
import io
import sys
from functools import partial
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote, unquote

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

_COLUMNS = ["file", "source", "grain", "fewer_than", "period", "measure", "shown", "hidden"]
_CELL, _SIDES = ["period", "measure", "place"], ["shown", "hidden"]
# A column with this share of its counts is the same one, corrected, whatever its name is now.
_SAME = 0.5


def of_reports(reports: pd.DataFrame) -> pd.DataFrame:
    """Name each number of reports for the register, and each sum of a district and of the whole."""
    called = {"code": "place", "year": "period", "indicator": "measure"}
    hidden = is_hidden(reports)
    told = {"hidden": hidden, "pool": reports.get("pool", ""), "value": reports["count"]}
    # a place that sent nothing has no number
    levels = [reports[[*called]].assign(**told)[is_reported(reports)]]
    for of in (places.homes(reports["code"]), pd.Series(places.province()["code"], reports.index)):
        gone = holds_part(reports, of=of)
        sums = levels[0].groupby([of.rename("code"), "year", "indicator"])["value"].sum().to_frame()
        levels.append(sums.assign(hidden=gone.reindex(sums.index), pool="").reset_index())
    # Where there are no districts, the whole is what they are a part of.
    cells = pd.concat(levels, ignore_index=True).drop_duplicates([*called])
    return cells.rename(columns=called).astype({"period": "str"})


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
    earlier = _spread(_read(folder / REGISTER))
    earlier = _renamed(earlier[earlier["grain"] == grain], _noted(cells))
    at = pd.MultiIndex.from_frame(cells[_CELL].astype("str"))
    return pd.Series(at.isin(_at(earlier[earlier["gone"]])), index=cells.index)


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
    first. A measure is known by its counts, where it was renamed. And where one is of another
    grain, months beside years, neither may hide anything in a place and year that they have in
    common: the parts and the whole can be subtracted.

    Parameters
    ----------
    cells
        One row for each number that is released, sums of larger places among them: `place`,
        `period` (text that begins with the year), `measure`, its `value`, whether it is `hidden`,
        and its `pool`, what is hidden with it ("" where no sum of it is known).
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
    for name, lines in earlier.groupby("file", sort=False):
        about = {"file": file, "register": register, "earlier": name}
        cells = _spread(lines)
        for other, theirs in cells[cells["grain"] != grain].groupby("grain"):
            _refuse("grain", _clash(ours, theirs), then=words.term(f"releases.{other}"), **about)
        theirs = _renamed(cells[cells["grain"] == grain], ours)
        shown, gone = (_at(theirs[theirs["gone"] == hid]) for hid in (False, True))
        _refuse("lost", _named(ours[~ours["gone"] & _at(ours).isin(gone)]), **about)
        _refuse("told", _named(ours[ours["gone"] & _at(ours).isin(shown)]), **about)
        _refuse("pool", _named(_moved(ours, theirs)), **about)


def _noted(cells: pd.DataFrame) -> pd.DataFrame:
    """Give of each cell whether it is `gone`, and its pool, or else two bytes of its value."""
    digits = pd.util.hash_pandas_object(cells["value"].astype(float), index=False) % 2**16
    note = cells["pool"].where(cells["hidden"], digits.map("{:04x}".format))
    return cells[_CELL].assign(note=note).astype("str").assign(gone=cells["hidden"].astype(bool))


def _lines(noted: pd.DataFrame) -> pd.DataFrame:
    """Write cells as lines of the register, one for each period and measure."""
    place, note = (noted[part].map(partial(quote, safe="@")) for part in ("place", "note"))
    side = noted["gone"].map({False: "shown", True: "hidden"})
    written = (place + "/" + note).groupby([noted["period"], noted["measure"], side])
    lines = written.agg(lambda cells: " ".join(sorted(cells))).unstack(fill_value="")
    return lines.reindex(columns=_SIDES, fill_value="").reset_index()


def _spread(lines: pd.DataFrame) -> pd.DataFrame:
    """Give a row to each cell of lines: whether it is `gone`, and its pool, or else its digits."""
    cells = [lines.assign(cell=lines[side].str.split(), gone=side == "hidden") for side in _SIDES]
    each = pd.concat([one.explode("cell") for one in cells]).dropna(subset="cell")
    parts = each["cell"].astype("str").str.extract("(.*)/(.*)")
    each[["place", "note"]] = parts.map(unquote).to_numpy()
    return each.drop(columns=[*_SIDES, "cell"])


def _at(cells: pd.DataFrame, columns: list[str] = _CELL) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(cells[columns])


def _renamed(theirs: pd.DataFrame, ours: pd.DataFrame) -> pd.DataFrame:
    """Add the cells of an earlier column under the name that a column with its counts has now."""
    told = ours[~ours["gone"]].merge(theirs[~theirs["gone"]], on=["period", "place"])
    alike = (told["note_x"] == told["note_y"]).groupby([told["measure_x"], told["measure_y"]])
    share: dict[Any, Any] = alike.mean().to_dict()
    both = set(ours["measure"]) & set(theirs["measure"])
    known = {name for name in both if share.get((name, name), 1.0) >= _SAME}
    more = [
        theirs[theirs["measure"] == then].assign(measure=now)
        for (now, then), same in share.items()
        if same >= _SAME and not known & {now, then}
    ]
    added: pd.DataFrame = pd.concat([theirs, *more])
    return added


def _moved(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Find the cells that one of two releases hides with others, and the other does not."""
    pool = ["period", "measure", "note"]
    pooled = [rows[rows["gone"] & (rows["note"] != "")] for rows in (ours, theirs)]
    pooled = [rows.drop_duplicates([*_CELL, "note"]) for rows in pooled]
    found = pd.concat(pooled).drop_duplicates([*_CELL, "note"], keep=False)
    first, second = (_at(found, pool).isin(_at(rows, pool)) for rows in pooled)
    return found[first & second]


def _clash(ours: pd.DataFrame, theirs: pd.DataFrame) -> list[str]:
    """Name the places and years that both have, and of which one hides something."""

    def by_year(rows: pd.DataFrame) -> pd.MultiIndex:
        place = rows["place"].str.split("@").str[0]  # a code of two lists is held for one place
        return pd.MultiIndex.from_arrays([rows["period"].str[:4], place])

    here, there = by_year(ours), by_year(theirs)
    gone = ours["gone"].to_numpy() | here.isin(by_year(theirs[theirs["gone"]]))
    return [f"{place} {year}" for year, place in sorted(set(here[gone & here.isin(there)]))]


def _named(cells: pd.DataFrame) -> list[str]:
    return [" ".join(cell) for cell in _at(cells.sort_values(["place", "period"])).swaplevel(0, 2)]


def _refuse(key: str, found: list[str], **about: object) -> None:
    if found:
        number = words.number(len(found))
        raise ValueError(words.term(f"releases.{key}", number=number, example=found[0], **about))


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
