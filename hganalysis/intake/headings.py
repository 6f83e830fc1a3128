"""Check that the columns of a table are those of a report, each once, and say which are not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .. import indicators, study, words
from . import units
from .faults import Fault
from .headers import ANY_YEAR, UNUSED, Vocabulary, tidy
from .rowwords import called
from .sheets import Sheet, Value, letter
from .tables import Table

if TYPE_CHECKING:
    from collections.abc import Sequence


def check(sheet: Sheet, table: Table, *, summary: bool = False) -> list[Fault]:
    """
    List what is wrong with the columns of a table.

    Two columns that are one field, a column without a year among others that have one, a unit
    that does not count one by one, and a table without a place or without anything to count are
    errors. What is not read at all is for `account`.

    Parameters
    ----------
    sheet, table
        Where the columns stand.
    summary
        Whether a table of districts alone sums up what others say of communes.
    """
    return [
        *_twice(sheet, table),
        *_across(sheet, table),
        *_units(sheet, table),
        *_struck(sheet, table),
        *_missing(sheet, table, summary=summary),
        *_hamlets(sheet, table),
    ]


def title(table: Table, column: int) -> str:
    """Give the header of a column as its sender wrote it, in one line."""
    texts = dict.fromkeys(table.texts.get(column, ()))
    return " – ".join(" ".join(text.split()) for text in texts)


def row_of(table: Table, column: int = 0) -> int:
    """Give the row of a header that a fault of a column, or of the whole table, is shown in."""
    if column:
        return table.named.get(column, table.header.stop - 1)
    return max(table.named.values(), default=table.header.stop - 1)  # above units and numbers


def counts(table: Table, column: int) -> bool:
    """Say whether the header of a column names a unit of its own that counts one by one."""
    row_of_units = units.kind(table.units.get(column, (0, ""))[1])
    texts = table.texts.get(column, ())
    own = {units.kind(unit) for text in texts for unit in units.stated(text)}
    return "count" in {row_of_units, *own}


def _twice(sheet: Sheet, table: Table) -> list[Fault]:
    columns: dict[tuple[str, int | None], list[int]] = {}
    for at, one in table.columns.items():
        if one.field and one.field not in UNUSED and not is_share(one.field):
            columns.setdefault((one.field, one.year), []).append(at)
    return [
        _fault("same_field", sheet, table, at, field=field, columns=_listed(table, same))
        for (field, _), same in columns.items()
        if len(same) > 1
        for at in same
    ]


def _listed(table: Table, columns: list[int]) -> str:
    return ", ".join(f"{letter(at)} ({title(table, at)})" for at in columns)


def _across(sheet: Sheet, table: Table) -> list[Fault]:
    """Name the columns that have no year where others have one each."""
    if not table.across:
        return []
    listed = ", ".join(map(str, sorted(set(table.years.values()))))
    return [
        _fault("years_across", sheet, table, at, years=listed)
        for at in table.numbers
        if at not in table.years
        and not is_share(table.columns[at].field)
        and table.columns[at].field not in ANY_YEAR
    ]


def _units(sheet: Sheet, table: Table) -> list[Fault]:
    """Refuse columns whose header or row of units names one that does not count one by one."""
    faults = []
    for at in table.numbers:
        row, unit = table.units.get(at, (0, ""))
        kind = units.kind(unit)
        if kind not in {"scaled", "money"}:
            row, unit = 0, table.columns[at].unit
            kind = units.kind(unit)
        if kind in {"scaled", "money"} and not is_share(table.columns[at].field):
            one = _fault(f"unit_{kind}", sheet, table, at, unit=unit, columns=title(table, at))
            faults.append(replace(one, row=row or one.row))
    return faults


def _struck(sheet: Sheet, table: Table) -> list[Fault]:
    """Refuse a header of which a part is struck out: what the column is then is not certain."""
    return [
        replace(_fault("struck", sheet, table, at, struck=out), row=row)
        for (row, at), out in sheet.struck.items()
        if row in table.header
    ]


def _missing(sheet: Sheet, table: Table, *, summary: bool) -> list[Fault]:
    faults = []
    if not table.of("code", "commune") and not (summary and table.of("district")):
        faults.append("missing_place")
    if not table.numbers:
        faults.append("missing_numbers")
    if table.of("count", "out_of") and not table.of("indicator"):
        faults.append("missing_indicator")
    if table.of("indicator") and not table.of("count"):
        faults.append("missing_count")
    alone = [
        name
        for name in indicators.names()
        if table.of(f"{name}.out_of") and not table.of(f"{name}.count")
    ]
    return [
        *(_fault(rule, sheet, table, 0) for rule in faults),
        *(
            _fault("missing_count_of", sheet, table, table.of(f"{name}.out_of")[0], measure=label)
            for name, label in ((name, indicators.label(name)) for name in alone)
        ),
    ]


# Headings of the names of hamlets, the level below communes; "số ấp" counts them.
_HAMLETS = {
    *("ấp", "tên ấp", "ấp khu vực", "tên ấp khu vực", "khu vực", "khu vực ấp", "thôn", "tên thôn"),
    *("thôn xóm", "xóm", "khu phố", "ấp khu phố", "khóm", "khóm ấp", "ấp khóm", "tổ dân phố"),
    *("thôn tổ dân phố", "thôn bản", "hamlet", "hamlets", "village"),
}


def _hamlets(sheet: Sheet, table: Table) -> list[Fault]:
    """Refuse a table of hamlets: the numbers of one would be taken for those of its commune."""
    names = _HAMLETS if study.current().country == "VN" else set()
    if "levels.hamlet" in study.current().described:
        names = names | called("hamlet") | called("hamlets")
    return [
        _fault("by_hamlet", sheet, table, at)
        for at, texts in table.texts.items()
        if tidy(" ".join(texts[-1:])) in names
        and any(_has_letters(sheet.value(row, at)) for row in table.rows)
    ]


def _has_letters(value: Value) -> bool:
    return isinstance(value, str) and any(map(str.isalpha, value))


# From here on two headers differ in a letter or two; below, whole words do.
_ALIKE = 85


def near(texts: Sequence[str], known: Vocabulary) -> str:
    """Propose the known header that a text is most like or begins as, for a person to decide."""
    from rapidfuzz import fuzz, process

    for text in map(tidy, texts):
        found = process.extractOne(text, list(known.texts), scorer=fuzz.ratio, score_cutoff=_ALIKE)
        begun = [one for one in known.texts if one.startswith(f"{text} ")] if " " in text else []
        if found or begun:
            name = found[0] if found else min(begun, key=len)
            return words.term("reading.near", name=name)
    return ""


def is_share(field: str) -> bool:
    """Say whether a field is a share: it is computed, not read."""
    return field == "share" or field.endswith(".share")


def _fault(rule: str, sheet: Sheet, table: Table, column: int, **values: object) -> Fault:
    name = title(table, column)
    return Fault(
        rule,
        sheet.name,
        row_of(table, column),
        column,
        field=str(values.get("field", "")),
        found=name,
        blanks={"column": letter(column), "header": name or "–", **values},
    )
