"""The studio in headless Chromium: what a visitor does, at two widths, light and dark."""

from __future__ import annotations

import json
import sys

import pytest
from PIL import Image

from tests.browser.chromium import REPOSITORY, free_port, missing, served
from tests.browser.studio_pages import HITS, WIDTHS, ask, open_tab, order, visit

pytestmark = pytest.mark.browser


CHOSEN = "document.querySelector('#retrieve .ac-strip [aria-pressed=true]')?.dataset.image"


def chosen(page) -> str:
    return page.evaluate(CHOSEN)


def test_picking_a_reference_and_typing_a_change_ranks_pictures(browser, sticks):
    with visit(browser, sticks) as page:
        page.locator("#retrieve .ac-strip [data-image]").nth(2).click()
        ask(page, "raise both arms")
        first = order(page)
        assert len(first) == 12
        ask(page, "raise both arms and squat")
        assert order(page) != first
        reference = page.locator("#retrieve .ac-strip [aria-pressed=true]").get_attribute(
            "data-image"
        )
        assert reference not in order(page)
        assert "reference excluded" in page.inner_text("#retrieve .ac-bar")
        page.locator("#ac-k").fill("5")
        page.wait_for_function(f"document.querySelectorAll('{HITS}').length === 5")


def test_an_older_answer_that_arrives_last_is_never_shown(browser, sticks):
    with visit(browser, sticks) as page:
        page.fill("#ac-change", "slowly raise an arm")
        page.press("#ac-change", "Enter")
        page.wait_for_timeout(150)
        ask(page, "sit down")
        newer = order(page)
        page.wait_for_timeout(1500)
        assert page.inner_text("#retrieve .ac-said q").strip("“”") == "sit down"
        assert order(page) == newer


def test_deleting_the_text_brings_the_examples_back_with_one_sentence(browser, sticks):
    with visit(browser, sticks) as page:
        ask(page, "sit down")
        page.fill("#ac-change", "   ")
        page.wait_for_selector("#retrieve .ac-example", state="visible")
        assert "Write what should change" in page.inner_text("#retrieve .ac-lead")
        assert order(page) == []


def test_words_that_are_cut_are_named(browser, sticks):
    with visit(browser, sticks) as page:
        ask(page, " ".join(f"w{i}" for i in range(64)))
        assert "w60 w61 w62 w63" in page.inner_text("#retrieve .ac-warn")


def test_an_example_runs_on_a_click_and_a_result_becomes_the_reference(browser, sticks):
    with visit(browser, sticks) as page:
        page.locator("#retrieve .ac-example").first.click()
        page.wait_for_selector(HITS)
        assert "Correct picture: rank" in page.inner_text("#retrieve .ac-said")
        start, hit = chosen(page), order(page)[2]
        page.locator(HITS).nth(2).locator("button").click()
        dialog = page.locator("#retrieve dialog[open]")
        assert "Rank 3" in dialog.inner_text()
        assert "both knees bent" in dialog.inner_text()
        assert "left knee bend 8° -> 3°" in dialog.inner_text()
        dialog.locator("[data-use]").click()
        page.wait_for_function(f"{CHOSEN} === '{hit}'")
        assert page.locator("#retrieve dialog[open]").count() == 0
        page.locator("#retrieve [data-back]").click()
        page.wait_for_function(f"{CHOSEN} === '{start}'")


def test_the_page_says_how_the_text_was_read_and_what_each_hit_meets(browser, sticks):
    with visit(browser, sticks) as page:
        ask(page, "raise both arms, bend the knees and wink")
        reading = page.locator("#retrieve .ac-reading")
        assert reading.first.inner_text() == "Read as: both arms up, both knees bent"
        assert reading.nth(1).locator("mark").all_inner_texts() == ["wink"]
        first = page.locator(HITS).first
        assert "1 of 2 met" in first.locator("button").get_attribute("aria-label")
        marks = first.locator(".ac-marks [data-verdict]")
        assert [mark.get_attribute("data-verdict") for mark in marks.all()] == [
            "supported", "contradicted",
        ]  # fmt: skip
        assert marks.nth(1).get_attribute("title") == (
            "both knees bent: not met (left knee bend 8° -> 3°)"
        )
        assert page.locator("#retrieve .ac-warn").count() == 0
        page.fill("#ac-change", "cat")
        page.wait_for_selector("#retrieve .ac-warn")
        assert "say nothing about a pose" in page.inner_text("#retrieve .ac-warn")
        page.get_by_role("button", name="Clear").click()
        page.wait_for_selector("#retrieve .ac-example", state="visible")
        assert page.evaluate("document.activeElement.id") == "ac-change"


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_few_pictures_are_shown_whole(browser, sticks, width, k):
    with visit(browser, sticks) as page:
        page.set_viewport_size({"width": width, "height": 900})
        page.locator("#ac-k").fill(str(k))
        ask(page, "sit down")
        page.wait_for_function(f"document.querySelectorAll('{HITS}').length === {k}")
        photos = page.locator(f"{HITS} img")
        for photo in photos.all():
            box = photo.bounding_box()
            assert box["height"] > 100
            assert abs(box["width"] - box["height"]) < 2, "a square picture stays square"
            assert photo.evaluate("img => getComputedStyle(img).objectFit") == "contain"
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_changes_to_click_follow_the_reference(browser, sticks):
    with visit(browser, sticks) as page:
        chips = page.locator("#retrieve .ac-chipbutton")
        page.wait_for_function(
            "document.querySelectorAll('#retrieve .ac-chipbutton')[1]?.textContent.trim()"
            " === 'put the left hand on the hip'"
        )  # the fake fits every second change
        assert chips.count() == 6


