"""Write the workbook behind a chart from what the chart shows, and nothing else."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import TYPE_CHECKING, Any

from ... import escaping
from . import package, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SHEET = "Sheet1"
"""The sheet that python-pptx refers to."""
_CELLS = re.compile(rf"^{SHEET}!\$([A-Z]+)\$(\d+)(?::\$[A-Z]+\$\d+)?$")
# A workbook must say when it was made; this is when archives begin.
_NO_TIME = dt.datetime(1980, 1, 1)


def replace(chart: Any, *, about: Sequence[str]) -> None:  # noqa: ANN401
    """
    Replace the workbook of a chart by one that holds what is drawn, cell by cell.

    A text never becomes a formula or a link there, whatever a name begins with; a second sheet
    says what the numbers are; and the same chart has the same bytes.

    Parameters
    ----------
    chart
        Of python-pptx, complete.
    about
        What the numbers are, line by line: that they are simulated, their source.
    """
    buffer = io.BytesIO()
    book = escaping.workbook(buffer, in_memory=True)
    book.set_properties({"created": _NO_TIME})
    as_text = book.add_format({"quote_prefix": True})  # a text still when its cell is edited
    sheet = book.add_worksheet(SHEET)
    for row, column, value in cells(chart):
        if isinstance(value, str):
            sheet.write_string(row, column, value, as_text if escaping.runs(value) else None)
        else:
            sheet.write_number(row, column, value)
    notes = book.add_worksheet("hganalysis")
    for row, line in enumerate(about):
        notes.write_string(row, 0, text.clean(line), as_text)
    book.close()
    chart.part.chart_workbook.xlsx_part._blob = package.timeless(buffer.getvalue())


def cells(chart: Any) -> Iterator[tuple[int, int, str | float]]:  # noqa: ANN401
    """List what a chart shows by the cell that it comes from: row and column from 0, and value."""
    from pptx.oxml.ns import qn

    for kind in ("numRef", "strRef"):
        for reference in chart._chartSpace.iter(qn(f"c:{kind}")):
            found = _CELLS.match(reference.findtext(qn("c:f")))
            assert found, "python-pptx refers to a single column of its own sheet"
            column, first = _number(found[1]), int(found[2]) - 1
            for point in reference.iter(qn("c:pt")):
                value = point.findtext(qn("c:v"))
                row = first + int(point.get("idx"))
                yield row, column, float(value) if kind == "numRef" else value


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1
