"""Show an atlas to a hall: on any screen, by keyboard, its answers, chance and targets."""

import math
import re
import subprocess
from contextlib import contextmanager

import elsewhere
import numpy as np
import pytest

from hganalysis import atlas, frames, indicators, slides, words
from hganalysis.build.own import lent

from .conftest import audit, lettered
from .test_atlas import figures, opened, shape  # noqa: F401  (figures is a fixture)

SCREENS = {
    "phone": (390, 844),
    "on its side": (844, 390),
    "old projector": (1024, 768),
    "laptop": (1440, 900),
    "wall": (3840, 2160),
}
BOX = """one => { const box = one.getBoundingClientRect();
    return [box.left, box.top, box.right, box.bottom, box.width, box.height]; }"""


@pytest.fixture(scope="module")
def tab(browser, atlas_file):
    """Open one page for all; each test leaves it as it found it."""
    with opened(browser, atlas_file) as page:
        yield page


@pytest.fixture
def page(tab):
    screen(tab, "laptop")
    go(tab, "g=vi")
    tab.evaluate("aims.clear()")
    yield tab
    tab.emulate_media(color_scheme="light", reduced_motion="no-preference", media="null")
    tab.keyboard.press("Escape")
    if tab.locator("#target").is_visible():
        tab.click("#aim")


def screen(page, name):
    width, height = SCREENS[name]
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("draw()")


def go(page, address):
    page.evaluate(
        "address => { history.replaceState(null, '', '#' + address); read(); draw(); }", address
    )


@pytest.fixture(scope="module")
def numbers(atlas_file):
    table = atlas.data(atlas_file.read_text("utf-8"))
    return table.set_index(["indicator", "year", "level", "code"]).sort_index()


# --- screens ---


def land(page):
    """Say where the land on the map begins and ends."""
    drawn = page.locator('.map [data-level="district"] path')
    boxes = np.array(drawn.evaluate_all(f"all => all.map({BOX})"))
    return *boxes[:, :2].min(axis=0), *boxes[:, 2:4].max(axis=0)


@pytest.mark.parametrize("name", SCREENS)
def test_the_map_is_on_the_screen_and_large(page, name):
    screen(page, name)
    left, top, right, bottom = land(page)
    width, height = SCREENS[name]
    if name != "phone":  # there the eye scrolls
        assert top >= 0
        assert bottom <= height
    share = {"phone": 0.85, "on its side": 0.35, "old projector": 0.5, "wall": 0.37}.get(name, 0.43)
    assert right - left >= share * width
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("em()") >= min(14, height / 50)
    if name == "wall":
        assert page.evaluate("em()") >= height / 50


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("name", SCREENS)
def test_each_label_stands_on_its_place_or_beside_all_on_a_line(page, name, language):
    screen(page, name)
    for level in ("district", "commune"):
        go(page, f"g={language}&l={level}")
        found = lettered(page, ".names text", "tspan", '.map [data-level="district"] > path')
        assert found["labels"] == 8
        # between circles, where no place beside is left: mostly on its own
        assert len(found["faults"]) <= (level == "commune" and name == "phone")
        assert found["beside"] == found["lines"]
        named = page.locator(".names text:has(.name)").count()
        assert (named, page.locator(".names .value").count()) == (8, 8 * (level == "district"))


@pytest.mark.parametrize("language", words.LANGUAGES)
@pytest.mark.parametrize("name", ["laptop", "full", "wall"])
def test_the_whole_is_seen_below_its_places_and_above_the_source(page, name, language):
    width, height = {**WALLS, "full": (1920, 1080)}[name]
    page.set_viewport_size({"width": width, "height": height})
    go(page, f"g={language}")
    for cell in page.locator("#table table.on tr.whole > *").all()[:2]:
        box, table, source = (
            one.evaluate(BOX) for one in (cell, page.locator("#table"), page.locator("#source"))
        )
        assert table[1] < box[1] < box[3] <= table[3] + 1 <= source[1] + 2
    assert source[3] <= height + 1


def test_nothing_of_a_row_is_seen_below_the_whole(page):
    screen(page, "wall")
    page.set_viewport_size({"width": 1920, "height": 1080})
    go(page, "l=commune")
    cells = page.locator("#table table.on tr.whole > *")
    left, _, _, bottom, *_ = cells.first.evaluate(BOX)
    right = cells.last.evaluate(BOX)[2]
    clip = {"x": left, "y": int(bottom) - 2, "width": right - left - 20, "height": 8}
    seen = set()
    for far in range(0, 40, 4):
        page.evaluate(f"document.querySelector('#table').scrollTop = {far}")
        seen.add(page.screenshot(clip=clip))
    page.evaluate("document.querySelector('#table').scrollTop = 0")
    assert len(seen) == 1


