"""Bodies drawn from joints alone, from the front and from their left, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from autocompose.body.overlay import draw_skeleton

Floats = NDArray[np.float64]

PANEL = 320
"""Pixels of a picture's side."""
_PAPER = (250, 250, 250)
_INK = (40, 44, 48)
_MARGIN = 0.86
_CAPTION = 22
VIEWS = ("front", "left side")
_RIGHTWARD = {"front": (0, 1), "left side": (2, -1), "back": (0, -1), "right side": (2, 1)}
"""Which axis of the body, and with which sign, is to the right of the picture."""


def seen_from(joints: Floats, view: str) -> Floats:
    """(22, 2) metres right and down in the picture of a body (22, 3) that faces +z.

    Args:
        joints: canonical, +x to the subject's left.
        view: ``front``: the subject's left is on the right of the picture; ``left side``: the
            subject faces left in the picture, as seen by somebody who stands at their left;
            ``back`` and ``right side`` likewise.

    Raises:
        KeyError: there is no such view.
    """
    axis, sign = _RIGHTWARD[view]
    return np.stack([sign * joints[:, axis], -joints[:, 1]], axis=1)


def drawn_bodies(bodies: Sequence[Floats], captions: Sequence[str]) -> Image.Image:
    """One column for each body, one row for each of `VIEWS`, all in one scale.

    Args:
        bodies: (22, 3) canonical, metres.
        captions: what is written over each.
    """
    flat = [[seen_from(body, view) for view in VIEWS] for body in bodies]
    size = max(float(np.ptp(points, axis=0).max()) for column in flat for points in column)
    scale = _MARGIN * PANEL / max(size, 1e-6)
    sheet = Image.new("RGB", (PANEL * len(bodies), PANEL * len(VIEWS) + _CAPTION), _PAPER)
    write = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=14)
    for i, (column, caption) in enumerate(zip(flat, captions, strict=True)):
        write.text((PANEL * i + 8, 3), caption, fill=_INK, font=font)
        for k, points in enumerate(column):
            middle = (points.min(0) + points.max(0)) / 2
            pixels = (points - middle) * scale + PANEL / 2
            panel = draw_skeleton(Image.new("RGB", (PANEL, PANEL), _PAPER), pixels.tolist())
            ImageDraw.Draw(panel).text((8, 6), VIEWS[k], fill=_INK, font=font)
            sheet.paste(panel, (PANEL * i, _CAPTION + PANEL * k))
    return sheet
