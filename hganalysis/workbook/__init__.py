"""Make the form of a report, read what came back, say what is wrong in it, and give it back."""

from .check import Checked, read
from .faults import account, not_read, table
from .give_back import Returned, give_back
from .levels import is_of_compared as is_of_compared
from .template import template

__all__ = [
    "Checked", "Returned", "account", "give_back", "not_read", "read", "table", "template"
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
