# ruff: noqa: E501 (a table: one measure a line reads best)
"""What was measured for a posture, in words: ``knees 95° and 100°, hips 0.31 m above the floor``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autocompose.body.measures import Floats
from autocompose.language.words import other_side, plural_of
from autocompose.postures.postures import POSTURES, Term, scores_of

_SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class _Words:
    """How one measure is told: ``left hand 0.20 m from the head``.

    Args:
        noun: what is measured; with its side before it where the measure has one.
        form: of the number.
        tail: the words after the number or numbers, its unit first.
        opposite: those after a negative number, which is then told without its sign; empty for none.
        of: from the measure to the number that people read.
    """

    noun: str
    form: str
    tail: str = ""
    opposite: str = ""
    of: Callable[[float], float] = float


def _from_one(value: float) -> float:
    """Degrees between a direction and an axis, from their cosine."""
    return float(np.degrees(np.arccos(np.clip(value, -1, 1))))


def _above(value: float) -> float:
    """Degrees by which a direction rises above a level, from its part along the axis."""
    return float(np.degrees(np.arcsin(np.clip(value, -1, 1))))


_DEGREES, _NUMBER = "{:.0f}°", "{:.2f}"
_TOLD: Mapping[str, _Words] = {
    "trunk_up": _Words("trunk", _DEGREES, "from upright", of=_from_one),
    "chest_up": _Words("chest", _DEGREES, "above level", opposite="below level", of=_above),
    "pelvis_on_support": _Words("hips", _NUMBER, "m above what carries the body", opposite="m below what carries the body"),
    "neck_on_support": _Words("neck", _NUMBER, "m above what carries the body"),
    "feet_under": _Words("feet", _NUMBER, "m from under the hips"),
    "airborne": _Words("body", _NUMBER, "m in the air"),
    "hips_on_floor": _Words("hips", _NUMBER, "m above the floor"),
    "pelvis_height": _Words("hips", _NUMBER, "leg lengths above the floor"),
    "feet_apart": _Words("feet", _NUMBER, "m apart sideways"),
    "feet_gap": _Words("feet", _NUMBER, "m apart"),
    "hands_apart": _Words("hands", _NUMBER, "m apart"),
    "hands_together": _Words("hands", _NUMBER, "m apart"),
    "hands_sideways": _Words("hands", _NUMBER, "m apart sideways"),
    "knees_apart": _Words("knees", _NUMBER, "m apart sideways"),
    "lean_front": _Words("trunk", _DEGREES, "to the front", opposite="to the back"),
    "lean_left": _Words("trunk", _DEGREES, "to the left", opposite="to the right"),
    "twist_left": _Words("chest", _DEGREES, "turned to the left", opposite="turned to the right"),
    "head_up": _Words("face", _DEGREES, "above level", opposite="below level"),
    "head_left": _Words("head", _DEGREES, "turned to the left", opposite="turned to the right"),
    "head_tilt_left": _Words("head", _DEGREES, "tilted to the left", opposite="tilted to the right"),
    "knee": _Words("knee", _DEGREES),
    "upper_arm": _Words("upper arm", _DEGREES, "from hanging down along the trunk"),
    "elbow": _Words("elbow", _DEGREES),
    "foot_up": _Words("foot", _NUMBER, "m above the floor"),
    "foot_front": _Words("foot", _NUMBER, "m in front of the hips", opposite="m behind the hips"),
    "foot_on_other_leg": _Words("foot", _NUMBER, "m from the other leg"),
    "ankle_ahead": _Words("foot", _NUMBER, "m ahead of the other", opposite="m behind the other"),
    "hand_height": _Words("hand", _NUMBER, "m above the floor"),
    "knee_on_floor": _Words("knee", _NUMBER, "m above the floor"),
    "knee_on_support": _Words("knee", _NUMBER, "m above what carries the body"),
    "knee_over_other_ankle": _Words("knee", _NUMBER, "m above the other ankle", opposite="m below the other ankle"),
    "knee_up": _Words("knee", _NUMBER, "thigh lengths above the hip", opposite="thigh lengths below the hip"),
    "knee_front": _Words("knee", _NUMBER, "thigh lengths in front of the hip", opposite="thigh lengths behind the hip"),
    "knee_out": _Words("knee", _NUMBER, "thigh lengths out from the hip", opposite="thigh lengths in from the hip"),
    "side_down": _Words("side", _DEGREES, "turned to the floor", opposite="turned up", of=_above),
    "arm_up": _Words("arm", _DEGREES, "above level", opposite="below level", of=_above),
    "arm_along": _Words("arm", _DEGREES, "from straight up along the trunk", of=_from_one),
    "arm_out": _Words("arm", _DEGREES, "from straight out", of=_from_one),
    "arm_front": _Words("arm", _DEGREES, "from straight ahead", of=_from_one),
    "forearm_up": _Words("forearm", _DEGREES, "above level", opposite="below level", of=_above),
    "forearm_along": _Words("forearm", _DEGREES, "from straight up along the trunk", of=_from_one),
    "thigh_along": _Words("thigh", _DEGREES, "from straight down along the trunk", of=lambda v: _from_one(-v)),
    "leg_up": _Words("leg", _DEGREES, "from hanging straight down", of=lambda v: _from_one(-v)),
    "leg_out": _Words("leg", _DEGREES, "out to its side", opposite="across the body", of=_above),
    "leg_front": _Words("leg", _DEGREES, "to the front", opposite="to the back", of=_above),
    "shin_up": _Words("shin", _DEGREES, "from hanging straight down", of=lambda v: _from_one(-v)),
    "shin_front": _Words("shin", _DEGREES, "to the front", opposite="to the back", of=_above),
    "hand_up": _Words("hand", _NUMBER, "trunk lengths above the hips", opposite="trunk lengths below the hips"),
    "hand_out": _Words("hand", _NUMBER, "trunk lengths out to its side", opposite="trunk lengths across the body"),
    "hand_front": _Words("hand", _NUMBER, "trunk lengths in front", opposite="trunk lengths behind"),
    "elbow_up": _Words("elbow", _NUMBER, "trunk lengths above the hips", opposite="trunk lengths below the hips"),
    "elbow_out": _Words("elbow", _NUMBER, "trunk lengths out to its side", opposite="trunk lengths across the body"),
    "hand_over_head": _Words("hand", _NUMBER, "trunk lengths above the head", opposite="trunk lengths below the head"),
    "hand_behind_head": _Words("hand", _NUMBER, "trunk lengths behind the head", opposite="trunk lengths in front of the head"),
    "hand_over_shoulder": _Words("hand", _NUMBER, "m above the shoulder", opposite="m below the shoulder"),
    "hand_to_face": _Words("hand", _NUMBER, "m from the face"),
    "hand_to_other_arm": _Words("hand", _NUMBER, "m from the other upper arm"),
    "hand_to_trunk": _Words("hand", _NUMBER, "m from the middle of the trunk"),
    "hand_on_foot": _Words("hand", _NUMBER, "m from the foot"),
    "hand_on_head": _Words("hand", _NUMBER, "m from the head"),
    "hand_on_hip": _Words("hand", _NUMBER, "m from the hip"),
    "hand_on_knee": _Words("hand", _NUMBER, "m from the knee"),
}  # fmt: skip
_SHOWN = 2
"""Conditions of a posture that its evidence names."""


def posture_evidence(values: Mapping[str, Floats], posture: str, side: str, *, row: int = 0) -> str:
    """The measures that decide most about a posture, of one body.

    Args:
        values: of `posture_measures`.
        posture: a key of `POSTURES`.
        side: ``left``, ``right``, or empty for the better one.
        row: which body.

    Returns:
        The conditions that fail most, or the first where all hold, as ``knees 95° and 100°``.
    """
    one = {name: value[row : row + 1] for name, value in values.items()}
    scores = {name: float(score[0]) for name, score in scores_of(one, names=[posture]).items()}
    if side not in _SIDES and POSTURES[posture].sided:
        side = max(_SIDES, key=lambda s: np.nan_to_num(scores[f"{s} {posture}"], nan=-1))
    terms = sorted(
        _terms(posture, one, side or "left"),
        key=lambda term: (
            float(term.membership(one, side or "left")[0]),
            term.where in ("body", "toward"),
        ),
    )
    told = list(dict.fromkeys(_tell(term, one, side or "left") for term in terms))
    return ", ".join(told[:_SHOWN])


def _terms(name: str, one: Mapping[str, Floats], side: str) -> Sequence[Term]:
    """The conditions of a posture; of one that may be several, those of the likeliest."""
    posture = POSTURES[name]
    if not posture.of:
        return posture.terms
    found = {other: scores_of(one, names=[other]) for other in posture.of}
    best = max(
        posture.of,
        key=lambda o: np.nan_to_num(found[o].get(f"{side} {o}", found[o][o])[0], nan=-1),
    )
    return (*posture.terms, *_terms(best, one, side))


def _tell(term: Term, one: Mapping[str, Floats], side: str) -> str:
    words = _TOLD[term.measure]
    if term.where in ("body", "toward"):
        label, names = words.noun, [term.measure]
    elif term.where in ("own", "other"):
        own = side if term.where == "own" else other_side(side)
        label, names = f"{own} {words.noun}", [f"{own}_{term.measure}"]
    else:
        label, names = plural_of(words.noun), [f"{s}_{term.measure}" for s in _SIDES]
    numbers = [words.of(float(one[name][0])) for name in names]
    tails = [words.opposite if words.opposite and n < 0 else words.tail for n in numbers]
    told = [words.form.format(abs(n) if words.opposite else n) for n in numbers]
    if len(set(tails)) > 1:
        return f"{label} {' and '.join(f'{n} {t}' for n, t in zip(told, tails, strict=True))}"
    return f"{label} {' and '.join(told)} {tails[0]}".strip()
