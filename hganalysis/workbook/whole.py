"""Look at a report as a whole: places that stand twice or not at all, sums that do not add up."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from itertools import pairwise, product
from typing import TYPE_CHECKING

import pandas as pd

from .. import places, study, words
from .faults import show
from .vocabulary import PATTERNS, level_nouns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .cells import Line
    from .faults import Log


def refuse_repeated(lines: Sequence[Line], log: Log) -> set[Line]:
    """
    Find communes that are reported more than once in a year.

    Two rows may complete each other: teams on one sheet, measures on another. Rows that say the
    same again are refused but for the first; of rows that contradict each other none is chosen.

    Returns
    -------
    again
        The lines that say the same once more.
    """
    said: dict[tuple[str | None, int | None, str], list[Line]] = defaultdict(list)
    for line in lines:
        for field in line.numbers:
            said[line.code, line.year, field].append(line)
    firsts = {some[0] for some in said.values()}
    differ: set[Line] = set()
    twice: dict[tuple[str | None, int | None], set[Line]] = defaultdict(set)
    for (code, year, field), some in said.items():
        differ |= {*some} if len({one.numbers[field] for one in some}) > 1 else set()
        twice[code, year] |= {*some} if len(some) > 1 else set()
    again, order = set(), {line: at for at, line in enumerate(lines)}
    for (code, year), lot in twice.items():
        others = sorted(lot, key=order.__getitem__)
        for line in others:
            if line in firsts and line not in differ:
                continue
            rule = "duplicate_differs" if line in differ else "duplicate_same"
            told = {"commune": show(places.name(str(code))), "year": str(year)}
            log.fault_of_line(line, rule, first=_places(others[:1]), places=_places(others), **told)
            line.wrong.setdefault("", rule)
            again |= {line} - differ
    return again


def _places(lines: Sequence[Line]) -> str:
    """Write where rows stand; of many, the first few."""
    told = [
        words.term("sense.sheet_row", sheet=show(line.table.sheet.name), row=line.row)
        for line in lines[:5]
    ]
    return "; ".join(told) + ("; …" if len(lines) > len(told) else "")


# One row in so many, or fewer, of a year is taken for a slip, where all others are of another; a
# single one is among three.
_FEW, _ALONE = 10, 3


def check_years(lines: Sequence[Line], log: Log) -> None:
    """Find rows of a year that hardly another row of their sheet is of."""
    for some in _by_sheet(lines).values():
        number = Counter(line.year for line in some)
        most = number.most_common(1)[0][0]
        there = {line.code for line in some if line.year == most}
        for line in some:
            few = _ALONE if number[line.year] == 1 else _FEW
            slip = line.year != most and number[line.year] * few <= number[most]
            if slip and line.code not in there:
                log.fault_of_line(line, "year_alone", "year", year=str(line.year), others=str(most))
                line.wrong.setdefault("year", "year_alone")


def _by_sheet(lines: Iterable[Line]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        found[id(line.table.sheet)].append(line)
    return found


def warn_of_missing(lines: Sequence[Line], empty: Sequence[Line], log: Log) -> None:
    """
    List the communes that have no figures, for each year that is reported.

    Parameters
    ----------
    lines
        Those with figures. One without a year counts for every year.
    empty
        Those that name a commune and a year and have no figures; there the warning can stand.
    """
    alone = len(places.levels()) < 2
    upper = {str(code): home for code, home in places.communes()["district_code"].items()}
    blank = {(line.probable_code, line.year): line for line in empty}
    for year in sorted({line.year for line in lines if line.year}):
        reported = {line.probable_code for line in lines if line.year in {year, None}}
        there = {upper[code] for code in reported if code in upper}
        gone: Counter[str] = Counter()
        for code, home in upper.items():
            line = blank.get((code, year))
            if code in reported:
                continue
            if not (alone or home in there or line):
                gone[home] += 1
                continue
            told = {"code": code, "commune": show(places.name(code)), "year": str(year)}
            told["district"] = "" if alone else show(places.name(home))
            if line:
                log.fault_of_line(line, "commune_missing", **told)
            else:
                log.fault("commune_missing", blanks=told)
        for code, number in gone.items():
            told = {"district": show(places.name(code)), "communes": show(number)}
            log.fault("district_missing", blanks={**told, "year": str(year)})


# --- sums ---

_WHOLE = {"province", "the province"}
"""Beside what the study and the country call the whole."""


def check_sums(lines: Sequence[Line], totals: Sequence[Line], log: Log) -> None:
    """
    Compare each total with the sum of the lines it stands for.

    Parameters
    ----------
    lines
        Those of places with figures, each once.
    totals
        The lines of totals.
    """
    of_sheet = _by_sheet(lines)
    for sheet, some in _by_sheet(totals).items():
        here = of_sheet.get(sheet, [])
        # a sheet of sums alone: of what the other sheets say
        _hold(some, here or lines, log, elsewhere=not here)


def _hold(totals: list[Line], lines: Sequence[Line], log: Log, *, elsewhere: bool) -> None:
    """Find out what each total of a sheet is of, by its name or where it stands, and compare."""
    lines = sorted(lines, key=lambda line: line.row)
    rows = [line.row for line in lines]
    of: dict[tuple[int | None, str | None], list[Line]] = defaultdict(list)
    for line in lines:
        for key in product({line.year, None}, {line.probable_parent, ""}):
            of[key].append(line)
    placed = all(line.probable_parent for line in lines)
    years, homes = ({key[at] for key in of} - {None, ""} for at in (0, 1))
    before = {row: above for above, row in pairwise([0, *sorted({one.row for one in totals})])}
    for total in (one for one in totals if one.numbers):
        code, whole = _named(total)
        if not code and not whole and not elsewhere and len(homes) > 1:
            block = lines[bisect_right(rows, before[total.row]) : bisect_left(rows, total.row)]
            inside = {line.probable_parent for line in block if line.probable_parent}
            # a total right below the communes of one district, where there are others, is its own
            code = next(iter(inside)) if len(inside) == 1 else ""
        own = of.get((total.year, code), [])
        name = code or (str(next(iter(homes))) if len(homes) == 1 else "")
        label = show(places.name(name) if name else words.term("sense.sheet"))
        if (not total.year and len(years) > 1) or not (own or code):
            log.fault_of_line(total, "total_unclear")
        elif not own:
            log.fault_of_line(total, "total_alone", place=label)
            for cell in total.cells.values():
                cell.status = "asked" if cell.is_number else cell.status
        elif not code or placed:
            # a line whose district is not known may be what is missing from the sum
            _compare(total, own, code, label, log)


def _named(total: Line) -> tuple[str, bool]:
    """Read what a total is of from the names beside it: a district's code, or all there is."""
    wholes = _WHOLE | study.current().country.whole | level_nouns("province") | level_nouns("whole")
    if total.kind.level in {"all", "province"}:
        return "", True
    for text in (total.kind.label, *map(total.texts.get, ("district", "commune", "code"))):
        text = unicodedata.normalize("NFC", text or "").strip()
        plain = PATTERNS["added"].sub("", text).strip(" :.-–")
        if {plain.casefold(), text.casefold()} & wholes:
            return "", True
        for level in ("district", "province"):
            code = places.find_codes(pd.Series([plain]), level=level).iloc[0]["code"]
            if code:
                return (str(code), False) if level == "district" else ("", True)
    return "", False


def _compare(total: Line, lines: list[Line], code: str, label: str, log: Log) -> None:
    # what is wrong as a whole, or of which nobody knows where it belongs, is a part of no sum
    if any(not line.year or {"", "year"} & {*line.wrong} for line in lines) or (
        code and any(not line.code for line in lines)
    ):
        return
    for field in dict.fromkeys(field for line in lines for field in line.numbers):
        told, added = total.numbers.get(field), sum(line.numbers.get(field, 0) for line in lines)
        if told in {None, added} or any(field in line.wrong for line in lines):
            continue
        blanks = {"place": label, "number": show(len(lines)), "sum": show(added)}
        blanks["difference"] = words.number(told - added, signed=True)
        log.fault_of_line(total, "sum_differs", field, **blanks)
        total.wrong[field] = "sum_differs"
