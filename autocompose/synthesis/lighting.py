"""Light on a body and on its floor, computed point by point, so that the picture needs no shadow pass.

The body's own capsules darken what they stand before: the inner side of a thigh beside the other, the
trunk behind an arm. Edges that turn away from the camera darken softly, so that two limbs of one
colour stay two. The lamp stands still before the camera, and its shadow falls inside the frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from autocompose.body.skeleton import INDEX

Array = NDArray[np.float32]

FLOOR_HALF = 2.6
"""Half the side of the square of floor that shadows may fall on, metres."""
_TEXELS = 512
_GAMMA = 2.2
_LAMP = np.array([-0.42, -0.50, 0.86])  # towards it: right of the camera's left, before, above
_KEY, _SKY, _BOUNCE, _RIM = 0.62, 0.46, 0.22, 0.30
_SELF_SHADOW, _OCCLUSION, _OUTLINE = 0.50, 0.95, 0.50
# Layers of what hangs over the floor: below this height, m; blur, m; darkness.
_LAYERS = ((0.025, 0.012, 0.42), (0.10, 0.045, 0.30), (0.35, 0.13, 0.22))
_CAST_BLUR, _CAST = 0.035, 0.30  # of the lamp's own shadow
_BONES = (
    ("pelvis", "spine", 0.125, "trunk"), ("spine", "chest", 0.125, "trunk"), ("neck", "head", 0.075, "head"),
    *(
        (f"{s}_{a}", f"{s}_{b}", r, f"{s} {part}")
        for s in ("left", "right")
        for a, b, r, part in (
            ("hip", "knee", 0.078, "thigh"), ("knee", "ankle", 0.050, "shin"), ("ankle", "foot", 0.040, "foot"),
            ("shoulder", "elbow", 0.042, "upper arm"), ("elbow", "wrist", 0.034, "arm"), ("wrist", "hand", 0.032, "arm"),
        )
    ),
)  # fmt: skip
CAPSULE_PARTS = tuple(part for _, _, _, part in _BONES)
# Parts that a capsule never darkens: itself and what it grows from.
_GROWS = {
    "trunk": ("trunk", "hip", "upper arm", "shoulder"), "head": ("head", "shoulder"), "thigh": ("thigh", "hip", "shin"),
    "shin": ("shin", "thigh", "foot"), "foot": ("foot", "shin"), "upper arm": ("upper arm", "arm", "shoulder"),
    "arm": ("arm", "upper arm"),
}  # fmt: skip


@dataclass(frozen=True)
class Surface:
    """Points to light.

    Args:
        points: (P, 3) metres.
        normals: (P, 3) outward, of length one.
        colours: (P, 3) sRGB, 0..255.
        parts: (P,) rows of `part_names`.
    """

    points: Array
    normals: Array
    colours: NDArray[np.uint8]
    parts: NDArray[np.int64]


def part_names() -> tuple[str, ...]:
    """The parts that light tells apart; those with sides twice."""
    sided = ("hip", "thigh", "shin", "foot", "upper arm", "arm", "shoulder")
    return ("trunk", "head", *(f"{s} {p}" for s in ("left", "right") for p in sided))


def lamp(azimuth: float) -> Array:
    """(3,) unit vector to the lamp for a camera at ``azimuth`` degrees."""
    return (_turned(azimuth) @ (_LAMP / np.linalg.norm(_LAMP))).astype(np.float32)


def _turned(azimuth: float) -> NDArray[np.float64]:
    cos, sin = np.cos(np.radians(azimuth)), np.sin(np.radians(azimuth))
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1.0]])


def lit(
    surface: Surface, joints: NDArray[np.float64], eye: NDArray[np.float64], *, azimuth: float
) -> NDArray[np.uint8]:
    """(P, 3) sRGB of a body under the lamp.

    Args:
        surface: its points.
        joints: (22, 3) metres, in the axes of the points.
        eye: (3,) the camera.
        azimuth: of the camera, degrees; the lamp goes with it.
    """
    normals, to_lamp = surface.normals, lamp(azimuth)
    start, end, radius = _capsules(joints)
    open_sky, direct = _shade(surface, start=start, end=end, radius=radius, to_lamp=to_lamp)
    view = (eye - surface.points).astype(np.float32)
    view /= np.linalg.norm(view, axis=1, keepdims=True)
    facing = np.abs((normals * view).sum(axis=1))
    up = normals[:, 2]
    near_floor = np.clip(surface.points[:, 2] / 0.25, 0.35, 1.0)
    key = np.clip((normals @ to_lamp + 0.15) / 1.15, 0, None) * direct
    fill = np.clip(normals @ lamp(azimuth + 150), 0, None)
    light = _KEY * key + 0.16 * fill * open_sky
    light += open_sky * (_SKY * (0.5 + 0.5 * up) + _BOUNCE * near_floor * (0.5 - 0.5 * up))
    light += _RIM * (1 - facing) ** 3 * np.clip(up + 0.3, 0, 1) * open_sky
    light *= 1 - _OUTLINE * np.clip((0.42 - facing) / 0.42, 0, 1) ** 1.5
    albedo = (surface.colours.astype(np.float32) / 255) ** _GAMMA
    shown = np.clip(albedo * light[:, None] * 1.12, 0, 1) ** (1 / _GAMMA)
    return (shown * 255).astype(np.uint8)


def _capsules(joints: NDArray[np.float64]) -> tuple[Array, Array, Array]:
    start = joints[[INDEX[a] for a, _, _, _ in _BONES]].astype(np.float32)
    end = joints[[INDEX[b] for _, b, _, _ in _BONES]].astype(np.float32)
    return start, end, np.array([r for _, _, r, _ in _BONES], np.float32)


def _shade(
    surface: Surface, *, start: Array, end: Array, radius: Array, to_lamp: Array
) -> tuple[Array, Array]:
    """How much of the sky each point sees, and how much of the lamp; both (P,) in 0..1."""
    names = part_names()
    hidden = np.zeros(len(surface.points), np.float32)
    direct = np.ones(len(surface.points), np.float32)
    for a, b, r, part in zip(start, end, radius, CAPSULE_PARTS, strict=True):
        kind, side = part.split(maxsplit=1)[-1] if " " in part else part, part.split()[0]
        own = [
            i
            for i, name in enumerate(names)
            if name == part
            or (
                (name if " " not in name else name.split(maxsplit=1)[1]) in _GROWS[kind]
                and (kind in ("trunk", "head") or name.split()[0] in (side, "trunk", "head"))
            )
        ]
        rows = np.flatnonzero(~np.isin(surface.parts, own))
        points, normals = surface.points[rows], surface.normals[rows]
        bone = b - a
        length = float(bone @ bone) + 1e-9
        along = np.clip((points - a) @ bone / length, 0, 1)
        to = a + along[:, None] * bone - points
        square = _dot(to, to)
        facing = _dot(normals, to) / np.sqrt(square + 1e-9)
        hidden[rows] += np.clip(facing + 0.15, 0, 1) * np.clip(r * r / (square + 1e-9), 0, 1)
        # The point of the bone nearest to the ray to the lamp: two lines, the bone's end clamped.
        across = bone - to_lamp * (bone @ to_lamp)
        offset = points - a
        flat = offset - (offset @ to_lamp)[:, None] * to_lamp
        t = np.clip(flat @ across / (float(across @ across) + 1e-9), 0, 1)
        gap = a + t[:, None] * bone - points
        ahead = gap @ to_lamp
        miss = np.sqrt(np.clip(_dot(gap, gap) - ahead * ahead, 0, None))
        shadow = np.clip((1.25 - miss / r) / 0.5, 0, 1) * np.clip(ahead / (0.6 * r), 0, 1)
        direct[rows] = np.minimum(direct[rows], 1 - _SELF_SHADOW * shadow)
    return np.clip(1 - _OCCLUSION * hidden, 0.12, 1), direct


def _dot(a: Array, b: Array) -> Array:
    """(P,) products of vectors (P, 3)."""
    return np.einsum("pi,pi->p", a, b)


def floor_shade(points: Array, *, azimuth: float) -> Image.Image:
    """The shadow on the floor: grey levels, 255 for full light; rows from +y to -y, columns from -x to +x.

    Args:
        points: (P, 3) everything that stands over the floor, metres.
        azimuth: of the camera, degrees.
    """
    light: Array = np.full((_TEXELS, _TEXELS), 255.0, np.float32)
    for height, blur, dark in _LAYERS:
        light *= 1 - dark * _covered(points[points[:, 2] < height], blur)
    to_lamp = lamp(azimuth)
    cast = points - points[:, 2:] / to_lamp[2] * to_lamp
    light *= 1 - _CAST * _covered(cast, _CAST_BLUR)
    return Image.fromarray(light.astype(np.uint8))


def _covered(points: Array, blur: float) -> Array:
    """(T, T) share of the floor under points, blurred by ``blur`` metres."""
    per_metre = _TEXELS / (2 * FLOOR_HALF)
    column = ((points[:, 0] + FLOOR_HALF) * per_metre).astype(np.int64)
    row = ((FLOOR_HALF - points[:, 1]) * per_metre).astype(np.int64)
    inside = (column >= 0) & (column < _TEXELS) & (row >= 0) & (row < _TEXELS)
    grid = np.zeros((_TEXELS, _TEXELS), np.uint8)
    grid[row[inside], column[inside]] = 255
    image = Image.fromarray(_spread(_spread(grid, 2, np.maximum), 1, np.minimum))
    image = image.filter(ImageFilter.GaussianBlur(max(1.0, blur * per_metre)))
    return (np.asarray(image) / 255).astype(np.float32)


def _spread(grid: NDArray[np.uint8], reach: int, choose: np.ufunc) -> NDArray[np.uint8]:
    """The highest or lowest value within so many cells; one axis after the other is much faster."""
    for axis in (0, 1):
        grid = np.moveaxis(grid, axis, 0)
        found = grid.copy()
        for step in range(1, reach + 1):
            choose(found[step:], grid[:-step], out=found[step:])
            choose(found[:-step], grid[step:], out=found[:-step])
        grid = np.moveaxis(found, 0, axis)
    return grid
