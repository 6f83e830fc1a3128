"""Find the place of each shape of a file: by its code, or else by its name."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from .. import words
from .lists import Level, crosswalk, levels, of_level
from .names import find_codes, text_of

# A column has codes, or names, if half of the shapes or half of the places match by it.
_MIN_SHARE = 0.5

# Cases of a note that are listed.
_MAX_CASES = 100

# A cell is a name if it has a word, or a number with a type: Phường 5, V.
_NAME_PATTERNS = (r"[^\W\d]{2}", r"^(?:[IVX]+|[^\W\d]+\s*\d+)$")


@dataclass(frozen=True)
class ShapeMatch:
    """The place of each shape."""

    level: Level
    codes: pd.Series
    """By shape; missing if the shape is no place of the list, or several."""
    column: str
    """Of the file, with the codes or names."""
    notes: dict[str, str]
    """What did not match, by kind."""
    is_by_name: bool

    @property
    def fit(self) -> float:
        """Say how much of the file was matched, and how much of the list."""
        return self.codes.nunique() ** 2 / len(of_level(self.level))


def match(attributes: pd.DataFrame) -> ShapeMatch:
    """
    Match shapes to communes or districts, whichever fits better, by the columns of their file.

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
    # districts that were made by joining communes keep the code of one commune each
    match_levels: list[Level] = ["commune"]
    if len(levels()) > 1:
        match_levels.append("district")
    tries = [_best_column(texts, level) for level in match_levels]
    matches = [match for match in tries if match]
    if not matches:
        examples = [f"{name}: {', '.join(dict.fromkeys(texts[name].head(3)))}" for name in texts]
        msg = words.term("places.areas_no_match", columns="; ".join(examples))
        raise ValueError(msg)
    best = max(matches, key=lambda match: match.fit)
    if not best.is_by_name:
        _require_agreement(best, texts)
    if len(match_levels) == 1:
        return replace(best, level="district")
    return best


def _best_column(texts: pd.DataFrame, level: Level) -> ShapeMatch | None:
    """Take the column that matches most places, codes before names; none below half of them."""
    if texts.columns.empty:
        return None
    places = of_level(level)
    min_places = _MIN_SHARE * min(len(texts), len(places))
    by_code = texts.apply(keep_codes, places=places)
    column = str(by_code.nunique().idxmax())
    codes = by_code[column]
    is_by_name = bool(codes.nunique() < min_places)
    if is_by_name:
        columns = [name for name in _name_columns(texts) if len(set(texts[name])) > 1]
        if not columns:
            return None
        matches = {name: find_codes(texts[name], level=level) for name in columns}
        column = max(matches, key=lambda name: matches[name]["candidates"].map(bool).sum())
        _refuse_later_structure(matches[column])
        codes = matches[column]["code"]
        if len(levels()) > 1 and level == "commune":
            codes = find_codes(texts[column], within=_district_column(texts, column))["code"]
        # names of another province match by chance: most shapes of the file must be places
        if codes.nunique() < max(min_places, _MIN_SHARE * len(texts)):
            return None
    unmatched = [cell or "–" for cell in texts.loc[codes.isna(), column]]
    return ShapeMatch(level, codes, column, note_cases("extra", unmatched), is_by_name=is_by_name)


def pad_codes(cells: pd.Series, n_digits: int) -> pd.Series:
    """Put back the zeros before a number, which a spreadsheet drops."""
    is_number = cells.str.fullmatch(r"[0-9]+")
    return cells.where(~is_number, cells.str.zfill(n_digits))


def keep_codes(cells: pd.Series, places: pd.DataFrame) -> pd.Series:
    """Keep the cells that are codes, with the zeros that a number lost."""
    codes = pad_codes(cells, int(places.index.str.len().max()))
    return codes.where(codes.isin(places.index), None).astype("object")


def _name_columns(texts: pd.DataFrame) -> list[str]:
    """Find the columns in which most cells are names."""
    return [
        str(column)
        for column, cells in texts.items()
        if any(cells.str.contains(pattern).mean() > _MIN_SHARE for pattern in _NAME_PATTERNS)
    ]


