"""
Hold all that a deck and a page show to what is stored, line by line.

A change that is meant is stored anew: HGANALYSIS_STORE=1 make test. Look at what it changes first:
the test prints the lines.
"""

import gzip
import hashlib
import math
import os
import re
from collections import Counter
from pathlib import Path

import agreement
from pptx import Presentation
from pptx.enum.dml import MSO_FILL
from trials.media import plain, seen

FOLDER = Path(__file__).parent / "golden"
STORE = "HGANALYSIS_STORE"
MOST = 40
PASSPORT = re.compile(r"\b[0-9a-f]{12}\b.*")


def hold(lines, name):
    """Compare lines with the stored ones, and show the first that differ; passports have tests."""
    file = FOLDER / f"{name}.txt.gz"
    text = "\n".join(PASSPORT.sub("", line) for line in lines) + "\n"
    if os.environ.get(STORE):
        file.write_bytes(gzip.compress(text.encode(), mtime=0))
    stored = gzip.decompress(file.read_bytes()).decode()
    assert stored == text, "\n".join(_differing(stored.splitlines(), text.splitlines()))


def _differing(stored, now):
    """List the first lines of one side only; a diff of a whole page takes minutes."""
    gone, new = Counter(stored) - Counter(now), Counter(now) - Counter(stored)
    shown = [f"- {line}" for line in gone][:MOST] + [f"+ {line}" for line in new][:MOST]
    return shown or ["the same lines in another order"]


def deck(presentation):
    """Write down every shape of a deck: what it says, its colour, its place, its numbers."""
    for number, slide in enumerate(presentation.slides, start=1):
        yield f"== {number}"
        for shape in agreement.every_shape(slide.shapes):
            place = [round(one / 12700) for one in (shape.left, shape.top, shape.width)]
            said = f"{agreement.plain(shape)} {_font(shape)}" if shape.has_text_frame else ""
            alt = shape._element.xpath(".//p:cNvPr")[0].get("descr", "")
            yield " | ".join([shape.name, said, alt, _fill(shape), *map(str, place)])
            if getattr(shape, "has_chart", False):
                yield from _chart(shape.chart)
            if getattr(shape, "has_table", False):
                yield from _table(shape.table)
        yield from slide.notes_slide.notes_text_frame.text.splitlines()


NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
MADE_UP = re.compile(r"<metadata>.*?</metadata>|(?:id|clip-path|xlink:href)=\"[^\"]*\"", re.DOTALL)


def parts(media):
    """
    Write down all that was built of a study, a line a part with the hash of what it shows: a trial
    study has a megabyte of it. Where they differ, keep both and look:
    `PYTHONPATH=tests python -m trials.run SEED --keep FOLDER` before the change and after it.
    """
    for name, table in media.tables.items():
        rows = [" ".join(map(_short, row)) for row in table.itertuples(index=False)]
        yield f"table {name}", [" ".join(table), *rows]
    for name, text in media.reports.items():
        yield f"report {name}", [text]
    for name, drawn in media.pictures.items():
        lines = NUMBER.sub(lambda found: _near(found[0]), MADE_UP.sub("", drawn))
        yield f"picture {name}", [seen(drawn), *lines.splitlines()]
    for name, page in media.pages.items():
        yield f"page {name}", [seen(page)]
    for number, lines in enumerate(_by_slide(media), start=1):
        yield f"slide {number}", lines
    if media.figures is not None:
        lines = media.figures.astype(str).agg(" | ".join, axis=1)
        yield "atlas", sorted(lines)


def hashed(media, *, without):
    """Give the hash of each part; a folder that happens to be named is left out."""
    for name, lines in parts(media):
        text = plain(" ".join(PASSPORT.sub("", one) for one in lines)).replace(without, "")
        yield f"{name}: {hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _by_slide(media):
    file = media.out / "slides.pptx"
    found = []
    for line in deck(Presentation(file)) if file.is_file() else ():
        found += [[]] if line.startswith("== ") else []
        found[-1].append(line)
    return found


def _short(cell):
    """Write five digits: the last ones differ from one processor to the next."""
    return f"{cell:.5g}" if isinstance(cell, float) else str(cell)


def _near(written):
    """Write to a quarter of a point, between ends that nothing is placed at."""
    return str(math.floor(4 * float(written) + 0.3137) / 4)


def _fill(shape):
    fill = getattr(shape, "fill", None)
    if fill is None or fill.type != MSO_FILL.SOLID:
        return "-"
    return str(fill.fore_color.rgb)


def _font(shape):
    """Say how the first words are written: size, weight and colour."""
    runs = [run for one in shape.text_frame.paragraphs for run in one.runs]
    if not runs:
        return ""
    font = runs[0].font
    colour = font.color.rgb if font.color and font.color.type is not None else "-"
    return f"({font.size.pt if font.size else '-'} {font.bold} {colour})"


def _chart(chart):
    numbers = agreement.chart_numbers(chart)
    for series in chart.plots[0].series:
        line, inside = series.format.line, series.marker.format.fill
        colour = line.color.rgb if line.fill.type == MSO_FILL.SOLID else "-"
        if colour == "-" and inside.type == MSO_FILL.SOLID:
            colour = inside.fore_color.rgb
        points = [[round(one, 9) for one in at] for at in numbers[series.name]]
        yield f"  {series.name}: {colour} {points}"
    yield f"  labels: {' | '.join(agreement.chart_labels(chart))}"
    for axis in (chart.value_axis, chart.category_axis):
        # The last digits differ from one processor to the next.
        ends = [one and round(one, 9) for one in (axis.minimum_scale, axis.maximum_scale)]
        yield f"  scale {ends[0]} to {ends[1]}"


def _table(table):
    for row in table.rows:
        cells = [f"{cell.text} {_font(cell)} {_fill(cell)}" for cell in row.cells]
        yield "  " + " | ".join(cells).replace("\v", " ")
