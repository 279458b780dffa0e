"""One frame of a text -> its claims: what verb, parts and the words around them say together."""

from __future__ import annotations

from collections.abc import Iterator

from autocompose.language.reader.changes import changes_of_act, changes_of_predicate
from autocompose.language.reader.claims import Claim
from autocompose.language.reader.frames import Frame, Predicate, Theme
from autocompose.language.words import PAIRED, UPPER_LIMB

_GOALS = frozenset({"out", "in", "forward", "back"})


def claims_of(frame: Frame) -> Iterator[Claim]:
    """Claims of one frame, one for each part and each thing said of it."""
    if frame.still:
        yield from _still(frame)
        return
    themes = frame.themes
    if not themes and (frame.person or frame.you) and (frame.acts or frame.predicates):
        start = frame.start if frame.start < frame.finish else 0
        themes = [Theme("body", "", start, frame.finish)]
    for theme in themes:
        first = theme.start if theme.coordinated or frame.gapped else min(frame.start, theme.start)
        act_end = frame.verb_end if not theme.coordinated and not frame.gapped else 0
        act_end = act_end if not frame.predicates or act_end < frame.predicates[-1].end else 0
        seen = set()
        for change, end, degree, ends in _changes(frame, theme):
            part = theme.part
            if change in seen:
                continue
            seen.add(change)
            part, change = _canonical(part, change)
            if part in ("palm", "fingers") and change.startswith(("point", "behind", "in front")):
                change = "unclear"
            at_waist = any(p.value in ("at waist", "at hip") for p in frame.predicates)
            at_waist = at_waist or frame.word.startswith("twist")
            if part == "body" and at_waist and "turn" in frame.acts:
                part = "torso"
            if "look" in frame.acts and part == "body":
                part = "head"
            if frame.viewer and change != "still":
                change = "viewer"
            if frame.negated and change not in ("still", "unclear", "viewer"):
                change = f"not {change}"
            side = theme.side if part in PAIRED else ""
            if part == "torso" and theme.part == "shoulder" and theme.side in ("left", "right"):
                part, side = "shoulder", theme.side
            yield Claim(part, side, change, degree, (first, max(end, theme.end, act_end)), ends)


def _still(frame: Frame) -> Iterator[Claim]:
    for theme in frame.themes:
        yield Claim(theme.part, theme.side, "still", None, (frame.start, theme.end), True)


def _canonical(part: str, change: str) -> tuple[str, str]:
    if part == "shoulder" and change.startswith(("turn", "lean", "upright", "center")):
        return "torso", change
    if change in ("bend", "straighten", "bent 90"):
        if part in ("arm", "forearm", "limb", "hand", "upper arm"):
            return "elbow", change
        if part in ("leg", "lower leg", "foot"):
            return "knee", change
    if part == "gaze":
        return "head", change
    if part == "limb":
        return "arm", change
    return part, change


def _changes(frame: Frame, theme: Theme) -> Iterator[tuple[str, int, int | None, bool]]:
    """Yield (change, end of its words, degree, whether it is a state)."""
    acts = [a for a in frame.acts if a not in ("have", "be")]
    if frame.gapped and any(p.kind in ("state", "level", "place") for p in frame.predicates):
        # "curled the left arm and the right elbow now straight": the verb is not said again.
        acts = [a for a in acts if a in ("move", "hold", "keep", "point")]
    if frame.gapped and any(
        p.kind == "dir" and p.value in ("up", "down") for p in frame.predicates
    ):
        acts = [a for a in acts if a not in ("up", "down")]
    held = frame.ends or frame.be or frame.with_ or "keep" in frame.acts
    passive = held or "have" in frame.acts
    if theme.part == "weight":
        return
    predicates = [p for p in frame.predicates if not _idle(p, frame, theme)]
    last = frame.themes[-1] if frame.themes else theme
    if theme is not last and theme.part != last.part and {"bend", "straighten"} & set(acts):
        # "straighten the right elbow and the right hand on the knee"
        predicates = [p for p in predicates if p.kind == "dir"]
    known = False
    states = [p for p in predicates if p.kind == "state"]
    moving = set(acts) - {"keep", "hold", "plant", "stand"}
    kept = [p for p in states if p.value in ("bent", "straight")]
    if "keep" in acts and any(p.value == "on floor" for p in states) and theme.part == "foot":
        states = [Predicate("state", "still", p.start, p.end) for p in states]
    if frame.gapped and any(p.value == "still" for p in states):
        acts, moving = [], set()
    if any(p.value == "still" for p in states) and (kept or moving):
        predicates = [p for p in predicates if p.value != "still"]
    elif any(p.value == "still" for p in states):
        end = max(p.end for p in states if p.value == "still")
        yield "still", end, None, True
        return
    first = frame.themes[0] if frame.themes else theme
    placed = any(p.kind in ("place", "level") for p in predicates)
    if theme is last and theme.part != first.part and placed:
        acts = [a for a in acts if a not in ("bend", "straighten")]
    for act in acts or [""]:
        for change, end, ends in changes_of_act(act, frame, theme, predicates):
            known = True
            ends = ends or (frame.ends and act in ("lean", "look") and not frame.predicates[2:])
            ends = ends or (act in ("bend", "straighten") and frame.participle and held)
            yield change, end, frame.degree, ends
    for p in predicates:
        for change, ends in changes_of_predicate(p, frame, theme, acts):
            known = True
            state = ends or not [a for a in acts if a != "keep"]
            if acts == ["keep"] or (passive and not acts):
                state = True
            if change in _GOALS and frame.has_place:
                state = True  # "to hip height out to the side" says where it ends
            yield change, p.end, frame.degree, state
    if frame.explained:
        return
    if not known and acts and acts != ["keep"] and theme.part != "body":
        yield "unclear", frame.finish, frame.degree, False
    elif not known and any(p.kind == "thing" for p in predicates):
        yield "unclear", frame.finish, frame.degree, passive


def _idle(p: Predicate, frame: Frame, theme: Theme) -> bool:
    """Words that add nothing here: ``out`` of "stretch out", ``up`` of "straighten up"."""
    if p.kind != "dir":
        return False
    if p.value == "out" and any(q.value == "in" for q in frame.predicates if q.kind == "dir"):
        return True
    if p.value == "out":
        width = p.end - p.start
        after = [
            q for q in frame.predicates if q.start > p.start and q.kind in ("place", "dir", "level")
        ]
        if "straighten" in frame.acts and width <= 3 and not after:
            return True
        own = {q.value for q in after if q.kind == "dir"} == {theme.side}
        return (width <= 3 and not own) and any(
            q.kind == "state"
            or (q.kind == "place" and q.value.startswith("front"))
            or (q.kind == "dir" and q.value != "out")
            for q in after
        )
    opposite = {"up": "down", "down": "up"}.get(p.value)
    if opposite in frame.acts and not frame.gapped:
        return True
    return p.value == "up" and "straighten" in frame.acts and theme.part not in UPPER_LIMB
