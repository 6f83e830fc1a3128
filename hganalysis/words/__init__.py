"""Numbers, texts and nouns in Vietnamese and in English; every room keeps its `texts.toml`."""

from .lists import SHOWN as SHOWN
from .lists import join_all as join_all
from .lists import join_some as join_some
from .numbers import class_number as class_number
from .numbers import number, percent, value
from .numbers import ratios as ratios
from .numbers import series as series
from .numbers import span as span
from .numbers import unit_text as unit_text
from .numbers import values as values
from .numbers import with_unit as with_unit
from .texts import LANGUAGES, language, strings, term, use
from .texts import column as column
from .texts import did_you_mean as did_you_mean
from .texts import of_study as of_study
from .times import day, period
from .times import period_span as period_span
from .times import short_period as short_period

__all__ = [
    "LANGUAGES", "day", "language", "number", "percent", "period", "strings", "term", "use", "value"
]  # fmt: skip
