"""Use an atlas in Chromium, from a stick: choose, search, point, tap, type, print, save, send."""

import csv
import io
import itertools
import json
import re
import struct
from pathlib import Path

import invented
import pandas as pd
import pytest
import shapely
from playwright.sync_api import expect
from trials.media import read_atlas

from hganalysis import places, uptake, words
from hganalysis.publish import atlas
from hganalysis.publish.own import lend_data
from hganalysis.publish.pages import PUBLISH_FOLDER
from hganalysis.study import Study

from .conftest import FAULTS, audit

TOP = "932"  # highest of the headline in 2023
HEAD_OF_TABLE = "table-header-group"


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    return atlas.write(tmp_path_factory.mktemp("stick") / "atlas.html")[0].as_uri()


def names(tab):
    """List the places of the table that are in sight, in their order."""
    shown = "all => all.filter(one => one.checkVisibility()).map(one => one.dataset.code)"
    return tab.eval_on_selector_all("tbody tr", shown)


def state(tab):
    """Read the state that the address keeps."""
    return tab.evaluate("Object.fromEntries(new URLSearchParams(location.hash.slice(1)))")


def chosen(tab):
    """Name the place that is marked, on the map and in the table alike."""
    on = tab.eval_on_selector_all(".on", "all => all.map(one => one.tagName + one.dataset.code)")
    kinds = {item.upper()[:2] for item in on}
    assert kinds in (set(), {"PA", "TR"})
    return {item.lower().removeprefix("path").removeprefix("tr") for item in on}


def test_it_opens_on_the_headline_with_every_number_of_its_answer(tab, page):
    tab.goto(page)
    table = uptake("app_users", 2023).table
    assert tab.title() == "Hậu Giang: tập bản đồ"
    assert names(tab) == table["code"].tolist()
    texts = tab.locator("tbody tr td:nth-child(4)").all_inner_texts()
    assert texts == [words.value(item, "share") for item in table["share"]]
    whole = table["count"].sum() / table["out_of"].sum()
    assert words.value(whole, "share") in tab.inner_text("#whole")
    assert tab.locator("#areas path").count() == len(table)
    assert tab.inner_text("#banner b") == "SỐ LIỆU MÔ PHỎNG"
    assert tab.locator("#answers li").count() == 3


NUMBER = re.compile(r"[0-9][0-9.,]*[0-9]|[0-9]")
VIEWS = [
    f"m={measure}&y={period}&l={level}&g={language}"
    for measure in ("app_users", "files_online")
    for period in ("2022", "change")
    for level in ("district", "commune")
    for language in words.LANGUAGES
]


def texts_in(texts):
    """List every text in the data of a page."""
    if isinstance(texts, str):
        return [texts]
    items = texts.values() if isinstance(texts, dict) else texts if isinstance(texts, list) else []
    return [text for item in items for text in texts_in(item)]


def test_python_wrote_every_number_that_is_read(tab, page):
    """What a script writes itself has other digits; of whole counts it sets the marks alone."""
    tab.goto(page)
    data = read_atlas(tab.content())
    written = {number for text in texts_in(data) for number in NUMBER.findall(text)}
    for view in VIEWS:
        tab.goto(f"{page}#{view}")
        tab.focus("tbody tr")
        read = set(NUMBER.findall(tab.inner_text("body")))
        assert len(read) > 20
        assert read - written == set(), view
    unpacks, shows = (PUBLISH_FOLDER / "atlas.js").read_text("utf-8").split("\nunpack();\n")
    writes = r"toLocale|toFixed|toPrecision|Intl|Math\.round"
    assert re.findall(writes, unpacks) == ["toPrecision"], "of a share that is not read"
    assert re.findall(writes, shows) == []


def test_ranks_are_ranges_and_none_is_given_where_nothing_tells(tab, page):
    tab.goto(page)
    ranks = "tbody td:first-child"
    assert tab.locator(ranks).all_inner_texts() == ["1–6"] * 6 + ["7–8"] * 2
    for view in ("y=change", "l=commune"):
        tab.goto(f"{page}#{view}")
        assert set(tab.locator(ranks).all_inner_texts()) == {""}


