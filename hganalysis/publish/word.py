"""
The brief: the answers as a report of an office, in Word, for whoever edits and signs it.

Its parts, their places and their fonts are those of Nghị định 30/2020/NĐ-CP, phụ lục I. What only
the office knows is a field in square brackets. An English brief has the same fields.
"""

import io
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from .. import figure, frames, places, words
from ..draw.page import draw_page
from ..figure import Figure
from ..ranking import uptake
from ..ranking.measure import reported
from ..ranking.sentences import within_sentence
from . import deck, pages
from .answers import Card
from .tables import timeless

# In millimetres: A4, its edges, and the width of its text and of a picture. The decree asks for 20
# to 25 above and below, 30 to 35 on the left, 15 to 20 on the right.
WIDTH, HEIGHT = 210, 297
TOP, LEFT, RIGHT = 20, 30, 15
TEXT_WIDTH = WIDTH - LEFT - RIGHT
INDENT = 10
# Of the two columns above and below the text; a longer line would break the name of the state.
LEFT_COLUMN, RIGHT_COLUMN = 70, TEXT_WIDTH - 70
# So high a picture may be that two of them and their sentences have room on a page.
PICTURE_HEIGHT = 80
DOTS = 200

# The font that the decree asks for, and the size of each style in points.
FONT = "Times New Roman"
SIZES = {
    "Normal": 13,
    "Body Text": 13,
    "List Bullet": 13,
    "No Spacing": 11,
    "Title": 14,
    "Subtitle": 14,
    "Heading 1": 13,
    "Caption": 12,
    "Header": 13,
}
IS_BOLD = ("Title", "Subtitle", "Heading 1")
IS_CENTRED = ("Title", "Subtitle", "Header")
IS_JUSTIFIED = ("Body Text", "List Bullet")
# Between paragraphs of the text there are 6 points or more, between lines of other parts fewer.
TEXT_SPACE, OTHER_SPACE = 6, 2
SIGNATURE_LINES = 3

# Their sentences have the number already, but not its interval.
HAVE_INTERVALS = ("related", "rolled_out")

# <a field> in a text.
FIELD = re.compile("<(.*?)>")

SECTIONS = ("I", "II", "III", "IV", "V")


def write(file: Path, ready_answers: Sequence[Card]) -> None:
    """
    Write the brief: each answer with its picture, a table, its sources, and lines to fill in.

    Parameters
    ----------
    file
        It has the same bytes for the same numbers, in the language in use.
    ready_answers
        The answers, as `answers()` gives them.
    """
    document = docx.Document()
    _set_page(document)
    _set_styles(document)
    figures = [answer.picture.figure for answer in ready_answers if answer.picture]
    _add_headers(document, pages.warning(max((shown.banner for shown in figures), default="")))
    _add_letterhead(document)
    _add_title(document)
    sections = iter(SECTIONS)
    within = _within()
    for answer in ready_answers:
        document.add_heading(f"{next(sections)}. {answer.question}", 1)
        paragraph = document.add_paragraph(style="Body Text")
        paragraph.paragraph_format.keep_with_next = answer.picture is not None
        paragraph.add_run(f"{_statement(answer)} {answer.detail}{within}")
        within = ""  # it is said of the first answer only
        if answer.picture:
            _add_picture(document, answer.picture.figure)
    if figures:
        document.add_heading(f"{next(sections)}. {words.term('word.table')}", 1)
        # the change of each place, where it was counted twice
        _add_table(document, figures[:2][-1])
    document.add_heading(f"{next(sections)}. {words.term('word.sources')}", 1)
    for text in (figure.credit_all(frames.reports()), *deck.limits()):
        document.add_paragraph(text, "List Bullet")
    _add_signature(document)
    content = io.BytesIO()
    document.save(content)
    file.write_bytes(timeless(content.getvalue()))


def _statement(answer: Card) -> str:
    """Say the answer in whole sentences, with the number that only its card has."""
    number, label = answer.number
    if number and answer.name == "where":
        return f"{words.term('word.level', number=number)} {answer.sentence}"
    if number and answer.name in HAVE_INTERVALS:
        return f"{answer.sentence.removesuffix('.')} ({label})."
    return answer.sentence


