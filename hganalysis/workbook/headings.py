"""Match headings and titles to texts that are known, never by likeness; the rest is asked about."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from .. import indicators, study, suppress
from .template import NUMBERS
from .vocabulary import PATTERNS, PLACE, TEXTS, UNUSED, Meaning, Vocabulary, bare, tidy

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

_RISKY = frozenset(TEXTS["headings"]["risky"])
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
_LONGEST = 300  # letters: what is longer is no heading
_INSIDE = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
_YEARS = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")


def is_time(text: str) -> bool:
    """
    Say whether a text with figures tells a time, so that it can head a column.

    Examples
    --------
    >>> is_time("9 tháng đầu năm 2023"), is_time("9")
    (True, False)
    """
    return len(text) <= _LONGEST and PATTERNS["time"].search(tidy(text)) is not None


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


def is_share(field: str) -> bool:
    """Say whether a field is a share: it is computed, not read."""
    return field == "share" or field.endswith(".share")


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
    if key in {"", *_UNITS["any"]} or field in {"", *PLACE, *UNUSED, "year", "indicator"}:
        return True
    if is_share(field):
        return key in _UNITS["percent"]
    if part:
        one = indicators.get(name, year=indicators.years(name)[0])
        name = "files" if part == "out_of" and one.denominator == "files" else one.unit
    return key in _UNITS.get(name, _EVERY - _UNITS["percent"])


def heading(texts: Sequence[str], known: Vocabulary, *, plain_row: bool = False) -> Meaning:
    """
    Say what a column is by the texts above it, from the top down.

    Parameters
    ----------
    texts
        Header texts of the column: of a group of columns first, its own last.
    known
        From `vocabulary`.
    plain_row
        Whether no header of the row has diacritics, so that NAM can only be the year.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import vocabulary
    >>> known = vocabulary()
    >>> heading(["Người dùng ví điện tử", "Trên tổng số"], known).field
    'ewallet_users.out_of'
    >>> heading(["Hộ nghèo", "Số hộ"], known).field, heading(["Số tổ kế hoạch"], known).field
    ('', '')
    """
    shown = list(dict.fromkeys(filter(None, texts)))
    whole = " ".join(shown)
    if (answer := known.answers.get(tidy(whole), "")) in {UNUSED_ANSWER, *known.exact}:
        years = set(map(int, _YEARS.findall(whole)))
        field = "number" if answer == UNUSED_ANSWER else answer
        return Meaning(field, year=years.pop() if len(years) == 1 else None, answered=True)
    read = [meaning(text, known, plain_row=plain_row) for text in shown]
    said = [one for one in read if one is not None]
    if exact := next((one for one in said if one.exact), None):
        return exact
    if not said or read[-1] is None:
        return Meaning()
    years = {one.year for one in said if one.year}
    field = _field([one for one in said if one.names])
    # Whose residents? An unknown heading above may say; a place is held to the official list.
    strange = None in read and field not in {*PLACE, *UNUSED, "year"}
    if len(years) > 1 or strange or not all(fits(one.unit, field) for one in said if one.unit):
        return Meaning()
    year = None if field in ANY_YEAR else next(iter(years), None)
    encoding = next((one.encoding for one in said if one.encoding), "")
    return Meaning(field, year=year, encoding=encoding)


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


def meaning(text: str, known: Vocabulary, *, plain_row: bool = False) -> Meaning | None:
    """
    Say what one header text means, or None.

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
    if text.strip() in known.exact:
        return Meaning(known.named(text.strip()), exact="." in text or "_" in text)
    if len(text) > _LONGEST:
        return None
    found = _meaning(text, known, plain=text.isascii(), plain_row=plain_row)
    if found is None and not text.isascii():
        ways = study.current().country.decodings(text)
        read = {way: _meaning(other, known, plain=False, plain_row=False) for way, other in ways}
        others = {one: way for way, one in read.items() if one}
        if len(others) == 1:
            [(found, encoding)] = others.items()
            found = replace(found, encoding=encoding)
    return found and replace(found, field=known.named(found.field))


