"""How far the joints of a gallery can be trusted, told from the gallery itself.

Two things are measured. Noise shows in limbs: the left forearm of a person is as long as the right
one, so that their difference grows with the error of the joints. A mix-up shows in the pictures:
where joints belong to their pictures, pictures that look alike have poses that are alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from autocompose.body.skeleton import INDEX, JOINTS, canonical
from autocompose.retrieval.gallery_bodies import ORIGINS, GalleryBodies
from autocompose.retrieval.shards.row_stack import RowStack
from autocompose.schema import JointsOrigin

Floats = NDArray[np.float64]

_LIMBS = (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))
_SAMPLE = 600
"""Pictures that are compared with each other; more tell nothing new."""
_ENOUGH = 20
"""With fewer pictures chance decides who is alike, and the joints are taken on trust."""
_NEAREST = 3
_SHUFFLES = 60
_SURE = 4.0
"""Standard deviations of a shuffled gallery; the demo is at 40 to 50, shuffled below 2."""


def limb_difference(joints: Floats) -> float:
    """Median absolute difference of left and right limbs (N, 22, 3), metres; 0 without bodies.

    Independent errors give 1.35 times their standard deviation along each axis: 0.1 m in all gives
    0.075. Rendered bodies have 0, mediapipe's estimates of the demo's pictures 0.03.
    """
    if not len(joints):
        return 0.0
    lengths = [
        [
            np.linalg.norm(
                joints[:, INDEX[f"{side}_{a}"]] - joints[:, INDEX[f"{side}_{b}"]], axis=1
            )
            for side in ("left", "right")
        ]
        for a, b in _LIMBS
    ]
    return float(np.median([np.abs(left - right) for left, right in lengths]))


def belong_together(
    embeddings: NDArray[np.float32] | RowStack, bodies: GalleryBodies, *, seed: int = 0
) -> bool:
    """Whether pictures that look alike have poses that are more alike than chance.

    Args:
        embeddings: (N, D) unit rows of the pictures.
        bodies: of the same pictures; those without joints are left out, and those whose joints
            were estimated from the very pictures: in a checkpoint that never saw photographs their
            likeness says nothing of poses. So are joints that the image tower read.
        seed: of the sample and of the shuffles.

    Returns:
        True also where there are too few pictures to tell.
    """
    estimated = bodies.origins == ORIGINS.index(JointsOrigin.ESTIMATED)
    rows = np.flatnonzero(bodies.given & ~estimated)
    if len(rows) < _ENOUGH:
        return True
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(rows)[:_SAMPLE])
    alike = embeddings[rows] @ embeddings[rows].T
    np.fill_diagonal(alike, -np.inf)
    nearest = np.argsort(-alike, axis=1)[:, :_NEAREST]
    poses = canonical(bodies.joints[rows].astype(np.float64)).reshape(len(rows), -1)
    squares = (poses**2).sum(1)
    apart = np.maximum(squares[:, None] + squares - 2 * poses @ poses.T, 0.0)
    apart = np.sqrt(apart / len(JOINTS))
    own = apart[np.arange(len(rows))[:, None], nearest].mean()
    shuffled = []
    for _ in range(_SHUFFLES):
        order = rng.permutation(len(rows))
        shuffled.append(apart[order[:, None], order[nearest]].mean())
    return bool(np.mean(shuffled) - own > _SURE * max(float(np.std(shuffled)), 1e-9))
