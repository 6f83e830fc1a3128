"""Find the tables of a sheet: where each header stands, and what its columns are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import limits
from .guard import UnreadableError
from .headers import PLACE, UNUSED, Heading, Vocabulary, heading, meaning
from .numbers import looks_like_one
from .rowwords import is_total
from .sheets import Sheet, Value, is_blank

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Table:
    """
    A header and the rows below it.

    `header` are its rows; `columns` the heading of each column by its number, `texts` the texts
    of that heading from the top down, `named` the row that the last of them stands in; `rows` all
    rows below, up to the next table. `places` and `numbers` are the columns that name a place and
    those that hold numbers. `filled` says which cells of places a merged cell covers: by row and
    column, the row that their value stands in. `dense` is true where each row names its district,
    not only the first of a district's rows.
    """

    header: range
    columns: dict[int, Heading]
    texts: dict[int, tuple[str, ...]]
    named: dict[int, int]
    rows: range
    places: tuple[int, ...]
    numbers: tuple[int, ...]
    filled: dict[int, dict[int, int]]
    dense: bool

    def of(self, *fields: str) -> list[int]:
        """List the columns that hold any of some fields, from the left."""
        return [at for at, one in self.columns.items() if one.field in fields]


def tables(sheet: Sheet, known: Vocabulary) -> list[Table]:
    """
    Find the tables of a sheet, from the top down.

    A header has at least two known columns and no numbers; rows above and below belong to it
    where they are known too, number its columns, or share a merged cell with it.

    Parameters
    ----------
    sheet
        As its sender sees it.
    known
        The header texts to look for, from `headers.vocabulary`.

    Raises
    ------
    UnreadableError
        If there are more of them than any report has.
    """
    blocks: list[range] = []
    row = 1
    while row <= len(sheet.grid):
        if _is_header(sheet, row, known):
            blocks.append(_block(sheet, row, known, floor=blocks[-1].stop if blocks else 1))
            row = blocks[-1].stop
            if len(blocks) > limits.MOST_TABLES:
                raise UnreadableError(
                    rule="too_many_tables", sheet=sheet.name, row=row, most=limits.MOST_TABLES
                )
        else:
            row += 1
    ends = [*(block.start for block in blocks[1:]), len(sheet.grid) + 1][: len(blocks)]
    return [
        _table(sheet, block, range(block.stop, end), known)
        for block, end in zip(blocks, ends, strict=True)
    ]


def text_of(value: Value) -> str:
    """Write a cell of a header or a place as text: a year or a code without a decimal point."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


# --- where a header is ---


def _filled(sheet: Sheet, row: int) -> list[Value]:
    return [cell for cell in sheet.grid[row - 1] if not is_blank(cell)]


def _are_headers(cells: list[Value]) -> bool:
    """Say whether cells can be headers: texts and years, no other numbers."""
    return all(
        (isinstance(cell, str) and not looks_like_one(cell)) or _is_year(cell) for cell in cells
    )


def _is_header(sheet: Sheet, row: int, known: Vocabulary) -> bool:
    cells = _filled(sheet, row)
    if len(cells) < 2 or not isinstance(cells[0], str) or not _are_headers(cells):
        return False
    texts = [text_of(cell) for cell in cells]
    plain_row = all(text.isascii() for text in texts)
    said = {meaning(text, known, plain_row=plain_row) for text in texts} - {None}
    # A row of words may hold one or two that are also headers; three, or half of a row, are no
    # accident, and one of them must name a thing.
    return (
        any(one is not None and (one.field or one.indicator) for one in said)
        and len(said) >= 2
        and (len(said) >= 3 or 2 * len(said) >= len(set(texts)))
    )


def _block(sheet: Sheet, anchor: int, known: Vocabulary, *, floor: int) -> range:
    """Give all rows of the header whose first well-known row is `anchor`."""
    tall = [
        merge
        for merge in sheet.merges
        if merge.top <= anchor <= merge.bottom and 0 < merge.bottom - merge.top < _TALLEST
    ]
    first = max(floor, min([anchor, *(merge.top for merge in tall)]))
    last = min(len(sheet.grid), max([anchor, *(merge.bottom for merge in tall)]))
    while first > floor and _is_group_row(sheet, first - 1, known):
        first -= 1
    while last < len(sheet.grid) and _goes_on(sheet, last + 1, known):
        last += 1
    return range(first, last + 1)


_TALLEST = 6  # rows of a header: more than any form has


def _is_group_row(sheet: Sheet, row: int, known: Vocabulary) -> bool:
    cells = _filled(sheet, row)
    if not cells or not _are_headers(cells):
        return False
    said = [meaning(text_of(cell), known) for cell in cells]
    return any(one is not None and (one.field or one.indicator) for one in said)


def _goes_on(sheet: Sheet, row: int, known: Vocabulary) -> bool:
    """Say whether a row below a header is still part of it."""
    cells = _filled(sheet, row)
    if not cells:
        return False
    if _counts_columns(cells):
        return True
    if not _are_headers(cells):
        return False
    if all(map(_is_year, cells)):
        return True
    said = [meaning(text_of(cell), known) for cell in cells]
    found = [one for one in said if one is not None and (one.field or one.indicator or one.part)]
    return len(found) >= 1 and 2 * len(found) >= len(cells)


