"""The page's modules in a real browser: at the root of a host, and behind a path prefix."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.browser.chromium import free_port, served
from tests.browser.prefix import behind

pytestmark = pytest.mark.browser
PREFIX = "/people/studio"


@pytest.fixture(scope="module")
def prefixed(tmp_path_factory, browser):
    """A studio that is reached at ``PREFIX`` of another port."""
    port = free_port()
    folder = tmp_path_factory.mktemp("prefixed") / "data"
    script = str(Path(__file__).with_name("serve_sticks.py"))
    command = [sys.executable, script, str(folder), str(port)]
    environment = {"GRADIO_ROOT_PATH": PREFIX}
    with served(command, port, environment=environment) as address, behind(address, PREFIX) as at:
        yield at


def opened(browser, address: str):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.wait_for_selector("#retrieve .ac-example img", timeout=60_000)
    return page, asked


@pytest.mark.parametrize("place", ["sticks", "prefixed"])
def test_every_tab_works_and_all_is_asked_below_the_page(browser, request, place):
    address = request.getfixturevalue(place)
    page, asked = opened(browser, address)
    for tab in ("Describe", "Augment"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_selector(f"#{tab.lower()} .ac-pair img", timeout=30_000)
        assert page.evaluate(f"document.querySelector('#{tab.lower()} .ac-pair img').naturalWidth")
    dark = "document.body.classList.contains('dark')"
    before = page.evaluate(dark)
    page.locator("[data-theme-switch]").click()
    assert page.evaluate(dark) is not before
    assert [url for url in asked if "studio-page/" in url]
    outside = [u for u in asked if not u.startswith((address.rstrip("/") + "/", "data:", "blob:"))]
    assert outside == []


def test_an_open_page_comes_to_rest(browser, sticks):
    """Gradio's loading sign asks for sixty a second and does not end; see web/frames.js."""
    page = browser.new_page()
    page.add_init_script(
        "window.frames_asked = 0; const own = window.requestAnimationFrame;"
        "window.requestAnimationFrame = then => { window.frames_asked += 1; return own(then); };"
    )
    page.goto(sticks)
    page.wait_for_selector("#retrieve .ac-example img", timeout=60_000)
    for _ in range(40):  # the sign's picture comes to rest within seconds
        before = page.evaluate("window.frames_asked")
        page.wait_for_timeout(500)
        if page.evaluate("window.frames_asked") - before < 3:
            break
    else:
        raise AssertionError("the page asks for frames without end")
    assert before
