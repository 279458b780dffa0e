"""What stands on the Review page beside the texts, and that all of it is in view and in reach."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from sqlalchemy import delete

from autocompose.review.queue.next_items import Order, Selection, find
from autocompose.review.store.records import Decision, Save
from autocompose.review.store.review_store import Store
from autocompose.review.store.tables import leases
from autocompose.schema import BodyPart, PartDescription, Source
from tests.browser.review_server import (
    READY,
    SECONDS,
    WIDE,
    ReviewServer,
    current_id,
    open_review,
    type_keys,
    wait_ahead,
    wait_saved,
    wait_words,
)

pytestmark = pytest.mark.browser
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = ReviewServer(tmp_path_factory.mktemp("desk"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def store(server):
    with Store(server.url, create=False) as store:
        yield store
        with store.database.write() as connection:
            connection.execute(delete(leases))


@pytest.fixture
def context(browser, server, store):
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    context.set_default_timeout(SECONDS)
    yield context
    context.close()


@pytest.fixture
def page(context, server):
    return open_review(context, server)


def wait_current(page, item: str) -> None:
    page.wait_for_selector(f"#review .ac-queued[aria-current=true][data-item='{item}']")


def wait_address(page, *words: str) -> None:
    page.wait_for_function("words => words.every(w => location.search.includes(w))", arg=[*words])


def wait_status(page, pattern: str) -> None:
    page.wait_for_function(
        "one => new RegExp(one).test(document.querySelector('#review .ac-status').innerText)",
        arg=pattern,
    )


def waiting(store, source=Source.AUTO):
    """Descriptions that nobody has decided, the least suspicious first."""
    chosen = Selection(verdict=Decision.PENDING, source=source)
    return find(store, chosen, order=Order.ERROR, limit=500).items[::-1]


def save(store, item, **changes):
    judgement = replace(item.state.judgement, **changes)
    store.save(Save(f"d{next(NUMBERS)}", item.id, item.state.revision, judgement, "grace"))


def linked(context, server, item):
    page = context.new_page()
    page.goto(f"{server.address}/?tab=review&item={item.id}")
    page.wait_for_selector(READY)
    wait_current(page, item.id)
    return page


def test_the_default_queue_begins_with_a_models_texts(context, server, store):
    page = open_review(context, server)
    wait_ahead(page, 20)
    assert store.item(current_id(page)).source is Source.MLLM


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768), (390, 844), (720, 450)])
def test_a_verdict_is_always_in_view(browser, server, store, size):
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = open_review(context, server)
    for verdict in ("accept", "reject", "skip"):
        box = page.locator(f"#review [data-do={verdict}]").bounding_box()
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= size[1]
        assert min(box["width"], box["height"]) >= 24
    context.close()


def test_few_presses_of_tab_lead_to_the_verdict(page):
    page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0); }")
    reached = False
    for _ in range(11):
        page.keyboard.press("Tab")
        reached = page.evaluate("document.activeElement.matches('.ac-toverdict')")
        if reached:
            break
    assert reached
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.dataset.do") == "accept"


def test_everything_is_reached_by_keyboard_with_a_visible_focus_and_a_name(page):
    wait_ahead(page, 50)
    page.get_by_role("button", name="Filters", exact=True).focus()
    page.keyboard.press("Enter")
    page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0); }")
    wanted = page.evaluate(
        """() => { const all = [...document.querySelectorAll(
            '#review button, #review input, #review select, #review textarea, #review summary')];
          const seen = all.filter(node => node.checkVisibility() && !node.disabled);
          seen.forEach((node, i) => { node.dataset.tabtest = i; });
          return seen.length; }"""
    )
    assert wanted > 40
    reached = {}
    for _ in range(wanted + 30):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => { const node = document.activeElement, style = getComputedStyle(node);
              if (!node.dataset || !node.dataset.tabtest) return null;
              const name = node.ariaLabel || node.textContent.trim()
                || [...(node.labels || [])].map(label => label.textContent).join(' ');
              const line = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
              return [node.dataset.tabtest, line, name]; }"""
        )
        if found:
            reached[found[0]] = found[1:]
    assert len(reached) == wanted
    assert [i for i, (line, name) in reached.items() if not line or not name] == []


def test_reload_back_and_a_copied_link_restore_filters_and_item(context, server):
    page = open_review(context, server)
    wait_ahead(page, 20)
    page.get_by_label("Order").select_option("sequential")
    wait_address(page, "tab=review", "order=sequential", "item=")
    page.get_by_role("button", name="Filters", exact=True).click()
    page.locator("#review [data-select=source]").select_option("auto")
    wait_address(page, "source=auto", "item=")
    wait_ahead(page, 20)
    page.keyboard.press("j")
    page.keyboard.press("j")
    item = current_id(page)
    wait_address(page, item)
    for other in (page, context.new_page()):
        other.goto(page.url)
        other.wait_for_selector(READY)
        wait_current(other, item)
        assert other.locator("#review [data-filter]").all_inner_texts() == ["Source: auto"]
        assert other.get_by_label("Order").input_value() == "sequential"
    page.go_back()
    page.wait_for_function("() => !location.search.includes('source=')")
    page.wait_for_selector("#review [data-filter]", state="detached")
    assert page.get_by_label("Order").input_value() == "sequential"


def test_an_item_is_reached_by_its_id_and_an_unknown_id_is_said(context, server, store):
    page = open_review(context, server)
    wait_ahead(page, 20)
    wanted = waiting(store)[0].id
    page.get_by_role("button", name="Go to …").click()
    assert page.inner_text("[data-current-id]") == current_id(page)
    page.get_by_label("Id of a description").fill(wanted)
    page.keyboard.press("Enter")
    wait_current(page, wanted)
    page.get_by_role("button", name="Go to …").click()
    page.get_by_label("Id of a description").fill("nothing")
    page.keyboard.press("Enter")
    wait_words(page, "#review .ac-warn", "nothing")


