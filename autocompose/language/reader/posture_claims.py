"""Postures and acts among the claims of a text: "kneel on the right knee", "kick", "do a plank".

Both readers know limbs; `find_postures` knows what a whole body does. Where the words of a posture
are read already as what limbs do ("both hands on your hips"), that says it and is judged better.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from autocompose.language.reader.claims import Claim, ClaimKind
from autocompose.language.spans import overlap
from autocompose.postures.posture_words import PostureWords, find_postures
from autocompose.postures.postures import POSTURES
from autocompose.tagger.claimed_change import Change, ChangeKind

_WHOLE = frozenset({"body", "torso", "hips", "head"})
_MISREAD = {"arms crossed": ("above", "over", "across"), "hang": ("down",)}
"""What a posture is taken for: arms crossed "over the chest" are not above it."""

_FACING = ("face up", "face down")
"""Said beside a posture, not instead of it."""


def with_postures(text: str, read: Iterable[Claim]) -> list[Claim]:
    """Add what a text says of postures to the claims that were read in it.

    A posture of the whole body claims it of the part ``body``; its side, as in "kneel on the right
    knee", is the side of the change's place. "Out of the lunge" and "still kneeling" are remarks;
    "as if kneeling" claims nothing.

    Args:
        text: as in `read_claims`.
        read: claims of limbs, trunk and head.

    Returns:
        Claims in no particular order.
    """
    claims = list(read)
    for words in find_postures(text):
        if not words.alike:
            claims = _joined(claims, words)
    return claims


def posture_claim(words: PostureWords) -> Claim:
    """What the words of a posture claim of the body."""
    change = Change(ChangeKind.POSTURE, words.name, "", words.side, words.negated)
    if words.leaves or words.stays or words.alike:
        kind = ClaimKind.REMARK
    else:
        kind = ClaimKind.MOVEMENT if words.moves else ClaimKind.STATE
    return Claim("body", "", change, None, words.span, kind)


def _joined(claims: list[Claim], words: PostureWords) -> list[Claim]:
    posture = POSTURES[words.name]
    own = posture_claim(words)
    if own.kind is ClaimKind.REMARK:  # "up from lying on your back" is face up no more
        claims = [
            replace(claim, kind=own.kind)
            if claim.change.way in _FACING and overlap(claim.span, words.span)
            else claim
            for claim in claims
        ]
    claims = [c for c in claims if not (overlap(c.span, words.span) and _is_said(c, own))]
    near = [claim for claim in claims if overlap(claim.span, words.span)]
    misread = _MISREAD.get(words.name, ())
    read = [c for c in near if c.change.is_read and c.change.way not in misread]
    same = [
        claim
        for claim in read
        if claim.change.kind is ChangeKind.POSTURE and claim.change.way not in _FACING
    ]
    if same:
        kind = own.kind if own.kind is ClaimKind.REMARK else same[0].kind
        named = replace(same[0], change=own.change, kind=kind)
        return [claim for claim in claims if claim not in same] + [named]
    limbs = [claim for claim in read if claim.part not in _WHOLE]
    sinks = all(claim.change.way == "down" for claim in read)
    says_it = (posture.is_gesture and limbs) or (posture.is_loose and not sinks)
    # "Kick the left leg back" of a description is where the leg goes, whatever the trunk does.
    says_it = says_it or any(claim.described and claim.change.way != "down" for claim in limbs)
    stands = any(claim.change.kind is ChangeKind.WEIGHT for claim in read)
    if stands and own.kind is ClaimKind.REMARK:  # "out of standing on one leg"
        stood = [c for c in near if c.change.kind is ChangeKind.WEIGHT]
        return [claim for claim in claims if claim not in stood] + [own]
    if says_it or stands:
        return claims
    return [claim for claim in claims if claim not in near or claim in read] + [own]


def _is_said(claim: Claim, posture: Claim) -> bool:
    """Whether a claim of the same words says no more than a posture, in words of its own.

    "Stand on one leg" says that some leg bears the weight; on which one is more than that.
    """
    change = claim.change
    coined = change.kind is ChangeKind.OTHER and change.way == posture.change.way
    bears = change.kind is ChangeKind.WEIGHT and not change.names_side
    return coined or (bears and posture.change.way == "stand on one leg")
