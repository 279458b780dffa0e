"""A flat map of queries and pictures, and the pictures of a gallery that are all but the same.

The map is the plane of the first two principal components of the gallery's embeddings; queries are
laid into it, so that one that stands far from its target was composed into another place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from autocompose.body.skeleton import JOINTS, mean_joint_distance
from autocompose.evaluation.failures.asked_queries import NearDuplicate
from autocompose.schema import PoseImage

if TYPE_CHECKING:
    from autocompose.retrieval.gallery import Gallery

ALIKE = 0.995
"""Cosine from which two pictures of a gallery count as near-duplicates."""
SAME_POSE_M = 0.05
"""Mean joint distance up to which two pictures show all but the same pose, metres."""
MOST_PAIRS = 200
"""Pairs that are listed, the most alike first."""
_BLOCK = 1024

Places = NDArray[np.float64]


def lay_out(embeddings: NDArray[np.float32], queries: NDArray[np.float32]) -> tuple[Places, Places]:
    """Places (N, 2) and (Q, 2) in the plane of the gallery's two principal components.

    Both axes have one scale: the largest absolute coordinate of a picture is 1. The sign of an axis
    is such that its largest coordinate is positive, so that a map is drawn the same way each time.

    Args:
        embeddings: (N, D) unit rows of the pictures.
        queries: (Q, D) unit rows of the composed queries.
    """
    centre = embeddings.mean(axis=0, dtype=np.float64)
    spread = embeddings.astype(np.float64) - centre
    # (D, D): a gallery has many more rows than its embeddings have numbers.
    _, axes = np.linalg.eigh(spread.T @ spread)
    plane = axes[:, ::-1][:, :2]
    if plane.shape[1] < 2:
        plane = np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))
    pictures = spread @ plane
    largest = np.abs(pictures).argmax(axis=0)
    plane = plane * np.where(pictures[largest, [0, 1]] < 0, -1.0, 1.0)
    scale = max(float(np.abs(pictures).max()), 1e-12)
    asked = (queries.astype(np.float64).reshape(-1, embeddings.shape[1]) - centre) @ plane
    return spread @ plane / scale, asked / scale


def near_duplicates(
    gallery: Gallery, images: Mapping[str, PoseImage], *, most: int = MOST_PAIRS
) -> tuple[NearDuplicate, ...]:
    """Pairs of pictures that show all but the same pose, or that the model hardly tells apart.

    Args:
        gallery: of N pictures.
        images: id -> image, with joints where they are known.
        most: at most so many pairs: poses by the distance of their joints, then by cosine.
    """
    rows, ids = np.asarray(gallery.embeddings), gallery.image_ids
    joints, known = _joints(ids, images)
    flat = joints.reshape(len(ids), -1)
    squares = (flat**2).sum(axis=1)
    found: list[NearDuplicate] = []
    for start in range(0, len(rows), _BLOCK):
        block = slice(start, start + _BLOCK)
        alike = rows[block] @ rows.T >= ALIKE  # (B, N)
        # The root of the mean square is never below the mean, and seldom far above it.
        square = (squares[block, None] + squares - 2 * flat[block] @ flat.T) / joints.shape[1]
        alike |= (square <= (2 * SAME_POSE_M) ** 2) & known[block, None] & known
        for i, j in zip(*np.nonzero(alike), strict=True):
            first, second = start + int(i), int(j)
            if first < second:
                both = known[first] and known[second]
                apart = _apart(joints[first], joints[second]) if both else None
                cosine = float(rows[first] @ rows[second])
                if cosine >= ALIKE or (apart is not None and apart <= SAME_POSE_M):
                    found.append(NearDuplicate(ids[first], ids[second], min(cosine, 1.0), apart))
        found = sorted(found, key=_closeness)[:most]
    return tuple(found)


def _closeness(pair: NearDuplicate) -> tuple[float, float, str]:
    return (np.inf if pair.joints_m is None else pair.joints_m, -pair.cosine, pair.first)


def _joints(
    ids: Sequence[str], images: Mapping[str, PoseImage]
) -> tuple[Places, NDArray[np.bool_]]:
    """Joints (N, 22, 3), zero where unknown, and whether they are known (N,)."""
    joints = np.zeros((len(ids), len(JOINTS), 3))
    known = np.zeros(len(ids), bool)
    for row, name in enumerate(ids):
        image = images.get(name)
        if image is not None and image.joints:
            joints[row], known[row] = image.joints, True
    return joints, known


def _apart(first: Places, second: Places) -> float:
    return float(mean_joint_distance(first, second))
