"""An hour's work in Describe: wrong sides are caught, nothing is lost, nothing is out of reach."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.describe_pages import PHRASE, READY, describing, serve, settle, showing
from tests.browser.studio_pages import WIDTHS

pytestmark = pytest.mark.browser

ROW = "#describe .ac-partrow"


@pytest.fixture(scope="module")
def studio(tmp_path_factory, browser) -> Iterator[str]:
    """Own pictures can be described here; the store is not there yet."""
    home = tmp_path_factory.mktemp("describe")
    with serve(home / "data", home / "store.sqlite3", "there") as address:
        yield address


def texts(page, selector: str = f"{ROW} textarea") -> list[str]:
    return page.eval_on_selector_all(selector, "all => all.map(area => area.value)")


def row_of(page, part: str):
    return page.locator(f"{ROW}[data-row={part}]")


def put(page, part: str, text: str) -> None:
    """A part row with this sentence, written into its row or added."""
    if row_of(page, part).count():
        row_of(page, part).locator("textarea").fill(text)
    else:
        page.locator("#describe .ac-adder select").select_option(part)
        page.locator("#describe .ac-adder input").fill(text)
        page.get_by_role("button", name="Add", exact=True).click()
    row_of(page, part).wait_for()


def downloaded(page) -> dict:
    with page.expect_download() as download:
        page.locator("[data-download]").click()
    (row,) = json.loads(download.value.path().read_text("utf-8"))
    return row


# ---- truth on the desk (1, 18, 19)


def test_a_row_of_the_wrong_side_has_no_tick_and_is_not_exported(browser, studio):
    with describing(browser, studio) as page:
        put(page, "right_hand", "Bring the left hand forward slightly.")
        problem = page.locator("[data-problem=right_hand]")
        problem.wait_for()
        assert "This row is the right hand; the sentence speaks of the left hand." in (
            problem.inner_text()
        )
        assert row_of(page, "right_hand").locator("[data-verdict=supported]").count() == 0
        asked: list[str] = []
        page.on("request", lambda r: asked.append(r.post_data or ""))
        page.locator("[data-download]").click()
        page.wait_for_function("document.activeElement.ariaLabel === 'Sentence for the right hand'")
        page.locator("[data-save]").click()
        assert not any("caption_row" in one or "describe_save" in one for one in asked)
        problem.get_by_role("button", name="Swap the sentence").click()
        page.wait_for_function("!document.querySelector('[data-problem]')")
        assert row_of(page, "right_hand").locator("textarea").input_value() == (
            "Bring the right hand forward slightly."
        )
        settle(page)
        row = downloaded(page)
        assert {"part": "right_hand", "text": "Bring the right hand forward slightly."} in (
            row["parts"]
        )


def test_a_sentence_moves_to_the_row_that_it_speaks_of(browser, studio):
    with describing(browser, studio) as page:
        put(page, "right_wrist", "Bend the left wrist.")
        page.locator("[data-problem=right_wrist] [data-fix=move]").click()
        row_of(page, "left_wrist").wait_for()
        assert row_of(page, "right_wrist").count() == 0
        settle(page)
        assert page.locator("[data-problem]").count() == 0
        page.locator("[data-undo]").click()
        page.locator("[data-problem=right_wrist] [data-fix=remove]").click()
        assert row_of(page, "right_wrist").count() == row_of(page, "left_wrist").count() == 0


def test_a_second_sentence_for_a_part_is_refused_with_a_line(browser, studio):
    with describing(browser, studio) as page:
        put(page, "head", "Turn the head to the left.")
        page.locator("#describe .ac-adder select").select_option("head")
        page.locator("#describe .ac-adder input").fill("Turn the head to the right.")
        page.get_by_role("button", name="Add", exact=True).click()
        assert "“Turn the head to the left.”" in page.inner_text("#describe .ac-adder")
        assert row_of(page, "head").count() == 1
        assert page.evaluate("document.activeElement.tagName") == "INPUT"


def test_a_phrasing_with_every_side_wrong_is_offered_the_swap(browser, studio):
    with describing(browser, studio) as page:
        page.locator("#describe .ac-pair-thumb").nth(3).click()
        page.wait_for_function("location.search.includes('pair=')")
        page.wait_for_selector(READY)
        settle(page)
        true = "Lower the right arm a lot and raise the left arm a little."
        page.locator(PHRASE).first.fill(true)
        settle(page)
        assert page.locator("[data-swap='0']").count() == 0
        page.locator(PHRASE).first.fill(
            "Lower the left arm a lot and raise the right arm a little."
        )
        page.locator("[data-swap='0']").click()
        page.wait_for_function(
            "want => document.querySelector('#describe .ac-phrase textarea').value === want",
            arg=true,
        )
        settle(page)
        assert page.locator("[data-swap]").count() == 0


# ---- stale phrasings (17)


def test_phrasings_older_than_the_parts_say_so_and_can_be_written_anew(browser, studio):
    with describing(browser, studio) as page:
        assert page.locator("[data-stale]").count() == 0
        put(page, "head", "Look up.")
        assert page.inner_text("[data-stale]") == "Phrasings are older than the parts."
        row_of(page, "head").get_by_role("button", name="Remove the head").click()
        assert page.locator("[data-stale]").count() == 0
        put(page, "head", "Look up.")
        page.get_by_role("button", name="They still fit").click()
        assert page.locator("[data-stale]").count() == 0
        put(page, "head", "Look down.")
        page.get_by_role("button", name="Rephrase", exact=True).click()
        page.wait_for_function(
            "[...document.querySelectorAll('#describe .ac-phrase textarea')]"
            ".every(area => /look down/i.test(area.value))"
        )
        assert page.locator("[data-stale]").count() == 0


# ---- nothing lost (16, 42)


def test_edits_survive_another_pair_a_reload_and_a_closed_page(browser, studio):
    with describing(browser, studio) as page:
        page.locator(f"{ROW} textarea").first.fill("Raise the left arm just a bit.")
        page.locator(PHRASE).first.fill("Just a bit up.")
        here = page.url
        page.locator("#describe .ac-pair-thumb").nth(2).click()
        page.wait_for_function("old => location.href !== old", arg=here)
        page.wait_for_selector(READY)
        assert "Just a bit up." not in texts(page, PHRASE)
        page.go_back()
        page.wait_for_function(
            "document.querySelector('#describe .ac-phrase textarea')?.value === 'Just a bit up.'"
        )
        page.reload()
        page.wait_for_selector(READY)
        assert texts(page)[0] == "Raise the left arm just a bit."
        other = page.context.new_page()
        page.close()
        other.goto(here)
        other.wait_for_selector(READY)
        assert texts(other, PHRASE)[0] == "Just a bit up."
        assert other.inner_text("[data-edited]") == "edited here"
        kept = "Object.keys(localStorage).filter(k => k.startsWith('autocompose-describe')).length"
        assert other.evaluate(kept) == 1


def test_edited_here_goes_when_the_old_text_is_back(browser, studio):
    with describing(browser, studio) as page:
        area = page.locator(f"{ROW} textarea").first
        old = area.input_value()
        area.fill("Something else.")
        assert page.inner_text("[data-edited]") == "edited here"
        area.fill(old)
        assert page.inner_text("[data-edited]") == ""
        settle(page)
        assert downloaded(page)["provenance"]["edited_in_studio"] is False


def test_a_removed_part_comes_back_by_button_and_by_key(browser, studio):
    with describing(browser, studio) as page:
        before = texts(page)
        remove = page.locator(ROW).first.get_by_title("Remove")
        remove.click()
        assert len(texts(page)) == len(before) - 1
        assert page.evaluate("document.activeElement.dataset.undo") is not None
        page.keyboard.press("Control+z")
        assert texts(page) == before
        remove.click()
        page.locator("[data-undo]").click()
        assert texts(page) == before
        settle(page)
        assert page.locator(f"{ROW} button.ac-vchip").count() == len(before)


# ---- errors beside their place, targets, text areas (26, 34, 40, 43)


def test_an_empty_sentence_is_told_beside_its_row_which_gets_the_focus(browser, studio):
    with describing(browser, studio) as page:
        row = page.locator(ROW).last
        part = row.get_attribute("data-row")
        row.locator("textarea").fill("")
        page.locator(PHRASE).first.focus()
        page.locator("[data-download]").click()
        error = row.locator("[role=alert]")
        assert "is empty" in error.inner_text()
        focused = "document.activeElement.closest('.ac-partrow')?.dataset.row"
        assert page.evaluate(focused) == part
        box, at = error.bounding_box(), row.bounding_box()
        assert at["y"] <= box["y"] <= at["y"] + at["height"]
        row.locator("textarea").fill("Lift it.")
        assert row.locator("[role=alert]").count() == 0


@pytest.mark.parametrize("width", list(WIDTHS))
def test_sentences_stay_whole_when_the_window_turns(browser, studio, width):
    whole = (
        "[...document.querySelectorAll('#describe textarea')]"
        ".every(area => area.scrollHeight <= area.offsetHeight)"
    )
    with describing(browser, studio, width=width) as page:
        page.locator(f"{ROW} textarea").first.fill("Raise the left arm a little. " * 12)
        page.locator(PHRASE).first.fill("and then the other one as well, " * 20)
        for size in ((390, 844), (1024, 768), (1440, 900), (390, 844)):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.wait_for_function(whole)


@pytest.mark.parametrize("width", list(WIDTHS))
def test_every_target_is_at_least_24_pixels(browser, studio, width):
    with describing(browser, studio, width=width) as page:
        spots = page.eval_on_selector_all(
            "#describe .ac-spot",
            """spots => spots.map(spot => {
              const { x, y, width, height } = spot.getBoundingClientRect();
              spot.scrollIntoView({ block: 'center' });
              const at = spot.querySelector('.ac-hit, path, ellipse').getBoundingClientRect();
              const found = document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2);
              return [spot.dataset.part, width, height, found?.closest('.ac-spot') === spot];
            })""",
        )
        assert len(spots) == 22
        assert [s for s in spots if s[1] < 23.9 or s[2] < 23.9 or not s[3]] == []
        small = page.eval_on_selector_all(
            ":is(button, select, input:not([type=file]), summary):is(#describe *)",
            """all => all.filter(one => one.checkVisibility()).map(one => {
              const { width, height } = one.getBoundingClientRect();
              return [one.ariaLabel || one.textContent.trim(), width, height];
            }).filter(([, width, height]) => width < 23.9 || height < 23.9)""",
        )
        assert small == []


def test_the_body_map_is_one_tab_stop_and_few_lead_to_the_first_sentence(browser, studio):
    with describing(browser, studio) as page:
        page.locator("#describe [aria-pressed=true][data-pair]").focus()
        reached = "document.activeElement.matches('#describe .ac-partrow textarea')"
        presses = 0
        while not page.evaluate(reached):
            page.keyboard.press("Tab")
            presses += 1
            assert presses <= 12
        page.locator("#describe .ac-spot[tabindex='0']").focus()
        page.keyboard.press("End")
        page.keyboard.press("Home")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.ariaLabel") == "Sentence for the new part"
        assert page.locator("#describe .ac-adder select").input_value() == "torso"


def test_reviews_buttons_stay_where_they_are_when_the_transition_opens(browser, studio):
    with showing(browser, f"{studio}/?tab=review", "#review [data-import]") as page:
        page.locator("#review [data-import]").click()
        summary = page.locator("#review .ac-tools summary")
        summary.wait_for(timeout=30_000)
        button = page.locator("#review .ac-tools > button").first
        size = "node => getComputedStyle(node).fontSize"
        assert summary.evaluate(size) == button.evaluate(size)
        before = button.bounding_box()["y"]
        summary.click()
        page.wait_for_selector("#review .ac-morph svg")
        assert button.bounding_box()["y"] == before


# ---- own pictures (15, 41)


def add_picture(page, tmp_path: Path, place: int, shade: int) -> None:
    file = tmp_path / f"me{place}.png"
    Image.new("RGB", (200, 200), (shade, 120, 160)).save(file)
    page.locator("#describe input[type=file]").nth(place).set_input_files(file)
    page.wait_for_function(
        "n => document.querySelectorAll('#describe .ac-filled').length === n", arg=place + 1
    )


def test_own_pictures_are_described_and_each_shows_at_once(browser, studio, tmp_path):
    with describing(browser, studio) as page:
        add_picture(page, tmp_path, 0, 60)
        assert page.locator("#describe .ac-table figure img").count() == 1
        assert "Add your target" in page.inner_text("#describe .ac-table")
        tile = page.locator("#describe .ac-filled").first
        picture, words = tile.locator("img").bounding_box(), tile.locator("span").bounding_box()
        assert words["x"] >= picture["x"] + picture["width"]
        add_picture(page, tmp_path, 1, 190)
        page.wait_for_selector(READY)
        assert "estimated" in page.inner_text("#describe .ac-who")
        assert page.locator("[data-save]").count() == 0
        settle(page)
        assert downloaded(page)["provenance"]["joints"] == "estimated"
        page.locator("#describe .ac-pair-thumb").first.click()
        page.wait_for_function("!document.querySelector('#describe .ac-filled')")


# ---- sources, address


def test_a_pair_with_texts_of_a_model_has_a_switch_and_the_address_keeps_it(browser, studio):
    with describing(browser, studio) as page:
        rules = texts(page, PHRASE)
        page.locator("[data-writer=mllm]").click()
        page.wait_for_function("location.search.includes('source=mllm')")
        wait_value(page, "Lift your left arm a little.")
        assert "nobody corrected it" in page.inner_text("#describe .ac-who")
        page.locator(PHRASE).first.fill("Mine.")
        page.reload()
        page.wait_for_selector(READY)
        assert texts(page, PHRASE)[0] == "Mine."
        settle(page)
        row = downloaded(page)
        assert (row["mllm"][0], row["reverse"]) == ("Mine.", ["Lower your left arm a little."])
        assert row["provenance"]["model"] == "gpt-x"
        page.locator("[data-writer=rules]").click()
        wait_value(page, rules[0])
        page.locator("#describe .ac-pair-thumb").nth(2).click()
        page.wait_for_function("!document.querySelector('[data-writer=mllm]')?.checkVisibility()")


def wait_value(page, text: str) -> None:
    page.wait_for_function(
        "want => document.querySelector('#describe .ac-phrase textarea')?.value === want", arg=text
    )


def test_play_bends_the_reference_into_the_target(browser, studio):
    with describing(browser, studio, reduced_motion="reduce") as page:
        ends = (
            "[...document.querySelectorAll('#describe figure line')].map(l => l.getAttribute('x2'))"
        )
        before = page.evaluate(ends)
        half = len(before) // 2
        page.get_by_role("button", name="Play the change").click()
        page.wait_for_function(f"old => String({ends}) !== String(old)", arg=before)
        after = page.evaluate(ends)
        assert after[:half] == after[half:] == before[half:]
        page.get_by_role("button", name="Play the change").click()
        page.wait_for_function(f"old => String({ends}) === String(old)", arg=before)
