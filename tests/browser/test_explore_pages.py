"""Retrieve explains and explores: a hit beside its reference, clauses, filters, further hits."""

from __future__ import annotations

import pytest
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

HITS = "#retrieve .ac-card[data-hit]"
QUERY = "?text=raise+both+arms,+sit+down&image=pose_01_p1_front.jpg"


@pytest.fixture
def page(browser, sticks):
    """One query of a link, answered."""
    opened = browser.new_context(viewport={"width": 1440, "height": 900})
    page = opened.new_page()
    page.goto(f"{sticks}/{QUERY}")
    page.wait_for_selector(HITS, timeout=60_000)
    yield page
    opened.close()


def test_a_hit_is_compared_explained_and_reversed(page):
    page.locator(HITS).nth(1).locator("button").click()
    dialog = page.locator("#retrieve dialog[open]")
    expect(dialog.locator("figure img")).to_have_count(2)
    dialog.get_by_role("button", name="Skeleton").click()
    expect(dialog.locator(".ac-bones")).to_have_count(2)
    dialog.locator("[data-explain]").click()
    expect(dialog.locator(".ac-effects li")).to_have_count(2)
    expect(dialog.locator(".ac-effects li").first).to_contain_text("rank 2")
    dialog.locator("[data-changes]").click()
    expect(dialog.locator(".ac-changed li").first).to_be_visible()
    hit = page.locator(HITS).nth(1).get_attribute("data-hit")
    dialog.locator("[data-reverse]").click()
    expect(page.locator("#retrieve dialog[open]")).to_have_count(0)
    expect(page.locator(f"#retrieve .ac-strip [data-image='{hit}']")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.locator("#ac-change")).not_to_have_value("raise both arms, sit down")
    page.locator("#retrieve [data-back]").click()
    start = page.locator("#retrieve .ac-strip [data-image='pose_01_p1_front.jpg']")
    expect(start).to_have_attribute("aria-pressed", "true")


def test_further_hits_filters_and_the_balance_are_in_the_address(page):
    expect(page.locator(HITS)).to_have_count(12)
    page.locator("[data-showmore]").click()
    expect(page.locator(HITS)).to_have_count(15)
    expect(page.locator("[data-showmore]")).to_have_count(0)
    page.locator("#retrieve .ac-which summary").click()
    page.locator("[data-filter=only_person]").select_option("p2")
    expect(page.locator(HITS)).to_have_count(5)
    page.wait_for_function("location.search.includes('only-person=p2')")
    page.locator("[data-filter=only_person]").select_option("p0")
    expect(page.locator(HITS)).to_have_count(11)
    page.wait_for_function("new URLSearchParams(location.search).get('only-person') === 'p2,p0'")
    page.reload()
    page.wait_for_selector(HITS, timeout=60_000)
    expect(page.locator(HITS)).to_have_count(11)
    page.locator("#retrieve .ac-which summary").click()
    page.locator("#retrieve [data-chosen=p0]").click()
    expect(page.locator(HITS)).to_have_count(5)
    page.locator("#ac-balance").fill("0")
    expect(page.get_by_text("No reference is needed")).to_be_visible()
    page.wait_for_function("location.search.includes('balance=0')")


def test_a_query_is_mirrored_in_words_and_picture_or_refused(page):
    page.fill("#ac-change", "raise the left arm")
    page.locator("[data-mirror]").click()
    expect(page.locator("#ac-change")).to_have_value("raise the right arm")
    expect(page.locator("#retrieve .ac-ref .ac-flip")).to_have_count(1)
    page.wait_for_function("location.search.includes('mirrored=1')")
    page.locator("[data-mirror]").click()
    expect(page.locator("#ac-change")).to_have_value("raise the left arm")
    expect(page.locator("#retrieve .ac-ref .ac-flip")).to_have_count(0)


def test_hits_are_taken_along_and_queries_come_back(page):
    page.locator("#retrieve .ac-take summary").click()
    with page.expect_download() as csv:
        page.locator("[data-take=csv]").click()
    rows = csv.value.path().read_text().splitlines()
    assert len(rows) == 13
    assert rows[0].startswith("rank,image,score")
    with page.expect_download() as picture:
        page.locator("[data-take=picture]").click()
    with Image.open(picture.value.path()) as drawn:
        assert drawn.format == "PNG"
        assert drawn.width > 1000
    past = page.locator("#retrieve .ac-past")
    past.locator("summary").click()
    expect(past.locator("li")).to_have_count(1)
    page.fill("#ac-change", "")
    past.get_by_role("button", name="raise both arms, sit down").click()
    expect(page.locator("#ac-change")).to_have_value("raise both arms, sit down")
    expect(page.locator(HITS)).to_have_count(12)
    past.locator("[data-forget]").click()
    expect(past).to_have_count(0)
    assert page.evaluate("localStorage.getItem('autocompose-queries')") is None


def test_another_checkpoint_answers_beside_the_first(page):
    page.locator("[data-compare]").select_option("two")
    columns = page.locator("#retrieve .ac-compared")
    expect(columns).to_have_count(2)
    expect(columns.nth(1).locator("li")).to_have_count(12)
    expect(page.locator("#retrieve .ac-compare")).to_contain_text("of 12 pictures are in both")
    page.locator("[data-compare]").select_option("one")
    expect(page.locator("#retrieve .ac-compare")).to_contain_text("12 of 12 pictures are in both")
    expect(columns.nth(0).locator("[data-differs=same]")).to_have_count(12)


def test_another_dataset_is_opened_for_this_visitor_alone(page, browser, sticks):
    page.locator("[data-open-dialog]").click()
    page.locator("[data-open='dataset:more']").check()
    page.locator("[data-open-go]").click()
    page.wait_for_function("location.search === '?__dataset=more'")
    expect(page.locator("#retrieve .ac-strip [data-image]")).to_have_count(5, timeout=30_000)
    page.fill("#ac-change", "sit down")
    expect(page.locator(HITS)).to_have_count(4)
    photos = page.locator(f"{HITS} img")
    page.wait_for_function(
        "[...document.querySelectorAll('#retrieve .ac-card[data-hit] img')]"
        ".every(img => img.complete && img.naturalWidth > 0)"
    )
    assert "/more/images/" in photos.first.get_attribute("src")
    other = browser.new_page()
    other.goto(sticks)
    expect(other.locator("#retrieve .ac-strip [data-image]")).to_have_count(16, timeout=30_000)


def test_a_part_that_is_clicked_on_the_map_is_asked_for(page):
    page.fill("#ac-change", "")
    page.locator("#retrieve .ac-wishmap summary").click()
    spot = page.locator("#retrieve .ac-wishmap [data-part=left_knee]")
    assert "subject's left knee" in spot.get_attribute("aria-label")
    spot.focus()
    page.keyboard.press("Enter")
    page.locator("[data-wish]", has_text="bend the left knee").first.click()
    expect(page.locator("#ac-change")).to_have_value("bend the left knee")
    page.locator("#retrieve .ac-wishmap [data-part=head]").click()
    page.locator("[data-wish]", has_text="look up").click()
    expect(page.locator("#ac-change")).to_have_value("bend the left knee, look up")
    expect(page.locator("#retrieve .ac-wishmap .ac-used")).to_have_count(1)
