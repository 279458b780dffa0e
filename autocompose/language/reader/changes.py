# ruff: noqa: E501 (tables: one entry a line reads best)
"""The changes that verbs, directions, states and places name, part by part."""

from __future__ import annotations

from collections.abc import Iterator

from autocompose.language.reader.frames import Frame, Predicate, Theme
from autocompose.language.words import LOWER_LIMB, UPPER_LIMB

LIMB = UPPER_LIMB | LOWER_LIMB
SIDES = frozenset({"left", "right"})
_ON_BODY = frozenset(
    {"head", "face", "chin", "shoulder", "chest", "waist", "hip", "hips", "back", "thigh", "knee",
     "shin", "foot", "elbow", "hand", "forearm", "arm", "body", "side", "leg", "torso", "lower leg",
     "palm", "toes", "heel", "upper arm"}
)  # fmt: skip
_DIRECTION_OF = {"near": "in", "away": "out", "ahead": "forward", "front": "forward"}


def changes_of_act(
    act: str, frame: Frame, theme: Theme, predicates: list[Predicate]
) -> Iterator[tuple[str, int, bool]]:
    """Changes that the verb itself says."""
    part = theme.part
    dirs = [p for p in predicates if p.kind == "dir"]
    ways = {p.value for p in dirs}
    end = max([p.end for p in dirs] or [theme.end])
    limb = part in LIMB or part == "limb"
    ends = frame.ends or frame.be or frame.with_ or bool({"keep", "have"} & set(frame.acts))
    if act in ("up", "down"):
        yield act, theme.end, False
    elif act == "bend":
        if limb and part not in ("palm", "fingers", "toes", "heel", "hand"):
            if "in" not in ways:
                yield "bend", theme.end, False
        elif part in ("torso", "body", "head", "hips"):
            yield from _lean(part, ways, end, act)
    elif act == "straighten":
        if limb and part not in ("palm", "fingers", "toes", "heel"):
            loose = frame.word.startswith(("extend", "stretch", "outstretch", "elongat"))
            if part == "hand" and loose and (frame.explained or not predicates):
                return  # "stretch your hand until it is in front"
            if (part == "hand" or loose) and [p for p in predicates if p.kind in ("dir", "place")]:
                return  # "extend the arm forward" need not straighten it
            yield "straighten", theme.end, False
        elif part in ("torso", "body", "shoulder") or part == "head":
            yield "upright", end, False
    elif act in ("turn", "face"):
        yield from _turn(part, ways, end, one=theme.side in SIDES)
    elif act == "lean":
        yield from _lean(part, ways, end, "angle" if frame.word.startswith("angl") else act)
    elif act == "look":
        if (part in ("head", "gaze", "body") and not frame.themes) or part in ("head", "gaze"):
            ahead = any(p.kind == "state" and p.value == "in front" for p in predicates)
            yield from _look(ways | {"in front"} if ahead else ways, end)
    elif act == "squat":
        if part == "body" and not ways & {"up", "upright"}:
            yield "down", end if ways else frame.finish, False
    elif act == "stand":
        if (part == "body" and ways & {"up", "upright"}) or (
            part == "body" and not frame.predicates and frame.finish
        ):
            yield "up", end, False
    elif act == "spread" and frame.word.startswith("open") and part in ("hand", "palm", "fingers"):
        yield "unclear", theme.end, ends
    elif act == "narrow" and part == "hand" and not predicates:
        yield "unclear", theme.end, ends  # a closed fist
    elif act == "spread" and part not in ("shoulder", "torso", "palm"):
        yield ("apart" if theme.side == "both" or part == "feet" else "out"), theme.end, ends
    elif act == "narrow":
        yield "together", theme.end, ends
    elif act == "lie" or (act in ("cross", "uncross") and predicates):
        return
    elif act in ("cross", "uncross"):
        yield "unclear", theme.end, ends
    elif act == "advance" and limb:
        yield "forward", theme.end, False
    elif act == "withdraw" and limb:
        yield "back", theme.end, False
    elif act == "center" and part in ("torso", "body", "head", "shoulder"):
        yield "center", theme.end, False
    elif (
        act == "plant"
        and part in ("foot", "heel", "toes")
        and not frame.has_place
        and not any(p.value in ("off floor", "apart", "wide") for p in predicates)
    ):
        yield "on floor", theme.end, True
    elif act == "clasp" and part in ("hand", "palm"):
        yield "together", theme.end, ends
    elif act == "point":
        for p in dirs:
            if p.value in ("up", "down", "forward", "back", "left", "right", "ahead", "out"):
                yield f"point {_DIRECTION_OF.get(p.value, p.value)}", p.end, True


