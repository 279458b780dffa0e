# ruff: noqa: E501 (tables: one entry a line reads best)
"""What the joints of two poses say about one kind of claim, in numbers.

A *reading* is one number that would change if the claim were true, measured in both poses. People
name directions loosely (a hand goes "up" along the trunk or above the floor), so most claims have
several readings; `autocompose.verify.judge` accepts a claim that one of them bears out and
rejects it only when none does.
"""

from __future__ import annotations

import numpy as np

from autocompose.body.paircodes import COLUMN, MEASURES
from autocompose.tagger.claimed_change import Change, ChangeKind
from autocompose.verify.pair_bodies import Floats, MeasuredChange, PosePairMeasures
from autocompose.verify.spoken import (
    AHEAD_OF_FEET,
    AHEAD_OF_OTHER,
    FORWARD_BACK,
    IN_FRONT,
    LEFT_OF_FEET,
    LEFT_OF_OTHER,
    LEFT_RIGHT,
    OUT_FROM_OTHER,
    OUTWARD,
    OVER_FLOOR,
    OVER_HIP,
    OVER_HIPS,
    OVER_LEVEL,
    OVER_OTHER,
    OWN_SIDE,
    TO_THE_LEFT,
    UP_DOWN,
)

_TRUNK_LEVEL = {"hip": 0.02, "waist": 0.34, "back": 0.4, "chest": 0.66, "shoulder": 0.94, "chin": 1.1, "face": 1.28, "head": 1.32, "over": 1.6, "thigh": -0.3, "knee": -0.75}  # fmt: skip
"""Height of a landmark along the trunk, pelvis 0, neck 1."""
HEIGHTS = frozenset(_TRUNK_LEVEL) | {"foot", "shin", "floor"}
"""Places whose height can be told."""


def readings(pair: PosePairMeasures, part: str, side: str, change: Change) -> list[MeasuredChange]:
    """The numbers that tell whether a part moved as claimed.

    Args:
        pair: both poses.
        part: as in `Claim`.
        side: ``left``, ``right``, or empty for a part on the midline.
        change: a motion (``up``, ``bend``, ``lean left`` ...), not negated.

    Returns:
        Readings; empty when the joints cannot tell.
    """
    found = _readings(pair, part, side, change)
    return [r for r in found if not np.isnan(r.after - r.before).all()]


def _readings(pair: PosePairMeasures, part: str, side: str, change: Change) -> list[MeasuredChange]:
    label = f"{side} {part}".strip()
    if change.kind is ChangeKind.ANGLE:
        if change.way not in ("bend", "straighten"):
            return []
        sign = 1 if change.way == "bend" else -1
        if part in ("elbow", "knee"):
            return [pair.reading(f"{side}_{part}", f"{label} bend", sign=sign)]
        if part in ("thigh", "hip"):
            return [pair.reading(f"{side}_hip", f"{side} hip bend", sign=sign)]
        return []
    if part in ("torso", "body"):
        return _trunk(pair, part, change)
    if part in ("head", "gaze"):
        return _head(pair, change)
    if part == "hips":
        return _hips(pair, change)
    moves = change.kind is ChangeKind.MOVE
    if part == "shoulder":
        return _shoulder(pair, side, change.way) if moves else []
    if part in ("hand", "palm", "fingers", "arm", "forearm", "elbow", "upper arm", "limb"):
        return _arm(pair, part, side, change.way) if moves else []
    if not side:
        return []  # a leg of which no side is told
    if change.kind is ChangeKind.TURN:
        return _turned_leg(pair, part, side, change.way)
    return _leg(pair, part, side, change.way) if moves else []


def _sides(pair: PosePairMeasures, joint: str, change: str, label: str) -> list[MeasuredChange]:
    """Left and right of the subject, along the trunk's and along the hips' axis."""
    points = pair.joint(joint)
    sign = 1 if change == "left" else -1
    trunk = pair.along(points, pair.left)
    return [
        MeasuredChange(label, "trunk", *trunk, 0.18, sign, poles=TO_THE_LEFT),
        MeasuredChange(label, "m", points[0, 0], points[1, 0], 0.1, sign, poles=TO_THE_LEFT),
    ]


