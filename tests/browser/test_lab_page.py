"""The Pose lab in headless Chromium: every start and every state, at two widths, in the dark."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.browser.lab_pages import (
    CANVAS,
    CLAIMS,
    FILE,
    HITS,
    PHOTOS,
    SECONDS,
    SIZES,
    pixels,
    started,
    visit,
    wish,
)
from tests.motion_fakes import bvh

pytestmark = pytest.mark.browser


def test_a_wish_is_drawn_turned_found_and_opened_in_retrieve(browser, lab):
    with visit(browser, f"{lab}/?tab=lab&image=pose_00_p0_front.jpg") as page:
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        expect(page.locator("#lab .ac-turnlabels b")).to_have_text(["Start"])
        wish(page, "raise the left arm", "left arm up")
        expect(page.locator("#lab .ac-turnlabels b")).to_have_text(["Before", "After"])
        expect(page.locator(CLAIMS)).to_have_count(1)
        assert page.locator(CLAIMS).get_attribute("data-verdict") == "supported"
        canvas = page.locator(CANVAS)
        page.get_by_role("button", name="Front", exact=True).click()
        expect(canvas).to_have_attribute("aria-valuetext", "seen from the front")
        front = pixels(page)
        canvas.focus()
        for _ in range(6):
            page.keyboard.press("ArrowRight")
        expect(canvas).to_have_attribute("aria-valuetext", "seen from their left")
        assert pixels(page) != front
        page.keyboard.press("Home")
        expect(canvas).to_have_attribute("data-turn", "0")
        box = canvas.bounding_box()
        page.mouse.move(box["x"] + 200, box["y"] + 100)
        page.mouse.down()
        page.mouse.move(box["x"] + 100, box["y"] + 100)
        page.mouse.up()
        expect(canvas).to_have_attribute("data-turn", "60")
        page.locator("[data-find]").click()
        expect(page.locator(HITS)).to_have_count(12, timeout=SECONDS)
        hit = page.locator(HITS).first.get_attribute("data-hit")
        page.wait_for_function("location.search.includes('wish=raise')")
        page.locator(HITS).first.get_by_role("link").click()
        expect(page.get_by_role("tab", name="Retrieve")).to_have_attribute("aria-selected", "true")
        expect(page.locator(f"#retrieve .ac-strip [data-image='{hit}']")).to_have_attribute(
            "aria-pressed", "true", timeout=SECONDS
        )
        page.go_back()
        expect(page.locator("#ac-wish")).to_have_value("raise the left arm")


def test_the_left_hand_is_drawn_on_the_right_of_a_body_seen_from_the_front(browser, lab):
    with visit(browser, f"{lab}/?tab=lab&image=pose_12_p0_front.jpg") as page:
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        page.get_by_role("button", name="Front", exact=True).click()
        letters = """canvas => {
          const pen = canvas.getContext("2d");
          const { width, height } = canvas;
          const all = pen.getImageData(0, 0, width, height).data;
          const middle = (r, g, b) => {
            let [sum, count] = [0, 0];
            for (let at = 0; at < all.length; at += 4) {
              if (all[at] !== r || all[at + 1] !== g || all[at + 2] !== b) continue;
              sum += (at / 4) % width;
              count += 1;
            }
            return count ? sum / count / width : -1;
          };
          return [middle(15, 118, 110), middle(180, 70, 15)];
        }"""
        left, right = page.locator(CANVAS).evaluate(letters)
        assert 0 <= right < 0.5 < left
        page.get_by_role("button", name="Back", exact=True).click()
        left, right = page.locator(CANVAS).evaluate(letters)
        assert 0 <= left < 0.5 < right


def test_bodies_turn_by_themselves_until_they_are_stopped(browser, lab):
    with visit(browser, lab, reduced_motion="no-preference") as page:
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        turn = "document.querySelector('#lab canvas').dataset.turn"
        first = page.evaluate(turn)
        page.wait_for_function(f"{turn} !== '{first}'", timeout=SECONDS)
        page.locator("[data-spin]").click()
        stopped = page.evaluate(turn)
        page.wait_for_timeout(300)
        assert page.evaluate(turn) == stopped
        expect(page.locator("[data-spin]")).to_have_text("Let it turn")
    with visit(browser, lab) as page:
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        expect(page.locator("[data-spin]")).to_have_text("Let it turn")


def test_only_the_answer_to_the_last_wish_is_shown(browser, lab):
    with visit(browser, lab) as page:
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        page.fill("#ac-wish", "slowly raise the left arm")
        expect(page.locator("#lab [data-drawing=true]")).to_contain_text("Drawing", timeout=SECONDS)
        wish(page, "bend the right knee", "right knee bent")
        page.wait_for_timeout(2500)
        expect(page.locator(".ac-labread")).not_to_contain_text("left arm")


def test_a_limb_is_exchanged_tokens_are_shown_and_the_pose_is_taken_along(browser, lab):
    with visit(browser, lab) as page:
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        page.locator("#lab .ac-strip [data-image='pose_00_p0_front.jpg']").click()
        page.locator("#lab .ac-limbs summary").click()
        page.locator("[data-limb='left arm']").click()
        page.locator("#lab .ac-strip [data-image='pose_12_p0_front.jpg']").click()
        expect(page.locator("[data-taken='left arm']")).to_be_visible()
        expect(page.locator("#lab .ac-labline-exchanged")).to_be_visible(timeout=SECONDS)
        page.locator("[data-showcodes]").click()
        expect(page.locator("[data-codes]")).to_have_count(5)
        cells = page.locator("[data-codes='left arm'] code").all_inner_texts()
        assert cells[0] != cells[1]
        expect(page.locator("[data-codes='left arm']")).to_contain_text("from another pose")
        page.locator("#lab .ac-take summary").click()
        for kind, name in (("joints", "pose.joints.json"), ("png", "pose.png")):
            with page.expect_download() as taken:
                page.locator(f"#lab [data-take={kind}]").click()
            assert taken.value.suggested_filename == name
            content = Path(taken.value.path()).read_bytes()
            if kind == "joints":
                assert len(json.loads(content)["images"]["pose.png"]["joints"]) == 22
            else:
                assert content.startswith(b"\x89PNG")
        page.locator("#lab [data-take=command]").click()
        expect(page.locator("#lab .ac-code")).to_contain_text("autocompose edit")
        expect(page.locator("#lab .ac-code")).to_contain_text("left arm=")
        page.get_by_role("button", name="Give the left arm back").click()
        expect(page.locator("#lab .ac-labanswer")).to_have_count(0)


def test_a_photograph_is_corrected_by_words_and_the_next_wish_goes_on_from_there(browser, lab):
    with visit(browser, lab) as page:
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        page.set_input_files(FILE, str(PHOTOS / "beam_cam1_000.jpg"))
        page.wait_for_selector("#lab .ac-own .ac-bone", timeout=SECONDS)
        wish(page, "put both hands on the hips", "both hands on the hips")
        expect(page.locator("#lab .ac-turnlabels b")).to_have_text(["Before", "After"])
        page.locator("[data-goon]").click()
        expect(page.locator("#lab .ac-under b")).to_have_text("The new body of before")
        expect(page.locator("#ac-wish")).to_have_value("")
        wish(page, "bend the left knee", "left knee bent")


def test_a_motion_file_gives_the_frame_that_is_chosen(browser, lab, tmp_path):
    first, last = bvh({"LeftArm": (90, 0, 0)}), bvh({})
    clip = tmp_path / "wave.bvh"
    clip.write_text(first.replace("Frames: 1", "Frames: 2") + "\n" + last.splitlines()[-1])
    (tmp_path / "torn.bvh").write_text(first[:300])
    with visit(browser, lab) as page:
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        page.set_input_files(FILE, str(clip))
        expect(page.locator("#ac-lab-frame")).to_be_visible(timeout=SECONDS)
        expect(page.locator("#lab .ac-under")).to_contain_text("wave.bvh")
        page.wait_for_timeout(600)
        before = pixels(page)
        page.locator("#ac-lab-frame").fill("1")
        page.wait_for_function(
            "before => document.querySelector('#lab canvas').toDataURL() !== before", arg=before
        )
        wish(page, "squat", "squat")
        page.set_input_files(FILE, str(tmp_path / "torn.bvh"))
        expect(page.locator("#lab .ac-notice.ac-error")).to_be_visible(timeout=SECONDS)


def test_two_parts_are_brought_together_and_what_cannot_be_is_refused(browser, lab):
    with visit(browser, f"{lab}/?tab=lab&image=pose_00_p0_front.jpg") as page:
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        page.locator("#lab .ac-touches summary").click()
        page.locator("[data-maketouch]").click()
        expect(page.locator("#lab .ac-touches .ac-warn")).to_contain_text(
            "nothing is said to touch", timeout=SECONDS
        )
        page.locator("#ac-touch-a").select_option("left hand")
        page.locator("#ac-touch-b").select_option("left hip")
        page.locator("[data-addtouch]").click()
        page.locator("[data-maketouch]").click()
        expect(page.locator("#lab [data-met=true]")).to_contain_text("left hand", timeout=SECONDS)
        expect(page.locator("#lab .ac-turnlabels b")).to_have_text(["Before", "Touching"])
        page.get_by_role("button", name="Leave out left hand to left hip").click()
        page.locator("#ac-touch-a").select_option("left foot")
        page.locator("#ac-touch-b").select_option("head")
        page.locator("[data-addtouch]").click()
        page.locator("[data-maketouch]").click()
        expect(page.locator("#lab [data-refusal]")).to_contain_text("Refused", timeout=SECONDS)
        assert violations(page) == []
        page.locator("[data-untouch]").click()
        expect(page.locator("#lab .ac-turnlabels b")).to_have_text(["Start"])


def test_words_that_are_no_wish_and_no_words_are_told_apart(browser, lab):
    with visit(browser, lab) as page:
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        expect(page.locator("#lab .ac-said")).to_contain_text("Say what the body should do")
        page.fill("#ac-wish", "quarterly zeppelin revenue")
        expect(page.locator("#lab .ac-notice.ac-warn").first).to_contain_text(
            "Nothing in these words", timeout=SECONDS
        )
        expect(page.locator("#lab mark").first).to_be_visible()
        page.fill("#ac-wish", "")
        expect(page.locator("#lab .ac-labanswer")).to_have_count(0)
        expect(page.locator("#lab .ac-said")).to_contain_text("Say what the body should do")
        page.locator("#lab .ac-chipbutton").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#lab .ac-labanswer")).to_have_count(1, timeout=SECONDS)


def test_a_server_that_fails_is_asked_again(browser, lab):
    browser.expect("500", "Error", "error")
    with visit(browser, lab) as page:
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        page.fill("#ac-wish", "crash")
        expect(page.locator("#lab .ac-notice.ac-error")).to_contain_text(
            "Trying again", timeout=SECONDS
        )
        wish(page, "squat", "squat")
        expect(page.locator("#lab .ac-notice.ac-error")).to_have_count(0)


@pytest.fixture(scope="module")
def bare(tmp_path_factory, browser):
    with started(tmp_path_factory, "bare", "bare") as address:
        yield address


@pytest.fixture(scope="module")
def unposed(tmp_path_factory, browser):
    with started(tmp_path_factory, "unposed", "unposed") as address:
        yield address


def test_without_a_model_and_a_gallery_the_tab_says_what_to_do(browser, bare):
    with visit(browser, bare) as page:
        expect(page.locator("#lab .ac-notice.ac-help")).to_contain_text(
            "autocompose pose train", timeout=SECONDS
        )
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        page.fill("#ac-wish", "squat")
        page.wait_for_timeout(800)
        expect(page.locator("#lab .ac-labanswer")).to_have_count(0)
        assert violations(page) == []


def test_without_joints_and_estimator_one_still_wishes_from_standing(browser, unposed):
    with visit(browser, unposed) as page:
        expect(page.locator("#lab .ac-query .ac-help")).to_contain_text("has joints")
        wish(page, "raise both arms", "both arms up")
        page.locator("[data-find]").click()
        expect(page.locator("#lab .ac-labfound .ac-help")).to_contain_text(
            "nothing is known of the bodies", timeout=SECONDS
        )
        page.set_input_files(FILE, str(PHOTOS / "beam_cam1_000.jpg"))
        expect(page.locator("#lab .ac-notice.ac-error").first).to_contain_text(
            "estimates no joints", timeout=SECONDS
        )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(browser, lab, size, scheme):
    with visit(browser, lab, size, color_scheme=scheme) as page:
        page.wait_for_selector(CANVAS, timeout=SECONDS)
        found = {"start": violations(page)}
        page.locator("#lab .ac-strip [data-image]").first.click()
        wish(page, "raise the left arm and sit down", "left arm up")
        page.locator("[data-showcodes]").click()
        page.locator("[data-find]").click()
        expect(page.locator(HITS)).to_have_count(12, timeout=SECONDS)
        page.locator("#lab .ac-limbs summary").click()
        page.locator("[data-limb='left leg']").click()
        page.locator("#lab .ac-take summary").click()
        found["answer"] = violations(page)
        assert {where: lines for where, lines in found.items() if lines} == {}
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
