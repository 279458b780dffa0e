"""How far a camera was tilted to its side, told from straight lines in the picture.

Door frames, walls and the horizon stay upright while people lean, so that the lines say what the
body cannot: whether the person leans or the camera does. Where a picture has no such lines nothing
is known, and the camera counts as level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float64]

MOST = 30.0
"""Degrees of roll that are looked for; a picture that is turned further is stored on its side."""
LEAST = 4.0
"""Degrees of roll that are mended; below, it is within the error of the joints."""

_SIDE = 320
_STEP = 1.0
_ALONG = 4.0
"""Degrees that an edge may differ from the line that it is part of."""
_STRONG = 0.85
"""Of the pixels, those with a weaker gradient than this share are no edges."""
_FAINT = 2.0
"""Grey levels per pixel: the least gradient of an edge."""
_WIDTH = 2
"""Pixels across a line."""
_RIVAL = 0.6
"""Of the strongest lines: as many that are upright speak for a level camera."""


@dataclass(frozen=True)
class Edges:
    """The edge pixels of a picture, from its middle.

    Args:
        x: (N,) to the right, pixels of the picture made small.
        y: (N,) down.
        normals: (N,) degrees across the edge, 0 for an upright line, growing clockwise.
        size: width and height of the picture made small.
    """

    x: Floats
    y: Floats
    normals: Floats
    size: tuple[int, int]


def camera_roll(image: Image.Image) -> float:
    """Degrees by which upright things lean clockwise in a picture; 0 where nothing tells it.

    Upright lines count first, then level ones: in perspective only those that run across the view
    are level, and those that are upright lean little.

    Args:
        image: upright as its file says; any mode.
    """
    edges = find_edges(image)
    angles = np.arange(-MOST - 4, MOST + 4 + _STEP / 2, _STEP)
    for across, clear, share in _KINDS:
        strength, longest = _lines(edges, angles + across)
        best = int(np.argmax(strength))
        usual = float(np.median(strength))
        side = edges.size[1] if across == 0 else edges.size[0]
        # At the rim of the range the true peak may lie outside.
        inside = abs(angles[best]) <= MOST
        if inside and strength[best] > clear * max(usual, 1.0) and longest[best] > share * side:
            level = float(strength[np.abs(angles) <= LEAST].max())
            # Most cameras are held level: something slanted must outdo what is upright.
            return 0.0 if level > _RIVAL * strength[best] else _centre(angles, strength, best)
    return 0.0


_KINDS = ((0.0, 8.0, 0.3), (90.0, 12.0, 0.5))
"""Upright and level lines: their normals, how far they must stand out, their share of a side."""


def find_edges(image: Image.Image) -> Edges:
    """The strongest edges of a picture."""
    grey = image.convert("L")
    scale = _SIDE / max(grey.size)
    width, height = (max(8, round(side * scale)) for side in grey.size)
    small = np.asarray(grey.resize((width, height), Image.Resampling.BILINEAR), dtype=np.float64)
    smooth = _smooth(_smooth(small, 0), 1)
    down = np.asarray(np.gradient(smooth, axis=0), dtype=np.float64)
    right = np.asarray(np.gradient(smooth, axis=1), dtype=np.float64)
    strength = np.hypot(down, right)
    for rim in (np.s_[:3], np.s_[-3:], np.s_[:, :3], np.s_[:, -3:]):
        strength[rim] = 0.0
    y, x = np.nonzero(strength > max(float(np.quantile(strength, _STRONG)), _FAINT))
    normals = np.degrees(np.arctan2(down[y, x], right[y, x]))
    across, below = (at.astype(np.float64) for at in (x, y))
    return Edges(across - width / 2, below - height / 2, normals, (width, height))


def _smooth(values: Floats, axis: int) -> Floats:
    kernel = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
    return np.apply_along_axis(lambda row: np.convolve(row, kernel, "same"), axis, values)


def _lines(edges: Edges, normals: Floats) -> tuple[Floats, Floats]:
    """For lines of each direction: how much stands on common lines, and the longest of them.

    Edge pixels that lie on one line fall on one place of the line's normal; those of outlines and
    patterns spread. Squares of the counts tell them apart.
    """
    strength, longest = np.zeros(len(normals)), np.zeros(len(normals))
    reach = int(np.hypot(*edges.size) / _WIDTH) + 2
    for place, normal in enumerate(normals):
        off = (edges.normals - normal + 90.0) % 180.0 - 90.0
        on = np.abs(off) < _ALONG
        turn = np.radians(normal)
        at = edges.x[on] * np.cos(turn) + edges.y[on] * np.sin(turn)
        counts = np.bincount(np.round(at / _WIDTH).astype(int) + reach // 2 + 1, minlength=reach)
        strength[place] = float((counts.astype(np.float64) ** 2).sum())
        longest[place] = float(counts.max())
    return strength, longest


def _centre(angles: Floats, strength: Floats, best: int) -> float:
    """The middle of a peak, finer than the steps."""
    near = slice(max(best - 2, 0), best + 3)
    weights = strength[near] - strength[near].min() + 1e-9
    return float((angles[near] * weights).sum() / weights.sum())
