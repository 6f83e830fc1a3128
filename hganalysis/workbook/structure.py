"""Ask about rows that may be of former communes, or of units of July 2025.

The units of 2025 took names and codes of communes that were merged into them. A row that may be of
both is read as a place of the list, unless something in its sheet says that it has units of 2025.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import places, words
from ..periods import read_period, search_periods
from .naming import Proposal, days_of_change
from .times import find_periods
from .vocabulary import PATTERNS, TEXTS, tidy, with_bare
from .whole import group_by_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..study import Study
    from .cells import Line
    from .corrections import Corrections
    from .faults import Log


def ask(of: Study, lines: Sequence[Line], corrections: Corrections, log: Log) -> list[Proposal]:
    """
    Ask once for each sheet about the rows that may be of units of 2025.

    Parameters
    ----------
    of
        The study, which may name former places.
    lines
        Rows with figures, after their places were found. A row that is asked about loses its place.
    corrections
        Names that a person accepted are not asked about.

    Returns
    -------
    proposals
        The names that a person may accept for the communes of the list.
    """
    proposals: dict[Proposal, None] = {}
    if of.described.get("before"):
        proposals |= dict.fromkeys(_ask_of_former(of, lines, corrections, log))
    new_codes = frozenset(places.crosswalk()["code_2025"])
    if not new_codes:
        return list(proposals)
    for sheet, sheet_lines in group_by_sheet(lines).items():
        candidates = _find_candidates(sheet_lines, corrections, new_codes)
        reason = _find_reason(of, sheet_lines, candidates) if candidates else ""
        if not reason:
            continue
        blanks = {
            "until": days_of_change()["until"],
            "why": words.term(f"sense.old_or_new_{reason}"),
        }
        for line in candidates:
            name, district = line.texts.get("commune", ""), line.texts.get("district", "")
            log.fault_of_line(line, "old_or_new", _place_field(line), once_per=sheet, **blanks)
            if name:
                proposals[Proposal(name, district, "commune", str(line.code))] = None
            line.code = None
    return list(proposals)


def _ask_of_former(
    of: Study, lines: Sequence[Line], corrections: Corrections, log: Log
) -> Iterator[Proposal]:
    """
    Ask about rows that may be of former places, in a study whose places took over their names.

    A column "Huyện" in a study without districts is asked about once, and a sheet in which most
    rows are of no place of today. Then the others may be former, too.
    """
    for sheet, sheet_lines in group_by_sheet(lines).items():
        missing = [line for line in sheet_lines if line.code is None]
        if len(of.levels) == 1:
            _ask_of_former_level(of, sheet_lines, log)
        if 2 * len(missing) <= len(sheet_lines):
            continue
        for line in sheet_lines:
            name = line.texts.get("commune", "")
            district = line.texts.get("district", "")
            if line.code is None or corrections.find("commune", name, district).code:
                continue
            log.fault_of_line(line, "former_names", _place_field(line), once_per=sheet)
            if name:
                yield Proposal(name, district, "commune", line.code)
            line.code = None


def _ask_of_former_level(of: Study, lines: Sequence[Line], log: Log) -> None:
    """Ask about each column that says in which district a row is, where there are none."""
    for line in lines:
        number = _column_of_former_level(of, line)
        if line.code is None or not number:
            continue
        table = line.table
        column = table.column_at(number)
        log.fault(
            *("former_level", table.sheet, column.row, number),
            text=column.title,
            header=column.title,
            once_per=(table, number),
        )
        line.wrong.setdefault(_place_field(line), "former_level")
        line.code = None


def _column_of_former_level(of: Study, line: Line) -> int:
    """Give the column that says in which district a row is; 0 without one."""
    headers = TEXTS.get(f"headers_{of.country.code}", TEXTS["headers_anywhere"])
    names = with_bare(headers.get("district", []))
    for number in line.table.columns_of("remark"):
        cell = line.table.sheet.cell_at(line.row, number)
        title = tidy(line.table.column_at(number).title)
        if title in names and cell and cell.text.strip():
            return number
    return 0


def _place_field(line: Line) -> str:
    """Give the field by which a row names its place."""
    return "commune" if line.texts.get("commune") else "code"


def _find_candidates(
    lines: Sequence[Line], corrections: Corrections, new_codes: frozenset[str]
) -> list[Line]:
    """Find the rows that may also be of a unit of 2025, whose codes are `new_codes`."""
    names = {line.texts.get("commune", "") for line in lines}
    units_of_name = {name: places.find_later(name) if name else new_codes for name in names}
    candidates = []
    for line in lines:
        name = line.texts.get("commune", "")
        units = units_of_name[name]
        district = line.texts.get("district", "")
        is_accepted = corrections.find("commune", name, district).code
        if line.code is None or is_accepted or not units:
            continue
        if not line.texts.get("code") or line.code in units:
            candidates.append(line)
    return candidates


def _find_reason(of: Study, sheet_lines: Sequence[Line], candidates: Sequence[Line]) -> str:
    """
    Say what in a sheet speaks for the units of 2025.

    Returns
    -------
    reason
        `"said"` for a text, `"row"` for another row, `"names"` where nothing speaks against it;
        blank if nothing does.
    """
    if any(_says_new(of, text) for text in _texts_around(sheet_lines)):
        return "said"
    asked = set(candidates)
    old_lines = [line for line in sheet_lines if line.code and line not in asked]
    has_district = any(line.texts.get("district") for line in sheet_lines)
    if any("other_structure" in line.wrong.values() for line in sheet_lines):
        # where rows name their districts and most are of before, the new unit is a slip
        is_slip = has_district and len(old_lines) > len(sheet_lines) / 2
        return "" if is_slip else "row"
    return "" if old_lines or has_district else "names"


def _texts_around(sheet_lines: Sequence[Line]) -> Iterator[str]:
    """Give the name of a sheet, its titles, notes and comments, without headings and data."""
    sheet = sheet_lines[0].table.sheet
    table_rows = {line.row for line in sheet_lines}
    for table in {line.table for line in sheet_lines}:
        table_rows |= {*table.header, *table.read_rows}
    yield sheet.name
    yield from sheet.notes.values()
    for (row, _), cell in sheet.cells.items():
        if row not in table_rows and isinstance(cell.value, str):
            yield cell.value


def _says_new(of: Study, text: str) -> bool:
    """Say whether a text names the new structure, or a month or a period after the old one."""
    text = " ".join(text.lower().split())
    if PATTERNS["restructured"].search(text):
        return True
    last_day = places.describe_province(of)["structure_to"]
    if pd.isna(last_day):
        return False
    # the period of a document that is cited is no period of the numbers
    months, remainder = search_periods(PATTERNS["cited"].sub(" ", text), "month")
    keys = months | find_periods(tidy(remainder), of.grain).keys
    return any(read_period(key).end.isoformat() > last_day for key in keys)
