"""Say which place each shape of a file is: by its code, else by its name."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from .. import words
from .lists import Level, crosswalk, levels, of_level
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
    notes: dict[str, str]
    """What did not match, by kind."""
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
    texts.columns = texts.columns.map(str)
    # districts made by dissolving keep the code of one commune each: what fits better wins
    tried: tuple[Level, ...] = ("commune", "district") if len(levels()) > 1 else ("commune",)
    matched = [one for one in (_best(texts, level) for level in tried) if one]
    if not matched:
        shown = (f"{at}: {', '.join(dict.fromkeys(texts[at].head(3)))}" for at in texts)
        raise ValueError(words.term("places.areas_no_match", columns="; ".join(shown)))
    # how much of the file, and how much of the list, was matched
    found = max(matched, key=lambda one: one.codes.nunique() ** 2 / len(of_level(one.level)))
    if not found.by_name:
        _agree(found, texts)
    return found if len(tried) > 1 else replace(found, level="district")


def _best(texts: pd.DataFrame, level: Level) -> Match | None:
    """Take the column by which most places are found, codes before names, if that is half."""
    places = of_level(level)
    least = _HALF * min(len(texts), len(places))
    if texts.columns.empty:
        return None
    by_code = texts.apply(_codes, places=places)
    column = str(by_code.nunique().idxmax())
    codes = by_code[column]
    if by_name := bool(codes.nunique() < least):
        named = {
            one: find_codes(texts[one], level=level)
            for one in _of_names(texts)
            if len(set(texts[one])) > 1
        }
        if not named:
            return None
        column = max(named, key=lambda one: named[one]["candidates"].map(bool).sum())
        _refuse_structure(named[column])
        codes = named[column]["code"]
        if level == "commune":
            codes = find_codes(texts[column], within=_district_column(texts, column))["code"]
        # Names of another province match by chance: most of the file has to be ours.
        if codes.nunique() < max(least, _HALF * len(texts)):
            return None
    extra = [cell or "–" for cell in texts.loc[codes.isna(), column]]
    return Match(level, codes, column, noted("extra", extra), by_name=by_name)


def _codes(cells: pd.Series, places: pd.DataFrame) -> pd.Series:
    length = int(places.index.str.len().max())
    plain = cells.where(~cells.str.fullmatch(r"[0-9]+"), cells.str.zfill(length))
    return plain.where(plain.isin(places.index), None).astype("object")


def _of_names(texts: pd.DataFrame) -> list[str]:
    """Find the columns of which most cells are words, or numbered: Phường 5, V."""
    patterns = (r"[^\W\d]{2}", r"^(?:[IVX]+|[^\W\d]+\s*\d+)$")
    return [
        str(column)
        for column, cells in texts.items()
        if any(cells.str.contains(one).mean() > _HALF for one in patterns)
    ]


def _district_column(texts: pd.DataFrame, names: str) -> pd.Series | None:
    """Find the column that says which district each shape lies in, if there is one."""
    for _, cells in texts.drop(columns=names).items():
        known = find_codes(cells, level="district")["candidates"].map(bool)
        if known.mean() > _HALF:
            return cells.where(known, "")
    return None


def _agree(found: Match, texts: pd.DataFrame) -> None:
    """Hold codes to the names beside them: codes were used again in 2025, for other territory."""
    for column in _of_names(texts.drop(columns=found.column)):
        named = find_codes(texts[column], level=found.level)
        is_known = named["candidates"].map(bool)
        if is_known.mean() <= _HALF or texts[column].nunique() < _HALF * len(texts):
            continue
        _refuse_structure(named)
        wrong = (found.codes + ": " + texts[column])[_is_of_another(found.codes, named)]
        if len(wrong) and found.level == "commune":
            raise ValueError(words.term("places.areas_disagree", cases=listed([*wrong])))
        return
    new = set(crosswalk()["code_2025"])
    if new and set(found.codes.dropna()) == new:
        raise ValueError(words.term("places.areas_structure", cases=listed(sorted(new))))


def _is_of_another(codes: pd.Series, named: pd.DataFrame) -> pd.Series:
    """Say of each row whether its name may mean some place, but not that of its code."""
    differs = []
    for code, candidates in zip(codes, named["candidates"], strict=True):
        has_code = isinstance(code, str)
        differs.append(has_code and bool(candidates) and code not in candidates)
    return pd.Series(differs, codes.index)


# Why a name that stands for a place has a code, or none.
_NAMES_A_PLACE = {"", "places.ambiguous", "places.needs_date", "places.other_structure"}


def name_differs(codes: pd.Series, names: pd.Series, level: Level) -> pd.Series:
    """
    Say of each row whether its name is that of another place than its code.

    Codes and names were used again in 2025, for other territory: the name of a unit of 2025 is that
    of another place, too.

    Parameters
    ----------
    codes
        Of places of the list.
    names
        By the index of `codes`. Where most are no names of places of the level, none differs.
    level
        What the codes are of.

    Examples
    --------
    >>> codes = pd.Series(["31318", "31321"])
    >>> name_differs(codes, pd.Series(["Phường I", "Phường Vị Thanh"]), "commune").tolist()
    [False, True]
    """
    named = find_codes(names, level=level)
    is_name = named["reason"].isin(_NAMES_A_PLACE)
    is_name &= named["how"] != "code"
    if is_name.sum() <= _HALF * names.notna().sum():
        return pd.Series(data=False, index=codes.index)
    is_new = named["reason"] == "places.other_structure"
    is_new &= codes.notna()
    return is_name & (is_new | _is_of_another(codes, named))


def _refuse_structure(named: pd.DataFrame) -> None:
    other = named.loc[named["reason"] == "places.other_structure", "message"]
    if len(other):
        raise ValueError(words.term("places.areas_structure", cases=listed(list(other))))


def noted(kind: str, cases: list[str]) -> dict[str, str]:
    """Note cases of one kind, if there are any."""
    return {kind: words.term(f"places.areas_{kind}", cases=listed(cases))} if cases else {}


def listed(cases: list[str]) -> str:
    """Write cases one below the other, the first hundred and how many more there are."""
    more = len(cases) - _LISTED
    shown = [f"  {case}" for case in cases[:_LISTED]]
    if more > 0:
        shown.append(words.term("places.list_more", count=words.number(more)))
    return "\n" + "\n".join(shown)
