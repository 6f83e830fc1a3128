"""Propose official names that are similar to a written one. A person decides, never this module."""

from __future__ import annotations

import unicodedata

import pandas as pd

from .lists import Level
from .name_index import Books, Entry, books
from .search import lies_in
from .spelling import fold, readings

# Below this, names share no more than chance: "Vị Thủy" and "Vĩnh Tường" score 0.53.
_LEAST = 0.6


def propose(
    name: str, *, level: Level = "commune", within: str | None = None, most: int = 3
) -> pd.DataFrame:
    """
    Propose the official names that are most similar to a written one.

    Similar is not the same: Châu Thành and Châu Thành A score 0.93. What is proposed is accepted by
    a person, in a file of corrections, and by nobody else.

    Parameters
    ----------
    name
        As it stands in a sheet.
    level
        What it names.
    within
        The district of a commune, or the province of a district: only places there are proposed,
        where it is known.
    most
        How many.

    Returns
    -------
    proposals
        Columns `code`, `label` (the official name, and that of what it lies in), `score` (0 to
        1, the similarity of the letters), the most similar first; no row where nothing is similar.

    Examples
    --------
    >>> propose("Vị Thuỹ", level="district")["code"].tolist()[:1]
    ['935']
    """
    from rapidfuzz import fuzz, process

    known = books()
    inside = lies_in(within, level, known) if within else set()
    entries = {
        code: entry
        for code, entry in known.on_list[level].items()
        if not inside or inside & entry.within
    }
    cores = {code: _letters(entry.core) for code, entry in entries.items()}
    scores: dict[str, float] = {}
    for reading in readings(fold(name)):
        for _, score, code in process.extract(
            _letters(reading.core), cores, scorer=fuzz.ratio, limit=10 * most
        ):
            same_type = reading.kind in (None, entries[code].kind)
            # another type costs a little: it makes the second of two equal names the second
            scores[code] = max(scores.get(code, 0.0), score / 100 - 0.01 * (not same_type))
    ranked = sorted(scores, key=lambda code: (-scores[code], code))[:most]
    rows = [
        (code, _label(entries[code], known), round(scores[code], 2))
        for code in ranked
        if scores[code] >= _LEAST
    ]
    return pd.DataFrame(rows, columns=["code", "label", "score"])


def _letters(core: str) -> str:
    # Taken apart, a wrong tone costs one letter among many.
    return unicodedata.normalize("NFD", core)


def _label(entry: Entry, known: Books) -> str:
    above = [
        rows[code].name
        for rows in (known.on_list["district"], known.on_list["province"])
        for code in entry.within & rows.keys()
    ]
    return ", ".join([entry.name, *above[:1]])
