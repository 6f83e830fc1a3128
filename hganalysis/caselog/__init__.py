"""
Turn the log of the one-stop shops, one row a file, into counts by place and period.

The log stays in its engine: DuckDB in this process, or whatever Ibis speaks to. Only counts come
out of it, never a person.
"""

from .counting import Counts, counts
from .engine import LogError, connect, read
from .release import reports, save, small, small_reports, table

__all__ = [
    "Counts",
    "LogError",
    "connect",
    "counts",
    "read",
    "reports",
    "save",
    "small",
    "small_reports",
    "table",
]


def __dir__() -> list[str]:
    return __all__
