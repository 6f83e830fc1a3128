"""Web maps and reports on a phone, a table, a wall and paper; by day, by night, by keyboard."""

import base64
import io
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import geopandas as gpd
import nbformat
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import ndimage
from shapely.geometry import box

from hganalysis import indicators, maps, places, words
from hganalysis.build import index, report
from hganalysis.figures import classify
from hganalysis.figures.classify import prepare
from hganalysis.figures.colours import contrast
from hganalysis.figures.figure import Figure
from hganalysis.render import beside, web

from .conftest import HANGS, audit, lettered

PHONE, ON_ITS_SIDE, DESK = (390, 844), (844, 390), (1440, 900)
SIZES = [PHONE, ON_ITS_SIDE, (768, 1024), (1024, 768), DESK, (1920, 1080), (3840, 2160)]
RED = (179, 38, 30)
PLACES = "path.leaflet-interactive"
LONG = "Người dùng ứng dụng nền tảng số: thay đổi từ 2022 đến 2023"

# What both kinds of page are asked; a fault is a line.
COMMON = """
const faults = [], root = document.documentElement, say = (...what) => faults.push(what.join(" "));
const all = of => [...document.querySelectorAll(of)].filter(one => one.checkVisibility({
    visibilityProperty: true }));
const at = one => (typeof one === "string" ? document.querySelector(one) : one)
    .getBoundingClientRect();
const shared = (a, b) => Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left) - 0.5) *
    Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) - 0.5);
const letters = one => parseFloat(getComputedStyle(one).fontSize);
const rgb = text => (text.match(/[0-9.]+/g) || []).map(Number);
const light = colour => rgb(colour).slice(0, 3).map(one => one / 255)
    .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, at) => sum + one * [0.2126, 0.7152, 0.0722][at], 0);
const behind = one => {
    while (one && !(rgb(getComputedStyle(one).backgroundColor)[3] !== 0)) one = one.parentElement;
    return one ? getComputedStyle(one).backgroundColor : "rgb(255, 255, 255)";
};
const contrast = one => {
    const [a, b] = [light(getComputedStyle(one).color), light(behind(one))].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
};
if (root.scrollWidth > innerWidth) say("runs over the edge:", root.scrollWidth);
for (const one of all("h1, h2, p, li, td, th, caption, label, #note, footer, .banner, .north, a"))
    if (one.innerText.trim() && !one.closest(".leaflet-pane") && contrast(one) < 4.5)
        say("is not seen:", one.innerText.slice(0, 20), contrast(one));
for (const one of all("a[href], button, input, select, summary"))
    if (Math.min(at(one).width, at(one).height) < 44) say("is too small to tap:", one.outerHTML);
for (const one of all("a[href], button, input, iframe, section, [role=group], path[tabindex]"))
    if (!(one.getAttribute("aria-label") || one.title || one.innerText ||
        one.querySelector("img")?.alt || "").trim())
        say("has no name:", one.outerHTML.slice(0, 80));
for (const one of all("img")) if (!one.alt) say("a picture says nothing of itself");
const ranks = all("h1, h2, h3, h4").map(one => Number(one.tagName[1]));
if (ranks.filter(one => one === 1).length !== 1 || ranks[0] !== 1) say("headings", ranks);
ranks.forEach((one, at) => at && one > ranks[at - 1] + 1 && say("headings", ranks));
if (!root.lang || !document.title || all("main").length !== 1) say("no language, title or main");
if (letters(root) < 15 && letters(document.querySelector("p, td")) < 13) say("small letters");
"""
MAP = f"""() => {{ {COMMON}
const chart = at(".leaflet-container"), legend = at("#legend");
const upright = innerHeight > innerWidth;
if (upright && legend.top < chart.bottom - 1) say("the legend is not below the map");
if (!upright && legend.left < chart.right - 1) say("the legend is not beside the map");
if (chart.bottom > innerHeight) say("the map is not seen whole");
const shapes = all("path.leaflet-interactive").map(at);
const reach = [Math.min(...shapes.map(one => one.left)), Math.max(...shapes.map(one => one.right)),
    Math.min(...shapes.map(one => one.top)), Math.max(...shapes.map(one => one.bottom))];
if (reach[0] < chart.left || reach[1] > chart.right || reach[2] < chart.top ||
    reach[3] > chart.bottom) say("places beyond the map", reach);
if (Math.max((reach[1] - reach[0]) / chart.width, (reach[3] - reach[2]) / chart.height) < 0.75)
    say("the map is a blob");
if (chart.width * chart.height < 0.3 * innerWidth * innerHeight) say("the map has no room");
const apart = ["header", "#bar .banner", ".north", ".leaflet-control-zoom", "#legend", "#note",
    ".leaflet-container"].filter(one => all(one).length);
apart.forEach((one, number) => apart.slice(number + 1).forEach(other =>
    shared(at(one), at(other)) && say(one, "lies on", other)));
for (const one of all(".leaflet-control-scale, .leaflet-control-attribution"))
    if (shapes.some(shape => shared(shape, at(one)))) say(one, "lies on a place");
const names = all(".leaflet-tooltip.name");
names.forEach((one, number) => {{
    const own = at(one);
    if (own.left < chart.left || own.right > chart.right) say(one.innerText, "runs over the edge");
    names.slice(number + 1).forEach(other =>
        shared(own, at(other)) && say(one.innerText, "lies on", other.innerText));
}});
const head = all("#legend > p span + span, #legend p span + span")[0];
for (const one of head ? all("#legend li > span:last-child") : [])
    if (Math.abs(at(one).right - at(head).right) > 8) say("has no head above it:", one.innerText);
for (const one of all("#legend li"))
    if (one.scrollHeight > one.clientHeight + 2) say("does not hold its text:", one.innerText);
const banner = document.querySelector("#bar .banner");
const wide = Math.min(innerWidth, 16 / 9 * innerHeight);
if (getComputedStyle(banner).backgroundColor !== "rgb({", ".join(map(str, RED))})")
    say("the banner is not red");
if (at(banner).top < 0 || at(banner).bottom > innerHeight) say("the banner is not seen at once");
if (letters(banner) < 1.2 * letters(root)) say("the banner is small");
if (letters(root) < 0.0107 * wide) say("letters do not grow with the wall:", letters(root));
// Pointed at, or reached by keyboard, a place is told of beside itself.
const paths = all("path.leaflet-interactive");
for (const one of [...paths.slice(0, 9), ...paths.slice(-3)]) {{
    one.focus({{ preventScroll: true }});
    const tip = at("#tip"), name = one.getAttribute("aria-label").split(":")[0];
    if (!document.querySelector("#tip").innerText.includes(name)) say("nothing told of", name);
    if (shared(tip, at(one))) say("what is told covers", name);
    if (tip.left < 0 || tip.top < 0 || tip.right > innerWidth || tip.bottom > innerHeight)
        say("what is told of", name, "is not seen whole");
    one.blur();
}}
return faults; }}"""
AROUND = """() => {
const faults = [], say = (...what) => faults.push(what.join(" "));
const at = one => (typeof one === "string" ? document.querySelector(one) : one)
    .getBoundingClientRect();
const all = of => [...document.querySelectorAll(of)].filter(one => one.checkVisibility({
    visibilityProperty: true }));
const shapes = all("path.leaflet-interactive").map(at), names = all(".leaflet-tooltip.name");
if (innerWidth > innerHeight) {
    if (at("#note").bottom > innerHeight + 1) say("the source is not seen at once");
    if (at("#note").top < at("#stage").bottom - 1) say("the source lies on the map");
}
for (const one of all("#legend *"))
    if (at(one).bottom > at("#legend").bottom + 1 || at(one).right > at("#legend").right + 1)
        say("the legend is cut:", one.outerHTML.slice(0, 80));
const squares = document.querySelector("#note").innerText.includes("mỗi ô vuông");
for (const one of [".leaflet-control-scale", ".north"])
    if (squares === Boolean(all(one).length)) say(one, "of squares:", squares);
for (const one of all(".leaflet-control-scale-line"))
    if (one.scrollWidth > one.clientWidth) say("the scale is shorter than what it says");
const within = (own, of) => of.left - 1 < own.left && own.right < of.right + 1 &&
    of.top - 1 < own.top && own.bottom < of.bottom + 1;
if (squares && shapes.length < 30) {
    if (names.length !== shapes.length) say(names.length, "labels of", shapes.length, "squares");
    for (const one of names)
        if (!shapes.some(of => within(at(one), of))) say(one.innerText, "leaves its square");
}
const height = one => Number(getComputedStyle(one).zIndex);
for (const one of names)
    if (height(one.parentElement) < height(document.querySelector(".leaflet-overlay-pane")))
        say(one.innerText, "lies below the places");
// A circle of the key is as large as one of as many people is on the map.
const key = all("#legend circle[data-metres]")
    .map(one => [Number(one.dataset.metres), at(one).width]);
const em = parseFloat(getComputedStyle(document.documentElement).fontSize);
for (const one of all("#legend li circle:not([data-metres])"))
    if (!within(at(one), at(one.closest("svg")))) say("a circle of the legend is cut");
for (const one of all(":is(path.leaflet-interactive, #legend circle)[stroke-dasharray]"))
    if (parseFloat(getComputedStyle(one).strokeDasharray) < 0.2 * em)
        say("dashes are too fine to be seen");
for (const { patternTransform } of document.querySelectorAll("pattern"))
    if (Math.hypot(patternTransform.baseVal.consolidate().matrix.a,
        patternTransform.baseVal.consolidate().matrix.b) < 0.99 * em / 16)
        say("a hatch does not grow with the wall: it is a grey");
const sizes = shapes.map(one => one.width);
for (const [metres, wide] of key) {
    if (!(wide > 2)) say("a circle of the key has no size");
    if (Math.abs(wide / metres - key[0][1] / key[0][0]) > 0.1 * key[0][1] / key[0][0])
        say("circles of the key are not in proportion", metres, wide);
}
return [faults, key, Math.max(...sizes)]; }"""
REPORT = f"""() => {{ {COMMON}
for (const one of all("img, iframe")) {{
    const box = one.closest(".jp-RenderedImage") || one;  // a picture is moved in its box
    if (at(box).right > innerWidth || at(box).left < 0) say(one.tagName, "runs over the edge");
    if (one.tagName === "IMG" && at(one).width < 0.95 * at(box).width) say("the picture is small");
    if (one.tagName === "IMG" && innerWidth < 700 && letters(root) * 46 > at(one).width)
        say("the letters of the picture are too small to read");
    if (at(one).width < 0.5 * Math.min(innerWidth, innerHeight)) say(one.tagName, "is small");
}}
// The table beside a picture stands below it, and is folded away.
const [fold] = all("details"), [picture] = all("img");
if (fold.open) say("the table is not folded away");
fold.open = true;
const table = at(fold.querySelector("table"));
if (table.top < at(picture).bottom || table.right > innerWidth) say("the table is not below");
fold.open = false;
// A table is moved in its box, which hides nothing for good; a shade says that there is more.
for (const one of all("table.dataframe")) {{
    const box = one.closest(".jp-RenderedHTMLCommon"), look = getComputedStyle(box);
    if (look.overflowX !== "auto" || look.display !== "block" || at(box).right > innerWidth)
        say("a table is cut", look.overflowX, look.display);
    if (box.scrollWidth < at(one).width) say("the end of a table is not reached");
    if (innerWidth < 500 && box.scrollWidth <= box.clientWidth) say("the table was to be wide");
    if (!look.backgroundImage.includes("gradient")) say("no shade says that there is more");
    for (const cell of one.querySelectorAll("td")) {{
        const like = cell.matches(".number") ? "right" : "left";
        if (getComputedStyle(cell).textAlign !== like) say(cell.innerText, "is not", like);
        if ((cell.innerText === "12,5 %") !== cell.matches(".number")) say(cell.outerHTML);
        if (parseFloat(getComputedStyle(cell).lineHeight) < 1.35 * letters(cell))
            say("lines of a table touch");
    }}
    for (const words of one.querySelectorAll("th span"))
        if (words.getClientRects().length > 1) say("a head is broken:", words.innerText);
}}
const wide = Math.min(innerWidth, 16 / 9 * innerHeight);
const text = letters(document.querySelector("p"));
if (text < Math.max(15, 0.0107 * wide)) say("letters do not grow with the wall:", text);
if (at("p").width > 75 * text) say("lines are too long");
if (document.querySelector("img").closest("[lang]") === root)
    say("what is drawn has the language of the prose");
return faults; }}"""
INDEX = f"() => {{ {COMMON} return faults; }}"
DRAWN = """() => {
const chart = document.querySelector(".leaflet-container").getBoundingClientRect();
return [...document.querySelectorAll("path.leaflet-interactive")].every(one => {
    const own = one.getBoundingClientRect();
    return own.width > 5 && own.left >= chart.left && own.right <= chart.right &&
        own.top >= chart.top && own.bottom <= chart.bottom; }); }"""
