"""Find the code of a place by its name, and never guess; propose what is similar."""

from __future__ import annotations

import unicodedata
from datetime import date
from functools import partial

import pandas as pd

from .. import study, words
from ..countries.letters import fold
from .lists import Level, levels, province
from .search import Books, Entry, books, dated, lies_in, narrow, search

# No name of a place is near this: the rest of a cell that long is left out.
_MOST_LETTERS = 200


def find_codes(
    names: pd.Series,
    *,
    within: pd.Series | None = None,
    level: Level = "commune",
    on: date | None = None,
) -> pd.DataFrame:
    """
    Find the official code of each name, where the name says for certain which place is meant.

    A name matches by its letters, whatever the case, spaces, type and abbreviation, placing of the
    tone, Roman or Arabic number, loss of all diacritics, or old encoding. Where that leaves two
    places, or none, no code is given: only a person can tell. A similar name is no match; see
    `propose`.

    Parameters
    ----------
    names
        As they stand in a sheet. A code of the list is taken as it is.
    within
        The district of each commune, or the province of each district, as a name or a code, by the
        index of `names`; an empty cell says nothing. A place elsewhere is then refused.
    level
        What the names name.
    on
        The day that the names are of. Names and codes were used again in 2025, so that only a day
        tells what they mean; without one they are taken to be of the time of the list.

    Returns
    -------
    found
        Index as `names`. Columns: `code` (none where not certain), `how` (`"exact"`,
        `"normalised"`, or what was done: `"abbreviation"`, `"no type"`, `"number"`,
        `"no diacritics"`, `"old name"`, `"legacy encoding: TCVN3"`, joined by commas),
        `candidates` (a list of the codes that the name may mean), `reason` (the key of a text, such
        as `"places.ambiguous"`; empty where the code is certain) and `message` (that text, in
        the language in use).

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
        level = "commune"  # the same units, under the name of the level that reports
    known, whole = books(), province()
    days = (whole["structure_from"], whole["structure_to"])
    first, last = ("" if pd.isna(day) else str(day) for day in days)
    above = within.reindex(names.index) if within is not None else pd.Series("", names.index)
    pairs = list(zip(map(text_of, names), map(text_of, above), strict=True))
    inside = {text: lies_in(text, level, known) for text in {text for _, text in pairs} - {""}}
    answers = {}
    for name, upper in set(pairs):
        found = search(name, level, known, sure=bool(upper))
        if upper and name and not inside[upper]:
            found = found.but("unknown_within")
        elif upper:
            found = narrow(found, inside[upper], level, known)
        found = dated(found, on, (first, last), known)
        code, how, key, message, codes = None, "", "", "", sorted(found.ways)
        if not found.reason:
            [(code, way)] = found.ways.items()
            how = "exact" if name == known.name(code) else ", ".join(way) or "normalised"
        else:
            key = f"places.{found.reason}"
            meant = ", ".join(f"{known.name(one)} ({one})" for one in codes)
            blanks = {"name": name, "within": upper, "first": words.day(first)}
            message = words.term(key, candidates=meant, last=words.day(last), **blanks)
        answers[name, upper] = code, how, codes, key, message
    columns = ["code", "how", "candidates", "reason", "message"]
    rows = [answers[pair] for pair in pairs]
    return pd.DataFrame(rows, names.index, columns, dtype="object")


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
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    return text.strip(" \t\r\n")[:_MOST_LETTERS]


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
    apart = partial(unicodedata.normalize, "NFD")  # a wrong tone costs one letter among many
    cores = {code: apart(entry.core) for code, entry in entries.items()}
    scores: dict[str, float] = {}
    for reading in study.current().country.readings(fold(name)):
        for _, score, code in process.extract(
            apart(reading.core), cores, scorer=fuzz.ratio, limit=10 * most
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


def _label(entry: Entry, known: Books) -> str:
    above = [
        rows[code].name
        for rows in (known.on_list["district"], known.on_list["province"])
        for code in entry.within & rows.keys()
    ]
    return ", ".join([entry.name, *above[:1]])
