"""Hold a table to what stands around it: the year, a period, a plan, the unit, the district."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from .. import places, study
from . import headings as titles
from .faults import first_few, is_number
from .headings import fits, is_percent, is_unit
from .rows import unnumbered
from .vocabulary import PATTERNS, bare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .cells import Line
    from .faults import Log
    from .tables import Layout, Table
    from .vocabulary import Vocabulary


class Text(NamedTuple):
    """
    A text around a table: what it says, and where it stands.

    Its row is 0 for what pages say, its column 0 for the name of the sheet. `of` is `"own"` for a
    title below other tables, `"above"` for one above them, `"note"`, `"beside"` for comments and
    what pages say, or `"name"` for that of the sheet.
    """

    place: tuple[int, int]
    of: str
    shown: str
    said: titles.Said


class Around:
    """What stands around a table, and what it says of the lines in it."""

    def __init__(
        self, lay: Layout, table: Table, lines: list[Line], known: Vocabulary, log: Log
    ) -> None:
        self.lay, self.table, self.sheet = lay, table, lay.sheet
        self.lines, self.known, self.log = lines, known, log
        self.data = [line for line in lines if line.is_data]

    def settle(self) -> None:
        """Add the year and the district that are said around it; ask about what is not known."""
        texts = self._texts()
        own, above, below, beside, name = (
            [one for one in texts if one.of == of]
            for of in ("own", "above", "note", "beside", "name")
        )
        # a table that goes on is of what is said above it all, unless it says another thing itself
        when = own if any(one.said.years or one.said.strange for one in own) else above + own
        # what nobody understands says nothing of the year, nor does a note a person let pass
        saying = [*when, *name, *(one for one in below if not one.said.answered)]
        told = [one for one in saying if one.said.years and not one.said.strange]
        if not self._hold_years(told):
            self._add_year(told, open_=any(one.said.strange for one in (*when, *name)))
        asked = [*when, *below, *beside]
        # the name of the sheet of a csv is the file's
        self._ask(asked if self.sheet.widths else asked + name)
        self._units(asked)
        if not self.known.level and self.lines:
            # where a letter was signed, and where an office is, say nothing of what it is about
            titled = [one.shown for one in own if not PATTERNS["address"].search(one.shown)]
            titled = [_SIGNED.sub("", text) for text in titled]
            self._district(titled)
            self._commune(titled)

    def _texts(self) -> list[Text]:
        """Read texts in order: below a signature names are names, elsewhere what begins so."""
        top, others = self.table.header.start, [x for x in self.lay.tables if x is not self.table]
        before = max((one.header.stop for one in others if one.header.stop <= top), default=1)
        below, texts, signed = set(self.table.rows), [], False
        stated = [
            (*at, "beside", text, False)
            for at, text in self.sheet.notes.items()
            if not any(at[0] in one.header or at[0] in one.rows for one in others)
        ]
        for row, (kind, *_) in self.lay.kinds.items():
            title = ("own" if row >= before else "above") if row < top and kind == "title" else ""
            of = "note" if row in below and kind == "note" else title
            stated += [
                (row, one.column, of, one.value, bool(one.flags & {"struck", "raised"}))
                for one in self.sheet.rows[row]
                if of and isinstance(one.value, str)
            ]
        for row, column, of, text, spoilt in sorted(stated):
            said = titles.Said((text,)) if spoilt else titles.Said()
            if not spoilt and not titles.is_person(text, signed=signed):
                said = titles.said(text, self.known)
            signed = signed or titles.signs(text)
            texts.append(Text((row, column), of, " ".join(text.split()), said))
        name = self.sheet.name
        return [*texts, Text((self.table.header_row(), 0), "name", name, titled(name, self.known))]

    def _refuse(
        self,
        rule: str,
        text: Text | None = None,
        severity: str = "",
        anywhere: tuple[str, ...] = (),
        **blanks: object,
    ) -> None:
        """
        Refuse the whole table, at the text that says why or at its header.

        Where the words `anywhere` are given, that is said once for all sheets that have them.
        """
        head = self.table.header_row(), 0
        at, found = (text.place, text.shown) if text else (head, "")
        row, column = at if at[0] else head
        told = {"header": titles.unsaid(found), **blanks}
        log = partial(self.log.fault, text=found, severity=severity, blanks=told)
        log(
            rule,
            self.sheet,
            row,
            column,
            once_per=anywhere or (at, rule),
            in_all_sheets=bool(anywhere),
        )
        if severity != "warning":
            self.table.refusal = self.table.refusal or rule

    def _ask(self, texts: list[Text]) -> None:
        """Ask about words that nobody knows, once for each text that says them."""
        for one in texts:
            strange = list(dict.fromkeys(one.said.strange))
            if strange and (one.of in {"beside", "name"} or not self._counts(one.place[0])):
                told = titles.unsaid(first_few(strange, _MOST_TOLD))
                # sheets for each month say the same, but for the number of the month
                spelt = tuple(filter(str.isalpha, strange))
                self._refuse("unknown_words", one, anywhere=spelt, words=told)

    def _counts(self, row: int) -> bool:
        """Say whether a row holds numbers or heads one that does: `account` asks about those."""
        kind = self.lay.kinds.get(row + 1)
        heads = len(self.sheet.rows[row]) > 1 and kind is not None and kind.kind == "note"
        rows = [row, row + 1] if heads else [row]
        return any(is_number(one) for at in rows for one in self.sheet.rows[at])

    # --- years ---

    def _hold_years(self, told: list[Text]) -> bool:
        """Hold the years of titles and headings to those of the rows, where the rows say theirs."""
        if self.table.columns_of("year"):
            self._years_of_columns()
        elif not self.table.has_years_across:
            return False
        own = {line.year for line in self.lines if line.year}
        every = {year for one in told for year in one.said.years}
        if own and every and not own <= every:
            # one of several may be last year's, beside it to compare
            severity = "warning" if own & every else "error"
            year, years = _list(every), _list(own - every)
            self._refuse("year_of_title", told[0], severity, year=year, years=years)
        return True

    def _years_of_columns(self) -> None:
        """Refuse rows of another year than a heading says."""
        for at, year in self.table.year_of_column.items():
            for line in self.data:
                if line.year not in {None, year} and "year" not in line.wrong:
                    told = {
                        "header": self.table.column_at(at).title,
                        "year": year,
                        "years": line.year,
                    }
                    self.log.fault_of_line(
                        line, "year_of_column", "year", once_per=(id(self.table), at), **told
                    )
                    line.wrong["year"] = "year_of_column"

    def _add_year(self, told: list[Text], *, open_: bool) -> None:
        """Take the year of a table without a column for it from its header, title, note or name."""
        years = {one.year for one in self.table.columns.values() if one.year}
        years |= {year for one in told for year in one.said.years}
        if not years and open_:  # it is asked about already
            self.table.refusal = self.table.refusal or "unknown_words"
        elif len(years) != 1:
            self._refuse("years_differ" if years else "missing_year", years=_list(years))
        else:
            [year] = years
            for line in self.lines:
                line.year = year
            what = "; ".join(one.shown for one in told), str(year), "why_year"
            self.log.change(self.sheet, self.table.header_row(), 0, what, rows=len(self.lines))

    # --- units ---

    def _units(self, texts: list[Text]) -> None:
        """Refuse numbers whose unit is none in which they can be counted."""
        table = self.table
        fields = [table.columns[at].field for at in table.number_columns]
        columns = ", ".join(table.column_at(at).title for at in table.number_columns)
        for one in texts:
            units = one.said.units
            if units and fields and not any(fits(unit, name) for unit in units for name in fields):
                self._refuse("unit_differs", one, unit=", ".join(units), columns=columns)
        for line in self.data:
            for cell in [self.sheet.cell_at(line.row, at) for at in table.columns_of("unit")]:
                if cell is not None and not (is_unit(cell.text) and not is_percent(cell.text)):
                    line.cells["unit"], line.wrong["unit"] = cell, "unit_differs"
                    self.log.fault_of_line(
                        line, "unit_differs", "unit", unit=cell.text, columns=columns
                    )

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
            self.log.change(self.sheet, self.table.header_row(), 0, what, rows=len(data))
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
            written = unnumbered(cell.text, self.known) if cell else ""
            if written and _core(bare(written)) != _core(title):
                self.log.fault_of_line(line, "commune_differs", "commune", title=shown)
                line.wrong["commune"] = "commune_differs"


def titled(name: str, known: Vocabulary) -> titles.Said:
    """Read the name of a sheet: a letter, or what a spreadsheet calls it, says nothing."""
    one = titles.said(name, known)
    return one._replace(
        strange=tuple(w for w in one.strange if not PATTERNS["unnamed"].fullmatch(w))
    )


def _list(years: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(years)))


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
    if not (kinds and listed):
        return {}
    kind, name = (
        "|".join(sorted(map(re.escape, some), key=len, reverse=True)) for some in (kinds, listed)
    )
    named = re.compile(rf"\b(?:{kind}) (?:{name})\b")
    found = (text for one in texts for text in named.findall(bare(one)))
    return {key: codes for text in found for key, codes in _look_up(text, level).items()}


def _look_up(text: str, level: places.Level) -> _Places:
    found = places.find_codes(pd.Series([text]), level=level).iloc[0]
    listed = places.districts() if level == "district" else places.communes()
    codes = {*found["candidates"], found["code"]} & set(listed.index)  # of no other level
    return {text: frozenset(codes)} if codes else {}
