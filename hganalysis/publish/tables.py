"""All tables that were kept as one workbook, and all figures as one archive."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from .. import escaping, figure
from ..draw.picture import FIGURES, TABLES
from ..figure import QUIET, RED

BOOK, ARCHIVE = "tables.xlsx", "figures.zip"

# Every entry of an archive has this time: the same content has the same bytes.
NO_TIME = (1980, 1, 1, 0, 0, 0)
CLOCK = re.compile(rb"\d{4}-\d\d-\d\dT[\d:]+Z")

# The strip of a sheet whose numbers are simulated.
STRIP = {"bold": True, "font_color": "#ffffff", "bg_color": RED}

# Letters that the name of a sheet has room for.
NAME = 31


def figure_records(out: Path) -> dict[str, dict[str, Any]]:
    """Read what was kept beside each figure: title, subtitle, source, banner, alt, table."""
    files = sorted((out / FIGURES).glob("*.json"))
    return {file.stem: json.loads(file.read_bytes()) for file in files}


def write_workbook(out: Path, *, simulated: Collection[str] = ()) -> None:
    """
    Move the tables of a build into one workbook, a sheet for each; none where there is none.

    Parameters
    ----------
    out
        The folder of the build.
    simulated
        The names of tables whose notebook read simulated numbers. They have the strip, unless
        their own rows or figure say another origin.
    """
    files, records = sorted((out / TABLES).glob("*.csv")), figure_records(out)
    if not files:
        return
    content = io.BytesIO()
    # as `escaping.create_workbook` has it: a text stays a text
    engine_options = {"options": {**escaping.WORKBOOK, "in_memory": True}}
    with pd.ExcelWriter(content, engine="xlsxwriter", engine_kwargs=engine_options) as book:
        for file in files:
            name = file.stem[:NAME]
            if name in book.sheets:
                number = f"-{len(book.sheets)}"
                name = name[: NAME - len(number)] + number
            record = records.get(file.stem, {})
            table = _read(file, record.get("table", {}))
            if record:
                banner = record["banner"]
            elif "origin" in table and len(table):
                banner = figure.banner(figure.worst_origin(table))
            else:
                banner = figure.banner("simulated" if file.stem in simulated else "")
            _sheet(book, name, table, record, banner=banner)
    shutil.rmtree(out / TABLES)
    (out / BOOK).write_bytes(timeless(content.getvalue()))


def _read(file: Path, shown: Mapping[str, Any]) -> pd.DataFrame:
    """Read a table back: that of a picture as texts, of another the columns of numbers as such."""
    table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    table = table.map(escaping.from_csv_text).rename(columns=escaping.from_csv_text)
    texts_of_picture = [str(column) for column in shown.get("columns", ())]
    for name in table.columns.difference(texts_of_picture):
        texts = table[name].replace("", None)
        is_code = str(name).endswith("code") or texts.str.match(r"0\d").any()
        numbers = pd.to_numeric(texts, errors="coerce")
        all_are_numbers = texts.notna().any() and numbers.notna().equals(texts.notna())
        if all_are_numbers and not is_code:
            table[name] = numbers
    return table


def _sheet(
    book: pd.ExcelWriter, name: str, table: pd.DataFrame, record: Mapping[str, str], *, banner: str
) -> None:
    """Write a table below its banner and its title, and above its source."""
    plain = table.map(lambda cell: escaping.lines(cell) if isinstance(cell, str) else cell)
    plain.columns = pd.Index([escaping.lines(str(head)) for head in plain.columns])
    plain.to_excel(book, sheet_name=name, startrow=3, index=False, inf_rep="∞")
    sheet = book.sheets[name]
    sheet.autofit()  # to the table: the lines around it run over the empty cells beside

    strip = book.book.add_format(STRIP if banner else {})
    bold = book.book.add_format({"bold": True})
    quiet = book.book.add_format({"font_color": QUIET})
    if banner:
        for column in range(1, len(table.columns)):
            sheet.write_blank(0, column, None, strip)
    sheet.write_string(0, 0, escaping.lines(banner), strip)
    sheet.write_string(1, 0, escaping.lines(record.get("title", name)), bold)
    sheet.write_string(2, 0, escaping.lines(record.get("subtitle", "")), quiet)
    sheet.write_string(len(table) + 4, 0, escaping.lines(record.get("source", "")), quiet)
    sheet.freeze_panes(4, 0)
    sheet.repeat_rows(0, 3)  # each printed page has the strip, the title and the heads


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
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    packed.writestr(entry, content)
