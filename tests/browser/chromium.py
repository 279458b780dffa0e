"""A headless Chromium and a studio server in a process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO

import pytest

from tests.warm import WarmProcess

REPOSITORY = Path(__file__).resolve().parents[2]
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def missing(reason: str) -> None:
    """Skip on a developer's machine; fail where the whole suite must run."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def chromium_path() -> str | None:
    """The system's Chromium, or None to let playwright use its own.

    Its headless shell has the same pages without windows around them, and opens one in half the
    CPU time.
    """
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(
    command: list[str],
    port: int,
    seconds: float = 60.0,
    *,
    folder: Path = REPOSITORY,
    environment: Mapping[str, str] = MappingProxyType({}),
    warm: bool = True,
) -> Iterator[str]:
    """Run a server until the block ends; yields its address once it answers.

    In another ``folder`` than the repository's it sees nothing of the repository. ``environment``
    is added to this process's own. With ``warm`` a Python program of the repository begins with its
    packages imported (tests/warm.py); without, as a user starts it.
    """
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", **environment}
    environment.pop("PYTHONPATH", None)
    if folder == REPOSITORY:
        environment["PYTHONPATH"] = str(REPOSITORY)
    warm = warm and folder == REPOSITORY and command[0] == sys.executable
    # A file, not a pipe: nobody reads while the server runs, and a full pipe would stop it.
    with tempfile.TemporaryFile() as log:
        process: WarmProcess | subprocess.Popen
        if warm:
            process = WarmProcess(command, cwd=folder, env=environment, output=log.fileno())
        else:
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for(address, process, seconds, log)
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(
    address: str, process: WarmProcess | subprocess.Popen, seconds: float, log: BinaryIO
) -> None:
    """Wait until a server answers, or tell what it printed to its log."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            log.seek(0)
            said = log.read().decode(errors="replace")[-2000:]
            raise RuntimeError(f"the server ended with code {process.returncode}: {said}")
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"the server did not answer at {address} within {seconds} s")


class WatchedBrowser:
    """A Chromium in which everything that a page complains of is kept.

    Page errors and console errors of every page of every context come together in ``complaints``;
    conftest.py fails the test that produced one.
    """

    def __init__(self, browser) -> None:
        self.browser = browser
        self.complaints: list[str] = []
        self._expected: list[str] = []

    def new_context(self, **options):
        context = self.browser.new_context(**options)
        context.on("weberror", lambda error: self._note(f"page error: {error.error}"))
        context.on(
            "console", lambda m: self._note(f"console: {m.text}") if m.type == "error" else None
        )
        return context

    def new_page(self, **options):
        return self.new_context(**options).new_page()

    def expect(self, *words: str) -> None:
        """Complaints with one of these words are meant, in this test."""
        self._expected += words

    def close_pages(self) -> None:
        """Close every page that is still open."""
        for context in self.browser.contexts:
            context.close()

    def take(self) -> list[str]:
        """The complaints so far, forgotten here, with what was expected."""
        found, self.complaints, self._expected = self.complaints, [], []
        return found

    def _note(self, complaint: str) -> None:
        if not any(words in complaint for words in self._expected):
            self.complaints.append(complaint)


@contextmanager
def launched() -> Iterator[WatchedBrowser]:
    """A Chromium, from the system or from playwright."""
    sync_api = pytest.importorskip("playwright.sync_api") if not os.environ.get("CI") else None
    if sync_api is None:
        from playwright import sync_api
    with sync_api.sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS)
        except sync_api.Error as error:
            missing(f"no Chromium can be started: {str(error).splitlines()[0]}")
            raise
        yield WatchedBrowser(browser)
        browser.close()
