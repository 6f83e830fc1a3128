"""Lay the tables of a report out for reading: texts left, numbers right, heads of whole words."""

from __future__ import annotations

import re
from html import unescape

TABLE = re.compile(r'<table border="1" class="dataframe">.*?</table>', re.DOTALL)
ROW = re.compile(r"<tr[^>]*>.*?</tr>", re.DOTALL)
CELL = re.compile(r"<(t[hd])>(.*?)</\1>", re.DOTALL)
TOGETHER = 2
"""Words of a head that stay on one line, so that none is narrower than them."""
LONG = 40
"""Letters of a text that is given room."""


def readable(page: str) -> str:
    """
    Lay out every table of a data frame on a page.

    Examples
    --------
    >>> page = '<table border="1" class="dataframe"><tr><th>a b c</th></tr></table>'
    >>> readable(page)
    '<table border="1" class="dataframe"><tr><th><span>a b</span> <span>c</span></th></tr></table>'
    """
    return TABLE.sub(lambda found: _table(found[0]), page)


def _table(text: str) -> str:
    if "span=" in text:  # cells of several rows or columns: no column is known by its place
        return text
    head, mark, body = text.partition("<tbody>")
    rows = [[unescape(cell) for _, cell in CELL.findall(row)] for row in ROW.findall(body)]
    kinds = [_kind(cells) for cells in zip(*rows, strict=False)]
    if "<th>" in body:  # what names the rows is no number, whatever its digits
        kinds[:1] = [""]
    return ROW.sub(lambda row: _row(row[0], kinds), head + mark + body)


def _kind(cells: tuple[str, ...]) -> str:
    """Name what stands in a column: numbers, with their units and intervals, or long texts."""
    told = [one for one in cells if one.strip(" –-")]
    if told and all(
        sum(map(str.isdigit, one)) >= max(1, sum(map(str.isalpha, one))) for one in told
    ):
        return "number"
    return "long" if max(map(len, cells), default=0) > LONG else ""


def _row(row: str, kinds: list[str]) -> str:
    columns = iter(kinds)

    def cell(found: re.Match[str]) -> str:
        kind, name, inside = next(columns, ""), found[1], found[2]
        mark = f' class="{kind}"' if kind else ""
        return f"<{name}{mark}>{_together(inside) if name == 'th' else inside}</{name}>"

    return CELL.sub(cell, row.replace(' style="text-align: right;"', ""))


def _together(head: str) -> str:
    parts = head.split()
    pairs = [" ".join(parts[at : at + TOGETHER]) for at in range(0, len(parts), TOGETHER)]
    return " ".join(f"<span>{one}</span>" for one in pairs)
