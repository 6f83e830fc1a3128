"""Read the numbers of an atlas back, to hold them against other artefacts."""

from __future__ import annotations

import io
import json
import re

import pandas as pd

from .compression import unpacked

_DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


def data(page: str) -> pd.DataFrame:
    """
    Read the numbers that an atlas gives to programs: what its download holds.

    Parameters
    ----------
    page
        The text of the page.

    Returns
    -------
    data
        One row for each place, measure and year: `note`, `level`, `code`, `place`, `indicator`,
        `year`, `value`, `low`, `high`, `unit`, `count`, `out_of`, ranks, changes, `state`,
        `origin`.

    Raises
    ------
    ValueError
        If the page is no atlas.
    """
    found = _DATA.search(unpacked(page))
    if found is None:
        msg = "this page is no atlas: it holds no data. Expected what `hganalysis atlas` wrote."
        raise ValueError(msg)
    text = json.loads(found[1])["csv"]
    return pd.read_csv(
        io.StringIO(text), dtype={"code": "str"}, keep_default_na=False, na_values=[""]
    )


def figures(page: str) -> pd.DataFrame:
    """
    Read every figure that the tables of an atlas show to people.

    Parameters
    ----------
    page
        The text of the page.

    Returns
    -------
    figures
        One row a figure: `language`, `indicator`, `when` (a year, or two with a hyphen for a
        change), `level`, `code`, `fact` (`value`, `rank`, `count`, `chance`, `change`, ...) and
        `text`, as it is read.

    Raises
    ------
    ValueError
        If the page is no atlas.
    """
    from html.parser import HTMLParser

    rows: list[tuple[str, ...]] = []

    class Tables(HTMLParser):
        """Follow tables, rows and cells; an atlas leaves out end tags that HTML lets it."""

        table = code = ""
        heads: list[str] = []  # noqa: RUF012
        at = -1
        text: list[str] | None = None

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            known = dict(attrs)
            if tag in {"td", "th", "tr"}:
                self.close_cell()
            if tag == "table":
                self.table, self.heads, self.code = known.get("id") or "", [], ""
            elif tag == "tr":
                self.code, self.at = known.get("data-code") or "", -1
            elif tag == "th" and "data-fact" in known:
                self.heads.append(known["data-fact"] or "")
            elif tag in {"td", "th"} and self.code:
                self.at, self.text = self.at + 1, []

        def handle_endtag(self, tag: str) -> None:
            if tag in {"tbody", "table", "tr", "td", "th"}:
                self.close_cell()

        def handle_data(self, data: str) -> None:
            if self.text is not None:
                self.text.append(data)

        def close_cell(self) -> None:
            if self.text is None:
                return
            text, self.text = "".join(self.text).strip(), None
            language, indicator, when, level = self.table.split(".")
            if text:
                rows.append(
                    (language, indicator, when, level, self.code, self.heads[self.at], text)
                )

    data(page)
    reader = Tables()
    reader.feed(unpacked(page))
    reader.close()
    columns = ["language", "indicator", "when", "level", "code", "fact", "text"]
    return pd.DataFrame(rows, columns=columns)