def test_small_circles_lie_over_large_ones(tab, page):
    tab.goto(f"{page}#l=commune")
    wide = "all => all.map(one => one.getBBox().width)"
    for place in (None, 3):
        if place is not None:
            tab.locator("#areas path").nth(place).hover(force=True)
            assert tab.get_attribute("#ring", "d")
        widths = tab.eval_on_selector_all("#areas path", wide)
        # a circle of whole numbers may be a unit wider than a larger one
        assert all(later <= width + 2 for width, later in itertools.pairwise(widths))
        assert widths[0] > 1.3 * widths[-1]


def test_the_legend_is_in_proportion(tab, tmp_path):
    with Study.open("kenya_2019").use():
        tab.goto(atlas.write(tmp_path / "atlas.html")[0].as_uri())
    wide = "all => all.map(one => one.getBoundingClientRect().width)"
    widths = tab.eval_on_selector_all("#legend span:not(.none) i", wide)
    # below 10, 10 to 15, 15 to 20, 20 to 30, 30 to 40, and above
    assert [round(width / widths[-1], 1) for width in widths] == [0.5, 0.5, 0.5, 1, 1, 1]


def test_period_change_level_measure_and_language_are_chosen(tab, page):
    tab.goto(page)
    tab.select_option("#period", "change")
    assert tab.locator("tbody td:nth-child(4)").first.inner_text() == "+8,8"
    tab.select_option("#level", "commune")
    assert len(names(tab)) == tab.locator("#areas path").count() == 75
    tab.select_option("#measure", "files_online")
    assert "Hồ sơ" in tab.inner_text("h2")
    tab.click("#en")
    assert tab.get_attribute("html", "lang") == "en"
    assert "percentage points" in tab.inner_text("#what")
    assert tab.inner_text("#banner b") == "SIMULATED DATA"
    assert state(tab) == {
        "m": "files_online",
        "y": "change",
        "l": "commune",
        "g": "en",
        "p": "",
    }


def test_a_link_opens_what_was_seen_and_an_answer_leads_to_its_view(tab, page, browser):
    tab.goto(f"{page}#m=files_online&y=2022&l=commune&g=en&p=31399")
    assert tab.inner_text("#banner b") == "SIMULATED DATA"
    assert chosen(tab) == {"31399"}
    second_tab = browser.new_page()
    second_tab.goto(tab.url)
    assert second_tab.inner_text("main") == tab.inner_text("main")
    second_tab.close()
    tab.locator("#answers a").nth(1).click()
    assert (state(tab)["m"], state(tab)["y"]) == ("app_users", "change")
    expect(tab.locator("#period option:checked")).to_contain_text("Change 2022 → 2023")
    tab.goto(f"{page}#m=none&y=1&l=x&g=fr")  # nothing there is known
    expect(tab.locator("tbody tr:visible")).to_have_count(8)


def test_search_takes_names_without_accents(tab, page):
    tab.goto(f"{page}#l=commune")
    tab.fill("#find", "vi thuy")
    codes = names(tab)
    home = places.units()["compared_code"]
    assert 0 < len(codes) < 75
    assert all("Vị Thủy" in places.label(code) + places.label(home[code]) for code in codes)
    assert tab.locator("#areas path:not(.off)").count() == len(codes)
    tab.keyboard.press("Escape")
    assert len(names(tab)) == 75


def test_search_finds_communes_from_the_districts_and_goes_there(tab, page):
    tab.goto(page)
    tab.fill("#find", "tan binh")
    assert names(tab) == []
    assert (tab.evaluate(FAULTS), audit(tab)) == ([], {})
    tab.keyboard.press("Enter")
    expect(tab.locator("tbody tr:visible")).to_have_count(75)
    assert (state(tab)["l"], chosen(tab)) == ("commune", {state(tab)["p"]})
    assert "Tân Bình" in tab.inner_text("#tip")
    tab.fill("#find", "phung hiep")
    tab.locator("#found a", has_text="H. Phụng Hiệp").click()
    assert (state(tab)["l"], state(tab)["p"]) == ("district", "934")


