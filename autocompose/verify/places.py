"""Where a part is said to end: heights, places before and behind, contacts, the floor."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from autocompose.language.reader.claims import Outcome
from autocompose.language.words import UPPER_LIMB
from autocompose.verify.motions import distance, trunk_level
from autocompose.verify.pair_bodies import Floats, MeasuredChange, PosePairMeasures
from autocompose.verify.spoken import (
    AHEAD_OF_HIPS,
    AHEAD_OF_OTHER_FOOT,
    BEFORE_TRUNK,
    IN_FRONT,
    OVER_FLOOR,
    OVER_HIPS,
    OWN_SIDE,
    Spoken,
    SpokenChange,
    at_row,
)
from autocompose.verify.verdicts import SUPPORTED, Finding, of_readings, said, within

FAR = 1e9
_UPPER = UPPER_LIMB | {"limb"}
_STANDING = {"hip": (0.85,), "waist": (0.98,), "knee": (0.46,), "chest": (1.15,), "shin": (0.25,)}
_RADIUS = {
    "head": 0.24,
    "face": 0.3,
    "chest": 0.3,
    "waist": 0.32,
    "back": 0.3,
    "thigh": 0.26,
    "chin": 0.26,
}
"""Within which a hand is on a place, metres; 0.2 for the others."""


_OVER = ("{} above", "{} below")
UNTOLD = Finding.same(Outcome.UNKNOWN, "the joints cannot tell")


class Case:
    """The part whose end is asked for."""

    def __init__(
        self,
        pair: PosePairMeasures,
        part: str,
        side: str,
        degree: int | None,
        state: bool,
    ) -> None:
        self.pair, self.part, self.side, self.degree, self.state = pair, part, side, degree, state
        self.label = f"{side} {part}".strip()
        self.arm = part in _UPPER

    @property
    def joint(self) -> str:
        """The joint that stands for the part."""
        if self.part in ("body", "torso", "hips"):
            return "pelvis"
        return "head" if self.part == "head" else self.pair.moving(self.part, self.side)

    def level(self, joint: str = "") -> Floats:
        """Height of the part in the target, trunk lengths above the pelvis along the trunk."""
        return self.pair.along(self.pair.joint(joint or self.joint), self.pair.up)[1]

    def ahead(self, joint: str = "") -> Floats:
        """How far the part is in front of the trunk in the target, in trunk lengths."""
        return self.pair.along(self.pair.joint(joint or self.joint), self.pair.front)[1]

    def across(self) -> Floats:
        """How far the part is out on its own side in the target, in trunk lengths."""
        own = 1 if self.side == "left" else -1
        return self.pair.along(self.pair.joint(self.joint), own * self.pair.left)[1]


def at_height(case: Case, mark: str) -> Finding:
    """The part ends at the height of a place of the body."""
    level = trunk_level(mark)
    points = case.pair.joint(case.joint)
    words = said("{} {}", case.label, Spoken(case.level(), " trunk lengths", OVER_HIPS))
    if mark == "floor":
        return on_floor(case)
    if not case.arm:
        height = case.pair.height(points)[1]
        at = _height_of(case, mark)
        # People also mean the height that the place has when one stands.
        heights = [height]
        if case.part in ("leg", "thigh"):
            heights.append(case.pair.height(case.pair.joint(f"{_own(case)}_knee"))[1])
        gaps = [h - level for h in heights for level in (at, *_STANDING.get(mark, ()))]
        found = within(_least(map(np.abs, gaps)), (0, 0.21), (0, 0.4))
        words = said("{} {:.2f} m high, {} {:.2f} m", case.label, height, mark, at)
        return Finding(found, words)
    if level is None:
        return Finding(np.zeros(1, dtype=np.int8), words)
    joints = [case.joint]
    if case.part in ("arm", "limb"):
        joints.append(f"{case.side}_elbow")
    gaps = [np.abs(case.level(joint) - level) for joint in joints]
    at = _height_of(case, mark)
    gaps += [np.abs(case.pair.height(case.pair.joint(j))[1] - at) / 0.52 for j in joints]
    return Finding(within(_least(gaps), (0, 0.3), (0, 0.55)), words)


def _height_of(case: Case, mark: str) -> Floats:
    place = case.pair.place(
        "head" if mark == "over" else mark, case.side if case.side in ("left", "right") else "left"
    )
    return case.pair.height(place)[1]


def above(case: Case, side: str | None, mark: str) -> Finding:
    """The part ends above a place of the body."""
    lifted = case.part in ("leg", "thigh")
    points = case.pair.joint(f"{_own(case)}_knee" if lifted else case.joint)
    top = case.pair.place(mark, side or _own(case))
    gap = points[1, 1] - top[1, 1]
    level = trunk_level(mark)
    along = case.level() - level if level is not None and case.arm else gap / 0.5
    best = np.maximum(gap / 0.5, along)
    words = said("{} {} the {}", case.label, Spoken(gap, " m", _OVER), mark)
    return Finding(within(best, (0.05, FAR), (-0.2, FAR)), words)


def below(case: Case, side: str | None, mark: str) -> Finding:
    """The part ends below a place of the body."""
    points = case.pair.joint(case.joint)
    place = case.pair.place(mark, side or _own(case))
    gap = points[1, 1] - place[1, 1]
    level = trunk_level(mark)
    along = case.level() - level if level is not None and case.arm else gap / 0.5
    words = said("{} {} the {}", case.label, Spoken(gap, " m", _OVER), mark)
    return Finding(within(np.minimum(gap / 0.5, along), (-FAR, 0.05), (-FAR, 0.35)), words)


def _least(values: Iterable[Floats]) -> Floats:
    """The smallest of several numbers, for each pair."""
    return np.minimum.reduce(np.broadcast_arrays(*values))


def _own(case: Case) -> str:
    return case.side if case.side in ("left", "right") else "left"


def in_front(case: Case, way: str, side: str | None = None, mark: str | None = None) -> Finding:
    """The part ends in front of the body or of a place on it, or behind."""
    sign = 1 if way.startswith("in front") else -1
    if mark in ("foot", "leg", "knee") and not case.arm:
        other = case.pair.joint(f"{side or _other(case)}_ankle")
        gap = (case.pair.joint(f"{_own(case)}_ankle") - other)[1, 2]
        words = said("{} {}", case.label, Spoken(gap, " m", AHEAD_OF_OTHER_FOOT))
        return Finding(within(sign * gap, (0.06, FAR), (-0.04, FAR)), words)
    if not case.arm:
        if case.joint in ("pelvis", "head"):
            return UNTOLD
        ahead = case.pair.joint(case.joint)[1, 2]
        words = said("{} {}", case.label, Spoken(ahead, " m", AHEAD_OF_HIPS))
        # Who strides with both feet behind the hips still has one foot in front.
        other = (case.pair.joint(f"{_own(case)}_ankle") - case.pair.joint(f"{_other(case)}_ankle"))[
            1, 2
        ]
        best = np.maximum(sign * ahead, sign * other)
        return Finding(within(best, (0.08, FAR), (-0.08, FAR)), words)
    world = case.pair.joint(case.joint)[1, 2] / 0.5
    ahead = sign * np.maximum(sign * case.ahead(), sign * world)
    shown = Spoken(case.ahead(), " trunk lengths", BEFORE_TRUNK)
    words = said("{} {}", case.label, shown)
    found = within(sign * ahead, (0.15, FAR), (-0.05 if sign > 0 else -0.3, FAR))
    level = trunk_level(mark) if mark else None
    if level is None or sign < 0:
        return Finding(found, words)
    height = case.pair.height(case.pair.joint(case.joint))[1]
    gap = np.minimum(
        np.abs(case.level() - level), np.abs(height - _height_of(case, mark or "")) / 0.52
    )
    # Only a hand that is in front at all is asked for its height.
    high = within(gap, (0, 0.36), (0, 0.65))
    both = said("{} {}, {}", case.label, shown, Spoken(case.level(), "", OVER_HIPS))
    return Finding(
        np.where(found == SUPPORTED, high, found).astype(np.int8),
        lambda row: both(row) if at_row(found, row) == SUPPORTED else words(row),
    )


def _other(case: Case) -> str:
    return "right" if case.side == "left" else "left"


def under(case: Case) -> Finding:
    """The foot ends under the body."""
    ahead = case.pair.joint(case.joint)[1, 2]
    words = said("{} {}", case.label, Spoken(ahead, " m", AHEAD_OF_HIPS))
    return Finding(within(np.abs(ahead), (0, 0.26), (0, 0.4)), words)


def beside(case: Case) -> Finding:
    """The hand ends beside the body."""
    if not case.arm:
        return UNTOLD
    out, front = (
        Spoken(case.across(), " trunk lengths", OWN_SIDE),
        Spoken(case.ahead(), "", IN_FRONT),
    )
    words = said("{} {}, {}", case.label, out, front)
    sideways = within(case.across(), (0.12, 1.1), (-0.1, FAR))
    depth = within(np.abs(case.ahead()), (0, 0.45), (0, 0.85))
    return Finding(np.minimum(sideways, depth), words)


def across(case: Case, side: str | None = None, mark: str | None = None) -> Finding:
    """The part ends on the other side of the body."""
    if case.joint in ("pelvis", "head"):
        return UNTOLD
    if case.arm:
        words = said("{} {}", case.label, Spoken(case.across(), " trunk lengths", OWN_SIDE))
        return Finding(within(case.across(), (-FAR, 0.12), (-FAR, 0.4)), words)
    own = 1 if case.side == "left" else -1
    out = own * case.pair.joint(case.joint)[1, 0]
    words = said("{} {}", case.label, Spoken(out, " m", OWN_SIDE))
    return Finding(within(out, (-FAR, 0.03), (-FAR, 0.15)), words)


def contact(case: Case, how: str, side: str | None, mark: str) -> Finding:
    """The part ends on, near or beside a place of the body."""
    if case.joint in ("pelvis", "head") or (mark == case.part and case.side == "both"):
        return UNTOLD
    gaps = _gaps(case, side, mark)
    before, after = (np.stack(np.broadcast_arrays(*side)) for side in zip(*gaps, strict=True))
    nearest = after.argmin(0)[None]
    before, after = (
        np.take_along_axis(np.broadcast_to(side, after.shape), nearest, axis=0)[0]
        for side in (before, after)
    )
    words = said("{} to {} {}", case.label, mark, SpokenChange(before, after, " m"))
    radius = _RADIUS.get(mark, 0.2)
    if how != "on":
        radius += 0.1
    found = within(after, (0, radius), (0, radius + (0.15 if how == "on" else 0.3)))
    level = trunk_level(mark)
    if how == "to" and level is not None and case.arm and not side:
        # "To the hips" often means their height.
        high = within(np.abs(case.level() - level), (0, 0.25), (0, 0.5))
        found = np.where(found == SUPPORTED, found, high).astype(np.int8)
    return Finding(found, words)


def _gaps(case: Case, side: str | None, mark: str) -> list[tuple[Floats, Floats]]:
    points = case.pair.joint(case.joint)
    sides = [side] if side in ("left", "right") else ["left", "right"]
    if mark in ("foot", "hand", "knee", "elbow", "leg") and not side and mark == case.part:
        sides = [_other(case)]
    found = [distance(case.pair, points, case.pair.place(mark, s or "left")) for s in sides]
    if mark == "leg" and not case.arm:
        found += [distance(case.pair, points, case.pair.joint(f"{s}_ankle")) for s in sides]
    if case.part == "arm" and mark in ("head", "face"):
        found.append(
            distance(case.pair, case.pair.joint(f"{_own(case)}_elbow"), case.pair.joint("head"))
        )
    if mark == "foot":
        found += [distance(case.pair, points, case.pair.joint(f"{s}_foot")) for s in sides]
    return found


def nearer(case: Case, way: str, side: str | None, mark: str) -> Finding:
    """The part gets closer to a place of the body, or further away."""
    if case.joint in ("pelvis", "head") or (mark == case.part and case.side == "both"):
        return UNTOLD
    sign = -1 if way == "closer to" else 1
    gaps = _gaps(case, side, mark)
    found = [MeasuredChange(f"{case.label} to {mark}", "m", *gap, 0.08, sign) for gap in gaps]
    if mark in ("chest", "waist", "body") and case.arm:
        found += [
            MeasuredChange(
                case.label,
                "trunk",
                *case.pair.along(case.pair.joint(case.joint), case.pair.front),
                0.2,
                sign,
                poles=IN_FRONT,
            )
        ]
    if mark == "chest" and case.part in ("knee", "thigh"):
        hip = case.pair.measure(f"{case.side}_hip")
        found.append(MeasuredChange(f"{case.side} hip bend", "°", *hip, 18, -sign))
    return of_readings(found)


def on_floor(case: Case) -> Finding:
    """The part ends on the floor."""
    if case.joint in ("pelvis",):
        before, after = case.pair.measure("pelvis_height")
        words = said("pelvis height {}", SpokenChange(before, after, " leg lengths"))
        return Finding(within(after, (-FAR, 0.45), (-FAR, 0.7)), words)
    if case.part in ("foot", "leg", "toes", "heel", "lower leg"):
        before, after = case.pair.measure(f"{case.side}_foot_up")
        words = said("{} foot {}", case.side, SpokenChange(before, after, " m", OVER_FLOOR))
        return Finding(within(after, (-FAR, 0.1), (-FAR, 0.2)), words)
    before, after = case.pair.height(case.pair.joint(case.joint))
    words = said("{} {}", case.label, SpokenChange(before, after, " m", OVER_FLOOR))
    return Finding(within(after, (-FAR, 0.16), (-FAR, 0.35)), words)


def off_floor(case: Case) -> Finding:
    """The part ends above the floor."""
    if case.arm or case.part == "knee" or case.joint in ("pelvis", "head"):
        height = case.pair.height(case.pair.joint(case.joint))[1]
        words = said("{} {}", case.label, Spoken(height, " m", OVER_FLOOR))
        return Finding(within(height, (0.12, FAR), (0.08, FAR)), words)
    before, after = case.pair.measure(f"{case.side}_foot_up")
    ankle = case.pair.height(case.pair.joint(f"{case.side}_ankle"))[1]
    words = said("{} foot {}", case.side, SpokenChange(before, after, " m", OVER_FLOOR))
    if case.part == "heel":
        return Finding(within(ankle, (0.16, FAR), (0.1, FAR)), words)
    return Finding(within(after, (0.06, FAR), (0.025, FAR)), words)


def in_line(case: Case) -> Finding:
    """The feet end side by side."""
    gap = np.abs((case.pair.joint("left_ankle") - case.pair.joint("right_ankle"))[1, 2])
    words = said("one foot {:.2f} m ahead of the other", gap)
    return Finding(within(gap, (0, 0.14), (0, 0.3)), words)
