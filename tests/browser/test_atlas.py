"""Use an atlas as a presenter, a colleague and somebody who cannot see the map do, offline."""

import csv
import io
import re
import subprocess
from contextlib import contextmanager

import country
import invented
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from hganalysis import atlas, findings, frames, indicators, places, ranks, rates, sources, words
from hganalysis.atlas import assemble, views
from hganalysis.build.own import lent, own
from hganalysis.figures.states import state_name

from .conftest import HANGS, audit, lettered, whole_columns

LOCAL = ("file://", "data:", "blob:", "about:")
SIZES = {"projector": (1280, 720), "large": (1920, 1080), "phone": (390, 844)}
TWO = "#m=app_users&w=2022&m2=app_users&w2=2023&l=district&g=vi"
UNLIKE = "#m=app_users&w=2022&m2=files_online&w2=2023&l=district&g={}"


@contextmanager
def opened(browser, file, address="", *, size="projector", faulty=False, **context):
    """Open the page offline; whatever it asks for or fails in is a fault."""
    width, height = SIZES[size]
    viewport = {"width": width, "height": height}
    tab = browser.new_context(viewport=viewport, offline=True, accept_downloads=True, **context)
    page, faults = tab.new_page(), []
    page.set_default_timeout(HANGS * 1000)
    page.faults = faults
    page.on("request", lambda asked: asked.url.startswith(LOCAL) or faults.append(asked.url))
    page.on("console", lambda said: said.type == "error" and faults.append(said.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(file.as_uri() + address)
    yield page
    tab.close()
    assert faulty or faults == []


@pytest.fixture
def page(browser, atlas_file):
    with opened(browser, atlas_file) as page:
        yield page


@pytest.fixture(scope="module")
def figures(atlas_file):
    table = atlas.figures(atlas_file.read_text(encoding="utf-8"))
    keys = ["language", "indicator", "when", "level", "code", "fact"]
    return table.set_index(keys)["text"].sort_index()


def shape(page, code, panel=0):
    return page.locator(f'.panel >> nth={panel} >> .map [data-level] [data-code="{code}"]')


def point_at(page, code, panel=0):
    """Move the pointer onto a place: where its label stands it is surely itself."""
    spot = shape(page, code, panel).evaluate(
        """shape => {
            const box = shape.getBBox(), matrix = shape.getScreenCTM();
            for (let step = 1; step < 20; step++) for (let other = 1; other < 20; other++) {
                const x = box.x + box.width * step / 20, y = box.y + box.height * other / 20;
                const point = new DOMPoint(x, y);
                if (!shape.isPointInFill(point)) continue;
                const seen = point.matrixTransform(matrix);
                if (document.elementFromPoint(seen.x, seen.y) === shape) return [seen.x, seen.y];
            }
        }"""
    )
    page.mouse.move(*spot)


def fills(page, panel=0, level="district"):
    return page.eval_on_selector_all(
        f'.panel:nth-of-type({panel + 1}) [data-level="{level}"] [data-code]',
        "all => Object.fromEntries(all.map(one => [one.dataset.code, one.getAttribute('fill')]))",
    )


@pytest.fixture(scope="module")
def five_states(tmp_path_factory):
    """Write an atlas in which every state that a number may have is on the map."""
    reports = frames.reports().query("indicator == 'app_users' and year == 2023")
    reports = reports[reports["code"] != "31473"].reset_index(drop=True)  # did not report
    reports.loc[reports["code"] == "31399", "count"] = 3  # too few to be told
    found = views.gather

    def gather(*data, **choice):
        made = found(*data, **choice)
        for view in made:
            here = view.table.index == "931"
            view.table.loc[here, "state"] = "not comparable"
            view.table.loc[view.table.index == "932", "state"] = "known"  # else none is
            view.table.loc[here, views.COLUMNS[:-2]] = np.nan
        return made

    with pytest.MonkeyPatch.context() as patch:
        # the sets take the time, and are looked at elsewhere
        patch.setattr(ranks, "MOST_RANKED", 0)
        patch.setattr(assemble, "gather", gather)
        return atlas.write(tmp_path_factory.mktemp("states") / "atlas.html", reports)[0]


# --- what a presenter does ---


@pytest.mark.parametrize("size", ["projector", "large"])
@pytest.mark.parametrize("level", ["district", "commune"])
def test_no_column_that_is_seen_at_first_is_cut_in_two(browser, atlas_file, size, level):
    with opened(browser, atlas_file, f"#l={level}&g=vi", size=size) as page:
        assert whole_columns(page) >= 3 * 8


def test_it_opens_with_a_map_of_every_district_and_the_province_in_large_letters(page):
    assert page.locator('[data-level="district"] path').count() == 8
    assert page.locator("#told .name").inner_text() == "Tỉnh Hậu Giang"
    assert page.locator("#told .value").inner_text() == words.percent(
        rates.to_province(frames.reports().query("indicator == 'app_users' and year == 2023"))[
            "share"
        ].iloc[0]
    )
    size = page.locator("#told .value").evaluate(
        "one => parseFloat(getComputedStyle(one).fontSize)"
    )
    assert size >= 720 / 15  # of the picture's height: read from the last row
    assert page.locator(".names text").count() == 8


@pytest.mark.parametrize("level", ["district", "commune"])
def test_colours_are_those_of_the_classes_for_every_view(browser, atlas_file, level):
    table = atlas.data(atlas_file.read_text(encoding="utf-8"))
    with opened(browser, atlas_file) as page:
        for (name, year), rows in table[table["level"] == level].groupby(["indicator", "year"]):
            page.evaluate(f"location.hash = 'm={name}&w={year}&l={level}'")
            page.wait_for_selector(f"table.on[id='vi.{name}.{year}.{level}']")
            classes = indicators.classes(name)
            number = classes.index(rows.set_index("code")["value"])
            drawn = fills(page, level=level)
            for code, state in rows.set_index("code")["state"].items():
                colour = classes.colours[number[code]]
                hatched = state == "unreliable" and level == "district"
                assert drawn[code] == (f"url(#u-{colour[1:]})" if hatched else colour)
            counted = page.locator(".classes li[data-class]").evaluate_all(
                "all => all.map(one => [Number(one.dataset.class), one.lastChild.textContent])"
            )
            assert dict(counted) == {
                at: str((number == at).sum()) for at in range(len(classes.colours))
            }


def test_a_flip_of_the_year_changes_map_table_title_and_read_out_and_not_the_classes(page, figures):
    point_at(page, "934")
    labels = page.locator(".classes").inner_text()
    axis = page.locator(".bricks text").all_inner_texts()
    borders = "all => all.map(one => one.getAttribute('x'))"
    lie = page.eval_on_selector_all(".bricks rect:not([data-code])", borders)
    assert (
        page.locator("#told .value").inner_text()
        == figures["vi", "app_users", "2023", "district", "934", "value"]
    )
    page.click(".years label:has-text('2022') >> nth=0")
    assert "2022" in page.locator(".panel .title").inner_text()
    assert page.locator("table.on").get_attribute("id") == "vi.app_users.2022.district"
    point_at(page, "934")
    assert (
        page.locator("#told .value").inner_text()
        == figures["vi", "app_users", "2022", "district", "934", "value"]
    )
    assert page.locator(".bricks text").all_inner_texts()[:3] == axis[:3]
    # A brick that moves is a place that moved.
    assert page.eval_on_selector_all(".bricks rect:not([data-code])", borders) == lie
    kept = page.locator(".classes").inner_text()
    assert re.sub(r"\n\d+\n?", "", kept).startswith(re.sub(r"\n\d+\n?", "", labels)[:60])
    page.keyboard.press("ArrowRight")  # the years are one group of buttons
    assert "w=2023" in page.evaluate("location.hash")


def test_the_change_is_a_map_of_its_own(page, figures):
    page.click(".years label:has-text('→')")
    drawn = fills(page)
    classes = indicators.classes("app_users", of_change=True)
    assert drawn["937"] == classes.colours[-1]
    point_at(page, "937")
    told = page.locator("#told").inner_text().replace("\xa0", " ")
    assert figures["vi", "app_users", "2022-2023", "district", "937", "value"] in told
    assert "điểm phần trăm" in told


def test_where_there_is_no_change_no_unit_stands_behind_the_dash(browser, tmp_path, monkeypatch):
    monkeypatch.setattr(ranks, "MOST_RANKED", 0)
    reports = frames.reports().query("indicator == 'app_users'")
    reports = reports[(reports["code"] != "31473") | (reports["year"] == 2022)]
    file = atlas.write(tmp_path / "atlas.html", reports.reset_index(drop=True))[0]
    with opened(browser, file, "#m=app_users&w=2022-2023&p=937") as page:
        assert "w=2022-2023" in page.evaluate("location.hash")
        assert page.locator("#told .value").inner_text() == "–"


def test_whoever_points_sees_every_fact_once_everywhere(page, figures):
    point_at(page, "935")
    wanted = figures["vi", "app_users", "2023", "district", "935"]
    tip = page.locator("#tip")
    assert tip.is_visible()
    for where in (tip.inner_text(), page.locator("#told").inner_text()):
        for fact in ("place", "value", "rank", "count", "chance", "change"):
            assert wanted[fact] in where, fact
    assert page.locator("tr.hot").get_attribute("data-code") == "935"
    assert page.locator(".bricks rect.hot").get_attribute("data-code") == "935"
    assert page.locator(".bricks .here text").text_content() == wanted["value"]
    # its class, and the state of what is not simply known
    assert page.locator(".classes li.here:not(.state)").count() == 1
    assert page.locator(".classes li.here").count() == 2
    assert page.locator(".marks > *").count() == 2
    page.mouse.move(5, 300)
    assert not tip.is_visible()
    assert page.locator(".marks > *").count() == 0


def test_the_interval_is_drawn_where_the_file_has_it(page, atlas_file):
    row = atlas.data(atlas_file.read_text("utf-8")).query(
        "indicator == 'app_users' and year == 2023 and code == '935'"
    )
    point_at(page, "935")
    path = page.locator(".bricks .here path").first.get_attribute("d")
    left, right = map(float, re.match(r"M([\d.]+) [\d.]+H([\d.]+)", path).groups())
    dot = float(page.locator(".bricks .here circle").get_attribute("cx"))
    low, value, high = row[["low", "value", "high"]].iloc[0]
    assert np.isclose((dot - left) / (value - low), (right - dot) / (high - value), rtol=1e-4)
    # The scale is that of shares: points of changes would press them together.
    wide = page.locator(".bricks").evaluate("svg => svg.viewBox.baseVal.width")
    assert right - left > wide / 10


def test_an_interval_that_goes_beyond_the_axis_has_no_cap_there(browser, atlas_file):
    with opened(browser, atlas_file, "#m=app_users&l=commune") as page:
        wide = page.locator(".bricks").evaluate("svg => svg.viewBox.baseVal.width")
        drawn = page.eval_on_selector_all(
            "table.on tbody tr:not(.whole)",
            """all => all.map(row => {
                row.dispatchEvent(new PointerEvent("pointermove", { bubbles: true }));
                return document.querySelector(".bricks .here path").getAttribute("d");
            })""",
        )
    inside = []
    for path in drawn:
        left, right, caps = re.fullmatch(r"M([\d.]+) [\d.]+H([\d.]+)(.*)", path).groups()
        inside.append(sum(0 < float(end) < wide for end in (left, right)))
        assert caps.count("v") == inside[-1]
    assert {1, 2} <= set(inside)


def test_a_measure_that_was_not_taken_in_the_year_opens_at_its_last(page):
    page.select_option(".pick >> nth=0 >> select", "ewallet_users")
    shown = page.eval_on_selector_all("table.on", "all => all.map(one => one.id)")
    assert shown == ["vi.ewallet_users.2022.district"]


def test_the_number_above_the_bricks_stays_within_the_legend(browser, atlas_file):
    with opened(browser, atlas_file, "#l=commune") as page:
        rows = page.locator("table.on tbody tr")
        for at in (0, rows.count() - 2):  # highest and lowest; the province is below
            rows.nth(at).locator("button").click()
            left, right, wide = page.locator(".bricks .here text").evaluate(
                """text => {
                    const box = text.getBBox();
                    return [box.x, box.x + box.width, text.ownerSVGElement.viewBox.baseVal.width];
                }"""
            )
            assert -0.5 <= left < right <= wide + 0.5


def test_the_table_points_at_the_map_and_a_click_stays(page):
    page.hover('table.on tr[data-code="933"]')
    mark = page.locator(".marks .line")
    assert mark.get_attribute("d") == shape(page, "933").get_attribute("d")
    page.click('table.on tr[data-code="933"] button')
    page.mouse.move(5, 300)
    assert mark.get_attribute("d") == shape(page, "933").get_attribute("d")
    assert "p=933" in page.evaluate("location.hash")
    assert (
        page.locator('table.on tr[data-code="933"] button').get_attribute("aria-pressed") == "true"
    )
    page.click('table.on tr[data-code="933"] button')
    page.mouse.move(5, 300)
    assert mark.count() == 0


def test_what_is_pointed_at_does_not_move_the_map(page):
    before = page.locator(".map").bounding_box()
    for code in ("930", "934", "937"):
        point_at(page, code)
        assert page.locator(".map").bounding_box() == before


def test_columns_sort_by_number_and_the_province_stays_last(page):
    def column(fact):
        codes = page.eval_on_selector_all(
            "table.on tbody tr", "all => all.map(one => one.dataset.code)"
        )
        assert codes[-1] == "93"
        at = page.eval_on_selector_all(
            "table.on thead th", "all => all.map(one => one.dataset.fact)"
        ).index(fact)
        cells = page.locator("table.on tbody tr")
        return [cells.nth(row).locator("> *").nth(at).inner_text() for row in range(len(codes) - 1)]

    def number(text):
        text = text.replace(".", "").replace(",", ".").replace("−", "-")
        return float(re.search(r"-?[\d.]+", text)[0])

    for fact in ("count", "rank", "change", "chance", "value"):
        page.click(f'table.on th[data-fact="{fact}"] button')
        first = [number(text) for text in column(fact)]
        falling = fact != "rank"
        assert first == sorted(first, reverse=falling)
        order = "descending" if falling else "ascending"
        assert page.locator(f'table.on th[data-fact="{fact}"]').get_attribute("aria-sort") == order
        page.click(f'table.on th[data-fact="{fact}"] button')
        assert [number(text) for text in column(fact)] == sorted(first, reverse=not falling)
    page.click('table.on th[data-fact="place"] button')
    assert column("place")[0] == "Huyện Châu Thành"
    assert page.locator("table.on th[aria-sort]").count() == 1


def test_whatever_text_a_row_of_the_file_holds_is_read_back(page):
    rows = [("a", "b, c", "d"), ('"', "", ',",'), ("x\ny", '""', "1.5"), ("=1", "Xã\n", ",")]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows([("one", "two", "three"), *rows])
    found = page.evaluate("text => parse(text)", written.getvalue())
    assert [tuple(one[key] for key in ("one", "two", "three")) for one in found] == rows


def test_places_without_a_number_stand_last_whichever_way_is_sorted(browser, five_states):
    with opened(browser, five_states) as page:
        for _ in range(2):
            page.click('table.on th[data-fact="value"] button')
            cells = page.eval_on_selector_all(
                "table.on tbody tr:not(.whole)", "all => all.map(one => one.cells[1].textContent)"
            )
            known = [bool(cell.strip()) for cell in cells]
            assert known == sorted(known, reverse=True)
            assert len(set(known)) == 2


def test_every_state_has_its_look_its_line_in_the_legend_and_no_number(browser, five_states):
    with opened(browser, five_states) as page:
        drawn = fills(page)
        assert drawn["931"] == "url(#x)"
        assert drawn["937"] == "url(#n)"
        assert any(fill.startswith("url(#u-") for fill in drawn.values())
        assert any(fill.startswith("#") for fill in drawn.values())
        legend = page.locator(".classes .state").all_inner_texts()
        for state in ("no data", "not comparable", "unreliable"):
            assert any(state_name(state) in " ".join(line.split()) for line in legend)
        for code, state in (("931", "not comparable"), ("937", "no data")):
            point_at(page, code)
            assert page.locator("#told .value").inner_text() == "–"
            assert state_name(state) in page.locator("#told dl").inner_text()
            assert not re.search(r"\d", page.locator("#told dl").inner_text())
            assert page.locator(".classes .state.here").count() == 1
            assert page.locator(".bricks .hot").count() == 0
            page.click(f'table.on tr[data-code="{code}"] button')
            assert state_name(state) in page.locator("#live").text_content()
        page.click('table.on th[data-fact="value"] button')
        page.click('table.on th[data-fact="value"] button')
        rows = "all => all.map(one => one.dataset.code)"
        assert set(page.eval_on_selector_all("table.on tbody tr", rows)[-3:-1]) == {"931", "937"}
        page.evaluate("location.hash = 'l=commune'")
        page.wait_for_selector("table.on[id$=commune]")
        drawn = fills(page, level="commune")
        assert drawn["31399"] == "url(#s)"
        assert drawn["31473"] == "url(#n)"
        assert (
            state_name("suppressed") in page.locator('table.on tr[data-code="31399"]').inner_text()
        )


def test_the_target_stands_where_its_class_begins(browser, atlas_file):
    classes = indicators.classes("files_online")
    number = classes.breaks.index(classes.target) + 1
    with opened(browser, atlas_file, "#m=files_online&w=2022") as page:
        lines = page.locator(".classes li:not(.state)").evaluate_all(
            "all => all.map(one => one.dataset.class ?? one.className)"
        )
        at = lines.index("target")
        assert lines[at - 1 : at + 2] == [str(number), "target", str(number - 1)]  # highest on top
        left = "one => one.getBBox().x"
        mark = page.locator(".bricks path.target").evaluate(left)
        assert page.locator(".bricks > rect").nth(number).evaluate(left) == pytest.approx(mark)


# --- two maps ---


def test_two_maps_point_together_and_years_of_one_measure_have_a_change(
    browser, atlas_file, figures
):
    with opened(browser, atlas_file, TWO) as page:
        assert page.locator(".panel").count() == 2
        point_at(page, "936", panel=1)
        for panel in (0, 1):
            mark = page.locator(".panel").nth(panel).locator(".marks .line")
            assert mark.get_attribute("d") == shape(page, "936", panel).get_attribute("d")
        # the tip is of the map that is pointed at
        tip = page.locator("#tip").inner_text()
        assert figures["vi", "app_users", "2023", "district", "936", "chance"] in tip
        told = page.locator("#told").inner_text()
        for when in ("2022", "2023"):
            assert figures["vi", "app_users", when, "district", "936", "value"] in told
        change = figures["vi", "app_users", "2023", "district", "936", "change"]
        assert change in told
        assert change in page.locator('#both tr[data-code="936"]').inner_text()
        assert page.locator("#gate").is_hidden()
        # one scale for both: the same class has the same colour
        assert set(fills(page, 0).values()) & set(fills(page, 1).values())
        shown = [page.locator(".classes").nth(at).inner_text() for at in (0, 1)]
        assert re.sub(r"\n\d+", "", shown[0]) == re.sub(r"\n\d+", "", shown[1])
        # the column of the other view is another column: its first click sorts from the highest
        for panel in (1, 1, 0):
            head = page.locator(f'#both th[data-fact="value"][data-panel="{panel}"]')
            was = head.get_attribute("aria-sort")
            head.locator("button").click()
            falls = was != "descending"
            assert head.get_attribute("aria-sort") == ("descending" if falls else "ascending")


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_unlike_measures_get_the_sentence_of_the_gate_and_no_change(browser, atlas_file, language):
    with words.use(language):
        pair = indicators.get("app_users", year=2022), indicators.get("files_online", year=2023)
        sentence = findings.gate(*pair)
    with opened(browser, atlas_file, UNLIKE.format(language)) as page:
        assert page.locator("#gate").inner_text() == sentence
        assert page.locator('#both th[data-fact="change"]').count() == 0
        assert page.locator("#told dl").count() == 0


def test_the_second_map_comes_and_goes(page):
    page.check("#compare")
    assert page.locator(".panel").count() == 2
    titles = [page.locator(".panel .title").nth(at).inner_text() for at in (0, 1)]
    assert "2022" in titles[0]
    assert "2023" in titles[1]
    page.select_option(".pick >> nth=1 >> select", "files_online")
    assert page.locator("#gate").is_visible()
    page.uncheck("#compare")
    assert page.locator(".panel").count() == 1
    assert page.locator("#gate").is_hidden()


# --- search, language, address, file ---


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("long my", {"936", "937"}),
        ("LONG MỸ", {"936", "937"}),
        ("ĐÔNG PHÚ", {"31375", "31384", "31387"}),
        ("my long", {"936", "937"}),
        ("châu thành a", {"932"}),
        ("31318", {"31318"}),
        ("phuong vii", {"31330"}),
        ("dong phu", {"31375", "31384", "31387"}),  # Đông Phú, Đông Phước, Đông Phước A
        ("phuong 31330", {"31330"}),  # of the words all must fit
        ("vinh tuong", {"31459", "31475"}),
        ("hà nội", set()),
    ],
)
def test_search_ignores_accents_and_finds_both(page, typed, found):
    page.fill("#search", typed)
    codes = page.eval_on_selector_all(
        "#found [data-place]", "all => all.map(one => one.dataset.place)"
    )
    assert set(codes) == found
    assert page.locator("#found").is_visible()
    # that nothing was found is said where places would stand, and cannot be chosen
    assert page.locator("#found [aria-disabled=true]").count() == (not found)
    assert page.locator("#found [role=option]").count() == max(len(found), 1)
    assert page.locator("#live").text_content()


