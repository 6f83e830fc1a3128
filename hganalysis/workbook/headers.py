"""Recognise what columns are by the texts above them, never by likeness; say what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .. import indicators, study, words
from .faults import Fault
from .sheets import Sheet, Value, letter
from .template import NUMBERS
from .vocabulary import PLACE, TEXTS, UNUSED, Meaning, Vocabulary, bare, called, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .tables import Table


_RISKY = frozenset(TEXTS["headings"]["risky"])
_HAMLETS = frozenset(TEXTS["headings"]["hamlets"])
ANY_YEAR = {"population", "households"}
"""Residents and households may come from a count of another year than the report."""
UNUSED_ANSWER = "unused"
"""What a person says of a heading whose column is not to be read."""


def _both(texts: list[str]) -> frozenset[str]:
    """Give texts with their marks and without."""
    return frozenset(one for text in texts for one in (tidy(text), bare(text)))


_NEUTRAL, _WHEN = (_both(TEXTS["headings"][name]) for name in ("neutral", "whole"))
_UNITS = {name: _both(texts) for name, texts in TEXTS["units"].items()}
_EVERY = frozenset().union(*_UNITS.values())


@dataclass(frozen=True)
class Heading:
    """What a column is by all its header texts: `field` is empty where that is not certain."""

    field: str = ""
    year: int | None = None
    encoding: str = ""


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
        return found and replace(found, field=known.named(found.field))
    others: dict[Meaning, str] = {}
    for encoding, decoded in study.current().country.decodings(text):
        other = _meaning(decoded, known, plain_row=plain_row)
        if other is not None:
            others[other] = encoding
    if len(others) != 1:
        return None
    [(other, encoding)] = others.items()
    return replace(other, field=known.named(other.field), encoding=encoding)


_TIME = re.compile(
    r"\b(?:tháng|thang|thg|quý|quy|năm|nam|months?|quarters?|years?|h[12]|q[1-4]|31 12)\b"
)
_YEARS = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")


def is_time(text: str) -> bool:
    """
    Say whether a text with figures tells a time, so that it can head a column.

    Examples
    --------
    >>> is_time("9 tháng đầu năm 2023"), is_time("12 tháng"), is_time("9")
    (True, True, False)
    """
    return len(text) <= _LONGEST and _TIME.search(tidy(text)) is not None


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
    >>> heading(["Hộ nghèo", "Số hộ"], known).field, heading(["Số tổ kế hoạch"], known).field
    ('', '')
    """
    shown = [text for at, text in enumerate(texts) if text and text not in texts[:at]]
    if answer := known.answers.get(tidy(" ".join(shown))):
        said_years = {int(year) for year in _YEARS.findall(" ".join(shown))}
        field = "number" if answer == UNUSED_ANSWER else answer
        return Heading(field, next(iter(said_years)) if len(said_years) == 1 else None)
    read = [meaning(text, known, plain_row=plain_row) for text in shown]
    for one in read:
        if one is not None and one.exact:
            return Heading(one.field, encoding=one.encoding)
    said = [one for one in read if one is not None]
    if not said or read[-1] is None:
        return Heading()
    years = {one.year for one in said} - {None}
    field = _field([one for one in said if one.names])
    # Whose residents? An unknown heading above may say; a place is held to the official list.
    strange = None in read and field not in {*PLACE, *UNUSED, "year"}
    if len(years) > 1 or strange or not all(fits(one.unit, field) for one in said if one.unit):
        return Heading()
    return Heading(
        field,
        None if field in ANY_YEAR else next(iter(years), None),
        next((one.encoding for one in said if one.encoding), ""),
    )


def is_unit(text: str) -> bool:
    """
    Say whether a text names what is counted, and nothing else.

    Examples
    --------
    >>> [is_unit(text) for text in ("người", "%", "nghìn người", "Số tổ")]
    [True, True, False, False]
    """
    return tidy(text) in _EVERY


def is_percent(text: str) -> bool:
    """Say whether a text names shares."""
    return tidy(text) in _UNITS["percent"]


def fits(unit: str, field: str) -> bool:
    """
    Say whether a column may be counted in a unit.

    Examples
    --------
    >>> fits("người", "app_users.count"), fits("hộ", "app_users.count"), fits("hộ", "households")
    (True, False, True)
    """
    name, _, part = field.partition(".")
    key = tidy(unit)
    if key in _UNITS["any"] or not field or field in {*PLACE, *UNUSED, "year", "indicator"}:
        return True
    if is_share(field):
        return key in _UNITS["percent"]
    if not part and name not in _UNITS:
        return key in _EVERY - _UNITS["percent"]
    kind = name
    if part:
        one = indicators.get(name, year=indicators.years(name)[0])
        kind = "files" if part == "out_of" and one.denominator == "files" else one.unit
    return key in _UNITS.get(kind, _EVERY - _UNITS["percent"])


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


