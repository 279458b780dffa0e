"""What an estimator finds of one person in a photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Body
from autocompose.body.skeleton import JOINTS

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """The body found in one photo.

    Args:
        joints: (22, 3) canonical joints, metres.
        pixels: (22, 2) their places in the photo, x right and y down.
        visibility: (22,) how clearly each was seen, 0 to 1; 0 outside the picture.
        heading: where the hip line faces, degrees to the subject's left of the camera.
        people: how many were found in the photo.
        roll: degrees that the camera leant, clockwise in the picture; already mended in ``joints``.
    """

    joints: Floats
    pixels: Floats
    visibility: Floats
    heading: float
    people: int = 1
    roll: float = 0.0

    @property
    def guessed(self) -> tuple[str, ...]:
        """Joints that were hidden or out of the picture."""
        hidden = Body(self.joints, visibility=self.visibility).guessed
        return tuple(name for name in JOINTS if name in hidden)
