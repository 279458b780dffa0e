"""What reads joints in place of pictures: the encoder of pose-mini as a voice of the ranking."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from autocompose.body.directions import on_standard_body
from autocompose.body.skeleton import mirror
from autocompose.config import RankingConfig
from autocompose.model.pose_mini import PoseEncoder, pose_encoder
from autocompose.model.towers import build_towers
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.joint_readers import EncoderReader
from autocompose.retrieval.voices import Reference, Voices
from autocompose.schema import JointsOrigin
from tests.model_fakes import tiny_towers
from tests.poses import T_POSE
from tests.test_pose_voice import picture

NAMES = ("left", "right", "wide", "low")


@pytest.fixture(scope="module")
def encoder():
    torch.manual_seed(0)
    return PoseEncoder(8).eval()


def raw(encoder, joints):
    with torch.inference_mode():
        return encoder(torch.from_numpy(np.array(joints, dtype=np.float32)[None]))[0]


def leads_to(encoder, name, start="down"):
    """A text feature that leads from one body to another."""
    ends = (picture(one).joints for one in (name, start))
    goal, begin = (raw(encoder, joints) for joints in ends)
    return goal - begin


def test_only_an_image_tower_that_reads_joints_has_an_encoder():
    towers = build_towers("pose-mini")
    assert pose_encoder(towers.image_tower) is towers.image_tower.trunk.pose
    assert pose_encoder(tiny_towers().image_tower) is None


@pytest.mark.parametrize("name", NAMES)
def test_the_body_that_the_text_leads_to_comes_first(encoder, name):
    bodies = GalleryBodies.of([picture(one) for one in NAMES])
    voices = Voices(np.eye(4, dtype=np.float32), bodies, encoder=encoder)
    text = leads_to(encoder, name)
    scores = voices.fused(np.zeros(4), (), Reference.of(picture("down")), text=text)
    assert scores is not None
    assert NAMES[int(np.argmax(scores))] == name


def test_it_is_heard_as_loudly_as_the_origin_of_the_joints_allows(encoder):
    images = [picture(name, JointsOrigin.ESTIMATED) for name in NAMES]
    start = Reference.of(picture("down"))
    text = leads_to(encoder, "low")

    def spread(**weights: float) -> float:
        voices = Voices(
            np.eye(4, dtype=np.float32), GalleryBodies.of(images),
            replace(RankingConfig(), **weights), encoder=encoder,
        )  # fmt: skip
        scores = voices.fused(np.zeros(4), (), start, text=text)
        return 0.0 if scores is None else float(np.ptp(scores))

    assert spread(encoder_estimated=0.0, claims_estimated=0.0) == 0
    assert spread(encoder_estimated=1.0) == pytest.approx(2 * spread(encoder_estimated=0.5))


def test_bodies_of_other_sizes_are_read_on_the_standard_body(encoder):
    small = picture("wide", JointsOrigin.IMPORTED)
    small = replace(small, joints=tuple(tuple(0.7 * x for x in point) for point in small.joints))
    reader = EncoderReader(encoder)
    found = reader.embedded(GalleryBodies.of([small]), np.array([0]))[0]
    expected = F.normalize(raw(encoder, on_standard_body(T_POSE[None])[0]), dim=-1).numpy()
    assert found == pytest.approx(expected, abs=1e-4)


def test_left_and_right_are_the_subjects(encoder):
    """A text and its mirror find a body and its mirror twin."""
    bodies = GalleryBodies.of([picture("left"), picture("right")])
    found = EncoderReader(encoder).embedded(bodies, np.array([0, 1]))
    twin = F.normalize(raw(encoder, mirror(np.array(picture("left").joints))), dim=-1).numpy()
    assert found[1] == pytest.approx(twin, abs=1e-5)
    assert abs(found[0] - found[1]).max() > 1e-2
