"""Drive Debian's Firefox by WebDriver BiDi: it speaks WebSocket, nothing is downloaded for it."""

import json
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress

import websocket

from .conftest import HANGS

FIREFOX = next(filter(None, map(shutil.which, ("firefox-esr", "firefox"))), None)
# Every address but those of files leads nowhere, and nothing of Firefox's own goes out either.
PREFERENCES = """
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
user_pref("browser.download.folderList", 2);
user_pref("browser.download.dir", "DOWNLOADS");
user_pref("browser.helperApps.neverAsk.saveToDisk", "text/csv");
"""


class Page:
    """One tab: what is asked of it goes out with a number, and its answer comes back with it."""

    def __init__(self, port):
        self.socket = websocket.create_connection(
            f"ws://127.0.0.1:{port}/session", timeout=HANGS, suppress_origin=True
        )
        self.number, self.faults, self.downloads = 0, [], None
        self.ask("session.new", capabilities={})
        self.tab = self.ask("browsingContext.getTree")["contexts"][0]["context"]
        self.ask("session.subscribe", events=["log.entryAdded", "network.beforeRequestSent"])

    def ask(self, method, **parameters):
        """Send a command, and wait for its answer; what the page says meanwhile is noted."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            said = json.loads(self.socket.recv())
            if said.get("id") == self.number:
                assert said["type"] == "success", said
                return said["result"]
            self.note(said.get("method"), said.get("params", {}))

    def note(self, event, told):
        if event == "log.entryAdded" and told["level"] == "error":
            self.faults.append(told["text"])
        if event == "network.beforeRequestSent":
            url = told["request"]["url"]
            if not url.startswith(("file:", "data:", "blob:", "about:")):
                self.faults.append(url)

    def open(self, url):
        self.ask("browsingContext.navigate", context=self.tab, url=url, wait="complete")

    def size(self, width, height):
        self.ask(
            "browsingContext.setViewport",
            context=self.tab,
            viewport={"width": width, "height": height},
        )

    def run(self, expression):
        """Compute an expression in the page; give what it is as Python has it."""
        answer = self.ask(
            "script.evaluate",
            expression=f"JSON.stringify({expression})",
            target={"context": self.tab},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer.get("exceptionDetails", {}).get("text")
        return json.loads(answer["result"].get("value", "null"))

    def press(self, *keys):
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.ask(
            "input.performActions",
            context=self.tab,
            actions=[{"type": "key", "id": "keys", "actions": actions}],
        )

    def picture(self):
        return self.ask("browsingContext.captureScreenshot", context=self.tab)["data"]

    def pdf(self, width, height):
        return self.ask(
            "browsingContext.print",
            context=self.tab,
            page={"width": width, "height": height},
            margin=dict.fromkeys(("top", "bottom", "left", "right"), 1.0),
            background=True,
        )["data"]


@contextmanager
def firefox(folder):
    """Start a Firefox that was never used before, and stop it; its profile lies in the folder."""
    profile, downloads = folder / "profile", folder / "downloads"
    profile.mkdir()
    downloads.mkdir()
    (profile / "user.js").write_text(PREFERENCES.replace("DOWNLOADS", str(downloads)), "utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(FIREFOX, "--headless", "--no-remote", "--profile", str(profile)),
        *(f"--remote-debugging-port={port}", "about:blank"),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            page = connected(port, process, folder / "log")
            page.downloads = downloads
            yield page
            page.socket.close()
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=20)
            process.kill()


def connected(port, process, log):
    for _ in range(4 * HANGS):
        with suppress(OSError, websocket.WebSocketException):
            return Page(port)
        assert process.poll() is None, log.read_text("utf-8", errors="replace")[-2000:]
        time.sleep(0.25)
    raise AssertionError(log.read_text("utf-8", errors="replace")[-2000:])
