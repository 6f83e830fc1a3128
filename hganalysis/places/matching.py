"""Say which place each shape of a file is: by its code, else by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pandas as pd

from .. import words
from .lists import Level, communes, crosswalk, districts, levels, parents
from .names import find_codes

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


def match(attributes: pd.DataFrame, level: Level | None) -> Match:
    """
    Match shapes to places by what is written beside them.

    Parameters
    ----------
    attributes
        One row for each shape; any columns.
    level
        What the shapes are; none takes communes if they are, else districts. Shapes of communes
        serve for districts too.

    Raises
    ------
    ValueError
        If no column has codes or names of places, if codes and names disagree, or if the shapes
        are those of another structure.
    """
    texts = attributes.apply(lambda column: column.map(_text))
    found = _levels(texts, level)
    if found is None:
        shown = "; ".join(
            f"{column}: {', '.join(dict.fromkeys(texts[column].head(3)))}" for column in texts
        )
        raise ValueError(words.term("places.areas_no_match", columns=shown))
    if not found.by_name:
        _agree(found, texts)
    return found


def _levels(texts: pd.DataFrame, level: Level | None) -> Match | None:
    """Try the levels that the shapes may be of, codes before names."""
    if len(levels()) < 2:
        found = _best(texts, "commune")
        return found and replace(found, level="district")
    if level == "province":
        msg = "outlines are read for the levels below the whole, which is their sum."
        raise ValueError(msg)
    if level == "commune":
        return _best(texts, "commune")
    if level is None:
        # districts made by dissolving keep the code of one commune each: what fits better wins
        both = [_best(texts, "commune"), _best(texts, "district")]
        return max((found for found in both if found), key=_fit, default=None)
    if found := _best(texts, "district"):
        return found
    if found := _best(texts, "commune"):
        upper = found.codes.copy()
        upper[upper.notna()] = parents(upper.dropna(), "district")
        return replace(found, level="district", codes=upper)
    # shapes of communes that tell only their district
    return _best(texts, "district", joined=True)


def _fit(found: Match) -> float:
    """Say how much of the file, and how much of the list, was matched."""
    unique = float(found.codes.nunique())
    places = communes() if found.level == "commune" else districts()
    return unique / len(found.codes) * unique / len(places)


def _best(texts: pd.DataFrame, level: Level, *, joined: bool = False) -> Match | None:
    """Take the column by which most places are found, if that is half of them."""
    places = communes() if level == "commune" else districts()
    least = _HALF * min(len(texts), len(places))

    def score(codes: pd.Series) -> float:
        return float(codes.notna().sum() if joined else codes.nunique())

    by_code = {str(column): _codes(texts[column], places) for column in texts}
    by_code = {column: codes for column, codes in by_code.items() if score(codes) >= least}
    if by_code:
        column = max(by_code, key=lambda column: score(by_code[column]))
        codes = by_code[column]
        return Match(level, codes, column, _strays(texts, codes, column), by_name=False)
    by_name = {column: find_codes(texts[column], level=level) for column in _of_names(texts)}
    tried = {
        column: float(found["candidates"].map(len).gt(0).sum())
        for column, found in by_name.items()
        if len(set(texts[column])) > 1
    }
    if not tried:
        return None
    column = max(tried, key=lambda column: tried[column])
    codes = by_name[column]["code"]
    if level == "commune":
        codes = find_codes(texts[column], within=_district_column(texts, column))["code"]
    # Names of another province match by chance: most of the file has to be ours.
    if score(codes) < max(least, _HALF * len(texts)):
        _refuse_structure(by_name[column])
        return None
    _refuse_structure(by_name[column])
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
    shared: list[str] = []
    extra: list[str] = []
    for cell in texts.loc[codes.isna(), column]:
        parts = [part for part in re.split(r"[\s,;/+]+", cell) if part]
        whole = len(parts) > 1 and all(part in communes().index for part in parts)
        (shared if whole else extra).append(cell)
    notes = []
    if shared:
        notes.append(("shared", words.term("places.areas_shared", cases=listed(shared))))
    if extra:
        texts_ = [cell or "–" for cell in extra]
        notes.append(("extra", words.term("places.areas_extra", cases=listed(texts_))))
    return notes


def listed(cases: list[str]) -> str:
    """Write cases one below the other, the first hundred and how many more there are."""
    more = len(cases) - _LISTED
    shown = [f"  {case}" for case in cases[:_LISTED]]
    if more > 0:
        shown.append(words.term("places.list_more", count=words.number(more)))
    return "\n" + "\n".join(shown)


def _text(cell: object) -> str:
    if cell is None or cell is pd.NA or (isinstance(cell, float) and cell != cell):
        return ""
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    return text.strip()[:300]
