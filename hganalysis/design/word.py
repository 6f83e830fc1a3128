"""Write a table of models as a Word document, with the three rules of a table in a paper."""

from __future__ import annotations

import io
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def write(
    file: Path, head: Sequence[str], parts: Sequence[Sequence[Sequence[str]]], notes: Sequence[str]
) -> Path:
    """
    Write one table, ruled above, below its head, between its parts and below, and its notes.

    Parameters
    ----------
    file
        Its name ends with .docx.
    head, parts
        The cells, each a text; every part is some rows.
    notes
        Paragraphs below the table.
    """
    from docx import Document
    from docx.shared import Pt

    from ..render.slide.package import timeless

    if file.suffix != ".docx":
        msg = f"{file.name} is no name of a Word document: it has to end with .docx."
        raise ValueError(msg)
    document = Document()
    core = document.core_properties
    core.author = core.last_modified_by = "hganalysis"
    core.comments = ""
    for clock in core._element.xpath("./dcterms:created | ./dcterms:modified"):
        clock.getparent().remove(clock)
    table = document.add_table(rows=0, cols=len(head))
    for row in [head, *(row for part in parts for row in part)]:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            paragraph.add_run(text).font.size = Pt(10)
    rows = list(table.rows)
    ends = accumulate([0, *map(len, parts)])  # below the head, and below each part
    _rule(rows[0], "top")
    for end in ends:
        _rule(rows[end], "bottom")
    _repeat(rows[0])
    for note in notes:
        document.add_paragraph().add_run(note).font.size = Pt(9)
    buffer = io.BytesIO()
    document.save(buffer)
    file.write_bytes(timeless(buffer.getvalue()))
    return file


def _rule(row: Any, side: str) -> None:  # noqa: ANN401
    """Draw a line along one side of a row."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for cell in row.cells:
        properties = cell._tc.get_or_add_tcPr()
        borders = properties.find(qn("w:tcBorders"))
        if borders is None:
            borders = OxmlElement("w:tcBorders")
            properties.append(borders)
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "8"), ("space", "0"), ("color", "000000")):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)


def _repeat(row: Any) -> None:  # noqa: ANN401
    """Let the head stand at the top of every page that the table runs over."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    head = OxmlElement("w:tblHeader")
    head.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(head)
