"""Find the tables of a sheet: where each header stands, and what its columns are."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .. import indicators, limits
from .guard import UnreadableError
from .headers import Heading, heading, is_percent, is_time, is_unit, meaning
from .numbers import looks_like_one
from .sheets import Sheet, Value, is_blank
from .vocabulary import PLACE, UNUSED, Meaning, Vocabulary, district_of, is_commune, is_total

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Table:
    """
    A header and the rows below it.

    `header` are its rows; `columns` the heading of each column by its number, `texts` the texts
    of that heading from the top down, `named` the row that the last of them stands in; `rows` all
    rows below, up to the next table. `places` and `numbers` are the columns that name a place and
    those that hold numbers. `units` are those that a row of units names, by column: its row and
    the unit. `filled` says which cells of places a merged cell covers: by row and
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
    units: dict[int, tuple[int, str]]
    filled: dict[int, dict[int, int]]
    dense: bool

    def of(self, *fields: str) -> list[int]:
        """List the columns that hold any of some fields, from the left."""
        return [at for at, one in self.columns.items() if one.field in fields]

    @property
    def years(self) -> dict[int, int]:
        """The year of each column of numbers that names one."""
        named = {at: self.columns[at].year for at in self.numbers}
        return {at: year for at, year in named.items() if year}

    @property
    def across(self) -> bool:
        """Whether years stand side by side: then each row is of several."""
        return len(set(self.years.values())) > 1 and not self.of("year")


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
        The header texts to look for, from `vocabulary.vocabulary`.

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
        (isinstance(cell, str) and (not looks_like_one(cell) or is_time(cell))) or _is_year(cell)
        for cell in cells
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
    if any(one is not None and (one.field or one.indicator) for one in said):
        return True
    # a year or a plan over some columns; in the first one it is a title
    return not _names_place(cells, known) and any(
        _is_when(meaning(text_of(cell), known))
        for cell in sheet.grid[row - 1][1:]
        if not is_blank(cell)
    )


def _names_place(cells: list[Value], known: Vocabulary) -> bool:
    """Say whether a cell is the name of a commune or a district, as those of a row are."""
    texts = [text_of(cell) for cell in cells if isinstance(cell, str)]
    return any(
        is_commune(text, known.communes) or district_of(text, known.districts) for text in texts
    )


def _is_when(one: Meaning | None) -> bool:
    """Say whether a heading tells a year, a period or a plan, and nothing else."""
    return one is not None and not one.names and bool(one.year or one.when)


def _goes_on(sheet: Sheet, row: int, known: Vocabulary) -> bool:
    """Say whether a row below a header is still part of it."""
    cells = _filled(sheet, row)
    if not cells:
        return False
    if _counts_columns(cells) or _are_units(cells):
        return True
    if not _are_headers(cells):
        return False
    if all(map(_is_year, cells)):
        return True
    said = [meaning(text_of(cell), known) for cell in cells]
    row_of_place = _names_place(cells, known)  # its year is no heading
    found = [one for one in said if one and (one.names or (_is_when(one) and not row_of_place))]
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


_NO_UNIT = {"", "-", "–", "x", "đvt", "đơn vị tính", "unit"}


def _are_units(cells: list[Value]) -> bool:
    """
    Recognise a row that names the unit of each column, or none.

    Examples
    --------
    >>> _are_units(["tổ", "người", "%"]), _are_units(["ĐVT", "người"]), _are_units(["Xã Vị Tân"])
    (True, True, False)
    """
    texts = [text_of(cell) for cell in cells if isinstance(cell, str)]
    named = [text for text in texts if text.lower() not in _NO_UNIT]
    return bool(named) and len(texts) == len(cells) and all(map(is_unit, named))


def _is_year(value: Value) -> bool:
    text = text_of(value)
    return re.fullmatch(r"(?:19|20)[0-9]{2}", text) is not None


# --- what its columns are ---


def _table(sheet: Sheet, block: range, rows: range, known: Vocabulary) -> Table:
    texts, exact, counted = _texts(sheet, block, known)
    plain_row = all(text.isascii() for column in texts.values() for text in column)
    columns = {
        column: Heading(known.named(exact[column]))
        if column in exact
        else heading(said, known, plain_row=plain_row)
        for column, said in texts.items()
        if said or column in exact
    }
    columns = _with_totals(columns)
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
        units=counted,
        filled=_covered(sheet, rows, {at for at, one in columns.items() if one.field in keys}),
        dense=_is_dense(sheet, rows, columns),
    )


