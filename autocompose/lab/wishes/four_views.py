"""Four views of one body, drawn from its joints alone, in one picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from autocompose.body.overlay import MODEL_PALETTE, Palette, draw_skeleton
from autocompose.body.skeleton import canonical
from autocompose.describe.mllm.montage import jpeg
from autocompose.lab.wishes.drawing import seen_from

Floats = NDArray[np.float64]

FOUR_VIEWS = ("front", "left side", "back", "right side")
"""From where the body is seen; the sides are the subject's own."""
_PANEL = 256
_MARGIN = 0.84
_PAPER, _INK, _RULE = (250, 250, 250), (40, 44, 48), (210, 212, 214)


def four_views(
    joints: Floats, *, panel: int = _PANEL, palette: Palette = MODEL_PALETTE
) -> Image.Image:
    """A square of four panels: front and left side above, back and right side below.

    Args:
        joints: (22, 3) metres, any place and heading.
        panel: pixels of a panel's side.
        palette: colours of the subject's left and right.
    """
    body = canonical(np.asarray(joints, dtype=np.float64))
    flat = [seen_from(body, view) for view in FOUR_VIEWS]
    size = max(float(np.ptp(points, axis=0).max()) for points in flat)
    scale = _MARGIN * panel / max(size, 1e-6)
    sheet = Image.new("RGB", (2 * panel, 2 * panel), _PAPER)
    font = ImageFont.load_default(size=max(10, panel // 18))
    for number, (view, points) in enumerate(zip(FOUR_VIEWS, flat, strict=True)):
        middle = (points.min(0) + points.max(0)) / 2
        pixels = (points - middle) * scale + panel / 2
        one = draw_skeleton(
            Image.new("RGB", (panel, panel), _PAPER), pixels.tolist(), palette=palette
        )
        ImageDraw.Draw(one).text((6, 4), view, fill=_INK, font=font)
        sheet.paste(one, (panel * (number % 2), panel * (number // 2)))
    rules = ImageDraw.Draw(sheet)
    rules.line([(panel, 0), (panel, 2 * panel)], fill=_RULE)
    rules.line([(0, panel), (2 * panel, panel)], fill=_RULE)
    return sheet


def four_views_jpeg(joints: Floats) -> bytes:
    """The montage as a model gets it; see `four_views`."""
    return jpeg(four_views(joints))