PLATES = """() => {
    const places = [...document.querySelectorAll('.map [data-level="district"] > path')];
    const on = (place, x, y) => place.isPointInFill(
        new DOMPoint(x, y).matrixTransform(place.getScreenCTM().inverse()));
    const parts = [0, 0.25, 0.5, 0.75, 1];
    return [...document.querySelectorAll(".map .names rect")].map(one => {
        const { left, top, width, height } = one.getBoundingClientRect();
        const points = parts.flatMap(x => parts.map(y =>
            [left + 1 + x * (width - 2), top + 1 + y * (height - 2)]));
        return places.filter(place => points.some(([x, y]) => on(place, x, y))).length;
    });
}"""


def test_a_plate_lies_on_the_place_of_its_letters_alone(page):
    page.evaluate("document.querySelector('.map').style.setProperty('font-size', '32px'); draw();")
    lines, plates = page.locator(".names tspan").count(), page.evaluate(PLATES)
    page.evaluate("document.querySelector('.map').style.removeProperty('font-size')")
    # letters that stand over neighbours have none: it would be an outline of nothing
    assert 0 < len(plates) < lines
    assert max(plates) == 1


MIDDLES = """all => all.map(one => {
    const letters = document.createRange(), box = one.getBoundingClientRect();
    letters.selectNodeContents(one);
    const { left, right } = letters.getBoundingClientRect();
    return [(left + right) / 2, (box.left + box.right) / 2];
})"""


@pytest.mark.parametrize("name", ["phone", "on its side"])
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_on_a_phone_the_numbers_of_the_answers_have_a_heading(page, name, language):
    screen(page, name)
    go(page, f"g={language}")
    head = page.locator("#answers").evaluate("one => getComputedStyle(one, '::before').content")
    with words.use(language):
        assert head == f'"{words.term("slides.name_opening")}"'
    buttons = page.locator("#answers button")
    assert buttons.all_inner_texts() == ["1", "2", "3"]
    for letters, box in buttons.evaluate_all(MIDDLES):
        assert letters == pytest.approx(box, abs=1)


def test_a_phone_folds_away_what_is_not_needed_at_once(page):
    screen(page, "phone")
    folded = ["#search", "#compare", "#save", "#print", "#languages", "#shake"]
    assert [one for one in folded if page.locator(one).is_visible()] == []
    assert land(page)[1] < SCREENS["phone"][1] * 2 / 3  # the map comes first
    assert page.get_attribute("#more", "aria-expanded") == "false"
    page.click("#more")
    assert page.get_attribute("#more", "aria-expanded") == "true"
    assert [one for one in folded if not page.locator(one).is_visible()] == []
    page.click("#more")
    screen(page, "laptop")
    assert page.locator("#more").is_hidden()
    assert page.locator("#search").is_visible()


def test_on_a_tablet_the_map_is_whole_on_the_first_screen(page):
    page.set_viewport_size({"width": 768, "height": 1024})
    assert page.locator("#more").is_visible()
    assert page.locator("#search").is_hidden()
    left, top, right, bottom = land(page)
    assert 0 <= left < right <= 768
    assert top < 0.45 * 1024
    assert bottom <= 1024


def test_on_its_side_the_legend_is_whole_and_the_source_below_the_map(page):
    for simulated in (True, False):
        screen(page, "on its side")
        page.locator("#strip").evaluate("(one, shown) => { one.hidden = !shown; }", simulated)
        ends = page.locator(".classes li").evaluate_all(f"all => all.map({BOX})")
        assert max(one[3] for one in ends) <= SCREENS["on its side"][1]
        tops = {one: page.locator(one).evaluate(BOX)[1] for one in ("h1", ".map", "#source")}
        assert tops["h1"] < tops["#source"] > tops[".map"], tops
        facts = page.locator("#told dl").evaluate(BOX)
        for fact in page.locator("#told dl > div").evaluate_all(f"all => all.map({BOX})"):
            assert fact[3] <= facts[3] + 1 or fact[1] >= facts[3] - 1  # whole, or not there
    page.locator("#strip").evaluate("one => { one.hidden = false; }")


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_view_says_the_dates_of_what_it_shows_and_no_other(page, language):
    with words.use(language):
        when = {year: indicators.get("app_users", year=year).when for year in (2022, 2023)}
    source = page.locator("#source")
    for years, address in (
        ([2022], "m=app_users&w=2022"),
        ([2023], "m=app_users&w=2023"),
        ([2022, 2023], "m=app_users&w=2022-2023"),
        ([2022, 2023], "m=app_users&w=2022&m2=app_users&w2=2023"),
    ):
        go(page, f"{address}&g={language}")
        said = source.inner_text()
        assert [year for year, one in when.items() if one in said] == years, said
        assert page.locator("#source .dates:visible").count() == 1
        assert not page.evaluate(r"/[.)][A-ZĐ]/.test(document.querySelector('#source').innerText)")


