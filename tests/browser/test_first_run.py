"""A studio started from nothing: each tab says in words what is missing and what to do next.

The real program is started as `make studio` starts it, on a folder where something is missing.
That no page and no console reports an error is checked for every test by conftest.py.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from autocompose.data.captions.caption_files import read_caption_file
from autocompose.data.dataset import open_dataset
from autocompose.review.files.imports import import_records
from autocompose.review.store.review_store import Store
from tests.browser.chromium import REPOSITORY, free_port, missing, served
from tests.browser.review_server import READY, SECONDS, WIDE
from tests.studio_fakes import write_stick_dataset

pytestmark = pytest.mark.browser
TABS = ("Retrieve", "Describe", "Augment", "Review")
LEAD = ".ac-lead"
CALLS = re.compile("component_server")
"""Where a tab asks its server."""


@contextmanager
def started(browser, folder: Path, *, warm: bool = True, **options: object) -> Iterator[object]:
    """A page of app.py, with nothing in its folder but what the options name."""
    given = {
        "dataset": folder / "no-dataset",
        "checkpoint": folder / "no-checkpoint",
        "cache": folder / "cache",
        "store": f"sqlite:///{folder}/none/review.sqlite3",
        **options,
    }
    port = free_port()
    command = [sys.executable, "app.py", "--port", str(port)]
    for name, value in given.items():
        command += [f"--{name}", str(value)]
    with served(command, port, 180, warm=warm) as address:
        context = browser.new_context(viewport=WIDE)
        page = context.new_page()
        page.set_default_timeout(SECONDS)
        page.goto(address)
        yield page
        context.close()


def look(page, tab: str, selector: str, words: str) -> str:
    """Open a tab, and wait until a part of it says some words."""
    page.get_by_role("tab", name=tab).click()
    page.wait_for_function(
        "([at, words]) => [...document.querySelectorAll(at)].some(node => node.checkVisibility()"
        " && node.textContent.includes(words))",
        arg=[f"#{tab.lower()} {selector}", words],
    )
    if folder := os.environ.get("AUTOCOMPOSE_SHOTS"):
        test = os.environ["PYTEST_CURRENT_TEST"].split("::")[-1].split(" ")[0]
        page.screenshot(path=Path(folder) / f"{test}-{tab}.png")
    return page.inner_text(f"#{tab.lower()}")


def sticks(folder: Path, *, joints: bool = True, pairs: bool = True) -> Path:
    root = write_stick_dataset(folder / "sticks", n=6)
    if not joints:
        (root / "joints.json").unlink()
    if not pairs:
        (root / "captions" / "test.json").write_text("[]")
    return root


def filled_store(path: Path, root: Path | None = None) -> str:
    """A store at a path, with the captions of a dataset where one is given."""
    with Store(f"sqlite:///{path}") as store:
        if root is not None:
            dataset = open_dataset(root)
            found = read_caption_file(root / "captions" / "test.json")
            import_records(store, found, dataset=dataset, split="test", by="importer")
    return f"sqlite:///{path}"


def test_with_nothing_at_all_every_tab_says_what_to_do(browser, tmp_path):
    with started(browser, tmp_path, warm=False) as page:
        text = look(page, "Retrieve", ".ac-notice", "Retrieval needs a model.")
        assert "No dataset is open." in text
        assert "--checkpoint FOLDER" in text
        assert "--dataset FOLDER" in text
        for tab in ("Describe", "Augment"):
            assert "--dataset FOLDER" in look(page, tab, ".ac-notice", "No dataset is open.")
        text = look(page, "Review", LEAD, "There is nothing to review yet.")
        assert "--dataset FOLDER" in text
        assert page.locator("#review [data-import]").count() == 0  # there is nothing to import


def test_a_first_visitor_imports_the_captions_and_reviews(browser, tmp_path):
    with started(browser, tmp_path, dataset=sticks(tmp_path)) as page:
        text = look(page, "Retrieve", ".ac-notice", "Retrieval needs a model.")
        assert "No dataset is open." not in text
        look(page, "Describe", ".ac-phrase", "")
        look(page, "Augment", ".ac-text", "")
        look(page, "Review", LEAD, "There is nothing to review yet.")
        page.locator("#review [data-import]").click()
        page.wait_for_selector(READY)
        assert "10 reviewed" in page.inner_text("#review .ac-progressrow")
        page.get_by_role("button", name="Filters", exact=True).click()
        page.keyboard.press("Escape")
        page.reload()
        look(page, "Review", ".ac-reviewtext", "")
        assert page.locator("#review .ac-reviewpair img").count() == 2


def test_without_joints_describe_and_augment_say_how_to_get_them(browser, tmp_path):
    away = f"postgresql://nobody:secret@127.0.0.1:{free_port()}/none"
    root = sticks(tmp_path, joints=False)
    with started(browser, tmp_path, dataset=root, store=away) as page:
        text = look(page, "Retrieve", ".ac-notice", "Retrieval needs a model.")
        assert "no joints" not in text
        for tab in ("Describe", "Augment"):
            text = look(page, tab, "[data-advice]", "This dataset has no joints.")
            assert "autocompose estimate" in text
        # The estimator of joints may look at both pictures first.
        page.wait_for_selector("#describe .ac-pair img", state="attached", timeout=60_000)
        assert page.locator("#describe .ac-pair img").count() == 2
        # And the store's server is away.
        text = look(page, "Review", LEAD, "The review store cannot be opened.")
        assert "secret" not in text
        assert "127.0.0.1" in text
        page.get_by_role("button", name="Look again").click()
        look(page, "Review", LEAD, "The review store cannot be opened.")


def test_without_pairs_and_with_an_empty_store(browser, tmp_path):
    store = filled_store(tmp_path / "empty.sqlite3")
    root = sticks(tmp_path, pairs=False)
    with started(browser, tmp_path, dataset=root, store=store) as page:
        look(page, "Retrieve", ".ac-notice", "Retrieval needs a model.")
        page.locator("#retrieve .ac-strip [data-image]").first.click()
        page.fill("#ac-change", "raise the left arm")
        look(page, "Retrieve", ".ac-notice", "Retrieval needs a model.")
        for tab in ("Describe", "Augment"):
            text = look(page, tab, "[data-advice]", "This dataset has no pairs to show.")
            assert "images/" in text
        look(page, "Review", LEAD, "There is nothing to review yet.")


def test_a_store_that_can_only_be_read_is_browsed(browser, tmp_path):
    root = sticks(tmp_path)
    filled_store(tmp_path / "kept.sqlite3", root)
    # The same refusal as of a file without the right to write, which the administrator passes over.
    store = f"sqlite:///file:{tmp_path}/kept.sqlite3?mode=ro&uri=true"
    with started(browser, tmp_path, dataset=root, store=store) as page:
        text = look(page, "Review", LEAD, "read-only")
        assert "readonly database" in text
        page.get_by_role("button", name="Browse 10 descriptions").click()
        page.wait_for_selector(READY)
        page.get_by_role("button", name="Dashboard").click()
        page.wait_for_selector("#review .ac-board")


def test_a_store_whose_folder_cannot_be_made_says_so_when_asked_to(browser, tmp_path):
    (tmp_path / "file").write_text("no folder")
    store = f"sqlite:///{tmp_path}/file/review.sqlite3"
    with started(browser, tmp_path, dataset=sticks(tmp_path), store=store) as page:
        look(page, "Review", LEAD, "There is nothing to review yet.")
        page.locator("#review [data-import]").click()
        look(page, "Review", ".ac-error", "cannot be made")
        assert page.locator("#review [data-import]").is_enabled()


@pytest.mark.slow
def test_a_model_without_pictures_has_nothing_to_search(browser, tmp_path):
    checkpoint = REPOSITORY / "checkpoints/pose-mini"
    if not (checkpoint / "config.json").is_file():
        missing("checkpoints/pose-mini is not here")
    with started(browser, tmp_path, checkpoint=checkpoint) as page:
        text = look(page, "Retrieve", ".ac-notice", "There is nothing to search.")
        assert "No dataset is open." in text
        assert "--checkpoint" not in text


def test_a_model_that_loads_and_then_fails(browser, tmp_path):
    root, port = sticks(tmp_path), free_port()
    script = str(Path(__file__).with_name("serve_states.py"))
    with served([sys.executable, script, str(root), str(port)], port, 180) as address:
        page = browser.new_page(viewport=WIDE)
        page.set_default_timeout(SECONDS)
        page.goto(address)
        look(page, "Retrieve", ".ac-bar", "Waiting for the test")
        page.locator("#retrieve .ac-example").first.click()
        look(page, "Retrieve", ".ac-said", "The model is still loading")
        (tmp_path / "go").touch()
        look(page, "Retrieve", ".ac-notice", "Retrieval is not available.")
        look(page, "Describe", ".ac-phrase", "")
        page.context.close()


def test_a_page_that_opens_before_its_server_answers_heals_by_itself(browser, tmp_path):
    with started(browser, tmp_path, dataset=sticks(tmp_path)) as page:
        browser.expect("ERR_FAILED")  # what the browser says of a request that never arrives
        page.route(CALLS, lambda route: route.abort())
        page.reload()
        for tab in TABS:
            look(page, tab, ".ac-notice", "Connection lost.")
        page.unroute(CALLS)
        look(page, "Retrieve", ".ac-notice", "Retrieval needs a model.")
        look(page, "Describe", ".ac-phrase", "")
        look(page, "Augment", ".ac-text", "")
        look(page, "Review", LEAD, "There is nothing to review yet.")