def _arm(pair: PosePairMeasures, part: str, side: str, change: str) -> list[MeasuredChange]:
    label = f"{side} {part}"
    joint = pair.moving(part, side)
    points = pair.joint(joint)
    is_hand = joint.endswith(("hand", "wrist"))
    if change in ("up", "down"):
        sign = 1 if change == "up" else -1
        found = [
            MeasuredChange(label, "m", *pair.height(points), 0.1, sign, poles=OVER_FLOOR),
            MeasuredChange(
                f"{label} along the trunk",
                "trunk",
                *pair.along(points, pair.up),
                0.16,
                sign,
                poles=OVER_HIPS,
            ),
        ]
        if part != "hand":
            found.append(pair.reading(f"{side}_upper_arm", f"{side} upper arm", sign=sign))
        return found
    if change in ("forward", "back"):
        sign = 1 if change == "forward" else -1
        found = [
            MeasuredChange(
                label, "trunk", *pair.along(points, pair.front), 0.2, sign, poles=IN_FRONT
            ),
            MeasuredChange(label, "m", points[0, 2], points[1, 2], 0.11, sign, poles=IN_FRONT),
        ]
        if is_hand and part == "arm":
            elbow = pair.along(pair.joint(f"{side}_elbow"), pair.front)
            found.append(
                MeasuredChange(f"{side} elbow", "trunk", *elbow, 0.2, sign, poles=IN_FRONT)
            )
        return found
    if change in ("in", "out"):
        sign = 1 if change == "out" else -1
        own = 1 if side == "left" else -1
        across = pair.along(points, own * pair.left)
        depth = pair.along(points, pair.front)
        away = (np.hypot(across[0], depth[0]), np.hypot(across[1], depth[1]))
        return [
            MeasuredChange(label, "trunk", *across, 0.2 if is_hand else 0.15, sign, poles=OWN_SIDE),
            MeasuredChange(
                f"{label} from the body", "trunk", *away, 0.2 if is_hand else 0.15, sign
            ),
        ]
    if change in ("left", "right"):
        return _sides(pair, joint, change, label)
    return []


def _leg(pair: PosePairMeasures, part: str, side: str, change: str) -> list[MeasuredChange]:
    label = f"{side} {part}"
    joint = pair.moving(part, side)
    foot_like = part in ("foot", "heel", "toes", "leg", "lower leg", "shin")
    knee_like = part in ("knee", "thigh", "leg")
    found: list[MeasuredChange] = []
    if change in ("up", "down"):
        sign = 1 if change == "up" else -1
        if knee_like:
            found.append(pair.reading(f"{side}_knee_up", f"{side} knee", sign=sign, poles=OVER_HIP))
            knee = pair.height(pair.joint(f"{side}_knee"))
            found.append(MeasuredChange(f"{side} knee", "m", *knee, 0.12, sign, poles=OVER_FLOOR))
        if foot_like:
            found.append(
                pair.reading(f"{side}_foot_up", f"{side} foot", sign=sign, poles=OVER_FLOOR)
            )
            ankle = pair.height(pair.joint(f"{side}_ankle"))
            found.append(MeasuredChange(f"{side} ankle", "m", *ankle, 0.12, sign, poles=OVER_FLOOR))
        return found
    if change in ("forward", "back"):
        sign = 1 if change == "forward" else -1
        if knee_like:
            found.append(
                pair.reading(f"{side}_knee_front", f"{side} knee", sign=sign, poles=IN_FRONT)
            )
        if foot_like:
            found.append(
                pair.reading(f"{side}_foot_front", f"{side} foot", sign=sign, poles=IN_FRONT)
            )
            gap = _relative(pair, f"{side}_ankle", 2)
            found.append(
                MeasuredChange(
                    f"{side} foot", "m", *gap, 0.14, sign, soft=True, poles=AHEAD_OF_OTHER
                )
            )
        return found
    if change in ("in", "out"):
        sign = 1 if change == "out" else -1
        if knee_like:
            found.append(pair.reading(f"{side}_knee_out", f"{side} knee", sign=sign, poles=OUTWARD))
        if foot_like:
            found.append(pair.reading(f"{side}_foot_out", f"{side} foot", sign=sign, poles=OUTWARD))
            own = 1 if side == "left" else -1
            gap = _relative(pair, f"{side}_ankle", 0)
            gap = (own * gap[0], own * gap[1])
            found.append(
                MeasuredChange(
                    f"{side} foot", "m", *gap, 0.1, sign, soft=True, poles=OUT_FROM_OTHER
                )
            )
        if change == "in" and part in ("knee", "thigh"):
            # "Bring the knee in": toward the chest.
            found.append(pair.reading(f"{side}_hip", f"{side} hip bend"))
        return found
    if change in ("left", "right"):
        own_side = (change == side) and foot_like
        found = _sides(pair, joint, change, label)[1:]
        if own_side or foot_like:
            gap = _relative(pair, f"{side}_ankle", 0)
            sign = 1 if change == "left" else -1
            found.append(
                MeasuredChange(f"{side} foot", "m", *gap, 0.1, sign, soft=True, poles=LEFT_OF_OTHER)
            )
        return found
    return []