def _lean(part: str, ways: set[str], end: int, act: str) -> Iterator[tuple[str, int, bool]]:
    if part in ("head", "gaze"):
        if "less" in ways:
            yield "center", end, False
            return
        if ways & {"down", "forward"}:
            yield "down", end, False
        if ways & {"up", "back"}:
            yield "up", end, False
        kind = "turn" if act == "angle" else "tilt"
        for side in ways & {"left", "right"}:
            yield f"{kind} {side}", end, False
    elif part in ("torso", "body", "shoulder"):
        if "less" in ways:
            sides = sorted(ways & SIDES)
            yield f"lean less {sides[0]}" if sides else "lean less", end, False
            return
        if ways & {"forward", "over", "ahead", "front"} or (
            act == "bend" and part == "torso" and not ways
        ):
            yield "lean forward", end, False
        if "back" in ways:
            yield "lean back", end, False
        for side in ways & {"left", "right"}:
            yield f"lean {side}", end, False
        if "down" in ways:
            yield "down", end, False
        if "up" in ways and not ways & {"forward", "back"}:
            yield "up", end, False
        if "upright" in ways:
            yield "upright", end, False
    elif part == "hips":
        for way in ways & {"forward", "back", "left", "right", "up", "down"}:
            yield way, end, False
    elif part not in ("torso", "body"):
        for way in ways & {"forward", "back", "left", "right", "up", "down", "in", "out"}:
            yield way, end, False


def _turn(part: str, ways: set[str], end: int, *, one: bool) -> Iterator[tuple[str, int, bool]]:
    sides = ways & {"left", "right"}
    if "less" in ways:
        if part in ("head", "gaze", "torso", "body", "shoulder"):
            yield "center", end, False
        return
    if part == "shoulder" and one and not sides:
        for way in ways & {"forward", "back"}:
            yield way, end, False
    elif part in ("head", "gaze", "torso", "body", "shoulder"):
        for side in sides:
            yield f"turn {side}", end, False
        if not sides and ways & {"middle", "front", "ahead", "forward", "back"}:
            yield "center", end, False
        if part in ("head", "gaze"):
            for way in ways & {"up", "down"}:
                yield way, end, False
    elif part in LOWER_LIMB or part == "hips":
        for way in ways & {"left", "right", "in", "out"}:
            yield f"turn {way}", end, False


def _look(ways: set[str], end: int) -> Iterator[tuple[str, int, bool]]:
    for way in ways & {"up", "down"}:
        yield way, end, False
    for side in ways & {"left", "right"}:
        yield f"turn {side}", end, False
    if ways & {"in front", "middle", "ahead", "front", "forward"} and not ways & {
        "left",
        "right",
        "up",
        "down",
    }:
        yield "center", end, True


def changes_of_predicate(
    p: Predicate, frame: Frame, theme: Theme, acts: list[str]
) -> Iterator[tuple[str, bool]]:
    """Changes that a direction, a state, a height or a place says, and whether each is a state."""
    part = theme.part
    if p.kind == "dir":
        yield from _of_direction(p, frame, theme, acts)
    elif p.kind == "state":
        yield from _of_state(p.value, frame, theme, start=p.start)
    elif p.kind == "level":
        if part in LIMB or part in ("limb", "heel"):
            yield ("above head" if p.value == "over" else f"at {p.value} height"), True
    elif p.kind == "place":
        yield from _of_place(p, frame, theme)


