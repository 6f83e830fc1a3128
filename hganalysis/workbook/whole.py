"""Look at a report as a whole: places that stand twice or not at all, sums that do not add up."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from .. import places, study, words
from .faults import show
from .vocabulary import PATTERNS, called

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .cells import Line
    from .faults import Log


def repeats(lines: Sequence[Line], log: Log) -> set[int]:
    """
    Find communes that are reported more than once in a year.

    Two rows may complete each other: teams on one sheet, measures on another. Rows that say the
    same again are refused but for the first; of rows that contradict each other none is chosen.

    Returns
    -------
    again
        The lines that say the same once more, by their `id`.
    """
    said: dict[tuple[str | None, int | None, str], list[Line]] = defaultdict(list)
    for line in lines:
        for field in line.numbers:
            said[line.code, line.year, field].append(line)
    some = {key: found for key, found in said.items() if len(found) > 1}
    differs = {
        id(line)
        for (_, _, field), found in some.items()
        if len({line.numbers[field] for line in found}) > 1
        for line in found
    }
    firsts = {id(found[0]) for found in said.values()}
    involved = {id(line): line for found in some.values() for line in found}
    again = involved.keys() - differs - firsts
    of_key: dict[tuple[str | None, int | None], list[Line]] = defaultdict(list)
    for line in involved.values():
        of_key[line.code, line.year].append(line)
    for at, line in involved.items():
        if at not in differs | again:
            continue
        others = of_key[line.code, line.year]
        unlike = [one for one in others if id(one) in differs] if at in differs else [line]
        told = {"commune": show(places.name(str(line.code))), "year": str(line.year)}
        told |= {"first": _places(others[:1]), "places": _places(unlike)}
        rule = "duplicate_differs" if at in differs else "duplicate_same"
        log.of(line, rule, **told)
        line.wrong.setdefault("", rule)
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


def years(lines: Sequence[Line], log: Log) -> None:
    """Find rows of a year that hardly another row of their sheet is of."""
    for some in _by_sheet(lines).values():
        number = Counter(line.year for line in some)
        most = number.most_common(1)[0][0]
        there = {line.code for line in some if line.year == most}
        for line in some:
            few = _ALONE if number[line.year] == 1 else _FEW
            slip = line.year != most and number[line.year] * few <= number[most]
            if slip and line.code not in there:
                log.of(line, "year_alone", "year", year=str(line.year), others=str(most))
                line.wrong.setdefault("year", "year_alone")


def _by_sheet(lines: Iterable[Line]) -> dict[int, list[Line]]:
    found: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        found[id(line.table.sheet)].append(line)
    return found


def missing(lines: Sequence[Line], empty: Sequence[Line], log: Log) -> None:
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
    blank = {(line.about, line.year): line for line in empty}
    for year in sorted({line.year for line in lines if line.year}):
        reported = {line.about for line in lines if line.year in {year, None}}
        there = {upper[code] for code in reported if code in upper}
        gone: Counter[str] = Counter()
        for code, home in upper.items():
            line = blank.get((code, year))
            if code in reported:
                continue
            if not alone and home not in there and line is None:
                gone[home] += 1
                continue
            told = {"code": code, "commune": show(places.name(code)), "year": str(year)}
            told["district"] = "" if alone else show(places.name(home))
            if line is None:
                log.fault("commune_missing", blanks=told)
            else:
                log.of(line, "commune_missing", **told)
        for code, number in gone.items():
            told = {"district": show(places.name(code)), "communes": show(number)}
            log.fault("district_missing", blanks={**told, "year": str(year)})


# --- sums ---

_WHOLE = {"province", "the province"}
"""Beside what the study and the country call the whole."""


class _Scope(NamedTuple):
    """What a total is of: a name to show, and the lines that add up to it."""

    label: str
    lines: list[Line]
    code: str = ""
    """Of a district; empty for all lines of a sheet."""


def sums(lines: Sequence[Line], totals: Sequence[Line], log: Log) -> None:
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
        scopes = _scopes(here or list(lines), some, elsewhere=not here)
        placed = all(line.home for line in here or lines)
        for total, scope in scopes:
            if not total.numbers:
                continue
            if scope is None:
                log.of(total, "total_unclear")
            elif not scope.lines:
                log.of(total, "total_alone", place=show(scope.label))
                for cell in total.cells.values():
                    cell.used = "asked" if cell.is_number else cell.used
            elif not scope.code or placed:
                # a line whose district is not known may be what is missing from the sum
                same = [
                    (one, of) for one, of in scopes if of and of.code and one.year == total.year
                ]
                _compare(total, scope, [] if scope.code else same, log)


def _scopes(
    lines: list[Line], totals: list[Line], *, elsewhere: bool
) -> list[tuple[Line, _Scope | None]]:
    """Find out what each total of a sheet is of: by the name beside it, else by where it stands."""
    found: list[tuple[Line, _Scope | None]] = []
    before = last = 0
    lines = sorted(lines, key=lambda line: line.row)
    rows = [line.row for line in lines]
    of: dict[tuple[int | None, str | None], list[Line]] = defaultdict(list)
    for line in lines:
        for key in dict.fromkeys(product((line.year, None), (line.home, ""))):
            of[key].append(line)
    years, homes = ({key[at] for key in of} - {None, ""} for at in (0, 1))
    for total in totals:
        if total.row != last:  # where years stand side by side a row has a total of each
            before, last = last, total.row
        if not total.year and len(years) > 1:
            found.append((total, None))
            continue
        code, whole = _named(total)
        if not code and not whole and not elsewhere and len(homes) > 1:
            block = lines[bisect_right(rows, before) : bisect_left(rows, total.row)]
            inside = {line.home for line in block if line.home}
            # a total right below the communes of one district, where there are others, is its own
            code = next(iter(inside)) if len(inside) == 1 else ""
        own = of.get((total.year, code), [])
        named = code or (str(next(iter(homes))) if len(homes) == 1 else "")
        label = places.name(named) if named else words.term("sense.sheet")
        found.append((total, _Scope(label, own, code) if own or code else None))
    return found


def _named(total: Line) -> tuple[str, bool]:
    """Read what a total is of from the names beside it: a district's code, or all there is."""
    if total.kind.level in {"all", "province"}:
        return "", True
    wholes = _WHOLE | study.current().country.whole | called("province") | called("whole")
    for text in (total.kind.label, *map(total.texts.get, ("district", "commune", "code"))):
        text = unicodedata.normalize("NFC", text or "").strip()
        plain = PATTERNS["added"].sub("", text).strip(" :.-–")
        if text and {plain.casefold(), text.casefold()} & wholes:
            return "", True
        if not plain:
            continue
        found = places.find_codes(pd.Series([plain]), level="district").iloc[0]
        if found["code"]:
            return str(found["code"]), False
        if places.find_codes(pd.Series([plain]), level="province").iloc[0]["code"]:
            return "", True
    return "", False


def _compare(total: Line, scope: _Scope, below: list[tuple[Line, _Scope]], log: Log) -> None:
    lines = scope.lines
    # what is wrong as a whole, or of which nobody knows where it belongs, is a part of no sum
    if any(not line.year or "" in line.wrong or "year" in line.wrong for line in lines) or (
        scope.code and any(not line.code for line in lines)
    ):
        return
    homes = {line.home for line in lines if line.home}
    complete = bool(below) and {part.code for _, part in below} >= homes
    for field in dict.fromkeys(field for line in lines for field in line.numbers):
        told, added = total.numbers.get(field), sum(line.numbers.get(field, 0) for line in lines)
        if told is None or any(field in line.wrong for line in lines):
            continue
        # it may add up the totals of the districts, too
        sub = sum(one.numbers.get(field, 0) for one, _ in below)
        if added == told or (complete and sub == told):
            continue
        log.of(
            *(total, "sum_differs", field),
            place=show(scope.label),
            number=show(len(lines)),
            sum=show(added),
            difference=words.number(told - added, signed=True),
        )
        total.wrong[field] = "sum_differs"
