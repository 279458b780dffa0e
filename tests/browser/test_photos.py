"""Photographs on the page: people to choose from, refusals, and a gallery without joints."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.chromium import free_port, served

pytestmark = pytest.mark.browser

PHOTOS = Path(__file__).resolve().parents[1] / "data" / "photos" / "images"
UPLOAD = "#retrieve .ac-query input[type=file]"
BOXES = "#retrieve .ac-people"


@pytest.fixture(scope="module")
def photos(tmp_path_factory, browser):
    """A studio with the real estimator; its retriever answers by the person that is chosen."""
    port = free_port()
    folder = tmp_path_factory.mktemp("photos") / "data"
    script = str(Path(__file__).with_name("serve_photos.py"))
    with served([sys.executable, script, str(folder), str(port)], port) as address:
        yield address


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> dict[str, str]:
    """Two real people side by side, and legs alone."""
    folder = tmp_path_factory.mktemp("uploads")
    left, right = (Image.open(PHOTOS / f"beam_{name}_000.jpg") for name in ("cam1", "cam3"))
    both = Image.new("RGB", (left.width + right.width, left.height))
    both.paste(left, (0, 0))
    both.paste(right, (left.width, 0))
    found = {"two": both, "legs": right.crop((20, 190, 241, 384))}
    for name, picture in found.items():
        picture.save(folder / f"{name}.jpg", quality=92)
    Image.new("L", (8000, 7000)).save(folder / "huge.png")
    return {name: str(folder / f"{name}.jpg") for name in found} | {
        "huge": str(folder / "huge.png")
    }


def opened(browser, address: str, width: int = 1440):
    page = browser.new_page(viewport={"width": width, "height": 844})
    page.goto(address)
    page.wait_for_selector("#retrieve .ac-fact", timeout=60_000)
    return page


def first_hit(page, before: str = "") -> str:
    """The first hit, once it is another than before."""
    page.wait_for_function(
        "before => { const first = document.querySelector('#retrieve .ac-card[data-hit]');"
        " return first && !document.querySelector('#retrieve .ac-stale')"
        " && [...document.querySelectorAll('#retrieve .ac-card[data-hit]')]"
        ".map(c => c.dataset.hit).join() !== before; }",
        arg=before,
    )
    return page.eval_on_selector_all(
        "#retrieve .ac-card[data-hit]", "cards => cards.map(c => c.dataset.hit).join()"
    )


def left_of(page, side: str) -> float:
    """Where the hands and feet of a side are on the average, percent from the left edge."""
    return page.eval_on_selector_all(
        f"#retrieve .ac-own .ac-letter.ac-{side}",
        "all => all.reduce((sum, one) => sum + parseFloat(one.style.left), 0) / all.length",
    )


@pytest.mark.parametrize("width", [1440, 390])
def test_one_of_two_people_is_chosen_by_key_and_by_click(browser, photos, pictures, width):
    page = opened(browser, photos, width)
    page.set_input_files(UPLOAD, pictures["two"])
    page.wait_for_selector(f"{BOXES} input:checked", timeout=60_000)
    page.fill("#ac-change", "raise both arms")
    first = first_hit(page)
    names = page.eval_on_selector_all(
        f"{BOXES} input", "all => all.map(one => one.getAttribute('aria-label'))"
    )
    assert [name.split(",")[0] for name in names] == ["Person 1 of 2", "Person 2 of 2"]
    # The larger one turns the back to the camera, the other the front: L is the subject's left.
    assert left_of(page, "L") < left_of(page, "R")
    page.focus(f"{BOXES} input:checked")
    page.keyboard.press("2")
    page.wait_for_selector(f'{BOXES} input[value="2"]:checked')
    second = first_hit(page, first)
    assert left_of(page, "L") > left_of(page, "R")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(f'{BOXES} input[value="1"]:checked')
    assert first_hit(page, second) == first
    box = page.locator(f"{BOXES} .ac-person").nth(1).bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 24
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert first_hit(page, first) == second
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


def test_legs_are_refused_with_what_to_do_and_a_huge_picture_too(browser, photos, pictures):
    page = opened(browser, photos)
    page.set_input_files(UPLOAD, pictures["legs"])
    page.wait_for_selector("#retrieve .ac-under .ac-warn", timeout=60_000)
    assert "from head to feet" in page.inner_text("#retrieve .ac-under .ac-warn")
    assert page.locator(BOXES).count() == 0
    page.set_input_files(UPLOAD, pictures["huge"])
    page.wait_for_selector("#retrieve .ac-problem .ac-error", timeout=60_000)
    assert "pixels" in page.inner_text("#retrieve .ac-problem .ac-error")
    page.close()


def test_the_place_is_weighed_and_linked_and_the_skeleton_can_be_hidden(browser, photos, pictures):
    page = opened(browser, f"{photos}/?scene=0.4")
    page.set_input_files(UPLOAD, pictures["two"])
    page.wait_for_selector(".ac-own.ac-show-bones .ac-bone", timeout=60_000)
    page.click("#retrieve .ac-own [aria-pressed=true]")
    page.wait_for_selector(".ac-own:not(.ac-show-bones)")
    page.fill("#ac-change", "raise both arms")
    first = first_hit(page)
    slider = page.locator("#ac-scene")
    assert slider.input_value() == "0.4"
    slider.fill("1")
    first_hit(page, first)
    page.wait_for_function("location.search.includes('scene=1')")
    page.close()


def test_a_gallery_gets_its_joints_from_the_page(browser, photos):
    page = opened(browser, photos)
    page.wait_for_selector("[data-joints=offer]")
    page.get_by_role("button", name="Estimate the joints of 6 pictures").click()
    page.wait_for_selector("[data-joints=running] progress")
    page.get_by_role("button", name="Cancel").click()
    page.wait_for_selector("text=It was cancelled")
    page.get_by_role("button", name="Estimate the joints of 6 pictures").click()
    page.wait_for_selector("text=6 of 6 pictures have joints now", timeout=60_000)
    page.close()
