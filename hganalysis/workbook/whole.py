"""Check a report as a whole: repeated and missing places, rare periods, and sums."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from .. import places, words
from .faults import first_few, mark, show
from .times import period_name
from .vocabulary import PATTERNS, level_nouns

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..grid import Sheet
    from ..periods import PeriodKey
    from ..study import Study
    from .cells import Line
    from .faults import Log


def refuse_repeated(lines: Sequence[Line], log: Log) -> set[Line]:
    """
    Find communes that are reported more than once in a period.

    Two rows may complete each other: teams on one sheet, measures on another. Of rows that repeat
    the same, all but the first are refused. Rows that contradict each other are all refused.

    Returns
    -------
    repetitions
        The lines that repeat what an earlier line has.
    """
    by_place: dict[tuple[str | None, PeriodKey | None], list[Line]] = defaultdict(list)
    for line in lines:
        by_place[line.code, line.period].append(line)
    repetitions: set[Line] = set()
    for place_lines in by_place.values():
        repetitions |= _refuse_lines(place_lines, log)
    return repetitions


def _refuse_lines(place_lines: list[Line], log: Log) -> set[Line]:
    """Refuse lines of one place and period that repeat or contradict others; give the former."""
    n_lines = Counter(field for line in place_lines for field in line.numbers)
    numbers = {item for line in place_lines for item in line.numbers.items()}
    n_numbers = Counter(field for field, _ in numbers)
    repeated = [line for line in place_lines if _has_more(line, n_lines)]
    where = {"first": _list_rows(repeated[:1]), "places": _list_rows(repeated)}
    repetitions: set[Line] = set()
    earlier_fields: set[str] = set()
    for line in repeated:
        if _has_more(line, n_numbers):
            _refuse(line, "duplicate_differs", where, log)
        elif line.numbers.keys() <= earlier_fields:
            _refuse(line, "duplicate_same", where, log)
            repetitions.add(line)
        earlier_fields |= line.numbers.keys()
    return repetitions


def _has_more(line: Line, n_of_field: Counter[str]) -> bool:
    """Say whether there is more than one of any field of a line."""
    return any(n_of_field[field] > 1 for field in line.numbers)


def _refuse(line: Line, rule: str, where: Mapping[str, str], log: Log) -> None:
    """Refuse a line that repeats or contradicts others."""
    commune = show(places.name(str(line.code)))
    period = period_name(line.period)
    log.fault_of_line(line, rule, commune=commune, period=period, **where)


def _list_rows(lines: Sequence[Line]) -> str:
    """Write where rows are; of many, the first few."""
    rows = [
        words.term("sense.sheet_row", sheet=show(line.table.sheet.name), row=line.row)
        for line in lines[:6]
    ]
    return first_few(rows, 5, "; ")


# A period is taken for a slip of the keyboard where another period of the sheet has at least so
# many rows for each row of it: ten; three for a single row.
_ROWS_PER_SLIP, _ROWS_PER_SINGLE_SLIP = 10, 3


def check_periods(lines: Sequence[Line], log: Log) -> None:
    """Find rows of a period that hardly any other row of their sheet has."""
    for sheet_lines in group_by_sheet(lines).values():
        n_rows = Counter(line.period for line in sheet_lines)
        usual_period = n_rows.most_common(1)[0][0]
        usual_codes = {line.code for line in sheet_lines if line.period == usual_period}
        for line in sheet_lines:
            rows_per_slip = _ROWS_PER_SINGLE_SLIP if n_rows[line.period] == 1 else _ROWS_PER_SLIP
            is_rare = n_rows[line.period] * rows_per_slip <= n_rows[usual_period]
            if line.period != usual_period and is_rare and line.code not in usual_codes:
                others = period_name(usual_period)
                blanks = {"period": period_name(line.period), "others": others}
                blanks["Others"] = others[:1].upper() + others[1:]
                log.fault_of_line(line, "period_alone", "period", **blanks)


def group_by_sheet(lines: Iterable[Line]) -> dict[Sheet, list[Line]]:
    """Group lines by their sheet."""
    by_sheet: dict[Sheet, list[Line]] = defaultdict(list)
    for line in lines:
        by_sheet[line.table.sheet].append(line)
    return by_sheet


def warn_of_missing(lines: Sequence[Line], empty_lines: Sequence[Line], log: Log) -> None:
    """
    List the communes that have no figures, for each period that is reported.

    Parameters
    ----------
    lines
        Those with figures. One without a period counts for every period.
    empty_lines
        Those that name a commune and a period and have no figures: the warning is at their row.
    """
    for period in sorted({line.period for line in lines if line.period}):
        reported = {line.probable_code for line in lines if line.period in {period, None}}
        empty_line_of = {line.probable_code: line for line in empty_lines if line.period == period}
        _warn_of_period(period, reported, empty_line_of, log)


def _warn_of_period(
    period: PeriodKey, reported: set[str | None], empty_line_of: dict[str | None, Line], log: Log
) -> None:
    """Warn of each district of several without figures in a period, and of communes elsewhere."""
    parents: dict[Any, str] = places.units()["compared_code"].to_dict()
    n_parts = Counter(parents.values())
    reported_parents = {parents[code] for code in reported if code in parents}
    n_missing: Counter[str] = Counter()
    missing = [code for code in parents if code not in reported]
    for code in missing:
        parent = parents[code]
        empty_line = empty_line_of.get(code)
        if not (n_parts[parent] == 1 or parent in reported_parents or empty_line):
            n_missing[parent] += 1
            continue
        blanks = {"code": code, "commune": show(places.name(code))}
        blanks |= {"district": show(places.name(parent)), "period": words.period(period)}
        if empty_line:
            log.fault_of_line(empty_line, "commune_missing", **blanks)
        else:
            log.fault("commune_missing", **blanks)
    for parent, number in n_missing.items():
        blanks = {"district": show(places.name(parent)), "communes": show(number)}
        log.fault("district_missing", period=words.period(period), **blanks)


# --- sums ---


class _Summands:
    """Lines that totals may add up: all of them, their periods, and those of each district."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.periods = {line.period for line in lines} - {None}
        self.of_district: dict[str, list[Line]] = defaultdict(list)
        for line in lines:
            self.of_district[line.probable_parent or ""].append(line)


