# ruff: noqa: E501 (tables: one entry a line reads best)
"""Where a part is said to end: bends, heights, places, contacts, distances, and staying still."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autocompose.body.paircodes import FACE_DOWN, FACE_UP, UPRIGHT, UPSIDE_DOWN
from autocompose.tagger.claimed_change import Change, ChangeKind
from autocompose.verify.motions import HEIGHTS, distance, past_level
from autocompose.verify.pair_bodies import NOT_SEEN, Floats, MeasuredChange
from autocompose.verify.places import (
    FAR,
    UNTOLD,
    Case,
    above,
    across,
    at_height,
    below,
    beside,
    contact,
    in_front,
    in_line,
    nearer,
    off_floor,
    on_floor,
    under,
)
from autocompose.verify.spoken import (
    AHEAD_OF_HIPS,
    FORWARD_BACK,
    IN_FRONT,
    LEFT_RIGHT,
    OVER_FLOOR,
    OVER_HIPS,
    OVER_LEVEL,
    OWN_SIDE,
    UP_DOWN,
    Poles,
    Spoken,
    SpokenChange,
    at_row,
)
from autocompose.verify.verdicts import CONTRADICTED, SUPPORTED, Finding, of_readings, said, within


def judge_end(case: Case, change: Change) -> Finding:
    """Judge a state of the target pose, or what needs both poses to be told at all.

    Args:
        case: the part; its side is ``both`` only for distances of the two.
        change: of the claim, not negated.
    """
    judge = _JUDGES.get(change.kind)
    return UNTOLD if judge is None else judge(case, change)


def _angle(case: Case, kind: str) -> Finding:
    joint = {"thigh": "hip", "hip": "hip"}.get(case.part, case.part)
    if joint not in ("elbow", "knee", "hip"):
        return UNTOLD
    before, after = case.pair.measure(f"{case.side}_{joint}")
    words = MeasuredChange(f"{case.label} bend", "°", before, after, 15).words
    if kind == "90":
        return Finding(within(after, (58, 122), (38, 142)), words)
    if kind == "straighten":
        return Finding(within(after, (-1, 38), (-1, 62)), words)
    if kind != "bend":
        return UNTOLD
    low = 12 if case.degree == 1 else 25
    return Finding(within(after, (low, 181), (0.6 * low, 181)), words)


def _gap(case: Case, way: str) -> Finding:
    """``apart`` and ``together`` of the two of a part: by their change or by where they end."""
    joint = {"leg": "ankle", "foot": "ankle", "heel": "ankle", "arm": "hand", "palm": "hand"}.get(
        case.part, case.part
    )
    if joint not in ("ankle", "hand", "knee", "elbow", "toes"):
        return UNTOLD
    joint = "foot" if joint == "toes" else joint
    a, b = (case.pair.joint(f"{side}_{joint}") for side in ("left", "right"))
    sign = 1 if way == "apart" else -1
    gap = distance(case.pair, a, b)
    found = [MeasuredChange(f"{case.part} to {case.part}", "m", *gap, 0.1, sign)]
    if joint == "ankle":
        found.append(case.pair.reading("feet_apart", "feet sideways apart", sign=sign))
    moved = of_readings(found)
    near, far = (0.2, 0.3) if joint in ("ankle", "hand") else (0.22, 0.34)
    if case.degree == 1 and way == "apart":
        near, far = 0.05, 0.12  # "a small step apart"
    after = gap[1]
    if way == "apart":
        end = within(after, (far, FAR), (near, FAR))
    else:
        end = within(after, (0, near), (0, far + 0.12))
    if not case.state:
        return moved
    held = np.maximum(moved.codes, end)
    codes = np.where(held == SUPPORTED, SUPPORTED, np.where(end < 0, moved.codes, 0))
    return Finding(codes.astype(np.int8), moved.evidence)


def _still(case: Case) -> Finding:
    if case.part in ("body", "hips", "shoulder"):
        return UNTOLD
    if case.part in ("torso", "head"):
        names = ("lean_front", "lean_left") if case.part == "torso" else ("head_up", "head_left")
        moved = np.maximum(*(np.abs(b - a) for a, b in map(case.pair.measure, names)))
        words = said("{} moved by {:.0f}°", case.part, moved)
        return Finding(within(moved, (0, 15), (0, 45)), words)
    sides = [case.side] if case.side in ("left", "right") else ["left", "right"]
    shift = np.maximum.reduce([_shift(case, side) for side in sides])
    words = said("{} moved by {:.2f} m", case.label, shift)
    return Finding(within(shift, (0, 0.12), (0, 0.35)), words)


def _shift(case: Case, side: str) -> Floats:
    joint = case.pair.moving(case.part, side)
    points = case.pair.joint(joint)
    world = np.linalg.norm(points[1] - points[0], axis=0)
    if case.arm:
        axes = (case.pair.up, case.pair.left, case.pair.front)
        moved = [b - a for a, b in (case.pair.along(points, axis) for axis in axes)]
        return np.minimum(world, np.linalg.norm(moved, axis=0) * case.pair.trunk[1])
    other = "right" if side == "left" else "left"
    gap = points - case.pair.joint(joint.replace(side, other))
    return np.minimum(world, np.linalg.norm(gap[1] - gap[0], axis=0))


def _centre(case: Case, kind: str) -> Finding:
    if kind not in ("upright", "center") or case.part not in ("head", "torso", "body"):
        return UNTOLD
    names = ("lean_front", "lean_left") if kind == "upright" else ("twist_left", "lean_left")
    if case.part == "head":
        names = (
            ("head_tilt_left", "head_up") if kind == "upright" else ("head_left", "head_tilt_left")
        )
    (a, after_a), (b, after_b) = map(case.pair.measure, names)
    sizes = [np.abs(v) for v in (a, after_a, b, after_b)]
    worst = np.maximum(sizes[1], sizes[3])
    lost = np.maximum(sizes[0] - sizes[1], sizes[2] - sizes[3])
    gained = np.maximum(sizes[1] - sizes[0], sizes[3] - sizes[2])
    (first, poles_a), (second, poles_b) = (_ANGLES[name] for name in names)
    words = said(
        f"{first} {{}}, {second} {{}}",
        SpokenChange(a, after_a, "°", poles_a, 0),
        SpokenChange(b, after_b, "°", poles_b, 0),
    )
    held = (lost >= 9) | (worst <= 18)
    against = (gained >= 12) & (worst >= 45) & (lost < 5)
    codes = np.where(held, SUPPORTED, np.where(against, CONTRADICTED, 0)).astype(np.int8)
    return Finding(codes, words)


_ANGLES: dict[str, tuple[str, Poles]] = {
    "lean_front": ("leaning", FORWARD_BACK), "lean_left": ("leaning", LEFT_RIGHT),
    "twist_left": ("shoulders turned", LEFT_RIGHT), "head_left": ("head turned", LEFT_RIGHT),
    "head_tilt_left": ("head tilted", LEFT_RIGHT), "head_up": ("head", UP_DOWN),
}  # fmt: skip
"""Measure -> what it is called, and its two directions."""


def _facing(case: Case, change: Change) -> Finding:
    """Which way a body faces that may lie or hang; other postures are `held_postures`'."""
    kind = change.way
    if kind not in ("face down", "face up", "upside down"):
        return UNTOLD
    posture = case.pair.measure("posture")[1]
    after = np.where(np.isnan(posture), -1, np.round(posture)).astype(np.intp)
    wanted = {"face down": FACE_DOWN, "face up": FACE_UP, "upside down": UPSIDE_DOWN}[kind]
    codes = np.where(after == wanted, SUPPORTED, np.where(after == UPRIGHT, CONTRADICTED, 0))

    def evidence(row: int) -> str:
        at = int(at_row(after, row))
        return f"the body ends {_POSTURES[at]}" if at >= 0 else f"posture: {NOT_SEEN}"

    return Finding(codes.astype(np.int8), evidence)


