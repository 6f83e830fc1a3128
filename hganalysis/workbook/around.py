"""Hold a table to what stands around it: the year, the period, a plan, the unit, the district."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from .. import places, study
from . import headers
from . import titles as titles_
from .account import is_number
from .faults import Change, Fault
from .headers import row_of
from .sheets import Sheet, is_blank
from .tables import text_of
from .vocabulary import Vocabulary, bare, unnumbered

if TYPE_CHECKING:
    from .cells import Found, Part


Stated = dict[tuple[int, int], str]
"""The texts around a table, by their row and column."""


def titles(part: Part) -> tuple[Stated, Stated]:
    """Give the texts of the titles right above a table, and of all titles above it."""
    first = part.table.header.start
    ends = [one.header.stop for one in part.lay.tables if one.header.stop <= first]
    every = [row for row, one in part.kinds.items() if one.kind == "title" and row < first]
    own = [row for row in every if row >= max(ends, default=1)]
    return _texts(part.sheet, own), _texts(part.sheet, every)


def of_all(fault: Fault, part: Part) -> bool:
    """Say whether a fault is one of every row: of the header, a title or a note of a table."""
    outside = fault.row not in part.table.rows or part.kinds[fault.row].kind == "note"
    return outside and fault.severity == "error"


def time_and_unit(part: Part, found: Found) -> None:
    """
    Add the year of a table that has no column for it, and ask about what nobody knows around it.

    Parameters
    ----------
    part
        The table.
    found
        What was read of it; years, faults and changes are added.
    """
    sheet, table = part.sheet, part.table
    own, every = titles(part)
    notes = _texts(sheet, [row for row in table.rows if part.kinds[row].kind == "note"])
    beside = {place: text for place, text in sheet.notes.items() if _is_near(part, place)}
    read = _read(part, {**every, **notes, **beside})
    # a table that goes on is of what is said above it all, unless it says another thing itself
    when = {place: one for place, one in read.items() if place in own}
    if not any(one.years or one.strange for one in when.values()):
        when = {place: one for place, one in read.items() if place in every}
    when[row_of(table), 0] = titled(sheet.name, part.known)
    # what nobody understands says nothing of the year, nor does a note that a person let pass
    told = {place: one.years for place, one in when.items() if not one.strange}
    told |= {
        place: one.years
        for place, one in read.items()
        if place in notes and not one.strange and not one.answered
    }
    open_ = any(one.strange for one in when.values())
    if not _years(part, told, found):
        _add_year(part, told, found, open_=open_)
    del when[row_of(table), 0]
    beyond = set(when) | set(notes) | set(beside)
    asked = {place: one for place, one in read.items() if place in beyond}
    found.faults += [*_asked(part, asked), *_units(part, asked)]


def _is_near(part: Part, place: tuple[int, int]) -> bool:
    """Say whether a comment, or what a page says at its head and foot, may be about a table."""
    row = place[0]
    others = [one for one in part.lay.tables if one is not part.table]
    return not any(row in one.header or row in one.rows for one in others)


def _read(part: Part, texts: Stated) -> dict[tuple[int, int], titles_.Said]:
    """Read texts in order: below a signature names are names, elsewhere only what begins so."""
    found, signed = {}, False
    for place, text in sorted(texts.items()):
        if not titles_.is_person(text, signed=signed):
            found[place] = titles_.said(text, part.known)
        signed = signed or titles_.signs(text)
    return found


def _counts(part: Part, row: int) -> bool:
    """Say whether a row holds numbers or heads one that does, which `account` lists."""
    sheet = part.sheet
    alone = sum(map(is_blank, sheet.grid[row - 1])) == sheet.width - 1
    below = part.kinds.get(row + 1)
    rows = [row, row + 1] if not alone and below and below.kind == "note" else [row]
    return any(is_number(cell) for at in rows for line in sheet.grid[at - 1 : at] for cell in line)


_UNNAMED = re.compile(r"(?:sheet|trang tính|trang tinh)?[0-9]*|[^\W\d_]")


def titled(name: str, known: Vocabulary) -> titles_.Said:
    """Read the name of a sheet: a letter, or what a spreadsheet calls it, says nothing."""
    one = titles_.said(name, known)
    return one._replace(strange=tuple(w for w in one.strange if not _UNNAMED.fullmatch(w)))


def _asked(part: Part, read: dict[tuple[int, int], titles_.Said]) -> list[Fault]:
    """Ask about words that nobody knows, once for each text that says them."""
    read = dict(read)
    if part.lay.named:
        read[row_of(part.table), 0] = titled(part.sheet.name, part.known)
    faults = []
    for place, one in read.items():
        beside = not place[1] or place in part.sheet.notes
        if one.strange and (beside or not _counts(part, place[0])):
            words_ = titles_.unsaid(titles_.told(one.strange))
            whole = titles_.unsaid(_text_at(part, *place))
            fault = _at(part, *place, "unknown_words", {"words": words_, "header": whole})
            # what a page says at its head is said of the whole table
            faults.append(fault if place[0] else replace(fault, row=row_of(part.table), column=0))
    return faults


def _texts(sheet: Sheet, rows: list[int]) -> Stated:
    return {
        (row, at): cell
        for row in rows
        for at, cell in enumerate(sheet.grid[row - 1], 1)
        if isinstance(cell, str) and not is_blank(cell) and (row, at) not in sheet.struck
    }


# --- years ---


Years = dict[tuple[int, int], frozenset[int]]
"""What is said of years, and where."""


def _years(part: Part, told: Years, found: Found) -> bool:
    """Hold the years of titles and headings to those of the rows, where the rows say theirs."""
    table = part.table
    of_row = {line[1]: int(line[5]) for line in found.cells if line[3] == "year"}  # type: ignore[call-overload]
    own, named = set(of_row.values()), set(table.years.values())
    if table.of("year"):
        faults = [
            fault
            for at, year in table.years.items()
            for fault in _year_of_column(part, at, year, of_row)
        ]
        # of several headings with one year the first speaks for a row
        found.faults += {(one.row, one.column): one for one in reversed(faults)}.values()
    elif table.across:
        own = named
    else:
        return False
    every = {year for years in told.values() for year in years}
    if not own or not every or own <= every:
        return True
    place = next(place for place, years in told.items() if years)
    blanks: dict[str, object] = {"year": _list(every), "years": _list(own - every)}
    # one of several may be last year's, beside it to compare
    severity = "warning" if own & every else "error"
    found.faults.append(_at(part, *place, "year_of_title", blanks, severity=severity))
    return True


def _year_of_column(part: Part, at: int, year: int, of_row: dict[int, int]) -> list[Fault]:
    """Hold the year of a heading to those of the rows: a few others are wrong, not the heading."""
    others = {row: other for row, other in of_row.items() if other != year}
    header = headers.row_of(part.table, at)
    if 2 * len(others) >= len(of_row):
        blanks: dict[str, object] = {"year": year, "years": _list(set(others.values()))}
        return [_at(part, header, at, "year_of_column", blanks)] if others else []
    [column] = part.table.of("year")[:1]
    told: dict[str, object] = {"year": year}
    return [
        replace(
            _at(part, header, at, "year_of_column", told | {"years": other}),
            row=row,
            column=column,
            field="year",
        )
        for row, other in others.items()
    ]


def _add_year(part: Part, told: Years, found: Found, *, open_: bool) -> None:
    """Take the year of a table without a column for it from its header, title, note or sheet."""
    sheet, table = part.sheet, part.table
    years = {year for some in told.values() for year in some}
    years |= {one.year for one in table.columns.values() if one.year}
    said = [_text_at(part, *place) for place, some in told.items() if some]
    texts, row = "; ".join(said), row_of(table)
    if not years and open_:
        return  # it is asked about already
    if len(years) != 1:
        rule = "years_differ" if years else "missing_year"
        blanks: dict[str, object] = {"years": _list(years)}
        found.faults.append(Fault(rule, sheet.name, row, field="year", found=texts, blanks=blanks))
        return
    [year] = years
    rows = part.rows
    found.cells += [(sheet.name, at, "", "year", "", year) for at in rows]
    why = Change(sheet.name, row, 0, texts, str(year), "why_year", {"rows": len(rows)})
    found.changes.append(why)


def _list(years: set[int]) -> str:
    return ", ".join(map(str, sorted(years)))


# --- units ---


def _units(part: Part, read: dict[tuple[int, int], titles_.Said]) -> list[Fault]:
    """Refuse numbers whose unit is none in which they can be counted."""
    table = part.table
    counted = [at for at in table.numbers if not headers.is_share(table.columns[at].field)]
    fields = [table.columns[at].field for at in counted]
    columns = ", ".join(headers.title(table, at) for at in counted)
    faults = []
    for place, one in read.items():
        fit = any(headers.fits(unit, field) for unit in one.units for field in fields)
        if one.units and fields and not fit:
            said: dict[str, object] = {"unit": ", ".join(one.units), "column": columns}
            faults.append(_at(part, *place, "unit_differs", said))
    for row in part.rows:
        for at in table.of("unit"):
            cell = part.sheet.grid[row - 1][at - 1]
            if isinstance(cell, str) and not is_blank(cell):
                fits = headers.is_unit(cell) and not headers.is_percent(cell)
                told: dict[str, object] = {"unit": cell, "column": columns}
                faults += [] if fits else [_at(part, row, at, "unit_differs", told)]
    return faults


def _text_at(part: Part, row: int, column: int) -> str:
    """Give the text that stands at a place, in a comment at it, or the name of the sheet."""
    text = part.sheet.value(row, column) if column else part.sheet.name
    return " ".join(str(part.sheet.notes.get((row, column), text)).split())


def _at(
    part: Part, row: int, column: int, rule: str, blanks: dict[str, object], **others: str
) -> Fault:
    """Put a fault on the text that says it, or on the header where the name of the sheet does."""
    return Fault(
        rule,
        part.sheet.name,
        row,
        column,
        found=_text_at(part, row, column),
        severity="warning" if others.get("severity") == "warning" else "error",
        blanks={"header": _text_at(part, row, column), **blanks},
    )


_MOST_WORDS = 6  # of a name
_SIGNED = re.compile(r"[^,;()]*,\s*ngày\b.*", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"\b(?:địa chỉ|đường|address|street)\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:nam )?(?:19|20)[0-9]{2}\b")


class _Place(NamedTuple):
    text: str
    codes: frozenset[str]
    """What it may mean: two places where only the type tells them apart and is not written."""


def settle_places(part: Part, found: Found) -> None:
    """
    Give each row the district that a title or the name of its sheet says, or refuse what differs.

    Parameters
    ----------
    part
        A table.
    found
        What was read of the table. Where neither a column nor a block names districts, one is
        added to each row; where one does, and it is another, the table is refused. So is a row of
        another commune than the one that a title names: rows of hamlets bear such names.
    """
    if part.known.level or not part.rows:
        return
    # where a letter was signed, and where an office is, say nothing of what a report is about
    own = [text for text in titles(part)[0].values() if not _ADDRESS.search(text)]
    texts = [_SIGNED.sub("", text) for text in own]
    _district(part, texts, found)
    _commune(part, texts, found)


def _district(part: Part, titles: list[str], found: Found) -> None:
    sheet, table, listed = part.sheet, part.table, part.known.districts
    said = [*_of_sheet(sheet.name), *_named(sheet.name, listed, "district")]
    above = [one for text in titles for one in _named(text, listed, "district")]
    both = [codes for one in (said, above) if (codes := _common(one))]
    blanks: dict[str, object]
    if not both:
        return  # nothing is said, or several are spoken of
    codes = frozenset.intersection(*both)
    own = list(dict.fromkeys(str(cell[5]) for cell in found.cells if cell[3] == "district"))
    inside = _codes(own)
    if codes and not own:
        # where two are meant, the communes tell which: as where a column names the district so
        name = places.name(min(codes)) if len(codes) == 1 else (said or above)[0].text
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
    named = [one for text in texts for one in _named(text, part.known.communes, "commune")]
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
    kinds = study.current().country.written("name")
    kind = next((kind for kind in kinds if text.startswith(f"{kind} ")), "")
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


def _named(text: str, listed: frozenset[str], level: places.Level) -> list[_Place]:
    """Find the places of a level that a text names with their type, as far as they are listed."""
    words = bare(text).split()
    kinds = study.current().country.written("district" if level == "district" else "name")
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
