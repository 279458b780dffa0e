"""A studio with a review store in a process of its own, and what tests do on its Review page."""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from autocompose.review.queue.next_items import Selection, find
from autocompose.review.store.records import EventKind
from autocompose.review.store.review_store import Store
from tests.browser.chromium import REPOSITORY, free_port, wait_for
from tests.warm import WarmProcess

READY = "#review .ac-reviewtext textarea"
SECONDS = 60_000
"""Milliseconds that a page may take on a busy machine."""

WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}


class ReviewServer:
    """A studio with a review store in a process that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder}/review.sqlite3"
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: WarmProcess | None = None

    def start(self) -> None:
        script = str(Path(__file__).with_name("serve_review.py"))
        command = [sys.executable, script, str(self.folder / "data"), str(self.port), self.url]
        environment = {
            **os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "PYTHONPATH": str(REPOSITORY)
        }  # fmt: skip
        with tempfile.TemporaryFile() as log:
            self.process = WarmProcess(
                command, cwd=REPOSITORY, env=environment, output=log.fileno()
            )
            wait_for(self.address, self.process, 180, log)

    def keep(self) -> None:
        """Remember the store as it is now, for `restore`."""
        self._copy("review.sqlite3", "kept.sqlite3")

    def restore(self) -> None:
        """Put the kept store in place of the one in use, in one transaction."""
        self._copy("kept.sqlite3", "review.sqlite3")

    def _copy(self, source: str, target: str) -> None:
        with (
            closing(sqlite3.connect(self.folder / source)) as given,
            closing(sqlite3.connect(self.folder / target, timeout=30)) as taken,
        ):
            given.backup(taken)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def saves(self) -> list[str]:
        """The operations that people saved, as the store holds them."""
        with Store(self.url, create=False) as store:
            assert store.verify().problems == ()
            everything = find(store, Selection(), limit=1000).items
            events = [event for item in everything for event in store.history(item.id)]
        return [event.operation for event in events if event.kind is EventKind.SAVE]


def open_review(context, server):
    page = context.new_page()
    page.goto(server.address)
    page.get_by_role("tab", name="Review").click(timeout=SECONDS)
    page.wait_for_selector(READY, timeout=SECONDS)
    return page


def wait_saved(page) -> None:
    page.wait_for_function(
        "() => document.querySelector('#review .ac-status').dataset.unsaved === '0'",
        timeout=SECONDS,
    )


def wait_ahead(page, least: int, most: int = 10**6) -> None:
    """Wait until so many items are on the page, the one on the table among them."""
    page.wait_for_function(
        "([least, most]) => { const box = document.querySelector('#review .ac-review');"
        " const n = Number(box?.dataset.ahead ?? -1); return n >= least && n <= most; }",
        arg=[least, most],
        timeout=SECONDS,
    )


def type_keys(page, key: str, times: int) -> None:
    """Press a key as fast as the browser takes it, once per item that is on screen."""
    for _ in range(times):
        page.wait_for_selector(READY, timeout=SECONDS)
        page.keyboard.press(key)


def wait_words(page, selector: str, words: str) -> str:
    """The text of an element, once it holds some words."""
    page.wait_for_function(
        "([at, words]) => document.querySelector(at)?.textContent.includes(words)",
        arg=[selector, words],
        timeout=SECONDS,
    )
    return page.inner_text(selector)


def choose(page, **filters: str) -> None:
    """Set filters by their labels; the panel stays open."""
    if page.locator("#review .ac-filterpanel").is_hidden():
        page.get_by_role("button", name="Filters", exact=True).click()
    for label, value in filters.items():
        name = label.replace("_", " ")
        panel = page.locator("#review .ac-filterpanel")
        panel.get_by_label(name, exact=True).select_option(value)


def shown_keys(page) -> set[str]:
    keys = "all => all.map(button => button.dataset.key)"
    return set(page.eval_on_selector_all("#review .ac-queued", keys))


def current_id(page) -> str:
    return page.get_attribute("#review .ac-queued[aria-current=true]", "data-item")


def press_all(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def write(page, text: str) -> None:
    """Replace the first phrasing as a person does."""
    press_all(page, "Escape", "e", "Control+A")
    page.keyboard.insert_text(text)
