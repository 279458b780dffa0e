"""The changes that directions, states, heights and places say, part by part."""

from __future__ import annotations

from collections.abc import Iterator

from autocompose.language.reader.acts import HEAD, TRUNK, is_limb, lean_changes
from autocompose.language.reader.frames import Frame, Predicate, Theme
from autocompose.language.words import SIDES, UPPER_LIMB

Change = Iterator[tuple[str, bool]]
"""The change, and whether it is a state."""

_ON_BODY = frozenset(
    {"head", "face", "chin", "shoulder", "chest", "waist", "hip", "hips", "back", "thigh", "knee",
     "shin", "foot", "elbow", "hand", "forearm", "arm", "body", "side", "leg", "torso", "lower leg",
     "palm", "toes", "heel", "upper arm"}
)  # fmt: skip
_DIRECTION_OF = {"near": "in", "away": "out", "ahead": "forward", "front": "forward"}
_SIDEWAYS = frozenset({"in", "out", "apart", "together"})
_AROUND_BODY = {
    "front": "in front", "behind": "behind", "across": "across", "below": "under",
    "beside": "beside", "near": "in", "closer": "in", "toward": "in", "from": "out", "away": "out",
}  # fmt: skip
_AT_MARK = {
    "at": "near", "front": "in front of", "behind": "behind", "above": "above", "below": "below",
    "beside": "beside", "near": "near", "closer": "closer to", "on": "on", "to": "to",
    "toward": "closer to", "away": "away from", "across": "across", "line": "level with",
    "higher": "above",
}  # fmt: skip


def changes_of_predicate(p: Predicate, frame: Frame, theme: Theme, acts: list[str]) -> Change:
    """Changes that a direction, a state, a height or a place says, and whether each is a state."""
    if p.kind == "dir":
        yield from _of_direction(p, frame, theme, set(acts))
    elif p.kind == "state":
        yield from _of_state(p.value, frame, theme, start=p.start)
    elif p.kind == "level":
        if is_limb(theme.part):
            yield ("above head" if p.value == "over" else f"at {p.value} height"), True
    elif p.kind == "place":
        yield from _of_place(p, frame, theme)


# Directions


def _of_direction(p: Predicate, frame: Frame, theme: Theme, verbs: set[str]) -> Change:
    part, way = theme.part, p.value
    if part == "hips" and way == "out" and verbs & {"move", "keep", "have"}:
        yield "back", False  # "stick your bottom out"
    elif _faces_ahead(part, way, verbs):
        yield "center", True
    elif _is_in_verb(part, way, frame, verbs):
        return
    elif way == "middle":
        if part in TRUNK | HEAD | {"shoulder"}:
            yield "center", False
        elif part in UPPER_LIMB:
            yield "in", False
    elif way in ("less", "over", "clock", "upright"):
        if way == "upright" and part in TRUNK | {"head"}:
            yield "upright", False
    elif _only_turns_hand(part, way, frame, verbs):
        yield "unclear", True  # where a palm faces, the joints do not show
    elif way == "side":
        if is_limb(part):
            yield ("beside" if _hangs(frame, verbs) else "out"), True
    else:
        yield from _of_plain_way(_DIRECTION_OF.get(way, way), frame, theme, verbs)


def _faces_ahead(part: str, way: str, verbs: set[str]) -> bool:
    if part in HEAD:
        return way in ("ahead", "front") and not verbs - {"keep", "hold"}
    return part in TRUNK and way == "front" and not verbs - {"keep", "have"}


def _is_in_verb(part: str, way: str, frame: Frame, verbs: set[str]) -> bool:
    """Whether the direction belongs to what the verb or a state says already."""
    bent = any(q.kind == "state" and q.value == "bent" for q in frame.predicates)
    return bool(
        (part == "body" and verbs & {"squat", "lie"})
        or (bent and way == "down" and part == "knee")  # "the knees are bent down"
        or (way == "out" and "spread" in verbs)
        or ("bend" in verbs and way in ("up", "down", "left", "right"))
        or verbs & {"turn", "face", "point", "lean", "look"}
    )


def _only_turns_hand(part: str, way: str, frame: Frame, verbs: set[str]) -> bool:
    placed = frame.has_place or way not in ("up", "down")
    carried = verbs & {"up", "down"} or ("move" in verbs and placed)
    return part == "fingers" or (part == "palm" and not carried)


def _hangs(frame: Frame, verbs: set[str]) -> bool:
    """Whether ``to the side`` is beside the body, not out from it."""
    said = {q.value for q in frame.predicates if q.kind == "dir"} | verbs
    ahead = any(q.value == "in front" for q in frame.predicates)
    behind = any(q.kind == "place" and q.value.startswith("behind") for q in frame.predicates)
    return bool({"down", "in", "back"} & said) and not ahead and not behind


def _of_plain_way(way: str, frame: Frame, theme: Theme, verbs: set[str]) -> Change:
    part = theme.part
    if part in TRUNK | HEAD | {"hips"}:
        bent = any(p.kind == "state" and p.value == "bent" for p in frame.predicates)
        if way in _SIDEWAYS or verbs & {"bend", "lean"} or bent:
            return
        if part == "torso" and way in ("forward", "back"):
            way = f"lean {way}"
        if part in HEAD and way in SIDES and ("move" not in verbs or not frame.acts):
            way = f"turn {way}"
    elif part == "shoulder" and way in _SIDEWAYS:
        return
    if way not in ("apart", "together"):
        yield way, False
        return
    several = theme.side == "both" or part == "feet" or len(frame.themes) > 1
    if several or (way == "apart" and theme.plural):
        yield way, False
    elif way == "together":
        yield "in", False


