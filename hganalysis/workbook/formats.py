"""Say what a cell shows: the number format of a spreadsheet, as far as it changes what is read."""

from __future__ import annotations

import datetime
import operator
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from .numbers import whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from .sheets import Value

BUILT_IN = {
    **dict.fromkeys((5, 6, 7, 8, 42, 44), '"$"#,##0'),
    9: "0%",
    10: "0.00%",
}
"""Number formats that stand in every workbook without being written in it, where they matter."""
LONGEST = 255
"""Letters of a number format: a spreadsheet takes no more."""

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<digits>General|Standard|[0#?](?:[0#?.,/]| (?=[0#?]))*(?:E[+-][0#?]+)?|[.][0#?]+)"
    r"|(?P<other>.)",
    flags=re.DOTALL | re.IGNORECASE,
)
_CONDITION = re.compile(r"(<=|>=|<>|=|<|>)\s*(-?[0-9]+(?:\.[0-9]+)?)")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}


@dataclass(frozen=True)
class _Section:
    """One part of a number format: what stands ahead of the digits, the digits, what is behind."""

    ahead: str
    digits: str
    behind: str
    holds: tuple[str, float] | None
    is_text: bool
    is_date: bool

    @property
    def words(self) -> str:
        """What it shows beside the digits, without dashes, brackets and spaces."""
        return re.sub(r"[\s()+\-–—]", "", self.ahead + self.behind)

    @property
    def thousands(self) -> int:
        """How often it leaves three digits away."""
        body = self.digits.partition(".")
        return max(len(part) - len(part.rstrip(",")) for part in (body[0], body[2]))

    @property
    def decimals(self) -> int:
        """How many digits it shows behind the decimal mark."""
        return len(re.findall(r"[0#?]", re.split(r"[Ee]", self.digits)[0].partition(".")[2]))

    @property
    def zeros(self) -> int:
        """Up to how many digits it fills up with zeros."""
        return len(self.digits) if re.fullmatch("0{2,}", self.digits) else 0


def matters(code: str) -> bool:
    """
    Say whether a number format changes what a reader takes a value for.

    Examples
    --------
    >>> [matters(code) for code in ("0.0%", "00000", '0"%"', "#,##0,", ";;;", "0.000")]
    [True, True, True, True, True, True]
    >>> [matters(code) for code in ("#,##0", "General", "d-mmm", '_-* #,##0_-;-* "-"??_-', "@")]
    [False, False, False, False, False]
    """
    if code in {"", "General", "@"}:
        return False
    sections = _sections(code)
    if any(one.is_date for one in sections):
        return False
    hidden = any(not one.digits and not one.is_text and not _dash(one) for one in sections)
    return hidden or any(
        one.words or one.thousands or one.zeros or one.decimals == _AS_THOUSANDS for one in sections
    )


_AS_THOUSANDS = 3  # 2,000 is two, and looks like two thousand


def is_percent(code: str) -> bool:
    """
    Say whether a number format multiplies by 100 and writes a per cent sign.

    Examples
    --------
    >>> is_percent("0.0%"), is_percent('0"%"')
    (True, False)
    """
    return any("\0" in one.ahead + one.behind for one in _sections(code)) if code else False


def shown(value: Value, code: str = "") -> str:
    """
    Write what a cell shows, as far as it matters: per cent as such, whole numbers as whole.

    Examples
    --------
    >>> shown(1234.0), shown(0.125, "0.0%"), shown(27.0, "00000"), shown(None)
    ('1234', '12.5 %', '00027', '')
    >>> shown(29, '0"%"'), shown(1234567, "#,##0,"), shown(5, ";;;"), shown(2, "0.000")
    ('29%', '1235', '', '2.000')
    >>> shown(9000, '#,##0 "₫"'), shown(9000, "# ##0.0,,"), shown(-5, "#,##0;(#,##0)")
    ('9000 ₫', '0', '5')
    >>> shown("Vị Tân", '"Xã "@'), shown(0, '_-* #,##0_-;-* #,##0_-;_-* "-"_-')
    ('Xã Vị Tân', '-')
    """
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value).strip()
        own = next((one for one in _sections(code) if one.is_text), None) if code else None
        return f"{own.ahead}{text}{own.behind}".strip() if own and own.words else text
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        return _number(value, code)
    return str(value) if isinstance(value, datetime.timedelta) else value.isoformat()


def _number(value: float, code: str) -> str:
    if not code:
        return _digits(value)
    section, unsigned = _chosen(value, code)
    if section is None:
        return _digits(value)
    if not section.digits and not section.is_text:
        return f"{section.ahead}{section.behind}".replace("\0", "%").strip()
    around = section.ahead + section.behind
    number = (abs(value) if unsigned else value) * 100 ** around.count("\0")
    if section.thousands:
        number = round(number / 1000**section.thousands, section.decimals)
    three = section.decimals == _AS_THOUSANDS and not section.thousands
    text = f"{number:.3f}" if three else _digits(number).zfill(section.zeros)
    if not section.words:
        return text if not _dash(section) or number else "-"
    return " ".join(f"{section.ahead}{text}{section.behind}".replace("\0", " %").split())


def _digits(value: float) -> str:
    number = whole(value)
    return str(number) if isinstance(number, int) else f"{number:.15g}"


def _chosen(value: float, code: str) -> tuple[_Section | None, bool]:
    """Give the section that shows a number, and whether it shows it without its sign."""
    sections = [one for one in _sections(code) if not one.is_text] or list(_sections(code))
    if any(one.holds for one in sections):
        for one in sections:
            if one.holds is None or _COMPARE[one.holds[0]](value, one.holds[1]):
                return one, False
        return None, False
    if value < 0 and len(sections) > 1:
        return sections[1], True
    if value == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], False


def _dash(section: _Section) -> bool:
    """Say whether a section writes a dash for nothing, as bookkeepers do."""
    around = section.ahead + section.behind
    return not section.words and any(sign in around for sign in "-–—") and "#" not in section.digits


@lru_cache(maxsize=1_000)
def _sections(code: str) -> tuple[_Section, ...]:
    code = code[:LONGEST]
    parts = re.findall(r'(?:"[^"]*"|\\.|[_*].|\[[^\]]*\]|[^;"])+|(?<=;)(?=;|$)|^(?=;)', code)
    return tuple(map(_section, parts[:4])) or (_section(code),)


def _section(text: str) -> _Section:
    ahead: list[str] = []
    digits: list[str] = []
    behind: list[str] = []
    holds, is_text, is_date = None, False, False
    for found in _TOKEN.finditer(text):
        said = found["quoted"] or found["escaped"] or ""
        if found["bracket"] is not None:
            condition = _CONDITION.fullmatch(found["bracket"].strip())
            if condition:
                holds = condition[1], float(condition[2])
            elif found["bracket"].startswith("$"):  # a currency; its language is behind the dash
                said = found["bracket"][1:].rpartition("-")[0] or found["bracket"][1:]
                said = "" if found["bracket"].startswith("$-") else said
            is_date = is_date or found["bracket"].lower() in {"h", "m", "s", "hh", "mm", "ss"}
        elif found["digits"]:
            digits.append(found["digits"])
        elif found["other"] == "@":
            is_text = True
        elif found["other"] == "%":
            said = "\0"  # apart from one in quotation marks, which multiplies nothing
        elif found["other"]:
            is_date = is_date or found["other"] in "dmyhsDMYHS"
            said = found["other"]
        (behind if digits or is_text else ahead).append(said)
    return _Section("".join(ahead), "".join(digits), "".join(behind), holds, is_text, is_date)