def _meaning(text: str, known: Vocabulary, *, plain: bool, plain_row: bool) -> Meaning | None:
    def look(piece: str) -> Meaning | None:
        return _look_up(tidy(piece), known, plain=plain, plain_row=plain_row)

    whole = look(text) if "%" not in text else None
    if whole is not None:
        return whole
    inside, outside = _INSIDE.findall(text), _INSIDE.sub(" ", text)
    pieces = [one for one in (outside, *inside) if tidy(one)]
    if "%" in text:
        # a share of a measure, or of what the headings above say; never a place or a year
        rest = [look(one) for piece in pieces for one in piece.split("%") if tidy(one)]
        named = [one.indicator for one in rest if one and one.indicator]
        if None in rest or any(one and one.field for one in rest) or len(named) > 1:
            return None
        return Meaning(indicator="".join(named), part="share")
    read = [Meaning(unit=one) if one in inside and is_unit(one) else look(one) for one in pieces]
    return _together([one for one in read if one is not None]) if None not in read else None


def _together(read: list[Meaning]) -> Meaning | None:
    """Put together what stands in brackets and what does not."""
    named = [one for one in read if one.field or one.indicator]
    parts, years, units = (
        {getattr(one, name) for one in read} - {"", None} for name in ("part", "year", "unit")
    )
    of = {(one.field, one.indicator) for one in named}
    if not read or max(map(len, (of, parts, years, units))) > 1:
        return None
    if parts and named and named[0].field:
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
        return Meaning(when=key in _WHEN)
    if key in _EVERY:
        return Meaning(unit=key)
    for ends in _ENDS if depth < _DEEPEST else ():
        if not (found := ends.fullmatch(key)):
            continue
        said = found.groupdict()
        year = int(said["year"]) if said.get("year") else None
        if not said["rest"]:
            return Meaning(year=year, when=True)
        one = _look_up(said["rest"], known, plain=plain, plain_row=plain_row, depth=depth + 1)
        # the name of a measure is a target where a year stands beside it
        if one and not (one.field == "indicator" and year) and year in {None, one.year or year}:
            return replace(one, year=year or one.year, when=True)
    return None


_YEAR = r"(?:(?:năm|nam|year) )?(?P<year>(?:19|20)[0-9]{2})"
_WHOLE = f"(?:{'|'.join(sorted(map(re.escape, _WHEN), key=len, reverse=True))})"
# What may stand at the ends of a heading and tell a year, or that a whole one is meant.
_ENDS = [
    *(re.compile(rf"(?P<rest>.*?)(?:^| ){_YEAR}"), re.compile(rf"{_YEAR}(?: |$)(?P<rest>.*)")),
    *(re.compile(rf"{_WHOLE} (?P<rest>.+)"), re.compile(rf"(?P<rest>.+?) {_WHOLE}")),
]


# --- titles, notes and comments ---

_LONGEST_TITLE = 2_000  # letters: what is longer is no title, and asked about whole
_SAID_YEAR = re.compile(r"(?:\b(?:năm|nam|year) )?(?<![0-9a-z])((?:19|20)[0-9]{2})\b")
_NAME = re.compile(r"(?:(?:ThS|TS|Mr|Ms|Dr)\.?\s+)?[^\W\d_][\w.]*(?:\s+[^\W\d_][\w.]*){1,4}")
_WORDS = frozenset(TEXTS["titles"]["words"])
_BARE_WORDS = frozenset(map(bare, _WORDS))
_SURNAMES = frozenset(one for name in TEXTS["titles"]["surnames"] for one in (name, bare(name)))


class Said(NamedTuple):
    """What a text around a table says: words that nobody knows, years, and units."""

    strange: tuple[str, ...] = ()
    years: frozenset[int] = frozenset()
    units: tuple[str, ...] = ()
    answered: bool = False


def said(text: str, known: Vocabulary) -> Said:
    """
    Take out of a title, a note or a comment all that is known to change nothing.

    Parameters
    ----------
    text
        As it stands in the cell.
    known
        From `vocabulary.vocabulary`; what a person said of a text holds.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import vocabulary
    >>> known = vocabulary()
    >>> said("BÁO CÁO KẾT QUẢ PHONG TRÀO NĂM 2023 (tính đến 31/12/2023)", known).strange
    ()
    >>> said("Báo cáo 9 tháng đầu năm 2023", known).strange
    ('9', 'tháng', 'đầu')
    >>> said("As of 30 September 2023", known).strange, said("Đơn vị: nghìn người", known).strange
    (('as', '30', 'september'), ('nghìn',))
    >>> said("Hậu Giang, ngày 15 tháng 01 năm 2024", known).years
    frozenset()
    """
    if len(text) > _LONGEST_TITLE:
        return Said((text[:40],))
    decoded = [] if text.isascii() else study.current().country.decodings(text)
    ways = [_said(one, known.phrases) for one in (text, *(other for _, other in decoded))]
    found = min(ways, key=lambda one: len(one.strange))
    if known.answers.get(tidy(text)):
        return found._replace(strange=(), units=(), answered=True)
    return found


