"""Look at the index and at every report in Chromium: a screen, a phone, a sheet of paper."""

import re
import subprocess

import nbformat
import pytest
from trials.bring import one_medium

from hganalysis import places, uptake, words
from hganalysis.countries.letters import slug
from hganalysis.draw.picture import OUT
from hganalysis.publish import notebook, pages
from hganalysis.publish.answers import answers

from .conftest import FAULTS, ROOT, audit


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    """Write an index with one figure, in English: its sentences are the longest."""
    out = tmp_path_factory.mktemp("index")
    with words.use("en"), one_medium("column"), pytest.MonkeyPatch.context() as patch:
        patch.setenv(OUT, str(out))
        uptake("app_users", 2023).keep("where")
        cards = answers()
        pages.thumbs(out, cards)
        # what it leads to is named by an index and not read
        sheets = [slug(f"{code} {places.label(code)}") for code in places.compared().index]
        (out / pages.BRIEFS).mkdir()
        for name in (*pages.TAKEN.values(), *(f"{pages.BRIEFS}/{sheet}.pdf" for sheet in sheets)):
            (out / name).touch()
        html = pages.index(out, cards, {"01.html": ("Where?", "Where is uptake high?")})
    (out / "index.html").write_text(html, encoding="utf-8")
    return (out / "index.html").as_uri()


@pytest.fixture(scope="session")
def built_pages(built):
    return sorted(address.as_uri() for address in built.glob("*.html"))


def test_the_index_is_one_screen_with_three_pictures(tab, page):
    tab.goto(page)
    tall = tab.evaluate("[document.documentElement.scrollHeight, innerHeight]")
    assert tall[0] <= tall[1] == 800
    widths = "all => all.map(one => [one.naturalWidth > 0, one.alt.length > 20])"
    assert tab.eval_on_selector_all("article img", widths) == [[True, True]] * 3
    assert tab.locator("a[href^=briefs]").count() == 1 + 8  # all sheets, and each
    assert tab.inner_text(".banner").startswith("SIMULATED DATA")
    top = "all => all.map(one => one.getBoundingClientRect().top)"
    tops = tab.eval_on_selector_all(".big", top)
    assert len(set(tops)) == 1  # numbers stand on one line


def test_words_of_one_card_alone_take_the_room_beside_its_picture(tab, tmp_path):
    with words.use("en"):
        cards = answers()[:1]
        pages.thumbs(tmp_path, cards)
        (tmp_path / "index.html").write_text(pages.index(tmp_path, cards, {}), encoding="utf-8")
    tab.goto((tmp_path / "index.html").as_uri())
    height = "one => one.getBoundingClientRect().height"
    said, picture = (tab.eval_on_selector(name, height) for name in (".said", ".picture"))
    assert picture / 2 < said < picture


SCREENS = [(1280, 800), (1920, 1080)]


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("n_cards", [1, 2, 3])
def test_a_first_page_of_any_number_of_cards_is_as_high_as_its_screen(
    tab, tmp_path, n_cards, screen
):
    with words.use("en"):
        cards = answers()[:n_cards]
        pages.thumbs(tmp_path, cards)
        (tmp_path / "slides.pptx").touch()
        (tmp_path / "index.html").write_text(pages.index(tmp_path, cards, {}), encoding="utf-8")
    wide, high = screen
    tab.set_viewport_size({"width": wide, "height": high})
    tab.goto((tmp_path / "index.html").as_uri())
    assert tab.evaluate("document.documentElement.scrollHeight") <= high
    bottom = tab.eval_on_selector("footer", "one => one.getBoundingClientRect().bottom")
    assert bottom > high - 30
    # pictures take what is left, up to the width of their column
    shape = "all => all.map(one => one.getBoundingClientRect()).map(one => [one.width, one.height])"
    for width, height in tab.eval_on_selector_all("article img", shape):
        assert width > wide / (n_cards + 1)
        assert height > 0.3 * high


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
def test_every_page_of_a_build_fits_its_screen_and_asks_for_nothing(tab, built_pages, wide):
    tab.set_viewport_size({"width": wide, "height": 800})
    assert len(built_pages) >= 8
    for address in built_pages:
        tab.goto(address)
        assert tab.evaluate(FAULTS) == [], address
        # all that the first report shows was published
        is_real = address.endswith("00_what_the_data_say.html")
        assert tab.locator(".banner:visible").count() == (0 if is_real else 1), address
        drawn = "all => all.every(one => one.complete && one.naturalWidth > 0)"
        assert tab.eval_on_selector_all("img", drawn), address