def _texts(
    sheet: Sheet, block: range, known: Vocabulary
) -> tuple[dict[int, tuple[str, ...]], dict[int, str], dict[int, tuple[int, str]]]:
    """
    Give the texts above each column, the machine names where a row of them stands, and the units
    where a row names them.
    """
    rows = {row: list(sheet.grid[row - 1]) for row in block}
    for merge in sheet.merges:
        for row in range(max(merge.top, block.start), min(merge.bottom + 1, block.stop)):
            for column in range(merge.left, min(merge.right, sheet.width) + 1):
                rows[row][column - 1] = sheet.value(merge.top, merge.left)
    exact: dict[int, str] = {}
    counted: dict[int, tuple[int, str]] = {}
    said: dict[int, list[str]] = {column: [] for column in range(1, sheet.width + 1)}
    group = dict.fromkeys(said, 0)
    for row, cells in rows.items():
        shown = {at: text_of(cell) for at, cell in enumerate(cells, 1) if not is_blank(cell)}
        if _counts_columns(list(shown.values())):
            continue
        if len(shown) > 1 and set(shown.values()) <= known.exact:
            exact |= shown
            continue
        if _are_units(list(shown.values())) and _are_named(shown, said, known):
            counted |= {at: (row, text) for at, text in shown.items() if is_unit(text)}
            # a share needs no other name; every other unit names nothing
            shown = {at: text for at, text in shown.items() if is_percent(text)}
        shown |= _when(sheet, row, shown, rows, known)
        for at, text in shown.items():
            said[at].append(text)
        if not any(group.values()):
            group = _spread(shown, sheet.width)
    texts = {at: _with_group(own, said.get(group[at], []), known) for at, own in said.items()}
    return texts, exact, counted


def _are_named(shown: dict[int, str], said: dict[int, list[str]], known: Vocabulary) -> bool:
    """Say whether columns have their names already, each its own, without a row of units."""
    texts = {
        at: [*said[at], *([unit] if is_percent(unit) else [])]
        for at, unit in shown.items()
        if is_unit(unit)
    }
    if not all(said[at] for at in texts):
        return False
    found = [heading(own, known) for own in texts.values()]
    fields = [(one.field, one.year) for one in found if one.field]
    return bool(fields) and len(set(fields)) == len(fields)


def _when(
    sheet: Sheet, row: int, shown: dict[int, str], rows: dict[int, list[Value]], known: Vocabulary
) -> dict[int, str]:
    """
    Let a year, a period or a plan stand for the columns to its right as well, up to the next text.

    Where cells are merged they say themselves how far they reach.
    """
    below = [cells for at, cells in rows.items() if at > row]
    merged = {
        at
        for merge in sheet.merges
        if merge.top <= row <= merge.bottom and merge.left < merge.right
        for at in range(merge.left, min(merge.right, sheet.width) + 1)
    }
    found, last = {}, ""
    for at in range(1, sheet.width + 1):
        if at in shown:
            one = meaning(shown[at], known)
            # what nobody knows may be of those beside it, where others stand below it
            group = one is None and any(not is_blank(cells[at - 1]) for cells in below)
            reaches = at not in merged and (_is_when(one) or group)
            last = shown[at] if reaches else ""
        elif last and any(not is_blank(cells[at - 1]) for cells in below):
            found[at] = last
    return found


def _with_totals(columns: dict[int, Heading]) -> dict[int, Heading]:
    """
    Let "all files" be what files are out of, where one measure of files is there without it.

    In a table that has its measures in rows it is a column of every measure.
    """
    fields = {one.field for one in columns.values()}
    if "indicator" in fields:
        return columns
    names = [
        name
        for name in indicators.names()
        if f"{name}.count" in fields
        and f"{name}.out_of" not in fields
        and indicators.get(name, year=indicators.years(name)[0]).denominator != "residents"
    ]
    if len(names) != 1:
        return columns
    return {
        at: replace(one, field=f"{names[0]}.out_of") if one.field == "out_of" else one
        for at, one in columns.items()
    }


def _named(sheet: Sheet, block: range, known: Vocabulary) -> dict[int, int]:
    """Give the row in which the lowest label of each column stands: no number, no machine name."""
    named: dict[int, int] = {}
    for row in block:
        cells = _filled(sheet, row)
        if _counts_columns(cells) or _are_units(cells):
            continue
        if not {text_of(cell) for cell in cells} <= known.exact:
            shown = enumerate(sheet.grid[row - 1], 1)
            named |= {at: row for at, cell in shown if not is_blank(cell)}
    return named


def _spread(shown: dict[int, str], width: int) -> dict[int, int]:
    """Let each text of a row stand for the empty cells to its right as well: give its column."""
    group, last = {}, 0
    for at in range(1, width + 1):
        last = group[at] = at if at in shown else last
    return group


def _with_group(own: list[str], first: list[str], known: Vocabulary) -> tuple[str, ...]:
    """
    Put the heading to the left over a part or a year of a measure that has none of its own.

    Files without merged cells write the name of a measure over the first of its columns only,
    whose texts are `first`. Years and plans go on below a name only where they begin there.
    """
    if len(own) == 1 and first and first[0] != own[0]:
        part, above = meaning(own[0], known), meaning(first[0], known)
        if above is not None and (
            (part is not None and part.part and not part.indicator)
            or (above.names and _is_when(part) and _says_no_name(first[-1], known))
        ):
            return (first[0], *own)
    return tuple(own)


def _says_no_name(text: str, known: Vocabulary) -> bool:
    one = meaning(text, known)
    return one is None or _is_when(one)


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
    last = ""
    for district, commune in _districts(sheet, rows, columns):
        if district and commune and district == last:
            return True
        # the first row of a district names it once more where another year of it begins
        last = district if commune else last
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
