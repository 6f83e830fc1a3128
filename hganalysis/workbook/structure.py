"""Ask about rows that may be of old communes, or of units of July 2025.

The units of 2025 took names and codes of communes that were merged into them. A row that may be of
both is read as a place of the list, unless something in its sheet says that it has units of 2025.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from .. import places, study, words
from ..periods import read_period, search_periods
from .naming import Proposal, days_of_change
from .times import find_periods
from .vocabulary import PATTERNS, TEXTS, tidy, with_bare
from .whole import group_by_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .cells import Line
    from .corrections import Corrections
    from .faults import Log


def ask(lines: Sequence[Line], corrections: Corrections, log: Log) -> list[Proposal]:
    """
    Ask once for each sheet about the rows that may be of units of 2025.

    Parameters
    ----------
    lines
        Rows with figures, after their places were found. A row that is asked about loses its place.
    corrections
        Names that a person accepted are not asked about.

    Returns
    -------
    proposals
        The names that a person may accept for the communes of the list.
    """
    if study.current().described.get("before"):
        _ask_of_former(lines, log)
    new_codes = frozenset(places.crosswalk()["code_2025"])
    if not new_codes:
        return []
    proposals: dict[Proposal, None] = {}
    for sheet, sheet_lines in group_by_sheet(lines).items():
        candidates = _find_candidates(sheet_lines, corrections, new_codes)
        reason = _find_reason(sheet_lines, candidates) if candidates else ""
        if not reason:
            continue
        blanks = {
            "until": days_of_change()["until"],
            "why": words.term(f"sense.old_or_new_{reason}"),
        }
        for line in candidates:
            name, district = line.texts.get("commune", ""), line.texts.get("district", "")
            field = "commune" if name else "code"
            log.fault_of_line(line, "old_or_new", field, once_per=sheet, **blanks)
            if name:
                proposals[Proposal(name, district, "commune", str(line.code))] = None
            line.code = None
    return list(proposals)


def _ask_of_former(lines: Sequence[Line], log: Log) -> None:
    """
    Ask once for each sheet whose rows name a level that is gone, in a study that follows another.

    Its places took names and codes of former ones; a column "Huyện" speaks for these.
    """
    if len(places.levels()) > 1:
        return
    for sheet, sheet_lines in group_by_sheet(lines).items():
        for line in sheet_lines:
            header = _former_level_of(line)
            if line.code is not None and header:
                field = "commune" if line.texts.get("commune") else "code"
                log.fault_of_line(line, "former_level", field, once_per=sheet, header=header)
                line.code = None


def _former_level_of(line: Line) -> str:
    """Give the heading of a column that says in which district a place is; blank without one."""
    country = study.current().country.code
    headers = TEXTS.get(f"headers_{country}", TEXTS["headers_anywhere"])
    names = with_bare(headers.get("district", []))
    for number in line.table.columns_of("remark"):
        title = line.table.column_at(number).title
        cell = line.table.sheet.cell_at(line.row, number)
        if tidy(title) in names and cell is not None and cell.text.strip():
            return title
    return ""


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
        is_accepted = corrections.find("commune", name, line.texts.get("district", "")).code
        if line.code is None or is_accepted or not units:
            continue
        if not line.texts.get("code") or line.code in units:
            candidates.append(line)
    return candidates


def _find_reason(sheet_lines: Sequence[Line], candidates: Sequence[Line]) -> str:
    """
    Say what in a sheet speaks for the units of 2025.

    Returns
    -------
    reason
        `"said"` for a text, `"row"` for another row, `"names"` where nothing speaks against it;
        blank if nothing does.
    """
    if any(_says_new(text) for text in _texts_around(sheet_lines)):
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


def _says_new(text: str) -> bool:
    """Say whether a text names the new structure, or a month or a period after the old one."""
    text = " ".join(text.lower().split())
    if PATTERNS["restructured"].search(text):
        return True
    last_day = places.province()["structure_to"]
    if pd.isna(last_day):
        return False
    # the period of a document that is cited is no period of the numbers
    months, remainder = search_periods(PATTERNS["cited"].sub(" ", text), "month")
    keys = months | find_periods(tidy(remainder)).keys
    return any(read_period(key).end.isoformat() > last_day for key in keys)
