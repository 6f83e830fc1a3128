"""Hold a table to what stands around it: the year, a period, a plan, the unit, the district."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from .. import places, study
from . import headings as titles
from .faults import is_number
from .headings import fits, is_percent, is_unit
from .rows import unnumbered
from .vocabulary import bare

if TYPE_CHECKING:
    from .cells import Line
    from .faults import Log
    from .tables import Layout, Table
    from .vocabulary import Vocabulary

Stated = dict[tuple[int, int], str]
"""The texts around a table, by their row and column; at column 0 the name of the sheet."""
Saids = dict[tuple[int, int], titles.Said]


class Around:
    """What stands around a table, and what it says of the lines in it."""

    def __init__(
        self, lay: Layout, table: Table, lines: list[Line], known: Vocabulary, log: Log
    ) -> None:
        self.lay, self.table, self.sheet = lay, table, lay.sheet
        self.lines, self.known, self.log = lines, known, log
        self.data = [line for line in lines if line.is_data]
        first = table.header.start
        before = max((one.header.stop for one in lay.tables if one.header.stop <= first), default=1)
        above = [row for row, one in lay.kinds.items() if one.kind == "title" and row < first]
        self.every = self._texts(above)
        self.own = {place: text for place, text in self.every.items() if place[0] >= before}
        below = [row for row in table.rows if lay.kinds[row].kind == "note"]
        others = [one for one in lay.tables if one is not table]
        self.notes = self._texts(below)
        self.beside = {
            place: text
            for place, text in self.sheet.notes.items()
            if not any(place[0] in one.header or place[0] in one.rows for one in others)
        }

    def _texts(self, rows: list[int]) -> Stated:
        return {
            (row, one.column): one.value
            for row in rows
            for one in self.sheet.rows.get(row, [])
            if isinstance(one.value, str)
        }

    def settle(self) -> None:
        """Add the year and the district that are said around it; ask about what is not known."""
        read = self._read({**self.every, **self.notes, **self.beside})
        # a table that goes on is of what is said above it all, unless it says another thing itself
        when = {place: one for place, one in read.items() if place in self.own}
        if not any(one.years or one.strange for one in when.values()):
            when = {place: one for place, one in read.items() if place in self.every}
        asked = {
            place: read[place] for place in read if place in {*when, *self.notes, *self.beside}
        }
        named = titled(self.sheet.name, self.known)
        at_name = self.table.row_of(), 0
        # what nobody understands says nothing of the year, nor does a note a person let pass
        told = {place: one.years for place, one in when.items() if not one.strange}
        told |= {at_name: named.years} if not named.strange else {}
        told |= {
            place: read[place].years
            for place in self.notes
            if place in read and not read[place].strange and not read[place].answered
        }
        open_ = any(one.strange for one in (*when.values(), named))
        if not self._hold_years(told):
            self._add_year(told, open_=open_)
        self._ask(asked | ({at_name: named} if self.lay.named else {}))
        self._units(asked)
        if not self.known.level and self.lines:
            self._places()

    def _fault(self, rule: str, place: tuple[int, int], **blanks: object) -> None:
        """Put a fault on the text that says it: then the whole table is refused."""
        text = self._at(place)
        row, column = place if place[0] else (self.table.row_of(), 0)
        told = {"header": titles.unsaid(text), **blanks}
        severity = str(told.pop("severity", ""))
        self.log.fault(
            rule,
            self.sheet,
            row,
            column,
            found=text,
            severity=severity,
            by=(place, rule),
            blanks=told,
        )
        if severity != "warning":
            self.table.refused = self.table.refused or rule

    def _at(self, place: tuple[int, int]) -> str:
        cell = self.sheet.cells.get(place)
        text = cell.shown if cell else self.sheet.name
        return " ".join(self.sheet.notes.get(place, text).split())

    def _read(self, texts: Stated) -> Saids:
        """Read texts in order: below a signature names are names, elsewhere what begins so."""
        found: Saids = {}
        signed = False
        for place, text in sorted(texts.items()):
            cell = self.sheet.cells.get(place)
            if cell is not None and cell.flags & {"struck", "raised"} and text == cell.value:
                found[place] = titles.Said((text,))
            elif not titles.is_person(text, signed=signed):
                found[place] = titles.said(text, self.known)
            signed = signed or titles.signs(text)
        return found

    def _ask(self, read: Saids) -> None:
        """Ask about words that nobody knows, once for each text that says them."""
        for place, one in read.items():
            beside = not place[1] or place in self.sheet.notes
            if one.strange and (beside or not self._counts(place[0])):
                self._fault("unknown_words", place, words=titles.unsaid(titles.told(one.strange)))

    def _counts(self, row: int) -> bool:
        """Say whether a row holds numbers or heads one that does: `account` asks about those."""
        alone = len(self.sheet.rows[row]) == 1
        kind = self.lay.kinds.get(row + 1)
        rows = [row, row + 1] if not alone and kind and kind.kind == "note" else [row]
        return any(is_number(one) for at in rows for one in self.sheet.rows[at])

    # --- years ---

    def _hold_years(self, told: dict[tuple[int, int], frozenset[int]]) -> bool:
        """Hold the years of titles and headings to those of the rows, where the rows say theirs."""
        table = self.table
        own = {line.year for line in self.lines if line.year}
        if table.of("year"):
            self._years_of_columns()
        elif not table.across:
            return False
        every = {year for years in told.values() for year in years}
        if own and every and not own <= every:
            place = next(place for place, years in told.items() if years)
            # one of several may be last year's, beside it to compare
            severity = "warning" if own & every else "error"
            blanks = {"year": _list(every), "years": _list(own - every)}
            self._fault("year_of_title", place, severity=severity, **blanks)
        return True

    def _years_of_columns(self) -> None:
        """Hold the year of a heading to those of the rows: a few others are wrong, not it."""
        dated = [line for line in self.data if line.year]
        for at, year in self.table.years.items():
            others = [line for line in dated if line.year != year]
            if not others:
                continue
            header = self.table.row_of(at), at
            if 2 * len(others) >= len(dated):
                years = _list({line.year for line in others if line.year})
                self._fault("year_of_column", header, year=year, years=years)
                continue
            for line in others:
                if "year" not in line.wrong:
                    self.log.of(line, "year_of_column", "year", year=year, years=line.year)
                    line.wrong["year"] = "year_of_column"

    def _add_year(self, told: dict[tuple[int, int], frozenset[int]], *, open_: bool) -> None:
        """Take the year of a table without a column for it from its header, title, note or name."""
        years = {year for some in told.values() for year in some}
        years |= {one.year for one in self.table.columns.values() if one.year}
        if not years and open_:
            self.table.refused = self.table.refused or "unknown_words"
            return  # it is asked about already
        texts, row = (
            "; ".join(self._at(place) for place, some in told.items() if some),
            (self.table.row_of()),
        )
        if len(years) != 1:
            rule = "years_differ" if years else "missing_year"
            blanks = {"years": _list(years)}
            self.log.fault(rule, self.sheet, row, field="year", found=texts, blanks=blanks)
            self.table.refused = self.table.refused or rule
            return
        [year] = years
        for line in self.lines:
            line.year = year
        self.log.change(self.sheet, row, 0, (texts, str(year), "why_year"), rows=len(self.lines))

    # --- units ---

    def _units(self, read: Saids) -> None:
        """Refuse numbers whose unit is none in which they can be counted."""
        table = self.table
        fields = [table.columns[at].field for at in table.numbers]
        columns = ", ".join(table.title(at) for at in table.numbers)
        for place, one in read.items():
            fit = any(fits(unit, field) for unit in one.units for field in fields)
            if one.units and fields and not fit:
                self._fault("unit_differs", place, unit=", ".join(one.units), columns=columns)
        for line in self.data:
            for cell in [self.sheet.at(line.row, at) for at in table.of("unit")]:
                if cell is not None and not (is_unit(cell.shown) and not is_percent(cell.shown)):
                    line.cells["unit"], line.wrong["unit"] = cell, "unit_differs"
                    self.log.of(line, "unit_differs", "unit", unit=cell.shown, columns=columns)

    # --- places ---

    def _places(self) -> None:
        """Give each row the district that is said around it, or refuse what differs."""
        # where a letter was signed, and where an office is, say nothing of what a report is about
        own = [text for text in self.own.values() if not _ADDRESS.search(text)]
        texts = [_SIGNED.sub("", text) for text in own]
        self._district(texts)
        self._commune(texts)

    def _district(self, texts: list[str]) -> None:
        name, listed = self.sheet.name, self.known.districts
        said = [*_of_sheet(name), *_named(name, listed, "district")]
        above = [one for text in texts for one in _named(text, listed, "district")]
        both = [frozenset.intersection(*(x.codes for x in some)) for some in (said, above) if some]
        if not all(both) or not both:
            return  # nothing is said, or several are spoken of
        codes = frozenset.intersection(*both)
        own = dict.fromkeys(line.texts.get("district", "") for line in self.lines)
        own.pop("", None)
        row = self.table.row_of()
        inside: frozenset[str] = frozenset()
        if own:
            found = places.find_codes(pd.Series(list(own)), level="district")["candidates"]
            inside = frozenset(code for some in found for code in some)
        if codes and not own:
            # where two are meant, the communes tell which: as where a column names the district so
            district = places.name(min(codes)) if len(codes) == 1 else (said or above)[0].text
            data = [line for line in self.data if line.kind.kind == "data"]
            for line in data:
                line.texts["district"] = district
            what = "", district, "why_district"
            self.log.change(self.sheet, row, 0, what, rows=len(data))
        elif not codes or (inside and not inside & codes):
            names = sorted(frozenset.union(*both) | (inside if codes else frozenset()))
            told = ", ".join(map(places.name, names))
            blanks = {"districts": told}
            self.log.fault("district_differs", self.sheet, row, blanks=blanks)
            self.table.refused = self.table.refused or "district_differs"

    def _commune(self, texts: list[str]) -> None:
        """Refuse a row of another commune than a title names: rows of hamlets bear such names."""
        listed = self.known.communes
        named = [
            one for text in (self.sheet.name, *texts) for one in _named(text, listed, "commune")
        ]
        if len({_core(one.text) for one in named}) != 1:
            return
        title, codes = named[0].text, frozenset.intersection(*(one.codes for one in named))
        shown = places.name(min(codes)) if len(codes) == 1 else title
        for line in self.data:
            cell = line.cells.get("commune")
            written = unnumbered(cell.shown, self.known) if cell else ""
            if written and _core(bare(written)) != _core(title):
                self.log.of(line, "commune_differs", "commune", title=shown)
                line.wrong["commune"] = "commune_differs"


_UNNAMED = re.compile(r"(?:sheet|trang tính|trang tinh)?[0-9]*|[^\W\d_]")


def titled(name: str, known: Vocabulary) -> titles.Said:
    """Read the name of a sheet: a letter, or what a spreadsheet calls it, says nothing."""
    one = titles.said(name, known)
    return one._replace(strange=tuple(w for w in one.strange if not _UNNAMED.fullmatch(w)))


def _list(years: set[int]) -> str:
    return ", ".join(map(str, sorted(years)))


_MOST_WORDS = 6  # of a name
_SIGNED = re.compile(r"[^,;()]*,\s*ngày\b.*", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"\b(?:địa chỉ|đường|address|street)\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:nam )?(?:19|20)[0-9]{2}\b")


class _Place(NamedTuple):
    text: str
    codes: frozenset[str]
    """What it may mean: two places where only the type tells them apart and is not written."""


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
    if not plain or plain.isdigit():
        return []
    if places.find_codes(pd.Series([plain]), level="province").iloc[0]["code"]:
        return []
    return _look_up(plain, "district")


def _named(text: str, listed: frozenset[str], level: places.Level) -> list[_Place]:
    """Find the places of a level that a text names with their type, as far as they are listed."""
    parts = bare(text).split()
    kinds = study.current().country.written("district" if level == "district" else "name")
    found = []
    for at in range(len(parts)):
        kind = next((n for n in (2, 1) if " ".join(parts[at : at + n]) in kinds), 0)
        ends = range(min(len(parts), at + kind + _MOST_WORDS), at + kind, -1) if kind else ()
        end = next((end for end in ends if " ".join(parts[at + kind : end]) in listed), 0)
        found += _look_up(" ".join(parts[at:end]), level) if end else []
    return found


def _look_up(text: str, level: places.Level) -> list[_Place]:
    found = places.find_codes(pd.Series([text]), level=level).iloc[0]
    listed = places.districts() if level == "district" else places.communes()
    # what is of another level is no answer
    codes = {*found["candidates"], *([found["code"]] if found["code"] else [])} & set(listed.index)
    return [_Place(text, frozenset(codes))] if codes else []