def test_axe_finds_nothing_in_a_report(tab, built_pages):
    for address in [page for page in built_pages if re.search(r"/0\d_", page)]:
        tab.goto(address)
        assert audit(tab) == {}, address


@pytest.mark.parametrize("is_simulated", [True, False])
def test_each_printed_sheet_of_a_report_has_the_strip_on_top_and_no_real_one_has(
    tab, tmp_path, is_simulated
):
    run = notebook.read(ROOT / "notebooks" / "vi" / "01_where_uptake_is_high.ipynb")
    file = tmp_path / "report.html"
    paper = tmp_path / "report.pdf"
    file.write_text(pages.report(run, title="x", is_simulated=is_simulated), encoding="utf-8")
    tab.goto(file.as_uri())
    paper.write_bytes(tab.pdf(prefer_css_page_size=True))
    command = ["pdftotext", "-layout", str(paper), "-"]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8")
    sheets = text.removesuffix("\f").split("\f")
    assert len(sheets) > 3
    first_lines = [sheet.lstrip("\n").split("\n")[0].strip() for sheet in sheets]
    has_strip = [line == "SỐ LIỆU MÔ PHỎNG" for line in first_lines]
    assert set(has_strip) == {is_simulated}, first_lines


def test_paper_has_the_tables_that_a_screen_folds_and_no_map_to_point_at(tab, tmp_path):
    for name in ("01_where_uptake_is_high", "03_teams_and_uptake"):
        run = notebook.read(ROOT / "notebooks" / "vi" / f"{name}.ipynb")
        file = tmp_path / f"{name}.html"
        file.write_text(pages.report(run, title="x"), encoding="utf-8")
        tab.goto(file.as_uri())
        tab.emulate_media(media="print")
        for hidden in tab.locator("iframe, body > nav").all():
            assert not hidden.is_visible(), name
        for row in tab.locator("details tr").all():
            assert row.is_visible(), name
    assert tab.locator("details tr").count() == 76  # each commune, below their heads


OUTSIDE = [
    '<script src="https://example.org/a.js"></script>',
    '<link rel="stylesheet" href="https://example.org/a.css">',
    '<img srcset="http://example.org/a.png 2x">',
    "<style>@import 'https://example.org/a.css';</style>",
    '<p style="background: url(&quot;http://example.org/a.png&quot;)">text</p>',
    "<script>fetch('https://example.org/a.json').catch(() => 0)</script>",
    "<iframe srcdoc='<img src=\"https://example.org/b.png\">'></iframe>",
]


def written(file, html):
    output = nbformat.v4.new_output("display_data", {"text/html": html})
    cell = nbformat.v4.new_code_cell("x", outputs=[output])
    told = pages.report(nbformat.v4.new_notebook(cells=[cell]), title="x")
    file.write_text(told, encoding="utf-8")
    return file.as_uri()


@pytest.mark.parametrize("html", OUTSIDE)
def test_a_report_fetches_nothing(browser, tmp_path, html):
    tab = browser.new_page()
    addresses = []
    failures = []
    tab.on("request", lambda address: addresses.append(address.url))
    tab.on("requestfailed", lambda address: failures.append((address.url, address.failure)))
    tab.goto(written(tmp_path / "a.html", html))
    tab.wait_for_timeout(300)
    tab.close()
    stopped = {url for url, why in failures if why == "csp"}
    assert [
        address for address in addresses if address.startswith("http") and address not in stopped
    ] == []
