"""Bodies as unit bone directions and bone lengths, and back by one matrix product.

Directions say what a body does, lengths whose body it is: a pose of one person is shown on another
by taking the other's lengths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autocompose.body.skeleton import BONES, INDEX, JOINTS, canonical

Floats = NDArray[np.float64]

BONE_INDEX: dict[str, int] = {end: k for k, (_, end) in enumerate(BONES)}
"""The joint at the end of a bone -> the bone's row."""

_STARTS = np.array([INDEX[start] for start, _ in BONES])
_ENDS = np.array([INDEX[end] for _, end in BONES])


def _ancestors() -> Floats:
    """(22, 21) of 0 and 1: the bones on the way from the pelvis to each joint."""
    table = np.zeros((len(JOINTS), len(BONES)))
    for bone, (start, end) in enumerate(zip(_STARTS, _ENDS, strict=True)):
        table[end] = table[start]
        table[end, bone] = 1
    return table


ANCESTORS = _ancestors()
"""``joints = ANCESTORS @ (directions * lengths)`` with the pelvis at the origin."""


_STANDARD = {
    "spine": 0.179, "chest": 0.239, "neck": 0.228, "head": 0.164, "nose": 0.050,
    "shoulder": 0.202, "elbow": 0.301, "wrist": 0.288, "hand": 0.119,
    "hip": 0.125, "knee": 0.488, "ankle": 0.465, "foot": 0.173,
}  # fmt: skip
STANDARD_LENGTHS: Floats = np.array([_STANDARD[end.split("_")[-1]] for _, end in BONES])
"""Metres, (21,): medians over the training bodies of the demo dataset, sides alike."""


@dataclass(frozen=True, eq=False)
class BoneVectors:
    """N bodies without their places.

    Args:
        directions: (..., 21, 3) unit vectors from the start to the end of each bone of `BONES`; a
            bone of no length points up.
        lengths: (..., 21) metres.
    """

    directions: Floats
    lengths: Floats

    @classmethod
    def of(cls, joints: Floats) -> BoneVectors:
        """Of joints (..., 22, 3) in metres."""
        vectors = joints[..., _ENDS, :] - joints[..., _STARTS, :]
        lengths = np.linalg.norm(vectors, axis=-1)
        safe = np.maximum(lengths, 1e-9)[..., None]
        directions = np.where(lengths[..., None] > 1e-9, vectors / safe, [0.0, 1.0, 0.0])
        return cls(directions, lengths)

    def joints(self, lengths: Floats | None = None) -> Floats:
        """(..., 22, 3) metres, pelvis at the origin; on bones of other ``lengths`` if given.

        >>> from autocompose.body.directions import BoneVectors
        >>> joints = np.arange(66.0).reshape(22, 3)
        >>> bool(np.allclose(BoneVectors.of(joints).joints() + joints[0], joints))
        True
        """
        sizes = self.lengths if lengths is None else lengths
        return ANCESTORS @ (self.directions * sizes[..., None])


def on_standard_body(joints: Floats) -> Floats:
    """The same poses (..., 22, 3) on bones of `STANDARD_LENGTHS`, canonical."""
    return canonical(BoneVectors.of(joints).joints(STANDARD_LENGTHS))
