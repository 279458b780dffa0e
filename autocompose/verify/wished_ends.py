"""Where a wish in few words wants a part to end, as conditions on the target alone.

"Raise the left arm" is true of any arm that rises. Who asks for nothing else wants to see an arm
that is up, so that a ranking of short wishes also asks how near each target is to what the bare
words call to mind: an arm above the head, a straight knee, a trunk that leans clearly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from autocompose.language.reader.claims import Claim, ClaimKind
from autocompose.language.words import LOWER_LIMB, UPPER_LIMB
from autocompose.postures.postures import POSTURES, Term
from autocompose.tagger.claimed_change import Change, ChangeKind
from autocompose.verify.measured_bodies import MeasuredBodies

Floats = NDArray[np.float64]
Ends = Mapping[str, tuple[Term, ...]]

_SIDES = ("left", "right")
_STRETCHED = Term("elbow", 0, 45, 25, "own")
_ARM: Ends = {
    "up": (
        Term("arm_along", 0.75, 1, 0.2, "own"), Term("arm_up", 0.6, 1, 0.2, "own"),
        Term("hand_over_head", 0.3, 3, 0.2, "own"),
    ),
    "down": (
        Term("arm_along", -1, -0.8, 0.25, "own"), Term("arm_up", -1, -0.75, 0.25, "own"),
        _STRETCHED,
    ),
    "forward": (
        Term("arm_front", 0.75, 1, 0.15, "own"), Term("arm_up", -0.5, 0.55, 0.15, "own"),
        _STRETCHED,
    ),
    "back": (Term("arm_front", -1, -0.4, 0.2, "own"),),
    "out": (Term("arm_out", 0.75, 1, 0.15, "own"), _STRETCHED),
    "in": (Term("hand_out", -3, 0.1, 0.2, "own"),),
}  # fmt: skip
_ELBOW: Ends = {
    "up": (Term("elbow_up", 1.0, 3, 0.2, "own"),),
    "down": (Term("elbow_up", -3, 0.55, 0.15, "own"),),
    "forward": (Term("elbow_front", 0.3, 3, 0.15, "own"),),
    "back": (Term("elbow_front", -3, -0.2, 0.15, "own"),),
    "out": (Term("elbow_out", 0.55, 3, 0.15, "own"),),
    "in": (Term("elbow_out", -3, 0.2, 0.15, "own"),),
    "bend": (Term("elbow", 85, 180, 20, "own"),),
    "straighten": (Term("elbow", 0, 18, 15, "own"),),
}
_FOOT: Ends = {
    "up": (Term("foot_up", 0.3, 3, 0.1, "own"),),
    "down": (Term("foot_up", -1, 0.05, 0.08, "own"),),
    "forward": (Term("leg_front", 0.45, 1, 0.15, "own"),),
    "back": (Term("leg_front", -1, -0.4, 0.15, "own"),),
    "out": (Term("leg_out", 0.42, 1, 0.15, "own"),),
}
_FOOT_AHEAD = (Term("ankle_ahead", 0.3, 3, 0.12, "own"),)
_KNEE: Ends = {
    "up": (Term("knee_up", -0.2, 1, 0.25, "own"),),
    "down": (Term("knee_up", -1, -0.85, 0.2, "own"),),
    "forward": (Term("knee_front", 0.6, 1, 0.2, "own"),),
    "out": (Term("knee_out", 0.45, 1, 0.15, "own"),),
    "bend": (Term("knee", 85, 180, 20, "own"),),
    "straighten": (Term("knee", 0, 18, 15, "own"),),
}
_HIP: Ends = {
    "bend": (Term("hip", 80, 180, 20, "own"),),
    "straighten": (Term("hip", 0, 25, 15, "own"),),
}
_TRUNK: Ends = {
    "lean forward": (Term("lean_front", 30, 150, 10),),
    "lean back": (Term("lean_front", -90, -18, 6),),
    "lean left": (Term("lean_left", 14, 90, 5),),
    "lean right": (Term("lean_left", -90, -14, 5),),
    "turn left": (Term("twist_left", 20, 180, 8),),
    "turn right": (Term("twist_left", -180, -20, 8),),
    "upright": (Term("trunk_up", 0.95, 1, 0.1),),
}
_BODY: Ends = {
    "down": (Term("pelvis_height", 0, 0.65, 0.12),),
}
_HEAD: Ends = {
    "up": (Term("head_up", 30, 90, 10),),
    "down": (Term("head_up", -90, 5, 10),),
    "turn left": (Term("head_left", 25, 180, 8),),
    "turn right": (Term("head_left", -180, -25, 8),),
    "tilt left": (Term("head_tilt_left", 16, 90, 5),),
    "tilt right": (Term("head_tilt_left", -90, -16, 5),),
}
_APART: Ends = {
    "arm": (Term("left_arm_out", 0.6, 1, 0.15), Term("right_arm_out", 0.6, 1, 0.15)),
    "hand": (Term("hands_apart", 1.2, 5, 0.25),),
    "foot": (Term("feet_apart", 0.55, 3, 0.12),),
    "leg": (Term("feet_apart", 0.55, 3, 0.12),),
    "knee": (Term("knees_apart", 0.5, 3, 0.12),),
}
_TOGETHER: Ends = {
    "foot": (Term("feet_gap", 0, 0.18, 0.06),),
    "leg": (Term("feet_gap", 0, 0.18, 0.06),),
    "knee": (Term("knees_apart", 0, 0.2, 0.08),),
    "hand": (Term("hands_apart", 0, 0.16, 0.06),),
    "palm": (Term("hands_apart", 0, 0.16, 0.06),),
}
_PLACED: Ends = {
    "face": (Term("hand_to_face", 0, 0.22, 0.1, "own"),),
    "chin": (Term("hand_to_face", 0, 0.22, 0.1, "own"),),
    "head": (Term("hand_on_head", 0, 0.2, 0.1, "own"),),
    "hip": (Term("hand_on_hip", 0, 0.2, 0.1, "own"),),
    "waist": (Term("hand_on_hip", 0, 0.22, 0.1, "own"),),
    "knee": (Term("hand_on_knee", 0, 0.2, 0.1, "own"),),
    "foot": (Term("hand_on_foot", 0, 0.25, 0.15, "own"),),
    "floor": (Term("hand_height", -1, 0.14, 0.12, "own"),),
    "chest": (
        Term("hand_up", 0.45, 1.1, 0.15, "own"), Term("hand_front", 0.1, 0.8, 0.15, "own"),
        Term("hand_out", -1, 0.3, 0.15, "own"),
    ),
}  # fmt: skip
"""Where a hand is that is on, at or near a place of the own side or of none."""
_TOUCHING = frozenset({"on", "to", "at", "near", "touching"})
_IN_FRONT = (
    Term("hand_front", 0.45, 3, 0.15, "own"), Term("hand_up", 0.35, 1.25, 0.15, "own"),
)  # fmt: skip
_GESTURES = {
    ("on", "hip"): "hands on the hips", ("behind", "head"): "hands behind the head",
    ("on", "knee"): "hands on the knees",
}  # fmt: skip
"""Places of a hand -> the gesture of both hands there."""
_NEAR_POSTURE = 0.3
"""What nearness to a posture counts for beside holding it."""
_NEAR_ANGLE, _ANGLE_TOLERANCE = 12, 12


def wished_end(claim: Claim, bodies: MeasuredBodies) -> Floats | None:
    """(N,) how near each body is to what the bare words of a claim call to mind, 0 to 1.

    Args:
        claim: of a text.
        bodies: N targets.

    Returns:
        None where the words say "slightly" or "not", name an end that the verdict tells as well, or
        where no measure tells it.
    """
    change = claim.change
    if change.negated or claim.degree == 1 or claim.kind is ClaimKind.REMARK:
        return None
    if change.kind is ChangeKind.POSTURE:
        if change.way not in POSTURES:
            return None
        held = np.nan_to_num(bodies.holds(change.way, change.place_side))
        near = np.nan_to_num(bodies.near(change.way, change.place_side))
        return (1 - _NEAR_POSTURE) * held + _NEAR_POSTURE * near
    if change.kind is ChangeKind.GAP:
        terms = (_APART if change.way == "apart" else _TOGETHER).get(claim.part)
        return None if terms is None else _fit(terms, bodies, "left")
    if claim.part in ("torso", "body", "hips", "head"):
        terms = _middle(claim.part, change)
        return None if terms is None else _fit(terms, bodies, "left")
    found = []
    for side in (claim.side,) if claim.side in _SIDES else _SIDES:
        terms = _limb(claim.part, change, side)
        if terms is None:
            return None
        found.append(_fit(terms, bodies, side))
    return np.minimum.reduce(found) if claim.side == "both" else np.maximum.reduce(found)


def _middle(part: str, change: Change) -> tuple[Term, ...] | None:
    words = str(change)
    if part == "head":
        return _HEAD.get(words)
    if part == "body" and change.kind is ChangeKind.TURN:
        return None  # the whole body turns in the room
    return _BODY.get(words) or _TRUNK.get(words)


def _limb(part: str, change: Change, side: str) -> tuple[Term, ...] | None:
    way = change.way
    if change.kind is ChangeKind.ANGLE:
        if way.isdigit() and part in ("elbow", "knee"):
            near = int(way)
            return (Term(part, near - _NEAR_ANGLE, near + _NEAR_ANGLE, _ANGLE_TOLERANCE, "own"),)
        table = {"elbow": _ELBOW, "knee": _KNEE, "hip": _HIP, "thigh": _HIP}.get(part, {})
        return table.get(way)
    if change.kind is ChangeKind.PLACE and part in UPPER_LIMB:
        if (change.way, change.place) == ("above", "head"):
            return _ARM["up"]
        gesture = _GESTURES.get((change.way, change.place))
        own = change.place_side in ("", "both", side)
        if gesture:
            return _own_terms(gesture) if own else None
        if change.way in ("in front", "beside") and not change.place:
            hand = change.way == "in front" and part in ("hand", "palm", "fingers")
            return _IN_FRONT if hand else _ARM["forward" if change.way == "in front" else "down"]
        return _PLACED.get(change.place) if own and change.way in _TOUCHING else None
    if change.kind not in (ChangeKind.MOVE, ChangeKind.POINT):
        return None
    if way in _SIDES:
        way = "out" if way == side else "in"
    way = {"across": "in", "side": "out"}.get(way, way)
    if part in ("elbow", "upper arm"):
        return _ELBOW.get(way)
    if part in UPPER_LIMB or part == "limb":
        return _ARM.get(way)
    if part in ("knee", "thigh"):
        return _KNEE.get(way)
    if part != "leg" and way == "forward":
        return _FOOT_AHEAD
    return _FOOT.get(way) if part in LOWER_LIMB else None


def _own_terms(gesture: str) -> tuple[Term, ...]:
    """What a gesture of both hands asks of one of them."""
    return tuple(
        replace(term, where="own") for term in POSTURES[gesture].terms if term.where == "both"
    )


def _fit(terms: tuple[Term, ...], bodies: MeasuredBodies, side: str) -> Floats:
    found = [term.membership(bodies.posture_values, side) for term in terms]
    return np.nan_to_num(np.min(found, axis=0), nan=0.5)
