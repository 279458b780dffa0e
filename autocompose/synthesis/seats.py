"""Something to sit on, for a body whose pelvis is carried by nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyvista
from numpy.typing import NDArray

from autocompose.body.skeleton import INDEX
from autocompose.synthesis.body import PosedBody
from autocompose.synthesis.lighting import lamp

_TOUCHES = 0.035  # m: what lies this low stands on the floor
_LOW = 0.06  # m: a pelvis that low sits on the floor itself
_HIGHEST = 0.62  # m: nobody sits higher
_STOOL = 0.26  # m: what is lower is a block
_BACK = 0.35  # share of a thigh's length that it may go back: people straddle a seat
_SPREAD = np.cos(np.radians(100))  # of the angle between the thighs, seen from above
_WIDE, _DEEP = 0.40, 0.34  # m
_COLOUR = np.array([176, 138, 98])


@dataclass(frozen=True)
class Seat:
    """A box that stands on the floor.

    Args:
        kind: ``stool``, or ``block`` for a low one.
        centre: (2,) middle of its top, metres.
        turn: heading of its front, radians counter-clockwise from -y.
        height: metres.
    """

    kind: str
    centre: tuple[float, float]
    turn: float
    height: float

    def moved(self, by: NDArray[np.float64]) -> Seat:
        """The seat shifted by (3,) metres."""
        x, y = self.centre
        return replace(self, centre=(x + float(by[0]), y + float(by[1])))

    def mesh(self, azimuth: float) -> Any:
        """The box, lit for a camera at ``azimuth`` degrees."""
        box = pyvista.Cube(x_length=_WIDE, y_length=_DEEP, z_length=self.height)
        box = box.translate((0, 0, self.height / 2)).rotate_z(np.degrees(self.turn))
        box = box.translate((*self.centre, 0))
        light = 0.62 + 0.42 * np.clip(np.asarray(box.cell_normals) @ lamp(azimuth), -0.3, 1)
        colours = (_COLOUR * light[:, None]).clip(0, 255).astype(np.uint8)
        box.cell_data["colour"] = colours
        return box


def seat_points(seat: Seat) -> NDArray[np.float32]:
    """(P, 3) points all over the box, for its shadow."""
    x, y, z = np.meshgrid(
        np.linspace(-_WIDE / 2, _WIDE / 2, 41),
        np.linspace(-_DEEP / 2, _DEEP / 2, 35),
        np.linspace(0, seat.height, 21),
    )
    points = np.stack([x, y, z], axis=-1).reshape(-1, 3)
    cos, sin = np.cos(seat.turn), np.sin(seat.turn)
    turned = points @ np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1.0]])
    return (turned + np.array([*seat.centre, 0.0])).astype(np.float32)


def seat_for(body: PosedBody, bottom: NDArray[np.int64]) -> Seat | None:
    """What a body sits on, or None when its feet, knees or hands carry it, or the floor does.

    A body sits when its trunk is upright, both thighs are about level, neither goes back and they
    do not point away from each other (as in lunges), the pelvis hangs over the floor, and its
    middle does not stand over what touches the floor.

    Args:
        body: lowest point on the floor.
        bottom: vertices of the pelvis and the upper thighs.
    """
    at = {name: body.joints[row] for name, row in INDEX.items()}
    trunk = at["chest"] - at["pelvis"]
    if trunk[2] < 0.55 * np.linalg.norm(trunk):
        return None
    thighs = [at[f"{s}_knee"] - at[f"{s}_hip"] for s in ("left", "right")]
    if not all(t[2] > -0.62 * np.linalg.norm(t) for t in thighs):
        return None
    front = np.cross(at["left_hip"] - at["right_hip"], [0.0, 0.0, 1.0])
    front /= np.linalg.norm(front) + 1e-9
    if any(t @ front < -_BACK * np.linalg.norm(t) for t in thighs):
        return None
    left, right = (t[:2] / (np.linalg.norm(t[:2]) + 1e-9) for t in thighs)
    if left @ right < _SPREAD:
        return None
    seat = body.vertices[bottom]
    height = float(np.quantile(seat[:, 2], 0.02))
    if not _LOW < height < _HIGHEST:
        return None
    ahead = np.mean([t[:2] / (np.linalg.norm(t) + 1e-9) for t in thighs], axis=0)
    feet = body.vertices[body.vertices[:, 2] < _TOUCHES, :2]
    middle = np.mean([at[n][:2] for n in ("pelvis", "chest", "head", "left_knee", "right_knee")], 0)
    if np.linalg.norm(ahead) > 0.2:
        ahead /= np.linalg.norm(ahead)
        # Over the heels the feet carry a squat; behind them nothing does.
        if (middle @ ahead) > (feet @ ahead).min() - 0.04:
            return None
    else:
        inside = np.clip(middle, feet.min(0), feet.max(0))
        if np.linalg.norm(middle - inside) < 0.04:
            return None
        ahead = np.array([0.0, -1.0])
    low = seat[seat[:, 2] < height + 0.05, :2].mean(axis=0)
    turn = float(np.arctan2(ahead[0], -ahead[1]))
    x, y = (float(v) for v in low)
    return Seat("stool" if height >= _STOOL else "block", (x, y), turn, height)
