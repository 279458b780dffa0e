"""How far a claimed motion goes, and how much changes that nobody asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from autocompose.body.skeleton import INDEX
from autocompose.language.reader.claims import Claim
from autocompose.language.words import LOWER_LIMB, PAIRED, UPPER_LIMB
from autocompose.postures.postures import POSTURES
from autocompose.tagger.claimed_change import ChangeKind
from autocompose.thresholds import threshold
from autocompose.verify.motions import readings
from autocompose.verify.pair_bodies import PosePairMeasures

Floats = NDArray[np.float64]

_SIDES = ("left", "right")
_JOINTS_OF = {
    **{f"{side} arm": (f"{side}_elbow", f"{side}_wrist") for side in _SIDES},
    **{f"{side} leg": (f"{side}_knee", f"{side}_ankle") for side in _SIDES},
    "torso": ("neck",),
    "head": ("head",),
}
"""Region -> the joints whose change counts; arms and head are seen from the trunk."""
_LEGS = ("left leg", "right leg")
_ARM_MEASURES = ("hand", "elbow", "arm", "forearm", "upper_arm")
_LEG_MEASURES = ("foot", "feet", "knee", "leg", "thigh", "shin", "ankle")

_DEGREES = {None: "untold", 1: "slight", 2: "plain", 3: "great"}
_EXPECTED = {
    degree: (threshold(f"least {name}"), threshold(f"most {name}"))
    for degree, name in _DEGREES.items()
}
"""Degree -> progress, in steps, between which a motion is as large as the text says."""
_RIGHT, _SHORT, _LONG = (threshold(f"{name} extent") for name in ("right", "short", "long"))
"""What the right size is worth; steps too little, and too much, that cost 1."""
_POSED = threshold("posed")
"""What holding a posture wholly is worth, against not at all."""


def extent(claim: Claim, pair: PosePairMeasures, *, bounded: bool = True) -> Floats:
    """(N,) how well the size of a motion fits what the text says of it, -1 to 0.3.

    Args:
        claim: 0 unless it says that something moves or how the body is held.
        pair: N targets.
        bounded: where the text names no degree, a motion may be too large too.
    """
    nothing = np.zeros(len(pair.targets))
    if claim.change.negated or not claim.change.is_read:
        return nothing
    if claim.change.kind is ChangeKind.POSTURE:
        held = pair.targets.holds(claim.change.way, claim.change.place_side)
        return nothing + np.nan_to_num(_POSED * (held - 0.5))
    sided = claim.part in PAIRED or claim.part == "shin" or claim.side == "both"
    sides = (claim.side,) if claim.side in _SIDES else _SIDES if sided else ("",)
    found = []
    for side in sides:
        firm = [r for r in readings(pair, claim.part, side, claim.change) if not r.soft]
        if firm:
            steps = np.stack(np.broadcast_arrays(*(np.atleast_1d(r.progress) for r in firm)))
            found.append(np.where(np.isnan(steps), -np.inf, steps).max(0))
    if not found:
        return nothing
    progress = np.minimum.reduce(found)
    low, high = _EXPECTED.get(claim.degree, _EXPECTED[None])
    if not bounded and claim.degree is None:
        high = np.inf
    short = np.maximum((progress - low) / _SHORT, -1.0)
    far = np.maximum((high - progress) / _LONG, -0.5)
    fits = np.where(progress < low, short, np.where(progress > high, far, _RIGHT))
    return np.where(np.isfinite(progress), fits, 0.0) + nothing


def regions_of(claims: Sequence[Claim]) -> frozenset[str]:
    """The regions of the body that claims speak of."""
    found: set[str] = set()
    for claim in claims:
        sides = (claim.side,) if claim.side in _SIDES else _SIDES
        if not claim.change.is_read:
            continue
        if claim.change.kind is ChangeKind.POSTURE:
            found |= _regions_of_posture(claim.change.way)
        elif claim.part in UPPER_LIMB or claim.part in ("limb", "shoulder"):
            found |= {f"{side} arm" for side in sides}
        elif claim.part in LOWER_LIMB or claim.part == "hip":
            found |= {f"{side} leg" for side in sides}
        elif claim.part in ("torso", "body", "hips"):
            found |= {"torso", *(_LEGS if claim.part != "torso" else ())}
        elif claim.part in ("head", "gaze"):
            found.add("head")
    return frozenset(found)


def _regions_of_posture(name: str) -> set[str]:
    posture = POSTURES.get(name)
    if posture is None:
        return {"torso", *_LEGS}
    found: set[str] = set()
    for term in posture.terms:
        if term.measure.startswith(_ARM_MEASURES):
            found |= {"left arm", "right arm"}
        elif term.measure.startswith(_LEG_MEASURES):
            found |= set(_LEGS)
        else:
            found.add("torso")
    return found.union(*(_regions_of_posture(other) for other in posture.of))


def unasked_change(claims: Sequence[Claim], pair: PosePairMeasures) -> Floats:
    """(N,) mean motion of the joints of regions that no claim speaks of, in trunk lengths.

    Args:
        claims: of one text.
        pair: N targets.
    """
    named = regions_of(claims)
    moved = []
    for region, names in _JOINTS_OF.items():
        if region in named:
            continue
        for name in names:
            before, after = _seen(pair, name, of_trunk=region not in (*_LEGS, "torso"))
            moved.append(np.linalg.norm(after - before, axis=0))
    if not moved:
        return np.zeros(len(pair.targets))
    return np.nan_to_num(np.nanmean(np.stack(np.broadcast_arrays(*moved)), axis=0))


def _seen(pair: PosePairMeasures, name: str, *, of_trunk: bool) -> tuple[Floats, Floats]:
    """(3, 1) and (3, N) places of a joint in trunk lengths, from the neck and trunk or the hips."""
    found = []
    for bodies in (pair.reference, pair.targets):
        point = bodies.joints[INDEX[name]]
        if of_trunk:
            point = point - bodies.joints[INDEX["neck"]]
            point = np.stack(
                [(point * axis).sum(0) for axis in (bodies.left, bodies.up, bodies.front)]
            )
        found.append(point / np.maximum(bodies.trunk, 1e-9))
    return found[0], found[1]
