"""Touches that a text claims: "hands on the hips", "arms crossed", "right foot on the left knee".

The reader of claims does the reading; here its places become regions, and the postures whose name
says what touches become touches.
"""

from __future__ import annotations

from dataclasses import dataclass

from autocompose.lab.contacts.regions import MIDLINE, NAMES, SIDES
from autocompose.lab.contacts.touches import Touch, unique
from autocompose.language.reader.claims import Claim, ClaimKind
from autocompose.language.reader.read import read_claims
from autocompose.postures.posture_words import find_postures
from autocompose.tagger.claimed_change import ChangeKind

_SURE = 0.5
"""Probability from which a claim is taken for what it says."""
_TOUCHING = ("on", "to")
_REGION_OF_PART = {
    "palm": "hand", "fingers": "hand", "lower leg": "shin", "heel": "foot", "toes": "foot",
    "torso": "chest", "hips": "hips", "hip": "hip",
}  # fmt: skip
_REGION_OF_PLACE = {"waist": "stomach", "hip": "hips", "chin": "face", "overhead": ""}
_ELSEWHERE = ("floor", "ground")
_BOTH = tuple(f"{side} {{}}" for side in SIDES)
_OF_POSTURE: dict[str, tuple[tuple[str, str], ...]] = {
    "arms crossed": (
        ("left forearm", "right forearm"),
        ("left hand", "right arm"),
        ("right hand", "left arm"),
    ),
    "hands on the hips": (("left hand", "hips"), ("right hand", "hips")),
    "hands on the knees": (("left hand", "leg"), ("right hand", "leg")),
    "hands behind the head": (("left hand", "head"), ("right hand", "head")),
    "hands together": (("left hand", "right hand"),),
    "pray": (("left hand", "right hand"),),
    "hand to the chin": (("own hand", "face"),),
    "salute": (("own hand", "head"),),
    "touch the toes": (("left hand", "foot"), ("right hand", "foot")),
    "hold a foot behind": (("own hand", "own foot"),),
    "tree": (("other foot", "own leg"),),
    "sit on the heels": (("left foot", "bottom"), ("right foot", "bottom")),
}
"""What touches in a posture, where that is what its name says; ``own`` is the side it is named
after, ``other`` the other one."""


@dataclass(frozen=True)
class SaidTouches:
    """The touches of a text.

    Args:
        touches: in the order of the text, each once.
        not_used: places that are said to be touched and are no region of a body, each once.
    """

    touches: tuple[Touch, ...]
    not_used: tuple[str, ...] = ()


def touches_in(text: str) -> SaidTouches:
    """The touches that a text claims to hold at its end.

    Args:
        text: any; left and right are the subject's.
    """
    found: list[tuple[int, Touch]] = []
    elsewhere: list[str] = []
    for claim in read_claims(text):
        if claim.kind is ClaimKind.REMARK or claim.change.negated or claim.sure < _SURE:
            continue
        found += [(claim.span[0], touch) for touch in _of_claim(claim)]
        if claim.change.way in _TOUCHING and claim.change.place in _ELSEWHERE:
            elsewhere.append(claim.change.place)
    # "Touch the toes with the right hand" does not mean the left one, too.
    told = {touch.sideless for _, touch in found}
    for said in find_postures(text):
        if not (said.negated or said.leaves or said.alike):
            touches = of_posture(said.name, said.side)
            found += [(said.span[0], touch) for touch in touches if touch.sideless not in told]
    ordered = [touch for _, touch in sorted(found, key=lambda one: one[0])]
    return SaidTouches(unique(ordered), tuple(dict.fromkeys(elsewhere)))


def _of_claim(claim: Claim) -> list[Touch]:
    change = claim.change
    if change.kind is ChangeKind.GAP and change.way == "together":
        return _of_two(claim)
    if change.kind is not ChangeKind.PLACE:
        return []
    touches = change.way in _TOUCHING or (change.way, change.place) == ("behind", "head")
    return _of_place(claim) if touches else []


def of_posture(name: str, side: str = "") -> tuple[Touch, ...]:
    """The touches of a posture, in the order of the table; none where its name says of none.

    Args:
        name: a key of `autocompose.postures.postures.POSTURES`.
        side: of the posture, or empty.
    """
    other = {"left": "right", "right": "left"}.get(side, "")
    made = []
    for pair in _OF_POSTURE.get(name, ()):
        regions = [region.replace("own", side).replace("other", other).strip() for region in pair]
        made.append(Touch(*regions))
    return tuple(made)


def _of_place(claim: Claim) -> list[Touch]:
    part = _REGION_OF_PART.get(claim.part, claim.part)
    place = _REGION_OF_PLACE.get(claim.change.place, claim.change.place)
    if part not in NAMES or place not in NAMES:
        return []
    sides = SIDES if claim.side == "both" and part not in MIDLINE else (claim.side,)
    made = []
    for side in sides:
        one = part if part in MIDLINE else f"{side} {part}".strip()
        where = claim.change.place_side
        other = place if place in MIDLINE or where not in SIDES else f"{where} {place}"
        if place == "hips" and where in SIDES:
            other = f"{where} hip"
        touch = Touch(one, other)
        if touch.pairs():
            made.append(touch)
    return made


def _of_two(claim: Claim) -> list[Touch]:
    """The two of a part: hands together."""
    part = _REGION_OF_PART.get(claim.part, claim.part)
    if part not in NAMES or part in MIDLINE:
        return []
    touch = Touch(*(form.format(part) for form in _BOTH))
    return [touch] if touch.pairs() else []
