"""
Take the pictures of both READMEs: a map, the atlas in Chromium, a slide through LibreOffice.

Run `python tests/pictures.py` after the data or the looks have changed; a test tells when their
data are no longer those of the simulated province.
"""

import itertools
import subprocess
import tempfile
from pathlib import Path

from browser.conftest import CHROMIUM, FLAGS
from PIL import Image

import hganalysis as hg
from hganalysis import atlas, frames, slides, words
from hganalysis.figures import passport

FOLDER = Path(__file__).parents[1] / ".github"
SLIDE = 2  # where uptake is high
STUDIES = ("kenya_2019", "india_2023")
COLOURS = 128  # as many as the eye needs; a third of the bytes


def map_picture() -> bytes:
    """Draw the map that the README begins with, as a notebook shows it."""
    picture = hg.answers().where.plot()
    assert picture is not None
    content, _ = picture._repr_png_()
    return content


def study_picture(name: str) -> bytes:
    """Draw what a study on real counts is shown by: its map, and where it has one its ladder."""
    language = words.language()
    with hg.Study.open(name).use(), words.use(language):
        reports, teams = frames.reports(), frames.teams()
        if teams.empty:
            picture = hg.answers().where.plot()
        else:
            outcome = frames.latest(reports, "headline")
            picture = hg.Design.of_reports(reports, teams, indicator=outcome).ladder().plot()
        assert picture is not None
        content, _ = picture._repr_png_()
        return content


def atlas_picture(folder: Path) -> tuple[Path, Path]:
    """Open an atlas as on a projector."""
    [page] = atlas.write(folder / "atlas.html", frames.reports(), teams=frames.teams())
    picture = folder / "page.png"
    options = [f"--screenshot={picture}", "--window-size=1280,720", "--hide-scrollbars"]
    browser = [str(CHROMIUM), "--headless", *FLAGS, f"--user-data-dir={folder / 'user'}"]
    subprocess.run([*browser, *options, page.as_uri()], check=True, capture_output=True)
    return page, picture


def slide_picture(folder: Path) -> tuple[Path, Path]:
    """Print one slide of a deck."""
    deck = slides.write(folder / "slides.pptx", frames.reports(), frames.teams())
    office = ["soffice", "--headless", f"-env:UserInstallation=file://{folder / 'office'}"]
    convert = [*office, "--convert-to", "pdf", "--outdir", str(folder), str(deck)]
    subprocess.run(convert, check=True, capture_output=True)
    page = ["-f", str(SLIDE), "-l", str(SLIDE), "-scale-to-x", "1280", "-scale-to-y", "720"]
    command = ["pdftoppm", "-png", "-singlefile", *page, str(deck.with_suffix(".pdf"))]
    subprocess.run([*command, str(folder / "slide")], check=True)
    return deck, folder / "slide.png"


if __name__ == "__main__":
    for language, take in itertools.product(words.LANGUAGES, (atlas_picture, slide_picture)):
        with tempfile.TemporaryDirectory() as name, words.use(language):
            for one in STUDIES:
                (FOLDER / f"{one}.{language}.png").write_bytes(study_picture(one))
            (FOLDER / f"app-users.{language}.png").write_bytes(map_picture())
            source, picture = take(Path(name))
            target = FOLDER / f"{take.__name__.removesuffix('_picture')}.{language}.png"
            small = Image.open(picture).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            small.save(target, optimize=True)
            shown = passport.read(source).passport
            target.write_bytes(passport.stamp(target.read_bytes(), shown, kind="png"))
            print(f"{target.name}: {target.stat().st_size:,} bytes")