_LONGEST = 300  # letters: what is longer is no heading
_INSIDE = re.compile(r"[(\[]([^()\[\]]*)[)\]]")


def _meaning(text: str, known: Vocabulary, *, plain_row: bool) -> Meaning | None:
    if text.strip() in known.exact:
        return Meaning(field=text.strip(), exact="." in text or "_" in text)
    if len(text) > _LONGEST:
        return None

    def look(piece: str) -> Meaning | None:
        return _look_up(tidy(piece), known, plain=text.isascii(), plain_row=plain_row)

    whole = look(text) if "%" not in text else None
    if whole is not None:
        return whole
    inside, outside = _INSIDE.findall(text), _INSIDE.sub(" ", text)
    pieces = [one for one in (outside, *inside) if tidy(one)]
    if "%" in text:
        # a share of a measure, or of what the headings above say; never a place or a year
        rest = [look(one) for piece in pieces for one in piece.split("%") if tidy(one)]
        named = [one for one in rest if one and one.indicator]
        if None in rest or any(one and one.field for one in rest) or len(named) > 1:
            return None
        return Meaning(indicator=named[0].indicator if named else "", part="share")
    read = [Meaning(unit=one) if one in inside and is_unit(one) else look(one) for one in pieces]
    if not read or None in read:
        return None
    return _together([one for one in read if one is not None])


def _together(read: list[Meaning]) -> Meaning | None:
    """Put together what stands in brackets and what does not."""
    named = [one for one in read if one.field or one.indicator]
    parts = {one.part for one in read if one.part}
    years = {one.year for one in read if one.year}
    units = {one.unit for one in read if one.unit}
    of = {(one.field, one.indicator) for one in named}
    if max(len(of), len(parts), len(years), len(units)) > 1 or (parts and named and named[0].field):
        return None
    return replace(
        named[0] if named else read[0],
        part=next(iter(parts), ""),
        year=next(iter(years), None),
        unit=next(iter(units), ""),
        when=any(one.when for one in read),
    )


_DEEPEST = 3  # ends of a heading that are taken off


def _look_up(
    key: str, known: Vocabulary, *, plain: bool, plain_row: bool, depth: int = 0
) -> Meaning | None:
    """Look a text up as it stands, then without the years and the whole years at its ends."""
    one = known.texts.get(key)
    if one is None and plain and (plain_row or key not in _RISKY):
        one = known.plain.get(key)
    if one is not None:
        return one
    if key in _WHEN or key in _NEUTRAL:
        return Meaning(when=key in _WHEN, neutral=True)
    if key in _EVERY:
        return Meaning(unit=key)
    for said, rest in _ends(key) if depth < _DEEPEST else ():
        year = int(said[-4:]) if said[-4:].isdigit() else None
        if not rest:
            return Meaning(year=year, when=True, neutral=True)
        one = _look_up(rest, known, plain=plain, plain_row=plain_row, depth=depth + 1)
        # the name of a measure is a target where a year stands beside it
        if one and not (one.field == "indicator" and year) and year in {None, one.year or year}:
            return replace(one, year=year or one.year, when=True)
    return None


_AHEAD = re.compile(r"((?:(?:năm|nam|year) )?(?:19|20)[0-9]{2})(?: |$)(.*)")
_BEHIND = re.compile(r"(.*?)(?:^| )((?:(?:năm|nam|year) )?(?:19|20)[0-9]{2})")
_SHORTER = re.compile(r"(.*?)(?:^| )((?:19|20)[0-9]{2})")


def _ends(key: str) -> Iterator[tuple[str, str]]:
    """Give what of a heading is a year or a whole year, at either end, and what is left then."""
    for pattern, at in ((_BEHIND, 2), (_SHORTER, 2), (_AHEAD, 1)):
        if found := pattern.fullmatch(key):
            yield found[at], found[3 - at].strip()
    words = key.split(" ")
    for at in range(1, min(5, len(words))):
        for said, rest in ((words[:at], words[at:]), (words[-at:], words[:-at])):
            if " ".join(said) in _WHEN:
                yield " ".join(said), " ".join(rest)


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
    """Refuse columns whose row of units names what they do not count."""
    return [
        replace(_fault("unit_differs", sheet, table, at, unit=unit), row=row)
        for at, (row, unit) in table.units.items()
        if at in table.numbers and not fits(unit, table.columns[at].field)
    ]


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
    names = _HAMLETS if study.current().country.hamlet else frozenset()
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
