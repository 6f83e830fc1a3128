"""Recognise what each row of a table is, by the words that it begins with."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from .numbers import looks_like_number, says_missing
from .remarks import is_caveat
from .vocabulary import PATTERNS, Vocabulary, level_nouns, readings, tidy, tidy_bare

if TYPE_CHECKING:
    from ..countries import Country
    from ..study import Study
    from .tables import Table


class Kind(NamedTuple):
    """
    What a row is.

    Attributes
    ----------
    kind
        `"data"` (accepted unless a fault is found), `"rejected"`, `"total"`, `"title"`,
        `"header"`, `"note"` or `"blank"`.
    label
        The text by which it was recognised.
    level
        What a total adds up: `"district"`, `"province"`, `"all"` (every row of its table), or
        nothing where that is not certain.
    rule
        The key of what is wrong with a rejected row.
    """

    kind: str
    label: str = ""
    level: str = ""
    rule: str = ""

    @property
    def is_read(self) -> bool:
        """Say whether the cells of the row are read."""
        return self.kind in {"data", "rejected", "total"}


def find_row_kinds(table: Table, vocabulary: Vocabulary) -> dict[int, Kind]:
    """Say what each filled row below a header is."""
    kinds = {row: _Row(table, row, vocabulary).kind() for row in table.rows}
    last = max((row for row, kind in kinds.items() if kind.is_read), default=0)
    for row, kind in kinds.items():
        if kind.kind == "text":
            kinds[row] = Kind("data" if row < last else "note")
    _find_table_total(kinds)
    return kinds


def _find_table_total(kinds: dict[int, Kind]) -> None:
    """Let the only total without a level add up the table, if first or last."""
    unclear = [row for row, kind in kinds.items() if kind.kind == "total" and not kind.level]
    if len(unclear) != 1:
        return
    row = unclear[0]
    read = [row for row, kind in kinds.items() if kind.is_read]
    if row in {read[0], read[-1]}:
        kinds[row] = Kind("total", kinds[row].label, "all")


_CODE = re.compile(r'(?:=")?[0-9]{4,5}"?')


class _Row:
    """A row below a header, and the texts by which it is recognised."""

    def __init__(self, table: Table, row: int, vocabulary: Vocabulary) -> None:
        self.table = table
        self.row = row
        self.vocabulary = vocabulary
        self.cells = {cell.column: cell for cell in table.sheet.rows[row]}
        self.texts = {
            column: unnumbered(self.cells[column].text, vocabulary)
            for column in table.place_columns
            if column in self.cells
        }
        self.communes = self._texts_of("commune", "code")
        self.uppers = self._texts_of("district", "province")
        self.numbers = [
            self.cells[number] for number in table.number_columns if number in self.cells
        ]
        self.words = [cell.text for cell in self.cells.values() if isinstance(cell.value, str)]
        # what a row is stands in a column of places, or at its beginning
        self.first_texts = self.words[:3]

    @cached_property
    def is_filled(self) -> bool:
        """Say whether it has a number, or something meant as one."""
        return any(
            looks_like_number(cell.value) or cell.flags & {"formula_error", "uncomputed"}
            for cell in self.numbers
        )

    @cached_property
    def names_commune(self) -> bool:
        """Say whether a column of communes has one with its type, or of the list."""
        return any(level_of(name, self.vocabulary) == "commune" for name in self.communes)

    def _texts_of(self, *fields: str) -> list[str]:
        """List the texts of some columns of places."""
        columns = self.table.columns_of(*fields)
        return [self.texts[column] for column in columns if column in self.texts]

    def kind(self) -> Kind:
        """Say what the row is; words that may name a place are `"text"`."""
        codes = self._texts_of("code")
        if any(_CODE.fullmatch(code) or code in self.vocabulary.codes for code in codes):
            return Kind("data")
        block = self._block()
        if block is not None:
            return block
        if not self.communes and self.uppers:
            return self._kind_of_district()
        if self.is_filled:
            return Kind("data") if self.communes else Kind("rejected", rule="no_place")
        if any(map(is_note, (*self.first_texts, *self.texts.values()))):
            return Kind("note")
        says_none = any(says_missing(cell.value) for cell in self.numbers)
        if self.names_commune or (self.communes and says_none):
            return Kind("data")
        is_remark = any(is_caveat(text, self.vocabulary) for text in self.words)
        return Kind("text" if self.communes and not is_remark else "note")

    def _block(self) -> Kind | None:
        """Recognise a total, or the heading of a block of places."""
        vocabulary = self.vocabulary
        kind = "total" if self.is_filled else "header"
        first_texts = [unnumbered(text, vocabulary) for text in self.first_texts]
        texts = list(dict.fromkeys([*self.texts.values(), *first_texts]))
        of = vocabulary.study
        total = next((text for text in texts if is_total(text, of.country)), "")
        if total:
            return Kind("total", total, _level_of_total(of, total))
        # a place of the only level heads no block; without districts, neither does a district
        lowest = {"", "commune", vocabulary.level, "district" if vocabulary.level else ""}
        for text in texts:
            level = level_of(text, vocabulary)
            if level not in lowest and not self.names_commune and text not in self.uppers:
                return Kind(kind, text, level)
        for name in self.communes:
            if tidy_bare(name) in vocabulary.districts and self._is_numbered_as_block(name):
                return Kind(kind, self.communes[-1], "district")
        return None

    def _kind_of_district(self) -> Kind:
        """
        Say what a row is that names a district and no commune.

        Where each row names its district, or a merged cell does, a commune may be missing. Where
        the first row of a district does, it adds up the district.
        """
        table = self.table
        district = self.uppers[-1]
        is_district = level_of(district, self.vocabulary) in {"district", "province"}
        is_district = is_district or tidy_bare(district) in self.vocabulary.districts
        is_merged = any(
            column in self.cells and (self.row + 1, column) in table.sheet.merged_cells
            for column in table.columns_of("district", "province")
        )
        if self.is_filled and (table.repeats_district or is_merged or not is_district):
            return Kind("rejected", rule="no_commune")
        if not is_district:
            return Kind("note")
        return Kind("total" if self.is_filled else "header", district, "district")

    def _is_numbered_as_block(self, name: str) -> bool:
        """Say whether a name is numbered as blocks are, not as places."""
        cells = self.cells
        numbers = [
            cells[number].text for number in self.table.columns_of("number") if number in cells
        ]
        if any(map(_ROMAN.fullmatch, numbers)):
            return True
        columns = self.table.columns_of("commune")
        written = [cells[column].text for column in columns if column in cells]
        return any(text != name and text.endswith(name) for text in written)


def _level_of_total(of: Study, text: str) -> str:
    """Say what a total adds up, by its text."""
    words = tidy(text)
    for level in ("province", "district"):
        for noun in level_nouns(of, level):
            if re.search(rf"\b{re.escape(noun)}\b", words):
                return level
    if "province" in words.split():
        return "province"
    patterns = of.country.in_total
    return next((level for level, pattern in patterns.items() if pattern.search(words)), "")


# "I. Huyện", "B/ Huyện", "2) Huyện", "III - Huyện", "IV Huyện", "- Huyện", "• Huyện"
_NUMBERED = re.compile(
    r"\s*(?:(?P<mark>[IVX]{1,6}|[A-EĐ]|[0-9]{1,3}(?:\.[0-9]{1,3})*)(?:\s*[.)/:–-]+\s*|\s+)|[-+•*–]+\s*)"
)
_ROMAN = re.compile(r"[IVX]{1,6}")


def is_total(text: str, country: Country) -> bool:
    """
    Say whether a text heads a row of totals, and nothing else can.

    Examples
    --------
    >>> from hganalysis.countries import find_country
    >>> country = find_country("VN")
    >>> texts = ("Tổng cộng", "CỘNG:", "Cộng huyện Vị Thủy", "Toàn tỉnh")
    >>> [is_total(text, country) for text in texts]
    [True, True, True, True]
    >>> texts = ("Xã Cộng Hòa", "Cộng Hòa", "Tổng Cọt", "Công Bằng")
    >>> [is_total(text, country) for text in texts]
    [False, False, False, False]
    """
    if text.isascii():
        return PATTERNS["total_bare"].fullmatch(tidy_bare(text)) is not None
    # wrong decoding leaves the first letter of a total as it is
    decoded = readings(text, country) if text[:1] in "tcTC" else [text]
    return any(PATTERNS["total"].fullmatch(tidy(reading)) for reading in decoded)


@lru_cache(maxsize=65_536)  # a report names each place many times
def level_of(text: str, vocabulary: Vocabulary) -> str:
    """
    Say which level a text names: province, district or commune.

    Without a type, only a commune of the list has a level. Where a country has no types, only the
    list tells.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import gather_vocabulary
    >>> vocabulary = gather_vocabulary()
    >>> names = ("TX. Long Mỹ", "Tỉnh Hậu Giang", "Huyền Hội", "X. Vị Tân")
    >>> [level_of(name, vocabulary) for name in names]
    ['district', 'province', '', 'commune']
    >>> level_of("Vĩnh Tường", vocabulary), level_of("Nguyễn Văn A", vocabulary)
    ('commune', '')
    """
    country = vocabulary.study.country
    name = tidy_bare(text)
    for line in map(_line, readings(text, country)):
        for level, head in country.heads.items():
            if head.match(line):
                return str(level)
    # "huyen" is also a name: without diacritics only a district of the list is one
    pattern = country.bare_head if text.isascii() else None
    match = pattern.fullmatch(_line(text)) if pattern else None
    if match and tidy_bare(match[1]) in vocabulary.districts:
        return "district"
    if name in vocabulary.communes:
        return "commune"
    return "district" if not country.heads and name in vocabulary.districts else ""


def unnumbered(text: str, vocabulary: Vocabulary) -> str:
    """
    Take the number off a name, where the rest says what it is.

    A Roman numeral is believed before a district without its type, too.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import gather_vocabulary
    >>> vocabulary = gather_vocabulary()
    >>> texts = ("I. Thành phố Vị Thanh", "- TX Long Mỹ", "A. Tổng số", "IV. Vị Thủy")
    >>> [unnumbered(text, vocabulary) for text in texts]
    ['Thành phố Vị Thanh', 'TX Long Mỹ', 'Tổng số', 'Vị Thủy']
    >>> [unnumbered(text, vocabulary) for text in ("X. Vị Tân", "P. Vị Thanh", "2. Vị Thủy")]
    ['X. Vị Tân', 'P. Vị Thanh', '2. Vị Thủy']
    """
    match = _NUMBERED.match(text)
    if match is None:
        return text
    name = text[match.end() :].strip()
    mark = match["mark"] or ""
    level = level_of(name, vocabulary)
    if is_total(name, vocabulary.study.country) or level in {"province", "district"}:
        return name
    if mark == "X":  # rather short for a commune
        return text
    is_listed_district = tidy_bare(name) in vocabulary.districts
    if not vocabulary.level and _ROMAN.fullmatch(mark) and is_listed_district:
        return name
    is_unlisted_commune = level == "commune" and tidy_bare(name) not in vocabulary.communes
    return name if is_unlisted_commune else text


def is_note(text: str) -> bool:
    """
    Say whether a text begins as notes, sources and signatures do.

    Examples
    --------
    >>> is_note("Ghi chú: số liệu đến 31/12"), is_note("* Nguồn: UBND xã"), is_note("Vị Tân")
    (True, True, False)
    """
    return PATTERNS["note"].match(_line(text)) is not None


def _line(text: str) -> str:
    """Write a text in small letters and with single spaces."""
    return " ".join(text.lower().split())
