"""Find the code of a place by its name, without guessing; propose similar names."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from .. import words
from ..countries.letters import bare
from .lists import Level, levels
from .search import (
    Candidates,
    Entry,
    Gazetteer,
    check_day,
    decompose,
    find_parents,
    gazetteer,
    keep_within,
    search,
    without_parents,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..countries import Country

# Letters of a cell that are read: every name of a place is much shorter.
_MAX_LETTERS = 200

# Names that score less are alike by chance only: "Vị Thủy" and "Vĩnh Tường" score 0.53.
_MIN_SCORE = 0.6

# What another type takes off a score: of two equal names, the one of this type is first.
_OTHER_TYPE_PENALTY = 0.01

# So many names are compared in full for each that is proposed.
_POOL_FACTOR = 10


class CodeMatch(NamedTuple):
    """One row of `find_codes`."""

    code: str | None
    how: str
    candidates: list[str]
    reason: str
    message: str


def find_codes(
    names: pd.Series,
    *,
    within: pd.Series | None = None,
    level: Level = "commune",
    on: date | None = None,
) -> pd.DataFrame:
    """
    Find the official code of each name, if it is certain which place is meant.

    A name matches by its letters. Case, spaces, type and abbreviation, the position of the tone,
    Roman or Arabic numbers, loss of all diacritics, and old encodings do not matter. If two places
    match, or none, no code is given: only a person can decide. A similar name is no match; see
    `propose`.

    Parameters
    ----------
    names
        As they are written in a sheet. A code of the list is taken as it is.
    within
        The district of each commune, or the province of each district, as a name or a code, by the
        index of `names`; may be empty. A place elsewhere is then refused.
    level
        Of the places.
    on
        The day that the names are of. Names and codes were used again in 2025, so that only a day
        says what they mean. By default they are of the time of the list.

    Returns
    -------
    found
        Index as `names`.

        - `code`: missing if it is not certain;
        - `how`: `"exact"`, `"normalised"`, or the steps to the match: `"abbreviation"`,
          `"no type"`, `"number"`, `"no diacritics"`, `"old name"`, `"legacy encoding: TCVN3"`,
          joined by commas;
        - `candidates`: a list of the codes that the name may mean;
        - `reason`: the key of a text, such as `"places.ambiguous"`; empty if the code is certain;
        - `message`: that text, in the language in use.

    Examples
    --------
    >>> names = pd.Series(["TX. LONG MỸ", "Long Mỹ", "Huyen Vi Thuy"])
    >>> found = find_codes(names, level="district")
    >>> found["code"].tolist(), found["candidates"].tolist()
    (['937', None, '935'], [['937'], ['936', '937'], ['935']])
    >>> found["how"].tolist(), found["reason"].tolist()
    (['abbreviation', '', 'no diacritics'], ['', 'places.ambiguous', ''])
    """
    if not levels() or (level == "district" and len(levels()) < 2):
        level = "commune"  # the same places, under the name of the level that reports
    if within is None:
        within = pd.Series("", names.index)
    parents = [text_of(parent) for parent in within.reindex(names.index)]
    pairs = list(zip(map(text_of, names), parents, strict=True))

    # each name is searched once, and each pair answered once
    official = gazetteer()
    parent_codes = {parent: find_parents(parent, level, official) for parent in set(parents)}
    searches = {}
    for name, is_sure in {(name, bool(parent)) for name, parent in pairs}:
        searches[name, is_sure] = search(name, level, official, is_level_sure=is_sure)
    answers = {}
    for name, parent in set(pairs):
        candidates = searches[name, bool(parent)]
        if parent and name and not parent_codes[parent]:
            candidates = candidates.because("unknown_within")
        elif parent:
            candidates = keep_within(candidates, parent_codes[parent], level, official)
        candidates = check_day(candidates, on, official)
        answers[name, parent] = _answer(name, parent, candidates, official)
    rows = [answers[pair] for pair in pairs]
    return pd.DataFrame(rows, names.index, list(CodeMatch._fields), dtype="object")


def _answer(name: str, parent: str, candidates: Candidates, official: Gazetteer) -> CodeMatch:
    """Write the row of a name: its code, or why it is not certain."""
    codes = sorted(candidates.steps)
    if not candidates.reason:
        [(code, steps)] = candidates.steps.items()
        how = ", ".join(steps) or "normalised"
        if name == official.name(code):
            how = "exact"
        return CodeMatch(code, how, codes, "", "")
    first, last = map(words.day, official.period)
    places = ", ".join(f"{official.name(code)} ({code})" for code in codes)
    blanks = {"name": name, "within": parent, "first": first, "last": last}
    key = f"places.{candidates.reason}"
    message = words.term(key, candidates=places, **blanks)
    return CodeMatch(None, "", codes, key, message)


def say_how(how: str) -> str:
    """
    Say in the language in use how a name was matched.

    Parameters
    ----------
    how
        What `find_codes` gave.

    Examples
    --------
    >>> say_how("abbreviation, number"), say_how("legacy encoding: TCVN3")
    ('viết tắt loại đơn vị, số La Mã hoặc Ả Rập', 'bảng mã cũ TCVN3')
    """
    steps = [step.partition(": ") for step in how.split(", ") if step]
    return ", ".join(
        words.term(f"places.how_{kind.replace(' ', '_')}", encoding=encoding)
        for kind, _, encoding in steps
    )


def text_of(cell: object) -> str:
    """Write what a cell holds: a spreadsheet stores 31318 as 31318.0."""
    if cell is None or cell is pd.NA or cell is pd.NaT or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip(" \t\r\n")[:_MAX_LETTERS]


def propose(
    name: str, *, level: Level = "commune", within: str | None = None, most: int = 3
) -> pd.DataFrame:
    """
    Propose the official names that are most similar to a written one.

    Similar is not the same: Châu Thành and Châu Thành A score 0.93. Only a person accepts a
    proposal, in a file of corrections.

    Parameters
    ----------
    name
        As it is written in a sheet.
    level
        Of the place.
    within
        The district of a commune, or the province of a district. If it is known, only places
        there are proposed.
    most
        How many places are proposed at most.

    Returns
    -------
    proposals
        The most similar first; empty if nothing is similar.

        - `code`;
        - `label`: the official names of the place and its parent;
        - `score`: the similarity of the letters, from 0 to 1.

    Examples
    --------
    >>> propose("Vị Thuỹ", level="district")["code"].tolist()[:1]
    ['935']
    """
    official = gazetteer()
    rows = [
        (code, _label(official.on_list[level][code], official), round(score, 2))
        for code, score in score_similar(name, level=level, within=within, limit=most).items()
    ]
    return pd.DataFrame(rows, columns=["code", "label", "score"])


def score_similar(
    name: str, *, level: Level = "commune", within: str | None = None, limit: int = 3
) -> dict[str, float]:
    """Score the places whose names are most similar to a written one, as `propose` lists them."""
    official = gazetteer()
    parents = find_parents(within, level, official) if within else set()
    entries = official.on_list[level]
    homonyms = [official.homonyms.get((level, parent), {}) for parent in parents or [""]]
    scores: dict[str, float] = {}
    country = official.country
    readings = country.readings(without_parents(text_of(name), level, official))
    for reading, codes_by_core in product(readings, homonyms):
        alike = _score_cores(reading.core, codes_by_core, country, n_names=_POOL_FACTOR * limit)
        for similar_core, core_score in alike.items():
            for code in codes_by_core[similar_core]:
                score = core_score
                if reading.kind not in (None, entries[code].kind):
                    score -= _OTHER_TYPE_PENALTY
                scores[code] = max(scores.get(code, 0.0), score)
    ranked = sorted(scores, key=lambda code: (-scores[code], code))[:limit]
    return {code: scores[code] for code in ranked if scores[code] >= _MIN_SCORE}


def _score_cores(
    core: str, official_cores: Iterable[str], country: Country, *, n_names: int
) -> dict[str, float]:
    """Score the names without type that are most similar to a written one."""
    from rapidfuzz import fuzz, process

    names = process.extract(
        decompose(core),
        [*official_cores],
        scorer=fuzz.ratio,
        score_cutoff=100 * _MIN_SCORE,
        limit=n_names,
    )
    # without a common syllable, names are alike by single letters only: Hoàng Cương, Hương Cần
    return {
        similar: percent / 100
        for similar, percent, _ in names
        if not country.tones or _share_syllable(core, similar)
    }


def _share_syllable(written: str, official: str) -> bool:
    """Say whether two names share a syllable, in a country whose names are written in syllables."""
    syllables = bare(written).split()
    official_syllables = bare(official).split()
    are_joined = "".join(syllables) == "".join(official_syllables)
    return are_joined or not set(syllables).isdisjoint(official_syllables)


def _label(entry: Entry, official: Gazetteer) -> str:
    """Name a place and its parent."""
    for level in ("district", "province"):
        for code in entry.within & official.on_list[level].keys():
            return f"{entry.name}, {official.on_list[level][code].name}"
    return entry.name