def test_the_banner_breaks_between_its_two_words_only(page):
    lines = """one => { const found = {}, text = document.createRange();
        const node = one.querySelector(`[lang=${document.documentElement.lang}]`).firstChild;
        for (const word of node.textContent.matchAll(/\\S+/g)) {
            text.setStart(node, word.index); text.setEnd(node, word.index + word[0].length);
            (found[Math.round(text.getBoundingClientRect().top)] ??= []).push(word[0]);
        }
        return Object.values(found).map(line => line.join(" ")); }"""
    for name in SCREENS:
        screen(page, name)
        for banner in page.locator(".sheet .banner, #strip > span").all():
            assert banner.evaluate(lines) in (["SỐ LIỆU MÔ PHỎNG"], ["SỐ LIỆU", "MÔ PHỎNG"]), name


@pytest.mark.parametrize("name", SCREENS)
def test_no_limit_below_the_bricks_is_clipped(page, name):
    screen(page, name)
    for measure in indicators.names():
        go(page, f"m={measure}&l=commune&g=vi")
        left, _, right, *_ = page.locator(".key").evaluate(BOX)
        for box in page.locator(".bricks > text").evaluate_all(f"all => all.map({BOX})"):
            assert left <= box[0] < box[2] <= right, measure


@contextmanager
def touched(page):
    """Point with a finger, as the browser then says."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    assert page.evaluate("matchMedia('(pointer: coarse)').matches")
    yield
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
    session.detach()


def test_what_is_tapped_is_as_large_as_a_finger(page):
    with touched(page):
        for name in ("phone", "on its side"):
            screen(page, name)
            page.locator("#more").click()
            page.locator("#aim").evaluate("one => one.click()")
            page.fill("#search", "long")
            boxes = page.locator(
                "button, select, input[type=range], label, #found li"
            ).evaluate_all(f"all => all.map(one => [one.textContent, ...({BOX})(one)])")
            small = [one for one in boxes if one[5] and (min(one[5:]) < 43.9)]
            assert [text for text, *_ in small] == []
            assert sum(box[5] > 0 for box in boxes) > 15
            page.fill("#search", "")
            page.locator("#aim").evaluate("one => one.click()")
            page.locator("#more").click()


def test_dark_is_dark_is_read_and_is_not_printed(page):
    light = "one => getComputedStyle(one).backgroundColor.match(/\\d+/g).map(Number)"
    page.emulate_media(color_scheme="dark")
    go(page, "g=vi&p=934")
    assert max(page.locator("html").evaluate(light)) < 60
    assert max(page.locator("#search").evaluate(light)) < 60
    page.click("#aim")
    assert audit(page) == {}
    page.emulate_media(media="print")
    assert page.locator("html").evaluate(light)[:3] == [255, 255, 255]


def test_the_legend_shows_the_mark_that_the_map_shows(page):
    dashes = "one => [one.tagName, getComputedStyle(one).strokeDasharray]"
    go(page, "l=commune")
    mark = page.locator('.classes [data-state="u"] svg > *')
    on_map = page.locator('[data-level="commune"] .unsure').first
    assert mark.evaluate(dashes) == on_map.evaluate(dashes) != ["circle", "none"]
    assert mark.get_attribute("fill") in indicators.classes("app_users").colours
    go(page, "l=district")
    fill = mark.get_attribute("fill")
    assert fill.startswith("url(#u-")
    assert shape(page, "930").get_attribute("fill").startswith("url(#u-")


def test_on_a4_the_districts_take_two_pages(page, tmp_path):
    for language in words.LANGUAGES:
        go(page, f"g={language}")
        page.pdf(path=tmp_path / "a4.pdf", format="A4", landscape=True)
        said = subprocess.run(
            ["pdfinfo", tmp_path / "a4.pdf"], capture_output=True, text=True, check=True
        )
        assert re.search(r"Pages: +2\n", said.stdout), language


def test_on_paper_the_definitions_follow_their_heading(page, tmp_path):
    go(page, "g=vi&l=commune")
    heading, first = (
        " ".join(page.locator(f"footer {one}:visible").first.inner_text().split())
        for one in ("h2", "dt")
    )
    rows = page.locator("#table table.on tbody tr")
    parted = []
    for fewer in range(18, 34):  # so the heading comes to the end of its sheet, line by line
        rows.evaluate_all(
            "(all, fewer) => all.forEach((one, at) => { one.hidden = at < fewer; })", fewer
        )
        page.pdf(path=tmp_path / "a4.pdf", format="A4", landscape=True)
        said = subprocess.run(
            ["pdftotext", "-layout", tmp_path / "a4.pdf", "-"], capture_output=True, check=True
        )
        sheets = [" ".join(one.split()) for one in said.stdout.decode().split("\f")]
        [at] = [number for number, one in enumerate(sheets) if heading in one]
        parted += [fewer] if first not in sheets[at] else []
    rows.evaluate_all("all => all.forEach(one => { one.hidden = false; })")
    assert parted == []


# --- a place is called ---


def test_a_place_that_is_called_fills_the_wall(page, figures, numbers):  # noqa: F811
    page.focus("#search")
    page.keyboard.type("vi thuy")
    page.keyboard.press("Enter")
    card = page.locator("#card")
    wanted = figures["vi", "app_users", "2023", "district", "935"]
    text = card.inner_text()
    for fact in ("place", "value", "chance", "rank", "count"):
        assert wanted[fact] in text
    assert "SỐ LIỆU MÔ PHỎNG" in text
    assert card.evaluate(BOX)[:4] == [0, 0, *SCREENS["laptop"]]
    size = card.locator(".value").evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
    assert size >= SCREENS["laptop"][1] / 5
    assert card.evaluate("one => one.scrollHeight <= one.clientHeight")
    values = numbers.loc[("app_users", 2023, "district"), "value"]
    near = (values - values["935"]).abs().nsmallest(5).index
    names = {figures["vi", "app_users", "2023", "district", code, "place"] for code in near}
    assert set(card.locator("li span").all_inner_texts()) == names
    assert card.locator("li.here").inner_text().startswith(wanted["place"])
    assert audit(page) == {}
    page.keyboard.press("s")  # what lies behind it stays as it is
    page.keyboard.press("Escape")
    assert not card.is_visible()
    assert page.evaluate("document.activeElement.id") == "search"  # the next name
    assert "p=935" in page.evaluate("location.hash")
    page.focus(".sheet")
    page.keyboard.press("Enter")
    assert card.is_visible()


def test_a_place_is_among_those_beside_it_though_more_are_alike_than_have_room(page):
    found = page.evaluate("""() => { const [view] = shown();
        const rows = [...numbers.get(`${view.measure}.${view.year}.${view.level}`).values()];
        const kept = rows.map(row => row.value);
        rows.forEach(row => row.value = "0.5");
        const told = data.levels[view.level].codes.map(code => [code, peersOf(view, code)]);
        rows.forEach((row, at) => row.value = kept[at]);
        return told; }""")
    assert len(found) > 5
    for code, peers in found:
        assert code in peers
        assert len(set(peers)) == 5


# --- chance is replayed ---

TABLE = "all => all.map(row => [row.dataset.code, row.cells[2].textContent])"
ROWS = "table.on tbody tr:not(.whole)"


def replayed(page):
    """Press the key, and write down what table and map show until it stops."""
    page.evaluate("window.setInterval = step => { window.step = step; return 1; }")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("s")
    for _ in range(20):
        labels = page.locator(".names .value").all_text_contents()
        yield dict(page.eval_on_selector_all(ROWS, TABLE)), labels
        if not page.evaluate("replay.timer"):
            return
        page.evaluate("step()")


def test_chance_shuffles_map_and_table_and_stops_at_the_ranks_that_are_possible(page, numbers):
    before = page.eval_on_selector_all(ROWS, TABLE)
    told = page.locator("#told").inner_text()
    *shuffles, (sets, labels) = replayed(page)
    assert len(shuffles) == 12
    for ranks, on_map in shuffles:
        assert list(ranks.values()) == [str(rank) for rank in range(1, 9)]
        assert sorted(on_map) == sorted(ranks.values())
    assert len({tuple(ranks) for ranks, _ in shuffles}) > 5
    rows = numbers.loc[("app_users", 2023, "district")].sort_values("value", ascending=False)
    possible = [f"{row.rank_low:.0f}–{row.rank_high:.0f}" for row in rows.itertuples()]
    assert [*sets.items()] == [*zip(rows.index, possible, strict=True)]
    assert sorted(labels) == sorted(possible)
    assert "chưa loại trừ" in page.locator("#told").inner_text()
    assert "độc lập" in page.locator("#told").inner_text()
    assert page.locator("#live").text_content() in page.locator("#told").inner_text()
    assert [*replayed(page)][:-1] == shuffles  # the same for everybody who presses the key
    page.keyboard.press("Escape")
    assert page.eval_on_selector_all(ROWS, TABLE) == before
    assert page.locator("#told").inner_text() == told


def test_who_wants_no_motion_sees_the_possible_ranks_at_once(page):
    page.emulate_media(reduced_motion="reduce")
    page.click("#shake")
    assert page.evaluate("replay.timer") == 0
    assert "–" in page.locator(".names .value").first.text_content()


def test_a_letter_that_is_typed_is_no_key_and_a_change_has_no_ranks(page):
    page.focus("#search")
    page.keyboard.type("s")
    assert page.evaluate("replay") is None
    page.fill("#search", "")
    go(page, "m=app_users&w=2022-2023")
    assert page.locator("#shake").is_hidden()
    page.evaluate("shake()")
    assert page.evaluate("replay") is None


@pytest.mark.parametrize("measure", ["app_users", "ecommerce_guided"])  # a share and a ratio
def test_draws_are_those_of_the_intervals_and_of_each_place_by_itself(page, numbers, measure):
    go(page, f"m={measure}&w=2022")
    drawn = page.evaluate("""() => { const [view] = shown(), normal = chance("test");
        return Array.from({ length: 2000 }, () => Object.fromEntries(drawn(view, normal))); }""")
    rows = numbers.loc[(measure, 2022, "district")]
    table = np.array([[one[code] for code in rows.index] for one in drawn])
    scale = np.log(table / (1 - table) if measure == "app_users" else table)
    ends = rows[["low", "value", "high"]].to_numpy().T
    ends = np.log(ends / (1 - ends) if measure == "app_users" else ends)
    found = np.quantile(scale, [0.025, 0.5, 0.975], axis=0)
    assert np.abs(found - ends).max() < 0.08 * (ends[2] - ends[0]).max()
    assert np.abs(np.corrcoef(scale.T) - np.eye(len(rows))).max() < 0.1


# --- a target is tried ---


def test_who_reaches_a_target_exactly_does_not_miss_it(page):
    missed_by_reaching = """() => {
        const [view] = shown(), places = data.levels[view.level].codes;
        const shares = places.map(code => [code, number(view, code, "value")]);
        return shares.filter(([, share]) => 100 * share / 100 === share).map(([code, share]) =>
            [missed(view, 100 * share).length, missed(view, 100 * share)
                .some(one => one.code === code)]);
    }"""
    found = page.evaluate(missed_by_reaching)
    assert len(found) > 3
    assert not any(misses for _, misses in found)
    assert sorted(others for others, _ in found)[-1] > 0


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_target_names_who_misses_it_by_how_many_and_whether_surely(page, numbers, language):
    go(page, f"m=files_online&w=2022&g={language}")
    page.click("#aim")
    slider = page.locator("#target input")
    target = indicators.get("files_online", year=2022).target
    assert slider.input_value() == f"{100 * target:.0f}"
    assert page.evaluate("document.activeElement.type") == "range"
    rows = numbers.loc[("files_online", 2022, "district")]
    for _ in range(12):  # by keyboard
        page.keyboard.press("ArrowRight")
    aim = 100 * target + 12
    lacks = (rows["out_of"] * aim / 100).round(6).map(math.ceil) - rows["count"]
    lacks = lacks[rows["value"] < aim / 100].sort_values(ascending=False)
    assert 1 < len(lacks) < 8
    shown = page.locator("#target li")
    codes = shown.evaluate_all("all => all.map(one => one.dataset.code)")
    assert codes == [*lacks.index]
    with words.use(language):
        unit = indicators.get("files_online", year=2022).unit_label
        for line, (code, lack) in zip(shown.all_inner_texts(), lacks.items(), strict=True):
            assert f"{words.number(lack)} {unit}" in line
            sure = rows.loc[code, "high"] < aim / 100
            key = "atlas.target_sure" if sure else "atlas.target_unsure"
            assert words.term(key) in line
        assert words.number(lacks.sum()) in page.locator("#target output").inner_text()
    outlines = page.locator(".misses > :not(.halo)").evaluate_all(
        "all => all.map(one => [one.getAttribute('d'), one.getAttribute('class')])"
    )
    surely = rows["high"] < aim / 100
    assert outlines == [
        [shape(page, code).get_attribute("d"), "sure" if surely[code] else "unsure"]
        for code in codes
    ]
    said = slider.get_attribute("aria-valuetext")
    assert page.locator("#target output").inner_text() in said
    assert page.locator("#target .banner").is_visible()
    shown.first.locator("button").click()
    assert f"p={codes[0]}" in page.evaluate("location.hash")
    page.keyboard.press("Escape")
    page.click("#aim")
    assert page.locator(".misses > *").count() == 0
    assert page.locator("#table table.on").is_visible()


def test_of_a_place_without_a_shown_count_only_the_share_is_told(page, figures):  # noqa: F811
    wanted = figures["vi", "app_users", "2023", "district", "934", "value"]
    page.click("#aim")
    page.evaluate("""() => { const row = numbers.get("app_users.2023.district").get("934");
        [row.kept, row.count] = [row.count, ""]; showTarget(); }""")
    line = page.locator('#target li[data-code="934"]').inner_text()
    assert wanted in line
    assert "thiếu" not in line
    assert "thiếu" not in page.locator("#target output").inner_text()
    page.evaluate("""() => { const row = numbers.get("app_users.2023.district").get("934");
        row.count = row.kept; delete row.kept; }""")


def test_only_a_share_has_a_target(page):
    for measure in indicators.names():
        go(page, f"m={measure}")
        assert page.locator("#aim").is_visible() == (indicators.kind(measure) == "share")
    go(page, "m=app_users&w=2022-2023")
    assert page.locator("#aim").is_hidden()


# --- the address keeps a target ---


def test_a_target_stands_in_the_address_and_is_read_from_it(page):
    go(page, "m=files_online&w=2022&g=vi&t=61")
    assert page.locator("#target").is_visible()
    assert page.locator("#target input").input_value() == "61"
    page.focus("#target input")
    page.keyboard.press("ArrowRight")
    assert "t=62" in page.evaluate("location.hash")
    for other in ("t=101", "t=-1", "t=1e1", "t=%3Cb%3E", "w=2022"):
        go(page, f"m=files_online&{other}&g=vi")
        assert page.locator("#target").is_hidden(), other
        assert "t=" not in page.evaluate("location.hash"), other
    go(page, "m=app_users&w=2022-2023&t=50&g=vi")  # a change has none
    assert "t=" not in page.evaluate("location.hash")


# --- the three answers are shown ---

ANSWER = "#answer[open]"
SHOWN = ("#answer .banner", "#answer h2", "#answer img", "#answer .foot")
WALLS = {**SCREENS, "projector": (1920, 1080)}


@pytest.fixture(scope="module")
def told():
    """Give the answers in each language, with what is said in it of their pictures."""
    found = slides.answers(frames.reports(), frames.teams())
    made = {}
    for language in words.LANGUAGES:
        with words.use(language):
            made[language] = [
                (one, str(one), one.figure.source_line, one.figure.alt, one.figure.banner[0])
                for one in found
            ]
    return made


def drawn_of(page):
    """Wait until the picture of the answer is there: it fails if it is none."""
    page.locator("#answer img[src]").wait_for()
    page.locator("#answer img").evaluate("one => one.decode()")


def which(page):
    """Say which answer is shown, by its number; "" where none is."""
    shown = page.locator(f"{ANSWER} .foot span")
    return shown.inner_text()[0] if shown.count() else ""


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_key_fills_the_wall_with_an_answer_and_takes_it_away(page, told, language):
    go(page, f"g={language}")
    ways = page.locator("#answers button")
    assert ways.all_inner_texts() == [
        f"{at} {one.text}" for at, (one, *_) in enumerate(told[language], start=1)
    ]
    dialog, high = page.locator(ANSWER), SCREENS["laptop"][1]
    for key, (one, spoken, source, alt, banner) in zip("123", told[language], strict=True):
        page.keyboard.press(key)
        assert dialog.get_attribute("aria-label") == spoken
        assert dialog.locator("h2").inner_text().strip() == one.answer
        assert page.evaluate("document.activeElement.matches('#answer h2')")
        assert dialog.locator(".of").inner_text() == source
        assert dialog.locator(".banner").inner_text() == banner
        drawn_of(page)
        picture = dialog.locator("img")
        assert picture.get_attribute("alt") == alt
        assert one.figure.title in alt
        assert picture.get_attribute("src").startswith("data:image/svg+xml,")
        assert dialog.evaluate(BOX)[:4] == [0, 0, *SCREENS["laptop"]]
        size = "one => parseFloat(getComputedStyle(one).fontSize)"
        assert dialog.locator("h2").evaluate(size) >= high / 25
        page.keyboard.press(key)
        assert not dialog.is_visible()
    ways.nth(1).click()
    assert which(page) == "2"


@pytest.mark.parametrize("name", SCREENS)
def test_the_way_to_each_answer_is_on_the_first_screen_and_nothing_on_it(page, name):
    screen(page, name)
    for language in words.LANGUAGES:
        go(page, f"g={language}")
        page.evaluate("scrollTo(0, 0)")
        seen = page.locator("#answers button").evaluate_all(
            f"""all => all.map(one => {{
                const [left, top, right, bottom] = ({BOX})(one);
                const ends = [[left + 9, top + 9], [right - 9, bottom - 9]];
                return ends.every(at => one.contains(document.elementFromPoint(...at))); }})"""
        )
        assert seen == [True] * 3, language


@pytest.mark.parametrize("name", WALLS)
def test_an_answer_is_whole_on_each_screen_and_nothing_lies_on_another(page, name):
    width, height = WALLS[name]
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate("draw()")
    for language in words.LANGUAGES:
        for at in "123":
            go(page, f"g={language}&a={at}")
            drawn_of(page)
            boxes = [page.locator(one).evaluate(BOX) for one in SHOWN]
            if name in ("phone", "on its side"):  # letters are read: more than the screen is moved
                assert boxes[2][4] >= 720, (language, at)
                boxes[2] = page.locator("#answer .pan").evaluate(BOX)
            assert all(0 <= one[0] < one[2] <= width for one in boxes), (language, at)
            tops = [end for one in boxes for end in (one[1], one[3])]
            assert tops == sorted(tops), (language, at)
            if name == "on its side":  # as wide as the screen, and scrolled
                assert boxes[2][5] >= height
                continue
            assert tops[-1] <= height, (language, at)
            words_of = page.locator("#answer h2 span").evaluate_all(f"all => all.map({BOX})")
            assert max(one[2] for one in words_of) <= width
            assert page.locator(ANSWER).evaluate("one => one.scrollHeight <= one.clientHeight")
            picture = boxes[2]
            if name != "phone":
                assert picture[5] >= 0.45 * height, (language, at)


def test_a_clicker_goes_on_back_to_black_and_away(page):
    page.focus("#search")
    page.evaluate("document.activeElement.blur()")
    page.focus("#print")
    page.keyboard.press("1")
    for key in ("ArrowRight", "PageDown", "Space", "ArrowDown"):
        page.keyboard.press(key)
        assert which(page) == {"ArrowRight": "2"}.get(key, "3"), key  # the last one stays
        if key == "PageDown":
            page.keyboard.press("PageUp")
            assert which(page) == "2"
    for key in ("ArrowLeft", "PageUp", "ArrowUp"):
        page.keyboard.press(key)
        assert which(page) == {"ArrowLeft": "2"}.get(key, "1"), key
        assert page.evaluate("document.activeElement.matches('#answer h2')")  # and is read aloud
    seen = page.locator("#answer h2")
    for key in (".", "b"):
        page.keyboard.press(key)
        assert not seen.is_visible()
        ground = "one => getComputedStyle(one).backgroundColor"
        assert page.locator(ANSWER).evaluate(ground) == "rgb(0, 0, 0)"
        page.keyboard.press(key)
        assert seen.is_visible()
    page.keyboard.press("b")
    page.keyboard.press("ArrowRight")
    assert seen.is_visible()
    page.keyboard.press("Escape")
    assert which(page) == ""
    assert page.evaluate("document.activeElement.id") == "print"
    assert "a=" not in page.evaluate("location.hash")


def test_a_button_is_pressed_by_the_space_bar(page):
    page.keyboard.press("2")
    page.locator("#answer .foot button").first.focus()
    page.keyboard.press("Space")
    assert which(page) == "1"
    page.locator("#answer .foot button").last.click()
    assert which(page) == ""


def test_keys_of_the_map_sleep_behind_an_answer_and_keys_of_answers_while_typing(page):
    go(page, "g=vi&p=934")
    page.keyboard.press("3")
    page.evaluate("document.activeElement.blur()")  # as where a browser gives it to nothing
    page.keyboard.press("s")
    assert page.evaluate("replay") is None
    page.keyboard.press("Escape")
    assert which(page) == ""
    assert "p=934" in page.evaluate("location.hash")
    page.focus("#search")
    page.keyboard.type("1n2")
    assert page.locator("#search").input_value() == "1n2"
    assert which(page) == ""
    page.fill("#search", "")
    page.focus(".pick select")
    page.keyboard.press("2")
    assert which(page) == ""
    page.focus(".sheet")
    page.keyboard.press("Control+1")
    assert which(page) == ""
    page.keyboard.press("ArrowRight")  # goes from place to place
    assert which(page) == ""
    page.keyboard.press("Enter")
    page.keyboard.press("1")
    assert page.locator("#card").is_visible()
    assert which(page) == ""


def test_an_answer_stands_in_the_address_and_leads_to_its_numbers(page):
    wanted = {"1": "m=app_users&w=2023&l=district", "2": "w=2022-2023&l=district"}
    wanted["3"] = "m=app_users&w=2022&l=commune"
    for at, view in wanted.items():
        go(page, f"m=files_online&w=2022&g=vi&a={at}")
        assert which(page) == at
        assert f"a={at}" in page.evaluate("location.hash")
        page.locator("#answer .foot button").nth(3).click()
        assert view in page.evaluate("location.hash")
        assert which(page) == ""
        assert page.evaluate("document.activeElement.id") == "table"
    for other in ("0", "4", "-1", "x"):
        go(page, f"g=vi&a={other}")
        assert which(page) == ""


def test_an_answer_is_read_in_the_dark_and_heard(page):
    page.emulate_media(color_scheme="dark")
    for at in "123":
        go(page, f"g=vi&a={at}")
        light = "one => getComputedStyle(one).backgroundColor.match(/\\d+/g).map(Number)"
        assert max(page.locator(ANSWER).evaluate(light)) < 60
        assert audit(page) == {}


# --- what to say, in a second window ---


@contextmanager
def beside(page):
    """Open the window with the notes; whatever it asks of the network is a fault."""
    asked = []
    page.context.on("request", lambda one: asked.append(one.url))
    with page.expect_popup() as found:
        page.keyboard.press("n")
    try:
        yield found.value
    finally:
        found.value.close()
    assert [url for url in asked if url.startswith(("http", "ws"))] == []


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_notes_say_what_an_answer_rests_on_and_what_comes_next(page, told, language):
    go(page, f"g={language}")
    with beside(page) as notes:
        assert which(page) == "1"
        for at, (one, _, source, _, banner) in enumerate(told[language]):
            assert notes.locator(".banner").inner_text() == banner
            assert notes.locator("h1").inner_text() == one.text
            assert notes.locator(".said").inner_text() == one.answer
            assert notes.locator("li").all_text_contents() == [*one.notes, source]
            assert len(one.notes) > 2
            following = [each.answer for each, *_ in told[language][at + 1 : at + 2]]
            assert notes.locator(".next").all_inner_texts() == following
            page.keyboard.press("ArrowRight")
        assert notes.locator("html").get_attribute("lang") == language
        assert notes.title() == words.strings()["atlas.notes_title"][language]
        assert audit(notes) == {}
        assert notes.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_both_windows_follow_each_other(page):
    page.evaluate("began = 0")
    with beside(page) as notes:
        notes.keyboard.press("ArrowRight")
        assert which(page) == "2"
        notes.keyboard.press("PageDown")
        assert which(page) == "3"
        third = notes.locator("h1").inner_text()
        page.keyboard.press("ArrowLeft")
        assert notes.locator("h1").inner_text() != third
        notes.keyboard.press("b")
        assert not page.locator("#answer h2").is_visible()
        notes.keyboard.press("Escape")
        assert which(page) == ""
        notes.keyboard.press("ArrowRight")  # whoever speaks begins anew from there
        assert which(page) == "1"
        page.evaluate("began = Date.now() - 754000")
        notes.locator(".clock", has_text=re.compile(r"^1[2-4]:\d\d$")).wait_for()
        page.keyboard.press("n")
        assert len(page.context.pages) == 2  # the same window
        notes.evaluate("document.body.replaceChildren()")  # as a browser may
        notes.locator(".clock").wait_for()


def test_the_clock_runs_on_from_the_first_answer_that_was_shown(page):
    page.evaluate("began = 0")
    page.keyboard.press("1")
    assert page.evaluate("Date.now() - began < 60000")
    page.evaluate("began -= 754000")
    before = page.evaluate("began")
    for key in ("ArrowRight", "ArrowLeft", "b", "b", "Escape", "3"):
        page.keyboard.press(key)
        assert page.evaluate("began") == before


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_window_that_is_blocked_is_said_to_be(page, language):
    go(page, f"g={language}")
    page.evaluate("window.kept = window.open; window.open = () => null; notes = null")
    page.keyboard.press("1")
    page.locator("#answer .foot button").nth(2).click()
    said = page.locator("#answer [role=alert]")
    assert said.inner_text() == words.strings()["atlas.notes_blocked"][language]
    page.keyboard.press("ArrowRight")
    assert which(page) == "2"
    assert said.inner_text() == ""
    page.evaluate("window.open = window.kept")


# --- answers of other studies ---

HOSTILE = "'><img src=x onerror=document.title=1><script>document.title=2</script>&lt;"


def test_another_study_has_its_own_answers(browser, tmp_path):
    with lent(**elsewhere.write(tmp_path / "in")), words.use("en"):
        found = [*slides.answers()]
        [file] = atlas.write(tmp_path / "atlas.html", frames.reports(), teams=frames.teams())
    assert "post office" in found[2].answer
    with opened(browser, file, "#g=en") as page:
        for key, one in zip("123", found, strict=True):
            page.keyboard.press(key)
            drawn_of(page)
            assert page.locator("#answer h2").inner_text().strip() == one.answer
            banners = page.locator("#answer .banner").count()
            assert banners == one.figure.simulated


def test_a_hostile_name_is_shown_and_nothing_more(browser, tmp_path, monkeypatch):
    monkeypatch.setattr(elsewhere, "COUNTIES", [f"{one} {HOSTILE}" for one in elsewhere.COUNTIES])
    with lent(**elsewhere.write(tmp_path / "in")):
        reports = frames.reports()
        one = reports[reports["indicator"] == indicators.role("headline")].reset_index(drop=True)
        [file] = atlas.write(tmp_path / "atlas.html", one)
    with opened(browser, file, "#g=vi&a=1") as page:
        assert HOSTILE in page.locator("#answer h2").inner_text()
        assert HOSTILE in page.locator("#answer img").get_attribute("alt")
        drawn_of(page)
        with beside(page) as notes:
            assert HOSTILE in notes.locator(".said").inner_text()
            assert notes.locator("img, script").count() == 0
            assert notes.title() == words.strings()["atlas.notes_title"]["vi"]
        assert page.locator("#answer img").count() == 1
        assert page.title() not in {"1", "2"}


def test_a_question_without_an_answer_says_why_and_without_any_there_is_no_way(
    browser, tmp_path, monkeypatch
):
    monkeypatch.setattr("hganalysis.ranks.MOST_RANKED", 0)
    one = frames.reports().query("indicator == 'app_users' and year == 2022")
    [file] = atlas.write(tmp_path / "one.html", one.assign(origin="reported"))
    with opened(browser, file, "#g=vi") as page:
        for key, reason in (("2", "second_year"), ("3", "teams")):
            page.keyboard.press(key)
            said = page.locator("#answer h2").inner_text()
            assert words.term(f"slides.missing_{reason}") in said
            assert page.locator("#answer img, #answer .banner").count() == 0
    none = frames.reports().query("indicator == 'ecommerce_guided'")
    [file] = atlas.write(tmp_path / "none.html", none)
    with opened(browser, file, "#g=vi&a=1") as page:
        assert page.locator("#answers").is_hidden()
        for key in ("1", "n", "ArrowRight"):
            page.keyboard.press(key)
            assert page.locator("dialog[open]").count() == 0
        assert len(page.context.pages) == 1