def test_what_was_found_is_chosen_by_keyboard(page):
    page.focus("#search")
    page.keyboard.type("tan binh")
    page.keyboard.press("ArrowDown")
    option = page.locator("#found [aria-selected=true]")
    assert page.get_attribute("#search", "aria-activedescendant") == option.get_attribute("id")
    page.keyboard.press("Enter")
    assert "l=commune" in page.evaluate("location.hash")
    assert page.locator("#told .name").inner_text().startswith("Xã Tân Bình")
    assert page.locator("#found").is_hidden()
    page.keyboard.press("Escape")  # closes its card
    assert page.locator("tr.chosen").is_visible()
    page.focus("#search")
    page.keyboard.type("vi")
    page.keyboard.press("Escape")  # leaves the search, and what was chosen alone
    assert page.locator("#found").is_hidden()
    assert "p=" in page.evaluate("location.hash")


def test_english_is_english_and_vietnamese_vietnamese(browser, atlas_file):
    for language, other in (("en", "vi"), ("vi", "en")):
        for address in (f"#g={language}", UNLIKE.format(language)):
            with opened(browser, atlas_file, address) as page:
                assert page.get_attribute("html", "lang") == language
                seen = page.locator(f"[lang={other}]:visible").evaluate_all(
                    "all => all.filter(one => !one.closest('#languages')).length"
                )
                assert seen == 0
                with words.use(language):
                    assert page.title() == words.term(
                        "atlas.title", province="Hậu Giang" if language == "vi" else "Hau Giang"
                    )
                    assert words.term("words.simulated") in page.locator("#strip").inner_text()
                text = page.locator("body").inner_text()
                if language == "en":
                    assert not re.search(
                        "[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ]", text
                    )


