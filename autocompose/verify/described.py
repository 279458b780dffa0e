"""What descriptions of models mean more loosely than orders of people do.

They tell a movement and its end in one breath, name small changes, and take directions from the
picture where the body lies or hangs. Set on verdicts that were looked up (docs/claims.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from autocompose.body.paircodes import FACE_UP, UPSIDE_DOWN
from autocompose.language.reader.claims import Claim
from autocompose.language.words import UPPER_LIMB, other_side
from autocompose.tagger.claimed_change import Change, ChangeKind
from autocompose.thresholds import threshold
from autocompose.verify.ends import judge_end
from autocompose.verify.motions import bowing
from autocompose.verify.pair_bodies import MeasuredChange, PosePairMeasures
from autocompose.verify.places import Case
from autocompose.verify.verdicts import CONTRADICTED, SUPPORTED, Finding, reverses

_FEET = ("foot", "leg", "shin", "lower leg", "heel", "toes")
_LIFTED = ("leg", "thigh", "knee")
_OF_THE_FLOOR = ("forward", "back", "left", "right")
_OF_ARMS = (*_OF_THE_FLOOR, "up", "down", "in", "out", "across")
_PLACES = ("forward", "back", "in", "out")
"""Directions that are as often said of where a limb ends as of how it gets there."""
_ON_THE_BACK = (FACE_UP, UPSIDE_DOWN)
_LEVEL = threshold("level trunk")
"""Degrees of forward lean from which a trunk is level or hangs."""
_BOWED = threshold("bowed trunk")
"""Those from which arms that hang point nowhere near the hips."""
_OPPOSED = threshold("opposed hand")
"""Metres by which a hand rises or sinks against what is said, so that no view of it is right."""
_HEAD_STEP, _FOOT_STEP = threshold("loose head"), threshold("loose foot")
_OVERHEAD = threshold("overhead")
"""Trunk lengths above the hips from which a hand is up, whatever way it came."""


def loose_readings(
    pair: PosePairMeasures, part: str, change: Change, *, side: str = ""
) -> list[MeasuredChange]:
    """What descriptions also mean by a motion; soft, so that it only casts doubt.

    "Straighten up out of the bow" of a body whose hips stay as high; "the head comes up with the
    chest" of one that still looks down; "pull the foot in", under the hips or to the other foot;
    "lift the thigh" of one whose hips sink; "hips forward" over the foot that stands.

    Args:
        pair: both poses.
        part: as in `Claim`.
        change: a motion, not negated.
        side: of the part.
    """
    if change.kind is ChangeKind.MOVE and change.way in ("in", "out") and side and part in _FEET:
        return _from_under(pair, side, 1 if change.way == "out" else -1)
    if change.kind is ChangeKind.MOVE and change.way in ("forward", "back") and part == "hips":
        return _over_standing_foot(pair, 1 if change.way == "forward" else -1)
    if change.kind is not ChangeKind.MOVE or change.way not in ("up", "down"):
        return []
    sign = 1 if change.way == "up" else -1
    if part in _LIFTED and side:
        return _lifted(pair, side, sign, foot=part == "leg")
    if part == "body":
        return [bowing(pair, -sign, soft=True)]
    if part == "head":
        height = pair.height(pair.joint("head"))
        return [MeasuredChange("head height", "m", *height, _HEAD_STEP, sign, soft=True)]
    return []


def _from_under(pair: PosePairMeasures, side: str, sign: int) -> list[MeasuredChange]:
    """How far a foot is from under the hips, and from the other foot."""
    own, other = (pair.joint(f"{s}_ankle")[:, [0, 2]] for s in (side, other_side(side)))
    found = []
    for name, gap in (("under the hips", own), ("the other", own - other)):
        before, after = np.linalg.norm(gap, axis=1)
        label = f"{side} foot from {name}"
        found.append(MeasuredChange(label, "m", before, after, _FOOT_STEP, sign, soft=True))
    return found


def _over_standing_foot(pair: PosePairMeasures, sign: int) -> list[MeasuredChange]:
    """How far the hips are ahead of the lower foot: of the one that stands, if only one does."""
    feet = [pair.joint(f"{s}_ankle") for s in ("left", "right")]
    left_lower = feet[0][:, 1] < feet[1][:, 1]
    before, after = -np.where(left_lower, feet[0][:, 2], feet[1][:, 2])
    label = "pelvis from the standing foot"
    return [MeasuredChange(label, "m", before, after, _FOOT_STEP, sign, soft=True)]


def _lifted(pair: PosePairMeasures, side: str, sign: int, *, foot: bool) -> list[MeasuredChange]:
    """How high a knee is, seen from its hip; of a leg also how high its foot is."""
    knee, hip = (pair.joint(f"{side}_{name}")[:, 1] for name in ("knee", "hip"))
    before, after = knee - hip
    label = f"{side} knee over the hip"
    found = [MeasuredChange(label, "m", before, after, _FOOT_STEP, sign, soft=True)]
    if foot:
        before, after = pair.height(pair.joint(f"{side}_ankle"))
        label = f"{side} foot height"
        found.append(MeasuredChange(label, "m", before, after, _FOOT_STEP, sign, soft=True))
    return found


def take_the_picture(claim: Claim, pair: PosePairMeasures) -> NDArray[np.bool_]:
    """(N,) whether a direction may be of the picture, so that joints do not reject it.

    That is "forward" or "left" where a trunk is level or head down, or the body lies face up; in a
    description also "up", "across" and the like of arms where the trunk bows low.
    """
    change = claim.change
    of_arm = claim.described and claim.part in UPPER_LIMB and change.way in _OF_ARMS
    if not of_arm and (change.kind is not ChangeKind.MOVE or change.way not in _OF_THE_FLOOR):
        return np.array([False])
    before, after = pair.measure("posture")
    opposed = np.array([False])
    if of_arm and change.way in ("up", "down") and claim.side in ("left", "right"):
        first, last = pair.height(pair.joint(pair.moving(claim.part, claim.side)))
        opposed = (last - first) * (1 if change.way == "up" else -1) <= -_OPPOSED
    lean = np.fmax(*(np.abs(value) for value in pair.measure("lean_front")))
    low = lean > (_BOWED if of_arm else _LEVEL)
    doubtful = np.isin(before, _ON_THE_BACK) | np.isin(after, _ON_THE_BACK) | low
    return np.array(doubtful & ~opposed, dtype=np.bool_)


def overhead(claim: Claim, pair: PosePairMeasures, side: str) -> NDArray[np.bool_]:
    """(N,) whether an arm that is told to go up ends far up: "send the left arm up and out"."""
    if claim.part not in UPPER_LIMB or claim.change.way != "up" or side not in ("left", "right"):
        return np.array([False])
    level = pair.along(pair.joint(pair.moving(claim.part, side)), pair.up)[1]
    return np.array(level >= _OVERHEAD, dtype=np.bool_)


def end_or_way(end: Finding, case: Case, change: Change) -> Finding:
    """An end, or the way that an arm points: "hand hanging" of a forearm that hangs, however high.

    Args:
        end: of the part in the target.
        case: the part.
        change: as in `Claim`, not negated.
    """
    if not case.arm or change.kind is not ChangeKind.MOVE or change.way not in ("up", "down"):
        return end
    way = judge_end(case, replace(change, kind=ChangeKind.POINT))
    a, b = np.broadcast_arrays(end.codes, way.codes)
    codes = np.where((a == CONTRADICTED) & (b != CONTRADICTED), b, a)
    return Finding(codes.astype(np.int8), end.evidence)


def ends_there(change: Change, end: Finding, found: Sequence[MeasuredChange]) -> NDArray[np.bool_]:
    """Whether a part ends where it was told to go, though it moved little, or as to a place.

    "Reach both arms forward" is right of arms that point forward, whatever way they came.

    Args:
        change: a motion.
        end: what its state in the target is.
        found: readings of the motion.
    """
    placed = change.kind is ChangeKind.MOVE and change.way in _PLACES
    # The whole body may turn left under a head that ends turned right.
    firm = [reading for reading in found if not reading.soft] or found
    return np.array((end.codes == SUPPORTED) & (placed | ~reverses(firm)), dtype=np.bool_)