def test_markup_in_a_text_is_shown_as_text(browser, sticks):
    with visit(browser, sticks) as page:
        assert (
            "<script>window.hacked=1</script>"
            in page.locator("#retrieve .ac-example").first.inner_text()
        )
        ask(page, "<img src=x onerror=window.hacked=1> ${window.hacked=1} {{x}}")
        open_tab(page, "Describe")
        page.locator("#describe .ac-partrow textarea").first.fill(
            "<script>window.hacked=1</script>"
        )
        assert page.evaluate("window.hacked") is None


def test_a_picture_can_be_uploaded_and_a_broken_one_is_explained(browser, sticks, tmp_path):
    Image.new("RGB", (300, 200), (90, 120, 160)).save(tmp_path / "me.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    with visit(browser, sticks) as page:
        chooser = page.locator("#retrieve input[type=file]")
        chooser.set_input_files(tmp_path / "me.png")
        page.wait_for_function(
            "document.querySelector('#retrieve .ac-under b').textContent === 'me.png'"
        )
        ask(page, "sit down")
        assert "reference excluded" not in page.inner_text("#retrieve .ac-bar")
        chooser.set_input_files(tmp_path / "broken.png")
        page.wait_for_selector("#retrieve .ac-problem .ac-error")
        assert len(order(page)) == 12


def test_own_pictures_are_not_offered_where_nothing_can_describe_them(browser, sticks):
    with visit(browser, sticks) as page:
        open_tab(page, "Describe")
        assert page.locator("#describe input[type=file]").count() == 0
        assert "get-model" not in page.inner_text("#describe")


def test_a_description_is_edited_and_downloaded(browser, sticks):
    with visit(browser, sticks) as page:
        open_tab(page, "Describe")
        rows = page.locator("#describe .ac-partrow")
        before = rows.count()
        page.get_by_role("button", name="Add", exact=True).click()
        assert "Choose the body part" in page.inner_text("#describe .ac-adder")
        page.locator("#describe [data-part=neck]").first.click()
        page.locator("#describe .ac-adder input").fill("Turn the neck.")
        page.get_by_role("button", name="Add", exact=True).click()
        assert rows.count() == before + 1
        rows.last.get_by_role("button", name="Remove").click()
        assert rows.count() == before
        phrasing = page.locator("#describe .ac-phrase textarea").first
        old = phrasing.input_value()
        page.locator("#describe .ac-phrase").first.get_by_role("button", name="Rephrase").click()
        page.wait_for_function(
            "t => document.querySelector('#describe .ac-phrase textarea').value !== t", arg=old
        )
        with page.expect_download() as download:
            page.get_by_role("button", name="Download caption row").click()
        (row,) = json.loads(download.value.path().read_text())
        assert row["provenance"]["edited_in_studio"] is True
        assert {"part": "neck", "text": "Turn the neck."} in row["parts"]
        assert len(row["auto"]) == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", list(WIDTHS))
def test_every_tab_fits_its_width_and_is_named_for_screen_readers(browser, sticks, width, scheme):
    with visit(browser, sticks, width=width, scheme=scheme) as page:
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.body.classList.contains('dark')") is (scheme == "dark")
        for tab in ("Retrieve", "Describe", "Augment"):
            if tab == "Retrieve":
                ask(page, "sit down")
            else:
                open_tab(page, tab)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.locator("img:not([alt])").count() == 0
            unnamed = page.eval_on_selector_all(
                ".ac button, .ac input, .ac textarea, .ac select",
                "nodes => nodes.filter(n => !n.textContent.trim() && !n.getAttribute('aria-label')"
                " && !n.labels?.length).map(n => n.outerHTML.slice(0, 90))",
            )
            assert unnamed == []


def test_augment_shows_four_views_with_marked_words(browser, sticks):
    with visit(browser, sticks) as page:
        open_tab(page, "Augment")
        assert page.locator("#augment .ac-cell").count() == 4
        assert page.locator("#augment [data-view=forward] mark").count() == 0
        assert page.locator("#augment [data-view=mirror] .ac-flip").count() == 2


def test_the_keyboard_alone_finds_a_pose(browser, sticks):
    with visit(browser, sticks) as page:
        page.locator("#retrieve .ac-strip [data-image]").first.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        page.locator("#ac-change").focus()
        page.keyboard.type("sit down")
        page.keyboard.press("Enter")
        page.wait_for_selector(HITS)
        focus = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert focus != "none"


def test_reduced_motion_moves_nothing(browser, sticks):
    with visit(browser, sticks, reduced_motion="reduce") as page:
        ask(page, "sit down")
        page.fill("#ac-change", "stand up")
        page.wait_for_timeout(600)
        assert (
            page.evaluate("document.getAnimations().filter(a => a.playState === 'running').length")
            == 0
        )


def test_the_demo_answers_what_was_asked_last(browser):
    dataset, checkpoint = REPOSITORY / "annotations/demo", REPOSITORY / "checkpoints/pose-mini"
    if not (dataset / "captions").is_dir() or not (checkpoint / "config.json").is_file():
        missing("annotations/demo or checkpoints/pose-mini is not here")
    port = free_port()
    command = [sys.executable, "app.py", "--port", str(port)]
    with served(command, port, warm=False) as address, visit(browser, address) as page:
        ask(page, "crouch down")
        first = order(page)
        ask(page, "raise both arms")
        assert first
        assert len(order(page)) == len(first)
        assert order(page) != first