def test_an_address_opens_the_view_that_it_was_copied_from(browser, atlas_file):
    with opened(browser, atlas_file) as page:
        page.check("#compare")
        page.click("#languages label:has-text('EN')")
        page.click('table.on tr[data-code="931"] button')
        address, text = page.evaluate("location.hash"), page.locator("#told").inner_text()
    with opened(browser, atlas_file, address) as page:
        assert page.evaluate("location.hash") == address
        assert page.locator("#told").inner_text() == text


@pytest.mark.parametrize(
    "address",
    [
        "#m=<img src=x onerror=alert(1)>&w=1&l=x&g=fr&p=1",
        "#m=constructor&w=__proto__&l=toString&g=valueOf&m2=constructor",
        "#%E0%A4%A&&&===",
        "#p=%22%5D%2C*",
        "#m=app_users&w=1999",  # a year that it was not taken in: its last, and no change
    ],
)
def test_an_address_that_means_nothing_opens_the_first_view(browser, atlas_file, address):
    with opened(browser, atlas_file, address) as page:
        assert page.locator("table.on").get_attribute("id") == "vi.app_users.2023.district"
        assert page.locator("img").count() == 0


def test_the_file_is_saved_whole_and_says_that_it_is_simulated(page, atlas_file, tmp_path):
    with page.expect_download() as download:
        page.click("#save")
    assert download.value.suggested_filename == "tap-ban-do-so-lieu-mo-phong.csv"
    download.value.save_as(tmp_path / "a.csv")
    content = (tmp_path / "a.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    saved = pd.read_csv(io.BytesIO(content), dtype={"code": "str"})
    pd.testing.assert_frame_equal(saved, atlas.data(atlas_file.read_text("utf-8")))
    assert saved.columns[0] == "note"
    assert set(saved["note"]) == {"SỐ LIỆU MÔ PHỎNG / SIMULATED DATA"}


# --- keyboard, screen reader, no script ---


def test_the_map_is_walked_with_arrow_keys_and_said_aloud(page, figures):
    page.focus(".sheet")
    page.keyboard.press("ArrowRight")
    at = page.evaluate("location.hash.match(/p=(\\d+)/)[1]")
    spoken = page.locator("#live").text_content()
    assert figures["vi", "app_users", "2023", "district", at, "place"] in spoken
    assert figures["vi", "app_users", "2023", "district", at, "value"] in spoken
    seen = {at}
    for key in ["ArrowRight", "ArrowDown", "ArrowRight", "ArrowUp", "ArrowUp", "ArrowLeft"] * 3:
        page.keyboard.press(key)
        seen.add(page.evaluate("location.hash.match(/p=(\\d+)/)[1]"))
    assert len(seen) >= 6
    page.keyboard.press("Escape")
    assert "p=" not in page.evaluate("location.hash")


def test_an_arrow_leads_where_it_points(page):
    page.focus(".sheet")

    def middle():
        box = shape(page, page.evaluate("location.hash.match(/p=(\\d+)/)[1]")).bounding_box()
        return np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])

    page.keyboard.press("ArrowRight")
    moves = {key: [] for key in ("ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp")}
    for key in ["ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"] * 3:
        before = middle()
        page.keyboard.press(key)
        moves[key].append(middle() - before)
    for key, axis, sign in (
        ("ArrowRight", 0, 1),
        ("ArrowLeft", 0, -1),
        ("ArrowDown", 1, 1),
        ("ArrowUp", 1, -1),
    ):
        went = [sign * move[axis] for move in moves[key] if move.any()]
        assert went
        assert min(went) > 0


