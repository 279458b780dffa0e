"""Joints of a gallery that has none, estimated from the page as a job."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from autocompose.data.estimated_joints import PhotoJoints
from autocompose.errors import ConfigError, GalleryError
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_files import load_gallery, save_gallery
from autocompose.review.people.logins import NoLogin
from autocompose.schema import Event, JointsOrigin, OnEvent, PoseImage
from autocompose.studio.engine import EngineSource, _engine
from autocompose.studio.server.gallery_joints import (
    gallery_joints,
    gallery_joints_cancel,
    gallery_joints_start,
)
from autocompose.studio.server.job_state import JobState
from autocompose.studio.server.state import LoadedEngine, Studio, StudioConfig
from tests.model_fakes import tiny_model, write_pictures
from tests.studio_fakes import hash_engine, stick_joints, write_stick_dataset


class Photos(PhotoJoints):
    """Finds a body in every picture but one, and waits where a test says so."""

    def __init__(self) -> None:
        super().__init__(Path("none"))
        self.looked: list[str] = []
        self.go = threading.Event()
        self.go.set()

    def why_not(self) -> str:
        return ""

    def joints_of(self, image_id: str, path: Path) -> PoseImage | None:
        assert self.go.wait(20)
        self.looked.append(image_id)
        if len(self.looked) == 2:
            return None
        body = tuple(stick_joints(0, 90, 0))
        return PoseImage(image_id, path, body, joints_origin=JointsOrigin.ESTIMATED)  # type: ignore[arg-type]


@pytest.fixture
def gallery(tmp_path):
    return embed_images(tiny_model(), write_pictures(tmp_path / "p", 5))


def opened(gallery: Gallery, folder: Path, on_event: OnEvent = lambda event: None) -> LoadedEngine:
    source = EngineSource(folder, "sticks", "test")
    return _engine(tiny_model(), gallery, folder, source=source, on_event=on_event)


@pytest.fixture
def studio(tmp_path, gallery) -> Studio:
    """Over a gallery of a tiny model, kept in ``tmp_path/g``, without joints."""
    save_gallery(gallery, tmp_path / "g")
    engine = opened(gallery, tmp_path / "g")
    root = write_stick_dataset(tmp_path / "sticks", 3)
    made = Studio(StudioConfig(root, tmp_path), lambda *_: engine, joints=Photos())
    made.use(engine)
    return made


def finished(studio: Studio) -> JobState | None:
    for thread in threading.enumerate():
        if thread.name == "gallery-joints":
            thread.join(30)
    return gallery_joints(studio, {}).state


def test_the_job_finds_joints_keeps_them_and_the_ranking_uses_them(studio, tmp_path):
    before = gallery_joints(studio, {})
    assert (before.missing, before.known, before.state, before.advice) == (5, 0, None, "")
    gallery_joints_start(studio, {})
    assert finished(studio) is JobState.DONE
    after = gallery_joints(studio, {})
    assert (after.missing, after.known, after.done, after.total) == (0, 4, 5, 5)
    assert after.problem == ""
    assert studio.engine.with_joints == 4
    kept = load_gallery(tmp_path / "g")
    assert kept.bodies is not None
    assert kept.bodies.known.tolist() == [True, False, True, True, True]
    assert kept.bodies.origin(0) is JointsOrigin.ESTIMATED
    with pytest.raises(ConfigError, match="no joints to estimate"):
        gallery_joints_start(studio, {})


def test_a_job_is_cancelled_and_begins_again_and_runs_once(studio):
    studio.joints.go.clear()
    gallery_joints_start(studio, {})
    with pytest.raises(ConfigError, match="already"):
        gallery_joints_start(studio, {})
    gallery_joints_cancel(studio, {})
    studio.joints.go.set()
    assert finished(studio) is JobState.CANCELLED
    assert studio.engine.with_joints == 0
    assert gallery_joints(studio, {}).missing == 5
    gallery_joints_start(studio, {})
    assert finished(studio) is JobState.DONE


def test_joints_that_cannot_be_kept_are_used_and_it_is_said(studio, monkeypatch):
    def refuse(*_: object) -> None:
        raise GalleryError('the gallery "g" cannot be written')

    monkeypatch.setattr("autocompose.retrieval.gallery_files.save_gallery", refuse)
    gallery_joints_start(studio, {})
    assert finished(studio) is JobState.DONE
    assert "not kept" in gallery_joints(studio, {}).problem
    assert studio.engine.with_joints == 4


def test_what_fails_is_said_and_can_be_tried_again(studio, monkeypatch):
    def broken(*_: object) -> tuple[LoadedEngine, str]:
        raise GalleryError("the folder is gone")

    studio.use(replace(studio.engine, estimate=broken))
    gallery_joints_start(studio, {})
    assert finished(studio) is JobState.FAILED
    found = gallery_joints(studio, {})
    assert (found.problem, found.missing) == ("the folder is gone", 5)


def test_only_the_person_at_the_machine_is_offered_it_and_only_where_it_helps(studio, tmp_path):
    engine = studio.engine
    for other in (
        replace(engine, with_joints=3),
        replace(engine, estimate=None),
        hash_engine(tmp_path, ("a",)),
    ):
        studio.use(other)
        assert gallery_joints(studio, {}).missing == 0
    studio.use(engine)
    studio.joints.why_not = lambda: "run `pip install mediapipe`"
    assert gallery_joints(studio, {}).advice == "run `pip install mediapipe`"
    with pytest.raises(ConfigError, match="pip install"):
        gallery_joints_start(studio, {})
    studio.joints.why_not = lambda: ""
    object.__setattr__(studio.config, "login", NoLogin("nobody"))
    assert gallery_joints(studio, {}).missing == 0


def test_progress_counts_pictures_and_nothing_else(gallery, tmp_path):
    seen: list[Event] = []
    engine = opened(gallery, tmp_path / "g", seen.append)
    assert engine.estimate is not None
    engine.estimate(Photos().joints_of, seen.append)
    assert [e.done for e in seen if e.stage == "Looking for joints"] == [1, 2, 3, 4, 5]
