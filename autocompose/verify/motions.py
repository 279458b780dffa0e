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
    if part == "head":
        return _head(pair, change)
    if part == "hips":
        return _hips(pair, change)
    moves = change.kind is ChangeKind.MOVE
    if part == "shoulder":
        return _shoulder(pair, side, change.way) if moves else []
    if part in ("hand", "palm", "fingers", "arm", "forearm", "elbow", "upper arm", "limb"):
        return _arm(pair, part, side, change.way) if moves else []
    if change.kind is ChangeKind.TURN:
        return _turned_leg(pair, part, side, change.way)
    return _leg(pair, part, side, change.way) if moves else []


def _sides(pair: PosePairMeasures, joint: str, change: str, label: str) -> list[MeasuredChange]:
    """Left and right of the subject, along the trunk's and along the hips' axis."""
    points = pair.joint(joint)
    sign = 1 if change == "left" else -1
    trunk = pair.along(points, pair.left)
    return [
        MeasuredChange(f"{label} to the left", "trunk", *trunk, 0.18, sign),
        MeasuredChange(f"{label} to the left", "m", points[0, 0], points[1, 0], 0.1, sign),
    ]


def _arm(pair: PosePairMeasures, part: str, side: str, change: str) -> list[MeasuredChange]:
    label = f"{side} {part}"
    joint = pair.moving(part, side)
    points = pair.joint(joint)
    is_hand = joint.endswith(("hand", "wrist"))
    if change in ("up", "down"):
        sign = 1 if change == "up" else -1
        found = [
            MeasuredChange(f"{label} height", "m", *pair.height(points), 0.1, sign),
            MeasuredChange(
                f"{label} height along the trunk", "trunk", *pair.along(points, pair.up), 0.16, sign
            ),
        ]
        if part != "hand":
            found.append(pair.reading(f"{side}_upper_arm", f"{side} upper arm", sign=sign))
        return found
    if change in ("forward", "back"):
        sign = 1 if change == "forward" else -1
        found = [
            MeasuredChange(
                f"{label} in front", "trunk", *pair.along(points, pair.front), 0.2, sign
            ),
            MeasuredChange(f"{label} in front", "m", points[0, 2], points[1, 2], 0.11, sign),
        ]
        if is_hand and part == "arm":
            elbow = pair.along(pair.joint(f"{side}_elbow"), pair.front)
            found.append(MeasuredChange(f"{side} elbow in front", "trunk", *elbow, 0.2, sign))
        return found
    if change in ("in", "out"):
        sign = 1 if change == "out" else -1
        own = 1 if side == "left" else -1
        across = pair.along(points, own * pair.left)
        depth = pair.along(points, pair.front)
        away = (np.hypot(across[0], depth[0]), np.hypot(across[1], depth[1]))
        return [
            MeasuredChange(f"{label} outward", "trunk", *across, 0.2 if is_hand else 0.15, sign),
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
            found.append(pair.reading(f"{side}_knee_up", f"{side} knee height to hip", sign=sign))
            knee = pair.height(pair.joint(f"{side}_knee"))
            found.append(MeasuredChange(f"{side} knee height", "m", *knee, 0.12, sign))
        if foot_like:
            found.append(pair.reading(f"{side}_foot_up", f"{side} foot height", sign=sign))
            ankle = pair.height(pair.joint(f"{side}_ankle"))
            found.append(MeasuredChange(f"{side} ankle height", "m", *ankle, 0.12, sign))
        return found
    if change in ("forward", "back"):
        sign = 1 if change == "forward" else -1
        if knee_like:
            found.append(pair.reading(f"{side}_knee_front", f"{side} knee in front", sign=sign))
        if foot_like:
            found.append(pair.reading(f"{side}_foot_front", f"{side} foot in front", sign=sign))
            gap = _relative(pair, f"{side}_ankle", 2)
            found.append(
                MeasuredChange(f"{side} foot ahead of the other", "m", *gap, 0.14, sign, soft=True)
            )
        return found
    if change in ("in", "out"):
        sign = 1 if change == "out" else -1
        if knee_like:
            found.append(pair.reading(f"{side}_knee_out", f"{side} knee outward", sign=sign))
        if foot_like:
            found.append(pair.reading(f"{side}_foot_out", f"{side} foot outward", sign=sign))
            own = 1 if side == "left" else -1
            gap = _relative(pair, f"{side}_ankle", 0)
            gap = (own * gap[0], own * gap[1])
            found.append(
                MeasuredChange(f"{side} foot from the other", "m", *gap, 0.1, sign, soft=True)
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
                MeasuredChange(f"{side} foot left of the other", "m", *gap, 0.1, sign, soft=True)
            )
        return found
    return []


def _turned_leg(pair: PosePairMeasures, part: str, side: str, way: str) -> list[MeasuredChange]:
    """A knee that turns in or out moves to that side; of a foot the joints show no turn."""
    if way not in ("in", "out") or part == "foot":
        return []
    sign = 1 if way == "out" else -1
    return [pair.reading(f"{side}_knee_out", f"{side} knee outward", sign=sign)]


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
            return [MeasuredChange("forward lean", "°", before, known, 10, sign)]
        if way in ("left", "right"):
            return [pair.reading("lean_left", "lean to the left", sign=1 if way == "left" else -1)]
        if way.startswith("less "):
            sign = -1 if way == "less left" else 1
            return [pair.reading("lean_left", "lean to the left", sign=sign)]
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
        twist = pair.reading("twist_left", "shoulders turned to the left", sign=sign)
        return [*_turned(pair, sign, twist, soft=part == "torso"), twist]
    if change.kind is ChangeKind.MOVE and way in ("up", "down"):
        sign = 1 if way == "up" else -1
        found = [
            MeasuredChange("neck height", "m", *pair.height(pair.joint("neck")), 0.07, sign),
            pair.reading("pelvis_height", "pelvis height", sign=sign),
        ]
        if part == "torso":
            before, after = map(past_level, pair.measure("lean_front"))
            found.append(MeasuredChange("forward lean", "°", before, after, 10, -sign))
        return found
    return []


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
    found = [MeasuredChange("body turned to the left", "°", 0.0, turn, step, sign, soft=soft)]
    if twist is not None:
        after = turn + twist.after - twist.before
        found.append(
            MeasuredChange("shoulders in the room", "°", 0.0, after, step, sign, soft=True)
        )
    return found


def _head(pair: PosePairMeasures, change: Change) -> list[MeasuredChange]:
    way = change.way
    if change.kind is ChangeKind.MOVE and way in ("up", "down"):
        sign = 1 if way == "up" else -1
        gaze = pair.joint("nose") - pair.joint("head")
        pitch = np.degrees(np.arcsin(gaze[:, 1] / np.maximum(np.linalg.norm(gaze, axis=1), 1e-9)))
        return [
            pair.reading("head_up", "gaze to the trunk", sign=sign),
            MeasuredChange("gaze above level", "°", pitch[0], pitch[1], 12, sign),
        ]
    if change.kind is ChangeKind.TURN and way in ("left", "right"):
        sign = 1 if way == "left" else -1
        head, twist = pair.measure("head_left"), pair.measure("twist_left")
        both = (head[0] + twist[0], head[1] + twist[1])
        return [
            pair.reading("head_left", "head turned to the left", sign=sign),
            MeasuredChange(
                "head and shoulders turned to the left", "°", *both, 14, sign, soft=True
            ),
            *_turned(pair, sign, None, soft=True),
        ]
    if change.kind is ChangeKind.TILT and way in ("left", "right"):
        sign = 1 if way == "left" else -1
        return [pair.reading("head_tilt_left", "head tilt to the left", sign=sign)]
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
        name = "pelvis left of the feet" if axis == 0 else "pelvis ahead of the feet"
        return [MeasuredChange(name, "m", -feet[0, axis], -feet[1, axis], 0.07, sign)]
    return []


def _shoulder(pair: PosePairMeasures, side: str, change: str) -> list[MeasuredChange]:
    if change in ("up", "down"):
        sign = 1 if change == "up" else -1
        gap = _relative(pair, f"{side}_shoulder", 1)
        return [MeasuredChange(f"{side} shoulder above the other", "m", *gap, 0.05, sign)]
    if change in ("forward", "back"):
        sign = 1 if change == "forward" else -1
        gap = _relative(pair, f"{side}_shoulder", 2)
        return [MeasuredChange(f"{side} shoulder ahead of the other", "m", *gap, 0.07, sign)]
    return []


def distance(pair: PosePairMeasures, a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Distance of two points in both poses, metres."""
    gap = np.linalg.norm(a - b, axis=1)
    return gap[0], gap[1]


def trunk_level(mark: str) -> float | None:
    """Height of a landmark in trunk lengths above the pelvis, or None."""
    return _TRUNK_LEVEL.get(mark)