def _of_direction(
    p: Predicate, frame: Frame, theme: Theme, acts: list[str]
) -> Iterator[tuple[str, bool]]:
    part, way = theme.part, p.value
    verbs = set(acts)
    bent = any(q.kind == "state" and q.value == "bent" for q in frame.predicates)
    if "squat" in verbs and part == "body":
        return
    if part == "hips" and way == "out" and verbs & {"move", "keep", "have"}:
        yield "back", False  # "stick your bottom out"
        return
    if bent and way == "down" and part == "knee":
        return  # "the knees are bent down"
    if way == "out" and "spread" in verbs:
        return
    if part in ("head", "gaze") and way in ("ahead", "front") and not verbs - {"keep", "hold"}:
        yield "center", True
        return
    if part in ("torso", "body") and way == "front" and not verbs - {"keep", "have"}:
        yield "center", True
        return
    if "bend" in verbs and way in ("up", "down", "left", "right"):
        return
    if "lie" in verbs and part == "body":
        return
    if verbs & {"turn", "face", "point", "lean", "look"}:
        return
    if way == "middle":
        if part in ("torso", "body", "head", "gaze", "shoulder"):
            yield "center", False
        elif part in UPPER_LIMB:
            yield "in", False
        return
    if way in ("less", "over", "clock", "upright"):
        if way == "upright" and part in ("torso", "body", "head"):
            yield "upright", False
        return
    carried = verbs & {"up", "down"} or (
        "move" in verbs and (frame.has_place or way not in ("up", "down"))
    )
    if part == "fingers" or (part == "palm" and not carried):
        # Where a palm faces, the joints do not show.
        yield "unclear", True
        return
    if way == "side":
        if part in LIMB or part == "limb":
            low = {"down", "in", "back"} & (
                {q.value for q in frame.predicates if q.kind == "dir"} | verbs
            )
            ahead = any(q.value == "in front" for q in frame.predicates)
            behind = any(
                q.kind == "place" and q.value.startswith("behind") for q in frame.predicates
            )
            yield ("beside" if low and not ahead and not behind else "out"), True
        return
    way = _DIRECTION_OF.get(way, way)
    if part in ("torso", "body", "head", "gaze", "hips"):
        if verbs & {"bend", "lean"}:
            return
        if any(p.kind == "state" and p.value == "bent" for p in frame.predicates):
            return
        if part == "torso" and way in ("forward", "back"):
            way = f"lean {way}"
        if part in ("head", "gaze") and way in ("left", "right"):
            way = f"turn {way}" if not verbs & {"move"} or not frame.acts else way
        if way in ("in", "out", "apart", "together"):
            return
    if part == "shoulder" and way in ("in", "out", "apart", "together"):
        return
    if way in ("apart", "together"):
        if (
            theme.side == "both"
            or part == "feet"
            or (way == "apart" and theme.plural)
            or len(frame.themes) > 1
        ):
            yield way, False
        elif way == "together":
            yield "in", False
        return
    yield way, False


