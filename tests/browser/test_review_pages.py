"""The Review page against a server that is killed, a disk that is full, and a second browser."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from autocompose.review.queue import Selection, find
from autocompose.review.records import EventKind
from autocompose.review.store import Store
from tests import review_fakes as fakes
from tests.browser.chromium import REPOSITORY, free_port, wait_for
from tests.browser.serve_review import HARD

pytestmark = pytest.mark.browser
READY = "#review .ac-reviewtext textarea"
SECONDS = 120_000  # ms; a busy machine starts a server in half a minute


class ReviewServer:
    """A studio with a review store in a process that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder}/review.sqlite3"
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        script = str(Path(__file__).with_name("serve_review.py"))
        command = [sys.executable, script, str(self.folder / "data"), str(self.port), self.url]
        environment = {
            **os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "PYTHONPATH": str(REPOSITORY)
        }  # fmt: skip
        self.process = subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL
        )
        wait_for(self.address, self.process, 180)

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


@pytest.fixture
def server(tmp_path):
    server = ReviewServer(tmp_path)
    server.start()
    yield server
    server.kill()


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


def type_keys(page, key: str, times: int) -> None:
    """Press a key as fast as the browser takes it, once per item that is on screen."""
    for _ in range(times):
        page.wait_for_selector(READY, timeout=SECONDS)
        page.keyboard.press(key)


def queue(page) -> set[str]:
    items = "all => all.map(button => button.dataset.item)"
    return set(page.eval_on_selector_all("#review [data-item]", items))


def status(page) -> str:
    return page.inner_text("#review .ac-status")


@pytest.mark.slow
def test_approvals_typed_at_full_speed_survive_a_killed_server_and_a_closed_page(browser, server):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = open_review(context, server)
    type_keys(page, "a", 100)
    wait_saved(page)
    assert len(server.saves()) == 100
    # Twenty are prefetched: they can be decided while nobody answers.
    server.kill()
    type_keys(page, "a", 12)
    page.wait_for_function(
        "() => document.querySelector('#review .ac-status').textContent.startsWith('Offline')",
        timeout=SECONDS,
    )
    assert "12 unsaved" in status(page)
    server.start()
    wait_saved(page)  # without a reload
    assert len(server.saves()) == len(set(server.saves())) == 112
    page.wait_for_selector(READY, timeout=SECONDS)
    page.wait_for_function(
        "() => document.querySelectorAll('#review .ac-queued').length > 8", timeout=SECONDS
    )
    server.kill()
    type_keys(page, "x", 6)
    page.close()
    server.start()
    again = open_review(context, server)  # what the closed page held is there and is sent
    wait_saved(again)
    assert len(server.saves()) == len(set(server.saves())) == 118
    context.close()


def test_a_full_disk_is_said_and_the_outbox_drains_when_there_is_room(browser, server):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = open_review(context, server)
    mark = server.folder / "full"
    mark.touch()
    type_keys(page, "a", 3)
    page.wait_for_function(
        "() => document.querySelector('#review .ac-status').textContent.includes('is full')",
        timeout=SECONDS,
    )
    kept = page.evaluate(
        "Object.keys(localStorage).filter(k => k.startsWith('autocompose-review:')).length"
    )
    assert kept + len(server.saves()) >= 3
    mark.unlink()
    wait_saved(page)
    assert len(server.saves()) == 3
    context.close()


def test_two_browsers_share_no_item_and_a_forced_conflict_shows_both_edits(browser, server):
    contexts = [browser.new_context(viewport={"width": 1440, "height": 900}) for _ in range(2)]
    one, two = (open_review(context, server) for context in contexts)
    assert queue(one)
    assert not queue(one) & queue(two)
    with Store(server.url, create=False) as store:
        target = one.eval_on_selector(
            "#review [aria-current=true]", "button => button.dataset.item"
        )
        item = store.item(target)
        text = item.original.phrasings[0]
        one.fill(READY, text + " Mine.")
        # Somebody else saves the same description on purpose meanwhile.
        theirs = replace(item.original, phrasings=(text + " Theirs.",))
        store.save(fakes.accept("theirs", target, 0, theirs))
        one.keyboard.press("Control+Enter")
        wait_saved(one)
        state = store.state(target)
    (conflict,) = state.conflicts
    assert (conflict.theirs, conflict.mine) == (text + " Theirs.", text + " Mine.")
    one.keyboard.press("k")
    one.wait_for_selector("#review .ac-conflict", timeout=SECONDS)
    seen = one.inner_text("#review .ac-conflict")
    assert "Theirs." in seen
    assert "Mine." in seen
    for context in contexts:
        context.close()


def test_hard_texts_are_shown_as_text_and_keys_are_ignored_while_typing(browser, server):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = open_review(context, server)
    page.get_by_label("Order").select_option("sequential")
    for text in HARD:
        # Each record has auto, then sents; the hard text is the second.
        page.wait_for_function(
            "() => document.querySelector('#review .ac-queued[aria-current=true]')"
            "?.textContent.startsWith('auto')",
            timeout=SECONDS,
        )
        page.keyboard.press("j")
        assert page.input_value(READY) == text
        page.keyboard.press("j")
    assert page.evaluate("window.hacked") is None
    before = page.inner_text("#review .ac-queued[aria-current=true]")
    page.keyboard.press("e")
    page.keyboard.type(" axjk")
    assert page.input_value(READY).endswith(" axjk")
    assert page.inner_text("#review .ac-queued[aria-current=true]") == before
    assert "axjk" in page.inner_text("#review .ac-diff ins")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("u")
    wait_saved(page)
    assert len(server.saves()) == 2
    assert not page.input_value(READY).endswith(" axjk")
    context.close()
