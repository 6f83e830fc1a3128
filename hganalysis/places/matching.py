"""Say which place each shape of a file is: by its code, else by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pandas as pd

from .. import words
from .lists import Level, communes, crosswalk, districts, levels
from .names import find_codes, text_of

# A column is one of codes, or of names, if half of the shapes or half of the places match by it.
_HALF = 0.5
_LISTED = 100


@dataclass(frozen=True)
class Match:
    """The place of each shape."""

    level: Level
    codes: pd.Series
    """By shape; none where the shape is no place of the list, or several at once."""
    column: str
    notes: list[tuple[str, str]]
    """Kind and text of what did not match."""
    by_name: bool


def match(attributes: pd.DataFrame) -> Match:
    """
    Match shapes to places by what is written beside them: communes if they are, else districts.

    Parameters
    ----------
    attributes
        One row for each shape; any columns.

    Raises
    ------
    ValueError
        If no column has codes or names of places, if codes and names disagree, or if the shapes
        are those of another structure.
    """
    texts = attributes.apply(lambda column: column.map(text_of))
    # districts made by dissolving keep the code of one commune each: what fits better wins
    tried: tuple[Level, ...] = ("commune", "district") if len(levels()) > 1 else ("commune",)
    matched = [one for one in (_best(texts, level) for level in tried) if one]
    if not matched:
        shown = "; ".join(
            f"{column}: {', '.join(dict.fromkeys(texts[column].head(3)))}" for column in texts
        )
        raise ValueError(words.term("places.areas_no_match", columns=shown))
    found = max(matched, key=_fit)
    found = found if len(tried) > 1 else replace(found, level="district")
    if not found.by_name:
        _agree(found, texts)
    return found


def _fit(found: Match) -> float:
    """Say how much of the file, and how much of the list, was matched."""
    unique = float(found.codes.nunique())
    places = communes() if found.level == "commune" else districts()
    return unique / len(found.codes) * unique / len(places)


def _best(texts: pd.DataFrame, level: Level) -> Match | None:
    """Take the column by which most places are found, codes before names, if that is half."""
    places = communes() if level == "commune" else districts()
    least = _HALF * min(len(texts), len(places))
    by_code = {str(column): _codes(texts[column], places) for column in texts}
    column = max(by_code, key=lambda column: by_code[column].nunique(), default="")
    if column and by_code[column].nunique() >= least:
        codes = by_code[column]
        return Match(level, codes, column, _strays(texts, codes, column), by_name=False)
    by_name = {
        column: find_codes(texts[column], level=level)
        for column in _of_names(texts)
        if len(set(texts[column])) > 1
    }
    if not by_name:
        return None
    column = max(by_name, key=lambda column: by_name[column]["candidates"].map(bool).sum())
    _refuse_structure(by_name[column])
    codes = by_name[column]["code"]
    if level == "commune":
        codes = find_codes(texts[column], within=_district_column(texts, column))["code"]
    # Names of another province match by chance: most of the file has to be ours.
    if codes.nunique() < max(least, _HALF * len(texts)):
        return None
    return Match(level, codes, column, _strays(texts, codes, column), by_name=True)


def _codes(cells: pd.Series, places: pd.DataFrame) -> pd.Series:
    length = int(places.index.str.len().max())
    plain = cells.where(~cells.str.fullmatch(r"[0-9]+"), cells.str.zfill(length))
    return plain.where(plain.isin(places.index), None).astype("object")


def _of_names(texts: pd.DataFrame) -> list[str]:
    return [
        str(column)
        for column in texts
        if texts[column].str.contains(r"[^\W\d]{2}").mean() > _HALF
        or texts[column].str.contains(r"^(?:[IVX]+|[^\W\d]+\s*\d+)$").mean() > _HALF
    ]


def _district_column(texts: pd.DataFrame, names: str) -> pd.Series | None:
    """Find the column that says which district each shape lies in, if there is one."""
    for column in texts:
        cells = texts[column]
        if column == names or not cells.any():
            continue
        known = find_codes(cells, level="district")["candidates"].map(len).gt(0)
        if known.mean() > _HALF:
            return cells.where(known, "")
    return None


def _agree(found: Match, texts: pd.DataFrame) -> None:
    """Hold codes to the names beside them: codes were used again in 2025, for other territory."""
    for column in _of_names(texts.drop(columns=[found.column])):
        named = find_codes(texts[column], level=found.level)
        known = named["candidates"].map(len) > 0
        if known.mean() <= _HALF or len(set(texts[column])) < _HALF * len(texts):
            continue
        _refuse_structure(named)
        wrong = [
            f"{code}: {name}"
            for code, name, candidates in zip(
                found.codes, texts[column], named["candidates"], strict=True
            )
            if code and candidates and code not in candidates
        ]
        if wrong and found.level == "commune":
            raise ValueError(words.term("places.areas_disagree", cases=listed(wrong)))
        return
    new = set(crosswalk()["code_2025"])
    if new and set(found.codes.dropna()) == new:
        raise ValueError(words.term("places.areas_structure", cases=listed(sorted(new))))


def _refuse_structure(named: pd.DataFrame) -> None:
    other = named.loc[named["reason"] == "places.other_structure", "message"]
    if len(other):
        raise ValueError(words.term("places.areas_structure", cases=listed(list(other))))


def _strays(texts: pd.DataFrame, codes: pd.Series, column: str) -> list[tuple[str, str]]:
    """Note the shapes that are no place of the list, and those that are several at once."""
    strays: dict[str, list[str]] = {"shared": [], "extra": []}
    for cell in texts.loc[codes.isna(), column]:
        parts = [part for part in re.split(r"[\s,;/+]+", cell) if part]
        whole = len(parts) > 1 and all(part in communes().index for part in parts)
        strays["shared" if whole else "extra"].append(cell or "–")
    return [note for kind, cases in strays.items() for note in noted(kind, cases)]


def noted(kind: str, cases: list[str]) -> list[tuple[str, str]]:
    """Note cases of one kind, if there are any."""
    return [(kind, words.term(f"places.areas_{kind}", cases=listed(cases)))] if cases else []


def listed(cases: list[str]) -> str:
    """Write cases one below the other, the first hundred and how many more there are."""
    more = len(cases) - _LISTED
    shown = [f"  {case}" for case in cases[:_LISTED]]
    if more > 0:
        shown.append(words.term("places.list_more", count=words.number(more)))
    return "\n" + "\n".join(shown)
