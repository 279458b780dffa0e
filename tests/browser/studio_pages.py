"""Shared by the tests of the studio's page: visits, questions, tabs."""

from __future__ import annotations

from contextlib import contextmanager

WIDTHS = {1440: 900, 390: 844}
HITS = "#retrieve .ac-card[data-hit]"


@contextmanager
def visit(
    browser, address, *, width=1440, scheme="light", ready="#retrieve .ac-example", **context
):
    """A page that fails the test on a request to another host; errors fail every test."""
    opened = browser.new_context(
        viewport={"width": width, "height": WIDTHS[width]}, color_scheme=scheme, **context
    )
    page = opened.new_page()
    foreign: list[str] = []
    home = address.partition("?")[0].rstrip("/")
    page.on("request", lambda r: None if local(r.url, home) else foreign.append(r.url))
    page.goto(address)
    page.wait_for_selector(ready, timeout=30_000)
    page.wait_for_selector("#retrieve .ac-fact", timeout=60_000)
    yield page
    opened.close()
    assert foreign == []


def local(url: str, address: str) -> bool:
    return url.startswith((address, "data:", "blob:"))


def order(page) -> list[str]:
    return page.eval_on_selector_all(HITS, "cards => cards.map(c => c.dataset.hit)")


def ask(page, text: str) -> None:
    """Type a change and wait for the answer to exactly this text."""
    page.fill("#ac-change", text)
    page.wait_for_function(
        "t => document.querySelector('#retrieve .ac-said q')?.textContent === t"
        " && !document.querySelector('#retrieve .ac-grid.ac-stale')",
        arg=text,
        timeout=15_000,
    )


def open_tab(page, name: str) -> None:
    page.get_by_role("tab", name=name).click()
    page.wait_for_selector(f"#{name.lower()} .ac-pair img", timeout=15_000)
