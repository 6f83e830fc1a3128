"""Hold a deck to what can be read in a hall: no text runs out of its box, none lies on another."""

import agreement
import pytest
import shapely
from PIL import ImageFont

from hganalysis.render.slide import text


def liberation(*, bold):
    name = "LiberationSans-Bold.ttf" if bold else "LiberationSans-Regular.ttf"
    try:
        return ImageFont.truetype(name, 1000)
    except OSError:
        pytest.skip("there is no Liberation Sans, which has the widths of Arial")


def shapes_of(presentation):
    for number, one in enumerate(presentation.slides, start=1):
        for shape in agreement.every_shape(one.shapes):
            yield number, shape


def frames_of(presentation):
    """Give every text frame outside of charts: slide, width and height in points, frame."""
    for number, shape in shapes_of(presentation):
        if getattr(shape, "has_table", False):
            table = shape.table
            for at, row in enumerate(table.rows):
                for column, cell in zip(table.columns, row.cells, strict=True):
                    if cell.is_spanned:
                        continue
                    wide = sum(one.width for one in table.columns) if cell.is_merge_origin else None
                    wide = (wide or column.width) - cell.margin_left - cell.margin_right
                    yield number, wide / 12700, row.height / 12700, cell.text_frame, at
        elif shape.has_text_frame and shape.text_frame.text:
            yield number, shape.width / 12700, shape.height / 12700, shape.text_frame, shape.name


def within(presentation):
    """Stop where a text is wider or taller than its box; count the texts."""
    fonts = {bold: liberation(bold=bold) for bold in (False, True)}
    found = 0
    for number, wide, tall, frame, where in frames_of(presentation):
        lines = frame.text.replace("\v", "\n").split("\n")
        run = frame.paragraphs[0].runs[-1]
        size = run.font.size.pt
        if where == "Title 1":  # wraps by itself
            lines = text.wrap(frame.text, size, 0.98 * wide, bold=True)
        # A label on a map has its name in plain and its value in bold letters.
        bold = [one.font.bold for one in frame.paragraphs[0].runs]
        bold = bold if len(bold) == len(lines) else [run.font.bold] * len(lines)
        for line, heavy in zip(lines, bold, strict=True):
            needed = fonts[bool(heavy)].getlength(line) * size / 1000
            assert needed <= wide + 0.6, (number, where, line)
        assert len(lines) * text.LINE * size <= tall + 0.6, (number, where, lines)
        found += 1
    return found


def apart(presentation):
    """Stop where a text lies on another, or outside of its slide."""
    for number, one in enumerate(presentation.slides, start=1):
        boxes = []
        for shape in agreement.every_shape(one.shapes):
            corners = (shape.left, shape.top, shape.left + shape.width, shape.top + shape.height)
            box = shapely.box(*(side / 12700 for side in corners))
            assert shapely.covers(shapely.box(-0.5, -0.5, 960.5, 540.5), box), (number, shape.name)
            has_words = shape.has_text_frame and shape.text_frame.text
            if has_words or getattr(shape, "has_table", False):
                boxes.append((shape.name, box))
        for at, (name, box) in enumerate(boxes):
            for other, second in boxes[at + 1 :]:
                assert box.intersection(second).area < 8, (number, name, other)
