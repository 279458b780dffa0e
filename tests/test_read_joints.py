"""Joints that an image tower reads: kept with a gallery, and ranked by where none are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from autocompose.body.skeleton import INDEX
from autocompose.config import ModelConfig, RankingConfig
from autocompose.data.preprocess import preprocess
from autocompose.errors import ConfigError
from autocompose.evaluation.with_joints import with_joints
from autocompose.model.composed import ComposedModel
from autocompose.model.pose_mini import features_and_joints
from autocompose.model.towers import build_towers
from autocompose.retrieval.embed import embed_images
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.joint_trust import belong_together
from autocompose.retrieval.own_world import learnt_share
from autocompose.retrieval.search import ComposedRetriever
from autocompose.retrieval.voices import Reference, Voices
from autocompose.schema import ComposedQuery, JointsOrigin, PoseImage
from autocompose.verify.soft import ranking_claims
from tests.model_fakes import tiny_model, write_pictures
from tests.poses import ARMS_DOWN
from tests.test_ranking import BODIES, picture

NAMES = ("down", "left", "right", "wide")


@pytest.fixture(scope="module")
def mini():
    torch.manual_seed(0)
    config = ModelConfig("pose-mini", projection_dim=8, hidden_dim=8, look_twice=True)
    return ComposedModel(build_towers("pose-mini").eval(), None, config)


def read_bodies() -> GalleryBodies:
    return GalleryBodies.read(np.array([BODIES[name] for name in NAMES], np.float32))


@torch.no_grad()
def test_a_gallery_keeps_the_joints_that_lead_to_its_features(mini, tmp_path):
    paths = write_pictures(tmp_path, 3)
    gallery = embed_images(mini, paths)
    bodies = gallery.bodies
    assert [bodies.origin(row) for row in range(3)] == [JointsOrigin.READ] * 3
    assert bodies.known.all()
    assert not bodies.given.any()
    again = mini.towers.image_tower.trunk.pose(torch.from_numpy(np.array(bodies.joints)))
    torch.testing.assert_close(again, gallery.raw(range(3)), atol=1e-4, rtol=1e-4)


def test_joints_that_are_known_go_before_those_that_were_read(mini, tmp_path):
    paths = write_pictures(tmp_path, 3)
    told = picture("down", ARMS_DOWN)
    gallery = embed_images(mini, paths, joints_of=lambda name, path: replace(told, id=name))
    assert [gallery.bodies.origin(row) for row in range(3)] == [JointsOrigin.RENDERED] * 3


def test_a_tower_that_reads_no_joints_leaves_none(tmp_path):
    gallery = embed_images(tiny_model(), write_pictures(tmp_path, 3))
    assert gallery.bodies is None
    with pytest.raises(ConfigError, match="--joints read is for checkpoints whose image tower"):
        with_joints(tiny_model(), gallery, [], joints="read")


def test_claims_judged_on_read_joints_keep_the_subjects_side():
    voices = Voices(np.eye(4, dtype=np.float32), read_bodies(), RankingConfig())
    for side in ("left", "right"):
        claims = ranking_claims(f"raise the {side} arm above the head")
        start = Reference(read_bodies().take([0]))
        scores = voices.fused(np.array([-np.inf, 0.0, 0.0, 0.0]), claims, start)
        assert NAMES[int(np.argmax(scores))] == side


def test_beside_joints_from_elsewhere_they_are_not_counted_again():
    mixed = GalleryBodies.of([picture("down", BODIES["down"]), None, None, None])
    mixed = mixed.filled(read_bodies())
    assert mixed.known.all()
    assert mixed.given.tolist() == [True, False, False, False]
    kept = mixed.without_read()
    assert kept.known.tolist() == [True, False, False, False]
    assert np.isnan(np.array(kept.joints)[1:]).all()
    voices = Voices(np.eye(4, dtype=np.float32), mixed, RankingConfig())
    assert voices.bodies.known.tolist() == [True, False, False, False]


def test_an_estimate_takes_the_place_of_what_was_read():
    guess = [picture(name, BODIES[name], JointsOrigin.ESTIMATED) for name in NAMES[:2]]
    found = read_bodies().filled(GalleryBodies.of([*guess, None, None]))
    assert [found.origin(row) for row in range(4)] == [
        JointsOrigin.ESTIMATED, JointsOrigin.ESTIMATED, JointsOrigin.READ, JointsOrigin.READ,
    ]  # fmt: skip


def test_nothing_is_told_of_pictures_from_what_was_read_alone(mini, tmp_path):
    """No reasons, no "nothing here does that", no doubt in the pictures: it may be wrong."""
    paths = write_pictures(tmp_path, 4)
    gallery = replace(embed_images(mini, paths), bodies=read_bodies())
    retriever = ComposedRetriever(mini, gallery)
    result = retriever.retrieve(ComposedQuery(paths[0], "lie down on your back"))
    assert not result.reading.warning
    assert all(not hit.claims for hit in result.hits)
    assert learnt_share(mini, gallery) == 1.0
    many = GalleryBodies.read(np.repeat(np.array(read_bodies().joints), 10, axis=0))
    shuffled = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
    assert belong_together(shuffled, many)


@torch.no_grad()
def test_a_picture_and_its_mirror_image_are_read_as_mirror_images(mini, tmp_path):
    (path,) = write_pictures(tmp_path, 1)
    pixels = preprocess(Image.open(path), "squarepad", 128)[None]
    tower = mini.towers.image_tower
    _, joints = features_and_joints(tower, pixels, twice=True)
    _, twin = features_and_joints(tower, pixels.flip(-1), twice=True)
    left, right = INDEX["left_hand"], INDEX["right_hand"]
    torch.testing.assert_close(
        twin[0, right], joints[0, left] * torch.tensor([-1.0, 1, 1]), atol=1e-5, rtol=1e-5
    )


def test_where_the_joints_are_known_is_written_and_read_with_a_gallery():
    bodies = read_bodies()
    again = GalleryBodies.from_bytes(bodies.to_bytes(), 4)
    assert [again.origin(row) for row in range(4)] == [JointsOrigin.READ] * 4
    image = PoseImage("a.png", Path("a.png"), tuple(map(tuple, BODIES["left"].tolist())))
    assert GalleryBodies.of([image]).given.all()
