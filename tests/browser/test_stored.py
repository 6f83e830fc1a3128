"""What the atlas shows and does, state by state, held to what is stored."""

import re

import stored

from .test_atlas import TWO, UNLIKE, opened, point_at

SHOWN = """() => {
    const all = (of, by) => [...document.querySelectorAll(of)]
        .filter(one => one.checkVisibility()).map(one => by(one).join(" "));
    const said = document.body.innerText.split("\\n").map(one => one.trim()).filter(Boolean);
    return [
        location.hash.replace(/^#/, ""),
        ...said,
        ...all("[data-level] [data-code]", one => ["shape", one.dataset.code,
            ...["fill", "class", "aria-label"].map(name => one.getAttribute(name))]),
        ...all("svg rect, svg line, svg circle, svg polygon", one => [one.tagName,
            ...["x", "y", "x1", "y1", "cx", "cy", "width", "height", "fill", "class"].map(name =>
                (one.getAttribute(name) || "").replace(/[0-9.]+/g, number => Math.round(number)))]),
        ...all("#table tr", one => ["row", one.dataset.code, one.className,
            ...[...one.children].map(cell => cell.getAttribute("style") || "")]),
        ...all("th", one => ["head", one.innerText, one.getAttribute("aria-sort")]),
        ...all("input, select", one => [one.id || one.name, one.type, one.value, one.checked]),
    ];
}"""


def shown(page, what):
    yield f"== {what}"
    for line in page.evaluate(SHOWN):
        yield re.sub(r"\s+", " ", line)


def values(page, of):
    return page.eval_on_selector_all(of, "all => all.map(one => one.value)")


def walk(page):
    """Go through measures, years and changes, levels, languages, columns and places."""
    yield from shown(page, "first")
    select = page.locator(".pick select >> nth=0")
    for measure in values(page, ".pick:first-of-type select option"):
        select.select_option(measure)
        for when in values(page, 'input[name="year-0"]'):
            page.check(f'input[name="year-0"][value="{when}"]', force=True)
            yield from shown(page, f"{measure} {when}")
        page.check("#compare", force=True)
        yield from shown(page, f"{measure} beside another")
        page.uncheck("#compare", force=True)
    for level in page.eval_on_selector_all("#levels input", "all => all.map(one => one.value)"):
        page.check(f'#levels input[value="{level}"]', force=True)
        yield from shown(page, level)
    page.check('#levels input[value="district"]', force=True)
    heads = page.locator("#table thead th")
    for number in range(heads.count()):
        for _ in range(2):
            heads.nth(number).dispatch_event("click")
            yield from shown(page, f"sorted by {number}")
    for code in page.eval_on_selector_all(
        '.map [data-level="district"] [data-code]', "all => all.map(one => one.dataset.code)"
    ):
        point_at(page, code)
        yield f"tip {code}: {page.locator('#tip').inner_text()}"
        page.mouse.down()
        page.mouse.up()
        yield f"told {code}: {page.locator('#told').inner_text()}"
    page.keyboard.press("Escape")
    for asked in ("long my", "phung hiep", "dong", "31318", "a b", "long"):
        page.fill("#search", asked)
        yield f"found {asked}: {page.locator('#found').inner_text()}"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    yield f"card: {page.locator('#card').inner_text()}"
    page.keyboard.press("Escape")
    yield from shown(page, "picked")
    with page.expect_download() as saved:
        page.click("#save")
    yield saved.value.suggested_filename
    yield from saved.value.path().read_text(encoding="utf-8").splitlines()


def test_all_that_the_page_shows(browser, atlas_file):
    lines = []
    with opened(browser, atlas_file) as page:
        lines += [one.replace("\n", " / ") for one in walk(page)]
    for address in (TWO, UNLIKE.format("vi"), UNLIKE.format("en"), "#l=commune&g=en"):
        with opened(browser, atlas_file, address) as page:
            lines += shown(page, address)
    stored.hold(lines, "page")
