"""Read units: whether a number counts things one by one, or is a share, thousands or money."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from .. import study
from ..countries.letters import bare
from .vocabulary import TEXTS

Kind = Literal["", "count", "percent", "scaled", "money"]
"""What a unit makes of a number; nothing where a text names no unit."""


def _line(text: str) -> str:
    """Write a text without diacritics, in small letters, with one space where anything else was."""
    return " ".join(re.findall(r"[a-z]+|[0-9]+|%", bare(text.lower().replace("‰", "%"))))


_ANY = {
    name: "|".join(sorted({*map(_line, texts)}, key=len, reverse=True))
    for name, texts in TEXTS["units"].items()
}
_AHEAD = r"(?:(?:in|theo|tinh bang|tinh theo|bang) )?"
_TIMES = rf"(?:(?:x )?(?:10 ?[0-9]|1 ?0+(?: 0+)*)|{_ANY['scales']})"
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("count", re.compile(rf"{_AHEAD}(?:{_ANY['things']})")),
    ("percent", re.compile(rf"{_AHEAD}(?:{_ANY['percent']})")),
    ("money", re.compile(rf"{_AHEAD}(?:{_TIMES} )*(?:{_ANY['money']})")),
    ("scaled", re.compile(rf"{_AHEAD}{_TIMES}(?: {_TIMES})*(?: (?:{_ANY['things']}))?")),
)
_AND = re.compile(r"[,;/+&]|\bvà\b|\bhoặc\b|\bva\b|\band\b")
_STATED = re.compile(
    r"(?:đơn\s*vị\s*tính|don\s*vi\s*tinh|đv\s*tính|\bđvt|\bdvt|\bunits?)\b\s*(?:là\b)?[\s:：.=–-]*"
    r"(?P<certain>[^()\[\]\n|]+)"
    r"|(?:đơn\s*vị|don\s*vi)\s*[:：]\s*(?P<perhaps>[^()\[\]\n|]+)"
)
_LONGEST = 2_000  # letters: what is longer is no title
_BRACKETS = re.compile(r"[(\[]([^()\[\]]{1,60})[)\]]")


def kind(text: str) -> Kind:
    """
    Say what a unit makes of a number; the worst of several, and nothing where a text is no unit.

    Examples
    --------
    >>> [kind(text) for text in ("người", "%", "nghìn người", "triệu đồng", "1.000 hộ", "Số tổ")]
    ['count', 'percent', 'scaled', 'money', 'scaled', '']
    >>> kind("tổ; người; hộ"), kind("người, %"), kind("(người)"), kind("xã Vị Tân")
    ('count', 'percent', 'count', '')
    """
    found = [_one(part) for part in _AND.split(text.lower()) if _line(part)]
    if not found or "" in found:
        return ""
    return next((one for one in found if one != "count"), "count")


def _one(text: str) -> Kind:
    line = _line(text)
    return next((name for name, pattern in _KINDS if pattern.fullmatch(line)), "")


def stated(text: str) -> list[str]:
    """
    List the units that a line beside a table states for its numbers.

    Parameters
    ----------
    text
        Of a title, a heading or a note.

    Returns
    -------
    units
        As they are written; of a text that says "unit of measure" whatever stands behind.

    Examples
    --------
    >>> stated("Đơn vị tính: nghìn người"), stated("BÁO CÁO (ĐVT: %)"), stated("Đơn vị: UBND xã")
    (['nghìn người'], ['%'], [])
    >>> stated("Tỷ lệ người dùng (%)"), stated("%"), stated("Người lập biểu"), stated("(người)")
    (['%'], ['%'], [], ['người'])
    """
    text = text[:_LONGEST]
    for one in [text, *(decoded for _, decoded in study.current().country.decodings(text))]:
        line = unicodedata.normalize("NFC", one).lower()
        if kind(line):
            return [line.strip(" ()[]")]
        found = [
            (match["certain"] or match["perhaps"]).strip(" .:;,-–")
            for match in _STATED.finditer(line)
            if match["certain"] or kind(match["perhaps"])
        ]
        found += [part for part in _BRACKETS.findall(line) if kind(part)]
        if found := [unit for unit in dict.fromkeys(found) if unit]:
            return found
    return []


def parted(text: str) -> tuple[str, str]:
    """
    Part a heading from a unit that stands behind it, where that is no thing to count.

    Examples
    --------
    >>> parted("Số thành viên - nghìn người"), parted("Số thành viên, ĐVT: triệu đồng")
    (('Số thành viên', 'nghìn người'), ('Số thành viên', 'triệu đồng'))
    >>> parted("Số tổ - số đếm")
    ('Số tổ - số đếm', '')
    """
    line = unicodedata.normalize("NFC", text)
    found = _STATED.search(line.lower())
    if found and not found.start():  # a line that states the unit of something else
        return text, ""
    if found and found["certain"]:
        return line[: found.start()].strip(_BETWEEN), found["certain"].strip(_BETWEEN)
    name, _, unit = re.sub(r"[\n,;:–—]|\s-\s", "\0", line[:_LONGEST]).rpartition("\0")
    if name and kind(unit) in {"scaled", "money"}:
        return name.strip(_BETWEEN), unit.strip(_BETWEEN)
    return text, ""


_BETWEEN = " .,:;-–—\n\0"