def check_sums(of: Study, lines: Sequence[Line], totals: Sequence[Line], log: Log) -> None:
    """
    Compare each total with the sum of its lines.

    A total that names neither a district nor the whole adds up the rows since the total above it.
    If these are of several districts, it is not compared, and a warning says so.

    Parameters
    ----------
    of
        The study, which says what the whole is called.
    lines
        Those of places with figures, each once.
    totals
        The lines of totals.
    """
    lines_of_sheet = group_by_sheet(lines)
    of_all_sheets = _Summands(lines)
    for sheet, sheet_totals in group_by_sheet(totals).items():
        if sheet in lines_of_sheet:
            _check_sheet(of, sheet_totals, lines_of_sheet[sheet], log)
        else:
            # a sheet of sums alone has sums of the other sheets
            for total in sheet_totals:
                _check_total(total, _read_district(of, total) or "", of_all_sheets, log)


def _check_sheet(of: Study, totals: list[Line], lines: list[Line], log: Log) -> None:
    """Compare the totals of a sheet with its lines."""
    rows = sorted({total.row for total in totals})
    lines_above: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        lines_above[bisect_left(rows, line.row)].append(line)
    of_sheet = _Summands(lines)
    for total in totals:
        district, summands = _read_district(of, total), of_sheet
        if district is None:
            summands = _Summands(lines_above[bisect_left(rows, total.row)])
        if district is None and len(summands.of_district) > 1:
            summands = _Summands([])
        _check_total(total, district or "", summands, log)


def _check_total(total: Line, district: str, summands: _Summands, log: Log) -> None:
    """Compare a total with the lines of its district and period, or ask where they are."""
    candidates = summands.of_district[district] if district else summands.lines
    lines = [line for line in candidates if total.period in {None, line.period}]
    parents = {line.probable_parent or "" for line in lines}
    name = parents.pop() if len(parents) == 1 else district
    label = show(places.name(name) if name else words.term("sense.sheet"))
    is_undated = not total.period and len(summands.periods) > 1
    if not total.numbers:
        return
    if is_undated or not (lines or district):
        log.fault_of_line(total, "total_unclear", once_per=total.table.sheet)
    elif not lines:
        _ask_about_total(total, label, log)
    # a line whose district is not known may be what the sum of a district lacks
    elif not district or not summands.of_district[""]:
        _compare(total, lines, district, label, log)


def _ask_about_total(total: Line, label: str, log: Log) -> None:
    """Ask about a total of a district that has no lines."""
    log.fault_of_line(total, "total_alone", place=label)
    for cell in total.cells.values():
        if cell.is_number:
            cell.status = "asked"


def _read_district(of: Study, total: Line) -> str | None:
    """
    Read what a total is of from the names beside it.

    Returns
    -------
    district
        Its code; blank for the whole; None if no name says it.
    """
    if total.kind.level in {"all", "province"}:
        return ""
    whole_names = of.country.whole | level_nouns(of, "province") | level_nouns(of, "whole")
    for text in (total.kind.label, *map(total.texts.get, ("district", "commune", "code"))):
        name = text or ""
        bare_name = PATTERNS["added"].sub("", name).strip(" :.-–")
        if {bare_name.casefold(), name.casefold()} & whole_names:
            return ""
        for level in ("district", "province"):
            code = places.find_codes(pd.Series([bare_name]), level=level).iloc[0]["code"]
            if code:
                return str(code) if level == "district" else ""
    return None


def _compare(total: Line, lines: list[Line], district: str, label: str, log: Log) -> None:
    """Refuse each number of a total that is not the sum of its lines."""
    if any(_may_not_count(line, district) for line in lines):
        return
    unreadable = {field for line in lines for field in line.wrong}
    for field in dict.fromkeys(field for line in lines for field in line.numbers):
        stated = total.numbers.get(field)
        added = sum(line.numbers.get(field, 0) for line in lines)
        if stated is None or stated == added or field in unreadable:
            continue
        blanks = {"place": label, "number": show(len(lines)), "sum": mark(show(added))}
        blanks["difference"] = mark(words.number(stated - added, signed=True))
        log.fault_of_line(total, "sum_differs", field, **blanks)


def _may_not_count(line: Line, district: str) -> bool:
    """Say whether a line is refused, or its period or place is not known."""
    is_unplaced = bool(district) and not line.code
    return is_unplaced or not line.period or "" in line.wrong or "period" in line.wrong
