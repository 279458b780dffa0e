"""axe finds nothing on any tab or in any state of Review, light and dark, wide and narrow.

Every state is reached once in each size, and looked at in both colour schemes.
"""

from __future__ import annotations

import pytest

from tests.browser.axe import COLOURS, violations
from tests.browser.review_server import NARROW, READY, SECONDS, WIDE, ReviewServer

pytestmark = pytest.mark.browser
SIZES = {"wide": WIDE, "medium": {"width": 1024, "height": 768}, "narrow": NARROW}


PALE = """() => {
    for (const [words, colour] of [["seen in the light", "#bbb"], ["seen in the dark", "#444"]]) {
        const line = document.createElement("p");
        line.textContent = words;
        line.style = `color: ${colour}; color-scheme: light dark;`
            + " background: light-dark(white, black)";
        document.querySelector("#review").append(line);
    }
}"""
"""A text that is too pale on white, and one that is too dark on black."""


def in_the_dark(page) -> list[str]:
    """What breaks a rule of colours where the system is dark; the page is left in the light."""
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("body.dark", timeout=SECONDS)
    found = violations(page, *COLOURS)
    page.emulate_media(color_scheme="light")
    page.wait_for_selector("body:not(.dark)", timeout=SECONDS)
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = ReviewServer(tmp_path_factory.mktemp("axe"))
    server.start()
    yield server
    server.kill()


@pytest.mark.parametrize("size", SIZES)
def test_axe_finds_no_violation(browser, server, size):
    context = browser.new_context(
        viewport=SIZES[size], color_scheme="light", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(server.address)
    found: dict[str, list[str]] = {}

    def look(where: str) -> None:
        found[where] = violations(page)
        # The document is the same in the dark: only its colours are others.
        found[f"{where}, dark"] = in_the_dark(page)

    for tab, ready in (
        ("Retrieve", "#retrieve .ac-example"),
        ("Describe", "#describe .ac-pair img"),
        ("Augment", "#augment .ac-pair img"),
        ("Review", READY),
    ):
        page.get_by_role("tab", name=tab).click(timeout=SECONDS)
        page.wait_for_selector(ready, timeout=SECONDS)
        look(tab)
    page.keyboard.press("e")
    page.keyboard.type(" up")
    page.keyboard.press("Shift+Home")
    look("editor")
    page.keyboard.press("Escape")
    page.keyboard.press("Space")
    look("reasons of a skip")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.wait_for_selector("#review dialog[open] .ac-keys", timeout=SECONDS)
    look("help")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Dashboard").click()
    page.wait_for_selector("#review .ac-board", timeout=SECONDS)
    look("dashboard")
    page.get_by_role("button", name="Plant gold items").click()
    look("planting")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Bulk …").click()
    page.locator("#review [data-bulk=accept]").click()
    page.locator("#review [data-reach=all]").check()
    page.wait_for_selector("#review [data-bulkapply]", timeout=SECONDS)
    look("bulk")
    page.keyboard.press("Escape")
    page.locator("#review [data-files]").click()
    page.locator("#review [data-exportform]").wait_for(timeout=SECONDS)
    look("import and export")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Filters", exact=True).click()
    page.get_by_label("Search in texts").fill("zebra")
    page.wait_for_selector("#review .ac-done [data-clear]", timeout=SECONDS)
    look("filters and an empty queue")
    assert {where: lines for where, lines in found.items() if lines} == {}
    # The check itself can fail.
    page.evaluate("document.querySelector('#review').append(document.createElement('button'))")
    assert any(line.startswith("button-name") for line in violations(page))
    page.evaluate(PALE)
    assert any("seen in the light" in line for line in violations(page, *COLOURS))
    assert any("seen in the dark" in line for line in in_the_dark(page))
    context.close()
