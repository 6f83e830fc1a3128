"""Open a notebook in JupyterLab as somebody does who has just cloned the project."""

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress

import pytest

from .conftest import HANGS, ROOT

pytestmark = pytest.mark.nightly

NOTEBOOK = "01_where_uptake_is_high.ipynb"
SHAPES = "path.leaflet-interactive"
MAPS = ".jp-OutputArea-output iframe[srcdoc]"
READY = ".jp-Notebook-ExecutionIndicator[data-status='idle']"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Start JupyterLab on copies of the notebooks, for somebody who never used it before."""
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(ROOT / "notebooks", home / "notebooks")
    # All cells are laid out, those out of sight too: the test looks at each.
    settings = home / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}', "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    variables = {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
        *(f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"),
        *("--LabApp.news_url=None", f"--ServerApp.root_dir={home}"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            command, cwd=home, env={**os.environ, **variables}, stdout=log, stderr=log
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/api/status?token={token}", server, home / "log")
            yield address, token, home / "notebooks" / "vi"
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(timeout=20)
            server.kill()


def wait_for(url, server, log):
    """Wait until the server answers, or say what it wrote."""
    for _ in range(HANGS):
        with suppress(OSError), urllib.request.urlopen(url) as answer:
            if answer.status == 200:
                return
        assert server.poll() is None, log.read_text("utf-8", errors="replace")[-2000:]
        time.sleep(1)
    pytest.fail(log.read_text("utf-8", errors="replace")[-2000:])


@pytest.fixture(scope="module")
def opened(browser, lab):
    """Open the notebook in Lab; give the page and what it asked of others."""
    address, token, _ = lab
    page, outside = browser.new_page(viewport={"width": 1600, "height": 1000}), []
    local = (address, address.replace("http", "ws"), "data:", "blob:", "about:")
    page.on("request", lambda asked: asked.url.startswith(local) or outside.append(asked.url))
    page.set_default_timeout(HANGS * 1000)
    page.goto(f"{address}/lab/tree/notebooks/vi/{NOTEBOOK}?token={token}&reset")
    page.wait_for_selector(".jp-Notebook .jp-OutputArea-output")
    yield page, outside
    page.close()


def outputs(kind):
    """Count the outputs of a kind that the notebook shows."""
    cells = json.loads((ROOT / "notebooks" / "vi" / NOTEBOOK).read_text(encoding="utf-8"))["cells"]
    shown = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    if kind == "picture":
        return sum("image/png" in data for data in shown)
    return sum("srcdoc=" in "".join(data.get("text/html", "")) for data in shown)


def pictures(page):
    """Count the pictures that are drawn."""
    drawn = "[...document.querySelectorAll('.jp-RenderedImage img')].map(one => one.naturalWidth)"
    return sum(width > 0 for width in page.evaluate(drawn))


SHOWN = f"""() => {{
    const shapes = [...document.querySelectorAll('{SHAPES}')];
    return {{
        drawn: shapes.some(one => one.getBoundingClientRect().width > 5),
        legend: document.querySelector('.legend').checkVisibility(),
        banner: document.querySelector('.banner').checkVisibility(),
    }};
}}"""


def shown(page, number):
    """Bring a map into sight, and say what it shows by now."""
    from playwright.sync_api import Error

    # Lab may lay an output out anew while it is looked at, so it is looked up each time.
    with suppress(Error):
        one = page.locator(MAPS).nth(number)
        one.scroll_into_view_if_needed()
        return one.element_handle().content_frame().evaluate(SHOWN)
    return {}


def run_all(page):
    """
    Run all cells.

    Before its kernel is there, Lab takes the command and runs nothing; on a busy machine it may say
    that it is idle and not yet be: then it is told once more, as somebody would.
    """
    from playwright.sync_api import TimeoutError as Nothing

    page.wait_for_selector(READY)
    deadline, started = time.monotonic() + HANGS, False
    while not started and time.monotonic() < deadline:
        page.keyboard.press("Escape")  # a server that is slow says so in a dialog
        with suppress(Nothing):
            page.click(".lm-MenuBar-itemLabel:text-is('Run')", timeout=10_000)
            page.click(".lm-Menu-itemLabel:text-is('Run All Cells')", timeout=10_000)
            page.wait_for_selector(".jp-InputPrompt:text-is('[*]:')", timeout=30_000)
            started = True
    assert started, [one.inner_text() for one in page.query_selector_all(".jp-Dialog")]


def idle(page):
    """Say whether every code cell has a number."""
    prompts = page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
    return all(re.fullmatch(r"\[\d+\]:", prompt.strip()) for prompt in prompts)


def test_untrusted_it_shows_pictures_and_says_nothing_of_maps(opened):
    page, _ = opened
    page.wait_for_function(
        f"document.querySelectorAll('.jp-RenderedImage img').length === {outputs('picture')}"
    )
    assert pictures(page) == outputs("picture") > 0
    assert outputs("map") > 0
    assert page.query_selector_all(".jp-OutputArea-output iframe") == []
    assert "jupyter trust" not in page.inner_text("body")
    assert "WebMap" not in page.inner_text("body")


def test_after_run_all_every_map_is_drawn(opened):
    page, outside = opened
    run_all(page)
    deadline = time.monotonic() + HANGS
    while not idle(page) and time.monotonic() < deadline:
        page.wait_for_timeout(500)
    assert idle(page)
    assert page.query_selector_all("[data-mime-type*='stderr']") == []
    assert page.locator(MAPS).count() == outputs("map") > 0
    for number in range(outputs("map")):
        deadline, found = time.monotonic() + HANGS, {}
        while time.monotonic() < deadline and not (found and all(found.values())):
            page.wait_for_timeout(100)
            found = shown(page, number)
        assert found
        assert all(found.values())
    assert pictures(page) == outputs("picture")
    assert outside == []


def test_saved_it_is_the_notebook_that_was_built(opened, lab):
    page, _ = opened
    _, _, folder = lab
    before = (folder / NOTEBOOK).stat().st_mtime_ns
    page.keyboard.press("Control+s")
    saved, deadline = None, time.monotonic() + HANGS
    while saved is None and time.monotonic() < deadline:
        page.wait_for_timeout(100)
        if (folder / NOTEBOOK).stat().st_mtime_ns != before:
            with suppress(ValueError):  # Lab empties the file before it writes it
                saved = json.loads((folder / NOTEBOOK).read_text(encoding="utf-8"))
    saved["metadata"]["language_info"].pop("version")
    assert saved == json.loads((ROOT / "notebooks" / "vi" / NOTEBOOK).read_text(encoding="utf-8"))
