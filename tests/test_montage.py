"""describe/montage: the right picture on the right side, truly flipped, and small enough."""

import io

import numpy as np
import pytest
from PIL import Image

from autocompose.describe.mllm import montage as module
from autocompose.describe.mllm.montage import MAX_SIDE, can_overlay, jpeg, montage, view_pictures
from autocompose.errors import ImageError
from autocompose.schema import PoseImage, PosePair, View
from tests.annotation_fakes import make_pair, mean_colour

BAR = 18
# The dot of the pair's pictures lies at x 4..20, y 40..60 of 96 x 128.
DOT = (8, BAR + 44, 16, BAR + 56)
FLIPPED_DOT = (96 - 16, BAR + 44, 96 - 8, BAR + 56)


def decode(file: bytes) -> Image.Image:
    return Image.open(io.BytesIO(file)).convert("RGB")


def shifted(box, by):
    return (box[0] + by, box[1], box[2] + by, box[3])


def colour_at(picture, box) -> str:
    red, _, blue = mean_colour(picture, box)
    if red > 180 and blue < 90:
        return "red"
    return "blue" if blue > 180 and red < 90 else "none"


@pytest.mark.parametrize(
    ("view", "left", "right", "box"),
    [
        (View.FORWARD, "red", "blue", DOT),
        (View.REVERSE, "blue", "red", DOT),
        (View.MIRROR, "red", "blue", FLIPPED_DOT),
        (View.MIRROR_REVERSE, "blue", "red", FLIPPED_DOT),
    ],
)
def test_each_view_shows_the_pictures_in_its_order_and_really_flipped(
    tmp_path, view, left, right, box
):
    ((file,),) = view_pictures(make_pair(tmp_path), [view]).values()
    picture = decode(file)
    assert picture.size == (192, 128 + BAR)
    assert colour_at(picture, box) == left
    assert colour_at(picture, shifted(box, 96)) == right
    other = FLIPPED_DOT if box == DOT else DOT
    assert colour_at(picture, other) == "none"


def test_two_pictures_come_as_reference_then_target(tmp_path):
    pictures = view_pictures(make_pair(tmp_path), list(View), two_images=True)
    reference, target = (decode(file) for file in pictures[View.REVERSE])
    assert reference.size == target.size == (96, 128)
    dot = shifted(DOT, 0)
    box = (dot[0], dot[1] - BAR, dot[2], dot[3] - BAR)
    assert (colour_at(reference, box), colour_at(target, box)) == ("blue", "red")


def green_in(picture: Image.Image) -> int:
    """Pixels that are plainly greener than anything else."""
    red, green, blue = np.moveaxis(np.asarray(picture, dtype=int), -1, 0)
    return int((green - np.maximum(red, blue) > 50).sum())


@pytest.mark.parametrize("view", list(View))
def test_the_drawn_left_is_green_and_on_the_frames_right_in_every_view(tmp_path, view):
    # The person faces the camera, and a flipped frontal person faces it still.
    pair = make_pair(tmp_path, joints=True)
    for file in view_pictures(pair, [view], overlay=True, two_images=True)[view]:
        picture = decode(file)
        halves = [picture.crop((0, 0, 46, 110)), picture.crop((49, 0, 96, 110))]
        assert green_in(halves[1]) > 30
        assert green_in(halves[0]) < 3


def test_nothing_is_drawn_where_joints_are_unknown(tmp_path):
    pair = make_pair(tmp_path)
    assert not can_overlay(pair)
    assert view_pictures(pair, [View.FORWARD], overlay=True) == view_pictures(pair, [View.FORWARD])


def test_large_pictures_are_made_smaller_and_their_joints_with_them(tmp_path):
    pair = make_pair(tmp_path, joints=True)
    images = []
    for image in (pair.reference, pair.target):
        path = tmp_path / f"large_{image.id}.jpg"
        Image.open(image.path).resize((960, 1280)).save(path)
        pixels = tuple((10 * x, 10 * y) for x, y in image.pixels)
        images.append(PoseImage(path.name, path, joints=image.joints, pixels=pixels))
    large = PosePair(*images)
    files = view_pictures(large, [View.MIRROR], overlay=True, two_images=True)[View.MIRROR]
    picture = decode(files[0])
    assert max(picture.size) == MAX_SIDE
    half = picture.crop((picture.width * 49 // 96, 0, picture.width, picture.height * 110 // 128))
    assert green_in(half) > 300


def test_pictures_of_different_sizes_stand_on_one_line():
    joined = montage(Image.new("RGB", (10, 40), "red"), Image.new("RGB", (30, 20), "blue"))
    assert joined.size == (40, 40 + BAR)
    assert joined.getpixel((25, joined.height - 1)) == (0, 0, 255)
    assert joined.getpixel((25, joined.height - 30)) == (255, 255, 255)


def test_a_file_never_passes_its_limit_whatever_the_picture():
    noise = np.random.default_rng(0).integers(0, 256, (400, 800, 3), dtype=np.uint8)
    for limit in (60_000, 3_000):
        file = jpeg(Image.fromarray(noise), limit)
        assert len(file) <= limit
        assert decode(file).width >= 16


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40])
def test_a_damaged_picture_is_an_error_that_names_it(tmp_path, content):
    pair = make_pair(tmp_path)
    pair.target.path.write_bytes(content)
    with pytest.raises(ImageError, match=r"0000b\.png"):
        view_pictures(pair, [View.FORWARD])


def test_a_missing_or_gigantic_picture_is_an_error_before_it_is_decoded(tmp_path, monkeypatch):
    pair = make_pair(tmp_path)
    monkeypatch.setattr(module, "MAX_PIXELS", 1000)
    with pytest.raises(ImageError, match="96 x 128 pixels; at most 1,000"):
        view_pictures(pair, [View.FORWARD])
    monkeypatch.undo()
    pair.reference.path.unlink()
    with pytest.raises(ImageError, match=r"0000a\.png"):
        view_pictures(pair, [View.FORWARD])


def test_the_same_pair_gives_the_same_bytes_so_that_keys_hold(tmp_path):
    pair = make_pair(tmp_path, joints=True)
    views = list(View)
    assert view_pictures(pair, views, overlay=True) == view_pictures(pair, views, overlay=True)
