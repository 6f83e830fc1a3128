"""Take codes, years and counts as people type them, or say in one line what to write."""

from __future__ import annotations

import re
from contextlib import suppress

import pandas as pd

from .. import periods, places

# Excel numbers days from this one; these numbers are days of 1954 to 2119, and no years.
EXCEL_DAY_ZERO = pd.Timestamp("1899-12-30")
EXCEL_DAYS = range(20_000, 80_000)


def read_codes(cells: pd.Series) -> pd.Series:
    """
    Take codes as texts, also where a spreadsheet turned them into numbers: 31318, or 1 for "01".

    Zeros are put before a number if all codes are then of one level, and no code of another.
    """
    texts = cells.map(_code_text)
    if not pd.api.types.is_numeric_dtype(cells):
        return texts
    candidates = []
    for level in (places.districts(), places.communes()):
        padded = texts.str.zfill(level.index.str.len().max())
        if padded.isin(level.index).any():
            candidates.append((padded, padded.isin(level.index).all()))
    is_certain = len(candidates) == 1 and candidates[0][1]
    return candidates[0][0] if is_certain else texts


def _code_text(cell: object) -> str:
    """Write a code as text; a column with an empty cell turns 31318 into 31318.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def read_year(cell: object) -> int:
    """
    Take a year as a number, also if it is written as text, with the word for a year or without.

    Raises
    ------
    ValueError
        If it is a date, the number of a day, or no year, with what to write.

    Examples
    --------
    >>> read_year("2023"), read_year(2023.0), read_year("Năm 2023")
    (2023, 2023, 2023)
    """
    text = str(cell).strip()
    with suppress(periods.PeriodError):
        return periods.read(text, "year").year
    number = pd.to_numeric(text, errors="coerce")
    if number in EXCEL_DAYS:
        day = EXCEL_DAY_ZERO + pd.Timedelta(days=number)
        msg = f"{text} is no year but a day in Excel, {day:%Y-%m-%d}: write {day.year}."
        raise ValueError(msg)
    within = re.search(r"(?<!\d)(?:19|20)\d\d(?!\d)", text)
    msg = f"{text!r} is no year: write {within[0] if within else 'a number such as 2023'}."
    raise ValueError(msg)


def read_numbers(cells: pd.Series) -> pd.Series:
    """
    Take counts as numbers.

    Raises
    ------
    ValueError
        If a text is no number, such as "1,126", with what to write.
    """
    numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
    is_text = cells.notna() & numbers.isna()
    if is_text.any():
        text = str(cells[is_text].iloc[0]).strip()
        msg = f"{cells.name!r} has {text!r}, which is no number: write {_plain_number(text)}"
        msg += f" ({int(is_text.sum())} of {len(cells)} rows)."
        raise ValueError(msg)
    return numbers


def _plain_number(text: str) -> str:
    """Write "1,126" as 1126 and "0,5" as 0.5."""
    if re.fullmatch(r"\d{1,3}([.,\s]\d{3})+", text):
        return re.sub(r"[.,\s]", "", text)
    if re.fullmatch(r"\d+,\d+", text):
        return text.replace(",", ".")
    return "a number such as 1126, or nothing"


def read_frame(rows: pd.DataFrame) -> pd.DataFrame:
    """Take the `code`, `year`, `count` and `out_of` of a user's frame, whatever their types."""
    return rows.assign(
        code=read_codes(rows["code"]),
        year=rows["year"].map(read_year).astype("int64"),
        count=read_numbers(rows["count"]),
        out_of=read_numbers(rows["out_of"]),
    )
