"""Each tab's first answer is whole in every state: the same fields, and a state with its words."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from autocompose.errors import CheckpointError, GalleryError
from autocompose.review.people.users import Reviewer, Role
from autocompose.review.store.review_store import Store
from autocompose.studio.describe.describe_tab import describe_boot
from autocompose.studio.retrieve.retrieve_tab import engine_status, retrieve_boot
from autocompose.studio.review.review_desk import ReviewDesk, review_boot
from autocompose.studio.review.review_files import review_import
from autocompose.studio.server.pictures import to_page
from autocompose.studio.server.state import Studio, StudioConfig
from autocompose.studio.server.strips import pair_strip
from autocompose.studio.server.transport import page_call
from tests.browser.chromium import free_port
from tests.studio_fakes import hash_engine, write_stick_dataset

ADA = Reviewer("ada", Role.ADMINISTRATOR)
DATASETS = {
    "ready": ("pairs", "joints"),
    "no_joints": ("pairs",),
    "no_pairs": ("joints",),
    "no_dataset": None,
}


def dataset(folder: Path, state: str) -> Path:
    """A dataset of which only some files are there."""
    root = folder / state
    if DATASETS[state] is None:
        return root
    write_stick_dataset(root, n=4)
    if "joints" not in DATASETS[state]:
        (root / "joints.json").unlink()
    if "pairs" not in DATASETS[state]:
        (root / "captions" / "test.json").write_text("[]")
    return root


def studio_of(root: Path, load: Any = None) -> Studio:
    def engine(studio: Studio, _: object):
        return hash_engine(root, tuple(image.id for image in studio.images))

    studio = Studio(StudioConfig(root, root.parent), load or engine)
    studio.start()
    return studio


def fields(answer: Any) -> Any:
    """The keys of an answer and of the records in it; lists may be of any length."""
    if isinstance(answer, dict):
        return {name: fields(value) for name, value in answer.items()}
    return type(answer).__name__


@pytest.mark.parametrize("state", DATASETS)
def test_every_state_of_the_dataset_is_a_value_with_the_same_fields(tmp_path, state):
    whole = studio_of(dataset(tmp_path / "whole", "ready"))
    studio = studio_of(dataset(tmp_path, state))
    for one in (whole, studio):
        assert one.wait_until_loaded(20)
    for handler in (pair_strip, describe_boot, retrieve_boot):
        answers = [page_call(handler, one)({}) for one in (studio, whole)]
        assert fields(answers[0]) == fields(answers[1]), handler.__name__
    strip = pair_strip(studio, {})
    assert strip.state == describe_boot(studio, {}).strip.state == state
    assert retrieve_boot(studio, {}).dataset.state == state
    assert bool(strip.problem) == (state != "ready")
    assert bool(strip.pairs) == (state in ("ready", "no_joints"))


@pytest.mark.parametrize(
    ("error", "state", "words"),
    [
        (None, "ready", ""),
        (CheckpointError("c/none holds no checkpoint"), "no_checkpoint", "--checkpoint FOLDER"),
        (GalleryError("there are no pictures to search"), "no_gallery", "start the studio again"),
    ],
)
def test_every_state_of_the_model_is_a_value(tmp_path, error, state, words):
    root = dataset(tmp_path, "ready")

    def load(*_: object):
        if error is not None:
            raise error
        return hash_engine(root, ())

    studio = studio_of(root, load)
    assert studio.wait_until_loaded(20)
    status = engine_status(studio, {})
    assert status.state == state
    assert words in status.message
    assert bool(status.message) == (state != "ready")


def test_a_model_that_is_loading_says_how_far_it_is(tmp_path):
    gate = threading.Event()
    root = dataset(tmp_path, "ready")
    studio = studio_of(root, lambda *_: gate.wait(30) and hash_engine(root, ()))
    assert engine_status(studio, {}).state == "loading"
    assert engine_status(studio, {}).message
    gate.set()
    assert studio.wait_until_loaded(20)
    assert engine_status(studio, {}).state == "ready"


def desk_of(root: Path, url: str) -> ReviewDesk:
    return ReviewDesk(studio_of(root), url)


@pytest.mark.slow
def test_every_state_of_the_store_is_a_value_with_the_same_fields(tmp_path):
    root = dataset(tmp_path, "ready")
    file = tmp_path / "store.sqlite3"
    url = f"sqlite:///{file}"
    boots = {"no_store": review_boot(desk_of(root, url), ADA, {})}
    assert not file.exists()  # looking makes none
    Store(url).close()
    desk = desk_of(root, url)
    boots["empty"] = review_boot(desk, ADA, {})
    review_import(desk, ADA, {})
    assert desk.jobs.last().ended.wait(60)
    assert desk.jobs.last().report.added == 6
    boots["ready"] = review_boot(desk, ADA, {})
    desk.store().close()
    readonly = desk_of(root, f"sqlite:///file:{file}?mode=ro&uri=true")
    boots["read_only"] = review_boot(readonly, ADA, {})
    readonly.store().close()
    away = f"postgresql://ada:secret@127.0.0.1:{free_port()}/none"
    boots["away"] = review_boot(desk_of(root, away), ADA, {})
    for state, boot in boots.items():
        assert boot.store.state == state
        assert fields(to_page(boot)) == fields(to_page(boots["ready"])), state
        assert bool(boot.store.problem) == (state in ("read_only", "away")), state
        assert "\n" not in boot.store.problem
    assert boots["read_only"].store.stats.descriptions == 6
    assert "secret" not in boots["away"].store.problem


@pytest.mark.parametrize("url", ["nonsense", "mysql://a@b/c"])
def test_a_store_of_no_known_kind_is_said_on_the_page(tmp_path, url):
    boot = review_boot(desk_of(dataset(tmp_path, "ready"), url), ADA, {})
    assert boot.store.state == "away"
    assert "sqlite:///" in boot.store.problem


def test_a_damaged_store_is_said_on_the_page(tmp_path):
    file = tmp_path / "store.sqlite3"
    file.write_bytes(b"not a database" * 100)
    boot = review_boot(desk_of(dataset(tmp_path, "ready"), f"sqlite:///{file}"), ADA, {})
    assert boot.store.state == "away"
    assert "damaged" in boot.store.problem
