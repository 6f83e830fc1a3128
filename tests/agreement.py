"""Take every figure out of what was made, so that tests can compare one artefact with another."""

import re
from dataclasses import dataclass, field

from hganalysis import words

NUMBER = re.compile(r"[−-]?\d+(?:[.,]\d+)*")
CODE = re.compile(r"^(.*) \((\d{3}|\d{5})\)$")


@dataclass
class Seen:
    """What one slide shows."""

    title: str
    notes: str
    texts: list[str] = field(default_factory=list)
    tables: list[list[list[str]]] = field(default_factory=list)
    charts: list[dict[str, list[tuple[float, ...]]]] = field(default_factory=list)
    maps: list[dict[str, str]] = field(default_factory=list)
    alt: list[str] = field(default_factory=list)
    above: list[str] = field(default_factory=list)
    """What stands around the numbers of charts: titles (a banner is one), categories."""


def figures(text):
    """List the numbers of a text as they are written."""
    return NUMBER.findall(text)


def slides(presentation):
    """Read a deck: titles, notes, texts, tables, chart data by series, map values by code."""
    return [_slide(one) for one in presentation.slides]


def every_shape(shapes):
    """Walk through shapes, into groups too."""
    for shape in shapes:
        yield shape
        if shape.shape_type is not None and shape.shape_type.name == "GROUP":
            yield from every_shape(shape.shapes)


def plain(shape):
    """Give the text of a shape, its lines joined by blanks."""
    return shape.text_frame.text.replace("\v", " ").replace("\n", " ")


def _slide(one):
    seen = Seen(plain(one.shapes.title), one.notes_slide.notes_text_frame.text)
    for shape in every_shape(one.shapes):
        seen.alt.append(shape._element.xpath(".//p:cNvPr")[0].get("descr", ""))
        if getattr(shape, "has_chart", False):
            seen.charts.append(chart_numbers(shape.chart))
            seen.texts += chart_labels(shape.chart)
            seen.above += [str(one) for one in shape.chart.plots[0].categories]
            if shape.chart.has_title:
                seen.above.append(shape.chart.chart_title.text_frame.text)
        elif getattr(shape, "has_table", False):
            rows = [
                [cell.text.replace("\v", " ") for cell in row.cells] for row in shape.table.rows
            ]
            seen.tables.append(rows)
        elif shape.has_text_frame and plain(shape):
            seen.texts.append(plain(shape))
        if shape.shape_type is not None and shape.shape_type.name == "GROUP":
            places = {
                CODE.match(part.name)[2]: part._element.xpath(".//p:cNvPr")[0]
                .get("descr")
                .split(": ", 1)[1]
                for part in shape.shapes
                if CODE.match(part.name)
            }
            if places:
                seen.maps.append(places)
    return seen


def chart_numbers(chart):
    """Read the series of a chart: pairs for a scatter, single values for the others."""
    found = {}
    for series in chart.plots[0].series:
        xs = [float(value) for value in series._element.xpath("./c:xVal//c:pt/c:v/text()")]
        # A year without a number is a blank of its line.
        values = [float(value) for value in series.values if value is not None]
        points = list(zip(xs, values, strict=True)) if xs else [(value,) for value in values]
        found[series.name] = points
    return found


def chart_labels(chart):
    """Read the labels that a chart has of its own, from the first series to the last."""
    return [
        "".join(label.xpath("./c:tx//a:t/text()")).strip()
        for series in chart.plots[0].series
        for label in series._element.xpath("./c:dLbls/c:dLbl")
    ]


def drawn_rows(numbers):
    """Leave of a chart of rows its intervals and marks: no scale, no lines, no series of labels."""
    label, strip = f": {words.term('slides.label')}", words.term("slides.class")
    return {
        name: points
        for name, points in numbers.items()
        if not name.endswith(label) and name != strip
        if len(points) == 1 or points[0][0] != points[1][0]
    }