# States


def _of_state(value: str, frame: Frame, theme: Theme, *, start: int) -> Change:
    part = theme.part
    limb = is_limb(part)
    if value in ("straight", "bent", "90", "tight"):
        yield from _of_bend(value, frame, theme)
    elif value == "wide":
        if part in ("foot", "leg", "heel", "knee") and theme.side != "left":
            yield "apart", True
    elif value == "in front":
        if limb or part == "shoulder":
            yield ("in front" if limb else "forward"), True
    elif value in ("face down", "face up", "upside down"):
        if part in TRUNK:
            yield value, True
    elif value in ("on floor", "off floor"):
        yield from _of_floor(value, frame, part, start=start)
    elif value in ("crossed", "parallel"):
        yield "unclear", True


def _of_floor(value: str, frame: Frame, part: str, *, start: int) -> Change:
    stands = is_limb(part) or part in ("hips", "body")
    if value == "off floor":
        if stands:
            yield "off floor", True
    elif "point" in frame.acts:
        if start >= frame.verb_end:
            yield "point down", True
    elif any(p.value == "off floor" for p in frame.predicates):
        return
    elif stands and not frame.has_place:
        yield "on floor", True


def _of_bend(value: str, frame: Frame, theme: Theme) -> Change:
    """``straight``, ``bent``, at a right angle or a tight one."""
    part = theme.part
    ways = {p.value for p in frame.predicates if p.kind == "dir"}
    if not is_limb(part) or part in ("palm", "fingers", "toes", "heel"):
        if value == "bent" and part in TRUNK | {"head", "shoulder"}:
            for change, _, _ in lean_changes(part, ways, 0, verb="bend"):
                yield change, True
        elif value == "straight" and part in TRUNK | {"shoulder"}:
            yield "upright", True
        return
    if value == "straight" and part in ("hand", "foot", "thigh", "upper arm"):
        return
    if part in ("hand", "foot") and (value in ("90", "tight") or ways):
        return  # "hands bent down": at the wrist
    if value == "90":
        yield "bent 90", True
    elif value == "straight":
        yield "straighten", True
    elif not any(p.kind == "state" and p.value == "90" for p in frame.predicates):
        yield "bend", True


# Places


def _of_place(p: Predicate, frame: Frame, theme: Theme) -> Change:
    prep, mark = p.value.split(" ", 1)
    if not is_limb(theme.part) or _is_no_place(prep, mark, p.side, frame, theme):
        return
    if prep == "to" and "touch" in frame.acts:
        prep = "on"
    mark = {"hips": "hip", "toes": "foot", "heel": "foot"}.get(mark, mark)
    if mark == "floor":
        yield from _of_floor_place(prep)
    elif mark in TRUNK:
        if prep in _AROUND_BODY:
            yield _AROUND_BODY[prep], prep not in ("closer", "toward", "from", "away")
    elif mark == "side":
        yield from _of_side(prep, p.side, frame, theme)
    elif prep == "below" and mark == "hip" and theme.limb == "lower":
        yield "under", True
    elif prep == "at" and (theme.limb != "upper" or mark in ("elbow", "shoulder")):
        return
    elif prep in _AT_MARK:
        side = f"{p.side} " if p.side in SIDES else ""
        yield f"{_AT_MARK[prep]} {side}{mark}", prep not in ("closer", "toward", "away")


def _is_no_place(prep: str, mark: str, side: str, frame: Frame, theme: Theme) -> bool:
    """Whether the words name something else than a place where the part ends."""
    acts, part = set(frame.acts), theme.part
    own = mark == part and side in ("", theme.side) and part != "hand" and theme.side in SIDES
    return bool(
        (mark not in _ON_BODY and mark != "floor")
        or acts & {"point", "balance"}  # "point it at your foot"
        or (prep == "above" and "cross" in acts)  # "cross the left arm over the right"
        or (prep in ("to", "toward") and "turn" in acts)  # "turn your hand towards your head"
        or own
        or (prep == "from" and mark not in ("body", "torso", "floor"))  # "swing it from the hip"
    )


def _of_floor_place(prep: str) -> Change:
    if prep in ("on", "to"):
        yield "on floor", True
    elif prep in ("above", "from", "away"):
        yield "off floor", True
    elif prep in ("near", "closer", "toward"):
        yield "down", False


def _of_side(prep: str, side: str, frame: Frame, theme: Theme) -> Change:
    if side in SIDES and side != theme.side:
        return  # "your right hand on your left side"
    if any(q.kind == "dir" and q.value == "out" for q in frame.predicates):
        return  # "out by your side": it is out
    lifted = "up" in frame.acts or any(q.value == "up" for q in frame.predicates)
    if (theme.limb == "lower" or lifted) and prep in ("to", "at", "beside"):
        yield "out", True
    elif prep in ("to", "beside", "on", "toward", "near", "closer", "inside", "at"):
        yield "beside", True