def _within() -> str:
    """Say how much of the difference in the headline lies within places, where that is known."""
    for measure, periods in reported().items():
        return within_sentence(uptake(measure, periods[-1]).parts)
    return ""


def _set_page(document: Document) -> None:
    """Set the size of the page and its edges."""
    section = document.sections[0]
    section.page_width = Mm(WIDTH)
    section.page_height = Mm(HEIGHT)
    section.left_margin = Mm(LEFT)
    section.right_margin = Mm(RIGHT)
    section.top_margin = section.bottom_margin = Mm(TOP)
    section.header_distance = Mm(TOP / 3)


def _set_styles(document: Document) -> None:
    """Set the fonts and the language of the styles of Word."""
    for name, size in SIZES.items():
        style = document.styles[name]
        # the colours, the fonts and the lines of the theme
        style.element.get_or_add_rPr().clear()
        for borders in style.element.xpath("w:pPr/w:pBdr"):
            borders.getparent().remove(borders)
        style.font.name = FONT
        style.font.size = Pt(size)
        style.font.bold = name in IS_BOLD
        space = TEXT_SPACE if name in IS_JUSTIFIED else OTHER_SPACE
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(space / 2)
        style.paragraph_format.line_spacing = 1
        if name in IS_CENTRED:
            style.paragraph_format.alignment = ALIGN.CENTER
        if name in IS_JUSTIFIED:
            style.paragraph_format.alignment = ALIGN.JUSTIFY
    document.styles["Caption"].paragraph_format.keep_with_next = True
    document.styles["Body Text"].paragraph_format.first_line_indent = Mm(INDENT)
    for language in document.styles.element.xpath("//w:lang"):
        language.set(qn("w:val"), words.term("word.language"))


def _add_headers(document: Document, warning: str) -> None:
    """Write the warning above every page, and its number from the second page on."""
    section = document.sections[0]
    section.different_first_page_header_footer = True
    number = OxmlElement("w:fldSimple")
    number.set(qn("w:instr"), "PAGE")
    section.header.paragraphs[0]._p.append(number)
    if warning:
        red = RGBColor.from_string(figure.RED.removeprefix("#"))
        below = section.header.add_paragraph(style="Header")
        for paragraph in (section.first_page_header.paragraphs[0], below):
            run = paragraph.add_run(warning)
            run.bold = True
            run.font.color.rgb = red


def _add_letterhead(document: Document) -> None:
    """Write the office beside the state, and the number beside the day."""
    office, state, number, day = _add_columns(document, rows=2)
    _add_centred(office, "parent_office", size=12)
    _add_centred(office, "office", size=12, bold=True)
    _add_rule(office, (LEFT_COLUMN - 24) / 2)
    if words.language() == "vi":
        _add_centred(state, "state", size=12, bold=True)
        _add_centred(state, "motto", size=13, bold=True)
        _add_rule(state, 18)  # as long as the motto
    _add_centred(number, "number", size=13)
    _add_centred(day, "day", size=13, italic=True)


def _add_title(document: Document) -> None:
    """Write what kind of document it is, and what it is about."""
    kind = document.add_paragraph(words.term("word.report"), "Title")
    kind.paragraph_format.space_before = Pt(2 * TEXT_SPACE)
    title = words.term("word.about", place=_full_name())
    document.add_paragraph(title, "Subtitle")
    _add_rule(document, TEXT_WIDTH / 3)
    document.core_properties.title = title
    document.core_properties.author = "hganalysis"


def _full_name() -> str:
    """Name the whole with its type, which is small within a Vietnamese sentence."""
    province = places.province()
    name, short = str(province[words.column("name")]), str(province[words.column("short")])
    # the Vietnamese type stands before the name, the English one behind it
    kind = name.removesuffix(short)
    return kind.lower() + short if kind != name else name


def _add_signature(document: Document) -> None:
    """Write who receives the report, beside who signs it."""
    # no page has the signature alone
    for paragraph in (document.paragraphs[-1], document.add_paragraph(style="No Spacing")):
        paragraph.paragraph_format.keep_with_next = True
    recipients, signatory = _add_columns(document, rows=1)
    _add_text(recipients.paragraphs[0], "to", size=12, bold=True, italic=True)
    for key in ("to_office", "to_file"):
        _add_text(recipients.add_paragraph(style="No Spacing"), key, size=11)
    _add_centred(signatory, "position", size=13, bold=True)
    for _ in range(SIGNATURE_LINES):
        signatory.add_paragraph()
    _add_centred(signatory, "signatory", size=13, bold=True)


