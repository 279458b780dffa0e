"""Whether two pictures show the same place and person: by their colours, without a model.

A picture tower that was trained to see poses finds a pose again, not a room. Colours in their
places tell a camera that stands still, and colours wherever they are tell a room and clothes.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from autocompose.data.preprocess import load_image
from autocompose.schema import Event, OnEvent

Looks = NDArray[np.uint8]
Rows = NDArray[np.float32]

_GRID = 8
"""Places along each side of a picture."""
_SIDE = 64
_BINS = (8, 4, 4)
"""Of hue, saturation and value."""
_PLACES = _GRID * _GRID * 3
WIDTH = _PLACES + 8 * 4 * 4
"""Numbers of one look."""

_WEIGHTS = (3.18, 21.26)
_OFFSET = -20.07
"""A logistic model of the two likenesses below. Fitted on 437 pairs of photographs of one exercise
each (free-exercise-db) against pairs of different exercises; on 436 other pairs it tells which is
which in 99.2 % of comparisons."""
_LEAST, _MOST = -3.0, 4.0
"""Log odds beyond which nothing more is known: two photographs of one room may be far apart."""


def look_of(image: Image.Image) -> Looks:
    """The colours of a picture, in their places and wherever they are.

    Args:
        image: upright; any size and mode.

    Returns:
        (320,) an 8 x 8 grid of RGB, then the square roots of a histogram over hue, saturation and
        value; each in 255 steps.
    """
    small = image.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    cells = np.asarray(small, dtype=np.float64)
    step = _SIDE // _GRID
    grid = cells.reshape(_GRID, step, _GRID, step, 3).mean((1, 3)).ravel()
    colours = np.asarray(small.convert("HSV")).reshape(-1, 3).astype(np.int64)
    bins = np.array(_BINS)
    h, s, v = (colours * bins // 256).T
    counts = np.bincount((h * bins[1] + s) * bins[2] + v, minlength=int(bins.prod()))
    shares = np.sqrt(counts / counts.sum())
    return np.concatenate([np.round(grid), np.round(255 * shares)]).astype(np.uint8)


def comparable(looks: Looks) -> Rows:
    """Looks as rows whose products are likenesses; computed once for a gallery.

    Args:
        looks: (N, 320)

    Returns:
        (N, 320)
    """
    places, colours = np.split(looks.astype(np.float32), [_PLACES], axis=1)
    places -= places.mean(1, keepdims=True)
    parts = [weight**0.5 * part / np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-9)
             for weight, part in zip(_WEIGHTS, (places, colours), strict=True)]  # fmt: skip
    return np.concatenate(parts, axis=1).astype(np.float32)


def same_scene(rows: Rows, row: Rows) -> Rows:
    """How likely pictures show the place and the person of another, as log odds.

    Args:
        rows: (N, 320) of the pictures, as `comparable` makes them.
        row: (320,) of the other.

    Returns:
        (N,) natural logarithms of odds, at even chances before looking; -3 to 4.
    """
    return np.clip(rows @ row + _OFFSET, _LEAST, _MOST).astype(np.float32)


def looks_of(ids: Sequence[str], root: Path, *, on_event: OnEvent | None = None) -> Looks:
    """The looks of the pictures of a gallery.

    Args:
        ids: of pictures that can be read.
        root: folder that the ids are relative to.
        on_event: called now and then.

    Returns:
        (N, 320)

    Raises:
        ImageError: a picture cannot be read.
    """
    found = np.zeros((len(ids), WIDTH), np.uint8)
    for row, name in enumerate(ids):
        found[row] = look_of(load_image(root / name, upright=True))
        if on_event is not None and (row + 1 == len(ids) or row % 100 == 99):
            on_event(Event("Looking at the scenes", row + 1, len(ids)))
    return found
