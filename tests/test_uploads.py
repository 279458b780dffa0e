"""Uploaded pictures: every container alike, refused with a reason, and what to expect of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from autocompose.errors import EstimationError, ImageError
from autocompose.studio.server.state import Studio, StudioConfig
from autocompose.studio.server.uploads import FOUND, SEVERAL, SIDE, UNCHECKED, check_upload
from tests.studio_fakes import hash_engine

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


class Joints:
    """In place of the pose model."""

    def __init__(self, missing: bool = False, people: int = 1) -> None:
        self.missing, self.people = missing, people

    def load(self) -> None:
        if self.missing:
            raise EstimationError("no model file")

    def complete(self, image):
        if not self.people:
            raise EstimationError("only the legs are visible: use another picture")
        return image

    def people_in(self, path):
        return self.people


@pytest.mark.parametrize(
    ("joints", "note"),
    [
        (None, UNCHECKED),
        (Joints(missing=True), UNCHECKED),
        (
            Joints(people=0),
            "The matches will mean little: only the legs are visible: use another picture.",
        ),
        (Joints(), FOUND),
        (Joints(people=3), SEVERAL.format(3)),
    ],
)
def test_one_line_says_what_to_expect(studio, joints, note):
    studio.joints = joints
    assert check_upload(studio, {"path": written(studio, "a.png")}).note == note
