"""Write the workbook that a province hands out: a row for each commune, cells to fill in."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .. import indicators, places, study, words
from ..escaping import plain, workbook
from ..grid import letter

if TYPE_CHECKING:
    import pandas as pd


PLACE = ("code", "district", "commune", "year")
NUMBERS = ("teams", "members", "population", "households")
"""The columns that every year has; those of the measures follow."""


@dataclass(frozen=True)
class Column:
    """
    One column of a report.

    `field` is the name that programs use, `label` the header that people read. `need` says what
    an empty cell means: `"given"` (filled in already), `"report"` (no data), `"optional"`
    (something else is taken).
    """

    field: str
    label: str
    meaning: str
    unit: str
    empty: str
    need: Literal["given", "report", "optional"]


def numbers() -> list[str]:
    """List the columns that every year has: none of an exposure that the study does not ask for."""
    described = study.current().described
    needs = {"teams": "exposure.team", "members": "exposure"}
    return [field for field in NUMBERS if needs.get(field, "") in described]


def of_place() -> list[str]:
    """List the columns that say which unit a row is of: no district where there is one level."""
    return [field for field in PLACE if field != "district" or len(places.levels()) > 1]


def measures(year: int) -> list[str]:
    """List the measures that were taken in a year, in the order of the catalogue."""
    return [name for name in indicators.names() if year in indicators.years(name)]


def columns(year: int) -> list[Column]:
    """
    List the columns of a report of one year, in the order of the template.

    Raises
    ------
    LookupError
        If no measure of the catalogue was taken in that year.
    """
    names = measures(year)
    if not names:
        years = sorted({one for name in indicators.names() for one in indicators.years(name)})
        msg = (
            f"no measure of the catalogue was taken in {year}; it has the years "
            f"{', '.join(map(str, years))}. Add the year to the catalogue if one was."
        )
        raise LookupError(msg)
    place = [_fixed(field, "given") for field in of_place()]
    counted = [
        _fixed(field, "report" if field in {"teams", "members"} else "optional")
        for field in numbers()
    ]
    return [*place, *counted, *[column for name in names for column in of_measure(name, year)]]


def label(field: str) -> str:
    """
    Name a field as its header does in the language in use, whatever the year.

    Examples
    --------
    >>> label("members"), label("app_users.out_of")
    ('Số thành viên', 'Người dùng ứng dụng nền tảng số: trên tổng số')
    """
    name, _, part = field.partition(".")
    if not part:
        return words.term(f"template.{field}")
    of = indicators.measure_label(name) if name in indicators.names() else name
    return words.term(f"template.field_{part}", label=of)


def _fixed(field: str, need: Literal["given", "report", "optional"]) -> Column:
    texts = {part: words.term(f"template.{field}_{part}") for part in ("meaning", "unit")}
    empty = words.term(
        f"template.{field}_empty" if need == "optional" else f"template.{need}_empty"
    )
    return Column(
        field=field,
        label=words.term(f"template.{field}"),
        empty=empty,
        need=need,
        **texts,
    )


def of_measure(name: str, year: int) -> tuple[Column, Column]:
    """Give the two columns of a measure in a year: its count, and what that is out of."""
    one = indicators.get(name, year=year)
    of_residents = one.denominator == "residents"
    part = words.term("template.kind_" + one.kind)
    count = Column(
        field=f"{name}.count",
        label=words.term("template.count", counts=one.counts, when=one.when),
        meaning=words.term("template.count_meaning", counts=one.counts, when=one.when, kind=part),
        unit=words.term("template.count_unit"),
        empty=words.term("template.report_empty"),
        need="report",
    )
    of = "residents" if of_residents else "other"
    out_of = Column(
        field=f"{name}.out_of",
        label=words.term(f"template.out_of_{of}", out_of=one.out_of, label=one.label),
        meaning=words.term(f"template.out_of_{of}_meaning", out_of=one.out_of, counts=one.counts),
        unit=words.term("template.count_unit"),
        empty=words.term(f"template.out_of_{of}_empty"),
        need="optional" if of_residents else "report",
    )
    return count, out_of


FORM = 1
"""The version of the form; it changes when the columns do."""

# What a cell may hold: more people than any province has, so that a slip of the keyboard shows.
MOST = 99_999_999

# Excel cuts what is longer, XlsxWriter refuses it.
TITLE, PROMPT = 32, 255

_INK, _PAPER, _FILL, _OPTIONAL = "#17224d", "#e6ecf2", "#fff8d6", "#fdfbee"
_BORDER = "#9aa7b5"


def template(file: str | Path, *, year: int | None = None, language: str | None = None) -> Path:
    """
    Write an empty report: every commune has its row, only the cells to fill in can be changed.

    Parameters
    ----------
    file
        A new file whose name ends in `.xlsx`.
    year
        The year that is reported; the last of the catalogue if none is given.
    language
        `"vi"` or `"en"`; the one in use if none is given.

    Returns
    -------
    file
        Where it stands now.

    Raises
    ------
    FileExistsError
        If there is such a file already: a filled-in report is not written over.
    ValueError
        If the name does not end in `.xlsx`.
    LookupError
        If no measure of the catalogue was taken in that year.
    """
    target = Path(file)
    if target.suffix.lower() != ".xlsx":
        msg = f"{target.name!r} does not end in .xlsx; a template is a workbook of that kind."
        raise ValueError(msg)
    if target.exists():
        msg = f"{target} exists already and may be filled in. Choose another name, or move it away."
        raise FileExistsError(msg)
    if year is None:
        year = max(one for name in indicators.names() for one in indicators.years(name))
    with words.use(language or words.language()):
        _write(target, year)
    return target


def _write(target: Path, year: int) -> None:
    listed = columns(year)
    rows = _rows(year)
    content = io.BytesIO()
    with workbook(content, in_memory=True) as book:
        title = words.term(
            "template.title", place=places.name(places.province()["code"]), year=year
        )
        book.set_properties({"title": title, "author": "hganalysis", "company": ""})
        book.set_custom_property("hganalysis form", str(FORM))
        report = book.add_worksheet(words.term("template.sheet_report"))
        _report(book, report, listed, rows)
        report.set_header(f"&L&10{_no_codes(title)}&R&10{words.term('template.printed')}")
        report.set_footer(f"&L&8{_no_codes(_version())}&R&8&P / &N")
        _guide(book, listed, title)
    put(content, target)


def put(content: io.BytesIO, target: Path) -> None:
    """Write beside the target, then move: a full disk leaves no half of a workbook."""
    half = target.with_name(f".{target.stem}-{os.getpid()}{target.suffix}")
    try:
        with half.open("xb") as file:
            file.write(content.getbuffer())
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)


def _rows(year: int) -> pd.DataFrame:
    """Fill in what is known of each commune, district by district, in the order of the codes."""
    communes, districts = places.communes(), places.districts()
    name = words.column("name")
    known = communes.reset_index().assign(
        district=lambda table: table["district_code"].map(districts[name]),
        commune=lambda table: table[name],
        year=year,
    )
    return known.sort_values(["district_code", "code"])[of_place()]


def _version() -> str:
    from .. import __version__

    return words.term("template.version", form=FORM, version=__version__)


def _formats(book: Any) -> dict[str, Any]:  # noqa: ANN401  (XlsxWriter ships no types)
    base = {"font_name": "Arial", "font_size": 10, "valign": "vcenter", "quote_prefix": True}
    cell = {**base, "border": 1, "border_color": _BORDER}
    number = {**cell, "quote_prefix": False, "num_format": "#,##0", "locked": False}
    wrapped = {**cell, "text_wrap": True, "valign": "top"}
    head = {**cell, "bold": True, "text_wrap": True, "valign": "top"}
    return {
        "head": book.add_format({**head, "font_color": "#ffffff", "bg_color": _INK}),
        "field": book.add_format(
            {**cell, "font_size": 7, "font_color": "#5b6770", "bg_color": _PAPER}
        ),
        "given": book.add_format({**cell, "bg_color": _PAPER}),
        "year": book.add_format({**number, "num_format": "0", "bg_color": _PAPER, "locked": True}),
        "report": book.add_format({**number, "bg_color": _FILL}),
        "optional": book.add_format({**number, "bg_color": _OPTIONAL}),
        "title": book.add_format({**base, "bold": True, "font_size": 14, "font_color": _INK}),
        "text": book.add_format({**base, "text_wrap": True, "valign": "top"}),
        "wrapped": book.add_format(wrapped),
        "wrapped_report": book.add_format({**wrapped, "bg_color": _FILL}),
        "wrapped_optional": book.add_format({**wrapped, "bg_color": _OPTIONAL}),
        "wrapped_given": book.add_format({**wrapped, "bg_color": _PAPER}),
        "small": book.add_format({**base, "font_size": 8, "font_color": "#5b6770"}),
    }


def _report(book: Any, sheet: Any, listed: list[Column], rows: pd.DataFrame) -> None:  # noqa: ANN401
    look = _formats(book)
    last = len(rows) + 1
    for at, column in enumerate(listed):
        sheet.write_string(0, at, plain(column.label), look["head"])
        sheet.write_string(1, at, column.field, look["field"])
        sheet.set_column(at, at, _width(column, rows))
        if column.need != "given" and len(rows):
            sheet.data_validation(2, at, last, at, _rule(column))
    place = of_place()
    for at, field in enumerate(place):
        for row, value in enumerate(rows[field], start=2):
            if field == "year":
                sheet.write_number(row, at, value, look["year"])
            else:
                sheet.write_string(row, at, plain(value), look["given"])
    for at, column in enumerate(listed[len(place) :], start=len(place)):
        for row in range(2, last + 1):
            sheet.write_blank(row, at, None, look[column.need])
    sheet.set_row(0, 72)
    sheet.set_row(1, 14)
    sheet.freeze_panes(2, 3)
    # The arrows beside the field names let a district see its own rows only.
    sheet.autofilter(1, 0, last, len(listed) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:A{last + 1}"})
    allowed = ("autofilter", "format_columns", "format_rows", "select_locked_cells")
    sheet.protect("", dict.fromkeys(allowed, True))
    sheet.set_landscape()
    sheet.set_paper(9 if len(listed) <= 14 else 8)  # A4, or A3 where the columns are many
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 1)
    sheet.repeat_columns(0, 2)
    sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.6)
    sheet.print_area(0, 0, last, len(listed) - 1)


def _rule(column: Column) -> dict[str, object]:
    """Accept whole numbers only, and say what belongs into the cell when it is chosen."""
    return {
        "validate": "integer",
        "criteria": "between",
        "minimum": 0,
        "maximum": MOST,
        "input_title": plain(words.term("template.prompt_title"), longest=TITLE),
        "input_message": plain(
            words.term("template.prompt", meaning=column.meaning, empty=column.empty),
            longest=PROMPT,
        ),
        "error_title": plain(words.term("template.stop_title"), longest=TITLE),
        "error_message": plain(words.term("template.stop"), longest=PROMPT),
    }


def _width(column: Column, rows: pd.DataFrame) -> float:
    """Make a column as wide as its names, or as a header of six short lines needs."""
    if column.field in {"code", "year"}:
        return 8
    if column.field in PLACE:
        return min(40, max((len(str(name)) for name in rows[column.field]), default=20) + 2)
    return 14 if len(column.label) < 40 else 19


def _guide(book: Any, listed: list[Column], title: str) -> None:  # noqa: ANN401
    look = _formats(book)
    sheet = book.add_worksheet(words.term("template.sheet_guide"))
    widths = (9, 42, 52, 14, 46)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)
    sheet.write_string(0, 0, plain(title), look["title"])
    sheet.write_string(1, 0, _version(), look["small"])
    book.define_name("hganalysis_version", f"='{sheet.get_name()}'!$A$2")
    row = 3
    for step in range(1, 7):
        text = words.term(f"template.step_{step}")
        sheet.merge_range(row, 0, row, len(widths) - 1, text, look["text"])
        sheet.set_row(row, 15 * (1 + len(text) // 165))
        row += 1
    row += 1
    heads = ("column", "label", "meaning", "unit", "empty")
    for at, head in enumerate(heads):
        sheet.write_string(row, at, words.term(f"template.head_{head}"), look["head"])
    for number, column in enumerate(listed):
        row += 1
        texts = (
            letter(number + 1),
            column.label,
            column.meaning,
            column.unit,
            column.empty,
        )
        longest = max(len(text) / width for text, width in zip(texts, widths, strict=True))
        sheet.set_row(row, 15 * (1 + int(longest)))
        for at, text in enumerate(texts):
            sheet.write_string(row, at, plain(text), look[f"wrapped_{column.need}"])
    _finish(sheet)


def _finish(sheet: Any) -> None:  # noqa: ANN401
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _no_codes(text: str) -> str:
    """Keep an ampersand in a page header from being read as one of its codes."""
    return plain(text, longest=100).replace("&", "&&")