# A map is laid out some frames after its page, on a busy machine later.
SETTLED = """new Promise(done => {
    let before = "", same = 0;
    const look = () => {
        const laid = [...document.querySelectorAll(".leaflet-container, .leaflet-tooltip.name")];
        const now = JSON.stringify(laid.map(one => one.getBoundingClientRect()));
        same = now === before ? same + 1 : 0;
        before = now;
        if (same < 4) requestAnimationFrame(look); else done();
    };
    look();
})"""


LAID = """window.laid = 0;
new MutationObserver(all => all.forEach(one => one.addedNodes.forEach(made => {
    if (made.matches?.(".leaflet-tooltip.name")) window.laid++;
}))).observe(document, { childList: true, subtree: true });"""


@pytest.mark.parametrize("size", [(1366, 768), (844, 390)])
def test_labels_are_laid_out_once_before_anybody_moves_the_map(browser, built, size):
    more = {}
    for file in sorted((built / "web").glob("*.html")):
        tab = browser.new_page(viewport=dict(zip(("width", "height"), size, strict=True)))
        tab.add_init_script(LAID)
        tab.goto(file.as_uri())
        tab.evaluate(SETTLED)
        laid = tab.evaluate("laid")
        if laid != tab.locator(".leaflet-tooltip.name").count() or not laid:
            more[file.name] = laid
        tab.close()
    assert more == {}


