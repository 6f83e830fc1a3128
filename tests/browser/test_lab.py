"""Open a notebook in JupyterLab as somebody does who has just cloned the project."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from hganalysis import words

from .conftest import HANGS, ROOT

pytestmark = pytest.mark.nightly

NOTEBOOK = "01_where_uptake_is_high.ipynb"
MAPS = ".jp-OutputArea-output iframe[srcdoc]"
TOKEN = "of-a-test"
LAB = ("settings", "workspaces")
SHOWN = """() => {
    const shapes = [...document.querySelectorAll('path.leaflet-interactive')];
    return shapes.some(one => one.getBoundingClientRect().width > 5) &&
        document.querySelector('.legend').checkVisibility() &&
        document.querySelector('.banner').checkVisibility(); }"""
DRAWN = "all => all.filter(one => one.naturalWidth > 0).length"


def until(page, done):
    """Wait for something, and give it; nothing where it does not come."""
    deadline = time.monotonic() + HANGS
    outcome = None
    while not outcome and time.monotonic() < deadline:
        page.wait_for_timeout(200)
        with suppress(Exception):  # Lab may lay an output out anew while it is looked at
            outcome = done()
    return outcome


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
    rooms = {
        f"JUPYTER_{output}_DIR": str(home / output) for output in ("CONFIG", "DATA", "RUNTIME")
    }
    rooms |= {f"JUPYTERLAB_{output.upper()}_DIR": str(home / output) for output in LAB}
    rooms |= dict.fromkeys(("JUPYTER_CONFIG_PATH", "JUPYTER_PATH"), str(ROOT / ".lab"))
    rooms |= {"HOME": str(home), "IPYTHONDIR": str(home / "ipython")}
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ip=127.0.0.1",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={home}",
    ]
    with (home / "log").open("wb") as log:
        around = {**os.environ, **rooms}
        server = subprocess.Popen(command, cwd=home, env=around, stdout=log, stderr=log)
        yield f"http://127.0.0.1:{port}", home / "notebooks" / "vi" / NOTEBOOK
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout=20)
        server.kill()


def run_all(page):
    """
    Run all cells.

    Before its kernel is there, Lab takes the command and runs nothing; on a busy machine it may say
    that it is idle and not yet be: then it is told once more, as somebody would.
    """
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']")

    def started():
        page.keyboard.press("Escape")  # a server that is slow says so in a dialog
        page.click(".lm-MenuBar-itemLabel:text-is('Run')", timeout=10_000)
        page.click(".lm-Menu-itemLabel:text-is('Run All Cells')", timeout=10_000)
        return page.wait_for_selector(".jp-InputPrompt:text-is('[*]:')", timeout=30_000)

    def ended():
        prompts = page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
        return all(re.fullmatch(r"\[\d+\]:", prompt.strip()) for prompt in prompts)

    assert until(page, started)
    assert until(page, ended)


def test_untrusted_it_shows_pictures_and_after_run_all_every_map_as_it_was_built(browser, lab):
    address, file = lab
    built = json.loads(file.read_text(encoding="utf-8"))
    shown = [
        output.get("data", {}) for cell in built["cells"] for output in cell.get("outputs", [])
    ]
    pictures = sum("image/png" in output for output in shown)
    maps = sum("srcdoc=" in "".join(output.get("text/html", "")) for output in shown)
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    outside = []
    local = (address, address.replace("http", "ws"), "data:", "blob:", "about:")
    page.on(
        "request",
        lambda request_seen: request_seen.url.startswith(local) or outside.append(request_seen.url),
    )
    page.set_default_timeout(HANGS * 1000)
    url = f"{address}/lab/tree/notebooks/vi/{NOTEBOOK}?token={TOKEN}&reset"
    assert until(page, lambda: page.goto(url))  # the server takes its time to start
    page.wait_for_selector(".jp-Notebook .jp-OutputArea-output")

    def drawn():
        return page.eval_on_selector_all(".jp-RenderedImage img", DRAWN) == pictures > 0

    assert until(page, drawn)
    assert page.query_selector_all(".jp-OutputArea-output iframe") == []
    shown = page.inner_text("body")
    assert not re.search("jupyter trust|WebMap|privacy policy", shown)
    assert shown.count(words.term("web.run_cell")) == maps > 0
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status='idle']")
    assert page.query_selector_all(".jp-mod-dirty") == []

    run_all(page)
    assert words.term("web.run_cell") not in page.inner_text("body")
    assert page.query_selector_all("[data-mime-type*='stderr']") == []
    assert page.locator(MAPS).count() == maps > 0

    def map_drawn(number):
        output = page.locator(MAPS).nth(number)
        output.scroll_into_view_if_needed()
        return output.element_handle().content_frame().evaluate(SHOWN)

    assert all(until(page, lambda at=at: map_drawn(at)) for at in range(maps))
    assert drawn()
    assert outside == []
    page.close()
