"""
Write one HTML file that opens anywhere without internet: map, table, search, both languages.

`write(file, frames.reports(), teams=frames.teams())` puts it into a file, `page(...)` gives its
text. A whole country becomes several files, one of them for each province. What a page shows can
be read back, to hold it against other artefacts: `figures(text)` are the texts that people read in
its tables, `data(text)` the numbers that its download holds.
"""

from .assemble import LIMIT, page
from .compression import unpacked
from .parts import write
from .read import data, figures

__all__ = ["LIMIT", "data", "figures", "page", "unpacked", "write"]


def __dir__() -> list[str]:
    return __all__
