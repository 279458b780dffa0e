"""The derived mirror text beside the generated one, in a real page."""

from __future__ import annotations

import pytest

from tests.browser.studio_pages import open_tab, visit

pytestmark = pytest.mark.browser

BOX = "#augment .ac-mirrorbox"
SHOWN = f"{BOX} .ac-mirrordiff"


def says(page, words: str) -> None:
    status = page.locator(f"{BOX} [role=status]").filter(has_text=words)
    status.wait_for(state="visible")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_diff_follows_the_pair_and_what_one_types(browser, sticks, scheme):
    with visit(browser, sticks, scheme=scheme) as page:
        open_tab(page, "Augment")
        page.wait_for_selector("#augment .ac-cell .ac-text")
        source, generated = (
            page.get_by_label("Text for the pair"),
            page.locator("#ac-mirror-generated"),
        )
        says(page, "word")
        first = source.input_value()
        assert first
        assert page.locator(f"{SHOWN}").inner_text()
        page.locator("#augment .ac-pair-thumb").nth(2).click()
        page.wait_for_function(
            "old => document.querySelector('#ac-mirror-source').value !== old", arg=first
        )
        source.fill("Raise your left arm, then look up.")
        generated.fill("Raise your right arm, then look up.")
        says(page, "Identical")
        assert page.locator(f"{SHOWN} ins, {SHOWN} del").count() == 0
        generated.fill("Raise your right arm high, then look up.")
        says(page, "1 word is only in the derived text, 2 only in the generated text")
        gone = page.locator(f"{SHOWN} del").first
        new = page.locator(f"{SHOWN} ins").first
        assert gone.text_content() == "[only derived: arm,]"
        assert new.text_content() == "[only generated: arm high,]"
        style = "e => getComputedStyle(e).textDecorationLine"
        assert (gone.evaluate(style), new.evaluate(style)) == ("line-through", "underline")
        source.fill("Move the right way.")
        page.wait_for_selector(f"{BOX} [role=alert]:not(:empty)")
        assert (
            "The mirror text cannot be derived" in page.locator(f"{BOX} [role=alert]").inner_text()
        )
        assert page.locator(SHOWN).inner_text() == ""


def test_the_reverse_view_has_its_own_texts(browser, sticks):
    with visit(browser, sticks) as page:
        open_tab(page, "Augment")
        page.wait_for_selector("#augment .ac-cell .ac-text")
        says(page, "word")
        first = page.get_by_label("Text for the pair").input_value()
        page.get_by_label("View", exact=True).select_option("reverse")
        page.wait_for_function(
            "old => document.querySelector('#ac-mirror-source').value !== old", arg=first
        )
        says(page, "word")
