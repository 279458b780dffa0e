"""From where a picture shows a body: the two axes of its plane, and its points in metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_YAWS = np.radians(np.arange(-180.0, 180.0, 5.0))
_PITCHES = np.radians(np.arange(-20.0, 21.0, 5.0))


@dataclass(frozen=True, eq=False)
class BodyView:
    """A picture without perspective.

    Args:
        axes: (2, 3) unit vectors to the right and downward in the picture, in the body's frame.
        points: (22, 2) metres to the right and downward; only their differences count.
    """

    axes: Floats
    points: Floats

    @classmethod
    def of(cls, joints: Floats, pixels: Floats) -> BodyView:
        """The view from which joints fall nearest to their pixels.

        Directions are tried every 5 degrees, cameras tilted by 20 degrees at most; size and shift
        follow from each. The perspective of a near camera is left out.

        Args:
            joints: (22, 3) metres.
            pixels: (22, 2), x right and y down.
        """
        seen = pixels - pixels.mean(0)
        yaw, pitch = (grid.ravel() for grid in np.meshgrid(_YAWS, _PITCHES, indexing="ij"))
        axes = _axes(yaw, pitch)  # (V, 2, 3)
        flat = np.einsum("vij,kj->vki", axes, joints - joints.mean(0))
        size = (flat * seen).sum((1, 2)) / np.maximum((flat * flat).sum((1, 2)), 1e-12)
        off = ((size[:, None, None] * flat - seen) ** 2).sum((1, 2))
        off[size <= 0] = np.inf
        best = int(off.argmin())
        if not np.isfinite(off[best]) or size[best] <= 0:
            return cls(axes[best], flat[best])
        return cls(axes[best], seen / size[best])

    @classmethod
    def along(cls, joints: Floats, yaw: float) -> BodyView:
        """What a level camera without errors shows of joints (22, 3).

        Args:
            joints: metres.
            yaw: degrees that the camera stands to the subject's left of their front.
        """
        axes = _axes(np.radians([yaw]), np.zeros(1))[0]
        return cls(axes, joints @ axes.T)


def _axes(yaw: Floats, pitch: Floats) -> Floats:
    """(V, 2, 3) right and down in the pictures of cameras that look at the body.

    A camera in front of a body that faces +z sees its left (+x) on the right.
    """
    toward = np.stack(
        [np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)], axis=1
    )  # from the body to the camera
    right = np.stack([np.cos(yaw), np.zeros_like(yaw), -np.sin(yaw)], axis=1)
    return np.stack([right, np.cross(right, toward)], axis=1)
