"""The brief: the answers as a report of a province, in Word, for whoever edits and signs it."""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import docx
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_TAB_ALIGNMENT as TAB
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from .. import figure, frames, places, words
from ..draw.page import draw_page
from ..figure import Figure
from ..ranking import uptake
from ..ranking.measure import reported
from ..ranking.sentences import within_sentence
from . import deck, pages
from .answers import Card
from .tables import timeless

# In millimetres: A4, the width of its text and of a picture, and the edge above and below.
WIDTH, HEIGHT, TEXT_WIDTH, EDGE = 210, 297, 170, 15
# So high a picture may be that three of them and a table have room on two pages.
PICTURE_HEIGHT = 88
DOTS = 200

# The font of a Vietnamese report, and the size of each style in points.
FONT = "Times New Roman"
SIZES = {"Normal": 11, "Title": 15, "Subtitle": 12, "Heading 1": 12, "Caption": 11, "Header": 11}
IS_BOLD = ("Title", "Subtitle", "Heading 1", "Header")
IS_CENTRED = ("Title", "Subtitle", "Header")

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
    _set_styles(document)
    figures = [answer.picture.figure for answer in ready_answers if answer.picture]
    _add_head(document, pages.warning(max((shown.banner for shown in figures), default="")))
    sections = iter(SECTIONS)
    within = _within()
    for answer in ready_answers:
        document.add_heading(f"{next(sections)}. {answer.question}", 1)
        paragraph = document.add_paragraph()
        paragraph.paragraph_format.keep_with_next = answer.picture is not None
        if answer.number.text:
            paragraph.add_run(answer.number.text).bold = True
            paragraph.add_run(f" {answer.number.label}".rstrip() + ". ")
        paragraph.add_run(f"{answer.sentence} {answer.detail}{within}")
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
    _add_line(document, "signed")
    content = io.BytesIO()
    document.save(content)
    file.write_bytes(timeless(content.getvalue()))


def _within() -> str:
    """Say how much of the difference in the headline lies within places, where that is known."""
    for measure, periods in reported().items():
        return within_sentence(uptake(measure, periods[-1]).parts)
    return ""


def _set_styles(document: Document) -> None:
    """Set the page, and the fonts and the language of the styles of Word."""
    section = document.sections[0]
    section.page_width = Mm(WIDTH)
    section.page_height = Mm(HEIGHT)
    section.left_margin = section.right_margin = Mm((WIDTH - TEXT_WIDTH) / 2)
    section.top_margin = section.bottom_margin = Mm(EDGE)
    section.header_distance = Mm(EDGE / 3)
    for name, size in SIZES.items():
        style = document.styles[name]
        style.element.get_or_add_rPr().clear()  # the colours and the fonts of the theme
        style.font.name = FONT
        style.font.size = Pt(size)
        style.font.bold = name in IS_BOLD
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(size / 4)
        style.paragraph_format.line_spacing = 1
        if name in IS_CENTRED:
            style.paragraph_format.alignment = ALIGN.CENTER
    for language in document.styles.element.xpath("//w:lang"):
        language.set(qn("w:val"), words.term("word.language"))


def _add_head(document: Document, warning: str) -> None:
    """Write the warning of every page, the line of number and date, and the title."""
    header = document.sections[0].header.paragraphs[0]
    header.add_run(warning).font.color.rgb = RGBColor.from_string(figure.RED.removeprefix("#"))
    _add_line(document, "number")
    document.add_paragraph(words.term("word.report"), "Title")
    title = words.term("deck.answers", place=places.province_name())
    document.add_paragraph(title, "Subtitle")
    document.core_properties.title = title
    document.core_properties.author = "hganalysis"


def _add_line(document: Document, key: str) -> None:
    """Add texts to fill in, on both sides of the page."""
    paragraph = document.add_paragraph(words.term(f"word.{key}"))
    paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(TEXT_WIDTH), TAB.RIGHT)


def _add_picture(document: Document, shown: Figure) -> None:
    """Add a picture as wide as the text, without its title, which is the sentence above it."""
    untitled = replace(shown, title="")
    content = draw_page(untitled, width=TEXT_WIDTH, height=PICTURE_HEIGHT, kind="png", dots=DOTS)
    document.add_picture(io.BytesIO(content), Mm(TEXT_WIDTH))
    document.element.xpath("//wp:docPr")[-1].set("descr", shown.alt)
    for side in "TBLR":  # else LibreOffice moves it
        document.element.xpath("//wp:inline")[-1].set(f"dist{side}", "0")


def _add_table(document: Document, shown: Figure) -> None:
    """Add the numbers of a figure; the first row stands on each page."""
    rows = figure.head_and_tail(shown.table)
    caption = f"{shown.subtitle}."
    if len(rows) < len(shown.table):
        caption += words.term("word.ends", ends=figure.ROWS_PER_END)
    document.add_paragraph(caption, "Caption")
    table = document.add_table(0, len(rows.columns), "Table Grid")
    for texts in [list(rows), *rows.astype(str).to_numpy().tolist()]:
        for cell, text in zip(table.add_row().cells, texts, strict=True):
            cell.text = text
            cell.paragraphs[0].paragraph_format.space_after = 0
    head = document.element.xpath("//w:tr")[0]
    head.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
