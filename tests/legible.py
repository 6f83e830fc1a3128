"""Hold a deck to what can be read in a hall: no text runs out of its box, none lies on another."""

import math

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


def labels(shape):
    """List the labels that a chart has of its own, each with the room it takes on its slide."""
    chart, found = shape.chart, []
    left, top, wide, tall = (
        one / 12700 for one in (shape.left, shape.top, shape.width, shape.height)
    )
    part = [
        float(chart._chartSpace.xpath(f".//c:plotArea/c:layout//c:{side}/@val")[0])
        for side in "xywh"
    ]
    for series in chart.plots[0].series:
        for label in series._element.xpath("./c:dLbls/c:dLbl"):
            at = int(label.xpath("./c:idx/@val")[0])
            away = [
                float(one) for one in label.xpath("./c:layout//c:x/@val | ./c:layout//c:y/@val")
            ]
            across, down = away or (0.0, 0.0)
            up = _share(chart.value_axis, [*series.values][at])
            x = left + wide * (part[0] + part[2] * _across(chart, series, at) + across)
            y = top + tall * (part[1] + part[3] * (1 - up) + down)
            side = label.xpath("./c:dLblPos/@val")[0]
            size = sum(
                text.width(run.find("{*}t").text, 18, bold=run.find("{*}rPr").get("b") == "1")
                for run in label.xpath(".//a:r")
            )
            x -= size * {"l": 1, "r": 0}.get(side, 0.5)
            y += {"b": 2, "t": -20}.get(side, -9)
            said = "".join(label.xpath(".//a:t/text()"))
            # Blanks at its ends keep a label away from what is drawn.
            before, after = (
                text.width(said, 18) - text.width(one, 18) for one in (said.lstrip(), said.rstrip())
            )
            found.append((said, shapely.box(x + before, y, x + size - after, y + 18)))
    return found


def _across(chart, series, at):
    """Say where a point lies, from 0 at the left end of its axis to 1."""
    xs = series._element.xpath("./c:xVal//c:pt/c:v/text()")
    if xs:
        return _share(chart.category_axis, float(xs[at]))
    return at / (len(chart.plots[0].categories) - 1)


def _share(axis, value):
    """Say where on an axis a value lies, from 0 to 1."""
    low, high = axis.minimum_scale, axis.maximum_scale
    if axis._element.xpath("./c:scaling/c:logBase"):
        low, high, value = (math.log(one) for one in (low, high, value))
    share = (value - low) / (high - low)
    assert -1e-9 <= share <= 1 + 1e-9, "what lies outside of its axis is not drawn"
    return share


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
            if getattr(shape, "has_chart", False):
                boxes += labels(shape)
        for at, (name, box) in enumerate(boxes):
            assert shapely.covers(shapely.box(-0.5, -0.5, 960.5, 540.5), box), (number, name)
            for other, second in boxes[at + 1 :]:
                assert box.intersection(second).area < 8, (number, name, other)
