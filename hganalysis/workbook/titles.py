"""Read what stands around a table by words that are known; each word that is not is asked about."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from .. import study, suppress
from .headers import is_unit
from .vocabulary import TEXTS, Vocabulary, bare, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LONGEST = 2_000  # letters: what is longer is no title, and asked about whole
_MOST_TOLD = 8
# When a letter was signed, and what it goes with: no time of the numbers.
_SIGNED = re.compile(
    r"(?<!đến )(?<!den )(?<!hết )(?<!het )(?:ngày|ngay)\s+\S{1,9}\s+(?:tháng|thang)\s+\S{1,9}\s+"
    r"(?:năm|nam)\s+(?:19|20)\d\d"
)
_CITED = re.compile(
    r"(?:kế hoạch|quyết định|nghị quyết|công văn|chỉ thị|thông tư|nghị định|đề án|tờ trình|"
    r"văn bản|báo cáo|ke hoach|quyet dinh|cong van|bao cao)"
    r"\s+(?:số\s*:?\s*|so\s*:?\s*)?[0-9]{1,6}\s*[-/]\s*[^\s,;()]{1,40}"
    r"(?:\s+ngày\s+[0-9]{1,2}\s*/\s*[0-9]{1,2}\s*/\s*[0-9]{4})?(?:\s+năm\s+(?:19|20)\d\d)?"
)
_END = r"31 12 (?P<{}>(?:19|20)[0-9]{{2}})"
# Up to the last day of a year, or all of it, is that year.
_WHOLE = re.compile(
    rf"\b(?:(?:tính |tinh )?(?:đến|den)(?: hết| het)?(?: ngày| ngay)? {_END.format('one')}"
    rf"|(?:as of|to|by) 31 december (?P<two>(?:19|20)[0-9]{{2}}))\b"
)
_YEAR = re.compile(r"(?:\b(?:năm|nam|year) )?(?<![0-9a-z])((?:19|20)[0-9]{2})\b")
_UNIT = re.compile(
    r"(?:đơn vị tính|don vi tinh|đvt|dvt|đơn vị|don vi|units?)(?:\s+là)?\s*[:.–-]\s*(.+)"
)
_NUMBERING = re.compile(
    r"^(?:[ivx]{1,6}|[a-e0-9]|[0-9]{2}) (?=.*[^\W\d])"
    r"|\b(?:bảng|biểu|mẫu|phụ lục|trang|table|page|lần|sheet|bang|bieu|mau|phu luc)"
    r"(?: số| so)? (?:[0-9]{1,2}|[ivx]{1,5})(?: [0-9]{1,2})?\b"
)
_NAME = re.compile(r"(?:(?:ThS|TS|Mr|Ms|Dr)\.?\s+)?[^\W\d_][\w.]*(?:\s+[^\W\d_][\w.]*){1,4}")
# How to reach somebody says nothing of the numbers.
_CONTACT = re.compile(
    r"(?:điện thoại|đt|liên hệ|email|tel)\b.*(?:0[0-9. ]{8,}|@)|^\W*(?:địa chỉ|address)\b"
)
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
    if len(text) > _LONGEST:
        return Said((text[:40],))
    decoded = [] if text.isascii() else study.current().country.decodings(text)
    ways = [_said(one, known.phrases) for one in (text, *(other for _, other in decoded))]
    found = min(ways, key=lambda one: len(one.strange))
    if known.answers.get(tidy(text)):
        return found._replace(strange=(), units=(), answered=True)
    return found


def told(strange: Iterable[str]) -> str:
    """Write the words that are asked about, the first of many."""
    listed = list(dict.fromkeys(strange))
    return ", ".join(listed[:_MOST_TOLD]) + (", …" if len(listed) > _MOST_TOLD else "")


_COUNT = re.compile(r"(?<![0-9])(?!(?:19|20)[0-9]{2}(?![0-9]))[0-9]+(?:[.,][0-9]+)*")


def unsaid(text: str) -> str:
    """
    Take the numbers but for years out of a text that is printed, where small counts are hidden.

    Examples
    --------
    >>> unsaid("9 tháng năm 2023, số tổ: 3")
    '… tháng năm 2023, số tổ: …'
    """
    return _COUNT.sub("…", text) if suppress.threshold() else text


def signs(text: str) -> bool:
    """Say whether names of people stand below a text."""
    return any(
        re.search(rf"\b{re.escape(one)}\b", tidy(text)) for one in TEXTS["titles"]["signatures"]
    )


def is_person(text: str, *, signed: bool) -> bool:
    """
    Say whether a text is the name of somebody: below a signature any, else as names begin.

    Examples
    --------
    >>> is_person("Nguyễn Văn A", signed=False), is_person("Kế Hoạch Năm", signed=False)
    (True, False)
    """
    text = text.strip()
    parts = re.split(r"[\s.]+", text)
    named = _NAME.fullmatch(text) is not None and all(one[:1].isupper() for one in parts if one)
    return named and (signed or parts[0].lower() in _SURNAMES)


def _said(text: str, phrases: Sequence[str]) -> Said:
    line = unicodedata.normalize("NFC", text).lower()
    strange: list[str] = []
    years: set[int] = set()
    units: list[str] = []
    for piece in re.split(r"\n|;|\(|\)", _CITED.sub(" ", _SIGNED.sub(" ", line))):
        if not tidy(piece) or _CONTACT.search(piece):
            continue
        found = _UNIT.fullmatch(piece.strip())
        if found and all(is_unit(one) for one in _parts(found[1])):
            units += _parts(found[1])
            continue
        if is_unit(piece):
            units.append(piece.strip())
            continue
        more, when = _strange(found[1] if found else piece, phrases)
        strange += more
        years |= when
    return Said(tuple(strange), frozenset(years), tuple(units))


def _parts(text: str) -> list[str]:
    return [one.strip() for one in re.split(r"[,;/+]|\bvà\b|\band\b", text) if tidy(one)]


def _strange(piece: str, phrases: Sequence[str]) -> tuple[list[str], set[int]]:
    left = tidy(piece)
    years = {int(one["one"] or one["two"]) for one in _WHOLE.finditer(left)}
    left = _WHOLE.sub(" ", left)
    plain = left.isascii()
    for phrase in map(bare, phrases) if plain else phrases:
        if phrase in left:
            left = re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", " ", left)
    left = " ".join(_NUMBERING.sub(" ", " ".join(left.split())).split())
    years |= {int(one[1]) for one in _YEAR.finditer(left)}
    harmless = _WORDS | _BARE_WORDS if plain else _WORDS
    return [one for one in _YEAR.sub(" ", left).split() if one not in harmless], years
