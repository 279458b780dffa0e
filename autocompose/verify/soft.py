"""Claims of one text on many bodies at once: how likely each is, and how well the whole text fits.

The same findings judge and rank. Under an error of the joints each claim is judged on bodies drawn
from it; its probability is the share that bear it out, unknown ones counting half. Without an
error it is 1, 0.5 or 0. `autocompose.verify.findings.outcome_of` makes it a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from autocompose.body.change import Bodies, Body
from autocompose.language.reader.claims import Claim, ClaimKind
from autocompose.language.reader.posture_claims import posture_claim
from autocompose.language.reader.read import read_claims
from autocompose.language.spans import overlap
from autocompose.postures.posture_words import PostureWords, find_postures
from autocompose.postures.postures import POSTURES
from autocompose.postures.wish_words import find_wishes
from autocompose.tagger.claimed_change import ChangeKind
from autocompose.verify.findings import probability
from autocompose.verify.joint_error import TRUE, JointError, drawn
from autocompose.verify.measured_bodies import MeasuredBodies
from autocompose.verify.pair_bodies import PosePairMeasures
from autocompose.verify.unasked import extent, unasked_change
from autocompose.verify.wished_ends import wished_end

Floats = NDArray[np.float64]


_FEW_WORDS = 10
"""Words of a text that may be a wish made of idioms."""
_SEVERAL = re.compile(r"[,;:.!?]|\b(?:and|then|while|with)\b")
"""What stands between several things."""
_WHOLE = frozenset({"body", "torso", "hips"})
_ALIKE = 0.5
"""Certainty of a posture that a body shall only resemble: too little for one to be contradicted."""


@dataclass(frozen=True)
class RankingWeights:
    """How claims become one score; chosen on the demo's validation split.

    Args:
        doubt: probability that a claim of a right body is misread or misjudged; bounds what one
            claim can cost.
        extent: weight of how far a claimed motion goes, against what its degree word says.
        unasked: weight of the change of what the text does not mention, per trunk length.
        wished: weight of how near a target is to what the bare words call to mind.
        strength: factor of all that the text does mention; above 1 no motion without a degree is
            too large.
    """

    doubt: float = 0.2
    extent: float = 1.0
    unasked: float = 4.0
    wished: float = 0.0
    strength: float = 1.0


@dataclass(frozen=True, eq=False)
class ClaimScores:
    """What the claims of one text say of N bodies.

    Args:
        total: (N,) like a log-likelihood; larger fits better.
        probability: (N, C) of each claim; 0.5 for what is never judged.
    """

    total: Floats
    probability: Floats


@dataclass(frozen=True, eq=False)
class SoftBodies:
    """N bodies, measured as they are and as they may be; made once for a gallery."""

    samples: tuple[MeasuredBodies, ...]

    @classmethod
    def of(cls, bodies: Bodies | Body, *, error: JointError = TRUE, count: int = 4) -> SoftBodies:
        """Measure bodies under an error.

        Args:
            bodies: one or several.
            error: of their joints.
            count: pairs of draws from the error.
        """
        several = Bodies.stacked([bodies]) if isinstance(bodies, Body) else bodies
        return cls(tuple(MeasuredBodies.of(one) for one in drawn(several, error, count=count)))

    def __len__(self) -> int:
        """How many bodies."""
        return len(self.samples[0])


class ClaimScorer:
    """Scores any number of texts on bodies, as changes from one reference.

    Args:
        reference: one body.
        weights: see `RankingWeights`.
    """

    def __init__(self, reference: SoftBodies, weights: RankingWeights | None = None) -> None:
        self.reference = reference
        self.weights = weights or RankingWeights()

    def score(self, claims: Sequence[Claim], bodies: SoftBodies) -> ClaimScores:
        """Judge the claims of one text on every body.

        Args:
            claims: of `ranking_claims` or `read_claims`.
            bodies: N bodies; any number of draws.
        """
        rounds = max(len(self.reference.samples), len(bodies.samples))
        pairs = [
            PosePairMeasures(_at(self.reference.samples, i), _at(bodies.samples, i))
            for i in range(rounds)
        ]
        found = np.full((len(bodies), len(claims)), 0.5)
        for i, claim in enumerate(claims):
            found[:, i] = probability(claim, pairs)
        likely = np.log(self.weights.doubt + (1 - 2 * self.weights.doubt) * found).sum(1)
        fits = self.weights.strength * (likely + self._ends(claims, pairs))
        rest = self.weights.unasked * unasked_change(claims, pairs[0])
        return ClaimScores(fits - rest, found)

    def _ends(self, claims: Sequence[Claim], pairs: Sequence[PosePairMeasures]) -> Floats:
        """(N,) how well what moves goes as far, and where, the text says."""
        weights, total = self.weights, np.zeros(len(pairs[0].targets))
        for claim in claims:
            if claim.kind is ClaimKind.REMARK:
                continue  # on the start, or on what stays
            total += weights.extent * extent(claim, pairs[0], bounded=weights.strength <= 1)
            near = [wished_end(claim, pair.targets) for pair in pairs] if weights.wished else []
            told = [one for one in near if one is not None]
            if told:
                total += weights.wished * np.mean(told, axis=0)
        return total


def _at(samples: tuple[MeasuredBodies, ...], index: int) -> MeasuredBodies:
    return samples[index % len(samples)]


def ranking_claims(text: str) -> tuple[Claim, ...]:
    """The claims of a text as a ranking wants them.

    Idioms and acts of people who search (`autocompose.postures.wish_words`) are among them, and say
    all that their words say. So are postures that a body shall only resemble ("as if kneeling"),
    and where loose words of the whole body are read as a mere direction, the posture that they name
    ("stand up", "step forward") takes its place: it tells the bodies apart.
    """
    everything = read_claims(text)
    wished = _wished(text, everything)
    taken = [words.span for words in wished]
    told = [w for w in find_postures(text) if not any(overlap(w.span, one) for one in taken)]
    read = [c for c in everything if not any(overlap(c.span, one) for one in taken)]
    idioms = [posture_claim(replace(words, alike=False)) for words in wished]
    said = {claim.change for claim in idioms}
    alike = [
        replace(posture_claim(words), kind=ClaimKind.STATE, sure=_ALIKE)
        for words in told
        if words.alike and posture_claim(words).change not in said
    ]
    named = [c for c in read if c.change.kind is ChangeKind.POSTURE]
    loose = [
        posture_claim(words)
        for words in told
        if POSTURES[words.name].is_loose and _is_bare(words, read)
    ]
    firm = [c.span for c in (*named, *loose, *idioms) if c.kind is not ClaimKind.REMARK]
    kept = [claim for claim in read if claim in named or not _is_named(claim, firm)]
    kept = [claim for claim in kept if not _is_told_twice(claim, kept)]
    return tuple(sorted((*kept, *alike, *loose, *idioms), key=lambda claim: claim.span))


def _is_told_twice(claim: Claim, read: Sequence[Claim]) -> bool:
    """Whether the same words were read more surely as the same of trunk, hips or whole body.

    "Lean back" is one wish, though the tagger may find it of the body and of the trunk.
    """
    return claim.part in _WHOLE and any(
        other.part in _WHOLE
        and (other.change, other.kind) == (claim.change, claim.kind)
        and (other.sure, claim.part) > (claim.sure, other.part)
        and overlap(claim.span, other.span)
        for other in read
    )


def _wished(text: str, read: Sequence[Claim]) -> list[PostureWords]:
    """The idioms of a text, each posture once; where it says several things, those not read else.

    A wish for one thing may be an idiom. Who lists things, or writes sentences, tells of limbs, and
    likens them to something beside it.
    """
    found = {(w.name, w.side): w for w in reversed(find_wishes(text)) if w.wished}
    told = [claim for claim in read if claim.change.is_read]
    if _SEVERAL.search(text.strip(" .!?")) is None and len(text.split()) <= _FEW_WORDS:
        return list(found.values())
    if len(text.split()) > _FEW_WORDS and told:
        return []
    return [w for w in found.values() if not any(overlap(claim.span, w.span) for claim in told)]


def _is_bare(words: PostureWords, read: Sequence[Claim]) -> bool:
    """Whether the words of a posture are read as a direction of the whole body and no more."""
    if words.negated or words.leaves or words.alike or words.stays:
        return False
    over = [c for c in read if overlap(c.span, words.span)]
    return bool(over) and all(c.part == "body" and c.change.kind is ChangeKind.MOVE for c in over)


def _is_named(claim: Claim, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a posture's own claim says what this one says of the whole body."""
    inside = any(a <= claim.span[0] and claim.span[1] <= b for a, b in spans)
    return claim.part == "body" and inside
