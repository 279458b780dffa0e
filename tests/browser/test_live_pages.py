"""A visitor watches a model describe a pair: stages, editing, cancelling, faults, two widths."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from PIL import Image

from tests.browser.studio_pages import WIDTHS, open_tab, visit

pytestmark = pytest.mark.browser

DESCRIBE = "#describe .ac-modeltools .ac-button"


def use_model(page, *, views: bool = False) -> None:
    open_tab(page, "Describe")
    page.locator("#describe [data-writer=model]").click()
    page.locator("#describe .ac-check input").set_checked(views)


def pick(page, number: int) -> None:
    """Another pair for each test: answers to dataset pairs are kept while the studio runs."""
    page.locator("#describe .ac-pair-thumb").nth(number).click()
    page.wait_for_selector("#describe .ac-pair-thumb[aria-pressed=true]")


def describe(page) -> None:
    page.locator(DESCRIBE).click()


def wait_done(page) -> None:
    page.wait_for_selector(f"{DESCRIBE}:has-text('Describe again')", timeout=20_000)


def test_without_a_model_there_is_nothing_to_choose(browser, sticks):
    with visit(browser, sticks) as page:
        open_tab(page, "Describe")
        assert page.locator("#describe .ac-writers").is_hidden()


@pytest.fixture
def unhurried(live_model) -> Iterator[None]:
    """Time enough between two stages for a busy machine to see each."""
    live_model.post("/latency", 3.0)
    yield
    live_model.post("/latency", 0.5)


def test_parts_then_phrasings_then_views_appear_one_after_the_other(
    browser, model_studio, unhurried
):
    with visit(browser, model_studio) as page:
        use_model(page, views=True)
        pick(page, 1)
        describe(page)
        page.wait_for_selector("#describe .ac-partrow")
        assert page.locator("#describe .ac-phrase textarea").count() == 0
        assert page.locator("#describe [data-step='2']").get_attribute("data-state") == "busy"
        page.wait_for_selector("#describe .ac-phrase textarea")
        # All views are asked for at the same time, so some may be there already.
        page.wait_for_function("document.querySelectorAll('#describe .ac-viewcard').length === 3")
        page.wait_for_function(
            "document.querySelectorAll('#describe .ac-viewcard[data-state=done]').length === 3"
        )
        wait_done(page)
        tally = page.inner_text("#describe .ac-tally")
        assert "8 calls" in tally
        assert "$" in tally
        page.locator("#describe .ac-who summary").click()
        page.get_by_role("button", name="Show the raw answers").click()
        page.wait_for_selector("#describe .ac-raw pre")
        assert page.locator("#describe .ac-raw pre").count() == 8
        with page.expect_download() as download:
            page.get_by_role("button", name="Download caption row").click()
        (row,) = json.loads(download.value.path().read_text())
        assert [len(row[key]) for key in ("mllm", "reverse", "mirror", "mirror-reverse")] == [3] * 4
        assert row["provenance"]["model"] == "gpt-4o-mini"


def test_edited_parts_are_phrased_again(browser, model_studio, live_model):
    with visit(browser, model_studio) as page:
        use_model(page)
        pick(page, 2)
        describe(page)
        wait_done(page)
        page.locator("#describe .ac-partrow textarea").first.fill("Nod the head.")
        page.locator("#describe .ac-partrow").last.get_by_title("Remove").click()
        page.locator("#describe .ac-adder select").select_option("hips")
        page.locator("#describe .ac-adder input").fill("Push the hips forward.")
        page.get_by_role("button", name="Add", exact=True).click()
        page.get_by_role("button", name="Rephrase these parts").click()
        page.wait_for_function(
            "[...document.querySelectorAll('#describe .ac-phrase textarea')]"
            ".some(a => a.value.includes('Push the hips forward.'))"
        )
        wait_done(page)
        assert "Nod the head." in live_model.get("/counts")["last"]
        assert "edited here" in page.inner_text("#describe .ac-who summary")


def test_cancelling_keeps_the_parts_that_came(browser, model_studio, live_model, unhurried):
    with visit(browser, model_studio) as page:
        use_model(page)
        pick(page, 3)
        live_model.post("/latency", 8.0)  # the second stage still runs when it is cancelled
        describe(page)
        page.wait_for_selector("#describe .ac-partrow")
        page.locator(f"{DESCRIBE}:has-text('Cancel')").click()
        wait_done(page)
        assert "Cancelled" in page.inner_text("#describe .ac-notice.ac-quiet")
        assert page.locator("#describe .ac-partrow").count() > 0


def test_a_fault_is_one_line_and_the_next_try_works(browser, model_studio, live_model):
    message = "image input is not supported by <b>this</b> model"
    live_model.post("/faults", [{"kind": "status", "status": 500, "message": message, "times": 9}])
    with visit(browser, model_studio) as page:
        use_model(page)
        pick(page, 4)
        describe(page)
        page.wait_for_selector("#describe .ac-notice.ac-error", timeout=20_000)
        said = page.inner_text("#describe .ac-notice.ac-error")
        assert "does not read images" in said
        assert "<b>" in said
        assert "\n" not in said
        live_model.post("/faults", [])
        describe(page)
        page.wait_for_selector("#describe .ac-phrase textarea")
        assert page.locator("#describe .ac-notice.ac-error").count() == 0


def test_another_pair_drops_the_one_that_is_being_described(browser, model_studio):
    with visit(browser, model_studio) as page:
        use_model(page)
        pick(page, 5)
        describe(page)
        pick(page, 6)
        page.wait_for_timeout(1500)
        assert page.locator("#describe .ac-partrow").count() == 0
        describe(page)
        page.wait_for_selector("#describe .ac-phrase textarea")


def test_a_key_goes_to_the_endpoint_and_nowhere_else(browser, model_studio, live_model):
    with visit(browser, model_studio) as page:
        use_model(page)
        pick(page, 7)
        page.locator("#describe .ac-key input").fill("sk-mine-123")
        assert page.locator("#describe .ac-key input").get_attribute("type") == "password"
        describe(page)
        wait_done(page)
        assert "Bearer sk-mine-123" in live_model.get("/counts")["keys"]
        assert "sk-mine-123" not in page.content()
        assert page.evaluate("JSON.stringify([localStorage, sessionStorage])").find("sk-mine") < 0
        assert page.evaluate("document.cookie").find("sk-mine") < 0


def test_two_uploads_are_described_by_the_model(browser, model_studio, tmp_path):
    with visit(browser, model_studio) as page:
        open_tab(page, "Describe")
        for place, shade in enumerate((60, 190)):
            (tmp_path / str(place)).mkdir()
            file = tmp_path / str(place) / "me.png"
            Image.new("RGB", (200, 200), (shade, 120, 160)).save(file)
            page.locator("#describe input[type=file]").nth(place).set_input_files(file)
            page.wait_for_function(
                "n => document.querySelectorAll('.ac-filled').length === n", arg=place + 1
            )
        page.get_by_role("button", name="Use gpt-4o-mini").click()
        page.locator("#describe .ac-check input").set_checked(False)
        shown = page.locator("#describe .ac-pair img").first
        assert shown.evaluate("image => image.naturalWidth") == 200
        describe(page)
        page.wait_for_selector("#describe .ac-phrase textarea")


def test_going_back_to_the_rules_brings_their_text(browser, model_studio):
    with visit(browser, model_studio) as page:
        open_tab(page, "Describe")
        page.wait_for_selector("#describe .ac-phrase textarea")
        rules = page.locator("#describe .ac-phrase textarea").first.input_value()
        page.locator("#describe [data-writer=model]").click()
        page.wait_for_selector("#describe .ac-phrase", state="detached")
        page.locator("#describe [data-writer=rules]").click()
        page.wait_for_selector("#describe .ac-phrase textarea")
        assert page.locator("#describe .ac-phrase textarea").first.input_value() == rules
        assert "rules" in page.inner_text("#describe .ac-who summary")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", list(WIDTHS))
def test_every_stage_fits_its_width(browser, model_studio, width, scheme):
    with visit(browser, model_studio, width=width, scheme=scheme) as page:
        use_model(page, views=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        describe(page)
        page.wait_for_selector("#describe .ac-partrow")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wait_done(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
