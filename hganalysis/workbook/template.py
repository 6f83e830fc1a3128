"""Write the workbook that a province hands out, with cells to fill in."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from .. import indicators, places, study, words
from ..escaping import create_workbook, plain
from ..grid import letter
from ..periods import order_periods, read_period

if TYPE_CHECKING:
    import pandas as pd

    from ..periods import Grain, PeriodKey
    from ..study import Study


Need = Literal["given", "report", "optional"]
PLACE = ("code", "district", "commune", "period")
NUMBERS = ("teams", "members", "population", "households")
"""The columns that every period has; those of the measures follow."""


@dataclass(frozen=True)
class FormColumn:
    """
    One column of a report.

    Attributes
    ----------
    field
        The name that programs use.
    label
        The header that people read.
    need
        What an empty cell means: `"given"` (filled in already), `"report"` (no data),
        `"optional"` (another number is taken).
    """

    field: str
    label: str
    meaning: str
    unit: str
    empty: str
    need: Need


def number_fields() -> list[str]:
    """List the columns of every period, without exposures and residents that nothing asks for."""
    described = study.current().described
    needs = {"teams": "exposure.team", "members": "exposure"}
    if places.units()["population"].isna().all():
        needs |= {"population": "exposure", "households": "exposure"}
    return [field for field in NUMBERS if needs.get(field, "") in described]


def place_fields() -> list[str]:
    """List the columns of places; with one level there is no district."""
    return [field for field in PLACE if field != "district" or len(places.levels()) > 1]


def measured_periods() -> tuple[PeriodKey, ...]:
    """List the periods in which any measure of the catalogue was taken."""
    return _measured_periods(study.current())


@study.once_each  # every fault names one as an example
def _measured_periods(_in_use: Study) -> tuple[PeriodKey, ...]:
    names = indicators.names()
    return tuple(order_periods(period for name in names for period in indicators.periods(name)))


def form_columns(period: PeriodKey) -> list[FormColumn]:
    """
    List the columns of a report of one period, in the order of the template.

    Raises
    ------
    LookupError
        If no measure of the catalogue was taken in that period.
    """
    names = [name for name in indicators.names() if period in indicators.periods(name)]
    if not names:
        listed = ", ".join(map(str, measured_periods()))
        blanks = {"period": period, "periods": listed}
        raise LookupError(words.term("workbook_errors.no_measure", **blanks))
    columns = [_column(field, field, "given") for field in place_fields()]
    for field in number_fields():
        need: Need = "report" if field in {"teams", "members"} else "optional"
        columns.append(_column(field, field, need))
    for name in names:
        columns += measure_columns(name, period)
    return columns


def field_label(field: str) -> str:
    """
    Name a field as its header does in the language in use, whatever the period.

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
    """Compose a column from the texts of a key, or those that all columns share."""
    texts = words.strings()

    def text(own_key: str, shared_key: str) -> str:
        name = f"template.{own_key}"
        return words.term(name if name in texts else f"template.{shared_key}", **blanks)

    return FormColumn(
        field=field,
        label=words.term(f"template.{key}", **blanks),
        meaning=words.term(f"template.{key}_meaning", **blanks),
        unit=text(f"{key}_unit", "count_unit"),
        empty=text(f"{key}_empty", f"{need}_empty"),
        need=need,
    )


def measure_columns(name: str, period: PeriodKey) -> tuple[FormColumn, FormColumn]:
    """Give the two columns of a measure in a period: its count, and its denominator."""
    measure = indicators.get(name, period=period)
    blanks = {
        "counts": measure.counts,
        "when": measure.when,
        "out_of": measure.out_of,
        "label": measure.label,
        "kind": words.term(f"template.kind_{measure.kind}"),
    }
    count = _column(f"{name}.count", "count", "report", **blanks)
    if measure.denominator == "residents":
        return count, _column(f"{name}.out_of", "out_of_residents", "optional", **blanks)
    return count, _column(f"{name}.out_of", "out_of_other", "report", **blanks)


FORM = 1
"""The version of the form; it changes when the columns do."""

# Of the office that fills in the form.
N_STEPS = 6

# The largest number of a cell: more people than any province has, so that a slip shows.
LARGEST = 99_999_999

# Letters: Excel cuts longer texts, XlsxWriter refuses them.
TITLE_LENGTH, PROMPT_LENGTH = 32, 255

