"""
Turn the log of the one-stop shops, one row a file, into counts by place and period.

The log stays in its engine: DuckDB in this process, or whatever Ibis speaks to. Only counts come
out of it, never a person.
"""

from .counting import Counts, counts
from .engine import LogError, connect, open_log
from .release import hide_small, save, small_reports, to_reports, to_table

__all__ = [
    "Counts",
    "LogError",
    "connect",
    "counts",
    "hide_small",
    "open_log",
    "save",
    "small_reports",
    "to_reports",
    "to_table",
]


def __dir__() -> list[str]:
    return __all__
