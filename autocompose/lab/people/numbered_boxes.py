"""People with numbers: boxes over a picture, or bodies drawn side by side from their joints."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from autocompose.body.skeleton import canonical
from autocompose.lab.wishes.drawing import drawn_bodies
from autocompose.schema import PoseImage

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]

_CHOSEN, _OTHER = (0, 150, 60), (90, 96, 102)
_INK = (255, 255, 255)
_MARGIN = 0.08
"""What a box leaves around the joints, in sizes of the body: joints end before fingers and hair."""


def box_of(pixels: Floats, size: tuple[int, int]) -> Box:
    """Left, top, right and bottom of a box around a person, inside the picture.

    Args:
        pixels: (22, 2) x right and y down.
        size: width and height of the picture.
    """
    low, high = pixels.min(0), pixels.max(0)
    margin = _MARGIN * float(np.max(high - low)) + 2
    left, top = np.clip(low - margin, 0, np.array(size) - 1)
    right, bottom = np.clip(high + margin, 0, np.array(size) - 1)
    return float(left), float(top), float(right), float(bottom)


def numbered_picture(
    picture: Image.Image, people: Sequence[PoseImage], chosen: Collection[int] = ()
) -> Image.Image:
    """The picture with a numbered box around everybody; those who are chosen are green and thick.

    Args:
        picture: that shows them.
        people: left to right, with the pixels of their joints.
        chosen: numbers from 1.
    """
    canvas = picture.convert("RGB")
    draw = ImageDraw.Draw(canvas)
    unit = max(1.0, min(canvas.size) / 200)
    font = ImageFont.load_default(size=max(10, round(9 * unit)))
    # The chosen ones last, so that no other box covers theirs.
    order = sorted(range(1, len(people) + 1), key=lambda number: number in chosen)
    for number in order:
        pixels = people[number - 1].pixels
        if pixels is None:
            continue
        box = box_of(np.array(pixels), canvas.size)
        colour = _CHOSEN if number in chosen else _OTHER
        width = round(2.5 * unit) if number in chosen else round(unit)
        draw.rectangle(box, outline=colour, width=max(1, width))
        text = str(number)
        _, _, right, bottom = draw.textbbox((0, 0), text, font=font)
        pad = 2 * unit
        plate = (box[0], box[1], box[0] + right + 2 * pad, box[1] + bottom + 2 * pad)
        draw.rectangle(plate, fill=colour)
        draw.text((box[0] + pad, box[1] + pad), text, fill=_INK, font=font)
    return canvas


def numbered_bodies(people: Sequence[PoseImage], chosen: Collection[int] = ()) -> Image.Image:
    """Bodies without a common picture, drawn side by side from their joints.

    Args:
        people: with joints.
        chosen: numbers from 1.
    """
    bodies = [canonical(np.array(image.joints, dtype=np.float64)) for image in people]
    captions = [
        f"{number}{'  (meant)' if number in chosen else ''}" for number in range(1, len(people) + 1)
    ]
    return drawn_bodies(bodies, captions)
