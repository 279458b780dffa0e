"""Errors in a browser: walk, filter, correct, compare, and send a case to Review."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.browser.axe import violations
from tests.browser.chromium import free_port, served

pytestmark = pytest.mark.browser

FIRST, SECOND = "0" * 20, "1" * 20


@pytest.fixture(scope="module")
def address(tmp_path_factory, browser):
    port = free_port()
    script = str(Path(__file__).with_name("serve_errors.py"))
    folder = str(tmp_path_factory.mktemp("errors"))
    with served([sys.executable, script, folder, str(port)], port) as address:
        yield address


@pytest.fixture
def page(browser, address):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{address}/?tab=errors&run={FIRST}")
    page.wait_for_selector("#errors [data-case]", timeout=30000)
    yield page
    page.context.close()


def chosen(page, rank):
    """Wait until the case of the query at a rank is shown."""
    page.wait_for_function(
        "rank => document.querySelector('.ac-errorrow[aria-current=true] .ac-rank')"
        "?.textContent === String(rank) && document.querySelector('#errors [data-case]')"
        "?.textContent.includes(`rank ${rank} of`)",
        arg=rank,
    )


def test_failures_are_walked_and_corrected_by_keyboard_and_all_of_it_is_kept(page):
    chosen(page, 29)
    page.keyboard.press("j")
    chosen(page, 27)
    page.keyboard.press("k")
    chosen(page, 29)
    page.keyboard.press("4")
    page.wait_for_selector("[data-correct='4'][aria-pressed=true]")
    page.reload()
    page.wait_for_selector("[data-correct='4'][aria-pressed=true]", timeout=30000)
    chosen(page, 29)
    page.keyboard.press("0")
    page.wait_for_selector("[data-correct='4'][aria-pressed=false]")


def test_recall_follows_the_subset_and_a_link_restores_it(page):
    page.wait_for_selector("[data-queries='15']")
    page.select_option("#errors select[name=part]", "knee")
    page.wait_for_selector("[data-queries='8']")
    # Of the ranks 1, 5, 9, ... 29 three are within ten.
    page.wait_for_function(
        "document.querySelector('[data-recall=\"10\"] b').textContent === '37.5'"
    )
    assert page.locator("[data-listed]").get_attribute("data-listed") == "5"
    page.wait_for_function("location.search.includes('part=knee')")
    page.reload()
    page.wait_for_selector("[data-queries='8']", timeout=30000)
    page.fill("#errors input[name=text]", "no such words")
    page.wait_for_selector(".ac-nothing")
    page.click("[data-clearfilters]")
    page.wait_for_selector("[data-queries='15']")


def test_the_map_is_lassoed_and_two_runs_are_compared(page):
    page.click("[data-panel=map]")
    box = page.locator(".ac-querymap canvas").bounding_box()
    x, y, size = box["x"], box["y"], box["width"]
    # The queries lie on a falling line: those of the upper left quarter of the map's right half.
    page.mouse.move(x + 0.45 * size, y)
    page.mouse.down()
    for across, down in ((0.8, 0), (0.8, 0.4), (0.45, 0.4)):
        page.mouse.move(x + across * size, y + down * size)
    page.mouse.up()
    page.wait_for_selector("[data-unlasso]")
    page.wait_for_selector("[data-queries]:not([data-queries='15'])")
    page.click("[data-unlasso]")
    page.click("[data-panel=compare]")
    page.select_option("select[name=against]", SECOND)
    page.wait_for_selector("[data-comparison]")
    page.click("[data-changed=broken]")  # the other run found two more within ten
    page.wait_for_selector("[data-listed='2']")


def test_a_case_is_sent_and_stands_first_in_review(page, address):
    chosen(page, 29)
    page.keyboard.press("s")
    page.wait_for_selector("#errors [data-succeeds=false]")
    page.get_by_role("tab", name="Review").click()
    page.wait_for_selector("#review .ac-why li")
    page.wait_for_function(
        "document.querySelector('#review .ac-why li').textContent.startsWith('Error analysis:"
        " rank 29 of 15 (tiny)')"
    )


@pytest.mark.parametrize("dark", [False, True])
def test_the_page_is_sound_wide_and_narrow(page, dark):
    page.evaluate("dark => document.body.classList.toggle('dark', dark)", dark)
    for width in (1440, 390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
        cut = page.evaluate(
            "[...document.querySelectorAll('#rooms [role=tab]')].filter(tab => {"
            " const box = tab.getBoundingClientRect();"
            " return !tab.checkVisibility() || box.right > innerWidth || box.left < 0;"
            "}).map(tab => tab.textContent)"
        )
        assert cut == []
    assert violations(page) == []


def test_the_rank_of_a_text_follows_what_somebody_writes(page):
    page.get_by_role("tab", name="Describe").click()
    phrase = page.locator("#describe .ac-phrase textarea").first
    phrase.wait_for()
    before = phrase.input_value()
    phrase.fill("Raise both arms.")
    # The retriever ranks by a hash of the text: another text, another rank.
    page.wait_for_function(
        "/^Your wording: rank [0-9]+ → [0-9]+ of 15$/.test("
        "document.querySelector('#describe [data-liverank]')?.textContent.trim())"
    )
    phrase.fill(before)
    page.wait_for_function(
        "document.querySelector('#describe [data-liverank]').textContent.includes('Finds its')"
    )