_ORDINAL = re.compile(r"[(\[]?([0-9]{1,2}|[A-Za-z])[)\]]?(?: ?= ?[0-9()+\-*/x:% ]+)?")


def _counts_columns(cells: list[Value]) -> bool:
    """
    Recognise the row that numbers the columns of a form.

    Examples
    --------
    >>> _counts_columns(["A", "B", 1.0, 2.0, "3=1+2"]), _counts_columns([1.0, 4.0, 27.0])
    (True, False)
    """
    found = [_ORDINAL.fullmatch(text_of(cell)) for cell in cells]
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


def _is_year(value: Value) -> bool:
    text = text_of(value)
    return re.fullmatch(r"(?:19|20)[0-9]{2}", text) is not None


# --- what its columns are ---


def _table(sheet: Sheet, block: range, rows: range, known: Vocabulary) -> Table:
    texts, exact = _texts(sheet, block, known)
    plain_row = all(text.isascii() for column in texts.values() for text in column)
    columns = {
        column: Heading(known.field(exact[column]))
        if column in exact
        else heading(said, known, plain_row=plain_row)
        for column, said in texts.items()
        if said or column in exact
    }
    keys = {*PLACE, "year", "indicator"}
    return Table(
        header=block,
        columns=columns,
        texts=texts,
        named=_named(sheet, block, known),
        rows=rows,
        places=tuple(at for at, one in columns.items() if one.field in PLACE),
        numbers=tuple(
            at for at, one in columns.items() if one.field and one.field not in {*keys, *UNUSED}
        ),
        filled=_covered(sheet, rows, {at for at, one in columns.items() if one.field in keys}),
        dense=_is_dense(sheet, rows, columns),
    )


def _texts(
    sheet: Sheet, block: range, known: Vocabulary
) -> tuple[dict[int, tuple[str, ...]], dict[int, str]]:
    """Give the texts above each column, and the machine names where a row of them stands."""
    rows = {row: list(sheet.grid[row - 1]) for row in block}
    for merge in sheet.merges:
        for row in range(max(merge.top, block.start), min(merge.bottom + 1, block.stop)):
            for column in range(merge.left, min(merge.right, sheet.width) + 1):
                rows[row][column - 1] = sheet.value(merge.top, merge.left)
    exact: dict[int, str] = {}
    said: dict[int, list[str]] = {column: [] for column in range(1, sheet.width + 1)}
    group = dict.fromkeys(said, "")
    for cells in rows.values():
        shown = {at: text_of(cell) for at, cell in enumerate(cells, 1) if not is_blank(cell)}
        if _counts_columns(list(shown.values())):
            continue
        if len(shown) > 1 and set(shown.values()) <= known.exact:
            exact |= shown
            continue
        for at, text in shown.items():
            said[at].append(text)
        if not any(group.values()):
            group = _spread(shown, sheet.width)
    return {at: _with_group(own, group[at], known) for at, own in said.items()}, exact


def _named(sheet: Sheet, block: range, known: Vocabulary) -> dict[int, int]:
    """Give the row in which the lowest label of each column stands: no number, no machine name."""
    named: dict[int, int] = {}
    for row in block:
        cells = _filled(sheet, row)
        if not _counts_columns(cells) and not {text_of(cell) for cell in cells} <= known.exact:
            shown = enumerate(sheet.grid[row - 1], 1)
            named |= {at: row for at, cell in shown if not is_blank(cell)}
    return named


def _spread(shown: dict[int, str], width: int) -> dict[int, str]:
    """Let each text of a row stand for the empty cells to its right as well."""
    group, last = {}, ""
    for at in range(1, width + 1):
        last = group[at] = shown.get(at, last)
    return group


def _with_group(own: list[str], group: str, known: Vocabulary) -> tuple[str, ...]:
    """
    Put the heading to the left over a part of a measure that has none of its own.

    Files without merged cells write the name of a measure over the first of its columns only.
    """
    if len(own) == 1 and group and group != own[0]:
        part, above = meaning(own[0], known), meaning(group, known)
        if part is not None and part.part and not part.indicator and above is not None:
            return (group, *own)
    return tuple(own)


def _covered(sheet: Sheet, rows: range, columns: set[int]) -> dict[int, dict[int, int]]:
    covered: dict[int, dict[int, int]] = {}
    for merge in sheet.merges:
        if merge.top not in rows:
            continue
        for row in range(merge.top + 1, min(merge.bottom + 1, rows.stop)):
            for column in range(merge.left, min(merge.right, sheet.width) + 1):
                if column in columns:
                    covered.setdefault(row, {})[column] = merge.top
    return covered


def _is_dense(sheet: Sheet, rows: range, columns: dict[int, Heading]) -> bool:
    """Say whether two rows of communes in a row name the same district."""
    pairs = _districts(sheet, rows, columns)
    last = ""
    for district, commune in pairs:
        if district and commune and district == last:
            return True
        last = district or last
    return False


def _districts(sheet: Sheet, rows: range, columns: dict[int, Heading]) -> Iterator[tuple[str, str]]:
    at = [column for column, one in columns.items() if one.field == "district"]
    own = [column for column, one in columns.items() if one.field in {"code", "commune"}]
    if not at:
        return
    for row in rows:
        cells = sheet.grid[row - 1]
        texts = [text_of(cells[column - 1]) for column in own]
        if not any(is_total(text) for text in texts):
            yield text_of(cells[at[0] - 1]), "".join(texts)
