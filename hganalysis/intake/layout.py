"""Find the tables of a sheet, and say of every row what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from .headers import PLACE, UNUSED, Heading, Vocabulary, heading, meaning, tidy
from .numbers import looks_like_one
from .rowwords import district_of, is_commune, is_note, is_total
from .sheets import Sheet, Value, is_blank

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Table:
    """
    A header and the rows below it.

    `header` are its rows; `columns` the heading of each column by its number, `texts` the texts
    of that heading from the top down; `rows` all rows below, up to the next table. `places` and
    `numbers` are the columns that name a place and those that hold numbers. `filled` says which
    cells of places a merged cell covers: by row and column, the row that their value stands in.
    `dense` is true where districts are written in each row, not only in the first of theirs.
    """

    header: range
    columns: dict[int, Heading]
    texts: dict[int, tuple[str, ...]]
    rows: range
    places: tuple[int, ...]
    numbers: tuple[int, ...]
    filled: dict[int, dict[int, int]]
    dense: bool

    def of(self, *fields: str) -> list[int]:
        """List the columns that hold any of some fields, from the left."""
        return [at for at, one in self.columns.items() if one.field in fields]


@dataclass(frozen=True)
class Kind:
    """
    What a row is.

    `kind` is `"data"` (accepted unless something is found), `"rejected"`, `"total"`, `"title"`,
    `"header"`, `"note"` or `"blank"`; `label` the text it was recognised by; `level` says for a
    total what it adds up: `"district"`, `"province"`, `"all"` (every row of its table), or
    nothing where that is not certain. `rule` is the key of what is wrong with a rejected row.
    """

    kind: str
    label: str = ""
    level: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Layout:
    """The tables of a sheet, and the kind of each row by its number (from 1)."""

    tables: tuple[Table, ...] = ()
    kinds: dict[int, Kind] = field(default_factory=dict)


def layout(sheet: Sheet, known: Vocabulary) -> Layout:
    """
    Find the tables of a sheet and the kind of each row.

    Parameters
    ----------
    sheet
        As its sender sees it.
    known
        The header texts to look for, from `headers.vocabulary`.

    Returns
    -------
    layout
        Every row of the sheet has one kind. Without a table, all that is not blank is a note.
    """
    found = _tables(sheet, known)
    kinds: dict[int, Kind] = {}
    last = found[0].header.start if found else len(sheet.grid) + 1
    for row in range(1, last):
        blank = all(map(is_blank, sheet.grid[row - 1]))
        kinds[row] = Kind("blank" if blank else "title" if found else "note")
    for table in found:
        kinds |= {row: _header_kind(sheet, row) for row in table.header}
        kinds |= _kinds(sheet, table, known)
    for above, below in pairwise(found):
        if above.columns != below.columns:
            kinds |= _titles(kinds, below.header.start)
    return Layout(tuple(found), kinds)


def _header_kind(sheet: Sheet, row: int) -> Kind:
    return Kind("blank" if all(map(is_blank, sheet.grid[row - 1])) else "header")


def _titles(kinds: dict[int, Kind], header: int) -> dict[int, Kind]:
    """Call the notes right above a new table its titles."""
    found = {}
    for row in range(header - 1, 0, -1):
        if kinds[row].kind != "note":
            break
        found[row] = Kind("title")
    return found


# --- headers ---


def _tables(sheet: Sheet, known: Vocabulary) -> list[Table]:
    blocks: list[range] = []
    row = 1
    while row <= len(sheet.grid):
        if _heads(sheet, row, known) >= 2:
            blocks.append(_block(sheet, row, known, floor=blocks[-1].stop if blocks else 1))
            row = blocks[-1].stop
        else:
            row += 1
    ends = [*(block.start for block in blocks[1:]), len(sheet.grid) + 1][: len(blocks)]
    return [_table(sheet, block, end, known) for block, end in zip(blocks, ends, strict=True)]


def _heads(sheet: Sheet, row: int, known: Vocabulary) -> int:
    """Count the cells of a row that are known headers; none where it holds other numbers."""
    cells = [cell for cell in sheet.grid[row - 1] if not is_blank(cell)]
    texts = [cell for cell in cells if isinstance(cell, str)]
    if len(texts) < 2 or any(not isinstance(cell, str) and not _is_year(cell) for cell in cells):
        return 0
    if any(text.isascii() and text.isdigit() and not _is_year(text) for text in texts):
        return 0
    plain_row = all(text.isascii() for text in texts)
    said = {text: meaning(text, known, plain_row=plain_row) for text in texts}
    found = len([text for text in said.values() if text is not None])
    # half of a row of headers is known; a row of data may hold a word or two that are also headers
    return found if 2 * found >= len(said) or found >= 4 else 0


def _block(sheet: Sheet, anchor: int, known: Vocabulary, *, floor: int) -> range:
    """Give all rows of the header that has its best known row at `anchor`."""
    first, last = anchor, anchor
    tall = [
        merge
        for merge in sheet.merges
        if merge.top <= anchor <= merge.bottom and merge.top < merge.bottom
    ]
    first = max(floor, min([first, *(merge.top for merge in tall)]))
    last = max([last, *(merge.bottom for merge in tall if merge.bottom - anchor < 5)])
    while first > floor and _is_group_row(sheet, first - 1, known):
        first -= 1
    while last < len(sheet.grid) and _goes_on(sheet, last + 1, known):
        last += 1
    return range(first, last + 1)


def _is_group_row(sheet: Sheet, row: int, known: Vocabulary) -> bool:
    texts = [cell for cell in sheet.grid[row - 1] if not is_blank(cell)]
    if not texts or not all(isinstance(text, str) or _is_year(text) for text in texts):
        return False
    said = [meaning(str(text), known) for text in texts]
    return any(one is not None and (one.field or one.indicator) for one in said)


def _goes_on(sheet: Sheet, row: int, known: Vocabulary) -> bool:
    """Say whether a row below a header is still part of it: parts of a measure, or (1) (2) (3)."""
    cells = [cell for cell in sheet.grid[row - 1] if not is_blank(cell)]
    if not cells:
        return False
    if _counts_columns(cells):
        return True
    if not all(isinstance(cell, str) or _is_year(cell) for cell in cells):
        return False
    said = [meaning(str(cell), known) for cell in cells]
    found = len([one for one in said if one is not None])
    return found >= 1 and 2 * found >= len(cells)


_ORDINAL = re.compile(r"[(\[]?([0-9]{1,2}|[A-Za-z])[)\]]?(?: ?= ?[0-9()+\-*/x:% ]+)?")


def _counts_columns(cells: list[Value]) -> bool:
    """Recognise the row that numbers the columns of a form: A, B, 1, 2, 3=1+2."""
    texts = [str(int(cell)) if isinstance(cell, float) else str(cell).strip() for cell in cells]
    found = [_ORDINAL.fullmatch(text) for text in texts]
    if len(cells) < 3 or None in found:
        return False
    marks = [one[1] for one in found if one]
    numbers = [int(mark) for mark in marks if mark.isdigit()]
    letters = [ord(mark.lower()) for mark in marks if not mark.isdigit()]
    return all(
        sequence == list(range(sequence[0], sequence[0] + len(sequence)))
        for sequence in (numbers, letters)
        if sequence
    )


def _table(sheet: Sheet, block: range, end: int, known: Vocabulary) -> Table:
    rows = [row for row in block if not _numbering(sheet, row)]
    grid = {row: list(sheet.grid[row - 1]) for row in rows}
    for merge in sheet.merges:
        for row in range(merge.top, merge.bottom + 1):
            for column in range(merge.left, min(merge.right, sheet.width) + 1):
                if row in grid:
                    grid[row][column - 1] = sheet.value(merge.top, merge.left)
    texts: dict[int, tuple[str, ...]] = {}
    for column in range(1, sheet.width + 1):
        shown = [grid[row][column - 1] for row in rows]
        texts[column] = tuple(_text(value) for value in shown if not is_blank(value))
    _share_groups(texts, {column: grid[rows[0]][column - 1] for column in texts}, known)
    plain_row = all(text.isascii() for column in texts.values() for text in column)
    columns = {
        column: heading(said, known, plain_row=plain_row) for column, said in texts.items() if said
    }
    keys = {*PLACE, "year", "indicator"}
    places = tuple(at for at, one in columns.items() if one.field in PLACE)
    rows_below = range(block.stop, end)
    filled: dict[int, dict[int, int]] = {}
    for merge in sheet.merges:
        for row in range(max(merge.top + 1, block.stop), min(merge.bottom + 1, end)):
            for column in range(merge.left, merge.right + 1):
                if column in columns and columns[column].field in keys and merge.top in rows_below:
                    filled.setdefault(row, {})[column] = merge.top
    districts = [
        str(cell)
        for column, one in columns.items()
        if one.field == "district"
        for row in rows_below
        if not is_blank(cell := sheet.grid[row - 1][column - 1])
    ]
    return Table(
        header=block,
        columns=columns,
        texts=texts,
        rows=rows_below,
        places=places,
        numbers=tuple(
            at for at, one in columns.items() if one.field and one.field not in {*keys, *UNUSED}
        ),
        filled=filled,
        dense=len(set(districts)) < len(districts),
    )


def _share_groups(
    texts: dict[int, tuple[str, ...]], top: dict[int, Value], known: Vocabulary
) -> None:
    """Let a part of a measure that has no heading of its own share the one to its left."""
    group = ""
    for column, said in texts.items():
        own = [meaning(text, known) for text in said]
        if not is_blank(top[column]) and len(said) > 1:
            group = said[0]
        elif len(said) == 1 and own[0] is not None and own[0].part and not own[0].indicator:
            texts[column] = (group, *said) if group else said
        elif said:
            group = ""


def _numbering(sheet: Sheet, row: int) -> bool:
    return _counts_columns([cell for cell in sheet.grid[row - 1] if not is_blank(cell)])


def _text(value: Value) -> str:
    return str(int(value)) if isinstance(value, float) else str(value).strip()


def _is_year(value: Value) -> bool:
    text = _text(value)
    return text.isascii() and text.isdigit() and 1900 <= int(text[:5]) <= 2100 and len(text) == 4


# --- rows ---


def _kinds(sheet: Sheet, table: Table, known: Vocabulary) -> dict[int, Kind]:
    kinds = {row: _kind(sheet, table, row, known) for row in table.rows}
    firm = [row for row, one in kinds.items() if one.kind in {"data", "total", "rejected"}]
    last = max(firm, default=table.header.stop - 1)
    places = table.of("code", "commune")
    for row, one in kinds.items():
        if one.kind == "text":
            # words alone: below the table a note, within it a place whose numbers are missing
            inside = row < last and any(not is_blank(sheet.value(row, at)) for at in places)
            kinds[row] = Kind("data") if inside else Kind("note")
    return _with_levels(kinds)


def _kind(sheet: Sheet, table: Table, row: int, known: Vocabulary) -> Kind:
    cells = sheet.grid[row - 1]
    if all(map(is_blank, cells)):
        return Kind("blank")
    filled = any(looks_like_one(cells[at - 1]) for at in table.numbers)
    shown = {at: _text(cells[at - 1]) for at in table.places if not is_blank(cells[at - 1])}
    if any(_CODE.fullmatch(shown[at]) for at in table.of("code") if at in shown):
        return Kind("data")
    texts = [cell for cell in cells if isinstance(cell, str) and not is_blank(cell)][:3]
    total = next((text for text in texts if is_total(text)), "")
    if total:
        return Kind("total", total, _level_of(total))
    own = [shown[at] for at in table.of("commune", "code") if at in shown]
    named = any(is_commune(name, known.communes) for name in own)
    above = [shown[at] for at in table.of("district", "province") if at in shown]
    for text in texts:
        level = district_of(text, known.districts)
        if level and not named and text.strip() not in above:
            return Kind("total" if filled else "header", text.strip(), level)
    if not own and above:
        return _without_commune(table, row, above[-1], filled=filled)
    if filled:
        return Kind("data") if own else Kind("rejected", rule="no_place")
    if any(is_note(text) for text in texts):
        return Kind("note")
    return Kind("data") if named else Kind("text")


_CODE = re.compile(r"[0-9]{4,5}")


def _without_commune(table: Table, row: int, district: str, *, filled: bool) -> Kind:
    """Say what a row is that names a district and no commune."""
    if row in table.filled:  # by a merged cell that names the district of the rows below
        return Kind("rejected", rule="no_place") if filled else Kind("text")
    if not filled:
        return Kind("header", district, "district")
    # Where each row names its district, a commune may be missing; where only the first of a
    # district does, that first row adds up the district.
    return (
        Kind("rejected", rule="no_commune") if table.dense else Kind("total", district, "district")
    )


def _level_of(total: str) -> str:
    words = tidy(total)
    if re.search(r"\b(?:tỉnh|tinh|province)\b", words):
        return "province"
    return "district" if re.search(r"\b(?:huyện|thị xã|thành phố|huyen|tx|tp)\b", words) else ""


def _with_levels(kinds: dict[int, Kind]) -> dict[int, Kind]:
    """Let a plain total that is the only one, first or last, be that of the whole table."""
    plain = [row for row, one in kinds.items() if one.kind == "total" and not one.level]
    counted = [row for row, one in kinds.items() if one.kind in {"data", "total", "rejected"}]
    if len(plain) == 1 and plain[0] in {counted[0], counted[-1]}:
        [row] = plain
        kinds[row] = Kind("total", kinds[row].label, "all")
    return kinds


def texts_of(sheet: Sheet, rows: Iterable[int]) -> list[tuple[int, str]]:
    """Give the texts of some rows, with their row, from the top and the left."""
    return [
        (row, cell)
        for row in rows
        for cell in sheet.grid[row - 1]
        if isinstance(cell, str) and not is_blank(cell)
    ]