_POSTURES = ("upright", "bent over", "face down", "face up", "on the left side", "on the right side", "upside down")  # fmt: skip


def _points(case: Case, way: str) -> Finding:
    start = {"arm": "shoulder", "upper arm": "shoulder", "elbow": "shoulder", "leg": "hip", "knee": "hip",
             "thigh": "hip", "forearm": "elbow", "hand": "elbow", "fingers": "elbow"}.get(case.part)  # fmt: skip
    if start is None or case.side not in ("left", "right"):
        return UNTOLD
    bone = case.pair.joint(case.joint) - case.pair.joint(f"{case.side}_{start}")
    bone = bone[1] / np.maximum(np.linalg.norm(bone[1], axis=0), 1e-9)
    own = 1 if case.side == "left" else -1
    axes = {
        "up": ((0, 1, 0), case.pair.up[1]), "down": ((0, -1, 0), -case.pair.up[1]),
        "forward": ((0, 0, 1), case.pair.front[1]), "back": ((0, 0, -1), -case.pair.front[1]),
        "left": ((1, 0, 0), case.pair.left[1]), "right": ((-1, 0, 0), -case.pair.left[1]),
        "out": ((own, 0, 0), own * case.pair.left[1]),
    }.get(way)  # fmt: skip
    if axes is None:
        return UNTOLD
    fixed, of_trunk = np.array(axes[0], dtype=np.float64), axes[1]
    best = np.maximum(fixed @ bone, (bone * of_trunk).sum(0))
    off = np.degrees(np.arccos(np.clip(best, -1, 1)))
    words = said("{} {:.0f}° off {}", case.label, off, way)
    return Finding(within(best, (0.5, 1.01), (-0.2, 1.01)), words)