def _district_column(texts: pd.DataFrame, names: str) -> pd.Series | None:
    """Find the column with the district of each shape, if there is one."""
    for _, cells in texts.drop(columns=names).items():
        is_district = find_codes(cells, level="district")["candidates"].map(bool)
        if is_district.mean() > _MIN_SHARE:
            return cells.where(is_district, "")
    return None


def _require_agreement(best: ShapeMatch, texts: pd.DataFrame) -> None:
    """Compare codes with the names beside them: codes were used again in 2025, for other areas."""
    for column in _name_columns(texts.drop(columns=best.column)):
        matches = find_codes(texts[column], level=best.level)
        is_place = matches["candidates"].map(bool)
        has_few_names = texts[column].nunique() < _MIN_SHARE * len(texts)
        if is_place.mean() <= _MIN_SHARE or has_few_names:
            continue
        _refuse_later_structure(matches)
        is_wrong = _names_another_place(best.codes, matches)
        cases = (best.codes + ": " + texts[column])[is_wrong]
        if len(cases) > 0 and best.level == "commune":
            msg = words.term("places.areas_disagree", cases=as_lines([*cases]))
            raise ValueError(msg)
        return
    later_codes = set(crosswalk()["code_2025"])
    if later_codes and set(best.codes.dropna()) == later_codes:
        lines = as_lines(sorted(later_codes))
        msg = words.term("places.areas_structure", cases=lines)
        raise ValueError(msg)


def _names_another_place(codes: pd.Series, matches: pd.DataFrame) -> pd.Series:
    """Say of each row whether its name may mean a place, but not that of its code."""
    differs = [
        isinstance(code, str) and bool(candidates) and code not in candidates
        for code, candidates in zip(codes, matches["candidates"], strict=True)
    ]
    return pd.Series(differs, codes.index)


# Reasons of names that mean a place, with a code or without.
_PLACE_REASONS = {"", "places.ambiguous", "places.needs_date", "places.other_structure"}


def name_differs(codes: pd.Series, names: pd.Series, level: Level) -> pd.Series:
    """
    Say of each row whether its name is of another place than its code.

    Codes and names were used again in 2025, for other areas: a name of a unit of 2025 is of another
    place, too.

    Parameters
    ----------
    codes
        Of places of the list.
    names
        By the index of `codes`. If most are not names of places of the level, no row differs.
    level
        Of the codes.

    Examples
    --------
    >>> codes = pd.Series(["31318", "31321"])
    >>> name_differs(codes, pd.Series(["Phường I", "Phường Vị Thanh"]), "commune").tolist()
    [False, True]
    """
    matches = find_codes(names, level=level)
    is_name = matches["reason"].isin(_PLACE_REASONS)
    is_name &= matches["how"] != "code"
    if is_name.sum() <= _MIN_SHARE * names.notna().sum():
        return pd.Series(data=False, index=codes.index)
    is_later = matches["reason"] == "places.other_structure"
    is_later &= codes.notna()
    return is_name & (is_later | _names_another_place(codes, matches))


def _refuse_later_structure(matches: pd.DataFrame) -> None:
    """Refuse names of 2025."""
    is_later = matches["reason"] == "places.other_structure"
    messages = list(matches.loc[is_later, "message"])
    if messages:
        msg = words.term("places.areas_structure", cases=as_lines(messages))
        raise ValueError(msg)


def note_cases(kind: str, cases: list[str]) -> dict[str, str]:
    """Write a note of one kind, if there are cases."""
    if not cases:
        return {}
    return {kind: words.term(f"places.areas_{kind}", cases=as_lines(cases))}


def as_lines(cases: list[str]) -> str:
    """Write one case on each line: the first hundred, and how many follow."""
    n_hidden = len(cases) - _MAX_CASES
    lines = [f"  {case}" for case in cases[:_MAX_CASES]]
    if n_hidden > 0:
        lines.append(words.term("places.list_more", count=words.number(n_hidden)))
    return "\n" + "\n".join(lines)
