"""Open pages in Chromium: Debian's own, none is downloaded."""

import shutil
from pathlib import Path

import pytest
from axe_core_python.base import AXE_SCRIPT

ROOT = Path(__file__).parents[2]
NAMES = ("chromium-headless-shell", "chromium", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
"""Without its windows it draws the same, for half of the work."""
HANGS = 180
"""Seconds: what takes longer, however busy the machine, will not come."""
GRAVE = {"moderate", "serious", "critical"}
"""What axe finds and must not: a heading or a landmark that is missing, too."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items):
    """Mark every test here, and skip it where there is no browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                lacks = "no Chromium here: apt install chromium-headless-shell"
                item.add_marker(pytest.mark.skip(reason=lacks))


@pytest.fixture(scope="module")
def browser():
    """Start the browser, and stop it with the module: only one may be driven at a time."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=FLAGS, timeout=HANGS * 1000
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def atlas_file(tmp_path_factory):
    """Write the atlas of the simulated province."""
    from hganalysis import atlas, frames

    file = tmp_path_factory.mktemp("stick") / "atlas.html"
    return atlas.write(file, frames.reports(), teams=frames.teams())[0]


LETTERED = """([labels, rows, shapes]) => {
    // A corner of a line of letters lies on a shape or not, whatever else lies there.
    const seen = one => one.checkVisibility({ visibilityProperty: true });
    const all = of => [...document.querySelectorAll(of)].filter(seen);
    const written = all(labels), places = all(shapes), faults = [];
    const on = (place, [x, y]) => place.isPointInFill(
        new DOMPoint(x, y).matrixTransform(place.getScreenCTM().inverse()));
    const lettersOf = one => [...one.querySelectorAll(rows)].flatMap(row =>
        [...row.getClientRects()]);
    let beside = 0;
    for (const one of written) {
        const corners = lettersOf(one)
            .filter(box => box.width).flatMap(box => [box.left + 1, box.right - 1]
                .flatMap(x => [[x, box.top + 2], [x, box.bottom - 2]]));
        const within = places.map(place => corners.filter(at => on(place, at)).length);
        if (within.every(number => !number)) beside++;
        else if (!within.includes(corners.length)) faults.push(one.textContent);
    }
    const boxes = written.map(one => one.getBoundingClientRect()), lines = all(".leader.line");
    const lap = (a, b) =>
        a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    const lettered = written.map(lettersOf);
    written.forEach((one, at) => written.slice(at + 1).forEach((other, more) => {
        if (lettered[at].some(a => lettered[at + 1 + more].some(b => lap(a, b))))
            faults.push(`${one.textContent} lies on ${other.textContent}`);
    }));
    const all_points = lines.map(line => {
        const long = line.getTotalLength(), matrix = line.getScreenCTM();
        return Array.from({ length: 50 }, (_, step) =>
            line.getPointAtLength(step * long / 49).matrixTransform(matrix));
    });
    all_points.forEach((points, at) => all_points.slice(at + 1).forEach(others => {
        if (points.some(a => others.some(b => Math.hypot(a.x - b.x, a.y - b.y) < 2)))
            faults.push("a line strikes a line");
    }));
    for (const points of all_points) {
        written.forEach((one, at) => {
            const { left, right, top, bottom } = boxes[at];
            const strikes = ({ x, y }) =>
                x > left + 2 && x < right - 2 && y > top + 2 && y < bottom - 2;
            if (points.some(strikes))
                faults.push(`a line strikes ${one.textContent}`);
        });
    }
    // How far a line leads over another place than that in which it ends, in pixels.
    const over = all_points.map(points => {
        const under = ({ x, y }) => places.findIndex(place => on(place, [x, y]));
        const [start, end] = [points[0], points[49]], own = under(end);
        const astray = points.filter(one => under(one) >= 0 && under(one) !== own).length;
        return astray / 50 * Math.hypot(start.x - end.x, start.y - end.y);
    });
    return { labels: written.length, beside, lines: lines.length, faults,
        over: Math.max(0, ...over) };
}"""


def lettered(tab, *selectors):
    """Count labels, those beside all places and their lines; name those over a border."""
    return tab.evaluate(LETTERED, selectors)


AUDIT = """async only => {
    // Tables that are not shown are most of an atlas, and nine tenths of the time.
    const away = [...document.querySelectorAll("table")].filter(one => !one.checkVisibility());
    const marks = away.map(one => document.createComment(""));
    away.forEach((one, at) => one.replaceWith(marks[at]));
    const found = await axe.run(document, only);
    marks.forEach((one, at) => one.replaceWith(away[at]));
    return found.violations; }"""


def audit(frame, rules=None):
    """Let axe look at what is shown of a page, or of a frame of it; give the faults it finds."""
    frame.evaluate(AXE_SCRIPT)
    # A frame of a report lets nobody in: each is looked at by itself.
    only = {"resultTypes": ["violations"], "iframes": False}
    only |= {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    return {
        one["id"]: [node["html"][:90] for node in one["nodes"]]
        for one in frame.evaluate(AUDIT, only)
        if one["impact"] in GRAVE
    }


def whole_columns(page):
    """Count the texts of the table that are in sight; none of them is cut in two by its edge."""
    edge = page.locator("#table").evaluate("one => one.getBoundingClientRect().right")
    texts = page.eval_on_selector_all(
        "#table tr > *",
        """all => all.filter(one => one.checkVisibility()).map(one => {
            const text = document.createRange();
            text.selectNodeContents(one);
            const box = text.getBoundingClientRect();
            return [one.innerText, box.left, box.right];
        })""",
    )
    assert [text for text, left, right in texts if text and left < edge - 4 < right - 4] == []
    return sum(right < edge for _, _, right in texts)
