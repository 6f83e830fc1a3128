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
    from collections.abc import Container, Iterable, Mapping, Sequence

ANY_YEAR = {"population", "households"}
"""Residents and households may come from a count of another year than the report."""
UNUSED_ANSWER = "unused"
"""What a person says of a heading whose column is not to be read."""


def _both(texts: list[str]) -> frozenset[str]:
    """Give texts with their marks and without."""
    return frozenset(one for text in texts for one in (tidy(text), bare(text)))


class Phrases:
    """Texts that are looked for as whole words: without marks only where the line has none."""

    def __init__(self, texts: Iterable[str]) -> None:
        longest_first = sorted(map(tidy, texts), key=len, reverse=True)
        self._marked = _any_of(longest_first)
        self._bare = _any_of([bare(text) for text in longest_first])

    def _pattern(self, line: str) -> re.Pattern[str]:
        return self._bare if line.isascii() else self._marked

    def are_in(self, line: str) -> bool:
        """Say whether a line, as `tidy` writes it, has any of them."""
        return self._pattern(line).search(line) is not None

    def without(self, line: str) -> str:
        """Take them out of a line."""
        return self._pattern(line).sub(" ", line)


def _any_of(texts: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, texts))})(?!\w)")


_NEUTRAL, _WHEN = (_both(TEXTS["headings"][name]) for name in ("neutral", "whole"))
_GROUPS = _both(TEXTS["headings"]["groups"])
# "nam" is "male", and never the unit "năm" without its mark
_UNITS = {name: _both(texts) - _GROUPS for name, texts in TEXTS["units"].items()}
_DONE = Phrases(TEXTS["headings"]["done"])
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


def is_group(text: str) -> bool:
    """
    Say whether a text names a part of what is counted: men, women, "of which".

    Examples
    --------
    >>> [is_group(text) for text in ("Nam", "Trong đó: nữ", "Năm", "Nam 2023")]
    [True, True, False, False]
    """
    name = tidy(text)
    return name in _GROUPS or name.startswith(("trong đó ", "trong do ", "of which "))


def says_done(text: str) -> bool:
    """
    Say whether a heading says that numbers are of what was done.

    Examples
    --------
    >>> says_done("Thực hiện năm 2023"), says_done("Chỉ tiêu")
    (True, False)
    """
    return _DONE.are_in(tidy(text))


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


class Column(NamedTuple):
    """
    What a column is: its `field`, nothing where nobody knows it, and the year that it is of.

    `texts` stand above it, from the top down, the last of them in `row`; `answered` is set where a
    person said what it is.
    """

    field: str = ""
    year: int | None = None
    texts: tuple[str, ...] = ()
    row: int = 0
    answered: bool = False

    @property
    def title(self) -> str:
        """Its header as its sender wrote it, in one line."""
        return " – ".join(" ".join(text.split()) for text in self.texts)


