"""Read of what time and kind numbers are: of which year, of all of it, planned or done."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ..countries.letters import bare
from .vocabulary import TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["", "done", "plan", "part", "other"]
"""Done (or of the whole year, which is the same); a plan; a part of a year; another year."""

# --- headings ---

_PARTS = (
    r"(?:lũy kế |luy ke )?(?:quý|quy|quarter|q) ?(?:[1-4]|i{1,3}|iv)",
    r"(?:lũy kế |luy ke )?(?:[1-9]|1[01]) (?:tháng|thang|months?)(?: (?:đầu|dau|cuối|cuoi))?"
    r"(?: (?:năm|nam))?",
    r"(?:tính |tinh )?(?:đến |den )?(?:hết |het )?(?:tháng|thang|month) [0-9]{1,2}",
    r"(?:tính |tinh )?(?:đến|den)(?: hết| het)?(?: ngày| ngay)? [0-9]{1,2} (?:0?[1-9]|1[01])",
    r"(?:nửa|nua) (?:đầu|dau|cuối|cuoi) (?:năm|nam)",
)
_LONGEST_HEADING = 300  # letters; the time to look through it grows with the square
_YEAR = r"(?:đến |den )?(?:cuối )?(?:(?:năm|nam|year) )?(?P<year>(?:19|20)[0-9]{2})"


def _any(kind: Kind) -> str:
    known = {form for text in TEXTS["periods"][kind] for form in (text, bare(text))}
    return "|".join(sorted(known, key=len, reverse=True))


_KNOWN: tuple[tuple[Kind, str], ...] = (
    *((kind, _any(kind)) for kind in ("done", "plan", "other")),
    ("part", "|".join(_PARTS)),
)
_AHEAD = [(kind, re.compile(rf"(?:{text})(?: |$)")) for kind, text in (("", _YEAR), *_KNOWN)]
_BEHIND = [(kind, re.compile(rf"(?:^| )(?:{text})$")) for kind, text in (("", _YEAR), *_KNOWN)]
_WORST: tuple[Kind, ...] = ("plan", "part", "other", "done")


@dataclass(frozen=True)
class Said:
    """What is left of a heading, once the years and the kinds in it are taken away."""

    rest: str
    years: frozenset[int] = frozenset()
    kinds: frozenset[Kind] = frozenset()

    @property
    def kind(self) -> Kind:
        """The kind that matters most."""
        return worst(self.kinds)


def worst(kinds: frozenset[Kind] | set[Kind]) -> Kind:
    """
    Name the kind that matters most: a plan for nine months is a plan.

    Examples
    --------
    >>> worst({"done", "part", "plan"}), worst(set())
    ('plan', '')
    """
    return next((kind for kind in _WORST if kind in kinds), "")


def said(key: str) -> Iterator[Said]:
    """
    Take years, periods and plans off both ends of a heading, one by one.

    Parameters
    ----------
    key
        The heading in small letters, with one space between words.

    Yields
    ------
    said
        The heading as it is first; then with less and less of it.

    Examples
    --------
    >>> [one.rest for one in said("kế hoạch số tổ năm 2023")]
    ['kế hoạch số tổ năm 2023', 'kế hoạch số tổ', 'số tổ']
    >>> last = list(said("9 tháng đầu năm 2023"))[-1]
    >>> last.rest, sorted(last.years), last.kind
    ('', [2023], 'part')
    """
    one = Said(key)
    yield one
    while one.rest and len(key) <= _LONGEST_HEADING:
        cut = _cut(one)
        if cut is None:
            break
        # the name of a measure is a target where a year stands beside it
        target = cut.rest in {"chỉ tiêu", "chi tieu"} and "done" not in cut.kinds
        one = Said("", cut.years, cut.kinds | {"plan"}) if target else cut
        yield one


def _cut(one: Said) -> Said | None:
    for patterns, how in ((_BEHIND, "search"), (_AHEAD, "match")):
        for kind, pattern in patterns:
            found = getattr(pattern, how)(one.rest)
            if found is None:
                continue
            rest = f"{one.rest[: found.start()]} {one.rest[found.end() :]}".strip()
            if kind:
                return Said(rest, one.years, one.kinds | {kind})
            return Said(rest, one.years | {int(found["year"])}, one.kinds)
    return None


# --- titles ---

_DATE = (
    r"ngày\s+\S+\s+tháng\s+\S+\s+năm\s+(?:19|20)\d\d"
    r"|[0-9]{1,2}\s*[/.-]\s*[0-9]{1,2}\s*[/.-]\s*(?:19|20)[0-9]{2}"
)
# A date is when somebody signed, a span is a plan, and half a year is not a year.
_NOT_THE_YEAR = re.compile(
    rf"{_DATE}|(?:19|20)[0-9]{{2}}\s*[-–]\s*(?:19|20)[0-9]{{2}}"
    r"|(?:quý|(?:(?<![0-9])[0-9]{1,3}\s*)?tháng)\b[^,;.()]{0,99}?(?:19|20)[0-9]{2}"
    r"|[0-9]{1,2}/(?:19|20)[0-9]{2}"
    r"|/(?:19|20)[0-9]{2}/",
)
# A document is cited by the year it was made in.
_CITED = re.compile(
    r"(?:kế hoạch|quyết định|nghị quyết|công văn|chỉ thị|thông tư|nghị định|đề án|tờ trình|văn bản)"
    r"\s+(?:số\s*:?\s*[0-9][^\s,;()]*|[0-9]+[-/][^\s,;()]*)(?:\s+(?:ngày\s+\S+\s+tháng\s+\S+\s+)?năm\s+(?:19|20)\d\d)?"
)
_WHOLE = re.compile(r"\b12\s*tháng\b")
_AFTER_YEAR = re.compile(r"(?:năm|nam|year)\s*:?\s*((?:19|20)[0-9]{2})(?![0-9])")
_ANY = re.compile(r"(?<![0-9/.,])((?:19|20)[0-9]{2})(?![0-9/]|[.,][0-9])")


_LONGEST = 2_000  # letters: what is longer is no title


def _title(text: str) -> str:
    line = " ".join(unicodedata.normalize("NFC", text).lower().split())
    return _WHOLE.sub(" cả ", _CITED.sub(" ", line))


def years_in(text: str) -> set[int]:
    """
    List the years that a title or the name of a sheet speaks of, dates left aside.

    Examples
    --------
    >>> years_in("BÁO CÁO NĂM 2023 (tính đến 31/12/2023)"), years_in("Quý IV năm 2023")
    ({2023}, set())
    >>> years_in("Hậu Giang, ngày 15 tháng 01 năm 2024"), years_in("So sánh 2022 và 2023")
    (set(), {2022, 2023})
    >>> years_in("12 tháng năm 2023"), years_in("Theo Kế hoạch 12/KH-UBND năm 2021")
    ({2023}, set())
    """
    line = _NOT_THE_YEAR.sub(" ", _title(text))
    named = {int(year) for year in _AFTER_YEAR.findall(line)}
    return named or {int(year) for year in _ANY.findall(line)}


_SIGNED = re.compile(
    r"(?<!den )ngay\s+\S+\s+thang\s+\S+\s+nam\s+(?:19|20)\d\d"
    r"|(?:tu|bat dau)\s+(?:ngay\s+)?[0-9]{1,2}\s*[/.-]\s*[0-9]{1,2}"
    r"(?:\s*[/.-]\s*(?:19|20)[0-9]{2})?"
)
_PART = re.compile(
    r"\b(?:(?:[1-9]|0[1-9]|1[01])|hai|ba|bon|sau|bay|tam|chin|muoi|muoi mot)\s*thang\b"
    r"(?:\s*(?:dau|cuoi)\s*nam)?(?:\s*(?:nam\s*)?(?:19|20)[0-9]{2})?"
    r"|\bquy\s*(?:[1-4]|i{1,3}|iv)\b(?:\s*[/-]?\s*(?:nam\s*)?(?:19|20)[0-9]{2})?"
    r"|\bnua\s*(?:dau|cuoi)\s*nam\b"
    r"|(?<!den )(?<!het )\bthang\s*[0-9]{1,2}\b(?:\s*[/-]?\s*(?:nam\s*)?(?:19|20)[0-9]{2})?"
    r"|\b(?:den|het)\s+thang\s*(?:0?[1-9]|1[01])\b(?:\s*[/-]?\s*(?:nam\s*)?(?:19|20)[0-9]{2})?"
    r"|\bden\s+(?:het\s+)?(?:ngay\s+)?[0-9]{1,2}\s*[/.-]\s*(?:0?[1-9]|1[01])"
    r"\s*[/.-]\s*(?:19|20)[0-9]{2}"
    r"|\bden\s+(?:het\s+)?ngay\s+[0-9]{1,2}\s+thang\s+(?:0?[1-9]|1[01])\s+nam\s+(?:19|20)[0-9]{2}"
)
_OFFICE = re.compile(r"\b(?:sở|phòng|bộ|ban|vụ|so|phong)\b[^:;,.()]*?(?:kế hoạch|ke hoach)")
_PLAN = re.compile(
    r"\b(?:ke hoach|giao chi tieu|chi tieu (?:giao|duoc giao|ke hoach|phan dau)|du kien|du toan|"
    r"muc tieu|phan dau|nam (?:sau|toi)|dang ky (?:chi tieu|thi dua)|planned|targets?)\b"
)
_DONE = re.compile(
    r"\b(?:ket qua|thuc hien|hoan thanh|danh gia|tinh hinh|so ket|tong ket|so voi|theo|can cu|"
    r"tien do|dat|results?|achieved)\b"
)


def part_in(text: str) -> str:
    """
    Give what a title says of a part of a year, or nothing.

    Examples
    --------
    >>> part_in("Báo cáo 9 tháng đầu năm 2023"), part_in("BAO CAO QUY IV/2023")
    ('9 tháng đầu năm 2023', 'QUY IV/2023')
    >>> part_in("12 tháng năm 2023"), part_in("Hậu Giang, ngày 15 tháng 9 năm 2023")
    ('', '')
    >>> part_in("(tính đến 30/9/2023)"), part_in("(tính đến ngày 31/12/2023)")
    ('đến 30/9/2023', '')
    """
    composed = unicodedata.normalize("NFC", text[:_LONGEST])
    line = bare(composed.lower())
    if len(line) != len(composed):  # letters that cannot be told apart: show them as they are read
        composed = line
    line = _SIGNED.sub(lambda date: " " * len(date[0]), line)
    found = _PART.search(line)
    return composed[found.start() : found.end()].strip() if found else ""


def plan_in(text: str) -> str:
    """
    Give what a title says of a plan, or nothing: a plan that is reported on is none.

    Examples
    --------
    >>> plan_in("GIAO CHỈ TIÊU NĂM 2024"), plan_in("Kết quả thực hiện kế hoạch năm 2023")
    ('giao chi tieu', '')
    >>> plan_in("Kế hoạch 2023"), plan_in("Kế hoạch 12/KH-UBND")
    ('ke hoach', '')
    >>> plan_in("Sở Kế hoạch và Đầu tư"), plan_in("Kèm theo Kế hoạch số 12/KH-UBND")
    ('', '')
    """
    line = unicodedata.normalize("NFC", text[:_LONGEST]).lower()
    line = bare(_OFFICE.sub(" ", _CITED.sub(" ", line)))
    found = _PLAN.search(line)
    return found[0] if found and not _DONE.search(line[: found.start()]) else ""
