"""Take the pictures of docs/screenshots: ``python -m tests.browser.screenshots`` on the demo."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
if str(REPOSITORY) not in sys.path:  # started as a file, as `make screenshots` does
    sys.path.insert(0, str(REPOSITORY))

from PIL import Image  # noqa: E402

from tests.browser.chromium import free_port, launched, served  # noqa: E402

OUT = REPOSITORY / "docs" / "screenshots"
PHOTO_TEXT = "lean to the left on the left leg and raise the right arm above the head"
SIZES = {"": (1440, 900), "-narrow": (390, 844)}


def main(arguments: list[str]) -> None:
    """Serve the demo (arguments go to app.py); save each tab, light and dark, wide and narrow."""
    OUT.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{folder}/review.sqlite3"
        command = [sys.executable, "-m", "autocompose", "review", "import"]
        command += ["annotations/demo/captions/test.json", "--dataset", "annotations/demo"]
        subprocess.run([*command, "--store", store], cwd=REPOSITORY, check=True)
        command = [sys.executable, "app.py", "--port", str(port), "--store", store, *arguments]
        take(command, port)
    take_photos()


def take(command: list[str], port: int) -> None:
    """Serve the studio and save every tab, light and dark, wide and narrow."""
    with served(command, port) as address, launched() as browser:
        for scheme in ("light", "dark"):
            for suffix, (width, height) in SIZES.items():
                shoot(browser, address, f"{scheme}{suffix}", (width, height))


def take_photos() -> None:
    """Index the photographs of the tests; save Retrieve on them with a picture of two people."""
    photos = REPOSITORY / "tests" / "data" / "photos" / "images"
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        gallery, both = f"{folder}/gallery", f"{folder}/two people.jpg"
        command = [sys.executable, "-m", "autocompose", "index", "--images", str(photos)]
        command += ["--checkpoint", "checkpoints/pose-mini", "--out", gallery]
        subprocess.run(command, cwd=REPOSITORY, check=True)
        left, right = (Image.open(photos / f"beam_{name}_000.jpg") for name in ("cam1", "cam3"))
        picture = Image.new("RGB", (left.width + right.width, left.height))
        picture.paste(left, (0, 0))
        picture.paste(right, (left.width, 0))
        picture.save(both, quality=92)
        command = [sys.executable, "app.py", "--port", str(port), "--gallery", gallery]
        command += ["--gallery-images", str(photos), "--store", f"sqlite:///{folder}/r.sqlite3"]
        with served(command, port) as address, launched() as browser:
            for suffix, (width, height) in SIZES.items():
                page = browser.new_page(viewport={"width": width, "height": height})
                page.goto(address)
                page.wait_for_selector("#retrieve .ac-fact", timeout=120_000)
                page.set_input_files("#retrieve .ac-query input[type=file]", both)
                page.wait_for_selector("#retrieve .ac-people input", timeout=60_000)
                page.fill("#ac-change", PHOTO_TEXT)
                page.wait_for_selector("#retrieve .ac-card[data-hit]", timeout=30_000)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=OUT / f"photos{suffix}.jpg", type="jpeg", quality=70)
                page.close()


def shoot(browser, address: str, name: str, size: tuple[int, int]) -> None:
    """Save ``<tab>-<name>.png`` for every tab at one size and colour scheme."""
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=name.split("-")[0],
        reduced_motion="reduce",
    )
    page.goto(address)
    page.wait_for_selector("#retrieve .ac-fact", timeout=120_000)
    save(page, f"start-{name}")
    page.locator("#retrieve .ac-example").first.click()
    page.wait_for_selector("#retrieve .ac-card[data-hit]", timeout=30_000)
    if size[0] < 800:
        page.locator("#retrieve .ac-bar").evaluate("bar => bar.scrollIntoView()")
    save(page, f"retrieve-{name}")
    for tab in ("Describe", "Augment"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_selector(f"#{tab.lower()} .ac-pair img")
        if tab == "Describe":
            page.locator("#describe").get_by_role("button", name="Skeleton").click()
        save(page, f"{tab.lower()}-{name}")
    page.get_by_role("tab", name="Pose lab").click()
    page.fill("#ac-wish", "sit down and cross your arms")
    page.wait_for_selector("#lab .ac-labclaims li", timeout=60_000)
    if size[0] < 800:
        page.locator("#lab .ac-labstage").evaluate("stage => stage.scrollIntoView()")
    save(page, f"lab-{name}")
    page.get_by_role("tab", name="Review").click()
    page.wait_for_selector("#review .ac-reviewtext", timeout=30_000)
    save(page, f"review-{name}")
    page.close()


def save(page, name: str) -> None:
    """One picture, once every image in view has arrived."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    page.screenshot(path=OUT / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
