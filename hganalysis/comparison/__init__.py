"""
Compare a measure in two years or more, in one line.

`compare("app_users", 2022, 2023)` gives a `Change`: its table, its map, its slopes, its sentence.
"""

from .changed import Change
from .compare import compare

__all__ = ["Change", "compare"]


def __dir__() -> list[str]:
    return __all__