def _turned_leg(pair: PosePairMeasures, part: str, side: str, way: str) -> list[MeasuredChange]:
    """A knee that turns in or out moves to that side; of a foot the joints show no turn."""
    if way not in ("in", "out") or part == "foot":
        return []
    sign = 1 if way == "out" else -1
    return [pair.reading(f"{side}_knee_out", f"{side} knee", sign=sign, poles=OUTWARD)]


def _relative(pair: PosePairMeasures, joint: str, axis: int) -> tuple[Floats, Floats]:
    other = joint.replace("left", "\0").replace("right", "left").replace("\0", "right")
    gap = pair.joint(joint)[:, axis] - pair.joint(other)[:, axis]
    return gap[0], gap[1]


def _trunk(pair: PosePairMeasures, part: str, change: Change) -> list[MeasuredChange]:
    way = change.way.rstrip("0123456789 ")  # "lean forward 45": how far is not measured
    if change.kind is ChangeKind.LEAN:
        if way in ("forward", "back"):
            sign = 1 if way == "forward" else -1
            before, after = map(past_level, pair.measure("lean_front"))
            known = _unless_folded(before, after)
            return [MeasuredChange("leaning", "°", before, known, 10, sign, poles=FORWARD_BACK)]
        if way in ("left", "right"):
            return [_leaning_left(pair, 1 if way == "left" else -1)]
        if way.startswith("less "):
            sign = -1 if way == "less left" else 1
            return [_leaning_left(pair, sign)]
        if way != "less":
            return []
        front, side = (
            [np.abs(v) for v in pair.measure(name)] for name in ("lean_front", "lean_left")
        )
        return [
            MeasuredChange("lean", "°", front[0], _unless_folded(front[0], front[1]), 10, -1),
            MeasuredChange(
                "lean", "°", side[0], _unless_folded(front[0], front[1], side[1]), 10, -1
            ),
        ]
    if change.kind is ChangeKind.TURN and way in ("left", "right"):
        sign = 1 if way == "left" else -1
        twist = pair.reading("twist_left", "shoulders turned", sign=sign, poles=LEFT_RIGHT)
        return [*_turned(pair, sign, twist, soft=part == "torso"), twist]
    if change.kind is ChangeKind.MOVE and way in ("up", "down"):
        sign = 1 if way == "up" else -1
        found = [
            MeasuredChange("neck height", "m", *pair.height(pair.joint("neck")), 0.07, sign),
            pair.reading("pelvis_height", "pelvis height", sign=sign),
        ]
        if part == "torso":
            found.append(bowing(pair, -sign))
        return found
    return []


def _leaning_left(pair: PosePairMeasures, sign: int) -> MeasuredChange:
    return pair.reading("lean_left", "leaning", sign=sign, poles=LEFT_RIGHT)


def bowing(pair: PosePairMeasures, sign: int, *, soft: bool = False) -> MeasuredChange:
    """How far the trunk leans forward; with sign -1 it straightens up."""
    before, after = map(past_level, pair.measure("lean_front"))
    return MeasuredChange("leaning", "°", before, after, 10, sign, soft, FORWARD_BACK)


def past_level(lean: Floats) -> Floats:
    """The forward lean of a body that lies on its back past level is one of a body on its face."""
    return np.where(np.abs(lean) > 90, np.abs(lean), lean)


def _unless_folded(before: Floats, after: Floats, value: Floats | None = None) -> Floats:
    """A value of the target, unknown for a body that is folded over in both poses.

    Degrees of its trunk tell no more.
    """
    return np.where(np.minimum(before, after) > 70, np.nan, after if value is None else value)


