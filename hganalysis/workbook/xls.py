"""Read an old Excel file by xlrd, after a look at what it claims to hold."""

from __future__ import annotations

import datetime
import io
import struct
from typing import TYPE_CHECKING, Any

from .formats import matters
from .guard import UnreadableError, require_size
from .sheets import Cell, Merge, Run, Sheet, Value, is_marked

if TYPE_CHECKING:
    from collections.abc import Iterator

Filled = tuple[Sheet, list[list[Value]]]
"""A sheet with all that stands beside its values, and these."""

# Kinds of records of [MS-XLS]: a sheet begins, the shared texts, what goes on, a formula, an end.
_SHEET, _STRINGS, _CONTINUE, _FORMULAS, _EOF = 0x85, 0xFC, 0x3C, {0x06, 0x206, 0x406}, 0x0A
_PLACES = {1: 1, 2: -1}
"""How a font is raised or lowered."""


def read(data: bytes) -> list[Filled]:
    """
    Read the sheets of an old workbook, and what stands beside their values.

    Raises
    ------
    UnreadableError
        If the file is locked with a password, is no workbook, is broken, or claims to hold what it
        cannot, or a sheet reaches further than any report does.
    """
    import xlrd

    quiet = io.StringIO()
    try:
        formulas = _formulas(_stream(data, quiet))
        book = xlrd.open_workbook(
            file_contents=data, formatting_info=True, ragged_rows=True, logfile=quiet
        )
        return [_sheet(book, one, formulas.get(at, [])) for at, one in enumerate(book.sheets())]
    except UnreadableError:
        raise
    except Exception as error:  # it raises whatever the bytes make it meet
        locked = "encrypted" in str(error).lower()
        raise UnreadableError(rule="password" if locked else "damaged") from error


def _stream(data: bytes, quiet: io.StringIO) -> bytes:
    """Take the stream of the workbook out of its container."""
    from xlrd.compdoc import CompDoc

    folder = CompDoc(data, logfile=quiet)
    names = {one.name for one in folder.dirlist}
    if "EncryptedPackage" in names:
        raise UnreadableError(rule="password")
    name = next((one for one in ("Workbook", "Book") if one in names), "")
    if not name:
        raise UnreadableError(rule="not_ours", kind="other")
    whole, start, length = folder.locate_named_stream(name)
    return bytes(whole[start : start + length])


def _formulas(stream: bytes) -> dict[int, list[Cell]]:
    """Find the cells that hold a formula, by the number of their sheet; xlrd does not tell them."""
    starts: list[int] = []
    texts: list[bytes] = []
    last = 0
    for kind, body in _records(stream, 0):
        if kind == _SHEET and body[5] == 0:  # a page of cells, no chart
            starts.append(struct.unpack_from("<I", body)[0])
        if kind == _STRINGS or (kind == _CONTINUE and last in {_STRINGS, _CONTINUE}):
            texts.append(body)
        last = kind if kind != _CONTINUE or last in {_STRINGS, _CONTINUE} else 0
    if texts:
        _require_texts(texts)
    return {
        number: [
            (row + 1, column + 1)
            for kind, body in _records(stream, start)
            if kind in _FORMULAS
            for row, column in [struct.unpack_from("<HH", body)]
        ]
        for number, start in enumerate(starts)
    }


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Give the records of a part of the stream up to its end."""
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        if kind == _EOF:
            return
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _require_texts(pieces: list[bytes]) -> None:
    """
    Walk over the shared texts once: a size that leads back in them is read again and again.

    Raises
    ------
    UnreadableError
        If there are fewer of them than are claimed.
    """
    rest = iter(pieces)
    body, at = next(rest), 8
    try:
        for _ in range(struct.unpack_from("<I", body, 4)[0]):
            while at >= len(body):
                body, at = next(rest), at - len(body)
            letters, kind = struct.unpack_from("<HB", body, at)
            at += 3
            fonts = struct.unpack_from("<H", body, at)[0] if kind & 8 else 0
            at += 2 if kind & 8 else 0
            beside = struct.unpack_from("<I", body, at)[0] if kind & 4 else 0
            at += 4 if kind & 4 else 0
            size = 1 + (kind & 1)
            while letters:
                there = min(letters, (len(body) - at) // size)
                letters, at = letters - there, at + there * size
                if letters:  # what goes on says anew how many bytes a letter has
                    body, at = next(rest), 1
                    size = 1 + (body[0] & 1)
            at += 4 * fonts + beside
    except (StopIteration, struct.error, IndexError) as error:
        raise UnreadableError(rule="damaged") from error


def _sheet(book: Any, page: Any, formulas: list[Cell]) -> Filled:  # noqa: ANN401  (no types)
    import xlrd

    found = Sheet(page.name, hidden=bool(page.visibility))
    found.merges = [
        Merge(top + 1, left + 1, bottom, right) for top, bottom, left, right in page.merged_cells
    ]
    found.hidden_rows = {row + 1 for row, one in page.rowinfo_map.items() if one.hidden}
    found.hidden_columns = {at + 1 for at, one in page.colinfo_map.items() if one.hidden}
    notes = page.cell_note_map.items()
    found.notes = {(row + 1, at + 1): str(note.text) for (row, at), note in notes}
    found.letters = sum(map(len, found.notes.values()))
    rows: list[list[Value]] = []
    for row in range(page.nrows):
        rows.append([])
        for at in range(page.row_len(row)):
            kind, raw = page.cell_type(row, at), page.cell_value(row, at)
            place = row + 1, at + 1
            if kind in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK}:
                rows[-1].append(None)
                continue
            found.reach(*place)
            require_size(found.name, found.last_row, found.last_column)
            found.letters += len(raw) if isinstance(raw, str) else 0
            look = book.xf_list[page.cell_xf_index(row, at)]
            code = book.format_map[look.format_key].format_str
            if matters(code):
                found.formats[place] = code
            if book.font_list[look.font_index].struck_out:
                found.struck[place] = ""
            if place_runs := page.rich_text_runlist_map.get((row, at)):
                parts = _runs(raw, sorted(place_runs), book)
                if is_marked(parts):
                    found.runs[place] = parts
            if kind == xlrd.XL_CELL_ERROR:
                found.errors[place] = xlrd.error_text_from_code.get(raw, "#ERROR!")
            rows[-1].append(_value(xlrd, kind, raw, book.datemode))
    found.formulas = {place: "=" for place in formulas if place[0] <= found.last_row}
    return found, [line[: found.last_column] for line in rows[: found.last_row]]


def _runs(text: str, changes: list[tuple[int, int]], book: Any) -> tuple[Run, ...]:  # noqa: ANN401
    """Part a text where its font changes; up to the first change it looks as its cell does."""
    ends = [*(start for start, _ in changes), len(text)]
    parts = [Run(text[: ends[0]])]
    for (start, number), end in zip(changes, ends[1:], strict=True):
        font = book.font_list[number]
        place = _PLACES.get(font.escapement, 0)
        parts.append(Run(text[start:end], struck=bool(font.struck_out), place=place))
    return tuple(one for one in parts if one.text)


def _value(xlrd: Any, kind: int, raw: Any, early: int) -> Value:  # noqa: ANN401
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(raw)
    if kind == xlrd.XL_CELL_ERROR:
        return None
    if kind == xlrd.XL_CELL_DATE:
        try:
            day: datetime.datetime = xlrd.xldate.xldate_as_datetime(raw, early)
        except (ValueError, OverflowError):
            return datetime.timedelta(days=0)
        return day
    return raw  # type: ignore[no-any-return]
