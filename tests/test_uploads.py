"""Uploaded pictures: every container alike, refused with a reason, and what to expect of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autocompose.body.sources.photo import Estimate
from autocompose.data.estimated_joints import PhotoJoints
from autocompose.errors import ConfigError, EstimationError, ImageError
from autocompose.studio.retrieve.reference import read_reference
from autocompose.studio.server.state import Studio, StudioConfig
from autocompose.studio.server.uploads import (
    FOUND,
    LEVELLED,
    SEVERAL,
    SIDE,
    UNCHECKED,
    check_upload,
    read_pair,
    with_joints,
)
from tests.studio_fakes import hash_engine, stick_joints

HEIC = Path(__file__).parent / "data" / "upload.heic"
"""96 x 64 pixels, red on the left and blue on the right; made with pillow-heif."""


@pytest.fixture
def studio(tmp_path) -> Studio:
    return Studio(StudioConfig(tmp_path / "none", tmp_path), lambda *_: hash_engine(tmp_path, ()))


def two_halves(size: tuple[int, int] = (96, 64)) -> Image.Image:
    image = Image.new("RGB", size, (200, 30, 30))
    image.paste((30, 30, 200), (size[0] // 2, 0, *size))
    return image


def written(studio: Studio, name: str) -> str:
    """The same picture in the container that the name asks for."""
    path = studio.config.uploads / name
    if path.suffix == ".heic":
        shutil.copy(HEIC, path)
    elif path.stem == "cmyk":
        two_halves().convert("CMYK").save(path)
    elif path.stem == "turned":
        lying = two_halves().transpose(Image.Transpose.ROTATE_90)
        exif = Image.Exif()
        exif[0x0112] = 6  # shown turned clockwise
        lying.save(path, exif=exif)
    elif path.suffix == ".gif":
        frames = [two_halves(), Image.new("RGB", (96, 64), "white")]
        frames[0].save(path, save_all=True, append_images=frames[1:])
    else:
        two_halves().save(path)
    return str(path)


@pytest.mark.parametrize(
    "name",
    ["a.png", "a.jpg", "a.webp", "a.avif", "a.heic", "a.tif", "a.gif", "cmyk.jpg", "turned.jpg"],
)
def test_every_container_gives_the_same_upright_picture_that_browsers_show(studio, name):
    found = check_upload(studio, {"path": written(studio, name), "name": name})
    assert (found.width, found.height) == (96, 64)
    assert found.picture.caption == name
    with Image.open(found.path) as kept:
        assert kept.format in ("JPEG", "PNG", "WEBP")
        left, right = (kept.convert("RGB").getpixel(at) for at in _places(kept))
    assert left[0] > 150 > left[2]
    assert right[2] > 150 > right[0]
    assert ("First of 2 frames" in found.note) == (name == "a.gif")


def _places(image: Image.Image) -> tuple[tuple[int, int], tuple[int, int]]:
    if image.height > image.width:  # kept as the file is, with its turn in EXIF
        return (32, 80), (32, 16)
    return (16, 32), (80, 32)


def test_a_grey_picture_of_16_bits_keeps_its_shades(studio):
    path = studio.config.uploads / "deep.png"
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    Image.fromarray(ramp).save(path)
    found = check_upload(studio, {"path": str(path)})
    with Image.open(found.path) as kept:
        shades = np.asarray(kept.convert("L"), dtype=float)
    assert shades.min() < 10
    assert shades.max() > 245
    assert 110 < shades.mean() < 145


@pytest.mark.parametrize(
    ("size", "words"),
    [((1, 1), "at least 32 x 32"), ((400, 30), "at least"), ((4000, 40), "strip")],
)
def test_a_dot_and_a_strip_are_refused(studio, size, words):
    path = studio.config.uploads / "odd.png"
    Image.new("RGB", size).save(path)
    with pytest.raises(ImageError, match=words):
        check_upload(studio, {"path": str(path)})


@pytest.mark.parametrize("name", ["huge.png", "huge.jpg"])
def test_too_many_pixels_are_refused_in_every_container(studio, name):
    path = studio.config.uploads / name
    Image.new("L", (8000, 7000)).save(path)
    with pytest.raises(ImageError, match="pixels"):
        check_upload(studio, {"path": str(path)})


def test_a_large_picture_is_kept_smaller(studio):
    path = studio.config.uploads / "large.png"
    two_halves((2600, 1300)).save(path)
    found = check_upload(studio, {"path": str(path)})
    with Image.open(found.path) as kept:
        assert kept.size == (SIDE, SIDE // 2)


class Joints(PhotoJoints):
    """Finds so many people in every picture, side by side, the largest on the right."""

    def __init__(self, count: int = 1, *, missing: bool = False, roll: float = 0.0) -> None:
        super().__init__(Path("none"))
        self.count, self.missing, self.roll, self.looks = count, missing, roll, 0

    def load(self):
        if self.missing:
            raise EstimationError("no model file")
        return self

    def people(self, image: Path | Image.Image):
        if isinstance(image, Path):
            return super().people(image)
        self.looks += 1
        if not self.count:
            raise EstimationError("only the legs are visible: use another picture")
        body = np.array(stick_joints(170, 0, 0))
        found = []
        for number in range(self.count):
            # Drawn as seen from the front: the subject's left is on the picture's right.
            place = np.array([80 - 24 * number, 32]) + np.array([8, -20]) * body[:, :2]
            found.append(Estimate(body, place, np.ones(22), 0.0, self.count, self.roll))
        return tuple(found)


@pytest.mark.parametrize(
    ("joints", "note", "problem"),
    [
        (None, UNCHECKED, ""),
        (Joints(missing=True), UNCHECKED, ""),
        (
            Joints(0),
            "",
            "Only the legs are visible: use another picture. Matches will mean little.",
        ),
        (Joints(), FOUND, ""),
        (Joints(3), SEVERAL.format(3), ""),
        (Joints(roll=-12.4), f"{FOUND} {LEVELLED.format(12)}", ""),
    ],
)
def test_one_line_says_what_to_expect_or_what_to_do(studio, joints, note, problem):
    studio.joints = joints
    found = check_upload(studio, {"path": written(studio, "a.png")})
    assert (found.note, found.problem) == (note, problem)


def test_everybody_gets_a_box_and_a_skeleton_with_the_subjects_sides(studio):
    studio.joints = Joints(3)
    found = check_upload(studio, {"path": written(studio, "a.png")})
    assert [one.number for one in found.people] == [1, 2, 3]
    lefts = [one.left for one in found.people]
    assert lefts == sorted(lefts, reverse=True)
    assert [one.place.split()[1] for one in found.people] == ["3", "2", "1"]
    for one in found.people:
        assert 0 <= one.left < one.left + one.width <= 100
        assert 0 <= one.top < one.top + one.height <= 100
        # The raised arm is the subject's left one, which lies on the right of the picture.
        ends = {side: [b.y2 for b in one.bones if b.side == side] for side in "LR"}
        across = {side: [b.x2 for b in one.bones if b.side == side] for side in "LR"}
        assert min(ends["L"]) < min(ends["R"])
        assert max(across["L"]) > max(across["R"])
    assert found.picture.bones == found.people[0].bones
    assert found.picture.ratio == 1.5


def test_a_picture_is_estimated_once_whatever_it_is_called(studio):
    studio.joints = joints = Joints(2)
    for name in ("a.png", "b.png"):
        check_upload(studio, {"path": written(studio, name)})
    assert joints.looks == 1
    joints.count = 0
    legs = studio.config.uploads / "legs.png"
    Image.new("RGB", (64, 64)).save(legs)
    for _ in range(2):
        assert check_upload(studio, {"path": str(legs)}).problem
    assert joints.looks == 2


def test_the_person_who_is_chosen_is_the_one_whose_joints_are_used(studio):
    studio.joints = Joints(2)
    upload = written(studio, "a.png")
    bodies = [
        read_reference(studio, {"upload": upload, "person": person}).body for person in (1, 2)
    ]
    shifts = np.subtract(*[np.array(body.pixels) for body in bodies if body])
    assert shifts == pytest.approx(np.tile([24, 0], (22, 1)))
    pair, _ = read_pair(studio, {"reference": upload, "target": upload, "target_person": 2})
    pair = with_joints(studio, pair)
    assert (pair.reference.pixels, pair.target.pixels) == tuple(one.pixels for one in bodies if one)
    with pytest.raises(ConfigError, match="no person 3"):
        read_reference(studio, {"upload": upload, "person": 3})
    studio.joints = Joints(0)
    assert read_reference(studio, {"upload": upload, "person": 2}).body is None