def _held(case: Case, way: str) -> Finding:
    """``up``, ``out`` ... said of where a part is, not of how it moves."""
    if way in ("left", "right") and case.side in ("left", "right"):
        way = "out" if way == case.side else "in"
    if way not in ("up", "down", "forward", "back", "in", "out"):
        return UNTOLD
    if case.arm:
        value, supported, allowed = {
            "up": (case.level(), (0.75, FAR), (0.3, FAR)),
            "down": (case.level(), (-FAR, 0.3), (-FAR, 0.8)),
            "forward": (case.ahead(), (0.3, FAR), (0.0, FAR)),
            "back": (case.ahead(), (-FAR, -0.1), (-FAR, 0.15)),
            "out": (
                np.maximum(case.across(), 0.8 * np.hypot(case.across(), case.ahead())),
                (0.42, FAR),
                (0.25, FAR),
            ),
            "in": (case.across(), (-FAR, 0.35), (-FAR, 0.7)),
        }[way]
        shown = Spoken(value, " trunk lengths", _HELD_ARM[way])
        words = said("{} {}", case.label, shown)
        return Finding(within(value, supported, allowed), words)
    if case.part in ("head", "body", "torso", "hips"):
        return _held_midline(case, way)
    if case.part in ("knee", "thigh") and way in ("in", "out"):
        value = case.pair.measure(f"{case.side}_knee_out")[1]
        limits = ((0.25, FAR), (0.1, FAR)) if way == "out" else ((-FAR, 0.05), (-FAR, 0.25))
        shown = Spoken(value, " thigh lengths", OWN_SIDE)
        return Finding(within(value, *limits), said("{} {}", case.label, shown))
    lifted = case.pair.measure(f"{case.side}_foot_up")[1]
    if case.part == "heel":
        lifted = case.pair.height(case.pair.joint(f"{case.side}_ankle"))[1] - 0.06
    ahead = case.pair.measure(f"{case.side}_foot_front")[1]
    out = case.pair.measure(f"{case.side}_foot_out")[1]
    value, supported, allowed = {
        "up": (lifted, (0.1, FAR), (0.04, FAR)), "down": (lifted, (-FAR, 0.1), (-FAR, 0.25)),
        "forward": (ahead, (0.12, FAR), (-0.05, FAR)), "back": (ahead, (-FAR, -0.12), (-FAR, 0.05)),
        "out": (out, (0.22, FAR), (0.1, FAR)), "in": (out, (-FAR, 0.1), (-FAR, 0.25)),
    }[way]  # fmt: skip
    shown = Spoken(value, " m", _HELD_FOOT[way])
    return Finding(within(value, supported, allowed), said("{} {}", case.label, shown))


_HELD_ARM = {"up": OVER_HIPS, "down": OVER_HIPS, "forward": IN_FRONT, "back": IN_FRONT, "in": OWN_SIDE, "out": OWN_SIDE}  # fmt: skip
_HELD_FOOT = {"up": OVER_FLOOR, "down": OVER_FLOOR, "forward": AHEAD_OF_HIPS, "back": AHEAD_OF_HIPS, "in": OWN_SIDE, "out": OWN_SIDE}  # fmt: skip


