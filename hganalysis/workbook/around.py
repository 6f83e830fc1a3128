"""Compare a table with the period and the district of texts around it; ask about other texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from .. import places
from ..countries.letters import small
from ..periods import read_period
from .faults import first_few, is_number
from .headings import Content, fits, is_person, read_text, unsaid
from .times import find_periods, in_year, list_names, only_period, period_name
from .vocabulary import PATTERNS, SCOPES, any_of, is_since_january, tidy, tidy_bare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..periods import PeriodKey
    from .cells import Line
    from .faults import Log
    from .tables import Layout, Table
    from .vocabulary import Vocabulary

_MOST_LISTED = 8  # unknown words of one text that a question lists


class _Text(NamedTuple):
    """
    A text around a table.

    Attributes
    ----------
    row, column
        Row 0 is that of headers and footers of pages.
    role
        `"title"`, `"upper title"` above another table, `"note"`, `"comment"` or `"sheet"`.
    """

    row: int = 0
    column: int = 0
    role: str = ""
    text: str = ""
    content: Content = Content()


_NO_TEXT = _Text()
_OF_SHEET = {"upper title", "title", "sheet"}


class Around:
    """A table, and the texts around it."""

    def __init__(
        self, layout: Layout, table: Table, lines: list[Line], vocabulary: Vocabulary, log: Log
    ) -> None:
        self.layout, self.table, self.sheet = layout, table, layout.sheet
        self.lines, self.vocabulary, self.log = lines, vocabulary, log
        self.data = [line for line in lines if line.is_data]
        texts = [*self._read_comments(), *self._read_rows()]
        self.texts = self._date([*sorted(texts), self._read_sheet_name()])
        # a table below others is of the period that is above all of them, unless it has its own
        titles = [text.content for text in self._of_roles("title")]
        if any(content.periods or content.unknown for content in titles):
            self.texts = [text for text in self.texts if text.role != "upper title"]

    def settle(self) -> None:
        """Take the period and the district from the texts, and ask about what is not known."""
        self._settle_period()
        for text in self.texts:
            # the name of the sheet of a csv file is that of the file
            if text.role != "sheet" or not self.sheet.widths:
                self._ask_about(text)
        if not self.vocabulary.level and self.lines:
            self._settle_district()

    def _of_roles(self, *roles: str) -> list[_Text]:
        return [text for text in self.texts if text.role in roles]

    # --- reading ---

    def _read_content(self, text: str) -> Content:
        """Read a text; a unit in which no column is counted is like an unknown word."""
        if is_person(text):
            return Content()
        content = read_text(text, self.vocabulary)
        fields = [self.table.columns[number].field for number in self.table.number_columns]
        if content.unknown and is_since_january(fields):
            line = small(text)
            content = read_text(SCOPES["since"].without(line), self.vocabulary)
        if not fields or any(fits(unit, field) for unit in content.units for field in fields):
            return content
        return content._replace(unknown=content.unknown + content.units)

    def _read_comments(self) -> Iterator[_Text]:
        """Read comments on the table, and the texts of pages."""
        for (row, column), text in self.sheet.notes.items():
            if self.layout.table_of_row.get(row, self.table) is self.table:
                content = self._read_content(text)
                yield _Text(row, column, "comment", " ".join(text.split()), content)

    def _read_rows(self) -> Iterator[_Text]:
        """Read titles and notes; nobody knows what one says that is struck out or raised."""
        starts = [table.header.start for table in self.layout.tables]
        start_above = max((row for row in starts if row < self.table.header.start), default=0)
        for row in self.layout.text_rows:
            role = self._role_of_row(row, start_above)
            cells = self.sheet.rows[row]
            for cell in [cell for cell in cells if role and isinstance(cell.value, str)]:
                text = str(cell.value)
                is_doubtful = not cell.flags.isdisjoint({"struck", "raised"})
                content = Content((text,)) if is_doubtful else self._read_content(text)
                yield _Text(row, cell.column, role, " ".join(text.split()), content)

    def _role_of_row(self, row: int, start_above: int) -> str:
        """Say what the texts of a row are for the table; nothing if they are not around it."""
        kind = self.layout.kinds[row].kind
        if kind == "title" and row < self.table.header.start:
            return "upper title" if row < start_above else "title"
        rows = self.table.rows
        return "note" if kind == "note" and rows and rows[0] <= row <= rows[-1] else ""

    def _read_sheet_name(self) -> _Text:
        """Read the name of the sheet; a letter, or a name by a spreadsheet, says nothing."""
        name = self.sheet.name
        content = read_text(name, self.vocabulary)
        is_unnamed = PATTERNS["unnamed"].fullmatch
        unknown = tuple(word for word in content.unknown if not is_unnamed(word))
        if is_unnamed(tidy(name)):
            unknown = ()
        return _Text(self.table.header_row(), 0, "sheet", name, content._replace(unknown=unknown))

    def _date(self, texts: list[_Text]) -> list[_Text]:
        """Read "Quý III" in a title or the name of the sheet with the only year that is named."""
        keys = {line.period for line in self.lines if line.period}
        columns = self.table.columns.values()
        keys |= {column.period for column in columns if column.period}
        for text in texts:
            if text.role in _OF_SHEET and not text.content.unknown:
                keys |= text.content.periods
        years = {read_period(key).year for key in keys}
        if len(years) != 1:
            return texts
        dated: list[_Text] = []
        for text in texts:
            content = text.content
            if text.role in _OF_SHEET and content.unknown and not content.periods:
                content = self._read_content(in_year(text.text, *years))
            # with the year alone, "Nữ" says no more than before
            is_dated = content.periods - years and not content.unknown
            dated.append(text._replace(content=content) if is_dated else text)
        return dated

    # --- questions ---

    def _refuse(
        self,
        rule: str,
        text: _Text = _NO_TEXT,
        *,
        severity: str = "",
        same_words: tuple[str, ...] = (),
        **blanks: str,
    ) -> None:
        """Refuse the table, once for each text, or once for all sheets with the same words."""
        place = (text.row, text.column) if text.row else (self.table.header_row(), 0)
        self.log.fault(
            *(rule, self.sheet, *place),
            text=text.text,
            severity=severity,
            once_per=same_words or (self.sheet, *place),
            header=unsaid(text.text),
            **blanks,
        )
        if severity != "warning":
            self.table.refusal = self.table.refusal or rule

    def _ask_about(self, text: _Text) -> None:
        """Ask about the words of a text that nobody knows."""
        unknown = list(dict.fromkeys(text.content.unknown))
        if not unknown:
            return
        # numbers outside a table have their own question
        is_of_numbers = text.role not in {"comment", "sheet"} and self._heads_numbers(text.row)
        if not is_of_numbers:
            # sheets for each month say the same, except the number of the month
            same_words = tuple(filter(str.isalpha, unknown))
            listed = unsaid(first_few(unknown, _MOST_LISTED))
            self._refuse("unknown_words", text, same_words=same_words, words=listed)

    def _heads_numbers(self, row: int) -> bool:
        """Say whether a row outside the table has numbers, or heads a row that has."""
        cells = list(self.sheet.rows[row])
        below = self.layout.kinds.get(row + 1)
        if len(cells) > 1 and below is not None and below.kind == "note":
            cells += self.sheet.rows[row + 1]
        return any(map(is_number, cells))

    # --- periods ---

    def _settle_period(self) -> None:
        """Compare the period of the texts with that of the rows, or give it to them."""
        notes = [text for text in self._of_roles("note") if not text.content.is_answered]
        texts = self._of_roles(*_OF_SHEET) + notes
        # a text with unknown words may be of a part of its period
        dated = [text for text in texts if text.content.periods and not text.content.unknown]
        periods = {period for text in dated for period in text.content.periods}
        if self.table.columns_of("period") or self.table.has_periods_across:
            self._check_periods_of_columns()
            self._check_periods_of_rows(periods, dated)
        else:
            self._take_period(periods, dated)

    def _take_period(self, periods: set[PeriodKey], dated: list[_Text]) -> None:
        """Give the rows the only period of the header and the texts."""
        periods = periods | {
            column.period for column in self.table.columns.values() if column.period
        }
        titles = self._of_roles(*_OF_SHEET)
        period = only_period(periods, self.vocabulary.study.grain)
        if period:
            for line in self.lines:
                line.period = period
            source = "; ".join(text.text for text in dated)
            self._note_change(source, str(period), "why_period", self.lines)
        elif not periods and any(text.content.unknown for text in titles):
            # the question about these words is enough
            self.table.refusal = self.table.refusal or "unknown_words"
        else:
            # a year alone does not say which of its quarters is meant
            rule = "periods_differ" if len(periods) > 1 else "missing_period"
            self._refuse(rule, periods=list_names(periods))

    def _check_periods_of_rows(self, periods: set[PeriodKey], dated: list[_Text]) -> None:
        """Refuse a table whose rows are of other periods than its titles."""
        own_periods = {line.period for line in self.lines if line.period}
        stated = [*map(read_period, periods)]
        outside = {key for key in own_periods if not any(map(read_period(key).overlaps, stated))}
        if periods and outside:
            # one of several periods may be the one before, to compare
            severity = "warning" if outside < own_periods else "error"
            self._refuse(
                "period_of_title",
                dated[0],
                severity=severity,
                period=list_names(periods),
                periods=list_names(outside),
            )

    def _note_change(self, before: str, after: str, reason: str, lines: list[Line]) -> None:
        """Note what the rows were given."""
        change = before, after, reason
        self.log.add_change(self.sheet, self.table.header_row(), 0, change, rows=len(lines))

    def _check_periods_of_columns(self) -> None:
        """Refuse rows of another period than that of a heading."""
        periods = {} if self.table.has_periods_across else self.table.period_of_column
        for number, period in periods.items():
            for line in self.data:
                if line.period and line.period != period and "period" not in line.wrong:
                    blanks = {"header": self.table.column_at(number).title}
                    blanks |= {"period": period_name(period), "periods": list_names([line.period])}
                    group = self.table, number
                    self.log.fault_of_line(
                        line, "period_of_column", "period", once_per=group, **blanks
                    )

    # --- districts ---

    def _settle_district(self) -> None:
        """Give the rows the district of the titles and the sheet, or compare it with theirs."""
        codes_of_name = self._find_districts()
        if not codes_of_name:
            return
        # a name may be of two districts, and two names of one
        common = frozenset.intersection(*codes_of_name.values())
        own_names = {line.texts.get("district", "") for line in self.lines} - {""}
        if common and not own_names:
            # of two districts with one name, the communes tell which is meant
            name = places.name(min(common)) if len(common) == 1 else next(iter(codes_of_name))
            self._take_district(name)
            return
        title_codes = frozenset.union(*codes_of_name.values())
        row_codes = {code for name in own_names for code in _find_codes(name)}
        agrees = not common.isdisjoint(row_codes) if common else title_codes <= row_codes
        if not own_names or (row_codes and not agrees):
            names = map(places.name, sorted(title_codes | row_codes))
            self._refuse("district_differs", districts=", ".join(names))

    def _take_district(self, name: str) -> None:
        """Give the rows of places a district."""
        lines = [line for line in self.data if line.kind.kind == "data"]
        for line in lines:
            line.texts["district"] = name
        self._note_change("", name, "why_district", lines)

    def _find_districts(self) -> dict[str, frozenset[str]]:
        """Find the names of districts in the titles and the name of the sheet, with their codes."""
        sheet_name, of = self.sheet.name, self.vocabulary.study
        name = find_periods(tidy_bare(sheet_name), of.grain).remainder
        province = places.find_codes(pd.Series([name]), level="province").iloc[0]["code"]
        # a sheet is of the province also where a city has its name, or is numbered
        names = [] if province or name.isdigit() else [name]
        titles = [text.text for text in self._of_roles("title")]
        # where an office is, and where a letter was signed, is no district of the numbers
        titles = [title for title in titles if not PATTERNS["letterhead"].search(title)]
        types = of.country.written("district")
        if types:
            with_type = re.compile(rf"\b{any_of(types)} {any_of(self.vocabulary.districts)}\b")
            for text in (sheet_name, *titles):
                names += with_type.findall(tidy_bare(text))
        codes_of_name = {name: _find_codes(name) for name in names}
        return {name: codes for name, codes in codes_of_name.items() if codes}


def _find_codes(name: str) -> frozenset[str]:
    """Give the codes of the districts that a name may mean."""
    match = places.find_codes(pd.Series([name]), level="district").iloc[0]
    return frozenset({*match["candidates"], match["code"]} & set(places.compared().index))
