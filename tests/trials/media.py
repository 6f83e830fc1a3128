"""Read what was built: tables, pictures, deck, atlas, reports, index; each as people see it."""

import json
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import Path

import pandas as pd
from pptx import Presentation

UNSEEN = re.compile(r"<(script|style|head|title|metadata)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.DOTALL)
PICTURE = re.compile(r"data:[a-z/+]+;base64,[A-Za-z0-9+/=]+")
DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)
STRIP = re.compile(r'<body[^>]*><header class="banner"><b>([^<]*)</b></header>')
HEAD = 3
"""Rows above the heads of a table in the workbook: banner, title, subtitle."""


@dataclass(frozen=True)
class Media:
    """Everything that a build wrote into a folder."""

    out: Path

    @cached_property
    def sheets(self):
        """Give the sheets of the workbook by name, as they stand."""
        file = self.out / "tables.xlsx"
        if not file.is_file():
            return {}
        return pd.read_excel(file, sheet_name=None, header=None, dtype="object")

    @cached_property
    def tables(self):
        """Give the tables of the workbook by name, without what stands around them."""
        found = {}
        for name, sheet in self.sheets.items():
            table = sheet.iloc[HEAD + 1 :].set_axis(sheet.iloc[HEAD].tolist(), axis="columns")
            found[name] = table.dropna(how="all").convert_dtypes()
        return found

    @cached_property
    def pictures(self):
        """Give what stands in the archive, by name: the drawings for a column."""
        file = self.out / "figures.zip"
        if not file.is_file():
            return {}
        with zipfile.ZipFile(file) as packed:
            names = [one for one in packed.namelist() if one.endswith("-column.svg")]
            return {Path(one).stem[:-7]: packed.read(one).decode() for one in names}

    @cached_property
    def pages(self):
        """Give what is to be read on each page, by name, pictures left out."""
        files = [one for one in sorted(self.out.glob("*.html")) if one.name[:5] != "atlas"]
        return {one.stem: seen(PICTURE.sub("", one.read_text("utf-8"))) for one in files}

    @cached_property
    def strips(self):
        """Give the text of the strip of each report by name, "" where it has none."""
        files = sorted(self.out.glob("0*.html"))
        found = {one.stem: STRIP.search(one.read_text("utf-8")) for one in files}
        return {name: strip[1] if strip else "" for name, strip in found.items()}

    @cached_property
    def slides(self):
        """Give the texts of each slide and of its notes; none where there is no deck."""
        file = self.out / "slides.pptx"
        if not file.is_file():
            return []
        return [
            " ".join([*texts(slide.shapes), slide.notes_slide.notes_text_frame.text])
            for slide in Presentation(file).slides
        ]

    @cached_property
    def atlas(self):
        """Give the data of the pages of the atlas, by name."""
        files = sorted(self.out.glob("atlas*.html"))
        return {one.stem: read_atlas(one.read_text("utf-8")) for one in files}

    @cached_property
    def cells(self):
        """Give every cell of the atlas: `indicator`, `year`, `level`, `code`, `count`, `out_of`."""
        rows = []
        for page in self.atlas.values():
            codes = {one["id"]: [at["code"] for at in one["places"]] for one in page["levels"]}
            for measure in page["measures"]:
                for period, levels in measure["values"].items():
                    for level, cells in levels.items():
                        for code, cell in zip(codes.get(level, [""]), cells, strict=True):
                            count, out_of = cell[:2] if isinstance(cell, list) else (None, None)
                            rows.append((measure["id"], int(period), level, code, count, out_of))
        columns = ["indicator", "period", "level", "code", "count", "out_of"]
        return pd.DataFrame(rows, columns=columns).drop_duplicates()

    def readable(self):
        """Give everything that is read, by what it is."""
        yield from ((f"page {name}", text) for name, text in self.pages.items())
        yield from ((f"picture {name}", seen(one)) for name, one in self.pictures.items())
        yield from ((f"slide {at}", text) for at, text in enumerate(self.slides, start=1))
        for name, sheet in self.sheets.items():
            yield f"sheet {name}", " ".join(map(str, sheet.to_numpy().ravel()))
        for name, page in self.atlas.items():
            yield f"atlas {name}", " ".join(strings(page))


def read_atlas(page):
    """Read the data of an atlas back out of its page, with all that a browser works out of it."""
    packed = json.loads(DATA.search(page)[1])
    bases = packed.pop("of")
    for measure in packed["measures"]:
        for levels in measure["values"].values():
            for level, (number, *counts) in levels.items():
                levels[level] = [
                    -1 - count if count < 0 else [count, out_of]
                    for count, out_of in zip(counts, bases[number], strict=True)
                ]
        for view in measure["views"]:
            for level, row in view["rows"].items():
                texts = {language: one["rows"][level] for language, one in view["texts"].items()}
                unpack(row, texts, measure["values"][view["period"]][level])
    return packed


def unpack(row, texts, cells):
    """Add what follows from counts: as `unpack` of the page does."""
    known = [cell if isinstance(cell, list) else None for cell in cells]
    row.setdefault("value", [cell and float(f"{cell[0] / cell[1]:.9g}") for cell in known])
    row.setdefault("why", [None if isinstance(cell, list) else cell for cell in cells])
    first, *others = texts.values()
    swap = str.maketrans(".,", ",.")
    for key in {"text", "since"} & {*first}:
        for other in others:
            other.setdefault(key, [text.translate(swap) for text in first[key]])
    for language, columns in texts.items():
        template = columns["counted"]
        if isinstance(template, str):
            columns["counted"] = [
                template.format(a=grouped(cell[0], language), b=grouped(cell[1], language))
                if cell and template
                else ""
                for cell in known
            ]

    def place_in_order(at):
        value = row["value"][at]
        if value is None:
            return 2, 0
        return int(first["text"][at].endswith("*")), -value

    row.setdefault("order", sorted(range(len(cells)), key=place_in_order))


def grouped(number, language):
    text = f"{number:,}"
    return text.replace(",", ".") if language == "vi" else text


def each(shapes):
    """Walk through all shapes of a slide, those in groups too."""
    for shape in shapes:
        yield shape
        if shape.shape_type == 6:
            yield from each(shape.shapes)


def texts(shapes):
    """Give every text of shapes, of those in groups, tables and charts too."""
    for shape in each(shapes):
        if shape.has_text_frame:
            yield shape.text_frame.text
        elif getattr(shape, "has_table", False):
            yield from (cell.text for row in shape.table.rows for cell in row.cells)
        elif getattr(shape, "has_chart", False):
            yield "".join(shape.chart._chartSpace.itertext())


def strings(thing):
    """Give every text in data that is shown."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, dict | list):
        told = [thing[key] for key in thing if key != "id"] if isinstance(thing, dict) else thing
        for part in told:
            yield from strings(part)


def seen(source):
    """Give the text of a page or drawing that is seen, in one line."""
    return plain(unescape(UNSEEN.sub(" ", source)))


def plain(text):
    """Write a text with single spaces."""
    return " ".join(text.replace("\N{WORD JOINER}", "").split())