def eight():
    """Give the districts of the demonstration."""
    return places.areas()


def many():
    """Give a square of squares: its corners are where a banner or a scale would lie on it."""
    side = 9
    each = [box(x, y, x + 1, y + 1) for x in range(side) for y in range(side)]
    names = [f"Subcounty {at}" for at in range(len(each))]
    told = dict.fromkeys(("name_vi", "name_en", "label_vi", "label_en"), names)
    own = gpd.GeoDataFrame(told, geometry=each, crs="EPSG:32648")
    return own.set_geometry(own.affine_transform([1000, 0, 0, 1000, 500_000, 1_080_000]))


def tiles():
    """Give the communes as tiles."""
    return maps.tiles(places.points())


def squares():
    """Give the districts as tiles, which are few."""
    return maps.tiles(places.areas())


def circled(language):
    """Give the communes as circles on the districts."""
    with words.use(language):
        points = places.points()
        states = np.where(np.arange(len(points)) % 5, "known", "unreliable")
        table = points.assign(share=np.linspace(0.12, 0.4, len(points)), state=states)
        drawn = classify.circled(
            places.areas(),
            table.assign(origin="simulated"),
            "share",
            classes=indicators.classes("app_users"),
        )
        return web.place(Figure(LONG, (drawn,), "2023", subtitle=LONG, named_source="báo cáo"))


