"""How much the claims of a text count: the fewer things it asks for, the more each of them does.

A long text describes one target, and a claim of it may be misread, so that all voices together find
it best. Who types "kneel down" wants to see people kneel, whatever else they do: what the bodies
show goes before likeness, and likeness decides among those that do it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from autocompose.language.reader.claims import Claim, ClaimKind
from autocompose.verify.soft import RankingWeights

_ONE_THING = 10.0
"""How much more the claim of a text counts that asks for nothing else."""
_FALLING = 1.5
"""Power of the number of things with which that falls; of five things each counts as in a long
text. Both chosen on validation texts and on the first half of the everyday wishes."""
_FEW = 3
_FIRM, _FIRM_UNASKED = 0.05, 2.0
"""Doubt in the claims of few things, and the weight of what else changes beside one of them."""

_PIECE = re.compile(r"[.,;:!?]+|\b(?:and|then|while|but)\b")
_WORD = re.compile(r"[a-z']+")
_IDLE = frozenset((
    "a", "as", "can", "could", "hey", "it", "just", "like", "me", "now", "ok", "okay", "please",
    "so", "thanks", "the", "to", "well", "you", "are",
))  # fmt: skip
_COMPARED = re.compile(
    r"\b(?:higher|wider|taller|longer|straighter|closer|nearer|deeper|further|farther|tighter"
    r"|narrower|bigger|smaller|shorter|(?<!or )more|less|instead|again"
    r"|still|keep|(?<=\w )lower)\b",
    re.IGNORECASE,
)
"""Words of somebody who changes what is there, by so much, and does not ask for a pose."""


def asks_for(claim: Claim) -> bool:
    """Whether a claim says something that bodies can meet or miss."""
    return claim.change.is_read and claim.kind is not ClaimKind.REMARK


def things_asked(text: str, claims: Sequence[Claim]) -> int:
    """How many things a text asks for: its claims, and its pieces in which none was read.

    >>> from autocompose.verify.soft import ranking_claims
    >>> things_asked("kneel down please", ranking_claims("kneel down please"))
    1
    """
    spans = [claim.span for claim in claims if asks_for(claim)]
    found = len(spans)
    starts = [0, *(mark.end() for mark in _PIECE.finditer(text))]
    ends = [*(mark.start() for mark in _PIECE.finditer(text)), len(text)]
    for start, end in zip(starts, ends, strict=True):
        said = set(_WORD.findall(text[start:end].lower())) - _IDLE
        read = any(first < end and start < last for first, last in spans)
        found += bool(said) and not read
    return found


def weights_for(text: str, claims: Sequence[Claim]) -> RankingWeights:
    """How the claims of a text become its score.

    Args:
        text: of the query.
        claims: read in it.
    """
    asked = sum(map(asks_for, claims))
    things = things_asked(text, claims)
    strength = _ONE_THING / max(things, 1) ** _FALLING
    changes = _COMPARED.search(text) or any(c.kind is ClaimKind.REMARK for c in claims)
    if not asked or strength <= 1 or changes:
        return RankingWeights(doubt=_FIRM) if asked < _FEW else RankingWeights()
    usual = RankingWeights()
    share = min((strength - 1) / 2, 1.0)
    return RankingWeights(
        doubt=_FIRM if asked < _FEW else usual.doubt,
        unasked=usual.unasked + share * (_FIRM_UNASKED - usual.unasked),
        wished=1 / things**0.5,
        strength=strength,
    )
