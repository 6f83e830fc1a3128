"""Open every page that was built, without a network, and look at what is drawn."""

import shutil
import time
from contextlib import contextmanager
from itertools import combinations

import country
import geopandas as gpd
import pandas as pd
import pytest

from hganalysis import indicators, maps, places

from .conftest import HANGS, audit, lettered

MOST_BYTES = 250_000
SHAPES = "path.leaflet-interactive"
LOCAL = ("file://", "data:", "blob:", "about:")


@contextmanager
def opened(browser, file):
    """Open a page offline; give it, and the list that its faults are added to."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page, faults = context.new_page(), []
    page.on("request", lambda asked: asked.url.startswith(LOCAL) or faults.append(asked.url[:120]))
    page.on("console", lambda said: said.type == "error" and faults.append(said.text[:200]))
    page.on("pageerror", lambda error: faults.append(str(error)[:200]))
    page.set_default_timeout(HANGS * 1000)
    page.goto(file.as_uri(), wait_until="load")
    yield page, faults
    context.close()


def looked_at(browser, file):
    """List what is wrong with a page: what it asks for, what fails, maps that are not drawn."""
    with opened(browser, file) as (page, faults):
        for frame in page.frames:
            if frame.query_selector("body[data-shapes]"):
                look_at_map(frame, faults)
                faults += map_faults(frame)
        if file.parent.name == "web":
            faults += web_faults(page, file)
        else:  # in reports are maps, too
            faults += [found for frame in page.frames for found in audit(frame).items()]
        return list(faults)


def look_at_map(frame, faults):
    """Bring a map into sight, as a reader does: a frame out of sight is not laid out yet."""
    if frame.parent_frame:
        frame.frame_element().scroll_into_view_if_needed()
    sized = f"document.querySelector('{SHAPES}')?.getBoundingClientRect().width > 5"
    until = time.monotonic() + HANGS
    while not (frame.evaluate(sized) or faults) and time.monotonic() < until:
        frame.wait_for_timeout(50)  # what is not drawn then is found by map_faults


def map_faults(frame):
    """List what is wrong with one map, on its own page or in a frame."""
    wanted = int(frame.get_attribute("body", "data-shapes"))
    drawn = [shape.bounding_box() for shape in frame.query_selector_all(SHAPES)]
    faults = []
    if len(drawn) != wanted:
        faults.append(f"{len(drawn)} shapes of {wanted} places")
    if not all(box and box["width"] > 5 and box["height"] > 5 for box in drawn):
        faults.append("a shape has no size")
    if not seen(frame, "#legend"):
        faults.append("no legend")
    simulated = "mô phỏng" in (frame.text_content("#note") or "")
    for banner in ("#bar .banner", "#data thead .banner"):
        if simulated and "SỐ LIỆU MÔ PHỎNG" not in " ".join(seen(frame, banner).split()):
            faults.append(f"simulated, and no {banner} says so")
    rows = len(frame.query_selector_all("#data tbody tr"))
    if rows != wanted:
        faults.append(f"a table of {rows} rows beside {wanted} places")
    return faults


def web_faults(page, file):
    """List what is wrong with a page that is a map: its weight, what it says when pointed at."""
    faults = []
    size = file.stat().st_size
    if size > MOST_BYTES:
        faults.append(f"weighs {size:,} bytes")
    if shape := page.query_selector(SHAPES):
        shape.hover(force=True)
        told = page.locator("#tip:visible")
        if told.count() != 1 or not told.inner_text().strip():
            faults.append("says nothing when pointed at")
    if not page.title() or not page.get_attribute("html", "lang"):
        faults.append("no title or language")
    return faults


def seen(frame, selector):
    """Give the text of an element that can be seen, else nothing."""
    element = frame.query_selector(selector)
    return element.inner_text() if element and element.is_visible() else ""


def test_every_page_opens_offline_and_draws_its_maps(browser, built):
    pages = sorted(built.rglob("*.html"))
    assert {page.parent.name for page in pages} == {built.name, "web"}
    faults = {page.name: found for page in pages if (found := looked_at(browser, page))}
    assert not faults, "\n".join(f"{name}: {found}" for name, found in faults.items())


def test_reports_show_every_map_of_their_notebook(browser, built):
    reports = {file: file.read_text(encoding="utf-8") for file in built.glob("*.html")}
    maps = {file.name: text.count("srcdoc=") for file, text in reports.items()}
    assert sum(maps.values())
    for name, count in maps.items():
        with opened(browser, built / name) as (page, _):
            assert len(page.frames) - 1 == count
            assert all(frame.query_selector(SHAPES) for frame in page.frames[1:])


def test_pictures_of_the_index_are_shown_and_its_links_lead_somewhere(browser, built):
    with opened(browser, built / "index.html") as (page, faults):
        for picture in page.query_selector_all("img"):
            picture.scroll_into_view_if_needed()
        page.wait_for_function("[...document.images].every(one => one.naturalWidth > 0)")
        links = [link.get_attribute("href") for link in page.query_selector_all("a")]
        assert faults == []
    assert len(links) > len(list(built.glob("0*.html")))
    assert [link for link in links if not (built / link).is_file()] == []


WIDER_THAN_A4 = """() => {
    const all = [...document.querySelectorAll("main table.dataframe")];
    const many = all.filter(one => one.rows[0].cells.length > 8);
    // as numbers of a thousand are: with their unit, and from where to where
    for (const cell of many.flatMap(one => [...one.querySelectorAll("td.number")]))
        cell.textContent += " to 106.8 per 1,000";
    const edge = document.querySelector("main").getBoundingClientRect().right + 1;
    return [many.length, all.filter(one => one.getBoundingClientRect().right > edge).length];
}"""


def test_on_paper_a_table_of_many_columns_is_no_wider_than_the_sheet(browser, built):
    with opened(browser, built / "01_where_uptake_is_high.html") as (page, _):
        page.emulate_media(media="print")
        page.set_viewport_size({"width": 703, "height": 1000})  # A4 within its margins
        many, wider = page.evaluate(WIDER_THAN_A4)
    assert many > 0
    assert wider == 0


@pytest.mark.parametrize("long", ["", "Taumatawhakatangihanga" * 4])
def test_labels_of_a_web_map_lie_apart_and_inside(browser, tmp_path, long):
    areas = places.areas()
    table = areas.assign(
        share=0.3, state="known", origin="reported", label_vi=areas["label_vi"] + long
    )
    figure, axes = maps.sheet(title="Bản đồ")
    maps.choropleth(table, "share", classes=indicators.classes("app_users"), ax=axes[0])
    [page_] = maps.finish(figure, source="báo cáo", as_of="2022").pages()
    with opened(browser, page_.save(tmp_path / "web.html")) as (page, faults):
        boxes = page.eval_on_selector_all(
            ".leaflet-tooltip.name",
            "all => all.filter(one => one.style.visibility !== 'hidden').map(one => "
            "[one.getBoundingClientRect().toJSON(), one.innerText])",
        )
        assert faults == []
    assert len(boxes) == 8
    assert all(("Taumata" in text) == bool(long) or "30,0" in text for _, text in boxes)
    for (one, _), (other, _) in combinations(boxes, 2):
        wide = min(one["right"], other["right"]) - max(one["left"], other["left"])
        high = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
        assert wide <= 0 or high <= 0
    assert all(box["left"] >= 0 and box["right"] <= 1280 for box, _ in boxes)


def test_of_many_places_a_page_writes_what_lies_on_them_as_near_as_it_is(browser, tmp_path):
    cells = country.communes(0.02)
    names = {"label_vi": cells["name"], "name_vi": cells["name"], "share": 0.3}
    shapes = gpd.GeoDataFrame(
        {**names, "state": "known", "origin": "reported"},
        geometry=cells["cell"].to_numpy(),
        crs="EPSG:4326",
    )
    shapes.index = pd.Index(cells["code"], name="code")
    figure, axes = maps.sheet(title="Bản đồ")
    table = shapes.to_crs("EPSG:5897")
    maps.choropleth(table, "share", classes=indicators.classes("app_users"), ax=axes[0])
    [page_] = maps.finish(figure, source="báo cáo", as_of="2022").pages()
    kinds = []
    with opened(browser, page_.save(tmp_path / "country.html")) as (page, faults):
        assert page.locator(SHAPES).count() == len(shapes) > 150
        for _ in range(4):
            found = lettered(page, ".leaflet-tooltip.name", "i, b", SHAPES)
            assert found["faults"] == []
            assert found["beside"] == found["lines"] == 0
            kinds.append([page.locator(f".leaflet-tooltip.name {one}").count() for one in "bi"])
            page.evaluate(WATCH_THE_MAP)
            page.locator(".leaflet-control-zoom-in").click()
            page.wait_for_function("window.moved")
        assert faults == []
    # From afar hardly one has room for its value; nearer, more and more for their name, too.
    values, named = zip(*kinds, strict=True)
    assert values[0] < 10 < max(values)
    assert named[0] == 0
    assert named[3] > 50
    assert named[3] > named[2]


WATCH_THE_MAP = """
    window.moved = false;
    Object.values(window).find(one => one instanceof L.Map).once("moveend", () => {
        window.moved = true;
    });