FOCUSED = """(() => {
    const one = document.activeElement, next = one.nextElementSibling;
    const drawn = it => it && getComputedStyle(it).outlineStyle !== "none";
    if (one !== document.body && !drawn(one) && !drawn(next)) return "not seen: " + one.outerHTML;
    return one.id || one.name || one.className || one.tagName;
})()"""


def test_every_control_is_reached_by_tab_with_the_table_before_the_map(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(FOCUSED))
    order = [
        reached.index(one)
        for one in ("level", "compare", "search", "language", "save", "year-0", "table", "sheet")
    ]
    assert order == sorted(order)
    assert [one for one in reached if one.startswith("not seen")] == []
    outline = page.evaluate("getComputedStyle(document.querySelector('.sheet')).outlineStyle")
    page.focus(".sheet")
    page.keyboard.press("ArrowUp")
    assert outline == "none"
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.sheet')).outlineStyle") == "solid"
    )


AUDITED = [
    ("#g=vi", "projector", "light"),
    ("#g=en&l=commune&p=31318", "projector", "light"),
    ("#w=2022-2023&m=app_users&g=en", "large", "dark"),
    (UNLIKE.format("vi"), "projector", "light"),
    ("#g=vi&p=934", "phone", "light"),
    ("#g=en&l=commune", "phone", "dark"),
]