def _add_columns(document: Document, *, rows: int) -> list[_Cell]:
    """Add two columns without lines, and give their cells from left to right."""
    table: Table = document.add_table(rows, 2)
    table.autofit = False
    widths = Mm(LEFT_COLUMN), Mm(RIGHT_COLUMN)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    cells = []
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
            cell.paragraphs[0].style = "No Spacing"
            cells.append(cell)
    return cells


def _add_centred(
    cell: _Cell, key: str, *, size: int, bold: bool = False, italic: bool = False
) -> None:
    """Add a centred line to a cell; the first takes the place of the empty paragraph."""
    is_empty = not cell._tc.xpath(".//w:t")
    paragraph = cell.paragraphs[0] if is_empty else cell.add_paragraph(style="No Spacing")
    paragraph.alignment = ALIGN.CENTER
    _add_text(paragraph, key, size=size, bold=bold, italic=italic)


def _add_text(
    paragraph: Paragraph, key: str, *, size: int, bold: bool = False, italic: bool = False
) -> None:
    """Add a text to a paragraph; each <field> in it is a control that is typed over."""
    # every second part of the text is the name of a field
    for number, part in enumerate(FIELD.split(words.term(f"word.{key}"))):
        is_field = number % 2 == 1
        run = paragraph.add_run(f"[{part}]" if is_field else part)
        run.font.size = Pt(size)
        run.bold = bold
        run.italic = italic
        if is_field:
            _make_field(run, part)


def _make_field(run: Run, name: str) -> None:
    """Put a run into a control of Word: who clicks it and types replaces all of it."""
    control, settings, content = map(OxmlElement, ("w:sdt", "w:sdtPr", "w:sdtContent"))
    title = OxmlElement("w:alias")
    title.set(qn("w:val"), name)
    # what is typed looks as the placeholder does
    settings.append(deepcopy(run._r.get_or_add_rPr()))
    settings.extend([title, OxmlElement("w:showingPlcHdr"), OxmlElement("w:text")])
    run._r.addprevious(control)
    control.extend([settings, content])
    content.append(run._r)


def _add_rule(container: Document | _Cell, indent: float) -> None:
    """Add a line that ends so many millimetres before both edges."""
    paragraph = container.add_paragraph(style="No Spacing")
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(indent)
    paragraph.paragraph_format.line_spacing = Pt(6)
    borders, line = OxmlElement("w:pBdr"), OxmlElement("w:top")
    for name, value in {"val": "single", "sz": "6", "space": "1", "color": "000000"}.items():
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    paragraph._p.get_or_add_pPr().insert_element_before(borders, "w:spacing", "w:ind", "w:jc")


def _add_picture(document: Document, shown: Figure) -> None:
    """Add a picture as wide as the text, without its title, which is the sentence above it."""
    untitled = replace(shown, title="")
    content = draw_page(untitled, width=TEXT_WIDTH, height=PICTURE_HEIGHT, kind="png", dots=DOTS)
    document.add_picture(io.BytesIO(content), Mm(TEXT_WIDTH))
    document.element.xpath("//wp:docPr")[-1].set("descr", shown.alt)
    for side in "TBLR":  # else LibreOffice moves it
        document.element.xpath("//wp:inline")[-1].set(f"dist{side}", "0")


def _add_table(document: Document, shown: Figure) -> None:
    """Add the numbers of a figure; the heads of columns are repeated on each page."""
    rows = figure.head_and_tail(shown.table)
    caption = f"{shown.subtitle}."
    if len(rows) < len(shown.table):
        caption += words.term("word.ends", ends=figure.ROWS_PER_END)
    document.add_paragraph(caption, "Caption")
    table = document.add_table(0, len(rows.columns), "Table Grid")
    for texts in [list(rows), *rows.astype(str).to_numpy().tolist()]:
        row = table.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
            cell.paragraphs[0].style = "No Spacing"
    for cell in table.rows[0].cells:
        cell.paragraphs[0].runs[0].bold = True
    head = table.rows[0]._tr
    head.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
