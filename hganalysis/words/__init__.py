"""Numbers, texts and nouns in Vietnamese and in English; every room keeps its `texts.toml`."""

from .numbers import (
    day,
    interval,
    number,
    percent,
    ratios,
    series,
    span,
    unit_text,
    value,
    with_unit,
)
from .texts import LANGUAGES, column, language, of_study, strings, term, use
from .units import CHANGES, NAMED_ONCE, Scale, class_number

__all__ = [
    "CHANGES",
    "LANGUAGES",
    "NAMED_ONCE",
    "Scale",
    "class_number",
    "column",
    "day",
    "interval",
    "language",
    "number",
    "of_study",
    "percent",
    "ratios",
    "series",
    "span",
    "strings",
    "term",
    "unit_text",
    "use",
    "value",
    "with_unit",
]


def __dir__() -> list[str]:
    return __all__
