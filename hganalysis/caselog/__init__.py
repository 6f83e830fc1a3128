"""
Turn the log of the one-stop shops, one row a file, into counts by place and period.

The log stays in its engine: DuckDB in this process, or whatever Ibis speaks to. Only counts come
out of it, never a person.
"""

from .counting import Counts, counts
from .engine import LogError, connect, open_log
from .release import hide_small, measures_of, save, small_reports, to_reports, to_table, write
from .tally import Period

__all__ = [
    "Counts", "LogError", "Period", "connect", "counts", "hide_small", "measures_of", "open_log",
    "save", "small_reports", "to_reports", "to_table", "write",
]  # fmt: skip