def _of_state(value: str, frame: Frame, theme: Theme, *, start: int) -> Iterator[tuple[str, bool]]:
    part = theme.part
    limb = part in LIMB or part == "limb"
    bendable = limb and part not in ("palm", "fingers", "toes", "heel")
    if value in ("straight", "bent", "90", "tight"):
        if not bendable:
            if part == "head" and value == "bent":
                ways = {p.value for p in frame.predicates if p.kind == "dir"}
                for change, _, _ in _lean(part, ways, 0, "bend"):
                    yield change, True
            if part in ("torso", "body", "shoulder"):
                if value == "straight":
                    yield "upright", True
                elif value == "bent":
                    ways = {p.value for p in frame.predicates if p.kind == "dir"}
                    for change, _, _ in _lean(part, ways, 0, "bend"):
                        yield change, True
            return
        if part in ("hand", "foot", "thigh", "upper arm") and value in ("straight", "90", "tight"):
            if value == "straight":
                return
            if part in ("hand", "foot"):
                return
        if part in ("hand", "foot") and any(q.kind == "dir" for q in frame.predicates):
            return  # "hands bent down": at the wrist
        if value == "90":
            yield "bent 90", True
        elif value == "straight":
            yield "straighten", True
        elif not any(p.kind == "state" and p.value == "90" for p in frame.predicates):
            yield "bend", True
    elif value == "wide":
        if part in ("foot", "leg", "heel", "knee") and theme.side != "left":
            yield "apart", True
    elif value == "off floor" and (limb or part in ("hips", "body")):
        yield "off floor", True
    elif value == "in front":
        if limb or part == "shoulder":
            yield ("in front" if limb else "forward"), True
    elif value in ("face down", "face up", "upside down") and part in ("torso", "body", "head"):
        if part != "head":
            yield value, True
    elif value == "on floor" and "point" in frame.acts:
        if start >= frame.verb_end:
            yield "point down", True
    elif value == "on floor" and any(p.value == "off floor" for p in frame.predicates):
        return
    elif value == "on floor" and (limb or part in ("hips", "body")) and not frame.has_place:
        yield "on floor", True
    elif value in ("crossed", "parallel"):
        yield "unclear", True


def _of_place(p: Predicate, frame: Frame, theme: Theme) -> Iterator[tuple[str, bool]]:
    prep, mark = p.value.split(" ", 1)
    part = theme.part
    if part not in LIMB and part != "limb":
        return
    if mark not in _ON_BODY and mark != "floor":
        return
    if {"point", "balance"} & set(frame.acts) or (prep == "above" and "cross" in frame.acts):
        return  # "point it at your foot", "cross the left arm over the right"
    if prep in ("to", "toward") and "turn" in frame.acts:
        return  # "turn your hand towards your head"
    if prep == "to" and "touch" in frame.acts:
        prep = "on"
    if mark == part and p.side in ("", theme.side) and part != "hand" and theme.side in SIDES:
        return
    if prep == "from" and mark not in ("body", "torso", "floor"):
        return  # "swing it from the shoulder"
    side = f"{p.side} " if p.side in ("left", "right") else ""
    mark = {"hips": "hip", "toes": "foot", "heel": "foot"}.get(mark, mark)
    if mark == "floor":
        if prep in ("on", "to"):
            yield "on floor", True
        elif prep in ("above", "from", "away"):
            yield "off floor", True
        elif prep in ("near", "closer", "toward"):
            yield "down", False
        return
    if mark == "body" or mark == "torso":
        table = {"front": "in front", "behind": "behind", "across": "across", "below": "under",
                 "beside": "beside", "near": "in", "closer": "in", "toward": "in", "from": "out", "away": "out"}  # fmt: skip
        if prep in table:
            yield table[prep], prep not in ("closer", "toward", "from", "away")
        return
    if mark == "side":
        lifted = "up" in frame.acts or any(q.value == "up" for q in frame.predicates)
        if p.side in SIDES and p.side != theme.side:
            return  # "your right hand on your left side"
        out = any(q.kind == "dir" and q.value == "out" for q in frame.predicates)
        if out:
            return  # "out by your side": it is out
        aside = theme.limb == "lower" or lifted
        if aside and prep in ("to", "at", "beside"):
            yield "out", True
        elif prep in ("to", "beside", "on", "toward", "near", "closer", "inside", "at"):
            yield "beside", True
        return
    if prep == "below" and mark == "hip" and theme.limb == "lower":
        yield "under", True
        return
    if prep == "at" and (theme.limb != "upper" or mark in ("elbow", "shoulder")):
        return
    names = {"at": "near", "front": "in front of", "behind": "behind", "above": "above", "below": "below",
             "beside": "beside", "near": "near", "closer": "closer to", "on": "on", "to": "to",
             "toward": "closer to", "away": "away from", "across": "across", "line": "level with",
             "higher": "above"}  # fmt: skip
    if prep in names:
        yield f"{names[prep]} {side}{mark}", prep not in ("closer", "toward", "away")