def _turned(
    pair: PosePairMeasures, sign: int, twist: MeasuredChange | None, *, soft: bool
) -> list[MeasuredChange]:
    """The turn of the whole body, and of the shoulders in the room, where headings are known."""
    turn = pair.turn
    step = MEASURES[COLUMN["turn_left"]].steps[0]
    turn = np.where(np.abs(turn) > 150, sign * np.abs(turn), turn)  # half a circle: to either side
    found = [MeasuredChange("body turned", "°", 0.0, turn, step, sign, soft=soft, poles=LEFT_RIGHT)]
    if twist is not None:
        after = turn + twist.after - twist.before
        found.append(
            MeasuredChange(
                "shoulders in the room turned",
                "°",
                0.0,
                after,
                step,
                sign,
                soft=True,
                poles=LEFT_RIGHT,
            )
        )
    return found


def _head(pair: PosePairMeasures, change: Change) -> list[MeasuredChange]:
    way = change.way
    if change.kind is ChangeKind.MOVE and way in ("up", "down"):
        sign = 1 if way == "up" else -1
        gaze = pair.joint("nose") - pair.joint("head")
        pitch = np.degrees(np.arcsin(gaze[:, 1] / np.maximum(np.linalg.norm(gaze, axis=1), 1e-9)))
        return [
            pair.reading("head_up", "head", sign=sign, poles=UP_DOWN),
            MeasuredChange("gaze", "°", pitch[0], pitch[1], 12, sign, poles=OVER_LEVEL),
        ]
    if change.kind is ChangeKind.TURN and way in ("left", "right"):
        sign = 1 if way == "left" else -1
        head, twist = pair.measure("head_left"), pair.measure("twist_left")
        both = (head[0] + twist[0], head[1] + twist[1])
        return [
            pair.reading("head_left", "head turned", sign=sign, poles=LEFT_RIGHT),
            MeasuredChange(
                "head and shoulders turned", "°", *both, 14, sign, soft=True, poles=LEFT_RIGHT
            ),
            *_turned(pair, sign, None, soft=True),
        ]
    if change.kind is ChangeKind.TILT and way in ("left", "right"):
        sign = 1 if way == "left" else -1
        return [pair.reading("head_tilt_left", "head tilted", sign=sign, poles=LEFT_RIGHT)]
    return []


def _hips(pair: PosePairMeasures, change: Change) -> list[MeasuredChange]:
    way = change.way
    if change.kind is ChangeKind.TURN and way in ("left", "right"):
        return _turned(pair, 1 if way == "left" else -1, None, soft=False)
    feet = 0.5 * (pair.joint("left_ankle") + pair.joint("right_ankle"))
    if change.kind is ChangeKind.MOVE and way in ("up", "down"):
        sign = 1 if way == "up" else -1
        height = pair.height(pair.joint("pelvis"))
        return [
            pair.reading("pelvis_height", "pelvis height", sign=sign),
            MeasuredChange("pelvis height", "m", *height, 0.07, sign),
        ]
    if change.kind is ChangeKind.MOVE and way in ("left", "right", "forward", "back"):
        axis, sign = (0, 1) if way in ("left", "right") else (2, 1)
        sign = sign if way in ("left", "forward") else -1
        poles = LEFT_OF_FEET if axis == 0 else AHEAD_OF_FEET
        before, after = -feet[:, axis]
        return [MeasuredChange("pelvis", "m", before, after, 0.07, sign, poles=poles)]
    return []


def _shoulder(pair: PosePairMeasures, side: str, change: str) -> list[MeasuredChange]:
    if change in ("up", "down"):
        sign = 1 if change == "up" else -1
        gap = _relative(pair, f"{side}_shoulder", 1)
        return [MeasuredChange(f"{side} shoulder", "m", *gap, 0.05, sign, poles=OVER_OTHER)]
    if change in ("forward", "back"):
        sign = 1 if change == "forward" else -1
        gap = _relative(pair, f"{side}_shoulder", 2)
        return [MeasuredChange(f"{side} shoulder", "m", *gap, 0.07, sign, poles=AHEAD_OF_OTHER)]
    return []


def distance(pair: PosePairMeasures, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Distance of two points in both poses, metres."""
    gap = np.linalg.norm(a - b, axis=1)
    return gap[0], gap[1]


def trunk_level(mark: str) -> float | None:
    """Height of a landmark in trunk lengths above the pelvis, or None."""
    return _TRUNK_LEVEL.get(mark)
