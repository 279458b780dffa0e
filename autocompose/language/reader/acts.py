"""The changes that the verb of a frame says itself, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from autocompose.language.reader.frames import Frame, Predicate, Theme
from autocompose.language.words import LOWER_LIMB, SIDES, UPPER_LIMB

LIMB = UPPER_LIMB | LOWER_LIMB
HEAD = frozenset({"head", "gaze"})
TRUNK = frozenset({"torso", "body"})
FACING = frozenset({"in front", "middle", "ahead", "front", "forward"})
_UNBENDING = frozenset({"palm", "fingers", "toes", "heel"})
_POINTED = {"ahead": "forward"}

Said = Iterator[tuple[str, int, bool]]
"""The change, where its words end in the text, and whether it is a state."""


def is_limb(part: str) -> bool:
    """Whether a part moves with an arm or a leg."""
    return part in LIMB or part == "limb"


@dataclass(frozen=True, slots=True)
class _Act:
    """One verb of a frame, and one part that it is said of."""

    name: str
    frame: Frame
    theme: Theme
    predicates: list[Predicate]

    @property
    def part(self) -> str:
        return self.theme.part

    @property
    def dirs(self) -> list[Predicate]:
        return [p for p in self.predicates if p.kind == "dir"]

    @property
    def ways(self) -> set[str]:
        return {p.value for p in self.dirs}

    @property
    def end(self) -> int:
        return max([p.end for p in self.dirs] or [self.theme.end])

    @property
    def ends(self) -> bool:
        """Whether the text says where the part is, not that it goes there."""
        frame = self.frame
        held = {"keep", "have"} & set(frame.acts)
        return frame.ends or frame.be or frame.with_ or bool(held)

    def is_said(self, *values: str) -> bool:
        """Whether one of these is said of the part."""
        return any(p.value in values for p in self.predicates)


def changes_of_act(act: str, frame: Frame, theme: Theme, predicates: list[Predicate]) -> Said:
    """Changes that the verb itself says."""
    if act in _CHANGES:
        yield from _CHANGES[act](_Act(act, frame, theme, predicates))


def _up_or_down(act: _Act) -> Said:
    yield act.name, act.theme.end, False


def _bend(act: _Act) -> Said:
    if is_limb(act.part) and act.part not in _UNBENDING | {"hand"}:
        if "in" not in act.ways:
            yield "bend", act.theme.end, False
    elif act.part in TRUNK | {"head", "hips"}:
        yield from lean_changes(act.part, act.ways, act.end, verb="bend")


def _straighten(act: _Act) -> Said:
    part, frame = act.part, act.frame
    if is_limb(part) and part not in _UNBENDING:
        loose = frame.word.startswith(("extend", "stretch", "outstretch", "elongat"))
        if part == "hand" and loose and (frame.explained or not act.predicates):
            return  # "stretch your hand until it is in front"
        if (part == "hand" or loose) and any(p.kind in ("dir", "place") for p in act.predicates):
            return  # "extend the arm forward" need not straighten it
        yield "straighten", act.theme.end, False
    elif part in TRUNK | {"shoulder", "head"}:
        yield "upright", act.end, False


def _turn(act: _Act) -> Said:
    part, ways, end = act.part, act.ways, act.end
    sides = sorted(ways & {*SIDES})
    turning = HEAD | TRUNK | {"shoulder"}
    if "less" in ways:
        if part in turning:
            yield "center", end, False
    elif part == "shoulder" and act.theme.side in SIDES and not sides:
        yield from _each(ways & {"forward", "back"}, end)
    elif part in turning:
        yield from _each(sides, end, verb="turn")
        if not sides and ways & {"middle", "front", "ahead", "forward", "back"}:
            yield "center", end, False
        if part in HEAD:
            yield from _each(ways & {"up", "down"}, end)
    elif part in LOWER_LIMB or part == "hips":
        yield from _each(ways & {"left", "right", "in", "out"}, end, verb="turn")


def _lean(act: _Act) -> Said:
    verb = "angle" if act.frame.word.startswith("angl") else "lean"
    yield from lean_changes(act.part, act.ways, act.end, verb=verb)


def _look(act: _Act) -> Said:
    ways, end = act.ways, act.end
    if act.part not in HEAD and not (act.part == "body" and not act.frame.themes):
        return
    if any(p.kind == "state" and p.value == "in front" for p in act.predicates):
        ways = ways | {"in front"}
    yield from _each(ways & {"up", "down"}, end)
    yield from _each(ways & {*SIDES}, end, verb="turn")
    if ways & FACING and not ways & {"left", "right", "up", "down"}:
        yield "center", end, True


def _squat(act: _Act) -> Said:
    ways = act.ways
    if act.part == "body" and not ways & {"up", "upright"}:
        yield "down", act.end if ways else act.frame.finish, False


def _stand(act: _Act) -> Said:
    plain = not act.frame.predicates and act.frame.finish
    if act.part == "body" and (act.ways & {"up", "upright"} or plain):
        yield "up", act.end, False


def _spread(act: _Act) -> Said:
    part = act.part
    if act.frame.word.startswith("open") and part in ("hand", "palm", "fingers"):
        yield "unclear", act.theme.end, act.ends
    elif part not in ("shoulder", "torso", "palm"):
        both = act.theme.side == "both" or part == "feet"
        yield ("apart" if both else "out"), act.theme.end, act.ends


def _narrow(act: _Act) -> Said:
    fist = act.part == "hand" and not act.predicates
    yield ("unclear" if fist else "together"), act.theme.end, act.ends


def _cross(act: _Act) -> Said:
    if not act.predicates:
        yield "unclear", act.theme.end, act.ends


def _advance(act: _Act) -> Said:
    if is_limb(act.part):
        yield ("forward" if act.name == "advance" else "back"), act.theme.end, False


def _center(act: _Act) -> Said:
    if act.part in TRUNK | {"head", "shoulder"}:
        yield "center", act.theme.end, False


def _plant(act: _Act) -> Said:
    placed = act.frame.has_place or act.is_said("off floor", "apart", "wide")
    if act.part in ("foot", "heel", "toes") and not placed:
        yield "on floor", act.theme.end, True


def _clasp(act: _Act) -> Said:
    if act.part in ("hand", "palm"):
        yield "together", act.theme.end, act.ends


def _point(act: _Act) -> Said:
    for p in act.dirs:
        if p.value in ("up", "down", "forward", "back", "left", "right", "ahead", "out"):
            yield f"point {_POINTED.get(p.value, p.value)}", p.end, True


_CHANGES: Mapping[str, Callable[[_Act], Said]] = {
    "up": _up_or_down, "down": _up_or_down, "bend": _bend, "straighten": _straighten,
    "turn": _turn, "face": _turn, "lean": _lean, "look": _look, "squat": _squat, "stand": _stand,
    "spread": _spread, "narrow": _narrow, "cross": _cross, "uncross": _cross,
    "advance": _advance, "withdraw": _advance, "center": _center, "plant": _plant,
    "clasp": _clasp, "point": _point,
}  # fmt: skip
"""Act -> what says its changes; the other acts need a direction or a place."""


def lean_changes(part: str, ways: set[str], end: int, *, verb: str) -> Said:
    """Changes of a part that leans, tilts or bends these ways.

    Args:
        part: of the head or the trunk, or any other.
        ways: directions.
        end: of their words in the text.
        verb: ``lean``, ``bend``, or ``angle``, which turns a head where the others tilt it.
    """
    if part in HEAD:
        yield from _lean_of_head(ways, end, verb=verb)
    elif part in TRUNK | {"shoulder"}:
        yield from _lean_of_trunk(ways, end, alone=verb == "bend" and part == "torso" and not ways)
    else:
        aside = set() if part == "hips" else {"in", "out"}
        yield from _each(ways & ({"forward", "back", "left", "right", "up", "down"} | aside), end)


def _lean_of_head(ways: set[str], end: int, *, verb: str) -> Said:
    if "less" in ways:
        yield "center", end, False
        return
    if ways & {"down", "forward"}:
        yield "down", end, False
    if ways & {"up", "back"}:
        yield "up", end, False
    yield from _each(ways & {*SIDES}, end, verb="turn" if verb == "angle" else "tilt")


def _lean_of_trunk(ways: set[str], end: int, *, alone: bool) -> Said:
    sides = sorted(ways & {*SIDES})
    if "less" in ways:
        yield " ".join(["lean less", *sides[:1]]), end, False
        return
    if ways & {"forward", "over", "ahead", "front"} or alone:
        yield "lean forward", end, False
    if "back" in ways:
        yield "lean back", end, False
    yield from _each(sides, end, verb="lean")
    if "down" in ways:
        yield "down", end, False
    if "up" in ways and not ways & {"forward", "back"}:
        yield "up", end, False
    if "upright" in ways:
        yield "upright", end, False


def _each(ways: set[str] | list[str], end: int, *, verb: str = "") -> Said:
    """One change for each way, in an order that does not depend on the process."""
    for way in sorted(ways):
        yield f"{verb} {way}".strip(), end, False
