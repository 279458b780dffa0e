"""The four tabs in Firefox, driven by WebDriver BiDi; skipped where Firefox is absent."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from itertools import count

import pytest

from tests.browser.chromium import free_port
from tests.browser.review_server import ReviewServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]
READY = {
    "retrieve": "#retrieve .ac-example",
    "describe": "#describe .ac-pair img",
    "augment": "#augment .ac-pair img",
    "review": "#review .ac-reviewtext textarea",
}


class Firefox:
    """A few commands of WebDriver BiDi over one socket."""

    def __init__(self, socket) -> None:
        self.socket = socket
        self.numbers = count(1)
        self.complaints: list[str] = []
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])
        self.context = self.ask("browsingContext.getTree")["contexts"][0]["context"]

    def ask(self, method: str, **parameters):
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv(timeout=120))
            if answer.get("method") == "log.entryAdded":
                entry = answer["params"]
                if entry["level"] == "error":
                    self.complaints.append(str(entry["text"]))
            elif answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]

    def go(self, url: str) -> None:
        self.ask("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def evaluate(self, script: str):
        answer = self.ask(
            "script.evaluate",
            expression=script,
            target={"context": self.context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return answer["result"].get("value")

    def wait(self, script: str, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({script})"):
            shown = self.evaluate("document.body.innerText")
            assert time.monotonic() < until, f"never true in Firefox: {script}; {shown[-800:]}"
            time.sleep(0.2)


@contextmanager
def firefox(folder):
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        missing = "Firefox is not installed"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    client = pytest.importorskip("websockets.sync.client")
    port = free_port()
    command = [path, "--headless", "--no-remote", "--profile", str(folder)]
    command += ["--remote-debugging-port", str(port), "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while True:
            try:
                socket = client.connect(f"ws://127.0.0.1:{port}/session", max_size=None)
                break
            except OSError:
                assert process.poll() is None, "Firefox ended"
                assert time.monotonic() < until, "Firefox does not answer"
                time.sleep(0.3)
        with socket:
            yield Firefox(socket)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def server(tmp_path):
    server = ReviewServer(tmp_path / "studio")
    server.folder.mkdir()
    server.start()
    yield server
    server.kill()


def test_every_tab_opens_in_firefox_without_an_error(server, tmp_path):
    with firefox(tmp_path) as browser:
        for tab, ready in READY.items():
            browser.go(f"{server.address}/?tab={tab}")
            browser.wait(f"document.querySelector('{ready}')?.checkVisibility()")
            wide = "document.documentElement.scrollWidth <= innerWidth"
            assert browser.evaluate(wide) is True, tab
        assert browser.complaints == []
