"""The Review page against a server that is killed, a disk that is full, and a second browser."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest

from autocompose.review.queue.next_items import Selection, find
from autocompose.review.store.records import EventKind
from autocompose.review.store.review_store import Store
from tests import review_fakes as fakes
from tests.browser.review_server import (
    READY,
    SECONDS,
    WIDE,
    ReviewServer,
    open_review,
    type_keys,
    wait_ahead,
    wait_saved,
    wait_words,
)
from tests.browser.serve_review import HARD

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    server = ReviewServer(tmp_path_factory.mktemp("pages"))
    server.start()
    server.keep()
    yield server
    server.kill()


@pytest.fixture
def server(running):
    """The running server, its store as nobody has seen it yet."""
    running.restore()
    yield running
    for mark in ("full", "readonly"):  # left by a test that failed
        (running.folder / mark).unlink(missing_ok=True)
    if running.process.poll() is not None:
        running.start()


def queue(page) -> set[str]:
    items = "all => all.map(button => button.dataset.item)"
    return set(page.eval_on_selector_all("#review [data-item]", items))


def pictures_are_there(page) -> bool:
    return page.eval_on_selector_all(
        "#review .ac-reviewpair img", "all => all.length === 2 && all.every(i => i.naturalWidth)"
    )


def in_outbox(page) -> int:
    return page.evaluate(
        "Object.keys(localStorage).filter(k => k.startsWith('autocompose-review:')).length"
    )


@pytest.mark.slow
def test_decisions_survive_a_killed_server_a_reload_and_a_closed_page(browser, server):
    browser.expect("net::ERR_")  # what the browser says of a request that nobody answers
    context = browser.new_context(viewport=WIDE)
    page = open_review(context, server)
    type_keys(page, "a", 100)
    wait_saved(page)
    assert len(server.saves()) == len(set(server.saves())) == 100
    # Killed in the midst of fast review, thirty more while nobody answers.
    wait_ahead(page, 45)
    type_keys(page, "a", 8)
    server.kill()
    type_keys(page, "a", 30)
    page.wait_for_selector(READY)
    assert pictures_are_there(page)
    status = wait_words(page, "#review .ac-status", "Offline")
    assert int(status.split()[1]) >= 30
    assert "Connection lost" in page.inner_text("#review .ac-trouble")
    server.start()
    wait_saved(page)  # without a reload
    assert len(server.saves()) == len(set(server.saves())) == 138
    wait_ahead(page, 35)
    server.kill()
    type_keys(page, "x", 30)
    with contextlib.suppress(Exception):  # nobody answers a reload either
        page.reload(timeout=5000)
    server.start()
    page.goto(server.address)
    page.get_by_role("tab", name="Review").click(timeout=SECONDS)
    page.wait_for_selector(READY, timeout=SECONDS)
    wait_saved(page)
    assert len(server.saves()) == len(set(server.saves())) == 168
    # Closed with unsaved work, by a person whose network is away.
    context.set_offline(True)
    type_keys(page, "a", 5)
    page.close()
    context.set_offline(False)
    again = open_review(context, server)
    wait_saved(again)
    assert len(server.saves()) == len(set(server.saves())) == 173
    context.close()


@pytest.mark.parametrize(
    ("mark", "words"), [("full", "is full:"), ("readonly", "can only be read:")]
)
def test_a_store_that_takes_nothing_is_said_in_one_line_and_the_outbox_keeps_all(
    browser, server, mark, words
):
    context = browser.new_context(viewport=WIDE)
    page = open_review(context, server)
    wait_ahead(page, 20)
    (server.folder / mark).touch()
    type_keys(page, "a", 3)
    line = wait_words(page, "#review .ac-trouble", words)
    assert "kept in this browser and will be sent once this is fixed" in line
    assert "\n" not in line
    page.wait_for_function("() => document.querySelector('#review .ac-status').dataset.unsaved > 0")
    assert in_outbox(page) + len(server.saves()) == 3
    type_keys(page, "x", 3)
    assert in_outbox(page) + len(server.saves()) == 6
    (server.folder / mark).unlink()
    wait_saved(page)
    assert in_outbox(page) == 0
    assert len(server.saves()) == len(set(server.saves())) == 6
    page.wait_for_function("() => !document.querySelector('#review .ac-trouble').textContent")
    context.close()


def test_two_browsers_share_no_item_and_a_forced_conflict_shows_both_edits(browser, server):
    contexts = [browser.new_context(viewport=WIDE) for _ in range(2)]
    one, two = (open_review(context, server) for context in contexts)
    for page in (one, two):
        wait_ahead(page, 50)
    assert queue(one)
    assert not queue(one) & queue(two)
    for _ in range(15):
        one.keyboard.press("a")
        two.keyboard.press("x")
    for page in (one, two):
        wait_saved(page)
    with Store(server.url, create=False) as store:
        decided = [
            item for item in find(store, Selection(), limit=1000).items if item.state.revision
        ]
        assert [item.state.revision for item in decided] == [1] * 30
        target = one.eval_on_selector(
            "#review [aria-current=true]", "button => button.dataset.item"
        )
        item = store.item(target)
        text = item.original.phrasings[0]
        one.fill(READY, text + " Mine.")
        # Somebody else saves the same description on purpose meanwhile.
        theirs = replace(item.original, phrasings=(text + " Theirs.", *item.original.phrasings[1:]))
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
    # Taking one of them settles it; the log has both.
    one.locator("#review .ac-conflict").get_by_role("button", name="Take this").last.click()
    one.keyboard.press("a")
    wait_saved(one)
    with Store(server.url, create=False) as store:
        assert store.state(target).conflicts == ()
        assert store.state(target).judgement.phrasings[0].endswith("Mine.")
        kinds = [event.kind for event in store.history(target)]
    assert kinds == [EventKind.SAVE] * 3
    for context in contexts:
        context.close()


def test_hard_texts_are_shown_as_text_and_keys_are_ignored_while_typing(browser, server):
    context = browser.new_context(viewport=WIDE)
    page = open_review(context, server)
    page.get_by_label("Order").select_option("sequential")
    for text in HARD:
        # Each record has auto, then sents; the hard text is the second.
        page.wait_for_function(
            "() => document.querySelector('#review .ac-queued[aria-current=true]')"
            "?.dataset.key === 'auto'",
            timeout=SECONDS,
        )
        page.keyboard.press("j")
        assert page.input_value(READY) == text
        page.keyboard.press("j")
    assert page.evaluate("window.hacked") is None
    before = page.inner_text("#review .ac-queued[aria-current=true]")
    page.keyboard.press("e")
    page.keyboard.type(" axjksu?1f")
    assert page.input_value(READY).endswith(" axjksu?1f")
    assert page.inner_text("#review .ac-queued[aria-current=true]") == before
    assert "axjk" in page.inner_text("#review .ac-diff ins")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("u")
    wait_saved(page)
    assert len(server.saves()) == 2
    # The decision is taken back, and the words that led to it are still there.
    assert page.input_value(READY).endswith(" axjksu?1f")
    context.close()