_WIDTHS = {"code": 8, "district": 24, "commune": 24, "year": 8}
_INK, _PAPER, _BORDER = "#17224d", "#e6ecf2", "#9aa7b5"
_COLOURS = {"given": _PAPER, "report": "#fff8d6", "optional": "#fdfbee"}


def template(
    file: str | Path, *, period: PeriodKey | None = None, language: str | None = None
) -> Path:
    """
    Write an empty report, in which only the cells to fill in can change.

    Parameters
    ----------
    file
        A new file whose name ends in `.xlsx`.
    period
        The period that is reported; the last of the catalogue if none is given.
    language
        `"vi"` or `"en"`; the one in use if none is given.

    Returns
    -------
    file
        The file that was written.

    Raises
    ------
    FileExistsError
        If there is such a file already: a filled-in report is not written over.
    ValueError
        If the name does not end in `.xlsx`.
    LookupError
        If no measure of the catalogue was taken in that period.

    Examples
    --------
    >>> import tempfile
    >>> import hganalysis as hg
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     form = hg.workbook.template(f"{folder}/form.xlsx", period=2023)
    ...     form.name
    'form.xlsx'
    """
    target = Path(file)
    if target.suffix.lower() != ".xlsx":
        raise ValueError(
            words.term("workbook_errors.form_suffix", file=target.name, stem=target.stem)
        )
    if target.exists():
        raise FileExistsError(words.term("workbook_errors.form_exists", file=target))
    grain = study.current().grain
    with words.use(language or words.language()):
        _write(target, grain, measured_periods()[-1] if period is None else read_period(period).key)
    return target


def _write(target: Path, grain: Grain, period: PeriodKey) -> None:
    """Write the report and the guide, in the language in use."""
    columns = form_columns(period)
    rows = _rows(period)
    content = io.BytesIO()
    with create_workbook(content, in_memory=True) as book:
        place = places.name(places.province()["code"])
        title = words.term("template.title", place=place, period=words.period(period))
        book.set_properties({"title": title, "author": "hganalysis", "company": ""})
        formats = _formats(book)
        report = book.add_worksheet(words.term("template.sheet_report"))
        _write_report(report, formats, grain, columns, rows)
        # an ampersand in a page header would be read as one of its codes
        head = plain(title, longest=100).replace("&", "&&")
        report.set_header(f"&L&10{head}&R&10{words.term('template.printed')}")
        report.set_footer(f"&L&8{_version()}&R&8&P / &N")
        guide = book.add_worksheet(words.term("template.sheet_guide"))
        _write_guide(guide, formats, columns, title)
    write_file(content, target)


def write_file(content: io.BytesIO, target: Path) -> None:
    """Write beside the target, then move: a full disk leaves no half of a workbook."""
    unfinished = target.with_name(f".{target.stem}-{os.getpid()}{target.suffix}")
    try:
        with unfinished.open("xb") as file:
            file.write(content.getbuffer())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _rows(period: PeriodKey) -> pd.DataFrame:
    """List the communes, district by district, in the order of the codes."""
    name = words.column("name")
    communes = places.units().reset_index()
    district = communes["compared_code"].map(places.compared()[name])
    # a spreadsheet would make a day of 2025-07, and of "quý III/2025" nothing
    written = period if isinstance(period, int) else words.short_period(period)
    rows = communes.assign(district=district, commune=communes[name], period=written)
    return rows.sort_values(["compared_code", "code"])[place_fields()]


def _version() -> str:
    """Name the version of the form and of the package."""
    from .. import __version__

    return words.term("template.version", form=FORM, version=__version__)


def _formats(book: Any) -> dict[str, Any]:  # noqa: ANN401  (XlsxWriter ships no types)
    """Add the formats of cells, by name; those of columns have its need."""
    base = {"font_name": "Arial", "font_size": 10, "valign": "vcenter", "quote_prefix": True}
    cell = {**base, "border": 1, "border_color": _BORDER}
    number = {**cell, "quote_prefix": False, "num_format": "#,##0", "locked": False}
    wrapped = {**cell, "text_wrap": True, "valign": "top"}
    grey = {"font_color": "#5b6770"}
    formats = {
        "head": {**wrapped, "bold": True, "font_color": "#ffffff", "bg_color": _INK},
        "field": {**cell, **grey, "font_size": 7, "bg_color": _PAPER},
        "year": {**number, "num_format": "0", "bg_color": _PAPER, "locked": True},
        "title": {**base, "bold": True, "font_size": 14, "font_color": _INK},
        "text": {**base, "text_wrap": True, "valign": "top"},
        "small": {**base, **grey, "font_size": 8},
    }
    for need, colour in _COLOURS.items():
        form = cell if need == "given" else number
        formats[need] = {**form, "bg_color": colour}
        formats[f"wrapped_{need}"] = {**wrapped, "bg_color": colour}
    return {name: book.add_format(properties) for name, properties in formats.items()}