def heading(texts: Sequence[str], known: Vocabulary, *, plain_row: bool = False) -> Column:
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
    >>> from hganalysis.workbook.vocabulary import gather_vocabulary
    >>> known = gather_vocabulary()
    >>> heading(["Người dùng ví điện tử", "Trên tổng số"], known).field
    'ewallet_users.out_of'
    >>> heading(["Hộ nghèo", "Số hộ"], known).field, heading(["Số tổ kế hoạch"], known).field
    ('', '')
    """
    read: list[Meaning | None] = []
    own: list[str] = []
    for text in dict.fromkeys(texts):
        one = meaning(text, known, plain_row=plain_row)
        # below what is counted, "people" are its unit; teams head the column of their members, too
        of = [above.field if above else "" for above in read if above is None or above.has_subject]
        named = of and (of != ["teams"] or fits(text, "teams"))
        if named and is_unit(text) and not is_percent(text):
            one = Meaning(unit=text)
        else:
            own.append(text)
        read.append(one)
    column, whole = Column(texts=tuple(own)), " ".join(own)
    said = [one for one in read if one is not None]
    answer = known.answers.get(tidy(whole), "")
    if answer in {UNUSED_ANSWER, *known.exact} and all(fits(one.unit, answer) for one in said):
        years = {int(year) for year in _YEARS.findall(whole)}
        field = "number" if answer == UNUSED_ANSWER else answer
        year = years.pop() if len(years) == 1 else None
        return column._replace(field=field, year=year, answered=True)
    if exact := next((one.field for one in said if "." in one.field), ""):
        return column._replace(field=exact)
    one = _join(said)
    if one is None or None in read[-1:]:
        return column
    field = f"{one.indicator}.{one.part or 'count'}" if one.indicator else one.field or one.part
    if one.field and one.part and not (one.field in NUMBERS and one.part == "count"):
        return column
    # Whose residents? An unknown heading above may say; a place is held to the official list.
    strange = None in read and field not in {*PLACE, *UNUSED, "year"}
    if strange or not all(fits(unit.unit, field) for unit in said):
        return column
    return column._replace(field=field, year=None if field in ANY_YEAR else one.year)


def meaning(text: str, known: Vocabulary, *, plain_row: bool = False) -> Meaning | None:
    """
    Say what one header text means, or None.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import gather_vocabulary
    >>> known = gather_vocabulary()
    >>> meaning("Số TV", known).field, meaning("Ví điện tử", known) is None
    ('members', True)
    >>> one = meaning("Người dùng ví điện tử (số đếm)", known)
    >>> one.indicator, one.part
    ('ewallet_users', 'count')
    """
    if text.strip() in known.exact:
        return Meaning(known.exact[text.strip()])
    if len(text) > _LONGEST:
        return None
    if text.isascii():
        return _meaning(text, known.plain if plain_row else known.careful)
    found = _meaning(text, known.texts)
    if found is None:
        ways = study.current().country.decodings(text)
        others = {_meaning(other, known.texts) for _, other in ways} - {None}
        found = others.pop() if len(others) == 1 else None
    return found


def _meaning(text: str, texts: Mapping[str, Meaning]) -> Meaning | None:
    """Read a text as a whole, else what stands in brackets and what does not, or beside a %."""
    if "%" not in text and (whole := _look_up(tidy(text), texts)):
        return whole
    inside = _INSIDE.findall(text)
    pieces = [half for one in (_INSIDE.sub(" ", text), *inside) for half in one.split("%")]
    read = [
        Meaning(unit=one) if one in inside and is_unit(one) else _look_up(tidy(one), texts)
        for one in filter(tidy, pieces)
    ]
    # a share of a measure, or of what the headings above say; never of a place or a year
    read += [Meaning(part="share")] * ("%" in text)
    if not read or None in read:
        return None
    said = [one for one in read if one is not None]
    one = _join(said, apart=True)
    return None if one and one.field and one.part else one


def _join(said: Sequence[Meaning], *, apart: bool = False) -> Meaning | None:
    """
    Put together what pieces of a text say, or texts from the top down: nothing where they differ.

    Of texts the lowest says what is counted; pieces that stand `apart` have to agree on that, too.
    """
    named = [(one.field, one.indicator) for one in said if one.field or one.indicator]
    parts, years, units = (
        [told for one in said if (told := getattr(one, name))] for name in ("part", "year", "unit")
    )
    if len(set(years)) > 1 or (apart and max(len(set(some)) for some in (named, parts, units)) > 1):
        return None
    field, indicator = named[-1] if named else ("", "")
    part, year, unit = (some[-1] if some else None for some in (parts, years, units))
    return Meaning(
        field, indicator, part or "", year, unit or "", any(one.is_whole_year for one in said)
    )


def _look_up(key: str, texts: Mapping[str, Meaning]) -> Meaning | None:
    """Look a text up as it stands, then without the years and the whole years at its ends."""
    one = _known(key, texts)
    found = _ENDS.fullmatch(f"{key} ") if one is None else None
    if found is None:
        return one
    years = {int(year) for year in _YEARS.findall(found["ahead"] + found["behind"])}
    rest = found["rest"].strip()
    one = _known(rest, texts) if rest else Meaning()
    # the name of a measure is a target where a year stands beside it
    if rest == key or one is None or (one.field == "indicator" and years):
        return None
    years |= {one.year} if one.year else set()
    return (
        replace(one, year=max(years, default=None), is_whole_year=True) if len(years) < 2 else None
    )


def _known(key: str, texts: Mapping[str, Meaning]) -> Meaning | None:
    if key in texts:
        return texts[key]
    if key in _WHEN or key in _NEUTRAL:
        return Meaning(is_whole_year=key in _WHEN)
    return Meaning(unit=key) if key in _EVERY else None


_WHOLE = "|".join(sorted(map(re.escape, _WHEN), key=len, reverse=True))
_TIME = rf"(?:(?:(?:năm|nam|year) )?(?:19|20)[0-9]{{2}}|{_WHOLE}) "
# What may stand at the ends of a heading and tell a year, or that a whole one is meant.
_ENDS = re.compile(rf"(?P<ahead>(?:{_TIME})*)(?P<rest>.*?)(?P<behind>(?:(?<!\S){_TIME})*)")


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
        From `vocabulary.gather_vocabulary`; what a person said of a text holds.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import gather_vocabulary
    >>> known = gather_vocabulary()
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
    ways = [_said(one, known) for one in (text, *(other for _, other in decoded))]
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


def _said(text: str, known: Vocabulary) -> Said:
    line = unicodedata.normalize("NFC", text).lower()
    for name in known.bracketed:  # its brackets part nothing
        line = line.replace(name, " ")
    strange: list[str] = []
    years: set[int] = set()
    units: list[str] = []
    for piece in re.split(
        r"\n|;|\(|\)", PATTERNS["cited"].sub(" ", PATTERNS["signed"].sub(" ", line))
    ):
        if not tidy(piece) or PATTERNS["contact"].search(piece):
            continue
        if is_group(piece) and tidy(piece) not in known.phrases:
            strange.append(piece.strip())
            continue
        found = PATTERNS["unit"].fullmatch(piece.strip())
        told = found[1] if found else piece
        parts = re.split(r"[,;/+]|\bvà\b|\band\b", told) if found else [told]
        named = [one.strip() for one in parts if tidy(one)]
        if all(map(is_unit, named)):
            units += named
        else:
            more, when = _strange(told, known.phrases)
            strange += more
            years |= when
    return Said(tuple(strange), frozenset(years), tuple(units))


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
