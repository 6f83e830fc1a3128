"""Hold a table to what stands around it: the year, a period, a plan, the unit, the district."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from .. import places, study
from . import headings as titles
from .faults import first, is_number
from .headings import fits, is_percent, is_unit
from .rows import unnumbered
from .vocabulary import PATTERNS, bare

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        top, others = table.header.start, [one for one in lay.tables if one is not table]
        before = max((one.header.stop for one in others if one.header.stop <= top), default=1)
        above = [row for row, one in lay.kinds.items() if one.kind == "title" and row < top]
        self.every = self._texts(above)
        self.own = {place: text for place, text in self.every.items() if place[0] >= before}
        self.notes = self._texts([row for row in table.rows if lay.kinds[row].kind == "note"])
        self.beside = {
            place: text
            for place, text in self.sheet.notes.items()
            if not any(place[0] in one.header or place[0] in one.rows for one in others)
        }

    def _texts(self, rows: list[int]) -> Stated:
        cells = (one for row in rows for one in self.sheet.rows.get(row, []))
        return {(one.row, one.column): one.value for one in cells if isinstance(one.value, str)}

    def settle(self) -> None:
        """Add the year and the district that are said around it; ask about what is not known."""
        read = self._read({**self.every, **self.notes, **self.beside})
        # a table that goes on is of what is said above it all, unless it says another thing itself
        when = {place: one for place, one in read.items() if place in self.own}
        if not any(one.years or one.strange for one in when.values()):
            when = {place: one for place, one in read.items() if place in self.every}
        below = {place: one for place, one in read.items() if place in self.notes}
        asked = {**when, **below, **{at: one for at, one in read.items() if at in self.beside}}
        named, at_name = titled(self.sheet.name, self.known), (self.table.row_of(), 0)
        # what nobody understands says nothing of the year, nor does a note a person let pass
        saying = {**when, at_name: named}
        saying |= {place: one for place, one in below.items() if not one.answered}
        told = {place: one.years for place, one in saying.items() if not one.strange}
        if not self._hold_years(told):
            open_ = any(one.strange for one in (*when.values(), named))
            self._add_year(told, open_=open_)
        self._ask(asked | ({at_name: named} if self.lay.named else {}))
        self._units(asked)
        if not self.known.level and self.lines:
            # where a letter was signed, and where an office is, say nothing of what it is about
            own = [text for text in self.own.values() if not PATTERNS["address"].search(text)]
            texts = [_SIGNED.sub("", text) for text in own]
            self._district(texts)
            self._commune(texts)

    def _fault(self, rule: str, place: tuple[int, int], severity: str = "", **told: object) -> None:
        """Put a fault on the text that says it: then the whole table is refused."""
        text = self._at(place)
        at = place if place[0] else (self.table.row_of(), 0)
        blanks = {"header": titles.unsaid(text), **told}
        by = place, rule
        self.log.fault(rule, self.sheet, *at, found=text, severity=severity, by=by, blanks=blanks)
        if severity != "warning":
            self.table.refused = self.table.refused or rule

    def _refuse(self, rule: str, found: str = "", field: str = "", **blanks: object) -> None:
        """Refuse the whole table, at its header."""
        row = self.table.row_of()
        self.log.fault(rule, self.sheet, row, field=field, found=found, blanks=blanks)
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
                strange = first(list(dict.fromkeys(one.strange)), _MOST_TOLD)
                self._fault("unknown_words", place, words=titles.unsaid(strange))

    def _counts(self, row: int) -> bool:
        """Say whether a row holds numbers or heads one that does: `account` asks about those."""
        kind = self.lay.kinds.get(row + 1)
        heads = len(self.sheet.rows[row]) > 1 and kind is not None and kind.kind == "note"
        rows = [row, row + 1] if heads else [row]
        return any(is_number(one) for at in rows for one in self.sheet.rows[at])

    # --- years ---

    def _hold_years(self, told: dict[tuple[int, int], frozenset[int]]) -> bool:
        """Hold the years of titles and headings to those of the rows, where the rows say theirs."""
        own = {line.year for line in self.lines if line.year}
        if self.table.of("year"):
            self._years_of_columns()
        elif not self.table.across:
            return False
        every = frozenset().union(*told.values())
        if own and every and not own <= every:
            place = next(place for place, years in told.items() if years)
            # one of several may be last year's, beside it to compare
            severity = "warning" if own & every else "error"
            blanks = {"year": _list(every), "years": _list(own - every)}
            self._fault("year_of_title", place, severity, **blanks)
        return True

    def _years_of_columns(self) -> None:
        """Refuse rows of another year than a heading says."""
        for at, year in self.table.years.items():
            for line in self.data:
                if line.year not in {None, year} and "year" not in line.wrong:
                    told = {"header": self.table.title(at), "year": year, "years": line.year}
                    self.log.of(line, "year_of_column", "year", by=(id(self.table), at), **told)
                    line.wrong["year"] = "year_of_column"

    def _add_year(self, told: dict[tuple[int, int], frozenset[int]], *, open_: bool) -> None:
        """Take the year of a table without a column for it from its header, title, note or name."""
        years = {one.year for one in self.table.columns.values() if one.year}.union(*told.values())
        texts = "; ".join(self._at(place) for place, some in told.items() if some)
        if not years and open_:  # it is asked about already
            self.table.refused = self.table.refused or "unknown_words"
        elif len(years) != 1:
            rule = "years_differ" if years else "missing_year"
            self._refuse(rule, texts, "year", years=_list(years))
        else:
            [year] = years
            for line in self.lines:
                line.year = year
            what, row = (texts, str(year), "why_year"), self.table.row_of()
            self.log.change(self.sheet, row, 0, what, rows=len(self.lines))

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

    def _district(self, texts: list[str]) -> None:
        """Give each row the district that is said around it, or refuse what differs."""
        name, listed = self.sheet.name, self.known.districts
        said = _of_sheet(name) | _named([name], listed, "district")
        above = _named(texts, listed, "district")
        both = [frozenset.intersection(*some.values()) for some in (said, above) if some]
        if not all(both) or not both:
            return  # nothing is said, or several are spoken of
        codes = frozenset.intersection(*both)
        own = {line.texts.get("district", "") for line in self.lines} - {""}
        found = places.find_codes(pd.Series(sorted(own), dtype="object"), level="district")
        inside = frozenset(code for some in found["candidates"] for code in some)
        if codes and not own:
            # where two are meant, the communes tell which: as where a column names the district so
            district = places.name(min(codes)) if len(codes) == 1 else next(iter(said or above))
            data = [line for line in self.data if line.kind.kind == "data"]
            for line in data:
                line.texts["district"] = district
            what = "", district, "why_district"
            self.log.change(self.sheet, self.table.row_of(), 0, what, rows=len(data))
        elif not codes or (inside and not inside & codes):
            names = sorted(frozenset.union(*both) | (inside if codes else frozenset()))
            self._refuse("district_differs", districts=", ".join(map(places.name, names)))

    def _commune(self, texts: list[str]) -> None:
        """Refuse a row of another commune than a title names: rows of hamlets bear such names."""
        named = _named([self.sheet.name, *texts], self.known.communes, "commune")
        if len(set(map(_core, named))) != 1:
            return
        title, codes = next(iter(named)), frozenset.intersection(*named.values())
        shown = places.name(min(codes)) if len(codes) == 1 else title
        for line in self.data:
            cell = line.cells.get("commune")
            written = unnumbered(cell.shown, self.known) if cell else ""
            if written and _core(bare(written)) != _core(title):
                self.log.of(line, "commune_differs", "commune", title=shown)
                line.wrong["commune"] = "commune_differs"


def titled(name: str, known: Vocabulary) -> titles.Said:
    """Read the name of a sheet: a letter, or what a spreadsheet calls it, says nothing."""
    one = titles.said(name, known)
    return one._replace(
        strange=tuple(w for w in one.strange if not PATTERNS["unnamed"].fullmatch(w))
    )


def _list(years: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(years)))


_MOST_WORDS = 6  # of a name
_MOST_TOLD = 8  # words that nobody knows
_SIGNED = re.compile(r"[^,;()]*,\s*ngày\b.*", re.IGNORECASE | re.DOTALL)
_YEAR = re.compile(r"\b(?:nam )?(?:19|20)[0-9]{2}\b")


_Places = dict[str, frozenset[str]]
"""Texts and what each may mean: two places where only the type, which is not written, tells."""


def _core(text: str) -> str:
    """Take the type off a name without diacritics."""
    kinds = study.current().country.written("name")
    return next((text[len(one) + 1 :] for one in kinds if text.startswith(f"{one} ")), text)


def _of_sheet(name: str) -> _Places:
    """
    Read the name of a sheet that is nothing but a district's, its type written or not.

    A province often has a city of its name: the sheet is then taken to be of the province.
    """
    plain = " ".join(_YEAR.sub(" ", bare(name)).split())
    whole = places.find_codes(pd.Series([plain]), level="province").iloc[0]["code"]
    return {} if plain.isdigit() or whole else _look_up(plain, "district")


def _named(texts: list[str], listed: frozenset[str], level: places.Level) -> _Places:
    """Find the places of a level that texts name with their type, as far as they are listed."""
    kinds = study.current().country.written("district" if level == "district" else "name")
    found: _Places = {}
    every = [bare(text).split() for text in texts]
    for parts, at in [(one, at) for one in every for at in range(len(one))]:
        kind = next((n for n in (2, 1) if " ".join(parts[at : at + n]) in kinds), 0)
        ends = range(min(len(parts), at + kind + _MOST_WORDS), at + kind, -1) if kind else ()
        end = next((end for end in ends if " ".join(parts[at + kind : end]) in listed), 0)
        found |= _look_up(" ".join(parts[at:end]), level) if end else {}
    return found


def _look_up(text: str, level: places.Level) -> _Places:
    found = places.find_codes(pd.Series([text]), level=level).iloc[0]
    listed = places.districts() if level == "district" else places.communes()
    codes = {*found["candidates"], found["code"]} & set(listed.index)  # of no other level
    return {text: frozenset(codes)} if codes else {}
