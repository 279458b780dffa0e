"""Describe where a store or a pose model is missing, and while the server itself is away."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.browser.chromium import free_port, served
from tests.browser.describe_pages import DESCRIBED, PHRASE, READY, describing, serve, settle

pytestmark = pytest.mark.browser


def test_a_description_is_saved_to_a_store_that_was_not_there(browser, tmp_path):
    with (
        serve(tmp_path / "data", tmp_path / "store.sqlite3", "missing") as address,
        describing(browser, address) as page,
    ):
        assert not (tmp_path / "store.sqlite3").exists()
        page.locator(PHRASE).first.fill("Saved from Describe.")
        page.locator("[data-save]").click()
        page.wait_for_selector("#describe .ac-words [role=status]:has-text('revision 1')")
        page.locator("[data-save]").click()
        page.wait_for_selector("#describe .ac-words [role=status]:has-text('exactly these')")
        page.reload()
        page.wait_for_selector(READY)
        page.get_by_role("tab", name="Review").click()
        page.wait_for_selector("#review [data-text='0']")
        assert page.locator("#review [data-text='0']").input_value() == "Saved from Describe."
    frozen = Path(f"file:{tmp_path}/store.sqlite3?mode=ro&uri=true")
    with (
        serve(tmp_path / "data", frozen, "missing") as address,
        describing(browser, address) as page,
    ):
        page.locator(PHRASE).first.fill("This cannot be kept.")
        page.locator("[data-save]").click()
        page.wait_for_selector("#describe .ac-words .ac-inline-error:has-text('only be read')")
        assert "\n" not in page.inner_text("#describe .ac-words > .ac-inline-error")


def test_without_a_pose_model_only_who_can_get_it_is_told_how(browser, tmp_path):
    with (
        serve(tmp_path / "data", tmp_path / "a.sqlite3", "missing") as address,
        describing(browser, address) as page,
    ):
        assert page.locator("#describe input[type=file]").count() == 0
        assert "autocompose estimate --get-model" in page.inner_text("#describe .ac-pickers")
    with (
        serve(tmp_path / "data", tmp_path / "a.sqlite3", "missing", "nobody") as address,
        describing(browser, address) as page,
    ):
        assert page.locator("#describe input[type=file]").count() == 0
        assert "get-model" not in page.inner_text("#describe")


def test_describe_heals_after_a_restart_of_the_server(browser, tmp_path):
    port = free_port()
    script = str(Path(__file__).with_name("serve_describe.py"))
    store = f"sqlite:///{tmp_path}/store.sqlite3"
    command = [sys.executable, script, str(tmp_path / "data"), str(port), store, "missing"]
    browser.expect("ERR_", "Failed to fetch", "NetworkError", "Connection", "SSE", "404", "500")
    with served(command, port) as address:
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{address}/{DESCRIBED}")
        page.wait_for_selector(READY, timeout=60_000)
        settle(page)
    page.locator("#describe .ac-pair-thumb").nth(2).click()
    page.locator("#describe .ac-notice:has-text('Connection lost')").wait_for(timeout=30_000)
    with served(command, port):
        page.wait_for_selector(READY, timeout=30_000)
        assert page.locator("#describe .ac-notice").count() == 0
        page.context.close()
