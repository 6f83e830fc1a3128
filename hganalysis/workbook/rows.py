"""Say of every row of a table what it is, by the words it begins with."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from .. import study
from .numbers import looks_like_number, says_missing
from .remarks import is_caveat
from .vocabulary import PATTERNS, Vocabulary, bare, level_nouns, tidy

if TYPE_CHECKING:
    from ..grid import Cell
    from .tables import Table


class Kind(NamedTuple):
    """
    What a row is.

    `kind` is `"data"` (accepted unless something is found), `"rejected"`, `"total"`, `"title"`,
    `"header"`, `"note"` or `"blank"`; `label` the text it was recognised by; `level` says for a
    total what it adds up: `"district"`, `"province"`, `"all"` (every row of its table), or
    nothing where that is not certain. `rule` is the key of what is wrong with a rejected row.
    """

    kind: str
    label: str = ""
    level: str = ""
    rule: str = ""

    @property
    def is_read(self) -> bool:
        """Whether the cells of the row are read."""
        return self.kind in {"data", "rejected", "total"}


def find_row_kinds(table: Table, known: Vocabulary) -> dict[int, Kind]:
    """Say what each filled row below a header is."""
    found = {row: _kind(table, row, known) for row in table.rows}
    last = max((row for row, one in found.items() if one.is_read), default=0)
    places = table.columns_of("code", "commune")
    for row, one in found.items():
        if one.kind == "text":
            # words alone: below the table a note, within it a place whose numbers are missing
            inside = row < last and any((row, at) in table.sheet.cells for at in places)
            texts = [cell.text for cell in table.sheet.rows[row] if isinstance(cell.value, str)]
            tells = any(is_caveat(text, known) for text in texts)
            found[row] = Kind("data") if inside and not tells else Kind("note")
    # a plain total that is the only one, first or last, is that of the whole table
    plain = [row for row, one in found.items() if one.kind == "total" and not one.level]
    counted = [row for row, one in found.items() if one.is_read]
    if len(plain) == 1 and plain[0] in {counted[0], counted[-1]}:
        found[plain[0]] = Kind("total", found[plain[0]].label, "all")
    return found


_CODE = re.compile(r'(?:=")?[0-9]{4,5}"?')


def _kind(table: Table, row: int, known: Vocabulary) -> Kind:
    cells = {one.column: one for one in table.sheet.rows[row]}
    shown = {at: unnumbered(cells[at].text, known) for at in table.place_columns if at in cells}
    codes, own, above = (
        [shown[at] for at in table.columns_of(*some) if at in shown]
        for some in (("code",), ("commune", "code"), ("district", "province"))
    )
    if any(_CODE.fullmatch(code) or code in known.codes for code in codes):
        return Kind("data")
    numbers = [cells[at] for at in table.number_columns if at in cells]
    filled = any(
        looks_like_number(one.value) or one.flags & {"error", "uncomputed"} for one in numbers
    )
    block = "total" if filled else "header"
    # what a row is stands in a column of places, wherever that is, or at its beginning
    first = [one.text for one in cells.values() if isinstance(one.value, str)][:3]
    texts = list(dict.fromkeys([*shown.values(), *(unnumbered(text, known) for text in first)]))
    total = next(filter(is_total, texts), "")
    if total:
        return Kind("total", total, _level_of(total))
    named = any(level_of(name, known) == "commune" for name in own)
    for text in texts:
        level = level_of(text, known)
        if level in {"", "commune", known.level} or (known.level and level == "district"):
            continue  # it is a unit like any other, or there are none
        if not named and text not in above:
            return Kind(block, text, level)
    if any(bare(name) in known.districts and _has_numeral(table, cells, name) for name in own):
        return Kind(block, own[-1], "district")
    if not own and above:
        district = above[-1]
        levels = {"district", "province"}
        certain = level_of(district, known) in levels or bare(district) in known.districts
        # Where each row names its district, a commune may be missing, and where a merged cell does;
        # where the first of a district does, it adds up the district.
        uppers = table.columns_of("district", "province")
        merged = any(at in cells and (row + 1, at) in table.sheet.merged_cells for at in uppers)
        if filled and (table.repeats_district or merged or not certain):
            return Kind("rejected", rule="no_commune")
        return Kind(block, district, "district") if certain else Kind("text")
    if filled:
        return Kind("data") if own else Kind("rejected", rule="no_place")
    if any(map(is_note, (*first, *shown.values()))):
        return Kind("note")
    told = named or (own and any(says_missing(one.value) for one in numbers))
    return Kind("data") if told else Kind("text")


def _has_numeral(table: Table, cells: dict[int, Cell], name: str) -> bool:
    """Say whether a name alone is numbered as blocks are, while others are counted 1, 2, 3."""
    numbers = [cells[at].text for at in table.columns_of("number") if at in cells]
    written = [cells[at].text for at in table.columns_of("commune") if at in cells]
    return any(map(_ROMAN.fullmatch, numbers)) or any(
        one != name and one.endswith(name) for one in written
    )


def _level_of(total: str) -> str:
    said = tidy(total)
    for level in ("province", "district"):
        if any(re.search(rf"\b{re.escape(noun)}\b", said) for noun in level_nouns(level)):
            return level
    levels = study.current().country.in_total
    found = next((level for level, kind in levels.items() if kind.search(said)), "")
    return "province" if "province" in said.split() else found


# "I. Huyện", "B/ Huyện", "2) Huyện", "III - Huyện", "IV Huyện", "- Huyện", "• Huyện"
_NUMBERED = re.compile(
    r"\s*(?:(?P<mark>[IVX]{1,6}|[A-EĐ]|[0-9]{1,3}(?:\.[0-9]{1,3})*)(?:\s*[.)/:–-]+\s*|\s+)|[-+•*–]+\s*)"
)
_ROMAN = re.compile(r"[IVX]{1,6}")


def is_total(text: str) -> bool:
    """
    Say whether a text heads a row of totals, and nothing else can.

    Examples
    --------
    >>> [is_total(t) for t in ("Tổng cộng", "CỘNG:", "Cộng huyện Vị Thủy", "Toàn tỉnh")]
    [True, True, True, True]
    >>> [is_total(t) for t in ("Xã Cộng Hòa", "Cộng Hòa", "Tổng Cọt", "Công Bằng")]
    [False, False, False, False]
    """
    if text.isascii():
        return PATTERNS["total_bare"].fullmatch(bare(text)) is not None
    return any(PATTERNS["total"].fullmatch(tidy(one)) for one in _ways(text, "tcTC"))


def level_of(text: str, known: Vocabulary) -> str:
    """
    Say of which level a text names a place by its type: `"province"`, `"district"`, `"commune"`.

    Nothing where it has none, unless it is a commune of the list; where a country has no types,
    only the list tells.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import gather_vocabulary
    >>> known = gather_vocabulary()
    >>> names = ("TX. Long Mỹ", "Tỉnh Hậu Giang", "Huyền Hội", "X. Vị Tân")
    >>> [level_of(one, known) for one in names]
    ['district', 'province', '', 'commune']
    >>> level_of("Vĩnh Tường", known), level_of("Nguyễn Văn A", known)
    ('commune', '')
    """
    country, name = study.current().country, bare(text)
    for one in map(_line, _ways(text, country.initials)):
        for level, head in country.heads.items():
            if head.match(one):
                return str(level)
    # "huyen" is also a name: without diacritics only a district of the list is one
    asked = country.bare_head if text.isascii() else None
    found = asked.fullmatch(_line(text)) if asked else None
    if found and bare(found[1]) in known.districts:
        return "district"
    if name in known.communes:
        return "commune"
    return "district" if not country.heads and name in known.districts else ""


def unnumbered(text: str, known: Vocabulary) -> str:
    """
    Take the number off the name of a block or a place, where what is left says what it is.

    A Roman numeral is believed before a district without its type, too.

    Examples
    --------
    >>> from hganalysis.workbook.vocabulary import gather_vocabulary
    >>> known = gather_vocabulary()
    >>> texts = ("I. Thành phố Vị Thanh", "- TX Long Mỹ", "A. Tổng số", "IV. Vị Thủy")
    >>> [unnumbered(one, known) for one in texts]
    ['Thành phố Vị Thanh', 'TX Long Mỹ', 'Tổng số', 'Vị Thủy']
    >>> [unnumbered(one, known) for one in ("X. Vị Tân", "P. Vị Thanh", "2. Vị Thủy")]
    ['X. Vị Tân', 'P. Vị Thanh', '2. Vị Thủy']
    """
    found = _NUMBERED.match(text)
    if found is None:
        return text
    rest, mark = text[found.end() :].strip(), found["mark"] or ""
    level = level_of(rest, known)
    if is_total(rest) or level in {"province", "district"}:
        return rest
    if mark == "X":  # rather short for a commune
        return text
    by_name = not known.level and _ROMAN.fullmatch(mark) and bare(rest) in known.districts
    by_type = level == "commune" and bare(rest) not in known.communes
    return rest if by_name or by_type else text


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
    return " ".join(unicodedata.normalize("NFC", text).lower().split())


def _ways(text: str, first: str) -> list[str]:
    """Give a text and, where it begins as what is looked for does, what else it may have been."""
    if text.isascii() or text[:1] not in first:
        return [text]
    return [text, *(decoded for _, decoded in study.current().country.decodings(text))]