def web_map(areas, language):
    with words.use(language):
        return web.place(Figure(LONG, (prepared(areas),), "2023", named_source="báo cáo"))


def counted(language):
    """Give a count that no class of the legend writes in one line."""
    with words.use(language):
        classes = indicators.Classes("residents", (300_000, 600_000, 900_000, 1_200_000), "count")
        table = squares().assign(share=np.linspace(2e5, 2e6, 8), state="known", origin="simulated")
        drawn = prepare(table, "share", classes)
        return web.place(Figure(LONG, (drawn,), "2023", named_source="báo cáo"))


def prepared(areas):
    table = areas.assign(share=np.linspace(0.12, 0.4, len(areas)), state="known")
    return prepare(table.assign(origin="simulated"), "share", indicators.classes("app_users"))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Write a page of each kind, and a report of prose, a picture, a table and a map."""
    folder = tmp_path_factory.mktemp("screens")
    made = {"eight": eight(), "many": many(), "tiles": tiles(), "squares": squares()}
    pages = {(kind, "vi"): web_map(areas, "vi") for kind, areas in made.items()}
    pages["circles", "vi"] = circled("vi")
    pages["counts", "vi"] = counted("vi")
    pages["eight", "en"] = web_map(made["eight"], "en")
    found = {key: page.save(folder / f"{'-'.join(key)}.html") for key, page in pages.items()}
    for language in words.LANGUAGES:
        for name, write in (("report", of_notebook), ("index", of_all)):
            file = found[name, language] = folder / f"{name}-{language}.html"
            with words.use(language):
                file.write_text(write(pages["eight", language]), encoding="utf-8")
    return found


def of_all(shown):
    """Write the page that leads to a report, with a picture of it and all that there is of that."""
    with tempfile.TemporaryDirectory() as name:
        out = Path(name)
        kept = [out / one for one in ("figures/a.png", "figures/a.svg", "tables/a.csv")]
        kept += [shown.save(out / one) for one in ("a-1.html", "a-2.html")]
        for one in kept[:3]:
            one.parent.mkdir(exist_ok=True)
            one.write_text(f"<title>{shown.title}</title>")
        answers = out / "tables/answers.csv"
        answers.write_text(f"question,answer,picture\n{LONG}?,{LONG}.,a\n", encoding="utf-8-sig")
        leaves = [answers, out / "atlas.html", out / "slides.pptx"]
        return index.index(
            out, reports={"report.html": LONG}, kept={"report.html": kept}, leaves=leaves
        )


def of_notebook(shown):
    drawn = io.BytesIO()
    Image.new("RGB", (1280, 720), RED).save(drawn, "png")
    image = {"image/png": base64.b64encode(drawn.getvalue()).decode()}
    table = beside.details(Figure(LONG, (prepared(eight()),), "2023"))
    texts = ["một câu dài về cách sửa một ô của báo cáo", "Cộng lại chưa khớp"] * 2
    frame = pd.DataFrame(
        {"Biên dao động (95 %)": "12,5 %", "Cách sửa": texts, "Loại số liệu": "mô phỏng"},
        index=pd.Index([f"Huyện Châu Thành {at}" for at in "ABCD"], name="Đơn vị"),
    )
    wide = "".join(f"<td>{'1' * 12}</td>" for _ in range(12))
    outputs = [
        nbformat.v4.new_output("display_data", image, metadata={"image/png": {"alt": "Đỏ"}}),
        nbformat.v4.new_output("display_data", {"text/html": table}),
        nbformat.v4.new_output(
            "execute_result", {"text/html": frame._repr_html_()}, execution_count=1
        ),
        nbformat.v4.new_output("display_data", {"text/html": shown._repr_html_()}),
        nbformat.v4.new_output("display_data", {"text/html": f"<table><tr>{wide}</tr></table>"}),
    ]
    cells = [
        nbformat.v4.new_markdown_cell("# Báo cáo\n\n" + "Where is uptake high? " * 20),
        nbformat.v4.new_code_cell("x", outputs=outputs),
        nbformat.v4.new_markdown_cell("## What this does not show\n\n- One\n- Two\n- Three"),
    ]
    return report.report(nbformat.v4.new_notebook(cells=cells), title="Báo cáo")


@pytest.fixture(scope="module")
def tab(browser):
    """Open one tab for all pages, without a network."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.set_default_timeout(HANGS * 1000)
    yield page
    context.close()