def test_axe_finds_nothing(page):
    found = {}
    for address, size, scheme in AUDITED:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(dict(zip(("width", "height"), SIZES[size], strict=True)))
        page.evaluate("address => { location.hash = address; }", address)
        page.reload()
        if page.locator("#more").is_visible():  # what a phone folds away is looked at, too
            page.click("#more")
        page.fill("#search", "long my")
        found[address] = audit(page)
    assert not any(found.values()), found


PLANTED = {
    "color-contrast": "document.querySelector('.counts').style.color = '#ccc'",
    "aria-allowed-attr": "document.querySelector('.title').setAttribute('aria-checked', 'true')",
    "label": "for (const name of ['aria-label', 'placeholder']) "
    "document.querySelector('#search').removeAttribute(name)",
    "select-name": "document.querySelector('.pick select').removeAttribute('aria-label')",
    "html-has-lang": "document.documentElement.removeAttribute('lang')",
}


@pytest.mark.parametrize("fault", PLANTED)
def test_axe_finds_what_is_planted(page, fault):
    page.evaluate(PLANTED[fault])
    assert fault in audit(page, [fault])


def test_without_script_there_are_the_map_every_table_and_the_sources(browser, atlas_file):
    with opened(browser, atlas_file, java_script_enabled=False) as page:
        tables = len(re.findall("<table", atlas_file.read_text("utf-8")))
        assert page.locator("table:visible").count() == tables
        assert page.locator(".map path:visible").count() >= 8
        assert page.locator("#source").is_visible()
        assert page.locator("#strip").is_visible()
        assert page.locator("button:visible, select:visible, input:visible").count() == 0


