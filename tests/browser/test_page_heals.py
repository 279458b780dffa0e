"""The address restores what is shown, the keyboard is enough, and a restart of the server heals."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.browser.chromium import free_port, served
from tests.browser.studio_pages import ask, open_tab, order, visit

pytestmark = pytest.mark.browser
CHOSEN = "#retrieve .ac-strip [aria-pressed=true]"


def chosen(page) -> str:
    return page.locator(CHOSEN).get_attribute("data-image")


def test_reload_back_and_a_copied_link_restore_the_query(browser, sticks):
    with visit(browser, sticks) as page:
        page.locator("#retrieve .ac-strip [data-image]").nth(3).click()
        picture = chosen(page)
        ask(page, "raise both arms & sit")
        found = order(page)
        link = page.url
        page.reload()
        page.wait_for_selector("#retrieve [data-hit]")
        assert (page.input_value("#ac-change"), chosen(page)) == ("raise both arms & sit", picture)
        assert order(page) == found
        page.locator("#retrieve .ac-strip [data-image]").nth(5).click()
        page.wait_for_function("old => location.href !== old", arg=link)
        page.go_back()
        page.wait_for_function(
            "id => document.querySelector('#retrieve .ac-strip [aria-pressed=true]')"
            ".dataset.image === id",
            arg=picture,
        )
    with visit(browser, link, ready="#retrieve [data-hit]") as page:
        assert order(page) == found


def test_the_tab_and_the_pair_are_in_the_address(browser, sticks):
    with visit(browser, sticks) as page:
        open_tab(page, "Augment")
        pair = page.locator("#augment [data-pair]").nth(2)
        wanted = pair.get_attribute("data-pair")
        pair.click()
        page.wait_for_function("location.search.includes('tab=augment')")
        page.reload()
        page.wait_for_selector("#augment .ac-text")
        assert page.locator("#augment .ac-cell").first.is_visible()
        pressed = page.locator("#augment [aria-pressed=true][data-pair]")
        assert pressed.get_attribute("data-pair") == wanted
        page.get_by_role("tab", name="Retrieve").click()
        page.go_back()
        page.wait_for_selector("#augment .ac-cell", state="visible")


def test_few_tabs_reach_the_query_and_arrows_walk_through_the_tabs(browser, sticks):
    with visit(browser, sticks) as page:
        page.evaluate("document.activeElement.blur()")
        focused = "document.activeElement.id"
        presses = 0
        while page.evaluate(focused) != "ac-change":
            page.keyboard.press("Tab")
            presses += 1
            assert presses <= 12
            if presses == 1:
                assert page.evaluate("document.activeElement.dataset.skip") is not None
        page.get_by_role("tab", name="Retrieve").focus()
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.textContent") == "Describe"
        page.wait_for_selector("#describe .ac-pair img", state="visible")
        page.keyboard.press("Home")
        page.wait_for_selector("#ac-change", state="visible")


def test_a_hit_that_is_enlarged_by_key_gives_the_focus_back(browser, sticks):
    with visit(browser, sticks) as page:
        ask(page, "sit down")
        before = order(page)
        page.locator("#retrieve .ac-card-button").nth(1).focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#retrieve dialog[open]")
        assert page.evaluate("document.activeElement.closest('dialog') !== null")
        page.keyboard.press("Escape")
        page.wait_for_selector("#retrieve dialog[open]", state="detached")
        assert (
            page.evaluate("document.activeElement.closest('[data-hit]')?.dataset.hit") == before[1]
        )
        page.keyboard.press("Enter")
        page.locator("#retrieve [data-use]").focus()
        page.keyboard.press("Enter")
        page.wait_for_function(
            "id => !document.querySelector(`#retrieve [data-hit='${id}']`)", arg=before[1]
        )
        page.wait_for_function("document.activeElement.id === 'ac-change'")


@pytest.mark.parametrize("width", [390, 320])
def test_the_names_of_the_tabs_are_whole_in_a_narrow_window(browser, sticks, width):
    with visit(browser, sticks) as page:
        page.set_viewport_size({"width": width, "height": 700})
        page.wait_for_timeout(300)
        tabs = page.locator("#rooms [role=tab]")
        assert tabs.count() == 4
        for at in range(4):
            assert tabs.nth(at).evaluate("e => e.scrollWidth <= Math.ceil(e.clientWidth)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_text_area_grows_when_the_window_turns(browser, sticks):
    with visit(browser, sticks) as page:
        open_tab(page, "Augment")
        page.wait_for_selector("#augment .ac-text")
        page.locator("#ac-mirror-source").fill("raise the left arm and then the other one " * 8)
        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_function(
            "(({ scrollHeight, offsetHeight }) => scrollHeight <= offsetHeight)"
            "(document.querySelector('#ac-mirror-source'))"
        )


def test_a_heic_picture_is_shown_with_what_to_expect_of_it(browser, sticks):
    with visit(browser, sticks) as page:
        chooser = page.locator("#retrieve input[type=file]")
        assert "svg" not in chooser.get_attribute("accept")
        chooser.set_input_files(Path(__file__).parents[1] / "data" / "upload.heic")
        page.wait_for_function(
            "document.querySelector('#retrieve .ac-under b').textContent === 'upload.heic'"
        )
        page.wait_for_function(
            "document.querySelector('#retrieve .ac-ref img').naturalWidth === 96"
        )
        assert "rougher matches" in page.inner_text("#retrieve .ac-under")
        ask(page, "sit down")
        chooser.set_input_files({"name": "a.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"})
        page.wait_for_selector("#retrieve .ac-problem .ac-error")


def test_text_follows_the_size_that_the_browser_is_set_to(browser, sticks):
    with visit(browser, sticks) as page:
        size = "parseFloat(getComputedStyle(document.querySelector('#ac-change')).fontSize)"
        before = page.evaluate(size)
        page.evaluate("document.documentElement.style.fontSize = '24px'")
        assert page.evaluate(size) == before * 1.5


def test_a_restart_of_the_server_heals(browser, tmp_path):
    port = free_port()
    script = str(Path(__file__).with_name("serve_sticks.py"))

    def command(name: str) -> list[str]:
        return [sys.executable, script, str(tmp_path / name), str(port)]

    with served(command("first"), port) as address:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.wait_for_selector("#retrieve .ac-fact", timeout=60_000)
        ask(page, "sit down")
    browser.expect("ERR_", "Failed to fetch", "NetworkError", "Connection", "SSE", "404", "500")
    page.fill("#ac-change", "stand up")
    page.wait_for_selector("#retrieve .ac-notice:has-text('Connection lost')", timeout=30_000)
    with served(command("second"), port):
        page.wait_for_selector("#retrieve [data-hit]", timeout=30_000)
        assert page.locator("#retrieve .ac-notice").count() == 0
        assert page.inner_text("#retrieve .ac-said q").strip("“”") == "stand up"
        page.context.close()


def test_meters_are_seen_in_forced_colours(browser, sticks):
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    page.goto(sticks)
    page.locator("#ac-change").fill("raise the left arm")
    page.wait_for_selector("#retrieve .ac-meter i", state="attached")
    border, fill, ground = page.evaluate(
        "(() => { const meter = document.querySelector('#retrieve .ac-meter');"
        " return [getComputedStyle(meter).borderTopWidth,"
        " getComputedStyle(meter.querySelector('i')).backgroundColor,"
        " getComputedStyle(document.body).backgroundColor]; })()"
    )
    assert border == "1px"
    assert fill != ground
    context.close()
