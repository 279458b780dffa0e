"""Verdict chips in a real page: beside each sentence, live, with words for everyone."""

from __future__ import annotations

import pytest

from tests.browser.studio_pages import open_tab, visit

pytestmark = pytest.mark.browser

ROW = "#describe .ac-partrow"
CHIP = f"{ROW} button.ac-vchip"


def settled(page) -> None:
    page.wait_for_selector(CHIP)
    page.wait_for_function("() => !document.querySelector('#describe .ac-pending')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_sentence_has_a_chip_with_a_word_and_its_evidence(browser, sticks, scheme):
    with visit(browser, sticks, scheme=scheme) as page:
        open_tab(page, "Describe")
        settled(page)
        rows = page.locator(ROW)
        assert page.locator(CHIP).count() == rows.count()
        chip = page.locator(CHIP).first
        assert chip.inner_text().split(":")[0] in ("Supported", "Contradicted", "Unknown")
        assert chip.locator("svg").count() == 1
        tip = page.locator(f"#{chip.get_attribute('aria-describedby')}")
        assert not tip.is_visible()
        chip.focus()
        assert tip.is_visible()
        assert any(c.isdigit() for c in tip.inner_text())
        page.keyboard.press("Escape")
        assert not tip.is_visible()
        page.keyboard.press("Tab")
        chip.hover()
        assert tip.is_visible()


def test_an_edit_is_judged_again_and_nothing_is_shown_for_the_older_text(browser, sticks):
    with visit(browser, sticks) as page:
        open_tab(page, "Describe")
        settled(page)
        area = page.locator(f"{ROW} textarea").first
        row = page.locator(ROW).first
        # From the first stick figure to the second the right arm goes up by 53 degrees.
        for text, verdict in (
            ("Raise your right arm.", "supported"),
            ("Lower your right arm.", "contradicted"),
            ("Nothing to see here.", "unknown"),
        ):
            area.fill(text)
            assert row.locator(".ac-pending").count() == 1
            assert row.locator("button.ac-vchip").count() == 0
            settled(page)
            assert row.locator("button.ac-vchip").get_attribute("data-verdict") == verdict


def test_swapped_sides_raise_a_banner_and_one_click_puts_them_right(browser, sticks):
    with visit(browser, sticks) as page:
        open_tab(page, "Describe")
        page.locator("#describe .ac-pair-thumb").nth(3).click()
        settled(page)
        assert page.locator("#describe .ac-swap button").count() == 0
        before = page.eval_on_selector_all(f"{ROW} textarea", "list => list.map(a => a.value)")
        sided = [t for t in before if "left" in t or "right" in t]
        assert sided
        for area in page.locator(f"{ROW} textarea").all():
            text = area.input_value()
            turned = text.replace("left", "\0").replace("right", "left").replace("\0", "right")
            area.fill(turned)
        button = page.get_by_role("button", name="Swap left and right")
        button.wait_for(timeout=10_000)
        button.click()
        page.wait_for_function(
            "want => [...document.querySelectorAll('#describe .ac-partrow textarea')]"
            ".map(a => a.value).join('|') === want",
            arg="|".join(before),
        )
        settled(page)
        assert page.locator("#describe .ac-swap button").count() == 0


def test_the_four_views_carry_chips_and_underlined_claims(browser, sticks):
    with visit(browser, sticks) as page:
        open_tab(page, "Augment")
        page.wait_for_selector("#augment .ac-cell .ac-vchip")
        texts = page.locator("#augment .ac-cell .ac-text").count()
        assert page.locator("#augment .ac-cell button.ac-vchip").count() == texts
        assert page.locator("#augment .ac-cell .ac-text u[data-verdict]").count() >= texts
