"""Shared by the tests of the Pose lab's page: a server with a small model, visits, wishes."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.chromium import free_port, served

PHOTOS = Path(__file__).resolve().parents[1] / "data" / "photos" / "images"
SECONDS = 60_000
CANVAS = "#lab .ac-turntable canvas"
FILE = "#lab .ac-query input[type=file]"
CLAIMS = "#lab .ac-labclaims li"
HITS = "#lab .ac-card[data-hit]"
SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}


def started(tmp_path_factory, name: str, *mode: str):
    port = free_port()
    folder = tmp_path_factory.mktemp(name) / "data"
    script = str(Path(__file__).with_name("serve_lab.py"))
    return served([sys.executable, script, str(folder), str(port), *mode], port)


@contextmanager
def visit(browser, address: str, size: str = "wide", **options):
    """The open tab, still, in a window of its own."""
    options = {"reduced_motion": "reduce", **options}
    context = browser.new_context(viewport=SIZES[size], **options)
    page = context.new_page()
    home = address.partition("?")[0].rstrip("/")
    foreign: list[str] = []
    page.on(
        "request",
        lambda r: None if r.url.startswith((home, "data:", "blob:")) else foreign.append(r.url),
    )
    page.goto(address if "?" in address else f"{address}/?tab=lab")
    page.wait_for_selector("#lab .ac-query #ac-wish", timeout=SECONDS)
    yield page
    context.close()
    assert foreign == []


def wish(page, text: str, says: str) -> None:
    """Type a wish and wait for the body that answers it."""
    page.fill("#ac-wish", text)
    expect(page.locator(".ac-labread")).to_contain_text(says, timeout=SECONDS)
    expect(page.locator("#lab [data-drawing=false]")).to_have_count(1, timeout=SECONDS)


def pixels(page) -> str:
    return page.evaluate(f"document.querySelector('{CANVAS}').toDataURL()")
