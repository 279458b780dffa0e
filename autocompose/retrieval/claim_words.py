"""A claim in the words of a person: ``left arm up``, ``both knees bent``, ``not kneeling``."""

from __future__ import annotations

from autocompose.language.reader.claims import Claim, ClaimKind
from autocompose.language.words import PAIRED, plural_of
from autocompose.tagger.claimed_change import Change, ChangeKind

_ANGLES = {"bend": "bent", "straighten": "straight"}
_STATES = {
    ChangeKind.TURN: "turned",
    ChangeKind.LEAN: "leaning",
    ChangeKind.TILT: "tilted",
    ChangeKind.POINT: "pointing",
}
_WAYS = {"center": "straight", "face down": "face down", "seated": "sitting"}
_DEGREES = {1: "a little ", 3: "far "}
_GRADED = (ChangeKind.MOVE, ChangeKind.LEAN, ChangeKind.TURN, ChangeKind.TILT)


_POSTURES = {"step forward": "one foot ahead"}
"""Postures whose names would say more than was asked for: "step back" asks for the same pose."""


def claim_words(claim: Claim) -> str:
    """What a claim says, as somebody would note it down.

    Args:
        claim: left and right are the subject's, as everywhere.
    """
    words = _change_words(claim.change.plain(), many=claim.side == "both")
    if claim.change.kind in _GRADED:
        words = _DEGREES.get(claim.degree or 2, "") + words
    if claim.change.kind is ChangeKind.POSTURE and claim.part == "body":
        return f"not: {words}" if claim.change.negated else words
    label = "gaze" if claim.part == "gaze" else claim.label
    return f"{label} {'not ' if claim.change.negated else ''}{words}"


def _change_words(change: Change, *, many: bool) -> str:
    kind = change.kind
    if kind is ChangeKind.ANGLE:
        return _ANGLES.get(change.way) or f"bent to {change.way}°"
    if kind in _STATES:
        return f"{_STATES[kind]} {change.way}"
    if kind is ChangeKind.POSTURE:
        name = _POSTURES.get(change.way, change.way)
        if not change.place_side:
            return name
        way = name.replace(" one side", f" the {change.place_side}")
        way = way.replace(" one ", f" the {change.place_side} ")
        return way if way != name else f"{change.place_side} {way.removeprefix('one ')}"
    if kind is ChangeKind.HEIGHT:
        return f"{change.way} {change.place} height"
    if kind is ChangeKind.WEIGHT:
        return f"carried by {_place(change, many=many)}"
    if kind is ChangeKind.STILL:
        return "as it is"
    if kind is ChangeKind.UNREAD:
        return "(not understood)"
    way = _WAYS.get(change.way, change.way)
    return f"{way} {_place(change, many=many)}".strip()


def _place(change: Change, *, many: bool) -> str:
    """The place with its article; both hands are on ``the hips``, one hand on ``the hip``."""
    if not change.place:
        return ""
    if change.place_side == "both":
        return f"both {plural_of(change.place)}"
    if many and not change.place_side and change.place in PAIRED:
        return f"the {plural_of(change.place)}"
    return " ".join(f"the {change.place_side} {change.place}".split())


def read_as(claims: tuple[Claim, ...]) -> tuple[str, ...]:
    """What the claims of a text ask for, each thing once, in the order of the text.

    Remarks on how things are now, and what was not understood, are left out.
    """
    said = (
        claim_words(claim)
        for claim in claims
        if claim.change.is_read and claim.kind is not ClaimKind.REMARK
    )
    return tuple(dict.fromkeys(said))
