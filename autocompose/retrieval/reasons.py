"""Why a hit is a hit: the claims of the query, each held against the body in the picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autocompose.body.change import Bodies
from autocompose.language.reader.claims import Claim, ClaimKind
from autocompose.query_reading import HitClaim
from autocompose.retrieval.claim_words import claim_words
from autocompose.retrieval.gallery_bodies import GalleryBodies
from autocompose.retrieval.voices import ERRORS, Reference
from autocompose.verify.findings import verdicts_of
from autocompose.verify.joint_error import drawn
from autocompose.verify.measured_bodies import MeasuredBodies
from autocompose.verify.pair_bodies import PosePairMeasures

_DRAWS = 4
"""Pairs of draws from the error of estimated joints."""


def reasons(
    claims: Sequence[Claim], reference: Reference, bodies: GalleryBodies, *, rows: Sequence[int]
) -> dict[int, tuple[HitClaim, ...]]:
    """The claims of a text held against some bodies of a gallery, by row.

    Nothing is said of joints that nobody saw. Remarks and what was not understood are left out.

    Args:
        claims: of the query.
        reference: the body that the query starts from.
        bodies: of the gallery.
        rows: of the hits; those without joints are left out of the answer.
    """
    asked = [c for c in claims if c.change.is_read and c.kind is not ClaimKind.REMARK]
    known = [row for row in rows if bodies.known[row]]
    if not asked or not known:
        return {}
    found: dict[int, list[HitClaim]] = {row: [] for row in known}
    alike: dict[tuple[object, ...], list[int]] = {}
    for row in known:
        alike.setdefault((bodies.origin(row), bodies.built[row].tobytes()), []).append(row)
    for members in alike.values():
        pairs = _pairs(reference, bodies, members)
        for claim in asked:
            words = claim_words(claim)
            if any(words == said.text for said in found[members[0]]):
                continue  # the same thing, said twice
            verdicts = verdicts_of(claim, pairs, range(len(members)))
            for row, verdict in zip(members, verdicts, strict=True):
                found[row].append(HitClaim(words, verdict.outcome.value, verdict.evidence))
    return {row: tuple(said) for row, said in found.items()}


def _pairs(
    reference: Reference, bodies: GalleryBodies, rows: Sequence[int]
) -> list[PosePairMeasures]:
    """The reference and some bodies of one origin, as they are and as they may be."""
    origin = bodies.origin(rows[0])
    assert origin is not None, "only bodies that are known are judged"
    start = Bodies.stacked([reference.bodies.body(0)])
    ends = Bodies.stacked([bodies.body(row) for row in rows])
    before = drawn(start, ERRORS[reference.origin], count=_DRAWS, seed=0)
    after = drawn(ends, ERRORS[origin], count=_DRAWS, seed=1)
    measured = [[MeasuredBodies.of(one) for one in several] for several in (before, after)]
    rounds = int(np.max([len(several) for several in measured]))
    return [
        PosePairMeasures(*(several[i % len(several)] for several in measured))
        for i in range(rounds)
    ]
