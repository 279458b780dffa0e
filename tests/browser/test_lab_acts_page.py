"""The Pose lab in headless Chromium: acts as bodies, joints moved by hand, poses without words."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.lab_pages import CANVAS, HITS, SECONDS, visit

pytestmark = pytest.mark.browser


def test_what_somebody_does_becomes_sentences_and_a_body_for_each(browser, lab):
    with visit(browser, lab) as page:
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        page.get_by_label("What somebody does").check()
        expect(page.locator("#lab .ac-said")).to_contain_text("Say what somebody does")
        page.locator("#lab .ac-chipbutton", has_text="hail a taxi").click()
        expect(page.locator("#lab [data-way]")).to_have_count(2, timeout=SECONDS)
        expect(page.locator("#lab .ac-turnlabels b")).to_have_text(["Way 1", "Way 2"])
        expect(page.locator("#lab .ac-labanswer .ac-notice")).to_contain_text("a language model")
        page.wait_for_function("location.search.includes('does=1')")
        assert violations(page) == []
        page.fill("#ac-wish", "quarterly zeppelin revenue")
        expect(page.locator("#lab .ac-labanswer .ac-notice")).to_contain_text(
            "no act that is known", timeout=SECONDS
        )
        expect(page.locator("#lab [data-way]")).to_have_count(0)
        page.reload()
        page.wait_for_selector("#lab .ac-query #ac-wish", timeout=SECONDS)
        expect(page.get_by_label("What somebody does")).to_be_checked(timeout=SECONDS)
        page.fill("#ac-wish", "hail a taxi")
        page.locator("[data-way='2'] button").click()
        expect(page.locator("#ac-wish")).to_have_value(re.compile("Raise the left arm"))
        expect(page.locator(".ac-labread")).to_contain_text("left arm", timeout=SECONDS)
        expect(page.locator("#lab .ac-turnlabels b")).to_have_text(["Before", "After"])


def test_joints_are_moved_by_hand_and_the_pose_is_looked_for(browser, lab):
    with visit(browser, f"{lab}/?tab=lab&image=pose_00_p0_front.jpg") as page:
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        page.get_by_role("button", name="Front", exact=True).click()
        page.locator("[data-byhand]").click()
        chosen = page.locator("#ac-lab-joint")
        chosen.select_option("right knee")
        canvas = page.locator(CANVAS)
        # The chosen joint is the one that is filled with the accent.
        ring = """canvas => {
          const pen = canvas.getContext("2d");
          const wanted = getComputedStyle(canvas).getPropertyValue("--ac-accent").trim();
          pen.fillStyle = wanted;
          const [r, g, b] = [1, 3, 5].map((at) => parseInt(pen.fillStyle.slice(at, at + 2), 16));
          const { width, height } = canvas;
          const all = pen.getImageData(0, 0, width, height).data;
          let [x, y, count] = [0, 0, 0];
          for (let at = 0; at < all.length; at += 4) {
            if (all[at] !== r || all[at + 1] !== g || all[at + 2] !== b) continue;
            [x, y, count] = [x + ((at / 4) % width), y + Math.floor(at / 4 / width), count + 1];
          }
          return [x / count / width, y / count / height];
        }"""
        box = canvas.bounding_box()
        across, down = canvas.evaluate(ring)
        assert across < 0.5  # their right, seen from the front
        start = (box["x"] + across * box["width"], box["y"] + down * box["height"])
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(start[0] - 30, start[1] - 40, steps=4)
        page.mouse.up()
        expect(page.locator("#lab .ac-under b")).to_have_text("A body moved by hand")
        expect(canvas).to_have_attribute("data-turn", "0")
        expect(page.locator("#lab .ac-turnlabels b")).to_have_text(["Start"])
        page.wait_for_timeout(500)
        there = canvas.evaluate(ring)
        assert there[0] < across
        assert there[1] < down
        canvas.focus()
        for _ in range(2):
            page.keyboard.press("Shift+ArrowDown")
        page.wait_for_timeout(500)
        assert canvas.evaluate(ring)[1] > there[1]
        page.locator("[data-find]").click()
        expect(page.locator(HITS)).to_have_count(12, timeout=SECONDS)
        expect(page.locator("#lab .ac-labfound h2")).to_have_text("Pictures in this pose")
        assert violations(page) == []
        page.locator("[data-byhand]").click()
        expect(chosen).to_have_count(0)
