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


Need = Literal["given", "report", "optional"]
PLACE = ("code", "district", "commune", "year")
NUMBERS = ("teams", "members", "population", "households")
"""The columns that every year has; those of the measures follow."""


@dataclass(frozen=True)
class FormColumn:
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
    need: Need


def number_fields() -> list[str]:
    """List the columns that every year has: none of an exposure that the study does not ask for."""
    described = study.current().described
    needs = {"teams": "exposure.team", "members": "exposure"}
    return [field for field in NUMBERS if needs.get(field, "") in described]


def place_fields() -> list[str]:
    """List the columns that say which unit a row is of: no district where there is one level."""
    return [field for field in PLACE if field != "district" or len(places.levels()) > 1]


def form_columns(year: int) -> list[FormColumn]:
    """
    List the columns of a report of one year, in the order of the template.

    Raises
    ------
    LookupError
        If no measure of the catalogue was taken in that year.
    """
    taken = {name: indicators.years(name) for name in indicators.names()}
    names = [name for name, years in taken.items() if year in years]
    if not names:
        years = sorted({one for years in taken.values() for one in years})
        msg = (
            f"no measure of the catalogue was taken in {year}; it has the years "
            f"{', '.join(map(str, years))}. Add the year to the catalogue if one was."
        )
        raise LookupError(msg)
    place = [_column(field, field, "given") for field in place_fields()]
    counted = [
        _column(field, field, "report" if field in {"teams", "members"} else "optional")
        for field in number_fields()
    ]
    return [*place, *counted, *[column for name in names for column in measure_columns(name, year)]]


def field_label(field: str) -> str:
    """
    Name a field as its header does in the language in use, whatever the year.

    Examples
    --------
    >>> field_label("members"), field_label("app_users.out_of")
    ('Số thành viên', 'Người dùng ứng dụng nền tảng số: trên tổng số')
    """
    name, _, part = field.partition(".")
    if not part:
        return words.term(f"template.{field}")
    return words.term(f"template.field_{part}", label=indicators.measure_label(name))


def _column(field: str, key: str, need: Need, **blanks: object) -> FormColumn:
    others = {f"{key}_unit": "count_unit", f"{key}_empty": f"{need}_empty"}
    label, meaning, unit, empty = (
        words.term(f"template.{one if f'template.{one}' in words.strings() else other}", **blanks)
        for one, other in {key: key, f"{key}_meaning": "", **others}.items()
    )
    return FormColumn(field, label, meaning, unit, empty, need)


def measure_columns(name: str, year: int) -> tuple[FormColumn, FormColumn]:
    """Give the two columns of a measure in a year: its count, and what that is out of."""
    one = indicators.get(name, year=year)
    blanks = {"counts": one.counts, "when": one.when, "out_of": one.out_of, "label": one.label}
    blanks["kind"] = words.term("template.kind_" + one.kind)
    count = _column(f"{name}.count", "count", "report", **blanks)
    if one.denominator == "residents":
        return count, _column(f"{name}.out_of", "out_of_residents", "optional", **blanks)
    return count, _column(f"{name}.out_of", "out_of_other", "report", **blanks)


FORM = 1
"""The version of the form; it changes when the columns do."""

# What a cell may hold: more people than any province has, so that a slip of the keyboard shows.
MOST = 99_999_999

# Excel cuts what is longer, XlsxWriter refuses it.
TITLE, PROMPT = 32, 255

_WIDTHS = {"code": 8, "district": 24, "commune": 24, "year": 8}
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
    listed, rows = form_columns(year), _rows(year)
    content = io.BytesIO()
    with workbook(content, in_memory=True) as book:
        place = places.name(places.province()["code"])
        title = words.term("template.title", place=place, year=year)
        book.set_properties({"title": title, "author": "hganalysis", "company": ""})
        look = _formats(book)
        report = book.add_worksheet(words.term("template.sheet_report"))
        _report(report, look, listed, rows)
        # an ampersand in a page header would be read as one of its codes
        head = plain(title, longest=100).replace("&", "&&")
        report.set_header(f"&L&10{head}&R&10{words.term('template.printed')}")
        report.set_footer(f"&L&8{_version()}&R&8&P / &N")
        _guide(book.add_worksheet(words.term("template.sheet_guide")), look, listed, title)
    write_file(content, target)


