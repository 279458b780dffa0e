"""One frame of a text -> its claims: what verb, parts and the words around them say together."""

from __future__ import annotations

from collections.abc import Iterator

from autocompose.language.reader.acts import changes_of_act
from autocompose.language.reader.changes import changes_of_predicate
from autocompose.language.reader.claims import Claim, ClaimKind
from autocompose.language.reader.frames import Frame, Predicate, Theme
from autocompose.language.words import PAIRED, UPPER_LIMB
from autocompose.tagger.claimed_change import Change, ChangeKind

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
            kind = ClaimKind.STATE if ends else ClaimKind.MOVEMENT
            span = (first, max(end, theme.end, act_end))
            yield Claim(part, side, Change.parse(change), degree, span, kind)


def _still(frame: Frame) -> Iterator[Claim]:
    for theme in frame.themes:
        still = Change(ChangeKind.STILL, "still")
        span = (frame.start, theme.end)
        yield Claim(theme.part, theme.side, still, None, span, ClaimKind.STATE)


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
    if theme.part == "weight":
        return
    acts = _acts_said(frame)
    predicates = _predicates_of(frame, theme, acts)
    states = [p for p in predicates if p.kind == "state"]
    still = _still_words(states, frame, theme, acts)
    if still:
        acts = [] if frame.gapped else acts
        moving = set(acts) - {"keep", "hold", "plant", "stand"}
        if not moving and not any(p.value in ("bent", "straight") for p in states):
            yield "still", max(p.end for p in still), None, True
            return
        predicates = [p for p in predicates if p.value != "still"]
    if _belongs_to_first(frame, theme, predicates):
        acts = [a for a in acts if a not in ("bend", "straighten")]
    said = [
        *_said_by_acts(frame, theme, acts, predicates),
        *_said_by_predicates(frame, theme, acts, predicates),
    ]
    yield from said
    if frame.explained or said:
        return
    if acts and acts != ["keep"] and theme.part != "body":
        yield "unclear", frame.finish, frame.degree, False
    elif any(p.kind == "thing" for p in predicates):
        yield "unclear", frame.finish, frame.degree, _is_held(frame) or "have" in frame.acts


def _is_held(frame: Frame) -> bool:
    return frame.ends or frame.be or frame.with_ or "keep" in frame.acts


def _acts_said(frame: Frame) -> list[str]:
    """The verbs that say something here: one that is not said again says less."""
    acts = [a for a in frame.acts if a not in ("have", "be")]
    if frame.gapped and any(p.kind in ("state", "level", "place") for p in frame.predicates):
        # "curled the left arm and the right elbow now straight": the verb is not said again.
        acts = [a for a in acts if a in ("move", "hold", "keep", "point")]
    vertical = any(p.kind == "dir" and p.value in ("up", "down") for p in frame.predicates)
    if frame.gapped and vertical:
        acts = [a for a in acts if a not in ("up", "down")]
    return acts


def _predicates_of(frame: Frame, theme: Theme, acts: list[str]) -> list[Predicate]:
    """What is said of one part of the frame."""
    predicates = [p for p in frame.predicates if not _idle(p, frame, theme)]
    last = frame.themes[-1] if frame.themes else theme
    if theme is not last and theme.part != last.part and {"bend", "straighten"} & set(acts):
        # "straighten the right elbow and the right hand on the knee"
        return [p for p in predicates if p.kind == "dir"]
    return predicates


def _still_words(
    states: list[Predicate], frame: Frame, theme: Theme, acts: list[str]
) -> list[Predicate]:
    """The words by which a part stays; of a foot kept on the floor all of them."""
    if "keep" in acts and theme.part == "foot" and any(p.value == "on floor" for p in states):
        return states
    return [p for p in states if p.value == "still"]


def _belongs_to_first(frame: Frame, theme: Theme, predicates: list[Predicate]) -> bool:
    """Whether a bend is said of another part: the last one only gets a place."""
    if not frame.themes or theme is not frame.themes[-1]:
        return False
    placed = any(p.kind in ("place", "level") for p in predicates)
    return theme.part != frame.themes[0].part and placed


def _said_by_acts(
    frame: Frame, theme: Theme, acts: list[str], predicates: list[Predicate]
) -> Iterator[tuple[str, int, int | None, bool]]:
    for act in acts:
        for change, end, ends in changes_of_act(act, frame, theme, predicates):
            ends = ends or (frame.ends and act in ("lean", "look") and not frame.predicates[2:])
            bent = act in ("bend", "straighten") and frame.participle
            yield change, end, frame.degree, ends or (bent and _is_held(frame))


def _said_by_predicates(
    frame: Frame, theme: Theme, acts: list[str], predicates: list[Predicate]
) -> Iterator[tuple[str, int, int | None, bool]]:
    for p in predicates:
        for change, ends in changes_of_predicate(p, frame, theme, acts):
            # "to hip height out to the side" says where it ends
            ends = ends or all(a == "keep" for a in acts) or (change in _GOALS and frame.has_place)
            yield change, p.end, frame.degree, ends


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