def test_the_status_says_saved_with_the_time_and_offline_with_the_number(browser, context, server):
    browser.expect("net::ERR_")
    page = open_review(context, server)
    wait_ahead(page, 35)
    assert page.inner_text("#review .ac-status") == "Saved"
    context.set_offline(True)
    type_keys(page, "a", 31)
    assert wait_words(page, "#review .ac-status", "Offline") == "Offline, 31 unsaved"
    assert page.locator("#review .ac-status.ac-bad").count() == 1
    context.set_offline(False)
    wait_saved(page)
    wait_status(page, r"^Saved \d\d:\d\d:\d\d$")
    assert page.locator("#review .ac-status.ac-bad").count() == 0


def test_pictures_enlarge_with_a_loupe_for_pointer_and_keys(context, server):
    page = open_review(context, server)
    page.locator("#review .ac-enlarge .ac-button").click()
    loupe = page.locator("#review .ac-loupe").first
    loupe.wait_for()
    assert loupe.get_attribute("data-zoomed") == "false"
    plain = page.locator("#review .ac-reviewpair img").first.bounding_box()
    assert loupe.bounding_box()["width"] > plain["width"]
    loupe.hover()
    page.wait_for_function(
        "() => document.querySelector('#review .ac-loupe').dataset.zoomed === 'true'"
    )
    page.mouse.move(0, 0)
    loupe.focus()
    before = page.locator("#review .ac-loupe-inside").first.get_attribute("style") or ""
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "old => (document.querySelector('#review .ac-loupe-inside').getAttribute('style') ?? '')"
        " !== old",
        arg=before,
    )
    page.keyboard.press("Escape")
    page.wait_for_selector("#review .ac-loupe", state="detached")


def test_guidelines_with_good_and_bad_examples_open_beside_the_item(context, server):
    page = open_review(context, server)
    assert page.locator("#review .ac-guide .ac-good").first.is_hidden()
    page.locator("#review .ac-guide summary").click()
    page.locator("#review .ac-guide .ac-good").first.wait_for()
    good, bad = (
        page.locator(f"#review .ac-guide .ac-{kind}").count() for kind in ("good", "badrule")
    )
    assert good == bad >= 4
    assert page.locator(READY).first.is_visible()
    page.keyboard.press("j")  # it stays open for the next item
    assert page.locator("#review .ac-guide .ac-good").first.is_visible()


@pytest.mark.parametrize("fix", ["swap", "move", "remove"])
def test_a_row_of_the_wrong_side_blocks_accept_until_a_button_mends_it(context, server, store, fix):
    item = waiting(store)[next(NUMBERS)]
    row = PartDescription(BodyPart.RIGHT_HAND, "Bring the left hand forward.")
    save(store, item, parts=(row,))
    page = linked(context, server, item)
    problem = page.locator("#review [data-problem=right_hand]")
    problem.wait_for()
    page.keyboard.press("a")
    wait_words(page, "#review .ac-warn", "This row is the right hand")
    wait_current(page, item.id)
    problem.locator(f"[data-fix={fix}]").click()
    problem.wait_for(state="detached")
    page.wait_for_selector("#review [data-unchecked]", state="detached")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    wait_saved(page)
    page.wait_for_function(
        "() => /^Saved ./.test(document.querySelector('#review .ac-status').innerText)"
    )
    parts = store.state(item.id).judgement.parts
    assert store.state(item.id).judgement.verdict is Decision.ACCEPTED
    expected = {
        "swap": [(BodyPart.RIGHT_HAND, "Bring the right hand forward.")],
        "move": [(BodyPart.LEFT_HAND, "Bring the left hand forward.")],
        "remove": [],
    }
    assert [(one.part, one.text) for one in parts] == expected[fix]


def test_a_conflict_is_told_to_both_people(browser, context, server, store):
    item = waiting(store)[next(NUMBERS) + 10]
    theirs = browser.new_context(viewport=WIDE)
    theirs.set_default_timeout(SECONDS)
    one, two = (linked(where, server, item) for where in (context, theirs))
    text = item.state.judgement.phrasings[0]
    one.fill(READY, f"{text} Mine.")
    two.fill(READY, f"{text} Theirs.")
    one.locator(READY).first.press("Control+Enter")
    wait_saved(one)
    one.wait_for_function(
        "() => /^Saved ./.test(document.querySelector('#review .ac-status').innerText)"
    )
    two.locator(READY).first.press("Control+Enter")
    # The one who saved last learns it from the answer, the other within some seconds.
    assert "Both versions are kept" in wait_words(two, "#review .ac-warn", "phrasing 1")
    assert "that you decided" in wait_words(one, "#review .ac-warn", "phrasing 1")
    assert store.state(item.id).conflicts[0].field == "phrasing 1"
    theirs.close()


@pytest.mark.parametrize("width", [390, 320])
def test_five_tabs_keep_whole_names_in_a_narrow_window(context, server, width):
    page = open_review(context, server)
    page.set_viewport_size({"width": width, "height": 700})
    page.wait_for_function("document.querySelectorAll('#rooms [role=tab]').length === 5")
    tabs = page.locator("#rooms [role=tab]")
    for at in range(5):
        assert tabs.nth(at).evaluate("e => e.scrollWidth <= Math.ceil(e.clientWidth)")
        assert tabs.nth(at).evaluate("e => e.getBoundingClientRect().right") <= width