def faults_at_each_size(tab, file, asked):
    found = {}
    tab.goto(file.as_uri())
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        for wide, high in SIZES if scheme == "light" else (PHONE, DESK):
            tab.set_viewport_size({"width": wide, "height": high})
            tab.evaluate(SETTLED)
            found[f"{wide}x{high} {scheme}"] = tab.evaluate(asked)
            if (wide, high) in (PHONE, DESK):
                heard = {key: one for frame in tab.frames for key, one in audit(frame).items()}
                found[f"{wide}x{high} {scheme}"] += [str(one) for one in heard.items()]
    ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    tab.emulate_media(color_scheme="light")
    return found | {"night": [] if "255" not in ground else [f"the ground is {ground}"]}


def lines(found):
    return "\n".join(f"{size}: {one}" for size, all_of in found.items() for one in all_of)


@pytest.mark.parametrize(
    ("kind", "language"),
    [("eight", "vi"), ("eight", "en"), ("many", "vi"), ("tiles", "vi"), ("counts", "vi")],
)
def test_a_web_map_is_whole_at_each_size(tab, files, kind, language):
    found = faults_at_each_size(tab, files[kind, language], MAP)
    assert not any(found.values()), lines(found)


WRITTEN = """() => {
  const seen = (one) => one.offsetParent && getComputedStyle(one).visibility !== "hidden";
  const tips = [...document.querySelectorAll(".leaflet-tooltip.name")].filter(seen);
  const paths = [...document.querySelectorAll("path.leaflet-interactive")];
  return [tips.map((one) => one.innerText), paths.map((one) => {
    const box = one.getBBox();
    return box.width / box.height;
  })];
}"""


@pytest.mark.parametrize(("kind", "number"), [("tiles", 75), ("squares", 8)])
def test_squares_are_square_and_each_has_its_value(tab, files, kind, number):
    tab.goto(files[kind, "vi"].as_uri())
    lacks = {}
    for wide, high in SIZES:
        tab.set_viewport_size({"width": wide, "height": high})
        tab.evaluate(SETTLED)
        written, forms = tab.evaluate(WRITTEN)
        values = [one for one in written if re.search(r"\d,\d", one)]
        assert lettered(tab, ".leaflet-tooltip.name", "i, b", PLACES)["beside"] == 0
        lacks[f"{wide}x{high}"] = number - len(values)
        assert len(forms) == number
        assert forms == pytest.approx([1.0] * number, abs=0.06), (wide, high)
        # of many squares the values leave out the unit, which the legend has
        assert any("%" in one for one in values) == (kind == "squares")
    assert not any(lacks.values()), lacks


BETWEEN = """() => {
  const seen = (one) => getComputedStyle(one).visibility !== "hidden";
  const names = [...document.querySelectorAll(".leaflet-tooltip.name span")].filter(seen);
  const circles = [...document.querySelectorAll("path.leaflet-interactive")];
  const box = (one) => one.getBoundingClientRect();
  const rows = (name) => [...name.querySelector("i").getClientRects()];
  const lie = names.filter((name) => rows(name).some((a) => circles.some((circle) => {
    const b = box(circle), radius = b.width / 2;
    const x = Math.max(a.left, Math.min(b.left + radius, a.right)) - b.left - radius;
    const y = Math.max(a.top, Math.min(b.top + radius, a.bottom)) - b.top - radius;
    return Math.hypot(x, y) < radius - 1;
  })));
  return [names.length, lie.map((one) => one.innerText)];
}"""


def test_names_between_circles_hide_none(tab, files):
    """Where there is no room between them, a name stands beside all places, on a line."""
    tab.goto(files["circles", "vi"].as_uri())
    for wide, high in SIZES:
        tab.set_viewport_size({"width": wide, "height": high})
        tab.evaluate(SETTLED)
        found = lettered(tab, ".leaflet-tooltip.name", "i", ".leaflet-ground-pane path")
        assert found["faults"] == [], (wide, high)
        assert found["beside"] == found["lines"], (wide, high)
        number, on_circles = tab.evaluate(BETWEEN)
        assert on_circles == [], (wide, high)
        assert number == 8, (wide, high)


