"""What a reviewer and an administrator do on the Review page, on one server for all tests."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from sqlalchemy import delete, select

from autocompose.review.queue.next_items import Selection, find
from autocompose.review.store.records import Decision, EventKind, Save
from autocompose.review.store.review_store import Store
from autocompose.review.store.tables import leases, plants
from autocompose.schema import BodyPart, Source, View
from tests.browser.review_server import (
    NARROW,
    READY,
    SECONDS,
    WIDE,
    ReviewServer,
    choose,
    current_id,
    open_review,
    press_all,
    shown_keys,
    wait_ahead,
    wait_saved,
    wait_words,
    write,
)

pytestmark = pytest.mark.browser
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = ReviewServer(tmp_path_factory.mktemp("work"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def store(server):
    with Store(server.url, create=False) as store:
        yield store
        with store.database.write() as connection:  # what pages of earlier tests still hold
            connection.execute(delete(leases))


@pytest.fixture
def page(browser, server, store):
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    page = open_review(context, server)
    page.set_default_timeout(SECONDS)
    yield page
    context.close()


def test_each_filter_is_asked_of_the_store_and_shown_as_a_chip(page, store):
    wait_ahead(page, 50)
    choose(page, View="mirror")
    wait_ahead(page, 6, 6)
    assert shown_keys(page) == {"mirror"}
    choose(page, View="", Source="mllm", Model="model-1")
    wait_ahead(page, 3, 3)
    assert shown_keys(page) == {"mllm"}
    assert page.locator("#review [data-filter]").all_inner_texts() == [
        "Source: mllm", "Model: model-1",
    ]  # fmt: skip
    page.get_by_role("button", name="Remove the filter Model: model-1").click()
    wait_ahead(page, 18, 18)
    page.get_by_label("Search in texts").fill("LIFT the left hand")
    wait_ahead(page, 6, 6)
    page.get_by_role("button", name="Clear filters").click()
    wait_ahead(page, 50)
    assert page.input_value("#review [aria-label='Search in texts']") == ""
    assert page.locator("#review [data-filter]").count() == 0
    item = find(store, Selection(text="slowly", view=View.REVERSE)).items[0]
    number = next(NUMBERS)
    judgement = replace(item.state.judgement, flagged=True, verdict=Decision.REJECTED)
    store.save(Save(f"f{number}", item.id, item.state.revision, judgement, "grace"))
    page.reload()
    page.get_by_role("tab", name="Review").click(timeout=SECONDS)
    page.wait_for_selector(READY, timeout=SECONDS)
    choose(page, Reviewer="grace")
    page.wait_for_selector(f"#review [data-item='{item.id}']", timeout=SECONDS)
    assert "any verdict" in page.inner_text("#review .ac-filterchips")
    choose(page, Verdict="accepted")
    wait_ahead(page, 0, 0)
    choose(page, Verdict="rejected", State="flagged", Dataset=item.dataset, Split="test")
    wait_ahead(page, 1, 1)
    assert current_id(page) == item.id


def test_an_empty_queue_names_the_filter_that_hides_everything(page):
    choose(page, Source="human", View="mirror-reverse")
    wait_words(page, "#review .ac-done .ac-lead", "No description matches all these filters.")
    assert "Without any filter: " in page.inner_text("#review .ac-done")
    choose(page, Source="mllm")
    lead = wait_words(page, "#review .ac-done .ac-lead", "hides everything")
    assert lead == "The filter “View: mirror-reverse” hides everything."
    page.locator("#review [data-drop=view]").click()
    page.wait_for_selector(READY, timeout=SECONDS)
    page.get_by_label("Search in texts").fill("zebra")
    page.wait_for_selector("#review .ac-done [data-clear]", timeout=SECONDS)
    page.locator("#review .ac-done [data-clear]").click()
    page.wait_for_selector(READY, timeout=SECONDS)


def test_swapping_sides_of_a_selection_a_part_and_the_whole(page):
    choose(page, Model="model-0", Source="mllm")
    wait_ahead(page, 1, 3)
    write(page, "Raise the left arm 👩🏽‍🦽, lower the left leg.")
    # The second half is selected from the keyboard and swapped while typing.
    press_all(page, *["Shift+ArrowLeft"] * len("lower the left leg."))
    assert "Selected: “lower the left leg.”" in page.inner_text("#review [data-span='0']")
    page.keyboard.press("Alt+s")
    swapped = "Raise the left arm 👩🏽‍🦽, lower the right leg."
    page.wait_for_function(
        "t => document.querySelector('#review textarea').value === t", arg=swapped
    )
    # After Esc the selection stays chosen, and the key alone swaps it back; then it is undone.
    press_all(page, "Escape", "s")
    back = swapped.replace("right leg", "left leg")
    page.wait_for_function("t => document.querySelector('#review textarea').value === t", arg=back)
    page.keyboard.press("u")
    assert page.input_value(READY) == swapped
    write(page, "Turn the right way, left arm up.")
    press_all(page, "Home", *["Shift+ArrowRight"] * len("Turn the right way"), "Alt+s")
    told = wait_words(page, "#review .ac-notice.ac-warn", "Not changed")
    assert '"right" (characters 9 to 14)' in told
    assert page.input_value(READY) == "Turn the right way, left arm up."
    # A part alone: its sentence and its side; the texts stay.
    write(page, "Raise the left arm.")
    press_all(page, "Escape", "1", "s")
    page.wait_for_selector("#review [data-part=right_arm] small", timeout=SECONDS)
    assert page.inner_text("#review [data-part=right_arm] small") == "Raise the right arm."
    assert page.input_value(READY) == "Raise the left arm."
    page.keyboard.press("s")
    page.wait_for_function(
        "() => document.querySelector('#review textarea').value.includes('right')"
    )


def test_views_of_an_edited_text_are_stale_until_made_anew_and_it_can_be_undone(page, store):
    choose(page, Model="model-1", Source="mllm")
    wait_ahead(page, 1, 3)
    item = store.item(current_id(page))
    record = find(store, Selection(source=Source.MLLM), limit=100).items
    views = {i.key: i for i in record if (i.reference, i.target) == (item.reference, item.target)}
    assert set(views) == {"mllm", "reverse", "mirror"}
    write(page, "Raise the left knee.")
    assert "become stale" in page.inner_text("#review .ac-derived")
    page.keyboard.press("Control+Enter")
    told = wait_words(page, "#review .ac-notice.ac-quiet", "Now stale")
    assert "mirror, reverse" in told
    wait_saved(page)
    assert store.item(views["mirror"].id).stale
    assert store.item(views["reverse"].id).stale
    page.locator("#review [data-anew]").first.click()
    page.wait_for_selector("#review [data-bulkapply]", timeout=SECONDS)
    preview = page.inner_text("#review .ac-changes")
    assert "knee." in page.locator("#review .ac-changes ins").all_inner_texts()
    assert "auto: written by rules from the joints" in preview
    assert store.item(views["mirror"].id).state.revision == 0  # a preview writes nothing
    page.locator("#review [data-bulkapply]").click()
    page.wait_for_selector("#review [data-toastundo]", timeout=SECONDS)
    mirror, reverse = (store.state(views[key].id).judgement for key in ("mirror", "reverse"))
    assert mirror.phrasings[0] == "Raise the right knee."
    assert mirror.written is None
    assert reverse.written is Source.AUTO
    assert reverse.verdict is Decision.PENDING
    page.locator("#review [data-toastundo]").click()
    wait_words(page, "#review .ac-notice.ac-warn", "2 undone")
    assert store.state(views["mirror"].id).judgement == views["mirror"].original
    assert store.state(views["reverse"].id).judgement == views["reverse"].original


def test_bulk_actions_show_what_they_do_and_are_undone(page, store):
    wait_ahead(page, 50)
    before = {i.id: i.state.judgement for i in find(store, Selection(), limit=1000).items}
    choose(page, Source="auto")
    page.get_by_label("Search in texts").fill("raise")
    # At once: what was just typed counts.
    page.get_by_role("button", name="Bulk …").click()
    # Nothing is chosen at first, and nothing can be applied.
    page.wait_for_selector("#review [data-reach=all]", timeout=SECONDS)
    assert page.locator("#review [data-bulkapply], #review [data-reach]:checked").count() == 0
    page.locator("#review [data-bulk=accept]").click()
    assert page.locator("#review [data-bulkapply]").count() == 0
    assert "Source: auto, Text: raise" in page.inner_text("#review .ac-dialog")
    page.locator("#review [data-reach=filtered]").check()
    page.wait_for_selector("#review [data-bulkapply]", timeout=SECONDS)
    count = int(page.get_attribute("#review [data-count]", "data-count"))
    if count > 50:  # a large one is confirmed by its number
        assert page.locator("#review [data-bulkapply]").is_disabled()
        page.fill("#review [data-typed]", str(count))
    page.locator("#review [data-bulkapply]").click()
    page.wait_for_selector("#review [data-toastundo]", timeout=SECONDS)
    now = {i.id: i.state.judgement for i in find(store, Selection(), limit=1000).items}
    changed = [i for i in now if now[i] != before[i]]
    assert len(changed) == count > 0
    page.locator("#review [data-toastundo]").click()
    wait_words(page, "#review .ac-notice.ac-warn", f"{count} undone")
    # What is marked in the queue is flipped; the key for undo takes it back.
    page.get_by_role("button", name="Clear filters").first.click()
    choose(page, View="mirror")
    wait_ahead(page, 5, 6)
    boxes = page.locator("#review .ac-queue input[type=checkbox]")
    marked = [boxes.nth(i).get_attribute("data-mark") for i in range(2)]
    for i in range(2):
        boxes.nth(i).check()
    page.get_by_role("button", name="Bulk …").click()
    page.locator("#review [data-bulk=flip]").click()
    page.locator("#review [data-reach=marked]").check()
    wait_words(page, "#review .ac-bulk", "2 descriptions would change")
    page.locator("#review [data-bulkapply]").click()
    page.wait_for_selector("#review [data-toastundo]", timeout=SECONDS)
    for i in marked:
        assert "left" in store.state(i).judgement.phrasings[0]
    page.wait_for_selector(READY, timeout=SECONDS)
    page.keyboard.press("u")
    wait_words(page, "#review .ac-notice.ac-warn", "2 undone")
    after = {i.id: i.state.judgement for i in find(store, Selection(), limit=1000).items}
    assert after == before
    assert store.verify().sound


def test_a_second_reading_hides_the_first_and_is_measured(page, store):
    item = find(store, Selection(text="step 60.", view=View.FORWARD)).items[0]
    judgement = replace(
        item.original, phrasings=("Eve wrote this.",), verdict=Decision.REJECTED,
        wrong_parts=(BodyPart.LEFT_ARM,),
    )  # fmt: skip
    store.save(Save("eve", item.id, item.state.revision, judgement, "eve", active_ms=9000))
    page.get_by_role("button", name="Second reading").click()
    page.get_by_label("Share to read a second time").select_option("1")
    page.wait_for_selector(f"#review [data-item='{item.id}']", timeout=SECONDS)
    assert "Eve" not in page.inner_html("#review")
    page.locator(f"#review .ac-queued[data-item='{item.id}']").click()
    page.keyboard.press("a")
    wait_saved(page)
    assert store.history(item.id)[-1].kind is EventKind.OPINION
    assert store.state(item.id).judgement == judgement
    page.get_by_role("button", name="Dashboard").click()
    page.wait_for_selector("#review .ac-board", timeout=SECONDS)
    board = page.inner_text("#review .ac-board")
    assert "read by several" in board
    assert "eve" in board
    # A number in the table of errors opens what it counts.
    page.get_by_role("button", name="error: left arm, forward").first.click()
    page.wait_for_selector("#review [data-filter=part]", timeout=SECONDS)
    chips = page.locator("#review [data-filter]").all_inner_texts()
    assert {"View: forward", "Part: left arm", "Verdict: any verdict"} <= set(chips)


def test_an_administrator_plants_errors(page, store):
    item = find(store, Selection(text="step 70.", view=View.FORWARD)).items[0]
    accepted = replace(item.original, verdict=Decision.ACCEPTED)
    store.save(Save("plantable", item.id, item.state.revision, accepted, "eve", active_ms=9000))
    page.get_by_role("button", name="Dashboard").click()
    page.get_by_role("button", name="Plant gold items or errors").click()
    page.get_by_label("What to plant").select_option("sides exchanged")
    page.get_by_label("How many").fill("1")
    page.locator("#review [data-plant]").click()
    wait_words(page, "#review .ac-dialog", "1 planted.")
    with store.database.read() as connection:
        kinds = list(connection.execute(select(plants.c.kind)).scalars())
    assert kinds == ["sides exchanged"]


def test_keys_can_be_changed_and_stay_changed(page, store):
    page.keyboard.press("?")
    page.get_by_role("button", name="Key for Accept").click()
    page.keyboard.press("q")
    page.get_by_role("button", name="Key for Accept: q").wait_for(timeout=SECONDS)
    page.keyboard.press("Escape")
    page.reload()
    page.get_by_role("tab", name="Review").click(timeout=SECONDS)
    page.wait_for_selector(READY, timeout=SECONDS)
    first = current_id(page)
    page.keyboard.press("a")
    assert current_id(page) == first
    press_all(page, "1", "1", "f", "q")
    wait_saved(page)
    judgement = store.state(first).judgement
    assert (judgement.verdict, judgement.flagged) == (Decision.ACCEPTED, True)
    assert len(judgement.wrong_parts) == 1
    # Undone without end: the verdict, the flag, the mark.
    press_all(page, "u", "u", "u")
    wait_saved(page)
    judgement = store.state(first).judgement
    assert (judgement.verdict, judgement.flagged) == (Decision.PENDING, False)
    assert page.locator("#review [data-part][aria-pressed=true]").count() == 0
    press_all(page, "Space", "4")
    wait_saved(page)
    assert [reason.value for reason in store.state(first).judgement.reasons] == ["invented motion"]
    assert store.state(first).judgement.verdict is Decision.SKIPPED


def test_swiping_decides(browser, server, store):
    context = browser.new_context(viewport=NARROW, has_touch=True, is_mobile=True)
    page = open_review(context, server)
    wait_ahead(page, 20)
    client = context.new_cdp_session(page)
    decided = []
    for dx, verdict in ((160, Decision.ACCEPTED), (-160, Decision.REJECTED)):
        box = page.locator("#review .ac-reviewpair").bounding_box()
        x, y = box["x"] + box["width"] / 2 - dx / 2, box["y"] + 60
        decided.append((current_id(page), verdict))
        for kind, points in (
            ("touchStart", [{"x": x, "y": y}]),
            ("touchMove", [{"x": x + dx, "y": y}]),
            ("touchEnd", []),
        ):
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_function(
            "id => document.querySelector('#review .ac-queued[aria-current=true]')?.dataset.item"
            " !== id",
            arg=decided[-1][0],
        )
    wait_saved(page)
    assert [(i, store.state(i).judgement.verdict) for i, _ in decided] == decided
    context.close()


def test_a_finger_that_scrolls_asks_for_nothing_and_a_swipe_can_be_taken_back(
    browser, server, store
):
    context = browser.new_context(viewport=NARROW, has_touch=True, is_mobile=True)
    page = open_review(context, server)
    wait_ahead(page, 20)
    client = context.new_cdp_session(page)
    first = current_id(page)

    def swipe(dx: int, dy: int) -> None:
        box = page.locator("#review .ac-reviewpair").bounding_box()
        x, y = box["x"] + box["width"] / 2 - dx / 2, box["y"] + 100
        for kind, points in (
            ("touchStart", [{"x": x, "y": y}]),
            ("touchMove", [{"x": x + dx, "y": y + dy}]),
            ("touchEnd", []),
        ):
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    swipe(-160, 0)
    page.wait_for_selector("#review [data-toastundo]", timeout=SECONDS)
    assert current_id(page) != first
    page.locator("#review [data-toastundo]").click()
    page.wait_for_selector(f"#review [aria-current=true][data-item='{first}']", timeout=SECONDS)
    wait_saved(page)
    assert store.state(first).judgement.verdict is Decision.PENDING
    swipe(0, -260)
    assert "Why?" not in page.inner_text("#review .ac-reviewdesk")
    assert current_id(page) == first
    context.close()


def test_chips_are_judged_again_after_a_swap_and_an_undo(page, store):
    choose(page, Source="auto")
    wait_ahead(page, 1)
    page.wait_for_selector("#review .ac-verdict", timeout=SECONDS)
    # The first in the queue is one that fits better with left and right swapped.
    chips = "all => all.map(c => c.closest('[data-part]').dataset.part + ' ' + c.className)"
    before = page.eval_on_selector_all("#review .ac-verdict", chips)
    page.keyboard.press("s")
    page.wait_for_function(
        "() => document.querySelector('#review textarea').value.includes('right')"
    )
    page.wait_for_selector("#review [data-unchecked]", state="detached", timeout=SECONDS)
    after = page.eval_on_selector_all("#review .ac-verdict", chips)
    assert any("left" in part for part in before)
    assert not any("left" in part for part in after)
    assert any("ac-v-contradicted" in chip for chip in before)
    assert not any("ac-v-contradicted" in chip for chip in after)
    page.keyboard.press("u")
    page.wait_for_function(
        "() => document.querySelector('#review textarea').value.includes('left')"
    )
    page.wait_for_selector("#review [data-unchecked]", state="detached", timeout=SECONDS)
    assert page.eval_on_selector_all("#review .ac-verdict", chips) == before