@pytest.mark.parametrize(("language", "said"), [("vi", "Không có"), ("en", "No place")])
def test_search_says_that_no_place_has_a_name(tab, page, language, said):
    tab.goto(f"{page}#g={language}")
    tab.fill("#find", "atlantis")
    assert names(tab) == []
    assert said in tab.inner_text("#found")
    tab.fill("#find", "long my")
    assert said not in tab.inner_text("#found")


@pytest.mark.parametrize("row", [0, 3, -1])
@pytest.mark.parametrize("act", ["hover", "focus"])
def test_what_is_told_of_a_place_never_covers_its_row(tab, page, row, act):
    tab.set_viewport_size({"width": 1280, "height": 480})
    tab.goto(page)
    line = tab.locator("tbody tr").nth(row)
    line.scroll_into_view_if_needed()
    getattr(line, act)()
    tip = tab.locator("#tip").bounding_box()
    shown = line.bounding_box()
    ends_before = tip["y"] + tip["height"] <= shown["y"]
    begins_after = tip["y"] >= shown["y"] + shown["height"]
    assert ends_before or begins_after


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_each_district_has_its_name_on_the_map(tab, page, language):
    tab.goto(f"{page}#g={language}")
    with words.use(language):
        expected = {places.label(code) for code in places.compared().index}
    lines = "all => all.map(text => [...text.children].slice(0, -1).map(one => one.textContent))"
    assert {" ".join(name) for name in tab.eval_on_selector_all("#names text", lines)} == expected


CONTRAST = """all => all.map(path => {
    const light = ["fill", "stroke"].map(key => getComputedStyle(path)[key].match(/\\d+/g)
        .map(part => part / 255).map(u => u <= 0.04045 ? u / 12.92 : ((u + 0.055) / 1.055) ** 2.4)
        .reduce((sum, u, at) => sum + [0.2126, 0.7152, 0.0722][at] * u, 0.05));
    return Math.max(...light) / Math.min(...light); })"""


@pytest.mark.parametrize("view", ["y=2023&l=commune", "y=change", "y=change&l=commune"])
def test_each_outline_stands_out_from_its_place(tab, page, view):
    tab.goto(f"{page}#{view}")
    assert min(tab.eval_on_selector_all("#areas path", CONTRAST)) >= 3


RECORD = """window.written = [];
const write = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y, most) {
    written.push([text, y, this.textAlign === "left" ? x + this.measureText(text).width : x]);
    write.call(this, text, x, y, most); };"""


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_picture_of_a_place_says_all_that_its_page_does(tab, page, language):
    tab.add_init_script(RECORD)
    tab.goto(f"{page}#g={language}&p={TOP}")
    with tab.expect_download() as waiting:
        tab.click("#picture")
    png = waiting.value.path().read_bytes()
    assert struct.unpack(">II", png[16:24]) == (1080, 1350)
    assert waiting.value.suggested_filename == f"app_users-2023-{TOP}.png"
    written = tab.evaluate("written")
    assert all(0 < y < 1350 and right <= 1080 for _, y, right in written)
    text = " ".join(line for line, *_ in written)
    with words.use(language):
        row = uptake("app_users", 2023).table.iloc[0]
        shown = [row["name"], words.value(row["share"], "share"), words.number(row["count"])]
        shown += [words.term("words.simulated"), words.number(row["out_of"]), "2022"]
    shown += [tab.inner_text(part) for part in ("h2", "#what", "footer")]
    assert [part for part in shown if part not in text] == []