def _held_midline(case: Case, way: str) -> Finding:
    """``head up``, ``hips down``: the gaze above level, or the height of the pelvis."""
    if way not in ("up", "down"):
        return UNTOLD
    sign = 1 if way == "up" else -1
    if case.part == "head":
        gaze = (case.pair.joint("nose") - case.pair.joint("head"))[1]
        level = gaze[1] / np.maximum(np.linalg.norm(gaze, axis=0), 1e-9)
        pitch = np.degrees(np.arcsin(level))
        words = said("gaze {}", Spoken(pitch, "°", OVER_LEVEL, 0))
        return Finding(within(sign * pitch, (12, 91), (-2, 91)), words)
    height = case.pair.measure("pelvis_height")[1]
    words = said("pelvis height {:.2f} leg lengths", height)
    return Finding(within(sign * (height - 0.87), (0.07, FAR), (-0.08, FAR)), words)


def _turned(case: Case, kind: str, way: str) -> Finding:
    """Leaning, turned or tilted in the target; with a number of degrees, about as far."""
    way, _, degrees = way.partition(" ")
    name = {
        ("lean", True): "lean_front", ("lean", False): "lean_left", ("tilt", False): "head_tilt_left",
        ("turn", False): "head_left" if case.part == "head" else "twist_left",
    }.get((kind, way in ("forward", "back")))  # fmt: skip
    if way not in ("forward", "back", "left", "right"):
        return UNTOLD
    if name is None or case.part not in ("head", "torso", "body"):
        return UNTOLD
    sign = 1 if way in ("forward", "left") else -1
    before, after = case.pair.measure(name)
    if name == "lean_front":
        after = past_level(after)
    label, poles = _ANGLES[name]
    words = said(f"{label} {{}}", SpokenChange(before, after, "°", poles, 0))
    if degrees.isdigit():
        off = np.abs(sign * after - int(degrees))
        return Finding(within(off, (0, 15), (0, 30)), words)
    return Finding(within(sign * after, (12, 181), (5, 181)), words)


def _height(case: Case, change: Change) -> Finding:
    if change.way != "at" or change.place not in HEIGHTS:
        return UNTOLD
    return at_height(case, change.place)


def _place(case: Case, change: Change) -> Finding:
    """Relations to a place of the body or to the floor."""
    way, place = change.way, change.place
    side = change.place_side if change.place_side in ("left", "right") else None
    if place == "floor":
        judge = {"on": on_floor, "off": off_floor}.get(way)
        return UNTOLD if judge is None else judge(case)
    if way == "level with":
        return in_line(case) if place in ("foot", "leg") else _level_with(case, place)
    if way in ("in front", "behind") and not place:
        return in_front(case, way)
    if way == "under" and not place:
        return under(case)
    if way == "beside" and side is None and place in ("", "hip", "thigh", "body"):
        return beside(case)
    if way == "across" and not place:
        return across(case)
    found = _RELATIONS.get(way)
    if found is None or not case.pair.has_place(place):
        return UNTOLD
    return found(case, side, place)


def _level_with(case: Case, place: str) -> Finding:
    known = ("hip", "shoulder", "head", "chest", "waist", "knee")
    return at_height(case, place) if place in known else UNTOLD


_RELATIONS: dict[str, Callable[[Case, str | None, str], Finding]] = {
    "above": above,
    "below": below,
    "in front of": lambda case, side, place: in_front(case, "in front of", side, place),
    "behind": lambda case, side, place: in_front(case, "behind", side, place),
    "across": across,
    "closer to": lambda case, side, place: nearer(case, "closer to", side, place),
    "away from": lambda case, side, place: nearer(case, "away from", side, place),
    "on": lambda case, side, place: contact(case, "on", side, place),
    "near": lambda case, side, place: contact(case, "near", side, place),
    "beside": lambda case, side, place: contact(case, "beside", side, place),
    "to": lambda case, side, place: contact(case, "to", side, place),
}
_JUDGES: dict[ChangeKind, Callable[[Case, Change], Finding]] = {
    ChangeKind.ANGLE: lambda case, change: _angle(case, change.way),
    ChangeKind.HEIGHT: _height,
    ChangeKind.PLACE: _place,
    ChangeKind.GAP: lambda case, change: _gap(case, change.way),
    ChangeKind.STILL: lambda case, change: _still(case),
    ChangeKind.POSTURE: _facing,
    ChangeKind.HOLD: lambda case, change: _centre(case, change.way),
    ChangeKind.POINT: lambda case, change: _points(case, change.way),
    ChangeKind.MOVE: lambda case, change: _held(case, change.way),
    ChangeKind.LEAN: lambda case, change: _turned(case, "lean", change.way),
    ChangeKind.TURN: lambda case, change: _turned(case, "turn", change.way),
    ChangeKind.TILT: lambda case, change: _turned(case, "tilt", change.way),
}