@pytest.mark.parametrize("kind", ["eight", "many", "tiles", "squares", "circles"])
def test_around_a_web_map_nothing_is_cut_and_all_is_said_where_it_is_read(tab, files, kind):
    tab.goto(files[kind, "vi"].as_uri())
    found = {}
    for wide, high in SIZES:
        tab.set_viewport_size({"width": wide, "height": high})
        tab.evaluate(SETTLED)
        faults, key, widest = tab.evaluate(AROUND)
        if bool(key) != (kind == "circles"):
            faults.append(f"a key of sizes: {key}")
        if key:  # the largest round size is at most half of the most people there are
            most = 2 * key[-1][1] / 2**0.5
            if not key[-1][1] - 5 < widest < 1.3 * most:
                faults.append(f"the key {key} is not of circles as wide as {widest}")
        found[f"{wide}x{high}"] = faults
    assert not any(found.values()), lines(found)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_index_is_whole_at_each_size(tab, files, language):
    found = faults_at_each_size(tab, files["index", language], INDEX)
    assert not any(found.values()), lines(found)


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_report_is_whole_at_each_size(tab, files, language):
    found = faults_at_each_size(tab, files["report", language], REPORT)
    assert not any(found.values()), lines(found)
    tab.locator("iframe").scroll_into_view_if_needed()
    tab.evaluate(SETTLED)
    tab.frames[1].wait_for_function(DRAWN)


CUT = """(what) => [...document.querySelectorAll(what)].filter(one => {
    if (!one.checkVisibility()) return false;
    let right = innerWidth;
    for (let around = one.parentElement; around; around = around.parentElement)
        if (getComputedStyle(around).overflowX !== "visible")
            right = Math.min(right, around.getBoundingClientRect().right);
    return one.getBoundingClientRect().right > right + 1;
}).map(one => one.textContent.trim().slice(0, 60))"""


@pytest.mark.parametrize(
    ("what", "size"), [("table.dataframe", (1440, 900)), ("table.dataframe caption", (390, 844))]
)
def test_at_a_desk_no_table_of_a_report_is_cut_and_on_a_phone_no_heading(tab, built, what, size):
    tab.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    cut, tables = {}, 0
    for file in sorted(built.glob("0*.html")):
        tab.goto(file.as_uri())
        if size[0] > 1000:  # as wide as one of English heads may be
            wide = "all => all.forEach(one => { one.style.minWidth = '1150px'; })"
            tab.locator("table.dataframe").evaluate_all(wide)
        cut[file.name] = tab.evaluate(CUT, what)
        tables += tab.locator("table.dataframe").count()
    assert tables > 20
    assert not any(cut.values()), cut


def test_keys_alone_reach_all_there_is(tab, files):
    tab.set_viewport_size({"width": 1440, "height": 900})
    tab.goto(files["eight", "vi"].as_uri())
    told, here = [], "document.activeElement.getAttribute('aria-label') || ''"
    for _ in range(5):
        tab.keyboard.press("Tab")
        told.append(tab.evaluate(here))
    assert words.term("maps.zoom_in") in told
    assert words.term("maps.zoom_out") in told
    found = set()
    for _ in range(8):
        found.add(tab.evaluate(here).split(":")[0])
        assert tab.locator("#tip b").inner_text() == tab.evaluate(here).split(":")[0]
        tab.keyboard.press("ArrowRight")
    assert found == {places.name(code) for code in places.areas().index}
    tab.keyboard.press("Escape")
    assert tab.locator("#tip").is_hidden()


STOPS = """() => {
    const all = [...document.querySelectorAll("a[href], button, input, select, summary, iframe, " +
        "[tabindex='0']")].filter(one => one.checkVisibility() && one.tabIndex >= 0);
    all.forEach((one, at) => { one.dataset.stop = at; });
    return all.map(one => one.outerHTML.slice(0, 60)); }"""
HERE = """() => {
    const one = document.activeElement, look = getComputedStyle(one);
    const drawn = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0;
    const thick = one.matches("path") && parseFloat(look.strokeWidth) > 3;
    return [one.dataset.stop, drawn || thick || one.matches("iframe")]; }"""


@pytest.mark.parametrize("kind", ["index", "report", "eight"])
def test_tab_comes_to_all_in_the_order_of_the_page_and_is_seen_where_it_is(tab, files, kind):
    tab.set_viewport_size(dict(zip(("width", "height"), DESK, strict=True)))
    tab.goto(files[kind, "en"].as_uri())
    stops, reached = tab.evaluate(STOPS), []
    assert len(stops) > 2
    for _ in range(2 * len(stops) + 9):  # within a frame there are some more
        tab.keyboard.press("Tab")
        tab.wait_for_function("document.activeElement !== document.body")  # a frame takes a moment
        at, seen = tab.evaluate(HERE)
        assert seen, at
        reached.append(at)
        if at == str(len(stops) - 1):
            break
    reached = [at for at in reached if at]  # what scrolls is no stop of ours
    assert list(dict.fromkeys(reached)) == [str(at) for at in range(len(stops))], stops


