"""A report in Chromium: whatever a notebook holds, its page asks no network for anything."""

import nbformat
import pytest

from hganalysis.publish import report

OUTSIDE = [
    '<script src="https://example.org/a.js"></script>',
    '<link rel="stylesheet" href="https://example.org/a.css">',
    '<img srcset="http://example.org/a.png 2x">',
    "<style>@import 'https://example.org/a.css';</style>",
    '<p style="background: url(&quot;http://example.org/a.png&quot;)">text</p>',
    "<script>fetch('https://example.org/a.json').catch(() => 0)</script>",
    "<iframe srcdoc='<img src=\"https://example.org/b.png\">'></iframe>",
]


def page(file, html):
    output = nbformat.v4.new_output("display_data", {"text/html": html})
    cell = nbformat.v4.new_code_cell("x", outputs=[output])
    told = report.report(nbformat.v4.new_notebook(cells=[cell]), title="x")
    file.write_text(told, encoding="utf-8")
    return file.as_uri()


@pytest.mark.parametrize("html", OUTSIDE)
def test_a_report_fetches_nothing(browser, tmp_path, html):
    tab, asked, kept = browser.new_page(), [], []
    tab.on("request", lambda one: asked.append(one.url))
    tab.on("requestfailed", lambda one: kept.append((one.url, one.failure)))
    tab.goto(page(tmp_path / "a.html", html))
    tab.wait_for_timeout(300)
    tab.close()
    stopped = {url for url, why in kept if why == "csp"}
    assert [one for one in asked if one.startswith("http") and one not in stopped] == []
