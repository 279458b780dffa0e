"""The pictures of one view of a pair as a multimodal model gets them.

Swapping exchanges the images, mirroring really flips them, and a skeleton is drawn after that, so
that its colours follow the subject in every view.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from autocompose.body.overlay import MODEL_PALETTE, draw_skeleton, mirror_pixels
from autocompose.errors import ImageError
from autocompose.schema import PoseImage, PosePair, View

MAX_SIDE = 494
"""Pixels of one picture's longer side; larger ones are made smaller, none is enlarged.

With its label such a montage fills 2 x 1 tiles of 512 pixels, by which vendors count.
"""

MAX_BYTES = 200_000
"""Of one JPEG file that is sent."""

MAX_PIXELS = 50_000_000
REFERENCE_LABEL, TARGET_LABEL = "START", "END"

_FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
_QUALITIES = (88, 75, 60, 45, 30)
_BAR = 18
_RULE = 2
_PAPER, _INK = (255, 255, 255), (20, 24, 28)


def view_pictures(
    pair: PosePair, views: Sequence[View], *, overlay: bool = False, two_images: bool = False
) -> dict[View, tuple[bytes, ...]]:
    """The JPEG files of each view: one labelled montage, or reference and target.

    Args:
        pair: its two files are read once for all views.
        views: which.
        overlay: draw the skeleton where both images have the pixels of their joints, see
            `can_overlay`.
        two_images: two files instead of a montage.

    Raises:
        ImageError: a file is missing, damaged, or larger than `MAX_PIXELS`.
    """
    drawn = overlay and can_overlay(pair)
    opened = {image.id: _open(image.path) for image in (pair.reference, pair.target)}
    pictures: dict[tuple[str, bool], Image.Image] = {}
    files: dict[View, tuple[bytes, ...]] = {}
    for view in views:
        sides = []
        for image in view.order(pair.reference, pair.target):
            key = (image.id, view.mirrors)
            if key not in pictures:
                pictures[key] = _picture(
                    opened[image.id], image, mirrored=view.mirrors, drawn=drawn
                )
            sides.append(pictures[key])
        if two_images:
            files[view] = tuple(jpeg(picture) for picture in sides)
        else:
            files[view] = (jpeg(montage(sides[0], sides[1])),)
    return files


def one_picture(path: Path) -> bytes:
    """The JPEG file of one picture by itself.

    Raises:
        ImageError: it is missing, damaged, or larger than `MAX_PIXELS`.
    """
    return jpeg(_open(path).picture)


def can_overlay(pair: PosePair) -> bool:
    """Whether both images have the pixels of their joints."""
    return pair.reference.pixels is not None and pair.target.pixels is not None


def montage(reference: Image.Image, target: Image.Image) -> Image.Image:
    """Reference left, target right, on one base line, each under its label."""
    height = max(reference.height, target.height)
    canvas = Image.new("RGB", (reference.width + target.width, height + _BAR), _PAPER)
    draw = ImageDraw.Draw(canvas)
    font = ImageFont.load_default(size=13)
    left = 0
    for picture, label in ((reference, REFERENCE_LABEL), (target, TARGET_LABEL)):
        draw.text((left + 4, 1), label, fill=_INK, font=font)
        canvas.paste(picture, (left, _BAR + height - picture.height))
        left += picture.width
    # Over the pictures' edge, not between them: 2 x 256 pixels stay one tile.
    draw.line([(reference.width, 0), (reference.width, canvas.height)], fill=_PAPER, width=_RULE)
    return canvas


def jpeg(picture: Image.Image, limit: int = MAX_BYTES) -> bytes:
    """A JPEG file of at most ``limit`` bytes: first plainer, then smaller."""
    while True:
        for quality in _QUALITIES:
            buffer = io.BytesIO()
            # Full colour resolution: halved, thin lines lose the colour that tells the sides.
            picture.save(buffer, "JPEG", quality=quality, subsampling=0)
            if buffer.tell() <= limit:
                return buffer.getvalue()
        if max(picture.size) < 32:
            return buffer.getvalue()
        picture = picture.resize((max(1, picture.width // 2), max(1, picture.height // 2)))


@dataclass(frozen=True)
class _Opened:
    """An image at the size it is sent in, and that size over the file's."""

    picture: Image.Image
    factor: float


def _picture(opened: _Opened, image: PoseImage, *, mirrored: bool, drawn: bool) -> Image.Image:
    """One image, flipped and drawn on as the view asks."""
    picture = ImageOps.mirror(opened.picture) if mirrored else opened.picture
    if not drawn or image.pixels is None:
        return picture
    pixels = tuple((x * opened.factor, y * opened.factor) for x, y in image.pixels)
    if mirrored:
        pixels = mirror_pixels(pixels, picture.width)
    return draw_skeleton(picture, pixels, palette=MODEL_PALETTE)


def _open(path: Path) -> _Opened:
    """The first frame in RGB, made smaller where it is large. Its size is checked first."""
    name = path.name
    try:
        Image.init()
        with Image.open(path, formats=_FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise ImageError(
                    f'"{name}" is {width} x {height} pixels; at most {MAX_PIXELS:,} are allowed,'
                    " make it smaller"
                )
            image.draft("RGB", (2 * MAX_SIDE, 2 * MAX_SIDE))  # a JPEG is decoded at a fraction
            picture = image.convert("RGB")
        factor = min(1.0, MAX_SIDE / max(width, height))
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        if picture.size != size:
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        return _Opened(picture, factor)
    except UnidentifiedImageError:
        raise ImageError(
            f'"{name}" is not an image this program reads; use JPEG, PNG, WebP, BMP, GIF or TIFF'
        ) from None
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise ImageError(f'"{name}" cannot be read ({error}); save it again') from None