# The place that a label names is below its middle, or where its line ends.
NAMES = """() => [...document.querySelectorAll(".leaflet-tooltip.name")].filter(one =>
    one.checkVisibility({ visibilityProperty: true })).map(one => {
        const span = one.querySelector("span"), box = one.getBoundingClientRect();
        const said = span.innerText.split("\\n")[0], ends = (line) => [0, 1e6].map(far => {
            const { x, y } = line.getPointAtLength(far).matrixTransform(line.getScreenCTM());
            return [x, y]; });
        const beside = ([x, y]) =>
            Math.max(box.left - x, x - box.right, box.top - y, y - box.bottom);
        const line = [...document.querySelectorAll(".leader.line")].map(ends)
            .find(([start]) => beside(start) < 5 && one.classList.contains("led"));
        const [x, y] = line ? line[1] : [box.left + box.width / 2, box.top + box.height / 2];
        const on = document.elementsFromPoint(x, y).find(it => it.matches("path[aria-label]"));
        return [said, on?.getAttribute("aria-label") || "", rgb(getComputedStyle(span).color),
            [box.left, box.top, box.right, box.bottom]]; })"""


FINE = 3
"""Dots a pixel, as phones have: edges of letters are soft for one of them."""


@pytest.mark.parametrize("kind", [("eight", "vi"), ("eight", "en"), ("many", "vi")])
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_names_on_a_web_map_are_read_and_stand_on_their_place(browser, files, kind, size):
    viewport = dict(zip(("width", "height"), size, strict=True))
    context = browser.new_context(viewport=viewport, device_scale_factor=FINE, offline=True)
    tab = context.new_page()
    tab.goto(files[kind].as_uri())
    rgb = "const rgb = text => text.match(/[0-9.]+/g).map(Number);"
    names = tab.evaluate(f"() => {{ {rgb} return ({NAMES})(); }}")
    assert len(names) == 8 or kind[0] == "many"
    shots = [picture_of(tab)]
    tab.add_style_tag(content=".name { display: none }")
    shots.append(picture_of(tab))
    context.close()
    for said, place, colour, sides in names:
        assert said.split()[-1] in place, (said, place)
        left, top, right, bottom = (round(FINE * side) for side in sides)
        shown, bare = (one[top - 3 : bottom + 3, left - 3 : right + 3] for one in shots)
        letters = near(shown, colour) & ~near(bare, colour)
        assert letters.sum() > 50, said
        around = ndimage.binary_dilation(letters, iterations=4)
        around &= ~ndimage.binary_dilation(letters, iterations=2)  # their soft edges
        beside = ["#" + bytes(one).hex() for one in shown[around]]
        ink = "#" + bytes(colour[:3]).hex()
        poor = {one for one in {*beside} if contrast(one, ink) < 3}
        assert sum(one in poor for one in beside) <= 0.02 * len(beside), said


@pytest.mark.parametrize("year", [2022, 2023])
@pytest.mark.parametrize("language", words.LANGUAGES)
def test_each_label_stands_on_its_place_or_beside_all_on_a_line(tab, language, year, tmp_path):
    """In smaller letters and off the middle, if need be; each has its name and its value."""
    with words.use(language):
        file = maps.draw("files_online", year).web().save(tmp_path / "map.html")
    tab.goto(file.as_uri())
    beside = {}
    for wide, high in SIZES:
        tab.set_viewport_size({"width": wide, "height": high})
        tab.evaluate(SETTLED)
        found = lettered(tab, ".leaflet-tooltip.name", "i, b", PLACES)
        beside[wide, high] = found["beside"]
        assert (found["labels"], found["faults"]) == (8, [])
        assert found["beside"] == found["lines"]
        # on a phone there is no room at the right of all
        assert found["over"] < (30 if wide == 390 else 1), (wide, high)
        # in one go: a map lays its labels anew some time after its window changed
        seen = """[...document.querySelectorAll(".leaflet-tooltip.name")].map(one =>
            [...one.querySelectorAll("i, b")].filter(it => it.offsetWidth).length)"""
        assert tab.evaluate(seen) == [2] * 8
    assert beside[390, 844] >= 2
    assert beside[1920, 1080] == 0


def picture_of(tab):
    return np.asarray(Image.open(io.BytesIO(tab.screenshot())).convert("RGB"))


def near(pixels, colour):
    return np.abs(pixels.astype(int) - colour[:3]).max(axis=2) < 60


def printed(tab, file, paper, folder, screen=PHONE):
    """Print a page from a screen; give each sheet as a picture, and how many lines are on it."""
    tab.set_viewport_size(dict(zip(("width", "height"), screen, strict=True)))
    tab.goto(file.as_uri())
    pdf = folder / f"{file.stem}.pdf"
    tab.pdf(path=pdf, format=paper, print_background=False)
    subprocess.run(["pdftoppm", "-r", "50", "-png", pdf, folder / paper], check=True)
    text = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, encoding="utf-8"
    )
    sheets = [Image.open(one).convert("RGB") for one in sorted(folder.glob(f"{paper}-*.png"))]
    each = [one.split("\n") for one in text.stdout.split("\f")[: len(sheets)]]
    return sheets, [sum(bool(line.strip()) for line in one) for one in each]


