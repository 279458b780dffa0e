"""The Pose lab in headless Chromium: every start and every state, at two widths, in the dark."""

from __future__ import annotations

import json
import re
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from autocompose.body.skeleton import BONES, INDEX
from autocompose.studio.server.page_files import page_files
from tests.browser.axe import violations
from tests.browser.chromium import free_port, served
from tests.poses import T_POSE
from tests.test_joint_import import bvh

pytestmark = pytest.mark.browser

PHOTOS = Path(__file__).resolve().parents[1] / "data" / "photos" / "images"
SECONDS = 60_000
CANVAS = "#lab .ac-turntable canvas"
FILE = "#lab .ac-query input[type=file]"
CLAIMS = "#lab .ac-labclaims li"
HITS = "#lab .ac-card[data-hit]"
SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 390, "height": 844}}


def started(tmp_path_factory, name: str, *mode: str):
    port = free_port()
    folder = tmp_path_factory.mktemp(name) / "data"
    script = str(Path(__file__).with_name("serve_lab.py"))
    return served([sys.executable, script, str(folder), str(port), *mode], port)


@pytest.fixture(scope="module")
def lab(tmp_path_factory, browser):
    with started(tmp_path_factory, "lab") as address:
        yield address


@contextmanager
def visit(browser, address: str, size: str = "wide", **options):
    """The open tab, still, in a window of its own."""
    options = {"reduced_motion": "reduce", **options}
    context = browser.new_context(viewport=SIZES[size], **options)
    page = context.new_page()
    home = address.partition("?")[0].rstrip("/")
    foreign: list[str] = []
    page.on(
        "request",
        lambda r: None if r.url.startswith((home, "data:", "blob:")) else foreign.append(r.url),
    )
    page.goto(address if "?" in address else f"{address}/?tab=lab")
    page.wait_for_selector("#lab .ac-query #ac-wish", timeout=SECONDS)
    yield page
    context.close()
    assert foreign == []


def wish(page, text: str, says: str) -> None:
    """Type a wish and wait for the body that answers it."""
    page.fill("#ac-wish", text)
    expect(page.locator(".ac-labread")).to_contain_text(says, timeout=SECONDS)
    expect(page.locator("#lab [data-drawing=false]")).to_have_count(1, timeout=SECONDS)


def pixels(page) -> str:
    return page.evaluate(f"document.querySelector('{CANVAS}').toDataURL()")


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


BY_HAND = """async ([home, bones, joints, moves]) => {
  const { moved, jointAt } = await import(`${home}/lab/page/by_hand.js`);
  const { seen, placeOf } = await import(`${home}/lab/page/space.js`);
  const round = joints.map((place) => placeOf(seen(place, 130), 130));
  const bodies = moves.map(([joint, turn, right, up]) => {
    const now = seen(joints[joint], turn);
    return moved(joints, bones, { joint, to: { x: now.x + right, y: now.y + up }, turn });
  });
  return { round, bodies, views: bodies.map((b, at) => seen(b[moves[at][0]], moves[at][1])) };
}"""


def test_a_joint_that_is_moved_keeps_bones_and_takes_along_what_hangs_on_it(browser, lab):
    home = f"{lab}/{page_files().address('lab/page/by_hand.js').rpartition('/lab/page')[0]}"
    bones = [{"start": INDEX[start], "end": INDEX[end]} for start, end in BONES]
    elbow, hand, knee = (INDEX[f"left_{name}"] for name in ("elbow", "hand", "knee"))
    moves = [(elbow, 0, -0.02, 0.1), (hand, 90, 0.03, 0.02), (knee, 0, 5.0, 0.0)]
    with visit(browser, lab) as page:
        found = page.evaluate(BY_HAND, [home, bones, T_POSE.tolist(), moves])
    assert np.allclose(found["round"], T_POSE)
    for (joint, *_), body in zip(moves, found["bodies"], strict=True):
        body = np.array(body)
        for bone in bones:
            lengths = [np.linalg.norm(b[bone["end"]] - b[bone["start"]]) for b in (body, T_POSE)]
            assert lengths[0] == pytest.approx(lengths[1])
        still = [row for name, row in INDEX.items() if name.startswith("right_")]
        assert np.allclose(body[still], T_POSE[still])
        assert not np.allclose(body[joint], T_POSE[joint])
    lifted = np.array(found["bodies"][0])
    by = lifted[elbow] - T_POSE[elbow]
    assert by[1] > 0.05
    assert by[0] < 0
    assert np.allclose(lifted[hand] - T_POSE[hand], by)
    # Pulled far away, a bone points there, in the plane that one looks at.
    aside = np.array(found["bodies"][2])
    assert aside[knee, 0] - aside[INDEX["left_hip"], 0] > 0.3


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
