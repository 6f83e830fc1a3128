"""All tables that were kept as one workbook, and all figures as one archive."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .. import escaping, figure, frames, words
from ..draw.picture import FIGURES, TABLES
from ..draw.table import UNITS, write_word
from ..figure import BLUE, QUIET, RED
from ..words.numbers import choose_decimals, keeps_side, unit_of

BOOK, ARCHIVE = "tables.xlsx", "figures.zip"

# Every entry of an archive has this time: the same content has the same bytes.
NO_TIME = (1980, 1, 1, 0, 0, 0)
CLOCK = re.compile(rb"\d{4}-\d\d-\d\dT[\d:]+Z")

# The strip of a sheet whose numbers are simulated.
STRIP = {"bold": True, "font_color": "#ffffff", "bg_color": RED}

# Letters that the name of a sheet has room for, and those that it may not have.
NAME = 31
FORBIDDEN = re.compile(r"[\[\]:*?/\\']")

# In letters: how wide a column is, and a sheet at least; a wider one than UPRIGHT is landscape.
NARROWEST, WIDEST, LEAST_WIDTH, UPRIGHT = 11, 50, 80, 110
A4 = 9

# In points.
LINE = 15

# Above a table are the strip, the title, the subtitle and the heads.
FIRST_ROW = 4

# The unit of a column, beside those of a readable table.
COLUMN_UNITS = {
    **UNITS,
    "rose": "",  # in a frame of somebody's own
    **dict.fromkeys(["lowest", "quarter", "three_quarters", "highest"], "share"),
    **dict.fromkeys(["low", "high", "doubt"], "share"),
    **dict.fromkeys(["low_pp", "high_pp"], "points"),
    **dict.fromkeys(["low_of_ratio", "high_of_ratio"], "ratio"),
    **dict.fromkeys(["urban_population", "rank_low", "rank_high"], "count"),
}


class BookCell(NamedTuple):
    """A number and how a spreadsheet shows it, or a text."""

    value: float | str | None
    pattern: str = "General"


class BookColumn(NamedTuple):
    """A column of a sheet."""

    head: str
    cells: list[BookCell]
    gap: str = ""
    """What a cell without a number means."""


class BookSheet(NamedTuple):
    """A table and the lines around it."""

    columns: list[BookColumn]
    title: str
    subtitle: str = ""
    banner: str = ""
    source: str = ""


def figure_records(out: Path) -> dict[str, dict[str, Any]]:
    """Read what was kept beside each figure: title, subtitle, source, banner, alt, table."""
    files = sorted((out / FIGURES).glob("*.json"))
    return {file.stem: json.loads(file.read_bytes()) for file in files}


def write_workbook(out: Path, *, simulated: Collection[str] = ()) -> None:
    """
    Move the tables of a build into one workbook: the contents, and a sheet for each table.

    Nothing is written where there is no table.

    Parameters
    ----------
    out
        The folder of the build.
    simulated
        The names of tables whose notebook read simulated numbers. They have the strip, unless
        their own rows or figure say another origin.
    """
    files = sorted((out / TABLES).glob("*.csv"))
    records = figure_records(out)
    if not files:
        return
    names = name_sheets([file.stem for file in files])
    sheets = {
        names[file.stem]: _read_sheet(file, records.get(file.stem, {}), simulated) for file in files
    }
    content = io.BytesIO()
    with escaping.create_workbook(content, in_memory=True) as book:
        link = book.add_format({"font_color": BLUE, "underline": 1, "valign": "top"})
        contents = _write_sheet(book, words.term("book.contents"), _list_contents(sheets))
        for row, (name, sheet) in enumerate(sheets.items(), FIRST_ROW):
            contents.write_url(row, 0, f"internal:'{name}'!A1", link, name)
            _write_sheet(book, name, sheet)
    shutil.rmtree(out / TABLES)
    (out / BOOK).write_bytes(timeless(content.getvalue()))


def name_sheets(tables: Sequence[str]) -> dict[str, str]:
    """
    Name the sheet of each table, in the language in use.

    A table that has no name there keeps its own, shortened where a sheet has no room for it.

    Examples
    --------
    >>> name_sheets(["where", "my-table"])
    {'where': 'Mức của từng nơi', 'my-table': 'my-table'}
    """
    names: dict[str, str] = {}
    taken = {words.term("book.contents").casefold()}
    for number, table in enumerate(tables):
        text = FORBIDDEN.sub(" ", _find_text([f"sheets.{table}"], table))
        if len(text) > NAME or text.casefold() in taken:
            text = f"{table[: NAME - 4]}-{number}"
        names[table] = text
        taken.add(text.casefold())
    return names


def _list_contents(sheets: Mapping[str, BookSheet]) -> BookSheet:
    """List what each sheet shows, and whether its numbers are simulated."""
    columns = {
        "sheet": [*sheets],
        "shows": [sheet.title for sheet in sheets.values()],
        "measure": [sheet.subtitle for sheet in sheets.values()],
        "warning": [sheet.banner for sheet in sheets.values()],
    }
    book_columns = []
    for name, texts in columns.items():
        cells = [*map(BookCell, texts)]
        book_columns.append(BookColumn(words.term(f"book.{name}"), cells))
    return BookSheet(
        book_columns,
        words.term("book.contents"),
        # of a study of real counts, the line of a simulated sheet is marked, and not all of them
        banner=figure.banner(figure.worst_origin(frames.reports())),
    )


def _read_sheet(file: Path, record: Mapping[str, Any], simulated: Collection[str]) -> BookSheet:
    """Read a table back, with what was kept beside it of its figure."""
    table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    table = table.map(escaping.from_csv_text).rename(columns=escaping.from_csv_text)
    table = table.map(escaping.lines).rename(columns=escaping.lines)
    columns = [column for column in _list_columns(table, record) if column.head]
    gaps = "; ".join(dict.fromkeys(column.gap for column in columns if column.gap))
    if not record:
        origin = "simulated" if file.stem in simulated else ""
        if "origin" in table and len(table):
            origin = figure.worst_origin(table)
        source = figure.credit(origin) if origin else ""
        if "indicator" in table and "origin" in table and len(table):
            source = figure.credit_all(table)
        record = {
            "title": _find_text([f"book_heads.{file.stem}"], file.stem),
            "banner": figure.banner(origin),
            "source": source,
        }
    fields = {**record, "subtitle": record.get("caption", "")}
    _, *names = BookSheet._fields
    texts = {name: escaping.lines(fields.get(name, "")) for name in names}
    if gaps:
        texts["source"] += words.term("book.gap", meaning=gaps)
    return BookSheet(columns, **texts)


def _list_columns(table: pd.DataFrame, record: Mapping[str, Any]) -> Iterator[BookColumn]:
    """List the columns of a picture under its own heads, or those of an answer or a frame."""
    heads_of_picture = [str(head) for head in record.get("table", {}).get("columns", ())]
    if [*table] != heads_of_picture:
        measure = record.get("measure", {})
        for name in table.columns[table.any()]:
            yield _read_numbers(name, table, measure)
        return
    for head, texts in table.items():
        if head in record["numbers"]:
            yield from _list_numbers(str(head), record["numbers"][head], texts)
        else:
            yield BookColumn(str(head), [*map(BookCell, texts)])


def _find_text(keys: Sequence[str], name: str) -> str:
    """Give the text of the first key that there is; else the name, as it is."""
    texts = [words.strings()[key][words.language()] for key in keys if key in words.strings()]
    return [*texts, name][0]


def _list_numbers(head: str, record: Mapping[str, Any], texts: pd.Series) -> list[BookColumn]:
    """List the numbers of a column of a picture; of an interval its ends, a column each."""
    columns = []
    for name, values in record["columns"].items():
        cells, gap = _tell_reasons(values, texts, record["unit"])
        text_of_head = head
        if record["unit"] != "share":  # whose unit stands in each cell
            text_of_head += words.with_unit(record["unit"])
        if name != "value":
            text_of_head = words.term(f"book.{name}", head=text_of_head)
        columns.append(BookColumn(text_of_head, cells, gap))
    return columns


def _tell_reasons(
    values: Sequence[float | None], texts: pd.Series, unit: str
) -> tuple[list[BookCell], str]:
    """Show numbers; the only reason for none is told below a sheet, of several each in its cell."""
    is_missing = pd.Series([value is None for value in values], texts.index)
    is_reason = is_missing & texts.str.contains(r"[^–; ]")
    reasons = texts[is_reason].unique()
    marks = texts.str.extract(r"(\*?)$")[0].str.replace("*", '"*"')
    cells = [*map(partial(_show_number, unit=unit), values, marks)]
    if len(reasons) < 2:
        return cells, "".join(reasons)
    pairs = zip(texts.where(is_reason, ""), cells, strict=True)
    return [BookCell(reason) if reason else cell for reason, cell in pairs], ""


def _show_number(value: float | None, mark: str = "", *, unit: str) -> BookCell:
    """Show a number in its unit, with more decimals where it would look like nothing, or all."""
    if value is None or pd.isna(value):
        return BookCell(None)
    shown_as = unit_of(unit)
    if np.isinf(value):
        return BookCell("∞" if value > 0 else "−∞")
    decimals = choose_decimals(unit, lambda n: keeps_side(value, n, shown_as, unit))
    if unit == "share":
        return BookCell(value, _write_pattern(decimals, f" %{mark}"))
    pattern = _write_pattern(decimals, mark, is_signed=shown_as.signed)
    return BookCell(value * shown_as.factor, pattern)


def _write_pattern(decimals: int, suffix: str = "", *, is_signed: bool = False) -> str:
    """Write the format of a number for a spreadsheet, which has decimal points everywhere."""
    pattern = "#,##0"
    if decimals:
        pattern += "." + "0" * decimals
    pattern += suffix
    return f"+{pattern};-{pattern};{pattern}" if is_signed else pattern


def _read_numbers(name: str, table: pd.DataFrame, measure: Mapping[str, str]) -> BookColumn:
    """Read a column of an answer or of a frame, in its unit and under its head in words."""
    keys = [f"book_heads.{name}", f"heads.{name}"]
    unit = COLUMN_UNITS.get(name, "")
    if "rate_ratio" in table:
        keys.insert(0, f"book_heads.{name}_of_ratio")
        unit = COLUMN_UNITS.get(f"{name}_of_ratio", unit)
    if "small" in table:
        keys.insert(0, f"book_heads.{name}_of_place")
    head = measure.get(name, _find_text(keys, name).removesuffix(" ()"))
    texts = table[name].replace("", None)
    is_code = name.endswith("code") or texts.str.match(r"0\d").any()
    numbers = pd.to_numeric(texts, errors="coerce")
    if is_code or not numbers.notna().equals(texts.notna()):
        # an empty cell is the word "neither" where words are expected, and elsewhere no value
        cells = table[name] if unit == "word" else texts
        write = _write_origin if name == "origin" else write_word
        return BookColumn(head, [*map(BookCell, cells.map(write, na_action="ignore"))])

    unit = measure.get(f"{unit}_unit", unit)
    if unit == "share" and numbers.max() > 1:  # of a frame whose shares are no shares
        unit = ""
    if unit:
        if unit != "share":
            head += words.with_unit(unit)
        return BookColumn(head, [_show_number(number, unit=unit) for number in numbers])

    pattern = "0"
    if not (numbers.dropna() % 1 == 0).all():  # a small number must not look like nothing
        pattern = _write_pattern(4 if numbers.abs().min() < 0.01 else 2)
    cells = numbers.astype(object).replace(np.inf, "∞")
    return BookColumn(head, [BookCell(cell, pattern) for cell in cells])


def _write_origin(origin: str) -> str:
    """Write the origin of a row in words; of a frame it may be any text."""
    return _find_text([f"cells.{origin}"], origin)


def _write_sheet(book: Any, name: str, content: BookSheet) -> Any:  # noqa: ANN401
    """Write a table below its strip, title and subtitle, and above its source; a page wide."""
    sheet = book.add_worksheet(name)
    wrap = {"text_wrap": True, "valign": "top"}
    bold = book.add_format({**wrap, "bold": True})
    widths = []
    for number, column in enumerate(content.columns):
        texts = [cell.value for cell in column.cells if isinstance(cell.value, str)]
        widths.append(min(max([NARROWEST, *map(len, texts)]), WIDEST))
        sheet.set_column(number, number, widths[-1])
        sheet.write_string(FIRST_ROW - 1, number, column.head, bold)
        for row, cell in enumerate(column.cells, FIRST_ROW):
            if pd.notna(cell.value):
                look = book.add_format({**wrap, "num_format": cell.pattern})
                sheet.write(row, number, cell.value, look)

    # the lines around a narrow table run over empty columns beside it
    while sum(widths) < LEAST_WIDTH:
        widths.append(NARROWEST)
    last = len(widths) - 1
    width = sum(widths)
    sheet.set_column(len(content.columns), last + 1, NARROWEST)
    quiet = book.add_format({**wrap, "font_color": QUIET})
    strip = book.add_format(STRIP if content.banner else {})
    lines = {0: (content.banner, strip), 1: (content.title, bold), 2: (content.subtitle, quiet)}
    n_rows = len(content.columns[0].cells)
    lines[FIRST_ROW + n_rows] = content.source, quiet
    for row, (text, look) in lines.items():
        sheet.merge_range(row, 0, row, last, text, look)
        sheet.set_row(row, LINE * (1 + len(text) // width))

    sheet.freeze_panes(FIRST_ROW, 0)
    sheet.autofilter(FIRST_ROW - 1, 0, FIRST_ROW + n_rows - 1, len(content.columns) - 1)
    sheet.repeat_rows(0, FIRST_ROW - 1)  # each printed page has the strip, the title and the heads
    sheet.set_paper(A4)
    sheet.fit_to_pages(1, 0)
    if width > UPRIGHT:
        sheet.set_landscape()
    return sheet


def archive(out: Path) -> None:
    """Pack the figures of a build into one archive; none where there is none."""
    files = sorted({*(out / FIGURES).glob("*-*.*g")} - {*(out / FIGURES).glob("thumb-*")})
    if not files:
        return
    with zipfile.ZipFile(out / ARCHIVE, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files:
            _add(packed, f"{FIGURES}/{file.name}", file.read_bytes())


def timeless(content: bytes) -> bytes:
    """Write an archive anew without the time at which it was written, those within it too."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            inner = old.read(name)
            if name == "docProps/core.xml":
                inner = CLOCK.sub(b"1980-01-01T00:00:00Z", inner)
            _add(new, name, timeless(inner) if name.endswith(".xlsx") else inner)
    return packed.getvalue()


def _add(packed: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=NO_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    packed.writestr(entry, content)
