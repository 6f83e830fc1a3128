"""Look at the index and at every report in Chromium: a screen, a phone, a sheet of paper."""

import re

import pytest

from hganalysis import words
from hganalysis.draw.picture import OUT
from hganalysis.publish import index, run
from hganalysis.uptake import uptake

from .conftest import FAULTS, audit


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    """Write an index with one figure, in English: its sentences are the longest."""
    out = tmp_path_factory.mktemp("index")
    with words.use("en"), pytest.MonkeyPatch.context() as patch:
        patch.setenv(OUT, str(out))
        uptake("app_users", 2023).keep("where")
        told = run._publish(out, notebooks_only=False)
        made = index.index(out, told, {"01.html": ("Where?", "Where is uptake high?")})
    (out / "index.html").write_text(made, encoding="utf-8")
    return (out / "index.html").as_uri()


@pytest.fixture(scope="session")
def pages(built):
    return sorted(one.as_uri() for one in built.glob("*.html"))


def test_the_index_is_one_screen_with_three_pictures(tab, page):
    tab.goto(page)
    tall = tab.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    assert tall[0] <= tall[1] == 800
    widths = "all => all.map(one => [one.naturalWidth > 0, one.alt.length > 20])"
    assert tab.eval_on_selector_all("article img", widths) == [[True, True]] * 3
    assert tab.inner_text(".banner").startswith("SIMULATED DATA")
    tops = tab.eval_on_selector_all(
        ".big", "all => all.map(one => one.getBoundingClientRect().top)"
    )
    assert len(set(tops)) == 1  # numbers stand on one line


def test_it_is_one_sheet_of_paper(tab, page):
    tab.goto(page)
    pdf = tab.pdf(prefer_css_page_size=True)
    assert pdf.count(b"/Type /Page\n") == 1
    tab.emulate_media(media="print")
    assert tab.is_visible(".banner")
    assert not tab.is_visible("details")


@pytest.mark.parametrize("wide", [1280, 390])
def test_it_fits_its_screen_opened_too_and_axe_finds_nothing(tab, page, wide):
    tab.set_viewport_size({"width": wide, "height": 800})
    tab.goto(page)
    assert tab.evaluate(FAULTS) == []
    tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert tab.locator("details table tbody tr").count() == 8
    assert tab.evaluate(FAULTS) == []
    assert audit(tab) == {}


@pytest.mark.parametrize("wide", [1280, 390])
def test_every_page_of_a_build_fits_its_screen_and_asks_for_nothing(tab, pages, wide):
    tab.set_viewport_size({"width": wide, "height": 800})
    assert len(pages) >= 8
    for one in pages:
        tab.goto(one)
        assert tab.evaluate(FAULTS) == [], one
        assert tab.locator(".banner").first.is_visible(), one
        drawn = "all => all.every(one => one.complete && one.naturalWidth > 0)"
        assert tab.eval_on_selector_all("img", drawn), one


def test_no_report_says_a_finding_twice(tab, pages):
    """A title of a picture is in the sentence above it once, and nowhere else as a text."""
    for one in [page for page in pages if re.search(r"/0\d_", page)]:
        tab.goto(one)
        sentences = tab.eval_on_selector_all(
            ".jp-OutputArea p",
            "all => all.map(one => one.innerText).filter(one => one.length > 80)",
        )
        assert len(sentences) == len(set(sentences)), one


def test_axe_finds_nothing_in_a_report(tab, pages):
    for one in [page for page in pages if re.search(r"/0\d_", page)]:
        tab.goto(one)
        assert audit(tab) == {}, one