"""


def test_no_label_of_a_web_map_runs_over_an_edge_of_the_map(browser, tmp_path):
    """Each a little longer than the last: some would run over one edge only."""
    areas = places.areas()
    faults = []
    for letters in range(20, 60, 10):
        table = areas.assign(
            share=0.3, state="known", origin="reported", label_vi=areas["label_vi"] + "m" * letters
        )
        figure, axes = maps.sheet(title="Bản đồ")
        maps.choropleth(table, "share", classes=indicators.classes("app_users"), ax=axes[0])
        [page_] = maps.finish(figure, source="báo cáo", as_of="2022").pages()
        with opened(browser, page_.save(tmp_path / "web.html")) as (page, _):
            faults += page.eval_on_selector_all(
                ".leaflet-tooltip.name",
                """all => { const map = document.querySelector(".leaflet-container")
                    .getBoundingClientRect();
                return all.filter(one => one.style.visibility !== "hidden").filter(one => {
                    const box = one.getBoundingClientRect();
                    return box.left < map.left || box.right > map.right; }).map(one =>
                    [one.innerText, one.getBoundingClientRect().left - map.left,
                     one.getBoundingClientRect().right - map.right]); }""",
            )
    assert faults == []


# --- the check itself, on pages with one fault planted ---

BANNER = '<div class="banner"'
PLANTED = {
    "asks for a picture": ("<body ", '<img src="http://127.0.0.1:9/a.png"><body '),
    "asks by script": ("</body>", "<script>fetch('http://127.0.0.1:9/a')</script></body>"),
    "fails": ("</body>", "<script>nothing()</script></body>"),
    "draws nothing": ("L.geoJson(", "L.nothing("),
    "draws one too few": ('data-shapes="8"', 'data-shapes="9"'),
    "has no banner": (BANNER, f"{BANNER} hidden"),
    "has no banner in its table": ('<th class="banner"', '<th class="banner" hidden'),
    "has another banner": ("SỐ LIỆU", "DỮ LIỆU"),
    "has no legend": ('<div id="legend"', '<div id="legend" hidden'),
    "is too heavy": ("</body>", f"<!--{'x' * MOST_BYTES}--></body>"),
    "has no language": ("<html lang=", "<html data-lang="),
}


@pytest.fixture(scope="session")
def simulated_map(built):
    """Take one web map that is simulated."""
    for file in sorted((built / "web").glob("*.html")):
        if BANNER in file.read_text(encoding="utf-8"):
            return file
    pytest.fail("no web map of simulated data was built")


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_seen(browser, simulated_map, tmp_path, fault):
    old, new = PLANTED[fault]
    text = simulated_map.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "web").mkdir()
    bad = tmp_path / "web" / "bad.html"
    bad.write_text(text.replace(old, new), encoding="utf-8")
    assert looked_at(browser, bad)


def test_the_same_page_without_a_fault_passes(browser, simulated_map, tmp_path):
    (tmp_path / "web").mkdir()
    good = shutil.copy(simulated_map, tmp_path / "web" / "good.html")
    assert looked_at(browser, good) == []
