"""Open pages in Chromium: Debian's own, none is downloaded."""

import shutil
from pathlib import Path

import pytest
from axe_core_python.base import AXE_SCRIPT

ROOT = Path(__file__).parents[2]
NAMES = ("chromium-headless-shell", "chromium", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), NAMES[0])
"""Without its windows it draws the same, for half of the work."""
HANGS = 180
"""Seconds: what takes longer, however busy the machine, will not come."""
GRAVE = {"moderate", "serious", "critical"}
"""What axe finds and must not: a heading or a landmark that is missing, too."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic"]


def pytest_collection_modifyitems(items):
    """Mark every test here."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser():
    """Start the browser, and stop it with the module: only one may be driven at a time."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        how = {
            "executable_path": CHROMIUM,
            "args": FLAGS,
            "timeout": HANGS * 1000,
        }
        chromium = playwright.chromium.launch(**how)
        yield chromium
        chromium.close()


@pytest.fixture
def tab(browser):
    """Open a tab that notes what a page asks for from outside, and what goes wrong in it."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.wrong = []
    outside = ("http:", "https:", "ws:", "wss:")
    page.on(
        "request",
        lambda request_seen: (
            page.wrong.append(request_seen.url) if request_seen.url.startswith(outside) else 0
        ),
    )
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda line: page.wrong.append(line.text) if line.type == "error" else 0)
    yield page
    assert page.wrong == []
    page.close()


FAULTS = """() => {
    const seen = [...document.querySelectorAll("img, svg, table, iframe")];
    const wide = seen.filter(one => one.checkVisibility()).filter(one =>
        one.getBoundingClientRect().width > innerWidth + 1 &&
        !(one.tagName === "TABLE" && one.rows[0].cells.length > 4));
    const small = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const at = texts.currentNode.parentElement;
        if (texts.currentNode.textContent.trim() && at.checkVisibility() &&
            !at.closest("svg, script, style") && parseFloat(getComputedStyle(at).fontSize) < 13)
            small.push(at);
    }
    const over = document.documentElement.scrollWidth > innerWidth ? [document.body] : [];
    return [...wide, ...small, ...over].map(one => one.outerHTML.slice(0, 80));
}"""
"""What is wider than the screen, but for tables of more than four columns, which scroll; and what
has letters below 13 pixels."""


AUDIT = """async only => {
    const found = await axe.run(document, only);
    return found.violations; }"""


def audit(frame, rules=None):
    """Let axe look at what is shown of a page, or of a frame of it; give the faults it finds."""
    frame.evaluate(AXE_SCRIPT)
    # A frame of a report lets nobody in: each is looked at by itself.
    only = {"resultTypes": ["violations"], "iframes": False}
    only |= {"runOnly": {"type": "rule", "values": rules}} if rules else {}
    return {
        request_seen["id"]: [node["html"][:90] for node in request_seen["nodes"]]
        for request_seen in frame.evaluate(AUDIT, only)
        if request_seen["impact"] in GRAVE
    }
