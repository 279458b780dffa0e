"""The studio's Describe on pictures without joints: estimated and said so, or one clear line."""

from pathlib import Path

import pytest
from PIL import Image

from autocompose.data.estimated_joints import PhotoJoints
from autocompose.data.pose_model import HOW_TO_GET
from autocompose.schema import PoseImage
from autocompose.studio.describe.description import describe
from autocompose.studio.describe.take_away import caption_row
from autocompose.studio.server.pictures import Page, view_picture
from autocompose.studio.server.state import Studio, StudioConfig
from tests.estimate_fakes import FakeEstimator
from tests.studio_fakes import hash_engine, write_stick_dataset


@pytest.fixture
def studio(tmp_path):
    root = write_stick_dataset(tmp_path / "sticks", 3)
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    config = StudioConfig(root, uploads)
    joints = PhotoJoints(tmp_path / "models")
    return Studio(config, lambda s, _: hash_engine(root, ()), joints=joints)


def upload(studio: Studio, name: str, size: tuple[int, int], *, lying: bool = False) -> str:
    exif = Image.Exif()
    if lying:
        exif[0x0112] = 6
    path = studio.config.uploads / name
    Image.new("RGB", size).save(path, exif=exif)
    return str(path)


def two_uploads(studio: Studio) -> Page:
    tall = upload(studio, "tall.jpg", (30, 20), lying=True)
    return {"reference": tall, "target": upload(studio, "wide.jpg", (40, 20))}


def test_without_a_model_file_the_page_says_in_one_line_how_to_get_it(studio):
    page = describe(studio, two_uploads(studio))
    assert "without joints" in page.explanation
    assert HOW_TO_GET[1:] in page.explanation
    assert page.rows == ()


def test_uploads_are_described_from_estimated_joints_and_the_page_says_so(studio, monkeypatch):
    fake = FakeEstimator()
    monkeypatch.setattr(studio.joints, "load", lambda: fake)
    page = describe(studio, two_uploads(studio))
    assert "estimated" in page.who
    assert "joints estimated" in page.pair.reference.origin
    # The subject's left arm goes down; nothing is said of the right one.
    assert any(row.part.startswith("left_") for row in page.rows)
    assert not any(row.part.startswith("right_") for row in page.rows)
    assert fake.sizes == [(20, 30), (40, 20)]
    bones = page.pair.reference.bones
    assert {bone.side for bone in bones} == {"L", "R", ""}


def test_the_saved_row_says_that_the_joints_are_estimated(studio, monkeypatch):
    monkeypatch.setattr(studio.joints, "load", FakeEstimator)
    row = caption_row(studio, {**two_uploads(studio), "rows": [], "phrasings": ["Lower it."]}).row
    assert row["provenance"]["joints"] == "estimated"
    known = caption_row(studio, {"pair": studio.pairs[0].id, "rows": [], "phrasings": ["x"]}).row
    assert "joints" not in known["provenance"]


def test_a_pair_of_the_dataset_keeps_its_own_joints(studio):
    page = describe(studio, {"pair": studio.pairs[0].id})
    assert "estimated" not in page.who


def test_the_skeleton_lies_on_the_picture_as_it_is_shown(studio, monkeypatch, tmp_path):
    fake = FakeEstimator()
    monkeypatch.setattr(studio.joints, "load", lambda: fake)
    path = Path(two_uploads(studio)["reference"])

    seen = studio.joints.complete(PoseImage("tall.jpg", path))
    hips = [b for b in view_picture(seen, skeleton=True).bones if b.side == "L"]
    assert seen.pixels is not None
    # Stored 30 x 20, shown 20 x 30: a place is a percentage of the width that is shown.
    wrist_x = seen.pixels[8][0]
    assert any(bone.x2 == pytest.approx(100 * wrist_x / 20, abs=0.01) for bone in hips)