def test_before_its_script_has_come_no_table_is_laid_out(browser, atlas_file, tmp_path):
    whole = atlas_file.read_text("utf-8")
    begun = tmp_path / "begun.html"
    begun.write_text(whole[: whole.rindex("<script>")], "utf-8")
    with opened(browser, begun) as page:
        assert page.locator("table").count() > 10
        assert page.locator("table:visible").count() == 0


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("address", ["#g=vi&l=commune", UNLIKE.format("en")])
def test_nothing_is_wider_than_the_window(browser, atlas_file, size, address):
    with opened(browser, atlas_file, address, size=size) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        small = page.evaluate(
            """[...document.querySelectorAll('button, select, label')].filter(one => {
                const box = one.getBoundingClientRect();
                return box.width && (box.height < 24 || box.width < 24);
            }).length"""
        )
        assert small == 0


def test_another_level_lets_go_of_the_place(browser, atlas_file):
    with opened(browser, atlas_file, "#m=app_users&w=2023&l=district&g=vi&p=936") as page:
        assert page.locator("#told .name").inner_text() == "Huyện Long Mỹ"
        page.locator("#levels label").nth(1).click()
        assert "p=" not in page.evaluate("location.hash")
        assert page.locator("#told .name").inner_text() == "Tỉnh Hậu Giang"
        assert page.locator("table.on tr.chosen").count() == 0


# --- the simulated says so; the policy holds ---