def write_file(content: io.BytesIO, target: Path) -> None:
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
    name, known = words.column("name"), places.communes().reset_index()
    district = known["district_code"].map(places.districts()[name])
    known = known.assign(district=district, commune=known[name], year=year)
    return known.sort_values(["district_code", "code"])[place_fields()]


def _version() -> str:
    from .. import __version__

    return words.term("template.version", form=FORM, version=__version__)


def _formats(book: Any) -> dict[str, Any]:  # noqa: ANN401  (XlsxWriter ships no types)
    base = {"font_name": "Arial", "font_size": 10, "valign": "vcenter", "quote_prefix": True}
    cell = {**base, "border": 1, "border_color": _BORDER}
    number = {**cell, "quote_prefix": False, "num_format": "#,##0", "locked": False}
    wrapped = {**cell, "text_wrap": True, "valign": "top"}
    paper = {"given": _PAPER, "report": _FILL, "optional": _OPTIONAL}
    grey = {"font_color": "#5b6770"}
    looks = {
        "head": {**wrapped, "bold": True, "font_color": "#ffffff", "bg_color": _INK},
        "field": {**cell, **grey, "font_size": 7, "bg_color": _PAPER},
        "year": {**number, "num_format": "0", "bg_color": _PAPER, "locked": True},
        "title": {**base, "bold": True, "font_size": 14, "font_color": _INK},
        "text": {**base, "text_wrap": True, "valign": "top"},
        "small": {**base, **grey, "font_size": 8},
    }
    for need, colour in paper.items():
        looks[need] = {**(cell if need == "given" else number), "bg_color": colour}
        looks[f"wrapped_{need}"] = {**wrapped, "bg_color": colour}
    return {name: book.add_format(look) for name, look in looks.items()}


def _report(sheet: Any, look: dict[str, Any], listed: list[FormColumn], rows: pd.DataFrame) -> None:  # noqa: ANN401
    last = len(rows) + 1
    for at, column in enumerate(listed):
        sheet.write_string(0, at, plain(column.label), look["head"])
        sheet.write_string(1, at, column.field, look["field"])
        sheet.set_column(at, at, _WIDTHS.get(column.field, 16))
        if column.need != "given" and len(rows):
            sheet.data_validation(2, at, last, at, _rule(column))
        given = rows[column.field] if column.need == "given" else [None] * len(rows)
        cells = [plain(one) if isinstance(one, str) else one for one in given]
        sheet.write_column(2, at, cells, look["year" if column.field == "year" else column.need])
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


def _rule(column: FormColumn) -> dict[str, object]:
    """Accept whole numbers only, and say what belongs into the cell when it is chosen."""
    prompt = words.term("template.prompt", meaning=column.meaning, empty=column.empty)
    rule = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": MOST}
    return rule | {
        "input_title": plain(words.term("template.prompt_title"), longest=TITLE),
        "input_message": plain(prompt, longest=PROMPT),
        "error_title": plain(words.term("template.stop_title"), longest=TITLE),
        "error_message": plain(words.term("template.stop"), longest=PROMPT),
    }


def _guide(sheet: Any, look: dict[str, Any], listed: list[FormColumn], title: str) -> None:  # noqa: ANN401
    widths = (9, 42, 52, 14, 46)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)
    sheet.write_string(0, 0, plain(title), look["title"])
    sheet.write_string(1, 0, _version(), look["small"])
    for row in range(3, 9):
        text = words.term(f"template.step_{row - 2}")
        sheet.merge_range(row, 0, row, len(widths) - 1, text, look["text"])
        sheet.set_row(row, 15 * (1 + len(text) // 165))
    for at, head in enumerate(("column", "label", "meaning", "unit", "empty")):
        sheet.write_string(10, at, words.term(f"template.head_{head}"), look["head"])
    for number, column in enumerate(listed, start=1):
        texts = (letter(number), column.label, column.meaning, column.unit, column.empty)
        sheet.write_row(10 + number, 0, map(plain, texts), look[f"wrapped_{column.need}"])
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
