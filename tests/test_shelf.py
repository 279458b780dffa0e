"""Opening other datasets, checkpoints and galleries: what is listed, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autocompose.studio import Studio, StudioConfig
from autocompose.studio.retrieve.open_page import shelf_list
from autocompose.studio.retrieve.retrieve_tab import retrieve_boot
from autocompose.studio.server.shelf import MOST_OPEN, OpenChoice, OpenPlaces, Shelf
from autocompose.studio.server.transport import page_call
from autocompose.workspace import Workspace
from tests.studio_fakes import hash_engine, write_stick_dataset


@pytest.fixture
def root(tmp_path) -> Path:
    for name in ("first", "second"):
        write_stick_dataset(tmp_path / "annotations" / name, 4)
    (tmp_path / "annotations" / "second" / "card.md").write_text("\n# Sticks <b>two</b>\n")
    for name in ("mini", "maxi"):
        (tmp_path / "checkpoints" / name).mkdir(parents=True)
        (tmp_path / "checkpoints" / name / "config.json").write_text("{}")
    lab = tmp_path / "checkpoints" / "pose-lm"
    lab.mkdir()
    for name in ("config.json", "pose_lm.safetensors"):
        (lab / name).write_text("{}")
    gallery = tmp_path / "galleries" / "mine"
    (gallery / "images").mkdir(parents=True)
    (gallery / "gallery.json").write_text(json.dumps({"fingerprint": "0123456789abcdef"}))
    return tmp_path


class Opened:
    """Notes what was opened, and opens it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.places: list[OpenPlaces] = []

    def __call__(self, places: OpenPlaces) -> Studio:
        self.places.append(places)
        folder = places.dataset or self.root / "annotations" / "first"
        return Studio(
            StudioConfig(folder, self.root, checkpoint=places.checkpoint),
            lambda one, _: hash_engine(folder, tuple(image.id for image in one.images)),
        )


@pytest.fixture
def opened(root) -> Opened:
    return Opened(root)


@pytest.fixture
def studio(root, opened) -> Studio:
    workspace = Workspace(root / "annotations", root / "checkpoints", root / "cache")
    first = opened(OpenPlaces(None, "", None, None))
    first.shelf = Shelf(workspace, opened)
    first.start()
    assert first.wait_until_loaded(10)
    return first


def boot(studio: Studio, **names: object):
    return page_call(retrieve_boot, studio)({"open": names})


def test_what_is_there_is_listed_with_card_size_and_fingerprint(studio):
    found = shelf_list(studio, {})
    assert [one.name for one in found.datasets] == ["first", "second"]
    second = found.datasets[1]
    assert second.title == "Sticks <b>two</b>"
    assert second.card == "dataset-second"
    assert second.splits == ("test",)
    assert 0 < second.megabytes < 1
    assert [one.name for one in found.checkpoints] == ["maxi", "mini"]
    assert [(one.name, one.fingerprint) for one in found.galleries] == [("mine", "0123456789ab")]


def test_each_visitor_has_what_he_opened_and_others_do_not(studio, opened, root):
    other = boot(studio, dataset="second")
    assert other["dataset"]["dataset"] == "second test"
    assert boot(studio)["dataset"]["dataset"] == "first test"
    assert page_call(retrieve_boot, studio)({})["dataset"]["dataset"] == "first test"
    boot(studio, dataset="second")
    assert [p.dataset for p in opened.places[1:]] == [root / "annotations" / "second"], "once"
    chosen = studio.shelf.studio(OpenChoice(dataset="second"), studio)
    assert chosen.wait_until_loaded(10)
    assert chosen.shelf is studio.shelf, "from there one can go on"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *(("dataset", name) for name in ("../checkpoints/mini", "/etc", "..", ".", "second/", "x")),
        ("dataset", "second/../second"), ("checkpoint", "../annotations/first"),
        ("gallery", "../annotations"), ("checkpoint", "\0"), ("dataset", "away"),
    ],
)  # fmt: skip
def test_nothing_but_what_is_listed_can_be_opened(studio, opened, root, kind, name):
    away = root / "elsewhere"
    (away / "captions").mkdir(parents=True)
    (root / "annotations" / "away").symlink_to(away)
    answer = boot(studio, **{kind: name})
    assert not answer["ok"]
    assert "is not among" in answer["error"]
    assert len(opened.places) == 1


@pytest.mark.parametrize("named", ["x", 3, ["dataset"], {"dataset": 3}, {"dataset": "x" * 5000}])
def test_a_page_that_names_something_odd_is_refused(studio, named):
    answer = page_call(retrieve_boot, studio)({"open": named})
    assert (answer["ok"], answer["kind"]) == (False, "ConfigError")


def test_a_split_that_is_not_there_is_refused_with_those_that_are(studio):
    assert "there is test" in boot(studio, dataset="second", split="train")["error"]


def test_where_nothing_can_be_opened_the_page_is_told(studio):
    studio.shelf = None
    assert "nothing else can be opened" in boot(studio, dataset="second")["error"]
    assert shelf_list(studio, {}).datasets == ()


def test_the_one_that_was_asked_longest_ago_is_let_go(studio, opened):
    choices = [
        {"dataset": d, "checkpoint": c} for d in ("first", "second") for c in ("mini", "maxi")
    ]
    assert len(choices) == MOST_OPEN + 1
    for choice in choices:
        assert boot(studio, **choice)["ok"]
    count = len(opened.places)
    boot(studio, **choices[-1])
    assert len(opened.places) == count
    boot(studio, **choices[0])
    assert len(opened.places) == count + 1


def test_pictures_and_cards_of_what_is_listed_are_served(studio, root):
    assert studio.shelf.picture_folders() == (
        root / "annotations/first/images", root / "annotations/second/images",
        root / "galleries/mine/images",
    )  # fmt: skip
    assert [card.name for card in studio.shelf.cards() if card.there] == ["dataset-second"]
