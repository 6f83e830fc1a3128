"""Open an atlas of squares: its script has no scale to go by."""

import invented
import pytest

import hganalysis as hg
from hganalysis import atlas, frames, places, words
from hganalysis.build.own import lent

from .conftest import lettered, whole_columns

# Many squares with short names, and few with long ones.
STUDIES = {"kenya_2019": "internet_users", "india_2023": "transactions"}


@pytest.fixture(scope="module", params=STUDIES)
def squares(request, tmp_path_factory):
    """Write the atlas of one measure of a study whose places are squares."""
    file = tmp_path_factory.mktemp("squares") / "atlas.html"
    with hg.Study.open(request.param).use(), words.use("en"):
        reports = frames.reports()
        one = reports[reports["indicator"] == STUDIES[request.param]]
        one = one[one["year"] == one["year"].max()].reset_index(drop=True)
        [page] = atlas.write(file, one)
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


def test_on_a_phone_on_its_side_few_squares_have_all_their_names(browser, squares):
    page, labels = squares
    tab = browser.new_page(viewport={"width": 844, "height": 390})
    tab.goto(page.as_uri())
    tab.wait_for_function("document.querySelectorAll('.names text').length > 0")
    written = " ".join(" ".join(tab.locator(".names tspan").all_text_contents()).split())
    tab.close()
    if len(labels) < 30:
        assert [one for one in labels if one not in written] == []


@pytest.mark.parametrize("size", [(1920, 1080), (844, 390)])
def test_no_label_leaves_its_square(browser, squares, size):
    page, _ = squares
    tab = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    tab.goto(page.as_uri())
    tab.wait_for_function("document.querySelectorAll('.names text').length > 0")
    found = lettered(tab, ".names text", "tspan", '.panel [data-level="district"] > *')
    tab.close()
    assert (found["faults"], found["beside"], found["lines"]) == ([], 0, 0)


def test_on_a_tablet_all_squares_are_on_the_first_screen(browser, squares):
    page, labels = squares
    tab = browser.new_page(viewport={"width": 768, "height": 1024})
    tab.goto(page.as_uri())
    tab.wait_for_function("document.querySelectorAll('.names text').length > 0")
    rooms = boxes(tab, '.panel [data-level="district"] > *')
    tab.close()
    assert len(rooms) == len(labels)
    assert max(bottom for *_, bottom in rooms) <= 1024


SMALL = {
    (390, 844): {"internet_users": (47, True), "population": (0, True)},
    (844, 390): {"internet_users": (47, False), "population": (0, False)},
    (1440, 900): {"internet_users": (47, True), "population": (47, True)},
}
"""Of Kenya's 47 squares: how many have their number, and whether most have their name."""


@pytest.mark.parametrize("size", SMALL)
def test_no_number_leaves_its_square_and_names_are_of_most_or_of_none(browser, tmp_path, size):
    with hg.Study.open("kenya_2019").use(), words.use("en"):
        areas = places.districts().rename(columns={"origin_of_residents": "origin"})
        drawn = {
            "internet_users": hg.map("internet_users", 2019),
            "population": hg.map(areas, "population", title="T", source="S"),
        }
        pages = {
            name: one.pages()[0].save(tmp_path / f"{name}.html") for name, one in drawn.items()
        }
    tab = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    for name, page in pages.items():
        tab.goto(page.as_uri())
        count, named = SMALL[size][name]
        found = lettered(tab, ".leaflet-tooltip.name", "i, b", "path.leaflet-interactive")
        assert (found["faults"], found["beside"]) == ([], 0)
        assert tab.locator(".leaflet-tooltip.name b:visible").count() == count
        sizes = tab.evaluate("""[...new Set([...document.querySelectorAll(
            ".leaflet-tooltip.name span")].map(one => getComputedStyle(one).fontSize))]""")
        assert len(sizes) == 1  # a larger one would seem to be stressed
        shown = tab.locator(".leaflet-tooltip.name i:visible").count()
        assert shown > 47 / 2 if named else shown < 47 / 2
    tab.close()


@pytest.mark.parametrize("size", [(390, 844), (844, 390)])
def test_nor_does_a_long_name_on_one_of_few_squares(browser, tmp_path, size):
    with hg.Study.open("india_2023").use(), words.use("en"):
        [page] = hg.map("transactions", 2023).pages()
    tab = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    tab.goto(page.save(tmp_path / "map.html").as_uri())
    found = lettered(tab, ".leaflet-tooltip.name", "i, b", "path.leaflet-interactive")
    tab.close()
    assert found == {"labels": 8, "beside": 0, "lines": 0, "faults": [], "over": 0}


@pytest.mark.parametrize("size", [(390, 844), (844, 390), (1440, 900)])
def test_small_squares_are_named_beside_them_by_what_they_are_parts_of(browser, tmp_path, size):
    with hg.Study.open("india_2023").use(), words.use("en"):
        measure = frames.latest(frames.reports(), "headline")
        shares = hg.rates.uptake(hg.rates.pick(frames.reports(), measure))
        drawn = hg.map(shares, "share", title="T", source="S")
        [page] = drawn.pages()
        labels = {places.label(code) for code in places.districts().index}
    tab = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    tab.goto(page.save(tmp_path / "map.html").as_uri())
    found = lettered(tab, ".leaflet-tooltip.name", "i", "path.leaflet-interactive")
    assert found.pop("over") < 60  # what lies in the middle of others
    assert found == {"labels": 8, "beside": 8, "lines": 8, "faults": []}
    written = tab.locator(".leaflet-tooltip.name").all_text_contents()
    tab.close()
    assert {"".join(one.split()) for one in written} == {"".join(one.split()) for one in labels}


def boxes(tab, selector):
    return tab.eval_on_selector_all(
        selector,
        "all => all.map(one => one.getBoundingClientRect())"
        ".map(box => [box.left, box.top, box.right, box.bottom])",
    )


@pytest.mark.parametrize("size", [(1200, 700), (1440, 900), (1920, 1080)])
def test_names_stay_in_their_squares_and_the_columns_beside_them_whole(browser, squares, size):
    page, labels = squares
    tab = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
    tab.goto(page.as_uri())
    tab.wait_for_function("document.querySelectorAll('.names text').length > 0")
    assert whole_columns(tab) >= 3 * len(labels)
    rooms = boxes(tab, '.panel [data-level="district"] > *')
    written = boxes(tab, ".names text")
    tab.close()
    assert len(rooms) == len(labels)
    assert len(written) == len(labels)  # its value at least

    def within(one, room):
        return all(one[at] >= room[at] - 1 for at in (0, 1)) and all(
            one[at] <= room[at] + 1 for at in (2, 3)
        )

    assert [one for one in written if not any(within(one, room) for room in rooms)] == []


def test_squares_keep_their_names_below_communes_too(browser, tmp_path):
    files = invented.write(tmp_path / "in")
    brought = {"list_of_places": files["places"], "catalogue": files["indicators"]}
    with lent(reports=files["reports"], **brought), words.use("en"):
        reports = frames.reports()
        one = frames.latest(reports, "headline").name
        some = reports[(reports["indicator"] == one) & (reports["year"] == reports["year"].max())]
        [page] = atlas.write(tmp_path / "atlas.html", some.reset_index(drop=True))
        count = len(places.districts())
    faults = []
    tab = browser.new_page(viewport={"width": 1440, "height": 900})
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.goto(page.as_uri())
    for level in ("district", "commune"):
        tab.evaluate("level => { chosen.l = level; draw(); }", level)
        assert faults == []
        assert tab.locator(".names text").count() == count, level
    tab.close()