def _write_report(
    sheet: Any,  # noqa: ANN401
    formats: dict[str, Any],
    grain: Grain,
    columns: list[FormColumn],
    rows: pd.DataFrame,
) -> None:
    """Write the sheet to fill in: headers, and a row for each commune."""
    last = len(rows) + 1
    for number, column in enumerate(columns):
        is_given = column.need == "given"
        sheet.write_string(0, number, plain(column.label), formats["head"])
        sheet.write_string(1, number, column.field, formats["field"])
        # a year is a number; a quarter is a text
        is_year = column.field == "period" and grain == "year"
        look = "year" if is_year else column.field
        sheet.set_column(number, number, _WIDTHS.get(look, 16))
        if len(rows) and not is_given:
            sheet.data_validation(2, number, last, number, _validation(column))
        values = rows[column.field] if is_given else [None] * len(rows)
        cells = [plain(value) if isinstance(value, str) else value for value in values]
        sheet.write_column(2, number, cells, formats.get(look, formats[column.need]))
    sheet.set_row(0, 72)
    sheet.set_row(1, 14)
    sheet.freeze_panes(2, 3)
    # The arrows beside the field names let a district see its own rows only.
    sheet.autofilter(1, 0, last, len(columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:A{last + 1}"})
    allowed = ("autofilter", "format_columns", "format_rows", "select_locked_cells")
    sheet.protect("", dict.fromkeys(allowed, True))
    sheet.set_landscape()
    sheet.set_paper(9 if len(columns) <= 14 else 8)  # A4, or A3 where the columns are many
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 1)
    sheet.repeat_columns(0, 2)


def _validation(column: FormColumn) -> dict[str, object]:
    """Accept whole numbers only, and say what belongs into the cell when it is chosen."""
    prompt = words.term("template.prompt", meaning=column.meaning, empty=column.empty)
    return {
        "validate": "integer",
        "criteria": "between",
        "minimum": 0,
        "maximum": LARGEST,
        "input_title": plain(words.term("template.prompt_title"), longest=TITLE_LENGTH),
        "input_message": plain(prompt, longest=PROMPT_LENGTH),
        "error_title": plain(words.term("template.stop_title"), longest=TITLE_LENGTH),
        "error_message": plain(words.term("template.stop"), longest=PROMPT_LENGTH),
    }


def _write_guide(
    sheet: Any,  # noqa: ANN401
    formats: dict[str, Any],
    columns: list[FormColumn],
    title: str,
) -> None:
    """Write the sheet that explains the form: steps, and a row for each column."""
    widths = (9, 42, 52, 14, 46)
    for number, width in enumerate(widths):
        sheet.set_column(number, number, width)
    sheet.write_string(0, 0, plain(title), formats["title"])
    sheet.write_string(1, 0, _version(), formats["small"])
    # the last line is not for the office that fills in the form
    keys = [*(f"step_{number}" for number in range(1, N_STEPS + 1)), "receiver"]
    for row, key in enumerate(keys, start=3):
        text = words.term(f"template.{key}")
        sheet.merge_range(row, 0, row, len(widths) - 1, text, formats["text"])
        sheet.set_row(row, 15 * (1 + len(text) // 165))
    head_row = 3 + len(keys) + 1
    for number, head in enumerate(("column", "label", "meaning", "unit", "empty")):
        sheet.write_string(head_row, number, words.term(f"template.head_{head}"), formats["head"])
    for number, column in enumerate(columns, start=1):
        texts = (letter(number), column.label, column.meaning, column.unit, column.empty)
        sheet.write_row(head_row + number, 0, map(plain, texts), formats[f"wrapped_{column.need}"])
    sheet.protect("", {"format_columns": True, "format_rows": True})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
