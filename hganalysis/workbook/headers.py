"""Recognise what columns are by the texts above them, never by likeness; say what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .. import indicators, study, words
from . import periods, units
from .faults import Fault
from .sheets import Sheet, Value, letter
from .template import NUMBERS
from .vocabulary import BRACKETED, PLACE, TEXTS, UNUSED, Meaning, Vocabulary, called, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .tables import Table


_SAID = {name: frozenset(texts) for name, texts in TEXTS["headings"].items()}
ANY_YEAR = {"population", "households"}
"""Residents and households may come from a count of another year than the report."""


@dataclass(frozen=True)
class Heading:
    """
    What a column is by all its header texts: `field` is empty where that is not certain.

    `period` says why it is not used where it holds a plan, a part of a year, or another year;
    `unit` names one that does not count one by one.
    """

    field: str = ""
    year: int | None = None
    encoding: str = ""
    period: periods.Kind = ""
    unit: str = ""


def meaning(text: str, known: Vocabulary, *, plain_row: bool = False) -> Meaning | None:
    """
    Say what one header text means, or None.

    Parameters
    ----------
    text
        As it stands in the cell.
    known
        From `vocabulary`.
    plain_row
        Whether no header of the row has diacritics, so that NAM can only be the year.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import vocabulary
    >>> known = vocabulary()
    >>> meaning("Số TV", known).field, meaning("Ví điện tử", known) is None
    ('members', True)
    >>> one = meaning("Người dùng ví điện tử (số đếm)", known)
    >>> one.indicator, one.part
    ('ewallet_users', 'count')
    """
    found = _meaning(text, known, plain_row=plain_row)
    if found is not None or text.isascii():
        return found and replace(found, field=known.field(found.field))
    others: dict[Meaning, str] = {}
    for encoding, decoded in study.current().country.decodings(text):
        other = _meaning(decoded, known, plain_row=plain_row)
        if other is not None:
            others[other] = encoding
    if len(others) != 1:
        return None
    [(other, encoding)] = others.items()
    return replace(other, field=known.field(other.field), encoding=encoding)


def is_time(text: str) -> bool:
    """
    Say whether a heading tells a period, a year or a plan, and nothing else.

    Examples
    --------
    >>> is_time("9 tháng đầu năm 2023"), is_time("12 tháng"), is_time("9 thg 2"), is_time("9")
    (True, True, False, False)
    """
    last = list(periods.said(tidy(text)))[-1]
    return not last.rest and bool(last.kinds)


def heading(texts: Sequence[str], known: Vocabulary, *, plain_row: bool = False) -> Heading:
    """
    Say what a column is by the texts above it, from the top down.

    Parameters
    ----------
    texts
        Header texts of the column: of a group of columns first, its own last.
    known
        From `vocabulary`.
    plain_row
        As for `meaning`.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import vocabulary
    >>> known = vocabulary()
    >>> heading(["Người dùng ví điện tử", "Trên tổng số"], known).field
    'ewallet_users.out_of'
    >>> heading(["Hộ nghèo", "Số hộ"], known).field
    ''
    """
    shown = [text for at, text in enumerate(texts) if text and text not in texts[:at]]
    read = [meaning(text, known, plain_row=plain_row) for text in shown]
    for one in read:
        if one is not None and one.exact:
            return Heading(one.field, encoding=one.encoding)
    strange = any(
        one is None and tidy(text) not in _SAID["neutral"]
        for one, text in zip(read[:-1], shown[:-1], strict=True)
    )
    said = [one for one in read if one is not None]
    period = periods.worst({one.period for one in said})
    if period in {"plan", "part", "other"}:
        return Heading(period=period)
    if not said or read[-1] is None:
        return Heading()
    years = {one.year for one in said} - {None}
    field = _field([one for one in said if one.names])
    # Whose residents? An unknown heading above may say; a place is held to the official list.
    if len(years) > 1 or (strange and field not in {*PLACE, *UNUSED, "year"}):
        return Heading()
    return Heading(
        field,
        None if field in ANY_YEAR else next(iter(years), None),
        next((one.encoding for one in said if one.encoding), ""),
        unit=next((one.unit for one in said if one.unit), ""),
    )


def _field(said: list[Meaning]) -> str:
    """Put a column's own text and the headings above it together, from the top down."""
    if not said:
        return ""
    *above, own = said
    if own.field:
        return own.field
    if own.indicator:
        return f"{own.indicator}.{own.part or 'count'}"
    for group in reversed(above):
        if group.indicator:
            return f"{group.indicator}.{own.part}"
        if group.field in NUMBERS and own.part == "count":
            return group.field
    return "" if above else own.part


def _meaning(text: str, known: Vocabulary, *, plain_row: bool) -> Meaning | None:
    if text.strip() in known.exact:
        return Meaning(field=text.strip(), exact="." in text or "_" in text)
    remarks = [one[1:-1] for one in BRACKETED.findall(text)]
    counted = [unit for remark in remarks for unit in _units(remark)]
    silent = all(_says_nothing(remark, known) or _units(remark) for remark in remarks)
    if not remarks:
        text, unit = units.parted(text)
        counted = [unit] if unit else []
    unit = next((one for one in counted if units.kind(one) not in {"count", "percent"}), "")
    key = tidy(BRACKETED.sub(" ", text) if silent else text)
    if "%" not in text:
        found = _look_up(key, known, plain=text.isascii(), plain_row=plain_row)
        return found and replace(found, unit=" ".join(unit.split()))
    # a share of a measure, or of what the headings above say; never a place or a year
    rest = tidy(BRACKETED.sub(" ", text)).replace("%", "").strip() if silent else key
    rest = " ".join(rest.replace("%", " ").split())
    found = _look_up(rest, known, plain=text.isascii(), plain_row=plain_row)
    if rest and (found is None or found.field):
        return None
    return Meaning(indicator=found.indicator if found else "", part="share")


def _look_up(key: str, known: Vocabulary, *, plain: bool, plain_row: bool) -> Meaning | None:
    for said in periods.said(key):
        years = {*said.years}
        if len(years) > 1:
            return None
        year, stem = next(iter(years), None), said.rest
        if (years or said.kinds) and (not stem or stem in _SAID["neutral"]):
            return Meaning(year=year, period=said.kind)
        one = known.texts.get(stem)
        if one is None and plain and (plain_row or stem not in _SAID["risky"]):
            one = known.plain.get(stem)
        if one is not None and not (one.field == "indicator" and year):  # a target of that year
            return replace(one, year=year or one.year, period=said.kind)
    return None


def _units(remark: str) -> list[str]:
    """Give the units that a remark behind a heading names."""
    return [remark] if units.kind(remark) else units.stated(remark)


def _says_nothing(remark: str, known: Vocabulary) -> bool:
    text = tidy(remark)
    part = known.texts.get(text)
    return text in _SAID["silent"] or (part is not None and not part.part)


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
        *_unit_faults(sheet, table),
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


def _unit_faults(sheet: Sheet, table: Table) -> list[Fault]:
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
            for name, label in ((name, indicators.measure_label(name)) for name in alone)
        ),
    ]


def _hamlets(sheet: Sheet, table: Table) -> list[Fault]:
    """Refuse a table of hamlets: the numbers of one would be taken for those of its commune."""
    names = _SAID["hamlets"] if study.current().country.hamlet else frozenset()
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