_WRITTEN = re.compile(r"(?<![0-9A-Z])[0-9]+(?:[.,\u00a0][0-9]+)*")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:[.,\u00a0][0-9]{3})+")


def unsaid(text: str, hidden: Container[int] | None = ()) -> str:
    """
    Take small numbers, and counts that are hidden, out of a text that is printed; all where none.

    A screen is read by others too, and a log kept.

    Examples
    --------
    >>> unsaid("9 tháng năm 2023, số tổ: 3; 1.647 người, 3,5 %")
    '9 tháng năm 2023, số tổ: …; 1.647 người, … %'
    """
    return _WRITTEN.sub(lambda found: "…" if _is_hidden(found[0], hidden) else found[0], text)


def _is_hidden(number: str, hidden: Container[int] | None) -> bool:
    if hidden is None:
        return not re.fullmatch("(?:19|20)[0-9]{2}", number)
    ahead, mark, behind = re.sub(r"[,\u00a0]", ".", number).rpartition(".")
    value = float(f"{ahead.replace('.', '')}{mark}{behind}")
    if int(value) in hidden or int(re.sub("[^0-9]", "", number)) in hidden:
        return True
    return not _GROUPED.fullmatch(number) and value < suppress.threshold()


def signs(text: str) -> bool:
    """Say whether names of people stand below a text."""
    marks = TEXTS["titles"]["signatures"]
    return any(re.search(rf"\b{re.escape(one)}\b", tidy(text)) for one in marks)


def is_person(text: str, *, signed: bool) -> bool:
    """
    Say whether a text is the name of somebody: below a signature any, else as names begin.

    Examples
    --------
    >>> is_person("Nguyễn Văn A", signed=False), is_person("Kế Hoạch Năm", signed=False)
    (True, False)
    """
    text = text.strip()
    parts = [one for one in re.split(r"[\s.]+", text) if one]
    named = _NAME.fullmatch(text) is not None and all(one[0].isupper() for one in parts)
    return named and (signed or parts[0].lower() in _SURNAMES)


def _said(text: str, phrases: Sequence[str]) -> Said:
    line = unicodedata.normalize("NFC", text).lower()
    strange: list[str] = []
    years: set[int] = set()
    units: list[str] = []
    for piece in re.split(
        r"\n|;|\(|\)", PATTERNS["cited"].sub(" ", PATTERNS["signed"].sub(" ", line))
    ):
        if not tidy(piece) or PATTERNS["contact"].search(piece):
            continue
        found = PATTERNS["unit"].fullmatch(piece.strip())
        named = _parts(found[1]) if found else [piece.strip()]
        if all(map(is_unit, named)):
            units += named
            continue
        more, when = _strange(found[1] if found else piece, phrases)
        strange += more
        years |= when
    return Said(tuple(strange), frozenset(years), tuple(units))


def _parts(text: str) -> list[str]:
    return [one.strip() for one in re.split(r"[,;/+]|\bvà\b|\band\b", text) if tidy(one)]


def _strange(piece: str, phrases: Sequence[str]) -> tuple[list[str], set[int]]:
    left = tidy(piece)
    years = {int(one["one"] or one["two"]) for one in PATTERNS["whole_year"].finditer(left)}
    left = PATTERNS["whole_year"].sub(" ", left)
    plain = left.isascii()
    for phrase in map(bare, phrases) if plain else phrases:
        if phrase in left:
            left = re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", " ", left)
    left = " ".join(PATTERNS["numbering"].sub(" ", " ".join(left.split())).split())
    years |= {int(one[1]) for one in _SAID_YEAR.finditer(left)}
    harmless = _WORDS | _BARE_WORDS if plain else _WORDS
    return [one for one in _SAID_YEAR.sub(" ", left).split() if one not in harmless], years
