"""Pictures of several people made of pictures of one, to measure on: panels side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from autocompose.schema import PoseImage

Floats = NDArray[np.float64]

_MARGIN = 0.12
"""Paper around a person, in heights of the person's box."""
_SMALLEST = 0.8
"""The smallest of the panels against the largest: people of a group are not all of one size."""
_GROUND = (128, 130, 132)


@dataclass(frozen=True, eq=False)
class GroupPicture:
    """A picture of several people.

    Args:
        image: the picture.
        panels: (N, 2) left and right edge of each person's panel, pixels.
    """

    image: Image.Image
    panels: Floats

    def panel_of(self, x: float) -> int | None:
        """Which person's panel a place of the picture is in."""
        inside = np.flatnonzero((self.panels[:, 0] <= x) & (x < self.panels[:, 1]))
        return int(inside[0]) if len(inside) else None


def group_picture(images: Sequence[PoseImage], *, seed: int = 0, height: int = 384) -> GroupPicture:
    """Put pictures of one person each side by side, in the order given, on one ground line.

    Args:
        images: with files and the pixels of their joints.
        seed: of the sizes and gaps.
        height: of the picture, pixels.
    """
    rng = np.random.default_rng(seed)
    panels = []
    for image in images:
        picture = Image.open(image.path).convert("RGB")
        scale = height / picture.height * rng.uniform(_SMALLEST, 1.0)
        panels.append(_person(picture, image, scale))
    gaps = rng.integers(0, height // 8, len(panels) + 1)
    width = sum(panel.width for panel in panels) + int(gaps.sum())
    sheet = Image.new("RGB", (width, height), _GROUND)
    edges, left = [], 0
    for gap, panel in zip(gaps, panels, strict=False):
        left += int(gap)
        sheet.paste(panel, (left, height - panel.height))
        edges.append((left, left + panel.width))
        left += panel.width
    return GroupPicture(sheet, np.array(edges, dtype=np.float64))


def _person(picture: Image.Image, image: PoseImage, scale: float) -> Image.Image:
    """The columns of a picture that show its person, at another size."""
    if image.pixels is not None:
        pixels = np.array(image.pixels)
        (left, top), (right, bottom) = pixels.min(0), pixels.max(0)
        margin = _MARGIN * max(right - left, bottom - top) + 4
        edges = (max(0, int(left - margin)), min(picture.width, int(right + margin)))
        picture = picture.crop((edges[0], 0, edges[1], picture.height))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)
