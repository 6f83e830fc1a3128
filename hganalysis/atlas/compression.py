"""Pack the tables and data of a page that would be too large, and read them back."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PACKED = re.compile(r'<script type="application/octet-stream" id="packed">(.*?)</script>')
_DATA = '<script type="application/json" id="data">'
_ROW = re.compile(r'<tr data-code="(.*?)".*?(?=<tr data-code|</tbody>)', re.DOTALL)
_END = "</tbody></table>"
_MAP = re.compile(r'(<svg class="map".*?>)(.*)(</svg>)', re.DOTALL)


def emptied(svg: str) -> str:
    """Leave of a map the element alone: its shapes are packed."""
    return _MAP.sub(r"\1\3", svg)


def pack(data: str, tables: Mapping[str, Sequence[str]], svg: str) -> str:
    """
    Pack what a page holds as text: an element for it, which its own script unpacks.

    Parameters
    ----------
    data
        What the script reads, as JSON.
    tables
        The tables of each language, as HTML: the same views in the same order.
    svg
        The map.

    Returns
    -------
    element
        Deflated, in base64. Deflating looks back no further than 32 kB, so the rows of a place
        are brought together first: its names are then written once, and half the bytes are saved.
        Rows come back in the order of places; the script sorts them when it shows them.
    """
    rows: dict[str, dict[tuple[int, str], str]] = {}
    heads: dict[str, list[str]] = {language: [] for language in tables}
    for at, its in enumerate(zip(*tables.values(), strict=True)):
        for language, table in zip(tables, its, strict=True):
            heads[language].append(table[: table.index("<tbody>")] + "<tbody>")
            for row in _ROW.finditer(table):
                rows.setdefault(row[1], {})[at, language] = row[0].rstrip("\n")
    every = [(at, language) for at in range(len(heads[next(iter(heads))])) for language in heads]
    places = [[rows[code].get(key, "") for key in every] for code in sorted(rows)]
    text = json.dumps(
        [data, heads, places, _MAP.sub(r"\2", svg)], ensure_ascii=False, separators=(",", ":")
    )
    small = base64.b64encode(zlib.compress(text.encode("utf-8"), 9)).decode("ascii")
    return f'<script type="application/octet-stream" id="packed">{small}</script>'


def waiting(before: str, unpack: str, after: str) -> str:
    """Join the parts of a script that has to wait until all is unpacked."""
    return f"(async () => {{\n{before}{unpack}{after}}})();\n"


def unpacked(page: str) -> str:
    """Give a page as it is in the browser that unpacked it; one that is not packed as it is."""
    found = _PACKED.search(page)
    if found is None:
        return page
    data, heads, places, shapes = json.loads(zlib.decompress(base64.b64decode(found[1])))
    page = _PACKED.sub("", page, count=1).replace(_DATA, _DATA + data, 1)
    page = _MAP.sub(lambda it: it[1] + shapes + it[3], page, count=1)
    for number, (language, its) in enumerate(heads.items()):
        start = f'<div class="tables" lang="{language}">'
        tables = [
            head + "\n".join(filter(None, (rows[at * len(heads) + number] for rows in places)))
            for at, head in enumerate(its)
        ]
        page = page.replace(start, start + "".join(table + _END for table in tables), 1)
    return page
