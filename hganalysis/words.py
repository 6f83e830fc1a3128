"""Write numbers and terms, in Vietnamese and in English."""

import math
import os
import re
import tomllib
from contextlib import ExitStack
from functools import cache, lru_cache
from pathlib import Path

LANGUAGES = ("vi", "en")
STRINGS = Path(__file__).with_name("strings.toml")

# A presenter sets HGANALYSIS_LANG=en once, and every notebook follows.
_level: str | None = None
_language = os.environ.get("HGANALYSIS_LANG", "vi")


def use(language: str) -> ExitStack:
    """
    Switch the language of every number, label and sentence that follows.

    Parameters
    ----------
    language
        `"vi"` or `"en"`.

    Returns
    -------
    previous
        May be ignored; as a context manager it restores the language that was in use.

    Raises
    ------
    ValueError
        If the language is neither.

    Examples
    --------
    >>> with use("en"):
    ...     number(1234.5, decimals=1)
    '1,234.5'
    """
    global _language
    if language not in LANGUAGES:
        msg = f"language is {language!r}; expected one of {', '.join(LANGUAGES)}."
        raise ValueError(msg)
    restore = ExitStack()
    restore.callback(use, _language if _language in LANGUAGES else "vi")
    _language = language
    return restore


def language() -> str:
    """Name the language in use: `"vi"` or `"en"`."""
    if _language not in LANGUAGES:
        msg = f"HGANALYSIS_LANG is {_language!r}; expected one of {', '.join(LANGUAGES)}."
        raise ValueError(msg)
    return _language


def name_level(level: str | None) -> ExitStack:
    """
    Speak from now on of one level of places below the province only.

    Parameters
    ----------
    level
        `"district"` or `"commune"`, whichever there is; None for both.

    Returns
    -------
    previous
        May be ignored; as a context manager it restores what was spoken of before.
    """
    global _level
    restore = ExitStack()
    restore.callback(name_level, _level)
    _level = level
    return restore


def strings() -> dict[str, dict[str, str]]:
    """Read every text that people see: key, then language, then text."""
    return _strings(_level)


@cache
def _strings(level: str | None) -> dict[str, dict[str, str]]:
    found = {}
    for section, entries in tomllib.loads(STRINGS.read_text(encoding="utf-8")).items():
        for key, texts in entries.items():
            found[f"{section}.{key}"] = texts
    if level is None:
        return found
    instead = {key.removeprefix(_ONE): texts for key, texts in found.items() if _ONE in key}
    return {
        key: texts
        if key.startswith(_OF_BENCHMARK)
        else {one: _of_level(text, level, one) for one, text in texts.items()}
        for key, texts in (found | instead).items()
    }


# Texts that need other words, and not only another noun, where there is one level of places.
_ONE = "one_level."
# What takes the place of what: the name of the level that is not there, by that of the one that is.
_NOUNS = {
    ("commune", "en"): {r"district(s?)": r"commune\1", r"District(s?)": r"Commune\1"},
    ("district", "en"): {r"commune(s?)": r"district\1", r"Commune(s?)": r"District\1"},
    ("commune", "vi"): {
        r"huyện, thị xã, thành phố": "xã, phường, đặc khu",
        r"huyện": "xã",
        r"Huyện": "Xã",
    },
    ("district", "vi"): {
        r"xã, phường, thị trấn": "huyện, thị xã, thành phố",
        r"Xã, phường, thị trấn": "Huyện, thị xã, thành phố",
        r"Xã, Phường hoặc Thị trấn": "Huyện, Thị xã hoặc Thành phố",
        r"(?<!thị )xã(?! hội)": "huyện",
        r"(?<!Thị )Xã": "Huyện",
    },
}
_TWICE = re.compile(
    r"\b((?:từng |một |cấp |các )?(?:districts?|communes?|huyện|xã))"
    r"(?:, | and | or | và | hoặc )\1\b"
)
# What is said of the benchmark's provinces, which have districts and communes whatever is studied.
_OF_BENCHMARK = ("titles.coverage", "charts.coverage", "slides.method_coverage")


def of_level(text: str) -> str:
    """Name in a text of either language only the level of places that there is; of two, both."""
    for one in LANGUAGES if _level else ():
        text = _of_level(text, str(_level), one)
    return text


def _of_level(text: str, level: str, language: str) -> str:
    """Name one level only: blanks stay as they are, and a noun that stands twice stands once."""
    parts = re.split(r"(\{[^{}]*\})", text)
    for at in range(0, len(parts), 2):
        for noun, other in _NOUNS[level, language].items():
            parts[at] = re.sub(rf"\b{noun}\b", other, parts[at])
        parts[at] = _TWICE.sub(r"\1", parts[at])
    return "".join(parts)


def term(key: str, **values: object) -> str:
    """
    Give the text of a key in the language in use, with its blanks filled in.

    Parameters
    ----------
    key
        `"section.name"`, as it stands in `strings.toml`.
    **values
        The blanks of that text, by name.

    Raises
    ------
    LookupError
        If there is no such key.

    Examples
    --------
    >>> term("words.simulated")
    'SỐ LIỆU MÔ PHỎNG'
    """
    if key not in strings():
        msg = f"strings.toml has no text {key!r}. Add it there, in both languages."
        raise LookupError(msg)
    return strings()[key][language()].format(**values)