def test_keys_go_down_the_list_and_tell_each_place(tab, page):
    tab.goto(page)
    order = names(tab)
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "find"
    tab.focus("tbody tr")
    assert chosen(tab) == {order[0]} == {TOP}
    tab.keyboard.press("ArrowDown")
    assert chosen(tab) == {order[1]}
    tab.keyboard.press("ArrowUp")
    tip = tab.inner_text("#tip")
    row = uptake("app_users", 2023).table.iloc[0]
    assert words.value(row["share"], "share") in tip
    assert words.span(row["low"], row["high"], "share") in tip
    assert words.number(row["count"]) in tip
    tab.keyboard.press("Escape")
    assert chosen(tab) == set()
    assert not tab.is_visible("#tip")


def test_pointing_and_tapping_show_a_place_on_both_sides(browser, page):
    tab = browser.new_page(viewport={"width": 390, "height": 800}, has_touch=True)
    tab.goto(page)
    tab.locator(f'#areas [data-code="{TOP}"]').tap()
    assert chosen(tab) == {TOP}
    assert "Châu Thành A" in tab.inner_text("#tip")
    tab.locator("tbody tr").nth(2).tap()
    assert chosen(tab) == {names(tab)[2]}
    tab.locator("h2").tap()
    assert chosen(tab) == set()
    tab.hover(f'#areas [data-code="{TOP}"]')
    assert chosen(tab) == {TOP}
    tab.close()


def test_the_data_are_saved_as_they_are_shown_and_run_nothing(tab, page):
    tab.goto(f"{page}#m=app_users&y=2023&l=district")
    with tab.expect_download() as waiting:
        tab.click("#csv")
    assert waiting.value.suggested_filename == "app_users-2023-district.csv"
    text = waiting.value.path().read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    table = uptake("app_users", 2023).table
    assert [row["code"] for row in rows] == table["code"].tolist()
    assert [float(row["value"]) for row in rows] == pytest.approx(table["share"].tolist())
    assert [int(row["count"]) for row in rows] == table["count"].astype(int).tolist()
    assert {row["origin"] for row in rows} == {"simulated"}
    [source] = {row["source"] for row in rows}
    assert source in tab.inner_text("footer")
    assert "mô phỏng" in source


def test_hostile_names_are_read_and_not_run(tab, tmp_path, monkeypatch):
    bad = "=1+1<img src=x onerror=document.title='run'>"
    monkeypatch.setattr(atlas.places, "label", lambda _: bad)
    tab.goto(atlas.write(tmp_path / "atlas.html")[0].as_uri())
    tab.focus("tbody tr")
    assert bad in tab.inner_text("#tip")
    assert bad in tab.inner_text("tbody")
    assert tab.locator("img").count() == 0
    with tab.expect_download() as waiting:
        tab.click("#csv")
    assert f'"\'{bad}"' in waiting.value.path().read_text("utf-8-sig")


def test_bars_of_a_measure_and_of_its_groups_are_on_one_scale(tab, tmp_path):
    with Study.open("hau_giang_groups").use():
        groups = atlas.write(tmp_path / "atlas.html")[0].as_uri()
    bars = "all => all.map(one => parseFloat(one.style.width))"
    shares = "rows.map(row => row.value)"
    points_per_percent = []
    for group in ("app_users", "app_users_women", "app_users_60_plus"):
        tab.goto(f"{groups}#m={group}&y=2023")
        widths = tab.eval_on_selector_all("tbody i", bars)
        ratios = [wide / share for wide, share in zip(widths, tab.evaluate(shares), strict=True)]
        assert max(widths) <= 100
        points_per_percent += ratios
    assert points_per_percent == pytest.approx([points_per_percent[0]] * 24, rel=1e-3)


# --- its size ---


def test_the_atlas_of_the_demo_is_smaller_than_100_kilobytes(page):
    assert len(Path(page.removeprefix("file://")).read_bytes()) < 100_000


