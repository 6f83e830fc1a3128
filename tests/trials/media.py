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
        by_name = {}
        for name, sheet in self.sheets.items():
            heads = sheet.iloc[HEAD].tolist()
            table = sheet.iloc[HEAD + 1 :].set_axis(heads, axis="columns")
            by_name[name] = table.dropna(how="all").convert_dtypes()
        return by_name

    @cached_property
    def pictures(self):
        """Give what stands in the archive, by name: the drawings for a column."""
        file = self.out / "figures.zip"
        if not file.is_file():
            return {}
        with zipfile.ZipFile(file) as packed:
            names = [file for file in packed.namelist() if file.endswith("-column.svg")]
            return {Path(file).stem[:-7]: packed.read(file).decode() for file in names}

    @cached_property
    def pages(self):
        """Give what is to be read on each page, by name, pictures left out."""
        files = sorted(self.out.glob("*.html"))
        files = [file for file in files if not file.name.startswith("atlas")]
        texts = {file.stem: file.read_text("utf-8") for file in files}
        return {name: seen(PICTURE.sub("", text)) for name, text in texts.items()}

    @cached_property
    def strips(self):
        """Give the text of the strip of each report by name, "" where it has none."""
        files = sorted(self.out.glob("0*.html"))
        texts = {file.stem: file.read_text("utf-8") for file in files}
        by_name = {name: STRIP.search(text) for name, text in texts.items()}
        return {name: strip[1] if strip else "" for name, strip in by_name.items()}

    @cached_property
    def slides(self):
        """Give the texts of each slide and of its notes; none where there is no deck."""
        file = self.out / "slides.pptx"
        if not file.is_file():
            return []
        read = []
        for slide in Presentation(file).slides:
            notes = slide.notes_slide.notes_text_frame.text
            read.append(" ".join([*texts(slide.shapes), notes]))
        return read

    @cached_property
    def atlas(self):
        """Give the data of the pages of the atlas, by name."""
        files = sorted(self.out.glob("atlas*.html"))
        return {file.stem: read_atlas(file.read_text("utf-8")) for file in files}

    @cached_property
    def cells(self):
        """Give every cell of the atlas: `indicator`, `year`, `level`, `code`, `count`, `out_of`."""
        rows = []
        for page in self.atlas.values():
            codes = {}
            for level in page["levels"]:
                codes[level["id"]] = [place["code"] for place in level["places"]]
            for measure in page["measures"]:
                for period, levels in measure["values"].items():
                    for level, cells in levels.items():
                        codes_of_level = codes.get(level, [""])
                        key = (measure["id"], int(period), level)
                        for code, cell in zip(codes_of_level, cells, strict=True):
                            pair = cell[:2] if isinstance(cell, list) else (None, None)
                            rows.append((*key, code, *pair))
        columns = ["indicator", "period", "level", "code", "count", "out_of"]
        return pd.DataFrame(rows, columns=columns).drop_duplicates()

    def readable(self):
        """Give everything that is read, by what it is."""
        for name, text in self.pages.items():
            yield f"page {name}", text
        for name, picture in self.pictures.items():
            yield f"picture {name}", seen(picture)
        for number, text in enumerate(self.slides, start=1):
            yield f"slide {number}", text
        for name, sheet in self.sheets.items():
            cells = sheet.to_numpy().ravel()
            yield f"sheet {name}", " ".join(map(str, cells))
        for name, page in self.atlas.items():
            yield f"atlas {name}", " ".join(strings(page))


def read_atlas(page):
    """Read the data of an atlas back out of its page, with all that a browser works out of it."""
    packed = json.loads(DATA.search(page)[1])
    bases = packed.pop("of")
    for measure in packed["measures"]:
        for levels in measure["values"].values():
            for level, (number, *counts) in levels.items():
                pairs = zip(counts, bases[number], strict=True)
                cells = [[count, out_of] if count >= 0 else -1 - count for count, out_of in pairs]
                levels[level] = cells
        for view in measure["views"]:
            for level, row in view["rows"].items():
                texts = {}
                for language, texts_of_view in view["texts"].items():
                    texts[language] = texts_of_view["rows"][level]
                cells = measure["values"][view["period"]][level]
                unpack(row, texts, cells)
    return packed


def unpack(row, texts, cells):
    """Add what follows from counts: as `unpack` of the page does."""
    pairs = [cell if isinstance(cell, list) else None for cell in cells]
    row.setdefault("value", [cell and float(f"{cell[0] / cell[1]:.9g}") for cell in pairs])
    row.setdefault("why", [None if pair else cell for pair, cell in zip(pairs, cells, strict=True)])
    first, *other_languages = texts.values()
    for key in {"text", "since", "similar", "rank"} & {*first}:
        for texts_of_language in other_languages:
            swapped = [swap_marks(text) for text in first[key]]
            texts_of_language.setdefault(key, swapped)
    for language, columns in texts.items():
        template = columns["counted"]
        if isinstance(template, str):
            written = []
            for pair in pairs:
                numbers = [grouped(number, language) for number in pair or ()]
                has_text = bool(pair and template)
                written.append(template.format(a=numbers[0], b=numbers[1]) if has_text else "")
            columns["counted"] = written

    def place_in_order(number):
        value = row["value"][number]
        if value is None:
            return 2, 0
        return int(first["text"][number].endswith("*")), -value

    in_order = sorted(range(len(cells)), key=place_in_order)
    row.setdefault("order", in_order)


def swap_marks(text):
    """Write a number of Vietnamese in English."""
    return text.translate(str.maketrans(".,", ",.")).replace("\N{NO-BREAK SPACE}%", "%")


def grouped(number, language):
    text = f"{number:,}"
    return text.replace(",", ".") if language == "vi" else text


def walk(shapes):
    """Walk through all shapes of a slide, those in groups too."""
    for shape in shapes:
        yield shape
        if shape.shape_type == 6:
            yield from walk(shape.shapes)


def texts(shapes):
    """Give every text of shapes, of those in groups, tables and charts too."""
    for shape in walk(shapes):
        if shape.has_text_frame:
            yield shape.text_frame.text
        elif getattr(shape, "has_table", False):
            for row in shape.table.rows:
                yield from (cell.text for cell in row.cells)
        elif getattr(shape, "has_chart", False):
            yield "".join(shape.chart._chartSpace.itertext())


def strings(node):
    """Give every text in data that is shown."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        children = node
        if isinstance(node, dict):
            children = [node[key] for key in node if key != "id"]
        for part in children:
            yield from strings(part)


def seen(source):
    """Give the text of a page or drawing that is seen, in one line."""
    return plain(unescape(UNSEEN.sub(" ", source)))


def plain(text):
    """Write a text with single spaces."""
    return " ".join(text.replace("\N{WORD JOINER}", "").split())
