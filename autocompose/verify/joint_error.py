"""How far joints may be off, by where they come from, and bodies drawn from that error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Bodies

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JointError:
    """Standard deviations of what an estimator gets wrong.

    Args:
        across: of each joint to the side and upward, metres.
        depth: of each joint toward the camera, metres.
        pitch: of the whole body's tilt forward, degrees.
        roll: of its tilt to the side, degrees.
    """

    across: float = 0.0
    depth: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0

    @property
    def is_none(self) -> bool:
        """Whether the joints are exact."""
        return not (self.across or self.depth or self.pitch or self.roll)


TRUE = JointError()
"""Rendered bodies and motion capture."""
IMPORTED = JointError(across=0.02, depth=0.02)
"""Skeletons of others, whose joints sit a little elsewhere."""
ESTIMATED = JointError(across=0.05, depth=0.09, pitch=6.0, roll=4.0)
"""From one picture: mediapipe was off by 0.13 m after the best rotation, of 12 degrees, on 377
rendered pictures of the demo."""
READ = JointError(across=0.05, depth=0.09)
"""By pose-mini's own image tower; the heading is removed, so that no tilt is left to draw."""


def drawn(bodies: Bodies, error: JointError, *, count: int, seed: int = 0) -> tuple[Bodies, ...]:
    """Bodies as they may truly be: first as they are, then pairs of opposite draws.

    The same draws are used for every body, so that a ranking compares like with like.

    Args:
        bodies: N bodies.
        error: of their joints.
        count: pairs of draws; with no error there are none.
        seed: of the draws.

    Returns:
        ``1 + 2 * count`` times N bodies; one time where there is no error.
    """
    if error.is_none:
        return (bodies,)
    rng = np.random.default_rng(seed)
    spread = np.array([error.across, error.across, error.depth])
    found = [bodies]
    for _ in range(count):
        shift = rng.normal(size=bodies.joints.shape[1:]) * spread
        pitch, roll = np.radians(rng.normal(size=2) * (error.pitch, error.roll))
        for sign in (1, -1):
            turned = bodies.joints @ _tilt(sign * pitch, sign * roll).T
            found.append(
                Bodies(turned + sign * shift, None, bodies.headings, bodies.built, bodies.guessed)
            )
    return tuple(found)


def _tilt(pitch: float, roll: float) -> Floats:
    """Rotation forward by ``pitch`` and to the left by ``roll``, radians."""
    c, s = np.cos(pitch), np.sin(pitch)
    forward = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    c, s = np.cos(roll), np.sin(roll)
    return forward @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
