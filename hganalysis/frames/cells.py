"""Take codes and counts as people type them, or say in one line what to write."""

from __future__ import annotations

import re

import pandas as pd

from .. import places, words
from ..places.matching import keep_codes
from ..places.names import text_of


def read_codes(cells: pd.Series) -> pd.Series:
    """
    Take codes as texts, also where a spreadsheet turned them into numbers: 31318, or 1 for "01".

    Zeros are put before a number if all codes are then of one level, and no code of another.
    """
    texts = cells.map(text_of)
    if not pd.api.types.is_numeric_dtype(cells):
        return texts
    tries = [keep_codes(texts, level) for level in (places.compared(), places.units())]
    candidates = [codes for codes in tries if codes.notna().any()]
    is_certain = len(candidates) == 1 and candidates[0].notna().all()
    return candidates[0] if is_certain else texts


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
        blanks = {
            "column": cells.name,
            "text": text,
            "number": _plain_number(text),
            "wrong": int(is_text.sum()),
            "rows": len(cells),
        }
        msg = words.term("frames_errors.no_number", **blanks)
        raise ValueError(msg)
    return numbers


def _plain_number(text: str) -> str:
    """Write "1,126" as 1126 and "0,5" as 0.5."""
    if re.fullmatch(r"\d{1,3}([.,\s]\d{3})+", text):
        return re.sub(r"[.,\s]", "", text)
    if re.fullmatch(r"\d+,\d+", text):
        return text.replace(",", ".")
    return words.term("frames_errors.plain_number")


def read_frame(rows: pd.DataFrame) -> pd.DataFrame:
    """Take the `code`, `count` and `out_of` of a user's frame, whatever their types."""
    return rows.assign(
        code=read_codes(rows["code"]),
        count=read_numbers(rows["count"]),
        out_of=read_numbers(rows["out_of"]),
    )
