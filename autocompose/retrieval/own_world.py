"""Whether the learnt score of a checkpoint understands a gallery, told from the gallery itself.

A checkpoint that never saw photographs ranks them by anything but the words. Where joints are known
this shows: for a few wishes that everybody understands, the learnt score and the claims judged on
the joints agree in the checkpoint's own world, and have nothing to do with each other elsewhere.
"""

from __future__ import annotations

import numpy as np

from autocompose.config import RankingConfig
from autocompose.model.checkpoint import ComposedModel
from autocompose.retrieval.encode import compose_features, encode_texts
from autocompose.retrieval.gallery import Gallery
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.voices import Reference, Voices
from autocompose.verify.soft import RankingWeights, ranking_claims

WISHES = (
    "raise both arms overhead", "kneel down", "lie down on your back", "let both arms hang down",
    "lean forward", "crouch down", "raise the right arm", "lift the left knee",
)  # fmt: skip
_STARTS = 5
_SAMPLE = 200
"""Pictures that are asked about; more tell nothing new."""
_ENOUGH = 20
"""With fewer pictures chance decides, and the learnt score keeps its say."""
_STRANGE, _OWN = 0.12, 0.32
"""Mean correlations between which trust in the learnt score grows. Measured in samples of 24 to 300
pictures with estimated joints: rendered pictures of people that the shipped checkpoint never saw
0.36 to 0.58, and 0.31 with 10 cm of noise on top; photographs of two sources -0.09 to 0.07."""


def learnt_share(model: ComposedModel, gallery: Gallery) -> float:
    """How far the learnt score may be trusted in a gallery: 0 not at all, 1 as in its own world.

    Args:
        model: that embedded the pictures.
        gallery: 1 where the joints of too few of its pictures are known.
    """
    bodies = gallery.bodies
    known = np.zeros(0, np.intp) if bodies is None else np.flatnonzero(bodies.given)
    if bodies is None or len(known) < _ENOUGH:
        return 1.0
    rows = np.sort(np.random.default_rng(0).permutation(known)[:_SAMPLE])
    sample = Gallery(
        tuple(gallery.image_ids[row] for row in rows), gallery.embeddings[rows],
        gallery.fingerprint, gallery.norms[rows], bodies=bodies.take(rows),
    )  # fmt: skip
    found = _agreement(model, sample, bodies.take(rows))
    if np.isnan(found):
        return 1.0
    return float(np.clip((found - _STRANGE) / (_OWN - _STRANGE), 0.0, 1.0))


_JUDGED = RankingWeights(doubt=0.05)
"""With which the shares of both worlds were measured."""


def _agreement(model: ComposedModel, gallery: Gallery, bodies: GalleryBodies) -> float:
    """Mean correlation of the learnt score and the claims over wishes; NaN where none can be had.

    Args:
        model: that embedded the pictures.
        gallery: a few pictures.
        bodies: of theirs; all are known.
    """
    texts = encode_texts(model, list(WISHES))
    wishes = [ranking_claims(text) for text in WISHES]
    # The weight of the claims does not matter to a correlation, but they must be heard.
    judges = Voices(gallery.embeddings, bodies, RankingConfig())
    found: list[float] = []
    for start in np.random.default_rng(1).permutation(len(bodies))[:_STARTS]:
        composed = compose_features(model, gallery.raw(start).expand(len(texts), -1), texts)
        learnt = gallery.embeddings @ composed.numpy().T
        others = np.delete(np.arange(len(bodies)), start)
        silent = np.zeros(len(bodies))
        silent[start] = -np.inf
        for place, claims in enumerate(wishes):
            body = Reference(bodies.take([start]))
            said = judges.fused(silent, claims, body, weights=_JUDGED)
            if said is not None and np.ptp(said[others]) > 0:
                found.append(float(np.corrcoef(learnt[others, place], said[others])[0, 1]))
    return float(np.mean(found)) if found else float("nan")
