"""pose/overlay: colours follow the subject's sides, and a flip keeps them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from autocompose.body.overlay import (
    LEFT_COLOUR,
    MODEL_PALETTE,
    RIGHT_COLOUR,
    colour_of,
    draw_skeleton,
    mirror_pixels,
)
from autocompose.body.skeleton import JOINTS

FRONTAL = {
    "pelvis": (64, 70), "spine": (64, 60), "chest": (64, 48), "neck": (64, 38), "head": (64, 28),
    "nose": (64, 30), "left_shoulder": (76, 40), "left_elbow": (88, 50), "left_wrist": (98, 62),
    "left_hand": (102, 66), "right_shoulder": (52, 40), "right_elbow": (40, 50),
    "right_wrist": (30, 62), "right_hand": (26, 66), "left_hip": (70, 72), "left_knee": (74, 92),
    "left_ankle": (74, 112), "left_foot": (78, 116), "right_hip": (58, 72), "right_knee": (54, 92),
    "right_ankle": (54, 112), "right_foot": (50, 116),
}  # fmt: skip
PIXELS = tuple(FRONTAL[name] for name in JOINTS)


def count(image: Image.Image, colour: tuple[int, int, int], half: str) -> int:
    """Pixels of a colour in the left or right half of the image, without the legend's corner."""
    array = np.asarray(image)[:100]
    middle = array.shape[1] // 2
    part = array[:, :middle] if half == "left" else array[:, middle:]
    return int((part == colour).all(-1).sum())


def test_the_subjects_left_is_teal_and_on_the_viewers_right_from_the_front():
    drawn = draw_skeleton(Image.new("RGB", (128, 128), "grey"), PIXELS)
    assert count(drawn, LEFT_COLOUR, "right") > 50
    assert count(drawn, LEFT_COLOUR, "left") == 0
    assert count(drawn, RIGHT_COLOUR, "left") > 50
    assert count(drawn, RIGHT_COLOUR, "right") == 0


def test_in_a_flipped_image_the_colours_still_follow_the_subject():
    flipped = ImageOps.mirror(Image.new("RGB", (128, 128), "grey"))
    drawn = draw_skeleton(flipped, mirror_pixels(PIXELS, 128))
    # The flipped person is a frontal person too, so teal stays on the viewer's right.
    assert count(drawn, LEFT_COLOUR, "right") > 50
    assert count(drawn, LEFT_COLOUR, "left") == 0


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=22, max_size=22))
def test_mirroring_pixels_twice_changes_nothing(pixels):
    assert mirror_pixels(mirror_pixels(pixels, 256), 256) == tuple(map(tuple, pixels))


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P"])
def test_the_image_is_not_changed_whatever_its_mode(mode):
    image = Image.new(mode, (40, 30))
    before = image.tobytes()
    drawn = draw_skeleton(image, [(-5.0, 900.0)] * 22)
    assert image.tobytes() == before
    assert (drawn.mode, drawn.size) == ("RGB", (40, 30))


def test_wrong_pixels_are_refused():
    with pytest.raises(ValueError, match=r"\(22, 2\)"):
        draw_skeleton(Image.new("RGB", (4, 4)), [(0.0, 0.0)] * 21)


def test_midline_joints_have_neither_side_colour():
    assert colour_of("neck") not in (LEFT_COLOUR, RIGHT_COLOUR)


def test_for_a_model_the_subjects_left_is_green_and_right_red_also_in_a_flipped_image():
    plain = Image.new("RGB", (128, 128), "grey")
    for image, pixels in ((plain, PIXELS), (ImageOps.mirror(plain), mirror_pixels(PIXELS, 128))):
        drawn = draw_skeleton(image, pixels, palette=MODEL_PALETTE)
        assert count(drawn, MODEL_PALETTE.left, "right") > 50
        assert count(drawn, MODEL_PALETTE.left, "left") == 0
        assert count(drawn, MODEL_PALETTE.right, "left") > 50
    red, green, blue = MODEL_PALETTE.left
    assert green > 2 * max(red, blue)
    assert MODEL_PALETTE.left_name == "green"
