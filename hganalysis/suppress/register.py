"""Keep a register of what was released, so that two releases together tell no more than one."""

from __future__ import annotations

import csv
import os
from typing import TYPE_CHECKING

import pandas as pd

from .. import words
from .hide import threshold

if TYPE_CHECKING:
    from pathlib import Path

REGISTER = ".hganalysis-releases"
"""Lies beside what was released. It names what was hidden, and holds no count."""

GRAINS = ("reports", "table_year", "table_quarter", "table_month")

_COLUMNS = ["file", "source", "grain", "fewer_than", "period", "measure", "places", "hidden"]
_CELL = ["period", "measure", "place"]
_ALL = "all"


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
    earlier = _read(folder / REGISTER)
    gone = _spread(earlier[earlier["grain"] == grain], "hidden")
    return pd.Series(_at(cells).isin(_at(gone)), index=cells.index)


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
    if threshold() == 0:
        return
    register = folder / REGISTER
    earlier = _read(register)
    for name, lines in earlier[earlier["grain"] != grain].groupby("file", sort=False):
        if clash := _clash(cells, lines):
            then = words.term(f"releases.{lines['grain'].iloc[0]}")
            _refuse("grain", clash, file=file, register=register, earlier=name, then=then)
    for name, lines in earlier[earlier["grain"] == grain].groupby("file", sort=False):
        gone = _at(cells).isin(_at(_spread(lines, "hidden")))
        lost = cells[gone & ~cells["hidden"]]
        told = cells[_in(cells, lines) & ~gone & cells["hidden"]]
        for key, found in (("lost", lost), ("told", told)):
            _refuse(key, _named(found), file=file, register=register, earlier=name)


def release(cells: pd.DataFrame, *, folder: Path, file: str, source: str, grain: str) -> None:
    """
    Enter a release in the register of its folder, or refuse it.

    What one call hides, it hides for all that it releases. Two releases are held to each other
    here. Of the same places, periods and measures the second has to hide all that the first hid,
    and nothing that the first showed: known, it would give away what is hidden with it. And where
    one is of another grain, months beside years, neither may hide anything in a place and year
    that they have in common: the parts and the whole can be subtracted.

    Parameters
    ----------
    cells
        One row for each number that is released: `place`, `period` (text that begins with the
        year), `measure`, and whether it is `hidden`.
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
    require_release(cells, folder=folder, file=file, grain=grain)
    about = {"file": file, "source": source, "grain": grain, "fewer_than": str(threshold())}
    everywhere = set(cells["place"])
    lines = []
    for (period, measure), rows in cells.groupby(["period", "measure"]):
        there, gone = set(rows["place"]), rows.loc[rows["hidden"], "place"]
        of = {"places": _ALL if there == everywhere else _codes(there), "hidden": _codes(gone)}
        lines.append({**about, "period": str(period), "measure": str(measure), **of})
    earlier = _read(folder / REGISTER)
    table = pd.concat([earlier, pd.DataFrame(lines, columns=_COLUMNS)], ignore_index=True)
    _write(table.drop_duplicates(), folder / REGISTER)


def _at(cells: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(cells[_CELL].astype("str"))


def _codes(places: pd.Series | set[str]) -> str:
    return " ".join(sorted(places))


def _spread(lines: pd.DataFrame, column: str) -> pd.DataFrame:
    """Give a row to each place of a line."""
    each = lines.assign(place=lines[column].str.split()).explode("place")
    return each.dropna(subset="place")


def _in(cells: pd.DataFrame, lines: pd.DataFrame) -> pd.Series:
    """Say which cells an earlier release has, hidden or shown."""
    whole = lines[lines["places"] == _ALL]
    groups = ["period", "measure"]
    inside = pd.MultiIndex.from_frame(cells[groups].astype("str")).isin(
        pd.MultiIndex.from_frame(whole[groups])
    )
    named = _at(cells).isin(_at(_spread(lines[lines["places"] != _ALL], "places")))
    return pd.Series(inside | named, index=cells.index)


def _clash(cells: pd.DataFrame, lines: pd.DataFrame) -> list[str]:
    """Name the places and years that both have, and of which one hides something."""

    def by_year(rows: pd.DataFrame) -> pd.MultiIndex:
        place = rows["place"].str.split("@").str[0]  # a code of two lists is held for one place
        return pd.MultiIndex.from_arrays([rows["period"].astype("str").str[:4], place])

    there = _spread(
        lines.assign(places=lines["places"].mask(lines["places"] == _ALL, "")), "places"
    )
    years = lines.loc[lines["places"] == _ALL, "period"].str[:4]
    ours, gone = by_year(cells), by_year(_spread(lines, "hidden"))
    both = ours.isin(by_year(there)) | ours.get_level_values(0).isin(years)
    found = ours[both & (ours.isin(gone) | cells["hidden"].to_numpy())]
    return [f"{place} {year}" for year, place in sorted(set(found))]


def _named(cells: pd.DataFrame) -> list[str]:
    return [" ".join(cell) for cell in _at(cells.sort_values(["place", "period"])).swaplevel(0, 2)]


def _refuse(key: str, found: list[str], **about: object) -> None:
    if found:
        number = words.number(len(found))
        raise ValueError(words.term(f"releases.{key}", number=number, example=found[0], **about))


def _read(register: Path) -> pd.DataFrame:
    if not register.exists():
        return pd.DataFrame(columns=_COLUMNS, dtype="str")
    try:
        table = pd.read_csv(register, dtype="str", keep_default_na=False, encoding="utf-8")
    except (ValueError, pd.errors.ParserError):
        table = pd.DataFrame()
    if list(table.columns) != _COLUMNS or not set(table["grain"]) <= {*GRAINS}:
        raise ValueError(words.term("releases.unknown", register=register))
    return table


def _write(table: pd.DataFrame, register: Path) -> None:
    """Write the register whole or not at all: a run that is stopped leaves the one before."""
    register.parent.mkdir(parents=True, exist_ok=True)
    half = register.with_name(f".{register.name}-{os.getpid()}")
    try:
        text = table.to_csv(index=False, quoting=csv.QUOTE_ALL)
        half.write_text(text, encoding="utf-8", newline="")
        half.replace(register)
    finally:
        half.unlink(missing_ok=True)
