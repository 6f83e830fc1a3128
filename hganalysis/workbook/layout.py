"""Say of every row of a sheet what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .. import study, words
from .numbers import looks_like_one, says_none
from .sheets import Sheet, Value, is_blank
from .tables import Table, tables, text_of
from .vocabulary import (
    Vocabulary,
    bare,
    called,
    district_of,
    is_commune,
    is_note,
    is_roman,
    is_total,
    tidy,
    unnumbered,
)


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
    """
    A sheet, its tables, and the kind of each of its rows by its number (from 1).

    `ours` is true for a sheet that a template or an earlier check added for notes: it is no report.
    """

    sheet: Sheet
    tables: tuple[Table, ...]
    kinds: dict[int, Kind]
    ours: bool = False
    named: bool = True
    """Whether somebody gave the sheet its name: that of a csv is the file's."""


def layout(sheet: Sheet, known: Vocabulary) -> Layout:
    """
    Find the tables of a sheet and the kind of each row.

    Parameters
    ----------
    sheet
        As its sender sees it.
    known
        The texts to look for, from `vocabulary.vocabulary`.

    Returns
    -------
    layout
        Every row of the sheet has one kind. Without a table, all that is not blank is a note.
    """
    ours = _is_ours(sheet)
    found = [] if ours else tables(sheet, known)
    first = found[0].header.start if found else len(sheet.grid) + 1
    kinds = {row: Kind("title" if found else "note") for row in range(1, first)}
    for table in found:
        kinds |= {row: Kind("header") for row in table.header}
        kinds |= _kinds(sheet, table, known)
    for table in found[1:]:
        kinds |= _titles(sheet, kinds, table.header.start)
    for row, cells in enumerate(sheet.grid, 1):
        if all(map(is_blank, cells)):
            kinds[row] = Kind("blank")
    return Layout(sheet, tuple(found), kinds, ours)


# The name of a sheet of ours, and what stands in its first cell.
_OURS = (
    ("template.sheet_guide", "template.title"),
    ("template.sheet_catalogue", "template.catalogue_name"),
    ("check.sheet_found", "check.sheet_found"),
    ("check.sheet_changes", "check.sheet_changes"),
)


def _is_ours(sheet: Sheet) -> bool:
    """Say whether a template or an earlier check added a sheet, in whatever language."""
    texts, first = words.strings(), str(sheet.value(1, 1))
    return any(
        # a text of ours is shown with its blanks filled
        sheet.name == name and re.fullmatch(re.sub(r"\\{\w+\\}", ".*", re.escape(form)), first)
        for title, head in _OURS
        for name, form in zip(texts[title].values(), texts[head].values(), strict=True)
    )


def _titles(sheet: Sheet, kinds: dict[int, Kind], header: int) -> dict[int, Kind]:
    """Call the lines right above a further table its titles, blank rows between them aside."""
    found: dict[int, Kind] = {}
    for row in range(header - 1, 0, -1):
        blank = all(map(is_blank, sheet.grid[row - 1]))
        if (blank and found) or not (blank or kinds[row].kind == "note"):
            break
        if not blank:
            found[row] = Kind("title")
    return found


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
    names = known.districts if not known.level else frozenset()
    shown = {at: unnumbered(text, names) for at in table.places if (text := text_of(cells[at - 1]))}
    codes = [shown[at] for at in table.of("code") if at in shown]
    if any(_CODE.fullmatch(code) or code in known.codes for code in codes):
        return Kind("data")
    filled = any(
        looks_like_one(cells[at - 1]) or (row, at) in sheet.errors or (row, at) in sheet.uncomputed
        for at in table.numbers
    )
    # what a row is stands in a column of places, wherever that is, or at its beginning
    first = [cell.strip() for cell in cells if isinstance(cell, str) and not is_blank(cell)][:3]
    texts = list(dict.fromkeys([*shown.values(), *(unnumbered(text, names) for text in first)]))
    total = next((text for text in texts if is_total(text)), "")
    if total:
        return Kind("total", total, _level_of(total))
    own = [shown[at] for at in table.of("commune", "code") if at in shown]
    named = any(is_commune(name, known.communes) for name in own)
    above = [shown[at] for at in table.of("district", "province") if at in shown]
    for text in texts:
        level = district_of(text, known.districts)
        if known.level and level in ("district", known.level):
            continue  # it is a unit like any other, or there are none
        if level and not named and text not in above:
            return Kind("total" if filled else "header", text, level)
    if any(bare(name) in names and _has_numeral(table, cells, name) for name in own):
        return Kind("total" if filled else "header", own[-1], "district")
    if not own and above:
        return _without_commune(table, row, above[-1], filled=filled, known=known)
    if filled:
        return Kind("data") if own else Kind("rejected", rule="no_place")
    if any(is_note(text) for text in (*first, *(text_of(cells[at - 1]) for at in table.places))):
        return Kind("note")
    told = named or (own and any(says_none(cells[at - 1]) for at in table.numbers))
    return Kind("data") if told else Kind("text")


def _has_numeral(table: Table, cells: list[Value], name: str) -> bool:
    """Say whether a name alone is numbered as blocks are, while others are counted 1, 2, 3."""
    numbers = [text_of(cells[at - 1]) for at in table.of("number")]
    written = [text_of(cells[at - 1]) for at in table.of("commune")]
    return any(is_roman(one) for one in numbers) or any(
        one != name and one.endswith(name) for one in written
    )


_CODE = re.compile(r'(?:=")?[0-9]{4,5}"?')


def _without_commune(
    table: Table, row: int, district: str, *, filled: bool, known: Vocabulary
) -> Kind:
    """Say what a row is that has text where districts stand, and no commune."""
    certain = district_of(district, known.districts) or bare(district) in known.districts
    if not filled:
        return Kind("header", district, "district") if certain else Kind("text")
    # Where each row names its district, a commune may be missing, and where a merged cell does;
    # where the first of a district does, it adds up the district.
    merged = any(row in tops.values() for tops in table.filled.values())
    if table.dense or merged or not certain:
        return Kind("rejected", rule="no_commune")
    return Kind("total", district, "district")


def _level_of(total: str) -> str:
    said = tidy(total)
    for level in ("province", "district"):
        if any(re.search(rf"\b{re.escape(noun)}\b", said) for noun in called(level)):
            return level
    if "province" in said.split():
        return "province"
    kinds = study.current().country.in_total
    return next((level for level, kind in kinds.items() if kind.search(said)), "")


def _with_levels(kinds: dict[int, Kind]) -> dict[int, Kind]:
    """Let a plain total that is the only one, first or last, be that of the whole table."""
    plain = [row for row, one in kinds.items() if one.kind == "total" and not one.level]
    counted = [row for row, one in kinds.items() if one.kind in {"data", "total", "rejected"}]
    if len(plain) == 1 and plain[0] in {counted[0], counted[-1]}:
        [row] = plain
        kinds[row] = Kind("total", kinds[row].label, "all")
    return kinds
