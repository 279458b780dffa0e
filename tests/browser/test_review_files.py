"""Importing, checking and exporting caption files on the Review page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.browser.review_server import SECONDS, WIDE, ReviewServer, open_review, wait_words

pytestmark = pytest.mark.browser
END = "#review [data-job]:not([data-job=running])"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = ReviewServer(tmp_path_factory.mktemp("files"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def page(browser, server):
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce", accept_downloads=True)
    page = open_review(context, server)
    page.set_default_timeout(SECONDS)
    yield page
    context.close()


def captions(server) -> Path:
    return min((server.folder / "data" / "captions").glob("*.json"))


def test_a_file_is_imported_with_progress_and_its_skipped_records(page, server, tmp_path):
    rows = json.loads(captions(server).read_text())[:3]
    rows[2]["reference"] = "nowhere.png"
    file = tmp_path / "my own.json"
    file.write_text(json.dumps(rows))
    page.locator("#review [data-files]").click()
    form = page.locator("[data-importform]")
    form.get_by_role("button", name="Import").click()
    assert page.locator("#review [data-job]").count() == 0  # no split was named, nothing chosen
    form.get_by_label("Caption file").set_input_files(file)
    assert form.get_by_label("Split").input_value() == "my-own"
    form.get_by_role("button", name="Import").click()
    text = wait_words(page, END, "added")
    assert "1 not imported" in text
    assert "nowhere.png" in text
    # A page that is loaded again still shows what the job did, until it is dismissed.
    page.reload()
    assert "nowhere.png" in wait_words(page, END, "added")
    page.locator("[data-dismissjob]").click()
    page.wait_for_selector("#review [data-job]", state="detached")


def test_the_check_against_the_joints_is_a_job_that_can_be_cancelled(page):
    page.locator("#review [data-files]").click()
    page.locator("[data-triage]").click()
    text = wait_words(page, END, "Check against the joints")
    assert "checked against the joints" in text
    assert "contradicted" in text


def test_an_export_is_downloaded_and_holds_what_was_asked(page, tmp_path):
    page.keyboard.press("a")
    page.locator("#review .ac-status[data-unsaved='0']").wait_for()
    page.locator("#review [data-files]").click()
    form = page.locator("[data-exportform]")
    form.get_by_label("Format").select_option("jsonl")
    form.get_by_label("Split to export").select_option("test")
    form.get_by_role("button", name="Export").click()
    wait_words(page, END, "Export of test.jsonl: done")
    with page.expect_download() as download:
        page.locator("[data-download]").click()
    target = tmp_path / "out.jsonl"
    download.value.save_as(target)
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    assert lines
    assert {line["verdict"] for line in lines} == {"accepted"}
