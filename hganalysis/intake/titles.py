"""Read what titles and the name of a sheet say of all rows: which district, which commune."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from .. import places
from . import around
from .faults import Change, Fault
from .headers import bare
from .headings import row_of
from .rowwords import unnumbered
from .tables import text_of

if TYPE_CHECKING:
    from .cells import Found, Part
    from .layout import Layout

_UPPER = frozenset({"huyen", "thi xa", "thanh pho", "quan", "h", "tx", "tp", "q"})
_LOWER = frozenset({"xa", "phuong", "thi tran", "x", "p", "tt"})
_MOST_WORDS = 6  # of a name
_SIGNED = re.compile(r"[^,;()]*,\s*ngày\b.*", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"\b(?:địa chỉ|đường|address|street)\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:nam )?(?:19|20)[0-9]{2}\b")


class _Place(NamedTuple):
    text: str
    codes: frozenset[str]
    """What it may mean: two places where only the type tells them apart and is not written."""


def settle(part: Part, lay: Layout, found: Found) -> None:
    """
    Give each row the district that a title or the name of its sheet says, or refuse what differs.

    Parameters
    ----------
    part, lay
        A table, and the layout of its sheet.
    found
        What was read of the table. Where neither a column nor a block names districts, one is
        added to each row; where one does, and it is another, the table is refused. So is a row of
        another commune than the one that a title names: rows of hamlets bear such names.
    """
    if part.known.level or not part.rows:
        return
    # where a letter was signed, and where an office is, say nothing of what a report is about
    own = [text for text in around.titles(part, lay)[0].values() if not _ADDRESS.search(text)]
    titles = [_SIGNED.sub("", text) for text in own]
    _district(part, titles, found)
    _commune(part, titles, found)


def _district(part: Part, titles: list[str], found: Found) -> None:
    sheet, table, listed = part.sheet, part.table, part.known.districts
    said = [*_of_sheet(sheet.name), *_named(sheet.name, _UPPER, listed, "district")]
    above = [one for text in titles for one in _named(text, _UPPER, listed, "district")]
    both = [codes for one in (said, above) if (codes := _common(one))]
    blanks: dict[str, object]
    if not both:
        return  # nothing is said, or several are spoken of
    codes = frozenset.intersection(*both)
    own = list(dict.fromkeys(str(cell[5]) for cell in found.cells if cell[3] == "district"))
    inside = _codes(own)
    if codes and not own:
        name = places.name(min(codes)) if len(codes) == 1 else sheet.name
        rows = [row for row in part.rows if part.kinds[row].kind == "data"]
        found.cells += [(sheet.name, row, "", "district", "", name) for row in rows]
        blanks = {"rows": len(rows)}
        found.changes.append(Change(sheet.name, row_of(table), 0, "", name, "why_district", blanks))
    elif not codes or (inside and not inside & codes):
        names = sorted(frozenset.union(*both) | (inside if codes else frozenset()))
        blanks = {"districts": ", ".join(map(places.name, names))}
        found.faults.append(Fault("district_differs", sheet.name, row_of(table), blanks=blanks))


def _codes(names: list[str]) -> frozenset[str]:
    """List what the names of districts may mean."""
    if not names:
        return frozenset()
    found = places.find_codes(pd.Series(names), level="district")
    return frozenset(code for codes in found["candidates"] for code in codes)


def _common(named: list[_Place]) -> frozenset[str]:
    """Give the one district that several texts speak of, or what it may be."""
    return frozenset.intersection(*(one.codes for one in named)) if named else frozenset()


def _commune(part: Part, titles: list[str], found: Found) -> None:
    texts = [part.sheet.name, *titles]
    named = [one for text in texts for one in _named(text, _LOWER, part.known.communes, "commune")]
    if len({_core(one.text) for one in named}) != 1:
        return
    title, codes = named[0].text, frozenset.intersection(*(one.codes for one in named))
    shown = places.name(min(codes)) if len(codes) == 1 else title
    for row in part.rows:
        if part.kinds[row].kind != "data":
            continue
        for at in part.table.of("commune"):
            written = unnumbered(text_of(part.sheet.value(row, at)))
            if written and _core(bare(written)) != _core(title):
                where = (part.sheet.name, row, at, "commune", written)
                fault = Fault("commune_differs", *where, blanks={"title": shown})
                found.faults.append(fault)


def _core(text: str) -> str:
    """Take the type off a name without diacritics."""
    kind = next((kind for kind in _LOWER if text.startswith(f"{kind} ")), "")
    return text.removeprefix(f"{kind} ")


def _of_sheet(name: str) -> list[_Place]:
    """
    Read the name of a sheet that is nothing but a district's, its type written or not.

    A province often has a city of its name: the sheet is then taken to be of the province.
    """
    plain = " ".join(_YEAR.sub(" ", bare(name)).split())
    if not plain or plain.isdigit() or _is_province(plain):
        return []
    return _look_up(plain, "district")


def _named(
    text: str, kinds: frozenset[str], listed: frozenset[str], level: places.Level
) -> list[_Place]:
    """Find the places of a level that a text names with their type, as far as they are listed."""
    words = bare(text).split()
    found = []
    for at in range(len(words)):
        kind = next((n for n in (2, 1) if " ".join(words[at : at + n]) in kinds), 0)
        ends = range(min(len(words), at + kind + _MOST_WORDS), at + kind, -1) if kind else ()
        end = next((end for end in ends if " ".join(words[at + kind : end]) in listed), 0)
        found += _look_up(" ".join(words[at:end]), level) if end else []
    return found


def _is_province(text: str) -> bool:
    return bool(places.find_codes(pd.Series([text]), level="province").iloc[0]["code"])


def _look_up(text: str, level: places.Level) -> list[_Place]:
    found = places.find_codes(pd.Series([text]), level=level).iloc[0]
    listed = places.districts() if level == "district" else places.communes()
    # what is of another level is no answer
    codes = {*found["candidates"], *([found["code"]] if found["code"] else [])} & set(listed.index)
    return [_Place(text, frozenset(codes))] if codes else []