def coloured(sheet, colours):
    pixels = np.asarray(sheet).astype(int)
    near = [np.abs(pixels - colour).max(axis=2) < 12 for colour in colours]
    return np.logical_or.reduce(near)


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="no poppler-utils here")
@pytest.mark.parametrize(
    ("paper", "screen"), [("A4", (1920, 1080)), ("A4", (1024, 1400)), ("A3", PHONE)]
)
def test_paper_has_the_whole_map_its_colours_and_its_banner(tab, files, paper, screen, tmp_path):
    sheets, on_each = printed(tab, files["many", "vi"], paper, tmp_path, screen)
    first = sheets[0]
    across, down = (
        coloured(first, [RED]).any(axis=0).sum(),
        coloured(first, [RED]).any(axis=1).sum(),
    )
    assert across > first.width / 6
    assert down > first.width / 50
    ramp = [tuple(bytes.fromhex(one[1:])) for one in indicators.classes("app_users").colours]
    left = first.crop((0, 0, int(0.63 * first.width), first.height))  # beside it the legend begins
    drawn = coloured(left, ramp)
    high, wide = (np.ptp(np.flatnonzero(drawn.any(axis=axis))) for axis in (1, 0))
    assert high / wide == pytest.approx(1, abs=0.03)  # a square of squares, and nothing cut
    assert wide > 0.4 * first.width
    assert min(on_each) > 3
    assert len(sheets) > 1


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="no poppler-utils here")
@pytest.mark.parametrize("kind", ["many", "circles"])
@pytest.mark.parametrize("paper", ["A4", "A3"])
def test_each_sheet_of_a_simulated_map_says_so_in_red(tab, files, kind, paper, tmp_path):
    sheets, _ = printed(tab, files[kind, "vi"], paper, tmp_path, DESK)
    assert len(sheets) > 1
    for sheet in sheets:
        red = coloured(sheet, [RED])
        assert red.any(axis=1).sum() > sheet.height / 100
        assert red.any(axis=0).sum() > sheet.width / 6
    text = subprocess.run(
        ["pdftotext", tmp_path / f"{files[kind, 'vi'].stem}.pdf", "-"],
        check=True, capture_output=True, encoding="utf-8",
    ).stdout  # fmt: skip
    each = text.split("\f")[: len(sheets)]
    assert all(words.term("words.simulated") in one for one in each)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no poppler-utils here")
def test_however_long_a_table_is_its_last_sheet_has_more_than_one_line(tab, files, tmp_path):
    tab.set_viewport_size(dict(zip(("width", "height"), DESK, strict=True)))
    tab.goto(files["circles", "vi"].as_uri())
    sheets = set()
    for _ in range(24):  # as many rows as are on half of a sheet
        tab.pdf(path=tmp_path / "table.pdf", format="A4")
        text = subprocess.run(
            ["pdftotext", "-layout", tmp_path / "table.pdf", "-"],
            check=True, capture_output=True, encoding="utf-8",
        ).stdout  # fmt: skip
        each = [[line for line in one.split("\n") if line.strip()] for one in text.split("\f")[:-1]]
        sheets.add(len(each))
        assert min(map(len, each)) >= 3, each[-1]
        tab.evaluate("document.querySelector('#data tbody tr:last-child').remove()")
    assert len(sheets) > 1


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="no poppler-utils here")
def test_paper_has_a_report_with_its_map(tab, files, tmp_path):
    sheets, on_each = printed(tab, files["report", "vi"], "A4", tmp_path)
    bands = [coloured(one, [RED]).any(axis=1).sum() / one.width for one in sheets]
    # The picture is red and as wide as the page; the map has its own banner.
    assert sum(0.02 < one < 0.1 for one in bands) == 1, bands
    assert min(on_each) > 1


def test_maps_of_one_picture_have_a_name_each_and_pictures_their_room_before_they_come(
    tab, tmp_path
):
    names = ["Người dùng, năm 2022: cao nhất ở A", "Người dùng, năm 2023: cao nhất ở B"]
    files = [tmp_path / one for one in ("figures/a.png", "web/a-1.html", "web/a-2.html")]
    for file, name in zip(files, ["Hình", *names], strict=True):
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"<title>{name}</title>", encoding="utf-8")
    with words.use("vi"):
        page = index.index(tmp_path, reports={"r.html": LONG}, kept={"r.html": files})
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    tab.set_viewport_size(dict(zip(("width", "height"), DESK, strict=True)))
    tab.goto((tmp_path / "index.html").as_uri())
    links = tab.locator(".also a").all_inner_texts()
    assert len(links) == len(set(links)) == 4
    assert [one.rsplit(", ", 1)[1] for one in links[2:]] == ["năm 2022", "năm 2023"]
    assert "·" not in tab.locator(".also").inner_text()
    box = tab.locator("img").bounding_box()  # it is no picture, and never comes
    assert box["width"] > 200
    assert box["height"] / box["width"] == pytest.approx(9 / 16, abs=0.02)