def test_one_simulated_view_of_two_puts_the_banner_on_their_table(browser, tmp_path):
    reports = frames.reports().query("indicator == 'app_users'")
    mixed = reports.assign(origin=reports["year"].map({2022: "simulated", 2023: "reported"}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranks, "MOST_RANKED", 0)
        [file] = atlas.write(tmp_path / "atlas.html", mixed)
    with opened(browser, file, TWO) as page:
        assert page.locator("#both caption .banner").is_visible()
        assert page.locator(".panel").nth(0).locator(".sheet .banner").is_visible()
        assert page.locator(".panel").nth(1).locator(".sheet .banner").is_visible() is False
        with page.expect_download() as download:
            page.click("#save")
        assert "mo-phong" in download.value.suggested_filename
    with opened(browser, file, "#m=app_users&w=2023&m2=app_users&w2=2022&l=district") as page:
        assert page.locator("#both caption .banner").is_visible()  # whichever stands first


@pytest.fixture(scope="module")
def many_years(tmp_path_factory):
    """Make an atlas of five years and two platforms, of districts with very long names."""
    folder = tmp_path_factory.mktemp("many")
    platforms = {f"net{number}_users": 0.2 for number in range(5)}
    years = (2020, 2021, 2023, 2024, 2026)
    files = invented.write(folder, years=years, platforms=platforms)
    for kind in ("places", "reports"):
        table = pd.read_csv(files[kind], dtype=str)
        long = table["district"] + " Trần Hưng Đạo Nguyễn Thị Minh Khai Lê Thánh Tông"
        table.assign(district=long).to_csv(files[kind], index=False)
    with lent(
        reports=files["reports"],
        areas=files["areas"],
        list_of_places=files["places"],
        catalogue=files["indicators"],
    ):
        two = frames.reports().query("indicator in ('net3_users', 'net4_users')")
        [file] = atlas.write(folder / "atlas.html", two)
    return file


@pytest.mark.parametrize(("years", "follow"), [((2020, 2021), True), ((2020, 2023), False)])
def test_only_years_that_follow_each_other_are_subtracted(browser, many_years, years, follow):
    address = "#m=net3_users&w={}&m2=net3_users&w2={}&l=district".format(*years)
    with opened(browser, many_years, address) as page:
        heads = page.eval_on_selector_all(
            "#both thead th", "all => all.map(one => one.dataset.fact)"
        )
        assert "value" in heads
        assert ("change" in heads) == follow


def test_beside_a_year_comes_the_one_before_it(browser, many_years):
    with opened(browser, many_years, "#m=net3_users&w=2026&l=district") as page:
        page.check("#compare")
        address = page.evaluate("location.hash")
        assert "w=2024" in address
        assert "w2=2026" in address


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("address", ["", "#m=net3_users&w=2020&m2=net3_users&w2=2026&l=district"])
def test_of_many_years_every_choice_is_seen_and_none_lies_on_another(
    browser, many_years, address, size
):
    with opened(browser, many_years, address, size=size) as page:
        boxes = page.eval_on_selector_all(
            ".years label, .pick:not([hidden]) select",
            "all => all.filter(one => one.offsetParent).map(one => {"
            " const box = one.getBoundingClientRect();"
            " return [box.left, box.top, box.right, box.bottom]; })",
        )
        assert len(boxes) == (2 if address else 1) * (1 + 5 + 4)
        for at, (left, top, right, bottom) in enumerate(boxes):
            assert left >= 0
            assert right <= SIZES[size][0]
            for other in boxes[at + 1 :]:
                wide = min(right, other[2]) - max(left, other[0])
                high = min(bottom, other[3]) - max(top, other[1])
                assert wide < 1 or high < 1
        value = page.locator("#table table.on tbody td").first
        name = page.locator("#table table.on tbody th").first
        if not address and size != "phone":  # beside the longest name its number is in view
            seen = page.locator("#table").bounding_box()
            box = value.bounding_box()
            assert box["x"] + box["width"] <= seen["x"] + seen["width"] + 1
        assert "Minh Khai" in name.inner_text()


@pytest.mark.parametrize("size", SIZES)
def test_no_name_runs_over_the_edge_of_its_map(browser, many_years, size):
    with opened(browser, many_years, size=size) as page:
        room = page.locator(".map").first.bounding_box()
        boxes = page.eval_on_selector_all(
            ".names text", "all => all.map(one => one.getBoundingClientRect().toJSON())"
        )
        assert boxes
        for box in boxes:
            assert box["left"] >= room["x"] - 1
            assert box["right"] <= room["x"] + room["width"] + 1


def test_the_banner_is_on_the_page_each_map_and_the_table(browser, atlas_file):
    for address in ("#g=vi", TWO):
        with opened(browser, atlas_file, address) as page:
            banners = page.locator("#strip, .sheet .banner, table.on caption .banner")
            assert banners.count() == (5 if "m2" in address else 3) - (1 if "m2" in address else 0)
            for at in range(banners.count()):
                assert banners.nth(at).is_visible()
                assert "SỐ LIỆU MÔ PHỎNG" in banners.nth(at).inner_text()


def test_a_script_or_a_picture_from_elsewhere_is_stopped(browser, atlas_file, tmp_path):
    bad = tmp_path / "bad.html"
    planted = '<script>document.title = "run"</script><img src="http://127.0.0.1:9/a.png"></body>'
    bad.write_text(atlas_file.read_text("utf-8").replace("</body>", planted), "utf-8")
    with opened(browser, bad, faulty=True) as page:
        assert page.title() != "run"
        stopped = [fault for fault in page.faults if "Content Security Policy" in fault]
        assert len(stopped) == 2


# --- print ---


def printed(page, folder, paper):
    """Print as a presenter does; give the text of each page, and the first as a picture."""
    file = folder / f"{paper}.pdf"
    page.pdf(path=file, format=paper, landscape=True)
    info = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
    text = subprocess.run(
        ["pdftotext", "-layout", file, "-"], capture_output=True, check=True
    ).stdout
    subprocess.run(
        ["pdftoppm", "-r", "40", "-png", "-f", "1", "-l", "1", file, folder / paper], check=True
    )
    [picture] = folder.glob(f"{paper}*.png")
    size = tuple(map(float, re.search(r"Page size: +([\d.]+) x ([\d.]+)", info).groups()))
    return text.decode().split("\f")[:-1], Image.open(picture).convert("RGB"), size


@pytest.mark.parametrize(("paper", "millimetres"), [("A4", (297, 210)), ("A3", (420, 297))])
@pytest.mark.parametrize("address", ["#g=vi&p=934", TWO, "#g=vi&l=commune"])
def test_print_has_map_legend_banner_and_source_on_every_page(
    browser, atlas_file, tmp_path, paper, millimetres, address
):
    with opened(browser, atlas_file, address) as page:
        pages, picture, size = printed(page, tmp_path, paper)
        legend = page.locator(".classes li span:first-of-type").all_inner_texts()
    assert np.allclose([72 * side / 25.4 for side in millimetres], size, atol=1)
    assert 2 <= len(pages) <= (6 if "commune" in address else 3)
    for text in pages:
        assert "SỐ LIỆU MÔ PHỎNG" in text
        assert "Nguồn: số mô phỏng" in text
        assert "Mã số liệu" in text
    for line in legend:
        assert " ".join(line.split())[:18] in " ".join(pages[0].split())
    level = "commune" if "commune" in address else "district"
    names = getattr(places, f"{level}s")()["name_vi"]
    whole = " ".join(" ".join(pages[1:]).split())
    assert [name for name in names if name not in whole] == []
    tables = [text for text in pages[1:] if re.search(r"\d,\d\s%", text)]
    assert all("Đơn vị" in text for text in tables)
    colours = {f"#{r:02x}{g:02x}{b:02x}" for _, (r, g, b) in picture.getcolors(1 << 20)}
    assert "#b3261e" in colours
    assert {"#17224d", "#264f82"} & colours
    # nothing is drawn up to the edge of the paper, so nothing was cut there
    edge = np.asarray(picture)
    assert (edge[:, -8:] == 255).all()
    assert (edge[-8:] == 255).all()


# --- an atlas of several files ---


def part_of_a_country(folder, share):
    """Lay out a part of the invented country as one's own data, in `folder / "own"`."""
    files = country.write(folder / "files", share)
    names = {"reports": "reports", "areas": "areas", "list_of_places": "places"}
    own(folder / "own", **{key: files[name] for key, name in names.items()})


@pytest.fixture(scope="module")
def stick(tmp_path_factory):
    """Write the atlas of a country of two provinces: an overview, and two pages, all packed."""
    folder = tmp_path_factory.mktemp("country")
    part_of_a_country(folder, 0.02)
    (folder / "stick").mkdir()
    with pytest.MonkeyPatch.context() as patch, sources.use(folder / "own"):
        patch.setattr(ranks, "MOST_RANKED", 0)
        patch.setattr(assemble, "LIMIT", 195_000)
        table = frames.reports().query("indicator in ('app_users', 'files_online')")
        return atlas.write(folder / "stick" / "atlas.html", table)


def test_pages_of_an_atlas_lead_to_each_other_and_keep_what_was_chosen(browser, stick):
    whole, first, _ = stick
    told = atlas.figures(first.read_text("utf-8"))
    told = told.set_index(["language", "indicator", "when", "level", "code", "fact"])["text"]
    assert 'id="packed"' in first.read_text("utf-8")
    with opened(browser, whole, "#m=files_online&w=2022&g=en") as page:
        assert page.locator("#levels").is_hidden()
        page.locator("#parts summary").click()
        page.locator("#parts a").first.click()
        page.wait_for_url(f"**/{first.name}*")
        page.locator("table.on").wait_for()
        assert page.evaluate("location.hash").startswith("#m=files_online&w=2022")
        assert page.locator("html").get_attribute("lang") == "en"
        page.locator("#levels label").nth(1).click()
        row = page.locator("table.on tbody tr").first
        code = row.get_attribute("data-code")
        assert told["en", "files_online", "2022", "commune", code, "value"] in row.inner_text()
        shown = page.locator("table.on tbody tr:not(.whole)")
        codes = shown.evaluate_all("rows => rows.map((row) => row.dataset.code)")
        values = [told["en", "files_online", "2022", "commune", one, "value"] for one in codes]
        numbers = [float(value.rstrip("%")) for value in values]
        assert numbers == sorted(numbers, reverse=True)
        page.locator("#parts a").click()
        page.wait_for_url(f"**/{whole.name}*")
        assert page.evaluate("location.hash").startswith("#m=files_online&w=2022")


def test_a_district_of_the_overview_leads_to_the_page_of_its_province(browser, stick):
    with opened(browser, stick[0]) as page:
        page.locator("table.on tbody tr", has_text="Huyện").first.click()
        code = page.locator("tr.chosen").get_attribute("data-code")
        page.locator("#told a").click()
        page.wait_for_url(re.compile(r"atlas-0\d-"))
        page.locator("tr.chosen").wait_for()
        assert page.locator("tr.chosen").get_attribute("data-code") == code


def test_a_packed_page_is_drawn_as_a_plain_one_and_axe_finds_nothing(browser, stick):
    with opened(browser, stick[1]) as page:
        page.locator("table.on").wait_for()
        shapes = page.locator('.map [data-level="district"] path')
        fills = shapes.evaluate_all("all => all.map((one) => one.getAttribute('fill'))")
        assert len(fills) == 5
        assert all(fills)
        assert audit(page) == {}


def test_every_table_of_a_packed_page_has_its_own_rows(browser, stick):
    """Those of its language and view, as the package unpacks them."""
    rows = """root => Object.fromEntries([...root.querySelectorAll(".tables table")].map(one => [
        one.id, [...one.tBodies[0].rows].map(row => row.textContent.trim()).sort()]))"""
    with opened(browser, stick[1]) as page:
        page.locator("table.on").wait_for()
        shown = page.evaluate(f"({rows})(document)")
        parsed = "text => new DOMParser().parseFromString(text, 'text/html')"
        text = atlas.unpacked(stick[1].read_text("utf-8"))
        packed = page.evaluate(f"text => ({rows})(({parsed})(text))", text)
    assert {name.partition(".")[0] for name in shown} == set(words.LANGUAGES)
    assert shown == packed


def test_a_packed_page_says_what_it_needs_where_it_cannot_be_opened(browser, stick):
    with opened(browser, stick[1], java_script_enabled=False) as page:
        assert "JavaScript" in page.locator("noscript").inner_text()
    with opened(browser, stick[1], faulty=True) as page:
        page.add_init_script("delete window.DecompressionStream")
        page.reload()
        page.locator("#old").wait_for()
        assert "Firefox" in page.locator("#old").inner_text()


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Write a page of 70 districts."""
    folder = tmp_path_factory.mktemp("many")
    part_of_a_country(folder, 0.1)
    with pytest.MonkeyPatch.context() as patch, sources.use(folder / "own"):
        patch.setattr(ranks, "MOST_RANKED", 0)
        table = frames.reports().query("indicator == 'app_users' and year == 2022")
        shown = views.gather(table, levels=("district",))
        page = next(
            assemble.made(shown, assemble.ground(shown, None, None), around=assemble.Around())
        )
    file = folder / "many.html"
    file.write_text(page, encoding="utf-8")
    return file


KEY = """() => {
    const [panel] = document.querySelectorAll(".panel"), map = panel.querySelector(".map");
    const step = stepOf(map), look = one => Number(one.getAttribute("r"));
    const patterns = [...document.querySelectorAll("pattern")].map(one =>
        Number(one.getAttribute("patternTransform").match(/scale\\(([^)]+)/)[1]) / step);
    return {
        key: [...panel.querySelectorAll(".sizes svg")].map(one =>
            [one.nextElementSibling.textContent, look(one.firstElementChild)]),
        circles: Object.fromEntries([...map.querySelectorAll('[data-level="commune"] circle')]
            .map(one => [one.dataset.code, look(one) / step])),
        hatch: [Math.min(...patterns), Math.max(...patterns)],
        keys: panel.querySelectorAll(".sizes").length,
        letter: em(),
        plates: [...map.querySelectorAll(".names rect")].map(one => one.getBoundingClientRect())
            .map(({ left, top, right, bottom }) => [left, top, right, bottom]),
        rows: [...map.querySelectorAll(".names tspan")].map(one => one.getClientRects()[0])
            .map(({ left, right, top, bottom }) => [left, (top + bottom) / 2, right]),
    };
}"""


@pytest.mark.parametrize("size", ["phone", "projector", "large"])
def test_circles_have_a_key_and_hatches_and_letters_their_size_on_each_screen(
    browser, atlas_file, size
):
    with opened(browser, atlas_file, "#g=vi&l=commune", size=size) as page:
        found = page.evaluate(KEY)
        outlined = page.evaluate("chosen.l = 'district'; draw();") or page.evaluate(KEY)
    people = places.communes()["population"].rename(index=str)
    per_person = {round(found["circles"][code] ** 2 / people[code], 4) for code in people.index}
    for said, radius in found["key"]:
        number = int(said.replace(".", ""))
        assert people.min() <= number <= people.max()
        assert min(per_person) * 0.9 <= radius**2 / number <= max(per_person) * 1.1
    assert 2 <= len(found["key"]) <= 3
    assert (found["keys"], outlined["keys"]) == (1, 0)
    # eight pixels, and as much more as letters are larger
    wide = max(1, found["letter"] / 16)
    assert found["hatch"] == pytest.approx([wide, wide])
    # each line of letters has its plate: no hatch runs between them
    assert len(outlined["plates"]) == len(outlined["rows"]) >= 16
    for (left, top, right, bottom), (start, middle, end) in zip(
        outlined["plates"], outlined["rows"], strict=True
    ):
        assert top < middle < bottom
        assert left <= start + 1
        assert right >= end - 1


def test_of_many_places_only_labels_that_fit_on_them_are_written(browser, many):
    with opened(browser, many) as page:
        shapes = '.map [data-level="district"] path'
        found = lettered(page, ".map .names text", "tspan", shapes)
        count = page.locator(shapes).count()
    assert (found["beside"], found["lines"], found["faults"]) == (0, 0, [])
    assert count / 3 < found["labels"] < count == 70