def column(name: str) -> str:
    """
    Name the column that holds a text in the language in use.

    Examples
    --------
    >>> column("name")
    'name_vi'
    """
    return f"{name}_{language()}"


def number(value: float, *, decimals: int = 0, signed: bool = False) -> str:
    """
    Write a number: 1.234,5 in Vietnamese, 1,234.5 in English, a dash where there is none.

    Examples
    --------
    >>> number(1234.5, decimals=1)
    '1.234,5'
    >>> number(-0.25, decimals=2)
    '−0,25'
    """
    import pandas as pd

    if pd.isna(value):  # None, NaN, and the NA of a whole number
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    text = _decimal(abs(value), decimals, language())
    zero = not any(digit in text for digit in "123456789")
    if value < 0 and not zero:
        return f"−{text}"
    return f"+{text}" if signed and not zero else text


@lru_cache(maxsize=100_000)  # tables of a whole country write the same numbers again and again
def _decimal(value: float, decimals: int, locale: str) -> str:
    from babel.numbers import format_decimal

    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=locale)


def percent(share: float, *, decimals: int = 1) -> str:
    """
    Write a share between 0 and 1 as a percentage.

    Examples
    --------
    >>> percent(0.505).replace("\N{NO-BREAK SPACE}", " ")
    '50,5 %'
    """
    return _with_unit(number(100 * share, decimals=decimals), "words.percent")


def points(change_pp: float, *, decimals: int = 1) -> str:
    """
    Write a difference of shares, in percentage points, with its sign.

    Examples
    --------
    >>> points(3.44)
    '+3,4 điểm phần trăm'
    """
    return _with_unit(number(change_pp, decimals=decimals, signed=True), "words.points")


def value(amount: float, unit: str, *, short: bool = False, more: int = 0) -> str:
    """
    Write an amount in the unit of its classes; `short` drops decimals that are zero.

    Parameters
    ----------
    amount
        In the unit that frames hold: a share is between 0 and 1, `points` are percentage points.
    unit
        `"share"`, `"points"`, `"per_1000"` (a ratio, shown for 1,000 of what it is out of),
        `"decimal"` (two decimals) or `"count"`.
    more
        Decimals beyond those of the unit, where amounts lie so near to each other.

    Examples
    --------
    >>> value(5.357, "decimal"), value(173000, "count"), value(0.0024, "per_1000")[:3]
    ('5,36', '173.000', '2,4')
    """
    factor, decimals, signed, key = _unit(unit)
    decimals += more
    shown = factor * amount
    if short:
        decimals = next(
            (d for d in range(decimals) if round(shown, d) == round(shown, 9)), decimals
        )
    text = number(shown, decimals=decimals, signed=signed)
    return _with_unit(text, key) if key else text


def interval(low: float, high: float, unit: str) -> str:
    """
    Write an interval in the unit of its classes.

    Examples
    --------
    >>> interval(0.201, 0.302, "share").replace("\N{NO-BREAK SPACE}", " ")
    'từ 20,1 đến 30,2 %'
    """
    factor, decimals, signed, key = _unit(unit)
    ends = [number(factor * end, decimals=decimals, signed=signed) for end in (low, high)]
    if "–" in ends:
        return "–"
    text = term("words.interval", low=ends[0], high=ends[1])
    return term(key, number=text) if key else text


def span(low: float, high: float, unit: str) -> str:
    """
    Write an interval as short as a title needs it: its ends, and the unit once.

    Examples
    --------
    >>> span(0.201, 0.302, "share").replace("\N{NO-BREAK SPACE}", " ")
    '20,1–30,2 %'
    """
    factor, decimals, signed, key = _unit(unit)
    ends = [number(factor * end, decimals=decimals, signed=signed) for end in (low, high)]
    if "–" in ends:
        return "–"
    # A sign behind a dash could be read as another dash.
    between = "words.span_signed" if signed or low < 0 else "words.span"
    text = term(between, low=ends[0], high=ends[1])
    return term(key, number=text) if key and not signed else text


# What a unit of a frame is multiplied by for a reader, its decimals, sign, and the text around it.
_UNITS: dict[str, tuple[float, int, bool, str]] = {
    "share": (100, 1, False, "words.percent"),
    "points": (1, 1, True, "words.points"),
    "per_1000": (1000, 1, False, "words.per_1000"),
    "decimal": (1, 2, False, ""),
    "count": (1, 0, False, ""),
}


def _unit(unit: str) -> tuple[float, int, bool, str]:
    if unit not in _UNITS:
        msg = f"unit is {unit!r}; expected one of {', '.join(_UNITS)}."
        raise ValueError(msg)
    return _UNITS[unit]


def _with_unit(text: str, key: str) -> str:
    return text if text == "–" else term(key, number=text)