def test_an_atlas_of_148_places_in_six_periods_is_smaller_than_400_kilobytes(tmp_path):
    quarters = ["2025-Q1", "2025-Q2", *invented.QUARTERS]
    files = invented.write_harbour(tmp_path / "in", wards=148, quarters=quarters)
    files["areas"] = tmp_path / "in" / "areas.geojson"
    files["areas"].write_text(invented.coast(pd.read_csv(files["places"])), encoding="utf-8")
    with lend_data(**files | {"reports": [files["reports"]]}):
        [written] = atlas.write(tmp_path / "atlas.html")
    data = read_atlas(written.read_text("utf-8"))
    [level] = data["levels"]
    assert (len(level["places"]), len(data["measures"][0]["views"])) == (148, 7)
    # outlines of many corners, as those of a country
    assert min(len(place["d"]) for place in level["places"] if place["d"]) > 100
    assert written.stat().st_size < 400_000


# --- quarters, and many places ---

GAP = "W03"


@pytest.fixture(scope="session")
def quarters(tmp_path_factory):
    """Write the atlas of forty wards and four quarters; one ward lacks the second quarter."""
    folder = tmp_path_factory.mktemp("quarters")
    files = invented.write_harbour(folder / "in", wards=40)
    sent = pd.read_csv(files["reports"])
    is_gap = (sent["code"] == GAP) & (sent["period"] == invented.QUARTERS[1])
    sent[~is_gap].to_csv(files["reports"], index=False)
    with lend_data(**files | {"reports": [files["reports"]]}):
        return atlas.write(folder / "atlas.html")[0]


def test_a_quarter_is_chosen_in_its_row_by_link_mouse_and_keys(tab, quarters):
    tab.goto(f"{quarters.as_uri()}#y=2025-Q3")
    row = tab.locator("#periods")
    assert row.locator(":checked").input_value() == "2025-Q3"
    assert row.get_attribute("aria-label") == "Quý"
    assert row.locator("label").all_inner_texts()[0] == "Quý III/2025"
    assert not tab.is_visible("#period")
    row.get_by_text("Quý I/2026", exact=True).click()
    assert state(tab)["y"] == "2026-Q1"
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    assert state(tab)["y"] == "change"
    assert tab.evaluate("document.activeElement.value") == "change"
    tab.keyboard.press("ArrowLeft")
    assert "so với quý I/2026" in tab.inner_text("#whole")
    assert audit(tab) == {}


def test_many_periods_are_a_list_and_two_are_as_ever(tab, page, quarters, tmp_path):
    tab.goto(page)
    assert (tab.is_visible("#period"), tab.is_visible("#periods")) == (True, False)
    text = quarters.read_text("utf-8")
    [codes] = re.findall(r'id="data">(.*?)</script>', text)
    for periods, is_row in ((24, True), (25, False)):
        data = json.loads(codes)
        *views, change = data["measures"][0]["views"]
        several = [views[number % 4] | {"id": f"P{number}"} for number in range(periods)]
        data["measures"][0]["views"] = [*several, change]
        data["measures"][0]["line"]["steps"] = list(range(periods))
        several_file = tmp_path / f"{periods}.html"
        several_file.write_text(text.replace(codes, json.dumps(data)), encoding="utf-8")
        for wide in (1280, 390):
            tab.set_viewport_size({"width": wide, "height": 800})
            tab.goto(f"{several_file.as_uri()}#y=P20")
            assert tab.is_visible("#periods") == is_row != tab.is_visible("#period")
            chosen_one = tab.locator("#periods label:has(:checked), #period").last
            expect(chosen_one).to_be_in_viewport()
            assert tab.evaluate(FAULTS) == []


def test_a_line_shows_each_place_over_time_with_its_gaps(tab, quarters):
    tab.goto(quarters.as_uri())
    rows = tab.locator("tbody tr")
    assert rows.count() == tab.locator("tbody svg[role=img]").count() == 40
    path = 'one => one.querySelector("svg path").getAttribute("d")'
    spans = {}
    for row in rows.all():
        code = row.get_attribute("data-code")
        line = row.evaluate(path)
        assert (line.count("M"), line.count("L")) == ((2, 1) if code == GAP else (1, 3))
        heights = [float(y) for y in re.findall(r"[ML]\S+ ([\d.]+)", line)]
        spans[code] = max(heights) - min(heights)
        # from the quarter before it fell or rose as its number says
        rose = row.locator("td").last.inner_text().startswith("+")
        assert (heights[-1] < heights[-2]) == rose
    with_gap = f'tr[data-code="{GAP}"] svg'
    assert tab.get_attribute(with_gap, "aria-label").startswith("Quý III/2025 ")
    # all lines are on one scale: the longest has all of the room
    assert max(spans.values()) == pytest.approx(18)
    assert "chỗ hở: không có số" in tab.inner_text("footer")


