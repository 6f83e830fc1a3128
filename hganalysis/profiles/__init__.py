"""
Print an area profile of each district: one A3 page, for a wall or a meeting in the district.

A page has the finding as its title, the map of the communes, where the district lies and ranks, and
its measures by year. `write("profiles.pdf")` puts all pages into one PDF; in a notebook, `pages()`
shows them. Where places have one level only, there is one page, of the whole.
"""

from .pages import pages, write

__all__ = ["pages", "write"]


def __dir__() -> list[str]:
    return __all__
