"""Shared by the tests of Describe: a server of its own, and pages that have settled."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.chromium import free_port, served
from tests.browser.studio_pages import WIDTHS, local

PHRASE = "#describe .ac-phrase textarea"
READY = "#describe .ac-phrase button.ac-vchip"
DESCRIBED = "?tab=describe"


@contextmanager
def serve(folder: Path, store: Path, *how: str) -> Iterator[str]:
    port = free_port()
    script = str(Path(__file__).with_name("serve_describe.py"))
    command = [sys.executable, script, str(folder), str(port), f"sqlite:///{store}", *how]
    with served(command, port) as address:
        yield address


@contextmanager
def showing(browser, address: str, ready: str, *, width: int = 1440, **options):
    """A page of its own browser; a request to another host fails the test."""
    size = {"width": width, "height": WIDTHS[width]}
    opened = browser.new_context(viewport=size, **options)
    page = opened.new_page()
    foreign: list[str] = []
    home = address.partition("?")[0].rstrip("/")
    page.on("request", lambda r: None if local(r.url, home) else foreign.append(r.url))
    page.goto(address)
    page.wait_for_selector(ready, timeout=30_000)
    yield page
    opened.close()
    assert foreign == []


@contextmanager
def describing(browser, address: str, **options):
    with showing(browser, f"{address}/{DESCRIBED}", READY, **options) as page:
        settle(page)
        yield page


def settle(page) -> None:
    page.wait_for_function("() => !document.querySelector('#describe .ac-pending')")