def test_a_place_without_a_number_is_grey_on_the_map_and_empty_in_list_and_data(tab, quarters):
    tab.goto(f"{quarters.as_uri()}#y={invented.QUARTERS[1]}")
    fills = "all => all.map(one => [one.dataset.code, one.getAttribute('fill')])"
    by_code = dict(tab.eval_on_selector_all("#areas path", fills))
    colours = tab.evaluate("view.colours")
    assert by_code.pop(GAP) not in colours
    assert {*by_code.values()} <= {*colours}
    row = tab.locator(f'tbody tr[data-code="{GAP}"]')
    assert not re.search(r"\d", row.locator("td").nth(2).inner_text())
    assert row.locator("i").evaluate("one => parseFloat(one.style.width)") == 0
    assert tab.inner_text("#legend .none") == "không có số liệu"
    with tab.expect_download() as waiting:
        tab.click("#csv")
    text = waiting.value.path().read_text("utf-8-sig")
    saved = {line["code"]: line for line in csv.DictReader(io.StringIO(text))}
    gap = saved.pop(GAP)
    assert gap["value"] == gap["count"] == gap["out_of"] == ""
    assert gap["why_not"]
    for line in saved.values():
        share = int(line["count"]) / int(line["out_of"])
        assert float(line["value"]) == pytest.approx(share)
        assert line["why_not"] == ""


@pytest.mark.parametrize("wide", [1280, 390])
def test_no_label_of_many_places_lies_on_another(tab, quarters, wide):
    tab.set_viewport_size({"width": wide, "height": 800})
    tab.goto(quarters.as_uri())
    assert tab.evaluate(FAULTS) == []
    boxes = tab.eval_on_selector_all(
        "#names text",
        "all => all.map(one => one.getBBox()).map(b => [b.x, b.y, b.width, b.height])",
    )
    assert len(boxes) > 10
    drawn = [shapely.box(x, y, x + width, y + height) for x, y, width, height in boxes]
    assert not any(
        item.intersects(second_tab) for item, second_tab in itertools.combinations(drawn, 2)
    )


@pytest.mark.parametrize("view", ["", "#l=commune&y=change&g=en"])
@pytest.mark.parametrize("wide", [1280, 390])
def test_it_fits_its_screen_and_axe_finds_nothing(tab, page, wide, view):
    tab.set_viewport_size({"width": wide, "height": 800})
    tab.goto(page + view)
    assert tab.evaluate(FAULTS) == []
    assert audit(tab) == {}
    if wide == 1280:
        assert tab.evaluate("document.documentElement.scrollHeight") <= 800
    else:
        assert tab.locator("section svg").bounding_box()["y"] < 400


def test_paper_has_banner_map_legend_and_the_whole_list(tab, page):
    tab.goto(f"{page}#l=commune")
    assert tab.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 2
    tab.emulate_media(media="print")
    assert tab.locator("tbody tr").last.is_visible()
    assert not tab.is_visible("#find")
    for part in ("#banner", "h2", "svg", "#legend", "footer"):
        assert tab.is_visible(part)
    # the head of a table is repeated on each page
    assert tab.eval_on_selector("thead", "one => getComputedStyle(one).display") == HEAD_OF_TABLE
    stamp = tab.inner_text("thead .paper")
    assert stamp.startswith("SỐ LIỆU MÔ PHỎNG")
    assert "Người dùng ứng dụng nền tảng số, đến 31/12/2023" in stamp
