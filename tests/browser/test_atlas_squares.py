"""Open an atlas of squares: its script has no scale to go by."""

import pytest

import hganalysis as hg
from hganalysis import atlas, frames, places, words


@pytest.fixture(scope="module")
def squares(tmp_path_factory):
    """Write the atlas of one measure of Kenya, whose counties are squares."""
    file = tmp_path_factory.mktemp("squares") / "atlas.html"
    with hg.Study.open("kenya_2019").use(), words.use("en"):
        reports = frames.reports()
        one = reports[reports["indicator"] == "internet_users"]
        [page] = atlas.write(file, one, teams=frames.teams())
        return page, [places.label(code) for code in places.districts().index]


def test_squares_are_named_and_the_script_runs_to_its_end(browser, squares):
    page, labels = squares
    faults = []
    tab = browser.new_page(viewport={"width": 1920, "height": 1080})
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.goto(page.as_uri())
    tab.wait_for_function("document.querySelectorAll('.names text').length > 0")
    written = tab.locator(".names text").all_text_contents()
    tab.keyboard.press("1")  # what the script binds last answers, too
    tab.wait_for_selector("dialog[open], [open] main, .answer")
    tab.close()
    assert faults == []
    # large letters of a hall: only what fits its square is written
    assert any(one in text for one in labels for text in written)
