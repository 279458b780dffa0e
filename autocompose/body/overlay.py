"""A skeleton over an image: the subject's left in teal, right in orange, each limb lettered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from autocompose.body.skeleton import BONES, INDEX, JOINTS, MIRROR

LEFT_COLOUR = (0, 150, 136)
RIGHT_COLOUR = (245, 124, 0)
MIDDLE_COLOUR = (235, 235, 235)
_OUTLINE = (20, 24, 28)

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Palette:
    """Colours of the subject's left, right and middle, each with the word a prompt calls it by."""

    left: Colour = LEFT_COLOUR
    right: Colour = RIGHT_COLOUR
    middle: Colour = MIDDLE_COLOUR
    left_name: str = "teal"
    right_name: str = "orange"

    def of(self, joint: str) -> Colour:
        """The colour of a joint and of the bone that ends in it."""
        if joint.startswith("left_"):
            return self.left
        return self.right if joint.startswith("right_") else self.middle


STUDIO_PALETTE = Palette()
"""For people."""

MODEL_PALETTE = Palette((0, 200, 60), (230, 30, 30), left_name="green", right_name="red")
"""For a multimodal model: colours that a prompt can name in one plain word."""
_LETTERED = ("wrist", "ankle")


def draw_skeleton(
    image: Image.Image, pixels: Sequence[Sequence[float]], *, palette: Palette = STUDIO_PALETTE
) -> Image.Image:
    """Draw the skeleton; colours follow the subject: seen from the front, teal is on your right.

    Args:
        image: any mode and size; it is not changed.
        pixels: (22, 2) joints, x right and y down, in pixels of ``image``. For a flipped image pass
            flipped pixels with left and right joints exchanged (`mirror_pixels`).
        palette: whose colours.

    Returns:
        An RGB copy with the skeleton, L and R at wrists and ankles, and a legend.

    Raises:
        ValueError: ``pixels`` is not one (x, y) per joint.
    """
    if len(pixels) != len(JOINTS) or any(len(point) != 2 for point in pixels):
        raise ValueError(f"pixels must be ({len(JOINTS)}, 2), one (x, y) per joint")
    canvas = image.convert("RGB")
    draw = ImageDraw.Draw(canvas)
    unit = max(1.0, min(canvas.size) / 128)  # about 2 px at 256
    points = [(float(x), float(y)) for x, y in pixels]
    for outline in (True, False):
        for start, end in BONES:
            width = round((2.6 if outline else 1.5) * unit)
            colour = _OUTLINE if outline else palette.of(end)
            draw.line([points[INDEX[start]], points[INDEX[end]]], fill=colour, width=max(1, width))
    for name, (x, y) in zip(JOINTS, points, strict=True):
        radius = 1.6 * unit
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(box, fill=palette.of(name), outline=_OUTLINE)
    font = ImageFont.load_default(size=max(8, round(6.5 * unit)))
    for name, (x, y) in zip(JOINTS, points, strict=True):
        if name.endswith(_LETTERED):
            _letter(
                draw,
                (x + 2.5 * unit, y - 3.5 * unit),
                name[0].upper(),
                colour=palette.of(name),
                font=font,
            )
    base = canvas.height - 9 * unit
    _letter(draw, (2 * unit, base), "L", colour=palette.left, font=font)
    _letter(draw, (9 * unit, base), "R", colour=palette.right, font=font)
    return canvas


def mirror_pixels(pixels: Sequence[Sequence[float]], width: int) -> tuple[tuple[float, float], ...]:
    """The joints' places in the flipped image, where the subject's sides are exchanged.

    Args:
        pixels: (22, 2) joints in the original image.
        width: of the image in pixels.

    Returns:
        (22, 2); an involution. Pixel centres lie at whole numbers, so x becomes ``width - 1 - x``.
    """
    return tuple((width - 1 - float(pixels[j][0]), float(pixels[j][1])) for j in MIRROR)


def colour_of(joint: str) -> Colour:
    """The colour of a joint in the palette for people."""
    return STUDIO_PALETTE.of(joint)


def _letter(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    letter: str,
    *,
    colour: Colour,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
) -> None:
    draw.text(at, letter, fill=colour, font=font, stroke_width=1, stroke_fill=_OUTLINE)
