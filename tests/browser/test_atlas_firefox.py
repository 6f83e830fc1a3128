"""Open an atlas from a stick in Debian's Firefox, and use it there as in Chromium."""

import base64
import io
import subprocess
import time

import pandas as pd
import pytest

from hganalysis import atlas

from .conftest import HANGS
from .firefox import FIREFOX, firefox

pytestmark = pytest.mark.skipif(FIREFOX is None, reason="no Firefox here: apt install firefox-esr")
RIGHT, ESCAPE = "\ue014", "\ue00c"  # as WebDriver names keys


@pytest.fixture(scope="module")
def fox(tmp_path_factory):
    with firefox(tmp_path_factory.mktemp("firefox")) as page:
        page.size(1280, 720)
        yield page


@pytest.fixture
def page(fox, atlas_file):
    """Open it anew: whatever it asks of the network or fails in is a fault."""
    fox.faults.clear()
    fox.open("about:blank")  # else an address that differs in its last part opens nothing anew
    fox.open(atlas_file.as_uri())
    yield fox
    assert fox.faults == []


@pytest.fixture(scope="module")
def figures(atlas_file):
    table = atlas.figures(atlas_file.read_text(encoding="utf-8"))
    keys = ["language", "indicator", "when", "level", "code", "fact"]
    return table.set_index(keys)["text"].sort_index()


def text(page, query):
    return page.run(f"document.querySelector('{query}').innerText")


def test_every_district_is_drawn_and_named(page):
    sizes = page.run(
        "[...document.querySelectorAll('[data-level=district] path')]"
        ".map(one => one.getBoundingClientRect().width)"
    )
    assert len(sizes) == 8
    assert min(sizes) > 50
    assert page.run("document.querySelectorAll('.names text').length") == 8
    assert "SỐ LIỆU MÔ PHỎNG" in text(page, ".sheet .banner")
    assert page.run("document.documentElement.scrollWidth <= innerWidth")


def test_keys_walk_the_map_and_the_address_keeps_the_place(page, figures):
    page.run("document.querySelector('.sheet').focus()")
    page.press(RIGHT)
    code = page.run("location.hash.match(/p=([0-9]+)/)[1]")
    known = figures["vi", "app_users", "2023", "district", code]
    assert text(page, "#told .value") == known["value"]
    assert known["place"] in page.run("document.querySelector('#live').textContent")
    page.press(ESCAPE)
    assert text(page, "#told .name") == "Tỉnh Hậu Giang"


def test_search_language_and_two_maps_work(page, figures):
    page.run("document.querySelector('#search').focus()")
    page.press(*"long my")
    found = page.run("[...document.querySelectorAll('#found li')].map(one => one.dataset.place)")
    assert found == ["936", "937"]
    page.run("document.querySelector('#languages input[value=en]').click()")
    assert page.run("document.documentElement.lang") == "en"
    page.run("document.querySelector('#compare').click()")
    assert page.run("document.querySelectorAll('.panel').length") == 2
    page.run("document.querySelector('#both tr[data-code=\"936\"] button').click()")
    assert page.run("document.querySelectorAll('.marks .line').length") == 2
    told = text(page, "#told")
    assert figures["en", "app_users", "2023", "district", "936", "change"] in told


def await_truth(page, said):
    """Ask a page again until it says yes."""
    until = time.monotonic() + HANGS
    while not page.run(said) and time.monotonic() < until:
        time.sleep(0.1)
    assert page.run(said)


def in_the_notes(page):
    """Look into the second window."""
    contexts = {one["context"] for one in page.ask("browsingContext.getTree")["contexts"]}
    [page.tab] = contexts - {page.tab}


def test_answers_fill_the_wall_and_notes_follow_in_a_second_window(page):
    main = page.tab
    page.press("2")
    pictures = "[...document.querySelectorAll('#answer img')]"
    await_truth(page, f"{pictures}.some(one => one.naturalWidth > 0)")
    page.press("n")
    assert text(page, "#answer [role=alert]") == ""
    said = page.run("[1, 2, 3].map(at => answerAt(at).said)")
    try:
        in_the_notes(page)
        time.sleep(1.5)  # the browser may empty it once more
        page.run("opener.eval('began -= 600000')")
        await_truth(page, "document.querySelector('.clock').textContent.startsWith('1')")
        assert text(page, ".said") == said[1]
        assert text(page, ".next") == said[2]
        assert page.run("getComputedStyle(document.querySelector('.said')).fontWeight") == "700"
        page.press(RIGHT)
        assert text(page, ".said") == said[2]
        notes, page.tab = page.tab, main
        assert text(page, "#answer h2").strip() == said[2]
        page.press(ESCAPE)
        assert page.run("document.querySelector('dialog[open]')") is None
        page.ask("browsingContext.close", context=notes)
    finally:
        page.tab = main


def test_the_file_is_saved(page, atlas_file):
    page.run("document.querySelector('#save').click()")
    file = page.downloads / "tap-ban-do-so-lieu-mo-phong.csv"
    until = time.monotonic() + HANGS
    while not (file.exists() and file.stat().st_size) and time.monotonic() < until:
        time.sleep(0.1)
    saved = pd.read_csv(io.BytesIO(file.read_bytes()), dtype={"code": "str"})
    pd.testing.assert_frame_equal(saved, atlas.data(atlas_file.read_text("utf-8")))


def test_each_printed_page_has_the_banner_and_the_source(page, tmp_path):
    page.run("document.querySelector('#levels input[value=commune]').click()")
    file = tmp_path / "a4.pdf"
    file.write_bytes(base64.b64decode(page.pdf(29.7, 21.0)))
    command = ["pdftotext", "-layout", file, "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    pages = done.stdout.decode().split("\f")[:-1]
    assert 3 <= len(pages) <= 7
    for one in pages:
        assert "SỐ LIỆU MÔ PHỎNG" in one
        assert "Nguồn: số mô phỏng" in one


def test_a_page_that_asks_the_network_is_noticed(fox, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text("<img src='http://192.0.2.1/a.png'><script>nothing()</script>", "utf-8")
    fox.faults.clear()
    fox.open("about:blank")
    fox.open(bad.as_uri())
    assert any("192.0.2.1" in fault for fault in fox.faults)
    assert any("nothing is not defined" in fault for fault in fox.faults)
