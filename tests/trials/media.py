"""Read what was built: tables, pictures, pages, deck, atlas, reports; each as people see it."""

import re
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import Path

import agreement
import pandas as pd
from pptx import Presentation

from hganalysis import atlas
from hganalysis.atlas.compression import unpacked

ROW = re.compile(r'<tr data-code="([^"]+)"><th scope="row">(.*?)</th>(.*?)</tr>')
PICTURE = re.compile(r"data:[a-z/+]+;base64,[A-Za-z0-9+/=]+")
UNSEEN = re.compile(r"<(script|style|head|title|metadata)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.DOTALL)
NUMBERS = {"code": "str", "indicator": "str"}


@dataclass(frozen=True)
class Media:
    """Everything that a build wrote into a folder."""

    out: Path

    @cached_property
    def tables(self):
        """Give the tables by name."""
        return {
            file.stem: pd.read_csv(file, dtype=NUMBERS, keep_default_na=False, na_values=[""])
            for file in sorted((self.out / "tables").glob("*.csv"))
        }

    @cached_property
    def pictures(self):
        """Give the source of each drawing by name."""
        files = sorted((self.out / "figures").glob("*.svg"))
        return {file.stem: file.read_text(encoding="utf-8") for file in files}

    @cached_property
    def pages(self):
        """Give the source of each web map by name."""
        files = sorted((self.out / "web").glob("*.html"))
        return {file.stem: file.read_text(encoding="utf-8") for file in files}

    @cached_property
    def reports(self):
        """Give what is to be read in each report, by name, pictures left out."""
        files = sorted(self.out.glob("0*.html"))
        return {file.stem: seen(PICTURE.sub("", file.read_text("utf-8"))) for file in files}

    @cached_property
    def slides(self):
        """Give the slides, none where there is no deck."""
        file = self.out / "slides.pptx"
        return agreement.slides(Presentation(file)) if file.is_file() else []

    @cached_property
    def atlas(self):
        """Give the numbers of the atlas for programs, none where there is no atlas."""
        page = self._atlas_page
        return None if page is None else atlas.data(page)

    @cached_property
    def figures(self):
        """Give the figures of the atlas as people read them."""
        page = self._atlas_page
        return None if page is None else atlas.figures(page)

    @cached_property
    def _atlas_page(self):
        files = sorted(self.out.glob("atlas*.html"))
        return unpacked(files[0].read_text(encoding="utf-8")) if len(files) == 1 else None


def seen(source):
    """Give the text of a page or drawing that is seen, in one line."""
    return plain(unescape(UNSEEN.sub(" ", source)))


def plain(text):
    """Write a text with single spaces, and without what keeps an interval on one line."""
    return " ".join(text.replace("\N{WORD JOINER}", "").split())


def rows(page):
    """Read the table beside a web map: its facts by code, as they are written."""
    return {
        unescape(code): [plain(unescape(fact)) for fact in re.findall(r"<td>(.*?)</td>", facts)]
        for code, _, facts in ROW.findall(page)
    }


def told(slide):
    """Give everything that a slide shows or says."""
    cells = [cell for table in slide.tables for row in table for cell in row]
    series = [name for chart in slide.charts for name in chart]
    return plain(" ".join([*series, slide.title, *slide.texts, *cells, *slide.above, *slide.alt]))
