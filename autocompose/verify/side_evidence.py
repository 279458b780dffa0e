"""Whether a whole text fits two bodies better with left and right exchanged.

An exchange shows in many claims a little, often in none of them clearly. Every claim that names a
side is held against the bodies as they are and as their mirror image; what the two say differently
is summed as log odds. Whether the reader is sure of a claim matters less here than for a verdict,
as a misread claim rarely fits the mirror image better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from autocompose.language.reader.claims import Claim, ClaimKind
from autocompose.postures.postures import POSTURES
from autocompose.thresholds import threshold
from autocompose.verify.findings import SURE, is_sided, measured
from autocompose.verify.held_postures import is_posture, posture_of
from autocompose.verify.motions import readings
from autocompose.verify.pair_bodies import PosePairMeasures
from autocompose.verify.verdicts import CONTRADICTED, SUPPORTED

EXCHANGED = threshold("exchanged")
"""Log odds down to which left and right of a text count as exchanged."""
_OPPOSITE, _BORNE_OUT, _FALSE, _FARTHER = (
    threshold(f"{name} side") for name in ("opposite", "borne out", "false", "farther")
)
"""Log odds of a claim: true here and false there; true and unknown; unknown and false; moved much
farther here than there. Fitted to a model's texts of the first half of the demo's pairs."""
_TRUE_FOR_FALSE = threshold("true for false")
"""Claims that the mirror image bears out for each one that it contradicts, at least."""
_UNSURE = threshold("unsure side")
"""What a claim counts for that may be misread."""
_LEAST, _MOST, _MUCH = (threshold(f"{name} progress") for name in ("least", "most", "much"))
"""Progress, in steps, that counts at least and at most; the difference that counts as much."""


def names_side(claim: Claim) -> bool:
    """Whether left or right is part of what a claim says."""
    return claim.side in ("left", "right") or claim.change.names_side


@dataclass(frozen=True, slots=True)
class SideEvidence:
    """What the sides of a text say of two bodies and of their mirror image.

    Args:
        log_odds: that the sides are right, against exchanged.
        true_there, false_there: how many claims the mirror image bears out, and contradicts.
    """

    log_odds: float = 0.0
    true_there: float = 0.0
    false_there: float = 0.0

    @property
    def exchanged(self) -> bool:
        """Whether the text fits the mirror image, and much better than the bodies as they are."""
        fits = self.true_there >= _TRUE_FOR_FALSE * self.false_there
        return fits and self.log_odds <= EXCHANGED


def side_evidence(
    claims: Sequence[Claim],
    own: Sequence[PosePairMeasures],
    mirrored: Sequence[PosePairMeasures],
) -> SideEvidence:
    """Hold what a text says of sides against two bodies and against their mirror image.

    Args:
        claims: of one text; those without a side, and remarks, say nothing.
        own: one reference and target, then draws of them under an error of their joints.
        mirrored: the mirror images of the same, in the same order.
    """
    sided = [
        claim
        for claim in claims
        if names_side(claim)
        and claim.kind is not ClaimKind.REMARK
        and all(_is_known(claim, pair) for pair in (own[0], mirrored[0]))
    ]
    if not sided:
        return SideEvidence()
    told = [[_of_claim(c, a, b) for c in sided] for a, b in zip(own, mirrored, strict=True)]
    odds, there = np.moveaxis(np.array(told), -1, 0)
    counts = [float((there == code).sum(1).mean()) for code in (SUPPORTED, CONTRADICTED)]
    return SideEvidence(float(odds.sum(1).mean()), *counts)


def _is_known(claim: Claim, pair: PosePairMeasures) -> bool:
    """Whether joints tell of a claim; those of one side alone would speak for the other."""
    if is_posture(claim.change):
        return pair.tells(POSTURES[posture_of(claim.change)].measures)
    return pair.has_part(claim.part) and pair.knows(claim.part, claim.side)


def _of_claim(
    claim: Claim, own: PosePairMeasures, mirrored: PosePairMeasures
) -> tuple[float, float]:
    """Log odds of one claim, and what the mirror image says of it."""
    here, there = (int(measured(claim, pair).codes[0]) for pair in (own, mirrored))
    one_true = _BORNE_OUT if SUPPORTED in (here, there) else _FALSE
    found = (_OPPOSITE if here == -there else one_true) * float(np.sign(here - there))
    if claim.kind is ClaimKind.MOVEMENT:
        found += _FARTHER * _farther(claim, own, mirrored)
    return (found if claim.sure >= SURE else _UNSURE * found), there


def _farther(claim: Claim, own: PosePairMeasures, mirrored: PosePairMeasures) -> float:
    """How much farther a claimed motion goes in one pair than in the other, -1..1."""
    here, there = (_progress(claim, pair) for pair in (own, mirrored))
    if np.isnan(here - there):
        return 0.0
    gap = np.clip(here, _LEAST, _MOST) - np.clip(there, _LEAST, _MOST)
    return float(np.tanh(gap / _MUCH)) * (-1 if claim.change.negated else 1)


def _progress(claim: Claim, pair: PosePairMeasures) -> float:
    sided = is_sided(claim)
    if is_posture(claim.change) or (sided and claim.side not in ("left", "right")):
        return np.nan
    change = replace(claim.change, negated=False)
    found = readings(pair, claim.part, claim.side if sided else "", change)
    steps = [float(np.ravel(r.progress)[0]) for r in found if not r.soft]
    known = [step for step in steps if not np.isnan(step)]
    return max(known, default=np.nan)
